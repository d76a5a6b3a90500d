#include "child.hpp"

#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <system_error>

namespace {

int anonymous_file() {
  const int fd = memfd_create("captured", MFD_CLOEXEC);
  if (fd < 0) throw std::system_error(errno, std::system_category(), "memfd_create");
  return fd;
}

std::string contents(int fd) {
  std::string text;
  char chunk[4096];
  off_t at = 0;
  for (ssize_t n; (n = pread(fd, chunk, sizeof chunk, at)) > 0; at += n) {
    text.append(chunk, static_cast<std::size_t>(n));
  }
  close(fd);
  return text;
}

}  // namespace

Ended in_child(const std::function<int()>& work) {
  const int out = anonymous_file();
  const int err = anonymous_file();
  std::fflush(nullptr);
  const pid_t child = fork();
  if (child < 0) throw std::system_error(errno, std::system_category(), "fork");
  if (child == 0) {
    dup2(out, STDOUT_FILENO);
    dup2(err, STDERR_FILENO);
    _exit(work());
  }
  int status = 0;
  waitpid(child, &status, 0);
  const int code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  return {code, contents(out), contents(err)};
}
