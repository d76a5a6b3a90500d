#include "archive/background_sync.hpp"

#include <utility>

#include "platform/signals.hpp"

namespace logbuf::archive {

BackgroundSync::~BackgroundSync() {
  if (!thread_.joinable()) return;
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

void BackgroundSync::start(const platform::File& file, const platform::File* directory, std::function<void()> over) {
  std::unique_lock lock(mutex_);
  file_ = &file;
  directory_ = directory;
  over_ = std::move(over);
  under_way_ = true;
  if (!thread_.joinable() && !begin_thread()) {
    sync(lock);
    return;
  }
  lock.unlock();
  changed_.notify_all();
}

bool BackgroundSync::begin_thread() noexcept {
  try {
    const platform::SignalsBlocked blocked;
    thread_ = std::thread([this] { run(); });
    return true;
  } catch (...) {
    return false;
  }
}

std::optional<std::expected<void, int>> BackgroundSync::take_if_over() {
  const std::lock_guard lock(mutex_);
  auto result = std::exchange(result_, std::nullopt);
  if (result) under_way_ = false;
  return result;
}

std::expected<void, int> BackgroundSync::take() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return result_.has_value(); });
  under_way_ = false;
  return *std::exchange(result_, std::nullopt);
}

void BackgroundSync::run() {
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, [this] { return ending_ || file_ != nullptr; });
    if (file_ == nullptr) return;
    sync(lock);
  }
}

void BackgroundSync::sync(std::unique_lock<std::mutex>& lock) {
  const platform::File* const file = std::exchange(file_, nullptr);
  const platform::File* const directory = directory_;
  const std::function<void()> over = std::exchange(over_, {});
  lock.unlock();
  auto synced = file->sync_data();
  if (synced && directory != nullptr) synced = directory->sync();
  lock.lock();
  result_ = synced;
  changed_.notify_all();
  if (!over) return;
  lock.unlock();
  over();
  lock.lock();
}

}  // namespace logbuf::archive
