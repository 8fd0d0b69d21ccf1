// Recipe row 2a below the kubelet: the container runtime's own interface, which knows neither
// logins nor rights.
#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "cluster/kinds/runtime.h"
#include "cluster/kinds/view.h"
#include "rules/addresses.h"
#include "rules/checks.h"
#include "rules/file_checks.h"
#include "rules/machine_rules.h"

namespace seawall::rules {
namespace {

namespace kinds = cluster::kinds;

/// Judges every TCP listener of every runtime configuration on the node.
template <typename Judge>
Outcome EachListener(const Context& context, const char* good, Judge judge) {
  if (!context.node.is_machine) return NotApplicable(kNoFiles);
  Tally tally;
  for (const auto& runtime : kinds::ReadRuntimes(context.node)) {
    if (!runtime) {
      FileGap gap = GapOf("", runtime.error());
      tally.Unknown(gap.why, gap.how);
      continue;
    }
    Evidence configuration = EvidenceIn("listeners", std::to_string(runtime->listeners.size()),
                                        Place{runtime->file, 0, 0, {}});
    tally.Good(std::move(configuration));
    for (const kinds::RuntimeListener& listener : runtime->listeners) judge(listener, tally);
  }
  Outcome outcome = std::move(tally).Done(
      "there is no configuration of containerd, CRI-O or dockerd on this node");
  if (outcome.verdict == Verdict::kPass) outcome.reason = good;
  return outcome;
}

Outcome ApiNotOnTcp(const Rule&, const Context& context) {
  return EachListener(
      context, "no runtime configures its API on TCP",
      [](const kinds::RuntimeListener& listener, Tally& tally) {
        if (!listener.api || listener.verified_tls) return;
        tally.Bad(EvidenceIn(listener.key, PrintableShort(listener.address, 100), listener.place),
                  fmt::format("{} offers its API on {} without verifying who calls",
                              listener.runtime, PrintableShort(listener.address, 100)));
      });
}

std::string HostPart(std::string_view address) {
  size_t scheme = address.find("://");
  if (scheme != std::string_view::npos) address.remove_prefix(scheme + 3);
  if (address.starts_with('[')) return std::string(address.substr(1, address.find(']') - 1));
  size_t colon = address.rfind(':');
  return std::string(colon == std::string_view::npos ? address : address.substr(0, colon));
}

Outcome StreamsAreLocal(const Rule&, const Context& context) {
  return EachListener(
      context, "streaming and metrics are on the loopback, or off",
      [](const kinds::RuntimeListener& listener, Tally& tally) {
        if (listener.api || listener.verified_tls || IsLoopbackAddress(HostPart(listener.address)))
          return;
        tally.Bad(EvidenceIn(listener.key, PrintableShort(listener.address, 100), listener.place),
                  fmt::format("{} listens on {} ({})", listener.runtime,
                              PrintableShort(listener.address, 100), listener.key));
      });
}

constexpr const char* kSockets[] = {"/run/containerd/containerd.sock", "/run/crio/crio.sock",
                                    "/run/cri-dockerd.sock", "/run/docker.sock",
                                    "/run/k3s/containerd/containerd.sock"};

/// The kubelet's own endpoint, and the usual sockets. A group may have been given one on purpose;
/// all others may not.
Outcome SocketsArePrivate(const Rule&, const Context& context) {
  const cluster::Node& node = context.node;
  if (!node.is_machine) return NotApplicable(kNoFiles);
  std::vector<std::string> sockets(std::begin(kSockets), std::end(kSockets));
  for (const cluster::Component* kubelet : node.Of(cluster::ComponentKind::kKubelet)) {
    cluster::Setting endpoint = kubelet->Get("containerRuntimeEndpoint");
    if (endpoint.written() && endpoint.text.starts_with("unix://"))
      sockets.push_back(endpoint.text.substr(7));
  }
  std::ranges::sort(sockets);
  sockets.erase(std::unique(sockets.begin(), sockets.end()), sockets.end());
  Tally tally;
  for (const std::string& path : sockets) {
    const auto& stat = node.Stat(path);
    if (!stat) {
      if (stat.error().code == ErrorCode::kNotFound)
        continue;  // not running, or a tree without /run
      FileGap gap = GapOf("", stat.error());
      tally.Unknown(gap.why, gap.how);
    } else if ((stat->mode & 07u) != 0) {
      tally.Bad(StatEvidence("mode", ModeText(stat->mode), path),
                fmt::format("{} is {}", path, ModeText(stat->mode)));
    } else {
      tally.Good(StatEvidence("mode", ModeText(stat->mode), path));
    }
  }
  Outcome outcome = std::move(tally).Done(
      "there is no runtime's socket on this node: it does not run, or this is a copy without /run");
  if (outcome.verdict == Verdict::kFail)
    outcome.remedy = fmt::format("chmod o-rwx {}", outcome.evidence.front().place.file);
  return outcome;
}

constexpr const char* kCri =
    "https://kubernetes.io/docs/setup/production-environment/container-runtimes/";

constexpr Rule kRules[] = {
    {.id = "runtime-api-not-on-tcp",
     .title = "No container runtime offers its API on the network to whoever calls",
     .row = "2a",
     .severity = Severity::kCritical,
     .check = ApiNotOnTcp,
     .expected = "a local socket, or TLS with client certificates",
     .remedy = "remove the TCP address at {where}, and restart the runtime",
     .why = "Whoever reaches a runtime's API is root on the node.",
     .link = kCri},
    {.id = "runtime-streams-local",
     .title = "Container runtimes' streaming and metrics ports are on the loopback only",
     .row = "2a",
     .severity = Severity::kMedium,
     .check = StreamsAreLocal,
     .expected = "127.0.0.1, or off",
     .remedy = "set the address at {where} to 127.0.0.1, and restart the runtime",
     .why =
         "These ports speak plain HTTP; a streaming address that leaks is a shell in a container.",
     .link = kCri},
    {.id = "runtime-socket-private",
     .title = "Container runtimes' sockets are closed to other users",
     .row = "3b",
     .severity = Severity::kCritical,
     .check = SocketsArePrivate,
     .expected = "mode 660 or more restrictive",
     .remedy = "chmod 660 {where}",
     .why = "Whoever may open the socket is root on the node.",
     .link = kCri},
};

}  // namespace

std::span<const Rule> RuntimeRules() { return kRules; }

}  // namespace seawall::rules
