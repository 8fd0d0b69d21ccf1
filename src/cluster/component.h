// Component: one kube-apiserver, kube-controller-manager, kube-scheduler, kubelet, kube-proxy or
// etcd of a node, with its version, how it is run, its Settings and the problems that its own
// start-up would complain of.
//
// Names of settings: kube-apiserver, kube-controller-manager: the flag ("anonymous-auth"). etcd:
// the flag; keys of its configuration file are mapped to the flag of the same meaning
// ("client-transport-security.cert-file" is "cert-file", "peer-transport-security.cert-file" is
// "peer-cert-file"), keys without a flag keep their path. kubelet and kube-proxy: the field path of
// the configuration kind ("authentication.anonymous.enabled", "metricsBindAddress"), and the flag's
// name for what only a flag can say ("bootstrap-kubeconfig", "hostname-override"). kube-scheduler:
// the flag; what KubeSchedulerConfiguration decides is asked for by the flag's name too
// ("profiling" is enableProfiling of the file).
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "cluster/command_line.h"
#include "cluster/setting.h"

namespace seawall::cluster {

enum class ComponentKind : uint8_t {
  kApiServer,
  kControllerManager,
  kScheduler,
  kKubelet,
  kProxy,
  kEtcd
};
inline constexpr ComponentKind kAllComponents[] = {
    ComponentKind::kApiServer, ComponentKind::kControllerManager,
    ComponentKind::kScheduler, ComponentKind::kKubelet,
    ComponentKind::kProxy,     ComponentKind::kEtcd};

/// "kube-apiserver" and so on, as the binaries are called.
const char* ToString(ComponentKind kind);
std::optional<ComponentKind> ComponentFromName(std::string_view name);

enum class RunBy : uint8_t { kStaticPod, kSystemd, kProcess, kK3s, kRke2, kConfiguration };
const char* ToString(
    RunBy by);  ///< "static pod", "systemd unit", "process", "k3s", "rke2", "configuration"

struct Version {
  int major = 0;
  int minor = 0;
  int patch = -1;      ///< -1: not known
  std::string source;  ///< "image tag", "build information of /usr/bin/kubelet",
                       ///< "--component-version", "kubernetesVersion"
  Place place;
  std::string ToString() const;  ///< "1.37.2"
};

/// A volume of a static pod: container path and what is behind it on the node.
struct Mount {
  std::string container_path;
  std::string host_path;  ///< empty when it is not a hostPath (emptyDir, ConfigMap)
  std::string kind;       ///< "hostPath", "emptyDir", "configMap", …
  bool read_only = false;
  Place place;
};

/// Something that the component itself complains of, refuses, or that makes its settings doubtful.
struct Problem {
  enum class Kind : uint8_t {
    kUnknownFlag,    ///< this version does not know the flag: it does not start
    kBadValue,       ///< the value is not one that the flag takes: it does not start
    kConflict,       ///< settings that exclude each other: it does not start
    kStrayArgument,  ///< an argument that belongs to no flag ("--f false"): it does not start
    kUnknownField,   ///< a field that the configuration kind does not have
    kDuplicateKey,   ///< a key that stands twice in one mapping
    kMalformedFile,  ///< a configuration file that does not parse or decode
    kMissingFile,    ///< a file that a setting names and that is not there (or not mounted into the
                     ///< pod)
    kIgnored,  ///< written, and without any effect (etcd flags beside --config-file, inert flags)
    kTwoManifests,  ///< two static pod manifests for one pod: the kubelet runs one of them
    kDrift,         ///< the process runs with other arguments than its file says
    kStale,         ///< a file that is not reloaded was changed after the process started
    kDeprecated,    ///< the flag or field still works and is going away
  };
  Kind kind = Kind::kBadValue;
  bool fatal = false;   ///< the component does not start with it
  std::string setting;  ///< flag or field, may be empty
  std::string text;     ///< one sentence
  Place place;
};

struct Process {
  int pid = 0;
  int64_t started_ns = 0;  ///< since the epoch
  std::string executable;  ///< as the node sees it
};

/// Something that may set more than could be read (an argument that cannot be known, a
/// configuration file that cannot be read): what nobody else wrote is then unknown rather than the
/// default.
struct Gap {
  bool only_fields = false;  ///< of the configuration file; what only a flag can say is not touched
  std::string why;
  std::string how;          ///< how to find out
  bool only_flags = false;  ///< the other way round: the configuration is known, flags are not
};

/// How a node that kubeadm joins comes to trust the API server: `discovery` of a JoinConfiguration.
struct JoinDiscovery {
  bool skips_ca = false;     ///< bootstrapToken.unsafeSkipCAVerification
  bool has_hashes = false;   ///< bootstrapToken.caCertHashes
  bool tool_hashes = false;  ///< Cluster API writes the hashes where nobody else does
  std::string file;          ///< file.kubeConfigPath: its CA is trusted
  std::string unknown;       ///< why it cannot be known; "" where it can
  Place place;
};

class Component {
 public:
  ComponentKind kind = ComponentKind::kApiServer;
  std::string instance;  ///< unique among the node's components of this kind: a path, a unit's
                         ///< name, "pid 12"
  RunBy run_by = RunBy::kProcess;
  Place where;             ///< the manifest's container, the unit's ExecStart=, …
  std::string owner_hint;  ///< "kubeadm", "ansible", … when the file says who manages it
  std::optional<Version> version;
  CommandLine command;
  std::vector<Mount> mounts;
  bool in_container = false;               ///< paths of settings are the container's
  std::optional<JoinDiscovery> discovery;  ///< of a kubelet that joins by configuration
  std::optional<Process> process;
  std::vector<Problem> problems;
  std::string unknown;  ///< not empty: settings of this component cannot be known (and why)
  std::string how;      ///< with `unknown`: how to find out
  std::map<std::string, Setting, std::less<>> written;  ///< what somebody wrote, by name
  std::vector<Gap> gaps;
  /// Files behind settings that are there and could not be looked into: what the settings are is
  /// known, and whether the component takes the files is not.
  std::vector<Gap> unread;
  /// A file that nobody but the tool that starts the component names (k3s' own kubeconfigs), and
  /// that is not there to be looked at; "" when there is none.
  std::string absent_tool_file;
  bool flag_defaults =
      false;  ///< kubelet without --config: the default of a field is that of its flag

  /// Made of one file that speaks of a part of the component only (`audit -f` of an
  /// EncryptionConfiguration): rules about settings for which Speaks() is false do not apply to it,
  /// and Get() of such a setting is unknown. `only_settings` are the flags that it speaks of;
  /// "config" there stands for every field of the component's own configuration kind.
  bool fragment = false;
  std::set<std::string, std::less<>> only_settings;
  bool Speaks(std::string_view setting) const;
  /// Part of the reason of a Setting that is unknown because the fragment does not speak of it.
  static constexpr const char* kNotSpokenOf = "does not speak of it";

  /// The effective setting: written, else the default of this version, else unknown with the
  /// reason. Never throws. Booleans read "true" or "false", integers are decimal, durations are as
  /// Go prints them ("4h0m0s"), however they were written. A kubelet's or kube-proxy's field may be
  /// asked for by its flag's name too.
  Setting Get(std::string_view name) const;
  /// The node's path of a path that a setting holds; nullopt when the container does not see any
  /// file of the node there.
  std::optional<std::string> HostPath(std::string_view path) const;
};

}  // namespace seawall::cluster
