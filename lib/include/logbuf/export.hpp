// LOGBUF_API marks what the library exports; everything else stays hidden.
#pragma once

#define LOGBUF_API __attribute__((visibility("default")))
