// kube-apiserver's own validation: pkg/kubeapiserver/options and apiserver/pkg/server/options of
// Kubernetes 1.37.
#include <fmt/format.h>
#include <set>

#include "base/text.h"
#include "cluster/refusal.h"
#include "cluster/refusals.h"
#include "cluster/refusals_parts.h"

namespace seawall::cluster {
namespace {

void Authorization(const Refusal& r) {
  constexpr std::string_view kLegacy[] = {
      "authorization-mode", "authorization-webhook-config-file", "authorization-webhook-version",
      "authorization-webhook-cache-authorized-ttl", "authorization-webhook-cache-unauthorized-ttl"};
  if (const Setting* config = r.Given("authorization-config")) {
    for (const std::string_view flag : kLegacy) {
      if (const Setting* legacy = r.Mentioned(flag)) {
        r.Conflict(*legacy,
                   fmt::format("--{} and --authorization-config exclude each other", flag));
      }
    }
    (void)config;
    return;
  }
  const Setting* modes = r.Given("authorization-mode");
  std::set<std::string_view> seen;
  if (modes != nullptr) {
    for (const Item& mode : modes->items) {
      if (r.table().certain() && !versions::KnowsAuthorizationMode(mode.text, r.table().minor())) {
        r.Bad(*modes, mode,
              fmt::format("{} is no authorization mode", PrintableShort(mode.text, 40)));
      }
      if (!seen.insert(mode.text).second) {
        r.Bad(
            *modes, mode,
            fmt::format("the authorization mode {} is given twice", PrintableShort(mode.text, 40)));
      }
    }
    if (seen.contains("ABAC"))
      r.Demand("authorization-policy-file", "the mode ABAC needs --authorization-policy-file");
    if (seen.contains("Webhook")) {
      r.Demand("authorization-webhook-config-file",
               "the mode Webhook needs --authorization-webhook-config-file");
    }
  }
  const bool known = modes != nullptr || r.Missing("authorization-mode");
  if (const Setting* file = r.Given("authorization-policy-file");
      known && file != nullptr && !seen.contains("ABAC")) {
    r.Conflict(*file, "--authorization-policy-file needs the authorization mode ABAC");
  }
  const Setting* webhook = r.Given("authorization-webhook-config-file");
  if (known && webhook != nullptr && !seen.contains("Webhook")) {
    r.Conflict(*webhook,
               "--authorization-webhook-config-file needs the authorization mode Webhook");
  }
}

void Admission(const Refusal& r) {
  const Setting* whole = r.Mentioned("admission-control");
  const Setting* enable = r.Mentioned("enable-admission-plugins");
  const Setting* disable = r.Mentioned("disable-admission-plugins");
  for (const Setting* part : {enable, disable}) {
    if (whole == nullptr || part == nullptr) continue;
    r.Conflict(*part, fmt::format("--{} and --admission-control exclude each other", part->name));
  }
  for (const Setting* list : {whole, enable, disable}) {
    if (list == nullptr || !list->written()) continue;
    for (const Item& plugin : list->items) {
      if (!r.table().certain() ||
          versions::FindAdmissionPlugin(plugin.text, r.table().minor()) != nullptr)
        continue;
      const auto* removed = versions::FindRemoved(r.table().component(), plugin.text,
                                                  versions::Thing::kAdmissionPlugin);
      r.Bad(*list, plugin,
            fmt::format(
                "kube-apiserver {}.{} does not know the admission plugin {} and does not start{}",
                r.table().minor().major, r.table().minor().minor, PrintableShort(plugin.text, 60),
                removed != nullptr
                    ? fmt::format(" (gone in 1.{}: {})", removed->gone_in, removed->advice)
                    : ""));
    }
  }
  if (enable == nullptr || disable == nullptr || !enable->written()) return;
  std::set<std::string_view> enabled;
  for (const Item& plugin : enable->items) enabled.insert(plugin.text);
  for (const Item& plugin : disable->items) {
    if (enabled.contains(plugin.text)) {
      r.Bad(*disable, plugin,
            fmt::format("the admission plugin {} is both enabled and disabled",
                        PrintableShort(plugin.text, 60)));
    }
  }
}

}  // namespace

void RefuseApiServer(const Node& node, Component& component) {
  const Refusal r(node, component);
  r.Bounds();
  Authorization(r);
  Admission(r);
  RefuseApiServerCallers(r);
  RefuseApiServerServing(r);
  r.Demand("etcd-servers", "--etcd-servers must be given");
  const Setting* reload = r.Given("encryption-provider-config-automatic-reload");
  if (reload != nullptr && reload->text == "true" && r.Missing("encryption-provider-config")) {
    r.Conflict(*reload,
               "--encryption-provider-config-automatic-reload needs --encryption-provider-config");
  }
  r.Gates("feature-gates");
  r.HiddenMetrics("show-hidden-metrics-for-version");
  r.Files({"etcd-cafile", "etcd-certfile", "etcd-keyfile", "kubelet-certificate-authority",
           "kubelet-client-certificate", "kubelet-client-key", "proxy-client-cert-file",
           "proxy-client-key-file", "authorization-policy-file"});
  r.CertificateFiles(
      {"etcd-cafile", "etcd-certfile", "kubelet-certificate-authority", "proxy-client-cert-file"});
  r.Pair("etcd-certfile", "etcd-keyfile");
  r.KeyFits("etcd-certfile", "etcd-keyfile");
  r.KeyFits("proxy-client-cert-file", "proxy-client-key-file");
}

}  // namespace seawall::cluster
