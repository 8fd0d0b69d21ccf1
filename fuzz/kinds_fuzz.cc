// Configuration kinds behind a component's flag: the first line is the flag, the rest is the file
// that it names.
#include <array>

#include "tree.h"

namespace {

constexpr std::array<std::string_view, 9> kFlags = {"audit-policy-file",
                                                    "audit-webhook-config-file",
                                                    "authentication-config",
                                                    "authorization-config",
                                                    "encryption-provider-config",
                                                    "admission-control-config-file",
                                                    "egress-selector-config-file",
                                                    "authentication-token-webhook-config-file",
                                                    "tls-cert-file"};
constexpr std::string_view kKubelet = "kubelet";
constexpr std::string_view kEtcd = "etcd";
constexpr std::string_view kProxy = "kube-proxy";

std::string Unit(std::string_view component) {
  const std::string flag = component == kEtcd ? "config-file" : "config";
  return "[Service]\nExecStart=/usr/bin/" + std::string(component) + " --" + flag +
         "=/etc/kubernetes/file\n";
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text = seawall::fuzz::Text(data, size);
  const size_t line = text.find('\n');
  if (line == std::string_view::npos) return 0;
  const std::string_view first = text.substr(0, line);
  const auto files = std::make_shared<seawall::MemoryFiles>();
  files->Add("/etc/kubernetes/file", std::string(text.substr(line + 1)));
  bool known = false;
  for (const std::string_view component : {kKubelet, kEtcd, kProxy}) {
    if (first != component) continue;
    files->Add("/etc/systemd/system/" + std::string(component) + ".service", Unit(component), 0644);
    known = true;
  }
  for (const std::string_view flag : kFlags) {
    if (first != flag) continue;
    const std::string argument = "--" + std::string(flag) + "=/etc/kubernetes/file";
    files->Add("/etc/kubernetes/manifests/kube-apiserver.yaml",
               seawall::fuzz::ApiServerPod(argument));
    known = true;
  }
  if (known) seawall::fuzz::Audit(files, text);
  return 0;
}
