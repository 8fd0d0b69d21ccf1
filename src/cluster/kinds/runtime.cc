#include "cluster/kinds/runtime.h"

#include <fmt/format.h>

#include "base/text.h"
#include "cluster/kinds/toml.h"
#include "yaml/document.h"

namespace seawall::cluster::kinds {
namespace {

constexpr const char* kContainerd = "/etc/containerd/config.toml";
constexpr const char* kCrio = "/etc/crio/crio.conf";
constexpr const char* kCrioFolder = "/etc/crio/crio.conf.d";
constexpr const char* kDockerd = "/etc/docker/daemon.json";

bool Loopback(std::string_view address) {
  return address.starts_with("127.") || address.starts_with("[::1]") || address == "::1" ||
         address.starts_with("localhost");
}

bool IsTrue(const TomlValue* value) { return value != nullptr && value->text() == "true"; }

/// Address and port of a streaming server; nullopt when it listens on loopback only.
std::optional<RuntimeListener> Streaming(const char* runtime, const TomlValue* address,
                                         const TomlValue* port, bool tls, const std::string& key) {
  if (address == nullptr || address->text().empty() || Loopback(address->text())) {
    return std::nullopt;
  }
  const std::string number = port == nullptr ? "" : port->text();
  return RuntimeListener{runtime, key, fmt::format("{}:{}", address->text(), number),
                         false,   tls, address->place};
}

}  // namespace

Result<RuntimeConfiguration> ReadContainerd(std::string_view toml, const std::string& file) {
  auto values = ReadToml(toml, file);
  if (!values) return std::unexpected(std::move(values.error()));
  RuntimeConfiguration out{"containerd", file, {}};
  const TomlValue* ca = Find(*values, {"grpc", "tcp_tls_ca"});
  if (const TomlValue* tcp = Find(*values, {"grpc", "tcp_address"});
      tcp != nullptr && !tcp->text().empty()) {
    out.listeners.push_back({"containerd", "grpc.tcp_address", tcp->text(), true,
                             ca != nullptr && !ca->text().empty(), tcp->place});
  }
  if (const TomlValue* metrics = Find(*values, {"metrics", "address"});
      metrics != nullptr && !metrics->text().empty()) {
    out.listeners.push_back(
        {"containerd", "metrics.address", metrics->text(), false, false, metrics->place});
  }
  // Version 1, 2 and 3 of the file name the CRI plugin differently.
  for (const char* plugin : {"cri", "io.containerd.grpc.v1.cri", "io.containerd.cri.v1.runtime"}) {
    const bool tls = IsTrue(Find(*values, {"plugins", plugin, "enable_tls_streaming"}));
    auto listener =
        Streaming("containerd", Find(*values, {"plugins", plugin, "stream_server_address"}),
                  Find(*values, {"plugins", plugin, "stream_server_port"}), tls,
                  fmt::format("plugins.{}.stream_server_address", plugin));
    if (listener) {
      listener->verified_tls = false;  // enable_tls_streaming asks for no client certificate
      out.listeners.push_back(std::move(*listener));
    }
  }
  return out;
}

Result<RuntimeConfiguration> ReadCrio(std::string_view toml, const std::string& file) {
  auto values = ReadToml(toml, file);
  if (!values) return std::unexpected(std::move(values.error()));
  RuntimeConfiguration out{"cri-o", file, {}};
  const TomlValue* ca = Find(*values, {"crio", "api", "stream_tls_ca"});
  const bool tls = IsTrue(Find(*values, {"crio", "api", "stream_enable_tls"})) && ca != nullptr &&
                   !ca->text().empty();
  if (auto listener = Streaming("cri-o", Find(*values, {"crio", "api", "stream_address"}),
                                Find(*values, {"crio", "api", "stream_port"}), tls,
                                "crio.api.stream_address")) {
    out.listeners.push_back(std::move(*listener));
  }
  const TomlValue* listen = Find(*values, {"crio", "api", "listen"});
  if (listen != nullptr && !listen->text().empty() && !listen->text().starts_with('/') &&
      !listen->text().starts_with("unix:")) {
    out.listeners.push_back(
        {"cri-o", "crio.api.listen", listen->text(), true, false, listen->place});
  }
  const TomlValue* host = Find(*values, {"crio", "metrics", "metrics_host"});
  if (IsTrue(Find(*values, {"crio", "metrics", "enable_metrics"})) && host != nullptr &&
      !host->text().empty() && !Loopback(host->text())) {
    out.listeners.push_back(
        {"cri-o", "crio.metrics.metrics_host", host->text(), false, false, host->place});
  }
  return out;
}

Result<RuntimeConfiguration> ReadDockerd(const std::string& json, const std::string& file) {
  auto stream = yaml::Parse(file, json);
  if (!stream) return std::unexpected(std::move(stream.error()));
  RuntimeConfiguration out{"dockerd", file, {}};
  const yaml::Value root = stream->root();
  if (!root.is_mapping()) {
    return Fail(ErrorCode::kMalformed, "read the configuration of dockerd", file,
                "it is not a mapping");
  }
  const bool verified = root["tlsverify"].AsBool().value_or(false);
  for (const yaml::Value& host : root["hosts"].Items()) {
    if (!host.text().starts_with("tcp://")) continue;
    out.listeners.push_back(
        {"dockerd", "hosts", host.text().substr(6), true, verified, host.place()});
  }
  if (const yaml::Value metrics = root["metrics-addr"]; !metrics.text().empty()) {
    out.listeners.push_back(
        {"dockerd", "metrics-addr", metrics.text(), false, false, metrics.place()});
  }
  return out;
}

std::vector<Result<RuntimeConfiguration>> ReadRuntimes(const Node& node) {
  std::vector<Result<RuntimeConfiguration>> out;
  const auto add = [&](const std::string& path, auto read) {
    const Result<std::string>& bytes = node.Bytes(path);
    if (bytes) {
      out.push_back(read(*bytes, path));
    } else if (bytes.error().code != ErrorCode::kNotFound) {
      out.push_back(std::unexpected(bytes.error()));
    }
  };
  add(kContainerd, ReadContainerd);
  add(kCrio, ReadCrio);
  const auto& drop_ins = node.List(kCrioFolder);
  if (drop_ins) {
    for (const FolderEntry& entry : *drop_ins) {
      if (!entry.name.starts_with('.'))
        add(fmt::format("{}/{}", kCrioFolder, entry.name), ReadCrio);
    }
  } else if (drop_ins.error().code != ErrorCode::kNotFound) {
    out.push_back(std::unexpected(drop_ins.error()));
  }
  add(kDockerd, ReadDockerd);
  return out;
}

}  // namespace seawall::cluster::kinds
