#include "app/ssh_source.h"

#include <fmt/format.h>

#include <iterator>

#include "base/text.h"
#include "bundle/bundle.h"

namespace seawall::app {
namespace {

/// The files of a host that could not be read: each of them by the host's own reason.
class UnreadFiles : public Files {
 public:
  explicit UnreadFiles(Error error) : error_(std::move(error)) {}
  Result<std::string> Read(std::string_view, uint64_t) const override { return Refuse(); }
  Result<std::string> ReadAt(std::string_view, uint64_t, uint64_t) const override {
    return Refuse();
  }
  Result<FileStat> Stat(std::string_view) const override { return Refuse(); }
  Result<FileStat> LinkStat(std::string_view) const override { return Refuse(); }
  Result<std::string> ReadLink(std::string_view) const override { return Refuse(); }
  Result<std::vector<FolderEntry>> List(std::string_view) const override { return Refuse(); }

 private:
  std::unexpected<Error> Refuse() const { return std::unexpected(error_); }
  Error error_;
};

class SshSource : public NodeSource {
 public:
  SshSource(std::shared_ptr<const SshFetched> fetched, size_t index, cluster::ReadOptions options)
      : fetched_(std::move(fetched)), host_(fetched_->hosts[index]), options_(std::move(options)) {}

  Result<std::vector<cluster::Node>> Read() const override {
    auto node = ReadBundle();
    if (!node) {
      unread_ = node.error();
      node = Unknown(node.error());
    }
    node->root = Root();
    std::vector<cluster::Node> nodes;
    nodes.push_back(std::move(*node));
    return nodes;
  }
  std::string Name() const override { return options_.name; }
  bool IsMachine() const override { return true; }
  std::string SecretsKey() const override { return secrets_key_; }
  std::string KeptProofs() const override { return kept_proofs_; }
  std::optional<Error> Unread() const override { return unread_; }

 private:
  std::string Root() const { return "ssh://" + host_.host.Host(); }

  Result<cluster::Node> ReadBundle() const {
    const auto bytes = fetched_->Bytes(host_);
    if (!bytes) return std::unexpected(bytes.error());
    const auto bundle = bundle::Read(*bytes, Root());
    if (!bundle) return std::unexpected(bundle.error());
    cluster::ReadOptions options = options_;
    options.live = bundle->manifest.live;
    auto node = cluster::ReadNode(bundle->files(), options);
    if (!node) return node;
    node->collected_as_root = bundle->manifest.as_root;
    secrets_key_ = bundle->manifest.key_id;
    for (const bundle::Extra& extra : bundle->extras) {
      if (extra.name == "proofs.json") kept_proofs_ = extra.content;
    }
    return node;
  }

  cluster::Node Unknown(const Error& error) const {
    cluster::Node node;
    node.name = options_.name;
    node.roles = options_.roles;
    node.files = std::make_shared<UnreadFiles>(error);
    node.blind_spots.push_back(
        {error, {std::begin(cluster::kAllComponents), std::end(cluster::kAllComponents)}});
    return node;
  }

  std::shared_ptr<const SshFetched> fetched_;
  const SshFetched::Host& host_;
  cluster::ReadOptions options_;
  mutable std::string secrets_key_;
  mutable std::string kept_proofs_;
  mutable std::optional<Error> unread_;
};

}  // namespace

void AddSshSources(const std::shared_ptr<const SshFetched>& fetched,
                   const std::vector<std::string>& names, const cluster::ReadOptions& options,
                   std::vector<std::unique_ptr<NodeSource>>& sources) {
  for (size_t i = 0; i < fetched->hosts.size(); ++i) {
    cluster::ReadOptions own = options;
    own.name = names[i];
    sources.push_back(std::make_unique<SshSource>(fetched, i, std::move(own)));
  }
}

}  // namespace seawall::app
