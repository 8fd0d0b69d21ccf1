// Recipe row 2a, names in certificates and switches that let clients do without them.
#include <arpa/inet.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <set>

#include "base/text.h"
#include "rules/checks.h"
#include "rules/file_checks.h"
#include "rules/machine_rules.h"
#include "rules/pki_inventory.h"

namespace seawall::rules {
namespace {

using cluster::Component;
using cluster::Setting;

/// An address as X.509 names it: "2001:db8::1" of "2001:DB8:0::1"; nullopt for what is none.
std::optional<std::string> CanonicalAddress(std::string_view text) {
  std::array<unsigned char, 16> bytes{};
  std::array<char, INET6_ADDRSTRLEN> canonical{};
  const int family = text.find(':') == std::string_view::npos ? AF_INET : AF_INET6;
  if (inet_pton(family, std::string(text).c_str(), bytes.data()) != 1) return std::nullopt;
  inet_ntop(family, bytes.data(), canonical.data(), canonical.size());
  return canonical.data();
}

/// The first address of a range, which the Service "kubernetes" gets; nullopt for what is no range.
std::optional<std::string> FirstServiceAddress(std::string_view range) {
  const size_t slash = range.find('/');
  if (slash == std::string_view::npos) return std::nullopt;
  const std::string address(Trim(range.substr(0, slash)));
  const int family = address.find(':') == std::string::npos ? AF_INET : AF_INET6;
  const size_t size = family == AF_INET ? 4 : 16;
  std::array<unsigned char, 16> bytes{};
  const auto length = ParseInt(Trim(range.substr(slash + 1)));
  if (inet_pton(family, address.c_str(), bytes.data()) != 1 || !length || *length < 1 ||
      static_cast<size_t>(*length) > size * 8 - 2)
    return std::nullopt;
  for (size_t bit = static_cast<size_t>(*length); bit < size * 8; ++bit)
    bytes[bit / 8] &= static_cast<unsigned char>(~(0x80U >> bit % 8));
  bytes[size - 1] |= 1;
  std::array<char, INET6_ADDRSTRLEN> text{};
  inet_ntop(family, bytes.data(), text.data(), text.size());
  return text.data();
}

/// What clients call this API server, as far as its settings say.
std::vector<std::string> WantedNames(const Component& apiserver) {
  std::vector<std::string> wanted = {"kubernetes.default.svc"};
  Setting range = apiserver.Get("service-cluster-ip-range");
  if (range.written() && !range.items.empty()) {
    // Of two families the first is the one that the service "kubernetes" has.
    const std::string_view first = Split(range.items.front().text, ',').front();
    if (auto address = FirstServiceAddress(first)) wanted.push_back(*address);
  }
  Setting advertised = apiserver.Get("advertise-address");
  if (advertised.written()) {
    if (auto address = CanonicalAddress(advertised.text)) wanted.push_back(*std::move(address));
  }
  return wanted;
}

Outcome ApiServerIsNamed(const Rule& rule, const Context& context) {
  if (!context.node.is_machine) return NotApplicable(kNoFiles);
  const Component& apiserver = *context.component;
  Setting setting = apiserver.Get(rule.setting);
  if (!setting.known()) return UnknownSetting(apiserver, setting);
  if (Empty(setting))
    return NotApplicable("--tls-cert-file is not set: another rule says what that means");
  auto inventory = InventoryOf(context);
  const HeldCertificates* serving = inventory->Of(apiserver, rule.setting);
  if (serving == nullptr) {
    return Unknown(fmt::format("{} could not be read", setting.text),
                   "read it with openssl x509 -noout -text", {EvidenceOf(setting)});
  }
  std::set<std::string> names;
  for (const HeldCertificates& held : inventory->certificates) {
    if (held.component != &apiserver ||
        (held.setting != rule.setting && held.setting != "tls-sni-cert-key"))
      continue;
    names.insert(held.leaf().dns_names.begin(), held.leaf().dns_names.end());
    names.insert(held.leaf().ip_addresses.begin(), held.leaf().ip_addresses.end());
  }
  std::vector<std::string> missing;
  for (std::string& name : WantedNames(apiserver)) {
    if (!names.contains(name)) missing.push_back(std::move(name));
  }
  Evidence evidence = CertificateEvidence(*serving, serving->leaf(), "names", Join(names, ", "));
  if (missing.empty()) return Pass("", {std::move(evidence)});
  return Fails(fmt::format("{} does not name {}", serving->place.file, Join(missing, ", ")),
               {std::move(evidence)});
}

// Where addons lie that a node starts by itself.
constexpr const char* kAddonFolders[] = {"/etc/kubernetes/addons",
                                         "/var/lib/rancher/k3s/server/manifests",
                                         "/var/lib/rancher/rke2/server/manifests"};
constexpr std::string_view kInsecureSwitch = "--kubelet-insecure-tls";

Outcome KubeletsVerifiedByMetrics(const Rule&, const Context& context) {
  const cluster::Node& node = context.node;
  if (!node.is_machine) return NotApplicable(kNoFiles);
  std::vector<std::string> files;
  std::vector<FileGap> gaps;
  for (const char* folder : kAddonFolders) ListBelow(node, folder, 2, files, gaps);
  for (const Component* kubelet : node.Of(cluster::ComponentKind::kKubelet)) {
    UsedFiles pods;
    AddNamed(*kubelet, "staticPodPath", FileUse::kConfiguration, pods);
    for (const UsedFile& folder : pods.files) ListBelow(node, folder.path, 0, files, gaps);
  }
  Tally tally;
  for (const std::string& file : files) {
    const auto& bytes = node.Bytes(file);
    if (!bytes) {
      gaps.push_back(GapOf("", bytes.error()));
      continue;
    }
    size_t at = bytes->find(kInsecureSwitch);
    if (at == std::string::npos) continue;
    Place place{
        file,
        static_cast<uint32_t>(
            1 + std::count(bytes->begin(), bytes->begin() + static_cast<std::ptrdiff_t>(at), '\n')),
        0,
        {at, at + kInsecureSwitch.size()}};
    tally.Bad(EvidenceIn("kubelet-insecure-tls", "true", place),
              fmt::format("{} has {}", file, kInsecureSwitch));
  }
  for (const FileGap& gap : gaps) tally.Unknown(gap.why, gap.how);
  bool control_plane = !node.Of(cluster::ComponentKind::kApiServer).empty();
  if (!tally.empty() || !control_plane)
    return std::move(tally).Done("no addon on this node asks kubelets for metrics");
  return Unknown(
      "no file on this node has it, but addons such as metrics-server mostly stand in etcd",
      "kubectl get deployments,daemonsets -A -o yaml | grep kubelet-insecure-tls");
}

constexpr Rule kRules[] = {
    {.id = "apiserver-certificate-names",
     .title = "The API server's certificate names every address that clients call it by",
     .row = "2a",
     .severity = Severity::kMedium,
     .target = Target::kApiServer,
     .check = ApiServerIsNamed,
     .setting = "tls-cert-file",
     .expected = "kubernetes.default.svc, the first address of --service-cluster-ip-range, and "
                 "--advertise-address",
     .remedy = "issue {where} anew with these names (kubeadm init phase certs apiserver)",
     .why = "A client that calls a name which the certificate lacks can only go on without "
            "verification.",
     .link = "https://kubernetes.io/docs/setup/best-practices/certificates/"},
    {.id = "no-kubelet-insecure-tls",
     .title = "Nothing asks kubelets for metrics without verifying them",
     .row = "2a",
     .severity = Severity::kMedium,
     .manual = true,
     .check = KubeletsVerifiedByMetrics,
     .expected = "no --kubelet-insecure-tls",
     .remedy = "remove --kubelet-insecure-tls at {where}, after the kubelets have certificates of "
               "the cluster's CA (serverTLSBootstrap: true)",
     .why = "Whoever stands between is sent a token that every kubelet accepts.",
     .link = "https://github.com/kubernetes-sigs/metrics-server#requirements"},
};

}  // namespace

std::span<const Rule> PkiNameRules() { return kRules; }

}  // namespace seawall::rules
