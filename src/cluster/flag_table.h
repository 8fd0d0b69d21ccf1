// The flags and fields of one component in one version, over cluster/versions: what a reader of
// flags asks for. Where the version is not known, a row of the newest version that knows the flag
// tells at least how its value is written.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "cluster/component.h"
#include "cluster/versions/tables.h"

namespace seawall::cluster {

/// Cheap to make and to copy; thread-safe.
class FlagTable {
 public:
  FlagTable(ComponentKind kind, const std::optional<Version>& version);

  /// The very version is in the tables: a flag that it lacks is one that the component refuses.
  bool certain() const { return certain_; }
  ComponentKind kind() const { return kind_; }
  const char* component() const { return ToString(kind_); }
  /// The component's version; the newest of the tables when that is not known.
  versions::Minor minor() const { return minor_; }
  /// "kube-apiserver 1.37".
  std::string Name() const;

  const versions::FlagRow* Find(std::string_view flag) const;
  const versions::FieldRow* FieldRow(std::string_view kind, std::string_view path,
                                     std::string_view api_version = {}) const;
  /// The field that a flag sets, and back; nullptr when there is none.
  const char* Field(std::string_view flag) const;
  const char* FlagOf(std::string_view field) const;
  /// Every version of the tables that has this flag or field (of `kind`) leaves it empty by
  /// default.
  bool EmptyByDefault(std::string_view name, std::string_view kind) const;
  /// "1.29 to 1.37"; "none" while the tables are empty.
  std::string Range() const;

 private:
  ComponentKind kind_;
  versions::Minor minor_;
  bool certain_ = false;
};

}  // namespace seawall::cluster
