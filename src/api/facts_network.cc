// Which network plugin the cluster has, whether it encrypts what goes from node to node, and
// whether kube-system is closed to whom nothing allows in. A plugin that is not recognised here is
// unknown: nobody can tell what it does.
#include <fmt/format.h>

#include <algorithm>

#include "api/facts_parts.h"
#include "api/kept_words.h"
#include "base/text.h"

namespace seawall::api {

using cluster::NetworkPolicy;
using cluster::PodTraffic;

namespace {

/// What one plugin's own objects say; nothing where they are not there.
using Found = std::optional<PodTraffic>;

class PluginFinder {
 public:
  explicit PluginFinder(Asker& ask) : ask_(ask) {}

  void Find(cluster::Answer<PodTraffic>& answer) {
    for (const auto look : {&PluginFinder::Cilium, &PluginFinder::Antrea, &PluginFinder::Calico,
                            &PluginFinder::Weave, &PluginFinder::Flannel, &PluginFinder::Plain}) {
      if (Found found = (this->*look)()) return Asker::Know(answer, std::move(*found));
    }
    if (refused_) return Asker::Blame(answer, *refused_);
    Asker::Know(answer, PodTraffic{});
  }

 private:
  /// Nothing where it is not there or may not be seen; the latter is remembered.
  std::optional<yaml::Stream> Get(const std::string& path) {
    auto stream = ask_.Object(path);
    if (stream) return std::move(*stream);
    if (stream.error().code != ErrorCode::kNotFound && !refused_) refused_ = stream.error();
    return std::nullopt;
  }
  std::optional<yaml::Stream> Map(const std::string& space, const std::string& name) {
    return Get(fmt::format("/api/v1/namespaces/{}/configmaps/{}", space, name));
  }
  std::optional<yaml::Stream> Daemons(const std::string& space, const std::string& name) {
    return Get(fmt::format("/apis/apps/v1/namespaces/{}/daemonsets/{}", space, name));
  }

  /// A variable of any container of a DaemonSet; absent where there is none.
  static yaml::Value Variable(const yaml::Stream& daemons, std::string_view name) {
    for (const yaml::Value& container :
         daemons.root().Path("spec.template.spec.containers").Items()) {
      for (const yaml::Value& variable : container["env"].Items()) {
        if (variable["name"].text() == name) return variable;
      }
    }
    return {};
  }

  Found Cilium() {
    const auto map = Map("kube-system", "cilium-config");
    if (!map) return std::nullopt;
    PodTraffic traffic{.network = "Cilium", .place = "ConfigMap kube-system/cilium-config"};
    traffic.encrypted = false;
    traffic.says = "neither enable-wireguard nor enable-ipsec is true";
    for (const char* key : {"enable-wireguard", "enable-ipsec"}) {
      if (map->root()["data"][key].text() != "true") continue;
      traffic.encrypted = true;
      traffic.says = std::string(key) + " is true";
    }
    return traffic;
  }

  Found Antrea() {
    const auto map = Map("kube-system", "antrea-config");
    if (!map) return std::nullopt;
    PodTraffic traffic{.network = "Antrea", .place = "ConfigMap kube-system/antrea-config"};
    const auto agent =
        yaml::Parse("antrea-agent.conf", map->root()["data"]["antrea-agent.conf"].text());
    if (!agent) {
      traffic.says = "its antrea-agent.conf does not parse";
      return traffic;
    }
    const std::string mode = Lower(agent->root()["trafficEncryptionMode"].text());
    traffic.encrypted = mode == "ipsec" || mode == "wireguard";
    traffic.says = "trafficEncryptionMode is " + (mode.empty() ? "none" : mode);
    return traffic;
  }

  Found Calico() {
    auto daemons = Daemons("calico-system", "calico-node");
    if (!daemons) daemons = Daemons("kube-system", "calico-node");
    if (!daemons) return std::nullopt;
    PodTraffic traffic{.network = "Calico", .place = "FelixConfiguration default"};
    const auto felix = ask_.Object("/apis/crd.projectcalico.org/v1/felixconfigurations/default");
    if (!felix && felix.error().code != ErrorCode::kNotFound) {
      traffic.says = felix.error().why;
      return traffic;
    }
    // A variable of the agent is stronger than the object.
    const yaml::Value own = Variable(*daemons, "FELIX_WIREGUARDENABLED");
    const std::string variable = Lower(own["value"].text());
    const std::optional<bool> by_variable = FelixBool(variable);
    if (own.exists() && (!own["value"].exists() || (!variable.empty() && !by_variable))) {
      traffic.place = "DaemonSet calico-node";
      traffic.says = "what FELIX_WIREGUARDENABLED is does not stand there";
      return traffic;
    }
    const yaml::Value spec = felix ? felix->root()["spec"] : yaml::Value();
    const bool by_object = spec["wireguardEnabled"].AsBool().value_or(false) ||
                           spec["wireguardEnabledV6"].AsBool().value_or(false);
    traffic.encrypted = by_variable.value_or(by_object);
    if (!variable.empty()) {
      traffic.place = "DaemonSet calico-node";
      traffic.says = "FELIX_WIREGUARDENABLED is " + PrintableShort(variable, 40);
    } else {
      traffic.says = by_object ? "wireguardEnabled is true" : "wireguardEnabled is not true";
    }
    return traffic;
  }

  Found Weave() {
    const auto daemons = Daemons("kube-system", "weave-net");
    if (!daemons) return std::nullopt;
    PodTraffic traffic{.network = "Weave Net", .place = "DaemonSet kube-system/weave-net"};
    traffic.encrypted = Variable(*daemons, "WEAVE_PASSWORD").exists();
    traffic.says = *traffic.encrypted ? "WEAVE_PASSWORD is set" : "WEAVE_PASSWORD is not set";
    return traffic;
  }

  Found Flannel() {
    for (const char* space : {"kube-flannel", "kube-system"}) {
      const auto map = Map(space, "kube-flannel-cfg");
      if (!map) continue;
      PodTraffic traffic{.network = "flannel",
                         .enforces_policies = false,
                         .place = fmt::format("ConfigMap {}/kube-flannel-cfg", space)};
      const auto conf = yaml::Parse("net-conf.json", map->root()["data"]["net-conf.json"].text());
      const std::string type = conf ? Lower(conf->root().Path("Backend.Type").text()) : "";
      if (type.empty()) {
        traffic.says = "its net-conf.json names no backend";
        return traffic;
      }
      traffic.encrypted = type == "wireguard" || type == "ipsec";
      traffic.says = "the backend is " + PrintableShort(type, 40);
      return traffic;
    }
    return std::nullopt;
  }

  /// Plugins that have no encryption at all.
  Found Plain() {
    constexpr std::pair<const char*, const char*> kPlain[] = {{"kindnet", "kindnet"},
                                                              {"kube-router", "kube-router"}};
    for (const auto& [name, shown] : kPlain) {
      if (!Daemons("kube-system", name)) continue;
      return PodTraffic{.network = shown,
                        .encrypted = false,
                        .place = fmt::format("DaemonSet kube-system/{}", name),
                        .says = "it does not encrypt"};
    }
    return std::nullopt;
  }

  Asker& ask_;
  std::optional<Error> refused_;
};

bool SelectsAll(const yaml::Value& selector) {
  return selector["matchLabels"].size() == 0 && selector["matchExpressions"].size() == 0;
}

/// Every port, from everywhere or from every pod.
bool AdmitsAll(const yaml::Value& rule) {
  if (rule["ports"].size() > 0) return false;
  if (rule["from"].size() == 0) return true;
  return std::ranges::any_of(rule["from"].Items(), [](const yaml::Value& peer) {
    const yaml::Value block = peer["ipBlock"];
    if (block.is_mapping()) {
      return block["cidr"].text().ends_with("/0") && block["except"].size() == 0;
    }
    return peer["namespaceSelector"].is_mapping() && SelectsAll(peer["namespaceSelector"]) &&
           SelectsAll(peer["podSelector"]);
  });
}

std::optional<NetworkPolicy> ReadPolicy(const yaml::Value& item) {
  NetworkPolicy policy;
  policy.name = item.Path("metadata.name").text();
  const yaml::Value spec = item["spec"];
  policy.all_pods = SelectsAll(spec["podSelector"]);
  const auto types = Texts(spec["policyTypes"]);
  const auto has = [&](const char* type) { return std::ranges::find(types, type) != types.end(); };
  const bool of_ingress = types.empty() || has("Ingress");
  policy.denies_ingress = of_ingress && spec["ingress"].size() == 0;
  policy.admits_all = of_ingress && std::ranges::any_of(spec["ingress"].Items(), AdmitsAll);
  policy.denies_egress = has("Egress") && spec["egress"].size() == 0;
  return policy;
}

/// How many policies of other kinds there are; a kind that nobody installed has none.
void CountOthers(Asker& ask, cluster::Answer<uint64_t>& answer) {
  uint64_t count = 0;
  for (const char* path : {"/apis/cilium.io/v2/namespaces/kube-system/ciliumnetworkpolicies",
                           "/apis/cilium.io/v2/ciliumclusterwidenetworkpolicies",
                           "/apis/crd.projectcalico.org/v1/namespaces/kube-system/networkpolicies",
                           "/apis/crd.projectcalico.org/v1/globalnetworkpolicies",
                           "/apis/policy.networking.k8s.io/v1alpha1/adminnetworkpolicies"}) {
    uint64_t found = 0;
    const auto ok = ask.Each(
        {.path = path, .metadata_only = true}, [&](const yaml::Value&) { ++found; },
        [&] { found = 0; });
    if (!ok && ok.error().code != ErrorCode::kNotFound) return Asker::Blame(answer, ok.error());
    count += found;
  }
  Asker::Know(answer, count);
}

}  // namespace

void ReadNetwork(Asker& ask, cluster::ApiFacts& facts) {
  PluginFinder(ask).Find(facts.pod_traffic);
  ask.List<NetworkPolicy>(
      {.path = "/apis/networking.k8s.io/v1/namespaces/kube-system/networkpolicies"},
      facts.system_policies, ReadPolicy);
  CountOthers(ask, facts.other_policies);
}

}  // namespace seawall::api
