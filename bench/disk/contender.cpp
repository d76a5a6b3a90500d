#include "contender.hpp"

namespace logbuf::bench_disk {

Child Contender::start_program(const std::string& program, const std::string& target,
                               bench::ChildOptions options) const {
  options.descriptors = {setting_.page.descriptor()};
  options.cpu = setting_.producer_cpu;
  options.log = setting_.log;
  return Child({setting_.programs / program, std::to_string(setting_.page.descriptor()), target}, options);
}

bool Contender::producer_done() const {
  return page_in(setting_.page).done.load(std::memory_order_acquire) != 0;
}

}  // namespace logbuf::bench_disk
