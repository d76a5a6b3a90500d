// Boost.Interprocess message_queue, and a consumer of ours that appends what it receives to a file.
#include <unistd.h>

#include <array>
#include <boost/interprocess/ipc/message_queue.hpp>
#include <boost/version.hpp>
#include <fstream>
#include <optional>

#include "failure.hpp"
#include "transport.hpp"

namespace logbuf::compare {
namespace {

using namespace std::chrono_literals;
namespace ipc = boost::interprocess;

class QueueTransport : public Transport {
 public:
  // `suffix` of the programs: how they were built.
  QueueTransport(const Setting& setting, std::string suffix)
      : Transport(setting), suffix_(std::move(suffix)), name_("logbuf-compare-" + std::to_string(::getpid())) {}
  ~QueueTransport() override {
    if (made_) ipc::message_queue::remove(name_.c_str());
  }

  void start() override {
    std::filesystem::create_directory(data());
    const ipc::message_queue queue(ipc::create_only, name_.c_str(), setting_.capacity_bytes / kRecordBytes,
                                   kRecordBytes);
    made_ = true;
    restart_consumer();
  }

  Child start_producer(std::uint32_t life) override {
    return Child(producer_command("compare-queue-producer" + suffix_, life, {name_}), with_page());
  }

  void kill_consumer() override { consumer_->kill(); }
  void restart_consumer() override {
    consumer_.emplace(
        Child({setting_.programs / ("compare-queue-consumer" + suffix_), std::to_string(setting_.page), name_, file()},
              with_page()));
  }

  void finish() override {
    const auto status = consumer_->wait(setting_.waiter, 5s);
    if (!status) remark("the consumer did not end within 5 s");
    if (status && *status != 0) remark("the consumer's exit status was " + std::to_string(*status));
    consumer_->kill();
  }

  std::uint64_t read_back(Tally& tally) override {
    std::ifstream in(file(), std::ios::binary);
    std::array<char, kRecordBytes> record;
    while (in.read(record.data(), record.size())) tally.add({record.data(), record.size()});
    if (in.gcount() != 0) remark("a record in the file is cut off");
    return 0;
  }

 private:
  std::string file() const { return data() / "records"; }

  std::string suffix_;
  std::string name_;
  bool made_ = false;
  std::optional<Child> consumer_;
};

TransportKind kind_of(const std::string& suffix, const std::string& settings) {
  return {.name = "queue" + suffix,
          .settings = settings,
          .version = "Boost.Interprocess " BOOST_LIB_VERSION,
          .absent = {},
          .on_request = !suffix.empty(),
          .make = [suffix](const Setting& setting) { return std::make_unique<QueueTransport>(setting, suffix); }};
}

}  // namespace

std::vector<TransportKind> queue_transports() {
  return {kind_of("", "message_queue::send, which waits at a full queue; a consumer that appends to a file"),
          kind_of("-timeout", "timed_send of 1 s, built with BOOST_INTERPROCESS_ENABLE_TIMEOUT_WHEN_LOCKING of 1 s")};
}

}  // namespace logbuf::compare
