// `seawall report`: stored audits in other formats, several as one, judged again where asked.
#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "app/app.h"
#include "app/confine.h"
#include "app/inputs.h"
#include "app/judgement.h"
#include "app/policy.h"
#include "app/report_writer.h"
#include "app/run.h"
#include "app/select.h"
#include "app/signing.h"
#include "app/stored.h"
#include "app/terminal.h"
#include "app/version.h"
#include "base/text.h"

namespace seawall::app {
namespace {

struct Source {
  std::string name;  ///< given to the file, or ""
  report::StoredReport report;
};

std::string NodeName(const Source& source, const std::string& node) {
  return source.name.empty() ? node : source.name + "/" + node;
}

/// Two nodes of one name could not be told apart.
Result<void> CheckNames(const std::vector<Source>& sources) {
  std::map<std::string, const Source*> known;
  for (const Source& source : sources) {
    for (const report::NodeRecord& node : source.report.nodes()) {
      const std::string name = NodeName(source, node.name);
      const auto [at, fresh] = known.try_emplace(name, &source);
      if (fresh || at->second == &source) continue;
      return Fail(
          ErrorCode::kUsage, "put reports together", source.report.name(),
          fmt::format("its node {} is in {}, too", Printable(name), at->second->report.name()),
          "tell clusters apart with NAME=FILE, or compare results with `seawall diff` or "
          "--fleet");
    }
  }
  return {};
}

Result<std::vector<Source>> ReadFiles(const Arguments& arguments) {
  std::vector<Source> sources;
  size_t from_input = 0;
  for (const std::string& word : arguments.positional) {
    const NamedFile file = SplitNamedFile(word);
    from_input += file.path == "-";
    if (from_input > 1)
      return Fail(ErrorCode::kUsage, "read reports", "", "standard input is named twice");
    auto stored = OpenStored(file.path);
    if (!stored) return std::unexpected(stored.error());
    sources.push_back({file.name, std::move(*stored)});
  }
  if (auto ok = CheckNames(sources); !ok) return std::unexpected(ok.error());
  return sources;
}

/// What is true of every report, else what this program would say.
void DescribeOrigin(const std::vector<Source>& sources, report::Options& options) {
  options.version = sources.front().report.tool_version();
  options.at = sources.front().report.at();
  for (const Source& source : sources) {
    if (source.report.tool_version() != options.version) options.version = kVersion;
    if (source.report.at() != options.at) options.at.reset();
  }
  options.at_given = options.at.has_value();
}

/// The exit status of several audits as one: not all was done, something fails, something is
/// unknown.
int Combine(const std::vector<Source>& sources) {
  int status = kExitClean;
  for (const int worse : {kExitUnknown, kExitFindings, kExitError}) {
    if (std::ranges::any_of(sources,
                            [&](const Source& s) { return s.report.exit_status() == worse; }))
      status = worse;
  }
  return status;
}

/// The moment as of which waivers end.
Result<int64_t> Moment(const Arguments& arguments, const report::Options& options) {
  if (!arguments.Has("at") && options.at) return *options.at;
  return ReadTime(arguments.Get("at"));
}

Result<void> WriteNodes(const Source& source, const Judgement& judgement, bool again,
                        ReportWriter& writer, Tally& tally) {
  return source.report.ForEachNode([&](report::NodeReport node) {
    if (!source.name.empty()) {
      node.node.name = report::Safe(NodeName(source, node.node.name));
      for (report::Record& record : node.findings) record.node = node.node.name;
    }
    if (again) judgement.Apply(node);
    tally.Add(judgement.Count(node));
    return writer.Add(writer.Make(node));
  });
}

std::vector<report::WaiverUse> AllWaivers(const std::vector<Source>& sources,
                                          const Judgement& judgement) {
  std::vector<report::WaiverUse> uses;
  for (const Source& source : sources)
    uses.insert(uses.end(), source.report.waivers().begin(), source.report.waivers().end());
  const auto own = judgement.WaiverUses();
  uses.insert(uses.end(), own.begin(), own.end());
  return uses;
}

std::vector<report::AttestationUse> AllAttestations(const std::vector<Source>& sources,
                                                    const Judgement& judgement) {
  std::vector<report::AttestationUse> uses;
  for (const Source& source : sources)
    uses.insert(uses.end(), source.report.attestations().begin(),
                source.report.attestations().end());
  const auto own = judgement.AttestationUses();
  uses.insert(uses.end(), own.begin(), own.end());
  return uses;
}

/// What a report does not say of its audit cannot be found out afterwards.
Result<void> CheckEvidence(const Arguments& arguments, const std::vector<Source>& sources) {
  if (!arguments.Has("evidence")) return {};
  for (const Source& source : sources) {
    if (!source.report.evidence().empty()) continue;
    return Fail(ErrorCode::kUsage, "show the evidence", source.report.name(),
                "this report holds none", "audit again with `seawall audit --evidence -o json`");
  }
  return {};
}

std::vector<report::RunEvidence> AllEvidence(const std::vector<Source>& sources) {
  std::vector<report::RunEvidence> runs;
  for (const Source& source : sources) {
    for (report::RunEvidence run : source.report.evidence()) {
      for (std::string& node : run.seen) node = NodeName(source, node);
      for (report::NotSeen& node : run.not_seen) node.name = NodeName(source, node.name);
      runs.push_back(std::move(run));
    }
  }
  return runs;
}

}  // namespace

Result<int> RunReport(const Arguments& arguments) {
  if (auto ok = InstallPolicy(arguments); !ok) return std::unexpected(ok.error());
  if (arguments.Has("fleet")) return RunFleet(arguments);
  if (arguments.positional.front() == "verify") return RunVerify(arguments);
  auto wishes = ReadWishes(arguments);
  if (!wishes) return std::unexpected(wishes.error());
  auto options = ReadReportOptions(arguments);
  if (!options) return std::unexpected(options.error());
  auto confined = Confine(arguments, ProfileOf(arguments, *wishes, false, Speaks::kNobody));
  if (!confined) return std::unexpected(confined.error());
  auto framework = ReadFramework(arguments);
  if (!framework) return std::unexpected(framework.error());
  options->framework = *framework;
  auto sources = ReadFiles(arguments);
  if (!sources) return std::unexpected(sources.error());
  if (auto ok = CheckEvidence(arguments, *sources); !ok) return std::unexpected(ok.error());
  DescribeOrigin(*sources, *options);
  auto now = Moment(arguments, *options);
  if (!now) return std::unexpected(now.error());
  auto judgement = ReadJudgement(arguments, *now, OwnWaivers::kIgnore);
  if (!judgement) return std::unexpected(judgement.error());
  auto key = ReadSigningKey(arguments);
  if (!key) return std::unexpected(key.error());
  auto writer = ReportWriter::Open(*wishes, *options, std::move(*key));
  if (!writer) return std::unexpected(writer.error());
  const bool again = arguments.Has("fail-on") || arguments.Has("waivers") ||
                     arguments.Has("attestations") || arguments.Has("baseline");
  Tally tally;
  for (const Source& source : *sources) {
    if (auto ok = WriteNodes(source, **judgement, again, *writer, tally); !ok)
      return std::unexpected(ok.error());
  }
  writer->SetWaivers(AllWaivers(*sources, **judgement));
  writer->SetAttestations(AllAttestations(*sources, **judgement));
  writer->SetEvidence(AllEvidence(*sources));
  int status = Combine(*sources);
  // What an audit could not do stays undone, however it is judged.
  if (again && status != kExitError) status = (*judgement)->ExitStatus(tally);
  if (auto ok = writer->End(status); !ok) return std::unexpected(ok.error());
  return status;
}

}  // namespace seawall::app
