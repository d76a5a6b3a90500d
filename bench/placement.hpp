// Which CPU each worker runs on.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "stage.hpp"

namespace logbuf::bench {

class Placement {
 public:
  // Over the CPUs that this process may use: the consumer on the first, the producers on the others in turn.
  // Without `pin`, wherever the kernel likes.
  explicit Placement(bool pin);

  void place(Job& job) const noexcept;
  std::string describe() const;

 private:
  std::vector<std::int32_t> cpus_;  // empty: not pinned
};

// The calling thread. Nothing where `cpu` is -1.
void pin_to(std::int32_t cpu);

}  // namespace logbuf::bench
