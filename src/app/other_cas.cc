#include "app/other_cas.h"

#include <chrono>
#include <set>

#include "base/text.h"

namespace seawall::app {
namespace {

using cluster::Component;
using cluster::ComponentKind;

struct CaSetting {
  ComponentKind kind;
  const char* name;
};
constexpr CaSetting kCaSettings[] = {
    {ComponentKind::kApiServer, "client-ca-file"},
    {ComponentKind::kApiServer, "requestheader-client-ca-file"},
    {ComponentKind::kApiServer, "etcd-cafile"},
    {ComponentKind::kControllerManager, "cluster-signing-cert-file"},
    {ComponentKind::kKubelet, "authentication.x509.clientCAFile"},
    {ComponentKind::kEtcd, "trusted-ca-file"},
    {ComponentKind::kEtcd, "peer-trusted-ca-file"},
};

/// The setting that names the CA of a listener's own clients; "" for a listener without clients.
const char* OwnCaSetting(const cluster::Listener& listener) {
  switch (listener.component->kind) {
    case ComponentKind::kApiServer:
      return "client-ca-file";
    case ComponentKind::kKubelet:
      return "authentication.x509.clientCAFile";
    case ComponentKind::kEtcd:
      if (listener.role == "client") return "trusted-ca-file";
      return listener.role == "peer" ? "peer-trusted-ca-file" : "";
    default:
      return "";
  }
}

std::string FileOf(const Component& component, const char* name) {
  const cluster::Setting setting = component.Get(name);
  if (!setting.known() || setting.text.empty()) return "";
  return component.HostPath(setting.text).value_or("");
}

/// Where the key of a CA usually lies: ca.crt and ca.key, ca.pem and ca-key.pem.
std::vector<std::string> KeyFiles(const std::string& certificate) {
  const size_t dot = certificate.rfind('.');
  if (dot == std::string::npos || dot < certificate.rfind('/')) return {};
  const std::string stem = certificate.substr(0, dot);
  return {stem + ".key", stem + "-key.pem"};
}

std::set<std::string> Fingerprints(const cluster::Node& node, const std::string& file) {
  std::set<std::string> all;
  if (file.empty()) return all;
  if (const auto& certificates = node.Certificates(file)) {
    for (const x509::Certificate& one : *certificates) all.insert(one.fingerprint_sha256);
  }
  return all;
}

int64_t Now() {
  return std::chrono::duration_cast<std::chrono::seconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

}  // namespace

probe::Credentials OtherCaCredentials(const cluster::Node& node,
                                      const cluster::Listener& listener) {
  probe::Credentials all;
  const char* own = OwnCaSetting(listener);
  if (*own == '\0' || !node.is_machine) return all;
  // What its clients' CA is has to be known, or another one would be mistaken for it.
  std::set<std::string> seen = Fingerprints(node, FileOf(*listener.component, own));
  if (seen.empty()) return all;
  for (const CaSetting& setting : kCaSettings) {
    for (const Component* component : node.Of(setting.kind)) {
      const std::string file = FileOf(*component, setting.name);
      const auto& certificates = node.Certificates(file);
      if (file.empty() || !certificates ||
          !seen.insert(certificates->front().fingerprint_sha256).second)
        continue;
      for (const std::string& key_file : KeyFiles(file)) {
        const auto ca = node.files->Read(file);
        const auto key = node.files->Read(key_file);
        if (!ca || !key) continue;
        auto made = probe::SignCredential(*ca, *key, file, Now());
        if (!made) continue;
        all.push_back(std::move(*made));
        break;
      }
    }
  }
  return all;
}

}  // namespace seawall::app
