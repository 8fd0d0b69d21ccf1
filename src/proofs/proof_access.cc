// Proofs of whom a listener lets in: without a certificate, without a name, at ports of old.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/text.h"
#include "proofs/tables.h"
#include "rules/tally.h"

namespace seawall::proofs {
namespace {

using probe::ClientAuth;
using probe::Known;
using probe::PathAnswer;
using rules::Fails;
using rules::Outcome;
using rules::Pass;
using rules::Unknown;

constexpr const char* kHow = "ask again with a longer --timeout, from a place near it";

bool HasRole(const Subject& subject, std::string_view role) {
  return subject.seen.endpoint.role == role;
}

/// Health checks, metrics and the ports of old have no clients with names.
bool IsNotTheMainListener(const Subject& subject) {
  constexpr std::array<std::string_view, 4> kRoles = {"healthz", "metrics", "read-only",
                                                      "insecure"};
  return std::ranges::find(kRoles, subject.seen.endpoint.role) != kRoles.end();
}

Outcome OtherListener(const Subject& subject) {
  return rules::NotApplicable(fmt::format("this is the port for {}", subject.seen.endpoint.role));
}

std::string Says(const PathAnswer& answer) {
  if (answer.status) return fmt::format("{} {}", answer.path, *answer.status);
  return fmt::format("{} {}", answer.path, answer.refused ? "refused" : "unknown");
}

std::vector<rules::Evidence> SeenPaths(const Subject& subject) {
  std::vector<rules::Evidence> all;
  for (const PathAnswer& answer : subject.seen.anonymous) {
    all.push_back(Seen(subject, "GET " + answer.path,
                       answer.status    ? std::to_string(*answer.status)
                       : answer.refused ? "refused"
                                        : "unknown"));
  }
  return all;
}

/// Fails with the paths for which `bad` holds; unknown when one was not answered.
template <typename Bad>
Outcome NoPath(const Subject& subject, const Bad& bad, const char* fails, const char* good) {
  if (auto none = NotReached(subject)) return *none;
  std::vector<std::string> wrong, gaps;
  for (const PathAnswer& answer : subject.seen.anonymous) {
    if (!answer.status && !answer.refused) gaps.push_back(answer.path);
    if (answer.status && bad(answer)) wrong.push_back(Says(answer));
  }
  if (!wrong.empty()) {
    return Fails(fmt::format("{} {}: {}", Name(subject), fails, Join(wrong, ", ")),
                 SeenPaths(subject));
  }
  if (subject.seen.anonymous.empty()) return Unknown("nothing was asked", kHow);
  if (!gaps.empty())
    return Unknown(fmt::format("no answer to {}", Join(gaps, ", ")), kHow, SeenPaths(subject));
  return Pass(good, SeenPaths(subject));
}

/// A path that this kubelet does not have is answered 404 to everybody, before anybody is asked who
/// he is: only 401 shows that strangers are sent away, and only what needs a name that they are
/// not.
Outcome KubeletAnonymous(const Subject& subject) {
  if (IsNotTheMainListener(subject)) return OtherListener(subject);
  const bool sent_away = std::ranges::any_of(subject.seen.anonymous, [](const PathAnswer& answer) {
    return answer.refused || answer.status == 401;
  });
  Outcome outcome = NoPath(
      subject,
      [](const PathAnswer& answer) { return *answer.status < 400 || answer.status == 403; },
      "does not send strangers away with 401", "anonymous requests are sent away with 401");
  if (outcome.verdict == rules::Verdict::kPass && !sent_away)
    return Unknown("no answer shows whether strangers are sent away", kHow, SeenPaths(subject));
  return outcome;
}

Outcome ApiServerAnonymous(const Subject& subject) {
  if (IsNotTheMainListener(subject)) return OtherListener(subject);
  constexpr std::array<std::string_view, 3> kHealth = {"/healthz", "/livez", "/readyz"};
  return NoPath(
      subject,
      [&](const PathAnswer& answer) {
        return *answer.status != 401 && std::ranges::find(kHealth, answer.path) == kHealth.end();
      },
      "treats strangers as system:anonymous",
      "anonymous requests are sent away with 401, but for health checks");
}

Outcome ApiServerSecrets(const Subject& subject) {
  if (HasRole(subject, "healthz")) return OtherListener(subject);
  return NoPath(
      subject,
      [](const PathAnswer& answer) {
        return answer.path.starts_with("/api/v1/secrets") && *answer.status < 400;
      },
      "shows Secrets to everybody", "no stranger gets Secrets");
}

Outcome NoProfiles(const Subject& subject) {
  return NoPath(
      subject,
      [](const PathAnswer& answer) {
        return answer.path.starts_with("/debug/pprof") && *answer.status < 300;
      },
      "shows profiles of itself to everybody", "no stranger gets profiles");
}

Outcome NoMetrics(const Subject& subject) {
  if (IsLoopback(subject) && (HasRole(subject, "metrics") || HasRole(subject, "read-only")))
    return rules::NotApplicable("only this machine reaches it");
  return NoPath(
      subject,
      [](const PathAnswer& answer) {
        constexpr std::array<std::string_view, 4> kPaths = {"/metrics", "/configz",
                                                            "/stats/summary", "/debug/vars"};
        return std::ranges::find(kPaths, answer.path) != kPaths.end() && *answer.status < 300;
      },
      "shows metrics or its configuration to everybody",
      "no stranger gets metrics or the configuration");
}

Outcome ReadOnlyPort(const Subject& subject) {
  if (!HasRole(subject, "read-only")) return rules::NotApplicable("this is not the read-only port");
  if (subject.seen.reachable == Known::kNo) return Pass("nobody listens at the read-only port");
  if (auto none = NotReached(subject)) return *none;
  return Fails(fmt::format("{} is the read-only port, and somebody listens", Name(subject)),
               SeenPaths(subject));
}

/// Its process, whose sockets are known, has none there.
bool OfAnotherProcess(const Subject& subject) {
  const probe::Endpoint& endpoint = subject.seen.endpoint;
  return subject.node != nullptr && subject.node->live && subject.component != nullptr &&
         subject.component->process && endpoint.sockets.empty() && endpoint.bound.empty();
}

/// Others use these ports too; a component is known by what it alone has.
bool AnswersAsItself(const Subject& subject) {
  if (!subject.seen.endpoint.bound.empty()) return true;
  const bool api = subject.seen.endpoint.component == "kube-apiserver";
  constexpr std::array<std::string_view, 5> kPaths = {"/healthz", "/health", "/metrics", "/version",
                                                      "/v2/keys"};
  return std::ranges::any_of(subject.seen.anonymous, [&](const PathAnswer& answer) {
    if (!answer.status) return false;
    if (api)
      return answer.path == "/api/v1/secrets" &&
             (*answer.status == 200 || *answer.status == 401 || *answer.status == 403);
    return *answer.status == 200 && std::ranges::find(kPaths, answer.path) != kPaths.end();
  });
}

Outcome InsecurePort(const Subject& subject) {
  if (!HasRole(subject, "insecure")) return rules::NotApplicable("this is not a port of old");
  if (subject.seen.reachable == Known::kNo) return Pass("nobody listens at this port of old");
  if (auto none = NotReached(subject)) return *none;
  if (OfAnotherProcess(subject)) return rules::NotApplicable("another program listens there");
  if (subject.seen.plain_http == Known::kYes && AnswersAsItself(subject)) {
    return Fails(fmt::format("{} answers plaintext at a port that versions of today do not have",
                             Name(subject)),
                 SeenPaths(subject));
  }
  if (subject.seen.plain_http == Known::kYes)
    return rules::NotApplicable("whoever answers there does not answer as this component does");
  return Unknown(fmt::format("somebody listens at {}, and not in plaintext HTTP",
                             subject.seen.endpoint.ToString()),
                 "find out who it is: ss -ltnp on the node");
}

Outcome EtcdCertificate(const Subject& subject) {
  if (HasRole(subject, "metrics")) return OtherListener(subject);
  if (auto none = NotReached(subject)) return *none;
  if (subject.seen.plain_http == Known::kYes) {
    return Fails(fmt::format("{} lets everybody in, without TLS", Name(subject)),
                 SeenPaths(subject));
  }
  const ClientAuth auth =
      subject.seen.handshake ? subject.seen.handshake->client_auth : ClientAuth::kUnknown;
  const rules::Evidence evidence = Seen(subject, "client certificate", probe::ToString(auth));
  switch (auth) {
    case ClientAuth::kRequired:
      return Pass("who has no certificate is refused", {evidence});
    case ClientAuth::kNone:
      return Fails(fmt::format("{} asks no client for a certificate", Name(subject)), {evidence});
    case ClientAuth::kRequested:
      return Fails(fmt::format("{} lets clients without a certificate in", Name(subject)),
                   {evidence});
    case ClientAuth::kUnknown:
      break;
  }
  return Unknown(
      "whether it lets clients without a certificate in is not known: " +
          (subject.seen.handshake ? subject.seen.handshake->why : "no handshake was made"),
      kHow, {evidence});
}

Outcome AsksForCertificates(const Subject& subject) {
  if (IsNotTheMainListener(subject)) return OtherListener(subject);
  if (auto none = NoTls(subject)) return *none;
  const ClientAuth auth =
      subject.seen.handshake ? subject.seen.handshake->client_auth : ClientAuth::kUnknown;
  const rules::Evidence evidence = Seen(subject, "client certificate", probe::ToString(auth));
  if (auth == ClientAuth::kUnknown && subject.seen.handshake && subject.seen.handshake->asks) {
    return Pass("it asks for a certificate; whether it insists is not known",
                {Seen(subject, "client certificate", "asked for")});
  }
  if (auth == ClientAuth::kUnknown)
    return Unknown("no handshake showed whether it asks for certificates", kHow, {evidence});
  if (auth == ClientAuth::kNone)
    return Fails(fmt::format("{} asks no client for a certificate", Name(subject)), {evidence});
  return Pass("it asks for a certificate", {evidence});
}

constexpr const char* kKubelet =
    "https://kubernetes.io/docs/reference/access-authn-authz/kubelet-authn-authz/";
constexpr const char* kAnonymous =
    "https://kubernetes.io/docs/reference/access-authn-authz/authentication/#anonymous-requests";
constexpr const char* kEtcd = "https://etcd.io/docs/latest/op-guide/security/";
constexpr const char* kPorts =
    "https://kubernetes.io/docs/reference/networking/ports-and-protocols/";

// What an unknown server has at these paths is nobody's business here.
constexpr const char* kAll =
    "kube-apiserver kube-controller-manager kube-scheduler kubelet kube-proxy etcd";

constexpr ProofRule kProofs[] = {
    {.rule = {.id = "no-anonymous-kubelet",
              .title = "The kubelet sends strangers away",
              .row = "3a",
              .severity = rules::Severity::kCritical,
              .target = rules::Target::kKubelet,
              .expected = "status 401 for every anonymous request",
              .remedy = "set authentication.anonymous.enabled: false and start the kubelet again",
              .why = "Whoever may speak to a kubelet runs commands in its pods.",
              .link = kKubelet},
     .components = "kubelet",
     .check = KubeletAnonymous,
     .files = "kubelet-anonymous-auth"},
    {.rule =
         {.id = "no-anonymous-apiserver",
          .title = "The API server knows no anonymous users, but for health checks",
          .row = "4",
          .severity = rules::Severity::kMedium,
          .expected = "status 401 for anonymous requests",
          .remedy = "set --anonymous-auth=false, or allow it for /livez, /readyz and /healthz only "
                    "(AuthenticationConfiguration, anonymous.conditions)",
          .why =
              "A binding to system:unauthenticated or system:anonymous is made quickly and opens "
              "the cluster to everybody.",
          .link = kAnonymous},
     .components = "kube-apiserver",
     .check = ApiServerAnonymous,
     .files = "apiserver-anonymous-auth-off"},
    {.rule = {.id = "no-anonymous-secrets",
              .title = "The API server shows no Secret to strangers",
              .row = "3c",
              .severity = rules::Severity::kCritical,
              .target = rules::Target::kApiServer,
              .expected = "status 401 or 403",
              .remedy = "take the binding of system:anonymous or system:unauthenticated away, and "
                        "AlwaysAllow out of --authorization-mode",
              .why = "Every credential of the cluster lies open.",
              .link = kAnonymous},
     .components = "kube-apiserver",
     .check = ApiServerSecrets},
    {.rule = {.id = "no-anonymous-profiles",
              .title = "Nobody gets profiles without a name",
              .row = "2a",
              .severity = rules::Severity::kMedium,
              .expected = "no success for /debug/pprof/",
              .remedy = "set --profiling=false (enableProfiling: false; etcd: no --enable-pprof)",
              .why = "Profiles show what the program does and parts of its memory.",
              .link = kPorts},
     .components = kAll,
     .check = NoProfiles,
     .files = "!apiserver-profiling-off !controller-manager-profiling-off "
              "!scheduler-profiling-off !kubelet-profiling-off !proxy-profiling-off "
              "!etcd-pprof-off"},
    {.rule = {.id = "no-anonymous-metrics",
              .title = "Nobody gets metrics or the configuration without a name",
              .row = "2a",
              .severity = rules::Severity::kMedium,
              .expected = "no success for /metrics, /configz, /stats/summary and /debug/vars",
              .remedy = "bind the port to 127.0.0.1, or demand authorization for these paths "
                        "(--authorization-always-allow-paths)",
              .why = "Metrics tell strangers versions, names and load of what runs here.",
              .link = kPorts},
     .components = kAll,
     .check = NoMetrics,
     .files = "!proxy-metrics-local@metrics !controller-manager-open-paths !scheduler-open-paths"},
    {.rule = {.id = "no-read-only-kubelet",
              .title = "Nobody listens at the kubelet's read-only port",
              .row = "2a",
              .severity = rules::Severity::kHigh,
              .target = rules::Target::kKubelet,
              .expected = "connection refused",
              .remedy = "set readOnlyPort: 0 and start the kubelet again",
              .why = "The port shows every pod of the node to everybody.",
              .link = kKubelet},
     .components = "kubelet",
     .check = ReadOnlyPort,
     .files = "kubelet-read-only-port"},
    {.rule = {.id = "no-insecure-port",
              .title = "Nobody listens at the insecure ports of old",
              .row = "2a",
              .severity = rules::Severity::kCritical,
              .target = rules::Target::kEtcd,
              .expected = "connection refused",
              .remedy = "set --insecure-port=0 (--port=0), and run a version of today",
              .why =
                  "Who reaches the API server's insecure port is administrator without a password.",
              .link = kPorts},
     .components = kAll,
     .check = InsecurePort,
     .files = "apiserver-insecure-port-off controller-manager-insecure-port-off "
              "scheduler-insecure-port-off"},
    {.rule =
         {.id = "etcd-refuses-without-certificate",
          .title = "etcd refuses who has no certificate",
          .row = "5a",
          .severity = rules::Severity::kCritical,
          .expected = "the handshake fails without a client certificate",
          .remedy = "set --client-cert-auth and --trusted-ca-file (--peer-client-cert-auth and "
                    "--peer-trusted-ca-file), with https:// URLs only",
          .why =
              "Whoever reads etcd reads every Secret, and whoever writes to it owns the cluster.",
          .link = kEtcd},
     .components = "etcd",
     .check = EtcdCertificate,
     .files = "etcd-client-cert-auth@client etcd-peer-client-cert-auth@peer"},
    {.rule =
         {.id = "asks-for-client-certificates",
          .title = "The component knows its clients by their certificates",
          .row = "2a",
          .severity = rules::Severity::kMedium,
          .expected = "the handshake asks for a client certificate",
          .remedy = "set --client-ca-file (the kubelet's authentication.x509.clientCAFile)",
          .why =
              "Without a CA for clients neither kubelets nor the API server can show who they are.",
          .link = kKubelet},
     .components = "kube-apiserver kubelet",
     .check = AsksForCertificates,
     .files = "!apiserver-client-ca !kubelet-client-ca"},
};

}  // namespace

std::span<const ProofRule> AccessProofs() { return kProofs; }

}  // namespace seawall::proofs
