#include <cstdint>
#include <string_view>

#include "format.hpp"

namespace logbuf::cat {
namespace {

// What logbuf-write --length-prefixed reads.
class LengthPrefixedFormat : public Format {
 public:
  using Format::Format;

  void record(const Record& record) override {
    const auto length = static_cast<std::uint32_t>(record.bytes.size());
    char prefix[4];  // little-endian
    for (unsigned i = 0; i < sizeof prefix; ++i) prefix[i] = static_cast<char>(length >> (8 * i) & 0xff);
    out().put(std::string_view(prefix, sizeof prefix));
    out().put(record.bytes);
  }
};

}  // namespace

std::unique_ptr<Format> make_length_prefixed_format(cli::Output& out) {
  return std::make_unique<LengthPrefixedFormat>(out);
}

}  // namespace logbuf::cat
