#include "cluster/kinds/kubeconfig.h"

#include <fmt/format.h>

#include <set>

#include "base/base64.h"
#include "cluster/kinds/decode.h"

namespace seawall::cluster::kinds {
namespace {

constexpr Field kClusterFields[] = {{"server", FieldType::kString},
                                    {"tls-server-name", FieldType::kString},
                                    {"insecure-skip-tls-verify", FieldType::kBool},
                                    {"certificate-authority", FieldType::kString},
                                    {"certificate-authority-data", FieldType::kString},
                                    {"proxy-url", FieldType::kString},
                                    {"disable-compression", FieldType::kBool},
                                    {"extensions", FieldType::kAny}};
constexpr Shape kCluster{kClusterFields};
constexpr Field kNamedClusterFields[] = {{"name", FieldType::kString},
                                         {"cluster", FieldType::kObject, false, &kCluster}};
constexpr Shape kNamedCluster{kNamedClusterFields};
constexpr Field kUserFields[] = {{"client-certificate", FieldType::kString},
                                 {"client-certificate-data", FieldType::kString},
                                 {"client-key", FieldType::kString},
                                 {"client-key-data", FieldType::kString},
                                 {"token", FieldType::kString},
                                 {"tokenFile", FieldType::kString},
                                 {"as", FieldType::kString},
                                 {"as-uid", FieldType::kString},
                                 {"as-groups", FieldType::kString, true},
                                 {"as-user-extra", FieldType::kAny},
                                 {"username", FieldType::kString},
                                 {"password", FieldType::kString},
                                 {"auth-provider", FieldType::kObject},
                                 {"exec", FieldType::kObject},
                                 {"extensions", FieldType::kAny}};
constexpr Shape kUser{kUserFields};
constexpr Field kNamedUserFields[] = {{"name", FieldType::kString},
                                      {"user", FieldType::kObject, false, &kUser}};
constexpr Shape kNamedUser{kNamedUserFields};
constexpr Field kContextFields[] = {{"cluster", FieldType::kString},
                                    {"user", FieldType::kString},
                                    {"namespace", FieldType::kString},
                                    {"extensions", FieldType::kAny}};
constexpr Shape kContext{kContextFields};
constexpr Field kNamedContextFields[] = {{"name", FieldType::kString},
                                         {"context", FieldType::kObject, false, &kContext}};
constexpr Shape kNamedContext{kNamedContextFields};
constexpr Field kRootFields[] = {{"clusters", FieldType::kObject, true, &kNamedCluster},
                                 {"users", FieldType::kObject, true, &kNamedUser},
                                 {"contexts", FieldType::kObject, true, &kNamedContext},
                                 {"current-context", FieldType::kString},
                                 {"preferences", FieldType::kAny},
                                 {"extensions", FieldType::kAny}};
constexpr Shape kRoot{kRootFields};

bool Given(const yaml::Value& value) { return value.is_scalar() && !value.text().empty(); }

KubeconfigCluster ReadCluster(Decoder& d, const std::string& path, const yaml::Value& named) {
  KubeconfigCluster c;
  c.place = named.place();
  c.name = named["name"].text();
  const yaml::Value value = named["cluster"];
  c.server = Text(value, "server");
  c.certificate_authority = Text(value, "certificate-authority");
  c.tls_server_name = Text(value, "tls-server-name");
  c.proxy_url = Text(value, "proxy-url");
  c.insecure_skip_tls_verify = Flag(value, "insecure-skip-tls-verify");
  const yaml::Value data = value["certificate-authority-data"];
  c.ca_data_place = data.exists() ? data.place() : c.place;
  c.has_ca_data = Given(data);
  if (c.has_ca_data) {
    const auto pem = DecodeBase64(data.text());
    if (!pem) {
      d.Refuse(path, path + ".certificate-authority-data is no base64", c.ca_data_place);
    } else if (auto read = x509::ReadCertificates(*pem, data.stream()->file())) {
      c.ca = std::move(*read);
    } else {
      d.Refuse(path, path + ".certificate-authority-data holds no certificate", c.ca_data_place);
    }
  }
  if (*c.insecure_skip_tls_verify && c.HasAnyCa()) {
    d.Refuse(path, path + ": a CA beside insecure-skip-tls-verify is refused",
             c.insecure_skip_tls_verify.place);
  }
  return c;
}

void ReadCertificateData(Decoder& d, const std::string& path, const yaml::Value& value,
                         KubeconfigUser& u) {
  const yaml::Value certificate = value["client-certificate-data"];
  u.certificate_data_place = certificate.exists() ? certificate.place() : u.place;
  u.has_certificate_data = Given(certificate);
  if (u.has_certificate_data) {
    // People keep the key in the same PEM: what was decoded is wiped like a key.
    auto pem = DecodeBase64(certificate.text());
    auto read = pem ? x509::ReadCertificates(*pem, certificate.stream()->file())
                    : Result<std::vector<x509::Certificate>>(std::unexpected(Error{}));
    if (pem) x509::Wipe(*pem);
    if (read) {
      u.certificates = std::move(*read);
    } else {
      d.Refuse(path, path + ".client-certificate-data holds no certificate in base64",
               u.certificate_data_place);
    }
  }
  const yaml::Value key = value["client-key-data"];
  u.key_data_place = key.exists() ? key.place() : u.place;
  u.has_key_data = Given(key);
  if (!u.has_key_data) return;
  auto pem = DecodeBase64(key.text());
  if (!pem) return d.Refuse(path, path + ".client-key-data is no base64", u.key_data_place);
  if (auto read = x509::ReadKey(*pem, key.stream()->file(), d.reader().keys)) {
    u.key = std::move(*read);
  } else {
    d.Refuse(path, path + ".client-key-data holds no private key", u.key_data_place);
  }
  x509::Wipe(*pem);
}

KubeconfigUser ReadUser(Decoder& d, const std::string& path, const yaml::Value& named) {
  KubeconfigUser u;
  u.place = named.place();
  u.name = named["name"].text();
  const yaml::Value value = named["user"];
  u.client_certificate = Text(value, "client-certificate");
  u.client_key = Text(value, "client-key");
  ReadCertificateData(d, path, value, u);
  const auto present = [&](const char* key, bool& has, Place& place) {
    const yaml::Value v = value[key];
    has = Given(v);
    place = v.exists() ? v.place() : u.place;
  };
  present("token", u.has_token, u.token_place);
  present("username", u.has_username, u.username_place);
  present("password", u.has_password, u.password_place);
  u.token_file = Text(value, "tokenFile");
  u.exec_command = Text(value["exec"], "command");
  u.auth_provider = Text(value["auth-provider"], "name");
  u.impersonate = Text(value, "as");
  return u;
}

/// client-go refuses a name that stands twice in one of its lists.
void CheckName(Decoder& d, const std::string& path, const yaml::Value& named,
               std::set<std::string>& seen) {
  if (seen.insert(named["name"].text()).second) return;
  d.Refuse(path,
           fmt::format("{}: the name {} stands there twice", path, Quote(named["name"].text())),
           named.place());
}

template <typename T>
const T* Named(const std::vector<T>& list, std::string_view name) {
  for (const T& entry : list) {
    if (entry.name == name) return &entry;
  }
  return nullptr;
}

}  // namespace

bool KubeconfigUser::Empty() const {
  return !HasClientCertificate() && !has_token && !has_username && !has_password &&
         token_file->empty() && exec_command->empty() && auth_provider->empty();
}

const KubeconfigCluster* Kubeconfig::CurrentCluster() const {
  if (const KubeconfigContext* context = Named(contexts, *current_context)) {
    return Named(clusters, context->cluster);
  }
  return current_context->empty() && clusters.size() == 1 ? &clusters.front() : nullptr;
}

const KubeconfigUser* Kubeconfig::CurrentUser() const {
  if (const KubeconfigContext* context = Named(contexts, *current_context)) {
    return Named(users, context->user);
  }
  return current_context->empty() && users.size() == 1 ? &users.front() : nullptr;
}

Result<Kubeconfig> ReadKubeconfig(const yaml::Stream& stream, const Reader& reader) {
  Kubeconfig view;
  Decoder d(view, reader, Strictness::kLenient);
  const yaml::Value root = stream.root();
  const std::string attempt = "read a kubeconfig";
  if (!root.is_mapping()) {
    return Fail(ErrorCode::kMalformed, attempt, stream.file(), "it is not a mapping");
  }
  view.kind = root["kind"].text();
  view.api_version = root["apiVersion"].text();
  view.place = root.place();
  if (!view.kind.empty() && view.kind != "Config") {
    return Fail(ErrorCode::kMalformed, attempt, stream.file(), "it is of kind " + Quote(view.kind));
  }
  d.Duplicates(root);
  d.Check(root, kRoot);
  std::set<std::string> seen;
  for (const yaml::Value& item : root["clusters"].Items()) {
    const std::string path = At("clusters", view.clusters.size());
    CheckName(d, path, item, seen);
    view.clusters.push_back(ReadCluster(d, path, item));
  }
  seen.clear();
  for (const yaml::Value& item : root["users"].Items()) {
    const std::string path = At("users", view.users.size());
    CheckName(d, path, item, seen);
    view.users.push_back(ReadUser(d, path, item));
  }
  for (const yaml::Value& item : root["contexts"].Items()) {
    const yaml::Value context = item["context"];
    view.contexts.push_back(
        {item["name"].text(), context["cluster"].text(), context["user"].text()});
  }
  view.current_context = Text(root, "current-context");
  return view;
}

std::string ResolveKubeconfigPath(std::string_view kubeconfig, std::string_view path) {
  if (path.empty() || path.front() == '/') return std::string(path);
  const size_t slash = kubeconfig.rfind('/');
  if (slash == std::string_view::npos) return std::string(path);
  return fmt::format("{}/{}", kubeconfig.substr(0, slash), path);
}

}  // namespace seawall::cluster::kinds
