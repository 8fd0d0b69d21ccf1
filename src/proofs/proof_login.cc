// Recipe row 3a: what a login that has no rights gets, where a kubeconfig was given.
#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "proofs/tables.h"
#include "rules/tally.h"

namespace seawall::proofs {
namespace {

using rules::Outcome;

/// Names and statuses of what answered it.
Outcome LoginGetsNothing(const Subject& subject) {
  if (auto reached = NotReached(subject)) return *reached;
  const probe::Login& login = *subject.seen.login;
  if (login.privileged) {
    return rules::NotApplicable(fmt::format(
        "{} may read every Secret: what it gets proves nothing. Give the kubeconfig of a login "
        "without rights",
        login.as));
  }
  std::vector<std::string> open, unknown;
  std::vector<rules::Evidence> evidence;
  for (const probe::PathAnswer& answer : login.answers) {
    if (!answer.status) {
      unknown.push_back(fmt::format("{}: {}", answer.path, answer.why));
      continue;
    }
    evidence.push_back(Seen(subject, "GET " + answer.path + " as " + login.as,
                            fmt::format("status {}", *answer.status)));
    // What is answered by anything but a refusal went past authorization: 404 of a pod that is not
    // there, 400 of an upgrade that was not asked for.
    if (*answer.status != 401 && *answer.status != 403 && *answer.status / 100 != 5 &&
        !(answer.path == "/debug/pprof/" && *answer.status == 404))
      open.push_back(fmt::format("{} ({})", answer.path, *answer.status));
  }
  const std::string who = fmt::format("{} is answered by {}", login.as, Name(subject));
  if (!open.empty()) return rules::Fails(who + ": " + Join(open, ", "), std::move(evidence));
  if (login.answers.empty() || !unknown.empty()) {
    return rules::Unknown(
        unknown.empty() ? "nothing was asked as " + login.as : unknown.front(),
        "give the listener a certificate of the cluster's CA (serverTLSBootstrap for kubelets)",
        std::move(evidence));
  }
  return rules::Pass(login.as + " is refused everywhere", std::move(evidence));
}

const ProofRule kProofs[] = {
    {.rule = {.id = "no-access-without-rights",
              .title = "A login without rights gets nothing",
              .row = "3a",
              .severity = rules::Severity::kHigh,
              .expected = "status 401 or 403 for secrets, pods, logs, commands, metrics, profiles "
                          "and configuration",
              .remedy = "take AlwaysAllow out of --authorization-mode (the kubelet's "
                        "authorization.mode), and look for bindings of system:authenticated",
              .why = "Every pod of the cluster has a login: its service account.",
              .link =
                  "https://kubernetes.io/docs/reference/access-authn-authz/kubelet-authn-authz/"},
     .components = "kube-apiserver kubelet kube-controller-manager kube-scheduler",
     .check = LoginGetsNothing,
     .of_login = true},
};

}  // namespace

std::span<const ProofRule> LoginProofs() { return kProofs; }

std::vector<std::pair<std::string, std::string>> LoginPaths(std::string_view component) {
  using Paths = std::vector<std::pair<std::string, std::string>>;
  if (component == "kube-apiserver") {
    return {{"/api/v1/secrets", "/api/v1/secrets?limit=1"},
            {"/metrics", "/metrics"},
            {"/debug/pprof/", "/debug/pprof/"}};
  }
  if (component == "kubelet") {
    const std::string none = "/seawall-none/seawall-none/none";
    return {{"/pods", "/pods"},
            {"/metrics", "/metrics"},
            {"/configz", "/configz"},
            {"/stats/summary", "/stats/summary"},
            {"/logs", "/logs/"},
            {"/debug/pprof/", "/debug/pprof/"},
            {"/containerLogs", "/containerLogs" + none},
            {"/exec", "/exec" + none},
            {"/run", "/run" + none}};
  }
  if (component == "kube-controller-manager" || component == "kube-scheduler")
    return {{"/metrics", "/metrics"}, {"/configz", "/configz"}, {"/debug/pprof/", "/debug/pprof/"}};
  return Paths{};
}

}  // namespace seawall::proofs
