#include "app/select.h"

#include <fmt/format.h>

#include <algorithm>

#include "app/parse.h"
#include "base/text.h"
#include "proofs/proof.h"
#include "report/accepted.h"
#include "rules/recipe.h"

namespace seawall::app {
namespace {

Result<void> CheckKnown(const std::vector<std::string>& wanted,
                        const std::vector<std::string>& known, const char* what, const char* list) {
  for (const std::string& w : wanted) {
    if (std::find(known.begin(), known.end(), w) != known.end()) continue;
    std::optional<std::string> near = Closest(w, known);
    return Fail(ErrorCode::kUsage, "choose rules", "", fmt::format("there is no {} '{}'", what, w),
                !near ? std::string(list) : fmt::format("did you mean {}? {}", *near, list));
  }
  return {};
}

/// Patterns with the rules that they are for in their place; one that is for none stays.
std::vector<std::string> Expanded(const std::vector<std::string>& wanted,
                                  const std::vector<std::string>& ids) {
  std::vector<std::string> all;
  for (const std::string& word : wanted) {
    const size_t before = all.size();
    if (word.find_first_of("*?") != std::string::npos) {
      std::ranges::copy_if(ids, std::back_inserter(all),
                           [&](const std::string& id) { return report::Matches(word, id); });
    }
    if (all.size() == before) all.push_back(word);
  }
  return all;
}

/// What leaves the rule out of the selection: "it is low, and --severity critical asks for more";
/// "" where nothing does.
std::string WhyLeftOut(const rules::Selection& selection, const rules::Rule& rule) {
  const auto asks = [](const std::vector<std::string>& wanted, std::string_view word) {
    return wanted.empty() || std::ranges::find(wanted, word) != wanted.end();
  };
  if (rule.severity < selection.minimum) {
    return fmt::format("it is of severity {}, and --severity asks for {}",
                       rules::ToString(rule.severity), rules::ToString(selection.minimum));
  }
  if (!asks(selection.rows, rule.row))
    return fmt::format("it stands in row {}, and --row asks for {}", rule.row,
                       Join(selection.rows, ", "));
  if (selection.cis.empty()) return "";
  rules::Selection only;
  only.cis = selection.cis;
  const auto chosen = rules::Select(only);
  if (std::ranges::find(chosen, &rule) != chosen.end()) return "";
  return fmt::format("--cis asks for {}, which it is not", Join(selection.cis, ", "));
}

}  // namespace

std::vector<std::string> NamedButLeftOut(const Arguments& arguments,
                                         const rules::Selection& selection) {
  std::vector<std::string> all;
  for (const std::string& word : SplitLists(arguments.All("rules"))) {
    const std::string id(Trim(word));  // of a pattern's rules nobody named each
    const rules::Rule* rule = rules::FindRule(id);
    if (rule == nullptr) rule = proofs::FindProofRule(id);
    const std::string why = rule == nullptr ? "" : WhyLeftOut(selection, *rule);
    if (!why.empty()) all.push_back(fmt::format("{} ({})", id, why));
  }
  return all;
}

Result<const rules::Framework*> ReadFramework(const Arguments& arguments) {
  if (!arguments.Has("framework")) return nullptr;
  const std::string id = arguments.Get("framework");
  if (const rules::Framework* framework = rules::FindFramework(id)) return framework;
  std::vector<std::string> ids;
  for (const rules::Framework& framework : rules::AllFrameworks()) ids.emplace_back(framework.id);
  return Fail(ErrorCode::kUsage, "choose a framework", "",
              fmt::format("there is no framework '{}'", PrintableShort(id, 40)),
              fmt::format("there are {}", Join(ids, ", ")));
}

Result<rules::Selection> ReadSelection(const Arguments& arguments) {
  rules::Selection selection;
  for (auto [name, list] :
       {std::pair{"rules", &selection.ids}, {"row", &selection.rows}, {"cis", &selection.cis}}) {
    for (const std::string& word : SplitLists(arguments.All(name))) {
      if (!Trim(word).empty()) list->emplace_back(Trim(word));
    }
    // An empty variable of a script is no wish for everything.
    if (arguments.Has(name) && list->empty()) {
      return Fail(ErrorCode::kUsage, "choose rules", "", fmt::format("--{} names nothing", name),
                  "see `seawall rules`");
    }
  }
  std::vector<std::string> ids, rows, items;
  for (const rules::Row& row : rules::AllRows()) rows.emplace_back(row.id);
  for (const rules::Rule& rule : rules::AllRules()) {
    ids.emplace_back(rule.id);
    // An organisation's own rules may stand in a row of their own.
    if (std::ranges::find(rows, rule.row) == rows.end()) rows.emplace_back(rule.row);
    for (std::string& item : SplitWords(rule.cis)) {
      for (size_t dot = item.find('.'); dot != std::string::npos; dot = item.find('.', dot + 1))
        items.push_back(item.substr(0, dot));
      items.push_back(std::move(item));
    }
  }
  // What only a proof can show may be chosen where proofs are made, or listed.
  const bool proofs = arguments.Has("prove") || arguments.Has("proofs");
  if (proofs) {
    for (const proofs::ProofRule& proof : proofs::AllProofRules()) ids.emplace_back(proof.rule.id);
  }
  selection.ids = Expanded(selection.ids, ids);
  if (auto ok = CheckKnown(selection.ids, ids, "rule", "see `seawall rules`"); !ok)
    return std::unexpected(ok.error());
  if (auto ok = CheckKnown(selection.rows, rows, "row", "see `seawall help rows`"); !ok)
    return std::unexpected(ok.error());
  if (auto ok = CheckKnown(selection.cis, items, "CIS item", "see `seawall rules`"); !ok)
    return std::unexpected(ok.error());
  std::string severity = arguments.Get("severity", "low");
  for (auto s : {rules::Severity::kLow, rules::Severity::kMedium, rules::Severity::kHigh,
                 rules::Severity::kCritical}) {
    if (severity == rules::ToString(s)) selection.minimum = s;
  }
  const bool any_proof =
      proofs && std::ranges::any_of(proofs::AllProofRules(), [&](const proofs::ProofRule& proof) {
        return proofs::Selected(selection, proof.rule);
      });
  if (rules::Select(selection).empty() && !any_proof) {
    if (const auto left_out = NamedButLeftOut(arguments, selection); !left_out.empty()) {
      return Fail(ErrorCode::kUsage, "choose rules", "",
                  "of what --rules names nothing is left: " + Join(left_out, ", "),
                  "leave --severity, --row or --cis away: they narrow --rules");
    }
    return Fail(ErrorCode::kUsage, "choose rules", "",
                "no rule is of all that --rules, --row, --cis and --severity ask for",
                "give fewer of them: several narrow each other");
  }
  return selection;
}

}  // namespace seawall::app
