#include "app/prove_targets.h"

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

}  // namespace

void AddListeners(const cluster::Node& node, bool loopback, std::vector<ProveTarget>& targets) {
  cluster::Listeners found = cluster::ListenersOf(node);
  cluster::AddSockets(node, found);
  for (const cluster::Listener& listener : found.listeners) {
    ProveTarget target;
    target.endpoint = {.host = listener.host,
                       .port = listener.port,
                       .component = cluster::ToString(listener.component->kind),
                       .role = listener.role,
                       .why = listener.why,
                       .bound = listener.bound,
                       .network = listener.network,
                       .sockets = listener.sockets_why,
                       .others = OtherCaCredentials(node, listener)};
    target.node_name = node.name;
    target.node = &node;
    target.component = listener.component;
    if (!node.live && !loopback && rules::IsLoopbackAddress(listener.host)) {
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
      done(i, NotAsked(targets[i]));
      continue;
    }
    endpoints.push_back(targets[i].endpoint);
    index_of.push_back(i);
  }
  return probe::Probe(std::move(endpoints), options,
                      [&](size_t i, const probe::Observation& seen) { done(index_of[i], seen); });
}

}  // namespace seawall::app
