// A strategy that runs on live prices and, the same code, in a back-test on archived ones.
//
// Either way it is the receiver of a ring. Live, a price's time is that of its record: the ring has timestamps. In the
// back-test a thread reads the archive and puts its records into a ring without a name, each behind a record that has the
// archive's time: that is the clock then. A day goes by as fast as the strategy takes it, and yet an order that is 50 ms
// on its way meets the price of 50 ms later.
//
// By hand:
//   logbuf-ctl create prices --capacity 1M --timestamps
//   logbuf-archiver --ring prices --dir archive &
//   for price in 100 100 104 105 101 99; do echo $price; sleep 0.1; done | logbuf-write prices
//   backtest_replay test archive/prices              # all of it; or from one second on, and to before another:
//   backtest_replay test archive/prices $(date -d 'today 9:00' +%s) $(date -d 'today 17:30' +%s)
//   backtest_replay live RING                        # another ring: one that no archiver drains
//
// For your own use: replace Strategy and price_of(). A ring has one consumer: who feeds a live strategy and an archive
// writes each price into two rings. (logbuf-replay brings an archive back into a named ring at its old pace, or X times
// as fast. It gives the records new times, and so suits what goes by the clock on the wall.)
#include <algorithm>
#include <charconv>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <limits>
#include <optional>
#include <span>
#include <string_view>
#include <thread>
#include <utility>
#include <variant>

#include <logbuf/logbuf.hpp>

using logbuf::channel::spsc::Receiver;
using logbuf::channel::spsc::Sender;

constexpr std::uint16_t kClock = 0xffff;  // a record's type: its payload is the time of those behind it
constexpr std::int64_t kSecond = 1'000'000'000;

int fail() { return std::fprintf(stderr, "backtest_replay: %s\n", logbuf::error_detail().c_str()), 1; }

// Buys one when the price is 1 % above the mean of a minute, sells it when the price is below. It knows no clock but the
// time that it is told.
class Strategy {
 public:
  void on_price(std::int64_t now_ns, double price) {
    if (order_ != 0 && now_ns >= order_arrives_ns_) fill(now_ns, price);
    last_minute_.emplace_back(now_ns, price);
    while (last_minute_.front().first <= now_ns - 60 * kSecond) last_minute_.pop_front();
    double sum = 0;
    for (const auto& [time_ns, earlier] : last_minute_) sum += earlier;
    const double mean = sum / static_cast<double>(last_minute_.size());
    if (order_ == 0 && held_ == 0 && price > mean * 1.01) order_ = 1;
    else if (order_ == 0 && held_ == 1 && price < mean) order_ = -1;
    else return;
    order_arrives_ns_ = now_ns + kSecond / 20;
  }
  void report() const { std::printf("%d trades, %d held, cash %.2f\n", trades_, held_, cash_); }

 private:
  void fill(std::int64_t now_ns, double price) {
    std::printf("%lld.%03lld %s at %.2f\n", static_cast<long long>(now_ns / kSecond),
                static_cast<long long>(now_ns % kSecond / 1'000'000), order_ > 0 ? "bought" : "sold", price);
    held_ += order_;
    cash_ -= order_ * price;
    ++trades_;
    order_ = 0;
  }

  std::deque<std::pair<std::int64_t, double>> last_minute_;
  int order_ = 0;  // on its way
  std::int64_t order_arrives_ns_ = 0;
  int held_ = 0;
  int trades_ = 0;
  double cash_ = 0;
};

std::optional<double> price_of(std::span<const std::byte> payload) {
  const char* const text = reinterpret_cast<const char*>(payload.data());
  double price = 0;
  const auto [end, error] = std::from_chars(text, text + payload.size(), price);
  return error == std::errc{} && end == text + payload.size() ? std::optional(price) : std::nullopt;
}

// Live and in the back-test the same.
int trade(Receiver& feed) {
  Strategy strategy;
  std::optional<std::int64_t> archived_ns;  // the back-test's clock
  std::int64_t now_ns = std::numeric_limits<std::int64_t>::min();
  while (const auto record = feed.recv()) {  // until the feed is closed, or all who fed it are gone
    if (record->type() == kClock) {
      archived_ns = 0;
      std::memcpy(&*archived_ns, record->bytes().data(), std::min(sizeof *archived_ns, record->bytes().size()));
    } else if (const auto price = price_of(record->bytes())) {
      now_ns = std::max(now_ns, archived_ns.value_or(record->time_ns().value_or(0)));  // no clock goes back
      strategy.on_price(now_ns, *price);
    }
  }
  strategy.report();
  if (feed.consumer().state() != logbuf::RingState::quarantined) return 0;
  return std::fprintf(stderr, "backtest_replay: the ring is damaged\n"), 1;
}

// Puts what the archive has of [since_ns, until_ns) into a ring. An exit code.
int replay(logbuf::archive::Reader& archive, std::int64_t since_ns, std::int64_t until_ns, Sender ring) {
  int code = 0;
  if (!archive.seek_time(since_ns)) return fail();
  for (;;) {
    const auto entry = archive.next();
    if (!entry) return fail();
    if (!*entry) return code;
    if (const auto* const gap = std::get_if<logbuf::archive::Gap>(&**entry)) {
      std::fprintf(stderr, "backtest_replay: prices are missing: %s\n", gap->why.c_str());
      code = 3;
      continue;
    }
    const auto& record = std::get<logbuf::archive::Record>(**entry);
    const std::int64_t time_ns = record.time_ns.value_or(record.drain_time_ns);
    if (time_ns < since_ns || time_ns >= until_ns) continue;  // several producers' times need not go up
    if (!ring.send(std::as_bytes(std::span(&time_ns, 1)), kClock) || !ring.send(record.bytes, record.type)) {
      return std::fprintf(stderr, "backtest_replay: %zu bytes are too large for a price\n", record.bytes.size()), 1;
    }
  }
}

int main(int argc, char** argv) {
  const std::string_view what = argc > 2 ? argv[1] : "";
  if (what == "live" && argc == 3) {
    auto feed = Receiver::attach(argv[2]);
    if (!feed) return fail();
    if (feed->consumer().info().timestamps) return trade(*feed);
    return std::fprintf(stderr, "backtest_replay: ring '%s' has no timestamps\n", argv[2]), 1;
  }
  if (what != "test" || argc > 5) {
    return std::fprintf(stderr, "usage: backtest_replay live RING | test ARCHIVE [SINCE [UNTIL]]\n"), 2;
  }
  auto archive = logbuf::archive::Reader::open(argv[2]);
  if (!archive) return fail();
  auto ring = logbuf::channel::spsc::create(1 << 20);
  if (!ring) return fail();
  const auto time_of = [&](int n, std::int64_t otherwise) {
    return argc > n ? std::strtoll(argv[n], nullptr, 10) * kSecond : otherwise;
  };
  const std::int64_t since_ns = time_of(3, std::numeric_limits<std::int64_t>::min());
  const std::int64_t until_ns = time_of(4, std::numeric_limits<std::int64_t>::max());
  int replayed = 0;
  std::thread replayer([&, sender = std::move(ring->first)]() mutable {
    replayed = replay(*archive, since_ns, until_ns, std::move(sender));  // gone with its sender: the feed is over
  });
  const int traded = trade(ring->second);
  replayer.join();
  return std::max(replayed, traded);
}
