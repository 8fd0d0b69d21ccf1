// systemd units: the input is kubelet.service, and everything behind it.
#include "tree.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto files = std::make_shared<seawall::MemoryFiles>();
  files->Add("/etc/systemd/system/kubelet.service", std::string(seawall::fuzz::Text(data, size)),
             0644);
  files->Add("/etc/default/kubelet", "KUBELET_EXTRA_ARGS=--read-only-port=0\n", 0644);
  seawall::fuzz::Audit(files);
  return 0;
}
