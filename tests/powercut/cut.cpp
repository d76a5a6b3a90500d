#include "cut.hpp"

#include <algorithm>
#include <array>
#include <fstream>
#include <span>
#include <stdexcept>
#include <vector>

#include "acknowledged.hpp"
#include "content.hpp"

namespace logbuf::powercut {
namespace {

using Block = std::array<char, kBlockBytes>;

bool acknowledges(const Request& request, std::uint64_t disk_bytes) {
  return request.kind == Request::Kind::write && request.at >= acknowledged_at(disk_bytes, 0);
}

std::size_t behind_some(const std::vector<std::size_t>& places, std::size_t otherwise, test::Random& random) {
  return places.empty() ? otherwise : places[random.below(places.size())] + 1;
}

void check(const std::ios& file, const std::filesystem::path& path) {
  if (!file) throw std::runtime_error(path.string() + " cannot be read or written");
}

void copy(const std::filesystem::path& base, std::ostream& image) {
  std::ifstream in(base, std::ios::binary);
  std::vector<char> some(1 << 20);
  while (in.read(some.data(), static_cast<std::streamsize>(some.size())) || in.gcount() > 0)
    image.write(some.data(), in.gcount());
}

}  // namespace

Cut choose_cut(WriteLog& log, std::uint64_t disk_bytes, std::uint64_t seed, std::uint64_t number) {
  const std::vector<Request>& requests = log.requests();
  test::Random random(seed ^ (number * 0x9e37'79b9'7f4a'7c15ULL));
  std::vector<std::size_t> acknowledgements;
  for (std::size_t n = 0; n < requests.size(); ++n) {
    if (acknowledges(requests[n], disk_bytes)) acknowledgements.push_back(n);
  }
  Cut cut{.requests = requests.size()};
  if (number > 0) {
    // Half of them where it is hardest: right behind an acknowledgement. Some where the archive is being made.
    const std::size_t beginning = acknowledgements.empty() ? requests.size() : acknowledgements.front() + 100;
    const auto where = random.below(8);
    if (where < 4) {
      cut.requests = behind_some(acknowledgements, requests.size(), random);
    } else {
      cut.requests = random.below((where == 4 ? std::min(beginning, requests.size()) : requests.size()) + 1);
    }
  }
  for (std::size_t n = 0; n < cut.requests; ++n) {
    if (requests[n].kind == Request::Kind::flush) cut.flushed = n + 1;
  }
  cut.fate = static_cast<Fate>(random.below(4));
  cut.chance = random.next();
  return cut;
}

void make_image(WriteLog& log, const Cut& cut, const std::filesystem::path& base, const std::filesystem::path& image) {
  std::fstream out(image, std::ios::binary | std::ios::in | std::ios::out | std::ios::trunc);
  copy(base, out);
  test::Random random(cut.chance);
  const auto survives = [&] { return random.below(2) == 0; };
  for (std::size_t n = 0; n < cut.requests; ++n) {
    const Request& request = log.requests()[n];
    if (request.kind != Request::Kind::write) continue;
    const bool certain = n < cut.flushed || cut.fate == Fate::all;
    if (!certain && (cut.fate == Fate::none || (cut.fate == Fate::some_writes && !survives()))) continue;
    std::vector<std::byte> bytes(request.bytes);
    log.read(request, bytes);
    for (std::uint64_t at = 0; at < request.bytes; at += kBlockBytes) {
      if (!certain && cut.fate == Fate::some_blocks && !survives()) continue;
      out.seekp(static_cast<std::streamoff>(request.at + at));
      out.write(reinterpret_cast<const char*>(bytes.data() + at),
                static_cast<std::streamsize>(std::min<std::uint64_t>(kBlockBytes, request.bytes - at)));
    }
  }
  check(out.flush(), image);
}

Acknowledged acknowledged_before(WriteLog& log, const Cut& cut, std::uint64_t disk_bytes) {
  Acknowledged acknowledged;
  for (std::size_t n = 0; n < cut.requests; ++n) {
    const Request& request = log.requests()[n];
    if (!acknowledges(request, disk_bytes)) continue;
    Acknowledgement said;
    log.read(request, std::as_writable_bytes(std::span(&said, 1)));
    if (said.magic != Acknowledgement::kMagic) throw std::runtime_error("an acknowledgement in the log is none");
    acknowledged[(request.at - acknowledged_at(disk_bytes, 0)) / kBlockBytes] = said.records;
  }
  return acknowledged;
}

std::string describe(const Cut& cut, const WriteLog& log) {
  const char* const fates[] = {"all", "none", "some writes", "some blocks"};
  return "after " + std::to_string(cut.requests) + " of " + std::to_string(log.requests().size()) + " requests, " +
         fates[static_cast<std::size_t>(cut.fate)] + " of the last " + std::to_string(cut.requests - cut.flushed) +
         " on the disk";
}

}  // namespace logbuf::powercut
