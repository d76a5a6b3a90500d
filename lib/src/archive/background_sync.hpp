// One sync at a time, in a thread of its own, while the file is written on.
#pragma once

#include <condition_variable>
#include <expected>
#include <functional>
#include <mutex>
#include <optional>
#include <thread>

#include "platform/file.hpp"

namespace logbuf::archive {

// One thread calls all of it. The files live until the sync is over; so whoever closes them waits first.
class BackgroundSync {
 public:
  BackgroundSync() = default;
  ~BackgroundSync();
  BackgroundSync(const BackgroundSync&) = delete;
  BackgroundSync& operator=(const BackgroundSync&) = delete;

  // Begins to make durable what `file` has now, and after it, if given, the names in `directory`. None is under way.
  // `over`, if there is one, is called by the thread when its result is there. Where the system gives no thread, it is
  // all done before the return.
  void start(const platform::File& file, const platform::File* directory, std::function<void()> over);
  // One was started whose result has not been taken.
  bool under_way() const noexcept { return under_way_; }
  // The result of the one under way (errno), if it is over.
  std::optional<std::expected<void, int>> take_if_over();
  // Waits for it.
  std::expected<void, int> take();

 private:
  void run();
  bool begin_thread() noexcept;
  void sync(std::unique_lock<std::mutex>& lock);

  bool under_way_ = false;  // the caller's
  std::mutex mutex_;
  std::condition_variable changed_;
  const platform::File* file_ = nullptr;  // of the sync to do
  const platform::File* directory_ = nullptr;
  std::function<void()> over_;
  std::optional<std::expected<void, int>> result_;
  bool ending_ = false;
  std::thread thread_;
};

}  // namespace logbuf::archive
