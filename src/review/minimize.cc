#include "review/minimize.h"

#include <algorithm>
#include <map>
#include <optional>
#include <set>

#include "rbac/manifests.h"
#include "review/cover.h"

namespace seawall::review {
namespace {

using rbac::NameId;
using rbac::Names;

constexpr size_t kMostRights = 1'000'000;

/// A rule's five lists as sets.
struct Sets {
  std::set<NameId> verbs, groups, resources, names, urls;
  auto operator<=>(const Sets&) const = default;
};
constexpr std::set<NameId> Sets::* kParts[] = {&Sets::verbs, &Sets::groups, &Sets::resources,
                                               &Sets::names, &Sets::urls};

/// What "*" already says.
void DropNamedBesideAll(std::set<NameId>& set) {
  if (set.contains(Names::kAll)) set = {Names::kAll};
}

/// Parts of a rule: that about resources and that about URLs.
std::vector<Sets> SplitRule(const rbac::Policy& policy, const rbac::Rule& rule, bool urls) {
  const auto set = [](std::span<const NameId> list) {
    return std::set<NameId>(list.begin(), list.end());
  };
  std::vector<Sets> parts;
  Sets sets{set(policy.Verbs(rule)),
            set(policy.Groups(rule)),
            set(policy.Resources(rule)),
            set(policy.ResourceNames(rule)),
            {}};
  for (auto part : {&Sets::verbs, &Sets::groups, &Sets::resources}) DropNamedBesideAll(sets.*part);
  if (!sets.verbs.empty() && !sets.groups.empty() && !sets.resources.empty()) parts.push_back(sets);
  if (urls && rule.urls > 0 && !sets.verbs.empty())
    parts.push_back({sets.verbs, {}, {}, {}, set(policy.Urls(rule))});
  return parts;
}

/// Whether `big` gives everything that `small` gives.
bool Covers(const Sets& big, const Sets& small) {
  const auto within = [](const std::set<NameId>& own, const std::set<NameId>& other) {
    return own.contains(Names::kAll) || std::ranges::includes(own, other);
  };
  if (big.urls.empty() != small.urls.empty()) return false;
  if (!within(big.verbs, small.verbs)) return false;
  if (!big.urls.empty()) return std::ranges::includes(big.urls, small.urls);
  const bool names =
      big.names.empty() || (!small.names.empty() && std::ranges::includes(big.names, small.names));
  return names && within(big.groups, small.groups) && within(big.resources, small.resources);
}

/// Two rules that differ in one list are one rule with both lists. Names are no such list where one
/// of the two has none: that one covers the other.
std::optional<Sets> Joined(const Sets& a, const Sets& b) {
  std::set<NameId> Sets::* differs = nullptr;
  for (const auto part : kParts) {
    if (a.*part == b.*part) continue;
    if (differs) return std::nullopt;
    differs = part;
  }
  if (!differs) return a;
  if ((a.*differs).empty() || (b.*differs).empty()) return std::nullopt;
  Sets joined = a;
  (joined.*differs).insert((b.*differs).begin(), (b.*differs).end());
  if (differs != &Sets::names && differs != &Sets::urls) DropNamedBesideAll(joined.*differs);
  return joined;
}

void Reduce(std::vector<Sets>& rules) {
  for (bool changed = true; changed;) {
    changed = false;
    for (size_t i = 0; i < rules.size() && !changed; ++i) {
      for (size_t j = 0; j < rules.size() && !changed; ++j) {
        if (i == j) continue;
        if (Covers(rules[i], rules[j])) {
          rules.erase(rules.begin() + static_cast<std::ptrdiff_t>(j));
          changed = true;
        } else if (auto joined = Joined(rules[i], rules[j])) {
          rules[std::min(i, j)] = std::move(*joined);
          rules.erase(rules.begin() + static_cast<std::ptrdiff_t>(std::max(i, j)));
          changed = true;
        }
      }
    }
  }
}

RuleSpec SpecOf(const rbac::Policy& policy, const Sets& sets) {
  const auto texts = [&](const std::set<NameId>& ids) {
    std::vector<std::string> list;
    for (const NameId id : ids) list.emplace_back(policy.Text(id));
    std::ranges::sort(list);
    return list;
  };
  return {texts(sets.verbs), texts(sets.groups), texts(sets.resources),
          texts(sets.names), texts(sets.urls),   ""};
}

/// Every right of the rules of one is covered by the rules of the other.
bool AllCovered(const rbac::Policy& from, std::span<const rbac::Rule> rules, const rbac::Policy& to,
                std::span<const rbac::Rule> covering, bool urls, size_t& budget) {
  return std::ranges::all_of(rules, [&](const rbac::Rule& rule) {
    return EachRight(from, rule, urls, [&](const OneRight& right) {
      if (budget == 0) return false;
      --budget;
      const Translated translated(from, right, to);
      return std::ranges::any_of(
          covering, [&](const rbac::Rule& other) { return translated.CoveredBy(other); });
    });
  });
}

/// The new rules are read from their own YAML: what is proven is what is printed.
bool Proven(const rbac::Policy& policy, const rbac::Role& role,
            const std::vector<RuleSpec>& rules) {
  const std::string yaml =
      "apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata: {name: r}\n" +
      RulesYaml(rules);
  const auto again = rbac::ReadManifests({{"minimized", yaml}}, {.strict = true});
  if (!again || again->roles.size() != 1) return false;
  size_t budget = kMostRights;
  const auto mine = policy.RulesOf(role);
  const auto other = again->RulesOf(again->roles[0]);
  return AllCovered(policy, mine, *again, other, role.cluster, budget) &&
         AllCovered(*again, other, policy, mine, role.cluster, budget);
}

size_t WordsOf(const rbac::Policy& policy, const rbac::Role& role) {
  size_t words = 0;
  for (const rbac::Rule& rule : policy.RulesOf(role))
    words += rule.verbs + rule.groups + rule.resources + rule.names + rule.urls;
  return words;
}
size_t WordsOf(const std::vector<RuleSpec>& rules) {
  size_t words = 0;
  for (const RuleSpec& rule : rules)
    words += rule.verbs.size() + rule.groups.size() + rule.resources.size() + rule.names.size() +
             rule.urls.size();
  return words;
}

}  // namespace

std::vector<SmallerRole> Minimize(const rbac::Policy& policy) {
  constexpr size_t kMostRules = 2000;  // of one role; more are compared for too long
  std::vector<SmallerRole> smaller;
  for (const rbac::Role& role : policy.roles) {
    if (role.selectors != 0 || role.rules > kMostRules) continue;
    std::vector<Sets> sets;
    for (const rbac::Rule& rule : policy.RulesOf(role)) {
      // A Role says nothing of URLs, and a name of nothing that has none.
      for (Sets& part : SplitRule(policy, rule, role.cluster)) sets.push_back(std::move(part));
    }
    Reduce(sets);
    std::vector<RuleSpec> rules;
    for (const Sets& one : sets) rules.push_back(SpecOf(policy, one));
    const bool fewer = rules.size() < role.rules ||
                       (rules.size() == role.rules && WordsOf(rules) < WordsOf(policy, role));
    if (fewer && Proven(policy, role, rules)) smaller.push_back({&role, role.rules, rules});
  }
  return smaller;
}

}  // namespace seawall::review
