#include "app/kept_api.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <map>

#include "api/facts.h"
#include "api/kept_client.h"
#include "api/live_policy.h"
#include "app/cluster_api.h"
#include "base/text.h"
#include "bundle/collect.h"

namespace seawall::app {
namespace {

using Facts = std::shared_ptr<const cluster::ApiFacts>;

constexpr const char* kFolder = "api/";
constexpr std::chrono::seconds kAll{120};  ///< for a list that no rule waits for

/// A cluster, as one bundle has it.
struct Cluster {
  std::string server;
  int64_t collected = 0;
  Facts facts;
};

Result<api::KeptAnswers> ReadAnswers(const bundle::Bundle& bundle, const std::string& path) {
  api::KeptAnswers kept;
  for (const bundle::Extra& extra : bundle.extras) {
    if (!extra.name.starts_with(kFolder)) continue;
    if (auto ok = api::ReadKept({extra.name, extra.content}, kept); !ok) {
      Error error = ok.error();
      error.where = Printable(path) + ": " + error.where;
      return std::unexpected(std::move(error));
    }
  }
  return kept;
}

Result<Cluster> ReadCluster(const bundle::Bundle& bundle, const std::string& path) {
  auto kept = ReadAnswers(bundle, path);
  if (!kept) return std::unexpected(kept.error());
  Cluster cluster{kept->server, bundle.manifest.collected, nullptr};
  api::KeptClient client(std::move(*kept));
  auto facts = api::ReadFacts(client);
  if (!facts) return std::unexpected(facts.error());
  cluster.facts = std::move(*facts);
  return cluster;
}

/// The cluster's own name for good, where it is known.
std::string IdentityOf(const Cluster& cluster) {
  return cluster.facts->uid.known() ? "uid " + cluster.facts->uid.value : cluster.server;
}

class KeptApiSource : public NodeSource {
 public:
  KeptApiSource(std::vector<std::string> paths, cluster::ReadOptions options,
                std::set<std::string> covered)
      : paths_(std::move(paths)), options_(std::move(options)), covered_(std::move(covered)) {}

  Result<std::vector<cluster::Node>> Read() const override {
    std::map<std::string, Cluster> clusters;
    for (const std::string& path : paths_) {
      const auto bundle = bundle::Open(path);
      if (!bundle) continue;  // which the node's own source tells
      auto cluster = ReadCluster(*bundle, path);
      if (!cluster) return std::unexpected(cluster.error());
      const std::string identity = IdentityOf(*cluster);
      const auto [known, added] = clusters.try_emplace(identity, *cluster);
      if (!added && known->second.collected < cluster->collected)
        known->second = std::move(*cluster);
    }
    std::vector<cluster::Node> nodes;
    std::set<std::string> used = covered_;
    for (const auto& [identity, cluster] : clusters) {
      for (cluster::Node& node :
           api::NodesOfFacts(cluster.facts, cluster.server, options_, covered_)) {
        const std::string base = node.name;
        for (int i = 2; !used.insert(node.name).second; ++i)
          node.name = fmt::format("{}-{}", base, i);
        nodes.push_back(std::move(node));
      }
    }
    return nodes;
  }
  std::string Name() const override { return "the API's answers in " + Join(paths_, ", "); }

 private:
  std::vector<std::string> paths_;
  cluster::ReadOptions options_;
  std::set<std::string> covered_;
};

std::vector<rules::Finding> Judge(const Facts& facts, const std::string& server, int64_t now) {
  const auto nodes = api::NodesOfFacts(facts, server, {}, {});
  return rules::Evaluate(nodes.back(), {}, now);
}

}  // namespace

Result<void> CollectApi(const Arguments& arguments, int64_t now, bundle::Bundle& bundle) {
  auto client = OpenApi(arguments);
  if (!client) return std::unexpected(client.error());
  api::RecordingClient recorder(**client);
  auto facts = api::ReadFacts(recorder);
  if (!facts) return std::unexpected(facts.error());
  // No rule of the audit reads them, but the rbac commands do. What is refused is kept as refused.
  (void)recorder.List(
      {.path = api::kServiceAccounts,
       .page = 500,
       .until = std::chrono::steady_clock::now() + kAll},
      [](const yaml::Value&) {}, [] {});
  for (api::KeptFile& file : api::WriteKept(recorder.Take()))
    bundle.extras.push_back({std::move(file.name), std::move(file.json)});
  bundle.manifest.api = true;
  const auto kept = ReadCluster(bundle, "what was collected");
  if (!kept) return std::unexpected(kept.error());
  const auto differing =
      bundle::Differing(Judge(*facts, kept->server, now), Judge(kept->facts, kept->server, now));
  auto& all = bundle.manifest.differing;
  all.insert(all.end(), differing.begin(), differing.end());
  std::ranges::sort(all);
  const auto twice = std::ranges::unique(all);
  all.erase(twice.begin(), twice.end());
  return {};
}

Result<std::unique_ptr<api::ApiClient>> OpenKeptApi(const bundle::Bundle& bundle,
                                                    const std::string& path) {
  if (!bundle.manifest.api) {
    return Fail(ErrorCode::kNotHeld, "read the API's answers", Printable(path),
                "the bundle has none", "collect again with --kubeconfig");
  }
  auto kept = ReadAnswers(bundle, path);
  if (!kept) return std::unexpected(kept.error());
  return std::make_unique<api::KeptClient>(std::move(*kept));
}

std::unique_ptr<NodeSource> MakeKeptApiSource(std::vector<std::string> paths,
                                              cluster::ReadOptions options,
                                              std::set<std::string> covered) {
  return std::make_unique<KeptApiSource>(std::move(paths), std::move(options), std::move(covered));
}

}  // namespace seawall::app
