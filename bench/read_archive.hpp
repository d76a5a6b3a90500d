// What went into an archive, as its reader gives it back.
#pragma once

#include <cstddef>
#include <filesystem>
#include <functional>
#include <span>
#include <variant>

#include <logbuf/archive.hpp>

#include "failure.hpp"

namespace logbuf::bench {

// `take` gets each record's payload, in their order. Returns what the reader says of them all.
inline archive::Totals read_archive(const std::filesystem::path& target,
                                    const std::function<void(std::span<const std::byte>)>& take) {
  auto reader = archive::Reader::open(target);
  if (!reader) cli::die(reader.error(), "reading the archive");
  for (;;) {
    const auto entry = reader->next();
    if (!entry) cli::die(entry.error(), "reading the archive");
    if (!*entry) return reader->totals();
    if (const auto* const record = std::get_if<archive::Record>(&**entry)) take(record->bytes);
  }
}

}  // namespace logbuf::bench
