#include "review/risk_atoms.h"

#include <algorithm>

#include "base/text.h"
#include "rbac/resources.h"

namespace seawall::review {
namespace {

using rbac::kNoName;
using rbac::NameId;
using rbac::Names;

std::vector<std::string> Words(std::string_view text) {
  std::vector<std::string> words;
  for (const std::string_view word : Split(text, ',')) words.emplace_back(word);
  return words;
}

/// "verb,verb:resource,resource.group#name,name"
Atom Parse(std::string_view text) {
  Atom atom;
  atom.text = text;
  if (const size_t hash = text.find('#'); hash != std::string_view::npos) {
    atom.names = Words(text.substr(hash + 1));
    text = text.substr(0, hash);
  }
  const size_t colon = text.rfind(':');  // verbs of impersonation have one
  atom.verbs = Words(text.substr(0, colon));
  text = text.substr(colon + 1);
  const size_t last = text.rfind(',');
  const size_t dot = text.find('.', last == std::string_view::npos ? 0 : last);
  if (dot != std::string_view::npos) atom.group = text.substr(dot + 1);
  atom.resources = Words(text.substr(0, dot));
  atom.any_resource =
      atom.group != "*" && std::ranges::find(atom.resources, "*") != atom.resources.end();
  return atom;
}

std::vector<std::string_view> SplitAt(std::string_view text, std::string_view between) {
  std::vector<std::string_view> parts;
  while (true) {
    const size_t at = text.find(between);
    parts.push_back(text.substr(0, at));
    if (at == std::string_view::npos) return parts;
    text.remove_prefix(at + between.size());
  }
}

bool Has(std::span<const NameId> list, NameId id) {
  return std::ranges::find(list, id) != list.end();
}

}  // namespace

Atoms::Atoms() {
  for (const rules::RiskRow& row : rules::AllRiskRows()) {
    Needs needs;
    if (!row.needs.empty()) {
      for (const std::string_view alternative : SplitAt(row.needs, " | ")) {
        Bits bits = 0;
        for (const std::string_view atom : SplitAt(alternative, " & ")) bits |= AtomOf(atom);
        needs.push_back(bits);
      }
    }
    needs_.push_back(std::move(needs));
  }
}

Bits Atoms::AtomOf(std::string_view text) {
  auto at = std::ranges::find(atoms_, text, &Atom::text);
  if (at == atoms_.end()) {
    atoms_.push_back(Parse(text));
    at = atoms_.end() - 1;
  }
  return Bits{1} << (at - atoms_.begin());
}

Bits Atoms::Satisfied(size_t row, Bits bits) const {
  for (const Bits need : needs_[row]) {
    if ((bits & need) == need) return need;
  }
  return 0;
}

bool IsEverything(const rbac::Policy& policy, const rbac::Rule& rule) {
  return rule.names == 0 && Has(policy.Verbs(rule), Names::kAll) &&
         Has(policy.Groups(rule), Names::kAll) && Has(policy.Resources(rule), Names::kAll);
}

RuleBits::RuleBits(const Atoms& atoms, const rbac::Policy& policy)
    : all_(atoms.all()), policy_(policy) {
  const size_t names = policy.names.size();
  for (auto* table : {&verbs_, &groups_, &resources_}) table->assign(names, 0);
  const auto set = [&](std::vector<Bits>& table, std::string_view name, Bits bit) {
    if (const NameId id = policy.names.Find(name); id != kNoName) table[id] |= bit;
  };
  for (size_t i = 0; i < atoms.all().size(); ++i) {
    const Atom& atom = atoms.all()[i];
    const Bits bit = Bits{1} << i;
    for (const std::string& verb : atom.verbs) set(verbs_, verb, bit);
    set(groups_, atom.group, bit);
    for (const std::string& resource : atom.resources) {
      set(resources_, resource, bit);
      const size_t slash = resource.find('/');
      if (slash != std::string::npos) set(resources_, "*" + resource.substr(slash), bit);
    }
    if (atom.any_resource) any_resource_ |= bit;
    names_.emplace_back();
    for (const std::string& name : atom.names) names_.back().push_back(policy.names.Find(name));
    if (atom.verbs[0] == "bind") bind_cluster_roles_ |= bit;
    // "*" stands for all.
    verbs_[Names::kAll] |= bit;
    groups_[Names::kAll] |= bit;
    resources_[Names::kAll] |= bit;
  }
  admin_roles_.assign(names, false);
  for (const rbac::Role& role : policy.roles) {
    if (!role.cluster) continue;
    for (const rbac::Rule& rule : policy.RulesOf(role)) {
      if (IsEverything(policy, rule)) admin_roles_[role.name] = true;
    }
  }
}

Bits RuleBits::Of(const rbac::Rule& rule) const {
  Bits verbs = 0, groups = 0, resources = 0;
  for (const NameId verb : policy_.Verbs(rule)) verbs |= verbs_[verb];
  if (verbs == 0) return 0;
  for (const NameId group : policy_.Groups(rule)) groups |= groups_[group];
  for (const NameId resource : policy_.Resources(rule)) resources |= resources_[resource];
  if ((any_resource_ & verbs & groups) != 0) resources |= AnyResource(rule);
  const Bits bits = verbs & groups & resources;
  return rule.names == 0 || bits == 0 ? bits : Named(rule, bits);
}

/// Whatever a group of others has: a rule that names the group is about it; one for every group
/// only with a resource that is not Kubernetes' own.
Bits RuleBits::AnyResource(const rbac::Rule& rule) const {
  Bits named = 0;
  for (const NameId group : policy_.Groups(rule))
    named |= group == Names::kAll ? 0 : groups_[group];
  Bits any = 0;
  for (const NameId resource : policy_.Resources(rule)) {
    const std::string_view text = policy_.Text(resource);
    if (text.contains('/')) continue;  // a subresource is no object
    const bool foreign = resource == Names::kAll || rbac::FindResource(text) == nullptr;
    any |= foreign ? any_resource_ : any_resource_ & named;
  }
  return any;
}

/// Whether a rule that has the name "" gives the right for requests that have none.
bool RuleBits::IsNameless(const rbac::Rule& rule, const Atom& atom) const {
  if (atom.resources[0].contains('/')) return false;
  const auto verbs = policy_.Verbs(rule);
  return std::ranges::any_of(atom.verbs, [&](const std::string& verb) {
    const bool unnamed = verb == "list" || verb == "watch" || verb == "create";
    return unnamed && (Has(verbs, Names::kAll) || Has(verbs, policy_.names.Find(verb)));
  });
}

/// A rule for names counts where the table names one of them, and bind where the role is
/// everything.
Bits RuleBits::Named(const rbac::Rule& rule, Bits bits) const {
  Bits kept = 0;
  const auto names = policy_.ResourceNames(rule);
  for (size_t i = 0; i < names_.size(); ++i) {
    const Bits bit = Bits{1} << i;
    if ((bits & bit) == 0) continue;
    const bool named = std::ranges::any_of(
        names_[i], [&](NameId name) { return name != kNoName && Has(names, name); });
    const bool admin = (bit & bind_cluster_roles_) != 0 &&
                       std::ranges::any_of(names, [&](NameId n) { return admin_roles_[n]; });
    const bool none = Has(names, Names::kEmpty) && IsNameless(rule, all_[i]);
    if (named || admin || none) kept |= bit;
  }
  return kept;
}

}  // namespace seawall::review
