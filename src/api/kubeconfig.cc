// ReadAccess: kubeconfigs merged as client-go's clientcmd does, and what a pod is given.
#include <fmt/format.h>

#include <map>

#include "api/access.h"
#include "api/proxy.h"
#include "base/base64.h"
#include "base/text.h"
#include "yaml/document.h"

namespace seawall::api {
namespace {

constexpr const char* kAttempt = "read the kubeconfig";
constexpr uint64_t kLargestFile = 4u << 20;
constexpr const char* kAccountFolder = "/var/run/secrets/kubernetes.io/serviceaccount";

std::string FolderOf(const std::string& path) {
  const size_t slash = path.rfind('/');
  return slash == std::string::npos || slash == 0 ? "/" : path.substr(0, slash);
}

std::string Below(const std::string& folder, const std::string& path) {
  if (path.empty() || path.front() == '/') return path;
  return folder == "/" ? "/" + path : folder + "/" + path;
}

/// An entry of the merged kubeconfigs, with the file that it came from.
struct Entry {
  yaml::Value value;
  std::string file;    ///< as messages name it
  std::string folder;  ///< where its relative paths begin
};
using Entries = std::map<std::string, Entry, std::less<>>;

class Merged {
 public:
  explicit Merged(const Files& files) : files_(files) {}

  /// Of a file that is not there nothing is taken where `needed` is false.
  Result<void> Add(const std::string& path, bool needed) {
    auto bytes = files_.Read(path, kLargestFile);
    if (!bytes) {
      if (!needed && bytes.error().code == ErrorCode::kNotFound) return {};
      Error error = std::move(bytes.error());
      error.attempt = kAttempt;
      error.where = path;
      return std::unexpected(std::move(error));
    }
    auto stream = yaml::Parse(path, std::move(*bytes));
    if (!stream) {
      Error error = std::move(stream.error());
      error.attempt = kAttempt;
      return std::unexpected(std::move(error));
    }
    streams_.push_back(std::make_unique<yaml::Stream>(std::move(*stream)));
    const yaml::Value root = streams_.back()->root();
    if (!root.exists()) return {};  // an empty file is an empty configuration
    if (!root.is_mapping() || (root["kind"].exists() && root["kind"].text() != "Config"))
      return Fail(ErrorCode::kMalformed, kAttempt, path, "it is no kubeconfig");
    if (context_.empty()) context_ = root["current-context"].text();
    Take(root["clusters"], "cluster", path, clusters);
    Take(root["users"], "user", path, users);
    Take(root["contexts"], "context", path, contexts);
    read_.push_back(path);
    return {};
  }

  const std::string& current_context() const { return context_; }
  std::string Names() const { return Join(read_, ":"); }
  bool empty() const { return read_.empty(); }
  Entries clusters, users, contexts;

 private:
  static void Take(const yaml::Value& list, const char* key, const std::string& path,
                   Entries& into) {
    std::map<std::string, Entry, std::less<>> of_file;  // of one file's duplicates the last counts
    for (const yaml::Value& item : list.Items())
      of_file.insert_or_assign(item["name"].text(), Entry{item[key], path, FolderOf(path)});
    into.merge(of_file);  // what an earlier file says stays
  }

  const Files& files_;
  std::vector<std::unique_ptr<yaml::Stream>> streams_;
  std::vector<std::string> read_;
  std::string context_;
};

/// What a context names, made into an Access.
class Resolver {
 public:
  Resolver(const Files& files, bool may_execute) : files_(files), may_execute_(may_execute) {}

  Result<Access> Resolve(const Merged& merged, const std::string& wanted_context) {
    access_.context = wanted_context.empty() ? merged.current_context() : wanted_context;
    access_.source = fmt::format("kubeconfig {}", PrintableShort(merged.Names(), 300));
    if (access_.context.empty()) {
      return Refuse(access_.source, "it has no current context",
                    "name one with --context: " + NamesOf(merged.contexts));
    }
    const auto context = merged.contexts.find(access_.context);
    if (context == merged.contexts.end()) {
      return Refuse(access_.source,
                    fmt::format("there is no context {}", PrintableShort(access_.context, 100)),
                    "its contexts: " + NamesOf(merged.contexts));
    }
    access_.source += fmt::format(", context {}", PrintableShort(access_.context, 100));
    access_.cluster = context->second.value["cluster"].text();
    access_.user = context->second.value["user"].text();
    const auto cluster = merged.clusters.find(access_.cluster);
    if (cluster == merged.clusters.end()) {
      return Refuse(access_.source,
                    fmt::format("there is no cluster {}", PrintableShort(access_.cluster, 100)));
    }
    if (auto ok = TakeCluster(cluster->second); !ok) return std::unexpected(ok.error());
    if (!access_.user.empty()) {
      const auto user = merged.users.find(access_.user);
      if (user == merged.users.end()) {
        return Refuse(access_.source,
                      fmt::format("there is no user {}", PrintableShort(access_.user, 100)));
      }
      if (auto ok = TakeUser(user->second); !ok) return std::unexpected(ok.error());
    }
    return std::move(access_);
  }

 private:
  static std::unexpected<Error> Refuse(const std::string& where, std::string why,
                                       std::string todo = "") {
    return Fail(ErrorCode::kUnsupported, kAttempt, where, std::move(why), std::move(todo));
  }

  static std::string NamesOf(const Entries& entries) {
    std::string names;
    size_t count = 0;
    for (const auto& [name, entry] : entries) {
      if (++count > 10) return names + ", …";
      names += (names.empty() ? "" : ", ") + PrintableShort(name, 60);
    }
    return names.empty() ? "none" : names;
  }

  /// The bytes that `key`-data or the file of `key` hold; "" for neither.
  Result<std::string> Bytes(const Entry& entry, const std::string& key) {
    const std::string& data = entry.value[key + "-data"].text();
    if (!data.empty()) {
      auto bytes = DecodeBase64(data);
      if (bytes) return std::move(*bytes);
      return Refuse(entry.file, key + "-data is no base64");
    }
    const std::string& path = entry.value[key].text();
    if (path.empty()) return std::string();
    const std::string full = Below(entry.folder, path);
    auto bytes = files_.Read(full, kLargestFile);
    if (bytes) return bytes;
    Error error = std::move(bytes.error());
    error.attempt = fmt::format("read the {} of {}", key, entry.file);
    error.where = full;
    return std::unexpected(std::move(error));
  }

  Result<void> TakeCluster(const Entry& entry) {
    const yaml::Value& cluster = entry.value;
    const std::string& url = cluster["server"].text();
    auto server = ParseAddress(url);
    if (!server || !server->userinfo.empty()) {
      return Refuse(entry.file,
                    fmt::format("the server of cluster {} is no address of an API "
                                "server",
                                PrintableShort(access_.cluster, 100)),
                    "write it as https://HOST:PORT");
    }
    access_.server = std::move(*server);
    access_.insecure = cluster["insecure-skip-tls-verify"].AsBool().value_or(false);
    access_.tls_server_name = cluster["tls-server-name"].text();
    auto ca = Bytes(entry, "certificate-authority");
    if (!ca) return std::unexpected(ca.error());
    access_.ca = std::move(*ca);
    if (access_.insecure && !access_.ca.empty()) {
      return Refuse(entry.file,
                    "it names a certificate authority and insecure-skip-tls-verify: "
                    "kubectl refuses both together",
                    "take insecure-skip-tls-verify away");
    }
    if (access_.insecure) {
      access_.warnings.push_back(fmt::format(
          "insecure-skip-tls-verify is set for {}: whoever answers there is believed, and is shown "
          "these credentials",
          access_.server.HostPort()));
    }
    if (!access_.server.https) {
      access_.warnings.push_back(
          fmt::format("{} is asked in the clear (http://)", access_.server.HostPort()));
    }
    return TakeProxy(entry);
  }

  Result<void> TakeProxy(const Entry& entry) {
    const std::string& url = entry.value["proxy-url"].text();
    if (url.empty()) return {};
    access_.proxy = ReadProxy(url, "proxy-url in the kubeconfig");
    if (!access_.proxy) {
      return Refuse(entry.file,
                    "its proxy-url is not one that seawall can use (http://HOST:PORT only)",
                    "reach the API server another way, or run seawall where it can be reached");
    }
    return {};
  }

  Result<void> TakeUser(const Entry& entry) {
    const yaml::Value& user = entry.value;
    if (user["username"].exists() || user["password"].exists()) {
      return Refuse(entry.file,
                    "the user has a name and a password: no API server since 1.19 takes "
                    "them",
                    "use a client certificate, a token or a credential plugin");
    }
    if (user["auth-provider"].exists()) {
      return Refuse(entry.file, "the user has an auth-provider, which kubectl dropped in 1.26",
                    "use a credential plugin (exec)");
    }
    auto certificate = Bytes(entry, "client-certificate");
    if (!certificate) return std::unexpected(certificate.error());
    access_.certificate = std::move(*certificate);
    auto key = Bytes(entry, "client-key");
    if (!key) return std::unexpected(key.error());
    access_.key = Secret(std::move(*key));
    if (access_.certificate.empty() != access_.key.empty())
      return Refuse(entry.file, "of client certificate and key only one is there");
    access_.token = Secret(std::string(Trim(user["token"].text())));
    access_.token_file = Below(entry.folder, user["tokenFile"].text());
    TakeImpersonation(user);
    if (auto ok = TakeExec(entry); !ok) return ok;
    const bool credentials = !access_.Anonymous();
    if (credentials && !access_.server.https) {
      return Refuse(entry.file,
                    fmt::format("the server {} is asked in the clear: credentials are "
                                "not sent there",
                                access_.server.HostPort()),
                    "write https:// as the server's address");
    }
    return {};
  }

  void TakeImpersonation(const yaml::Value& user) {
    const auto add = [&](const std::string& name, const std::string& value) {
      if (!value.empty()) access_.headers.emplace_back(name, value);
    };
    add("Impersonate-User", user["as"].text());
    add("Impersonate-Uid", user["as-uid"].text());
    for (const yaml::Value& group : user["as-groups"].Items())
      add("Impersonate-Group", group.text());
    for (const yaml::Value::Pair& extra : user["as-user-extra"].Pairs()) {
      for (const yaml::Value& value : extra.value.Items())
        add("Impersonate-Extra-" + extra.key.text(), value.text());
    }
  }

  Result<void> TakeExec(const Entry& entry) {
    const yaml::Value exec = entry.value["exec"];
    if (!exec.is_mapping()) return {};
    ExecPlugin plugin;
    plugin.command = exec["command"].text();
    plugin.api_version = exec["apiVersion"].text();
    plugin.install_hint = PrintableShort(exec["installHint"].text(), 300);
    plugin.cluster_info = exec["provideClusterInfo"].AsBool().value_or(false);
    if (plugin.command.empty()) return Refuse(entry.file, "the user's exec plugin has no command");
    if (plugin.api_version != "client.authentication.k8s.io/v1" &&
        plugin.api_version != "client.authentication.k8s.io/v1beta1") {
      return Refuse(entry.file,
                    "the user's exec plugin speaks neither v1 nor v1beta1 of "
                    "client.authentication.k8s.io");
    }
    if (exec["interactiveMode"].text() == "Always") {
      return Refuse(entry.file, "the user's exec plugin wants to ask a person",
                    "use a plugin that need not, or a token");
    }
    if (!may_execute_) {
      return Refuse(entry.file,
                    fmt::format("it names a program to get credentials with ({}), and seawall only "
                                "runs one of a file that was named to it",
                                PrintableShort(plugin.command, 100)),
                    "name the file with --kubeconfig");
    }
    if (plugin.command.find('/') != std::string::npos)
      plugin.command = Below(entry.folder, plugin.command);
    for (const yaml::Value& argument : exec["args"].Items())
      plugin.arguments.push_back(argument.text());
    for (const yaml::Value& variable : exec["env"].Items())
      plugin.environment.emplace_back(variable["name"].text(), variable["value"].text());
    access_.exec = std::move(plugin);
    return {};
  }

  const Files& files_;
  const bool may_execute_;
  Access access_;
};

Result<Access> ReadInCluster(const Environment& environment, const Files& files) {
  Access access;
  access.source = "the pod's service account";
  const auto port = ParseInt(environment.service_port);
  if (environment.service_host.empty() || !port || *port < 1 || *port > 65535) {
    return Fail(ErrorCode::kNotFound, "find the API server", "KUBERNETES_SERVICE_HOST",
                "seawall does not run in a pod", "name a kubeconfig with --kubeconfig");
  }
  access.server.host = environment.service_host;
  access.server.port = static_cast<uint16_t>(*port);
  access.token_file = std::string(kAccountFolder) + "/token";
  auto ca = files.Read(std::string(kAccountFolder) + "/ca.crt", kLargestFile);
  if (!ca) return std::unexpected(ca.error());
  access.ca = std::move(*ca);
  if (auto stat = files.Stat(access.token_file); !stat) return std::unexpected(stat.error());
  return access;
}

/// By the kubeconfigs alone.
Result<Access> ReadKubeconfigs(const Wanted& wanted, const Environment& environment,
                               const Files& files) {
  Merged merged(files);
  if (!wanted.kubeconfig.empty()) {
    if (auto ok = merged.Add(Below(environment.folder, wanted.kubeconfig), true); !ok)
      return std::unexpected(ok.error());
  } else if (!environment.kubeconfig.empty()) {
    for (const std::string_view path : Split(environment.kubeconfig, ':')) {
      if (path.empty()) continue;
      if (auto ok = merged.Add(Below(environment.folder, std::string(path)), false); !ok)
        return std::unexpected(ok.error());
    }
  } else if (!environment.home.empty()) {
    if (auto ok = merged.Add(environment.home + "/.kube/config", false); !ok)
      return std::unexpected(ok.error());
  }
  if (merged.empty()) {
    return Fail(ErrorCode::kNotFound, "find a kubeconfig", environment.kubeconfig, "there is none",
                "name one with --kubeconfig");
  }
  return Resolver(files, !wanted.kubeconfig.empty()).Resolve(merged, wanted.context);
}

}  // namespace

Result<Access> ReadAccess(const Wanted& wanted, const Environment& environment,
                          const Files& files) {
  auto access = wanted.in_cluster ? ReadInCluster(environment, files)
                                  : ReadKubeconfigs(wanted, environment, files);
  if (!access || access->proxy) return access;
  if (auto ok = TakeProxyOf(environment.proxies, *access); !ok) return std::unexpected(ok.error());
  return access;
}

}  // namespace seawall::api
