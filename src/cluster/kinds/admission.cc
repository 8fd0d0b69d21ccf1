#include "cluster/kinds/admission.h"

#include <fmt/format.h>

#include <set>

#include "base/text.h"
#include "cluster/kinds/decode.h"

namespace seawall::cluster::kinds {
namespace {

constexpr Field kPluginFields[] = {
    {"name", FieldType::kString}, {"path", FieldType::kString}, {"configuration", FieldType::kAny}};
constexpr Shape kPlugin{kPluginFields};
constexpr Field kRootFields[] = {{"plugins", FieldType::kObject, true, &kPlugin}};
constexpr Shape kRoot{kRootFields};
constexpr KnownVersion kVersions[] = {{"apiserver.config.k8s.io/v1", 17},
                                      {"apiserver.k8s.io/v1alpha1", 7}};

constexpr Field kDefaultsFields[] = {
    {"enforce", FieldType::kString}, {"enforce-version", FieldType::kString},
    {"audit", FieldType::kString},   {"audit-version", FieldType::kString},
    {"warn", FieldType::kString},    {"warn-version", FieldType::kString}};
constexpr Shape kDefaults{kDefaultsFields};
constexpr Field kExemptionFields[] = {{"usernames", FieldType::kString, true},
                                      {"namespaces", FieldType::kString, true},
                                      {"runtimeClasses", FieldType::kString, true}};
constexpr Shape kExemptions{kExemptionFields};
constexpr Field kPodSecurityFields[] = {{"defaults", FieldType::kObject, false, &kDefaults},
                                        {"exemptions", FieldType::kObject, false, &kExemptions}};
constexpr Shape kPodSecurity{kPodSecurityFields};
constexpr KnownVersion kPodSecurityVersions[] = {
    {"pod-security.admission.config.k8s.io/v1alpha1", 22},
    {"pod-security.admission.config.k8s.io/v1beta1", 23},
    {"pod-security.admission.config.k8s.io/v1", 25}};

constexpr Field kLimitFields[] = {{"type", FieldType::kString},
                                  {"qps", FieldType::kInt32},
                                  {"burst", FieldType::kInt32},
                                  {"cacheSize", FieldType::kInt32}};
constexpr Shape kLimit{kLimitFields};
constexpr Field kLimitsFields[] = {{"limits", FieldType::kObject, true, &kLimit}};
constexpr Shape kLimits{kLimitsFields};
constexpr KnownVersion kLimitVersions[] = {{"eventratelimit.admission.k8s.io/v1alpha1", 13}};

/// A level or a version of Pod Security; an empty one is defaulted.
Placed<std::string> Defaulted(const yaml::Value& parent, const char* key, const char* otherwise) {
  Placed<std::string> value = Text(parent, key, otherwise);
  if (value->empty()) value.value = otherwise;
  return value;
}

void CheckLevel(Decoder& d, const char* path, const Placed<std::string>& level) {
  if (*level == "privileged" || *level == "baseline" || *level == "restricted") return;
  d.Refuse(path, fmt::format("{} must be privileged, baseline or restricted", path), level.place);
}

void CheckVersion(Decoder& d, const char* path, const Placed<std::string>& version) {
  if (*version == "latest") return;
  std::string_view rest = *version;
  bool good = rest.starts_with("v1.") && rest.size() > 3 && rest.size() < 8;
  if (good) rest.remove_prefix(3);
  for (const char c : rest) good = good && c >= '0' && c <= '9';
  if (rest.size() > 1 && rest.front() == '0') good = false;
  if (!good) d.Refuse(path, fmt::format("{} must be latest or v1.x", path), version.place);
}

void CheckExempted(Decoder& d, const std::string& path,
                   const std::vector<Placed<std::string>>& list, bool (*good)(std::string_view)) {
  std::set<std::string_view> seen;
  for (size_t i = 0; i < list.size(); ++i) {
    const std::string at = At(path, i);
    if (!good(*list[i])) {
      d.Refuse(at, fmt::format("{}: {} is no valid name", at, Quote(*list[i])), list[i].place);
    } else if (!seen.insert(list[i].value).second) {
      d.Refuse(at, fmt::format("{}: {} stands there twice", at, Quote(*list[i])), list[i].place);
    }
  }
}

bool NotEmpty(std::string_view text) { return !text.empty(); }

/// Files from before AdmissionConfiguration that two plugins still read; the API server takes them
/// as they are.
bool IsLegacy(const yaml::Value& root) {
  return !root["kind"].exists() &&
         (root["imagePolicy"].exists() || root["podNodeSelectorPluginConfig"].exists());
}

}  // namespace

const AdmissionPlugin* AdmissionConfiguration::Find(std::string_view name) const {
  for (const AdmissionPlugin& plugin : plugins) {
    if (plugin.name.value == name) return &plugin;
  }
  return nullptr;
}

Result<AdmissionConfiguration> ReadAdmission(const yaml::Stream& stream, const Reader& reader) {
  AdmissionConfiguration view;
  Decoder d(view, reader, Strictness::kStrict);
  const yaml::Value root = stream.root();
  if (IsLegacy(root)) {
    view.place = root.place();
    d.Warn("kind", "a file from before AdmissionConfiguration", root.place(),
           Problem::Kind::kDeprecated);
    return view;
  }
  if (auto header = d.Header(root, "AdmissionConfiguration", kVersions); !header) {
    return std::unexpected(std::move(header.error()));
  }
  d.Duplicates(root);
  d.Check(root, kRoot);
  for (const yaml::Value& item : root["plugins"].Items()) {
    AdmissionPlugin plugin;
    plugin.place = item.place();
    plugin.name = Text(item, "name");
    plugin.path = Text(item, "path");
    if (const yaml::Value inline_one = item["configuration"]; !inline_one.is_null()) {
      plugin.configuration = inline_one;
    }
    view.plugins.push_back(std::move(plugin));
  }
  return view;
}

Result<PodSecurityConfiguration> ReadPodSecurity(const yaml::Value& document,
                                                 const Reader& reader) {
  PodSecurityConfiguration view;
  Decoder d(view, reader, Strictness::kStrict);
  if (auto header = d.Header(document, "PodSecurityConfiguration", kPodSecurityVersions); !header) {
    return std::unexpected(std::move(header.error()));
  }
  d.Duplicates(document);
  d.Check(document, kPodSecurity);
  const yaml::Value defaults = document["defaults"].exists() ? document["defaults"] : document;
  view.enforce = Defaulted(defaults, "enforce", "privileged");
  view.enforce_version = Defaulted(defaults, "enforce-version", "latest");
  view.audit = Defaulted(defaults, "audit", "privileged");
  view.audit_version = Defaulted(defaults, "audit-version", "latest");
  view.warn = Defaulted(defaults, "warn", "privileged");
  view.warn_version = Defaulted(defaults, "warn-version", "latest");
  CheckLevel(d, "defaults.enforce", view.enforce);
  CheckVersion(d, "defaults.enforce-version", view.enforce_version);
  CheckLevel(d, "defaults.audit", view.audit);
  CheckVersion(d, "defaults.audit-version", view.audit_version);
  CheckLevel(d, "defaults.warn", view.warn);
  CheckVersion(d, "defaults.warn-version", view.warn_version);
  const yaml::Value exemptions = document["exemptions"];
  view.usernames = Texts(exemptions, "usernames");
  view.namespaces = Texts(exemptions, "namespaces");
  view.runtime_classes = Texts(exemptions, "runtimeClasses");
  CheckExempted(d, "exemptions.usernames", view.usernames, NotEmpty);
  CheckExempted(d, "exemptions.namespaces", view.namespaces, IsDnsLabel);
  CheckExempted(d, "exemptions.runtimeClasses", view.runtime_classes, IsDnsSubdomain);
  return view;
}

Result<EventRateLimitConfiguration> ReadEventRateLimit(const yaml::Value& document,
                                                       const Reader& reader) {
  EventRateLimitConfiguration view;
  Decoder d(view, reader, Strictness::kLenient);
  if (auto header = d.Header(document, "Configuration", kLimitVersions); !header) {
    return std::unexpected(std::move(header.error()));
  }
  d.Check(document, kLimits);
  for (const yaml::Value& item : document["limits"].Items()) {
    EventRateLimitConfiguration::Limit limit{Text(item, "type"), Number(item, "qps"),
                                             Number(item, "burst"), Number(item, "cacheSize"),
                                             item.place()};
    const std::string path = At("limits", view.limits.size());
    const std::string& type = *limit.type;
    if (type != "Server" && type != "Namespace" && type != "User" && type != "SourceAndObject") {
      d.Refuse(path + ".type", path + ".type must be Server, Namespace, User or SourceAndObject",
               limit.type.place);
    }
    if (*limit.qps <= 0) d.Refuse(path + ".qps", path + ".qps must be positive", limit.qps.place);
    if (*limit.burst <= 0) {
      d.Refuse(path + ".burst", path + ".burst must be positive", limit.burst.place);
    }
    if (type != "Server" && *limit.cache_size < 0) {
      d.Refuse(path + ".cacheSize", path + ".cacheSize must not be negative",
               limit.cache_size.place);
    }
    view.limits.push_back(std::move(limit));
  }
  if (view.limits.empty()) d.Refuse("limits", "at least one limit is required", document.place());
  return view;
}

}  // namespace seawall::cluster::kinds
