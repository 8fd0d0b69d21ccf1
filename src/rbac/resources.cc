#include "rbac/resources.h"

#include <cctype>

#include "base/text.h"

namespace seawall::rbac {
namespace {

constexpr Resource kResources[] = {
    {"bindings", "", true, "binding"},
    {"componentstatuses", "", false, "componentstatus cs"},
    {"configmaps", "", true, "configmap cm"},
    {"endpoints", "", true, "ep"},
    {"events", "", true, "event ev"},
    {"limitranges", "", true, "limitrange limits"},
    {"namespaces", "", false, "namespace ns"},
    {"nodes", "", false, "node no"},
    {"persistentvolumeclaims", "", true, "persistentvolumeclaim pvc"},
    {"persistentvolumes", "", false, "persistentvolume pv"},
    {"pods", "", true, "pod po"},
    {"podtemplates", "", true, "podtemplate"},
    {"replicationcontrollers", "", true, "replicationcontroller rc"},
    {"resourcequotas", "", true, "resourcequota quota"},
    {"secrets", "", true, "secret"},
    {"serviceaccounts", "", true, "serviceaccount sa"},
    {"services", "", true, "service svc"},
    // impersonation; no resources of discovery, but of every RBAC policy
    {"users", "", false, "user"},
    {"groups", "", false, "group"},
    {"uids", "authentication.k8s.io", false, "uid"},
    {"mutatingadmissionpolicies", "admissionregistration.k8s.io", false, "mutatingadmissionpolicy"},
    {"mutatingadmissionpolicybindings", "admissionregistration.k8s.io", false,
     "mutatingadmissionpolicybinding"},
    {"mutatingwebhookconfigurations", "admissionregistration.k8s.io", false,
     "mutatingwebhookconfiguration"},
    {"validatingadmissionpolicies", "admissionregistration.k8s.io", false,
     "validatingadmissionpolicy"},
    {"validatingadmissionpolicybindings", "admissionregistration.k8s.io", false,
     "validatingadmissionpolicybinding"},
    {"validatingwebhookconfigurations", "admissionregistration.k8s.io", false,
     "validatingwebhookconfiguration"},
    {"customresourcedefinitions", "apiextensions.k8s.io", false,
     "customresourcedefinition crd crds"},
    {"apiservices", "apiregistration.k8s.io", false, "apiservice"},
    {"controllerrevisions", "apps", true, "controllerrevision"},
    {"daemonsets", "apps", true, "daemonset ds"},
    {"deployments", "apps", true, "deployment deploy"},
    {"replicasets", "apps", true, "replicaset rs"},
    {"statefulsets", "apps", true, "statefulset sts"},
    {"selfsubjectreviews", "authentication.k8s.io", false, "selfsubjectreview"},
    {"tokenreviews", "authentication.k8s.io", false, "tokenreview"},
    {"localsubjectaccessreviews", "authorization.k8s.io", true, "localsubjectaccessreview"},
    {"selfsubjectaccessreviews", "authorization.k8s.io", false, "selfsubjectaccessreview"},
    {"selfsubjectrulesreviews", "authorization.k8s.io", false, "selfsubjectrulesreview"},
    {"subjectaccessreviews", "authorization.k8s.io", false, "subjectaccessreview"},
    {"horizontalpodautoscalers", "autoscaling", true, "horizontalpodautoscaler hpa"},
    {"cronjobs", "batch", true, "cronjob cj"},
    {"jobs", "batch", true, "job"},
    {"certificatesigningrequests", "certificates.k8s.io", false, "certificatesigningrequest csr"},
    {"clustertrustbundles", "certificates.k8s.io", false, "clustertrustbundle"},
    {"podcertificaterequests", "certificates.k8s.io", true, "podcertificaterequest"},
    {"signers", "certificates.k8s.io", false, "signer"},
    {"leases", "coordination.k8s.io", true, "lease"},
    {"endpointslices", "discovery.k8s.io", true, "endpointslice"},
    {"flowschemas", "flowcontrol.apiserver.k8s.io", false, "flowschema"},
    {"prioritylevelconfigurations", "flowcontrol.apiserver.k8s.io", false,
     "prioritylevelconfiguration"},
    {"ingressclasses", "networking.k8s.io", false, "ingressclass"},
    {"ingresses", "networking.k8s.io", true, "ingress ing"},
    {"ipaddresses", "networking.k8s.io", false, "ipaddress ip"},
    {"networkpolicies", "networking.k8s.io", true, "networkpolicy netpol"},
    {"servicecidrs", "networking.k8s.io", false, "servicecidr"},
    {"runtimeclasses", "node.k8s.io", false, "runtimeclass"},
    {"poddisruptionbudgets", "policy", true, "poddisruptionbudget pdb"},
    {"clusterrolebindings", "rbac.authorization.k8s.io", false, "clusterrolebinding"},
    {"clusterroles", "rbac.authorization.k8s.io", false, "clusterrole"},
    {"rolebindings", "rbac.authorization.k8s.io", true, "rolebinding"},
    {"roles", "rbac.authorization.k8s.io", true, "role"},
    {"deviceclasses", "resource.k8s.io", false, "deviceclass"},
    {"devicetaintrules", "resource.k8s.io", false, "devicetaintrule"},
    {"resourceclaims", "resource.k8s.io", true, "resourceclaim"},
    {"resourceclaimtemplates", "resource.k8s.io", true, "resourceclaimtemplate"},
    {"resourceslices", "resource.k8s.io", false, "resourceslice"},
    {"priorityclasses", "scheduling.k8s.io", false, "priorityclass pc"},
    {"csidrivers", "storage.k8s.io", false, "csidriver"},
    {"csinodes", "storage.k8s.io", false, "csinode"},
    {"csistoragecapacities", "storage.k8s.io", true, "csistoragecapacity"},
    {"storageclasses", "storage.k8s.io", false, "storageclass sc"},
    {"volumeattachments", "storage.k8s.io", false, "volumeattachment"},
    {"volumeattributesclasses", "storage.k8s.io", false, "volumeattributesclass vac"},
    {"storageversionmigrations", "storagemigration.k8s.io", false, "storageversionmigration"},
};

/// "v1", "v2beta3".
bool IsVersion(std::string_view word) {
  return word.size() > 1 && word[0] == 'v' &&
         std::isdigit(static_cast<unsigned char>(word[1])) != 0;
}

}  // namespace

std::span<const Resource> AllResources() { return kResources; }

const Resource* FindResource(std::string_view name) {
  for (const Resource& resource : kResources) {
    if (name == resource.name) return &resource;
  }
  for (const Resource& resource : kResources) {
    for (std::string_view other : Split(resource.short_names, ' ')) {
      if (name == other) return &resource;
    }
  }
  return nullptr;
}

ResourceArgument ReadResourceArgument(std::string_view text) {
  ResourceArgument argument;
  if (const size_t slash = text.find('/'); slash != std::string_view::npos) {
    argument.name = text.substr(slash + 1);
    text = text.substr(0, slash);
  }
  const size_t dot = text.find('.');
  const std::string_view first = text.substr(0, dot);
  argument.resource = first;
  if (dot != std::string_view::npos) {
    std::string_view group = text.substr(dot + 1);
    const size_t next = group.find('.');
    if (IsVersion(group.substr(0, next)))
      group = next == std::string_view::npos ? "" : group.substr(next + 1);
    argument.group = group;
    const Resource* known = FindResource(first);
    if (known && argument.group == known->group) {
      argument.known = known;
      argument.resource = known->name;
    }
    return argument;
  }
  argument.known = FindResource(first);
  if (argument.known) {
    argument.resource = argument.known->name;
    argument.group = argument.known->group;
  }
  return argument;
}

}  // namespace seawall::rbac
