#include <utility>

#include <logbuf/archive.hpp>

#include "archive/entry_stream.hpp"

namespace logbuf::archive {

struct Reader::State {
  EntryStream entries;
};

Reader::Reader(std::unique_ptr<State> state) noexcept : state_(std::move(state)) {}
Reader::Reader(Reader&&) noexcept = default;
Reader& Reader::operator=(Reader&&) noexcept = default;
Reader::~Reader() = default;

std::expected<Reader, std::error_code> Reader::open(const std::filesystem::path& target) {
  auto blocks = BlockStream::open(target);
  if (!blocks) return std::unexpected(blocks.error());
  return Reader(std::make_unique<State>(State{.entries = EntryStream(std::move(*blocks))}));
}

std::expected<std::optional<Entry>, std::error_code> Reader::next() {
  return state_->entries.next();
}

std::span<const Record> Reader::more() {
  return state_->entries.more();
}

std::expected<void, std::error_code> Reader::seek_seq(std::uint64_t seq) {
  state_->entries.forget();
  return state_->entries.blocks().seek(seq);
}

std::expected<std::uint64_t, std::error_code> Reader::end_seq() {
  state_->entries.forget();
  return state_->entries.blocks().end_seq();
}

std::expected<void, std::error_code> Reader::seek_last(std::uint64_t count) {
  const auto end = end_seq();
  if (!end) return std::unexpected(end.error());
  return seek_seq(*end > count ? *end - count : 0);
}

std::expected<void, std::error_code> Reader::seek_time(std::int64_t time_ns) {
  state_->entries.forget();
  return state_->entries.blocks().seek_time(time_ns);
}

const Totals& Reader::totals() const noexcept {
  return std::as_const(state_->entries).blocks().totals();
}
const RingIdentity& Reader::ring() const noexcept {
  return state_->entries.blocks().ring();
}

}  // namespace logbuf::archive
