// Proofs of the certificates that a listener shows.
#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <ctime>

#include "base/text.h"
#include "proofs/tables.h"
#include "rules/addresses.h"
#include "rules/tally.h"

namespace seawall::proofs {
namespace {

using rules::Fails;
using rules::Outcome;
using rules::Pass;
using rules::Unknown;
using x509::Certificate;

constexpr int64_t kDay = 86400;

std::string Date(int64_t seconds) {
  const std::time_t when = static_cast<std::time_t>(seconds);
  std::tm parts{};
  gmtime_r(&when, &parts);
  return fmt::format("{:%Y-%m-%d}", parts);
}

/// Why there is no certificate to look at; nothing when there is one.
std::optional<Outcome> NoChain(const Subject& subject) {
  if (auto none = NoTls(subject)) return none;
  const auto& shake = subject.seen.handshake;
  if (shake && !shake->chain.empty()) return std::nullopt;
  const std::string why = !shake                      ? "no handshake was made"
                          : !shake->chain_why.empty() ? shake->chain_why
                                                      : shake->why;
  return Unknown("the certificate that it shows could not be read: " + why,
                 "look at it with openssl s_client -showcerts");
}

Outcome Dates(const Subject& subject) {
  if (auto none = NoChain(subject)) return *none;
  std::vector<rules::Evidence> evidence;
  for (const Certificate& one : subject.seen.handshake->chain) {
    const bool over = one.not_after<subject.now, early = one.not_before> subject.now;
    if (over || early) {
      return Fails(fmt::format("{} shows {}, which {} {}", Name(subject), one.subject,
                               over ? "ended on" : "only begins on",
                               Date(over ? one.not_after : one.not_before)),
                   {Seen(subject, over ? "not after" : "not before",
                         Date(over ? one.not_after : one.not_before))});
    }
    evidence.push_back(Seen(subject, "not after", Date(one.not_after)));
  }
  const int64_t days = (subject.seen.handshake->chain.front().not_after - subject.now) / kDay;
  return Pass(fmt::format("it is valid for {} more days", days), std::move(evidence));
}

bool IsWeakKey(const Certificate& one) {
  if (one.key_bits == 0) return false;
  if (one.key_type == "RSA" || one.key_type == "DSA") return one.key_bits < 2048;
  return one.key_type == "EC" && one.key_bits < 224;
}

Outcome Strength(const Subject& subject) {
  if (auto none = NoChain(subject)) return *none;
  for (const Certificate& one : subject.seen.handshake->chain) {
    const std::string key = fmt::format("{} {} bits", one.key_type, one.key_bits);
    if (IsWeakKey(one)) {
      return Fails(fmt::format("{} shows {} with a key of {}", Name(subject), one.subject, key),
                   {Seen(subject, "key", key)});
    }
    // Nobody checks the signature of a root.
    if (one.signature_sha1_or_md5 && !one.self_signed) {
      return Fails(fmt::format("{} shows {}, signed with {}", Name(subject), one.subject,
                               one.signature_algorithm),
                   {Seen(subject, "signature", one.signature_algorithm)});
    }
    if (one.key_bits == 0)
      return Unknown(fmt::format("the key of {} could not be read", one.subject), "");
  }
  const Certificate& own = subject.seen.handshake->chain.front();
  return Pass("keys and signatures are of today",
              {Seen(subject, "key", fmt::format("{} {} bits", own.key_type, own.key_bits)),
               Seen(subject, "signature", own.signature_algorithm)});
}

/// Of a certificate that a Kubernetes component makes for itself when it is given none:
/// NAME@SECONDS, issued by NAME-ca@SECONDS, whose key nobody has. The clock is read for each of the
/// two, so they may differ by the time that a key takes to make. Source: client-go's util/cert,
/// GenerateSelfSignedCertKey; seen on kubelets and API servers of 1.37.2.
bool MadeByItself(const Certificate& certificate) {
  const auto is_time = [](std::string_view text) {
    return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
  };
  const std::string_view name = certificate.common_name;
  const size_t at = name.rfind('@');
  if (at == std::string_view::npos || !is_time(name.substr(at + 1))) return false;
  const std::string start = fmt::format("CN={}-ca@", name.substr(0, at));
  return certificate.issuer.starts_with(start) &&
         is_time(std::string_view(certificate.issuer).substr(start.size()));
}

Outcome Issued(const Subject& subject) {
  if (auto none = NoChain(subject)) return *none;
  const Certificate& own = subject.seen.handshake->chain.front();
  const rules::Evidence evidence = Seen(subject, "issuer", own.issuer);
  const bool internal = subject.seen.endpoint.component == "kube-controller-manager" ||
                        subject.seen.endpoint.component == "kube-scheduler";
  if (MadeByItself(own) && internal && IsLoopback(subject)) {
    return rules::NotApplicable(
        "it made its certificate itself, and answers to its own machine only");
  }
  if (MadeByItself(own)) {
    return Fails(fmt::format("{} shows a certificate that it made itself, with a CA that nobody "
                             "knows",
                             Name(subject)),
                 {evidence});
  }
  if (own.self_signed) {
    return Fails(fmt::format("{} shows a certificate that it signed itself", Name(subject)),
                 {evidence});
  }
  return Pass("it was issued by " + own.issuer, {evidence});
}

/// RFC 6125: a wildcard stands for one label.
bool Matches(std::string_view pattern, std::string_view name) {
  if (EqualsIgnoringCase(pattern, name)) return true;
  if (!pattern.starts_with("*.")) return false;
  const size_t dot = name.find('.');
  return dot != std::string_view::npos && EqualsIgnoringCase(pattern.substr(1), name.substr(dot));
}

Outcome Names(const Subject& subject) {
  if (IsLoopback(subject))
    return rules::NotApplicable("it was asked by a loopback address, which no certificate needs");
  if (auto none = NoChain(subject)) return *none;
  const Certificate& own = subject.seen.handshake->chain.front();
  const std::string& host = subject.seen.endpoint.host;
  const bool named =
      std::ranges::any_of(own.dns_names,
                          [&](const std::string& name) { return Matches(name, host); }) ||
      std::ranges::find(own.ip_addresses, subject.seen.address) != own.ip_addresses.end();
  std::vector<std::string> names = own.dns_names;
  names.insert(names.end(), own.ip_addresses.begin(), own.ip_addresses.end());
  const rules::Evidence evidence = Seen(subject, "names", PrintableShort(Join(names, ","), 500));
  if (named) return Pass("it holds the name by which it was asked", {evidence});
  if (own.names_left_out > 0)
    return Unknown("it holds more names than were read", "look at it with openssl x509 -text");
  return Fails(fmt::format("{} shows a certificate without the name {}", Name(subject), host),
               {evidence});
}

/// The setting that names the file of the certificate which this listener is to show; "" for none.
std::string_view FileSetting(const Subject& subject) {
  using cluster::ComponentKind;
  const std::string& role = subject.seen.endpoint.role;
  switch (subject.component->kind) {
    case ComponentKind::kApiServer:
    case ComponentKind::kControllerManager:
    case ComponentKind::kScheduler:
      return "tls-cert-file";
    case ComponentKind::kKubelet:
      return "tlsCertFile";
    case ComponentKind::kEtcd:
      return role == "peer" ? "peer-cert-file" : "cert-file";
    case ComponentKind::kProxy:
      break;
  }
  return "";
}

Outcome IsTheFile(const Subject& subject) {
  if (subject.component == nullptr || subject.node == nullptr)
    return rules::NotApplicable("no file is known to compare it with");
  if (auto none = NoChain(subject)) return *none;
  const std::string_view name = FileSetting(subject);
  const cluster::Setting setting = subject.component->Get(name);
  if (name.empty() || !setting.known() || setting.text.empty())
    return rules::NotApplicable("no setting names a file of its certificate");
  const auto path = subject.component->HostPath(setting.text);
  if (!path) return Unknown(fmt::format("{} is no file of this node", setting.text), "");
  const auto& file = subject.node->Certificates(*path);
  if (!file) return Unknown(file.error().ToString(), "make the file readable");
  const Certificate& served = subject.seen.handshake->chain.front();
  std::vector<rules::Evidence> evidence = {Seen(subject, "fingerprint", served.fingerprint_sha256)};
  rules::Evidence on_disk = evidence.front();
  on_disk.value = file->front().fingerprint_sha256;
  on_disk.origin = "file";
  on_disk.place = {*path, file->front().line, 1, {}};
  evidence.push_back(on_disk);
  if (served.fingerprint_sha256 == file->front().fingerprint_sha256)
    return Pass("it is the one in " + *path, std::move(evidence));
  return Fails(fmt::format("{} shows another certificate than the one in {}", Name(subject), *path),
               std::move(evidence));
}

/// Files of CAs that the node's components name.
std::vector<std::string> CaFiles(const cluster::Node& node) {
  constexpr std::array<const char*, 9> kSettings = {"client-ca-file",
                                                    "root-ca-file",
                                                    "requestheader-client-ca-file",
                                                    "etcd-cafile",
                                                    "trusted-ca-file",
                                                    "kubelet-certificate-authority",
                                                    "peer-trusted-ca-file",
                                                    "cluster-signing-cert-file",
                                                    "authentication.x509.clientCAFile"};
  std::vector<std::string> files;
  for (const cluster::Component& component : node.components) {
    for (const char* name : kSettings) {
      const cluster::Setting setting = component.Get(name);
      if (!setting.known() || setting.text.empty()) continue;
      const auto path = component.HostPath(setting.text);
      if (path && std::ranges::find(files, *path) == files.end()) files.push_back(*path);
    }
  }
  return files;
}

/// What stands behind the listener's own certificate in its file, and signed what it shows last.
const Certificate* KeptBack(const Subject& subject) {
  const std::vector<Certificate>& chain = subject.seen.handshake->chain;
  const cluster::Setting setting = subject.component->Get(FileSetting(subject));
  const auto path = setting.known() ? subject.component->HostPath(setting.text) : std::nullopt;
  if (!path || setting.text.empty()) return nullptr;
  const auto& file = subject.node->Certificates(*path);
  if (!file) return nullptr;
  const auto found = std::ranges::find_if(*file, [&](const Certificate& one) {
    return one.is_ca && one.der != chain.back().der && x509::Signed(one, chain.back());
  });
  return found == file->end() ? nullptr : &*found;
}

bool SignedByAny(const Certificate& certificate, const std::vector<Certificate>& cas) {
  return std::ranges::any_of(
      cas, [&](const Certificate& ca) { return ca.is_ca && x509::Signed(ca, certificate); });
}

Outcome WholeChain(const Subject& subject) {
  if (auto none = NoChain(subject)) return *none;
  const std::vector<Certificate>& chain = subject.seen.handshake->chain;
  for (size_t i = 0; i + 1 < chain.size(); ++i) {
    if (x509::Signed(chain[i + 1], chain[i])) continue;
    return Fails(fmt::format("{} shows {} after {}, which it did not sign", Name(subject),
                             chain[i + 1].subject, chain[i].subject),
                 {Seen(subject, "issuer", chain[i].issuer)});
  }
  const Certificate& last = chain.back();
  const rules::Evidence evidence = Seen(subject, "last issuer", last.issuer);
  if (last.self_signed) return Pass("it shows the whole chain, in order", {evidence});
  if (MadeByItself(last)) return rules::NotApplicable("it made its certificate itself");
  if (subject.cas != nullptr && SignedByAny(last, *subject.cas))
    return Pass("it shows every certificate up to a CA that clients have", {evidence});
  if (subject.only_cas) {
    return Fails(fmt::format("{} shows nothing above {}, which no CA of its clients signed: an "
                             "intermediate is missing, or it has another CA",
                             Name(subject), last.subject),
                 {evidence});
  }
  if (subject.node == nullptr || !subject.node->is_machine) {
    Outcome outcome = Unknown(
        fmt::format("it ends at {}, which signed it and is not shown: whether that is the CA that "
                    "clients have, or an intermediate that is missing, is not known here",
                    last.issuer),
        "name the CA that clients have (--ca FILE), or ask with the node's files (--root)",
        {evidence});
    // Nobody said which CAs clients have: no measurement can tell.
    outcome.manual = subject.cas == nullptr;
    return outcome;
  }
  const Certificate* kept_back = subject.component == nullptr ? nullptr : KeptBack(subject);
  if (kept_back != nullptr && !kept_back->self_signed) {
    return Fails(fmt::format("{} does not show {}, which signed {} and stands in the file of its "
                             "certificate",
                             Name(subject), kept_back->subject, last.subject),
                 {evidence});
  }
  for (const std::string& file : CaFiles(*subject.node)) {
    const auto& cas = subject.node->Certificates(file);
    if (cas && SignedByAny(last, *cas))
      return Pass("it shows every certificate up to the CA in " + file, {evidence});
  }
  return Unknown(fmt::format("no CA that this node names signed {}: an intermediate is missing, or "
                             "the CA is elsewhere",
                             last.subject),
                 "compare its issuer with the CA that clients have", {evidence});
}

constexpr const char* kPki = "https://kubernetes.io/docs/setup/best-practices/certificates/";

constexpr ProofRule kProofs[] = {
    {.rule = {.id = "served-certificate-in-time",
              .title = "Every certificate that the listener shows is valid today",
              .row = "6a",
              .severity = rules::Severity::kHigh,
              .expected = "today lies between not before and not after",
              .remedy =
                  "renew it (kubeadm certs renew, or who issued it), and start the component again "
                  "if it does not read the file anew",
              .why = "Clients either break on that day, or were told not to look.",
              .link = kPki},
     .check = Dates,
     .scope = probe::Scope::kTls},
    {.rule = {.id = "served-certificate-strong",
              .title = "The listener's certificates have strong keys and signatures",
              .row = "2a",
              .severity = rules::Severity::kHigh,
              .expected = "RSA of 2,048 bits or a curve of 224, and no SHA-1 or MD5",
              .remedy = "issue it anew with a strong key and SHA-256",
              .why = "A key that can be computed and a signature that can be forged are none.",
              .link = kPki},
     .check = Strength,
     .scope = probe::Scope::kTls},
    {.rule = {.id = "served-certificate-chain",
              .title = "The listener shows every certificate between its own and the CA, in order",
              .row = "2a",
              .severity = rules::Severity::kMedium,
              .expected = "each certificate signed by the next, the last by a CA of the cluster",
              .remedy = "put the intermediate certificates behind its own into the file, in order",
              .why = "Clients that cannot verify it are told not to.",
              .link = kPki},
     .check = WholeChain,
     .scope = probe::Scope::kTls},
    {.rule = {.id = "served-certificate-issued",
              .title = "The listener shows a certificate that a CA issued",
              .row = "2a",
              .severity = rules::Severity::kMedium,
              .expected = "not self-signed",
              .remedy =
                  "issue one from the cluster's CA: --tls-cert-file and --tls-private-key-file, "
                  "serverTLSBootstrap: true for a kubelet, etcd's --cert-file and --key-file",
              .why = "Clients cannot tell a certificate that anybody can make from an attacker's.",
              .link = kPki},
     .check = Issued,
     .files = "etcd-no-auto-tls@client etcd-no-peer-auto-tls@peer !apiserver-serving-certificate "
              "!kubelet-serving-certificate !etcd-serving-certificate@client "
              "!etcd-peer-certificate@peer",
     .scope = probe::Scope::kTls},
    {.rule =
         {.id = "served-certificate-names",
          .title = "The certificate holds the name by which the listener was asked",
          .row = "2a",
          .severity = rules::Severity::kMedium,
          .expected = "the address or the DNS name stands in it",
          .remedy =
              "issue it anew with this name (kubeadm: certSANs), or ask by a name that it holds",
          .why = "Clients that verify cannot connect, so somebody switches verification off.",
          .link = kPki},
     .components = "kube-apiserver etcd kubelet",
     .check = Names,
     .files = "!apiserver-certificate-names",
     .scope = probe::Scope::kTls},
    {.rule = {.id = "served-certificate-is-the-file",
              .title = "The listener shows the certificate that lies in its file",
              .row = "6a",
              .severity = rules::Severity::kMedium,
              .expected = "the same certificate",
              .remedy = "start the component again, so that it reads the file anew",
              .why =
                  "A certificate that was renewed on the disk and not in the process ends with the "
                  "old one's last day.",
              .link = kPki},
     .components = "kube-apiserver kube-controller-manager kube-scheduler kubelet etcd",
     .check = IsTheFile,
     .scope = probe::Scope::kTls},
};

}  // namespace

std::span<const ProofRule> CertificateProofs() { return kProofs; }

}  // namespace seawall::proofs
