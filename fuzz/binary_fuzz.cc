// What the Go linker left in a component's binary.
#include "base/files.h"
#include "cluster/go_build_info.h"
#include "require.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace seawall;
  MemoryFiles files;
  files.Add("/usr/bin/kubelet", std::string(fuzz::Text(data, size)));
  const auto info = cluster::ReadGoBuildInfo(files, "/usr/bin/kubelet");
  if (!info) fuzz::RequirePrintable(info.error().ToString(), "an error is printable");
  (void)cluster::VersionOfBinary(files, "/usr/bin/kubelet", cluster::ComponentKind::kKubelet);
  return 0;
}
