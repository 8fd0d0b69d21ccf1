// What the kubelet refuses of labels, reservations, eviction and sysctls: cmd/kubelet/app/options,
// pkg/kubelet/eviction, pkg/kubelet/sysctl of Kubernetes 1.37.
#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <set>

#include "base/text.h"
#include "cluster/refusals_parts.h"
#include "cluster/values.h"

namespace seawall::cluster {
namespace {

bool IsAlnum(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0; }

/// The name of a label, or its value: letters and digits at both ends, -_. within, 63 at most.
bool IsWord(std::string_view text) {
  return !text.empty() && text.size() <= 63 && IsAlnum(text.front()) && IsAlnum(text.back()) &&
         std::ranges::all_of(text,
                             [](char c) { return IsAlnum(c) || c == '-' || c == '_' || c == '.'; });
}

bool IsSubdomain(std::string_view text) {
  if (text.empty() || text.size() > 253) return false;
  return std::ranges::all_of(Split(text, '.'), [](std::string_view part) {
    return !part.empty() && IsAlnum(part.front()) && IsAlnum(part.back()) &&
           std::ranges::all_of(part, [](char c) {
             return (IsAlnum(c) || c == '-') && std::isupper(static_cast<unsigned char>(c)) == 0;
           });
  });
}

bool Within(std::string_view domain, std::string_view zone) {
  return domain == zone || domain.ends_with(fmt::format(".{}", zone));
}

/// The labels of Kubernetes' own domains that a kubelet may give itself: k8s.io/kubelet/pkg/apis.
bool IsForeign(std::string_view key, std::string_view domain) {
  constexpr std::string_view kAllowed[] = {
      "beta.kubernetes.io/arch",
      "beta.kubernetes.io/instance-type",
      "beta.kubernetes.io/os",
      "failure-domain.beta.kubernetes.io/region",
      "failure-domain.beta.kubernetes.io/zone",
      "kubernetes.io/arch",
      "kubernetes.io/hostname",
      "kubernetes.io/os",
      "node.kubernetes.io/instance-type",
      "topology.kubernetes.io/region",
      "topology.kubernetes.io/zone",
  };
  if (!Within(domain, "kubernetes.io") && !Within(domain, "k8s.io")) return false;
  return !Within(domain, "kubelet.kubernetes.io") && !Within(domain, "node.kubernetes.io") &&
         std::ranges::find(kAllowed, key) == std::end(kAllowed);
}

void Labels(const Refusal& r) {
  const Setting* labels = r.Given("node-labels");
  if (labels == nullptr) return;
  for (const Item& item : labels->items) {
    const std::string_view text = item.text;
    const std::string_view key = text.substr(0, text.find('='));
    const std::string_view value = key.size() == text.size() ? "" : text.substr(key.size() + 1);
    const size_t slash = key.find('/');
    const std::string_view domain = slash == key.npos ? "" : key.substr(0, slash);
    const std::string shown = PrintableShort(key, 80);
    if (key.empty() && value.empty()) continue;
    if (IsForeign(key, domain)) {
      r.Bad(*labels, item,
            fmt::format("--node-labels: a kubelet may not give itself the label {} of Kubernetes' "
                        "own domain, and does not start",
                        shown));
    } else if ((slash != key.npos && !IsSubdomain(domain)) ||
               !IsWord(slash == key.npos ? key : key.substr(slash + 1)) ||
               (!value.empty() && !IsWord(value))) {
      r.Bad(*labels, item, fmt::format("--node-labels: {} is no label", shown));
    }
  }
}

struct Pair {
  std::string_view key;
  std::string_view value;
};
Pair PairOf(const Item& item) {
  const std::string_view text = item.text;
  const size_t sign = text.find_first_of("=<");
  return {text.substr(0, sign), sign == text.npos ? "" : text.substr(sign + 1)};
}

void Reservations(const Refusal& r) {
  constexpr std::string_view kKinds[] = {"cpu", "memory", "ephemeral-storage", "pid"};
  for (const std::string_view name : {"systemReserved", "kubeReserved"}) {
    const Setting* reserved = r.Given(name);
    if (reserved == nullptr) continue;
    for (const Item& item : reserved->items) {
      const auto [key, value] = PairOf(item);
      if (std::ranges::find(kKinds, key) == std::end(kKinds)) {
        r.Bad(*reserved, item, fmt::format("{} takes {}", name, Join(kKinds, ", ")));
      } else if (!IsQuantity(value) || value.starts_with('-')) {
        r.Bad(*reserved, item, fmt::format("{} of {} is no quantity", key, name));
      }
    }
  }
}

bool IsSignal(std::string_view signal) {
  constexpr std::string_view kSignals[] = {
      "memory.available",  "allocatableMemory.available", "nodefs.available",
      "nodefs.inodesFree", "imagefs.available",           "imagefs.inodesFree",
      "pid.available",     "containerfs.available",       "containerfs.inodesFree"};
  return std::ranges::find(kSignals, signal) != std::end(kSignals);
}

/// "100Mi", "10%".
bool IsThreshold(std::string_view text) {
  if (!text.ends_with('%')) return IsQuantity(text) && !text.starts_with('-');
  const auto share = ParseFloat(text.substr(0, text.size() - 1));
  return share && *share >= 0 && *share <= 100;
}

void Eviction(const Refusal& r) {
  for (const std::string_view name : {"evictionHard", "evictionSoft", "evictionMinimumReclaim"}) {
    const Setting* thresholds = r.Given(name);
    if (thresholds == nullptr) continue;
    for (const Item& item : thresholds->items) {
      const auto [signal, value] = PairOf(item);
      if (!IsSignal(signal)) {
        r.Bad(*thresholds, item,
              fmt::format("{} does not know the signal {}", name, PrintableShort(signal, 40)));
      } else if (!IsThreshold(value)) {
        r.Bad(*thresholds, item, fmt::format("{} of {} is no quantity and no share", signal, name));
      }
    }
  }
  const Setting* soft = r.Given("evictionSoft");
  const Setting* grace = r.Mentioned("evictionSoftGracePeriod");
  if (soft == nullptr || (grace != nullptr && !grace->known())) return;
  if (grace == nullptr && !r.Missing("evictionSoftGracePeriod")) return;
  std::set<std::string_view> graced;
  for (size_t i = 0; grace != nullptr && i < grace->items.size(); ++i) {
    const auto [signal, value] = PairOf(grace->items[i]);
    graced.insert(signal);
    const auto length = ParseDuration(value);
    if (!length || *length < 0)
      r.Bad(*grace, grace->items[i], "evictionSoftGracePeriod takes durations such as 1m30s");
  }
  for (const Item& item : soft->items) {
    const auto [signal, value] = PairOf(item);
    if (!graced.contains(signal))
      r.Bad(*soft, item, fmt::format("evictionSoft of {} needs evictionSoftGracePeriod", signal));
  }
}

/// Only sysctls of which each pod has its own.
void Sysctls(const Refusal& r) {
  constexpr std::string_view kOfPods[] = {"kernel.shm", "kernel.msg", "fs.mqueue.", "net."};
  const Setting* allowed = r.Given("allowedUnsafeSysctls");
  if (allowed == nullptr) return;
  for (const Item& item : allowed->items) {
    std::string name = item.text;
    std::ranges::replace(name, '/', '.');
    const bool own = std::ranges::any_of(
        kOfPods, [&](std::string_view prefix) { return name.starts_with(prefix); });
    if (own || name == "kernel.sem" || name == "kernel.sem*") continue;
    r.Bad(*allowed, item, "allowedUnsafeSysctls takes sysctls only of which each pod has its own");
  }
}

void Taints(const Refusal& r) {
  constexpr std::string_view kEffects[] = {"NoSchedule", "PreferNoSchedule", "NoExecute"};
  const Setting* taints = r.Given("registerWithTaints");
  if (taints == nullptr || taints->origin.kind != OriginKind::kFlag) return;
  for (const Item& item : taints->items) {
    const size_t colon = item.text.find(':');
    const std::string_view effect =
        colon == std::string::npos ? "" : std::string_view(item.text).substr(colon + 1);
    if (std::ranges::find(kEffects, effect) == std::end(kEffects))
      r.Bad(*taints, item, "--register-with-taints takes KEY=VALUE:EFFECT");
  }
}

}  // namespace

void RefuseKubeletNode(const Refusal& r) {
  Labels(r);
  Reservations(r);
  Eviction(r);
  Sysctls(r);
  Taints(r);
}

}  // namespace seawall::cluster
