// Recipe row 4: tokens of service accounts (CIS 1.2.21, 1.2.22, 1.2.30).
#include <fmt/format.h>

#include "base/text.h"
#include "rules/addresses.h"
#include "rules/checks.h"
#include "rules/control_plane_rules.h"
#include "rules/file_checks.h"

namespace seawall::rules {
namespace {

using cluster::Component;
using cluster::Item;
using cluster::Setting;
using cluster::SettingState;

constexpr const char* kAdmin =
    "https://kubernetes.io/docs/reference/access-authn-authz/service-accounts-admin/";
constexpr const char* kFlags =
    "https://kubernetes.io/docs/reference/command-line-tools-reference/kube-apiserver/";

Outcome IssuerIsHttps(const Rule& rule, const Context& context) {
  const Setting setting = context.component->Get(rule.setting);
  if (setting.state == SettingState::kUnknown) return UnknownSetting(*context.component, setting);
  if (setting.items.empty()) return Fails(Says(*context.component, setting), {EvidenceOf(setting)});
  Tally tally;
  for (const Item& item : setting.items) {
    if (SplitUrl(item.text).scheme == "https") {
      tally.Good(EvidenceOf(setting, item));
    } else {
      tally.Bad(EvidenceOf(setting, item),
                fmt::format("the issuer {} is no https:// URL", PrintableShort(item.text, 150)));
    }
  }
  return std::move(tally).Done("");
}

Outcome TokensEnd(const Rule& rule, const Context& context) {
  const Setting setting = context.component->Get(rule.setting);
  if (setting.state == SettingState::kUnknown) return UnknownSetting(*context.component, setting);
  if (setting.state == SettingState::kAbsent) return AbsentSetting(*context.component, setting);
  const std::string says = Says(*context.component, setting);
  if (setting.text.empty() || setting.text == "0s" || setting.text == "0") {
    return Fails(says + ": a token may be asked for with any lifetime", {EvidenceOf(setting)});
  }
  return Pass(says, {EvidenceOf(setting)});
}

/// The key's public half, or nothing with the reason in `why`.
std::optional<std::string> PublicKey(const Context& context, const Setting& setting,
                                     std::string_view path, std::string& why) {
  const auto host = context.component->HostPath(path);
  if (!host) {
    why = fmt::format("{} of {} is no file of the node", PrintableShort(path, 150),
                      NameOf(*context.component, setting));
    return std::nullopt;
  }
  const auto& key = context.node.Key(*host);
  if (key && !key->public_key_sha256.empty()) return key->public_key_sha256;
  if (const auto& certificates = context.node.Certificates(*host);
      certificates && !certificates->empty()) {
    return certificates->front().public_key_sha256;
  }
  why = key ? *host + " is protected with a passphrase" : key.error().ToString();
  return std::nullopt;
}

Outcome KeyIsForTokensOnly(const Rule& rule, const Context& context) {
  const Component& component = *context.component;
  const Setting keys = component.Get(rule.setting);
  // The certificate shows the same public key as the private key's file, and everybody may read it.
  const Setting serving = component.Get("tls-cert-file");
  for (const Setting* setting : {&keys, &serving}) {
    if (setting->state == SettingState::kUnknown) return UnknownSetting(component, *setting);
  }
  if (keys.items.empty()) {
    return Fails(Says(component, keys) + ", so that tokens are verified with the server's TLS key",
                 {EvidenceOf(keys)});
  }
  if (!context.node.is_machine) return NotApplicable(kNoFiles);
  if (Empty(serving)) return NotApplicable(Says(component, serving));
  std::string why;
  const auto tls = PublicKey(context, serving, serving.text, why);
  if (!tls)
    return Unknown(why, "compare the two public keys on the node, as root", {EvidenceOf(serving)});
  Tally tally;
  for (const Item& item : keys.items) {
    const auto key = PublicKey(context, keys, item.text, why);
    if (!key) {
      tally.Unknown(why, "compare the two public keys on the node, as root");
    } else if (*key == *tls) {
      tally.Bad(EvidenceOf(keys, item),
                fmt::format("{} is the key of --tls-cert-file", PrintableShort(item.text, 150)));
    } else {
      tally.Good(EvidenceOf(keys, item));
    }
  }
  return std::move(tally).Done("");
}

constexpr Rule kRules[] = {
    {.id = "apiserver-service-account-lookup",
     .title = "A deleted service account's tokens are refused",
     .row = "4",
     .cis = "1.2.21",
     .severity = Severity::kMedium,
     .target = Target::kApiServer,
     .check = IsValue,
     .setting = "service-account-lookup",
     .wanted = "true",
     .expected = "--service-account-lookup is true (the default)",
     .remedy = "take --service-account-lookup=false away at {where}",
     .why = "Without looking the account up, its tokens go on working after it was deleted.",
     .link = kFlags},
    {.id = "apiserver-service-account-key",
     .title = "Tokens are verified with a key that was given for them",
     .row = "4",
     .cis = "1.2.22",
     .severity = Severity::kMedium,
     .target = Target::kApiServer,
     .check = NamesKeys,
     .setting = "service-account-key-file",
     .expected = "--service-account-key-file names files that are there",
     .remedy = "set --service-account-key-file to the public key, such as "
               "/etc/kubernetes/pki/sa.pub, at {where}",
     .why = "Otherwise the server's TLS key signs tokens, and neither can be changed without the "
            "other.",
     .link = kAdmin},
    {.id = "apiserver-service-account-key-apart",
     .title = "The key for tokens is not the server's TLS key",
     .row = "4",
     .severity = Severity::kMedium,
     .target = Target::kApiServer,
     .check = KeyIsForTokensOnly,
     .setting = "service-account-key-file",
     .expected = "no file of --service-account-key-file holds the key of --tls-cert-file",
     .remedy = "make a key of its own (openssl genrsa), and name it at {where}; "
               "kube-controller-manager signs with it too",
     .why = "Whoever gets the TLS key then makes tokens for every service account.",
     .link = kAdmin},
    {.id = "apiserver-service-account-token-expiration",
     .title = "Tokens in pods are not made to live a year",
     .row = "4",
     .cis = "1.2.30",
     .severity = Severity::kLow,
     .target = Target::kApiServer,
     .check = IsValue,
     .setting = "service-account-extend-token-expiration",
     .wanted = "false",
     .expected = "--service-account-extend-token-expiration is false",
     .remedy = "set --service-account-extend-token-expiration=false at {where}, once no client "
               "relies on old tokens",
     .why = "By default a token in a pod is good for a year instead of an hour, and so is a stolen "
            "one.",
     .link = kAdmin},
    {.id = "apiserver-service-account-max-expiration",
     .title = "There is a longest life for the tokens that people ask for",
     .row = "4",
     .severity = Severity::kLow,
     .target = Target::kApiServer,
     .check = TokensEnd,
     .setting = "service-account-max-token-expiration",
     .expected = "more than 0, such as 24h",
     .remedy = "set --service-account-max-token-expiration=24h at {where}",
     .why = "Whoever may create tokens may otherwise create one that never ends in practice.",
     .link = kFlags},
    {.id = "apiserver-service-account-issuer",
     .title = "Tokens name an https:// issuer",
     .row = "4",
     .severity = Severity::kLow,
     .target = Target::kApiServer,
     .check = IssuerIsHttps,
     .setting = "service-account-issuer",
     .expected = "every --service-account-issuer begins with https://",
     .remedy = "set --service-account-issuer=https://kubernetes.default.svc.cluster.local first, "
               "and keep the old one second, at {where}",
     .why = "Others can only verify such a token by OIDC discovery, which needs https.",
     .link = "https://kubernetes.io/docs/tasks/configure-pod-container/configure-service-account/"},
};

}  // namespace

std::span<const Rule> ServiceAccountRules() { return kRules; }

}  // namespace seawall::rules
