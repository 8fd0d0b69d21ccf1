// `seawall rbac risks`: what of an RBAC policy lets somebody become more than was meant.
#include <fmt/format.h>

#include <algorithm>
#include <ctime>

#include "app/app.h"
#include "app/inputs.h"
#include "app/judgement.h"
#include "app/rbac_inputs.h"
#include "app/report_writer.h"
#include "app/run.h"
#include "app/version.h"
#include "base/text.h"
#include "review/risks.h"
#include "rules/risk_table.h"

namespace seawall::app {
namespace {

constexpr const char* kReportNode = "rbac";

std::optional<rules::Severity> SeverityOf(std::string_view word) {
  for (int s = 0; s <= 3; ++s) {
    const auto severity = static_cast<rules::Severity>(s);
    if (word == rules::ToString(severity)) return severity;
  }
  return std::nullopt;
}

/// --rules and --severity.
Result<std::vector<const rules::Rule*>> ReadWanted(const Arguments& arguments) {
  std::vector<std::string> ids;
  for (const std::string& list : arguments.All("rules")) {
    for (const std::string_view id : Split(list, ',')) ids.emplace_back(id);
  }
  for (const std::string& id : ids) {
    if (rules::FindRiskRule(id)) continue;
    std::vector<std::string> all;
    for (const rules::RiskRow& row : rules::AllRiskRows()) all.emplace_back(row.rule.id);
    const auto near = Closest(id, all);
    return Fail(ErrorCode::kUsage, "read --rules", "",
                fmt::format("there is no rule '{}'", Printable(id)),
                near ? fmt::format("did you mean {}?", *near) : "see `seawall rules --risks`");
  }
  const auto minimum = SeverityOf(arguments.Get("severity", "low"));
  std::vector<const rules::Rule*> wanted;
  for (const rules::RiskRow& row : rules::AllRiskRows()) {
    const bool named = ids.empty() || std::ranges::find(ids, row.rule.id) != ids.end();
    if (named && row.rule.severity >= minimum.value_or(rules::Severity::kLow))
      wanted.push_back(&row.rule);
  }
  return wanted;
}

}  // namespace

Result<int> RunRisks(const Arguments& arguments) {
  auto wanted = ReadWanted(arguments);
  if (!wanted) return std::unexpected(wanted.error());
  auto wishes = ReadWishes(arguments);
  if (!wishes) return std::unexpected(wishes.error());
  auto now = ReadTime(arguments.Get("at"));
  if (!now) return std::unexpected(now.error());
  auto judgement = ReadJudgement(arguments, *now);
  if (!judgement) return std::unexpected(judgement.error());
  auto options = ReadReportOptions(arguments);
  if (!options) return std::unexpected(options.error());
  options->version = kVersion;
  options->at = *now;
  options->at_given = arguments.Has("at");
  auto writer = ReportWriter::Open(*wishes, *options);
  if (!writer) return std::unexpected(writer.error());
  auto loaded = LoadPolicy(arguments, {.wishes = *wishes, .workloads = true});
  if (!loaded) return std::unexpected(loaded.error());
  report::NodeReport report = report::DescribeCluster(
      kReportNode, review::FindRisks(*(*loaded)->evaluator, *wanted, (*loaded)->workloads));
  report.node.read = (*loaded)->read;
  for (std::string& file : report.node.read) file = report::Safe(std::move(file));
  (*judgement)->Apply(report);
  const Tally tally = (*judgement)->Count(report);
  if (auto ok = writer->Add(writer->Make(report)); !ok) return std::unexpected(ok.error());
  const int status = (*judgement)->ExitStatus(tally);
  writer->SetWaivers((*judgement)->WaiverUses());
  writer->SetAttestations((*judgement)->AttestationUses());
  if (auto ok = writer->End(status); !ok) return std::unexpected(ok.error());
  return status;
}

}  // namespace seawall::app
