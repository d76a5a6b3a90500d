#include "scratch.hpp"

#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <system_error>

namespace logbuf::soak {

namespace fs = std::filesystem;

Scratch::Scratch(const fs::path& parent) : prefix_("soak-" + std::to_string(::getpid()) + "-") {
  std::string name = (parent / ("logbuf-" + prefix_ + "XXXXXX")).string();
  if (::mkdtemp(name.data()) == nullptr) {
    throw std::system_error(errno, std::system_category(), "cannot make a directory in " + parent.string());
  }
  directory_ = name;
}

Scratch::~Scratch() {
  remove_rings();
  std::error_code error;
  if (!kept_) fs::remove_all(directory_, error);
}

std::string Scratch::ring_name(std::uint64_t epoch, std::uint32_t ring) const {
  return prefix_ + std::to_string(epoch) + "-" + std::to_string(ring);
}

std::string Scratch::ring_glob(std::uint64_t epoch) const {
  return prefix_ + std::to_string(epoch) + "-*";
}

void Scratch::remove_rings() const {
  for (const std::string& name : Segment::list()) {
    if (name.starts_with(prefix_)) (void)Segment::unlink(name);
  }
}

void Scratch::keep() {
  kept_ = true;
  std::error_code error;
  for (const std::string& name : Segment::list()) {
    if (name.starts_with(prefix_)) fs::copy_file("/dev/shm/logbuf." + name, directory_ / (name + ".segment"), error);
  }
}

}  // namespace logbuf::soak
