#include "rules/place_text.h"

#include <fmt/format.h>

namespace seawall::rules {

std::string PlaceText(const Place& place) {
  if (place.line == 0) return place.file;
  if (place.column == 0) return fmt::format("{}:{}", place.file, place.line);
  return fmt::format("{}:{}:{}", place.file, place.line, place.column);
}

namespace {

using cluster::ComponentKind;

/// Where kubeadm is told a component's flags; nullptr for what it does not start.
const char* KubeadmField(ComponentKind kind) {
  switch (kind) {
    case ComponentKind::kApiServer:
      return "apiServer.extraArgs";
    case ComponentKind::kControllerManager:
      return "controllerManager.extraArgs";
    case ComponentKind::kScheduler:
      return "scheduler.extraArgs";
    case ComponentKind::kEtcd:
      return "etcd.local.extraArgs";
    default:
      return nullptr;
  }
}

/// k3s and RKE2 take every component's flags in their own file, and write the rest themselves.
std::string DistributionText(const cluster::Component& component, std::string_view place) {
  using cluster::RunBy;
  const bool rke2 = component.run_by == RunBy::kRke2 || component.owner_hint == "rke2";
  const bool k3s = component.run_by == RunBy::kK3s || component.owner_hint == "k3s";
  if (!rke2 && !k3s) return "";
  const bool yaml = place.find(".yaml") != std::string_view::npos && !component.in_container;
  return fmt::format("{}-arg in {}", ToString(component.kind),
                     yaml ? std::string(place)
                          : fmt::format("/etc/rancher/{}/config.yaml", rke2 ? "rke2" : "k3s"));
}

}  // namespace

std::string StartText(const cluster::Component& component) {
  const std::string place =
      component.where.file.empty() ? component.instance : PlaceText(component.where);
  const char* name = ToString(component.kind);
  if (place.empty()) return fmt::format("the arguments of {}", name);
  if (std::string text = DistributionText(component, place); !text.empty()) return text;
  if (component.run_by == cluster::RunBy::kConfiguration) {
    const bool kubeadm = component.owner_hint == "kubeadm" || component.owner_hint == "Cluster API";
    const char* field = kubeadm ? KubeadmField(component.kind) : nullptr;
    if (field != nullptr) return fmt::format("{} ({})", field, place);
    return fmt::format("what is written for {} ({})", name, place);
  }
  // What these two are told by flag at most is told by file at best.
  if (component.kind == cluster::ComponentKind::kKubelet ||
      component.kind == cluster::ComponentKind::kProxy) {
    const cluster::Setting file = component.Get("config");
    if (file.written() && !file.text.empty()) return file.text;
  }
  return fmt::format("the arguments of {} ({})", name, place);
}

std::string WithPlace(std::string_view text, std::string_view where) {
  constexpr std::string_view kMark = "{where}";
  std::string placed;
  for (size_t at = 0; (at = text.find(kMark)) != std::string_view::npos;) {
    placed += text.substr(0, at);
    placed += where;
    text.remove_prefix(at + kMark.size());
  }
  placed += text;
  return placed;
}

}  // namespace seawall::rules
