#include "report/stored_report.h"

#include <fmt/format.h>

#include "base/text.h"
#include "report/finding_json.h"

namespace seawall::report {
namespace {

constexpr const char* kAttempt = "read the report";
constexpr const char* kTodo = "name what `seawall audit -o json` wrote, whole and unchanged";

struct SchemaVersion {
  int64_t major = 0, minor = 0;
};

std::optional<SchemaVersion> ParseVersion(std::string_view text) {
  const size_t dot = text.find('.');
  if (dot == std::string_view::npos) return std::nullopt;
  const auto major = ParseInt(text.substr(0, dot));
  const auto minor = ParseInt(text.substr(dot + 1));
  if (!major || !minor || *major < 0 || *minor < 0) return std::nullopt;
  return SchemaVersion{*major, *minor};
}

bool SameCounts(const Summary& a, const Summary& b) {
  for (size_t i = 0; i < 4; ++i) {
    if (a.fail_by_severity[i] != b.fail_by_severity[i]) return false;
  }
  return a.pass == b.pass && a.fail == b.fail && a.unknown == b.unknown && a.manual == b.manual &&
         a.not_applicable == b.not_applicable && a.waived == b.waived && a.attested == b.attested;
}

/// Whether the findings come in the order of the nodes, none of another node among them.
bool InOrderOfNodes(const std::vector<std::string>& runs, const std::vector<NodeRecord>& nodes) {
  size_t next = 0;
  for (const std::string& run : runs) {
    while (next < nodes.size() && nodes[next].name != run) ++next;
    if (next++ >= nodes.size()) return false;
  }
  return true;
}

}  // namespace

Result<StoredReport> StoredReport::Read(Descriptor file, std::string name) {
  StoredReport report;
  report.file_ = std::move(file);
  report.name_ = std::move(name);
  while (true) {
    report.pass_ = {};
    auto ok = report.pass_.Run(report.file_.get(), report.name_, report.lenient_, nullptr);
    if (!ok) return std::unexpected(ok.error());
    if (!report.pass_.schema_version) {
      return Fail(ErrorCode::kMalformed, kAttempt, report.name_,
                  "this is no report of seawall: it has no schemaVersion", kTodo);
    }
    const auto version = ParseVersion(*report.pass_.schema_version);
    if (!version || version->major != kSchemaMajor) {
      return Fail(ErrorCode::kUnsupported, kAttempt, report.name_,
                  fmt::format("its schemaVersion is '{}', and this seawall reads {}.x",
                              PrintableShort(*report.pass_.schema_version, 20), kSchemaMajor),
                  "read it with the seawall that wrote it, or audit again");
    }
    // Its version may stand behind fields that only a newer one has.
    if (report.lenient_ || version->minor <= kSchemaMinor) break;
    report.lenient_ = true;
  }
  if (auto ok = report.Check(); !ok) return std::unexpected(ok.error());
  // What the counts of a report do not tell, and its nodes do.
  for (const NodeRecord& node : report.pass_.nodes) {
    Summary own = Count({node, {}});
    report.pass_.summary.read_as_user += own.read_as_user;
  }
  return report;
}

Result<void> StoredReport::Check() const {
  const auto damaged = [this](std::string why) {
    return Fail(ErrorCode::kMalformed, kAttempt, name_, std::move(why), kTodo);
  };
  if (!pass_.complaint.empty()) {
    return Fail(ErrorCode::kMalformed, kAttempt,
                PlaceOfByte(file_.get(), name_, pass_.complaint_at), pass_.complaint.text(), kTodo);
  }
  for (const auto& [there, what] : {std::pair{pass_.has_tool, "tool"},
                                    {pass_.has_findings, "findings"},
                                    {pass_.has_nodes, "nodes"},
                                    {pass_.has_summary, "summary"}}) {
    if (!there) return damaged(fmt::format("{} is missing", what));
  }
  size_t not_read = 0;
  size_t nodes = 0;
  for (const NodeRecord& node : pass_.nodes) {
    not_read += node.not_read.size();
    nodes += node.cluster ? 0 : 1;
  }
  if (!SameCounts(pass_.summary, pass_.counted) || pass_.summary.nodes != nodes ||
      pass_.summary.blind_spots != not_read) {
    return damaged("its summary does not count what it holds: something was changed or is missing");
  }
  if (!InOrderOfNodes(pass_.runs, pass_.nodes))
    return damaged("a finding's node is not in `nodes`, or not in its order");
  return {};
}

Result<void> StoredReport::ForEachNode(const std::function<Result<void>(NodeReport)>& take) const {
  size_t next = 0;
  NodeReport current;
  const auto flush = [&]() -> Result<void> {
    current.node = pass_.nodes[next++];
    NodeReport full = std::move(current);
    current = {};
    return take(std::move(full));
  };
  ReportPass pass;
  auto ok = pass.Run(file_.get(), name_, lenient_, [&](Record record) -> Result<void> {
    while (next < pass_.nodes.size() && pass_.nodes[next].name != record.node) {
      if (auto done = flush(); !done) return done;
    }
    if (next >= pass_.nodes.size())
      return Fail(ErrorCode::kIo, kAttempt, name_, "it was changed while it was read");
    current.findings.push_back(std::move(record));
    return {};
  });
  while (ok && next < pass_.nodes.size()) ok = flush();
  return ok;
}

}  // namespace seawall::report
