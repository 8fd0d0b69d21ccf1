#include "cluster/kinds/egress.h"

#include <fmt/format.h>

#include <set>

#include "base/text.h"
#include "cluster/kinds/decode.h"

namespace seawall::cluster::kinds {
namespace {

constexpr Field kTlsFields[] = {{"caBundle", FieldType::kString},
                                {"clientKey", FieldType::kString},
                                {"clientCert", FieldType::kString},
                                {"tlsServerName", FieldType::kString, false, nullptr, 37}};
constexpr Shape kTls{kTlsFields};
constexpr Field kTcpFields[] = {{"url", FieldType::kString},
                                {"tlsConfig", FieldType::kObject, false, &kTls}};
constexpr Shape kTcp{kTcpFields};
constexpr Field kUdsFields[] = {{"udsName", FieldType::kString}};
constexpr Shape kUds{kUdsFields};
constexpr Field kTransportFields[] = {{"tcp", FieldType::kObject, false, &kTcp},
                                      {"uds", FieldType::kObject, false, &kUds}};
constexpr Shape kTransport{kTransportFields};
constexpr Field kConnectionFields[] = {{"proxyProtocol", FieldType::kString},
                                       {"transport", FieldType::kObject, false, &kTransport}};
constexpr Shape kConnection{kConnectionFields};
constexpr Field kSelectionFields[] = {{"name", FieldType::kString},
                                      {"connection", FieldType::kObject, false, &kConnection}};
constexpr Shape kSelection{kSelectionFields};
constexpr Field kRootFields[] = {{"egressSelections", FieldType::kObject, true, &kSelection}};
constexpr Shape kRoot{kRootFields};

constexpr KnownVersion kVersions[] = {{"apiserver.k8s.io/v1alpha1", 16},
                                      {"apiserver.k8s.io/v1beta1", 18}};

EgressSelection ReadSelection(const yaml::Value& value) {
  EgressSelection s;
  s.place = value.place();
  s.name = Text(value, "name");
  const yaml::Value connection = value["connection"];
  s.protocol = Text(connection, "proxyProtocol");
  const yaml::Value transport = connection["transport"];
  s.url = Text(transport["tcp"], "url");
  s.uds_name = Text(transport["uds"], "udsName");
  const yaml::Value tls = transport["tcp"]["tlsConfig"];
  s.ca_bundle = Text(tls, "caBundle");
  s.client_cert = Text(tls, "clientCert");
  s.client_key = Text(tls, "clientKey");
  s.server_name = Text(tls, "tlsServerName");
  return s;
}

void CheckTcp(Decoder& d, const std::string& path, const yaml::Value& tcp,
              const EgressSelection& s) {
  const bool tls = tcp["tlsConfig"].exists() && !tcp["tlsConfig"].is_null();
  const auto refuse = [&](const char* why) { d.Refuse(path, path + why, tcp.place()); };
  if (s.url->starts_with("http://")) {
    if (tls) refuse(".tlsConfig must not be there for http://");
  } else if (!s.url->starts_with("https://")) {
    refuse(".url must begin with http:// or https://");
  } else if (!tls) {
    refuse(".tlsConfig is required for https://");
  } else {
    if (s.client_cert->empty()) refuse(".tlsConfig.clientCert is required");
    if (s.client_key->empty()) refuse(".tlsConfig.clientKey is required");
  }
}

void CheckTransport(Decoder& d, const std::string& path, const yaml::Value& connection,
                    const EgressSelection& s) {
  const yaml::Value transport = connection["transport"];
  const std::string at = FieldPath(path, "connection.transport");
  const auto given = [](const yaml::Value& v) { return v.exists() && !v.is_null(); };
  const auto refuse = [&](const char* why) { d.Refuse(at, at + why, s.place); };
  if (s.protocol.value == "Direct") {
    if (given(transport)) refuse(" must not be there for Direct");
    return;
  }
  if (!given(transport)) return refuse(" is required");
  const bool tcp = given(transport["tcp"]);
  const bool uds = given(transport["uds"]);
  if (s.protocol.value == "GRPC" && !uds) return refuse(".uds is required for GRPC");
  if (s.protocol.value == "HTTPConnect" && tcp == uds) {
    return refuse(": one of tcp and uds is required");
  }
  if (uds && s.uds_name->empty()) refuse(".uds.udsName is required");
  if (tcp && s.protocol.value == "HTTPConnect") {
    CheckTcp(d, FieldPath(at, "tcp"), transport["tcp"], s);
  }
}

void CheckSelection(Decoder& d, const std::string& path, const yaml::Value& value,
                    const EgressSelection& s, std::set<std::string>& seen) {
  const std::string& protocol = *s.protocol;
  if (protocol != "Direct" && protocol != "HTTPConnect" && protocol != "GRPC") {
    const std::string at = FieldPath(path, "connection.proxyProtocol");
    d.Refuse(at, at + " must be Direct, HTTPConnect or GRPC", s.protocol.place);
  } else {
    CheckTransport(d, path, value["connection"], s);
  }
  const std::string name = Lower(*s.name);
  const std::string at = FieldPath(path, "name");
  if (!seen.insert(name).second) {
    d.Refuse(at, fmt::format("{}: {} stands there twice", at, Quote(*s.name)), s.name.place);
  } else if (name != "controlplane" && name != "cluster" && name != "etcd") {
    d.Refuse(at, at + " must be controlplane, cluster or etcd", s.name.place);
  }
}

}  // namespace

Result<EgressSelectorConfiguration> ReadEgressSelector(const yaml::Stream& stream,
                                                       const Reader& reader) {
  EgressSelectorConfiguration view;
  Decoder d(view, reader, Strictness::kStrict);
  const yaml::Value root = stream.root();
  if (auto header = d.Header(root, "EgressSelectorConfiguration", kVersions); !header) {
    return std::unexpected(std::move(header.error()));
  }
  d.Duplicates(root);
  d.Check(root, kRoot);
  std::set<std::string> seen;
  for (const yaml::Value& item : root["egressSelections"].Items()) {
    view.selections.push_back(ReadSelection(item));
    CheckSelection(d, At("egressSelections", view.selections.size() - 1), item,
                   view.selections.back(), seen);
  }
  return view;
}

}  // namespace seawall::cluster::kinds
