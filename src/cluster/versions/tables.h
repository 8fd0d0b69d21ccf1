// Copyright 2026 The seawall authors.
// SPDX-License-Identifier: Apache-2.0

// What every supported Kubernetes and etcd version knows: flags, configuration fields, admission
// plugins, feature gates, and when a version stops being supported.
//
// The rows are data made by tools/defaults from the genuine components (see docs/versions.md).
// Nothing here reads a file or allocates; every string is a literal that lives for ever.
//
// Components are named as their programs are: "kube-apiserver", "kube-controller-manager",
// "kube-scheduler", "kubelet", "kube-proxy", "etcd". A version is a Minor: {1, 37}, or {3, 6} for
// etcd. A version outside the tables has no rows at all: ask CoversVersion() first, and report
// "unknown" rather than "no such flag" when it says no.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <utility>

namespace seawall::cluster::versions {

// A minor release, such as {1, 37} of Kubernetes or {3, 6} of etcd.
struct Minor {
  int major = 0;
  int minor = 0;
  friend auto operator<=>(const Minor&, const Minor&) = default;
};

// Reads "v1.37.2", "1.37", "1.37+", "v1.29.6-gke.100", "3.5.21": the first two numbers, with or
// without a "v" before and anything from the first character after them that is not a digit.
// Nothing when there are no two numbers, or when a number has more than four digits.
std::optional<Minor> ParseMinor(std::string_view version);

// What happens when a flag is given more than once.
enum class Repeat : std::uint8_t {
  kLastWins,   // the last value counts
  kAppendCsv,  // the first use replaces the default, later ones append; each is split at commas
  kAppendRaw,  // the same, but a value is one element: commas do not split
  kMergeMap,   // key=value pairs, merged by key; the last value of a key counts
  kReplace,    // a comma-separated list (etcd): the last use replaces everything before it
};

// The kind of value a flag takes.
enum class FlagType : std::uint8_t {
  kString,
  kBool,
  kInt,
  kFloat,
  kDuration,  // Go's notation: 1h30m, 100ms
  kList,
  kMap,    // key=value,key=value
  kOther,  // its own syntax, such as IP addresses, quantities, ranges
};

// One flag of one component over a range of versions in which nothing about it changed.
struct FlagRow {
  const char* component;
  const char* name;  // without dashes, words joined by "-"
  FlagType type;
  Repeat repeat;
  bool hidden;               // not shown in the component's help
  const char* default_text;  // as the component prints it: "[]", "1m0s", "true", ""
  std::int16_t min_minor;    // first and last minor version of the table with this row
  std::int16_t max_minor;
  const char* deprecated;      // the component's own message, or nullptr
  const char* no_opt_default;  // what a bare --flag means; nullptr: a value is required
};

// One field of a configuration file over a range of versions in which nothing about it changed.
//
// Paths are keys joined by ".", an element of a list is "[]", the value of a map's key is "{}":
// "authentication.anonymous.enabled", "profiles[].plugins.filter.enabled[].name",
// "evictionHard{}". Every object, list and map on the way has a row of its own.
struct FieldRow {
  // The file's kind, as it is written there ("KubeletConfiguration", ...); "EtcdConfig" for etcd's
  // --config-file, which has no kind.
  const char* kind;
  const char* api_version;  // as written in the file; "" for EtcdConfig
  const char* path;
  // "bool", "int", "float", "string", "duration", "quantity", "time", "int-or-string",
  // "list<T>", "map<T>", "object", or "any" for a subtree that the table does not describe.
  const char* type;
  // The value that the component's own defaulting puts where the file has none: plain text for a
  // scalar, JSON for a list or map. nullptr: nothing is put there (zero value, or no fixed value).
  const char* default_text;
  std::int16_t min_minor;
  std::int16_t max_minor;
};

enum class Stage : std::uint8_t { kAlpha, kBeta, kGa, kDeprecated };

// One feature gate over a range of versions in which nothing about it changed.
struct GateRow {
  const char* gate;
  std::uint8_t components;  // the components that know it, as a set of ComponentBit()
  bool default_on;
  Stage stage;
  bool locked;  // another value than the default stops the component
  std::int16_t min_minor;
  std::int16_t max_minor;
};

// One admission plugin of kube-apiserver over a range of versions.
struct AdmissionRow {
  const char* plugin;
  bool default_on;
  std::int16_t min_minor;
  std::int16_t max_minor;
};

enum class Thing : std::uint8_t { kFlag, kAdmissionPlugin, kFeatureGate };

// Something that versions used to know and no longer do.
struct RemovedRow {
  const char* component;  // "": every Kubernetes component (feature gates)
  Thing thing;
  const char* name;
  std::int16_t inert_since;  // first minor version that ignored it; 0: none known
  std::int16_t gone_in;      // first minor version that does not know it
  // False: found by comparing the versions of the tables. True: written by hand, from the history
  // of versions older than the tables.
  bool by_hand;
  const char* advice;  // what to do instead, or "" when nothing needs to be said
};

// The end of a minor version's support.
struct EolRow {
  const char* product;  // "kubernetes" or "etcd"
  Minor version;
  // The last day of support by the project itself, "2026-10-27"; "" while it is supported with no
  // date announced. For etcd, which announces none, the day on which its policy (the newest two
  // minor versions) let go of it.
  const char* end_of_life;
  const char* note;  // what is not as the date says, or ""
};

// A version whose genuine component the rows were read from.
struct SourceRow {
  const char* component;
  Minor version;
  const char* release;  // "v1.37.2"
};

// The day on which the end-of-life table was last checked, "2026-11-23".
extern const char* const kEolTableDate;

// The bit of `component` in GateRow::components, 0 for a component without feature gates.
std::uint8_t ComponentBit(std::string_view component);

// Are there rows for this version of this component? When not, everything about it is unknown.
bool CoversVersion(std::string_view component, Minor v);

// The newest version of `component` in the tables; nothing for a component they do not know.
std::optional<Minor> NewestVersion(std::string_view component);

// The flag as this version knows it, or nullptr: this version does not know it (a Kubernetes
// component or etcd then does not start). `name` comes without dashes before it. "_" counts as "-"
// for Kubernetes components, as it does for themselves, and not for etcd.
const FlagRow* FindFlag(std::string_view component, std::string_view name, Minor v);

// The first and last minor version of the tables that know the flag.
std::optional<std::pair<int, int>> FlagLifetime(std::string_view component, std::string_view name);

// The field as this version knows it, or nullptr. An empty `api_version` takes the newest API
// version of that kind; "" is also right for EtcdConfig.
const FieldRow* FindField(std::string_view kind, std::string_view path, Minor v,
                          std::string_view api_version = {});

/// Whether a flag or field of this name is in the tables, and in none of their versions has it a
/// default other than the empty one. `kind` is that of the component's own configuration file; ""
/// when it has none.
bool AlwaysEmptyByDefault(std::string_view component, std::string_view name, std::string_view kind);

// Does this version read files of this kind and API version?
bool KnowsKind(std::string_view kind, std::string_view api_version, Minor v);

// The field of the component's configuration file that a flag writes to, or nullptr when the flag
// has none: kubelet anonymous-auth -> authentication.anonymous.enabled. For kubelet, kube-proxy,
// kube-scheduler and etcd. Kubernetes' paths belong to
// <Kubelet|KubeProxy|KubeScheduler>Configuration.
const char* FieldForFlag(std::string_view component, std::string_view flag, Minor v);

// The other way round: the flag that writes to the field, or nullptr.
const char* FlagForField(std::string_view component, std::string_view path, Minor v);

// The admission plugin as this version knows it, or nullptr.
const AdmissionRow* FindAdmissionPlugin(std::string_view plugin, Minor v);

// Every admission plugin row, of all versions, sorted by plugin and version. Those of one version
// are the ones for which Covers(row, v) holds.
std::span<const AdmissionRow> AdmissionPlugins();

// Does kube-apiserver of this version know this word in --authorization-mode?
bool KnowsAuthorizationMode(std::string_view mode, Minor v);

// The gate as this version of this component knows it, or nullptr: unknown, so that naming it in
// --feature-gates stops the component.
const GateRow* FindGate(std::string_view component, std::string_view gate, Minor v);

// A gate that cannot be on while another one is off: the component then does not start.
struct GateDependencyRow {
  const char* gate;
  const char* needs;
  std::int16_t min_minor;
  std::int16_t max_minor;
};

// The rows of every version, sorted by gate. A component that does not know the gate (FindGate)
// does not look at the row.
std::span<const GateDependencyRow> GateDependencies();

// Does kube-controller-manager of this version take this name, or an older one of it, in
// --controllers? ("*" and a "-" before the name are the caller's.)
bool KnowsController(std::string_view name, Minor v);

// When and why something went. nullptr when the tables do not say that it ever existed.
const RemovedRow* FindRemoved(std::string_view component, std::string_view name,
                              Thing thing = Thing::kFlag);

// The end-of-life row of a minor version, or nullptr when the table does not know the version.
const EolRow* FindEndOfLife(std::string_view product, Minor v);

// Everything, for listings and tests. Sorted by component or kind, name, version.
std::span<const FlagRow> Flags();
std::span<const FieldRow> Fields();
std::span<const GateRow> Gates();
std::span<const RemovedRow> RemovedThings();
std::span<const EolRow> EndOfLifeRows();
std::span<const SourceRow> Sources();

// Does the row hold for this minor version? (The major one is the caller's: 1, or 3 for etcd.)
template <typename Row>
constexpr bool Covers(const Row& row, Minor v) {
  return row.min_minor <= v.minor && v.minor <= row.max_minor;
}

}  // namespace seawall::cluster::versions
