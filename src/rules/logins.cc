// Recipe row 4, third-party authentication: an OIDC provider by flags or by
// AuthenticationConfiguration, or a webhook; and whether its names can be mistaken for Kubernetes'
// own, and one stolen password is enough.
#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "cluster/kinds/load.h"
#include "cluster/values.h"
#include "rules/addresses.h"
#include "rules/checks.h"
#include "rules/control_plane_rules.h"

namespace seawall::rules {
namespace {

using cluster::Component;
using cluster::Item;
using cluster::Setting;
using cluster::SettingState;
namespace kinds = cluster::kinds;

constexpr const char* kOidc =
    "https://kubernetes.io/docs/reference/access-authn-authz/authentication/#openid-connect-tokens";
constexpr const char* kStructured =
    "https://kubernetes.io/docs/reference/access-authn-authz/authentication/"
    "#using-authentication-configuration";
constexpr const char* kWebhook =
    "https://kubernetes.io/docs/reference/access-authn-authz/authentication/"
    "#webhook-token-authentication";

/// What lets people in from outside: the file's authenticators, or the flags' one, or a webhook.
struct Logins {
  kinds::Loaded<kinds::AuthenticationConfiguration> file;
  bool by_file = false;
  Setting issuer, webhook;
  std::optional<Outcome> end;

  bool Any() const { return by_file ? !file->jwt.empty() : !issuer.text.empty(); }
};

Logins Find(const Context& context) {
  const Component& component = *context.component;
  Logins logins;
  logins.file = *Kept(context, "authentication", kinds::LoadAuthentication);
  logins.issuer = component.Get("oidc-issuer-url");
  logins.webhook = component.Get("authentication-token-webhook-config-file");
  // The two exclude each other: where --oidc-issuer-url is written, a server that starts has no
  // file.
  const bool by_flags = logins.issuer.written() && !logins.issuer.text.empty();
  const bool no_file = by_flags || logins.file.state == kinds::LoadState::kNotSet;
  if (!no_file) logins.end = EndOf(context, logins.file, Verdict::kUnknown);
  logins.by_file = !no_file && !logins.end;
  for (const Setting* setting : {&logins.issuer, &logins.webhook}) {
    if (setting->state == SettingState::kUnknown && !logins.end)
      logins.end = UnknownSetting(component, *setting);
  }
  return logins;
}

Outcome Guarded(const Context& context, const Logins& logins, Outcome outcome) {
  return logins.by_file ? Trusted(context, logins.file, std::move(outcome)) : outcome;
}

constexpr const char* kNone = "no third party lets people in";

Outcome HasThirdParty(const Rule&, const Context& context) {
  const Logins logins = Find(context);
  if (logins.end) return *logins.end;
  std::vector<Evidence> evidence;
  std::vector<std::string> words;
  if (logins.by_file) {
    for (const kinds::JwtAuthenticator& jwt : logins.file->jwt) {
      evidence.push_back(EvidenceIn("jwt.issuer.url", jwt.url.value, jwt.url.place));
      words.push_back(PrintableShort(jwt.url.value, 150));
    }
  } else if (!logins.issuer.text.empty()) {
    evidence.push_back(EvidenceOf(logins.issuer));
    words.push_back(PrintableShort(logins.issuer.text, 150));
  }
  if (!logins.webhook.text.empty()) {
    evidence.push_back(EvidenceOf(logins.webhook));
    words.push_back("the webhook of --authentication-token-webhook-config-file");
  }
  if (evidence.empty()) {
    return Fails(
        "neither --oidc-issuer-url, nor an authenticator in the file of --authentication-config, "
        "nor an "
        "authentication webhook is there");
  }
  return Guarded(context, logins,
                 Pass("people are let in by " + Join(words, ", "), std::move(evidence)));
}

Outcome IssuersAreHttps(const Rule&, const Context& context) {
  const Logins logins = Find(context);
  if (logins.end) return *logins.end;
  if (!logins.Any()) return NotApplicable(kNone);
  Tally tally;
  const auto judge = [&](Evidence evidence) {
    if (SplitUrl(evidence.value).scheme == "https") {
      tally.Good(std::move(evidence));
    } else {
      std::string what =
          fmt::format("the issuer {} is no https:// URL", PrintableShort(evidence.value, 150));
      tally.Bad(std::move(evidence), std::move(what));
    }
  };
  if (!logins.by_file) judge(EvidenceOf(logins.issuer));
  for (size_t i = 0; logins.by_file && i < logins.file->jwt.size(); ++i) {
    const kinds::JwtAuthenticator& jwt = logins.file->jwt[i];
    judge(EvidenceIn("jwt.issuer.url", jwt.url.value, jwt.url.place));
    if (!jwt.discovery_url.value.empty()) {
      judge(
          EvidenceIn("jwt.issuer.discoveryURL", jwt.discovery_url.value, jwt.discovery_url.place));
    }
  }
  return Guarded(context, logins, std::move(tally).Done(kNone));
}

/// A user rule that speaks of the names that Kubernetes keeps for itself.
bool RefusesSystemNames(const kinds::JwtAuthenticator& jwt, std::string_view field) {
  return std::ranges::any_of(jwt.user_rules, [&](const kinds::UserRule& rule) {
    return rule.expression->find("system:") != std::string::npos &&
           rule.expression->find(field) != std::string::npos;
  });
}

/// Whether an expression puts a literal before what it takes from the token: 'oidc:' + claims.sub.
bool PutsLiteralBefore(std::string_view expression) {
  for (size_t at = 0; at < expression.size(); ++at) {
    const char quote = expression[at];
    if (quote != '\'' && quote != '"') continue;
    const size_t end = expression.find(quote, at + 1);
    if (end == std::string_view::npos) return false;
    std::string_view rest = TrimLeft(expression.substr(end + 1));
    if (end > at + 1 && rest.starts_with('+')) return true;
    at = end;
  }
  return false;
}

void JudgeMapping(const kinds::JwtAuthenticator& jwt, const kinds::ClaimMapping& mapping,
                  const char* name, Tally& tally) {
  const std::string setting = std::string("jwt.claimMappings.") + name;
  const std::string field = std::string(name) == "groups" ? "user.groups" : "user.username";
  if (!mapping.claim.written && !mapping.expression.written) return;
  if (RefusesSystemNames(jwt, field)) {
    tally.Good(EvidenceIn(setting, "a user rule refuses system: names", mapping.place));
  } else if (mapping.expression.written && !mapping.expression.value.empty()) {
    const Evidence evidence =
        EvidenceIn(setting + ".expression", mapping.expression.value, mapping.expression.place);
    if (PutsLiteralBefore(mapping.expression.value)) {
      tally.Good(evidence);
    } else {
      tally.Unknown(
          fmt::format("whether the expression of {} can give a system: name is not known", setting),
          "add a user rule that refuses names beginning with system:");
    }
  } else if (mapping.prefix.value.empty()) {
    tally.Bad(EvidenceIn(setting + ".prefix", "",
                         mapping.prefix.written ? mapping.prefix.place : mapping.place),
              fmt::format("{} have no prefix, and no user rule refuses system: names", setting));
  } else {
    tally.Good(EvidenceIn(setting + ".prefix", mapping.prefix.value, mapping.prefix.place));
  }
}

/// --oidc-username-prefix: unset, the issuer stands before every name but e-mail addresses; "-" is
/// no prefix.
Outcome UsernamePrefixOfFlags(const Component& component) {
  const Setting prefix = component.Get("oidc-username-prefix");
  if (prefix.state == SettingState::kUnknown) return UnknownSetting(component, prefix);
  if (prefix.text == "-")
    return Fails("--oidc-username-prefix is -: names have no prefix", {EvidenceOf(prefix)});
  if (!prefix.text.empty()) return Pass(Says(component, prefix), {EvidenceOf(prefix)});
  const Setting claim = component.Get("oidc-username-claim");
  if (claim.state == SettingState::kUnknown) return UnknownSetting(component, claim);
  if (claim.text == "email") {
    return Pass(
        "names are e-mail addresses that the provider verified, and none of Kubernetes' own names "
        "is one",
        {EvidenceOf(claim)});
  }
  return Pass("the issuer's URL stands before every name (the default)", {EvidenceOf(prefix)});
}

Outcome UsernamesHavePrefix(const Rule&, const Context& context) {
  const Logins logins = Find(context);
  if (logins.end) return *logins.end;
  if (!logins.Any()) return NotApplicable(kNone);
  if (!logins.by_file) return UsernamePrefixOfFlags(*context.component);
  Tally tally;
  for (const auto& jwt : logins.file->jwt) JudgeMapping(jwt, jwt.username, "username", tally);
  return Guarded(context, logins, std::move(tally).Done(kNone));
}

Outcome GroupsHavePrefix(const Rule&, const Context& context) {
  const Logins logins = Find(context);
  if (logins.end) return *logins.end;
  if (!logins.Any()) return NotApplicable(kNone);
  constexpr const char* kNoGroups = "no groups are taken from tokens";
  Tally tally;
  if (logins.by_file) {
    for (const auto& jwt : logins.file->jwt) JudgeMapping(jwt, jwt.groups, "groups", tally);
    return Guarded(context, logins, std::move(tally).Done(kNoGroups));
  }
  const Setting claim = context.component->Get("oidc-groups-claim");
  const Setting prefix = context.component->Get("oidc-groups-prefix");
  for (const Setting* setting : {&claim, &prefix}) {
    if (setting->state == SettingState::kUnknown)
      return UnknownSetting(*context.component, *setting);
  }
  if (claim.text.empty()) return NotApplicable(kNoGroups);
  if (!prefix.text.empty()) return Pass(Says(*context.component, prefix), {EvidenceOf(prefix)});
  return Fails(Says(*context.component, prefix), {EvidenceOf(prefix)});
}

/// The claims by which a provider says how somebody proved who he is.
bool DemandsSecondFactor(const kinds::JwtAuthenticator& jwt) {
  return jwt.DemandsClaim("amr") || jwt.DemandsClaim("acr");
}

Outcome SecondFactor(const Rule&, const Context& context) {
  const Logins logins = Find(context);
  if (logins.end) return *logins.end;
  constexpr const char* kHow =
      "look whether the provider demands a second factor of everybody, or demand it here with a "
      "rule about amr or acr";
  if (!logins.Any()) {
    if (logins.webhook.text.empty()) return NotApplicable(kNone);
    return Unknown("whether the webhook demands a second factor cannot be seen on the node", kHow,
                   {EvidenceOf(logins.webhook)});
  }
  Tally tally;
  if (logins.by_file) {
    for (const kinds::JwtAuthenticator& jwt : logins.file->jwt) {
      const std::string issuer = PrintableShort(jwt.url.value, 150);
      if (DemandsSecondFactor(jwt)) {
        tally.Good(EvidenceIn("jwt.claimValidationRules", "amr or acr is demanded of " + issuer,
                              jwt.place));
      } else {
        tally.Unknown(
            fmt::format("{} may let people in with a password alone: no rule speaks of amr or acr",
                        issuer),
            kHow);
      }
    }
    return Guarded(context, logins, std::move(tally).Done(kNone));
  }
  const Setting claims = context.component->Get("oidc-required-claim");
  if (claims.state == SettingState::kUnknown) return UnknownSetting(*context.component, claims);
  for (const Item& item : claims.items) {
    if (item.text.starts_with("amr=") || item.text.starts_with("acr=")) {
      return Pass(fmt::format("--oidc-required-claim demands {}", item.text),
                  {EvidenceOf(claims, item)});
    }
  }
  return Unknown(fmt::format("{} may let people in with a password alone: no --oidc-required-claim "
                             "speaks of amr or acr",
                             PrintableShort(logins.issuer.text, 150)),
                 kHow, {EvidenceOf(logins.issuer)});
}

void JudgeName(Evidence evidence, Tally& tally) {
  if (evidence.value == "sub" || evidence.value.find("claims.sub") != std::string::npos) {
    tally.Good(std::move(evidence));
    return;
  }
  for (const char* mutable_claim :
       {"email", "preferred_username", "name", "login", "nickname", "upn"}) {
    if (evidence.value != mutable_claim &&
        evidence.value.find(std::string("claims.") + mutable_claim) == std::string::npos)
      continue;
    std::string what = fmt::format("names are taken from {}, which people or administrators change",
                                   mutable_claim);
    tally.Bad(std::move(evidence), std::move(what));
    return;
  }
  tally.Unknown(fmt::format("whether {} ever passes to somebody else is not known",
                            PrintableShort(evidence.value, 100)),
                "ask the provider's documentation");
}

Outcome NamesDoNotChange(const Rule&, const Context& context) {
  const Logins logins = Find(context);
  if (logins.end) return *logins.end;
  if (!logins.Any()) return NotApplicable(kNone);
  Tally tally;
  if (logins.by_file) {
    for (const kinds::JwtAuthenticator& jwt : logins.file->jwt) {
      const auto& from =
          jwt.username.expression.value.empty() ? jwt.username.claim : jwt.username.expression;
      JudgeName(EvidenceIn("jwt.claimMappings.username", from.value, from.place), tally);
    }
    return Guarded(context, logins, std::move(tally).Done(kNone));
  }
  const Setting claim = context.component->Get("oidc-username-claim");
  if (claim.state == SettingState::kUnknown) return UnknownSetting(*context.component, claim);
  JudgeName(EvidenceOf(claim), tally);
  return std::move(tally).Done(kNone);
}

Outcome WebhookCacheIsShort(const Rule& rule, const Context& context) {
  const Component& component = *context.component;
  const Setting webhook = component.Get("authentication-token-webhook-config-file");
  const Setting ttl = component.Get(rule.setting);
  for (const Setting* setting : {&webhook, &ttl}) {
    if (setting->state == SettingState::kUnknown) return UnknownSetting(component, *setting);
  }
  if (webhook.text.empty()) return NotApplicable(Says(component, webhook));
  constexpr int64_t kLongest = 10LL * 60 * 1000000000;
  const auto time = cluster::ParseDuration(ttl.text);
  return time && *time <= kLongest ? Pass(Says(component, ttl), {EvidenceOf(ttl)})
                                   : Fails(Says(component, ttl), {EvidenceOf(ttl)});
}

constexpr Rule kRules[] = {
    {.id = "third-party-authentication",
     .title = "People log in through a third party",
     .row = "4",
     .severity = Severity::kMedium,
     .target = Target::kApiServer,
     .check = HasThirdParty,
     .setting = "authentication-config",
     .expected = "--authentication-config with an authenticator, --oidc-issuer-url, or an "
                 "authentication webhook",
     .remedy = "set --authentication-config to an AuthenticationConfiguration that names the "
               "provider (Dex connects GitHub and others) at {where}",
     .why = "kube-apiserver manages no users: without a provider people get certificates and "
            "tokens that nobody can take back.",
     .link = kStructured},
    {.id = "login-issuer-https",
     .title = "The provider of logins is asked over https",
     .row = "4",
     .severity = Severity::kCritical,
     .target = Target::kApiServer,
     .check = IssuersAreHttps,
     .setting = "oidc-issuer-url",
     .expected = "issuer and discovery URLs begin with https://",
     .remedy = "write https:// at {where}",
     .why = "Whoever can change the provider's keys on the way signs tokens for every user.",
     .link = kOidc},
    {.id = "login-username-prefix",
     .title = "No login can take one of Kubernetes' own names",
     .row = "4",
     .severity = Severity::kHigh,
     .target = Target::kApiServer,
     .check = UsernamesHavePrefix,
     .setting = "oidc-username-prefix",
     .expected = "a prefix, or a user rule that refuses names with system:",
     .remedy = "write a prefix, such as oidc:, at {where}",
     .why = "A provider that lets people choose their names lets them be "
            "system:kube-controller-manager.",
     .link = kOidc},
    {.id = "login-groups-prefix",
     .title = "No login can bring one of Kubernetes' own groups",
     .row = "4",
     .severity = Severity::kCritical,
     .target = Target::kApiServer,
     .check = GroupsHavePrefix,
     .setting = "oidc-groups-prefix",
     .expected = "a prefix, or a user rule that refuses groups with system:",
     .remedy = "write a prefix, such as oidc:, at {where}",
     .why =
         "A group system:masters at the provider is an administrator here, past every authorizer.",
     .link = kOidc},
    {.id = "login-second-factor",
     .title = "A login demands a second factor",
     .row = "4",
     .severity = Severity::kMedium,
     .target = Target::kApiServer,
     .manual = true,
     .check = SecondFactor,
     .setting = "oidc-required-claim",
     .expected = "a claim rule demands amr or acr",
     .remedy = "add a claim validation rule such as \"'mfa' in claims.amr\" to each authenticator "
               "at {where}",
     .why = "With a password alone one phishing mail is enough to come in.",
     .link = kStructured},
    {.id = "login-names-do-not-change",
     .title = "The name that rights are bound to never passes to somebody else",
     .row = "4",
     .severity = Severity::kLow,
     .target = Target::kApiServer,
     .check = NamesDoNotChange,
     .setting = "oidc-username-claim",
     .expected = "sub",
     .remedy = "take the name from the claim sub at {where}, and move the bindings to it first",
     .why = "An e-mail address or login name that is given to somebody new brings the old owner's "
            "rights.",
     .link = kOidc},
    {.id = "login-webhook-cache",
     .title = "A login that was taken away ends within ten minutes",
     .row = "4",
     .severity = Severity::kLow,
     .target = Target::kApiServer,
     .check = WebhookCacheIsShort,
     .setting = "authentication-token-webhook-cache-ttl",
     .expected = "at most 10m (the default is 2m)",
     .remedy = "set --authentication-token-webhook-cache-ttl=2m0s at {where}",
     .why = "Until the kept answer ends, a revoked token still works.",
     .link = kWebhook},
};

}  // namespace

std::span<const Rule> LoginRules() { return kRules; }

}  // namespace seawall::rules
