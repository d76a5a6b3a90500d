#include "pcapng_format.hpp"

#include <algorithm>
#include <string>
#include <string_view>

#include "text.hpp"

namespace logbuf::archive_tool {
namespace {

constexpr std::uint32_t kSectionHeader = 0x0a0d'0d0a;
constexpr std::uint32_t kInterface = 1;
constexpr std::uint32_t kEnhancedPacket = 6;
constexpr std::uint32_t kByteOrderMagic = 0x1a2b'3c4d;
constexpr std::uint16_t kComment = 1;
constexpr std::uint16_t kTimeResolution = 9;
constexpr char kNanoseconds = 9;  // 10^-9 s

// A block's body, little-endian.
class Body {
 public:
  template <typename T>
  void number(T value) {
    for (unsigned i = 0; i < sizeof value; ++i) bytes_ += static_cast<char>(value >> (8 * i) & 0xff);
  }
  void padded(std::string_view bytes) {
    bytes_ += bytes;
    bytes_.resize((bytes_.size() + 3) / 4 * 4);
  }
  void option(std::uint16_t code, std::string_view value) {
    number(code);
    number(static_cast<std::uint16_t>(value.size()));
    padded(value);
  }
  void end_of_options() { number(std::uint32_t{0}); }
  void clear() { bytes_.clear(); }
  const std::string& bytes() const { return bytes_; }

 private:
  std::string bytes_;
};

class PcapngFormat : public cat::Format {
 public:
  PcapngFormat(cli::Output& out, std::uint16_t link_type) : Format(out), link_type_(link_type) { begin(); }

  void record(const cat::Record& record) override {
    const std::int64_t time_ns = record.time_ns ? *record.time_ns : record.drain_time_ns.value_or(0);
    const auto time = static_cast<std::uint64_t>(std::max<std::int64_t>(time_ns, 0));
    const auto length = static_cast<std::uint32_t>(record.bytes.size());
    body_.clear();
    body_.number(std::uint32_t{0});  // interface
    body_.number(static_cast<std::uint32_t>(time >> 32));
    body_.number(static_cast<std::uint32_t>(time));
    body_.number(length);  // captured
    body_.number(length);  // of the packet
    body_.padded(cat::as_text(record.bytes));
    body_.option(kComment, comment(record));
    body_.end_of_options();
    put(kEnhancedPacket);
  }

 private:
  void begin() {
    body_.number(kByteOrderMagic);
    body_.number(std::uint16_t{1});  // version 1.0
    body_.number(std::uint16_t{0});
    body_.number(~std::uint64_t{0});  // the section's length: not said
    put(kSectionHeader);
    body_.clear();
    body_.number(link_type_);
    body_.number(std::uint16_t{0});
    body_.number(std::uint32_t{0});  // packets of any length
    body_.option(kTimeResolution, std::string_view(&kNanoseconds, 1));
    body_.end_of_options();
    put(kInterface);
  }

  // Names come from others: at most 256 bytes, which an option holds.
  static std::string comment(const cat::Record& record) {
    return "seq " + std::to_string(record.seq) + ", slot " + std::to_string(record.slot) + ", type " +
           std::to_string(record.type) + ", producer " + cli::escape(record.producer);
  }

  void put(std::uint32_t type) {
    const auto total = static_cast<std::uint32_t>(body_.bytes().size() + 12);
    Body head;
    head.number(type);
    head.number(total);
    out().put(head.bytes());
    out().put(body_.bytes());
    head.clear();
    head.number(total);
    out().put(head.bytes());
  }

  std::uint16_t link_type_;
  Body body_;
};

}  // namespace

std::unique_ptr<cat::Format> make_pcapng_format(cli::Output& out, std::uint16_t link_type) {
  return std::make_unique<PcapngFormat>(out, link_type);
}

}  // namespace logbuf::archive_tool
