// The unit files of a node by name, found as systemd finds them. Internal to units.cc.
#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "cluster/discovery.h"
#include "cluster/unit_file.h"

namespace seawall::cluster {

class UnitStore {
 public:
  /// Lists the folders; what cannot be listed becomes a blind spot.
  UnitStore(const Node& node, Found& found);

  /// Services that exist: aliases and masked ones left out, templates as their instances
  /// ("etcd@a.service"), or as themselves when there is none.
  const std::vector<std::string>& names() const { return names_; }
  /// Path of the unit's own file (a template's for an instance).
  std::string PathOf(const std::string& name) const;
  /// Paths of the drop-ins for a unit in the order in which they are applied.
  std::vector<std::string> DropIns(const std::string& name) const;
  /// A drop-in folder of exactly this unit (or its template) exists.
  bool HasOwnDropIns(const std::string& name) const;

 private:
  void ReadFolder(const std::string& folder);
  void ReadWants(const std::string& folder);
  bool IsMaskedOrAlias(const std::string& name, const std::string& path) const;
  void AddDropInFolders(const std::string& folder_name, std::vector<std::string>& folders) const;

  const Node& node_;
  Found& found_;
  std::map<std::string, std::string> files_;  ///< unit file name to the path that wins
  std::map<std::string, std::vector<std::string>>
      drop_ins_;  ///< "kubelet.service.d" to folders, strongest first
  std::map<std::string, std::set<std::string>> instances_;  ///< "etcd@.service" to "etcd@a.service"
  std::vector<std::string> names_;
};

}  // namespace seawall::cluster
