#include "review/policy_diff.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <tuple>

#include "base/text.h"
#include "review/cover.h"

namespace seawall::review {
namespace {

using rbac::kNoName;
using rbac::NameId;
using rbac::Names;
using rbac::SubjectKind;

constexpr size_t kMostRights = 1'000'000;

/// What one binding gives: its role's rules.
struct Source {
  const rbac::Binding* binding;
  const rbac::Role* role;
};
using Place = std::map<std::string, std::vector<Source>, std::less<>>;  ///< by namespace; "": all

/// Who holds what, by the subject's text.
std::map<std::string, Place> HoldersOf(const rbac::Evaluator& evaluator) {
  const rbac::Policy& policy = evaluator.policy();
  std::map<std::string, Place> holders;
  for (const rbac::Binding& binding : policy.bindings) {
    const rbac::Role* role = evaluator.RoleOf(binding);
    if (!role) continue;
    for (const rbac::Subject& subject : policy.SubjectsOf(binding)) {
      const bool group = subject.kind == SubjectKind::kGroup;
      const NameId holder = group ? subject.name : subject.user;
      if (holder == kNoName) continue;
      holders[fmt::format("{} {}", group ? "Group" : "User", policy.Text(holder))]
             [std::string(binding.cluster ? "" : policy.Text(binding.space))]
                 .push_back({&binding, role});
    }
  }
  return holders;
}

/// "User system:serviceaccount:a:b" as manifests have it.
std::string SubjectText(const std::string& holder) {
  constexpr std::string_view kAccount = "User system:serviceaccount:";
  if (!holder.starts_with(kAccount)) return holder;
  std::string rest = holder.substr(kAccount.size());
  const size_t colon = rest.find(':');
  if (colon == std::string::npos) return holder;
  rest[colon] = '/';
  return "ServiceAccount " + rest;
}

std::string ObjectText(const rbac::Policy& policy, const char* kind, NameId space, NameId name) {
  const std::string_view in = policy.Text(space);
  return fmt::format("{} {}{}{}", kind, in, in.empty() ? "" : "/", policy.Text(name));
}

/// Finds what `mine` has and `theirs` has not.
class OneWay {
 public:
  OneWay(const rbac::Policy& mine, const rbac::Policy& theirs) : mine_(mine), theirs_(theirs) {}

  Result<void> Compare(const std::string& holder, const Place& own, const Place* other,
                       std::vector<RightChange>& changes) {
    for (const auto& [space, sources] : own) {
      std::set<OneRight> told;
      for (const Source& source : sources) {
        for (const rbac::Rule& rule : mine_.RulesOf(*source.role)) {
          std::map<std::tuple<NameId, NameId, NameId>, RightChange> missing;
          const bool ok = EachRight(mine_, rule, space.empty(), [&](const OneRight& right) {
            if (told.size() > kMostRights) return false;
            if (!told.insert(right).second || Covered(right, other, space)) return true;
            Tell(right, missing);
            return true;
          });
          if (!ok)
            return Fail(ErrorCode::kLimit, "compare policies", SubjectText(holder),
                        "more than a million single rights in one place");
          for (auto& [key, change] : missing) {
            change.subject = SubjectText(holder);
            change.space = space;
            change.binding =
                ObjectText(mine_, source.binding->cluster ? "ClusterRoleBinding" : "RoleBinding",
                           source.binding->space, source.binding->name);
            change.role = ObjectText(mine_, source.role->cluster ? "ClusterRole" : "Role",
                                     source.role->space, source.role->name);
            change.where = mine_.Where(*source.role, rule);
            std::ranges::sort(change.names);
            Unique(change.names);
            std::ranges::sort(change.verbs);
            Unique(change.verbs);
            changes.push_back(std::move(change));
          }
        }
      }
    }
    return {};
  }

  /// Whether the other policy gives a right everywhere or in `space`.
  bool Covered(const OneRight& right, const Place* other, const std::string& space) const {
    if (!other) return false;
    const Translated translated(mine_, right, theirs_);
    const auto covers = [&](const std::string& where) {
      const auto at = other->find(where);
      if (at == other->end()) return false;
      return std::ranges::any_of(at->second, [&](const Source& source) {
        return std::ranges::any_of(theirs_.RulesOf(*source.role), [&](const rbac::Rule& rule) {
          return translated.CoveredBy(rule);
        });
      });
    };
    return covers("") || (!space.empty() && covers(space));
  }

 private:
  static void Unique(std::vector<std::string>& texts) {
    texts.erase(std::ranges::unique(texts).begin(), texts.end());
  }
  /// Verbs of the same resource and the same names are told together, and names of the same.
  void Tell(const OneRight& right,
            std::map<std::tuple<NameId, NameId, NameId>, RightChange>& missing) const {
    RightChange& change =
        missing[{right.group, right.url != kNoName ? right.url : right.resource, right.name}];
    change.verbs.emplace_back(mine_.Text(right.verb));
    if (right.url != kNoName) {
      change.url = mine_.Text(right.url);
      return;
    }
    change.group = mine_.Text(right.group);
    change.resource = mine_.Text(right.resource);
    if (right.name != kNoName) change.names.emplace_back(mine_.Text(right.name));
  }

  const rbac::Policy& mine_;
  const rbac::Policy& theirs_;
};

Result<std::vector<RightChange>> Gains(const rbac::Evaluator& from, const rbac::Evaluator& to,
                                       const rbac::Evaluator* ceiling) {
  std::vector<RightChange> changes;
  const auto before = HoldersOf(from);
  const auto after = HoldersOf(to);
  const auto limit = ceiling ? HoldersOf(*ceiling) : std::map<std::string, Place>{};
  OneWay way(to.policy(), from.policy());
  for (const auto& [holder, place] : after) {
    const auto at = before.find(holder);
    const size_t first = changes.size();
    if (auto ok = way.Compare(holder, place, at == before.end() ? nullptr : &at->second, changes);
        !ok)
      return std::unexpected(ok.error());
    if (!ceiling || changes.size() == first) continue;
    // The same once more against what may be gained: what is not told then is allowed.
    const auto most = limit.find(holder);
    std::vector<RightChange> beyond;
    OneWay above(to.policy(), ceiling->policy());
    if (auto ok =
            above.Compare(holder, place, most == limit.end() ? nullptr : &most->second, beyond);
        !ok)
      return std::unexpected(ok.error());
    const auto same = [](const RightChange& a, const RightChange& b) {
      return a.space == b.space && a.group == b.group && a.resource == b.resource &&
             a.url == b.url && a.names == b.names;
    };
    for (size_t i = first; i < changes.size(); ++i) {
      changes[i].allowed = std::ranges::none_of(beyond, [&](const RightChange& over) {
        return same(changes[i], over) &&
               std::ranges::any_of(over.verbs, [&](const std::string& verb) {
                 return std::ranges::find(changes[i].verbs, verb) != changes[i].verbs.end();
               });
      });
    }
  }
  return changes;
}

}  // namespace

Result<PolicyDiff> DiffPolicies(const rbac::Evaluator& a, const rbac::Evaluator& b,
                                const rbac::Evaluator* ceiling) {
  auto gained = Gains(a, b, ceiling);
  if (!gained) return std::unexpected(gained.error());
  auto lost = Gains(b, a, nullptr);
  if (!lost) return std::unexpected(lost.error());
  return PolicyDiff{std::move(*gained), std::move(*lost)};
}

}  // namespace seawall::review
