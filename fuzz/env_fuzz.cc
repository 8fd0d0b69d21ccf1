// Environment files of a unit, used as one argument, as words and by name.
#include "tree.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto files = std::make_shared<seawall::MemoryFiles>();
  files->Add("/etc/systemd/system/kube-apiserver.service",
             "[Service]\nEnvironmentFile=/etc/kubernetes/env\nExecStart=/usr/bin/kube-apiserver "
             "$ARGS --x=${ONE} $A\n",
             0644);
  files->Add("/etc/kubernetes/env", std::string(seawall::fuzz::Text(data, size)), 0644);
  seawall::fuzz::Audit(files);
  return 0;
}
