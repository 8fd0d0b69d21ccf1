// What the checks of refusals_*.cc share.
#pragma once

#include <initializer_list>
#include <optional>
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
  /// This version is in the tables, and it is 1.`minor` (3.`minor`) or a later one.
  bool Since(int minor) const { return table_.certain() && table_.minor().minor >= minor; }
  /// The effective text where it is known, else `otherwise`.
  std::string Text(std::string_view name, const char* otherwise = "") const;

  void Add(Problem::Kind kind, std::string_view name, std::string text, const Place& place) const;
  void Conflict(const Setting& setting, std::string text) const {
    Add(Problem::Kind::kConflict, setting.name, std::move(text), setting.origin.place);
  }
  void Bad(const Setting& setting, const Item& item, std::string text) const {
    Add(Problem::Kind::kBadValue, setting.name, std::move(text), item.place);
  }
  /// A file that may be refused could not be looked into.
  void Unread(const Error& error) const;
  /// A setting that must be there is not.
  void Demand(std::string_view name, std::string text) const;

  /// The table of numbers, durations and words: refusal_bounds.cc.
  void Bounds() const;
  /// The value (each item) is one of these, which stand with commas between them.
  void OneOf(std::string_view name, std::string_view words) const;
  /// The number lies within [from, to], or the duration in nanoseconds.
  void Range(std::string_view name, int64_t from, int64_t to) const;
  /// Go's names of cipher suites, and the two that Kubernetes and etcd add.
  void Ciphers(std::string_view name) const;
  /// HTTP/2 needs one of two suites unless `floor` leaves TLS 1.3 only (etcd's spelling or
  /// Kubernetes').
  void Http2(std::string_view suites, std::string_view floor) const;
  /// Numbers of elliptic curves, each once; since 1.36.
  void Curves(std::string_view name) const;
  /// VersionTLS10 … VersionTLS13.
  void KubernetesTlsVersion(std::string_view name) const {
    OneOf(name, "VersionTLS10,VersionTLS11,VersionTLS12,VersionTLS13");
  }
  /// Unknown feature gates, locked ones, and those that need another one that is off.
  void Gates(std::string_view name) const;
  /// Whether the gate is on with what `name` says; nothing where that cannot be told.
  std::optional<bool> GateOn(std::string_view name, std::string_view gate) const;
  /// --show-hidden-metrics-for-version takes the minor version before only.
  void HiddenMetrics(std::string_view name) const;
  /// Both or none are given.
  void Pair(std::string_view one, std::string_view other) const;
  /// The files are there; see config_source.h.
  void Files(std::initializer_list<std::string_view> names) const;
  /// Each file holds at least one certificate. (What kind is a question of other rules.)
  void CertificateFiles(std::initializer_list<std::string_view> names) const;
  /// Each file holds a private key.
  void KeyFiles(std::initializer_list<std::string_view> names) const;
  /// "certificate,key" or "certificate,key:names".
  void CertificatePairs(std::string_view name) const;
  /// Where both can be read: the key is the one of the first certificate.
  void KeyFits(std::string_view certificate, std::string_view key) const;
  /// Each item is an IP address.
  void Addresses(std::string_view name) const;
  /// With leader election on: lease > renewal > retry · 1.2, and a lock of the kind "leases".
  void LeaderElection() const;
  /// Only one "*" in a path, at its end.
  void OpenPaths(std::string_view name) const;

 private:
  void LookAt(const Item& item) const;
  void GateNeeds(const Setting& setting) const;

  const Node& node_;
  Component& component_;
  const FlagTable table_;
};

}  // namespace seawall::cluster
