#include "archiver.hpp"

#include <stdlib.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <csignal>

#include "record_stream.hpp"

namespace test {

namespace fs = std::filesystem;

ScratchName::ScratchName(const std::string& suffix) {
  static int count = 0;
  name_ = "archivertest-" + std::to_string(::getpid()) + "-" + std::to_string(count++) + suffix;
}

ScratchName::~ScratchName() {
  (void)logbuf::Segment::unlink(name_);
}

ScratchRing::ScratchRing(const logbuf::SegmentOptions& options, const std::string& suffix) : ScratchName(suffix) {
  (void)required(logbuf::Segment::create(name(), options));
}

logbuf::RingStatus ScratchRing::status() const {
  return required(logbuf::Segment::open(name())).status();
}

void ScratchRing::close() const {
  REQUIRE(required(logbuf::Segment::open(name())).close().has_value());
}

bool ScratchRing::drained() const {
  const auto now = status();
  return now.head == now.tail;
}

bool ScratchRing::has_consumer() const {
  const auto now = status();
  return now.consumer && now.consumer->alive;
}

TemporaryDirectory::TemporaryDirectory() {
  std::string name =
      (fs::temp_directory_path() / ("logbuf-archiver-" + std::to_string(::getpid()) + "-XXXXXX")).string();
  REQUIRE(::mkdtemp(name.data()) != nullptr);
  path_ = name;
}

TemporaryDirectory::~TemporaryDirectory() {
  std::error_code error;
  fs::remove_all(path_, error);
}

Program archiver(const std::vector<std::string>& arguments, const std::function<void()>& prepare) {
  std::vector<std::string> command = {path_of("LOGBUF_ARCHIVER")};
  command.insert(command.end(), arguments.begin(), arguments.end());
  return Program(command, prepare);
}

Program archive_ring(const std::string& ring, const fs::path& directory, const std::vector<std::string>& arguments,
                     const std::function<void()>& prepare) {
  std::vector<std::string> all = {"--ring", ring, "--dir", directory.string()};
  all.insert(all.end(), arguments.begin(), arguments.end());
  return archiver(all, prepare);
}

Feeders::Feeders(const std::string& ring, const std::string& kind, const std::string& end, int producers,
                 std::uint64_t records_each) {
  for (int number = 0; number < producers; ++number) {
    programs_.emplace_back(std::vector<std::string>{path_of("LOGBUF_FEEDER"), ring, kind, end, std::to_string(number),
                                                    std::to_string(records_each)});
  }
  for (Program& program : programs_) REQUIRE_MESSAGE(program.read_byte(), program.said());
}

void Feeders::open_gate() {
  for (Program& program : programs_) program.close_stdin();
}

bool Feeders::running() {
  return std::ranges::any_of(programs_, [](Program& program) { return program.running(); });
}

std::vector<std::uint64_t> Feeders::wait() {
  std::vector<std::uint64_t> sent;
  for (Program& program : programs_) {
    const int code = program.wait();
    REQUIRE_MESSAGE(code == 0, program.said());
    sent.push_back(std::stoull(program.rest_of_stdout()));
  }
  return sent;
}

std::vector<std::uint64_t> Feeders::stop() {
  for (Program& program : programs_) program.signal(SIGTERM);
  return wait();
}

Verified verify(const fs::path& archive, const std::vector<std::uint64_t>& sent, std::size_t longest,
                std::uint64_t refused) {
  Verified seen;
  std::uint64_t refusals_told = 0;
  std::vector<RecordStream> streams;
  for (std::uint16_t number = 0; number < sent.size(); ++number) streams.emplace_back(number, longest);
  auto reader = required(logbuf::archive::Reader::open(archive));
  const auto here = [&] { return " at seq " + std::to_string(seen.records); };
  for (;;) {
    const auto entry = reader.next();
    if (!entry) {
      seen.problem = logbuf::error_detail();
      return seen;
    }
    if (!*entry) break;
    if (const auto* gap = std::get_if<logbuf::archive::Gap>(&**entry)) {
      if (gap->why.ends_with(": refused at a full ring")) {
        ++refusals_told;
        continue;
      }
      seen.problem = "a gap" + here() + ": " + gap->why;
      return seen;
    }
    const auto& record = std::get<logbuf::archive::Record>(**entry);
    if (record.seq != seen.records) seen.problem = "seq " + std::to_string(record.seq) + here();
    if (record.type >= streams.size()) {
      seen.problem = "a record of nobody" + here();
      return seen;
    }
    if (record.producer != "feeder-" + std::to_string(record.type)) {
      seen.problem = "a record of feeder " + std::to_string(record.type) + " bears the name '" +
                     std::string(record.producer) + "'" + here();
    }
    RecordStream& stream = streams[record.type];
    const std::uint64_t n = stream.n();
    if (n >= sent[record.type]) seen.problem = "too many records" + here();
    stream.begin();
    if (!stream.matches(record.bytes)) {
      seen.problem = "not record " + std::to_string(n) + " of feeder " + std::to_string(record.type) + here();
    }
    if (!seen.problem.empty()) return seen;
    seen.records += 1;
    seen.bytes += record.bytes.size();
  }
  seen.files = reader.totals().files;
  for (std::size_t i = 0; i < sent.size(); ++i) {
    if (streams[i].n() == sent[i]) continue;
    seen.problem = "feeder " + std::to_string(i) + " has only " + std::to_string(streams[i].n()) + " records of " +
                   std::to_string(sent[i]);
  }
  const auto& totals = reader.totals();
  if (totals.damaged_bytes != 0 || totals.torn_bytes != 0 || totals.gaps != refusals_told)
    seen.problem = "damaged or torn bytes";
  if (totals.refused != refused || totals.lost != refused) {
    seen.problem = std::to_string(totals.lost) + " records lost, " + std::to_string(totals.refused) +
                   " of them refused, where producers counted " + std::to_string(refused);
  }
  return seen;
}

void send_durably(logbuf::queue::mpsc::Producer& producer, Lines& sent, int count) {
  for (int n = 0; n < count; ++n) {
    sent.push_back("record " + std::to_string(sent.size()));
    const logbuf::Position position = put(producer, sent.back());
    CHECK(producer.wait_durable(position, std::chrono::minutes(1)).has_value());
  }
}

std::vector<fs::path> files_with(const fs::path& archive, const std::string& extension) {
  std::vector<fs::path> files;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(archive, error)) {
    if (entry.path().extension() == extension) files.push_back(entry.path());
  }
  std::ranges::sort(files);
  return files;
}

std::vector<std::string> contents_of(const fs::path& archive) {
  std::vector<std::string> all;
  auto reader = required(logbuf::archive::Reader::open(archive));
  for (;;) {
    const auto entry = required(reader.next());
    if (!entry) return all;
    if (const auto* gap = std::get_if<logbuf::archive::Gap>(&*entry)) {
      all.push_back("gap " + (gap->lost ? std::to_string(*gap->lost) : std::string("?")) + " " + gap->why);
    } else {
      const auto bytes = std::get<logbuf::archive::Record>(*entry).bytes;
      all.emplace_back(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    }
  }
}

}  // namespace test
