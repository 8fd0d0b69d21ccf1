// From a setting that names a file to the parsed file, as the component sees it: through its
// mounts, or not at all.
#pragma once

#include <string>
#include <string_view>

#include "cluster/component.h"
#include "cluster/node.h"

namespace seawall::cluster {

/// Where a path of the component leads.
struct SourcePath {
  enum class Reach : uint8_t {
    kNode,        ///< to `host_path` of the node
    kNotMounted,  ///< nowhere: the pod mounts nothing there
    kVolume,      ///< into a volume that is not a folder of the node (emptyDir, configMap, …)
    kNotKnown,    ///< a relative path, or a node that is described by configuration only
  };
  Reach reach = Reach::kNotKnown;
  std::string host_path;
  std::string why;  ///< unless kNode
};
SourcePath FindSource(const Node& node, const Component& component, std::string_view path);

struct SourceFile {
  const yaml::Stream* stream = nullptr;  ///< lives as long as the node; nullptr: see why
  std::string why, how;
};

/// Opens and parses the configuration file at `path`, which `setting` names at `place`. A file that
/// is certainly not there or does not parse becomes a fatal problem of the component.
SourceFile OpenSource(const Node& node, Component& component, const std::string& setting,
                      const std::string& path, const Place& place);

/// A problem when the file that `setting` names is certainly not there. Nothing is opened. `fatal`:
/// the component does not start without it. Unknown or empty settings are passed over.
void CheckThere(const Node& node, Component& component, const Setting& setting, bool fatal);

}  // namespace seawall::cluster
