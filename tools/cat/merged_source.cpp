#include "merged_source.hpp"

namespace logbuf::cat {

ArchiveSource& MergedSource::add_archive(const std::string& path) {
  auto& input = inputs_.emplace_back(std::in_place_type<ArchiveSource>, path, inputs_.size());
  return std::get<ArchiveSource>(input.source);
}

void MergedSource::add_ring(const std::string& name) {
  inputs_.emplace_back(std::in_place_type<RingSource>, name, inputs_.size());
}

void MergedSource::Input::advance() {
  head = std::visit([](auto& any) { return any.next(); }, source);
  if (!head) return;
  if (auto* const gap = std::get_if<Gap>(&*head)) {
    gap->target = number;
  } else {
    time_ns = std::get<Record>(*head).any_time_ns().value_or(time_ns);
  }
}

MergedSource::Input* MergedSource::earliest() {
  Input* first = nullptr;
  for (Input& input : inputs_) {
    if (input.head && (first == nullptr || input.time_ns < first->time_ns)) first = &input;
  }
  return first;
}

std::optional<Item> MergedSource::next() {
  if (given_ != nullptr) given_->advance();
  if (!std::exchange(begun_, true)) {
    for (Input& input : inputs_) input.advance();
  }
  given_ = earliest();
  return given_ != nullptr ? given_->head : std::nullopt;
}

}  // namespace logbuf::cat
