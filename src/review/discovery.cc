#include "review/discovery.h"

#include "base/text.h"
#include "rbac/resources.h"
#include "yaml/document.h"

namespace seawall::review {
namespace {

struct Row {
  const char* group;
  const char* resource;
  const char* subresources;  ///< separated by spaces
};
/// Source: discovery of a running kube-apiserver 1.37.2, and what only authorizers see: of nodes
/// pkg/kubelet/server/auth.go, of requests pkg/controller/certificates/approver, of claims
/// pkg/registry/resource/resourceclaim.
constexpr Row kSubresources[] = {
    {"", "namespaces", "finalize status"},
    {"", "nodes", "proxy status metrics stats log spec checkpoint configz healthz pods statusz"},
    {"", "persistentvolumeclaims", "status"},
    {"", "persistentvolumes", "status"},
    {"", "pods",
     "attach binding ephemeralcontainers eviction exec log portforward proxy resize status"},
    {"", "replicationcontrollers", "scale status"},
    {"", "resourcequotas", "status"},
    {"", "serviceaccounts", "token"},
    {"", "services", "proxy status"},
    {"admissionregistration.k8s.io", "validatingadmissionpolicies", "status"},
    {"apiextensions.k8s.io", "customresourcedefinitions", "status"},
    {"apiregistration.k8s.io", "apiservices", "status"},
    {"apps", "daemonsets", "status"},
    {"apps", "deployments", "scale status"},
    {"apps", "replicasets", "scale status"},
    {"apps", "statefulsets", "scale status"},
    {"autoscaling", "horizontalpodautoscalers", "status"},
    {"batch", "cronjobs", "status"},
    {"batch", "jobs", "status"},
    {"certificates.k8s.io", "certificatesigningrequests",
     "approval status nodeclient selfnodeclient selfnodeserver"},
    {"certificates.k8s.io", "podcertificaterequests", "status"},
    {"flowcontrol.apiserver.k8s.io", "flowschemas", "status"},
    {"flowcontrol.apiserver.k8s.io", "prioritylevelconfigurations", "status"},
    {"networking.k8s.io", "ingresses", "status"},
    {"networking.k8s.io", "servicecidrs", "status"},
    {"policy", "poddisruptionbudgets", "status"},
    {"resource.k8s.io", "devicetaintrules", "status"},
    {"resource.k8s.io", "resourceclaims", "binding driver status"},
    {"storage.k8s.io", "csinodes", "status"},
    {"storage.k8s.io", "volumeattachments", "status"},
    {"storagemigration.k8s.io", "storageversionmigrations", "status"},
};

/// "pods/log": what stands behind the slash is a subresource.
void AddName(Discovery& discovery, const std::string& group, const std::string& name,
             bool namespaced) {
  const size_t slash = name.find('/');
  if (slash == std::string::npos) {
    discovery.Add(group, name, namespaced);
  } else {
    discovery.AddSubresource(group, name.substr(0, slash), name.substr(slash + 1));
  }
}

bool ReadResourceList(const yaml::Value& list, Discovery& discovery) {
  const std::string& version = list["groupVersion"].text();
  const size_t slash = version.find('/');
  const std::string group = slash == std::string::npos ? "" : version.substr(0, slash);
  for (const yaml::Value& resource : list["resources"].Items()) {
    const std::string& name = resource["name"].text();
    if (!name.empty())
      AddName(discovery, group, name, resource["namespaced"].AsBool().value_or(false));
  }
  return true;
}

bool ReadGroups(const yaml::Value& list, Discovery& discovery) {
  for (const yaml::Value& group : list["items"].Items()) {
    const std::string& name = group["metadata"]["name"].text();
    for (const yaml::Value& version : group["versions"].Items()) {
      for (const yaml::Value& resource : version["resources"].Items()) {
        const std::string& plural = resource["resource"].text();
        if (plural.empty()) continue;
        discovery.Add(name, plural, resource["scope"].text() == "Namespaced");
        for (const yaml::Value& sub : resource["subresources"].Items()) {
          if (!sub["subresource"].text().empty())
            discovery.AddSubresource(name, plural, sub["subresource"].text());
        }
      }
    }
  }
  return true;
}

bool ReadObject(const yaml::Value& object, Discovery& discovery) {
  const std::string& kind = object["kind"].text();
  if (kind == "APIResourceList") return ReadResourceList(object, discovery);
  if (kind == "APIGroupDiscoveryList") return ReadGroups(object, discovery);
  bool any = false;
  if (kind == "List") {
    for (const yaml::Value& item : object["items"].Items()) {
      if (item["kind"].text() == "APIResourceList") any = ReadResourceList(item, discovery) || any;
    }
  }
  return any;
}

/// JSON values one behind the other, as several calls of kubectl leave them in one file.
std::vector<std::string> SplitJson(std::string bytes) {
  std::vector<std::string> values;
  if (!TrimLeft(bytes).starts_with('{')) return {std::move(bytes)};
  size_t begin = 0;
  size_t depth = 0;
  bool quoted = false;
  for (size_t at = 0; at < bytes.size(); ++at) {
    const char c = bytes[at];
    if (quoted) {
      at += c == '\\';
      quoted = c != '"';
    } else if (c == '"') {
      quoted = true;
    } else if (c == '{') {
      ++depth;
    } else if (c == '}' && depth > 0 && --depth == 0) {
      values.push_back(bytes.substr(begin, at + 1 - begin));
      begin = at + 1;
    }
  }
  if (!Trim(std::string_view(bytes).substr(begin)).empty()) values.push_back(bytes.substr(begin));
  return values;
}

}  // namespace

std::vector<const KnownResource*> Discovery::Find(std::string_view group,
                                                  std::string_view resource) const {
  std::vector<const KnownResource*> found;
  const auto at = resources_.find(std::string(resource));
  if (at == resources_.end()) return found;
  for (const auto& [name, known] : at->second) {
    if (group == "*" || group == name) found.push_back(&known);
  }
  return found;
}

void Discovery::Add(const std::string& group, const std::string& resource, bool namespaced) {
  resources_[resource][group].namespaced = namespaced;
}

void Discovery::AddSubresource(const std::string& group, const std::string& resource,
                               const std::string& subresource) {
  resources_[resource][group].subresources.insert(subresource);
}

Discovery BuiltInDiscovery() {
  Discovery discovery;
  for (const rbac::Resource& resource : rbac::AllResources())
    discovery.Add(resource.group, resource.name, resource.namespaced);
  for (const Row& row : kSubresources) {
    for (const std::string& word : SplitWords(row.subresources))
      discovery.AddSubresource(row.group, row.resource, word);
  }
  return discovery;
}

Result<void> ReadDiscovery(const std::string& file, std::string bytes, Discovery& discovery) {
  bool any = false;
  for (std::string& value : SplitJson(std::move(bytes))) {
    auto stream = yaml::Parse(file, std::move(value));
    if (!stream) return std::unexpected(stream.error());
    for (size_t i = 0; i < stream->documents(); ++i)
      any = ReadObject(stream->root(i), discovery) || any;
  }
  if (any) return {};
  return Fail(ErrorCode::kUnsupported, "read discovery", file,
              "neither an APIResourceList nor an APIGroupDiscoveryList",
              "for example: kubectl get --raw /api/v1, kubectl get --raw /apis/apps/v1");
}

}  // namespace seawall::review
