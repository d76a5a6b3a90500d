// What a run makes besides processes: a directory, and rings. Gone when it is, but for what is kept to be looked at.
#pragma once

#include <filesystem>
#include <string>

#include <logbuf/segment.hpp>

namespace logbuf::soak {

class Scratch {
 public:
  explicit Scratch(const std::filesystem::path& parent);
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  ~Scratch();

  const std::filesystem::path& directory() const { return directory_; }
  // A ring's name that nobody else has.
  std::string ring_name(std::uint64_t epoch, std::uint32_t ring) const;
  std::string ring_glob(std::uint64_t epoch) const;
  void remove_rings() const;
  // The directory stays, with an image of each ring's segment.
  void keep();

 private:
  std::string prefix_;
  std::filesystem::path directory_;
  bool kept_ = false;
};

}  // namespace logbuf::soak
