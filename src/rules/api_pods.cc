// Recipe row 3b: what an intruder in a pod finds there: a token of an account that may take the
// cluster over, or the control plane's own files.
#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "base/text.h"
#include "rules/api_grants.h"
#include "rules/api_pods.h"
#include "rules/api_rules.h"

namespace seawall::rules {
namespace {

using cluster::ApiPod;
using cluster::RbacBinding;
using cluster::RbacSubject;

/// Each of them leads to everything, whatever else the account may do.
constexpr Power kTakeOver[] = {
    {"bind escalate", "rbac.authorization.k8s.io", "clusterroles"},
    {"impersonate", "", "users"},
    {"impersonate", "", "groups"},
    {"impersonate", "", "serviceaccounts"},
    {"create", "", "serviceaccounts/token"},
    {"get create", "", "nodes/proxy"},
    {"create update patch", "admissionregistration.k8s.io", "mutatingwebhookconfigurations"},
};
/// Many controllers need these; whether this one does only a person can say.
constexpr Power kGrave[] = {
    {"get list watch", "", "secrets"}, {"create", "", "pods"},
    {"create", "apps", "deployments"}, {"create", "apps", "daemonsets"},
    {"create", "apps", "replicasets"}, {"create", "apps", "statefulsets"},
    {"create", "batch", "jobs"},       {"create", "batch", "cronjobs"},
};

std::string PowerText(const Power& power) {
  return fmt::format("{} {}", power.verbs.substr(0, power.verbs.find(' ')), power.resource);
}

/// What one account is given for the whole cluster, or in kube-system.
struct Powers {
  std::string over;   ///< "ClusterRoleBinding x: impersonate users"
  std::string grave;  ///< the same
};

void AddPowers(const Grant& grant, Powers& powers) {
  const std::string by = grant.Binding() + ": ";
  if (powers.over.empty() && GivesAll(grant.role)) powers.over = by + "everything";
  for (const Power& power : kTakeOver) {
    if (powers.over.empty() && Gives(grant.role, power)) powers.over = by + PowerText(power);
  }
  for (const Power& power : kGrave) {
    if (powers.grave.empty() && Gives(grant.role, power)) powers.grave = by + PowerText(power);
  }
}

using Accounts = std::map<std::string, Powers>;  ///< "NAMESPACE/NAME", or a group's name

/// Under which name of Accounts the subject's powers belong; "" when no pod has them.
std::string AccountOf(const RbacBinding& binding, const RbacSubject& subject) {
  constexpr std::string_view kAsUser = "system:serviceaccount:";
  if (subject.kind == "ServiceAccount")
    return (subject.space.empty() ? binding.space : subject.space) + "/" + subject.name;
  if (subject.kind == "Group" && (subject.name == "system:authenticated" ||
                                  subject.name.starts_with("system:serviceaccounts")))
    return subject.name;
  // An account is a user of this name, and may be bound as one.
  if (subject.kind != "User" || !subject.name.starts_with(kAsUser)) return "";
  std::string account = subject.name.substr(kAsUser.size());
  std::replace(account.begin(), account.end(), ':', '/');
  return account;
}

Accounts PowersOfAccounts(const cluster::ApiFacts& facts, Tally& gaps) {
  Accounts accounts;
  const auto of_pods = [](const RbacBinding& binding, const RbacSubject& subject) {
    return (binding.space.empty() || binding.space == "kube-system") &&
           !AccountOf(binding, subject).empty();
  };
  EachGrant(facts, of_pods, gaps, [&](const Grant& grant) {
    AddPowers(grant, accounts[AccountOf(grant.binding, grant.subject)]);
  });
  return accounts;
}

Powers PowersOf(const Accounts& accounts, const ApiPod& pod) {
  Powers all;
  for (const std::string& name :
       {pod.space + "/" + pod.account, "system:serviceaccounts:" + pod.space,
        std::string("system:serviceaccounts"), std::string("system:authenticated")}) {
    const auto found = accounts.find(name);
    if (found == accounts.end()) continue;
    if (all.over.empty()) all.over = found->second.over;
    if (all.grave.empty()) all.grave = found->second.grave;
  }
  return all;
}

Outcome PodsOverCluster(const Rule& rule, const Context& context) {
  Tally tally, grave;
  const cluster::ApiFacts& facts = *context.node.api;
  const Accounts accounts = PowersOfAccounts(facts, tally);
  if (!Known(facts.pods, tally)) return std::move(tally).Done("");
  for (const ApiPod& pod : facts.pods.value) {
    if (!pod.token) continue;
    const Powers powers = PowersOf(accounts, pod);
    const auto says = [&](const std::string& power) {
      return fmt::format("{} has a token of {}/{}, by {}", PodName(pod), pod.space, pod.account,
                         power);
    };
    if (!powers.over.empty()) {
      tally.Bad(SeenOf(pod), says(powers.over));
    } else if (!powers.grave.empty()) {
      grave.Bad(SeenOf(pod), says(powers.grave));
    } else {
      tally.Good(SeenOf(pod));
    }
  }
  if (tally.empty() && grave.empty()) return Pass("no pod has a token for the API server");
  Outcome outcome = std::move(tally).Done("");
  if (!grave.failed() || outcome.verdict == Verdict::kFail || outcome.verdict == Verdict::kUnknown)
    return outcome;
  Outcome holders = std::move(grave).Done("");
  outcome = Unknown("whether they need it only a person can say: " + holders.reason, rule.remedy,
                    std::move(holders.evidence));
  outcome.manual = true;
  return outcome;
}

/// As the kubelet opens it: "//etc/./kubernetes/" is /etc/kubernetes.
std::string Cleaned(std::string_view path) {
  std::string cleaned;
  for (const std::string_view part : Split(path, '/')) {
    if (!part.empty() && part != ".") cleaned += "/" + std::string(part);
  }
  return cleaned.empty() ? "/" : cleaned;
}

/// Paths of a node whose files are logins, or lead to every container.
bool HoldsLogins(const std::string& written) {
  const std::string path = Cleaned(written);
  for (const std::string_view folder :
       {"/etc/kubernetes", "/var/lib/etcd", "/var/lib/kubelet/pki", "/etc/rancher",
        "/var/lib/rancher/k3s/server", "/var/lib/rancher/rke2/server"}) {
    if (path == folder || path.starts_with(std::string(folder) + "/")) return true;
  }
  for (const std::string_view exact :
       {"/", "/etc", "/var", "/var/lib", "/var/lib/kubelet", "/run", "/var/run",
        "/run/containerd/containerd.sock", "/run/containerd", "/run/crio/crio.sock", "/run/crio",
        "/var/run/docker.sock", "/run/docker.sock", "/var/run/containerd/containerd.sock",
        "/var/run/crio/crio.sock", "/run/k3s/containerd/containerd.sock"}) {
    if (path == exact) return true;
  }
  return false;
}

Outcome PodsOnNodes(const Rule&, const Context& context) {
  Tally tally;
  const cluster::ApiFacts& facts = *context.node.api;
  if (!Known(facts.pods, tally)) return std::move(tally).Done("");
  for (const ApiPod& pod : facts.pods.value) {
    if (pod.mirror) continue;  // the node's own: who writes its manifests has the node already
    for (const std::string& path : pod.host_paths) {
      Evidence evidence = OfApi(PodName(pod), "hostPath", path);
      if (HoldsLogins(path)) {
        tally.Bad(std::move(evidence), fmt::format("{} mounts {}", PodName(pod), path));
      } else {
        tally.Good(std::move(evidence));
      }
    }
  }
  if (tally.empty()) return Pass("no pod mounts anything of its node");
  return std::move(tally).Done("");
}

constexpr const char* kPractices =
    "https://kubernetes.io/docs/concepts/security/rbac-good-practices/";

constexpr Rule kRules[] = {
    {.id = "cluster-pods-take-over",
     .title = "No pod holds a token that gives the whole cluster",
     .row = "3b",
     .severity = Severity::kHigh,
     .target = Target::kCluster,
     .check = PodsOverCluster,
     .expected = "no pod with a token of an account that may do everything, bind or escalate "
                 "roles, impersonate, make tokens, use nodes/proxy, or change admission",
     .remedy = "take the right out of the role ({where}), or set automountServiceAccountToken: "
               "false in the pod; waive what must have it",
     .why = "Whoever breaks into such a pod is the cluster's administrator.",
     .link = kPractices},
    {.id = "cluster-pods-node-logins",
     .title = "No pod mounts the logins of its node or its container runtime",
     .row = "3b",
     .severity = Severity::kHigh,
     .target = Target::kCluster,
     .check = PodsOnNodes,
     .expected = "no hostPath with the keys of the control plane, etcd's data, the kubelet's "
                 "certificates or the runtime's socket, but in the kubelet's own static pods",
     .remedy = "take the volume out of {where}, or mount the one folder that is needed",
     .why = "Whoever breaks into such a pod has the node, and on a control plane the cluster.",
     .link = "https://kubernetes.io/docs/concepts/storage/volumes/#hostpath"},
};

}  // namespace

std::string PodName(const ApiPod& pod) { return fmt::format("Pod {}/{}", pod.space, pod.name); }

Evidence SeenOf(const ApiPod& pod) {
  return OfApi(PodName(pod), "serviceAccountName", pod.account);
}

std::span<const Rule> ApiPodRules() { return kRules; }

}  // namespace seawall::rules
