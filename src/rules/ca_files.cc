#include "rules/ca_files.h"

#include <fmt/format.h>

#include <set>

#include "base/text.h"
#include "rules/checks.h"
#include "rules/file_checks.h"

namespace seawall::rules {
namespace {

std::string What(const CaSetting& ca) {
  return fmt::format("{} of {}", NameOf(*ca.component, ca.setting), ToString(ca.component->kind));
}

/// The certificates, or why they cannot be seen.
const Result<std::vector<x509::Certificate>>* Read(const CaSetting& ca, const Context& context,
                                                   std::string& host) {
  const auto mapped = ca.component->HostPath(ca.setting.text);
  if (!mapped) return nullptr;
  host = *mapped;
  return &context.node.Certificates(host);
}

Outcome Unseen(const CaSetting& ca, const Result<std::vector<x509::Certificate>>* certificates) {
  const std::string why = certificates == nullptr
                              ? PrintableShort(ca.setting.text, 150) + " is no file of the node"
                              : certificates->error().ToString();
  return Unknown(fmt::format("the file of {} cannot be read: {}", What(ca), why),
                 "compare both files' certificates (openssl x509 -noout -pubkey)",
                 {EvidenceOf(ca.setting)});
}

}  // namespace

Outcome CasDiffer(const CaSetting& one, const CaSetting& other, const Context& context) {
  std::string host;
  std::string other_host;
  const std::vector<Evidence> evidence = {EvidenceOf(one.setting), EvidenceOf(other.setting)};
  const auto* first = Read(one, context, host);
  const auto* second = Read(other, context, other_host);
  if (!host.empty() && host == other_host) {
    return Fails(fmt::format("{} and {} are the same file, {}", What(one), What(other), host),
                 evidence);
  }
  if (!context.node.is_machine) return NotApplicable(kNoFiles);
  if (first == nullptr || !*first) return Unseen(one, first);
  if (second == nullptr || !*second) return Unseen(other, second);
  std::set<std::string_view> keys;
  for (const x509::Certificate& certificate : **first) keys.insert(certificate.public_key_sha256);
  for (const x509::Certificate& certificate : **second) {
    if (!keys.contains(certificate.public_key_sha256)) continue;
    return Fails(fmt::format("{} and {} share the CA {}", What(one), What(other),
                             PrintableShort(certificate.subject, 100)),
                 evidence);
  }
  return Pass(fmt::format("{} and {} share no CA", What(one), What(other)), evidence);
}

}  // namespace seawall::rules
