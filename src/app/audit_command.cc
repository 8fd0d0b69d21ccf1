#include <fmt/format.h>
#include <malloc.h>
#include <unistd.h>

#include <algorithm>
#include <ctime>
#include <optional>

#include "app/app.h"
#include "app/cluster_api.h"
#include "app/confine.h"
#include "app/evidence.h"
#include "app/in_order.h"
#include "app/inputs.h"
#include "app/judgement.h"
#include "app/kept_proofs.h"
#include "app/parse.h"
#include "app/policy.h"
#include "app/progress.h"
#include "app/prove_options.h"
#include "app/prove_targets.h"
#include "app/report_error.h"
#include "app/report_writer.h"
#include "app/run.h"
#include "app/scope.h"
#include "app/select.h"
#include "app/signing.h"
#include "app/ssh_fetch.h"
#include "app/terminal.h"
#include "app/version.h"
#include "base/text.h"
#include "cluster/api_facts.h"
#include "proofs/proof.h"
#include "report/prove_report.h"
#include "rules/rule.h"
#include "rules/whole/cluster.h"

namespace seawall::app {
namespace {

struct Job {
  rules::Selection selection;
  std::vector<Wish> wishes;
  report::Options options;
  int64_t now = 0;
  bool as_root = false;
  std::unique_ptr<const Judgement> judgement;
  std::optional<probe::ProbeOptions> prove;
  bool loopback = false;                        ///< a node's loopback addresses are ours
  std::optional<report::RunEvidence> evidence;  ///< with --evidence
  bool whole = false;                           ///< the cluster as a whole is judged, too
  bool whole_is_given = false;                  ///< by several nodes, or by a rule's name
};

/// A node in every format, and what of it decides the exit status.
struct ExaminedNode {
  ScopeHints scope;
  NodeParts parts;
  Tally tally;
};
/// What came of one source, or why it could not be read.
struct Examined {
  std::string name;  ///< of the source
  Result<std::vector<ExaminedNode>> nodes;
  std::vector<rules::whole::NodeFacts> facts = {};  ///< of machines, when the whole is judged
  std::optional<Error> unread = {};  ///< the nodes are there, and nothing is known of them
  std::optional<std::vector<std::string>> listed = {};  ///< nodes that the API lists
};

/// --prove and what only makes sense with it.
Result<void> ReadProve(const Arguments& arguments, Job& job) {
  if (!arguments.Has("prove")) {
    for (const char* option : {"loopback", "timeout", "concurrency", "max-per-host"}) {
      if (!arguments.Has(option)) continue;
      return Fail(ErrorCode::kUsage, "audit", "",
                  fmt::format("--{} is for asking components over the network", option),
                  "add --prove");
    }
    return {};
  }
  if (arguments.Has("filename")) {
    return Fail(ErrorCode::kUsage, "audit", "",
                "-f is configuration: there is no component to be asked",
                "give --root, or audit this machine");
  }
  auto probe = ReadProbeOptions(arguments);
  if (!probe) return std::unexpected(probe.error());
  job.prove = *probe;
  job.loopback = arguments.Has("loopback");
  return {};
}

Result<Job> ReadJob(const Arguments& arguments) {
  Job job;
  if (auto ok = ReadProve(arguments, job); !ok) return std::unexpected(ok.error());
  auto selection = ReadSelection(arguments);
  if (selection && !arguments.Has("quiet")) {
    for (const std::string& rule : NamedButLeftOut(arguments, *selection))
      fmt::print(stderr, "seawall: not asked: {}\n", Printable(rule));
  }
  if (!selection) return std::unexpected(selection.error());
  job.selection = *selection;
  auto now = ReadTime(arguments.Get("at"));
  if (!now) return std::unexpected(now.error());
  job.now = *now;
  auto wishes = ReadWishes(arguments);
  if (!wishes) return std::unexpected(wishes.error());
  job.wishes = std::move(*wishes);
  job.as_root = geteuid() == 0;
  auto judgement = ReadJudgement(arguments, job.now);
  if (!judgement) return std::unexpected(judgement.error());
  job.judgement = std::move(*judgement);
  auto options = ReadReportOptions(arguments);
  if (!options) return std::unexpected(options.error());
  job.options = std::move(*options);
  job.options.version = kVersion;
  job.options.at = job.now;
  job.options.at_given = arguments.Has("at");
  auto framework = ReadFramework(arguments);
  if (!framework) return std::unexpected(framework.error());
  job.options.framework = *framework;
  if (arguments.Has("operator") && !arguments.Has("evidence")) {
    return Fail(ErrorCode::kUsage, "read --operator", "", "only --evidence says who audited",
                "add --evidence");
  }
  if (arguments.Has("evidence"))
    job.evidence = BeginEvidence(arguments, job.selection, job.options.at_given ? job.now : 0);
  return job;
}

/// What the node's listeners answer, or answered when it was collected: it is judged beside what
/// the files say, and wins.
Result<void> AddProofs(const cluster::Node& node, const std::string& told, const Job& job,
                       std::vector<rules::Finding>& findings, std::vector<std::string>& endpoints) {
  auto kept =
      told.empty() ? AskNode(node, job.loopback, *job.prove, job.now) : ReadProofs(told, node);
  if (!kept) return std::unexpected(kept.error());
  endpoints = std::move(kept->endpoints);
  proofs::LetProofsWin(kept->proven, findings);
  for (proofs::Proven& one : kept->proven) {
    for (rules::Finding& finding : one.findings) {
      if (proofs::Selected(job.selection, *finding.rule)) findings.push_back(std::move(finding));
    }
  }
  return {};
}

/// Nothing when the API does not show its nodes.
std::optional<std::vector<std::string>> ListedNodes(const cluster::ApiFacts& api) {
  if (!api.nodes.known()) return std::nullopt;
  std::vector<std::string> names;
  for (const cluster::ApiNode& node : api.nodes.value) names.push_back(node.name);
  return names;
}

Examined Examine(const NodeSource& source, const Job& job, const ReportWriter& writer) {
  Examined examined{source.Name(), {}};
  auto nodes = source.Read();
  if (!nodes) {
    examined.nodes = std::unexpected(nodes.error());
    return examined;
  }
  examined.unread = source.Unread();
  for (const cluster::Node& node : *nodes) {
    if (node.api) examined.listed = ListedNodes(*node.api);
    rules::Notes notes;
    std::vector<rules::Finding> findings = rules::Evaluate(node, job.selection, job.now, &notes);
    if (job.whole && node.is_machine && !examined.unread)
      examined.facts.push_back(rules::whole::FactsOf(
          node, *rules::InventoryOf({node, nullptr, job.now, &notes}), source.SecretsKey()));
    std::vector<std::string> endpoints;
    const std::string kept = source.KeptProofs();
    if (((job.prove && !node.managed) || !kept.empty()) && !examined.unread) {
      auto ok = AddProofs(node, kept, job, findings, endpoints);
      if (!ok) {
        examined.nodes = std::unexpected(ok.error());
        return examined;
      }
    }
    report::NodeReport report =
        report::Describe(node, std::move(findings), node.collected_as_root.value_or(job.as_root),
                         job.evidence.has_value());
    report.node.endpoints = std::move(endpoints);
    job.judgement->Apply(report);
    examined.nodes->push_back({job.evidence ? HintsOf(node) : ScopeHints{}, writer.Make(report),
                               job.judgement->Count(report)});
  }
  return examined;
}

/// Takes what was examined, in order; what could not be read is told at once, the rest goes on.
class Collector {
 public:
  Collector(const Job& job, ReportWriter& writer)
      : job_(job), writer_(writer), evidence_(job.evidence) {}

  void Add(Examined examined) {
    if (!examined.nodes) {
      TellUnread(examined.name, examined.nodes.error());
      failed_ = true;
      cluster_.AddUnread(std::move(examined.name), examined.nodes.error());
      return;
    }
    if (examined.unread) {
      TellUnread(examined.name, *examined.unread);
      cluster_.AddUnread(std::move(examined.name), *examined.unread);
    } else {
      something_ = true;
    }
    if (examined.listed) cluster_.SetListed(std::move(*examined.listed));
    for (ExaminedNode& node : *examined.nodes) {
      if (evidence_ && !examined.unread) scope_.push_back(std::move(node.scope));
      Write(std::move(node));
    }
    for (auto& facts : examined.facts) cluster_.Add(std::move(facts));
  }

  Result<int> End() {
    if (JudgesWhole()) JudgeCluster();
    if (!written_) return std::unexpected(written_.error());
    if (failed_ && !writer_.begun()) return kExitError;
    const int status =
        failed_ || !something_ ? static_cast<int>(kExitError) : job_.judgement->ExitStatus(tally_);
    writer_.SetWaivers(job_.judgement->WaiverUses());
    writer_.SetAttestations(job_.judgement->AttestationUses());
    if (evidence_) {
      AddScope(scope_, *evidence_);
      if (!job_.options.at_given) evidence_->end = static_cast<int64_t>(std::time(nullptr));
      writer_.SetEvidence({std::move(*evidence_)});
    }
    if (auto ok = writer_.End(status); !ok) return std::unexpected(ok.error());
    return status;
  }

 private:
  void TellUnread(const std::string& name, const Error& error) {
    ReportError(error, ForPrograms(job_.wishes));
    if (evidence_)
      evidence_->not_seen.push_back({report::Safe(name), report::Safe(error.ToString())});
  }

  void Write(ExaminedNode node) {
    tally_.Add(node.tally);
    if (written_) written_ = writer_.Add(std::move(node.parts));
  }

  /// The API alone may show one node, of which nothing differs from another's.
  bool JudgesWhole() const {
    if (!job_.whole || !writer_.begun()) return false;
    return job_.whole_is_given || cluster_.nodes().size() > 1;
  }

  void JudgeCluster() {
    report::NodeReport report =
        report::DescribeCluster(rules::whole::kClusterName, cluster_.Judge(job_.selection));
    job_.judgement->Apply(report);
    Write({{}, writer_.Make(report), job_.judgement->Count(report)});
  }

  const Job& job_;
  ReportWriter& writer_;
  std::optional<report::RunEvidence> evidence_;
  rules::whole::Cluster cluster_;
  std::vector<ScopeHints> scope_;  ///< of the nodes, for the evidence
  Tally tally_;
  bool failed_ = false;     ///< a source gave no nodes at all
  bool something_ = false;  ///< is known of one of them
  Result<void> written_;
};

size_t Machines(const std::vector<std::unique_ptr<NodeSource>>& sources) {
  return static_cast<size_t>(
      std::ranges::count_if(sources, [](const auto& source) { return source->IsMachine(); }));
}

/// Rules about the whole cluster have something to compare, or were asked for by name. With
/// --kubeconfig the API says which nodes there are, and what it knows of them.
void DecideWhole(Job& job, size_t machines, bool with_api) {
  if (!rules::whole::AsksOfCluster(job.selection)) return;
  const bool named = !job.selection.ids.empty();
  job.whole_is_given =
      machines > 1 || (machines == 1 && with_api) || ((machines > 0 || with_api) && named);
  job.whole = job.whole_is_given || with_api;
}

/// Each node takes and gives back the same few megabytes: asking the kernel for them anew each time
/// costs a tenth of the time of a run over many nodes.
void KeepFreedMemory() {
  mallopt(M_TRIM_THRESHOLD, 16 << 20);
  mallopt(M_TOP_PAD, 2 << 20);
  mallopt(M_MMAP_THRESHOLD, 4 << 20);
}

/// What comes from hosts of --ssh; nothing without it.
Result<std::shared_ptr<const SshFetched>> FetchWanted(const Arguments& arguments) {
  const auto options = ReadSshOptions(arguments);
  if (!options) return std::unexpected(options.error());
  if (!*options) return nullptr;
  return FetchBundles(**options);
}

}  // namespace

Result<int> RunAudit(const Arguments& arguments) {
  if (auto ok = InstallPolicy(arguments); !ok) return std::unexpected(ok.error());
  auto job = ReadJob(arguments);
  if (!job) return std::unexpected(job.error());
  auto key = ReadSigningKey(arguments);
  if (!key) return std::unexpected(key.error());
  auto writer = ReportWriter::Open(job->wishes, job->options, std::move(*key));
  if (!writer) return std::unexpected(writer.error());
  auto ssh = FetchWanted(arguments);
  if (!ssh) return std::unexpected(ssh.error());
  const bool live = !NamesSources(arguments);
  auto confined = Confine(arguments, ProfileOf(arguments, job->wishes, live,
                                               job->prove ? Speaks::kNetwork : Speaks::kNobody));
  if (!confined) return std::unexpected(confined.error());
  auto sources = ReadSources(arguments, true, *ssh);  // looks into bundles for their names
  if (!sources) return std::unexpected(sources.error());
  if (sources->size() > 1) KeepFreedMemory();
  DecideWhole(*job, Machines(*sources), WantsApi(arguments));
  Collector collector(*job, *writer);
  Progress progress("nodes examined", sources->size());
  size_t done = 0;
  InOrder<Examined>(
      sources->size(), [&](size_t i) { return Examine(*(*sources)[i], *job, *writer); },
      [&](Examined examined) {
        const auto quiet = progress.Quiet();
        collector.Add(std::move(examined));
        progress.Done(++done);
      });
  progress.End();
  return collector.End();
}

}  // namespace seawall::app
