// Recipe rows 2a and 6a: each certificate by itself, whether it is valid now, how long still, and
// how strong it is.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <functional>
#include <set>

#include "base/text.h"
#include "rules/file_checks.h"
#include "rules/machine_rules.h"
#include "rules/pki_inventory.h"

namespace seawall::rules {
namespace {

constexpr int64_t kDay = 24 * 60 * 60;
// A bundle larger than this is a public trust store: its certificates are not the cluster's to
// renew.
constexpr size_t kTrustStore = 20;

using x509::Certificate;

/// Calls `judge` once for each certificate of the node, whatever number of settings names its file.
void Each(const Inventory& inventory,
          const std::function<void(const HeldCertificates&, const Certificate&)>& judge) {
  std::set<std::pair<std::string, std::string>> seen;
  for (const HeldCertificates& held : inventory.certificates) {
    if (held.certificates->size() > kTrustStore) continue;
    for (const Certificate& certificate : *held.certificates) {
      if (seen.emplace(held.place.file, certificate.fingerprint_sha256).second)
        judge(held, certificate);
    }
  }
}

void AddGaps(const Inventory& inventory, Tally& tally) {
  for (const FileGap& gap : inventory.certificate_gaps) tally.Unknown(gap.why, gap.how);
  for (const FileGap& gap : inventory.kubeconfig_gaps) tally.Unknown(gap.why, gap.how);
}

Outcome Done(const Context& context, Tally tally, const Inventory& inventory) {
  if (!context.node.is_machine) return NotApplicable(kNoFiles);
  AddGaps(inventory, tally);
  return std::move(tally).Done("no component of this node names a certificate");
}

/// While a CA is rotated the old one stands beside the new one: the file is as good as its best
/// certificate.
bool IsOldOfBundle(const HeldCertificates& held, const Certificate& certificate, int64_t now) {
  return held.use == FileUse::kCa &&
         std::ranges::any_of(*held.certificates, [&](const Certificate& other) {
           return other.not_before <= now && other.not_after > certificate.not_after;
         });
}

std::string Renewal(const Certificate& certificate, const HeldCertificates& held) {
  if (held.IsAuthority(certificate)) {
    return "rotate this CA: distribute the new one beside the old one, reissue what it signed, "
           "then remove the old one";
  }
  if (held.place.file.starts_with("/var/lib/kubelet/pki/") ||
      held.place.file == "/etc/kubernetes/kubelet.conf") {
    return "let the kubelet renew it (rotateCertificates: true, a controller manager that signs), "
           "or join the node anew";
  }
  return "renew it (kubeadm certs renew all, on a kubeadm node) and restart what uses it";
}

Outcome NotExpired(const Rule&, const Context& context) {
  auto inventory = InventoryOf(context);
  Tally tally;
  std::string remedy;
  Each(*inventory, [&](const HeldCertificates& held, const Certificate& certificate) {
    if (IsOldOfBundle(held, certificate, context.now)) return;
    Evidence evidence =
        CertificateEvidence(held, certificate, "not after", TimeText(certificate.not_after));
    if (certificate.not_after > context.now) return tally.Good(std::move(evidence));
    if (remedy.empty()) remedy = fmt::format("{}: {}", held.place.file, Renewal(certificate, held));
    tally.Bad(std::move(evidence), fmt::format("{} expired at {}", Describe(held, certificate),
                                               TimeText(certificate.not_after)));
  });
  Outcome outcome = Done(context, std::move(tally), *inventory);
  if (outcome.verdict == Verdict::kFail) outcome.remedy = std::move(remedy);
  return outcome;
}

Outcome NearEnd(const Context& context, bool authorities, int64_t days) {
  auto inventory = InventoryOf(context);
  Tally tally;
  std::string remedy;
  Each(*inventory, [&](const HeldCertificates& held, const Certificate& certificate) {
    if (held.IsAuthority(certificate) != authorities) return;
    if (IsOldOfBundle(held, certificate, context.now)) return;
    Evidence evidence =
        CertificateEvidence(held, certificate, "not after", TimeText(certificate.not_after));
    int64_t left =
        certificate.not_after <= context.now ? -1 : (certificate.not_after - context.now) / kDay;
    if (left >= days) return tally.Good(std::move(evidence));
    if (remedy.empty()) remedy = fmt::format("{}: {}", held.place.file, Renewal(certificate, held));
    tally.Bad(std::move(evidence),
              fmt::format("{} {} at {}", Describe(held, certificate),
                          left < 0 ? "ended" : fmt::format("ends in {} days,", left),
                          TimeText(certificate.not_after)));
  });
  Outcome outcome = Done(context, std::move(tally), *inventory);
  if (outcome.verdict == Verdict::kFail) outcome.remedy = std::move(remedy);
  return outcome;
}

Outcome LeavesNotNearEnd(const Rule& rule, const Context& context) {
  return NearEnd(context, false, seawall::ParseInt(rule.wanted).value_or(30));
}
Outcome AuthoritiesNotNearEnd(const Rule& rule, const Context& context) {
  return NearEnd(context, true, seawall::ParseInt(rule.wanted).value_or(180));
}

Outcome AlreadyValid(const Rule&, const Context& context) {
  auto inventory = InventoryOf(context);
  Tally tally;
  Each(*inventory, [&](const HeldCertificates& held, const Certificate& certificate) {
    Evidence evidence =
        CertificateEvidence(held, certificate, "not before", TimeText(certificate.not_before));
    if (certificate.not_before <= context.now) return tally.Good(std::move(evidence));
    tally.Bad(std::move(evidence),
              fmt::format("{} is not valid before {}", Describe(held, certificate),
                          TimeText(certificate.not_before)));
  });
  return Done(context, std::move(tally), *inventory);
}

/// Empty when the key is strong enough.
std::string Weakness(const Certificate& certificate, int64_t rsa_bits) {
  if (certificate.key_type == "RSA" && certificate.key_bits < rsa_bits) {
    return fmt::format("has an RSA key of {} bits", certificate.key_bits);
  }
  if (certificate.key_type == "EC" && certificate.key_bits < 256) {
    return fmt::format("has an EC key of {} bits", certificate.key_bits);
  }
  if (certificate.key_type == "DSA") return "has a DSA key";
  return {};
}

Outcome StrongKeys(const Rule& rule, const Context& context) {
  const int64_t rsa_bits = seawall::ParseInt(rule.wanted).value_or(2048);
  auto inventory = InventoryOf(context);
  Tally tally;
  Each(*inventory, [&](const HeldCertificates& held, const Certificate& certificate) {
    Evidence evidence = CertificateEvidence(
        held, certificate, "key", fmt::format("{} {}", certificate.key_type, certificate.key_bits));
    std::string weakness = Weakness(certificate, rsa_bits);
    if (weakness.empty()) return tally.Good(std::move(evidence));
    tally.Bad(std::move(evidence), fmt::format("{} {}", Describe(held, certificate), weakness));
  });
  return Done(context, std::move(tally), *inventory);
}

Outcome ModernSignatures(const Rule&, const Context& context) {
  auto inventory = InventoryOf(context);
  Tally tally;
  Each(*inventory, [&](const HeldCertificates& held, const Certificate& certificate) {
    Evidence evidence =
        CertificateEvidence(held, certificate, "signature", certificate.signature_algorithm);
    if (!certificate.signature_sha1_or_md5) return tally.Good(std::move(evidence));
    tally.Bad(std::move(evidence), fmt::format("{} is signed with {}", Describe(held, certificate),
                                               certificate.signature_algorithm));
  });
  return Done(context, std::move(tally), *inventory);
}

Outcome ShortLives(const Rule&, const Context& context) {
  auto inventory = InventoryOf(context);
  Tally tally;
  Each(*inventory, [&](const HeldCertificates& held, const Certificate& certificate) {
    if (held.IsAuthority(certificate)) return;
    int64_t days = (certificate.not_after - certificate.not_before) / kDay;
    Evidence evidence =
        CertificateEvidence(held, certificate, "lifetime", fmt::format("{} days", days));
    if (days <= 398) return tally.Good(std::move(evidence));
    tally.Bad(std::move(evidence),
              fmt::format("{} lives {} days", Describe(held, certificate), days));
  });
  return Done(context, std::move(tally), *inventory);
}

Outcome AuthoritiesAreCas(const Rule&, const Context& context) {
  auto inventory = InventoryOf(context);
  Tally tally;
  Each(*inventory, [&](const HeldCertificates& held, const Certificate& certificate) {
    if (held.use != FileUse::kCa) return;
    Evidence evidence =
        CertificateEvidence(held, certificate, "CA", certificate.is_ca ? "true" : "false");
    if (certificate.is_ca) return tally.Good(std::move(evidence));
    tally.Bad(std::move(evidence),
              fmt::format("{} is used as a CA and is not one", Describe(held, certificate)));
  });
  return Done(context, std::move(tally), *inventory);
}

/// The settings whose CA decides who may log in.
constexpr std::string_view kClientCas[] = {"client-ca-file", "requestheader-client-ca-file",
                                           "authentication.x509.clientCAFile", "trusted-ca-file",
                                           "peer-trusted-ca-file"};

Outcome ClientCaNotPublic(const Rule&, const Context& context) {
  if (!context.node.is_machine) return NotApplicable(kNoFiles);
  auto inventory = InventoryOf(context);
  Tally tally;
  for (const HeldCertificates& held : inventory->certificates) {
    if (held.component == nullptr ||
        std::ranges::find(kClientCas, held.setting) == std::end(kClientCas))
      continue;
    Evidence evidence = CertificateEvidence(held, held.leaf(), "certificates",
                                            std::to_string(held.certificates->size()));
    if (held.certificates->size() <= kTrustStore &&
        !held.place.file.starts_with("/etc/ssl/certs/ca-")) {
      tally.Good(std::move(evidence));
      continue;
    }
    tally.Bad(std::move(evidence), fmt::format("{} is {}, a trust store of {} certificates",
                                               NameOf(held.component, held.setting),
                                               held.place.file, held.certificates->size()));
  }
  AddGapsOf(*inventory, kClientCas, tally);
  return std::move(tally).Done("no component of this node verifies clients by certificates");
}

constexpr const char* kPki = "https://kubernetes.io/docs/setup/best-practices/certificates/";
constexpr const char* kRenew =
    "https://kubernetes.io/docs/tasks/administer-cluster/kubeadm/kubeadm-certs/";
constexpr const char* kCaRotation =
    "https://kubernetes.io/docs/tasks/tls/manual-rotation-of-ca-certificates/";

constexpr Rule kRules[] = {
    {.id = "certificates-not-expired",
     .title = "No certificate in use has expired",
     .row = "6a",
     .severity = Severity::kCritical,
     .check = NotExpired,
     .expected = "an end in the future",
     .remedy = "renew it (kubeadm certs renew all, on a kubeadm node) and restart what uses it",
     .why = "Every connection that the certificate is for is refused, and people then switch "
            "verification off.",
     .link = kRenew},
    {.id = "certificates-not-near-end",
     .title = "Every certificate in use is valid for 30 days more",
     .row = "6a",
     .severity = Severity::kMedium,
     .check = LeavesNotNearEnd,
     .wanted = "30",
     .expected = "an end at least 30 days away",
     .remedy = "renew it (kubeadm certs renew all, on a kubeadm node) and restart what uses it",
     .why = "A certificate that ends unnoticed stops the cluster.",
     .link = kRenew},
    {.id = "ca-certificates-not-near-end",
     .title = "Every CA in use is valid for 180 days more",
     .row = "6a",
     .severity = Severity::kMedium,
     .check = AuthoritiesNotNearEnd,
     .wanted = "180",
     .expected = "an end at least 180 days away",
     .remedy = "rotate this CA: distribute the new one beside the old one, reissue what it signed, "
               "then remove the old one",
     .why = "Rotating a CA takes many careful steps on every node, and nothing works once it has "
            "ended.",
     .link = kCaRotation},
    {.id = "certificates-already-valid",
     .title = "No certificate in use begins in the future",
     .row = "6a",
     .severity = Severity::kHigh,
     .check = AlreadyValid,
     .expected = "a begin in the past",
     .remedy = "set the clock right, or issue the certificate anew",
     .why = "A certificate is refused until it begins.",
     .link = kPki},
    {.id = "certificate-keys-strong",
     .title = "Certificates have RSA keys of 2048 bits or EC keys of 256 bits at the least",
     .row = "2a",
     .severity = Severity::kHigh,
     .check = StrongKeys,
     .wanted = "2048",
     .expected = "RSA ≥ 2048, EC ≥ 256, Ed25519",
     .remedy = "issue the certificate anew with a key of at least RSA 2048 or EC P-256",
     .why = "A short key can be computed from the certificate, which everybody sees.",
     .link = kPki},
    {.id = "certificate-signatures-modern",
     .title = "No certificate is signed with SHA-1 or MD5",
     .row = "2a",
     .severity = Severity::kHigh,
     .check = ModernSignatures,
     .expected = "SHA-256 or better",
     .remedy = "issue the certificate anew with a SHA-256 signature",
     .why = "Certificates with such signatures can be forged, and Go refuses them.",
     .link = kPki},
    {.id = "certificate-lifetimes-short",
     .title = "No certificate but a CA lives longer than 398 days",
     .row = "6a",
     .severity = Severity::kLow,
     .check = ShortLives,
     .expected = "at most 398 days",
     .remedy = "issue the certificate anew for a year or less, and renew it automatically",
     .why = "Kubernetes cannot revoke certificates: a stolen one works until its end.",
     .link = kRenew},
    {.id = "ca-files-hold-cas",
     .title = "Files of CAs hold nothing but CA certificates",
     .row = "2a",
     .severity = Severity::kMedium,
     .check = AuthoritiesAreCas,
     .expected = "CA:TRUE for every certificate of the file",
     .remedy = "put the CA's own certificate into {where}",
     .why = "A file with another certificate in it verifies something else than whoever wrote it "
            "meant.",
     .link = kPki},
    {.id = "client-ca-not-public",
     .title = "Clients are not verified with a public trust store",
     .row = "2a",
     .severity = Severity::kCritical,
     .check = ClientCaNotPublic,
     .expected = "the cluster's own CA",
     .remedy = "name the cluster's own CA in place of {where}",
     .why = "Anybody can buy a certificate of a public CA with a name of their choice in it.",
     .link = kPki},
};

}  // namespace

std::span<const Rule> CertificateRules() { return kRules; }

}  // namespace seawall::rules
