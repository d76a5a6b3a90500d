/// \file
/// All of logbuf. To learn it, read the headers in this order.
#pragma once

#if __cplusplus < 202100L
#error "logbuf's C++ headers need C++23: compile with -std=c++23 (g++ 12, clang 19, or later)"
#endif

#include <logbuf/archive.hpp>  // a ring's records on disk
#include <logbuf/channel.hpp>  // the same with waiting
#include <logbuf/error.hpp>
#include <logbuf/keeper.hpp>   // what becomes of an archive's sealed files
#include <logbuf/layout.hpp>   // the shared memory's words
#include <logbuf/peek.hpp>     // look at a live ring
#include <logbuf/queue.hpp>    // producer.hpp, consumer.hpp: claim, commit, read, release; never waits
#include <logbuf/record.hpp>   // the record format
#include <logbuf/segment.hpp>  // rings: make, look at, close, remove
