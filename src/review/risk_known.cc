#include "review/risk_known.h"

#include <algorithm>
#include <iterator>

namespace seawall::review {
namespace {

using rbac::Subject;
using rbac::SubjectKind;

struct Known {
  const char* binding;
  const char* role;
  const char* subject;  ///< a group's or user's name, "NAMESPACE/NAME" of an account
};
/// Source: plugin/pkg/auth/authorizer/rbac/bootstrappolicy, cmd/kubeadm/app/phases.
constexpr Known kKnown[] = {
    {"cluster-admin", "cluster-admin", "system:masters"},
    {"system:masters", "cluster-admin", "system:masters"},
    {"kubeadm:cluster-admins", "cluster-admin", "kubeadm:cluster-admins"},
    {"system:monitoring", "system:monitoring", "system:monitoring"},
    {"system:node-proxier", "system:node-proxier", "system:kube-proxy"},
    {"system:kube-controller-manager", "system:kube-controller-manager",
     "system:kube-controller-manager"},
    {"system:kube-scheduler", "system:kube-scheduler", "system:kube-scheduler"},
    {"system:volume-scheduler", "system:volume-scheduler", "system:kube-scheduler"},
    {"system::leader-locking-kube-controller-manager",
     "system::leader-locking-kube-controller-manager", "system:kube-controller-manager"},
    {"system::leader-locking-kube-controller-manager",
     "system::leader-locking-kube-controller-manager", "kube-system/kube-controller-manager"},
    {"system::leader-locking-kube-controller-manager",
     "system::leader-locking-kube-controller-manager", "kube-system/leader-election-controller"},
    {"system::leader-locking-kube-scheduler", "system::leader-locking-kube-scheduler",
     "system:kube-scheduler"},
    {"system::leader-locking-kube-scheduler", "system::leader-locking-kube-scheduler",
     "kube-system/kube-scheduler"},
    {"system::extension-apiserver-authentication-reader",
     "extension-apiserver-authentication-reader", "system:kube-controller-manager"},
    {"system::extension-apiserver-authentication-reader",
     "extension-apiserver-authentication-reader", "system:kube-scheduler"},
    {"system:kube-dns", "system:kube-dns", "kube-system/kube-dns"},
    {"system:coredns", "system:coredns", "kube-system/coredns"},
    {"kubeadm:node-proxier", "system:node-proxier", "kube-system/kube-proxy"},
    {"kubeadm:kubelet-bootstrap", "system:node-bootstrapper",
     "system:bootstrappers:kubeadm:default-node-token"},
    {"kubeadm:apiserver-kubelet-client", "system:kubelet-api-admin",
     "kube-apiserver-kubelet-client"},
    {"kubeadm:kubeadm-certs", "kubeadm:kubeadm-certs",
     "system:bootstrappers:kubeadm:default-node-token"},
    {"kubeadm:get-nodes", "kubeadm:get-nodes", "system:bootstrappers:kubeadm:default-node-token"},
    {"kubeadm:node-autoapprove-bootstrap",
     "system:certificates.k8s.io:certificatesigningrequests:nodeclient",
     "system:bootstrappers:kubeadm:default-node-token"},
    {"kubeadm:node-autoapprove-certificate-rotation",
     "system:certificates.k8s.io:certificatesigningrequests:selfnodeclient", "system:nodes"},
    {"kubeadm:kubelet-config", "kubeadm:kubelet-config", "system:nodes"},
    {"kubeadm:kubelet-config", "kubeadm:kubelet-config",
     "system:bootstrappers:kubeadm:default-node-token"},
    {"kubeadm:nodes-kubeadm-config", "kubeadm:nodes-kubeadm-config", "system:nodes"},
    {"kubeadm:nodes-kubeadm-config", "kubeadm:nodes-kubeadm-config",
     "system:bootstrappers:kubeadm:default-node-token"},
    {"kube-proxy", "kube-proxy", "system:bootstrappers:kubeadm:default-node-token"},
    {"kubeadm:bootstrap-signer-clusterinfo", "kubeadm:bootstrap-signer-clusterinfo",
     "system:anonymous"},
};

/// "system:controller:x" to kube-system/x, as the controllers' own names are.
bool IsController(std::string_view binding, std::string_view role, std::string_view subject) {
  constexpr std::string_view kController = "system:controller:";
  constexpr std::string_view kSpace = "kube-system/";
  return binding == role && binding.starts_with(kController) && subject.starts_with(kSpace) &&
         binding.substr(kController.size()) == subject.substr(kSpace.size());
}

struct Harmless {
  const char* verb;
  const char* group;
  const char* resource;  ///< a URL where the group is "/"
  bool logged_in;        ///< only of who logs in
};
constexpr Harmless kHarmless[] = {
    {"get", "/", "/healthz", false},
    {"get", "/", "/livez", false},
    {"get", "/", "/readyz", false},
    {"get", "/", "/version", false},
    {"get", "/", "/version/", false},
    {"get", "/", "/healthz/*", true},
    {"get", "/", "/livez/*", true},
    {"get", "/", "/readyz/*", true},
    {"get", "/", "/api", true},
    {"get", "/", "/api/*", true},
    {"get", "/", "/apis", true},
    {"get", "/", "/apis/*", true},
    {"get", "/", "/openapi", true},
    {"get", "/", "/openapi/*", true},
    {"get", "/", "/openid/v1/jwks", true},
    {"get", "/", "/openid/v1/jwks/", true},
    {"get", "/", "/.well-known/openid-configuration", true},
    {"get", "/", "/.well-known/openid-configuration/", true},
    {"create", "authorization.k8s.io", "selfsubjectaccessreviews", true},
    {"create", "authorization.k8s.io", "selfsubjectrulesreviews", true},
    {"create", "authentication.k8s.io", "selfsubjectreviews", true},
    {"get", "certificates.k8s.io", "clustertrustbundles", true},
    {"list", "certificates.k8s.io", "clustertrustbundles", true},
    {"watch", "certificates.k8s.io", "clustertrustbundles", true},
};

bool IsHarmless(std::string_view verb, std::string_view group, std::string_view what,
                bool logged_in) {
  return std::ranges::any_of(kHarmless, [&](const Harmless& one) {
    return verb == one.verb && group == one.group && what == one.resource &&
           (logged_in || !one.logged_in);
  });
}

}  // namespace

bool IsKnownGrant(const rbac::Policy& policy, const rbac::Binding& binding,
                  const Subject& subject) {
  const std::string_view name = policy.Text(binding.name);
  const std::string_view role = policy.Text(binding.role_name);
  std::string who(policy.Text(subject.name));
  if (subject.kind == SubjectKind::kServiceAccount) {
    const auto space = subject.space != rbac::Names::kEmpty ? subject.space : binding.space;
    who = std::string(policy.Text(space)) + "/" + who;
  }
  return IsController(name, role, who) || std::ranges::any_of(kKnown, [&](const Known& known) {
           return name == known.binding && role == known.role && who == known.subject;
         });
}

bool IsHarmlessRule(const rbac::Policy& policy, const rbac::Rule& rule, bool logged_in) {
  for (const rbac::NameId verb : policy.Verbs(rule)) {
    for (const rbac::NameId url : policy.Urls(rule)) {
      if (!IsHarmless(policy.Text(verb), "/", policy.Text(url), logged_in)) return false;
    }
    for (const rbac::NameId group : policy.Groups(rule)) {
      for (const rbac::NameId resource : policy.Resources(rule)) {
        if (!IsHarmless(policy.Text(verb), policy.Text(group), policy.Text(resource), logged_in))
          return false;
      }
    }
  }
  return true;
}

}  // namespace seawall::review
