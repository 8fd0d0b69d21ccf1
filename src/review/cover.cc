#include "review/cover.h"

#include <algorithm>
#include <string>

namespace seawall::review {
namespace {

using rbac::kNoName;
using rbac::NameId;
using rbac::Names;

bool Has(std::span<const NameId> list, NameId id) {
  return std::ranges::find(list, id) != list.end();
}
bool HasOrAll(std::span<const NameId> list, NameId id) {
  return Has(list, Names::kAll) || (id != kNoName && Has(list, id));
}

bool UrlCovers(std::string_view owner, std::string_view url) {
  if (owner == url) return true;
  if (!owner.ends_with('*')) return false;
  const size_t last = owner.find_last_not_of('*');
  return url.starts_with(owner.substr(0, last == std::string_view::npos ? 0 : last + 1));
}

}  // namespace

bool EachRight(const rbac::Policy& policy, const rbac::Rule& rule, bool urls,
               const std::function<bool(const OneRight&)>& visit) {
  const auto names = policy.ResourceNames(rule);
  for (const NameId verb : policy.Verbs(rule)) {
    if (urls) {
      for (const NameId url : policy.Urls(rule)) {
        if (!visit({.verb = verb, .url = url})) return false;
      }
    }
    for (const NameId group : policy.Groups(rule)) {
      for (const NameId resource : policy.Resources(rule)) {
        if (names.empty() && !visit({verb, group, resource, kNoName, kNoName})) return false;
        for (const NameId name : names) {
          if (!visit({verb, group, resource, name, kNoName})) return false;
        }
      }
    }
  }
  return true;
}

Translated::Translated(const rbac::Policy& from, const OneRight& right, const rbac::Policy& to)
    : to_(to), is_url_(right.url != kNoName), named_(right.name != kNoName) {
  const auto translate = [&](NameId id) { return to.names.Find(from.Text(id)); };
  right_.verb = translate(right.verb);
  if (is_url_) {
    url_ = from.Text(right.url);
    return;
  }
  right_.group = translate(right.group);
  right_.resource = translate(right.resource);
  if (named_) right_.name = translate(right.name);
  const std::string_view resource = from.Text(right.resource);
  if (const size_t slash = resource.find('/'); slash != std::string_view::npos)
    any_subresource_ = to.names.Find("*" + std::string(resource.substr(slash)));
}

bool Translated::CoveredBy(const rbac::Rule& rule) const {
  if (!HasOrAll(to_.Verbs(rule), right_.verb)) return false;
  if (is_url_) {
    return std::ranges::any_of(to_.Urls(rule),
                               [&](NameId url) { return UrlCovers(to_.Text(url), url_); });
  }
  if (!HasOrAll(to_.Groups(rule), right_.group)) return false;
  const auto resources = to_.Resources(rule);
  const bool resource = HasOrAll(resources, right_.resource) ||
                        (any_subresource_ != kNoName && Has(resources, any_subresource_));
  if (!resource) return false;
  if (rule.names == 0) return true;
  return named_ && right_.name != kNoName && Has(to_.ResourceNames(rule), right_.name);
}

}  // namespace seawall::review
