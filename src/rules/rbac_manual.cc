// Recipe row 3b, least privilege in RBAC (CIS 5.1): what stands in etcd and not on the node. Each
// row says how to look.
#include <fmt/format.h>

#include "rules/machine_rules.h"
#include "rules/tally.h"

namespace seawall::rules {
namespace {

/// Only where the API server runs is there somebody to ask; `setting` is the command that shows the
/// objects.
Outcome AskTheCluster(const Rule& rule, const Context& context) {
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
                      const char* look, const char* remedy, const char* why) {
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
  rule.wanted = "";
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
        "cluster-admin may do everything, also what would undo every other rule of this list."),
    Manual("rbac-secrets", "Secrets can be read only by who needs them", "5.1.2", Severity::kHigh,
           "kubectl get roles,clusterroles -A -o json and look for rules with resource secrets and "
           "verb get, list or watch",
           "take get, list and watch on secrets out of the role",
           "A Secret that can be read is a login that can be used."),
    Manual("rbac-wildcards", "Roles name what they allow, without wildcards", "5.1.3",
           Severity::kHigh,
           "kubectl get roles,clusterroles -A -o json and look for \"*\" in apiGroups, resources "
           "and verbs",
           "write out the API groups, resources and verbs that are needed",
           "A wildcard also allows what the next version will bring."),
    Manual("rbac-create-pods", "Pods can be created only by who needs to", "5.1.4", Severity::kHigh,
           "kubectl get roles,clusterroles -A -o json and look for verb create on pods and on "
           "deployments, jobs and the like",
           "take create on pods out of the role",
           "Whoever creates a pod acts as any service account of its namespace."),
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
           "Each of these verbs gives whoever has it the rights of others."),
    Manual("rbac-persistent-volumes", "Persistent volumes can be created only by who needs to",
           "5.1.9", Severity::kMedium,
           "kubectl get clusterroles -o json and look for verb create on persistentvolumes",
           "take create on persistentvolumes out of the role",
           "A persistent volume of type hostPath opens the node's file system, whatever pod "
           "security says."),
    Manual("rbac-nodes-proxy", "Nobody has the resource nodes/proxy without need", "5.1.10",
           Severity::kHigh,
           "kubectl get clusterroles -o json and look for the resource nodes/proxy",
           "take nodes/proxy out of the role",
           "It is the kubelet's own interface: commands in every pod of the node, past admission "
           "and audit."),
    Manual("rbac-csr-approval", "Certificate requests can be approved only by who needs to",
           "5.1.11", Severity::kHigh,
           "kubectl get clusterroles -o json and look for certificatesigningrequests/approval and "
           "the verb approve on signers",
           "take certificatesigningrequests/approval out of the role",
           "Whoever approves a request makes a new identity."),
    Manual("rbac-webhook-configuration",
           "Admission webhooks can be configured only by who needs to", "5.1.12", Severity::kHigh,
           "kubectl get clusterroles -o json and look for validatingwebhookconfigurations and "
           "mutatingwebhookconfigurations",
           "take these resources out of the role",
           "A webhook sees every object that passes by, Secrets too, and may change it."),
    Manual("rbac-token-creation", "Service account tokens can be created only by who needs to",
           "5.1.13", Severity::kHigh,
           "kubectl get roles,clusterroles -A -o json and look for verb create on "
           "serviceaccounts/token",
           "take create on serviceaccounts/token out of the role",
           "Whoever creates a token acts as that service account."),
};

}  // namespace

std::span<const Rule> RbacManualRules() { return kRules; }

}  // namespace seawall::rules
