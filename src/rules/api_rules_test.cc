#include "rules/api_rules.h"

#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <set>

#include "cluster/api_facts.h"

namespace seawall::rules {
namespace {

using cluster::ApiFacts;

constexpr int64_t kNow = 1800000000;  // 2027-01-15T08:00:00Z

template <typename T>
void Open(cluster::Answer<T>& answer) {
  answer.why.clear();
}

/// Everything was answered, and there is nothing.
ApiFacts Empty() {
  ApiFacts facts;
  facts.server = "192.0.2.1:6443";
  Open(facts.uid), Open(facts.version), Open(facts.nodes), Open(facts.servers);
  Open(facts.roles), Open(facts.cluster_roles), Open(facts.bindings), Open(facts.cluster_bindings);
  Open(facts.pods);
  Open(facts.validating), Open(facts.mutating), Open(facts.services);
  Open(facts.bootstrap_tokens), Open(facts.legacy_tokens), Open(facts.front_proxy);
  Open(facts.cluster_info), Open(facts.pod_traffic), Open(facts.system_policies);
  Open(facts.other_policies), Open(facts.served), Open(facts.requested);
  facts.version.value = "v1.37.2";
  return facts;
}

Finding Ask(const std::string& rule, ApiFacts facts) {
  cluster::Node node;
  node.name = "cluster";
  node.is_machine = false;
  node.api = std::make_shared<ApiFacts>(std::move(facts));
  Selection selection;
  selection.ids = {rule};
  const auto findings = Evaluate(node, selection, kNow);
  EXPECT_EQ(findings.size(), 1u) << rule;
  return findings.empty() ? Finding{} : findings[0];
}

void Bind(ApiFacts& facts, const char* kind, const char* subject, cluster::PolicyRule rule,
          const char* space = "", const char* account_space = "") {
  const std::string role = "role-" + std::to_string(facts.cluster_roles.value.size());
  facts.cluster_roles.value.push_back({"", role, {std::move(rule)}});
  cluster::RbacBinding binding{
      space, "b-" + role, "ClusterRole", role, {{kind, account_space, subject}}};
  (*space ? facts.bindings : facts.cluster_bindings).value.push_back(std::move(binding));
}

cluster::PolicyRule Can(const char* verb, const char* group, const char* resource,
                        const char* name = nullptr) {
  cluster::PolicyRule rule{{verb}, {group}, {resource}, {}, {}};
  if (name) rule.names = {name};
  return rule;
}
cluster::PolicyRule Url(const char* url) { return {{"get"}, {}, {}, {}, {url}}; }

cluster::Webhook Hook() {
  cluster::Webhook hook;
  hook.kind = "ValidatingWebhookConfiguration";
  hook.configuration = "c";
  hook.name = "h.test";
  hook.failure_policy = "Fail";
  hook.service = "n/s";
  hook.has_ca = true;
  return hook;
}

cluster::BootstrapToken Token(const char* expiration, std::optional<int64_t> ends) {
  return {"bootstrap-token-abcdef", expiration, ends, {"signing"}, {"system:bootstrappers:x"}};
}

struct Case {
  const char* rule;
  const char* verdict;
  std::function<void(ApiFacts&)> plant;
};

const std::vector<Case>& Cases() {
  using F = ApiFacts&;
  static const std::vector<Case> cases = {
      {"cluster-anonymous-bindings", "pass",
       [](F f) {
         Bind(f, "Group", "system:unauthenticated", Url("/version"));
         Bind(f, "User", "system:anonymous", Can("get", "", "configmaps", "cluster-info"),
              "kube-public");
       }},
      {"cluster-anonymous-bindings", "fail",
       [](F f) { Bind(f, "User", "system:anonymous", Can("get", "", "secrets")); }},
      {"cluster-anonymous-bindings", "fail",
       [](F f) { Bind(f, "Group", "system:unauthenticated", Url("/metrics")); }},
      {"cluster-anonymous-bindings", "fail",
       [](F f) { Bind(f, "Group", "system:unauthenticated", Url("*")); }},
      {"cluster-anonymous-bindings", "fail",  // every ConfigMap, not only cluster-info
       [](F f) {
         Bind(f, "User", "system:anonymous", Can("get", "", "configmaps"), "kube-public");
       }},
      {"cluster-anonymous-bindings", "fail",
       [](F f) {
         Bind(f, "User", "system:anonymous", Can("get", "", "configmaps", "cluster-info"),
              "kube-system");
       }},
      {"cluster-anonymous-bindings", "unknown", [](F f) { f.bindings.why = "status 403"; }},
      {"cluster-anonymous-bindings", "unknown",
       [](F f) {
         Bind(f, "User", "system:anonymous", Url("/version"));
         f.cluster_roles.why = "status 403";
       }},
      {"cluster-anonymous-bindings", "fail",
       [](F f) {  // what is known fails all the same
         Bind(f, "User", "system:anonymous", Can("get", "", "secrets"));
         f.bindings.why = "status 403";
       }},
      {"cluster-authenticated-bindings", "pass",
       [](F f) {
         Bind(f, "Group", "system:authenticated", Url("/apis/*"));
         Bind(f, "Group", "system:authenticated",
              Can("create", "authorization.k8s.io", "selfsubjectaccessreviews"));
       }},
      {"cluster-authenticated-bindings", "fail",
       [](F f) { Bind(f, "Group", "system:authenticated", Can("*", "*", "*")); }},
      {"cluster-authenticated-bindings", "unknown", [](F f) { f.cluster_bindings.why = "no"; }},
      {"cluster-service-account-bindings", "pass",
       [](F f) { Bind(f, "Group", "system:serviceaccounts", Url("/openid/v1/jwks")); }},
      {"cluster-service-account-bindings", "fail",
       [](F f) {
         Bind(f, "Group", "system:serviceaccounts:default", Can("list", "", "pods"), "default");
       }},
      {"cluster-service-account-bindings", "unknown", [](F f) { f.bindings.why = "no"; }},
      {"cluster-node-bindings", "pass",
       [](F f) {
         Bind(f, "Group", "system:bootstrappers:kubeadm:default-node-token",
              Can("create", "certificates.k8s.io", "certificatesigningrequests"));
         Bind(f, "Group", "system:nodes", Can("get", "", "configmaps", "kubelet-config"),
              "kube-system");
       }},
      {"cluster-node-bindings", "fail",
       [](F f) { Bind(f, "Group", "system:nodes", Can("get", "", "secrets")); }},
      {"cluster-node-bindings", "unknown", [](F f) { f.cluster_bindings.why = "no"; }},
      {"cluster-masters-bindings", "pass",
       [](F f) {
         f.cluster_bindings.value.push_back({"",
                                             "cluster-admin",
                                             "ClusterRole",
                                             "cluster-admin",
                                             {{"Group", "", "system:masters"}}});
       }},
      {"cluster-masters-bindings", "fail",
       [](F f) { Bind(f, "Group", "system:masters", Url("/")); }},
      {"cluster-masters-bindings", "unknown", [](F f) { f.bindings.why = "no"; }},

      {"cluster-webhook-tls", "pass", [](F f) { f.mutating.value = {Hook()}; }},
      {"cluster-webhook-tls", "fail",
       [](F f) {
         auto hook = Hook();
         hook.has_ca = false;
         f.mutating.value = {hook};
       }},
      {"cluster-webhook-tls", "fail",
       [](F f) {
         auto hook = Hook();
         hook.url = "http://h.test";
         f.validating.value = {hook};
       }},
      {"cluster-webhook-tls", "unknown", [](F f) { f.mutating.why = "no"; }},
      {"cluster-webhook-failure-policy", "pass", [](F f) { f.validating.value = {Hook()}; }},
      {"cluster-webhook-failure-policy", "fail",
       [](F f) {
         auto hook = Hook();
         hook.failure_policy = "Ignore";
         f.validating.value = {hook};
       }},
      {"cluster-webhook-failure-policy", "unknown", [](F f) { f.validating.why = "no"; }},
      {"cluster-webhook-scope", "pass", [](F f) { f.validating.value = {Hook()}; }},
      {"cluster-webhook-scope", "fail",
       [](F f) {
         auto hook = Hook();
         hook.everything = true;
         f.validating.value = {hook};
       }},
      {"cluster-webhook-scope", "unknown", [](F f) { f.validating.why = "no"; }},
      {"cluster-webhook-secrets", "pass", [](F f) { f.validating.value = {Hook()}; }},
      {"cluster-webhook-secrets", "fail",
       [](F f) {
         auto hook = Hook();
         hook.sees_secrets = true;
         f.mutating.value = {hook};
       }},
      {"cluster-webhook-secrets", "unknown", [](F f) { f.mutating.why = "no"; }},
      {"cluster-aggregated-tls", "pass",
       [](F f) { f.services.value = {{"v1.m", "n/s", false}, {"v1.", "", true}}; }},
      {"cluster-aggregated-tls", "fail", [](F f) { f.services.value = {{"v1.m", "n/s", true}}; }},
      {"cluster-aggregated-tls", "unknown", [](F f) { f.services.why = "no"; }},
      {"cluster-front-proxy-ca", "pass",
       [](F f) { f.front_proxy.value = {true, true, false, {"front-proxy-client"}}; }},
      {"cluster-front-proxy-ca", "fail",
       [](F f) { f.front_proxy.value = {true, true, true, {"front-proxy-client"}}; }},
      {"cluster-front-proxy-ca", "unknown", [](F f) { f.front_proxy.why = "no"; }},
      {"cluster-unfinished-apis", "pass", [](F) {}},
      {"cluster-unfinished-apis", "fail", [](F f) { f.served.value = {{"apps/v1beta1", "", ""}}; }},
      {"cluster-unfinished-apis", "unknown", [](F f) { f.served.why = "no"; }},
      {"cluster-deprecated-calls", "pass", [](F) {}},
      {"cluster-deprecated-calls", "pass",
       [](F f) { f.requested.value = {{"v1", "endpoints", ""}}; }},
      {"cluster-deprecated-calls", "fail",
       [](F f) { f.requested.value = {{"policy/v1beta1", "x", "1.25"}}; }},
      {"cluster-deprecated-calls", "unknown", [](F f) { f.requested.why = "no"; }},
      {"cluster-deprecated-calls", "unknown",  // only one of them told
       [](F f) { f.servers.value = {"192.0.2.1:6443", "192.0.2.2:6443"}; }},
      {"cluster-deprecated-calls", "fail",
       [](F f) {
         f.servers.value = {"192.0.2.1:6443", "192.0.2.2:6443"};
         f.requested.value = {{"policy/v1beta1", "x", "1.25"}};
       }},

      {"cluster-bootstrap-token-expiry", "pass",
       [](F f) { f.bootstrap_tokens.value = {Token("x", kNow + 3600)}; }},
      {"cluster-bootstrap-token-expiry", "fail",
       [](F f) { f.bootstrap_tokens.value = {Token("", std::nullopt)}; }},
      {"cluster-bootstrap-token-expiry", "fail",
       [](F f) { f.bootstrap_tokens.value = {Token("tomorrow", std::nullopt)}; }},
      {"cluster-bootstrap-token-expiry", "fail",
       [](F f) { f.bootstrap_tokens.value = {Token("x", kNow + 8 * 86400)}; }},
      {"cluster-bootstrap-token-expiry", "fail",
       [](F f) { f.bootstrap_tokens.value = {Token("x", kNow - 10)}; }},
      {"cluster-bootstrap-token-expiry", "not-applicable", [](F) {}},
      {"cluster-bootstrap-token-expiry", "unknown", [](F f) { f.bootstrap_tokens.why = "no"; }},
      {"cluster-bootstrap-token-groups", "pass",
       [](F f) { f.bootstrap_tokens.value = {Token("x", kNow + 3600)}; }},
      {"cluster-bootstrap-token-groups", "fail",
       [](F f) {
         f.bootstrap_tokens.value = {Token("x", kNow + 3600)};
         f.bootstrap_tokens.value[0].groups.emplace_back("system:masters");
       }},
      {"cluster-bootstrap-token-groups", "unknown", [](F f) { f.bootstrap_tokens.why = "no"; }},
      {"cluster-info-closed", "pass", [](F f) { f.cluster_info.value = true; }},
      {"cluster-info-closed", "fail",
       [](F f) {
         f.cluster_info.value = true;
         Bind(f, "User", "system:anonymous", Can("get", "", "configmaps", "cluster-info"),
              "kube-public");
       }},
      {"cluster-info-closed", "pass",
       [](F f) {
         f.cluster_info.value = true;
         Bind(f, "User", "system:anonymous", Can("get", "", "configmaps", "cluster-info"),
              "kube-public");
         f.bootstrap_tokens.value = {Token("x", kNow + 3600)};
       }},
      {"cluster-info-closed", "unknown", [](F f) { f.cluster_info.why = "no"; }},
      {"cluster-legacy-tokens", "pass", [](F) {}},
      {"cluster-legacy-tokens", "fail",
       [](F f) { f.legacy_tokens.value = {{"n", "s", "sa", "", "", ""}}; }},
      {"cluster-legacy-tokens", "unknown", [](F f) { f.legacy_tokens.why = "no"; }},

      {"cluster-kubelet-skew", "pass",
       [](F f) {
         f.nodes.value.resize(1);
         f.nodes.value[0].version = "v1.34.9";
       }},
      {"cluster-kubelet-skew", "fail",
       [](F f) {
         f.nodes.value.resize(1);
         f.nodes.value[0].version = "v1.33.0";
       }},
      {"cluster-kubelet-skew", "fail",
       [](F f) {
         f.nodes.value.resize(1);
         f.nodes.value[0].version = "v1.38.0";
       }},
      {"cluster-kubelet-skew", "unknown", [](F f) { f.nodes.why = "no"; }},
      {"cluster-pod-traffic-encrypted", "pass",
       [](F f) { f.pod_traffic.value = {.network = "Cilium", .encrypted = true}; }},
      {"cluster-pod-traffic-encrypted", "fail",
       [](F f) { f.pod_traffic.value = {.network = "Cilium", .encrypted = false}; }},
      {"cluster-pod-traffic-encrypted", "unknown", [](F) {}},
      {"cluster-pod-traffic-encrypted", "unknown", [](F f) { f.pod_traffic.why = "no"; }},
      {"cluster-system-network-policy", "pass",
       [](F f) {
         f.pod_traffic.value = {.network = "Cilium", .encrypted = false};
         f.system_policies.value = {{"deny", true, true, false}};
       }},
      {"cluster-system-network-policy", "fail",
       [](F f) {  // another one takes it back
         f.pod_traffic.value = {.network = "Cilium", .encrypted = false};
         f.system_policies.value = {{"deny", true, true, false},
                                    {"open", true, false, false, true}};
       }},
      {"cluster-system-network-policy", "pass",
       [](F f) {  // for some pods only
         f.pod_traffic.value = {.network = "Cilium", .encrypted = false};
         f.system_policies.value = {{"deny", true, true, false},
                                    {"dns", false, false, false, true}};
       }},
      {"cluster-system-network-policy", "fail", [](F) {}},
      {"cluster-system-network-policy", "fail",
       [](F f) { f.system_policies.value = {{"some", false, true, true}}; }},
      {"cluster-system-network-policy", "fail",
       [](F f) {  // a plugin that does nothing with it
         f.pod_traffic.value = {.network = "flannel", .enforces_policies = false};
         f.system_policies.value = {{"deny", true, true, true}};
       }},
      {"cluster-system-network-policy", "unknown",
       [](F f) { f.system_policies.value = {{"deny", true, true, true}}; }},
      {"cluster-system-network-policy", "unknown", [](F f) { f.other_policies.value = 1; }},
      {"cluster-system-network-policy", "unknown", [](F f) { f.system_policies.why = "no"; }},

      {"rbac-secrets", "pass", [](F) {}},
      {"rbac-secrets", "unknown", [](F f) { Bind(f, "User", "jane", Can("list", "", "secrets")); }},
      {"rbac-secrets", "unknown", [](F f) { f.cluster_roles.why = f.bindings.why = "no"; }},
      {"rbac-cluster-admin", "unknown", [](F f) { Bind(f, "User", "jane", Can("*", "*", "*")); }},
      {"rbac-token-mounts", "pass",
       [](F f) { f.pods.value = {{"a", "p", "x", false, false, {}}}; }},
      {"rbac-token-mounts", "unknown",
       [](F f) { f.pods.value = {{"a", "p", "x", false, true, {}}}; }},
      {"rbac-token-mounts", "unknown", [](F f) { f.pods.why = "status 403"; }},
      {"rbac-default-service-accounts", "pass",
       [](F f) { f.pods.value = {{"a", "p", "default", false, false, {}}}; }},
      {"rbac-default-service-accounts", "fail",
       [](F f) { f.pods.value = {{"a", "p", "default", false, true, {}}}; }},
      {"rbac-default-service-accounts", "unknown", [](F f) { f.pods.why = "status 403"; }},
      {"cluster-pods-take-over", "pass", [](F) {}},
      {"cluster-pods-take-over", "pass",
       [](F f) {
         Bind(f, "ServiceAccount", "x", Can("get", "", "configmaps"), "", "a");
         f.pods.value = {{"a", "p", "x", false, true, {}}};
       }},
      {"cluster-pods-take-over", "fail",
       [](F f) {
         Bind(f, "ServiceAccount", "x", Can("impersonate", "", "users"), "", "a");
         f.pods.value = {{"a", "p", "x", false, true, {}}};
       }},
      {"cluster-pods-take-over", "fail",  // bound by its name as a user
       [](F f) {
         Bind(f, "User", "system:serviceaccount:a:x", Can("*", "*", "*"));
         f.pods.value = {{"a", "p", "x", false, true, {}}};
       }},
      {"cluster-pods-take-over", "fail",
       [](F f) {
         Bind(f, "Group", "system:serviceaccounts:a", Can("*", "*", "*"));
         f.pods.value = {{"a", "p", "x", false, true, {}}};
       }},
      {"cluster-pods-take-over", "pass",  // of another namespace, and one without a token
       [](F f) {
         Bind(f, "ServiceAccount", "x", Can("*", "*", "*"), "", "a");
         f.pods.value = {{"b", "p", "x", false, true, {}}, {"a", "q", "x", false, false, {}}};
       }},
      {"cluster-pods-take-over", "unknown",  // a person judges it
       [](F f) {
         Bind(f, "ServiceAccount", "x", Can("list", "", "secrets"), "", "a");
         f.pods.value = {{"a", "p", "x", false, true, {}}};
       }},
      {"cluster-pods-take-over", "unknown", [](F f) { f.pods.why = "status 403"; }},
      {"cluster-pods-take-over", "unknown", [](F f) { f.cluster_bindings.why = "status 403"; }},
      {"cluster-pods-node-logins", "pass",
       [](F f) {
         f.pods.value = {{"kube-system", "etcd-cp-0", "default", true, false, {"/var/lib/etcd"}},
                         {"a", "csi", "x", false, true, {"/var/lib/kubelet/plugins", "/dev"}}};
       }},
      {"cluster-pods-node-logins", "fail",
       [](F f) { f.pods.value = {{"a", "p", "x", false, true, {"/etc/kubernetes/pki/"}}}; }},
      {"cluster-pods-node-logins", "fail",
       [](F f) { f.pods.value = {{"a", "p", "x", false, true, {"/etc//kubernetes/./pki"}}}; }},
      {"cluster-pods-node-logins", "fail",
       [](F f) { f.pods.value = {{"a", "p", "x", false, true, {"//"}}}; }},
      {"cluster-pods-node-logins", "fail",
       [](F f) { f.pods.value = {{"a", "p", "x", false, true, {"/"}}}; }},
      {"cluster-pods-node-logins", "unknown", [](F f) { f.pods.why = "status 403"; }},
      {"rbac-cluster-admin", "unknown",
       [](F f) {
         Bind(f, "User", "jane", Can("*", "*", "*"));
         f.bindings.why = "status 403";
       }},
      {"rbac-default-service-accounts", "fail",
       [](F f) { Bind(f, "ServiceAccount", "default", Can("get", "", "pods"), "", "default"); }},
      {"rbac-default-service-accounts", "fail",
       [](F f) { Bind(f, "User", "system:serviceaccount:a:default", Can("get", "", "pods")); }},
      {"rbac-default-service-accounts", "pass", [](F) {}},
  };
  return cases;
}

TEST(ApiRules, EachVerdictHasItsCase) {
  for (const Case& one : Cases()) {
    ApiFacts facts = Empty();
    one.plant(facts);
    const Finding finding = Ask(one.rule, std::move(facts));
    EXPECT_STREQ(ToString(finding.outcome.verdict), one.verdict)
        << one.rule << ": " << finding.outcome.reason;
    EXPECT_FALSE(finding.outcome.reason.empty()) << one.rule;
    if (std::string(one.verdict) == "fail") {
      EXPECT_FALSE(finding.outcome.evidence.empty()) << one.rule;
    }
  }
}

TEST(ApiRules, EveryRuleHasACaseOfEachVerdict) {
  std::map<std::string, std::set<std::string>> verdicts;
  for (const Case& one : Cases()) verdicts[one.rule].insert(one.verdict);
  for (const auto part :
       {ApiRbacRules(), ApiAdmissionRules(), ApiTokenRules(), ApiNetworkRules()}) {
    for (const Rule& rule : part) {
      for (const char* verdict : {"pass", "fail", "unknown"})
        EXPECT_TRUE(verdicts[rule.id].contains(verdict)) << rule.id << ": no case of " << verdict;
    }
  }
}

TEST(ApiRules, WhatWasNeverAskedIsNoPass) {
  for (const auto part :
       {ApiRbacRules(), ApiAdmissionRules(), ApiTokenRules(), ApiNetworkRules()}) {
    for (const Rule& rule : part)
      EXPECT_EQ(Ask(rule.id, ApiFacts{}).outcome.verdict, Verdict::kUnknown) << rule.id;
  }
}

TEST(ApiRules, MachinesAreNotAskedAboutTheClusterNorItAboutFiles) {
  cluster::Node machine;
  machine.name = "n";
  machine.files = std::make_shared<MemoryFiles>();
  for (const Finding& finding : Evaluate(machine, {}, kNow))
    EXPECT_NE(finding.rule->target, Target::kCluster);
  cluster::Node whole;
  whole.api = std::make_shared<ApiFacts>(Empty());
  for (const Finding& finding : Evaluate(whole, {}, kNow))
    EXPECT_TRUE(finding.rule->target == Target::kCluster || finding.rule->of_cluster);
}

/// Whoever may make bindings may call them as Kubernetes calls its own.
TEST(ApiRules, ANameThatBeginsWithSystemIsNotKubernetesOwn) {
  const struct {
    const char* binding;
    const char* role;
    cluster::RbacSubject subject;
    bool own;
  } kCases[] = {
      {"system:controller:x", "system:controller:x", {"ServiceAccount", "kube-system", "x"}, true},
      {"system:kube-scheduler",
       "system:kube-scheduler",
       {"User", "", "system:kube-scheduler"},
       true},
      {"cluster-admin", "cluster-admin", {"Group", "", "system:masters"}, true},
      {"system:metrics", "system:metrics", {"ServiceAccount", "kube-system", "metrics"}, false},
      {"system:controller:x", "system:controller:x", {"ServiceAccount", "kube-system", "y"}, false},
      {"system:a", "system:b", {"User", "", "system:kube-mine"}, false},
      {"system:nodes", "system:nodes", {"Group", "", "system:nodes"}, false},
  };
  for (const auto& one : kCases) {
    ApiFacts facts = Empty();
    facts.cluster_roles.value = {{"", one.role, {Can("list", "", "secrets")}}};
    facts.cluster_bindings.value = {{"", one.binding, "ClusterRole", one.role, {one.subject}}};
    const Finding finding = Ask("rbac-secrets", std::move(facts));
    EXPECT_EQ(finding.outcome.verdict, one.own ? Verdict::kPass : Verdict::kUnknown)
        << one.binding << ": " << finding.outcome.reason;
  }
}

TEST(ApiRules, PeopleAreNamed) {
  ApiFacts facts = Empty();
  Bind(facts, "User", "jane", Can("list", "", "secrets"), "team");
  const Finding finding = Ask("rbac-secrets", std::move(facts));
  EXPECT_TRUE(finding.manual);
  EXPECT_NE(finding.outcome.reason.find("User jane by RoleBinding team/b-role-0"),
            std::string::npos)
      << finding.outcome.reason;
}

// A person cannot judge what nobody was shown: it counts as unknown, not as somebody's task.
TEST(ApiRules, WhatMayNotBeSeenIsUnknownAndNoManualItem) {
  ApiFacts facts = Empty();
  Bind(facts, "User", "jane", Can("list", "", "secrets"));
  EXPECT_TRUE(Ask("rbac-secrets", facts).manual);
  facts.bindings.why = "status 403: User x cannot list rolebindings";
  Finding finding = Ask("rbac-secrets", facts);
  EXPECT_FALSE(finding.manual);
  EXPECT_EQ(finding.outcome.verdict, Verdict::kUnknown);
  EXPECT_NE(finding.outcome.reason.find("403"), std::string::npos) << finding.outcome.reason;
  ASSERT_EQ(finding.outcome.evidence.size(), 1u) << "what was seen is told all the same";
  EXPECT_FALSE(Ask("rbac-default-service-accounts", facts).manual);
}

}  // namespace
}  // namespace seawall::rules
