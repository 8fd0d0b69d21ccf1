#include "bundle/collect.h"

#include <algorithm>
#include <set>
#include <tuple>

#include "bundle/held_files.h"
#include "bundle/pseudonyms.h"
#include "bundle/recording_files.h"
#include "bundle/secrets.h"
#include "cluster/node.h"
#include "rules/rule.h"
#include "rules/whole/facts.h"
#include "x509/digest.h"

namespace seawall::bundle {
namespace {

using cluster::ComponentKind;
using cluster::Node;

constexpr size_t kMostListed = 5000;
constexpr size_t kKeyBytes = 32;

/// Folders whose names, modes and owners are noted whether or not a rule of today asks for them.
struct Folder {
  const char* path;
  int depth;
};
constexpr Folder kFolders[] = {{"/etc/kubernetes", 3},
                               {"/var/lib/kubelet", 1},
                               {"/var/lib/kubelet/pki", 1},
                               {"/etc/etcd", 2},
                               {"/var/lib/etcd", 1},
                               {"/etc/cni/net.d", 1},
                               {"/opt/cni/bin", 1},
                               {"/etc/containerd", 2},
                               {"/etc/crio", 2},
                               {"/etc/rancher", 3},
                               {"/var/lib/rancher/rke2/server", 3},
                               {"/var/lib/rancher/k3s/server", 3}};

void NoteFolder(const Files& files, const std::string& path, int depth, size_t& left) {
  (void)files.Stat(path);
  (void)files.LinkStat(path);
  const auto entries = files.List(path);
  if (!entries) return;
  for (const FolderEntry& entry : *entries) {
    if (left == 0) return;
    --left;
    const std::string below = path + "/" + entry.name;
    if (entry.type == FileStat::Type::kFolder && depth > 1) {
      NoteFolder(files, below, depth - 1, left);
      continue;
    }
    (void)files.Stat(below);
    (void)files.LinkStat(below);
    if (entry.type == FileStat::Type::kLink) (void)files.ReadLink(below);
  }
}

/// Of a component whose version nothing tells, an audit that is told it asks for other files.
cluster::ReadOptions WithVersions(cluster::ReadOptions options, int kubernetes, int etcd) {
  for (const ComponentKind kind : cluster::kAllComponents) {
    cluster::Version version;
    version.source = "--component-version";
    version.major = kind == ComponentKind::kEtcd ? 3 : 1;
    version.minor = kind == ComponentKind::kEtcd ? etcd : kubernetes;
    options.versions[kind] = version;
  }
  return options;
}

/// What tells findings apart.
using FindingKey = std::tuple<std::string, std::string, std::string>;

FindingKey KeyOf(const rules::Finding& finding) {
  return {finding.rule->id, finding.component, finding.instance};
}

/// Not the value: what a report of the node shows of a replaced one is the replacement here.
bool SameEvidence(const rules::Evidence& a, const rules::Evidence& b) {
  return std::tie(a.setting, a.origin, a.place.file, a.place.line, a.place.column) ==
         std::tie(b.setting, b.origin, b.place.file, b.place.line, b.place.column);
}

bool Same(const rules::Finding& a, const rules::Finding& b) {
  return KeyOf(a) == KeyOf(b) && a.outcome.verdict == b.outcome.verdict &&
         std::ranges::equal(a.outcome.evidence, b.outcome.evidence, SameEvidence);
}

/// Files that hold passwords or tokens and nothing else.
void AddTokenFiles(const Node& node, std::set<std::string>& files) {
  for (const cluster::Component& component : node.components) {
    for (const char* name : {"token-auth-file", "basic-auth-file"}) {
      const cluster::Setting setting = component.Get(name);
      const auto path = component.HostPath(setting.text);
      if (!setting.text.empty() && path) files.insert(*path);
    }
  }
}

}  // namespace

std::vector<std::string> Differing(const std::vector<rules::Finding>& a,
                                   const std::vector<rules::Finding>& b) {
  std::set<std::string> rules;
  for (size_t i = 0; i < std::max(a.size(), b.size()); ++i) {
    if (i < a.size() && i < b.size() && Same(a[i], b[i])) continue;
    if (i < a.size()) rules.insert(a[i].rule->id);
    if (i < b.size()) rules.insert(b[i].rule->id);
  }
  return {rules.begin(), rules.end()};
}

Result<Bundle> Collect(std::shared_ptr<const Files> files, const CollectOptions& options) {
  const auto recorder = std::make_shared<RecordingFiles>(std::move(files));
  cluster::ReadOptions read;
  read.name = options.name;
  read.live = options.live;
  auto node = cluster::ReadNode(recorder, read);
  if (!node) return std::unexpected(node.error());
  const auto findings = rules::Evaluate(*node, {}, options.now);
  (void)rules::whole::FactsOf(*node, rules::Inventory(*node));
  std::set<std::string> token_files;
  AddTokenFiles(*node, token_files);
  for (const auto& [kubernetes, etcd] : {std::pair(29, 5), std::pair(37, 7)}) {
    const auto other = cluster::ReadNode(recorder, WithVersions(read, kubernetes, etcd));
    if (!other) continue;
    (void)rules::Evaluate(*other, {}, options.now);
    (void)rules::whole::FactsOf(*other, rules::Inventory(*other));
    AddTokenFiles(*other, token_files);
  }
  size_t left = kMostListed;
  for (const Folder& folder : kFolders) NoteFolder(*recorder, folder.path, folder.depth, left);

  Pseudonyms pseudonyms(options.digest_key.empty() ? x509::RandomBytes(kKeyBytes)
                                                   : options.digest_key);
  Bundle bundle;
  bundle.answers =
      std::make_shared<const Answers>(WithoutSecrets(recorder->Take(), token_files, pseudonyms));
  bundle.manifest = {.tool_version = options.tool_version,
                     .collected = options.now,
                     .node = node->name,
                     .live = options.live,
                     .as_root = options.as_root,
                     .own_key = !options.digest_key.empty(),
                     .key_id = pseudonyms.KeyId(),
                     .replaced = pseudonyms.replaced(),
                     .differing = {}};
  read.name = node->name;
  const auto again = cluster::ReadNode(bundle.files(), read);
  if (!again) return std::unexpected(again.error());
  bundle.manifest.differing = Differing(findings, rules::Evaluate(*again, {}, options.now));
  return bundle;
}

}  // namespace seawall::bundle
