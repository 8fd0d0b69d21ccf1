// A managed cluster (GKE, EKS, AKS) as its provider's command line, or Terraform, describes it:
// what the customer decides, by one name for each setting whoever describes it. The tables in
// fields_*.cc say where a description holds a setting, under its old and its new name, where
// Terraform's resource does, and what an absent one means by the provider's own documentation. What
// none of them says is unknown.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "cluster/component.h"
#include "cluster/setting.h"
#include "yaml/document.h"

namespace seawall::cluster::cloud {

enum class Provider : uint8_t { kGke, kEks, kAks };
const char* ToString(Provider provider);  ///< "gke", "eks", "aks"
/// "gcloud container clusters describe" and so on: the command whose output is read.
const char* DescribeCommand(Provider provider);

enum class Dialect : uint8_t { kDescription, kTerraform };

/// A setting, and where it stands. Paths are "a.b.c"; a list on the way means each of its elements.
/// Several with spaces between are names of the same thing, the newest first.
///   "!path"     the opposite of the boolean there
///   "?path"     "true" when there is anything at all, "false" when it is empty
///   "a[b].c"    only those elements of the list `a` whose `b` is true
struct Field {
  const char* name;         ///< what rules ask for
  const char* description;  ///< paths in the command's output
  /// The value of one that is not there (lists with commas), as the provider documents it; nullptr:
  /// nobody says, so it is unknown.
  const char* absent = nullptr;
  /// The same of one that is there and empty, where only that is documented.
  const char* blank = nullptr;
  const char* terraform = "";  ///< paths in the resource's attributes; "": it has no such attribute
  const char* empty = nullptr;    ///< as `absent`, of an attribute that is null or an empty block
  const char* without = nullptr;  ///< of a block that is there and no longer has the attribute
  /// Of an attribute that nobody wrote, where that is another value than `empty`'s.
  const char* unwritten = nullptr;
  bool secret = false;  ///< its value is never shown
  bool list = false;    ///< what stands at the end of its path is a list of texts
};
std::span<const Field> ClusterFields(Provider provider);
std::span<const Field> PoolFields(Provider provider);

/// Something that has fields: the cluster itself, or one of its node pools.
class Part {
 public:
  std::string name;    ///< a pool's; "" for the cluster
  std::string prefix;  ///< of its settings' names: "nodePools[default-pool]."
  Place place;

  /// The setting's value and place. Its name is the path at which it was found, behind "!" where
  /// the opposite of what stands there is meant.
  Setting Get(std::string_view field) const;

  Dialect dialect = Dialect::kDescription;
  /// Enough of what the command prints is there, so that what is not there is at its default.
  bool complete = true;
  /// Terraform: written by hand. Terraform itself writes every attribute that the provider's
  /// version has, null where nobody set it; of a few attributes the others are those that nobody
  /// wrote.
  bool by_hand = false;
  std::span<const Field> fields;
  /// AKS: the cluster and its `properties`, because both shapes are in use.
  std::vector<yaml::Value> roots;
  yaml::Value later;  ///< of a plan: what is known after apply only
};

struct ManagedCluster {
  Provider provider = Provider::kGke;
  Dialect dialect = Dialect::kDescription;
  bool planned = false;  ///< of a plan: it may not be there yet
  std::string name;
  std::string location;  ///< GKE: zone or region; EKS: region; AKS: location; "" where not known
  std::string scope;     ///< GKE: project; EKS: account; AKS: subscription
  std::string group;     ///< AKS: resource group
  std::string id;        ///< as the provider writes it; the address in Terraform
  std::optional<Version> version;
  Part cluster;
  std::vector<Part> pools;
  bool pools_known = true;  ///< false: nothing says which pools there are
  std::string pools_why;
  std::shared_ptr<const yaml::Stream> stream;  ///< what all of it points into
};

/// The clusters of one file of `--gke`, `--eks`, `--aks`: one description, a list of them, or what
/// the REST API answers. Errors: kMalformed and kUsage with file:line:column.
Result<std::vector<ManagedCluster>> ReadDescriptions(Provider provider, const std::string& file,
                                                     std::string bytes);
/// The clusters in a Terraform state or plan (`terraform show -json`, terraform.tfstate).
Result<std::vector<ManagedCluster>> ReadTerraform(const std::string& file, std::string bytes);

/// The member of a mapping whose key is `key`, letter case and underscores aside; absent when there
/// is none.
yaml::Value Member(const yaml::Value& mapping, std::string_view key);

}  // namespace seawall::cluster::cloud
