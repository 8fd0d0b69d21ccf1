// Recipe row 3b, least privilege in RBAC (CIS 5.1): what stands in etcd and not on the node. Each
// row says how to look; where there is the API to ask, who has the power is named.
#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "base/text.h"
#include "rules/api_grants.h"
#include "rules/api_pods.h"
#include "rules/machine_rules.h"
#include "rules/tally.h"

namespace seawall::rules {
namespace {

/// Subjects that Kubernetes itself gives a role to: its components, its controllers, and the group
/// that no binding limits. Anybody may begin a name with "system:": what counts is that binding,
/// role and subject are called as Kubernetes' own are.
bool IsOwn(const cluster::RbacBinding& binding, const cluster::RbacSubject& subject) {
  if (subject.kind == "Group") {
    return subject.name == "system:masters" ||
           (subject.name == "kubeadm:cluster-admins" && binding.name == "kubeadm:cluster-admins");
  }
  if (binding.name != binding.role || !binding.role.starts_with("system:")) return false;
  const std::string_view role = std::string_view(binding.role).substr(7);
  const bool leader = role.starts_with(":leader-locking-kube-");
  if (subject.kind == "User") {
    const bool component = subject.name == "system:kube-controller-manager" ||
                           subject.name == "system:kube-scheduler" ||
                           subject.name == "system:kube-proxy";
    return component && (binding.role == subject.name || leader || role == "volume-scheduler" ||
                         role == "node-proxier");
  }
  if (subject.kind != "ServiceAccount" || subject.space != "kube-system") return false;
  return leader || role == "controller:" + subject.name ||
         (role == subject.name && (role == "coredns" || role == "kube-dns"));
}

/// Whether a role gives what the row speaks of: "verbs|group|resource;…" with any of the verbs, "*"
/// for everything, "?" for any wildcard.
bool GivesWhat(const Rule& rule, const cluster::RbacRole& role) {
  const std::string_view wanted = rule.wanted;
  if (wanted == "*") return GivesAll(role);
  if (wanted == "?") {
    const auto star = [](const std::vector<std::string>& list) {
      return std::ranges::find(list, "*") != list.end();
    };
    return std::ranges::any_of(role.rules, [&](const cluster::PolicyRule& one) {
      return star(one.verbs) || star(one.groups) || star(one.resources) || star(one.urls);
    });
  }
  return std::ranges::any_of(Split(wanted, ';'), [&](std::string_view text) {
    const auto parts = Split(text, '|');
    return parts.size() == 3 && Gives(role, {parts[0], parts[1], parts[2]});
  });
}

Outcome ForAPerson(std::string why, const Rule& rule, std::vector<Evidence> evidence) {
  Outcome outcome = Unknown(std::move(why), rule.setting, std::move(evidence));
  outcome.manual = true;
  return outcome;
}

/// What the API would not show is no matter for a person: nobody knows who else there is.
Outcome Unseen(Tally gaps, Tally seen) {
  Outcome outcome = std::move(gaps).Done("");
  outcome.evidence = std::move(seen).Done("").evidence;
  return outcome;
}

/// Who has the power, beside Kubernetes itself. Whether they need it only a person can say.
Outcome NameHolders(const Rule& rule, const Context& context) {
  Tally tally, gaps;
  EachGrant(
      *context.node.api,
      [](const cluster::RbacBinding& binding, const cluster::RbacSubject& subject) {
        return !IsOwn(binding, subject);
      },
      gaps,
      [&](const Grant& grant) {
        if (!GivesWhat(rule, grant.role)) return;
        tally.Bad(grant.Seen(), fmt::format("{} by {}", grant.Subject(), grant.Binding()));
      });
  if (!gaps.empty()) return Unseen(std::move(gaps), std::move(tally));
  if (!tally.failed()) return Pass("RBAC gives it to nobody but Kubernetes itself");
  Outcome holders = std::move(tally).Done("");
  return ForAPerson("whether they need it only a person can say: " + holders.reason, rule,
                    std::move(holders.evidence));
}

/// The account of every pod that names no other must have nothing of its own.
Outcome NameDefaultAccounts(const Context& context) {
  Tally tally, gaps;
  EachGrant(
      *context.node.api,
      [](const cluster::RbacBinding&, const cluster::RbacSubject& subject) {
        return (subject.kind == "ServiceAccount" && subject.name == "default") ||
               (subject.kind == "User" && subject.name.starts_with("system:serviceaccount:") &&
                subject.name.ends_with(":default"));
      },
      gaps,
      [&](const Grant& grant) {
        tally.Bad(grant.Seen(), fmt::format("{} gives {} {} {}", grant.Binding(), grant.Subject(),
                                            grant.binding.role_kind, grant.binding.role));
      });
  const cluster::ApiFacts& facts = *context.node.api;
  if (Known(facts.pods, gaps)) {
    for (const cluster::ApiPod& pod : facts.pods.value) {
      if (pod.account == "default" && pod.token)
        tally.Bad(SeenOf(pod), PodName(pod) + " has the token of its namespace's default account");
    }
  }
  if (tally.failed()) return std::move(tally).Done("");
  if (!gaps.empty()) return Unseen(std::move(gaps), {});
  return Pass("no binding gives them rights, and no pod has a token of theirs");
}

/// Pods with a token, those first of an account to which nothing is bound: they need it for no more
/// than to say who they are.
Outcome NameTokenMounts(const Rule& rule, const Context& context) {
  const cluster::ApiFacts& facts = *context.node.api;
  Tally mounts, gaps;
  std::set<std::string> bound;
  EachGrant(
      facts, [](const auto&, const auto& subject) { return subject.kind == "ServiceAccount"; },
      gaps,
      [&](const Grant& grant) { bound.insert(grant.subject.space + "/" + grant.subject.name); });
  if (!Known(facts.pods, gaps)) return Unseen(std::move(gaps), {});
  for (const bool with_rights : {false, true}) {
    for (const cluster::ApiPod& pod : facts.pods.value) {
      if (!pod.token || bound.contains(pod.space + "/" + pod.account) != with_rights) continue;
      mounts.Bad(SeenOf(pod), PodName(pod) + (with_rights ? "" : " (its account has no binding)"));
    }
  }
  if (!mounts.failed()) return Pass("no pod has a token for the API server");
  if (!gaps.empty()) return Unseen(std::move(gaps), std::move(mounts));
  Outcome outcome = std::move(mounts).Done("");
  return ForAPerson("whether they need their token only a person can say: " + outcome.reason, rule,
                    std::move(outcome.evidence));
}

/// Only where the API server runs is there somebody to ask; `setting` is the command that shows the
/// objects.
Outcome AskTheCluster(const Rule& rule, const Context& context) {
  if (context.node.api != nullptr) {
    if (std::string_view(rule.id) == "rbac-default-service-accounts")
      return NameDefaultAccounts(context);
    if (std::string_view(rule.id) == "rbac-token-mounts") return NameTokenMounts(rule, context);
    if (*rule.wanted != '\0') return NameHolders(rule, context);
    return ForAPerson("the API shows no verdict; only a person can judge it", rule, {});
  }
  if (context.node.by_api) return NotApplicable("the part of the report about the cluster says it");
  if (context.node.Of(cluster::ComponentKind::kApiServer).empty()) {
    if (context.node.MayHide(cluster::ComponentKind::kApiServer) == nullptr) {
      return NotApplicable("there is no API server on this node");
    }
  }
  return Unknown(
      "a node's files do not show RBAC objects, and whether they are right only a person can say",
      rule.setting);
}

constexpr const char* kPractices =
    "https://kubernetes.io/docs/concepts/security/rbac-good-practices/";

constexpr Rule Manual(const char* id, const char* title, const char* item, Severity severity,
                      const char* look, const char* remedy, const char* why,
                      const char* power = "") {
  Rule rule{};
  rule.id = id;
  rule.title = title;
  rule.row = "3b";
  rule.cis = item;
  rule.severity = severity;
  rule.target = Target::kNode;
  rule.manual = true;
  rule.check = AskTheCluster;
  rule.setting = look;
  rule.wanted = power;
  rule.of_cluster = true;
  rule.expected = title;
  rule.remedy = remedy;
  rule.why = why;
  rule.link = kPractices;
  return rule;
}

constexpr Rule kRules[] = {
    Manual(
        "rbac-cluster-admin", "cluster-admin is bound only where nothing less will do", "5.1.1",
        Severity::kCritical,
        "kubectl get clusterrolebindings -o json | jq -r '.items[] | "
        "select(.roleRef.name==\"cluster-admin\") | .metadata.name, .subjects'",
        "bind a role with the rights that are needed, then kubectl delete clusterrolebinding NAME",
        "cluster-admin may do everything, also what would undo every other rule of this list.",
        "*"),
    Manual("rbac-secrets", "Secrets can be read only by who needs them", "5.1.2", Severity::kHigh,
           "kubectl get roles,clusterroles -A -o json and look for rules with resource secrets and "
           "verb get, list or watch",
           "take get, list and watch on secrets out of the role",
           "A Secret that can be read is a login that can be used.", "get list watch||secrets"),
    Manual("rbac-wildcards", "Roles name what they allow, without wildcards", "5.1.3",
           Severity::kHigh,
           "kubectl get roles,clusterroles -A -o json and look for \"*\" in apiGroups, resources "
           "and verbs",
           "write out the API groups, resources and verbs that are needed",
           "A wildcard also allows what the next version will bring.", "?"),
    Manual("rbac-create-pods", "Pods can be created only by who needs to", "5.1.4", Severity::kHigh,
           "kubectl get roles,clusterroles -A -o json and look for verb create on pods and on "
           "deployments, jobs and the like",
           "take create on pods out of the role",
           "Whoever creates a pod acts as any service account of its namespace.",
           "create||pods;"
           "create||replicationcontrollers;"
           "create|apps|deployments;"
           "create|apps|daemonsets;"
           "create|apps|statefulsets;"
           "create|apps|replicasets;"
           "create|batch|jobs;"
           "create|batch|cronjobs"),
    Manual("rbac-default-service-accounts",
           "Default service accounts have no rights and are not used", "5.1.5", Severity::kMedium,
           "kubectl get rolebindings,clusterrolebindings -A -o json and look for a ServiceAccount "
           "called default",
           "kubectl patch serviceaccount default -n NAMESPACE -p "
           "'{\"automountServiceAccountToken\": false}', and bind a named account",
           "Rights of the default account are given to every pod that names no other."),
    Manual("rbac-token-mounts", "Pods are given a service account's token only where they need it",
           "5.1.6", Severity::kMedium,
           "kubectl get pods,serviceaccounts -A -o json and look for those without "
           "automountServiceAccountToken: false",
           "set automountServiceAccountToken: false in the pod or its service account",
           "An intruder in a pod finds the token first."),
    Manual("rbac-system-masters", "Nobody is given the group system:masters", "5.1.7",
           Severity::kHigh,
           "look at every issued client certificate (openssl x509 -noout -subject) and every "
           "authenticator for the group system:masters",
           "issue a certificate of another group, bind that group to what it needs, and lock the "
           "old certificate away",
           "The group passes by RBAC, so that its rights can never be taken away."),
    Manual("rbac-escalation",
           "bind, impersonate and escalate are allowed only where nothing less will do", "5.1.8",
           Severity::kHigh,
           "kubectl get roles,clusterroles -A -o json and look for the verbs bind, impersonate and "
           "escalate",
           "take bind, impersonate and escalate out of the role",
           "Each of these verbs gives whoever has it the rights of others.",
           "bind escalate|rbac.authorization.k8s.io|roles;"
           "bind escalate|rbac.authorization.k8s.io|clusterroles;"
           "impersonate||users;"
           "impersonate||groups;"
           "impersonate||serviceaccounts"),
    Manual("rbac-persistent-volumes", "Persistent volumes can be created only by who needs to",
           "5.1.9", Severity::kMedium,
           "kubectl get clusterroles -o json and look for verb create on persistentvolumes",
           "take create on persistentvolumes out of the role",
           "A persistent volume of type hostPath opens the node's file system, whatever pod "
           "security says.",
           "create||persistentvolumes"),
    Manual("rbac-nodes-proxy", "Nobody has the resource nodes/proxy without need", "5.1.10",
           Severity::kHigh,
           "kubectl get clusterroles -o json and look for the resource nodes/proxy",
           "take nodes/proxy out of the role",
           "It is the kubelet's own interface: commands in every pod of the node, past admission "
           "and audit.",
           "get create update patch delete||nodes/proxy"),
    Manual("rbac-csr-approval", "Certificate requests can be approved only by who needs to",
           "5.1.11", Severity::kHigh,
           "kubectl get clusterroles -o json and look for certificatesigningrequests/approval and "
           "the verb approve on signers",
           "take certificatesigningrequests/approval out of the role",
           "Whoever approves a request makes a new identity.",
           "update patch|certificates.k8s.io|certificatesigningrequests/approval"),
    Manual("rbac-webhook-configuration",
           "Admission webhooks can be configured only by who needs to", "5.1.12", Severity::kHigh,
           "kubectl get clusterroles -o json and look for validatingwebhookconfigurations and "
           "mutatingwebhookconfigurations",
           "take these resources out of the role",
           "A webhook sees every object that passes by, Secrets too, and may change it.",
           "create update patch|admissionregistration.k8s.io|validatingwebhookconfigurations;"
           "create update patch|admissionregistration.k8s.io|mutatingwebhookconfigurations"),
    Manual("rbac-token-creation", "Service account tokens can be created only by who needs to",
           "5.1.13", Severity::kHigh,
           "kubectl get roles,clusterroles -A -o json and look for verb create on "
           "serviceaccounts/token",
           "take create on serviceaccounts/token out of the role",
           "Whoever creates a token acts as that service account.",
           "create||serviceaccounts/token"),
};

}  // namespace

std::span<const Rule> RbacManualRules() { return kRules; }

}  // namespace seawall::rules
