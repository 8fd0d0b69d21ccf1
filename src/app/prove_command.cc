// `seawall prove`: what the components really do, asked over the network.
#include <fmt/format.h>

#include <optional>

#include "app/app.h"
#include "app/cluster_api.h"
#include "app/confine.h"
#include "app/inputs.h"
#include "app/login_trial.h"
#include "app/progress.h"
#include "app/proof_writer.h"
#include "app/prove_options.h"
#include "app/prove_targets.h"
#include "app/run.h"
#include "app/small_file.h"
#include "app/version.h"

namespace seawall::app {
namespace {

struct Job {
  report::Options options;
  probe::ProbeOptions probe;
  std::vector<Wish> wishes;
  bool loopback = false;  ///< a node's loopback addresses are ours
  int64_t now = 0;
  std::shared_ptr<const std::vector<x509::Certificate>> cas;  ///< of --ca; nullptr without it
};

/// The CAs of --ca, which the endpoints' clients have; nullptr without it.
Result<std::shared_ptr<const std::vector<x509::Certificate>>> ReadCas(const Arguments& arguments) {
  if (!arguments.Has("ca")) return nullptr;
  const std::string path = arguments.Get("ca");
  auto pem = ReadSmallFile(path, "read the CA");
  if (!pem) return std::unexpected(pem.error());
  auto cas = x509::ReadCertificates(*pem, path);
  if (!cas) return std::unexpected(cas.error());
  return std::make_shared<const std::vector<x509::Certificate>>(std::move(*cas));
}

Result<Job> ReadJob(const Arguments& arguments) {
  Job job;
  auto probe = ReadProbeOptions(arguments);
  if (!probe) return std::unexpected(probe.error());
  job.probe = *probe;
  auto now = ReadTime(arguments.Get("at"));
  if (!now) return std::unexpected(now.error());
  job.now = *now;
  auto wishes = ReadWishes(arguments);
  if (!wishes) return std::unexpected(wishes.error());
  job.wishes = std::move(*wishes);
  auto cas = ReadCas(arguments);
  if (!cas) return std::unexpected(cas.error());
  job.cas = std::move(*cas);
  job.loopback = arguments.Has("loopback");
  const std::string only = arguments.Get("only");
  if (only == "tls") job.probe.scope = probe::Scope::kTls;
  if (only == "suites") job.probe.scope = probe::Scope::kSuites;
  if (!only.empty() && WantsApi(arguments)) {
    return Fail(ErrorCode::kUsage, "prove", "",
                "--only tries no login, and --kubeconfig is there to try one", "give one of them");
  }
  auto options = ReadReportOptions(arguments);
  if (!options) return std::unexpected(options.error());
  job.options = std::move(*options);
  job.options.version = kVersion;
  job.options.at = job.now;
  job.options.at_given = arguments.Has("at");
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
  for (ProveTarget& target : targets) {
    if (job.cas == nullptr) continue;
    target.cas = job.cas;
    target.only_cas = true;
  }
  if (targets.empty()) {
    return Fail(ErrorCode::kNotFound, "prove", "", "no component was found that listens",
                "name one with --endpoint HOST:PORT, or a node's files with --root");
  }
  return targets;
}

}  // namespace

Result<int> RunProve(const Arguments& arguments) {
  auto job = ReadJob(arguments);
  if (!job) return std::unexpected(job.error());
  auto writer = ProofWriter::Open(job->wishes, job->options);
  if (!writer) return std::unexpected(writer.error());
  const bool live = !arguments.Has("root") && !arguments.Has("endpoint") && !WantsApi(arguments);
  auto confined = Confine(arguments, ProfileOf(arguments, job->wishes, live, Speaks::kNetwork));
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
  writer->SetTargets(*targets, job->now);
  std::vector<std::pair<size_t, probe::Observation>> waiting;
  Progress progress("endpoints asked", targets->size());
  size_t done = 0;
  const auto add = [&](size_t i, const probe::Observation& seen) {
    const auto quiet = progress.Quiet();
    writer->Add(i, seen);
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
  return writer->End();
}

}  // namespace seawall::app
