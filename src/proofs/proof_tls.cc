// Proofs of what TLS a listener takes: versions, cipher suites, groups, compression, plaintext.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/text.h"
#include "proofs/tables.h"
#include "rules/tally.h"
#include "rules/tls_policy.h"

namespace seawall::proofs {
namespace {

using probe::Known;
using rules::Fails;
using rules::Outcome;
using rules::Pass;
using rules::Unknown;
using tls::Version;

constexpr const char* kHow = "ask again with a longer --timeout, from a place near it";

std::string SuiteList(const std::vector<std::string>& names) {
  constexpr size_t kMost = 6;
  if (names.size() <= kMost) return Join(names, ", ");
  const std::vector<std::string> some(names.begin(), names.begin() + kMost);
  return fmt::format("{} and {} more", Join(some, ", "), names.size() - kMost);
}

/// A listener that refused every hello there is (it may want a name that was not sent, or not like
/// where we ask from) has not shown what it takes from its own clients.
std::optional<Outcome> NothingTaken(const Subject& subject) {
  if (auto none = NoTls(subject)) return none;
  const bool any = std::ranges::any_of(
      subject.seen.tls.versions,
      [](const tls::VersionResult& version) { return version.accepted == Known::kYes; });
  if (any) return std::nullopt;
  return Unknown("it speaks TLS and refused every hello, so what it takes of others is not known",
                 "name it as its clients do: a certificate or a proxy may be chosen by the name");
}

/// Why the list of suites may be longer than what was seen; "" when it is not.
std::string Incomplete(const tls::Enumerated& seen) {
  for (const tls::VersionResult& version : seen.versions) {
    if (version.accepted == Known::kUnknown || !version.complete)
      return fmt::format("{}: {}", tls::ToString(version.version), version.why);
  }
  return "";
}

/// Fails with the suites for which `bad` holds, named with their version.
template <typename Bad>
Outcome NoSuite(const Subject& subject, const Bad& bad, const char* good) {
  if (auto none = NothingTaken(subject)) return *none;
  std::vector<rules::Evidence> evidence;
  std::vector<std::string> names;
  for (const tls::VersionResult& version : subject.seen.tls.versions) {
    for (const uint16_t id : version.suites) {
      const std::string name = tls::SuiteName(id);
      if (!bad(name)) continue;
      evidence.push_back(Seen(subject, tls::ToString(version.version), name));
      if (std::ranges::find(names, name) == names.end()) names.push_back(name);
    }
  }
  if (!names.empty()) {
    return Fails(fmt::format("{} accepts {}", Name(subject), SuiteList(names)),
                 std::move(evidence));
  }
  const std::string gap = Incomplete(subject.seen.tls);
  if (!gap.empty()) return Unknown("not every suite could be asked for: " + gap, kHow);
  return Pass(good, {Seen(subject, "cipher suites", "strong ones only")});
}

Outcome WeakSuites(const Subject& subject) {
  return NoSuite(
      subject, [](const std::string& name) { return !rules::IsStrongCipherSuite(name); },
      "every suite that it accepts has forward secrecy and authenticated encryption");
}

/// Broken in practice, or no protection at all.
bool IsBroken(const std::string& name) {
  constexpr std::array<std::string_view, 8> kBroken = {"_NULL", "_anon_", "_EXPORT", "_RC4_",
                                                       "_RC2_", "_DES",   "_3DES_",  "_IDEA_"};
  return std::ranges::any_of(
             kBroken,
             [&](std::string_view part) { return name.find(part) != std::string::npos; }) ||
         name.ends_with("_MD5") || name.starts_with("TLS_SHA");
}

/// Primes of 1,024 bits have been broken by those who can afford to (Logjam).
constexpr int kShortestPrime = 2048;

Outcome BrokenSuites(const Subject& subject) {
  const int bits = subject.seen.tls.dh_bits;
  if (bits > 0 && bits < kShortestPrime) {
    return Fails(fmt::format("{} exchanges keys over a prime of {} bits", Name(subject), bits),
                 {Seen(subject, "prime of DHE", fmt::format("{} bits", bits))});
  }
  return NoSuite(subject, IsBroken, "it accepts no suite without encryption or with a broken one");
}

Outcome Floor(const Subject& subject) {
  if (auto none = NothingTaken(subject)) return *none;
  std::vector<std::string> old;
  std::string gap;
  for (const Version version : {Version::kSsl3, Version::kTls10, Version::kTls11}) {
    const tls::VersionResult& result = subject.seen.tls.Of(version);
    if (result.accepted == Known::kYes) old.push_back(tls::ToString(version));
    if (result.accepted == Known::kUnknown && gap.empty())
      gap = fmt::format("{}: {}", tls::ToString(version), result.why);
  }
  if (!old.empty()) {
    return Fails(fmt::format("{} accepts {}", Name(subject), Join(old, ", ")),
                 {Seen(subject, "versions", Join(old, ","))});
  }
  if (!gap.empty()) return Unknown("whether it accepts an old version is not known: " + gap, kHow);
  return Pass("SSLv3, TLS 1.0 and TLS 1.1 are refused",
              {Seen(subject, "lowest version", "TLSv1.2")});
}

Outcome PostQuantum(const Subject& subject) {
  if (auto none = NothingTaken(subject)) return *none;
  std::vector<std::string> names;
  for (const uint16_t group : subject.seen.tls.groups) names.push_back(tls::GroupName(group));
  const auto hybrid = std::ranges::find_if(
      names, [](const std::string& name) { return name.find("MLKEM") != std::string::npos; });
  const rules::Evidence evidence = Seen(subject, "groups", Join(names, ","));
  if (hybrid != names.end()) return Pass("it accepts " + *hybrid, {evidence});
  if (!subject.seen.tls.groups_complete)
    return Unknown("not every group could be asked for: " + subject.seen.tls.groups_why, kHow);
  return Fails(fmt::format("{} accepts no hybrid post-quantum group", Name(subject)), {evidence});
}

Outcome Compression(const Subject& subject) {
  if (auto none = NothingTaken(subject)) return *none;
  for (const tls::VersionResult& version : subject.seen.tls.versions) {
    if (version.compression) {
      return Fails(
          fmt::format("{} compresses with {}", Name(subject), tls::ToString(version.version)),
          {Seen(subject, "compression", "DEFLATE")});
    }
  }
  const std::string gap = Incomplete(subject.seen.tls);
  if (!gap.empty()) return Unknown("not every version could be asked: " + gap, kHow);
  return Pass("it compresses nothing", {Seen(subject, "compression", "none")});
}

Outcome Renegotiation(const Subject& subject) {
  if (auto none = NoTls(subject)) return *none;
  const probe::Habits& habits = subject.seen.habits;
  const char* word = habits.renegotiates == Known::kYes  ? "yes"
                     : habits.renegotiates == Known::kNo ? "no"
                                                         : "unknown";
  const rules::Evidence evidence =
      Seen(subject, "renegotiation",
           fmt::format("{}{}", word,
                       habits.renegotiation_why.empty() ? "" : ": " + habits.renegotiation_why));
  if (habits.renegotiates == Known::kYes)
    return Fails(fmt::format("{} renegotiates as often as a client asks", Name(subject)),
                 {evidence});
  if (habits.secure_renegotiation == Known::kNo) {
    return Fails(fmt::format("{} does not bind handshakes to each other (RFC 5746)", Name(subject)),
                 {evidence});
  }
  if (habits.renegotiates == Known::kNo) return Pass("it does not renegotiate", {evidence});
  const bool refused =
      subject.seen.handshake && subject.seen.handshake->client_auth == probe::ClientAuth::kRequired;
  if (refused) return rules::NotApplicable("who has no certificate gets no session to renegotiate");
  return Unknown(
      "whether it renegotiates is not known: " +
          (habits.renegotiation_why.empty() ? "nothing was asked" : habits.renegotiation_why),
      kHow, {evidence});
}

/// Health checks and metrics in plaintext are meant to be so, for the machine itself.
bool IsLocalByDesign(const Subject& subject) {
  const std::string& role = subject.seen.endpoint.role;
  return (role == "healthz" || role == "metrics") && IsLoopback(subject);
}

Outcome PlainHttp(const Subject& subject) {
  const std::string& role = subject.seen.endpoint.role;
  if (role == "read-only" || role == "insecure")
    return rules::NotApplicable("that anybody listens there is judged by a rule of its own");
  if (auto none = NotReached(subject)) return *none;
  const rules::Evidence evidence = Seen(subject, "GET / in plaintext", subject.seen.plain_why);
  switch (subject.seen.plain_http) {
    case Known::kNo:
      return Pass("plaintext does not reach the application", {evidence});
    case Known::kUnknown:
      return Unknown(
          "whether plaintext reaches the application is not known: " + subject.seen.plain_why, kHow,
          {evidence});
    case Known::kYes:
      break;
  }
  if (IsLocalByDesign(subject))
    return rules::NotApplicable(fmt::format("{} in plaintext, for this machine only", role));
  return Fails(fmt::format("{} answers plaintext ({})", Name(subject), subject.seen.plain_why),
               {evidence});
}

constexpr const char* kKubernetes =
    "https://kubernetes.io/docs/reference/command-line-tools-reference/";

constexpr ProofRule kProofs[] = {
    {.rule = {.id = "served-no-plain-http",
              .title = "The listener answers nobody in plaintext",
              .row = "2a",
              .severity = rules::Severity::kHigh,
              .expected = "plaintext does not reach the application",
              .remedy =
                  "give the listener a certificate and its key, and https:// where it is a URL",
              .why = "Whoever is on the way reads and changes everything.",
              .link = kKubernetes},
     .check = PlainHttp,
     .files = "etcd-client-urls-https@client etcd-peer-urls-https@peer"},
    {.rule = {.id = "served-tls-floor",
              .title = "The listener takes no TLS older than 1.2",
              .row = "2a",
              .severity = rules::Severity::kHigh,
              .expected = "SSLv3, TLS 1.0 and TLS 1.1 are refused",
              .remedy =
                  "set the lowest version of TLS (--tls-min-version=VersionTLS12, tlsMinVersion, "
                  "etcd's --tls-min-version=TLS1.2), and start the component again",
              .why = "TLS 1.0 and 1.1 are broken and forbidden (RFC 8996).",
              .link = kKubernetes},
     .check = Floor,
     .files = "apiserver-tls-floor controller-manager-tls-floor scheduler-tls-floor "
              "kubelet-tls-min-version etcd-tls-floor",
     .scope = probe::Scope::kSuites},
    {.rule = {.id = "served-no-broken-suites",
              .title = "The listener takes no cipher suite that is broken",
              .row = "2a",
              .severity = rules::Severity::kHigh,
              .expected = "no RC4, DES, 3DES, RC2, IDEA, NULL, EXPORT or anonymous suite, and no "
                          "prime below 2,048 bits",
              .remedy = "take these suites out of --tls-cipher-suites (tlsCipherSuites, etcd's "
                        "--cipher-suites), and start the component again",
              .why = "These suites are read or forged with what fits into a rack today.",
              .link = kKubernetes},
     .check = BrokenSuites,
     .files = "!apiserver-strong-ciphers !controller-manager-strong-ciphers "
              "!scheduler-strong-ciphers !kubelet-cipher-suites !etcd-strong-ciphers",
     .scope = probe::Scope::kSuites},
    {.rule = {.id = "served-no-weak-suites",
              .title = "The listener takes cipher suites with forward secrecy and authenticated "
                       "encryption only",
              .row = "2a",
              .severity = rules::Severity::kMedium,
              .expected = "ECDHE suites with AES-GCM or ChaCha20-Poly1305, and those of TLS 1.3",
              .remedy = "name such suites only with --tls-cipher-suites (tlsCipherSuites, etcd's "
                        "--cipher-suites), or make TLS 1.3 the lowest version",
              .why =
                  "Suites with CBC have been broken again and again, and those without ECDHE let "
                  "whoever gets the key read what was recorded before.",
              .link = kKubernetes},
     .check = WeakSuites,
     .files = "apiserver-strong-ciphers controller-manager-strong-ciphers scheduler-strong-ciphers "
              "kubelet-cipher-suites etcd-strong-ciphers",
     .scope = probe::Scope::kSuites},
    {.rule = {.id = "served-post-quantum",
              .title = "The listener takes a hybrid post-quantum key exchange",
              .row = "2a",
              .severity = rules::Severity::kLow,
              .expected = "X25519MLKEM768, SecP256r1MLKEM768 or SecP384r1MLKEM1024",
              .remedy =
                  "let TLS 1.3 be, take lists of curves (--tls-curve-preferences, "
                  "tlsCurvePreferences) without such a group away, and run a version of today",
              .why = "What is recorded now is read when there is a quantum computer.",
              .link = kKubernetes},
     .check = PostQuantum,
     .files = "apiserver-post-quantum kubelet-post-quantum",
     .scope = probe::Scope::kTls},
    {.rule = {.id = "served-no-compression",
              .title = "The listener does not compress what it encrypts",
              .row = "2a",
              .severity = rules::Severity::kMedium,
              .expected = "no compression by TLS",
              .remedy = "switch compression of TLS off in the server, or put another one there",
              .why = "The length of what was compressed gives secrets away (CRIME).",
              .link = "https://www.rfc-editor.org/rfc/rfc7457"},
     .check = Compression,
     .scope = probe::Scope::kSuites},
    {.rule = {.id = "served-no-renegotiation",
              .title = "The listener does not renegotiate at a client's wish",
              .row = "2a",
              .severity = rules::Severity::kMedium,
              .expected = "refused, or TLS 1.3 only",
              .remedy = "switch renegotiation off in whatever terminates TLS there",
              .why = "Handshake after handshake on one connection costs a server far more than its "
                     "client, and old ones let an attacker speak first.",
              .link = "https://www.rfc-editor.org/rfc/rfc5746"},
     .check = Renegotiation},
};

}  // namespace

std::span<const ProofRule> TlsProofs() { return kProofs; }

}  // namespace seawall::proofs
