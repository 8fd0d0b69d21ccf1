// `audit -f`: kubeadm, Cluster API, kops, RKE2/k3s and component configuration in one file.
#include "cluster/node.h"
#include "rules/rule.h"
#include "tree.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace seawall;
  const auto nodes =
      cluster::ReadConfigurations({{"f.yaml", std::string(fuzz::Text(data, size))}}, {});
  if (!nodes) {
    fuzz::RequirePrintable(nodes.error().ToString(), "an error is printable");
    return 0;
  }
  for (const cluster::Node& node : *nodes) (void)rules::Evaluate(node, {}, 1767225600);
  return 0;
}
