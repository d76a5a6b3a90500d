#include "worker.hpp"

#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include <logbuf/channel.hpp>

#include "cycle_timer.hpp"
#include "page.hpp"
#include "plain_loop.hpp"
#include "random.hpp"
#include "text_lines.hpp"

namespace logbuf::bench_archive {
namespace {

// Records of one length. Each is another part of a buffer, and begins with its number.
class NumberedRecords {
 public:
  explicit NumberedRecords(std::size_t length) : length_(length), bytes_(kVariety + length) {
    Random random(1);
    for (std::size_t at = 0; at + sizeof(std::uint64_t) <= bytes_.size(); at += sizeof(std::uint64_t)) {
      const std::uint64_t word = random.next();
      std::memcpy(&bytes_[at], &word, sizeof word);
    }
  }

  std::span<const std::byte> next() noexcept {
    const auto record = std::span(bytes_).subspan(count_ * kStep % kVariety, length_);
    std::memcpy(record.data(), &count_, sizeof count_);
    ++count_;
    return record;
  }

 private:
  static constexpr std::size_t kVariety = 256 * 1024;  // bytes: stays in the producer's cache
  static constexpr std::size_t kStep = 8 * 37;

  std::size_t length_;
  std::vector<std::byte> bytes_;
  std::uint64_t count_ = 0;
};

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
    produce(page, target, NumberedRecords(page.task.payload_bytes));
  } else {
    produce(page, target, TextLines(arguments.size() > 3 ? arguments[3] : ""));
  }
  // release: with all that was noted; pairs with the coordinator's look.
  page.done.store(1, std::memory_order_release);
  return cli::ExitCode::ok;
}

}  // namespace logbuf::bench_archive
