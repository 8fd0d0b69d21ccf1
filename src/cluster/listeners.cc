#include "cluster/listeners.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "base/text.h"

namespace seawall::cluster {
namespace {

struct HostPort {
  std::string host;
  std::optional<uint16_t> port;
};

/// "127.0.0.1:10249", "[::1]:10249", ":10256", "10256"; an address alone has no port.
HostPort SplitHostPort(std::string_view text) {
  HostPort parts;
  const auto port_of = [](std::string_view digits) -> std::optional<uint16_t> {
    const auto number = ParseInt(digits);
    if (!number || *number < 1 || *number > 65535) return std::nullopt;
    return static_cast<uint16_t>(*number);
  };
  if (text.starts_with('[')) {
    const size_t end = text.find(']');
    parts.host = text.substr(1, end == std::string_view::npos ? end : end - 1);
    if (end != std::string_view::npos && text.substr(end + 1).starts_with(':'))
      parts.port = port_of(text.substr(end + 2));
    return parts;
  }
  const size_t colon = text.rfind(':');
  const bool one = colon != std::string_view::npos && text.find(':') == colon;
  parts.host = text.substr(0, one ? colon : text.size());
  if (one) parts.port = port_of(text.substr(colon + 1));
  return parts;
}

/// The part of a URL between "//" and the path.
std::string_view Authority(std::string_view url) {
  const size_t mark = url.find("://");
  if (mark == std::string_view::npos) return {};
  const std::string_view rest = url.substr(mark + 3);
  return rest.substr(0, rest.find_first_of("/?#"));
}

/// Go prints an address that nobody set as "<nil>".
bool IsWildcard(std::string_view host) {
  return host.empty() || host == "<nil>" || host == "0.0.0.0" || host == "::" || host == "::0";
}

bool IsLoopback(std::string_view host) {
  return host == "localhost" || host == "::1" || host.starts_with("127.");
}

class Reader {
 public:
  explicit Reader(const Node& node) : node_(node), address_(AddressOf(node)) {}

  Listeners Read() && {
    for (const Component& component : node_.components) {
      component_ = &component;
      if (!component.unknown.empty()) {
        Gap(component.unknown);
        continue;
      }
      Of(component);
    }
    PortsOfOld();
    return std::move(result_);
  }

 private:
  void Of(const Component& component) {
    switch (component.kind) {
      case ComponentKind::kApiServer:
      case ComponentKind::kControllerManager:
      case ComponentKind::kScheduler:
        return AddressAndPort("bind-address", "secure-port", SecureOf(component.kind), "");
      case ComponentKind::kKubelet:
        AddressAndPort("address", "port", {"0.0.0.0", "10250"}, "");
        AddressAndPort("healthzBindAddress", "healthzPort", {"127.0.0.1", "10248"}, "healthz");
        return ReadOnlyPort();
      case ComponentKind::kProxy:
        HostAndPort("metricsBindAddress", "metrics", "127.0.0.1:10249", 10249);
        return HostAndPort("healthzBindAddress", "healthz", "0.0.0.0:10256", 10256);
      case ComponentKind::kEtcd:
        Urls("listen-client-urls", "client", "http://localhost:2379");
        Urls("listen-client-http-urls", "client", "");
        Urls("listen-peer-urls", "peer", "http://localhost:2380");
        return Urls("listen-metrics-urls", "metrics", "");
    }
  }

  struct Usual {
    const char *host, *port;
  };
  static Usual SecureOf(ComponentKind kind) {
    if (kind == ComponentKind::kApiServer) return {"0.0.0.0", "6443"};
    return {"0.0.0.0", kind == ComponentKind::kScheduler ? "10259" : "10257"};
  }

  /// An address of the node for listeners at all of them; "" when none is known.
  static std::string AddressOf(const Node& node) {
    const auto usable = [](const Setting& setting) {
      return setting.known() && !IsWildcard(setting.text) && !IsLoopback(setting.text);
    };
    for (const Component* server : node.Of(ComponentKind::kApiServer)) {
      for (const char* name : {"advertise-address", "bind-address"}) {
        if (Setting setting = server->Get(name); usable(setting)) return setting.text;
      }
    }
    for (const Component* kubelet : node.Of(ComponentKind::kKubelet)) {
      if (Setting setting = kubelet->Get("node-ip"); usable(setting))
        return std::string(Split(setting.text, ',').front());
    }
    for (const Component* etcd : node.Of(ComponentKind::kEtcd)) {
      for (const Item& item : etcd->Get("listen-client-urls").items) {
        const std::string host = SplitHostPort(Authority(Trim(item.text))).host;
        if (!IsWildcard(host) && !IsLoopback(host)) return host;
      }
    }
    return "";
  }

  void Gap(std::string why) { result_.gaps.push_back({component_, std::move(why)}); }

  void Add(std::string host, uint16_t port, std::string role, std::string why) {
    if (IsWildcard(host)) host = !address_.empty() ? address_ : host == "::" ? "::1" : "127.0.0.1";
    const auto same = [&](const Listener& one) { return one.host == host && one.port == port; };
    if (std::ranges::any_of(result_.listeners, same)) return;
    Listener listener;
    listener.host = std::move(host);
    listener.port = port;
    listener.component = component_;
    listener.role = std::move(role);
    listener.why = std::move(why);
    result_.listeners.push_back(std::move(listener));
  }

  /// What nobody wrote has the same default in every version; only where it is the version that is
  /// not known may it be taken. To ask at a place in vain does no harm.
  std::optional<Setting> Known(const char* name, const char* usual) {
    Setting setting = component_->Get(name);
    if (setting.known()) return setting;
    if (setting.state != SettingState::kUnknown) return std::nullopt;
    if (component_->written.contains(name) || !component_->gaps.empty())
      Gap(fmt::format("{} is not known: {}", name, setting.why));
    if (component_->written.contains(name)) return std::nullopt;
    setting.text = usual;
    setting.items = {{usual, {}}};
    return setting;
  }

  std::string Why(const char* name) const {
    const bool flag =
        component_->kind != ComponentKind::kKubelet && component_->kind != ComponentKind::kProxy;
    return fmt::format("{}{} of {}", flag ? "--" : "", name, ToString(component_->kind));
  }

  void AddressAndPort(const char* address, const char* port, Usual usual, std::string role) {
    const auto number = Known(port, usual.port);
    const auto host = Known(address, usual.host);
    if (!number || !host || number->text == "0") return;
    const auto value = ParseInt(number->text);
    if (!value || *value < 1 || *value > 65535) return Gap(fmt::format("{} is no port", port));
    Add(host->text, static_cast<uint16_t>(*value), std::move(role), Why(port));
  }

  /// Nobody should listen there: asked even when it is off.
  void ReadOnlyPort() {
    const auto number = Known("readOnlyPort", "0");
    const auto host = Known("address", "0.0.0.0");
    if (!number || !host) return;
    const auto value = ParseInt(number->text).value_or(0);
    const bool on = value > 0 && value <= 65535;
    Add(host->text, on ? static_cast<uint16_t>(value) : uint16_t{10255}, "read-only",
        Why("readOnlyPort"));
  }

  /// Where versions of old listened without TLS, and nobody should today; asked where something of
  /// the node can be reached.
  void PortsOfOld() {
    struct Row {
      ComponentKind kind;
      uint16_t port;
    };
    constexpr Row kRows[] = {
        {ComponentKind::kApiServer, 8080},  {ComponentKind::kControllerManager, 10252},
        {ComponentKind::kScheduler, 10251}, {ComponentKind::kKubelet, 4194},
        {ComponentKind::kKubelet, 10248},   {ComponentKind::kProxy, 10249},
        {ComponentKind::kEtcd, 2381},       {ComponentKind::kEtcd, 4001}};
    if (address_.empty() && !node_.live) return;
    for (const Row& row : kRows) {
      const std::vector<const Component*> all = node_.Of(row.kind);
      const auto known = [&](const Listener& one) { return one.port == row.port; };
      if (all.empty() || !all.front()->unknown.empty() ||
          std::ranges::any_of(result_.listeners, known))
        continue;
      component_ = all.front();
      // They were open on the loopback, if anywhere.
      Add(node_.live ? "127.0.0.1" : "", row.port, "insecure", "a port of old");
    }
  }

  void HostAndPort(const char* name, std::string role, const char* usual, uint16_t usual_port) {
    const auto setting = Known(name, usual);
    if (!setting || setting->text.empty()) return;
    const HostPort parts = SplitHostPort(Trim(setting->text));
    Add(parts.host, parts.port.value_or(usual_port), std::move(role), Why(name));
  }

  void Urls(const char* name, const char* role, const char* usual) {
    const auto setting = Known(name, usual);
    if (!setting) return;
    for (const Item& item : setting->items) {
      const std::string_view url = Trim(item.text);
      if (url.empty() || url.starts_with("unix")) continue;
      const HostPort parts = SplitHostPort(Authority(url));
      if (!parts.port) {
        Gap(fmt::format("{} holds a URL without a port", name));
        continue;
      }
      Add(parts.host, *parts.port, role, Why(name));
    }
  }

  const Node& node_;
  const Component* component_ = nullptr;
  std::string address_;
  Listeners result_;
};

struct PortRow {
  uint16_t port;
  PortUse use;
};
// https://kubernetes.io/docs/reference/networking/ports-and-protocols/, and those of old.
constexpr PortRow kPorts[] = {
    {2379, {"etcd", "client"}},
    {2380, {"etcd", "peer"}},
    {2381, {"etcd", "metrics"}},
    {4001, {"etcd", "client"}},
    {4194, {"kubelet", "insecure"}},
    {6443, {"kube-apiserver", ""}},
    {8080, {"kube-apiserver", "insecure"}},
    {10248, {"kubelet", "healthz"}},
    {10249, {"kube-proxy", "metrics"}},
    {10250, {"kubelet", ""}},
    {10251, {"kube-scheduler", "insecure"}},
    {10252, {"kube-controller-manager", "insecure"}},
    {10255, {"kubelet", "read-only"}},
    {10256, {"kube-proxy", "healthz"}},
    {10257, {"kube-controller-manager", ""}},
    {10259, {"kube-scheduler", ""}},
};

}  // namespace

Listeners ListenersOf(const Node& node) { return Reader(node).Read(); }

PortUse UseOfPort(uint16_t port) {
  const auto found = std::ranges::find(kPorts, port, &PortRow::port);
  return found == std::end(kPorts) ? PortUse{} : found->use;
}

}  // namespace seawall::cluster
