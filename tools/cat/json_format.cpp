#include <nlohmann/json.hpp>
#include <string>

#include "dump_json.hpp"
#include "format.hpp"
#include "text.hpp"
#include "time_text.hpp"

namespace logbuf::cat {
namespace {

// One object a line, its members always in this order.
class JsonFormat : public Format {
 public:
  using Format::Format;

  void record(const Record& record) override {
    line_.clear();
    number(R"({"seq":)", record.seq);
    number(R"(,"position":)", record.position);
    line_ += R"(,"time":)";
    line_ += record.time_ns ? '"' + cli::time_text(*record.time_ns) + '"' : "null";
    number(R"(,"producer":)", record.slot);
    line_ += R"(,"name":)" + json_string(record.producer);
    number(R"(,"type":)", record.type);
    number(R"(,"length":)", record.bytes.size());
    if (cli::is_utf8(as_text(record.bytes))) {
      line_ += R"(,"data":)" + json_string(as_text(record.bytes));
    } else {
      line_ += R"(,"data_b64":")" + cli::base64(record.bytes) + '"';
    }
    line_ += "}\n";
    out().put(line_);
  }

  void gap(const Gap& gap) override {
    line_ = R"({"gap":{"lost":)" + (gap.records ? std::to_string(*gap.records) : "null");
    number(R"(,"from":)", gap.from);
    number(R"(,"to":)", gap.to);
    line_ += R"(,"why":)" + json_string(gap.why);
    // Not lost, only not looked at in time.
    if (gap.kind == Gap::Kind::missed) line_ += R"(,"missed":true)";
    line_ += "}}\n";
    out().put(line_);
  }

 private:
  void number(std::string_view key, std::uint64_t value) {
    line_ += key;
    line_ += std::to_string(value);
  }

  // Quoted. Names and reasons come from others.
  std::string json_string(std::string_view text) {
    return cli::dump_json(nlohmann::json(text), -1, out().is_terminal());
  }

  std::string line_;
};

}  // namespace

std::unique_ptr<Format> make_json_format(cli::Output& out) {
  return std::make_unique<JsonFormat>(out);
}

}  // namespace logbuf::cat
