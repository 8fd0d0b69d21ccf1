// AdmissionConfiguration: --admission-control-config-file of kube-apiserver, and the plugins' own
// kinds inside of it or in files beside it.
#pragma once

#include "cluster/kinds/view.h"
#include "yaml/document.h"

namespace seawall::cluster::kinds {

struct PodSecurityConfiguration : View {
  Placed<std::string> enforce, enforce_version, audit, audit_version, warn,
      warn_version;  ///< "privileged", "latest" when not written
  std::vector<Placed<std::string>> usernames, namespaces, runtime_classes;  ///< exempted
};

struct EventRateLimitConfiguration : View {
  struct Limit {
    Placed<std::string> type;  ///< Server, Namespace, User, SourceAndObject
    Placed<int64_t> qps, burst, cache_size;
    Place place;
  };
  std::vector<Limit> limits;
};

struct AdmissionPlugin {
  Placed<std::string> name;
  Placed<std::string> path;   ///< as written; relative to the AdmissionConfiguration's folder
  yaml::Value configuration;  ///< absent unless inline; lives as long as the stream
  Place place;
};

struct AdmissionConfiguration : View {
  std::vector<AdmissionPlugin> plugins;

  /// The first plugin of that name (later ones have no effect), or nullptr.
  const AdmissionPlugin* Find(std::string_view name) const;
};

Result<AdmissionConfiguration> ReadAdmission(const yaml::Stream& stream, const Reader& reader = {});
Result<PodSecurityConfiguration> ReadPodSecurity(const yaml::Value& document,
                                                 const Reader& reader = {});
Result<EventRateLimitConfiguration> ReadEventRateLimit(const yaml::Value& document,
                                                       const Reader& reader = {});

}  // namespace seawall::cluster::kinds
