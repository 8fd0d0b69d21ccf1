// Recipe row 2b: how a node that kubeadm joins comes to trust the API server.
#include <fmt/format.h>

#include "rules/checks.h"
#include "rules/machine_rules.h"

namespace seawall::rules {
namespace {

/// A joining node fetches the cluster's CA from whoever answers; a hash of its key says whether it
/// is the right one.
Outcome JoinVerifies(const Rule&, const Context& context) {
  const auto& discovery = context.component->discovery;
  if (!discovery) return NotApplicable("no JoinConfiguration of kubeadm says how this node joins");
  const auto evidence = [&](const char* setting, const std::string& value) {
    return std::vector<Evidence>{EvidenceIn(setting, value, discovery->place)};
  };
  if (!discovery->unknown.empty())
    return Unknown(discovery->unknown, "audit what is rendered of it",
                   evidence("discovery", "[unknown]"));
  if (discovery->skips_ca)
    return Fails("the node trusts whatever CA answers it: unsafeSkipCAVerification is true",
                 evidence("discovery.bootstrapToken.unsafeSkipCAVerification", "true"));
  if (discovery->has_hashes)
    return Pass("the cluster's CA is held against caCertHashes",
                evidence("discovery.bootstrapToken.caCertHashes", "[set]"));
  if (!discovery->file.empty())
    return Unknown(
        fmt::format("the node trusts the CA in {}, which is not here", discovery->file),
        "see that the file holds certificate-authority-data and comes over a way that is verified",
        evidence("discovery.file.kubeConfigPath", discovery->file));
  if (discovery->tool_hashes)
    return Pass("Cluster API writes caCertHashes", evidence("discovery", "(empty)"));
  return Unknown("neither discovery.bootstrapToken.caCertHashes nor discovery.file is written",
                 "give the JoinConfiguration that kubeadm join is run with: without either it "
                 "refuses, unless its flags say more",
                 evidence("discovery", "(empty)"));
}

constexpr Rule kRules[] = {
    {.id = "kubelet-join-verifies-api-server",
     .title = "A node that joins verifies the cluster's CA",
     .row = "2b",
     .severity = Severity::kHigh,
     .target = Target::kKubelet,
     .check = JoinVerifies,
     .setting = "",
     .expected = "discovery.bootstrapToken.caCertHashes, and no unsafeSkipCAVerification",
     .remedy = "remove unsafeSkipCAVerification and write caCertHashes: [sha256:...] at {where} "
               "(kubeadm token create --print-join-command prints the hash)",
     .why = "Whoever stands between a node that joins and the cluster becomes its control plane.",
     .link = "https://kubernetes.io/docs/reference/setup-tools/kubeadm/kubeadm-join/"
             "#token-based-discovery-with-ca-pinning"},
};

}  // namespace

std::span<const Rule> KubeadmJoinRules() { return kRules; }

}  // namespace seawall::rules
