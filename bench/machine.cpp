#include "machine.hpp"

#include <sched.h>
#include <sys/utsname.h>

#include <fstream>

namespace logbuf::bench {
namespace {

std::string first_line(const char* path) {
  std::ifstream file(path);
  std::string line;
  std::getline(file, line);
  return line;
}

// The value of the first "key : value" line of /proc/cpuinfo.
std::string from_cpuinfo(const std::string& key) {
  std::ifstream file("/proc/cpuinfo");
  for (std::string line; std::getline(file, line);) {
    const std::size_t colon = line.find(": ");
    if (line.starts_with(key) && colon != std::string::npos) return line.substr(colon + 2);
  }
  return {};
}

std::string virtualization() {
  const bool hypervisor = (" " + from_cpuinfo("flags") + " ").find(" hypervisor ") != std::string::npos;
  if (!hypervisor) return "none";
  const std::string product = first_line("/sys/class/dmi/id/product_name");
  return product.empty() ? "a virtual machine" : "a virtual machine (" + product + ")";
}

std::string load() {
  const std::string line = first_line("/proc/loadavg");
  std::size_t end = 0;
  for (int i = 0; i < 3 && end != std::string::npos; ++i) end = line.find(' ', end == 0 ? 0 : end + 1);
  return line.substr(0, end);
}

}  // namespace

Machine look_at_machine() {
  Machine machine;
  machine.cpu = from_cpuinfo("model name");
  if (machine.cpu.empty()) machine.cpu = "unknown";
  cpu_set_t allowed;
  CPU_ZERO(&allowed);
  ::sched_getaffinity(0, sizeof allowed, &allowed);
  machine.cpus = static_cast<unsigned>(CPU_COUNT(&allowed));
  utsname system{};
  ::uname(&system);
  machine.kernel = std::string(system.sysname) + " " + system.release + " " + system.machine;
  machine.virtualization = virtualization();
  machine.governor = first_line("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor");
  if (machine.governor.empty()) machine.governor = "none known";
  machine.load = load();
#if defined(__clang__)
  machine.compiler = "clang++ " __clang_version__;
#else
  machine.compiler = "g++ " __VERSION__;
#endif
  machine.flags = BENCH_FLAGS;
  return machine;
}

std::string as_text(const Machine& machine) {
  return "machine    " + machine.cpu + ", " + std::to_string(machine.cpus) + " CPUs, " + machine.kernel +
         "\n           virtualization: " + machine.virtualization + "; frequency governor: " + machine.governor +
         "; load before: " + machine.load + "\ncompiler   " + machine.compiler + "; " + machine.flags + "\n";
}

}  // namespace logbuf::bench
