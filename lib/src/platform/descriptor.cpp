#include "platform/descriptor.hpp"

#include <pthread.h>
#include <unistd.h>

#include <mutex>

namespace logbuf {

struct Descriptor::Node {
  int fd;
  Node* previous;
  Node* next;

  // All descriptors of the process. fork() takes the mutex first, so that the child finds the list whole.
  struct List {
    std::mutex mutex;
    Node* first = nullptr;

    List() { pthread_atfork(&prepare, &parent, &child); }

    static void prepare() { list().mutex.lock(); }
    static void parent() { list().mutex.unlock(); }
    static void child() {
      for (Node* node = list().first; node != nullptr; node = node->next) {
        ::close(node->fd);
        node->fd = -1;
      }
      list().mutex.unlock();
    }
  };

  // Never destroyed: descriptors may be closed during exit.
  static List& list() {
    static List* const instance = new List;
    return *instance;
  }
};

Descriptor::Descriptor(const std::function<int()>& open) {
  auto& list = Node::list();
  const std::lock_guard lock(list.mutex);
  const int fd = open();
  if (fd < 0) return;
  node_ = new Node{.fd = fd, .previous = nullptr, .next = list.first};
  if (list.first != nullptr) list.first->previous = node_;
  list.first = node_;
}

Descriptor::~Descriptor() {
  if (node_ == nullptr) return;
  auto& list = Node::list();
  const std::lock_guard lock(list.mutex);
  if (node_->previous != nullptr) {
    node_->previous->next = node_->next;
  } else {
    list.first = node_->next;
  }
  if (node_->next != nullptr) node_->next->previous = node_->previous;
  if (node_->fd >= 0) ::close(node_->fd);
  delete node_;
}

int Descriptor::get() const noexcept {
  return node_ == nullptr ? -1 : node_->fd;
}

}  // namespace logbuf
