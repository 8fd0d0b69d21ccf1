// RBAC manifests, with pods and what the Node authorizer goes by among them: whatever is read can
// be asked about.
#include "rbac/chain.h"
#include "rbac/manifests.h"
#include "rbac/node_graph.h"
#include "rbac/workloads.h"
#include "require.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace seawall;
  const std::string text(fuzz::Text(data, size));
  const std::vector<rbac::Manifest> manifests = {{"m.yaml", text}};
  auto policy = rbac::ReadManifests(manifests);
  const auto workloads = rbac::ReadWorkloads(manifests);
  const auto nodes = rbac::ReadNodeGraph(manifests);
  fuzz::Require(workloads.has_value() == nodes.has_value(), "both read the same text");
  if (workloads) {
    for (const rbac::PodFacts& pod : workloads->pods) {
      workloads->MountsToken(pod);
      fuzz::Require(!pod.account.empty(), "every pod has an account");
    }
  }
  if (!policy) return 0;
  if (!rbac::ExpandAggregation(*policy)) return 0;
  const rbac::Evaluator evaluator(*policy);
  const std::string_view groups[] = {"system:nodes", "devs"};
  rbac::Attributes asked;
  asked.groups = groups;
  asked.verb = "get";
  asked.resource = "secrets";
  asked.space = "shop";
  asked.name = "db";
  for (const char* user : {"system:node:n0", "alice", "system:serviceaccount:shop:ci"}) {
    asked.user = user;
    rbac::Decide({rbac::Mode::kNode, rbac::Mode::kRbac}, evaluator, asked,
                 nodes ? &*nodes : nullptr);
  }
  return 0;
}
