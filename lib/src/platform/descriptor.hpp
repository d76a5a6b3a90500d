// An owned file descriptor that a forked child does not inherit: locks taken through it (file_lock.hpp)
// belong to the open file description, and would otherwise outlive this process in its child.
#pragma once

#include <functional>
#include <utility>

namespace logbuf {

class Descriptor {
 public:
  Descriptor() = default;
  // Of what `open` returns (-1: nothing, errno is kept). fork() waits meanwhile, so that no child is made while
  // the descriptor is open and not yet known here.
  explicit Descriptor(const std::function<int()>& open);
  Descriptor(Descriptor&& other) noexcept : node_(std::exchange(other.node_, nullptr)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(node_, other.node_);
    return *this;
  }
  ~Descriptor();

  int get() const noexcept;
  explicit operator bool() const noexcept { return get() >= 0; }

 private:
  struct Node;
  Node* node_ = nullptr;
};

}  // namespace logbuf
