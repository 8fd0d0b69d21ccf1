// What the providers' commands print: told apart, unwrapped, and made into clusters.
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <set>

#include "base/text.h"
#include "cluster/cloud/fields.h"
#include "cluster/cloud/identity.h"

namespace seawall::cluster::cloud {
namespace {

constexpr const char* kAttempt = "read the description of a managed cluster";
/// A list of every cluster of an organisation is larger than any configuration.
constexpr yaml::Limits kLimits{.nodes = 600000};

constexpr Provider kProviders[] = {Provider::kGke, Provider::kEks, Provider::kAks};

/// What else tells a provider's description: fields that no rule asks for.
std::span<const std::string_view> Marks(Provider provider) {
  static constexpr std::string_view kGke[] = {
      "currentMasterVersion", "initialClusterVersion", "selfLink", "masterAuth", "nodePools",
      "clusterIpv4Cidr"};
  static constexpr std::string_view kEks[] = {"arn", "platformVersion", "certificateAuthority",
                                              "roleArn", "kubernetesNetworkConfig"};
  static constexpr std::string_view kAks[] = {"agentPoolProfiles", "kubernetesVersion",
                                              "nodeResourceGroup", "dnsPrefix",
                                              "provisioningState", "servicePrincipalProfile"};
  switch (provider) {
    case Provider::kGke:
      return kGke;
    case Provider::kEks:
      return kEks;
    case Provider::kAks:
      return kAks;
  }
  return {};
}

/// Fields that the command prints of every cluster. Four of them are enough to tell its whole
/// output from a few fields that somebody chose (`--format json(name,legacyAbac)`, `--query`).
std::span<const std::string_view> Always(Provider provider) {
  static constexpr std::string_view kGke[] = {
      "location", "zone",      "status",     "currentMasterVersion", "endpoint",
      "selfLink", "nodePools", "createTime", "masterAuth",           "network"};
  static constexpr std::string_view kEks[] = {"arn",
                                              "status",
                                              "endpoint",
                                              "version",
                                              "createdAt",
                                              "roleArn",
                                              "platformVersion",
                                              "certificateAuthority",
                                              "resourcesVpcConfig"};
  static constexpr std::string_view kAks[] = {
      "id",   "location",  "provisioningState", "kubernetesVersion", "fqdn",
      "type", "dnsPrefix", "nodeResourceGroup", "agentPoolProfiles", "networkProfile"};
  switch (provider) {
    case Provider::kGke:
      return kGke;
    case Provider::kEks:
      return kEks;
    case Provider::kAks:
      return kAks;
  }
  return {};
}
constexpr size_t kEnough = 4;

std::vector<yaml::Value> Roots(Provider provider, const yaml::Value& cluster) {
  std::vector<yaml::Value> roots = {cluster};
  if (provider == Provider::kAks) {
    if (const yaml::Value inner = Member(cluster, "properties"); inner.is_mapping())
      roots.push_back(inner);
  }
  return roots;
}

yaml::Value Find(const std::vector<yaml::Value>& roots, std::string_view key) {
  for (const yaml::Value& root : roots) {
    if (const yaml::Value found = Member(root, key)) return found;
  }
  return {};
}

/// How much of a mapping is of this provider.
size_t Likeness(Provider provider, const yaml::Value& cluster) {
  const auto roots = Roots(provider, cluster);
  std::set<std::string_view> keys(Marks(provider).begin(), Marks(provider).end());
  for (const Field& field : ClusterFields(provider)) {
    std::string_view path = field.description;
    path = path.substr(0, path.find_first_of(".["));
    if (path.starts_with('!')) path.remove_prefix(1);
    // Words that other documents have too.
    if (path != "version" && path != "identity" && path != "logging") keys.insert(path);
  }
  return static_cast<size_t>(
      std::ranges::count_if(keys, [&](std::string_view key) { return Find(roots, key).exists(); }));
}

Error Wrong(const yaml::Value& value, std::string why, std::string todo) {
  const Place place = value.place();
  return {ErrorCode::kMalformed, kAttempt,
          fmt::format("{}:{}:{}", place.file, std::max(place.line, 1U), std::max(place.column, 1U)),
          std::move(why), std::move(todo)};
}

/// Nothing, or why the mapping is no description of this provider's.
std::optional<Error> NotOfProvider(Provider provider, const yaml::Value& cluster) {
  const std::string give = fmt::format("give it what `{}` prints", DescribeCommand(provider));
  if (const yaml::Value error = Member(cluster, "error"); error.exists() && cluster.size() <= 2) {
    const std::string code = PrintableShort(Member(error, "code").text(), 60);
    return Wrong(error,
                 fmt::format("it is an error that the command met{}",
                             code.empty() ? "" : fmt::format(" ({})", code)),
                 give);
  }
  if (Member(cluster, "terraform_version"))
    return Wrong(cluster, "it is Terraform's", "give it to --terraform");
  size_t best = Likeness(provider, cluster);
  Provider likely = provider;
  for (const Provider other : kProviders) {
    const size_t likeness = Likeness(other, cluster);
    if (likeness > best) {
      best = likeness;
      likely = other;
    }
  }
  if (likely != provider) {
    return Wrong(cluster, fmt::format("it looks like what `{}` prints", DescribeCommand(likely)),
                 fmt::format("give it to --{}", ToString(likely)));
  }
  if (best == 0) return Wrong(cluster, "it does not describe such a cluster", give);
  return std::nullopt;
}

Result<ManagedCluster> MakeCluster(Provider provider, const yaml::Value& value) {
  if (!value.is_mapping()) {
    const bool named = value.is_scalar() && !value.is_null();
    return std::unexpected(
        Wrong(value,
              named ? "it is the name of a cluster, not its description"
                    : "it is no description of a cluster",
              fmt::format("give it what `{}` prints", DescribeCommand(provider))));
  }
  if (auto error = NotOfProvider(provider, value)) return std::unexpected(std::move(*error));
  ManagedCluster cluster;
  cluster.provider = provider;
  cluster.cluster.fields = ClusterFields(provider);
  cluster.cluster.roots = Roots(provider, value);
  cluster.cluster.place = value.place();
  const auto& roots = cluster.cluster.roots;
  const size_t there = static_cast<size_t>(std::ranges::count_if(
      Always(provider), [&](std::string_view key) { return Find(roots, key).exists(); }));
  cluster.cluster.complete = there >= kEnough;
  const yaml::Value name = Member(value, "name");
  if (!name.is_scalar() || name.text().empty() || name.text().starts_with('-'))
    return std::unexpected(
        Wrong(name.exists() ? name : value, "the cluster has no usable name",
              fmt::format("give it what `{}` prints", DescribeCommand(provider))));
  cluster.name = name.text();
  Identify(cluster, value);
  const char* list = provider == Provider::kGke   ? "nodePools"
                     : provider == Provider::kAks ? "agentPoolProfiles"
                                                  : nullptr;
  if (list == nullptr) return cluster;
  const yaml::Value pools = Find(roots, list);
  cluster.pools_known = pools.is_sequence() ||
                        (!pools.exists() && cluster.cluster.complete && provider == Provider::kGke);
  if (!cluster.pools_known) cluster.pools_why = fmt::format("{} is not there", list);
  for (const yaml::Value& item : pools.Items()) {
    Part pool;
    pool.fields = PoolFields(provider);
    pool.roots = Roots(provider, item);
    pool.place = item.place();
    pool.name = Member(item, "name").text();
    pool.prefix = fmt::format("{}[{}].", list, pool.name);
    cluster.pools.push_back(std::move(pool));
  }
  return cluster;
}

/// What a command says instead of its output.
bool IsErrorText(std::string_view text) {
  for (const std::string_view begin :
       {"ERROR:", "An error occurred", "aws: error", "(Resource", "(Authorization",
        "WARNING:", "Unable to locate credentials"}) {
    if (text.starts_with(begin)) return true;
  }
  return false;
}

/// The descriptions in a document, however they are wrapped.
std::vector<yaml::Value> Unwrap(const yaml::Value& root) {
  if (root.is_sequence()) {
    std::vector<yaml::Value> all;
    for (const yaml::Value& item : root.Items()) {
      const yaml::Value inner = item.is_mapping() ? item["cluster"] : yaml::Value();
      all.push_back(inner.is_mapping() ? inner : item);
    }
    return all;
  }
  if (!root.is_mapping()) return {root};
  for (const char* list : {"clusters", "value"}) {
    if (root[list].is_sequence()) return root[list].Items();
  }
  if (root["cluster"].is_mapping()) return {root["cluster"]};
  return {root};
}

}  // namespace

const char* ToString(Provider provider) {
  switch (provider) {
    case Provider::kGke:
      return "gke";
    case Provider::kEks:
      return "eks";
    case Provider::kAks:
      return "aks";
  }
  return "";
}

const char* DescribeCommand(Provider provider) {
  switch (provider) {
    case Provider::kGke:
      return "gcloud container clusters describe --format json";
    case Provider::kEks:
      return "aws eks describe-cluster --output json";
    case Provider::kAks:
      return "az aks show --output json";
  }
  return "";
}

std::span<const Field> ClusterFields(Provider provider) {
  return provider == Provider::kGke   ? GkeClusterFields()
         : provider == Provider::kEks ? EksClusterFields()
                                      : AksClusterFields();
}

std::span<const Field> PoolFields(Provider provider) {
  return provider == Provider::kGke   ? GkePoolFields()
         : provider == Provider::kAks ? AksPoolFields()
                                      : std::span<const Field>();
}

Result<std::vector<ManagedCluster>> ReadDescriptions(Provider provider, const std::string& file,
                                                     std::string bytes) {
  const std::string give = fmt::format("give it what `{}` prints", DescribeCommand(provider));
  const std::string_view text = Trim(bytes);
  if (text.empty())
    return Fail(ErrorCode::kMalformed, kAttempt, file + ":1:1",
                "it is empty: did the command fail?", give);
  if (IsErrorText(text))
    return Fail(ErrorCode::kMalformed, kAttempt, file + ":1:1",
                "it is what the command says when it fails", give);
  auto parsed = yaml::Parse(file, std::move(bytes), kLimits);
  if (!parsed) {
    parsed.error().attempt = kAttempt;
    if (parsed.error().todo.empty()) parsed.error().todo = give;
    return std::unexpected(std::move(parsed.error()));
  }
  const auto stream = std::make_shared<const yaml::Stream>(std::move(*parsed));
  if (!stream->duplicates().empty()) {
    const yaml::Duplicate& twice = stream->duplicates().front();
    return Fail(ErrorCode::kMalformed, kAttempt,
                fmt::format("{}:{}:{}", file, twice.again.line, twice.again.column),
                fmt::format("the key '{}' stands there twice", PrintableShort(twice.key, 60)),
                give);
  }
  std::vector<ManagedCluster> clusters;
  for (size_t i = 0; i < stream->documents(); ++i) {
    for (const yaml::Value& value : Unwrap(stream->root(i))) {
      auto cluster = MakeCluster(provider, value);
      if (!cluster) return std::unexpected(std::move(cluster.error()));
      cluster->stream = stream;
      clusters.push_back(std::move(*cluster));
    }
  }
  if (clusters.empty())
    return Fail(ErrorCode::kMalformed, kAttempt, file + ":1:1", "there is no cluster in it", give);
  return clusters;
}

}  // namespace seawall::cluster::cloud
