// What k3s and RKE2 pass to the components that they run, and how a user's arguments change it.
#include <algorithm>

#include "cluster/k3s.h"
#include "fmt/format.h"

namespace seawall::cluster {
namespace {

enum class When : uint8_t {
  kAlways,
  kK3s,
  kRke2,
  kEmbeddedEtcd,
  kSqlite,
  kExternalStore,
  kEncryption,
  kNoAuthenticationConfig,
  kNoAuthorizationConfig,
  kEgress,
  kProtectKernel,
  kHardened,    ///< RKE2 with a CIS profile
  kAudit,       ///< RKE2 with an audit policy of its own or a CIS profile
  kMaybeAudit,  ///< RKE2 without: older releases audited by default
  kOwnKubelet,  ///< no configuration written for the kubelet is on the node
};

/// Values may hold {data}, {domain}, {service-cidr}, {program}, {pss}, {audit-policy}; "?" is one
/// that only the running program knows.
struct Passed {
  ComponentKind kind;
  const char* name;
  const char* value;
  When when = When::kAlways;
};

constexpr auto kApi = ComponentKind::kApiServer;
constexpr auto kKcm = ComponentKind::kControllerManager;
constexpr auto kSch = ComponentKind::kScheduler;
constexpr auto kKub = ComponentKind::kKubelet;
constexpr auto kPxy = ComponentKind::kProxy;

constexpr Passed kPassed[] = {
    {kApi, "allow-privileged", "true"},
    {kApi, "anonymous-auth", "false", When::kNoAuthenticationConfig},
    {kApi, "authorization-mode", "Node,RBAC", When::kNoAuthorizationConfig},
    {kApi, "api-audiences", "https://kubernetes.default.svc.{domain},{program}"},
    {kApi, "advertise-address", "?"},
    {kApi, "bind-address", "127.0.0.1", When::kK3s},
    {kApi, "bind-address", "0.0.0.0", When::kRke2},
    {kApi, "secure-port", "6444", When::kK3s},
    {kApi, "secure-port", "6443", When::kRke2},
    {kApi, "cert-dir", "{data}/server/tls/temporary-certs"},
    {kApi, "client-ca-file", "{data}/server/tls/client-ca.crt"},
    {kApi, "egress-selector-config-file", "{data}/server/etc/egress-selector-config.yaml",
     When::kEgress},
    {kApi, "enable-aggregator-routing", "true", When::kEgress},
    {kApi, "enable-admission-plugins", "NodeRestriction"},
    {kApi, "enable-bootstrap-token-auth", "true"},
    {kApi, "encryption-provider-config", "{data}/server/cred/encryption-config.json",
     When::kEncryption},
    {kApi, "encryption-provider-config-automatic-reload", "true", When::kEncryption},
    {kApi, "etcd-cafile", "{data}/server/tls/etcd/server-ca.crt", When::kEmbeddedEtcd},
    {kApi, "etcd-certfile", "{data}/server/tls/etcd/client.crt", When::kEmbeddedEtcd},
    {kApi, "etcd-keyfile", "{data}/server/tls/etcd/client.key", When::kEmbeddedEtcd},
    {kApi, "etcd-servers", "https://127.0.0.1:2379", When::kEmbeddedEtcd},
    {kApi, "etcd-servers", "unix://kine.sock", When::kSqlite},
    {kApi, "etcd-servers", "?", When::kExternalStore},
    {kApi, "etcd-cafile", "?", When::kExternalStore},
    {kApi, "etcd-certfile", "?", When::kExternalStore},
    {kApi, "etcd-keyfile", "?", When::kExternalStore},
    {kApi, "kubelet-certificate-authority", "{data}/server/tls/server-ca.crt"},
    {kApi, "kubelet-client-certificate", "{data}/server/tls/client-kube-apiserver.crt"},
    {kApi, "kubelet-client-key", "{data}/server/tls/client-kube-apiserver.key"},
    {kApi, "kubelet-preferred-address-types", "InternalIP,ExternalIP,Hostname"},
    {kApi, "profiling", "false"},
    {kApi, "proxy-client-cert-file", "{data}/server/tls/client-auth-proxy.crt"},
    {kApi, "proxy-client-key-file", "{data}/server/tls/client-auth-proxy.key"},
    {kApi, "requestheader-allowed-names", "system:auth-proxy"},
    {kApi, "requestheader-client-ca-file", "{data}/server/tls/request-header-ca.crt"},
    {kApi, "requestheader-extra-headers-prefix", "X-Remote-Extra-"},
    {kApi, "requestheader-group-headers", "X-Remote-Group"},
    {kApi, "requestheader-username-headers", "X-Remote-User"},
    {kApi, "service-account-issuer", "https://kubernetes.default.svc.{domain}"},
    {kApi, "service-account-key-file", "{data}/server/tls/service.key"},
    {kApi, "service-account-signing-key-file", "{data}/server/tls/service.current.key"},
    {kApi, "service-cluster-ip-range", "{service-cidr}"},
    {kApi, "storage-backend", "etcd3"},
    {kApi, "tls-cert-file", "{data}/server/tls/serving-kube-apiserver.crt"},
    {kApi, "tls-private-key-file", "{data}/server/tls/serving-kube-apiserver.key"},
    {kApi, "admission-control-config-file", "{pss}", When::kRke2},
    {kApi, "service-account-extend-token-expiration", "?", When::kHardened},
    {kApi, "audit-policy-file", "{audit-policy}", When::kAudit},
    {kApi, "audit-log-path", "{data}/server/logs/audit.log", When::kAudit},
    {kApi, "audit-log-maxage", "30", When::kAudit},
    {kApi, "audit-log-maxbackup", "10", When::kAudit},
    {kApi, "audit-log-maxsize", "100", When::kAudit},
    {kApi, "audit-policy-file", "?", When::kMaybeAudit},
    {kApi, "audit-log-path", "?", When::kMaybeAudit},
    {kApi, "audit-log-maxage", "?", When::kMaybeAudit},
    {kApi, "audit-log-maxbackup", "?", When::kMaybeAudit},
    {kApi, "audit-log-maxsize", "?", When::kMaybeAudit},
    {kKcm, "allocate-node-cidrs", "true"},
    {kKcm, "authentication-kubeconfig", "{data}/server/cred/controller.kubeconfig"},
    {kKcm, "authorization-kubeconfig", "{data}/server/cred/controller.kubeconfig"},
    {kKcm, "bind-address", "127.0.0.1"},
    {kKcm, "cluster-signing-kube-apiserver-client-cert-file", "?"},
    {kKcm, "cluster-signing-kube-apiserver-client-key-file", "{data}/server/tls/client-ca.key"},
    {kKcm, "cluster-signing-kubelet-client-cert-file", "?"},
    {kKcm, "cluster-signing-kubelet-client-key-file", "{data}/server/tls/client-ca.key"},
    {kKcm, "cluster-signing-kubelet-serving-cert-file", "?"},
    {kKcm, "cluster-signing-kubelet-serving-key-file", "{data}/server/tls/server-ca.key"},
    {kKcm, "cluster-signing-legacy-unknown-cert-file", "?"},
    {kKcm, "cluster-signing-legacy-unknown-key-file", "?"},
    {kKcm, "controllers", "?"},
    {kKcm, "kubeconfig", "{data}/server/cred/controller.kubeconfig"},
    {kKcm, "profiling", "false"},
    {kKcm, "root-ca-file", "{data}/server/tls/server-ca.crt"},
    {kKcm, "secure-port", "10257"},
    {kKcm, "service-account-private-key-file", "{data}/server/tls/service.current.key"},
    {kKcm, "tls-cert-file", "?"},
    {kKcm, "tls-private-key-file", "?"},
    {kKcm, "terminated-pod-gc-threshold", "1000", When::kRke2},
    {kKcm, "use-service-account-credentials", "true"},
    {kSch, "authentication-kubeconfig", "{data}/server/cred/scheduler.kubeconfig"},
    {kSch, "authorization-kubeconfig", "{data}/server/cred/scheduler.kubeconfig"},
    {kSch, "bind-address", "127.0.0.1"},
    {kSch, "kubeconfig", "{data}/server/cred/scheduler.kubeconfig"},
    {kSch, "profiling", "false"},
    {kSch, "secure-port", "10259"},
    {kSch, "tls-cert-file", "?"},
    {kSch, "tls-private-key-file", "?"},
    {kKub, "anonymous-auth", "false", When::kOwnKubelet},
    {kKub, "authentication-token-webhook", "true", When::kOwnKubelet},
    {kKub, "authorization-mode", "Webhook", When::kOwnKubelet},
    {kKub, "client-ca-file", "{data}/agent/client-ca.crt", When::kOwnKubelet},
    {kKub, "pod-manifest-path", "{data}/agent/pod-manifests", When::kOwnKubelet},
    {kKub, "healthz-bind-address", "127.0.0.1", When::kOwnKubelet},
    {kKub, "kubeconfig", "{data}/agent/kubelet.kubeconfig"},
    {kKub, "protect-kernel-defaults", "true", When::kProtectKernel},
    {kKub, "read-only-port", "0"},
    {kKub, "tls-cert-file", "{data}/agent/serving-kubelet.crt", When::kOwnKubelet},
    {kKub, "tls-private-key-file", "{data}/agent/serving-kubelet.key", When::kOwnKubelet},
    {kPxy, "healthz-bind-address", "127.0.0.1"},
    {kPxy, "kubeconfig", "{data}/agent/kubeproxy.kubeconfig"},
    {kPxy, "proxy-mode", "iptables"},
};

class Maker {
 public:
  explicit Maker(const Distribution& distribution)
      : d_(distribution), options_(distribution.options) {
    data_ = options_.Last("data-dir");
    if (data_.empty()) data_ = "/var/lib/rancher/" + d_.program;
  }

  std::vector<Component> Make() {
    if (d_.server) {
      if (!options_.IsOn("disable-apiserver")) Add(kApi, "kube-apiserver-arg");
      if (!options_.IsOn("disable-controller-manager")) Add(kKcm, "kube-controller-manager-arg");
      if (!options_.IsOn("disable-scheduler")) Add(kSch, "kube-scheduler-arg");
      if (EmbeddedEtcd() && !options_.IsOn("disable-etcd")) AddEtcd();
    }
    if (!d_.server || !options_.IsOn("disable-agent")) {
      Add(kKub, "kubelet-arg");
      if (!options_.IsOn("disable-kube-proxy")) Add(kPxy, "kube-proxy-arg");
    }
    return std::move(components_);
  }

 private:
  bool Rke2() const { return d_.program == "rke2"; }
  bool ExternalStore() const { return !options_.Last("datastore-endpoint").empty(); }
  bool EmbeddedEtcd() const {
    if (ExternalStore()) return false;
    return Rke2() || options_.IsOn("cluster-init") || options_.Has("server") || d_.etcd_folder;
  }
  bool Hardened() const { return Rke2() && options_.Last("profile").starts_with("cis"); }
  bool Audited() const { return Rke2() && (Hardened() || options_.Has("audit-policy-file")); }
  bool UserGives(const char* list, std::string_view name) const {
    const std::vector<Argument>& arguments = options_.All(list);
    return std::any_of(arguments.begin(), arguments.end(),
                       [&](const Argument& a) { return NameOf(a.text) == name; });
  }

  bool Applies(When when) const {
    switch (when) {
      case When::kAlways:
        return true;
      case When::kK3s:
        return !Rke2();
      case When::kRke2:
        return Rke2();
      case When::kEmbeddedEtcd:
        return EmbeddedEtcd();
      case When::kSqlite:
        return !EmbeddedEtcd() && !ExternalStore();
      case When::kExternalStore:
        return ExternalStore();
      case When::kEncryption:
        return Rke2() ? options_.Last("secrets-encryption") != "false"
                      : options_.IsOn("secrets-encryption");
      case When::kNoAuthenticationConfig:
        return !UserGives("kube-apiserver-arg", "authentication-config");
      case When::kNoAuthorizationConfig:
        return !UserGives("kube-apiserver-arg", "authorization-config");
      case When::kEgress:
        return options_.Last("egress-selector-mode") != "disabled";
      case When::kProtectKernel:
        return options_.IsOn("protect-kernel-defaults") || Hardened();
      case When::kHardened:
        return Hardened();
      case When::kAudit:
        return Audited();
      case When::kMaybeAudit:
        return Rke2() && !Audited();
      case When::kOwnKubelet:
        return !d_.kubelet_config;
    }
    return false;
  }

  static std::string NameOf(std::string_view argument) {
    if (argument.starts_with("--")) argument.remove_prefix(2);
    std::string name(argument.substr(0, argument.find('=')));
    while (name.ends_with('+') || name.ends_with('-')) name.pop_back();
    return name;
  }

  std::string Fill(std::string_view value) const {
    const std::string domain = options_.Last("cluster-domain");
    const std::string services = options_.Last("service-cidr");
    const std::string pss = options_.Last("pod-security-admission-config-file");
    const std::string policy = options_.Last("audit-policy-file");
    const std::pair<std::string_view, std::string> kFields[] = {
        {"{data}", data_},
        {"{program}", d_.program},
        {"{domain}", domain.empty() ? "cluster.local" : domain},
        {"{service-cidr}", services.empty() ? "10.43.0.0/16" : services},
        {"{pss}", pss.empty() ? "/etc/rancher/rke2/rke2-pss.yaml" : pss},
        {"{audit-policy}", policy.empty() ? "/etc/rancher/rke2/audit-policy.yaml" : policy}};
    std::string filled(value);
    for (const auto& [field, with] : kFields) {
      for (size_t at = filled.find(field); at != std::string::npos;
           at = filled.find(field, at + with.size())) {
        filled.replace(at, field.size(), with);
      }
    }
    return filled;
  }

  Argument Default(const Passed& row) const {
    Argument argument;
    argument.origin = OriginKind::kDefault;
    argument.note = fmt::format("{} passes it", d_.program);
    const bool unknown = std::string_view(row.value) == "?";
    argument.text = fmt::format("--{}={}", row.name, unknown ? "" : Fill(row.value));
    if (unknown) argument.unknown = fmt::format("{} chooses the value itself", d_.program);
    return argument;
  }

  /// "anonymous-auth=true" of the configuration as "--anonymous-auth=true", every byte at its
  /// place.
  static Argument UserArgument(const Argument& written) {
    const bool dashed = written.text.starts_with("--");
    const size_t equals = std::min(written.text.find('='), written.text.size());
    size_t name_end = equals;
    while (name_end > 0 && (written.text[name_end - 1] == '+' || written.text[name_end - 1] == '-'))
      --name_end;
    Argument argument = written;
    argument.text.clear();
    argument.raw.clear();
    const auto add = [&](std::string_view text, size_t at, bool fixed) {
      for (size_t i = 0; i < text.size(); ++i) {
        argument.text += text[i];
        argument.raw.push_back(static_cast<uint32_t>(OffsetIn(written, fixed ? at : at + i)));
      }
    };
    if (!dashed) add("--", 0, true);
    add(std::string_view(written.text).substr(0, name_end), 0, false);
    if (equals == written.text.size()) {
      add("=true", equals == 0 ? 0 : equals - 1, true);
    } else {
      add(std::string_view(written.text).substr(equals), equals, false);
    }
    return argument;
  }

  /// k3s' util.GetArgs: a user's argument replaces what k3s passes, "name+=" goes after it,
  /// "name-=" before it.
  std::vector<Argument> Arguments(ComponentKind kind, const char* list) const {
    std::map<std::string, std::vector<Argument>> by_name;
    for (const Passed& row : kPassed) {
      if (row.kind == kind && Applies(row.when)) by_name[row.name] = {Default(row)};
    }
    std::map<std::string, bool> seen;
    for (const Argument& written : options_.All(list)) {
      const std::string name = NameOf(written.text);
      std::vector<Argument>& values = by_name[name];
      const std::string bare =
          written.text.substr(0, std::min(written.text.find('='), written.text.size()));
      const bool first = !seen[name];
      seen[name] = true;
      if (bare.ends_with('-') && bare != "--") {
        values.insert(values.begin(), UserArgument(written));
        continue;
      }
      if (first && !bare.ends_with('+')) values.clear();
      values.push_back(UserArgument(written));
    }
    std::vector<Argument> arguments;
    for (auto& [name, values] : by_name) {
      for (Argument& value : values) arguments.push_back(std::move(value));
    }
    return arguments;
  }

  void Add(ComponentKind kind, const char* list) {
    Component component = Base(kind);
    component.command.arguments = Arguments(kind, list);
    if (kind == kKub && d_.kubelet_config) AddKubeletConfiguration(component);
    components_.push_back(std::move(component));
  }

  Component Base(ComponentKind kind) const {
    Component component;
    component.kind = kind;
    component.run_by = Rke2() ? RunBy::kRke2 : RunBy::kK3s;
    component.instance = d_.instance;
    component.where = d_.where;
    component.owner_hint = d_.program;
    component.command.program = d_.binary.empty() ? "/usr/local/bin/" + d_.program : d_.binary;
    component.command.environment_complete = false;
    component.command.environment_gap = fmt::format("{} sets its environment itself", d_.program);
    if (!d_.unknown.empty()) {
      component.command.unknown = component.unknown = d_.unknown;
      component.how = "run seawall as root on the node itself";
    }
    return component;
  }

  /// Since Kubernetes 1.32 k3s writes a configuration for its kubelet; the file is read as any
  /// other.
  void AddKubeletConfiguration(Component& component) const {
    Argument argument;
    argument.origin = OriginKind::kDefault;
    argument.note = fmt::format("{} passes it", d_.program);
    argument.text = d_.kubelet_config_dir;
    component.command.arguments.insert(component.command.arguments.begin(), std::move(argument));
  }

  void AddEtcd() {
    Component component = Base(ComponentKind::kEtcd);
    Argument argument;
    argument.origin = OriginKind::kDefault;
    argument.note = fmt::format("{} passes it", d_.program);
    argument.text = "--config-file=" + data_ + "/server/db/etcd/config";
    component.command.arguments.push_back(std::move(argument));
    for (const Argument& written : options_.All("etcd-arg")) {
      if (written.text.find('=') != std::string::npos)
        component.command.arguments.push_back(UserArgument(written));
    }
    component.command.environment_complete = true;
    component.command.environment_gap.clear();
    components_.push_back(std::move(component));
  }

  const Distribution& d_;
  const DistributionOptions& options_;
  std::string data_;
  std::vector<Component> components_;
};

}  // namespace

std::vector<Component> ComponentsOf(const Distribution& distribution) {
  return Maker(distribution).Make();
}

}  // namespace seawall::cluster
