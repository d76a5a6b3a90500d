// What the archiver does to its files besides appending: age.
#include <csignal>

#include "archiver.hpp"

namespace test {
namespace {

using logbuf::queue::mpsc::Producer;
namespace fs = std::filesystem;

std::size_t count_files(const fs::path& archive, const std::string& extension) {
  std::size_t files = 0;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(archive, error))
    files += entry.path().extension() == extension ? 1 : 0;
  return files;
}

}  // namespace

TEST_CASE("--rotate-age seals a file on an idle ring, and the next record begins another") {
  const ScratchRing ring;
  const TemporaryDirectory directory;
  const fs::path archive = directory.path() / ring.name();
  Program daemon = archive_ring(ring.name(), directory.path(), {"--rotate-age", "50ms"});
  auto producer = required(Producer::attach(ring.name()));
  for (std::size_t files = 1; files <= 3; ++files) {
    put(producer, std::to_string(files));
    wait_until("the file is sealed",
               [&] { return count_files(archive, ".seg") == files && count_files(archive, ".open") == 0; });
  }
  daemon.signal(SIGTERM);
  CHECK_MESSAGE(daemon.wait() == 0, daemon.said());
  CHECK(count_files(archive, ".seg") == 3);
  CHECK(contents_of(archive) == Lines{"1", "2", "3"});
}

}  // namespace test
