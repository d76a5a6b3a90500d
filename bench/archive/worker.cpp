#include "worker.hpp"

#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>

#include <logbuf/channel.hpp>

#include "cycle_timer.hpp"
#include "numbered_records.hpp"
#include "page.hpp"
#include "plain_loop.hpp"
#include "text_lines.hpp"

namespace logbuf::bench_archive {
namespace {

template <typename Records>
void produce(Page& page, const std::string& ring, Records records) {
  using channel::mpsc::Sender;
  auto sender = Sender::attach(ring);
  if (!sender) cli::die(sender.error(), "attaching to the ring");
  Produced& produced = page.produced;
  for (std::uint64_t ring_bytes = 0; ring_bytes < page.task.bytes;) {
    const std::span<const std::byte> bytes = records.next();
    auto claim = sender->send(bytes.size());
    if (!claim) cli::die("the archiver is gone, or has closed the ring");
    std::memcpy(claim->bytes().data(), bytes.data(), bytes.size());
    claim->commit();
    if (ring_bytes == 0) produced.first_commit_ns = bench::monotonic_ns();
    ring_bytes += record::align_up(bytes.size() + record::kHeaderSize);
    std::uint64_t first_word = 0;
    std::memcpy(&first_word, bytes.data(), std::min(sizeof first_word, bytes.size()));
    produced.all.first_words += first_word;
    produced.all.bytes += bytes.size();
    ++produced.all.records;
  }
  produced.last_commit_ns = bench::monotonic_ns();
}

}  // namespace

cli::ExitCode work(std::span<char* const> arguments) {
  const bench::SharedMemory memory(std::atoi(arguments[0]), sizeof(Page));
  Page& page = *reinterpret_cast<Page*>(memory.data());
  const std::string target = arguments[2];
  if (std::string_view(arguments[1]) == "write") {
    page.plain = write_plainly(page.task, target);
  } else if (page.task.payload_bytes != 0) {
    produce(page, target, bench::NumberedRecords(page.task.payload_bytes));
  } else {
    produce(page, target, TextLines(arguments.size() > 3 ? arguments[3] : ""));
  }
  // release: with all that was noted; pairs with the coordinator's look.
  page.done.store(1, std::memory_order_release);
  return cli::ExitCode::ok;
}

}  // namespace logbuf::bench_archive
