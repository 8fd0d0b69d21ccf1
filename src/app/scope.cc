#include "app/scope.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "base/text.h"
#include "cluster/api_facts.h"
#include "report/record.h"

namespace seawall::app {
namespace {

/// Members that etcd's settings name and of which no node that was examined is one.
void AddMembers(const std::vector<ScopeHints>& nodes, report::RunEvidence& evidence) {
  std::set<std::string> known;
  for (const ScopeHints& node : nodes) known.insert(node.etcd_names.begin(), node.etcd_names.end());
  for (const report::NotSeen& one : evidence.not_seen) known.insert(one.name);
  for (const ScopeHints& node : nodes) {
    for (const auto& [name, url] : node.etcd_members) {
      std::string safe = report::Safe(name);
      if (known.contains(name) || !known.insert(safe).second) continue;
      evidence.not_seen.push_back(
          {std::move(safe),
           report::Safe(fmt::format("a member of etcd at {} by --initial-cluster of {}; nobody "
                                    "gave its files",
                                    url, node.name))});
    }
  }
}

}  // namespace

ScopeHints HintsOf(const cluster::Node& node) {
  ScopeHints hints;
  hints.name = node.name;
  hints.files = !node.by_api;
  if (node.api != nullptr && !node.by_api) {
    if (node.api->uid.known()) hints.cluster_uid = node.api->uid.value;
    if (!node.api->nodes.known()) hints.unlisted = node.api->nodes.why;
  }
  for (const cluster::Component* etcd : node.Of(cluster::ComponentKind::kEtcd)) {
    const cluster::Setting name = etcd->Get("name");
    const cluster::Setting all = etcd->Get("initial-cluster");
    if (!name.known()) continue;  // it could be any of the members
    hints.etcd_names.push_back(name.text);
    if (!all.written()) continue;
    for (std::string_view member : Split(all.text, ',')) {
      const size_t at = member.find('=');
      if (at == 0 || at == std::string_view::npos) continue;
      hints.etcd_members.emplace_back(member.substr(0, at), member.substr(at + 1));
    }
  }
  return hints;
}

void AddScope(const std::vector<ScopeHints>& nodes, report::RunEvidence& evidence) {
  for (const ScopeHints& node : nodes) {
    if (!node.cluster_uid.empty()) evidence.cluster_uid = report::Safe(node.cluster_uid);
    if (node.files) {
      evidence.seen.push_back(report::Safe(node.name));
    } else {
      evidence.not_seen.push_back(
          {report::Safe(node.name),
           "the API lists it and nobody gave its files: judged by what the API tells only"});
    }
    if (!node.unlisted.empty()) {
      evidence.not_seen.push_back(
          {"nodes of the cluster",
           report::Safe("the API does not say which there are: " + node.unlisted)});
    }
  }
  AddMembers(nodes, evidence);
}

}  // namespace seawall::app
