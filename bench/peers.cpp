#include "peers.hpp"

#include <cerrno>
#include <cstring>

#include "failure.hpp"

namespace logbuf::bench {
namespace {

constexpr int kRoom_bytes = 1 << 20;  // what the kernel gives to anybody

}  // namespace

DescriptorPair::DescriptorPair(Of kind) {
  const bool pipe = kind == Of::pipe;
  const int made = pipe ? ::pipe2(descriptors_.data(), O_NONBLOCK | O_CLOEXEC)
                        : ::socketpair(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, descriptors_.data());
  if (made != 0) cli::die(std::string(pipe ? "pipe: " : "socketpair: ") + std::strerror(errno));
  // As much as it will have: no error if that is less.
  if (pipe) {
    static_cast<void>(::fcntl(descriptors_[1], F_SETPIPE_SZ, kRoom_bytes));
  } else {
    static_cast<void>(::setsockopt(descriptors_[1], SOL_SOCKET, SO_SNDBUF, &kRoom_bytes, sizeof kRoom_bytes));
  }
}

DescriptorPair::~DescriptorPair() {
  for (const int descriptor : descriptors_) ::close(descriptor);
}

}  // namespace logbuf::bench
