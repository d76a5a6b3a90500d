/// \file
/// What the library exports, and under which name.
#pragma once

/// Marks what the library exports; everything else stays hidden.
#define LOGBUF_API __attribute__((visibility("default")))
/// For what is private in an exported class and not called from a header.
#define LOGBUF_HIDDEN __attribute__((visibility("hidden")))
