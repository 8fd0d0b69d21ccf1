#include "review/risks.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <unordered_map>

#include "base/text.h"
#include "rbac/why_not.h"
#include "review/risk_atoms.h"
#include "review/risk_graph.h"
#include "review/risk_known.h"
#include "review/risk_teller.h"
#include "rules/risk_table.h"

namespace seawall::review {
namespace {

using rbac::kNoName;
using rbac::NameId;
using rbac::Names;
using rbac::SubjectKind;
using rules::Evidence;
using rules::Finding;
using rules::Hop;
using rules::Outcome;
using rules::Verdict;

constexpr const char* kNode = "rbac";
constexpr size_t kSpacesTold = 5;
constexpr size_t kEvidenceTold = 8;

struct SinkRow {
  Sink sink;
  const char* rule;
  const char* name;
};
constexpr SinkRow kSinkRows[] = {
    {Sink::kAdmin, "risk-path-cluster-admin", "cluster-admin"},
    {Sink::kMasters, "risk-path-system-masters", "system:masters"},
    {Sink::kNodeRoot, "risk-path-node-root", "root on a node"},
    {Sink::kSecrets, "risk-path-all-secrets", "all secrets"},
    {Sink::kKubeSystem, "risk-path-kube-system", "kube-system"},
};

class Finder {
 public:
  Finder(const rbac::Evaluator& evaluator, const std::vector<const rules::Rule*>& wanted)
      : evaluator_(evaluator),
        policy_(evaluator.policy()),
        graph_(evaluator, atoms_),
        bits_(atoms_, policy_),
        tell_(policy_, graph_, bits_),
        findings_(rules::AllRiskRows().size()),
        wanted_(rules::AllRiskRows().size(), false) {
    const auto rows = rules::AllRiskRows();
    for (size_t i = 0; i < rows.size(); ++i) {
      row_of_[rows[i].rule.id] = i;
      wanted_[i] = std::ranges::find(wanted, &rows[i].rule) != wanted.end();
    }
  }

  std::vector<Finding> Run() {
    FindRights();
    FindWildcards();
    FindPublic();
    FindBindings();
    FindRoles();
    FindPaths();
    std::vector<Finding> all;
    const auto rows = rules::AllRiskRows();
    for (size_t i = 0; i < rows.size(); ++i) {
      if (!wanted_[i]) continue;
      if (findings_[i].empty()) {
        Outcome pass;
        pass.verdict = Verdict::kPass;
        pass.reason = "there is none";
        all.push_back(Make(i, "", std::move(pass)));
      }
      for (Finding& finding : findings_[i]) all.push_back(std::move(finding));
    }
    return all;
  }

 private:
  static Finding Make(size_t row, std::string instance, Outcome outcome) {
    Finding finding;
    finding.rule = &rules::AllRiskRows()[row].rule;
    finding.node = kNode;
    finding.component = "cluster";
    finding.instance = std::move(instance);
    finding.outcome = std::move(outcome);
    return finding;
  }
  bool Wants(std::string_view id) const { return wanted_[row_of_.at(id)]; }

  void Add(std::string_view id, std::string subject, std::string reason,
           std::vector<Evidence> evidence, std::vector<Hop> path = {}) {
    const size_t row = row_of_.at(id);
    if (!wanted_[row]) return;
    Outcome outcome;
    outcome.verdict = Verdict::kFail;
    outcome.reason = std::move(reason);
    outcome.evidence = std::move(evidence);
    outcome.subject = subject;
    outcome.path = std::move(path);
    findings_[row].push_back(Make(row, std::move(subject), std::move(outcome)));
  }

  std::string StepEnd(uint32_t node) const {
    for (const SinkRow& row : kSinkRows) {
      if (node == graph_.SinkNode(row.sink)) return row.name;
    }
    return tell_.NodeText(node);
  }

  // Rights of the table.

  static const char* FirstWord(rules::RiskScope scope) {
    return scope == rules::RiskScope::kKubeSystem ? "in kube-system" : "everywhere";
  }

  /// What a node holds beside what every cluster gives it.
  struct Own {
    Bits everywhere = 0;
    std::vector<std::pair<NameId, Bits>> spaces;  ///< with what holds everywhere
  };
  Own OwnOf(const RiskNode& node) const {
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

  void FindRights() {
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

  void FindRight(uint32_t n, size_t row, const Own& own, uint32_t not_with) {
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

  void Tell(uint32_t n, size_t row, Bits need, NameId space,
            const std::vector<std::string>& where) {
    const std::vector<Witness> by = tell_.WitnessesOf(n, space, need);
    std::vector<Evidence> evidence;
    std::vector<std::string> atoms;
    for (const Witness& witness : by) {
      if (evidence.size() < kEvidenceTold) evidence.push_back(tell_.SeenOf(witness));
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
  static std::string AtomText(const Atom& atom) {
    if (atom.group == "*") return "do everything";
    std::string text = fmt::format("{} {}", Join(atom.verbs, "/"), Join(atom.resources, ", "));
    if (!atom.group.empty()) text += fmt::format(" of {}", atom.group);
    return text;
  }
  static std::string EndOf(const rules::Rule& rule) {
    return std::string(rule.id).substr(std::string_view("risk-").size());
  }

  // Wildcards.

  void FindWildcards() {
    if (!Wants("risk-wildcard-resources") && !Wants("risk-wildcard-verbs")) return;
    for (uint32_t n = 0; n < graph_.nodes().size(); ++n) {
      const RiskNode& node = graph_.nodes()[n];
      if (node.known) continue;
      for (const char* id : {"risk-wildcard-resources", "risk-wildcard-verbs"}) FindWildcard(n, id);
    }
  }
  void FindWildcard(uint32_t n, const char* id) {
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
        if (by.size() < kEvidenceTold) {
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

  // Groups that hold strangers, everybody, every account.

  const char* PublicRow(const RiskNode& node, bool& logged_in) const {
    const std::string_view name = policy_.Text(node.holder);
    logged_in = true;
    if (node.account)
      return policy_.Text(node.name) == "default" ? "risk-default-account" : nullptr;
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

  void FindPublic() {
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
        if (evidence.size() < kEvidenceTold) evidence.push_back(tell_.SeenOf(witness));
      }
      const std::string subject = tell_.NodeText(n);
      Add(id, subject,
          fmt::format("{} is given {} rule{}", subject, by.size(), by.size() == 1 ? "" : "s"),
          std::move(evidence), {tell_.HopOf(subject, EndOf(*rules::FindRiskRule(id)), {by[0]})});
    }
  }

  // Bindings by themselves.

  void FindBindings() {
    const bool missing = Wants("risk-missing-role");
    const bool nobody = Wants("risk-subject-of-nobody");
    std::map<std::tuple<bool, NameId, NameId, uint32_t, NameId>, const rbac::Binding*> seen;
    for (const rbac::Binding& binding : policy_.bindings) {
      const rbac::Role* role = evaluator_.RoleOf(binding);
      const std::string name = tell_.BindingName(binding);
      if (!role && missing) {
        Add("risk-missing-role", name,
            fmt::format("{} is of {} {}, which is not there", name,
                        Printable(policy_.Text(binding.role_kind)),
                        Printable(policy_.Text(binding.role_name))),
            {tell_.Seen(name, "roleRef", binding.spot)});
      }
      for (const rbac::Subject& subject : policy_.SubjectsOf(binding)) {
        const bool group = subject.kind == SubjectKind::kGroup;
        if (nobody && !group && subject.user == kNoName) {
          Add("risk-subject-of-nobody", name,
              fmt::format("{} names {} {}, which nobody can be", name,
                          Printable(policy_.Text(subject.kind_name)),
                          Printable(policy_.Text(subject.name))),
              {tell_.Seen(name, "subjects", binding.spot)});
        }
        if (!role || (!group && subject.user == kNoName)) continue;
        const auto [at, fresh] = seen.try_emplace(
            std::tuple(group, group ? subject.name : subject.user,
                       binding.cluster ? Names::kEmpty : binding.space,
                       static_cast<uint32_t>(role - policy_.roles.data()), NameId{0}),
            &binding);
        if (fresh || at->second == &binding) continue;
        Add("risk-duplicate-grants", name,
            fmt::format("{} gives {} {} what {} gives", name,
                        Printable(policy_.Text(subject.kind_name)),
                        Printable(policy_.Text(subject.name)), tell_.BindingName(*at->second)),
            {tell_.Seen(name, "subjects", binding.spot),
             tell_.Seen(tell_.BindingName(*at->second), "subjects", at->second->spot)});
      }
    }
  }

  // Roles by themselves.

  void FindRoles() {
    std::vector<bool> used(policy_.roles.size(), false);
    for (const rbac::Binding& binding : policy_.bindings) {
      if (const rbac::Role* role = evaluator_.RoleOf(binding))
        used[static_cast<size_t>(role - policy_.roles.data())] = true;
    }
    for (size_t i = 0; i < policy_.roles.size(); ++i) {
      const rbac::Role& role = policy_.roles[i];
      const std::string_view name = policy_.Text(role.name);
      // The cluster's own wait for whoever needs them, and those with labels for being aggregated.
      const bool own = name.starts_with("system:") || name.starts_with("kubeadm:") ||
                       name == "admin" || name == "edit" || name == "view" ||
                       name == "cluster-admin" || role.labels != 0;
      if (!used[i] && !own) {
        Add("risk-unused-roles", tell_.RoleName(role),
            fmt::format("{} is bound to nobody", tell_.RoleName(role)),
            {tell_.Seen(tell_.RoleName(role), "metadata.name", role.spot)});
      }
      if (role.aggregated) FindAggregated(role);
    }
  }

  /// Rules that stand in another role than Kubernetes' own ones, by their file and line.
  void FindAggregated(const rbac::Role& role) {
    if (!Wants("risk-aggregation")) return;
    std::vector<Evidence> evidence;
    for (const rbac::Rule& rule : policy_.RulesOf(role)) {
      const rbac::Role* from = OwnerOf(rule);
      if (!from || from == &role || policy_.Text(from->name).starts_with("system:")) continue;
      const std::string_view name = policy_.Text(from->name);
      if (name == "admin" || name == "edit" || name == "view") continue;
      if (!IsEverything(policy_, rule) && bits_.Of(rule) == 0) continue;
      if (evidence.size() < kEvidenceTold)
        evidence.push_back(
            tell_.Seen(tell_.RoleName(*from), rbac::RuleText(policy_, rule), from->spot));
    }
    if (evidence.empty()) return;
    Add("risk-aggregation", tell_.RoleName(role),
        fmt::format("{} takes in rules that let one escalate", tell_.RoleName(role)),
        std::move(evidence));
  }
  /// The role in whose text a rule stands.
  const rbac::Role* OwnerOf(const rbac::Rule& rule) {
    if (owner_.empty()) {
      for (const rbac::Role& role : policy_.roles) {
        if (role.aggregated) continue;
        for (const rbac::Rule& own : policy_.RulesOf(role)) owner_[own.begin] = &role;
      }
    }
    const auto at = owner_.find(rule.begin);
    return at == owner_.end() ? nullptr : at->second;
  }

  // Ways to the sinks.

  void FindPaths() {
    struct Way {
      uint32_t node, length;
    };
    for (const SinkRow& row : kSinkRows) {
      if (!Wants(row.rule)) continue;
      std::vector<Way> ways;
      for (uint32_t n = 0; n < graph_.nodes().size(); ++n) {
        const RiskNode& node = graph_.nodes()[n];
        const uint32_t length = graph_.Distance(n, row.sink);
        if (node.known || length == 0) continue;
        // Whoever is cluster-admin as soon has the rest as well.
        const uint32_t admin = graph_.Distance(n, Sink::kAdmin);
        if (row.sink != Sink::kAdmin && admin != 0 && admin <= length) continue;
        ways.push_back({n, length});
      }
      std::ranges::stable_sort(ways, {}, &Way::length);
      for (const Way& way : ways) TellPath(way.node, row);
    }
  }

  void TellPath(uint32_t n, const SinkRow& row) {
    std::vector<Hop> path;
    std::vector<Evidence> evidence;
    std::string text = tell_.NodeText(n);
    for (const Step& step : graph_.Path(n, row.sink)) {
      const std::string from = tell_.NodeText(step.from);
      std::string to = StepEnd(step.to);
      text += " → " + to;
      if (step.row == kNoRow) {
        path.push_back({from, std::move(to), "", "is of the group"});
        continue;
      }
      const std::vector<Witness> by = WitnessesOfStep(step);
      for (const Witness& witness : by) {
        if (evidence.size() < kEvidenceTold) evidence.push_back(tell_.SeenOf(witness));
      }
      path.push_back(tell_.HopOf(from, std::move(to), by));
    }
    Add(row.rule, tell_.NodeText(n), std::move(text), std::move(evidence), std::move(path));
  }

  std::vector<Witness> WitnessesOfStep(const Step& step) const {
    if (step.row != kNamed) {
      const RiskNode& who = graph_.nodes()[step.from];
      Bits bits = who.everywhere;
      if (step.space != Names::kEmpty) {
        for (const Given& given : graph_.GivenTo(who)) {
          if (given.space == step.space) bits |= graph_.RoleBits(given.role);
        }
      }
      return tell_.WitnessesOf(step.from, step.space, atoms_.Satisfied(step.row, bits));
    }
    const RiskNode& who = graph_.nodes()[step.from];
    for (const Given& given : graph_.GivenTo(who)) {
      const auto rules = policy_.RulesOf(policy_.roles[given.role]);
      const rbac::Rule* rule = &policy_.rules[step.space];
      if (!rules.empty() && rule >= rules.data() && rule < rules.data() + rules.size())
        return {{&given, rule}};
    }
    return {};
  }

  const rbac::Evaluator& evaluator_;
  const rbac::Policy& policy_;
  const Atoms atoms_;
  const RiskGraph graph_;
  const RuleBits bits_;
  const RiskTeller tell_;
  std::vector<std::vector<Finding>> findings_;  ///< by row
  std::vector<bool> wanted_;
  std::map<std::string_view, size_t> row_of_;
  std::unordered_map<uint32_t, const rbac::Role*> owner_;
};

}  // namespace

std::vector<Finding> FindRisks(const rbac::Evaluator& evaluator,
                               const std::vector<const rules::Rule*>& wanted) {
  return Finder(evaluator, wanted).Run();
}

}  // namespace seawall::review
