// A producer process of the soak: soak-producer RING SEED NUMBER DESCRIPTOR
//
// What it does follows from SEED and NUMBER (traits.hpp); its page of the ledger that DESCRIPTOR is says what it has
// done. Exit code 0: it has come to its end; else it has found something wrong, and says so.
#include <signal.h>

#include <cstdio>
#include <cstdlib>
#include <string>
#include <thread>
#include <vector>

#include <logbuf/logbuf.hpp>

#include "author.hpp"

namespace {

using namespace logbuf;
using namespace logbuf::soak;

struct Self {
  std::string ring;
  std::uint64_t seed;
  std::uint32_t number;
  Page& page;
  Traits traits;
  std::uint32_t header_bytes;

  std::string name() const { return "soak-" + std::to_string(number); }
  bool told_to_stop() const { return page.stop.load(std::memory_order_relaxed) != 0; }
};

int complain(const std::string& what) {
  std::fprintf(stderr, "soak-producer: %s\n", what.c_str());
  return 1;
}

template <typename End>
void work(End end, const Self& self, std::uint32_t thread) {
  Author<End>(std::move(end), {.page = self.page,
                               .book = self.page.books[thread],
                               .traits = self.traits,
                               .seed = self.seed,
                               .number = author_number(self.number, thread),
                               .first_thread = thread == 0,
                               .header_bytes = self.header_bytes})
      .run();
}

// Waits for a slot: those who have one come and go.
template <typename End>
int attach_and_work(const Self& self) {
  for (;;) {
    auto end = End::attach(self.ring, {.name = self.name()});
    if (!end) {
      if (end.error() == Errc::ring_closed || self.told_to_stop()) return 0;
      if (end.error() != Errc::no_free_slot) return complain(error_detail());
      nap(3000);
      continue;
    }
    std::vector<std::jthread> others;
    for (std::uint32_t thread = 1; thread < self.traits.threads; ++thread) {
      auto clone = end->clone();
      if (!clone) {
        if (clone.error() == Errc::no_free_slot || clone.error() == Errc::ring_closed) continue;
        return complain(error_detail());
      }
      others.emplace_back([&self, thread, mine = std::move(*clone)]() mutable { work(std::move(mine), self, thread); });
    }
    work(std::move(*end), self, 0);
    return 0;
  }
}

template <Kind K>
int work_as(const Self& self) {
  // An end of the other kind is refused, and takes nothing.
  constexpr Kind other = K == Kind::mpsc ? Kind::spsc : Kind::mpsc;
  if (self.number % 16 == 0 && Producer<other>::attach(self.ring).error() != Errc::wrong_kind) {
    return complain("an end of the wrong kind was not refused as that");
  }
  const bool queue = self.traits.way == Way::queue_waits || self.traits.way == Way::queue_drops;
  return queue ? attach_and_work<Producer<K>>(self) : attach_and_work<Sender<K>>(self);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 5) return complain("usage: soak-producer RING SEED NUMBER DESCRIPTOR");
  const std::string ring = argv[1];
  const std::uint64_t seed = std::strtoull(argv[2], nullptr, 10);
  const auto number = static_cast<std::uint32_t>(std::strtoul(argv[3], nullptr, 10));
  Page* const page = map_page(std::atoi(argv[4]), number);
  if (page == nullptr) return complain("its page cannot be mapped");
  ::signal(SIGCHLD, SIG_IGN);  // forked children are nobody's to wait for
  RingInfo info;
  {
    const auto segment = Segment::open(ring);
    if (!segment) return complain(error_detail());
    info = segment->info();
  }
  const Self self{.ring = ring,
                  .seed = seed,
                  .number = number,
                  .page = *page,
                  .traits = draw_traits(seed, number, info.kind),
                  .header_bytes = record::header_size(info.timestamps)};
  return info.kind == Kind::spsc ? work_as<Kind::spsc>(self) : work_as<Kind::mpsc>(self);
}
