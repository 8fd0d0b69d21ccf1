#include <fmt/format.h>

#include <algorithm>

#include "app/app.h"
#include "app/policy.h"
#include "app/run.h"
#include "app/select.h"
#include "app/terminal.h"
#include "base/text.h"
#include "proofs/proof.h"
#include "report/rule_report.h"
#include "rules/risk_table.h"
#include "rules/rule.h"

namespace seawall::app {
namespace {

/// The rules of `prove` that a selection of the audit's options leaves.
std::vector<const rules::Rule*> SelectProofs(const rules::Selection& selection) {
  std::vector<const rules::Rule*> chosen;
  for (const proofs::ProofRule& proof : proofs::AllProofRules()) {
    if (proofs::Selected(selection, proof.rule)) chosen.push_back(&proof.rule);
  }
  return chosen;
}

/// The same of `rbac risks`.
std::vector<const rules::Rule*> SelectRisks(const rules::Selection& selection) {
  std::vector<const rules::Rule*> chosen;
  for (const rules::RiskRow& risk : rules::AllRiskRows()) {
    if (proofs::Selected(selection, risk.rule)) chosen.push_back(&risk.rule);
  }
  return chosen;
}

}  // namespace

Result<int> RunRules(const Arguments& arguments) {
  if (auto ok = InstallPolicy(arguments); !ok) return std::unexpected(ok.error());
  auto selection = ReadSelection(arguments);
  if (!selection) return std::unexpected(selection.error());
  std::vector<const rules::Rule*> chosen = arguments.Has("proofs")  ? SelectProofs(*selection)
                                           : arguments.Has("risks") ? SelectRisks(*selection)
                                                                    : rules::Select(*selection);
  bool json = arguments.Get("output", "text") == "json";
  auto framework = ReadFramework(arguments);
  if (!framework) return std::unexpected(framework.error());
  if (*framework != nullptr) {
    auto ok = WriteOut(json ? report::FrameworkAsJson(**framework, chosen)
                            : report::FrameworkAsText(**framework, chosen, TerminalWidth()));
    if (!ok) return std::unexpected(ok.error());
    return kExitClean;
  }
  auto ok = WriteOut(json ? report::RulesAsJson(chosen) : report::RulesAsText(chosen));
  if (!ok) return std::unexpected(ok.error());
  return kExitClean;
}

Result<int> RunExplain(const Arguments& arguments) {
  if (auto ok = InstallPolicy(arguments); !ok) return std::unexpected(ok.error());
  const std::string& id = arguments.positional[0];
  const rules::Rule* rule = rules::FindRule(id);
  if (!rule) rule = proofs::FindProofRule(id);
  if (!rule) rule = rules::FindRiskRule(id);
  if (!rule) {
    std::vector<std::string> ids;
    for (const rules::Rule& r : rules::AllRules()) ids.emplace_back(r.id);
    for (const proofs::ProofRule& proof : proofs::AllProofRules()) ids.emplace_back(proof.rule.id);
    for (const rules::RiskRow& risk : rules::AllRiskRows()) ids.emplace_back(risk.rule.id);
    std::optional<std::string> near = Closest(id, ids);
    return Fail(ErrorCode::kUsage, "explain a rule", "", fmt::format("there is no rule '{}'", id),
                !near ? "see `seawall rules`" : fmt::format("did you mean {}?", *near));
  }
  bool json = arguments.Get("output", "text") == "json";
  auto ok =
      WriteOut(json ? report::RulesAsJson({rule}) : report::ExplainAsText(*rule, TerminalWidth()));
  if (!ok) return std::unexpected(ok.error());
  return kExitClean;
}

}  // namespace seawall::app
