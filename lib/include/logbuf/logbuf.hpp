/// \file
/// All of logbuf. To learn it, read the headers in this order.
#pragma once

#include <logbuf/archive.hpp>  // a ring's records on disk
#include <logbuf/channel.hpp>  // the same with waiting
#include <logbuf/error.hpp>
#include <logbuf/keeper.hpp>   // what becomes of an archive's sealed files
#include <logbuf/layout.hpp>   // the shared memory's words
#include <logbuf/peek.hpp>     // look at a live ring
#include <logbuf/queue.hpp>    // producer.hpp, consumer.hpp: claim, commit, read, release; never waits
#include <logbuf/record.hpp>   // the record format
#include <logbuf/segment.hpp>  // rings: make, look at, close, remove
