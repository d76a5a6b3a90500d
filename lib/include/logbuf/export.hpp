// LOGBUF_API marks what the library exports; everything else stays hidden. LOGBUF_HIDDEN: what is private in an
// exported class and not called from a header.
#pragma once

#define LOGBUF_API __attribute__((visibility("default")))
#define LOGBUF_HIDDEN __attribute__((visibility("hidden")))
