#include "transport.hpp"

namespace logbuf::compare {

std::uint64_t Transport::arrived_bytes() const {
  namespace fs = std::filesystem;
  std::uint64_t bytes = 0;
  std::error_code gone;  // files are renamed and directories appear while this looks
  for (fs::recursive_directory_iterator at(data(), gone), end; !gone && at != end; at.increment(gone)) {
    std::error_code none;
    if (!at->is_regular_file(none)) continue;
    const std::uintmax_t size = at->file_size(none);
    if (!none) bytes += size;
  }
  return bytes;
}

std::vector<std::string> Transport::producer_command(const std::string& program, std::uint32_t life,
                                                     const std::vector<std::string>& arguments) const {
  std::vector<std::string> command = {setting_.programs / program, std::to_string(setting_.page), std::to_string(life)};
  command.insert(command.end(), arguments.begin(), arguments.end());
  return command;
}

}  // namespace logbuf::compare
