// RFC 4180: a line for each finding, CRLF at its end. A field that a spreadsheet would take for a
// formula is begun with an apostrophe.
#include <fmt/format.h>

#include "base/text.h"
#include "report/evidence_text.h"
#include "report/formats/csv_field.h"
#include "report/formats/formats.h"
#include "report/waiver_text.h"

namespace seawall::report {
namespace {

constexpr const char* kHeader =
    "node,component,instance,rule,title,severity,row,cis,verdict,reason,expected,evidence,file,"
    "line,column,remedy,link\r\n";

std::string Line(const Record& record) {
  std::vector<std::string> evidence;
  for (const Observation& seen : record.evidence) evidence.push_back(EvidenceText(seen));
  const Spot nowhere;
  const Spot* place = FirstPlace(record.evidence);
  if (place == nullptr) place = &nowhere;
  const auto number = [](uint32_t n) { return n ? fmt::format("{}", n) : ""; };
  const RuleText& rule = *record.rule;
  const std::string fields[] = {CsvField(record.node),       CsvField(record.component),
                                CsvField(record.instance),   CsvField(rule.id),
                                CsvField(rule.title),        rules::ToString(rule.severity),
                                CsvField(rule.row),          CsvField(Join(rule.cis, " ")),
                                VerdictWord(record),         CsvField(ReasonText(record)),
                                CsvField(record.expected()), CsvField(Join(evidence, "; ")),
                                CsvField(place->file),       number(place->line),
                                number(place->column),       CsvField(record.remedy()),
                                CsvField(rule.link)};
  return Join(fields, ",") + "\r\n";
}

class Csv : public Format {
 public:
  using Format::Format;
  Part Make(const NodeReport& report) const override {
    Part part;
    for (const Record& record : report.findings) part.body += Line(record);
    return part;
  }
  std::string Begin(const Totals*) const override { return kHeader; }
  std::string End(const Totals&) const override { return ""; }
};

}  // namespace

std::string CsvField(std::string_view text) {
  std::string field = Printable(text);
  // Spaces before it do not keep a spreadsheet from seeing a formula.
  const size_t first = field.find_first_not_of(' ');
  if (first != std::string::npos && std::string_view("=+-@|%").contains(field[first]))
    field.insert(0, "'");
  if (field.find_first_of(",\"") == std::string::npos && !field.starts_with(' ') &&
      !field.ends_with(' ')) {
    return field;
  }
  std::string quoted = "\"";
  for (const char c : field) quoted += c == '"' ? std::string("\"\"") : std::string(1, c);
  return quoted + "\"";
}

std::unique_ptr<Format> MakeCsv(Options options) {
  return std::make_unique<Csv>(std::move(options));
}

}  // namespace seawall::report
