// api/: the Kubernetes API as seawall asks it: who we are there (kubeconfigs, a pod's service
// account), an HTTP client with bounds, and the cluster's objects read into the model.
//
// Access: where an API server is and what we show it. Read from kubeconfigs as kubectl reads them,
// which is not how a component reads its own (cluster/kinds/kubeconfig.h judges those).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "api/secret.h"
#include "base/error.h"
#include "base/files.h"

namespace seawall::api {

/// A program that a kubeconfig names, which prints credentials (client.authentication.k8s.io).
struct ExecPlugin {
  std::string command;  ///< absolute, or a name to be looked for in PATH
  std::vector<std::string> arguments;
  std::vector<std::pair<std::string, std::string>> environment;
  std::string api_version;
  std::string install_hint;
  bool cluster_info = false;  ///< it is told about the cluster
};

struct Proxy {
  std::string host;
  uint16_t port = 0;
  Secret authorization;     ///< of Proxy-Authorization; empty: none
  std::string source = {};  ///< who names it, for messages: "HTTPS_PROXY"
};

/// An address of HTTP or HTTPS.
struct Address {
  bool https = true;
  std::string host;  ///< without brackets
  uint16_t port = 443;
  std::string path;              ///< "" or "/prefix", without a slash at its end
  std::string userinfo;          ///< before an @; may be a secret
  std::string HostPort() const;  ///< "[::1]:6443"
};
/// "https://HOST:PORT/PATH"; nullopt for anything else.
std::optional<Address> ParseAddress(std::string_view url);

struct Access {
  std::string source;                  ///< "kubeconfig FILE, context NAME", for messages
  std::string context, cluster, user;  ///< names; "" where there is none
  Address server;
  std::string ca;  ///< PEM; empty: those that the system trusts
  bool insecure = false;
  std::string tls_server_name;
  std::optional<Proxy> proxy;
  std::string certificate;  ///< PEM with its chain; empty: none
  Secret key;               ///< PEM
  Secret token;
  std::string token_file;  ///< read anew for each connection; before `token` where it can be read
  std::optional<ExecPlugin> exec;
  std::vector<std::pair<std::string, std::string>> headers;  ///< impersonation
  std::vector<std::string> warnings;  ///< to be said loudly before anything is asked

  /// It shows the API server nothing at all.
  bool Anonymous() const;
};

struct ProxyVariable {
  std::string name;   ///< as it is written there: "https_proxy"
  std::string value;  ///< may hold a password
};
/// The variables that every client of HTTP reads, kubectl among them.
struct ProxyVariables {
  ProxyVariable https, http, none;
};

/// What of the process's surroundings matters here.
struct Environment {
  std::string kubeconfig;    ///< $KUBECONFIG: several files with colons between
  std::string home;          ///< $HOME
  std::string folder;        ///< the working folder
  std::string service_host;  ///< $KUBERNETES_SERVICE_HOST
  std::string service_port;
  ProxyVariables proxies = {};  ///< used where the kubeconfig has no proxy-url
};

struct Wanted {
  std::string kubeconfig;   ///< the file that the user named; "": $KUBECONFIG, ~/.kube/config
  std::string context;      ///< "": the file's current one
  bool in_cluster = false;  ///< the service account of the pod that seawall runs in
};

/// Reads and merges kubeconfigs as kubectl does (of two values the first file's counts) and takes
/// what the context names. A program to get credentials with is taken only from a file that the
/// user named. Errors name file and entry and never hold a credential. `files` is this machine's.
Result<Access> ReadAccess(const Wanted& wanted, const Environment& environment, const Files& files);

}  // namespace seawall::api
