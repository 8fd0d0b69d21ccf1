#include "review/risk_finder.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "review/risk_known.h"
#include "rules/risk_table.h"

namespace seawall::review {

using rbac::NameId;
using rbac::Names;
using rules::Evidence;

namespace {

constexpr size_t kSpacesTold = 5;

}  // namespace

const char* RiskFinder::FirstWord(rules::RiskScope scope) {
  return scope == rules::RiskScope::kKubeSystem ? "in kube-system" : "everywhere";
}

RiskFinder::Own RiskFinder::OwnOf(const RiskNode& node) const {
  Own own;
  const auto given = graph_.GivenTo(node);
  for (const Given& one : given) {
    const Bits bits = one.known ? 0 : graph_.RoleBits(one.role);
    if (one.space == Names::kEmpty) {
      own.everywhere |= bits;
    } else if (own.spaces.empty() || own.spaces.back().first != one.space) {
      own.spaces.emplace_back(one.space, bits | own.everywhere);
    } else {
      own.spaces.back().second |= bits;
    }
  }
  return own;
}

void RiskFinder::FindRights() {
  const size_t admin = row_of_.at("risk-cluster-admin");
  const size_t space_admin = row_of_.at("risk-namespace-admin");
  for (uint32_t n = 0; n < graph_.nodes().size(); ++n) {
    const RiskNode& node = graph_.nodes()[n];
    if (node.known) continue;
    Own own = OwnOf(node);
    // Whoever has everything is told that, and not each thing.
    const bool all = atoms_.Satisfied(admin, own.everywhere) != 0;
    for (size_t row = 0; row < rules::AllRiskRows().size(); ++row) {
      if (!wanted_[row] || atoms_.NeedsOf(row).empty() || (all && row != admin)) continue;
      FindRight(n, row, own, row == space_admin ? kNoRow : static_cast<uint32_t>(space_admin));
    }
  }
}

void RiskFinder::FindRight(uint32_t n, size_t row, const Own& own, uint32_t not_with) {
  const rules::RiskScope scope = rules::AllRiskRows()[row].scope;
  const Bits everywhere = atoms_.Satisfied(row, own.everywhere);
  if (everywhere != 0) {
    if (scope != rules::RiskScope::kSpace)
      return Tell(n, row, everywhere, Names::kEmpty, {FirstWord(scope)});
    return;
  }
  if (scope == rules::RiskScope::kCluster) return;
  std::vector<std::string> where;
  Bits first = 0;
  NameId first_space = 0;
  size_t spaces = 0;
  for (const auto& [space, bits] : own.spaces) {
    const Bits need = atoms_.Satisfied(row, bits);
    if (need == 0 || (not_with != kNoRow && atoms_.Satisfied(not_with, bits) != 0)) continue;
    const std::string_view name = policy_.Text(space);
    if (scope == rules::RiskScope::kKubeSystem && name != "kube-system") continue;
    if (spaces++ == 0) {
      first = need;
      first_space = space;
    }
    if (spaces <= kSpacesTold) where.push_back("namespace " + Printable(name));
  }
  if (spaces == 0) return;
  if (spaces > kSpacesTold) where.push_back(fmt::format("{} more", spaces - kSpacesTold));
  Tell(n, row, first, first_space, where);
}

void RiskFinder::Tell(uint32_t n, size_t row, Bits need, NameId space,
                      const std::vector<std::string>& where) {
  const std::vector<Witness> by = tell_.WitnessesOf(n, space, need);
  std::vector<Evidence> evidence;
  std::vector<std::string> atoms;
  for (const Witness& witness : by) {
    if (evidence.size() < kRiskEvidence) evidence.push_back(tell_.SeenOf(witness));
  }
  for (size_t i = 0; i < atoms_.all().size(); ++i) {
    if ((need >> i & 1) != 0) atoms.push_back(AtomText(atoms_.all()[i]));
  }
  const std::string subject = tell_.NodeText(n);
  std::string place = Join(where, ", ");
  std::string what = place == "everywhere" || place == "in kube-system" ? place : "in " + place;
  const rules::Rule& rule = rules::AllRiskRows()[row].rule;
  Add(rule.id, subject, fmt::format("{} may {} {}", subject, Join(atoms, " and "), what),
      std::move(evidence), {tell_.HopOf(subject, EndOf(rule), by)});
}

std::string RiskFinder::AtomText(const Atom& atom) {
  if (atom.group == "*") return "do everything";
  std::string text = fmt::format("{} {}", Join(atom.verbs, "/"), Join(atom.resources, ", "));
  if (!atom.group.empty()) text += fmt::format(" of {}", atom.group);
  return text;
}

std::string RiskFinder::EndOf(const rules::Rule& rule) {
  return std::string(rule.id).substr(std::string_view("risk-").size());
}

void RiskFinder::FindWildcards() {
  if (!Wants("risk-wildcard-resources") && !Wants("risk-wildcard-verbs")) return;
  for (uint32_t n = 0; n < graph_.nodes().size(); ++n) {
    const RiskNode& node = graph_.nodes()[n];
    if (node.known) continue;
    for (const char* id : {"risk-wildcard-resources", "risk-wildcard-verbs"}) FindWildcard(n, id);
  }
}

void RiskFinder::FindWildcard(uint32_t n, const char* id) {
  const bool resources = id == std::string_view("risk-wildcard-resources");
  const RiskNode& node = graph_.nodes()[n];
  std::vector<Witness> by;
  size_t more = 0;
  for (const Given& given : graph_.GivenTo(node)) {
    if (given.known) continue;
    for (const rbac::Rule& rule : policy_.RulesOf(policy_.roles[given.role])) {
      if (rule.resources == 0 || IsEverything(policy_, rule)) continue;
      const auto list = resources ? policy_.Resources(rule) : policy_.Verbs(rule);
      if (std::ranges::find(list, Names::kAll) == list.end()) continue;
      if (by.size() < kRiskEvidence) {
        by.push_back({&given, &rule});
      } else {
        ++more;
      }
    }
  }
  if (by.empty()) return;
  std::vector<Evidence> evidence;
  for (const Witness& witness : by) evidence.push_back(tell_.SeenOf(witness));
  const std::string subject = tell_.NodeText(n);
  Add(id, subject,
      fmt::format("{} has {} rule{} for every {}", subject, by.size() + more,
                  by.size() + more == 1 ? "" : "s", resources ? "resource" : "verb"),
      std::move(evidence), {tell_.HopOf(subject, EndOf(*rules::FindRiskRule(id)), {by[0]})});
}

const char* RiskFinder::PublicRow(const RiskNode& node, bool& logged_in) const {
  const std::string_view name = policy_.Text(node.holder);
  logged_in = true;
  if (node.account) return policy_.Text(node.name) == "default" ? "risk-default-account" : nullptr;
  if ((node.group && name == "system:unauthenticated") ||
      (!node.group && name == "system:anonymous")) {
    logged_in = false;
    return "risk-anonymous";
  }
  if (!node.group) return nullptr;
  if (name == "system:authenticated") return "risk-authenticated";
  if (name == "system:serviceaccounts" || name.starts_with("system:serviceaccounts:"))
    return "risk-all-service-accounts";
  if (name == "system:bootstrappers" || name.starts_with("system:bootstrappers:"))
    return "risk-bootstrappers";
  if (name == "system:masters") return "risk-masters-binding";
  return nullptr;
}

void RiskFinder::FindPublic() {
  for (uint32_t n = 0; n < graph_.nodes().size(); ++n) {
    const RiskNode& node = graph_.nodes()[n];
    bool logged_in = false;
    const char* id = PublicRow(node, logged_in);
    if (!id || !Wants(id)) continue;
    const bool masters = id == std::string_view("risk-masters-binding");
    std::vector<Witness> by;
    for (const Given& given : graph_.GivenTo(node)) {
      if (given.known) continue;
      for (const rbac::Rule& rule : policy_.RulesOf(policy_.roles[given.role])) {
        if (!masters && IsHarmlessRule(policy_, rule, logged_in)) continue;
        if (given.space != Names::kEmpty && rule.resources == 0) continue;  // URLs: of no use
        by.push_back({&given, &rule});
      }
    }
    if (by.empty()) continue;
    std::vector<Evidence> evidence;
    for (const Witness& witness : by) {
      if (evidence.size() < kRiskEvidence) evidence.push_back(tell_.SeenOf(witness));
    }
    const std::string subject = tell_.NodeText(n);
    Add(id, subject,
        fmt::format("{} is given {} rule{}", subject, by.size(), by.size() == 1 ? "" : "s"),
        std::move(evidence), {tell_.HopOf(subject, EndOf(*rules::FindRiskRule(id)), {by[0]})});
  }
}

}  // namespace seawall::review
