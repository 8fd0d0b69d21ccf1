// The whole table: every file of rules is listed here, and nothing registers itself.
#include <algorithm>
#include <array>
#include <string_view>

#include "base/text.h"
#include "rules/api_rules.h"
#include "rules/control_plane_rules.h"
#include "rules/machine_rules.h"
#include "rules/managed_remedy.h"
#include "rules/managed_rules.h"
#include "rules/place_text.h"
#include "rules/rule.h"
#include "rules/whole/cluster.h"

namespace seawall::rules {
namespace {

/// The recipe's rows in its order.
constexpr std::array<std::string_view, 13> kRows = {"1", "2a", "2b", "3a", "3b", "3c", "3d",
                                                    "4", "5a", "5b", "5c", "6a", "6b"};

size_t RowOrder(const Rule& rule) {
  return static_cast<size_t>(std::ranges::find(kRows, std::string_view(rule.row)) - kRows.begin());
}

std::vector<Rule> Assemble() {
  std::vector<Rule> rules;
  for (const std::span<const Rule> part : {
           VersionRules(),
           ApiServerTransportRules(),
           ApiServerExposureRules(),
           ControllerRules(),
           AuthorizationRules(),
           AdmissionRules(),
           AuditLogRules(),
           AuditPolicyRules(),
           AuthenticationRules(),
           ServiceAccountRules(),
           LoginRules(),
           EtcdClientRules(),
           EtcdPeerRules(),
           EncryptionRules(),
           EncryptionKeyRules(),
           StartRules(),
           ControlPlaneFileRules(),
           PkiFileRules(),
           NodeFileRules(),
           OtherFileRules(),
           KubeletAccessRules(),
           KubeletTlsRules(),
           KubeletHostRules(),
           KubeletConfigRules(),
           ProxyRules(),
           CertificateRules(),
           PkiRules(),
           PkiNameRules(),
           KubeconfigRules(),
           BootstrapRules(),
           KubeadmJoinRules(),
           RbacManualRules(),
           ApiRbacRules(),
           ApiPodRules(),
           ApiAdmissionRules(),
           ApiTokenRules(),
           ApiNetworkRules(),
           RuntimeRules(),
           GkeRules(),
           GkeControlPlaneRules(),
           GkeNodeRules(),
           EksRules(),
           AksRules(),
           AksNodeRules(),
           whole::AgreementRules(),
           whole::TrustRules(),
           whole::EtcdMemberRules(),
           whole::SharedKeyRules(),
           whole::NodesRules(),
       }) {
    rules.insert(rules.end(), part.begin(), part.end());
  }
  std::ranges::stable_sort(rules, {}, RowOrder);
  return rules;
}

}  // namespace

std::span<const Rule> BuiltInRules() {
  static const std::vector<Rule> rules = Assemble();
  return rules;
}

namespace {

/// The table with an organisation's policy; empty without one.
std::vector<Rule>& WithPolicy() {
  static std::vector<Rule> rules;
  return rules;
}

}  // namespace

std::span<const Rule> AllRules() { return WithPolicy().empty() ? BuiltInRules() : WithPolicy(); }

void InstallPolicy(std::vector<Rule> own, const std::vector<Rule>& instead) {
  std::vector<Rule> rules(BuiltInRules().begin(), BuiltInRules().end());
  for (const Rule& other : instead) {
    const auto found = std::ranges::find_if(
        rules, [&](const Rule& rule) { return std::string_view(rule.id) == other.id; });
    if (found != rules.end()) *found = other;
  }
  rules.insert(rules.end(), own.begin(), own.end());
  WithPolicy() = std::move(rules);
}

const Rule* FindRule(std::string_view id) {
  for (const Rule& rule : AllRules()) {
    if (rule.id == id) return &rule;
  }
  return nullptr;
}

const char* ToString(Target target) {
  switch (target) {
    case Target::kApiServer:
      return "kube-apiserver";
    case Target::kControllerManager:
      return "kube-controller-manager";
    case Target::kScheduler:
      return "kube-scheduler";
    case Target::kKubelet:
      return "kubelet";
    case Target::kProxy:
      return "kube-proxy";
    case Target::kEtcd:
      return "etcd";
    case Target::kNode:
      return "node";
    case Target::kCluster:
      return "cluster";
    case Target::kGke:
      return "gke";
    case Target::kEks:
      return "eks";
    case Target::kAks:
      return "aks";
  }
  return "";
}

std::vector<std::string_view> CisItems(const Rule& rule) {
  std::vector<std::string_view> items;
  for (const std::string_view item : Split(rule.cis, ' ')) {
    if (!item.empty()) items.push_back(item);
  }
  return items;
}

std::string GeneralRemedy(const Rule& rule) {
  if (IsManaged(rule.target)) return GeneralManagedRemedy(rule);
  if (rule.target == Target::kNode || rule.target == Target::kCluster)
    return WithPlace(rule.remedy, "the place of the finding");
  return WithPlace(rule.remedy,
                   std::string("the arguments or configuration of ") + ToString(rule.target));
}

}  // namespace seawall::rules
