// How long a consumer of batches waits for more.
#include <doctest/doctest.h>

#include <logbuf/detail/pace.hpp>

using logbuf::detail::Pace;

TEST_CASE("a consumer that gets its records one by one does not wait for more, but now and then") {
  Pace pace;
  unsigned waited = 0;
  for (unsigned look = 0; look < 10 * Pace::kLooksPerTrial; ++look) {
    pace.caught_up(1);
    if (pace.waits() > 0) ++waited;
    CHECK(pace.waits() <= Pace::kFirstWaits);
  }
  CHECK(waited > 0);
  CHECK(waited <= 10);
}

TEST_CASE("a consumer waits longer while each wait brings several records, and gives it up when it does not") {
  Pace pace;
  for (unsigned look = 0; look < Pace::kLooksPerTrial + 10; ++look) pace.caught_up(Pace::kRecordsThatPay);
  CHECK(pace.waits() == Pace::kMostWaits);
  unsigned looks = 0;
  for (; pace.waits() > 0; ++looks) pace.caught_up(Pace::kRecordsThatPay - 1);
  CHECK(looks > 1);
  CHECK(looks < 10);
}
