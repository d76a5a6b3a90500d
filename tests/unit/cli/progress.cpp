#include "progress.hpp"

#include <doctest/doctest.h>

using logbuf::cli::progress_text;
using namespace std::chrono_literals;

TEST_CASE("progress says how much of all is done, how fast, and how long the rest takes at that") {
  CHECK(progress_text({.done = 450'000, .total = 1'000'000, .elapsed = 2s}, "records") ==
        " 45%  450k of 1M records, 225k/s, 3s left");
  CHECK(progress_text({.done = 1'000, .total = 3'601'000, .elapsed = 1s}, "blocks") ==
        "  0%  1k of 3.6M blocks, 1k/s, 1h left");
}

TEST_CASE("before anything is done, and at a rate that is none, nothing is foretold") {
  CHECK(progress_text({.done = 0, .total = 10, .elapsed = 0s}, "records") == "  0%  0 of 10 records");
  CHECK(progress_text({.done = 1, .total = 10, .elapsed = 2s}, "records") == " 10%  1 of 10 records");
}

TEST_CASE("where nobody knows how much there is, the number and the rate are all there is to say") {
  CHECK(progress_text({.done = 1'500, .elapsed = 1s}, "records") == "1.5k records, 1.5k/s");
}

TEST_CASE("what grows beyond what was thought is never finished before it is, and nothing is left of it") {
  CHECK(progress_text({.done = 10, .total = 10, .elapsed = 1s}, "records") == " 99%  10 of 10 records, 10/s");
  CHECK(progress_text({.done = 30, .total = 10, .elapsed = 1s}, "records") == " 99%  30 of 10 records, 30/s");
}
