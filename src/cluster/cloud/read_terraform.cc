// Terraform's three shapes: a state as it lies on disk (version 4), `terraform show -json` of a
// state, and of a plan, in which what is known after apply only is told apart from what is null.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "base/text.h"
#include "cluster/cloud/fields.h"
#include "cluster/cloud/identity.h"

namespace seawall::cluster::cloud {
namespace {

constexpr const char* kAttempt = "read Terraform's state or plan";
constexpr const char* kGive = "give it what `terraform show -json` prints, of a state or a plan";
/// States hold everything that an organisation has.
constexpr yaml::Limits kLimits{.nodes = 600000};
constexpr size_t kDeepest = 64;  // modules in modules

struct Resource {
  std::string type, address;
  yaml::Value item;  ///< for its place
  yaml::Value attributes;
};

std::optional<Provider> ProviderOf(std::string_view type) {
  if (type == "google_container_cluster") return Provider::kGke;
  if (type == "aws_eks_cluster") return Provider::kEks;
  if (type == "azurerm_kubernetes_cluster") return Provider::kAks;
  return std::nullopt;
}

constexpr std::string_view kAksPool = "azurerm_kubernetes_cluster_node_pool";
constexpr std::string_view kGkePool = "google_container_node_pool";

bool Concerns(std::string_view type) {
  return ProviderOf(type) || type == kAksPool || type == kGkePool;
}

std::string At(const yaml::Value& value) {
  const Place place = value.place();
  return fmt::format("{}:{}:{}", place.file, std::max(place.line, 1U), std::max(place.column, 1U));
}

/// `values` of `terraform show -json`: modules in modules.
void Modules(const yaml::Value& module, std::vector<Resource>& found, size_t depth) {
  if (depth > kDeepest) return;
  for (const yaml::Value& item : module["resources"].Items()) {
    if (item["mode"].text() == "managed" && Concerns(item["type"].text()))
      found.push_back({item["type"].text(), item["address"].text(), item, item["values"]});
  }
  for (const yaml::Value& child : module["child_modules"].Items()) Modules(child, found, depth + 1);
}

/// `resource_changes` of a plan: what its values do not have already.
void Changes(const yaml::Value& root, std::vector<Resource>& found) {
  std::set<std::string> known;
  for (const Resource& resource : found) known.insert(resource.address);
  for (const yaml::Value& item : root["resource_changes"].Items()) {
    const yaml::Value after = item["change"]["after"];
    if (item["mode"].text() != "managed" || !Concerns(item["type"].text())) continue;
    if (!after.is_mapping() || !known.insert(item["address"].text()).second) continue;
    found.push_back({item["type"].text(), item["address"].text(), item, after});
  }
}

std::string Indexed(const yaml::Value& key) {
  if (!key.exists() || key.is_null()) return "";
  const bool number = key.type() == yaml::ScalarType::kInt;
  return number ? fmt::format("[{}]", key.text()) : fmt::format("[\"{}\"]", key.text());
}

/// `resources` of a terraform.tfstate.
void Instances(const yaml::Value& state, std::vector<Resource>& found) {
  for (const yaml::Value& item : state["resources"].Items()) {
    const std::string type = item["type"].text();
    if (item["mode"].text() != "managed" || !Concerns(type)) continue;
    const std::string module = item["module"].text();
    const std::string address =
        fmt::format("{}{}{}.{}", module, module.empty() ? "" : ".", type, item["name"].text());
    for (const yaml::Value& instance : item["instances"].Items()) {
      found.push_back(
          {type, address + Indexed(instance["index_key"]), instance, instance["attributes"]});
    }
  }
}

/// What is known after apply only, by address.
using LaterByAddress = std::map<std::string, yaml::Value, std::less<>>;

LaterByAddress Later(const yaml::Value& root) {
  LaterByAddress later;
  for (const yaml::Value& change : root["resource_changes"].Items()) {
    const yaml::Value unknown = change["change"]["after_unknown"];
    if (unknown.is_mapping()) later[change["address"].text()] = unknown;
  }
  return later;
}

yaml::Value LaterOf(const Resource& resource, const LaterByAddress& later) {
  const auto found = later.find(resource.address);
  return found == later.end() ? yaml::Value() : found->second;
}

/// As many attributes as no version of a provider has less of.
size_t Fewest(std::string_view type) {
  if (type == "aws_eks_cluster") return 12;
  return type == kGkePool ? 10 : 20;
}

/// A plan tells of each attribute in one of two places.
bool IsByHand(const Resource& resource, const yaml::Value& later) {
  return resource.attributes.size() + later.size() < Fewest(resource.type);
}

Part PoolOf(const yaml::Value& value, const yaml::Value& later, std::string prefix, bool by_hand) {
  Part pool;
  pool.by_hand = by_hand;
  pool.dialect = Dialect::kTerraform;
  pool.roots = {value};
  pool.later = later;
  pool.place = value.place();
  pool.name = value["name"].text();
  pool.prefix = std::move(prefix);
  return pool;
}

Part PoolOfResource(const Resource& pool, const LaterByAddress& later) {
  const yaml::Value unknown = LaterOf(pool, later);
  return PoolOf(pool.attributes, unknown, pool.address + ".", IsByHand(pool, unknown));
}

/// Whether a google_container_node_pool is one of this cluster, and not among its own list, where a
/// state has every pool again.
bool IsPoolOf(const yaml::Value& pool, const yaml::Value& cluster) {
  const std::string& name = cluster["name"].text();
  const std::string& of = pool["cluster"].text();
  if (name.empty() || (of != name && !of.ends_with("/clusters/" + name))) return false;
  for (const char* place : {"project", "location"}) {
    const std::string& own = cluster[place].text();
    const std::string& other = pool[place].text();
    if (!own.empty() && !other.empty() && own != other) return false;
  }
  const auto& listed = cluster["node_pool"].Items();
  return std::ranges::none_of(
      listed, [&](const yaml::Value& one) { return one["name"].text() == pool["name"].text(); });
}

void AddPools(ManagedCluster& cluster, const Resource& resource, const LaterByAddress& later,
              const std::vector<Resource>& all) {
  if (cluster.provider == Provider::kEks) return;
  const bool gke = cluster.provider == Provider::kGke;
  const char* list = gke ? "node_pool" : "default_node_pool";
  const yaml::Value pools = resource.attributes[list];
  cluster.pools_known = pools.is_sequence();
  if (!cluster.pools_known)
    cluster.pools_why = fmt::format("{} is known after apply only, or not there", list);
  for (size_t i = 0; i < pools.size() && pools.is_sequence(); ++i) {
    cluster.pools.push_back(PoolOf(pools[i], LaterOf(resource, later)[list][i],
                                   gke ? fmt::format("node_pool[{}].", pools[i]["name"].text())
                                       : std::string("default_node_pool."),
                                   cluster.cluster.by_hand));
  }
  const std::string id = resource.attributes["id"].text();
  for (const Resource& other : all) {
    if (gke && other.type == kGkePool && IsPoolOf(other.attributes, resource.attributes))
      cluster.pools.push_back(PoolOfResource(other, later));
    if (gke || other.type != kAksPool || id.empty() ||
        !EqualsIgnoringCase(other.attributes["kubernetes_cluster_id"].text(), id))
      continue;
    cluster.pools.push_back(PoolOfResource(other, later));
  }
  for (Part& pool : cluster.pools) pool.fields = PoolFields(cluster.provider);
}

Result<ManagedCluster> MakeCluster(const Resource& resource, const LaterByAddress& later,
                                   bool planned, const std::vector<Resource>& all) {
  if (!resource.attributes.is_mapping()) {
    return Fail(ErrorCode::kMalformed, kAttempt, At(resource.item),
                fmt::format("{} has no attributes", PrintableShort(resource.address, 100)), kGive);
  }
  ManagedCluster cluster;
  cluster.provider = *ProviderOf(resource.type);
  cluster.dialect = Dialect::kTerraform;
  cluster.planned = planned;
  cluster.id = resource.address;
  cluster.cluster.dialect = Dialect::kTerraform;
  cluster.cluster.fields = ClusterFields(cluster.provider);
  cluster.cluster.roots = {resource.attributes};
  cluster.cluster.later = LaterOf(resource, later);
  cluster.cluster.by_hand = IsByHand(resource, cluster.cluster.later);
  cluster.cluster.place = resource.attributes.place();
  IdentifyResource(cluster, resource.attributes);
  if (cluster.name.starts_with('-')) {
    return Fail(ErrorCode::kMalformed, kAttempt, At(resource.attributes["name"]),
                "the cluster has no usable name", kGive);
  }
  AddPools(cluster, resource, later, all);
  return cluster;
}

/// What people give instead of the JSON.
std::optional<Error> NotJson(const std::string& file, std::string_view bytes) {
  const std::string_view text = Trim(bytes);
  const auto error = [&](std::string why) {
    return Error{ErrorCode::kMalformed, kAttempt, file + ":1:1", std::move(why), kGive};
  };
  if (text.empty()) return error("it is empty: did the command fail?");
  if (text.starts_with("PK\x03\x04"))
    return error("it is a saved plan, which only Terraform reads");
  if (text.starts_with("{\"@level\"") || text.starts_with("{ \"@level\""))
    return error("it is the log of `terraform plan -json`, not the plan");
  if (!text.starts_with('{')) return error("it is not JSON");
  return std::nullopt;
}

Result<std::vector<Resource>> Resources(const yaml::Value& root, bool planned) {
  std::vector<Resource> found;
  if (planned) {
    Modules(root["planned_values"]["root_module"], found, 0);
    Changes(root, found);
  } else if (root["values"].is_mapping()) {
    Modules(root["values"]["root_module"], found, 0);
  } else if (root["resources"].is_sequence() || root["modules"].is_sequence()) {
    if (root["version"].text() != "4") {
      return Fail(ErrorCode::kUnsupported, kAttempt,
                  At(root["version"].exists() ? root["version"] : root),
                  "only version 4 of a state file is known", kGive);
    }
    Instances(root, found);
  } else if (!root["format_version"].exists()) {
    return Fail(ErrorCode::kMalformed, kAttempt, At(root), "it is no state and no plan", kGive);
  }
  return found;
}

}  // namespace

Result<std::vector<ManagedCluster>> ReadTerraform(const std::string& file, std::string bytes) {
  if (auto error = NotJson(file, bytes)) return std::unexpected(std::move(*error));
  auto parsed = yaml::Parse(file, std::move(bytes), kLimits);
  if (!parsed) {
    parsed.error().attempt = kAttempt;
    if (parsed.error().todo.empty()) parsed.error().todo = kGive;
    return std::unexpected(std::move(parsed.error()));
  }
  const auto stream = std::make_shared<const yaml::Stream>(std::move(*parsed));
  if (!stream->duplicates().empty()) {
    const yaml::Duplicate& twice = stream->duplicates().front();
    return Fail(ErrorCode::kMalformed, kAttempt,
                fmt::format("{}:{}:{}", file, twice.again.line, twice.again.column),
                fmt::format("the key '{}' stands there twice", PrintableShort(twice.key, 60)),
                kGive);
  }
  const yaml::Value root = stream->root();
  const bool planned =
      root["planned_values"].is_mapping() || root["resource_changes"].is_sequence();
  auto resources = Resources(root, planned);
  if (!resources) return std::unexpected(std::move(resources.error()));
  const auto later = Later(root);
  std::vector<ManagedCluster> clusters;
  for (const Resource& resource : *resources) {
    if (!ProviderOf(resource.type)) continue;
    auto cluster = MakeCluster(resource, later, planned, *resources);
    if (!cluster) return std::unexpected(std::move(cluster.error()));
    if (cluster->name.empty()) cluster->name = resource.address;
    cluster->stream = stream;
    clusters.push_back(std::move(*cluster));
  }
  if (clusters.empty()) {
    return Fail(
        ErrorCode::kMalformed, kAttempt, file + ":1:1",
        "there is no google_container_cluster, aws_eks_cluster or azurerm_kubernetes_cluster in it",
        kGive);
  }
  return clusters;
}

}  // namespace seawall::cluster::cloud
