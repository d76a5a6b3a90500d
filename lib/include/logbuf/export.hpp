/// \file
/// What the library exports, and under which name.
#pragma once

/// Marks what the library exports; everything else stays hidden.
#define LOGBUF_API __attribute__((visibility("default")))
