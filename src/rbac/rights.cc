#include "rbac/rights.h"

#include <algorithm>
#include <map>
#include <set>
#include <tuple>

namespace seawall::rbac {
namespace {

constexpr size_t kMostRows = 1'000'000;

/// Everything of one place while it is gathered. Texts order it, so that equal policies look equal.
class Gatherer {
 public:
  explicit Gatherer(const Policy& policy) : policy_(policy) {}

  /// False when there are too many.
  bool Take(const Rule& rule, bool cluster) {
    if (cluster) {
      for (const NameId url : policy_.Urls(rule)) {
        for (const NameId verb : policy_.Verbs(rule)) urls_[url].insert(verb);
      }
    }
    std::vector<NameId> names(policy_.ResourceNames(rule).begin(),
                              policy_.ResourceNames(rule).end());
    SortByText(names);
    names.erase(std::ranges::unique(names).begin(), names.end());
    for (const NameId group : policy_.Groups(rule)) {
      for (const NameId resource : policy_.Resources(rule)) {
        auto& verbs = rows_[{group, resource, names}];
        for (const NameId verb : policy_.Verbs(rule)) verbs.insert(verb);
        if (rows_.size() > kMostRows) return false;
      }
    }
    return true;
  }

  void Finish(PlaceRights& place) {
    for (const auto& [key, verbs] : rows_) {
      const auto& [group, resource, names] = key;
      RightsRow row{group, resource, names, VerbList(verbs)};
      if (!names.empty()) DropGiven(rows_, {group, resource, {}}, row.verbs);
      if (!row.verbs.empty()) place.rows.push_back(std::move(row));
    }
    for (const auto& [url, verbs] : urls_) place.urls.push_back({url, VerbList(verbs)});
    const auto text = [&](NameId id) { return policy_.Text(id); };
    std::ranges::sort(place.rows, [&](const RightsRow& a, const RightsRow& b) {
      if (a.group != b.group) return text(a.group) < text(b.group);
      if (a.resource != b.resource) return text(a.resource) < text(b.resource);
      return std::ranges::lexicographical_compare(
          a.names, b.names, [&](NameId x, NameId y) { return text(x) < text(y); });
    });
    std::ranges::sort(place.urls, {}, [&](const UrlRow& row) { return text(row.url); });
  }

 private:
  using Key = std::tuple<NameId, NameId, std::vector<NameId>>;
  using Rows = std::map<Key, std::set<NameId>>;

  void SortByText(std::vector<NameId>& names) const {
    std::ranges::sort(names, {}, [&](NameId id) { return policy_.Text(id); });
  }
  std::vector<NameId> VerbList(const std::set<NameId>& verbs) const {
    if (verbs.contains(Names::kAll)) return {Names::kAll};
    std::vector<NameId> list(verbs.begin(), verbs.end());
    SortByText(list);
    return list;
  }
  /// Takes out of `verbs` what is given for any name.
  static void DropGiven(const Rows& rows, const Key& any, std::vector<NameId>& verbs) {
    const auto at = rows.find(any);
    if (at == rows.end()) return;
    std::erase_if(verbs, [&](NameId verb) {
      return at->second.contains(verb) || at->second.contains(Names::kAll);
    });
  }

  const Policy& policy_;
  Rows rows_;
  std::map<NameId, std::set<NameId>> urls_;
};

}  // namespace

Result<std::vector<PlaceRights>> RightsOf(const Evaluator& evaluator, std::string_view user,
                                          std::span<const std::string_view> groups,
                                          std::string_view space) {
  const Policy& policy = evaluator.policy();
  const NameId user_id = user.empty() ? kNoName : policy.names.Find(user);
  std::set<NameId> group_ids;
  for (const std::string_view group : groups) {
    if (const NameId id = policy.names.Find(group); id != kNoName) group_ids.insert(id);
  }
  const NameId only = space.empty() ? kNoName : policy.names.Find(space);
  std::map<std::string_view, PlaceRights> places;
  for (const Binding& binding : policy.bindings) {
    if (!binding.cluster && !space.empty() && binding.space != only) continue;
    for (const Subject& subject : policy.SubjectsOf(binding)) {
      const bool held = subject.kind == SubjectKind::kGroup
                            ? group_ids.contains(subject.name)
                            : subject.user != kNoName && subject.user == user_id;
      if (!held) continue;
      PlaceRights& place = places[binding.cluster ? "" : policy.Text(binding.space)];
      place.cluster = binding.cluster;
      place.space = binding.cluster ? Names::kEmpty : binding.space;
      place.grants.push_back({&binding, &subject, evaluator.RoleOf(binding), nullptr});
    }
  }
  std::vector<PlaceRights> all;
  for (auto& [name, place] : places) {
    Gatherer gatherer(policy);
    for (const Grant& grant : place.grants) {
      if (!grant.role) continue;
      for (const Rule& rule : policy.RulesOf(*grant.role)) {
        if (gatherer.Take(rule, place.cluster)) continue;
        return Fail(ErrorCode::kLimit, "list rights", std::string(name),
                    "more than a million pairs of resource and names");
      }
    }
    gatherer.Finish(place);
    all.push_back(std::move(place));
  }
  return all;
}

}  // namespace seawall::rbac
