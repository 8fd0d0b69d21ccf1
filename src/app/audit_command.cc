#include <fmt/format.h>
#include <malloc.h>
#include <unistd.h>

#include <atomic>
#include <ctime>
#include <filesystem>

#include "app/app.h"
#include "app/in_order.h"
#include "app/inputs.h"
#include "app/parse.h"
#include "app/report_error.h"
#include "app/run.h"
#include "app/select.h"
#include "app/terminal.h"
#include "app/version.h"
#include "report/audit_report.h"
#include "rules/rule.h"

namespace seawall::app {
namespace {

struct Job {
  rules::Selection selection;
  report::ReportOptions options;
  int64_t now = 0;
  bool json = false;
  bool manual_fails = false;
};

struct Part {
  report::NodePart node;
  std::string worst_rule;
  int worst = 0;
  std::optional<Error> error;
};

Result<Job> ReadJob(const Arguments& arguments) {
  Job job;
  auto selection = ReadSelection(arguments);
  if (!selection) return std::unexpected(selection.error());
  job.selection = *selection;
  auto now = ReadTime(arguments.Get("at"));
  if (!now) return std::unexpected(now.error());
  job.now = *now;
  job.json = arguments.Get("output", "text") == "json";
  job.manual_fails = arguments.Has("fail-on");
  job.options = {.color = UseColor(arguments),
                 .quiet = arguments.Has("quiet"),
                 .verbose = arguments.Has("verbose"),
                 .width = TerminalWidth(),
                 .as_root = geteuid() == 0,
                 .version = kVersion};
  if (job.options.quiet && job.options.verbose) {
    return Fail(ErrorCode::kUsage, "audit", "", "--quiet and --verbose exclude each other",
                "give one of them");
  }
  return job;
}

Part Examine(const NodeSource& source, const Job& job) {
  Part part;
  auto nodes = source.Read();
  if (!nodes) {
    part.error = nodes.error();
    return part;
  }
  for (const cluster::Node& node : *nodes) {
    std::vector<rules::Finding> findings = rules::Evaluate(node, job.selection, job.now);
    report::NodePart one = job.json ? report::JsonPart(node, findings, job.options)
                                    : report::TextPart(node, findings, job.options);
    int weight = 0;
    std::string_view worst = report::WorstRule(findings, weight);
    if (!worst.empty() && (part.worst_rule.empty() || weight > part.worst)) {
      part.worst_rule = worst;
      part.worst = weight;
    }
    const char* gap = part.node.findings.empty() ? "" : job.json ? ",\n" : "\n";
    if (part.node.findings.empty()) {
      part.node.findings = std::move(one.findings);
    } else if (!one.findings.empty()) {
      part.node.findings += gap + one.findings;
    }
    if (!one.node.empty()) part.node.node += (part.node.node.empty() ? "" : ",\n") + one.node;
    part.node.summary.Add(one.summary);
  }
  return part;
}

/// Writes parts as they come, in order, and keeps what the end of the report needs.
class Writer {
 public:
  explicit Writer(const Job& job) : job_(job) {}

  void Add(Part part) {
    if (part.error) {
      ReportError(*part.error, job_.json);
      failed_ = true;
      return;
    }
    if (const std::string text = Begin(part); !text.empty()) Put(text);
    if (!part.node.findings.empty()) Put(part.node.findings);
    if (!part.node.node.empty()) nodes_.push_back(std::move(part.node.node));
    summary_.Add(part.node.summary);
    if (!part.worst_rule.empty() && (worst_rule_.empty() || part.worst > worst_)) {
      worst_rule_ = part.worst_rule;
      worst_ = part.worst;
    }
  }

  Result<int> End() {
    if (failed_ && !begun_) return kExitError;
    int status = report::ExitStatus(summary_, job_.manual_fails);
    if (failed_) status = kExitError;
    std::string text = begun_ ? "" : Opening();
    text += job_.json ? report::JsonEnd(summary_, nodes_, status)
                      : report::TextEnd(summary_, job_.options, worst_rule_, status);
    Put(text);
    if (error_) return std::unexpected(*error_);
    return status;
  }

 private:
  std::string Opening() { return job_.json ? report::JsonBegin(job_.options) : ""; }
  std::string Begin(const Part& part) {
    std::string text = begun_ ? "" : Opening();
    begun_ = true;
    if (part.node.findings.empty()) return text;
    if (any_) text += job_.json ? ",\n" : "\n";
    any_ = true;
    return text;
  }
  void Put(const std::string& text) {
    if (error_) return;
    if (auto ok = WriteOut(text); !ok) error_ = ok.error();
  }

  const Job& job_;
  report::Summary summary_;
  std::vector<std::string> nodes_;
  std::string worst_rule_;
  int worst_ = 0;
  bool begun_ = false;
  bool any_ = false;
  bool failed_ = false;
  std::optional<Error> error_;
};

/// Each node takes and gives back the same few megabytes: asking the kernel for them anew each time
/// costs a tenth of the time of a run over many nodes.
void KeepFreedMemory() {
  mallopt(M_TRIM_THRESHOLD, 16 << 20);
  mallopt(M_TOP_PAD, 2 << 20);
  mallopt(M_MMAP_THRESHOLD, 4 << 20);
}

}  // namespace

Result<int> RunAudit(const Arguments& arguments) {
  auto job = ReadJob(arguments);
  if (!job) return std::unexpected(job.error());
  auto sources = ReadSources(arguments);
  if (!sources) return std::unexpected(sources.error());
  if (sources->size() > 1) KeepFreedMemory();
  Writer writer(*job);
  InOrder<Part>(
      sources->size(), [&](size_t i) { return Examine(*(*sources)[i], *job); },
      [&](Part part) { writer.Add(std::move(part)); });
  return writer.End();
}

}  // namespace seawall::app
