#include "api/kept_fields.h"

#include <algorithm>
#include <vector>

#include "base/base64.h"
#include "base/text.h"
#include "yaml/document.h"

namespace seawall::api {
namespace {

using rapidjson::Value;

constexpr int kDeepest = 40;
constexpr std::string_view kPrivate = "PRIVATE KEY";
constexpr const char* kReplaced = "(replaced: it holds a private key)";

constexpr const char* kName = "metadata:name metadata:namespace";
constexpr const char* kRole =
    "metadata:name metadata:namespace metadata:labels "
    "aggregationRule:clusterRoleSelectors:matchLabels "
    "aggregationRule:clusterRoleSelectors:matchExpressions rules:verbs rules:apiGroups "
    "rules:resources "
    "rules:resourceNames rules:nonResourceURLs";
constexpr const char* kBinding =
    "metadata:name metadata:namespace roleRef:apiGroup roleRef:kind roleRef:name subjects:apiGroup "
    "subjects:kind subjects:name subjects:namespace";
constexpr const char* kWebhooks =
    "metadata:name webhooks:name webhooks:failurePolicy webhooks:clientConfig:url "
    "webhooks:clientConfig:caBundle webhooks:clientConfig:service:namespace "
    "webhooks:clientConfig:service:name webhooks:clientConfig:service:port "
    "webhooks:admissionReviewVersions webhooks:rules:apiGroups webhooks:rules:apiVersions "
    "webhooks:rules:operations webhooks:rules:resources webhooks:rules:scope "
    "webhooks:namespaceSelector:matchLabels webhooks:namespaceSelector:matchExpressions "
    "webhooks:objectSelector:matchLabels webhooks:objectSelector:matchExpressions "
    "webhooks:matchConditions:name webhooks:matchPolicy webhooks:sideEffects";
constexpr const char* kDaemons =
    "metadata:name spec:template:spec:containers:name "
    "spec:template:spec:containers:env";
constexpr const char* kPod =
    "metadata:name metadata:namespace metadata:annotations:kubernetes.io/config.mirror "
    "metadata:ownerReferences:kind metadata:ownerReferences:name "
    "spec:nodeName spec:serviceAccountName spec:automountServiceAccountToken spec:hostNetwork "
    "spec:hostPID spec:hostIPC spec:volumes:name spec:volumes:hostPath:path "
    "spec:volumes:hostPath:type spec:volumes:secret:secretName spec:volumes:configMap:name "
    "spec:volumes:persistentVolumeClaim:claimName spec:volumes:csi:driver "
    "spec:volumes:projected:sources:serviceAccountToken:audience "
    "spec:volumes:projected:sources:serviceAccountToken:expirationSeconds "
    "spec:volumes:projected:sources:secret:name spec:volumes:projected:sources:configMap:name "
    "spec:containers:name spec:containers:volumeMounts:name spec:containers:volumeMounts:mountPath "
    "spec:containers:volumeMounts:readOnly spec:containers:securityContext:privileged "
    "spec:initContainers:name spec:initContainers:volumeMounts:name "
    "spec:initContainers:volumeMounts:mountPath spec:initContainers:volumeMounts:readOnly "
    "spec:initContainers:securityContext:privileged status:phase";

constexpr KeptRow kRows[] = {
    {"/version", "api/cluster.json", "gitVersion"},
    {"/api/v1/namespaces/kube-system", "api/cluster.json", "metadata:name metadata:uid"},
    {"/api/v1/nodes", "api/nodes.json",
     "metadata:name metadata:uid metadata:labels:node-role.kubernetes.io/control-plane "
     "metadata:labels:node-role.kubernetes.io/master "
     "metadata:labels:node-role.kubernetes.io/controlplane "
     "metadata:labels:node-role.kubernetes.io/etcd status:addresses:type status:addresses:address "
     "status:nodeInfo:kubeletVersion status:nodeInfo:osImage "
     "status:nodeInfo:containerRuntimeVersion status:daemonEndpoints:kubeletEndpoint:Port"},
    {"/apis/discovery.k8s.io/v1/namespaces/default/endpointslices", "api/nodes.json",
     "metadata:name ports:port endpoints:addresses"},
    {"/apis/rbac.authorization.k8s.io/v1/clusterroles", "api/roles.json", kRole},
    {"/apis/rbac.authorization.k8s.io/v1/roles", "api/roles.json", kRole},
    {"/apis/rbac.authorization.k8s.io/v1/clusterrolebindings", "api/bindings.json", kBinding},
    {"/apis/rbac.authorization.k8s.io/v1/rolebindings", "api/bindings.json", kBinding},
    {"/api/v1/pods", "api/pods.json", kPod},
    {"/api/v1/serviceaccounts", "api/cluster.json",
     "metadata:name metadata:namespace automountServiceAccountToken"},
    {"/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations", "api/webhooks.json",
     kWebhooks},
    {"/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations", "api/webhooks.json",
     kWebhooks},
    {"/apis/apiregistration.k8s.io/v1/apiservices", "api/cluster.json",
     "metadata:name spec:insecureSkipTLSVerify spec:service:namespace spec:service:name"},
    {"/api/v1/namespaces/kube-system/secrets", "api/cluster.json",
     "type metadata:name data:expiration data:auth-extra-groups "
     "data:usage-bootstrap-authentication "
     "data:usage-bootstrap-signing",
     "bootstrap.kubernetes.io/token"},
    {"/api/v1/secrets", "api/cluster.json",
     "metadata:name metadata:namespace metadata:creationTimestamp "
     "metadata:annotations:kubernetes.io/service-account.name "
     "metadata:labels:kubernetes.io/legacy-token-last-used "
     "metadata:labels:kubernetes.io/legacy-token-invalid-since"},
    {"/api/v1/namespaces/kube-system/configmaps/extension-apiserver-authentication",
     "api/cluster.json",
     "data:client-ca-file data:requestheader-client-ca-file data:requestheader-allowed-names"},
    {"/api/v1/namespaces/kube-public/configmaps/cluster-info", "api/cluster.json", kName},
    {"/api/v1/namespaces/kube-system/configmaps/cilium-config", "api/cluster.json",
     "data:enable-wireguard data:enable-ipsec"},
    {"/api/v1/namespaces/kube-system/configmaps/antrea-config", "api/cluster.json",
     "data:antrea-agent.conf"},
    {"/api/v1/namespaces/kube-flannel/configmaps/kube-flannel-cfg", "api/cluster.json",
     "data:net-conf.json"},
    {"/api/v1/namespaces/kube-system/configmaps/kube-flannel-cfg", "api/cluster.json",
     "data:net-conf.json"},
    {"/apis/apps/v1/namespaces/calico-system/daemonsets/calico-node", "api/cluster.json", kDaemons},
    {"/apis/apps/v1/namespaces/kube-system/daemonsets/calico-node", "api/cluster.json", kDaemons},
    {"/apis/apps/v1/namespaces/kube-system/daemonsets/weave-net", "api/cluster.json", kDaemons},
    {"/apis/apps/v1/namespaces/kube-system/daemonsets/kindnet", "api/cluster.json", kName},
    {"/apis/apps/v1/namespaces/kube-system/daemonsets/kube-router", "api/cluster.json", kName},
    {"/apis/crd.projectcalico.org/v1/felixconfigurations/default", "api/cluster.json",
     "spec:wireguardEnabled spec:wireguardEnabledV6"},
    {"/apis/networking.k8s.io/v1/namespaces/kube-system/networkpolicies", "api/cluster.json",
     "metadata:name spec:podSelector:matchLabels spec:podSelector:matchExpressions "
     "spec:policyTypes spec:ingress spec:egress"},
    {"/apis/cilium.io/v2/namespaces/kube-system/ciliumnetworkpolicies", "api/cluster.json", kName},
    {"/apis/cilium.io/v2/ciliumclusterwidenetworkpolicies", "api/cluster.json", kName},
    {"/apis/crd.projectcalico.org/v1/namespaces/kube-system/networkpolicies", "api/cluster.json",
     kName},
    {"/apis/crd.projectcalico.org/v1/globalnetworkpolicies", "api/cluster.json", kName},
    {"/apis/policy.networking.k8s.io/v1alpha1/adminnetworkpolicies", "api/cluster.json", kName},
    {"/apis", "api/cluster.json",
     "groups:name groups:versions:groupVersion groups:versions:version"},
    {"/metrics", "api/cluster.json", ""},
};

std::string_view TextOf(const Value& value) {
  return value.IsString() ? std::string_view(value.GetString(), value.GetStringLength())
                          : std::string_view();
}

void Put(JsonOut& out, std::string_view text) {
  out.String(text.data(), static_cast<rapidjson::SizeType>(text.size()));
}

/// Text in which what a rule reads is one line of many.
std::string OneSetting(std::string_view text, const char* path, const char* before,
                       const char* after) {
  const auto parsed = yaml::Parse("kept", std::string(text));
  if (!parsed) return "{";  // which does not parse either
  const std::string& value = parsed->root().Path(path).text();
  const bool word = value.size() <= 20 && value.find_first_not_of(
                                              "abcdefghijklmnopqrstuvwxyz-"
                                              "ABCDEFGHIJKLMNOPQRSTUVWXYZ") == value.npos;
  return before + (word ? value : "other") + after;
}

/// Of a container's variables: the two that rules read, and of one its value.
void PutVariables(const Value& list, JsonOut& out) {
  out.StartArray();
  for (rapidjson::SizeType i = 0; list.IsArray() && i < list.Size(); ++i) {
    if (!list[i].IsObject() || !list[i].HasMember("name")) continue;
    const std::string_view name = TextOf(list[i]["name"]);
    const bool flag = name == "FELIX_WIREGUARDENABLED";
    if (!flag && name != "WEAVE_PASSWORD") continue;
    out.StartObject();
    out.Key("name");
    Put(out, name);
    if (flag && list[i].HasMember("value")) {
      const std::string value = Lower(TextOf(list[i]["value"]));
      out.Key("value");
      Put(out, value.empty() || FelixBool(value) ? value : "other");
    }
    out.EndObject();
  }
  out.EndArray();
}

/// A field that is kept, unless it is one that can hold more than a rule reads.
bool PutField(std::string_view key, const Value& value, JsonOut& out) {
  if (key == "env") {
    PutVariables(value, out);
    return true;
  }
  if (!value.IsString()) return CopyJson(value, out);
  const std::string_view text = TextOf(value);
  if (key == "url") {
    Put(out, OriginOf(text));
  } else if (key == "antrea-agent.conf") {
    Put(out, OneSetting(text, "trafficEncryptionMode", "trafficEncryptionMode: \"", "\"\n"));
  } else if (key == "net-conf.json") {
    Put(out, OneSetting(text, "Backend.Type", R"({"Backend":{"Type":")", "\"}}"));
  } else if (key == "caBundle" &&
             DecodeBase64(std::string(text)).value_or(std::string(kPrivate)).contains(kPrivate)) {
    Put(out, text.empty() ? "" : "Li4u");
  } else {
    Put(out, text.contains(kPrivate) ? kReplaced : text);
  }
  return true;
}

using Fields = std::vector<std::string_view>;

/// The members of `value` that `fields` name, through arrays.
bool Project(const Value& value, const Fields& fields, JsonOut& out, int depth) {
  if (depth > kDeepest) {
    out.Null();
    return false;
  }
  if (value.IsArray()) {
    out.StartArray();
    bool ok = true;
    for (const Value& one : value.GetArray()) ok = Project(one, fields, out, depth + 1) && ok;
    out.EndArray();
    return ok;
  }
  if (!value.IsObject()) {
    out.Null();  // nothing of Kubernetes' is anything else here
    return true;
  }
  out.StartObject();
  bool ok = true;
  for (const auto& member : value.GetObject()) {
    const std::string_view key = TextOf(member.name);
    Fields below;
    bool leaf = false;
    for (const std::string_view field : fields) {
      if (!field.starts_with(key)) continue;
      leaf = leaf || field.size() == key.size();
      if (field.size() > key.size() && field[key.size()] == ':')
        below.push_back(field.substr(key.size() + 1));
    }
    if (!leaf && below.empty()) continue;
    out.Key(member.name.GetString(), member.name.GetStringLength());
    ok = (leaf ? PutField(key, member.value, out) : Project(member.value, below, out, depth + 1)) &&
         ok;
  }
  out.EndObject();
  return ok;
}

}  // namespace

const KeptRow* FindKeptRow(std::string_view question) {
  const std::string_view path = question.substr(0, question.find('?'));
  const auto* row = std::ranges::find_if(kRows, [&](const KeptRow& r) { return path == r.path; });
  return row == std::end(kRows) ? nullptr : row;
}

std::optional<std::string> KeepFields(const KeptRow& row, const Value& object) {
  if (!object.IsObject()) return std::nullopt;
  if (row.type != nullptr) {
    const auto type = object.FindMember("type");
    if (type == object.MemberEnd() || TextOf(type->value) != row.type) return "";
  }
  Fields fields;
  for (const std::string_view field : Split(row.fields, ' ')) fields.push_back(field);
  JsonBuffer buffer;
  JsonOut out(buffer);
  if (!Project(object, fields, out, 0)) return std::nullopt;
  return std::string(buffer.GetString(), buffer.GetSize());
}

std::string KeepMetrics(std::string_view text) {
  constexpr std::string_view kType = "# TYPE apiserver_";
  std::string kept;
  bool told = false;
  for (const std::string_view line : Split(text, '\n')) {
    if (line.starts_with("apiserver_requested_deprecated_apis{")) kept += std::string(line) + "\n";
    // One line that shows whose metrics they are, where nothing old was asked for.
    const bool type = line.starts_with(kType) &&
                      line.find_first_not_of("abcdefghijklmnopqrstuvwxyz_ ", kType.size()) ==
                          std::string_view::npos;
    if (type && !told) kept += std::string(line) + "\n";
    told = told || type;
  }
  return kept;
}

bool CopyJson(const Value& value, JsonOut& out, int depth) {
  bool ok = true;
  if (depth > kDeepest) {
    out.Null();
    return false;
  }
  if (value.IsArray()) {
    out.StartArray();
    for (const Value& one : value.GetArray()) ok = CopyJson(one, out, depth + 1) && ok;
    out.EndArray();
  } else if (value.IsObject()) {
    out.StartObject();
    for (const auto& member : value.GetObject()) {
      out.Key(member.name.GetString(), member.name.GetStringLength());
      ok = CopyJson(member.value, out, depth + 1) && ok;
    }
    out.EndObject();
  } else if (value.IsString()) {
    const std::string_view text = TextOf(value);
    Put(out, text.contains(kPrivate) ? kReplaced : text);
  } else {
    ok = value.Accept(out);
  }
  return ok;
}

}  // namespace seawall::api
