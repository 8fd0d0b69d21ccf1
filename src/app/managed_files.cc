#include "app/managed_files.h"

#include <fmt/format.h>

#include <algorithm>
#include <mutex>
#include <optional>

#include "app/configuration_files.h"
#include "base/text.h"
#include "cluster/cloud/managed.h"

namespace seawall::app {
namespace {

namespace cloud = cluster::cloud;
using Nodes = Result<std::vector<cluster::Node>>;

struct Input {
  std::optional<cloud::Provider> provider;  ///< none: Terraform's
  std::string name;
};

struct Kind {
  const char* option;
  std::optional<cloud::Provider> provider;
};
constexpr Kind kKinds[] = {{"gke", cloud::Provider::kGke},
                           {"eks", cloud::Provider::kEks},
                           {"aks", cloud::Provider::kAks},
                           {"terraform", std::nullopt}};

/// Two clusters of one name are told apart by where they are, and by a number after that.
std::string UniqueName(const cloud::ManagedCluster& cluster, std::set<std::string>& used) {
  if (used.insert(cluster.name).second) return cluster.name;
  const std::string& place = cluster.location.empty() ? cluster.group : cluster.location;
  const std::string base = place.empty() ? cluster.name : place + "/" + cluster.name;
  std::string name = base;
  for (int i = 2; !used.insert(name).second; ++i) name = fmt::format("{}-{}", base, i);
  return name;
}

class ManagedFiles {
 public:
  ManagedFiles(std::vector<Input> inputs, std::set<std::string> used)
      : inputs_(std::move(inputs)), used_(std::move(used)) {}

  Nodes Take(size_t i) {
    std::call_once(once_, [&] {
      for (const Input& input : inputs_) results_.push_back(Read(input));
    });
    return std::move(results_[i]);
  }

 private:
  Nodes Read(const Input& input) {
    auto files = ReadConfigurationFiles({input.name});
    if (!files) return std::unexpected(files.error());
    std::vector<cluster::Node> nodes;
    for (cluster::ConfigurationSource& file : *files) {
      auto clusters = input.provider ? cloud::ReadDescriptions(*input.provider, file.name,
                                                               std::move(file.bytes))
                                     : cloud::ReadTerraform(file.name, std::move(file.bytes));
      if (!clusters) return std::unexpected(clusters.error());
      for (cloud::ManagedCluster& cluster : *clusters) {
        cluster::Node node;
        node.name = UniqueName(cluster, used_);
        node.root = file.name;
        node.is_machine = false;
        node.files = std::make_shared<MemoryFiles>();
        node.read = {file.name};
        node.managed = std::make_shared<const cloud::ManagedCluster>(std::move(cluster));
        nodes.push_back(std::move(node));
      }
    }
    if (nodes.empty())
      return Fail(ErrorCode::kNotFound, "read the description of a managed cluster", input.name,
                  "the folder holds no JSON and no YAML");
    return nodes;
  }

  std::vector<Input> inputs_;
  std::set<std::string> used_;
  std::once_flag once_;
  std::vector<Nodes> results_;
};

class ManagedSource : public NodeSource {
 public:
  ManagedSource(std::shared_ptr<ManagedFiles> files, size_t i) : files_(std::move(files)), i_(i) {}
  Nodes Read() const override { return files_->Take(i_); }

 private:
  std::shared_ptr<ManagedFiles> files_;
  size_t i_;
};

}  // namespace

bool NamesManaged(const Arguments& arguments) {
  return std::ranges::any_of(kKinds, [&](const Kind& kind) { return arguments.Has(kind.option); });
}

Result<void> AddManagedSources(const Arguments& arguments, std::set<std::string> used,
                               std::vector<std::unique_ptr<NodeSource>>& sources) {
  std::vector<Input> inputs;
  int dashes = 0;
  for (const std::string& name : arguments.All("filename")) dashes += name == "-";
  for (const Kind& kind : kKinds) {
    for (const std::string& name : arguments.All(kind.option)) {
      if (name.empty())
        return Fail(ErrorCode::kUsage, fmt::format("read --{}", kind.option), "",
                    "the file has no name", fmt::format("write --{} FILE", kind.option));
      dashes += name == "-";
      inputs.push_back({kind.provider, name});
    }
  }
  if (dashes > 1 && !inputs.empty())
    return Fail(ErrorCode::kUsage, "read standard input", "", "it is named more than once",
                "give all but one of them as files");
  const size_t count = inputs.size();
  const auto files = std::make_shared<ManagedFiles>(std::move(inputs), std::move(used));
  for (size_t i = 0; i < count; ++i) sources.push_back(std::make_unique<ManagedSource>(files, i));
  return {};
}

}  // namespace seawall::app
