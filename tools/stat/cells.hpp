// What stands in one place of the screen: a name, a number, a bar; and how many columns it takes there.
#pragma once

#include <logbuf/segment.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "watch.hpp"

namespace logbuf::stat {

// What the terminal shows.
enum class Charset { ascii, utf8 };

// By the locale that setlocale() has chosen.
Charset charset_of_locale();

// Names from shared memory, made fit for the terminal: what cli::escape() escapes, and what has no width of its own or
// is not of the charset, becomes \xNN.
std::string shown(std::string_view bytes, Charset charset);
// The columns of what shown() gave.
std::size_t width_of(std::string_view text);

enum class Align { left, right };

// Exactly `width` columns: filled up with blanks. What is too long is cut, which a last … (or ~) shows; not so on the
// right, where numbers are: a part of one would be another. It is said with fewer digits, or there is a row of #.
std::string fit(std::string_view text, std::size_t width, Align align, Charset charset);

// `fraction` of `width` columns, in eighths of a column where the charset has them.
std::string bar(double fraction, std::size_t width, Charset charset);

// "99999", "1.2M": powers of 1000, and exact while it is short.
std::string count_text(std::uint64_t count);
// "0.3", "950", "12.3k": of something a second.
std::string rate_text(double per_second);
// "512", "1.5M": bytes a second, powers of 1024.
std::string bytes_rate_text(double per_second);
// "0", "1.5s", ">2m" where it is perhaps longer.
std::string lag_text(const rings::Lag& lag);
// "42%", rounded down: 100% is full.
std::string percent_text(std::uint64_t part, std::uint64_t whole);

}  // namespace logbuf::stat
