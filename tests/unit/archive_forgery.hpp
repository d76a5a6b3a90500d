// A block that says something else, under right checksums.
#pragma once

#include <cstdint>
#include <cstring>
#include <span>
#include <string>

#include "archive/block.hpp"

namespace logbuf::archive::test {

// Changes a block's header as somebody would who knows how to sign it.
template <class Change>
void change_block(std::string& file, std::uint64_t offset, Change change) {
  format::BlockHeader h{};
  std::memcpy(&h, file.data() + offset, sizeof h);
  change(h);
  block::sign(h, std::as_bytes(std::span(file)).subspan(offset + sizeof h, h.payload_length));
  std::memcpy(file.data() + offset, &h, sizeof h);
}

}  // namespace logbuf::archive::test
