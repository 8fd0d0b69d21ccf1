#include "proofs/proof.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "probe/handshake_gap.h"
#include "proofs/tables.h"
#include "rules/addresses.h"
#include "rules/tally.h"

namespace seawall::proofs {
namespace {

using probe::Known;
using rules::Outcome;
using rules::Verdict;

bool HasWord(std::string_view words, std::string_view word) {
  const auto all = Split(words, ' ');
  return std::ranges::find(all, word) != all.end();
}

std::vector<ProofRule> Assemble() {
  std::vector<ProofRule> all;
  for (const auto part : {TlsProofs(), CertificateProofs(), AccessProofs(), LoginProofs(),
                          ClientProofs(), SocketProofs()})
    all.insert(all.end(), part.begin(), part.end());
  return all;
}

/// What the audit says of the same thing in the component's files, if it says anything certain.
std::optional<Outcome> OfTheFiles(const ProofRule& proof, const Subject& subject, Verdict proven) {
  if (subject.component == nullptr || subject.node == nullptr) return std::nullopt;
  for (const FileRule& file : FileRulesOf(proof, subject.seen.endpoint)) {
    if (file.only_refutes && proven == Verdict::kPass) continue;
    Outcome outcome =
        file.rule->check(*file.rule, {*subject.node, subject.component, subject.now, nullptr});
    if (outcome.verdict == Verdict::kPass || outcome.verdict == Verdict::kFail) return outcome;
  }
  return std::nullopt;
}

Outcome WithTheFiles(const ProofRule& proof, const Subject& subject, Outcome outcome) {
  const bool certain = outcome.verdict == Verdict::kPass || outcome.verdict == Verdict::kFail;
  if (!certain) return outcome;
  std::optional<Outcome> files = OfTheFiles(proof, subject, outcome.verdict);
  if (!files) return outcome;
  for (rules::Evidence& evidence : files->evidence) outcome.evidence.push_back(std::move(evidence));
  if (files->verdict != outcome.verdict) {
    outcome.reason +=
        fmt::format("; its files say otherwise ({}), and what it does counts", files->reason);
  }
  return outcome;
}

/// Proofs that our own hellos, a plain connection or the machine's sockets give.
constexpr std::string_view kWithoutHandshake =
    "served-no-plain-http served-tls-floor served-no-broken-suites served-no-weak-suites "
    "served-post-quantum served-no-compression no-read-only-kubelet no-insecure-port "
    "listener-explained listens-on-loopback-only";

/// What a full handshake would have shown, of a server with which OpenSSL can make none: whoever
/// reads it is told why, and what to ask with instead.
void ExplainGap(const ProofRule& proof, const Subject& subject, Outcome& outcome) {
  const auto& shake = subject.seen.handshake;
  if (outcome.verdict != Verdict::kUnknown || outcome.manual || !shake || shake->complete ||
      HasWord(kWithoutHandshake, proof.rule.id))
    return;
  // The certificate may have been read in the clear.
  if (!shake->chain.empty() && std::string_view(proof.rule.id).starts_with("served-certificate-"))
    return;
  const probe::HandshakeGap gap = probe::GapOf(subject.seen.tls);
  if (gap.only.empty()) return;
  const std::string place = subject.seen.endpoint.ToString();
  std::string how = "give it suites of today (served-no-broken-suites), and prove again";
  if (gap.groups) {
    how = fmt::format(
        "let it take x25519 besides, and prove again; or ask with OpenSSL 3.5 or later: openssl "
        "s_client -showcerts -connect {0}, curl -k https://{0}/",
        place);
  }
  outcome = rules::Unknown(fmt::format("no full handshake shows it: {} takes only {}, which this "
                                       "program's OpenSSL does not have",
                                       Name(subject), gap.only),
                           how, std::move(outcome.evidence));
}

/// An etcd that only the command line names is asked as its clients do.
bool HasRole(const probe::Endpoint& endpoint, std::string_view role) {
  return endpoint.role == role || (endpoint.role.empty() && role == "client");
}

}  // namespace

std::vector<FileRule> FileRulesOf(const ProofRule& proof, const probe::Endpoint& endpoint) {
  std::vector<FileRule> all;
  for (std::string_view word : SplitWords(proof.files)) {
    FileRule one;
    one.only_refutes = word.starts_with('!');
    if (one.only_refutes) word.remove_prefix(1);
    const size_t at = word.find('@');
    if (at != std::string_view::npos && !HasRole(endpoint, word.substr(at + 1))) continue;
    one.rule = rules::FindRule(word.substr(0, at));
    if (one.rule != nullptr && rules::ToString(one.rule->target) == endpoint.component)
      all.push_back(one);
  }
  return all;
}

std::span<const ProofRule> AllProofRules() {
  static const std::vector<ProofRule> all = Assemble();
  return all;
}

const rules::Rule* FindProofRule(std::string_view id) {
  for (const ProofRule& proof : AllProofRules()) {
    if (proof.rule.id == id) return &proof.rule;
  }
  return nullptr;
}

bool Selected(const rules::Selection& selection, const rules::Rule& rule) {
  const auto asks = [](const std::vector<std::string>& wanted, std::string_view word) {
    return wanted.empty() || std::ranges::find(wanted, word) != wanted.end();
  };
  return asks(selection.ids, rule.id) && asks(selection.rows, rule.row) && selection.cis.empty() &&
         rule.severity >= selection.minimum;
}

std::vector<rules::Finding> Judge(const Subject& subject, const std::string& node) {
  std::vector<rules::Finding> findings;
  const probe::Endpoint& endpoint = subject.seen.endpoint;
  for (const ProofRule& proof : AllProofRules()) {
    if (*proof.components != '\0' && !HasWord(proof.components, endpoint.component)) continue;
    if (proof.of_login && !subject.seen.login) continue;
    if (subject.seen.scope < proof.scope) continue;
    rules::Finding finding;
    finding.rule = &proof.rule;
    finding.node = node;
    finding.component = endpoint.component.empty() ? "unknown" : endpoint.component;
    finding.instance = endpoint.ToString();
    finding.outcome = WithTheFiles(proof, subject, proof.check(subject));
    ExplainGap(proof, subject, finding.outcome);
    if (finding.outcome.verdict == Verdict::kFail) {
      finding.outcome.remedy = proof.rule.remedy;
    }
    findings.push_back(std::move(finding));
  }
  return findings;
}

std::optional<Outcome> NotReached(const Subject& subject) {
  if (subject.seen.reachable == Known::kYes) return std::nullopt;
  const std::string& role = subject.seen.endpoint.role;
  if (subject.seen.reachable == Known::kNo && (role == "read-only" || role == "insecure"))
    return rules::NotApplicable("nobody listens there, as it should be");
  if (subject.seen.reachable == Known::kNo && subject.seen.endpoint.guessed)
    return rules::NotApplicable("nobody listens there");
  if (subject.seen.reachable == Known::kNo) {
    return rules::Unknown(fmt::format("nobody listens at {}", subject.seen.endpoint.ToString()),
                          "start the component, or name the address at which it listens");
  }
  if (subject.seen.endpoint.port == 0) return rules::Unknown(subject.seen.why, "");
  return rules::Unknown(
      fmt::format("{} could not be reached: {}", subject.seen.endpoint.ToString(),
                  subject.seen.why),
      "ask from a place that reaches it: the node itself, for a loopback address");
}

std::optional<Outcome> NoTls(const Subject& subject) {
  if (auto reached = NotReached(subject)) return reached;
  if (subject.seen.tls.tls == Known::kYes) return std::nullopt;
  if (subject.seen.tls.tls == Known::kNo)
    return rules::NotApplicable("it speaks " + subject.seen.tls.speaks + " without TLS");
  return rules::Unknown(
      "whether it speaks TLS is not known: " + subject.seen.tls.Of(tls::Version::kTls13).why,
      "ask again with a longer --timeout");
}

rules::Evidence Seen(const Subject& subject, std::string what, std::string value) {
  rules::Evidence evidence;
  evidence.setting = std::move(what);
  evidence.value = std::move(value);
  evidence.origin = "proof";
  evidence.place.file = subject.seen.endpoint.ToString();
  return evidence;
}

const probe::PathAnswer* AnswerOf(const Subject& subject, std::string_view path) {
  const auto& all = subject.seen.anonymous;
  const auto found = std::ranges::find(all, path, &probe::PathAnswer::path);
  return found == all.end() ? nullptr : &*found;
}

std::string Name(const Subject& subject) {
  const probe::Endpoint& endpoint = subject.seen.endpoint;
  return endpoint.component.empty() ? endpoint.ToString()
                                    : endpoint.component + " at " + endpoint.ToString();
}

bool IsLoopback(const Subject& subject) { return rules::IsLoopbackAddress(subject.seen.address); }

}  // namespace seawall::proofs
