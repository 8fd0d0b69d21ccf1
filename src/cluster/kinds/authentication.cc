#include "cluster/kinds/authentication.h"

#include <fmt/format.h>

#include <set>

#include "base/text.h"
#include "cluster/kinds/claims.h"
#include "cluster/kinds/decode.h"
#include "cluster/kinds/url.h"
#include "x509/certificate.h"

namespace seawall::cluster::kinds {
namespace {

constexpr Field kPathFields[] = {{"path", FieldType::kString}};
constexpr Shape kPath{kPathFields};
constexpr Field kAnonymousFields[] = {{"enabled", FieldType::kBool},
                                      {"conditions", FieldType::kObject, true, &kPath}};
constexpr Shape kAnonymous{kAnonymousFields};
constexpr Field kIssuerFields[] = {{"url", FieldType::kString},
                                   {"discoveryURL", FieldType::kString, false, nullptr, 30},
                                   {"certificateAuthority", FieldType::kString},
                                   {"audiences", FieldType::kString, true},
                                   {"audienceMatchPolicy", FieldType::kString, false, nullptr, 30},
                                   {"egressSelectorType", FieldType::kString, false, nullptr, 34}};
constexpr Shape kIssuer{kIssuerFields};
constexpr Field kClaimRuleFields[] = {{"claim", FieldType::kString},
                                      {"requiredValue", FieldType::kString},
                                      {"expression", FieldType::kString},
                                      {"message", FieldType::kString}};
constexpr Shape kClaimRule{kClaimRuleFields};
constexpr Field kPrefixedFields[] = {{"claim", FieldType::kString},
                                     {"prefix", FieldType::kString},
                                     {"expression", FieldType::kString}};
constexpr Shape kPrefixed{kPrefixedFields};
constexpr Field kUidFields[] = {{"claim", FieldType::kString}, {"expression", FieldType::kString}};
constexpr Shape kUid{kUidFields};
constexpr Field kExtraFields[] = {{"key", FieldType::kString},
                                  {"valueExpression", FieldType::kString}};
constexpr Shape kExtra{kExtraFields};
constexpr Field kMappingsFields[] = {{"username", FieldType::kObject, false, &kPrefixed},
                                     {"groups", FieldType::kObject, false, &kPrefixed},
                                     {"uid", FieldType::kObject, false, &kUid},
                                     {"extra", FieldType::kObject, true, &kExtra}};
constexpr Shape kMappings{kMappingsFields};
constexpr Field kUserRuleFields[] = {{"expression", FieldType::kString},
                                     {"message", FieldType::kString}};
constexpr Shape kUserRule{kUserRuleFields};
constexpr Field kJwtFields[] = {{"issuer", FieldType::kObject, false, &kIssuer},
                                {"claimValidationRules", FieldType::kObject, true, &kClaimRule},
                                {"claimMappings", FieldType::kObject, false, &kMappings},
                                {"userValidationRules", FieldType::kObject, true, &kUserRule}};
constexpr Shape kJwt{kJwtFields};
constexpr Field kRootFields[] = {{"jwt", FieldType::kObject, true, &kJwt},
                                 {"anonymous", FieldType::kObject, false, &kAnonymous, 31}};
constexpr Shape kRoot{kRootFields};

constexpr KnownVersion kVersions[] = {{"apiserver.config.k8s.io/v1alpha1", 29},
                                      {"apiserver.config.k8s.io/v1beta1", 30},
                                      {"apiserver.config.k8s.io/v1", 34}};
constexpr size_t kMostAuthenticators = 64;

ClaimMapping ReadMapping(const yaml::Value& mappings, const char* key) {
  const yaml::Value value = mappings[key];
  ClaimMapping m;
  m.place = value.exists() ? value.place() : mappings.exists() ? mappings.place() : Place{};
  m.claim = Text(value, "claim");
  m.prefix = Text(value, "prefix");
  m.expression = Text(value, "expression");
  return m;
}

JwtAuthenticator ReadJwt(const yaml::Value& value) {
  JwtAuthenticator jwt;
  jwt.place = value.place();
  const yaml::Value issuer = value["issuer"];
  jwt.url = Text(issuer, "url");
  jwt.discovery_url = Text(issuer, "discoveryURL");
  const Placed<std::string> ca = Text(issuer, "certificateAuthority");
  jwt.certificate_authority = {!ca->empty(), ca.place, ca.written};
  jwt.audiences = Texts(issuer, "audiences");
  jwt.audience_match_policy = Text(issuer, "audienceMatchPolicy");
  jwt.egress_selector = Text(issuer, "egressSelectorType");
  for (const yaml::Value& rule : value["claimValidationRules"].Items()) {
    jwt.claim_rules.push_back({Text(rule, "claim"), Text(rule, "requiredValue"),
                               Text(rule, "expression"), Text(rule, "message"), rule.place()});
  }
  const yaml::Value mappings = value["claimMappings"];
  jwt.username = ReadMapping(mappings, "username");
  jwt.groups = ReadMapping(mappings, "groups");
  jwt.uid = ReadMapping(mappings, "uid");
  for (const yaml::Value& extra : mappings["extra"].Items()) {
    jwt.extra.push_back({Text(extra, "key"), Text(extra, "valueExpression")});
  }
  for (const yaml::Value& rule : value["userValidationRules"].Items()) {
    jwt.user_rules.push_back({Text(rule, "expression"), Text(rule, "message"), rule.place()});
  }
  return jwt;
}

void CheckUrl(Decoder& d, const std::string& path, const Placed<std::string>& url) {
  const Url parts = SplitUrl(*url);
  const auto refuse = [&](const char* why) { d.Refuse(path, path + " " + why, url.place); };
  if (!parts.valid) return refuse("is no URL");
  if (parts.scheme != "https") refuse("must begin with https://");
  if (parts.has_user) refuse("must not contain a username or password");
  if (!parts.query.empty()) refuse("must not contain a query");
  if (!parts.fragment.empty()) refuse("must not contain a fragment");
}

void CheckAudiences(Decoder& d, const std::string& path, const JwtAuthenticator& jwt) {
  const std::string list = FieldPath(path, "audiences");
  if (jwt.audiences.empty()) {
    d.Refuse(list, list + ": at least one is required", jwt.url.place);
    return;
  }
  std::set<std::string_view> seen;
  for (size_t i = 0; i < jwt.audiences.size(); ++i) {
    const auto& audience = jwt.audiences[i];
    if (audience->empty()) d.Refuse(At(list, i), At(list, i) + " is empty", audience.place);
    if (!seen.insert(audience.value).second) {
      d.Refuse(At(list, i), At(list, i) + " stands there twice", audience.place);
    }
  }
  const std::string policy = FieldPath(path, "audienceMatchPolicy");
  const bool any = jwt.audience_match_policy.value == "MatchAny";
  if (jwt.audiences.size() > 1 && !any && d.AtLeast(30)) {
    d.Refuse(policy, policy + " must be MatchAny for more than one audience",
             jwt.audience_match_policy.place);
  }
  if (jwt.audiences.size() == 1 && !any && !jwt.audience_match_policy->empty()) {
    d.Refuse(policy, policy + " must be MatchAny or empty", jwt.audience_match_policy.place);
  }
}

void CheckIssuer(Decoder& d, const std::string& path, const JwtAuthenticator& jwt,
                 std::string_view certificate_authority) {
  const std::string url = FieldPath(path, "url");
  if (jwt.url->empty()) {
    d.Refuse(url, url + " is required", jwt.url.place);
  } else {
    CheckUrl(d, url, jwt.url);
  }
  if (!jwt.discovery_url->empty()) {
    const std::string discovery = FieldPath(path, "discoveryURL");
    std::string_view a = *jwt.url;
    std::string_view b = *jwt.discovery_url;
    while (a.ends_with('/')) a.remove_suffix(1);
    while (b.ends_with('/')) b.remove_suffix(1);
    if (!jwt.url->empty() && a == b) {
      d.Refuse(discovery, discovery + " must be different from url", jwt.discovery_url.place);
    }
    CheckUrl(d, discovery, jwt.discovery_url);
  }
  CheckAudiences(d, path, jwt);
  if (!certificate_authority.empty() && !x509::ReadCertificates(certificate_authority, "")) {
    const std::string ca = FieldPath(path, "certificateAuthority");
    d.Refuse(ca, ca + " holds no certificate", jwt.certificate_authority.place);
  }
  const std::string& selector = *jwt.egress_selector;
  if (!selector.empty() && selector != "controlplane" && selector != "cluster") {
    const std::string egress = FieldPath(path, "egressSelectorType");
    d.Refuse(egress, egress + " must be controlplane or cluster", jwt.egress_selector.place);
  }
}

void CheckIssuersDiffer(Decoder& d, const AuthenticationConfiguration& view) {
  std::set<std::string_view> issuers;
  std::set<std::string_view> discoveries;
  for (size_t i = 0; i < view.jwt.size(); ++i) {
    const JwtAuthenticator& jwt = view.jwt[i];
    const std::string path = FieldPath(At("jwt", i), "issuer");
    if (!issuers.insert(jwt.url.value).second) {
      d.Refuse(path + ".url", path + ".url is that of another authenticator too", jwt.url.place);
    }
    if (!jwt.discovery_url->empty() && !discoveries.insert(jwt.discovery_url.value).second) {
      d.Refuse(path + ".discoveryURL", path + ".discoveryURL is that of another authenticator too",
               jwt.discovery_url.place);
    }
  }
}

void ReadAnonymous(Decoder& d, const yaml::Value& value, AuthenticationConfiguration& view) {
  if (!value.is_mapping()) return;
  auto& anonymous = view.anonymous;
  anonymous.written = true;
  anonymous.place = value.place();
  anonymous.enabled = Flag(value, "enabled", false);
  for (const yaml::Value& condition : value["conditions"].Items()) {
    anonymous.paths.push_back(Text(condition, "path"));
  }
  if (!anonymous.enabled.value && !anonymous.paths.empty()) {
    d.Refuse("anonymous.conditions", "anonymous.conditions need anonymous.enabled to be true",
             value["conditions"].place());
  }
}

}  // namespace

Result<AuthenticationConfiguration> ReadAuthentication(const yaml::Stream& stream,
                                                       const Reader& reader) {
  AuthenticationConfiguration view;
  Decoder d(view, reader, Strictness::kStrict);
  const yaml::Value root = stream.root();
  if (auto header = d.Header(root, "AuthenticationConfiguration", kVersions); !header) {
    return std::unexpected(std::move(header.error()));
  }
  d.Duplicates(root);
  d.Check(root, kRoot);
  const std::vector<yaml::Value> authenticators = root["jwt"].Items();
  const size_t most = reader.version && reader.version->minor < 30 ? 1 : kMostAuthenticators;
  if (authenticators.size() > most) {
    d.Refuse("jwt", fmt::format("jwt has more than {} entries", most), root["jwt"].place());
  }
  for (size_t i = 0; i < authenticators.size() && i < kMostAuthenticators; ++i) {
    view.jwt.push_back(ReadJwt(authenticators[i]));
    const std::string path = At("jwt", i);
    CheckIssuer(d, FieldPath(path, "issuer"), view.jwt.back(),
                authenticators[i]["issuer"]["certificateAuthority"].text());
    CheckClaims(d, path, view.jwt.back());
  }
  CheckIssuersDiffer(d, view);
  ReadAnonymous(d, root["anonymous"], view);
  return view;
}

}  // namespace seawall::cluster::kinds
