#include "audit.hpp"

#include <algorithm>
#include <optional>
#include <unordered_map>

#include <logbuf/archive.hpp>
#include <logbuf/error.hpp>

#include "payload.hpp"
#include "traits.hpp"

namespace logbuf::soak {
namespace {

constexpr std::size_t kMostProblems = 12;
// How far around the record that was due another one is looked for, to say what has come instead.
constexpr std::uint64_t kSearched = 2000;

std::string number(std::uint64_t n) {
  return std::to_string(n);
}

std::string author_label(AuthorNumber author) {
  return "author " + number(author) + " (producer " + number(author / kAuthorsEach) + ")";
}

// An author's records as they come out of the archive.
struct Stream {
  Payloads payloads;
  std::uint64_t slot_and_1 = 0;
  std::uint64_t next = 0;
};

// What is certain, and what was in flight when a producer died.
struct Bounds {
  std::uint64_t least = 0;
  std::uint64_t most = 0;

  void add(std::uint64_t certain, std::uint64_t in_flight) {
    least += certain;
    most += certain + in_flight;
  }
};

class Audit {
 public:
  Audit(const RingBooks& books, const Ledger& ledger, Tally& tally) : books_(books), ledger_(ledger), tally_(tally) {}

  std::vector<std::string> run() {
    add_authors();
    read_archive();
    check_directory();
    for (const Deceased& producer : books_.producers) check_producer(producer);
    check_totals();
    return std::move(problems_);
  }

 private:
  void wrong(const std::string& what) {
    if (problems_.size() < kMostProblems) problems_.push_back("ring " + books_.info.name + ": " + what);
  }

  void expect_same(const std::string& one, std::uint64_t a, const std::string& other, std::uint64_t b) {
    if (a != b) wrong(one + " " + number(a) + ", " + other + " " + number(b));
  }

  void expect_within(const std::string& one, std::uint64_t a, const std::string& other, const Bounds& bounds) {
    if (a >= bounds.least && a <= bounds.most) return;
    wrong(one + " " + number(a) + ", " + other + " " + number(bounds.least) +
          (bounds.most == bounds.least ? "" : " to " + number(bounds.most)));
  }

  void add_authors() {
    for (const Deceased& producer : books_.producers) {
      const Traits traits = draw_traits(books_.seed, producer.number, books_.info.kind);
      for (std::uint32_t thread = 0; thread < kMaxThreads; ++thread) {
        const AuthorNumber author = author_number(producer.number, thread);
        const std::uint64_t slot_and_1 = ledger_.book(author).slot_and_1.load();
        streams_.emplace(author, Stream{.payloads = {books_.seed, author, traits.sizes, books_.info.max_payload},
                                        .slot_and_1 = slot_and_1});
        if (slot_and_1 != 0) tally_.authors += 1;
      }
    }
  }

  void read_archive() {
    auto reader = archive::Reader::open(books_.archive);
    if (!reader) return wrong(error_detail());
    for (;;) {
      const auto entry = reader->next();
      if (!entry) return wrong(error_detail());
      if (!*entry) break;
      if (const auto* gap = std::get_if<archive::Gap>(&**entry)) {
        take_gap(*gap);
      } else {
        take_record(std::get<archive::Record>(**entry));
      }
    }
    const archive::Totals& totals = reader->totals();
    if (totals.damaged_bytes != 0) wrong(number(totals.damaged_bytes) + " damaged bytes in the archive");
    if (totals.torn_bytes != 0) wrong(number(totals.torn_bytes) + " torn bytes in the archive");
    check_lost(totals);
    expect_same("the archive's next seq is", totals.next_seq, "and it has this many records:", records_);
  }

  // A hole is the claim of a producer that died in it. Where it passes the end of the lap it is two skips, of which the
  // second stands at the beginning of the ring, right behind the first. Another's hole may begin there, too.
  void take_gap(const archive::Gap& gap) {
    if (gap.lost == 0) {
      const bool second =
          last_hole_.to == gap.from && last_hole_.why == gap.why && gap.from % books_.info.capacity == 0;
      if (!second) holes_ += 1;
      last_hole_ = gap;
      return;
    }
    const std::size_t refusal = gap.why.find(": refused at a full ring");
    if (!gap.lost || gap.from != gap.to || refusal == std::string::npos) {
      return wrong("a gap at position " + number(gap.from) + ": " + gap.why);
    }
    told_[gap.why.substr(0, gap.why.find(" ("))] += *gap.lost;
  }

  void take_record(const archive::Record& record) {
    if (record.seq != records_) wrong("seq " + number(record.seq) + " where " + number(records_) + " is due");
    records_ += 1;
    tally_.records += 1;
    tally_.bytes += record.bytes.size();
    if (records_ > 1 && record.position <= last_position_) wrong("positions go back at seq " + number(record.seq));
    last_position_ = record.position;
    if (record.time_ns.has_value() != books_.info.timestamps) wrong("a timestamp too few or too many");
    const auto found = streams_.find(record.type);
    if (found == streams_.end()) return wrong("a record of nobody, at seq " + number(record.seq));
    take_name(record);
    Stream& stream = found->second;
    if (record.slot + std::uint64_t{1} != stream.slot_and_1) {
      wrong("a record of " + author_label(record.type) + " came through slot " + number(record.slot));
    }
    const std::uint64_t due = stream.next++;
    if (!stream.payloads.match(due, record.bytes)) tell_mismatch(record, stream, due);
  }

  void take_name(const archive::Record& record) {
    if (record.producer.empty()) {
      tally_.unnamed += 1;
    } else if (record.producer != "soak-" + number(record.type / kAuthorsEach)) {
      tally_.misnamed += 1;
    }
  }

  void tell_mismatch(const archive::Record& record, Stream& stream, std::uint64_t due) {
    std::string what = "not record " + number(due) + " of " + author_label(record.type) + " at seq " +
                       number(record.seq) + ", position " + number(record.position) + ", but ";
    std::optional<std::uint64_t> instead;
    for (std::uint64_t n = due - std::min(due, kSearched); n < due + kSearched && !instead; ++n) {
      if (stream.payloads.match(n, record.bytes)) instead = n;
    }
    if (instead) stream.next = *instead + 1;
    wrong(what +
          (instead ? "record " + number(*instead) : number(record.bytes.size()) + " bytes that are none of its"));
  }

  void check_directory() {
    std::error_code error;
    for (const auto& entry : std::filesystem::directory_iterator(books_.archive, error)) {
      const auto extension = entry.path().extension();
      if (extension == ".new" || extension == ".open") wrong("left behind: " + entry.path().string());
    }
    if (error) wrong("the archive's directory cannot be listed: " + error.message());
  }

  void check_producer(const Deceased& producer) {
    const Page& page = ledger_.page(producer.number);
    if (page.forks_accepted.load() != 0) {
      wrong("an end of producer " + number(producer.number) + " did not refuse in a forked child");
    }
    tally_.forked_ends_refused += page.forks_refused.load();
    Bounds refused;
    for (std::uint32_t thread = 0; thread < kMaxThreads; ++thread) {
      const AuthorNumber author = author_number(producer.number, thread);
      check_book(author, producer.killed);
      refused.add(ledger_.book(author).refused.load(), ledger_.book(author).trying.load());
    }
    take_told(producer, refused);
    refused_.add(refused.least, refused.most - refused.least);
  }

  void check_book(AuthorNumber author, bool killed) {
    const Book& book = ledger_.book(author);
    const std::uint64_t committed = book.committed.load();
    const std::uint64_t committing = std::max(committed, book.committing.load());
    const std::uint64_t archived = streams_.at(author).next;
    if (archived != committed && archived != committing) {
      wrong(number(archived) + " records of " + author_label(author) + " are archived, " + number(committed) +
            " were committed" + (committing > committed ? ", perhaps " + number(committing) : ""));
    }
    if (committing != committed) {
      tally_.in_flight += 1;
      if (archived == committing) tally_.in_flight_committed += 1;
    }
    const std::uint64_t aborted = book.aborted.load();
    const std::uint64_t aborting = std::max(aborted, book.aborting.load());
    aborted_.add(aborted, aborting - aborted);
    in_claim_ += book.in_claim.load();
    if (!killed && (committing != committed || aborting != aborted || book.trying.load() + book.in_claim.load() != 0)) {
      wrong(author_label(author) + " came to its end in the middle of something");
    }
  }

  void check_totals() {
    const RingStatus& status = books_.status;
    expect_same("the ring counts records:", status.total_records, "archived:", records_);
    expect_same("the ring's consumers have counted records:", status.records_consumed, "archived:", records_);
    expect_within("the ring counts refused records:", status.total_refused, "its producers:", refused_);
    expect_within("the ring counts aborted claims:", status.total_aborted, "its producers:", aborted_);
    // One for each that died between a claim's beginning and its end; it may have been refused, or have committed.
    if (holes_ > in_claim_) {
      wrong(number(holes_) + " holes, and only " + number(in_claim_) + " producers died in a claim");
    }
    expect_same("the ring counts holes:", status.holes, "the archive has:", holes_);
    tally_.refused += status.total_refused;
    tally_.aborted += status.total_aborted;
    tally_.holes += holes_;
  }

  // produced = archived + counted lost: exactly once, however often the archivers were killed.
  void check_lost(const archive::Totals& totals) {
    expect_same("the ring counts refused records:", books_.status.total_refused, "the archive tells:", totals.refused);
    expect_same("the archive tells lost records:", totals.lost, "of which refused:", totals.refused);
  }

  // Where the archive names a producer, is it that producer's loss?
  void take_told(const Deceased& producer, const Bounds& refused) {
    const auto told = told_.find("producer soak-" + number(producer.number));
    if (told != told_.end() && told->second > refused.most) tally_.refused_misnamed += told->second - refused.most;
  }

  const RingBooks& books_;
  const Ledger& ledger_;
  Tally& tally_;
  std::unordered_map<AuthorNumber, Stream> streams_;
  std::uint64_t records_ = 0;
  Position last_position_ = 0;
  std::uint64_t holes_ = 0;
  archive::Gap last_hole_;
  std::unordered_map<std::string, std::uint64_t> told_;  // by what the archive calls the producer: records refused
  Bounds refused_;
  Bounds aborted_;
  std::uint64_t in_claim_ = 0;
  std::vector<std::string> problems_;
};

}  // namespace

std::vector<std::string> audit(const RingBooks& books, const Ledger& ledger, Tally& tally) {
  return Audit(books, ledger, tally).run();
}

}  // namespace logbuf::soak
