// JUnit's XML as CI systems read it: a suite for each node and row of the recipe, a case for each
// finding. What fails is a failure; what is unknown is an error, because a case that nobody could
// evaluate must not be green; what only a person can judge, does not apply or is waived is skipped
// with its reason. Only a pass counts as passed.
#include <fmt/format.h>

#include <map>

#include "base/text.h"
#include "report/evidence_text.h"
#include "report/formats/formats.h"
#include "report/markup.h"
#include "report/waiver_text.h"
#include "rules/recipe.h"

namespace seawall::report {
namespace {

struct Counts {
  size_t failures = 0, errors = 0, skipped = 0;
  void Add(const Record& record) {
    const int urgency = Urgency(record);
    if (urgency == 0) ++failures;
    if (urgency == 1) ++errors;
    if (urgency >= kForAPerson && urgency != kPasses) ++skipped;
  }
};

/// Everything that a person needs to know of a finding, in lines.
std::string Details(const Record& record) {
  std::string text = ReasonText(record) + "\n";
  for (const Observation& seen : record.evidence) text += EvidenceText(seen) + "\n";
  text += fmt::format("wanted: {}\n", Printable(record.expected()));
  if (Urgency(record) == 0) text += fmt::format("edit: {}\n", Printable(record.remedy()));
  return text + Printable(record.rule->link);
}

std::string Case(const Record& record) {
  std::string name = record.rule->id;
  if (!record.instance.empty()) name += fmt::format(" ({})", record.instance);
  std::string xml = fmt::format("    <testcase classname=\"{}.{}\" name=\"{}\" time=\"0\"",
                                Markup(record.node), Markup(record.component), Markup(name));
  const std::string reason = Markup(ReasonText(record));
  switch (Urgency(record)) {
    case kFails:
    case kIsUnknown: {
      const char* element = Urgency(record) == 0 ? "failure" : "error";
      return xml +
             fmt::format(">\n      <{0} type=\"{1}\" message=\"{2}\">{3}</{0}>\n    </testcase>\n",
                         element, rules::ToString(record.rule->severity), reason,
                         MarkupLines(Details(record)));
    }
    case kPasses:
      return xml + "/>\n";
    default:
      return xml + fmt::format(">\n      <skipped message=\"{}: {}\"/>\n    </testcase>\n",
                               VerdictWord(record), reason);
  }
}

std::string Suite(std::string_view node, std::string_view row,
                  const std::vector<const Record*>& records) {
  Counts counts;
  std::string cases;
  for (const Record* record : records) {
    counts.Add(*record);
    cases += Case(*record);
  }
  const rules::Row* known = rules::FindRow(row);
  return fmt::format(
      "  <testsuite name=\"{}: {} {}\" tests=\"{}\" failures=\"{}\" errors=\"{}\" skipped=\"{}\" "
      "time=\"0\">\n{}  </testsuite>\n",
      Markup(node), Markup(row), Markup(known ? known->title : ""), records.size(), counts.failures,
      counts.errors, counts.skipped, cases);
}

class Junit : public Format {
 public:
  using Format::Format;
  Part Make(const NodeReport& report) const override {
    std::map<std::string_view, std::vector<const Record*>> rows;
    for (const Record& record : report.findings) rows[record.rule->row].push_back(&record);
    Part part;
    for (const auto& [row, records] : rows) part.body += Suite(report.node.name, row, records);
    return part;
  }
  std::string Begin(const Totals*) const override {
    return "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"seawall audit\">\n";
  }
  std::string End(const Totals&) const override { return "</testsuites>\n"; }
};

}  // namespace

std::unique_ptr<Format> MakeJunit(Options options) {
  return std::make_unique<Junit>(std::move(options));
}

}  // namespace seawall::report
