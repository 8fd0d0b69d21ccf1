// One document of a component's own configuration kind (KubeletConfiguration,
// KubeProxyConfiguration, KubeSchedulerConfiguration, etcd's file), flattened into Settings by
// field path and checked against the fields that the component's version knows.
#pragma once

#include <string>
#include <vector>

#include "cluster/component.h"
#include "cluster/flag_table.h"
#include "cluster/flag_use.h"
#include "yaml/document.h"

namespace seawall::cluster {

struct ConfigShape {
  const char* kind =
      "";  ///< "" with etcd's file, which has none: then `rows` says how the tables call it
  const char* api_version = "";
  const char* rows = "";  ///< kind of the field rows
  OriginKind origin = OriginKind::kFile;
  bool strict = false;  ///< an unknown field or a duplicate key is refused, not only complained of
};

struct ConfigDocument {
  Settings settings;  ///< leaves, lists and maps; keys of featureGates also as "featureGates.X"
  std::vector<std::string> nulls;  ///< paths that were written as null
  std::vector<Place> null_places;
  std::vector<Problem> problems;
  bool refused =
      false;        ///< of another kind or version, or not a mapping: nothing was taken from it
  std::string why;  ///< of `refused`
};

/// Reads the first document of `stream`, as Kubernetes' decoders do.
ConfigDocument ReadConfigDocument(const yaml::Stream& stream, const ConfigShape& shape,
                                  const FlagTable& table);
/// The same for a document that stands among others, or inside of another (kubeadm).
ConfigDocument ReadConfigValue(const yaml::Value& root, const ConfigShape& shape,
                               const FlagTable& table);

}  // namespace seawall::cluster
