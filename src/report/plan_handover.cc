#include "report/plan_handover.h"

#include <fmt/format.h>

#include <map>

#include "base/text.h"
#include "cluster/flag_table.h"
#include "harden/fresh.h"
#include "report/redact.h"

namespace seawall::report {
namespace {

using cluster::ComponentKind;
using harden::Fresh;
using harden::Plan;
using harden::Wish;

constexpr ComponentKind kWithFlags[] = {ComponentKind::kApiServer,
                                        ComponentKind::kControllerManager,
                                        ComponentKind::kScheduler, ComponentKind::kEtcd};

/// What the steps set and what was handed over, the last word of each setting.
std::map<std::pair<ComponentKind, std::string>, Wish> AllWishes(const Plan& plan) {
  std::map<std::pair<ComponentKind, std::string>, Wish> all;
  const auto add = [&](const std::vector<Wish>& wishes) {
    for (const Wish& wish : wishes) all[{wish.kind, wish.setting}] = wish;
  };
  add(plan.wishes);
  for (const auto& handed : plan.handed_over) add(handed.wishes);
  return all;
}

std::string ValueOf(const Wish& wish) { return wish.wanted ? Join(wish.wanted->items, ",") : ""; }

/// `fields` of one path below a tree that grows.
void Put(Fresh& tree, const std::vector<std::string_view>& path, size_t at, const Fresh& value) {
  for (auto& [key, below] : tree.pairs) {
    if (key != path[at]) continue;
    if (at + 1 < path.size()) return Put(below, path, at + 1, value);
    below = value;
    return;
  }
  tree.pairs.emplace_back(path[at], at + 1 == path.size() ? value : Fresh::Map({}));
  if (at + 1 < path.size()) Put(tree.pairs.back().second, path, at + 1, value);
}

Fresh FieldValue(const Wish& wish) {
  const auto one = [&](const std::string& text) {
    return wish.wanted->literal ? Fresh::Literal(text) : Fresh::Text(text);
  };
  if (!wish.wanted->list) return one(wish.wanted->items.front());
  std::vector<Fresh> items;
  for (const std::string& item : wish.wanted->items) items.push_back(one(item));
  return Fresh::List(std::move(items));
}

std::string Away(const std::vector<std::string>& names) {
  if (names.empty()) return "";
  return fmt::format("# take away, where it is set: {}\n", Join(names, ", "));
}

std::vector<std::string_view> KubeadmPath(ComponentKind kind) {
  switch (kind) {
    case ComponentKind::kApiServer:
      return {"apiServer"};
    case ComponentKind::kControllerManager:
      return {"controllerManager"};
    case ComponentKind::kScheduler:
      return {"scheduler"};
    default:
      return {"etcd", "local"};
  }
}

Fresh ExtraVolumes(const Plan& plan) {
  std::vector<Fresh> volumes;
  for (const auto& mount : plan.mounts) {
    volumes.push_back(Fresh::Map({{"name", Fresh::Text(mount.name)},
                                  {"hostPath", Fresh::Text(mount.path)},
                                  {"mountPath", Fresh::Text(mount.path)},
                                  {"readOnly", Fresh::Literal(mount.read_only ? "true" : "false")},
                                  {"pathType", Fresh::Text("DirectoryOrCreate")}}));
  }
  return Fresh::List(std::move(volumes));
}

}  // namespace

std::string PlanForKubeadm(const Plan& plan) {
  const auto wishes = AllWishes(plan);
  std::map<ComponentKind, std::vector<Fresh>> arguments;
  std::vector<std::string> away, fields_away;
  Fresh kubelet = Fresh::Map({});
  for (const auto& [key, wish] : wishes) {
    const auto& [kind, setting] = key;
    if (kind == ComponentKind::kKubelet) {
      if (!wish.wanted) {
        fields_away.push_back(setting);
      } else {
        Put(kubelet, Split(setting, '.'), 0, FieldValue(wish));
      }
    } else if (kind != ComponentKind::kProxy) {
      if (!wish.wanted) {
        away.push_back(std::string(cluster::ToString(kind)) + " --" + setting);
      } else {
        arguments[kind].push_back(
            Fresh::Map({{"name", Fresh::Text(setting)}, {"value", Fresh::Text(ValueOf(wish))}}));
      }
    }
  }
  Fresh cluster = Fresh::Map({});
  for (const ComponentKind kind : kWithFlags) {
    auto path = KubeadmPath(kind);
    path.emplace_back("extraArgs");
    if (!arguments[kind].empty()) Put(cluster, path, 0, Fresh::List(arguments[kind]));
  }
  if (!plan.mounts.empty()) Put(cluster, {"apiServer", "extraVolumes"}, 0, ExtraVolumes(plan));
  const auto write = [](const Fresh& tree) {
    return harden::BlockText(tree, 0, harden::Quotes::kAsNeeded, "\n");
  };
  std::string out =
      "# Merge into the ConfigMap kubeadm-config of kube-system, key ClusterConfiguration.\n";
  out += "apiVersion: kubeadm.k8s.io/v1beta4\nkind: ClusterConfiguration\n";
  out += write(cluster) + Away(away);
  out += "---\n# Merge into the ConfigMap kubelet-config of kube-system, key kubelet.\n";
  out += "apiVersion: kubelet.config.k8s.io/v1beta1\nkind: KubeletConfiguration\n";
  out += write(kubelet) + Away(fields_away);
  return Redact(out);
}

std::string PlanForRke2(const Plan& plan) {
  std::map<std::string, std::vector<Fresh>> arguments;
  std::vector<std::string> away, no_flag;
  for (const auto& [key, wish] : AllWishes(plan)) {
    const auto& [kind, setting] = key;
    std::string flag = setting;
    const cluster::FlagTable table(kind, std::nullopt);
    if (table.Find(setting) == nullptr)
      flag = table.FlagOf(setting) != nullptr ? table.FlagOf(setting) : "";
    const std::string name = std::string(cluster::ToString(kind)) + "-arg";
    if (flag.empty()) {
      no_flag.push_back(fmt::format("{} {}={}", cluster::ToString(kind), setting, ValueOf(wish)));
    } else if (!wish.wanted) {
      away.push_back(name + ": " + flag);
    } else {
      arguments[name].push_back(Fresh::Text(flag + "=" + ValueOf(wish)));
    }
  }
  std::string out =
      "# Merge into /etc/rancher/rke2/config.yaml (k3s: /etc/rancher/k3s/config.yaml); "
      "lists that are there\n# already need their own entries kept. A list in a file of "
      "config.yaml.d replaces the one here: merge\n# into the last file that has it.\n";
  for (const auto& [name, list] : arguments)
    out += harden::BlockPairText(name, Fresh::List(list), 0, harden::Quotes::kDouble, "\n");
  out += Away(away);
  if (!no_flag.empty())
    out += fmt::format("# only in a file of the component's own: {}\n", Join(no_flag, ", "));
  return Redact(out);
}

}  // namespace seawall::report
