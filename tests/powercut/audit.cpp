// powercut-audit ARCHIVE ACKNOWLEDGED [AUTHOR RECORDS]
//
// Reads all of an archive that had lost its power. Each author's records must be there from the first one on, once, in
// order, bit for bit, under its name; as many as the file ACKNOWLEDGED says at least; and nothing else. With AUTHOR, a
// successor has gone on: exactly so many of that author must be there, and nothing torn any more.
//
// Its last line is "N acknowledged, N archived, N lost, N wrong, N bytes torn"; exit code 0: none is lost or wrong.
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <stdexcept>
#include <string>
#include <variant>

#include <logbuf/archive.hpp>
#include <logbuf/error.hpp>

#include "acknowledged.hpp"
#include "record_stream.hpp"

namespace {

using namespace logbuf;

class Audit {
 public:
  void read(const std::filesystem::path& archive) {
    auto reader = archive::Reader::open(archive);
    if (!reader) {
      // The power went before there was one. Then nothing was acknowledged, which judge() sees.
      if (reader.error() == Errc::not_an_archive || reader.error() == std::errc::no_such_file_or_directory) return;
      throw std::runtime_error(error_detail());
    }
    for (;;) {
      const auto entry = reader->next();
      if (!entry) throw std::runtime_error(error_detail());
      if (!*entry) break;
      if (const auto* const gap = std::get_if<archive::Gap>(&**entry)) {
        wrong("a gap: " + gap->why);
      } else {
        pass(std::get<archive::Record>(**entry));
      }
    }
    torn_bytes_ = reader->totals().torn_bytes;
  }

  void expect_at_least(std::uint64_t author, std::uint64_t records) {
    acknowledged_ += records;
    const std::uint64_t there = archived(author);
    if (there >= records) return;
    lost_ += records - there;
    std::printf("lost: author %llu was told that %llu records are durable, and %llu are there\n", number(author),
                number(records), number(there));
  }
  void expect_exactly(std::uint64_t author, std::uint64_t records) {
    if (archived(author) != records)
      wrong(std::to_string(archived(author)) + " records of the successor, not " + std::to_string(records));
    if (torn_bytes_ != 0) wrong("what was torn is still there behind the successor");
  }

  bool judge() const {
    std::printf("%llu acknowledged, %llu archived, %llu lost, %llu wrong, %llu bytes torn\n", number(acknowledged_),
                number(seq_), number(lost_), number(wrong_), number(torn_bytes_));
    return lost_ == 0 && wrong_ == 0;
  }

 private:
  static constexpr std::uint64_t kNamedOneByOne = 5;

  static unsigned long long number(std::uint64_t n) { return n; }
  std::uint64_t archived(std::uint64_t author) const {
    const auto found = authors_.find(author);
    return found == authors_.end() ? 0 : found->second.n();
  }

  void pass(const archive::Record& record) {
    const auto author = authors_.try_emplace(record.type, record.type, powercut::kLongestBytes).first;
    const std::uint64_t n = author->second.n();
    author->second.begin();
    const bool same = author->second.matches(record.bytes);
    if (!same || record.seq != seq_ || record.producer != "author-" + std::to_string(record.type)) {
      wrong("seq " + std::to_string(record.seq) + " of \"" + std::string(record.producer) + "\" is not record " +
            std::to_string(n) + " of author " + std::to_string(record.type));
    }
    seq_ = record.seq + 1;
  }

  void wrong(const std::string& what) {
    if (++wrong_ <= kNamedOneByOne) std::printf("wrong: %s\n", what.c_str());
  }

  std::map<std::uint64_t, test::RecordStream> authors_;
  std::uint64_t seq_ = 0;
  std::uint64_t acknowledged_ = 0;
  std::uint64_t lost_ = 0;
  std::uint64_t wrong_ = 0;
  std::uint64_t torn_bytes_ = 0;
};

}  // namespace

int main(int argc, char** argv) try {
  if (argc != 3 && argc != 5) throw std::runtime_error("usage: powercut-audit ARCHIVE ACKNOWLEDGED [AUTHOR RECORDS]");
  Audit audit;
  audit.read(argv[1]);
  std::ifstream acknowledged(argv[2]);
  if (!acknowledged) throw std::runtime_error("what was acknowledged cannot be read");
  for (std::uint64_t author = 0, records = 0; acknowledged >> author >> records;)
    audit.expect_at_least(author, records);
  if (argc == 5) audit.expect_exactly(std::strtoull(argv[3], nullptr, 10), std::strtoull(argv[4], nullptr, 10));
  return audit.judge() ? 0 : 1;
} catch (const std::exception& failure) {
  std::printf("wrong: %s\n", failure.what());
  return 1;
}
