// Segment files as somebody would write them who knows the format.
#pragma once

#include <fcntl.h>

#include <cstdint>
#include <cstring>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>

#include "archive/block.hpp"
#include "archive/index.hpp"
#include "archive/segment_file.hpp"
#include "archive_support.hpp"

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

// The same with a file's header.
template <class Change>
void forge_header(const std::filesystem::path& file, Change change) {
  std::string contents = contents_of(file);
  format::FileHeader header{};
  std::memcpy(&header, contents.data(), sizeof header);
  change(header);
  sign(header);
  std::memcpy(contents.data(), &header, sizeof header);
  set_contents(file, contents);
}

// Bytes before a sealed file's index and seal.
inline std::uint64_t unsealed_size_of(std::string_view sealed_contents) {
  format::SealPayload seal{};
  REQUIRE(sealed_contents.size() > sizeof seal);
  std::memcpy(&seal, sealed_contents.data() + sealed_contents.size() - sizeof seal, sizeof seal);
  REQUIRE(seal.index_offset < sealed_contents.size());
  return seal.index_offset;
}
inline std::uint64_t unsealed_size(const std::filesystem::path& sealed_file) {
  return unsealed_size_of(contents_of(sealed_file));
}

// What a sealed file says at its end.
struct Sealed {
  format::FileHeader header;
  FileEnd end;
};

inline Sealed end_of(const std::filesystem::path& file) {
  const auto opened = platform::File::open(file, O_RDONLY);
  REQUIRE(opened.has_value());
  const auto reading = read_file_header(*opened, nullptr);
  REQUIRE(reading.has_value());
  auto end = read_file_end(*opened, reading->header);
  REQUIRE(end.has_value());
  REQUIRE(end->has_value());
  return {.header = reading->header, .end = std::move(**end)};
}

}  // namespace logbuf::archive::test
