// ApiFacts: what the Kubernetes API says of a whole cluster, as plain data. `api/` fills it, rules
// about clusters read it. Whatever the API refused or could not say carries the reason: an empty
// list that nobody was allowed to see is no empty list.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "cluster/node.h"

namespace seawall::cluster {

/// What was asked of the API, or why there is no answer.
template <typename T>
struct Answer {
  T value{};
  std::string why = "it was not asked";  ///< "": there is an answer
  std::string how;                       ///< how to get one
  bool known() const { return why.empty(); }
};
template <typename T>
using AnswerList = Answer<std::vector<T>>;

struct ApiNode {
  std::string name, uid;
  std::string version;  ///< of its kubelet, "v1.37.2"
  std::string os, runtime;
  std::set<Role> roles;                ///< by its labels
  std::vector<std::string> addresses;  ///< internal ones first
  uint16_t kubelet_port = 10250;
};

struct PolicyRule {
  std::vector<std::string> verbs, groups, resources, names, urls;
  bool operator==(const PolicyRule&) const = default;
};
struct LabelRequirement {
  std::string key;
  std::string op;  ///< as written: "In", "Exists", …
  std::vector<std::string> values;
};
using Labels = std::vector<std::pair<std::string, std::string>>;
struct RbacRole {
  std::string space;  ///< namespace; "": a ClusterRole
  std::string name;
  /// Those of the roles that it takes in by their labels, too, whether the controller has summed
  /// them up or not: it will.
  std::vector<PolicyRule> rules;
  Labels labels = {};
  std::vector<std::vector<LabelRequirement>> takes_in = {};  ///< any of these selects
};
struct RbacSubject {
  std::string kind, space, name;
};
struct RbacBinding {
  std::string space;  ///< namespace; "": a ClusterRoleBinding
  std::string name;
  std::string role_kind, role;
  std::vector<RbacSubject> subjects;
};

/// A pod that has not ended.
struct ApiPod {
  std::string space, name;
  std::string account;  ///< its service account
  bool mirror = false;  ///< of a static pod
  bool token = false;   ///< a token of its account for the API server is mounted
  std::vector<std::string> host_paths;
};

struct Webhook {
  std::string kind;           ///< "ValidatingWebhookConfiguration", "MutatingWebhookConfiguration"
  std::string configuration;  ///< its name
  std::string name;           ///< of the webhook in it
  std::string failure_policy;
  std::string url;      ///< scheme and host, "https://host:1/…"; "" for a service
  std::string service;  ///< "NAMESPACE/NAME"
  bool has_ca = false;
  bool everything = false;    ///< every group and resource, without a selector or condition
  bool sees_secrets = false;  ///< its rules take Secrets in
  bool old_review = false;    ///< it takes admission.k8s.io/v1beta1 only
};

/// An aggregated API.
struct ApiService {
  std::string name;
  std::string service;  ///< "" for what the API server serves itself
  bool insecure = false;
};

/// Never the token's secret.
struct BootstrapToken {
  std::string secret;      ///< the Secret's name
  std::string expiration;  ///< as written; "" never ends
  std::optional<int64_t> ends;
  std::vector<std::string> usages, groups;
};

/// A Secret of type kubernetes.io/service-account-token: its token never ends.
struct LegacyToken {
  std::string space, name, account, created, last_used, invalid_since;
};

/// kube-system/extension-apiserver-authentication.
struct FrontProxy {
  bool client_ca = false, request_ca = false;
  bool same_ca = false;
  std::vector<std::string> allowed_names;
};

/// Whether what goes from node to node between pods is encrypted.
struct PodTraffic {
  std::string network;  ///< "Cilium"; "" when it is none that seawall recognises
  std::optional<bool> encrypted = {};
  bool enforces_policies = true;  ///< flannel does not
  std::string place = {};         ///< "ConfigMap kube-system/cilium-config"
  std::string says = {};          ///< "enable-wireguard is true"
};

struct NetworkPolicy {
  std::string name;
  bool all_pods = false;
  bool denies_ingress = false, denies_egress = false;  ///< with no rule that allows any
  bool admits_all = false;  ///< one of its rules lets in whatever comes, or every pod
};

struct ApiVersion {
  std::string group_version;  ///< "rbac.authorization.k8s.io/v1beta1"
  std::string resource;       ///< of requested ones
  std::string removed_in;     ///< "1.32"; may be empty
};

struct ApiFacts {
  std::string server;           ///< "HOST:PORT"
  std::string context;          ///< of the kubeconfig
  Answer<std::string> uid;      ///< of the namespace kube-system: the cluster's name for good
  Answer<std::string> version;  ///< of the API server that answered, "v1.37.2"
  AnswerList<ApiNode> nodes;
  AnswerList<std::string> servers;  ///< "HOST:PORT" of the `kubernetes` EndpointSlices
  AnswerList<RbacRole> roles, cluster_roles;
  AnswerList<RbacBinding> bindings, cluster_bindings;
  AnswerList<ApiPod> pods;
  AnswerList<Webhook> validating, mutating;
  AnswerList<ApiService> services;
  AnswerList<BootstrapToken> bootstrap_tokens;
  AnswerList<LegacyToken> legacy_tokens;
  Answer<FrontProxy> front_proxy;
  Answer<bool> cluster_info;  ///< there is a ConfigMap kube-public/cluster-info
  Answer<PodTraffic> pod_traffic;
  AnswerList<NetworkPolicy> system_policies;  ///< of kube-system
  /// Policies of Cilium's and Calico's own kinds that may deny there too.
  Answer<uint64_t> other_policies;
  AnswerList<ApiVersion> served;     ///< alpha and beta versions of Kubernetes' own groups
  AnswerList<ApiVersion> requested;  ///< deprecated ones that somebody asked for
};

}  // namespace seawall::cluster
