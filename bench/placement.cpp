#include "placement.hpp"

#include <sched.h>

#include <cerrno>
#include <cstring>

#include "failure.hpp"

namespace logbuf::bench {

Placement::Placement(bool pin) {
  cpu_set_t allowed;
  if (!pin || ::sched_getaffinity(0, sizeof allowed, &allowed) != 0) return;
  for (int cpu = 0; cpu < CPU_SETSIZE; ++cpu) {
    if (CPU_ISSET(static_cast<unsigned>(cpu), &allowed)) cpus_.push_back(cpu);
  }
}

void Placement::place(Job& job) const noexcept {
  job.consumer_cpu = cpus_.empty() ? -1 : cpus_.front();
  const std::size_t others = cpus_.size() > 1 ? cpus_.size() - 1 : 0;
  for (std::size_t i = 0; i < job.cpus.size(); ++i) {
    job.cpus[i] = others == 0 ? job.consumer_cpu : cpus_[1 + i % others];
  }
}

std::string Placement::describe() const {
  if (cpus_.empty()) return "not pinned";
  const std::string consumer = "consumer on CPU " + std::to_string(cpus_.front());
  if (cpus_.size() == 1) return consumer + ", and producers too: there is no other";
  if (cpus_.size() == 2) return consumer + ", all producers on CPU " + std::to_string(cpus_[1]);
  std::string others;
  for (std::size_t i = 1; i < cpus_.size(); ++i) others += (i == 1 ? "" : ",") + std::to_string(cpus_[i]);
  return consumer + ", producers in turn on CPUs " + others;
}

void pin_to(std::int32_t cpu) {
  if (cpu < 0) return;
  cpu_set_t one;
  CPU_ZERO(&one);
  CPU_SET(static_cast<unsigned>(cpu), &one);
  if (::sched_setaffinity(0, sizeof one, &one) != 0) {
    cli::die("cannot run on CPU " + std::to_string(cpu) + ": " + std::strerror(errno) + "; try --no-pin");
  }
}

}  // namespace logbuf::bench
