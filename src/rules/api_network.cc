// Recipe row 2a beyond the control plane: what goes from node to node, and who reaches kube-system.
#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "rules/api_grants.h"
#include "rules/api_rules.h"
#include "rules/skew.h"

namespace seawall::rules {
namespace {

using cluster::ApiFacts;
using cluster::NetworkPolicy;
using cluster::PodTraffic;

Outcome PodTrafficIsEncrypted(const Rule&, const Context& context) {
  const auto& answer = context.node.api->pod_traffic;
  Tally tally;
  if (!Known(answer, tally)) return std::move(tally).Done("");
  const PodTraffic& traffic = answer.value;
  if (traffic.network.empty()) {
    return Unknown("the cluster's network plugin is none that seawall recognises",
                   "look into its documentation whether it encrypts what goes from node to node");
  }
  std::string says = fmt::format("{}: {}", traffic.network, traffic.says);
  if (!traffic.encrypted)
    return Unknown(std::move(says), "look at the configuration of the network plugin");
  Evidence evidence = OfApi(traffic.place, "encryption between nodes", traffic.says);
  return *traffic.encrypted ? Pass(std::move(says), {evidence})
                            : Fails(std::move(says), {evidence});
}

Outcome SystemDenies(const Rule&, const Context& context) {
  const ApiFacts& facts = *context.node.api;
  Tally tally;
  if (!Known(facts.system_policies, tally)) return std::move(tally).Done("");
  const auto& policies = facts.system_policies.value;
  const auto closes = [](const NetworkPolicy& policy) {
    return policy.all_pods && policy.denies_ingress;
  };
  const auto found = std::ranges::find_if(policies, closes);
  if (found == policies.end()) {
    if (!Known(facts.other_policies, tally)) return std::move(tally).Done("");
    if (facts.other_policies.value > 0) {
      return Unknown(
          "no NetworkPolicy of kube-system denies by default, but there are policies of "
          "the network plugin's own kinds, which seawall does not judge",
          "kubectl get ciliumnetworkpolicies,ciliumclusterwidenetworkpolicies,"
          "globalnetworkpolicies -A");
    }
    return Fails(
        policies.empty() ? "kube-system has no NetworkPolicy"
                         : "none of kube-system's NetworkPolicies denies by default",
        {OfApi("namespace kube-system", "networkpolicies", fmt::format("{}", policies.size()))});
  }
  Evidence evidence = OfApi("NetworkPolicy kube-system/" + found->name, "denies",
                            found->denies_egress ? "ingress and egress" : "ingress");
  const auto opens = std::ranges::find_if(
      policies, [](const NetworkPolicy& policy) { return policy.all_pods && policy.admits_all; });
  if (opens != policies.end()) {
    return Fails(
        fmt::format("there is such a policy, but NetworkPolicy {} lets everything in", opens->name),
        {evidence,
         OfApi("NetworkPolicy kube-system/" + opens->name, "ingress", "everything, to every pod")});
  }
  if (!Known(facts.pod_traffic, tally) || facts.pod_traffic.value.network.empty()) {
    return Unknown(
        "there is such a policy, but whether the network plugin enforces it is not known",
        "look into its documentation", {evidence});
  }
  if (!facts.pod_traffic.value.enforces_policies) {
    return Fails(fmt::format("there is such a policy, but {} does not enforce policies",
                             facts.pod_traffic.value.network),
                 {evidence});
  }
  return Pass(fmt::format("NetworkPolicy {} denies what nothing else allows", found->name),
              {evidence});
}

/// Of two versions, which the policy of Kubernetes lets be apart by so much.
Outcome KubeletSkew(const Rule&, const Context& context) {
  const ApiFacts& facts = *context.node.api;
  Tally tally;
  if (!Known(facts.version, tally) || !Known(facts.nodes, tally)) return std::move(tally).Done("");
  int major = 0, minor = 0;
  if (std::sscanf(facts.version.value.c_str(), "v%d.%d", &major, &minor) != 2)
    return Unknown("the API server's version is not known", "kubectl version");
  for (const cluster::ApiNode& node : facts.nodes.value) {
    int of_node = 0, major_of_node = 0;
    if (std::sscanf(node.version.c_str(), "v%d.%d", &major_of_node, &of_node) != 2) {
      tally.Unknown("the version of the kubelet of " + node.name + " is not known",
                    "kubelet --version");
      continue;
    }
    Evidence evidence = OfApi("Node " + node.name, "kubeletVersion", node.version);
    const int most = of_node >= kWiderSince ? 3 : 2;
    if (std::pair(major_of_node, of_node) > std::pair(major, minor)) {
      tally.Bad(std::move(evidence), fmt::format("the kubelet of {} is {}, newer than the API "
                                                 "server ({})",
                                                 node.name, node.version, facts.version.value));
    } else if (major_of_node != major || minor - of_node > most) {
      tally.Bad(std::move(evidence),
                fmt::format("the kubelet of {} is {}, too old for the API server ({})", node.name,
                            node.version, facts.version.value));
    } else {
      tally.Good(std::move(evidence));
    }
  }
  return std::move(tally).Done("the API lists no node");
}

constexpr Rule kRules[] = {
    {.id = "cluster-kubelet-skew",
     .title = "No kubelet is newer than the API server or more than three versions older",
     .row = "1",
     .severity = Severity::kMedium,
     .target = Target::kCluster,
     .check = KubeletSkew,
     .expected = "kubelets at most three minor versions older than the API server",
     .remedy = "upgrade the kubelet of {where}; the API server first where it is the older one",
     .why = "Other pairs are tested by nobody.",
     .link = "https://kubernetes.io/releases/version-skew-policy/"},
    {.id = "cluster-pod-traffic-encrypted",
     .title = "What goes from node to node between pods is encrypted",
     .row = "2a",
     .severity = Severity::kMedium,
     .target = Target::kCluster,
     .check = PodTrafficIsEncrypted,
     .expected = "WireGuard or IPsec in the network plugin",
     .remedy = "Cilium: enable-wireguard: \"true\"; Calico: wireguardEnabled: true in "
               "FelixConfiguration default; flannel: Backend.Type wireguard; Antrea: "
               "trafficEncryptionMode: wireGuard",
     .why = "Whoever is on the network between two nodes reads what pods say to each other, "
            "admission webhooks and metrics among it.",
     .link = "https://kubernetes.io/docs/concepts/cluster-administration/networking/"},
    {.id = "cluster-system-network-policy",
     .title = "kube-system lets in only what a policy allows",
     .row = "3b",
     .severity = Severity::kMedium,
     .target = Target::kCluster,
     .check = SystemDenies,
     .expected = "a NetworkPolicy with an empty podSelector that denies ingress, and a network "
                 "plugin that enforces it",
     .remedy = "kubectl apply a NetworkPolicy in kube-system with podSelector: {} and policyTypes: "
               "[Ingress], beside policies for DNS and what else must be reached",
     .why = "Any pod that is broken into reaches every port of the cluster's own pods.",
     .link = "https://kubernetes.io/docs/concepts/services-networking/network-policies/"
             "#default-deny-all-ingress-traffic"},
};

}  // namespace

std::span<const Rule> ApiNetworkRules() { return kRules; }

}  // namespace seawall::rules
