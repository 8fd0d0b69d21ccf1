// Recipe rows 3b and 4: what RBAC gives to groups that nobody is put into by hand. Kubernetes' own
// bindings of them are told by what they allow and not by their names, which anybody can use.
#include <fmt/format.h>

#include <algorithm>

#include "rules/api_grants.h"
#include "rules/api_rules.h"

namespace seawall::rules {
namespace {

using cluster::PolicyRule;
using cluster::RbacBinding;
using cluster::RbacSubject;

/// One thing that is harmless to allow; empty parts allow nothing of that kind.
struct Harmless {
  const char* verb;
  const char* group;
  const char* resource;    ///< a resource, or a path when it begins with a slash
  const char* space = "";  ///< only in this namespace, by name
  const char* name = "";
};

/// What Kubernetes shows to everybody (ClusterRole system:public-info-viewer), and kubeadm to nodes
/// that want to join.
constexpr Harmless kPublic[] = {
    {"get", "", "/healthz"},  {"get", "", "/livez"},
    {"get", "", "/readyz"},   {"get", "", "/version"},
    {"get", "", "/version/"}, {"get", "", "configmaps", "kube-public", "cluster-info"}};
/// What it shows to everybody who logs in (system:basic-user, system:discovery).
constexpr Harmless kKnown[] = {{"get", "", "/healthz/*"},
                               {"get", "", "/livez/*"},
                               {"get", "", "/readyz/*"},
                               {"get", "", "/api"},
                               {"get", "", "/api/*"},
                               {"get", "", "/apis"},
                               {"get", "", "/apis/*"},
                               {"get", "", "/openapi"},
                               {"get", "", "/openapi/*"},
                               {"get", "", "/openid/v1/jwks"},
                               {"get", "", "/openid/v1/jwks/"},
                               {"get", "", "/.well-known/openid-configuration"},
                               {"get", "", "/.well-known/openid-configuration/"},
                               {"create", "authorization.k8s.io", "selfsubjectaccessreviews"},
                               {"create", "authorization.k8s.io", "selfsubjectrulesreviews"},
                               {"create", "authentication.k8s.io", "selfsubjectreviews"}};
/// What is for every pod: whom it may trust.
constexpr Harmless kAccounts[] = {{"get", "certificates.k8s.io", "clustertrustbundles"},
                                  {"list", "certificates.k8s.io", "clustertrustbundles"},
                                  {"watch", "certificates.k8s.io", "clustertrustbundles"}};
/// What nodes and those that want to become one need beside what the Node authorizer gives them.
constexpr Harmless kNodes[] = {
    {"get", "", "nodes"},
    {"get", "", "configmaps", "kube-system", "kubeadm-config"},
    {"get", "", "configmaps", "kube-system", "kubelet-config"},
    {"get", "", "configmaps", "kube-system", "kube-proxy"},
    {"get", "", "secrets", "kube-system", "kubeadm-certs"},  // encrypted, and gone in two hours
    {"create", "certificates.k8s.io", "certificatesigningrequests"},
    {"get", "certificates.k8s.io", "certificatesigningrequests"},
    {"list", "certificates.k8s.io", "certificatesigningrequests"},
    {"watch", "certificates.k8s.io", "certificatesigningrequests"},
    {"create", "certificates.k8s.io", "certificatesigningrequests/nodeclient"},
    {"create", "certificates.k8s.io", "certificatesigningrequests/selfnodeclient"}};

using Table = std::span<const Harmless>;

bool IsHarmlessUrl(const PolicyRule& rule, const std::string& url,
                   std::initializer_list<Table> tables) {
  const bool reads = std::ranges::all_of(
      rule.verbs, [](const std::string& verb) { return verb == "get" || verb == "head"; });
  if (!reads) return false;
  for (const Table table : tables) {
    for (const Harmless& one : table)
      if (url == one.resource) return true;
  }
  return false;
}

bool IsHarmlessResource(const PolicyRule& rule, const std::string& verb, const std::string& group,
                        const std::string& resource, const std::string& space,
                        std::initializer_list<Table> tables) {
  for (const Table table : tables) {
    for (const Harmless& one : table) {
      if (verb != one.verb || group != one.group || resource != one.resource) continue;
      if (*one.space != '\0' && space != one.space) continue;
      // kubeadm before 1.24 put the version behind: kubelet-config-1.23
      const bool named = std::ranges::all_of(rule.names, [&](const std::string& name) {
        return name == one.name || name.starts_with(std::string(one.name) + "-1.");
      });
      if (*one.name == '\0' || (named && !rule.names.empty())) return true;
    }
  }
  return false;
}

bool IsHarmless(const PolicyRule& rule, const std::string& space,
                std::initializer_list<Table> tables) {
  for (const std::string& url : rule.urls)
    if (!IsHarmlessUrl(rule, url, tables)) return false;
  for (const std::string& verb : rule.verbs)
    for (const std::string& group : rule.groups)
      for (const std::string& resource : rule.resources)
        if (!IsHarmlessResource(rule, verb, group, resource, space, tables)) return false;
  return true;
}

/// Judges every grant to subjects that `wanted` takes: what `tables` list may be given, and nothing
/// else.
Outcome JudgeGrants(const Context& context, const std::function<bool(const RbacSubject&)>& wanted,
                    std::initializer_list<Table> tables, const char* nothing) {
  Tally tally;
  EachGrant(
      *context.node.api,
      [&](const RbacBinding&, const RbacSubject& subject) { return wanted(subject); }, tally,
      [&](const Grant& grant) {
        for (const PolicyRule& rule : grant.role.rules) {
          if (IsHarmless(rule, grant.binding.space, tables)) continue;
          return tally.Bad(grant.Seen(), fmt::format("{} gives {} {} {}: {}", grant.Binding(),
                                                     grant.Subject(), grant.binding.role_kind,
                                                     grant.binding.role, RuleText(rule)));
        }
        tally.Good(grant.Seen());
      });
  if (tally.empty()) return Pass(nothing);
  return std::move(tally).Done(nothing);
}

bool IsUser(const RbacSubject& subject, std::string_view name) {
  return subject.kind == "User" && subject.name == name;
}
bool IsGroup(const RbacSubject& subject, std::string_view name) {
  return subject.kind == "Group" && subject.name == name;
}

Outcome AnonymousGrants(const Rule&, const Context& context) {
  return JudgeGrants(
      context,
      [](const RbacSubject& subject) {
        return IsUser(subject, "system:anonymous") || IsGroup(subject, "system:unauthenticated");
      },
      {kPublic}, "nothing is bound to strangers");
}

Outcome AuthenticatedGrants(const Rule&, const Context& context) {
  return JudgeGrants(
      context, [](const RbacSubject& s) { return IsGroup(s, "system:authenticated"); },
      {kPublic, kKnown}, "nothing is bound to everybody who logs in");
}

Outcome ServiceAccountGroups(const Rule&, const Context& context) {
  return JudgeGrants(
      context,
      [](const RbacSubject& subject) {
        return subject.kind == "Group" && (subject.name == "system:serviceaccounts" ||
                                           subject.name.starts_with("system:serviceaccounts:"));
      },
      {kPublic, kKnown, kAccounts}, "nothing is bound to every service account");
}

Outcome NodeGroups(const Rule&, const Context& context) {
  return JudgeGrants(
      context,
      [](const RbacSubject& subject) {
        return subject.kind == "Group" &&
               (subject.name == "system:nodes" || subject.name == "system:bootstrappers" ||
                subject.name.starts_with("system:bootstrappers:"));
      },
      {kPublic, kKnown, kNodes}, "nothing is bound to nodes");
}

/// Only the binding that Kubernetes itself makes may name it.
Outcome MastersGrants(const Rule&, const Context& context) {
  static const cluster::RbacRole kNone;
  const cluster::ApiFacts& facts = *context.node.api;
  Tally tally;
  for (const auto* list : {&facts.cluster_bindings, &facts.bindings}) {
    if (!Known(*list, tally)) continue;
    for (const RbacBinding& binding : list->value) {
      for (const RbacSubject& subject : binding.subjects) {
        if (!IsGroup(subject, "system:masters")) continue;
        const Grant grant{binding, subject, kNone};
        if (binding.space.empty() && binding.name == "cluster-admin") {
          tally.Good(grant.Seen());
        } else {
          tally.Bad(grant.Seen(), grant.Binding() + " names system:masters");
        }
      }
    }
  }
  if (tally.empty()) return Pass("no binding names system:masters");
  return std::move(tally).Done("");
}

constexpr const char* kLink =
    "https://kubernetes.io/docs/reference/access-authn-authz/rbac/#default-roles-and-role-bindings";

constexpr Rule kRules[] = {
    {.id = "cluster-anonymous-bindings",
     .title = "RBAC gives strangers nothing but the version and the health of the API server",
     .row = "3b",
     .severity = Severity::kCritical,
     .target = Target::kCluster,
     .check = AnonymousGrants,
     .expected = "system:anonymous and system:unauthenticated are bound to "
                 "system:public-info-viewer, and to cluster-info in kube-public",
     .remedy = "kubectl delete the binding ({where}), or take system:anonymous and "
               "system:unauthenticated out of its subjects",
     .why = "Whoever reaches the API server is system:anonymous: no login is needed for what it is "
            "given.",
     .link = kLink},
    {.id = "cluster-authenticated-bindings",
     .title = "RBAC gives everybody who logs in nothing but discovery and questions about oneself",
     .row = "3b",
     .severity = Severity::kHigh,
     .target = Target::kCluster,
     .check = AuthenticatedGrants,
     .expected = "system:authenticated is bound to system:basic-user, system:discovery and "
                 "system:public-info-viewer",
     .remedy = "kubectl delete the binding ({where}), and bind a group of your own",
     .why = "The group holds every user and every pod's service account; with some providers it "
            "holds everybody who has any account there.",
     .link = kLink},
    {.id = "cluster-service-account-bindings",
     .title = "RBAC gives nothing to all service accounts at once",
     .row = "3b",
     .severity = Severity::kHigh,
     .target = Target::kCluster,
     .check = ServiceAccountGroups,
     .expected = "system:serviceaccounts and its namespaces' groups are bound to the issuer's "
                 "discovery only",
     .remedy = "kubectl delete the binding ({where}), and bind the service account that needs it",
     .why = "Every pod of the cluster, or of the namespace, has what the group has.",
     .link = kLink},
    {.id = "cluster-node-bindings",
     .title = "RBAC gives nodes nothing that the Node authorizer would refuse",
     .row = "3b",
     .severity = Severity::kHigh,
     .target = Target::kCluster,
     .check = NodeGroups,
     .expected = "system:nodes and system:bootstrappers may ask for certificates and read "
                 "kubeadm's and the kubelets' configuration",
     .remedy = "kubectl delete the binding ({where}), and use --authorization-mode=Node,RBAC",
     .why = "The Node authorizer lets a node see what its own pods need; a binding lets it see "
            "that of all nodes.",
     .link = "https://kubernetes.io/docs/reference/access-authn-authz/node/"},
    {.id = "cluster-masters-bindings",
     .title = "No binding but Kubernetes' own names system:masters",
     .row = "3b",
     .severity = Severity::kMedium,
     .target = Target::kCluster,
     .check = MastersGrants,
     .expected = "only ClusterRoleBinding cluster-admin names system:masters",
     .remedy = "kubectl delete the binding ({where}), and bind a group of your own",
     .why =
         "The group passes by RBAC whatever a binding says: a binding that names it only invites "
         "its use.",
     .link = kLink},
};

}  // namespace

std::span<const Rule> ApiRbacRules() { return kRules; }

}  // namespace seawall::rules
