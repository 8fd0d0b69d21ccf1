// /proc/PID/mountinfo: the node's up to the first NUL, then a container's.
#include "cluster/proc_mounts.h"
#include "require.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text = seawall::fuzz::Text(data, size);
  const size_t half = text.find('\0');
  const std::string_view node = text.substr(0, half);
  const std::string_view process =
      half == std::string_view::npos ? std::string_view() : text.substr(half + 1);
  (void)seawall::cluster::SameRoot(node, process);
  (void)seawall::cluster::ContainerMounts(node, process);
  return 0;
}
