#include "app/prove_targets.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "app/other_cas.h"
#include "cluster/sockets.h"
#include "rules/addresses.h"

namespace seawall::app {
namespace {

probe::Observation NotAsked(const ProveTarget& target) {
  probe::Observation seen;
  seen.endpoint = target.endpoint;
  seen.why = seen.plain_why = seen.tls.groups_why = target.out_of_reach;
  for (size_t i = 0; i < seen.tls.versions.size(); ++i) {
    seen.tls.versions[i].version = tls::kAllVersions[seen.tls.versions.size() - 1 - i];
    seen.tls.versions[i].why = target.out_of_reach;
  }
  return seen;
}

/// A root that is a process' own ("/proc/12/root": a container, a node in namespaces) is in that
/// process' network; "" for every other one.
std::string NetworkOf(const cluster::Node& node) {
  constexpr std::string_view kBegin = "/proc/", kEnd = "/root";
  std::string_view root = node.root;
  if (root.ends_with('/')) root.remove_suffix(1);
  if (!root.starts_with(kBegin) || !root.ends_with(kEnd)) return "";
  root.remove_prefix(kBegin.size());
  root.remove_suffix(std::min(kEnd.size(), root.size()));
  const bool pid = !root.empty() && root.find_first_not_of("0123456789") == std::string_view::npos;
  return pid ? fmt::format("/proc/{}/ns/net", root) : "";
}

}  // namespace

void AddListeners(const cluster::Node& node, bool loopback, std::vector<ProveTarget>& targets) {
  cluster::Listeners found = cluster::ListenersOf(node);
  cluster::AddSockets(node, found);
  const std::string network = NetworkOf(node);
  const bool here = node.live && !node.collected_as_root;  // a bundle's node is elsewhere
  for (const cluster::Listener& listener : found.listeners) {
    ProveTarget target;
    target.endpoint = {.host = listener.host,
                       .port = listener.port,
                       .component = cluster::ToString(listener.component->kind),
                       .role = listener.role,
                       .why = listener.why,
                       .node = node.name,
                       .bound = listener.bound,
                       .network = network.empty() && here ? listener.network : network,
                       .sockets = listener.sockets_why,
                       .others = OtherCaCredentials(node, listener)};
    target.node_name = node.name;
    target.node = &node;
    target.component = listener.component;
    if (!here && !loopback && network.empty() && rules::IsLoopbackAddress(listener.host)) {
      target.out_of_reach =
          "only the node itself reaches it: run seawall prove there, or in its "
          "network with --loopback";
    }
    targets.push_back(std::move(target));
  }
  // What is not known of a component is said once.
  std::map<const cluster::Component*, std::string> gaps;
  for (const cluster::ListenerGap& gap : found.gaps) {
    std::string& why = gaps[gap.component];
    why += (why.empty() ? "" : "; ") + gap.why;
  }
  for (const auto& [component, why] : gaps) {
    ProveTarget target;
    target.endpoint.component = cluster::ToString(component->kind);
    target.endpoint.why = component->instance;
    target.node_name = node.name;
    target.node = &node;
    target.component = component;
    target.out_of_reach = why;
    targets.push_back(std::move(target));
  }
}

Result<void> AskTargets(const std::vector<ProveTarget>& targets, const probe::ProbeOptions& options,
                        const std::function<void(size_t, const probe::Observation&)>& done) {
  std::vector<probe::Endpoint> endpoints;
  std::vector<size_t> index_of;
  for (size_t i = 0; i < targets.size(); ++i) {
    if (!targets[i].out_of_reach.empty()) {
      probe::Observation seen = NotAsked(targets[i]);
      seen.scope = options.scope;
      done(i, seen);
      continue;
    }
    endpoints.push_back(targets[i].endpoint);
    index_of.push_back(i);
  }
  return probe::Probe(std::move(endpoints), options,
                      [&](size_t i, const probe::Observation& seen) { done(index_of[i], seen); });
}

}  // namespace seawall::app
