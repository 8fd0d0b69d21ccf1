// Prometheus' text format, for a textfile collector: base units, moments as absolute timestamps,
// facts as _info gauges.
#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "base/text.h"
#include "report/formats/formats.h"
#include "report/time_text.h"

namespace seawall::report {
namespace {

struct Family {
  const char* name;
  const char* help;
};
// The order of Part::kept.
constexpr Family kFamilies[] = {
    {"seawall_node_info", "A node that was audited."},
    {"seawall_component_info", "A component that was found on a node."},
    {"seawall_files_not_read", "Files and folders that could not be read."},
    {"seawall_findings", "Findings by verdict, severity and row of the recipe."},
    {"seawall_finding_open",
     "A finding that fails, is unknown or waits for a person to judge it: 1."},
    {"seawall_certificate_not_after_timestamp_seconds", "End of a certificate's validity."},
};
enum FamilyIndex : size_t { kNode, kComponent, kNotRead, kFindings, kOpen, kNotAfter };

std::string Label(std::string_view text) {
  std::string out;
  for (const char c : Printable(text)) {
    if (c == '\\' || c == '"') out += '\\';
    out += c;
  }
  return out;
}

std::string Labels(const std::vector<std::pair<const char*, std::string_view>>& labels) {
  std::string out;
  for (const auto& [name, value] : labels)
    out += fmt::format("{}{}=\"{}\"", out.empty() ? "" : ",", name, Label(value));
  return "{" + out + "}";
}

/// The series of one family: a collector refuses a file that has one twice.
using Series = std::map<std::string, int64_t>;

/// Several rules look at a certificate's dates.
void AddCertificates(const NodeReport& report, Series& series) {
  for (const Record& record : report.findings) {
    for (const Observation& seen : record.evidence) {
      if (seen.setting != "not after") continue;
      const std::optional<int64_t> end = ParseTimeText(seen.value);
      if (!end) continue;
      const auto [known, added] =
          series.emplace(Labels({{"node", report.node.name},
                                 {"file", seen.place.file},
                                 {"line", fmt::format("{}", seen.place.line)}}),
                         *end);
      if (!added) known->second = std::min(known->second, *end);
    }
  }
}

class Metrics : public Format {
 public:
  using Format::Format;
  Part Make(const NodeReport& report) const override {
    Series series[std::size(kFamilies)];
    const std::string& node = report.node.name;
    series[kNode][Labels({{"node", node}, {"roles", Join(report.node.roles, ",")}})] = 1;
    for (const ComponentRecord& c : report.node.components) {
      series[kComponent][Labels({{"node", node},
                                 {"component", c.component},
                                 {"instance", c.instance},
                                 {"version", c.version ? *c.version : ""}})] = 1;
    }
    series[kNotRead][Labels({{"node", node}})] = static_cast<int64_t>(report.node.not_read.size());
    for (const Record& record : report.findings) {
      const RuleText& rule = *record.rule;
      const char* verdict = VerdictWord(record);
      const char* severity = rules::ToString(rule.severity);
      ++series[kFindings][Labels(
          {{"node", node}, {"verdict", verdict}, {"severity", severity}, {"row", rule.row}})];
      if (Urgency(record) > 2) continue;
      series[kOpen][Labels({{"node", node},
                            {"component", record.component},
                            {"instance", record.instance},
                            {"rule", rule.id},
                            {"verdict", verdict},
                            {"severity", severity}})] = 1;
    }
    AddCertificates(report, series[kNotAfter]);
    Part part;
    for (size_t i = 0; i < std::size(kFamilies); ++i) {
      std::string& lines = part.kept.emplace_back();
      for (const auto& [labels, value] : series[i])
        lines += fmt::format("{}{} {}\n", kFamilies[i].name, labels, value);
    }
    return part;
  }

  std::string Begin(const Totals*) const override { return ""; }

  std::string End(const Totals& totals) const override {
    std::string text = fmt::format(
        "# HELP seawall_build_info The seawall that audited.\n# TYPE seawall_build_info gauge\n"
        "seawall_build_info{} 1\n",
        Labels({{"version", options().version}}));
    text += fmt::format(
        "# HELP seawall_audit_exit_status The audit's exit status: 0 clean, 1 findings, 2 error, 3 "
        "unknown.\n# TYPE seawall_audit_exit_status gauge\nseawall_audit_exit_status {}\n",
        totals.exit_status);
    if (options().at) {
      text += fmt::format(
          "# HELP seawall_audit_timestamp_seconds The moment as of which it was judged.\n# TYPE "
          "seawall_audit_timestamp_seconds gauge\nseawall_audit_timestamp_seconds {}\n",
          *options().at);
    }
    for (size_t i = 0; i < std::size(kFamilies); ++i) {
      const bool any = std::any_of(totals.kept.begin(), totals.kept.end(),
                                   [i](const auto& kept) { return !kept[i].empty(); });
      if (!any) continue;
      text +=
          fmt::format("# HELP {0} {1}\n# TYPE {0} gauge\n", kFamilies[i].name, kFamilies[i].help);
      for (const std::vector<std::string>& kept : totals.kept) text += kept[i];
    }
    return text;
  }
};

}  // namespace

std::unique_ptr<Format> MakeMetrics(Options options) {
  return std::make_unique<Metrics>(std::move(options));
}

}  // namespace seawall::report
