// From a flag to the decoded file behind it: flag → path in the container → path on the node →
// bytes → view, with the reason where the way ends. All functions only read through the node's
// cache; not thread-safe, as Node is not.
#pragma once

#include "cluster/kinds/admission.h"
#include "cluster/kinds/audit_policy.h"
#include "cluster/kinds/authentication.h"
#include "cluster/kinds/authorization.h"
#include "cluster/kinds/egress.h"
#include "cluster/kinds/encryption.h"
#include "cluster/kinds/kubeconfig.h"
#include "cluster/node.h"

namespace seawall::cluster::kinds {

/// A file that a setting names, before it is decoded.
struct LocatedFile {
  LoadState state = LoadState::kNotKnown;  ///< kLoaded: `stream` may be used
  Setting setting;
  std::string path, host_path, why, how;
  const yaml::Stream* stream = nullptr;  ///< lives as long as the node
};
/// Follows the setting `name` of `component` to the parsed file.
LocatedFile Locate(const Node& node, const Component& component, std::string_view name);
/// The same for a path that stands in another file (a webhook's kubeConfigFile).
LocatedFile LocatePath(const Node& node, const Component& component, std::string_view path);

/// The component's version for the readers; nullopt when it is not known.
Reader ReaderFor(const Component& component);

// kube-apiserver. The flags: authentication-config, authorization-config,
// encryption-provider-config, admission-control-config-file, egress-selector-config-file,
// audit-policy-file. What needs other settings of the component (an issuer that is also the
// service-account issuer, a webhook's kubeconfig that is not there) is among the problems too.
Loaded<AuthenticationConfiguration> LoadAuthentication(const Node& node,
                                                       const Component& component);
Loaded<AuthorizationConfiguration> LoadAuthorization(const Node& node, const Component& component);
Loaded<EncryptionConfiguration> LoadEncryption(const Node& node, const Component& component);
Loaded<AdmissionConfiguration> LoadAdmission(const Node& node, const Component& component);
Loaded<EgressSelectorConfiguration> LoadEgressSelector(const Node& node,
                                                       const Component& component);
Loaded<AuditPolicy> LoadAuditPolicy(const Node& node, const Component& component);

/// The configuration of one admission plugin, inline or at `path`. kNotSet: none is given, the
/// plugin's defaults hold.
Loaded<PodSecurityConfiguration> LoadPodSecurity(const Node& node, const Component& component);
Loaded<EventRateLimitConfiguration> LoadEventRateLimit(const Node& node,
                                                       const Component& component);

/// The kubeconfig that a setting names: "audit-webhook-config-file", "kubeconfig",
/// "authentication-kubeconfig", "authorization-kubeconfig", "bootstrap-kubeconfig",
/// "authorization-webhook-config-file", …
Loaded<Kubeconfig> LoadKubeconfig(const Node& node, const Component& component,
                                  std::string_view setting);
/// A kubeconfig at a path as the component sees it.
Loaded<Kubeconfig> LoadKubeconfigAt(const Node& node, const Component& component,
                                    std::string_view path);
/// A kubeconfig at a path of the node (/etc/kubernetes/admin.conf).
Loaded<Kubeconfig> LoadNodeKubeconfig(const Node& node, const std::string& host_path);

/// Every problem of every structured file behind the component's settings.
std::vector<Problem> ProblemsBehind(const Node& node, const Component& component,
                                    std::vector<Gap>* unread = nullptr);
/// Appends them to the component's problems, once; a missing file that is among them already is not
/// told again.
void AddProblemsBehind(const Node& node, Component& component);

}  // namespace seawall::cluster::kinds
