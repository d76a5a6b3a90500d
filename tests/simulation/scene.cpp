#include "scene.hpp"

#include <algorithm>

#include <logbuf/error.hpp>

namespace simulation {
namespace {

constexpr int kAttempts = 40;  // more than any fault lasts

}  // namespace

Scene::Scene(const Script& script, const Circumstances& circumstances)
    : script_(script), now_(circumstances), disk_(circumstances.seed) {
  disk_.make_durable_directory("/srv");
}

archive::RingIdentity Scene::ring() const {
  return archive::test::ring_of(static_cast<std::uint8_t>(ring_), true, 256 << 10);
}

void Scene::complain(std::string what) {
  if (wrong_.empty()) wrong_ = std::move(what);
}

std::string Scene::run() {
  while (!wrong()) {
    if (!writer_) open_writer();
    if (wrong() || (writer_ && step_ == script_.steps().size())) break;
    if (writer_) take_step();
  }
  writer_.reset();
  if (!wrong()) judge_end();
  return wrong_;
}

// The process, or the machine, is dead.
void Scene::revive() {
  writer_.reset();
  if (now_.power) {
    disk_.cut_power(Survival::of(now_.seed));
    whole_ = false;
    doubtful_.clear();
    if (now_.new_ring) {
      ring_ += 1;
      released_ = 0;
    }
  } else {
    disk_.restart();
  }
  Found found = look();
  judge(found, "after a death");
  held_ = std::move(found.seqs);
}

void Scene::open_writer() {
  for (int attempt = 0; attempt < kAttempts && !wrong(); ++attempt) {
    // What was before the fault was judged in the run without one.
    const bool looks = disk_.struck() || !disk_.planned();
    const Found before = looks ? look() : Found{};
    auto writer = archive::Writer::open(kDirectory, ring(), options());
    if (disk_.stopped()) {
      revive();
      continue;
    }
    if (!writer) {
      if (writer.error().category() != std::system_category())
        return complain("a Writer is refused: " + logbuf::error_detail());
      doubt();
      continue;
    }
    writer_ = std::move(*writer);
    synced_once_ = false;
    if (looks) {
      Found found = look();
      judge(found, "when a Writer is opened");
      contains(found.seqs, before.seqs, "when a Writer is opened", "it was there before");
      held_ = std::move(found.seqs);
      judge_files();
    }
    if (!wrong()) align();
    return;
  }
  complain("no Writer can be opened: " + logbuf::error_detail());
}

// The ring and the archive, as the archiver brings them together.
void Scene::align() {
  const Position end = writer_->end_position().value_or(0);
  if (end < released_) {
    if (whole_) return complain("the archive ends before what was released");
    const archive::Gap gap{
        .lost = std::nullopt, .from = end, .to = released_, .why = kReleased, .end_record = std::nullopt};
    if (!persist([&] { return writer_->append(gap); })) return;
  }
  for (const auto& [slot, total] : refused_) {
    if (whole_ && writer_->refused(slot) < total) complain("a Writer does not know how many records were refused");
  }
  if (end > released_ && now_.syncs && !sync()) return doubt();
  released_ = std::max(released_, end);
  step_ = script_.step_at(released_);
  // All the names anew, as by an archiver that has just been started.
  std::map<std::uint16_t, std::string> names;
  for (std::size_t i = 0; i < step_; ++i) {
    const Step& step = script_.steps()[i];
    if (step.what == Step::What::name) names[step.slot] = step.name;
  }
  for (const auto& [slot, name] : names) {
    if (!persist([&] {
          return writer_->append(archive::ProducerName{.slot = slot, .from = released_, .pid = 1, .name = name});
        })) {
      return;
    }
  }
}

// Repeats it until the disk takes it. False: the Writer is gone, or the process is dead.
template <class Attempt>
bool Scene::persist(Attempt attempt) {
  for (int i = 0; i < kAttempts; ++i) {
    const auto end = writer_->end_position();
    const std::uint64_t seq = writer_->next_seq();
    const auto ok = attempt();
    if (disk_.stopped()) {
      revive();
      return false;
    }
    if (ok) return true;
    if (ok.error().category() != std::system_category()) {
      complain("refused: " + logbuf::error_detail());
      return false;
    }
    if (writer_->end_position() != end || writer_->next_seq() != seq) {
      complain("something of a failed append counts");
      return false;
    }
    if (!sync()) return false;
    if (now_.then == Then::repeat || i > 0) continue;
    // It may fail too, as whoever stops will see.
    if (now_.then == Then::seal && !disk_.stopped()) (void)writer_->seal();
    if (disk_.stopped()) revive();
    writer_.reset();
    return false;
  }
  complain("what failed once fails for ever: " + logbuf::error_detail());
  return false;
}

// As the archiver: where the disk is full, it waits for room. Meanwhile the page cache forgets.
bool Scene::write_again() {
  for (int i = 0; i < kAttempts; ++i) {
    const auto written = writer_->write_again();
    if (written) return true;
    if (written.error() != std::errc::no_space_on_device) return false;
    if (writer_->sync()) complain("a Writer goes on that could not write again");
    disk_.drop_caches();
  }
  return false;
}

// False: the Writer is gone, or the process is dead.
bool Scene::sync() {
  const auto synced = writer_->sync();
  if (disk_.stopped()) {
    revive();
    return false;
  }
  if (!synced) {
    const bool again = now_.again && write_again();
    rewritten_ = rewritten_ || now_.again;
    if (disk_.stopped()) {
      // Between the failed sync and its mending: as with a successor's.
      whole_ = false;
      doubt();
      revive();
      return false;
    }
    if (!again) {
      leave_broken();
      return false;
    }
  }
  // Of what was there before it, a Writer whose first sync fails writes nothing again.
  if (!synced && !synced_once_) doubt();
  synced_once_ = true;
  for (const auto& held : held_) {
    if (!doubtful_.contains(held.first)) durable_.insert(held);
  }
  return true;
}

// A sync has failed.
void Scene::leave_broken() {
  const auto again = writer_->sync();
  const archive::ProducerName name{.slot = 9, .from = 0, .pid = 1, .name = "late"};
  if (again || writer_->append(name) || writer_->seal()) complain("a Writer goes on after a failed sync");
  if (now_.syncs) {
    for (int i = 0; i < kAttempts && !writer_->cut_unsynced(); ++i) {
    }
    whole_ = false;
  } else {
    doubt();
  }
  if (disk_.stopped()) return revive();
  writer_.reset();
  Found found = look();
  judge(found, "after a failed sync");
  held_ = std::move(found.seqs);
}

// A sync has failed of what nobody can cut off: it is not known what of it was durable before, and the system takes all
// of it for written. A limit of the Writer, which this test does not hold against it: what a dead one has not synced, a
// successor whose first sync fails does not tell from what was durable.
void Scene::doubt() {
  doubted_ = true;
  for (const auto& held : held_) {
    if (!durable_.contains(held.first)) doubtful_.insert(held);
  }
}

void Scene::accept(Position from, Position to, std::uint64_t first_seq) {
  const auto& records = script_.records();
  std::uint64_t n = 0;
  while (n < records.size() && records[n].position < from) ++n;
  for (; n < records.size() && records[n].position < to; ++n) {
    held_[{ring_, n}] = first_seq++;
    doubtful_.erase({ring_, n});
  }
}

bool Scene::append_span(const Step& step) {
  const Position from = std::max(step.begin, writer_->end_position().value_or(0));
  if (from >= step.end) return true;
  const auto bytes = script_.bytes(step, from, ring_);
  archive::Span span = bytes.span();
  span.end = step.end;
  std::uint64_t first = step.first;
  while (first < step.first + step.count && script_.records()[first].position < from) ++first;
  span.first_record = first;
  const std::uint64_t seq = writer_->next_seq();
  if (!persist([&] { return writer_->append(span); })) return false;
  accept(from, step.end, seq);
  if (writer_->next_seq() != seq + span.records) complain("the records were not counted");
  return true;
}

void Scene::take_step() {
  const Step& step = script_.steps()[step_];
  const bool first_time = step_ >= reached_;
  reached_ = std::max(reached_, step_ + 1);
  bool done = true;
  switch (step.what) {
    case Step::What::span: done = append_span(step); break;
    case Step::What::gap: {
      const archive::Gap gap{
          .lost = step.total, .from = step.begin, .to = step.end, .why = kTold, .end_record = std::nullopt};
      done = persist([&] { return writer_->append(gap); });
      break;
    }
    case Step::What::name:
      done = persist([&] {
        return writer_->append(
            archive::ProducerName{.slot = step.slot, .from = step.begin, .pid = 1, .name = step.name});
      });
      break;
    case Step::What::refused: {
      const archive::Refused refused{
          .slot = step.slot, .at = writer_->end_position().value_or(0), .total = step.total, .producer = "refused"};
      done = persist([&] { return writer_->append(refused); });
      if (done) refused_[step.slot] = step.total;
      break;
    }
    case Step::What::sync: done = !now_.syncs || sync(); break;
    case Step::What::seal: done = persist([&] { return writer_->seal(); }) && sync(); break;
    case Step::What::reopen:
      if (!first_time) break;
      done = !now_.syncs || persist([&] { return writer_->stop(); });
      writer_.reset();
      break;
    case Step::What::kill:
      if (!first_time) break;
      writer_.reset();
      disk_.restart();
      break;
  }
  if (!done || wrong()) return;
  step_ += 1;
  if (!now_.syncs && writer_) released_ = std::max(released_, writer_->end_position().value_or(0));
  if (now_.syncs && step.what == Step::What::sync) released_ = std::max(released_, writer_->end_position().value_or(0));
}

}  // namespace simulation
