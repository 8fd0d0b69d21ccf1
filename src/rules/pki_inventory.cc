#include "rules/pki_inventory.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "cluster/kinds/load.h"

namespace seawall::rules {
namespace {

using cluster::Component;
using cluster::ComponentKind;
namespace kinds = cluster::kinds;

// kubeadm's layout and the kubelet's own folder: in use although no flag names some of them.
constexpr const char* kKnownFiles[] = {"/etc/kubernetes/pki/apiserver-etcd-client.crt",
                                       "/etc/kubernetes/pki/apiserver-kubelet-client.crt",
                                       "/etc/kubernetes/pki/apiserver.crt",
                                       "/etc/kubernetes/pki/ca.crt",
                                       "/etc/kubernetes/pki/etcd/ca.crt",
                                       "/etc/kubernetes/pki/etcd/healthcheck-client.crt",
                                       "/etc/kubernetes/pki/etcd/peer.crt",
                                       "/etc/kubernetes/pki/etcd/server.crt",
                                       "/etc/kubernetes/pki/front-proxy-ca.crt",
                                       "/etc/kubernetes/pki/front-proxy-client.crt",
                                       "/var/lib/kubelet/pki/kubelet-client-current.pem",
                                       "/var/lib/kubelet/pki/kubelet-server-current.pem"};
constexpr std::string_view kSelfSignedServing = "/var/lib/kubelet/pki/kubelet.crt";

/// The kubelet serves with the certificate that it made for itself only when it has no other.
bool ServesSelfSigned(const cluster::Node& node) {
  return std::ranges::any_of(node.Of(ComponentKind::kKubelet), [](const Component* kubelet) {
    return kubelet->Get("tlsCertFile").text.empty() &&
           kubelet->Get("serverTLSBootstrap").text == "false";
  });
}

bool Matters(const cluster::Node& node, const UsedFile& file) {
  if (file.component != nullptr) return true;
  if (file.path == kSelfSignedServing) return ServesSelfSigned(node);
  return std::ranges::find(kKnownFiles, file.path) != std::end(kKnownFiles);
}

}  // namespace

std::string TimeText(int64_t seconds) {
  // Certificates of hostile make may hold any year; fmt's calendar does not.
  constexpr int64_t kYear9999 = 253402300799;
  if (seconds < -62135596800 || seconds > kYear9999) return fmt::format("{} s since 1970", seconds);
  return fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(static_cast<std::time_t>(seconds)));
}

std::string NameOf(const Component* component, std::string_view setting) {
  if (component == nullptr) return std::string(setting);
  return fmt::format("{} of {}", setting, cluster::ToString(component->kind));
}

void AddGapsOf(const Inventory& inventory, std::span<const std::string_view> settings,
               Tally& tally) {
  for (const FileGap& gap : inventory.certificate_gaps) {
    std::string_view name = gap.setting;
    name = name.substr(0, name.find(' '));  // "cert-file of etcd"
    if (std::ranges::find(settings, name) != settings.end()) tally.Unknown(gap.why, gap.how);
  }
}

std::shared_ptr<const Inventory> InventoryOf(const Context& context) {
  if (context.notes != nullptr && context.notes->inventory) return context.notes->inventory;
  auto inventory = std::make_shared<const Inventory>(context.node);
  if (context.notes != nullptr) context.notes->inventory = inventory;
  return inventory;
}

Evidence CertificateEvidence(const HeldCertificates& held, const x509::Certificate& certificate,
                             const char* setting, std::string value) {
  Evidence evidence;
  evidence.setting = setting;
  evidence.value = std::move(value);
  evidence.origin = "file";
  evidence.place = held.place;
  if (!held.in_kubeconfig) {
    evidence.place.line = certificate.line;
    evidence.place.column = certificate.line == 0 ? 0 : 1;
  }
  return evidence;
}

std::string Describe(const HeldCertificates& held, const x509::Certificate& certificate) {
  std::string what =
      held.in_kubeconfig ? fmt::format("{} in {}", held.setting, held.place.file) : held.place.file;
  return fmt::format("{} ({})", what, certificate.subject);
}

bool ChainsTo(const std::vector<x509::Certificate>& chain,
              const std::vector<x509::Certificate>& anchors) {
  constexpr size_t kLongest = 8;
  const x509::Certificate* current = &chain.front();
  for (size_t step = 0; step < kLongest; ++step) {
    for (const x509::Certificate& anchor : anchors) {
      if (anchor.fingerprint_sha256 == current->fingerprint_sha256) return true;
      if (anchor.subject == current->issuer && x509::Signed(anchor, *current)) return true;
    }
    const x509::Certificate* next = nullptr;
    for (const x509::Certificate& between : chain) {
      if (&between != current && between.subject == current->issuer &&
          x509::Signed(between, *current)) {
        next = &between;
        break;
      }
    }
    if (next == nullptr) return false;
    current = next;
  }
  return false;
}

Inventory::Inventory(const cluster::Node& node) {
  if (!node.is_machine) return;
  ReadFiles(node);
  ReadKubeconfigs(node);
}

void Inventory::ReadFiles(const cluster::Node& node) {
  files = PkiFiles(node);
  for (const FileGap& gap : files.gaps) {
    if (gap.not_on_the_node) continue;
    certificate_gaps.push_back(gap);
    key_gaps.push_back(gap);
  }
  for (const UsedFile& file : files.files) {
    if (file.use == FileUse::kKey) {
      AddKey(node, file);
    } else if (file.use != FileUse::kPublicKey && Matters(node, file)) {
      AddCertificates(node, file);
    }
    // The kubelet's rotated files hold the certificate and its key.
    if (file.use == FileUse::kKey && file.component == nullptr &&
        file.path.ends_with("-current.pem") && Matters(node, file)) {
      AddCertificates(node, {nullptr, "", file.path, FileUse::kCertificate, {}});
    }
  }
  std::set<std::pair<std::string, const Component*>> seen;
  std::erase_if(certificates, [&](const HeldCertificates& held) {
    return held.component == nullptr && !seen.emplace(held.place.file, held.component).second;
  });
}

void Inventory::AddCertificates(const cluster::Node& node, const UsedFile& file) {
  const auto& read = node.Certificates(file.path);
  if (!read) {
    certificate_gaps.push_back(
        GapOf(file.component ? NameOf(file.component, file.setting) : "", read.error()));
    return;
  }
  HeldCertificates held{file.component, file.setting, {}, false, file.use, &*read};
  held.place.file = file.path;
  certificates.push_back(std::move(held));
}

void Inventory::AddKey(const cluster::Node& node, const UsedFile& file) {
  const auto& read = node.Key(file.path);
  if (!read) {
    key_gaps.push_back(
        GapOf(file.component ? NameOf(file.component, file.setting) : "", read.error()));
    return;
  }
  keys.push_back({file.component, file.setting, file.path, &*read});
}

void Inventory::ReadKubeconfigs(const cluster::Node& node) {
  static constexpr FileUse kUses[] = {FileUse::kKubeconfig};
  UsedFiles used = NamedFiles(node, kUses);
  for (const FileGap& gap : used.gaps) {
    if (!gap.not_on_the_node) kubeconfig_gaps.push_back(gap);
  }
  std::set<std::string> named;
  std::set<std::pair<const Component*, std::string>> seen;
  for (const UsedFile& file : used.files) {
    named.insert(file.path);
    // --authentication-kubeconfig and --authorization-kubeconfig mostly name the same file again.
    if (seen.emplace(file.component, file.path).second) AddKubeconfig(node, file);
  }
  for (std::string& path : FoundKubeconfigs(node)) {
    if (!named.contains(path))
      AddKubeconfig(node, {nullptr, "", std::move(path), FileUse::kKubeconfig, {}});
  }
}

void Inventory::AddKubeconfig(const cluster::Node& node, const UsedFile& file) {
  const auto& stat = node.Stat(file.path);
  bool missing = !stat && stat.error().code == ErrorCode::kNotFound;
  // Once the node has joined there is no bootstrap kubeconfig, and before it has there is no other.
  if (missing && file.setting == "bootstrap-kubeconfig") return;
  kinds::Loaded<kinds::Kubeconfig> loaded = kinds::LoadNodeKubeconfig(node, file.path);
  if (!loaded) {
    kubeconfig_gaps.push_back({file.setting,
                               loaded.why.find(file.path) != std::string::npos
                                   ? loaded.why
                                   : fmt::format("{}: {}", file.path, loaded.why),
                               loaded.how});
  }
  // One that client-go refuses is still worth a look: what is wrong in it can be named.
  if (!loaded.view) return;
  views_.push_back(std::move(*loaded.view));
  std::string seen = file.component == nullptr ? file.path : file.component->Get(file.setting).text;
  kubeconfigs.push_back({file.component, file.setting, file.path, std::move(seen), &views_.back()});
  AddFilesOf(node, kubeconfigs.back());
}

std::optional<std::string> HeldKubeconfig::HostPath(std::string_view written) const {
  std::string seen = kinds::ResolveKubeconfigPath(seen_path, written);
  return component == nullptr ? std::optional(std::move(seen)) : component->HostPath(seen);
}

void Inventory::AddFilesOf(const cluster::Node& node, const HeldKubeconfig& held) {
  auto add_data = [&](const char* what, const Place& place, FileUse use,
                      const std::vector<x509::Certificate>& list) {
    if (list.empty()) {
      certificate_gaps.push_back(
          {what, fmt::format("the {} of {} holds no certificate that can be read", what, held.path),
           fmt::format("decode it with \"base64 -d | openssl x509 -noout -text\"")});
      return;
    }
    certificates.push_back({held.component, what, place, true, use, &list});
    if (certificates.back().place.file.empty()) certificates.back().place.file = held.path;
  };
  auto add_file = [&](const char* what, const std::string& written, FileUse use) {
    auto host = held.HostPath(written);
    if (!host) {
      certificate_gaps.push_back(
          {what,
           fmt::format("{} in {} names a file that the container does not see", what, held.path),
           "look inside the container"});
      return;
    }
    AddCertificates(node, {held.component, what, *host, use, {}});
  };
  for (const kinds::KubeconfigUser& user : held.view->users) {
    if (user.has_certificate_data) {
      add_data("client-certificate-data", user.certificate_data_place, FileUse::kCertificate,
               user.certificates);
    } else if (!user.client_certificate.value.empty()) {
      add_file("client-certificate", user.client_certificate.value, FileUse::kCertificate);
    }
  }
  for (const kinds::KubeconfigCluster& cluster : held.view->clusters) {
    if (cluster.has_ca_data) {
      add_data("certificate-authority-data", cluster.ca_data_place, FileUse::kCa, cluster.ca);
    } else if (!cluster.certificate_authority.value.empty()) {
      add_file("certificate-authority", cluster.certificate_authority.value, FileUse::kCa);
    }
  }
}

const HeldCertificates* Inventory::Of(const Component& component, std::string_view setting) const {
  auto it = std::ranges::find_if(certificates, [&](const HeldCertificates& held) {
    return held.component == &component && held.setting == setting;
  });
  return it == certificates.end() ? nullptr : &*it;
}

const HeldKey* Inventory::KeyOf(const Component& component, std::string_view setting) const {
  auto it = std::ranges::find_if(keys, [&](const HeldKey& held) {
    return held.component == &component && held.setting == setting;
  });
  return it == keys.end() ? nullptr : &*it;
}

const HeldKubeconfig* Inventory::KubeconfigOf(const Component& component,
                                              std::string_view setting) const {
  auto it = std::ranges::find_if(kubeconfigs, [&](const HeldKubeconfig& held) {
    return held.component == &component && held.setting == setting && !held.view->Refused();
  });
  return it == kubeconfigs.end() ? nullptr : &*it;
}

}  // namespace seawall::rules
