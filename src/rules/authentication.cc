// Recipe row 4, who comes in: anonymous requests, static passwords and tokens, the aggregation
// layer's front proxy, and what CIS asks of credentials for people (CIS 1.2.1, 1.2.2, 3.1).
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/text.h"
#include "cluster/authentication.h"
#include "rules/ca_files.h"
#include "rules/checks.h"
#include "rules/control_plane_rules.h"

namespace seawall::rules {
namespace {

using cluster::Component;
using cluster::Setting;
using cluster::SettingState;

constexpr const char* kAnonymous =
    "https://kubernetes.io/docs/reference/access-authn-authz/authentication/#anonymous-requests";
constexpr const char* kAggregation =
    "https://kubernetes.io/docs/tasks/extend-kubernetes/configure-aggregation-layer/";
constexpr const char* kHardening =
    "https://kubernetes.io/docs/concepts/security/hardening-guide/authentication-mechanisms/";

bool IsHealthPath(std::string_view path) {
  constexpr std::array<std::string_view, 3> kHealth = {"/livez", "/readyz", "/healthz"};
  return std::ranges::any_of(kHealth, [&](std::string_view health) {
    return path == health || (path.starts_with(health) && path[health.size()] == '/');
  });
}

Outcome AnonymousForPaths(const cluster::AnonymousAccess& access) {
  std::vector<Evidence> paths;
  std::vector<Evidence> others;
  for (const cluster::Item& path : access.paths) {
    auto& list = IsHealthPath(path.text) ? paths : others;
    list.push_back(EvidenceIn("anonymous.conditions.path", path.text, path.place));
  }
  if (others.empty())
    return Pass("anonymous requests are let in for health checks only", std::move(paths));
  const std::string first = PrintableShort(others.front().value, 100);
  return Fails(
      fmt::format("anonymous requests are let in for {}, which is not a health check", first),
      std::move(others));
}

Outcome AnonymousOff(const Rule&, const Context& context) {
  using State = cluster::AnonymousAccess::State;
  const Component& component = *context.component;
  const cluster::AnonymousAccess access = cluster::EffectiveAnonymous(context.node, component);
  const std::vector<Evidence> evidence = {EvidenceOf(access.setting)};
  // A file of flags (kubeadm's, k3s') is no AuthenticationConfiguration.
  const bool by_file = access.setting.text.starts_with("anonymous.enabled");
  const std::string says = by_file ? "the AuthenticationConfiguration says " + access.setting.text
                                   : Says(component, access.setting);
  switch (access.state) {
    case State::kUnknown:
      return Unknown("whether anonymous requests are let in cannot be known: " + access.why,
                     access.how);
    case State::kPaths:
      return AnonymousForPaths(access);
    case State::kOn:
      return Fails(by_file ? says + ", for every path" : says, evidence);
    case State::kOff:
      break;
  }
  // The server's own precaution goes away with the AlwaysAllow that it is made for.
  if (access.forced_off) {
    return Fails(says +
                     "; kube-apiserver switches it off only as long as everything else is allowed "
                     "(AlwaysAllow)",
                 evidence);
  }
  return Pass(says, evidence);
}

Outcome FrontProxyIsNamed(const Rule& rule, const Context& context) {
  const Component& component = *context.component;
  const Setting ca = component.Get("requestheader-client-ca-file");
  if (ca.state == SettingState::kUnknown) return UnknownSetting(component, ca);
  if (Empty(ca)) return NotApplicable(Says(component, ca) + ": no front proxy is believed");
  const Setting names = component.Get(rule.setting);
  if (names.state == SettingState::kUnknown) return UnknownSetting(component, names);
  const bool named = std::ranges::any_of(
      names.items, [](const cluster::Item& item) { return !Trim(item.text).empty(); });
  if (named) return Pass(Says(component, names), {EvidenceOf(names)});
  return Fails(fmt::format("{}: every certificate of {} may name any user and group",
                           Says(component, names), PrintableShort(ca.text, 150)),
               {EvidenceOf(names)});
}

Outcome FrontProxyHasItsOwnCa(const Rule&, const Context& context) {
  const Component& component = *context.component;
  const Setting proxy = component.Get("requestheader-client-ca-file");
  const Setting client = component.Get("client-ca-file");
  for (const Setting* setting : {&proxy, &client}) {
    if (setting->state == SettingState::kUnknown) return UnknownSetting(component, *setting);
    if (Empty(*setting)) return NotApplicable(Says(component, *setting));
  }
  return CasDiffer({&component, proxy}, {&component, client}, context);
}

Outcome NoClientCertificatesForPeople(const Rule&, const Context& context) {
  const Setting ca = context.component->Get("client-ca-file");
  if (ca.state == SettingState::kUnknown) return UnknownSetting(*context.component, ca);
  if (Empty(ca))
    return Pass(Says(*context.component, ca) + ": nobody can log in with a certificate",
                {EvidenceOf(ca)});
  return Unknown(
      "certificates of this CA are accepted, and who holds one cannot be seen on the node",
      "list the signed requests (kubectl get csr) and every kubeconfig that was handed out; people "
      "should "
      "come in through a third party",
      {EvidenceOf(ca)});
}

Outcome NoServiceAccountTokensForPeople(const Rule&, const Context&) {
  return Unknown("who uses a service account's token cannot be seen on the node",
                 "look in the audit log for system:serviceaccount: users whose requests come from "
                 "people's machines");
}

Outcome NoBootstrapTokensForPeople(const Rule& rule, const Context& context) {
  const Setting setting = context.component->Get(rule.setting);
  if (setting.state == SettingState::kUnknown) return UnknownSetting(*context.component, setting);
  const std::string says = Says(*context.component, setting);
  if (setting.text != "true")
    return Pass(says + ": no bootstrap token lets anybody in", {EvidenceOf(setting)});
  return Unknown(
      says + ", and who uses such a token cannot be seen on the node",
      "look in the audit log for system:bootstrap: users, and delete tokens that are not needed "
      "(kubeadm token list)",
      {EvidenceOf(setting)});
}

constexpr Rule kRules[] = {
    {.id = "apiserver-anonymous-auth-off",
     .title = "kube-apiserver lets nobody in without credentials",
     .row = "4",
     .cis = "1.2.1",
     .severity = Severity::kHigh,
     .target = Target::kApiServer,
     .check = AnonymousOff,
     .setting = "anonymous-auth",
     .expected = "--anonymous-auth is false, or an AuthenticationConfiguration restricts anonymous "
                 "requests to health checks",
     .remedy = "set --anonymous-auth=false at {where} (where probes need it: an "
               "AuthenticationConfiguration whose anonymous "
               "conditions are /livez, /readyz and /healthz)",
     .why = "Whatever RBAC gives to system:anonymous or system:unauthenticated by mistake is given "
            "to the whole world.",
     .link = kAnonymous},
    {.id = "apiserver-no-token-file",
     .title = "No file of static tokens lets anybody in",
     .row = "4",
     .cis = "1.2.2",
     .severity = Severity::kCritical,
     .target = Target::kApiServer,
     .check = IsEmpty,
     .setting = "token-auth-file",
     .expected = "--token-auth-file is not set",
     .remedy = "take --token-auth-file away at {where}, once its users come in another way",
     .why = "Its tokens stand there in the clear, never expire, and cannot be revoked without a "
            "restart.",
     .link = kHardening},
    {.id = "apiserver-no-password-file",
     .title = "No file of passwords lets anybody in",
     .row = "4",
     .severity = Severity::kCritical,
     .target = Target::kApiServer,
     .check = IsEmpty,
     .setting = "basic-auth-file",
     .expected = "the version has no --basic-auth-file",
     .remedy = "take --basic-auth-file away at {where}, and move to a supported version",
     .why = "Its passwords stand there in the clear, never expire, and cannot be revoked without a "
            "restart.",
     .link = kHardening},
    {.id = "apiserver-front-proxy-names",
     .title = "Only the front proxy may speak for other users",
     .row = "4",
     .severity = Severity::kHigh,
     .target = Target::kApiServer,
     .check = FrontProxyIsNamed,
     .setting = "requestheader-allowed-names",
     .expected = "--requestheader-allowed-names names the front proxy's certificate",
     .remedy = "set --requestheader-allowed-names=front-proxy-client at {where}",
     .why = "Whoever has any certificate of that CA says in a header that he is an administrator, "
            "and is believed.",
     .link = kAggregation},
    {.id = "apiserver-front-proxy-ca",
     .title = "The front proxy's CA is not the one that clients' certificates come from",
     .row = "4",
     .severity = Severity::kHigh,
     .target = Target::kApiServer,
     .check = FrontProxyHasItsOwnCa,
     .setting = "requestheader-client-ca-file",
     .expected = "--requestheader-client-ca-file and --client-ca-file share no CA",
     .remedy = "make a CA of its own for the front proxy, and name it at {where}",
     .why = "With one CA for both, a client certificate with the right name speaks for every user.",
     .link = kAggregation},
    {.id = "users-without-client-certificates",
     .title = "People do not log in with client certificates",
     .row = "4",
     .cis = "3.1.1",
     .severity = Severity::kMedium,
     .target = Target::kApiServer,
     .manual = true,
     .check = NoClientCertificatesForPeople,
     .setting = "client-ca-file",
     .expected = "people come in through a third party; certificates are for components only",
     .remedy = "let people log in with OIDC, and let their certificates run out",
     .why = "A client certificate cannot be revoked: whoever copies one keeps its rights until it "
            "ends.",
     .link = kHardening},
    {.id = "users-without-service-account-tokens",
     .title = "People do not log in with service accounts' tokens",
     .row = "4",
     .cis = "3.1.2",
     .severity = Severity::kMedium,
     .target = Target::kApiServer,
     .manual = true,
     .check = NoServiceAccountTokensForPeople,
     .expected = "service accounts are for programs in pods only",
     .remedy = "let people log in with OIDC, and delete the tokens that were made for them",
     .why = "Nobody can tell who of those that share such a token did what.",
     .link = kHardening},
    {.id = "users-without-bootstrap-tokens",
     .title = "People do not log in with bootstrap tokens",
     .row = "4",
     .cis = "3.1.3",
     .severity = Severity::kMedium,
     .target = Target::kApiServer,
     .manual = true,
     .check = NoBootstrapTokensForPeople,
     .setting = "enable-bootstrap-token-auth",
     .expected = "bootstrap tokens are for joining nodes only",
     .remedy = "delete the tokens that are not needed (kubeadm token delete), and let people log "
               "in with OIDC",
     .why = "A bootstrap token lets its holder ask for a node's certificate.",
     .link = "https://kubernetes.io/docs/reference/access-authn-authz/bootstrap-tokens/"},
};

}  // namespace

std::span<const Rule> AuthenticationRules() { return kRules; }

}  // namespace seawall::rules
