#include "cluster/kinds/authorization.h"

#include <fmt/format.h>

#include <set>

#include "base/text.h"
#include "cluster/kinds/decode.h"
#include "cluster/values.h"

namespace seawall::cluster::kinds {
namespace {

constexpr Field kConnectionFields[] = {{"type", FieldType::kString},
                                       {"kubeConfigFile", FieldType::kString}};
constexpr Shape kConnection{kConnectionFields};
constexpr Field kConditionFields[] = {{"expression", FieldType::kString}};
constexpr Shape kCondition{kConditionFields};
constexpr Field kWebhookFields[] = {
    {"authorizedTTL", FieldType::kDuration},
    {"cacheAuthorizedRequests", FieldType::kBool, false, nullptr, 34},
    {"unauthorizedTTL", FieldType::kDuration},
    {"cacheUnauthorizedRequests", FieldType::kBool, false, nullptr, 34},
    {"timeout", FieldType::kDuration},
    {"subjectAccessReviewVersion", FieldType::kString},
    {"matchConditionSubjectAccessReviewVersion", FieldType::kString},
    {"failurePolicy", FieldType::kString},
    {"connectionInfo", FieldType::kObject, false, &kConnection},
    {"matchConditions", FieldType::kObject, true, &kCondition}};
constexpr Shape kWebhook{kWebhookFields};
constexpr Field kAuthorizerFields[] = {{"type", FieldType::kString},
                                       {"name", FieldType::kString},
                                       {"webhook", FieldType::kObject, false, &kWebhook}};
constexpr Shape kAuthorizer{kAuthorizerFields};
constexpr Field kRootFields[] = {{"authorizers", FieldType::kObject, true, &kAuthorizer}};
constexpr Shape kRoot{kRootFields};

constexpr KnownVersion kVersions[] = {{"apiserver.config.k8s.io/v1alpha1", 29},
                                      {"apiserver.config.k8s.io/v1beta1", 30},
                                      {"apiserver.config.k8s.io/v1", 32}};

constexpr std::string_view kTypes[] = {"ABAC", "AlwaysAllow", "AlwaysDeny",
                                       "Node", "RBAC",        "Webhook"};
constexpr size_t kMostConditions = 64;
constexpr int64_t kLongestTimeout = 30'000'000'000;

AuthorizerWebhook ReadWebhook(const yaml::Value& value) {
  AuthorizerWebhook w;
  w.place = value.place();
  w.timeout = Text(value, "timeout");
  w.authorized_ttl = Text(value, "authorizedTTL", "5m");
  w.unauthorized_ttl = Text(value, "unauthorizedTTL", "30s");
  w.cache_authorized = Flag(value, "cacheAuthorizedRequests", true);
  w.cache_unauthorized = Flag(value, "cacheUnauthorizedRequests", true);
  w.review_version = Text(value, "subjectAccessReviewVersion");
  w.match_review_version = Text(value, "matchConditionSubjectAccessReviewVersion");
  w.failure_policy = Text(value, "failurePolicy");
  const yaml::Value connection = value["connectionInfo"];
  w.connection_type = Text(connection, "type");
  w.kubeconfig_file = Text(connection, "kubeConfigFile");
  for (const yaml::Value& condition : value["matchConditions"].Items()) {
    w.match_conditions.push_back(Text(condition, "expression"));
  }
  return w;
}

void OneOf(Decoder& d, const std::string& path, const Placed<std::string>& value,
           std::initializer_list<std::string_view> allowed) {
  if (value->empty()) {
    d.Refuse(path, fmt::format("{} is required", path), value.place);
    return;
  }
  for (const std::string_view word : allowed) {
    if (value.value == word) return;
  }
  d.Refuse(path, fmt::format("{} is {}; it can be {}", path, Quote(*value), Join(allowed, " or ")),
           value.place);
}

void CheckDurations(Decoder& d, const std::string& path, const AuthorizerWebhook& w) {
  const auto timeout = ParseDuration(*w.timeout);
  const std::string at = FieldPath(path, "timeout");
  if (!w.timeout.written || timeout == 0) {
    d.Refuse(at, at + " is required", w.timeout.place);
  } else if (timeout && (*timeout < 0 || *timeout > kLongestTimeout)) {
    d.Refuse(at, at + " must be more than 0s and at most 30s", w.timeout.place);
  }
  const auto positive = [&](const char* name, const Placed<std::string>& ttl) {
    const auto value = ParseDuration(*ttl);
    if (value && *value < 0) {
      d.Refuse(FieldPath(path, name), FieldPath(path, name) + " must be more than 0s", ttl.place);
    }
  };
  positive("authorizedTTL", w.authorized_ttl);
  positive("unauthorizedTTL", w.unauthorized_ttl);
}

void CheckConditions(Decoder& d, const std::string& path, const AuthorizerWebhook& w) {
  const std::string list = FieldPath(path, "matchConditions");
  if (w.match_conditions.size() > kMostConditions) {
    d.Refuse(list, list + " has more than 64 entries", w.place);
    return;
  }
  std::set<std::string_view> seen;
  for (size_t i = 0; i < w.match_conditions.size(); ++i) {
    const auto& c = w.match_conditions[i];
    const std::string at = FieldPath(At(list, i), "expression");
    if (Trim(*c).empty()) {
      d.Refuse(at, at + " is required", c.place);
    } else if (!seen.insert(c.value).second) {
      d.Refuse(at, at + " stands there twice", c.place);
    }
  }
}

void CheckWebhook(Decoder& d, const std::string& path, const AuthorizerWebhook& w) {
  CheckDurations(d, path, w);
  OneOf(d, FieldPath(path, "subjectAccessReviewVersion"), w.review_version, {"v1", "v1beta1"});
  if (!w.match_review_version->empty() || !w.match_conditions.empty()) {
    OneOf(d, FieldPath(path, "matchConditionSubjectAccessReviewVersion"), w.match_review_version,
          {"v1"});
  }
  OneOf(d, FieldPath(path, "failurePolicy"), w.failure_policy, {"NoOpinion", "Deny"});
  const std::string type = FieldPath(path, "connectionInfo.type");
  OneOf(d, type, w.connection_type, {"InClusterConfig", "KubeConfigFile"});
  const std::string file = FieldPath(path, "connectionInfo.kubeConfigFile");
  if (w.connection_type.value == "InClusterConfig" && w.kubeconfig_file.written) {
    d.Refuse(file, file + " is only for type KubeConfigFile", w.kubeconfig_file.place);
  }
  if (w.connection_type.value == "KubeConfigFile") {
    if (w.kubeconfig_file->empty()) {
      d.Refuse(file, file + " is required", w.kubeconfig_file.place);
    } else if (w.kubeconfig_file->front() != '/') {
      d.Refuse(file, file + " must be an absolute path", w.kubeconfig_file.place);
    }
  }
  CheckConditions(d, path, w);
}

struct Seen {
  std::set<std::string_view> types, names;
};

/// Upstream's rules for type and name of one authorizer, in upstream's order.
void CheckAuthorizer(Decoder& d, const std::string& path, const Authorizer& a, Seen& seen) {
  const std::string type = FieldPath(path, "type");
  OneOf(d, type, a.type, {"ABAC", "AlwaysAllow", "AlwaysDeny", "Node", "RBAC", "Webhook"});
  bool known = false;
  for (const std::string_view t : kTypes) known = known || t == a.type.value;
  if (!known) return;
  const bool webhook = a.type.value == "Webhook";
  if (!seen.types.insert(a.type.value).second && !webhook) {
    d.Refuse(type, fmt::format("{}: {} stands there twice", type, *a.type), a.type.place);
    return;
  }
  const std::string name = FieldPath(path, "name");
  if (a.name->empty()) {
    d.Refuse(name, name + " is required", a.name.place);
  } else if (!seen.names.insert(a.name.value).second) {
    d.Refuse(name, fmt::format("{}: {} stands there twice", name, Quote(*a.name)), a.name.place);
  } else if (!IsDnsSubdomain(*a.name)) {
    d.Refuse(name, fmt::format("{}: {} is no DNS name", name, Quote(*a.name)), a.name.place);
  } else if (!webhook && a.name.value != Lower(*a.type)) {
    d.Refuse(name, fmt::format("{} of {} must be {}", name, *a.type, Lower(*a.type)), a.name.place);
  }
  const std::string hook = FieldPath(path, "webhook");
  if (webhook && !a.webhook) d.Refuse(hook, hook + " is required for type Webhook", a.place);
  if (!webhook && a.webhook) d.Refuse(hook, hook + " is only for type Webhook", a.webhook->place);
  if (webhook && a.webhook) CheckWebhook(d, hook, *a.webhook);
}

}  // namespace

const Authorizer* AuthorizationConfiguration::Of(std::string_view type) const {
  for (const Authorizer& a : authorizers) {
    if (a.type.value == type) return &a;
  }
  return nullptr;
}

Result<AuthorizationConfiguration> ReadAuthorization(const yaml::Stream& stream,
                                                     const Reader& reader) {
  AuthorizationConfiguration view;
  Decoder d(view, reader, Strictness::kStrict);
  const yaml::Value root = stream.root();
  if (auto header = d.Header(root, "AuthorizationConfiguration", kVersions); !header) {
    return std::unexpected(std::move(header.error()));
  }
  d.Duplicates(root);
  d.Check(root, kRoot);
  for (const yaml::Value& item : root["authorizers"].Items()) {
    Authorizer a;
    a.place = item.place();
    a.type = Text(item, "type");
    a.name = Text(item, "name");
    if (item["webhook"].is_mapping()) a.webhook = ReadWebhook(item["webhook"]);
    view.authorizers.push_back(std::move(a));
  }
  if (view.authorizers.empty()) {
    d.Refuse("authorizers", "at least one authorizer is required", root.place());
  }
  Seen seen;
  for (size_t i = 0; i < view.authorizers.size(); ++i) {
    CheckAuthorizer(d, At("authorizers", i), view.authorizers[i], seen);
  }
  return view;
}

}  // namespace seawall::cluster::kinds
