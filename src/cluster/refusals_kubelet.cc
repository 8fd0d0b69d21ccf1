// The kubelet's own validation: ValidateKubeletConfiguration, InitializeTLS, BuildAuth of
// Kubernetes 1.37.
#include <fmt/format.h>

#include "base/text.h"
#include "cluster/refusal.h"
#include "cluster/refusals.h"
#include "cluster/values.h"

namespace seawall::cluster {
namespace {

/// Without a kubeconfig the kubelet stands alone, and cannot ask anybody who may do what.
void StandAlone(const Refusal& r) {
  if (!r.Missing("kubeconfig") || !r.Missing("bootstrap-kubeconfig")) return;
  if (const Setting mode = r.component().Get("authorization.mode");
      mode.known() && mode.text == "Webhook") {
    r.Conflict(mode, "the authorization mode Webhook needs --kubeconfig: there is nobody to ask");
  }
  const Setting webhook = r.component().Get("authentication.webhook.enabled");
  if (webhook.known() && webhook.text == "true") {
    r.Conflict(webhook, "authentication.webhook needs --kubeconfig: there is nobody to ask");
  }
}

void Serving(const Refusal& r) {
  r.Ciphers("tlsCipherSuites");
  r.KubernetesTlsVersion("tlsMinVersion");
  r.Pair("tlsCertFile", "tlsPrivateKeyFile");
  r.Files({"authentication.x509.clientCAFile", "tlsCertFile", "tlsPrivateKeyFile"});
  r.Range("port", 1, 65535);
  r.Range("readOnlyPort", 0, 65535);
  r.Range("healthzPort", 0, 65535);
  const Setting* bootstrap = r.Given("serverTLSBootstrap");
  const Setting* gate = r.Given("featureGates.RotateKubeletServerCertificate");
  if (bootstrap != nullptr && bootstrap->text == "true" && gate != nullptr &&
      gate->text == "false") {
    r.Conflict(*bootstrap,
               "serverTLSBootstrap needs the feature gate RotateKubeletServerCertificate");
  }
}

void Numbers(const Refusal& r) {
  for (const std::string_view name :
       {"eventBurst", "eventRecordQPS", "kubeAPIBurst", "kubeAPIQPS", "maxOpenFiles", "maxPods",
        "podsPerCore", "registryBurst", "registryPullQPS", "imageMinimumGCAge",
        "imageMaximumGCAge"}) {
    r.NotNegative(name);
  }
  r.Range("imageGCHighThresholdPercent", 0, 100);
  r.Range("imageGCLowThresholdPercent", 0, 100);
  r.Range("iptablesDropBit", 0, 31);
  r.Range("iptablesMasqueradeBit", 0, 31);
  r.Range("oomScoreAdj", -1000, 1000);
  r.Range("nodeLeaseDurationSeconds", 1, INT64_MAX);
  r.Range("nodeStatusMaxImages", -1, INT64_MAX);
  const Setting* low = r.Given("imageGCLowThresholdPercent");
  const Setting* high = r.Given("imageGCHighThresholdPercent");
  if (low == nullptr && high == nullptr) return;
  const auto from = ParseInt(r.Text("imageGCLowThresholdPercent"));
  const auto to = ParseInt(r.Text("imageGCHighThresholdPercent"));
  if (from && to && *from >= *to) {
    r.Conflict(low != nullptr ? *low : *high,
               "imageGCLowThresholdPercent must be less than imageGCHighThresholdPercent");
  }
}

}  // namespace

void RefuseKubelet(const Node& node, Component& component) {
  const Refusal r(node, component);
  r.OneOf("authorization.mode", {"AlwaysAllow", "Webhook"});
  StandAlone(r);
  Serving(r);
  Numbers(r);
  r.Gates("featureGates");
  r.OneOf("topologyManagerPolicy", {"none", "best-effort", "restricted", "single-numa-node"});
  r.OneOf("topologyManagerScope", {"container", "pod"});
  r.OneOf("hairpinMode", {"none", "hairpin-veth", "promiscuous-bridge"});
  if (const Setting* once = r.Given("runOnce"); once != nullptr && once->text == "true") {
    r.Conflict(*once, "runOnce is gone: the kubelet refuses it");
  }
}

}  // namespace seawall::cluster
