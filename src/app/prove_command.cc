// `seawall prove`: what the components really do, asked over the network.
#include <fmt/format.h>

#include <optional>

#include "app/app.h"
#include "app/cluster_api.h"
#include "app/confine.h"
#include "app/inputs.h"
#include "app/login_trial.h"
#include "app/progress.h"
#include "app/prove_options.h"
#include "app/prove_targets.h"
#include "app/report_error.h"
#include "app/run.h"
#include "app/terminal.h"
#include "app/version.h"
#include "proofs/proof.h"
#include "report/prove_report.h"

namespace seawall::app {
namespace {

struct Job {
  report::Options options;
  probe::ProbeOptions probe;
  bool json = false;
  bool loopback = false;  ///< a node's loopback addresses are ours
  int64_t now = 0;
};

Result<Job> ReadJob(const Arguments& arguments) {
  Job job;
  auto probe = ReadProbeOptions(arguments);
  if (!probe) return std::unexpected(probe.error());
  job.probe = *probe;
  auto now = ReadTime(arguments.Get("at"));
  if (!now) return std::unexpected(now.error());
  job.now = *now;
  job.json = arguments.Get("output", "text") == "json";
  job.loopback = arguments.Has("loopback");
  job.options = {.color = UseColor(arguments),
                 .quiet = arguments.Has("quiet"),
                 .verbose = arguments.Has("verbose"),
                 .width = TerminalWidth(),
                 .version = kVersion};
  if (job.options.quiet && job.options.verbose) {
    return Fail(ErrorCode::kUsage, "prove", "", "--quiet and --verbose exclude each other",
                "give one of them");
  }
  return job;
}

Result<std::vector<cluster::Node>> ReadNodes(const Arguments& arguments) {
  std::vector<cluster::Node> nodes;
  const bool named = arguments.Has("endpoint") || WantsApi(arguments);
  if (named && !arguments.Has("root")) return nodes;
  auto sources = ReadSources(arguments, false);
  if (!sources) return std::unexpected(sources.error());
  for (const auto& source : *sources) {
    auto read = source->Read();
    if (!read) return std::unexpected(read.error());
    for (cluster::Node& node : *read) nodes.push_back(std::move(node));
  }
  return nodes;
}

Result<std::vector<ProveTarget>> ReadTargets(const Arguments& arguments, const Job& job,
                                             const std::vector<cluster::Node>& nodes,
                                             std::vector<ProveTarget> targets) {
  for (const cluster::Node& node : nodes) AddListeners(node, job.loopback, targets);
  for (const std::string& text : arguments.All("endpoint")) {
    auto endpoint = ReadEndpoint(text);
    if (!endpoint) return std::unexpected(endpoint.error());
    ProveTarget target;
    target.node_name = endpoint->host;
    target.endpoint = std::move(*endpoint);
    targets.push_back(std::move(target));
  }
  if (targets.empty()) {
    return Fail(ErrorCode::kNotFound, "prove", "", "no component was found that listens",
                "name one with --endpoint HOST:PORT, or a node's files with --root");
  }
  return targets;
}

/// Writes endpoints in their order as soon as all before them are there, and findings last.
class Writer {
 public:
  Writer(const Job& job, const std::vector<ProveTarget>& targets)
      : job_(job), targets_(targets), parts_(targets.size()) {}

  void Add(size_t index, const probe::Observation& seen) {
    const ProveTarget& target = targets_[index];
    std::vector<report::Record> findings;
    for (rules::Finding& finding : proofs::Judge(
             {.seen = seen, .node = target.node, .component = target.component, .now = job_.now},
             target.node_name)) {
      summary_.Add(finding.outcome.verdict, finding.manual, finding.rule->severity);
      findings.push_back(report::Describe(std::move(finding)));
    }
    reach_.Add(seen);
    parts_[index] = job_.json ? report::ProveJsonPart(seen, findings)
                              : report::ProveTextPart(seen, findings, job_.options);
    Flush();
  }

  Result<int> End() {
    const int status = report::ExitStatus(summary_, false);
    if (job_.json) {
      Put((written_ ? "" : report::ProveJsonBegin(job_.options)) + report::ProveJsonMiddle());
      bool first = true;
      for (const auto& part : parts_) {
        if (!part || part->findings.empty()) continue;
        Put((first ? "" : ",\n") + part->findings);
        first = false;
      }
    }
    Put(job_.json ? report::ProveJsonEnd(summary_, reach_, status)
                  : report::ProveTextEnd(summary_, reach_, job_.options, status));
    if (error_) return std::unexpected(*error_);
    return status;
  }

 private:
  void Flush() {
    for (; next_ < parts_.size() && parts_[next_]; ++next_) {
      std::string& text = parts_[next_]->endpoint;
      if (text.empty()) continue;
      const char* gap = job_.json ? ",\n" : "\n";
      const std::string before = written_    ? gap
                                 : job_.json ? report::ProveJsonBegin(job_.options)
                                             : "";
      Put(before + text);
      written_ = true;
      text = std::string();
    }
  }
  void Put(const std::string& text) {
    if (error_) return;
    if (auto ok = WriteOut(text); !ok) error_ = ok.error();
  }

  const Job& job_;
  const std::vector<ProveTarget>& targets_;
  std::vector<std::optional<report::EndpointPart>> parts_;
  report::Summary summary_;
  report::ReachSummary reach_;
  size_t next_ = 0;
  bool written_ = false;
  std::optional<Error> error_;
};

}  // namespace

Result<int> RunProve(const Arguments& arguments) {
  auto job = ReadJob(arguments);
  if (!job) return std::unexpected(job.error());
  const bool live = !arguments.Has("root") && !arguments.Has("endpoint") && !WantsApi(arguments);
  auto confined = Confine(arguments, ProfileOf(arguments, {}, live, Speaks::kNetwork));
  if (!confined) return std::unexpected(confined.error());
  auto nodes = ReadNodes(arguments);
  if (!nodes) return std::unexpected(nodes.error());
  std::optional<LoginTrial> login;
  std::vector<ProveTarget> of_api;
  if (WantsApi(arguments)) {
    auto trial = LoginTrial::Open(arguments, of_api);
    if (!trial) return std::unexpected(trial.error());
    login = std::move(*trial);
  }
  auto targets = ReadTargets(arguments, *job, *nodes, std::move(of_api));
  if (!targets) return std::unexpected(targets.error());
  Writer writer(*job, *targets);
  std::vector<std::pair<size_t, probe::Observation>> waiting;
  Progress progress("endpoints asked", targets->size());
  size_t done = 0;
  const auto add = [&](size_t i, const probe::Observation& seen) {
    const auto quiet = progress.Quiet();
    writer.Add(i, seen);
    progress.Done(++done);
  };
  auto ok = AskTargets(*targets, job->probe, [&](size_t i, const probe::Observation& seen) {
    if (login && login->Wants(seen))
      waiting.emplace_back(i, seen);
    else
      add(i, seen);
  });
  if (!ok) return std::unexpected(ok.error());
  // Where only one can be asked at a time, the listeners do not wait for it with their timeouts.
  for (auto& [i, seen] : waiting) {
    login->Ask(seen, job->probe.timeout);
    add(i, seen);
  }
  progress.End();
  return writer.End();
}

}  // namespace seawall::app
