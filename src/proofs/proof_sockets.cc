// Proofs of where the processes of this machine listen, by their sockets.
#include <fmt/format.h>

#include "proofs/tables.h"
#include "rules/addresses.h"
#include "rules/tally.h"

namespace seawall::proofs {
namespace {

using rules::Fails;
using rules::Outcome;
using rules::Pass;
using rules::Unknown;

/// Why the sockets say nothing; nothing when they do.
std::optional<Outcome> NoSocket(const Subject& subject) {
  const probe::Endpoint& endpoint = subject.seen.endpoint;
  if (subject.node == nullptr || !subject.node->live || subject.component == nullptr)
    return rules::NotApplicable("only the machine itself knows its sockets");
  if (!subject.component->process)
    return Unknown("no process of the component was found", "start it, and prove again");
  if (!endpoint.sockets.empty()) {
    return Unknown("the sockets of its process could not be read: " + endpoint.sockets,
                   "run as root");
  }
  return std::nullopt;
}

Outcome Explained(const Subject& subject) {
  if (auto none = NoSocket(subject)) return *none;
  const probe::Endpoint& endpoint = subject.seen.endpoint;
  if (endpoint.role == "unexplained") {
    return Fails(fmt::format("{} listens at {}:{}, and no setting says so", Name(subject),
                             endpoint.bound, endpoint.port),
                 {Seen(subject, "socket", fmt::format("{}, {}", endpoint.bound, endpoint.why))});
  }
  if (endpoint.bound.empty())
    return rules::NotApplicable("its process has no socket there, whatever its settings say");
  return Pass("a setting says so: " + endpoint.why, {Seen(subject, "socket", endpoint.bound)});
}

/// Listeners that only the machine itself needs.
bool IsForTheMachine(const Subject& subject) {
  const std::string& component = subject.seen.endpoint.component;
  const std::string& role = subject.seen.endpoint.role;
  if (component == "kube-controller-manager" || component == "kube-scheduler") return role.empty();
  if (component == "kubelet") return role == "healthz";
  return (component == "kube-proxy" || component == "etcd") && role == "metrics";
}

Outcome Loopback(const Subject& subject) {
  if (!IsForTheMachine(subject))
    return rules::NotApplicable("others than this machine are meant to reach it");
  if (auto none = NoSocket(subject)) return *none;
  const std::string& bound = subject.seen.endpoint.bound;
  if (bound.empty()) return rules::NotApplicable("its process has no socket there");
  const rules::Evidence evidence = Seen(subject, "socket", bound);
  if (rules::IsLoopbackAddress(bound)) return Pass("only this machine reaches it", {evidence});
  return Fails(fmt::format("{} listens at {}, where others reach it", Name(subject), bound),
               {evidence});
}

constexpr const char* kPorts =
    "https://kubernetes.io/docs/reference/networking/ports-and-protocols/";

constexpr ProofRule kProofs[] = {
    {.rule = {.id = "listener-explained",
              .title = "A setting says that the process listens there",
              .row = "2a",
              .severity = rules::Severity::kMedium,
              .expected = "no socket that no setting implies",
              .remedy = "find out what it is for (ss -ltnp), and start the component again with "
                        "the settings of its files",
              .why = "A port that nobody knows of is one that nobody closes.",
              .link = kPorts},
     .components = "kube-apiserver kube-controller-manager kube-scheduler kubelet kube-proxy etcd",
     .check = Explained},
    {.rule = {.id = "listens-on-loopback-only",
              .title = "What only the machine itself needs listens on its loopback only",
              .row = "2a",
              .severity = rules::Severity::kMedium,
              .expected = "a socket at 127.0.0.1 or ::1",
              .remedy = "bind it to 127.0.0.1 (--bind-address, healthzBindAddress, "
                        "metricsBindAddress, --listen-metrics-urls), and start the component again",
              .why = "Whoever reaches a port can try it.",
              .link = kPorts},
     .components = "kube-controller-manager kube-scheduler kubelet kube-proxy etcd",
     .check = Loopback,
     .files = "controller-manager-loopback scheduler-loopback kubelet-healthz-local@healthz "
              "proxy-metrics-local@metrics !etcd-metrics-local@metrics"},
};

}  // namespace

std::span<const ProofRule> SocketProofs() { return kProofs; }

}  // namespace seawall::proofs
