// Static pods: the input is a manifest.
#include "tree.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto files = std::make_shared<seawall::MemoryFiles>();
  files->Add("/etc/kubernetes/manifests/pod.yaml", std::string(seawall::fuzz::Text(data, size)));
  seawall::fuzz::Audit(files, seawall::fuzz::Text(data, size));
  return 0;
}
