// A consumer's handle, which a receiver's has in it; and what makes both ends of a ring without a name.
#pragma once

#include <memory>
#include <optional>
#include <type_traits>
#include <utility>

#include <logbuf/consumer.hpp>

#include "c/status.hpp"

struct logbuf_consumer {
  // Its own consumer, or a receiver's.
  explicit logbuf_consumer(logbuf::Consumer attached) : own(std::move(attached)), end(*own) {}
  explicit logbuf_consumer(logbuf::Consumer* of_receiver) : end(*of_receiver) {}
  logbuf_consumer(const logbuf_consumer&) = delete;
  logbuf_consumer& operator=(const logbuf_consumer&) = delete;

  bool is_busy() const noexcept { return claim || batch; }

  std::optional<logbuf::Consumer> own;
  logbuf::Consumer& end;
  // Behind the consumer, which they must not outlive. At most one of them.
  std::optional<logbuf::ReadClaim> claim;
  std::optional<logbuf::ReadBatch> batch;
};

namespace logbuf::c {

logbuf_record record_of(const Record& record) noexcept;

// `create` makes the ends of an anonymous ring of the kind that its second argument has as a constant.
template <typename WritingHandle, typename ReadingHandle, typename Create>
int create_ends(const logbuf_segment_options* options, WritingHandle** writing, ReadingHandle** reading,
                Create create) noexcept {
  if (writing == nullptr || reading == nullptr) return LOGBUF_INVALID_ARGUMENT;
  return guarded([&] {
    const auto wanted = options_of(options);
    if (!wanted) return wanted.error();
    const auto hand_out_both = [&](auto ends) {
      if (!ends) return result_of(ends.error());
      auto first = std::make_unique<WritingHandle>(std::move(ends->first));
      *reading = std::make_unique<ReadingHandle>(std::move(ends->second)).release();
      *writing = first.release();
      return int{LOGBUF_OK};
    };
    if (wanted->kind == Kind::spsc) return hand_out_both(create(*wanted, std::integral_constant<Kind, Kind::spsc>()));
    return hand_out_both(create(*wanted, std::integral_constant<Kind, Kind::mpsc>()));
  });
}

}  // namespace logbuf::c
