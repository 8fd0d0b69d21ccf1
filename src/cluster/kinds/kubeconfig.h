// kubeconfig files: of the kubelet, the controller manager, the scheduler, administrators,
// bootstrapping, and of the audit, authentication, authorization and admission webhooks. client-go
// reads them leniently.
#pragma once

#include "cluster/kinds/view.h"
#include "x509/certificate.h"
#include "yaml/document.h"

namespace seawall::cluster::kinds {

struct KubeconfigCluster {
  std::string name;
  Placed<std::string> server, certificate_authority, tls_server_name, proxy_url;
  Placed<bool> insecure_skip_tls_verify;
  bool has_ca_data = false;
  Place ca_data_place;
  std::vector<x509::Certificate> ca;  ///< of certificate-authority-data, as far as it parses
  Place place;

  bool HasAnyCa() const { return has_ca_data || !certificate_authority.value.empty(); }
};

struct KubeconfigUser {
  std::string name;
  Placed<std::string> client_certificate, client_key;  ///< paths, relative to the file's folder
  bool has_certificate_data = false, has_key_data = false;
  Place certificate_data_place, key_data_place;
  std::vector<x509::Certificate> certificates;  ///< of client-certificate-data
  std::optional<x509::KeyInfo> key;             ///< of client-key-data
  bool has_token = false, has_username = false, has_password = false;
  Place token_place, username_place, password_place;
  Placed<std::string> token_file, exec_command, auth_provider, impersonate;
  Place place;

  bool HasClientCertificate() const {
    return has_certificate_data || !client_certificate.value.empty();
  }
  /// Nothing at all to authenticate with.
  bool Empty() const;
};

struct KubeconfigContext {
  std::string name, cluster, user;
};

struct Kubeconfig : View {
  std::vector<KubeconfigCluster> clusters;
  std::vector<KubeconfigUser> users;
  std::vector<KubeconfigContext> contexts;
  Placed<std::string> current_context;

  /// What the current context names; with no current context and one entry only: that one; else
  /// nullptr.
  const KubeconfigCluster* CurrentCluster() const;
  const KubeconfigUser* CurrentUser() const;
};

Result<Kubeconfig> ReadKubeconfig(const yaml::Stream& stream, const Reader& reader = {});

/// A path inside a kubeconfig as the component sees it: relative ones start at the kubeconfig's
/// folder.
std::string ResolveKubeconfigPath(std::string_view kubeconfig, std::string_view path);

}  // namespace seawall::cluster::kinds
