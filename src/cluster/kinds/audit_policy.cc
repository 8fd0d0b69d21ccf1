#include "cluster/kinds/audit_policy.h"

#include <fmt/format.h>

#include "cluster/kinds/decode.h"

namespace seawall::cluster::kinds {
namespace {

constexpr Field kResourceFields[] = {{"group", FieldType::kString},
                                     {"resources", FieldType::kString, true},
                                     {"resourceNames", FieldType::kString, true}};
constexpr Shape kResource{kResourceFields};
constexpr Field kRuleFields[] = {{"level", FieldType::kString},
                                 {"users", FieldType::kString, true},
                                 {"userGroups", FieldType::kString, true},
                                 {"verbs", FieldType::kString, true},
                                 {"resources", FieldType::kObject, true, &kResource},
                                 {"namespaces", FieldType::kString, true},
                                 {"nonResourceURLs", FieldType::kString, true},
                                 {"omitStages", FieldType::kString, true},
                                 {"omitManagedFields", FieldType::kBool}};
constexpr Shape kRule{kRuleFields};
constexpr Field kRootFields[] = {{"metadata", FieldType::kAny},
                                 {"rules", FieldType::kObject, true, &kRule},
                                 {"omitStages", FieldType::kString, true},
                                 {"omitManagedFields", FieldType::kBool}};
constexpr Shape kRoot{kRootFields};

constexpr KnownVersion kVersions[] = {{"audit.k8s.io/v1", 12}};
constexpr std::string_view kStages[] = {"RequestReceived", "ResponseStarted", "ResponseComplete",
                                        "Panic"};

AuditRule ReadRule(const yaml::Value& value) {
  AuditRule rule;
  rule.place = value.place();
  rule.level = Text(value, "level");
  rule.users = Texts(value, "users");
  rule.user_groups = Texts(value, "userGroups");
  rule.verbs = Texts(value, "verbs");
  rule.namespaces = Texts(value, "namespaces");
  rule.non_resource_urls = Texts(value, "nonResourceURLs");
  rule.omit_stages = Texts(value, "omitStages");
  for (const yaml::Value& item : value["resources"].Items()) {
    rule.resources.push_back(
        {Text(item, "group"), Texts(item, "resources"), Texts(item, "resourceNames")});
  }
  return rule;
}

void CheckStages(Decoder& d, const std::string& path, const PlacedStrings& stages) {
  for (size_t i = 0; i < stages.size(); ++i) {
    bool known = false;
    for (const std::string_view stage : kStages) known = known || stage == stages[i].value;
    if (known) continue;
    d.Refuse(At(path, i),
             fmt::format("{}: {} is no stage (RequestReceived, ResponseStarted, ResponseComplete, "
                         "Panic)",
                         At(path, i), Quote(*stages[i])),
             stages[i].place);
  }
}

void CheckUrls(Decoder& d, const std::string& path, const PlacedStrings& urls) {
  for (size_t i = 0; i < urls.size(); ++i) {
    const std::string& url = *urls[i];
    if (url == "*") continue;
    if (!url.starts_with('/')) {
      d.Refuse(At(path, i), At(path, i) + " must begin with '/'", urls[i].place);
    }
    if (const size_t star = url.find('*'); star != std::string::npos && star + 1 < url.size()) {
      d.Refuse(At(path, i), At(path, i) + ": '*' must be the last character", urls[i].place);
    }
  }
}

void CheckResources(Decoder& d, const std::string& path, const AuditRule& rule) {
  for (size_t i = 0; i < rule.resources.size(); ++i) {
    const AuditResources& r = rule.resources[i];
    const std::string at = At(path, i);
    if (!r.group->empty() && *r.group != "*" && !IsDnsSubdomain(*r.group)) {
      d.Refuse(at + ".group", at + ".group must be a group's name, without a version",
               r.group.place);
    }
    if (!r.names.empty() && r.resources.empty()) {
      d.Refuse(at + ".resourceNames", at + ".resourceNames need at least one resource",
               r.names.front().place);
    }
  }
}

void CheckRule(Decoder& d, const std::string& path, const AuditRule& rule) {
  const std::string level = FieldPath(path, "level");
  if (rule.level->empty()) {
    d.Refuse(level, level + " is required", rule.level.place);
  } else if (AuditLevel(*rule.level) < 0) {
    d.Refuse(level,
             fmt::format("{} is {}; it can be None, Metadata, Request or RequestResponse", level,
                         Quote(*rule.level)),
             rule.level.place);
  }
  CheckUrls(d, FieldPath(path, "nonResourceURLs"), rule.non_resource_urls);
  CheckResources(d, FieldPath(path, "resources"), rule);
  CheckStages(d, FieldPath(path, "omitStages"), rule.omit_stages);
  if (!rule.non_resource_urls.empty() && (!rule.resources.empty() || !rule.namespaces.empty())) {
    const std::string urls = FieldPath(path, "nonResourceURLs");
    d.Refuse(urls, urls + " cannot stand beside resources or namespaces", rule.place);
  }
}

/// Upstream's matching of one resource entry: "*", "pods", "pods/log", "*/status", and "pods/*",
/// which is "pods" too.
bool NamesResource(std::string_view written, std::string_view resource) {
  if (written == "*" || written == resource) return true;
  const size_t slash = resource.find('/');
  if (written.ends_with("/*")) {
    return written.substr(0, written.size() - 2) == resource.substr(0, slash);
  }
  return slash != std::string_view::npos && written.starts_with("*/") &&
         written.substr(2) == resource.substr(slash + 1);
}

bool Names(const AuditResources& entry, std::string_view group, std::string_view resource) {
  if (*entry.group != "*" && *entry.group != group) return false;
  if (entry.resources.empty()) return true;
  for (const auto& r : entry.resources) {
    if (NamesResource(*r, resource)) return true;
  }
  return false;
}

}  // namespace

int AuditLevel(std::string_view level) {
  static constexpr std::string_view kLevels[] = {"None", "Metadata", "Request", "RequestResponse"};
  for (int i = 0; i < 4; ++i) {
    if (level == kLevels[i]) return i;
  }
  return -1;
}

bool AuditRule::CatchesAll() const {
  return users.empty() && user_groups.empty() && verbs.empty() && namespaces.empty() &&
         resources.empty() && non_resource_urls.empty();
}

bool AuditRule::CanMatchResource(std::string_view group, std::string_view resource) const {
  if (!non_resource_urls.empty()) return false;
  if (resources.empty()) return true;
  for (const AuditResources& entry : resources) {
    if (Names(entry, group, resource)) return true;
  }
  return false;
}

bool AuditRule::MatchesEvery(std::string_view group, std::string_view resource) const {
  return verbs.empty() && CoversResource(group, resource);
}

bool AuditRule::CoversResource(std::string_view group, std::string_view resource) const {
  if (!users.empty() || !user_groups.empty() || !namespaces.empty() || !non_resource_urls.empty()) {
    return false;
  }
  if (resources.empty()) return true;
  for (const AuditResources& entry : resources) {
    if (entry.names.empty() && Names(entry, group, resource)) return true;
  }
  return false;
}

const AuditRule* AuditPolicy::StrongestFor(std::string_view group,
                                           std::string_view resource) const {
  const AuditRule* strongest = nullptr;
  for (const AuditRule& rule : rules) {
    if (!rule.CanMatchResource(group, resource)) continue;
    const int level = AuditLevel(*rule.level);
    if (level > 0 && (strongest == nullptr || level > AuditLevel(*strongest->level))) {
      strongest = &rule;
    }
    if (rule.MatchesEvery(group, resource)) break;
  }
  return strongest;
}

Result<AuditPolicy> ReadAuditPolicy(const yaml::Stream& stream, const Reader& reader) {
  AuditPolicy view;
  Decoder d(view, reader, Strictness::kLenient);
  const yaml::Value root = stream.root();
  if (auto header = d.Header(root, "Policy", kVersions); !header) {
    return std::unexpected(std::move(header.error()));
  }
  d.Duplicates(root);
  d.Check(root, kRoot);
  view.omit_stages = Texts(root, "omitStages");
  CheckStages(d, "omitStages", view.omit_stages);
  for (const yaml::Value& item : root["rules"].Items()) {
    view.rules.push_back(ReadRule(item));
    CheckRule(d, At("rules", view.rules.size() - 1), view.rules.back());
  }
  if (view.rules.empty()) d.Refuse("rules", "at least one rule is required", root.place());
  return view;
}

}  // namespace seawall::cluster::kinds
