// The components of a kubeadm node.
#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "cluster/kubeadm_arguments.h"
#include "cluster/kubeadm_parts.h"

namespace seawall::cluster {
namespace {

constexpr const char* kNote = "kubeadm writes it";
constexpr const char* kKubernetes = "/etc/kubernetes";

Mount Hosted(std::string path, bool read_only) {
  Mount mount;
  mount.container_path = path;
  mount.host_path = std::move(path);
  mount.kind = "hostPath";
  mount.read_only = read_only;
  return mount;
}

/// Source: cmd/kubeadm/app/apis/kubeadm/validation (ValidateDiscovery): a token goes with hashes or
/// with the consent to do without.
std::optional<JoinDiscovery> DiscoveryOf(const KubeadmParts& parts) {
  if (!parts.join.exists()) return std::nullopt;
  const yaml::Value discovery = parts.join["discovery"], token = discovery["bootstrapToken"];
  JoinDiscovery found;
  found.place = (discovery.exists() ? discovery : parts.join).place();
  found.file = discovery.Path("file.kubeConfigPath").text();
  found.tool_hashes = parts.cluster_api;
  const yaml::Value skips = token["unsafeSkipCAVerification"], hashes = token["caCertHashes"];
  found.unknown = TemplateIn(skips.text());
  if (skips.is_scalar()) {
    found.skips_ca = skips.AsBool().value_or(false);
    found.place = skips.place();
    if (found.unknown.empty() && !skips.AsBool())
      found.unknown = "unsafeSkipCAVerification is neither true nor false";
  }
  for (const yaml::Value& hash : hashes.Items()) {
    found.has_hashes = found.has_hashes || !hash.text().empty();
    if (found.unknown.empty()) found.unknown = TemplateIn(hash.text());
  }
  if (hashes.is_scalar() && found.unknown.empty()) found.unknown = TemplateIn(hashes.text());
  return found;
}

class KubeadmNode {
 public:
  KubeadmNode(const KubeadmParts& parts, Draft& draft) : parts_(parts), draft_(draft) {
    certificates_ = Or(parts.cluster["certificatesDir"], "/etc/kubernetes/pki");
    const yaml::Value networking = parts.cluster["networking"];
    service_subnet_ = Or(networking["serviceSubnet"], "10.96.0.0/12");
    pod_subnet_ = Or(networking["podSubnet"], "");
    dns_domain_ = Or(networking["dnsDomain"], "cluster.local");
    const yaml::Value endpoint = parts.init.exists()
                                     ? parts.init["localAPIEndpoint"]
                                     : parts.join.Path("controlPlane.localAPIEndpoint");
    address_ = Or(endpoint["advertiseAddress"], "");
    port_ = Or(endpoint["bindPort"], "6443");
  }

  void Add() {
    if (parts_.control_plane) {
      AddApiServer();
      AddControllerManager();
      AddScheduler();
      if (!parts_.cluster.Path("etcd.external").is_mapping()) AddEtcd();
    }
    AddKubelet();
    if (parts_.cluster.exists()) AddProxy();
  }

 private:
  static std::string Or(const yaml::Value& value, std::string_view otherwise) {
    return value.is_scalar() && !value.text().empty() ? value.text() : std::string(otherwise);
  }
  std::string Pki(std::string_view name) const { return fmt::format("{}/{}", certificates_, name); }
  std::string Loopback() const {
    return address_.find(':') == std::string::npos ? "127.0.0.1" : "[::1]";
  }

  Component Start(ComponentKind kind) const {
    Component component;
    component.kind = kind;
    component.instance = parts_.instance;
    component.where = parts_.where;
    component.owner_hint = "kubeadm";
    component.version = parts_.version;
    component.command.program = ToString(kind);
    return component;
  }

  /// A static pod: what it sees of the node, and its command line.
  void AddPod(Component component, KubeadmFlags base, const yaml::Value& section) {
    component.in_container = true;
    if (section.exists()) component.where = section.place();
    for (const yaml::Value& volume : section["extraVolumes"].Items()) {
      Mount mount = Hosted(volume["mountPath"].text(), volume["readOnly"].AsBool().value_or(false));
      mount.host_path = volume["hostPath"].text();
      mount.place = volume.place();
      component.mounts.push_back(std::move(mount));
    }
    for (const yaml::Value& variable : section["extraEnvs"].Items()) {
      component.command.environment.push_back(
          {variable["name"].text(), variable["value"].text(), variable.place(),
           variable["valueFrom"].exists() ? "it comes from elsewhere in the cluster" : ""});
    }
    Combine(std::move(base), ExtraArguments(section["extraArgs"]), kNote, component.command);
    RefuseWrongForm(section["extraArgs"], parts_.cluster["apiVersion"].text(), component);
    draft_.node.components.push_back(std::move(component));
  }

  void AddApiServer() {
    Component component = Start(ComponentKind::kApiServer);
    component.mounts = {Hosted(certificates_, true), Hosted("/etc/ssl/certs", true),
                        Hosted("/etc/ca-certificates", true),
                        Hosted("/usr/share/ca-certificates", true),
                        Hosted("/usr/local/share/ca-certificates", true)};
    const yaml::Value section = parts_.cluster["apiServer"];
    KubeadmFlags base = {
        {"allow-privileged", "true"},
        {"enable-admission-plugins", "NodeRestriction"},
        {"service-cluster-ip-range", service_subnet_},
        {"service-account-key-file", Pki("sa.pub")},
        {"service-account-signing-key-file", Pki("sa.key")},
        {"service-account-issuer", "https://kubernetes.default.svc." + dns_domain_},
        {"client-ca-file", Pki("ca.crt")},
        {"tls-cert-file", Pki("apiserver.crt")},
        {"tls-private-key-file", Pki("apiserver.key")},
        {"kubelet-client-certificate", Pki("apiserver-kubelet-client.crt")},
        {"kubelet-client-key", Pki("apiserver-kubelet-client.key")},
        {"enable-bootstrap-token-auth", "true"},
        {"secure-port", port_},
        {"kubelet-preferred-address-types", "InternalIP,ExternalIP,Hostname"},
        {"requestheader-username-headers", "X-Remote-User"},
        {"requestheader-group-headers", "X-Remote-Group"},
        {"requestheader-extra-headers-prefix", "X-Remote-Extra-"},
        {"requestheader-client-ca-file", Pki("front-proxy-ca.crt")},
        {"requestheader-allowed-names", "front-proxy-client"},
        {"proxy-client-cert-file", Pki("front-proxy-client.crt")},
        {"proxy-client-key-file", Pki("front-proxy-client.key")}};
    if (!address_.empty()) base.emplace_back("advertise-address", address_);
    const auto extra = ExtraArguments(section["extraArgs"]);
    const bool old = parts_.version && parts_.version->minor < 30;
    if (old || FindLast(extra, "authorization-config") == nullptr) {
      base.emplace_back("authorization-mode", "Node,RBAC");
    }
    AddEtcdClient(base);
    AddPod(std::move(component), std::move(base), section);
    Component& added = draft_.node.components.back();
    if (address_.empty() && FindLast(extra, "advertise-address") == nullptr) {
      Argument argument = ToolArgument("advertise-address", "", kNote);
      argument.unknown = "kubeadm takes the address of the node that it runs on";
      added.command.arguments.insert(added.command.arguments.begin(), std::move(argument));
    }
  }

  void AddEtcdClient(KubeadmFlags& base) const {
    const yaml::Value external = parts_.cluster.Path("etcd.external");
    if (!external.is_mapping()) {
      base.emplace_back("etcd-servers", fmt::format("https://{}:2379", Loopback()));
      base.emplace_back("etcd-cafile", Pki("etcd/ca.crt"));
      base.emplace_back("etcd-certfile", Pki("apiserver-etcd-client.crt"));
      base.emplace_back("etcd-keyfile", Pki("apiserver-etcd-client.key"));
      return;
    }
    std::vector<std::string> endpoints;
    for (const yaml::Value& e : external["endpoints"].Items()) endpoints.push_back(e.text());
    base.emplace_back("etcd-servers", Join(endpoints, ","));
    const std::string ca = Or(external["caFile"], "");
    const std::string cert = Or(external["certFile"], "");
    const std::string key = Or(external["keyFile"], "");
    if (!ca.empty()) base.emplace_back("etcd-cafile", ca);
    if (!cert.empty() && !key.empty()) {
      base.emplace_back("etcd-certfile", cert);
      base.emplace_back("etcd-keyfile", key);
    }
  }

  void AddControllerManager() {
    const std::string conf = fmt::format("{}/controller-manager.conf", kKubernetes);
    Component component = Start(ComponentKind::kControllerManager);
    component.mounts = {Hosted(certificates_, true), Hosted("/etc/ssl/certs", true),
                        Hosted(conf, true)};
    KubeadmFlags base = {{"bind-address", "127.0.0.1"},
                         {"leader-elect", "true"},
                         {"kubeconfig", conf},
                         {"authentication-kubeconfig", conf},
                         {"authorization-kubeconfig", conf},
                         {"client-ca-file", Pki("ca.crt")},
                         {"requestheader-client-ca-file", Pki("front-proxy-ca.crt")},
                         {"root-ca-file", Pki("ca.crt")},
                         {"service-account-private-key-file", Pki("sa.key")},
                         {"cluster-signing-cert-file", Pki("ca.crt")},
                         {"cluster-signing-key-file", Pki("ca.key")},
                         {"use-service-account-credentials", "true"},
                         {"controllers", "*,bootstrapsigner,tokencleaner"},
                         {"cluster-name", Or(parts_.cluster["clusterName"], "kubernetes")}};
    if (!pod_subnet_.empty()) {
      base.emplace_back("allocate-node-cidrs", "true");
      base.emplace_back("cluster-cidr", pod_subnet_);
      base.emplace_back("service-cluster-ip-range", service_subnet_);
    }
    AddPod(std::move(component), std::move(base), parts_.cluster["controllerManager"]);
  }

  void AddScheduler() {
    const std::string conf = fmt::format("{}/scheduler.conf", kKubernetes);
    Component component = Start(ComponentKind::kScheduler);
    component.mounts = {Hosted(conf, true)};
    AddPod(std::move(component),
           {{"bind-address", "127.0.0.1"},
            {"leader-elect", "true"},
            {"kubeconfig", conf},
            {"authentication-kubeconfig", conf},
            {"authorization-kubeconfig", conf}},
           parts_.cluster["scheduler"]);
  }

  void AddEtcd() {
    const yaml::Value local = parts_.cluster.Path("etcd.local");
    Component component = Start(ComponentKind::kEtcd);
    component.version = VersionOf(local["imageTag"], "imageTag");
    if (!component.version && parts_.version)
      component.version = DefaultEtcd(parts_.version->minor);
    const std::string data = Or(local["dataDir"], "/var/lib/etcd");
    component.mounts = {Hosted(data, false), Hosted(Pki("etcd"), false)};
    // Nobody knows the address yet, but that it is https, and not every address, is known.
    const std::string node = address_.empty() ? "node-address" : address_;
    const std::string host = node.find(':') != std::string::npos ? "[" + node + "]" : node;
    const std::string client = fmt::format("https://{}:2379", host);
    const std::string peer = fmt::format("https://{}:2380", host);
    KubeadmFlags base = {
        {"listen-client-urls", fmt::format("https://{}:2379,{}", Loopback(), client)},
        {"advertise-client-urls", client},
        {"listen-peer-urls", peer},
        {"initial-advertise-peer-urls", peer},
        {"data-dir", data},
        {"cert-file", Pki("etcd/server.crt")},
        {"key-file", Pki("etcd/server.key")},
        {"trusted-ca-file", Pki("etcd/ca.crt")},
        {"client-cert-auth", "true"},
        {"peer-cert-file", Pki("etcd/peer.crt")},
        {"peer-key-file", Pki("etcd/peer.key")},
        {"peer-trusted-ca-file", Pki("etcd/ca.crt")},
        {"peer-client-cert-auth", "true"},
        {"snapshot-count", "10000"},
        {"listen-metrics-urls", fmt::format("http://{}:2381", Loopback())}};
    AddEtcdMember(base, peer, component.version);
    AddPod(std::move(component), std::move(base), local);
  }

  void AddEtcdMember(KubeadmFlags& base, const std::string& peer,
                     const std::optional<Version>& etcd) const {
    const std::string name =
        Or((parts_.init.exists() ? parts_.init : parts_.join).Path("nodeRegistration.name"),
           "node-name");
    base.emplace_back("name", name);
    base.emplace_back("initial-cluster", fmt::format("{}={}", name, peer));
    if (!etcd || !parts_.version) return;
    const int minor = parts_.version->minor;
    if (minor >= 36 || (minor >= 34 && etcd->minor >= 6)) {
      base.emplace_back("feature-gates", "InitialCorruptCheck=true");
      base.emplace_back("watch-progress-notify-interval", "5s");
    } else {
      base.emplace_back("experimental-initial-corrupt-check", "true");
      base.emplace_back("experimental-watch-progress-notify-interval", "5s");
    }
  }

  /// DefaultEtcdVersion of each kubeadm.
  static std::optional<Version> DefaultEtcd(int kubernetes_minor) {
    if (kubernetes_minor < 29 || kubernetes_minor > 37) return std::nullopt;
    Version version;
    version.major = 3;
    version.minor = kubernetes_minor < 34 ? 5 : kubernetes_minor < 37 ? 6 : 7;
    version.source = fmt::format("what kubeadm 1.{} installs", kubernetes_minor);
    return version;
  }

  void AddKubelet() {
    static constexpr const char* kConfig = "/var/lib/kubelet/config.yaml";
    Component component = Start(ComponentKind::kKubelet);
    const yaml::Value registration =
        (parts_.init.exists() ? parts_.init : parts_.join)["nodeRegistration"];
    component.discovery = DiscoveryOf(parts_);
    constexpr const char* kUnit = "kubeadm's own unit passes it";
    component.command.arguments = {
        ToolArgument("bootstrap-kubeconfig", "/etc/kubernetes/bootstrap-kubelet.conf", kUnit),
        ToolArgument("kubeconfig", "/etc/kubernetes/kubelet.conf", kUnit),
        ToolArgument("config", kConfig, kUnit)};
    for (const ExtraArgument& e : ExtraArguments(registration["kubeletExtraArgs"])) {
      component.command.arguments.push_back(ConfiguredArgument(e.name, e.value));
    }
    RefuseWrongForm(registration["kubeletExtraArgs"],
                    (parts_.init.exists() ? parts_.init : parts_.join)["apiVersion"].text(),
                    component);
    if (parts_.kubelet != nullptr) {
      draft_.AddDocument(kConfig, *parts_.kubelet);
      component.where = parts_.kubelet->root.place();
    } else {
      draft_.files->Add(kConfig,
                        "apiVersion: kubelet.config.k8s.io/v1beta1\nkind: KubeletConfiguration\n");
      draft_.node.shown_as[kConfig] = parts_.instance;
    }
    // A node that joins takes the cluster's KubeletConfiguration, which is not here.
    if (!parts_.cluster.exists() && parts_.kubelet == nullptr) {
      component.gaps.push_back({true, "the cluster's KubeletConfiguration decides it",
                                "give the cluster's configuration too, or audit the node"});
      draft_.node.components.push_back(std::move(component));
      return;
    }
    const auto writes = [&](const char* setting, std::string text, bool forced = false) {
      draft_.defaults.push_back({ComponentKind::kKubelet, setting, std::move(text), kNote, forced});
    };
    writes("staticPodPath", "/etc/kubernetes/manifests");
    writes("authentication.x509.clientCAFile", Pki("ca.crt"));
    writes("authentication.anonymous.enabled", "false");
    writes("authentication.webhook.enabled", "true");
    writes("authorization.mode", "Webhook");
    writes("healthzBindAddress", "127.0.0.1");
    writes("healthzPort", "10248");
    writes("clusterDomain", dns_domain_);
    writes("rotateCertificates", "true", true);
    writes("cgroupDriver", "systemd");
    draft_.node.components.push_back(std::move(component));
  }

  bool WithoutProxy() const {
    if (parts_.cluster.Path("proxy.disabled").AsBool().value_or(false)) return true;
    for (const yaml::Value& phase : parts_.init["skipPhases"].Items()) {
      if (phase.text() == "addon" || phase.text() == "addon/kube-proxy") return true;
    }
    return false;
  }

  void AddProxy() {
    if (WithoutProxy()) return;
    static constexpr const char* kConfig = "/var/lib/kube-proxy/config.conf";
    Component component = Start(ComponentKind::kProxy);
    component.command.arguments = {ToolArgument("config", kConfig, kNote)};
    Argument node_name = ToolArgument("hostname-override", "", kNote);
    node_name.unknown = "it is the node's name";
    component.command.arguments.push_back(std::move(node_name));
    if (parts_.proxy != nullptr) {
      draft_.AddDocument(kConfig, *parts_.proxy);
      component.where = parts_.proxy->root.place();
    } else {
      draft_.files->Add(
          kConfig, "apiVersion: kubeproxy.config.k8s.io/v1alpha1\nkind: KubeProxyConfiguration\n");
      draft_.node.shown_as[kConfig] = parts_.instance;
    }
    const bool six = address_.find(':') != std::string::npos;
    draft_.defaults.push_back(
        {ComponentKind::kProxy, "bindAddress", six ? "::" : "0.0.0.0", kNote, false});
    draft_.defaults.push_back({ComponentKind::kProxy, "clientConnection.kubeconfig",
                               "/var/lib/kube-proxy/kubeconfig.conf", kNote, false});
    if (!pod_subnet_.empty()) {
      draft_.defaults.push_back({ComponentKind::kProxy, "clusterCIDR", pod_subnet_, kNote, false});
    }
    draft_.node.components.push_back(std::move(component));
  }

  const KubeadmParts& parts_;
  Draft& draft_;
  std::string certificates_, service_subnet_, pod_subnet_, dns_domain_, address_, port_;
};

}  // namespace

void AddKubeadmNode(const KubeadmParts& parts, Draft& draft) {
  KubeadmNode(parts, draft).Add();
  if (parts.control_plane) {
    draft.node.roles.insert(Role::kControlPlane);
    if (!parts.cluster.Path("etcd.external").is_mapping()) draft.node.roles.insert(Role::kEtcd);
  } else {
    draft.node.roles.insert(Role::kWorker);
  }
  ApplyPatches(parts.patches, draft);
}

}  // namespace seawall::cluster
