#include "tree.h"

#include <fmt/format.h>

#include <functional>

#include "cluster/node.h"
#include "rules/rule.h"

namespace seawall::fuzz {
namespace {

constexpr int64_t kNow = 1767225600;  // 2026-01-01

}  // namespace

void Audit(const std::shared_ptr<const MemoryFiles>& files, std::string_view input, bool live) {
  cluster::ReadOptions options;
  options.name = "node";
  options.live = live;
  const auto node = cluster::ReadNode(files, options);
  if (!node) return RequirePrintable(node.error().ToString(), "an error is printable");
  if (std::hash<std::string_view>()(input) % 16 != 0) return;
  for (const rules::Finding& finding : rules::Evaluate(*node, {}, kNow)) {
    Require(finding.rule != nullptr, "a finding has its rule");
  }
}

std::string ApiServerPod(std::string_view argument) {
  return fmt::format(R"(apiVersion: v1
kind: Pod
metadata: {{name: kube-apiserver, namespace: kube-system}}
spec:
  hostNetwork: true
  containers:
  - name: kube-apiserver
    image: registry.k8s.io/kube-apiserver:v1.37.2
    command: [kube-apiserver, "{}"]
    volumeMounts: [{{name: k8s, mountPath: /etc/kubernetes}}]
  volumes: [{{name: k8s, hostPath: {{path: /etc/kubernetes}}}}]
)",
                     argument);
}

}  // namespace seawall::fuzz
