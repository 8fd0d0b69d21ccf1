#include "review/used_atoms.h"

#include <algorithm>

namespace seawall::review {
namespace {

using auditlog::Learner;
using auditlog::Right;
using rbac::kNoName;
using rbac::NameId;
using rbac::Names;

constexpr size_t kMostAtoms = 1'000'000;

void Widen(auditlog::Use& use, const auditlog::Use& other) {
  use.count += other.count;
  if (other.first != 0 && (use.first == 0 || other.first < use.first)) use.first = other.first;
  use.last = std::max(use.last, other.last);
}

bool UrlFits(std::string_view rule, std::string_view path) {
  if (rule == path) return true;
  if (!rule.ends_with('*')) return false;
  const size_t last = rule.find_last_not_of('*');
  return path.starts_with(rule.substr(0, last == std::string_view::npos ? 0 : last + 1));
}

/// Those of a rule's list that fit a word.
std::vector<NameId> Fitting(std::span<const NameId> list, NameId word, NameId other = kNoName) {
  std::vector<NameId> fit;
  for (const NameId id : list) {
    if (id == Names::kAll || id == word || (other != kNoName && id == other)) fit.push_back(id);
  }
  return fit;
}

}  // namespace

UsedRights::UsedRights(const Learner& learner, const rbac::Policy& policy, int64_t from)
    : learner_(learner), policy_(policy), from_(from), known_(learner.names.size()) {
  for (NameId i = 0; i < known_.size(); ++i) known_[i] = policy.names.Find(learner.names.Text(i));
  for (const auto& [right, use] : learner.rights)
    by_user_[right.subject].push_back({&right, &use, false});
  for (const auto& [right, use] : learner.possible)
    by_user_[right.subject].push_back({&right, &use, true});
  for (const auto& [user, groups] : learner.groups) {
    for (const NameId group : groups) members_[group].push_back(user);
  }
}

std::vector<UsedRights::Entry> UsedRights::Of(const std::string& holder, bool group) const {
  const NameId id = learner_.names.Find(holder);
  if (id == kNoName) return {};
  const auto add = [&](NameId user, std::vector<Entry>& to) {
    const auto at = by_user_.find(user);
    if (at != by_user_.end()) to.insert(to.end(), at->second.begin(), at->second.end());
  };
  std::vector<Entry> entries;
  if (!group) {
    add(id, entries);
  } else if (const auto at = members_.find(id); at != members_.end()) {
    for (const NameId user : at->second) add(user, entries);
  }
  return entries;
}

std::vector<std::string> UsedRights::Members(const std::string& group) const {
  std::vector<std::string> names;
  const auto at = members_.find(learner_.names.Find(group));
  if (at == members_.end()) return names;
  for (const NameId user : at->second) names.emplace_back(learner_.names.Text(user));
  std::ranges::sort(names);
  return names;
}

bool UsedRights::IsWide(const OneRight& right) const {
  if (right.verb == Names::kAll) return true;
  if (right.url != kNoName) return policy_.Text(right.url).ends_with('*');
  return right.group == Names::kAll || policy_.Text(right.resource).starts_with('*');
}

UsedRights::Known UsedRights::Translate(const Right& right) const {
  Known known{known_[right.verb], known_[right.group], known_[right.resource], kNoName,
              known_[right.name], known_[right.space]};
  const std::string_view resource = learner_.names.Text(right.resource);
  if (const size_t slash = resource.find('/'); slash != std::string_view::npos)
    known.any_subresource = policy_.names.Find("*" + std::string(resource.substr(slash)));
  return known;
}

void UsedRights::Note(const OneRight& atom, const Entry& entry, bool possible,
                      std::map<OneRight, AtomUse>& atoms) const {
  AtomUse& use = atoms[atom];
  if (possible) {
    use.possible = true;
    return;
  }
  Widen(use.use, *entry.use);
  if (entry.use->last != 0 && entry.use->last < from_) return;
  use.used = true;
  if (!IsWide(atom)) return;
  const Right& right = *entry.right;
  const OneRight concrete{.verb = right.verb,
                          .group = right.url ? Names::kEmpty : right.group,
                          .resource = right.url ? Names::kEmpty : right.resource,
                          .name = atom.name == kNoName || right.url ? kNoName : right.name,
                          .url = right.url ? right.resource : kNoName};
  if (use.concrete.size() < kMostConcrete || use.concrete.contains(concrete)) {
    use.concrete.insert(concrete);
  } else {
    use.more = true;
  }
}

void UsedRights::Visit(const rbac::Rule& rule, const Entry& entry,
                       std::map<OneRight, AtomUse>& atoms) const {
  const Right& right = *entry.right;
  const Known known = Translate(right);
  const auto verbs = Fitting(policy_.Verbs(rule), known.verb);
  if (verbs.empty()) return;
  if (right.url) {
    for (const NameId url : policy_.Urls(rule)) {
      if (!UrlFits(policy_.Text(url), learner_.names.Text(right.resource))) continue;
      for (const NameId verb : verbs)
        Note({.verb = verb, .url = url}, entry, entry.possible, atoms);
    }
    return;
  }
  const auto groups = Fitting(policy_.Groups(rule), known.group);
  const auto resources = Fitting(policy_.Resources(rule), known.resource, known.any_subresource);
  const auto names = policy_.ResourceNames(rule);
  for (const NameId verb : verbs) {
    for (const NameId group : groups) {
      for (const NameId resource : resources) {
        if (names.empty()) {
          Note({verb, group, resource, kNoName, kNoName}, entry, entry.possible, atoms);
          continue;
        }
        // Of too many names it is not known which.
        for (const NameId name : names) {
          if (right.many || name == known.name)
            Note({verb, group, resource, name, kNoName}, entry, entry.possible || right.many,
                 atoms);
        }
      }
    }
  }
}

Result<std::map<OneRight, AtomUse>> UsedRights::Match(const rbac::Rule& rule, NameId space,
                                                      const std::vector<Entry>& entries) const {
  std::map<OneRight, AtomUse> atoms;
  const bool whole = EachRight(policy_, rule, space == kNoName, [&](const OneRight& right) {
    atoms.try_emplace(right);
    return atoms.size() <= kMostAtoms;
  });
  if (!whole)
    return Fail(ErrorCode::kLimit, "review rights", "",
                "a rule of more than a million single rights", "split it");
  for (const Entry& entry : entries) {
    const bool here =
        space == kNoName || (!entry.right->url && known_[entry.right->space] == space);
    if (here) Visit(rule, entry, atoms);
  }
  return atoms;
}

}  // namespace seawall::review
