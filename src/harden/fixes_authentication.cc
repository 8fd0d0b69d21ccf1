// Row 4: who comes in. The structured authentication file takes the place of flags: it alone can
// let health checks in without letting everybody in.
#include <fmt/format.h>

#include "base/text.h"
#include "harden/authentication_file.h"
#include "harden/fix_actions.h"
#include "harden/fix_tables.h"

namespace seawall::harden {
namespace {

using cluster::Setting;

bool IsOn(const FixContext& context, const char* flag) {
  const Setting setting = context.component->Get(flag);
  return !setting.known() || setting.text == "true";
}

/// Anonymous requests for health checks only: the probes of the manifest and of load balancers go
/// on, everybody else needs a name.
Result<Draft> HealthChecksOnly(const Fix&, const FixContext& context) {
  if (IsOn(context, "enable-bootstrap-token-auth")) {
    auto said = Consent(context, "accept-join-by-file",
                        "nodes that join with a token (kubeadm join) read the ConfigMap "
                        "cluster-info without credentials first: they then need "
                        "--discovery-file");
    if (!said) return std::unexpected(said.error());
  }
  return WithAuthenticationFile(context, AnonymousForHealth);
}

Result<Draft> ThirdParty(const Fix& fix, const FixContext& context) {
  const auto issuer = context.Get("oidc-issuer-url");
  const auto client = context.Get("oidc-client-id");
  if (!issuer || !client) return Needs("oidc-issuer-url", fix.what);
  if (!issuer->starts_with("https://"))
    return Missing("an issuer's URL begins with https://", "--set oidc-issuer-url=https://…");
  return WithAuthenticationFile(context, [&](const yaml::Stream& file) {
    return AddIssuer(file, *issuer, *client, context.Get("oidc-username-claim").value_or("sub"));
  });
}

/// Who would be locked out without the token file; nobody where there is none.
Result<void> ConsentToTokensEnd(const Fix& fix, const FixContext& context) {
  const Setting file = context.component->Get("token-auth-file");
  const auto path = file.known() ? context.component->HostPath(file.text) : std::nullopt;
  if (file.known() && file.text.empty()) return {};
  size_t users = 0;
  if (path) {
    if (const auto& bytes = context.node.Bytes(*path)) {
      for (const std::string_view line : Split(*bytes, '\n')) users += Trim(line).empty() ? 0 : 1;
    }
  }
  return Consent(context, fix.parameter,
                 fmt::format("{} user{} of {} would be locked out; whether they come in another "
                             "way cannot be seen in files",
                             users, users == 1 ? "" : "s", file.text));
}

Result<Draft> TokenFileGone(const Fix& fix, const FixContext& context) {
  if (auto said = ConsentToTokensEnd(fix, context); !said) return std::unexpected(said.error());
  Draft draft;
  if (auto gone = Want(context, "token-auth-file", std::nullopt, draft); !gone)
    return std::unexpected(gone.error());
  draft.cuts_off_nobody = draft.touches.empty();
  const Setting bootstrap = context.component->Get("enable-bootstrap-token-auth");
  if (context.finding.rule->id == std::string_view("bootstrap-token-auth") &&
      bootstrap.text != "true") {
    auto on = Want(context, "enable-bootstrap-token-auth", Wanted::Literal("true"), draft);
    if (!on) return std::unexpected(on.error());
  }
  return draft;
}

/// The name that the front proxy's own certificate has; only a hint, for there may be others.
Result<Draft> FrontProxyNames(const Fix& fix, const FixContext& context) {
  const auto names = context.Get(fix.parameter);
  if (!names) {
    const Setting own = context.component->Get("proxy-client-cert-file");
    const auto path = own.known() ? context.component->HostPath(own.text) : std::nullopt;
    std::string what = fix.what;
    if (path) {
      const auto& certificates = context.node.Certificates(*path);
      if (certificates && !certificates->empty())
        what +=
            fmt::format(" (this server's own is {})", Printable(certificates->front().common_name));
    }
    return Needs(fix.parameter, what);
  }
  std::vector<std::string> items;
  for (const std::string_view name : Split(*names, ',')) items.emplace_back(name);
  Draft draft;
  auto done = Want(context, "requestheader-allowed-names", Wanted::List(std::move(items)), draft);
  if (!done) return std::unexpected(done.error());
  return draft;
}

constexpr Fix kFixes[] = {
    {.rule = "apiserver-anonymous-auth-off",
     .make = HealthChecksOnly,
     .risk = Risk::kClients,
     .cuts_off = "callers without credentials of anything but health checks; kubeadm join without "
                 "--discovery-file",
     .parameter = "accept-join-by-file",
     .clients_unknown = true},
    {.rule = "apiserver-no-token-file",
     .make = TokenFileGone,
     .risk = Risk::kClients,
     .cuts_off = "users of the token file",
     .parameter = "accept-static-tokens-end"},
    {.rule = "bootstrap-token-auth",
     .make = TokenFileGone,
     .risk = Risk::kClients,
     .cuts_off = "users of the token file",
     .parameter = "accept-static-tokens-end"},
    {.rule = "apiserver-no-password-file",
     .make = TakeAwayWithConsent,
     .risk = Risk::kClients,
     .cuts_off = "users of the password file",
     .parameter = "accept-static-tokens-end",
     .what = "users of the password file would be locked out"},
    {.rule = "apiserver-front-proxy-names",
     .make = FrontProxyNames,
     .risk = Risk::kClients,
     .cuts_off = "front proxies of other names",
     .parameter = "requestheader-allowed-names",
     .what = "the names of front proxies"},
    {.rule = "apiserver-service-account-lookup", .make = TakeAway},
    {.rule = "apiserver-service-account-token-expiration",
     .make = SetWithConsent,
     .risk = Risk::kClients,
     .cuts_off = "pods whose client never reads its token again",
     .parameter = "accept-token-expiration",
     .what = "tokens in pods end after an hour instead of a year: clients that never read them "
             "again are cut off",
     .clients_unknown = true},
    {.rule = "apiserver-service-account-max-expiration",
     .make = SetParameter,
     .risk = Risk::kClients,
     .cuts_off = "clients that ask for tokens that live longer",
     .parameter = "service-account-max-token-expiration",
     .what = "how long a service account's token may live, as in 24h"},
    {.rule = "third-party-authentication",
     .make = ThirdParty,
     .parameter = "oidc-issuer-url",
     .what = "who authenticates people (and oidc-client-id, the audience)"},
    {.rule = "login-webhook-cache",
     .make = SetValue,
     .setting = "authentication-token-webhook-cache-ttl",
     .value = "2m0s"},
};

}  // namespace

std::span<const Fix> AuthenticationFixes() { return kFixes; }

}  // namespace seawall::harden
