// Live processes: the input is /proc/PID/cmdline; a NUL ends an argument.
#include "tree.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto files = std::make_shared<seawall::MemoryFiles>();
  const std::string bytes(seawall::fuzz::Text(data, size));
  const size_t half = bytes.find('\n');
  files->Add("/proc/stat", "btime 1767220000\n", 0444);
  files->Add("/proc/7/cmdline", bytes.substr(0, half), 0444);
  files->Add("/proc/7/environ", half == std::string::npos ? "" : bytes.substr(half + 1), 0400);
  files->Add("/proc/7/comm", bytes.substr(0, bytes.find_first_of(std::string("\0\n", 2))) + "\n",
             0444);
  files->Add(
      "/proc/7/stat",
      "7 (" + bytes.substr(0, 15) + ") S 1 7 7 0 -1 4194560 1 1 1 1 1 1 1 1 20 0 1 0 500 1 1\n",
      0444);
  files->Add("/proc/7/status", "Name:\tx\nUid:\t0\t0\t0\t0\n", 0444);
  files->AddLink("/proc/7/exe", "/usr/bin/kubelet");
  seawall::fuzz::Audit(files, bytes, true);
  return 0;
}
