// What the checks of refusals_*.cc share.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>

#include "cluster/component.h"
#include "cluster/flag_table.h"
#include "cluster/node.h"

namespace seawall::cluster {

/// One component under examination; adds fatal problems to it.
class Refusal {
 public:
  Refusal(const Node& node, Component& component)
      : node_(node), component_(component), table_(component.kind, component.version) {}

  Component& component() const { return component_; }
  const Node& node() const { return node_; }
  const FlagTable& table() const { return table_; }

  /// What somebody wrote and is known, not empty; nullptr otherwise.
  const Setting* Given(std::string_view name) const;
  /// Somebody wrote it (be it unknown or empty).
  const Setting* Mentioned(std::string_view name) const;
  /// Certainly not given: nobody wrote it and nothing is hidden, or it is known to be empty.
  bool Missing(std::string_view name) const;
  /// The effective text where it is known, else `otherwise`.
  std::string Text(std::string_view name, const char* otherwise = "") const;

  void Add(Problem::Kind kind, std::string_view name, std::string text, const Place& place) const;
  void Conflict(const Setting& setting, std::string text) const {
    Add(Problem::Kind::kConflict, setting.name, std::move(text), setting.origin.place);
  }
  void Bad(const Setting& setting, const Item& item, std::string text) const {
    Add(Problem::Kind::kBadValue, setting.name, std::move(text), item.place);
  }
  /// A setting that must be there is not.
  void Demand(std::string_view name, std::string text) const;

  /// The value (each item) is one of these.
  void OneOf(std::string_view name, std::initializer_list<std::string_view> allowed) const;
  /// The number lies within [from, to].
  void Range(std::string_view name, int64_t from, int64_t to) const;
  /// A number or duration that is not below zero.
  void NotNegative(std::string_view name) const { Range(name, 0, INT64_MAX); }
  /// Go's names of cipher suites, and the two that Kubernetes and etcd add.
  void Ciphers(std::string_view name) const;
  /// VersionTLS10 … VersionTLS13.
  void KubernetesTlsVersion(std::string_view name) const {
    OneOf(name, {"VersionTLS10", "VersionTLS11", "VersionTLS12", "VersionTLS13"});
  }
  /// Unknown feature gates and locked ones.
  void Gates(std::string_view name) const;
  /// Both or none are given.
  void Pair(std::string_view one, std::string_view other) const;
  /// The files are there; see config_source.h.
  void Files(std::initializer_list<std::string_view> names) const;

 private:
  const Node& node_;
  Component& component_;
  const FlagTable table_;
};

}  // namespace seawall::cluster
