// Who comes in and what he may do: authentication, logins, service accounts, authorization and
// admission.
#include "rules/control_plane_rules.h"
#include "rules/test_cases.h"
#include "rules/test_pki.h"

namespace seawall::rules {
namespace {

using cluster::ComponentKind;

std::string Authentication(const std::string& rest) {
  return "apiVersion: apiserver.config.k8s.io/v1\nkind: AuthenticationConfiguration\n" + rest;
}
std::string Jwt(const std::string& mappings, const std::string& more = "") {
  return Authentication(
      "jwt:\n- issuer: {url: 'https://dex.example', audiences: [k]}\n  claimMappings: {" +
      mappings + "}\n" + more);
}
constexpr const char* kSub = "username: {claim: sub, prefix: 'oidc:'}";

std::string Authorization(const std::string& authorizers) {
  return "apiVersion: apiserver.config.k8s.io/v1\nkind: "
         "AuthorizationConfiguration\nauthorizers:\n" +
         authorizers;
}
constexpr const char* kNodeRbac = "- {type: Node, name: node}\n- {type: RBAC, name: rbac}\n";
std::string Webhook(const std::string& timeout, const std::string& policy, const std::string& ttl) {
  return Authorization(std::string(kNodeRbac) +
                       "- type: Webhook\n  name: w\n  webhook: {timeout: " + timeout +
                       ", failurePolicy: " + policy + ", authorizedTTL: " + ttl +
                       ", unauthorizedTTL: 30s, subjectAccessReviewVersion: v1, "
                       "matchConditionSubjectAccessReviewVersion: v1,"
                       " connectionInfo: {type: KubeConfigFile, kubeConfigFile: /w}}\n");
}
const Pairs kConfig = {{"authorization-config", "/z"}};
const Pairs kLogins = {{"authentication-config", "/a"}};

TEST(Authorization, EachRuleSaysWhatIsTrue) {
  const std::string server = KubeconfigText("server: 'https://x'", "token: x");
  const std::string open = KubeconfigText("server: 'http://x'", "token: x");
  const std::vector<RuleCase> cases = {
      {"apiserver-not-always-allow", {}, "fail"},
      {"apiserver-not-always-allow", {}, "unknown", {}, 0},
      {"apiserver-not-always-allow", {{"authorization-mode", "Node,RBAC"}}, "pass"},
      {"apiserver-not-always-allow", {{"authorization-mode", "Node,RBAC"}}, "pass", {}, 0},
      {"apiserver-not-always-allow", {{"authorization-mode", "RBAC,AlwaysAllow"}}, "fail"},
      {"apiserver-not-always-allow", kConfig, "pass", {{"/z", Authorization(kNodeRbac)}}},
      {"apiserver-not-always-allow",
       kConfig,
       "fail",
       {{"/z", Authorization("- {type: AlwaysAllow, name: alwaysallow}\n")}}},
      {"apiserver-not-always-allow", kConfig, "unknown"},
      {"apiserver-not-always-allow",
       kConfig,
       "unknown",
       {{"/z", Authorization("- {type: Sometimes, name: sometimes}\n")}}},
      {"apiserver-authorizes-nodes", {{"authorization-mode", "Node,RBAC"}}, "pass"},
      {"apiserver-authorizes-nodes", {{"authorization-mode", "RBAC"}}, "fail"},
      {"apiserver-authorizes-nodes", {{"authorization-mode", "?"}}, "unknown"},
      {"apiserver-authorizes-with-rbac", {{"authorization-mode", "Node,RBAC"}}, "pass"},
      {"apiserver-authorizes-with-rbac", kConfig, "pass", {{"/z", Authorization(kNodeRbac)}}},
      {"apiserver-authorizes-with-rbac", {{"authorization-mode", "Node,ABAC"}}, "fail"},
      {"apiserver-authorizes-with-rbac", {{"authorization-mode", "?"}}, "unknown"},
      {"apiserver-abac-off", {{"authorization-mode", "Node,RBAC"}}, "pass"},
      {"apiserver-abac-off", {{"authorization-mode", "Node,RBAC,ABAC"}}, "fail"},
      {"apiserver-abac-off", kConfig, "unknown", {{"/z", "{"}}},
      {"apiserver-authorization-webhook-denies",
       {{"authorization-mode", "Node,RBAC"}},
       "not-applicable"},
      {"apiserver-authorization-webhook-denies",
       kConfig,
       "pass",
       {{"/z", Webhook("3s", "Deny", "5m")}, {"/w", server}}},
      {"apiserver-authorization-webhook-denies",
       kConfig,
       "fail",
       {{"/z", Webhook("3s", "NoOpinion", "5m")}, {"/w", server}}},
      {"apiserver-authorization-webhook-denies", kConfig, "unknown"},
      {"apiserver-authorization-webhook-timeout",
       kConfig,
       "pass",
       {{"/z", Webhook("3s", "Deny", "5m")}, {"/w", server}}},
      {"apiserver-authorization-webhook-timeout",
       kConfig,
       "fail",
       {{"/z", Webhook("30s", "Deny", "5m")}, {"/w", server}}},
      {"apiserver-authorization-webhook-timeout", kConfig, "unknown"},
      {"apiserver-authorization-webhook-cache",
       kConfig,
       "pass",
       {{"/z", Webhook("3s", "Deny", "5m")}, {"/w", server}}},
      {"apiserver-authorization-webhook-cache",
       kConfig,
       "fail",
       {{"/z", Webhook("3s", "Deny", "1h")}, {"/w", server}}},
      {"apiserver-authorization-webhook-cache", kConfig, "unknown"},
      {"apiserver-authorization-webhook-cache",
       {{"authorization-mode", "RBAC,Webhook"},
        {"authorization-webhook-cache-authorized-ttl", "1h0m0s"}},
       "fail"},
      {"apiserver-authorization-webhook-tls",
       kConfig,
       "pass",
       {{"/z", Webhook("3s", "Deny", "5m")}, {"/w", server}}},
      {"apiserver-authorization-webhook-tls",
       kConfig,
       "fail",
       {{"/z", Webhook("3s", "Deny", "5m")}, {"/w", open}}},
      {"apiserver-authorization-webhook-tls",
       kConfig,
       "unknown",
       {{"/z", Webhook("3s", "Deny", "5m")}}},
      {"apiserver-authorization-webhook-tls",
       {{"authorization-mode", "RBAC,Webhook"}, {"authorization-webhook-config-file", "/w"}},
       "fail",
       {{"/w", open}}},
  };
  RunCases(ComponentKind::kApiServer, cases);
  ExpectAllVerdicts(AuthorizationRules(), cases);
}

TEST(Authentication, EachRuleSaysWhatIsTrue) {
  const std::string one = IssueCa("one").certificate;
  const std::string other = IssueCa("other").certificate;
  const Pairs cas = {{"client-ca-file", "/one"}, {"requestheader-client-ca-file", "/two"}};
  const std::vector<RuleCase> cases = {
      {"apiserver-anonymous-auth-off", {}, "fail"},
      {"apiserver-anonymous-auth-off", {}, "unknown", {}, 0},
      {"apiserver-anonymous-auth-off", {{"anonymous-auth", "false"}}, "pass"},
      {"apiserver-anonymous-auth-off", {{"anonymous-auth", "false"}}, "pass", {}, 0},
      {"apiserver-anonymous-auth-off",
       kLogins,
       "pass",
       {{"/a", Authentication("anonymous: {enabled: false}\n")}}},
      {"apiserver-anonymous-auth-off",
       kLogins,
       "fail",
       {{"/a", Authentication("anonymous: {enabled: true}\n")}}},
      {"apiserver-anonymous-auth-off",
       kLogins,
       "pass",
       {{"/a",
         Authentication(
             "anonymous: {enabled: true, conditions: [{path: /livez}, {path: /healthz}]}\n")}}},
      {"apiserver-anonymous-auth-off",
       kLogins,
       "fail",
       {{"/a",
         Authentication(
             "anonymous: {enabled: true, conditions: [{path: /livez}, {path: /metrics}]}\n")}}},
      {"apiserver-anonymous-auth-off",
       kLogins,
       "fail",
       {{"/a", Authentication("anonymous: {enabled: true, conditions: [{path: /livezoo}]}\n")}}},
      {"apiserver-anonymous-auth-off", kLogins, "unknown"},
      {"apiserver-anonymous-auth-off", {{"authorization-mode", "AlwaysAllow"}}, "fail"},
      {"apiserver-no-token-file", {}, "pass"},
      {"apiserver-no-token-file", {{"token-auth-file", "/t"}}, "fail"},
      {"apiserver-no-token-file", {{"token-auth-file", "?"}}, "unknown"},
      {"apiserver-no-password-file", {}, "pass"},
      {"apiserver-no-password-file", {{"basic-auth-file", "/t"}}, "fail"},
      {"apiserver-no-password-file", {}, "unknown", {}, 0},
      {"apiserver-front-proxy-names", {}, "not-applicable"},
      {"apiserver-front-proxy-names", {{"requestheader-client-ca-file", "/two"}}, "fail"},
      {"apiserver-front-proxy-names",
       {{"requestheader-client-ca-file", "/two"},
        {"requestheader-allowed-names", "front-proxy-client"}},
       "pass"},
      {"apiserver-front-proxy-names", {{"requestheader-client-ca-file", "?"}}, "unknown"},
      {"apiserver-front-proxy-ca", cas, "pass", {{"/one", one}, {"/two", other}}},
      {"apiserver-front-proxy-ca", cas, "fail", {{"/one", one}, {"/two", other + one}}},
      {"apiserver-front-proxy-ca", cas, "unknown", {{"/one", one}}},
      {"users-without-client-certificates", {{"client-ca-file", "/one"}}, "unknown"},
      {"users-without-client-certificates", {}, "pass"},
      {"users-without-service-account-tokens", {}, "unknown"},
      {"users-without-bootstrap-tokens", {}, "pass"},
      {"users-without-bootstrap-tokens", {{"enable-bootstrap-token-auth", "true"}}, "unknown"},
  };
  RunCases(ComponentKind::kApiServer, cases);
  std::vector<Rule> decidable;
  for (const Rule& rule : AuthenticationRules()) {
    if (std::string(rule.id) != "users-without-service-account-tokens") decidable.push_back(rule);
  }
  ExpectAllVerdicts(decidable, cases);
}

TEST(ServiceAccounts, EachRuleSaysWhatIsTrue) {
  const TestPair ca = IssueCa("ca");
  const TestPair leaf = IssueLeaf(ca, "server");
  const Pairs keys = {{"service-account-key-file", "/sa"}, {"tls-cert-file", "/tls.crt"}};
  const std::vector<RuleCase> cases = {
      {"apiserver-service-account-lookup", {}, "pass"},
      {"apiserver-service-account-lookup", {{"service-account-lookup", "false"}}, "fail"},
      {"apiserver-service-account-lookup", {}, "unknown", {}, 0},
      {"apiserver-service-account-key", {}, "fail"},
      {"apiserver-service-account-key",
       {{"service-account-key-file", "/sa"}},
       "pass",
       {{"/sa", ca.private_key}}},
      {"apiserver-service-account-key",
       {{"service-account-key-file", "/sa"}},
       "unknown",
       {{"/sa", "no key"}}},
      {"apiserver-service-account-key",
       {{"service-account-key-file", "/sa,/old"}},
       "unknown",
       {{"/sa", "k"}}},
      {"apiserver-service-account-key-apart",
       keys,
       "pass",
       {{"/sa", ca.private_key}, {"/tls.crt", leaf.certificate}}},
      {"apiserver-service-account-key-apart",
       keys,
       "fail",
       {{"/sa", leaf.private_key}, {"/tls.crt", leaf.certificate}}},
      {"apiserver-service-account-key-apart", keys, "unknown", {{"/tls.crt", leaf.certificate}}},
      {"apiserver-service-account-key-apart", {}, "fail"},
      {"apiserver-service-account-token-expiration", {}, "fail"},
      {"apiserver-service-account-token-expiration",
       {{"service-account-extend-token-expiration", "false"}},
       "pass"},
      {"apiserver-service-account-token-expiration", {}, "unknown", {}, 0},
      {"apiserver-service-account-max-expiration", {}, "fail"},
      {"apiserver-service-account-max-expiration",
       {{"service-account-max-token-expiration", "24h0m0s"}},
       "pass"},
      {"apiserver-service-account-max-expiration", {}, "unknown", {}, 0},
      {"apiserver-service-account-issuer", {{"service-account-issuer", "https://k"}}, "pass"},
      {"apiserver-service-account-issuer",
       {{"service-account-issuer", "https://k,kubernetes/serviceaccount"}},
       "fail"},
      {"apiserver-service-account-issuer", {{"service-account-issuer", "?"}}, "unknown"},
  };
  RunCases(ComponentKind::kApiServer, cases);
  ExpectAllVerdicts(ServiceAccountRules(), cases);
}

TEST(Logins, EachRuleSaysWhatIsTrue) {
  const Pairs flags = {{"oidc-issuer-url", "https://dex.example"}, {"oidc-client-id", "k"}};
  const auto with = [&](const char* name, const char* value) {
    Pairs pairs = flags;
    pairs.emplace_back(name, value);
    return pairs;
  };
  const auto file = [](const std::string& text) { return Pairs{{"/a", text}}; };
  std::vector<RuleCase> cases = {
      {"third-party-authentication", {}, "fail"},
      {"third-party-authentication", flags, "pass"},
      {"third-party-authentication", kLogins, "pass", file(Jwt(kSub))},
      {"third-party-authentication", kLogins, "fail",
       file(Authentication("anonymous: {enabled: false}\n"))},
      {"third-party-authentication", {{"authentication-token-webhook-config-file", "/w"}}, "pass"},
      {"third-party-authentication", kLogins, "unknown"},
      {"third-party-authentication", kLogins, "unknown", file("x: [")},
      {"login-issuer-https", flags, "pass"},
      {"login-issuer-https", {{"oidc-issuer-url", "http://dex.example"}}, "fail"},
      {"login-username-prefix", flags, "pass"},
      {"login-username-prefix", with("oidc-username-prefix", "-"), "fail"},
      {"login-username-prefix", kLogins, "fail", file(Jwt("username: {claim: sub, prefix: ''}"))},
      {"login-username-prefix", kLogins, "pass",
       file(Jwt(
           "username: {claim: sub, prefix: ''}",
           "  userValidationRules: [{expression: \"!user.username.startsWith('system:')\"}]\n"))},
      {"login-username-prefix", kLogins, "pass",
       file(Jwt("username: {expression: \"'oidc:' + claims.sub\"}"))},
      {"login-username-prefix", kLogins, "unknown",
       file(Jwt("username: {expression: claims.sub}"))},
      {"login-groups-prefix", flags, "not-applicable"},
      {"login-groups-prefix", with("oidc-groups-claim", "groups"), "fail"},
      {"login-groups-prefix", kLogins, "pass",
       file(Jwt(std::string(kSub) + ", groups: {claim: groups, prefix: 'oidc:'}"))},
      {"login-groups-prefix", kLogins, "fail",
       file(Jwt(std::string(kSub) + ", groups: {claim: groups, prefix: ''}"))},
      {"login-second-factor", {}, "not-applicable"},
      {"login-second-factor", flags, "unknown"},
      {"login-second-factor", with("oidc-required-claim", "acr=high"), "pass"},
      {"login-second-factor", kLogins, "pass",
       file(Jwt(kSub, "  claimValidationRules: [{expression: \"'mfa' in claims.amr\"}]\n"))},
      {"login-second-factor", kLogins, "unknown", file(Jwt(kSub))},
      {"login-names-do-not-change", flags, "pass"},
      {"login-names-do-not-change", with("oidc-username-claim", "email"), "fail"},
      {"login-names-do-not-change", kLogins, "pass", file(Jwt(kSub))},
      {"login-webhook-cache", {}, "not-applicable"},
      {"login-webhook-cache", {{"authentication-token-webhook-config-file", "/w"}}, "pass"},
      {"login-webhook-cache",
       {{"authentication-token-webhook-config-file", "/w"},
        {"authentication-token-webhook-cache-ttl", "1h0m0s"}},
       "fail"},
  };
  for (const Rule& rule : LoginRules()) cases.push_back({rule.id, {}, "unknown", {}, 0});
  RunCases(ComponentKind::kApiServer, cases);
  ExpectAllVerdicts(LoginRules(), cases);
}

TEST(Admission, EachRuleSaysWhatIsTrue) {
  const std::string limits =
      "apiVersion: apiserver.config.k8s.io/v1\nkind: AdmissionConfiguration\nplugins:\n- name: "
      "EventRateLimit\n"
      "  configuration: {apiVersion: eventratelimit.admission.k8s.io/v1alpha1, kind: Configuration,"
      " limits: [{type: Server, qps: 50, burst: 100}]}\n";
  const auto pods = [](const char* level) {
    return std::string(
               "apiVersion: apiserver.config.k8s.io/v1\nkind: AdmissionConfiguration\nplugins:\n- "
               "name: PodSecurity\n"
               "  configuration: {apiVersion: pod-security.admission.config.k8s.io/v1, kind: "
               "PodSecurityConfiguration,"
               " defaults: {enforce: ") +
           level + "}}\n";
  };
  const Pairs configured = {{"admission-control-config-file", "/c"}};
  const Pairs limited = {{"enable-admission-plugins", "EventRateLimit"},
                         {"admission-control-config-file", "/c"}};
  std::vector<RuleCase> cases = {
      {"admission-event-rate-limit", {}, "fail"},
      {"admission-event-rate-limit", {{"enable-admission-plugins", "EventRateLimit"}}, "fail"},
      {"admission-event-rate-limit", limited, "pass", {{"/c", limits}}},
      {"admission-event-rate-limit", limited, "unknown"},
      {"admission-not-always-admit", {}, "pass"},
      {"admission-not-always-admit",
       {{"enable-admission-plugins", "NodeRestriction,AlwaysAdmit"}},
       "fail"},
      {"admission-node-restriction", {{"admission-control", "NodeRestriction"}}, "pass"},
      {"admission-node-restriction", {{"admission-control", "ServiceAccount"}}, "fail"},
      {"admission-service-account", {{"admission-control", "NodeRestriction"}}, "fail"},
      {"admission-certificates", {{"disable-admission-plugins", "CertificateSigning"}}, "fail"},
      {"admission-policies-run",
       {{"disable-admission-plugins", "ValidatingAdmissionWebhook"}},
       "fail"},
      {"admission-quota", {{"disable-admission-plugins", "ResourceQuota"}}, "fail"},
      {"admission-pod-security", {{"disable-admission-plugins", "PodSecurity"}}, "fail"},
      {"admission-namespace-lifecycle",
       {{"disable-admission-plugins", "NamespaceLifecycle"}},
       "fail"},
      {"admission-service-account", {{"disable-admission-plugins", "ServiceAccount"}}, "fail"},
      {"admission-pod-security-default", {}, "fail"},
      {"admission-pod-security-default", configured, "pass", {{"/c", pods("baseline")}}},
      {"admission-pod-security-default", configured, "fail", {{"/c", pods("privileged")}}},
      {"admission-pod-security-default", configured, "unknown"},
  };
  for (const char* id :
       {"admission-service-account", "admission-namespace-lifecycle", "admission-pod-security",
        "admission-certificates", "admission-policies-run", "admission-quota"}) {
    cases.push_back({id, {}, "pass"});
  }
  for (const auto& [id, plugin] : {std::pair{"admission-no-external-ips", "DenyServiceExternalIPs"},
                                   {"admission-always-pull-images", "AlwaysPullImages"},
                                   {"admission-node-restriction", "NodeRestriction"}}) {
    cases.push_back({id, {}, "fail"});
    cases.push_back({id, {{"enable-admission-plugins", plugin}}, "pass"});
    cases.push_back({id, {{"enable-admission-plugins", plugin}}, "pass", {}, 0});
    cases.push_back({id, {{"enable-admission-plugins", "?"}}, "unknown"});
  }
  for (const Rule& rule : AdmissionRules()) cases.push_back({rule.id, {}, "unknown", {}, 0});
  RunCases(ComponentKind::kApiServer, cases);
  ExpectAllVerdicts(AdmissionRules(), cases);
}

}  // namespace
}  // namespace seawall::rules
