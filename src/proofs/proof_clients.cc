// Proofs of what client certificates are worth: those that seawall made itself are worth nothing.
#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "proofs/tables.h"
#include "rules/tally.h"

namespace seawall::proofs {
namespace {

using probe::CertificateTrial;
using probe::ClientAuth;
using probe::GrpcAnswer;
using rules::Fails;
using rules::Outcome;
using rules::Pass;
using rules::Unknown;
using Trial = CertificateTrial::Outcome;

constexpr const char* kHow = "ask again with a longer --timeout, from a place near it";

std::string Words(const CertificateTrial& trial) {
  return trial.issuer.empty() ? trial.kind : fmt::format("{} {}", trial.kind, trial.issuer);
}

ClientAuth AuthOf(const Subject& subject) {
  return subject.seen.handshake ? subject.seen.handshake->client_auth : ClientAuth::kUnknown;
}

/// Judges the trials of other CAs of the cluster, or all others.
Outcome NoneAccepted(const Subject& subject, bool other_ca, const char* good) {
  if (auto none = NoTls(subject)) return *none;
  if (AuthOf(subject) == ClientAuth::kNone)
    return rules::NotApplicable("it asks no client for a certificate");
  std::vector<rules::Evidence> evidence;
  std::vector<std::string> wrong, gaps;
  for (const CertificateTrial& trial : subject.seen.trials) {
    if ((trial.kind == "other-ca") != other_ca) continue;
    evidence.push_back(Seen(subject, "client certificate: " + Words(trial),
                            fmt::format("{} ({})", probe::ToString(trial.outcome), trial.why)));
    if (trial.outcome == Trial::kAccepted) wrong.push_back(Words(trial));
    if (trial.outcome == Trial::kUnknown)
      gaps.push_back(fmt::format("{}: {}", Words(trial), trial.why));
  }
  if (!wrong.empty()) {
    return Fails(fmt::format("{} lets a client in with a certificate that it has no reason to "
                             "trust: {}",
                             Name(subject), Join(wrong, ", ")),
                 std::move(evidence));
  }
  if (evidence.empty() && other_ca)
    return rules::NotApplicable("no key of another CA of the cluster can be read here");
  if (evidence.empty()) return Unknown("no certificate was tried", kHow);
  if (!gaps.empty())
    return Unknown("not every certificate was answered: " + Join(gaps, ", "), kHow,
                   std::move(evidence));
  return Pass(good, std::move(evidence));
}

Outcome Foreign(const Subject& subject) {
  return NoneAccepted(subject, false,
                      "certificates of a foreign CA, expired ones and those for servers let "
                      "nobody in");
}

Outcome OtherCa(const Subject& subject) {
  return NoneAccepted(subject, true, "no certificate of another CA of the cluster lets anybody in");
}

/// What etcd gives to whoever has no certificate of its CA.
Outcome EtcdData(const Subject& subject) {
  const std::string& role = subject.seen.endpoint.role;
  if (!role.empty() && role != "client")
    return rules::NotApplicable(fmt::format("this is the port for {}", role));
  if (auto none = NotReached(subject)) return *none;
  std::vector<rules::Evidence> evidence;
  std::vector<std::string> wrong;
  std::string gap;
  for (const GrpcAnswer& answer : subject.seen.grpc) {
    if (!answer.method.ends_with("/Range")) continue;
    const std::string value = answer.status    ? fmt::format("gRPC status {}", *answer.status)
                              : answer.refused ? "refused"
                                               : "unknown: " + answer.why;
    evidence.push_back(Seen(subject, fmt::format("{} with {}", answer.method, answer.with), value));
    if (answer.status == 0) wrong.push_back(fmt::format("{} with {}", answer.method, answer.with));
    if (!answer.status && !answer.refused) gap = answer.method + " " + answer.why;
  }
  if (const probe::PathAnswer* old = AnswerOf(subject, "/v2/keys")) {
    evidence.push_back(Seen(subject, "GET /v2/keys",
                            old->status    ? std::to_string(*old->status)
                            : old->refused ? "refused"
                                           : "unknown"));
    if (old->status && *old->status < 300) wrong.emplace_back("GET /v2/keys");
  }
  if (!wrong.empty()) {
    return Fails(
        fmt::format("{} reads its data out to strangers: {}", Name(subject), Join(wrong, ", ")),
        std::move(evidence));
  }
  if (subject.seen.grpc.empty()) return Unknown("nothing was asked", kHow);
  if (!gap.empty())
    return Unknown("not every call was answered: " + gap, kHow, std::move(evidence));
  return Pass("strangers read nothing", std::move(evidence));
}

Outcome EtcdNoV2(const Subject& subject) {
  const std::string& role = subject.seen.endpoint.role;
  if (!role.empty() && role != "client")
    return rules::NotApplicable(fmt::format("this is the port for {}", role));
  if (auto none = NotReached(subject)) return *none;
  const probe::PathAnswer* old = AnswerOf(subject, "/v2/keys");
  if (old == nullptr) return Unknown("nothing was asked", kHow);
  if (old->refused) return rules::NotApplicable("who has no certificate learns nothing of it");
  if (!old->status) return Unknown("no answer to /v2/keys: " + old->why, kHow);
  const rules::Evidence evidence = Seen(subject, "GET /v2/keys", std::to_string(*old->status));
  if (*old->status == 404) return Pass("there is no /v2/keys", {evidence});
  return Fails(fmt::format("{} answers /v2/keys with {}", Name(subject), *old->status), {evidence});
}

Outcome Origins(const Subject& subject) {
  if (auto none = NotReached(subject)) return *none;
  const bool answered = std::ranges::any_of(
      subject.seen.anonymous, [](const probe::PathAnswer& one) { return one.status.has_value(); });
  const bool refused = std::ranges::any_of(
      subject.seen.anonymous, [](const probe::PathAnswer& one) { return one.refused; });
  const rules::Evidence evidence =
      Seen(subject, "Access-Control-Allow-Origin",
           subject.seen.allows_origin.empty() ? "none" : subject.seen.allows_origin);
  if (!subject.seen.allows_origin.empty()) {
    return Fails(fmt::format("{} lets the pages of {} read its answers", Name(subject),
                             subject.seen.allows_origin == "*" ? "every web site"
                                                               : subject.seen.allows_origin),
                 {evidence});
  }
  if (answered) return Pass("no web page may read its answers", {evidence});
  if (refused) return rules::NotApplicable("TLS refuses who has no certificate");
  return Unknown("no answer shows it", kHow);
}

constexpr const char* kAuthentication =
    "https://kubernetes.io/docs/reference/access-authn-authz/authentication/"
    "#x509-client-certificates";
constexpr const char* kEtcd = "https://etcd.io/docs/latest/op-guide/security/";

constexpr ProofRule kProofs[] = {
    {.rule = {.id = "refuses-foreign-certificates",
              .title = "The component takes no client certificate of a foreign CA, expired or for "
                       "servers",
              .row = "2a",
              .severity = rules::Severity::kCritical,
              .expected = "refused by TLS or with status 401, or treated as a stranger's",
              .remedy = "name the cluster's own CA and nothing else (--client-ca-file, "
                        "clientCAFile, etcd's --trusted-ca-file), and start the component again",
              .why = "Whoever can make a certificate is whoever he writes into it.",
              .link = kAuthentication},
     .components = "kube-apiserver kube-controller-manager kube-scheduler kubelet etcd",
     .check = Foreign,
     .files = "!etcd-client-ca@client !etcd-peer-ca@peer"},
    {.rule = {.id = "refuses-other-cas-of-the-cluster",
              .title = "The component takes no client certificate of another CA of the cluster",
              .row = "5a",
              .severity = rules::Severity::kHigh,
              .expected = "refused by TLS or with status 401, or treated as a stranger's",
              .remedy = "give etcd, the front proxy and the clients of Kubernetes a CA each, and "
                        "name only that one (--trusted-ca-file, --client-ca-file)",
              .why = "Every kubelet's certificate would open etcd, and with it every Secret.",
              .link = kEtcd},
     .components = "kube-apiserver kubelet etcd",
     .check = OtherCa,
     .files = "!etcd-own-ca@client !apiserver-front-proxy-ca"},
    {.rule = {.id = "etcd-reads-out-nothing",
              .title = "etcd reads nothing out to strangers",
              .row = "5a",
              .severity = rules::Severity::kCritical,
              .expected = "gRPC's Range and /v2/keys are refused",
              .remedy = "set --client-cert-auth and --trusted-ca-file, with https:// URLs only",
              .why = "Whoever reads etcd reads every Secret.",
              .link = kEtcd},
     .components = "etcd",
     .check = EtcdData,
     .files = "!etcd-client-cert-auth@client"},
    {.rule = {.id = "etcd-serves-no-v2",
              .title = "etcd serves nothing of the old v2 interface",
              .row = "5a",
              .severity = rules::Severity::kLow,
              .expected = "status 404 for /v2/keys",
              .remedy = "take --enable-v2 away, or run a version of today",
              .why = "v2 has its own users and roles, which nobody keeps.",
              .link = kEtcd},
     .components = "etcd",
     .check = EtcdNoV2,
     .files = "!etcd-no-v2@client"},
    {.rule = {.id = "no-foreign-origins",
              .title = "No web page may read what the component answers",
              .row = "2a",
              .severity = rules::Severity::kMedium,
              .expected = "no Access-Control-Allow-Origin for a page that nobody knows",
              .remedy = "take --cors-allowed-origins away (etcd: set --cors to an origin of your "
                        "own)",
              .why = "A page that an administrator opens would ask with his browser's rights.",
              .link = "https://kubernetes.io/docs/reference/command-line-tools-reference/"
                      "kube-apiserver/"},
     .components = "kube-apiserver etcd",
     .check = Origins,
     .files = "!apiserver-cors-origins !etcd-cors@client"},
};

}  // namespace

std::span<const ProofRule> ClientProofs() { return kProofs; }

}  // namespace seawall::proofs
