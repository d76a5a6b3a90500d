#include "format.hpp"

namespace logbuf::cat {
namespace {

class RawFormat : public Format {
 public:
  using Format::Format;

  void record(const Record& record) override { out().put(record.bytes); }
};

}  // namespace

std::unique_ptr<Format> make_raw_format(cli::Output& out) {
  return std::make_unique<RawFormat>(out);
}

}  // namespace logbuf::cat
