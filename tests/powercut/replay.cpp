// powercut-replay BASE LOG SEED CUT IMAGE ACKNOWLEDGED
//
// Makes the file IMAGE: the disk that was as BASE at first, when the power goes at cut CUT of SEED in the LOG of what
// it was asked. The file ACKNOWLEDGED gets a line "AUTHOR RECORDS" for each author whose records were said to be
// durable.
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <fstream>
#include <stdexcept>

#include "cut.hpp"

int main(int argc, char** argv) try {
  using namespace logbuf::powercut;
  if (argc != 7) throw std::runtime_error("usage: powercut-replay BASE LOG SEED CUT IMAGE ACKNOWLEDGED");
  std::ifstream base(argv[1], std::ios::binary | std::ios::ate);
  if (!base) throw std::runtime_error("the disk's first state cannot be read");
  const auto disk_bytes = static_cast<std::uint64_t>(base.tellg());
  WriteLog log(argv[2]);
  const Cut cut = choose_cut(log, disk_bytes, std::strtoull(argv[3], nullptr, 10), std::strtoull(argv[4], nullptr, 10));
  make_image(log, cut, argv[1], argv[5]);
  std::ofstream acknowledged(argv[6]);
  for (const auto& [author, records] : acknowledged_before(log, cut, disk_bytes))
    acknowledged << author << ' ' << records << '\n';
  if (!acknowledged.flush()) throw std::runtime_error("what was acknowledged cannot be written down");
  std::puts(describe(cut, log).c_str());
  return 0;
} catch (const std::exception& failure) {
  std::fprintf(stderr, "powercut-replay: %s\n", failure.what());
  return 1;
}
