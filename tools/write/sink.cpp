#include "sink.hpp"

#include <logbuf/channel.hpp>

#include <chrono>
#include <cstring>
#include <optional>
#include <utility>

#include "text.hpp"

namespace logbuf::write {
namespace {

// Of records that are too large, so many are named one by one.
constexpr std::uint64_t kNamedOneByOne = 10;

using Clock = std::chrono::steady_clock;
constexpr auto kLookForStop = std::chrono::milliseconds(50);
constexpr auto kNapWithoutConsumer = std::chrono::milliseconds(2);
constexpr auto kSayWaitingAfter = std::chrono::seconds(1);

template <Kind K>
class RingSink final : public Sink {
 public:
  RingSink(Sender<K> sender, const Segment& ring, const SinkOptions& options, StopSignals& stop)
      : Sink(ring, options, stop), sender_(std::move(sender)) {}

 private:
  Sent send(std::span<const std::byte> bytes, std::uint16_t type, const Place& place) override {
    auto claim = options_.on_full == OnFull::drop ? sender_.try_send(bytes.size(), type)
                                                  : sender_.send_for(kLookForStop, bytes.size(), type);
    while (!claim) {
      const SendError error = claim.error();
      if (error == SendError::disconnected && sender_.is_closed()) {
        complain_of_closed_ring();
        return Sent::no_more;
      }
      if (options_.on_full == OnFull::drop && error == SendError::full) return Sent::dropped;
      if (error != SendError::full && error != SendError::disconnected)
        cli::die("unexpected: the ring refuses a record, error " + std::to_string(static_cast<int>(error)));
      const bool go_on = error == SendError::full ? !stop_.requested() : wait_for_consumer();
      if (!go_on) {
        complain_of_stop(place);
        return Sent::no_more;
      }
      claim = sender_.send_for(kLookForStop, bytes.size(), type);
    }
    std::memcpy(claim->bytes().data(), bytes.data(), bytes.size());
    claim->commit();
    waiting_since_.reset();
    return Sent::yes;
  }

  // The ring is full and nobody empties it. A consumer may come, or come back. False: stop.
  bool wait_for_consumer() {
    if (!waiting_since_) waiting_since_ = Clock::now();
    if (!said_waiting_ && Clock::now() - *waiting_since_ >= kSayWaitingAfter) {
      said_waiting_ = true;
      cli::complain("ring '" + ring_.info().name + "' is full and has no consumer: waiting for one");
    }
    return stop_.nap(kNapWithoutConsumer);
  }

  Sender<K> sender_;
  std::optional<Clock::time_point> waiting_since_;
  bool said_waiting_ = false;
};

template <Kind K>
std::unique_ptr<Sink> attach_as(const Segment& ring, const SinkOptions& options, StopSignals& stop) {
  auto sender = Sender<K>::attach(ring.info().name, {.name = options.producer_name});
  if (!sender) cli::die(sender.error(), "ring '" + ring.info().name + "'");
  return std::make_unique<RingSink<K>>(std::move(*sender), ring, options, stop);
}

}  // namespace

void SinkOptions::add_to(cli::po::options_description& group) {
  group.add_options()("name", cli::po::value(&producer_name)->value_name("PRODUCER"),
                      "the producer's name, at most 79 bytes")(
      "on-full", cli::po::value(&on_full_text)->value_name("wait|drop")->default_value("wait"),
      "at a full ring: wait for space, or drop and count the record");
}

void SinkOptions::check() {
  if (on_full_text != "wait" && on_full_text != "drop") {
    cli::die("--on-full: '" + cli::escape(on_full_text) + "' is neither wait nor drop (try --help)",
             cli::ExitCode::usage);
  }
  on_full = on_full_text == "drop" ? OnFull::drop : OnFull::wait;
}

std::string describe(const Place& place) {
  return place.input + ", " + place.unit + ' ' + std::to_string(place.number);
}

std::unique_ptr<Sink> Sink::attach(const Segment& ring, const SinkOptions& options, StopSignals& stop) {
  return ring.info().kind == Kind::spsc ? attach_as<Kind::spsc>(ring, options, stop)
                                        : attach_as<Kind::mpsc>(ring, options, stop);
}

bool Sink::put(std::span<const std::byte> bytes, std::uint16_t type, const Place& place) {
  if (bytes.empty()) {
    ++empty_;
    return true;
  }
  if (bytes.size() > max_payload()) {
    refuse(bytes.size(), place);
    return true;
  }
  switch (send(bytes, type, place)) {
    case Sent::yes:
      ++records_;
      bytes_ += bytes.size();
      return true;
    case Sent::dropped: ++dropped_; return true;
    case Sent::no_more: break;
  }
  return false;
}

void Sink::refuse(std::uint64_t length, const Place& place) {
  ++too_large_;
  if (too_large_ > kNamedOneByOne) return;
  cli::complain(describe(place) + " has " + cli::counted(length, "byte") + ": " + ring_label() +
                " takes records of at most " + std::to_string(max_payload()) +
                "; make a larger ring (logbuf-ctl create --capacity)");
}

void Sink::refuse_truncated(const std::string& how_much, const Place& place) {
  incomplete_ = true;
  cli::complain(describe(place) + " is cut off by the end of the input, after " + how_much + "; " +
                cli::counted(records_, "record") + " written");
}

void Sink::complain_of_closed_ring() {
  incomplete_ = true;
  const bool quarantined = ring_.status().quarantined;
  cli::complain(ring_label() + (quarantined ? " is quarantined, its bytes are damaged" : " has been closed") + "; " +
                cli::counted(records_, "record") + " written (see logbuf-ctl inspect " + ring_.info().name + ")");
}

void Sink::complain_of_stop(const Place& place) {
  stopped_short_ = true;
  cli::complain("stopped while " + ring_label() + " was full: " + describe(place) +
                " and what follows is not written; " + cli::counted(records_, "record") + " written");
}

std::string Sink::summary() const {
  return cli::counted(records_, "record") + " written to " + ring_label() + ", " + cli::counted(bytes_, "byte");
}

cli::ExitCode Sink::finish(const std::string& empty_record) const {
  if (empty_ != 0) cli::complain(cli::counted(empty_, empty_record) + " left out: a record has at least one byte");
  if (too_large_ != 0) {
    cli::complain(cli::counted(too_large_, "record") + " left out, larger than " + ring_label() + " takes (" +
                  std::to_string(max_payload()) + " bytes)");
  }
  if (dropped_ != 0) {
    cli::complain(cli::counted(dropped_, "record") + " dropped, " + ring_label() + " was full; " +
                  cli::counted(records_, "record") + " written");
  }
  if (incomplete_ || too_large_ != 0) return cli::ExitCode::failed;
  return dropped_ != 0 || stopped_short_ ? cli::ExitCode::lost : cli::ExitCode::ok;
}

}  // namespace logbuf::write
