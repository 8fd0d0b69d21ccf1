// Settings of seawall itself, for whoever does not want to repeat options: $SEAWALL_*, the user's
// file, the machine's. docs/formats/config.md.
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "app/command.h"

namespace seawall::app {

/// An option that may be set beforehand. What names a cluster (--root, --endpoint, …), a moment
/// or another report never is: an audit must not look elsewhere than where it was pointed.
struct Settable {
  const char* key;        ///< the option's name without dashes
  const char* otherwise;  ///< what holds when nobody sets it, for people
};
std::span<const Settable> AllSettables();

/// One setting that somebody made.
struct OwnSetting {
  std::string command;  ///< "": of every command that has the option
  std::string key;
  std::vector<std::string> values;  ///< a switch: "true" or "false"
  std::string origin;               ///< "SEAWALL_OUTPUT", "/etc/seawall/config.yaml:3:9"
};

/// Where settings come from; a parameter, so that tests have their own.
struct SettingSources {
  std::vector<std::string> files;  ///< the strongest first
  bool named = false;              ///< somebody named the file: it must be there
  std::function<const char*(const char*)> variable;
};
/// This process's: $SEAWALL_CONFIG alone where it is set (empty: no file), else
/// $XDG_CONFIG_HOME/seawall/config.yaml and /etc/seawall/config.yaml.
SettingSources SourcesOfProcess();

/// What of these variables' names (SEAWALL_FAIL-ON's like) was meant to be a setting and is none,
/// for people: a wrong letter, or an option that cannot be set beforehand. Kubernetes' own
/// variables of a service called seawall are not meant.
std::vector<std::string> MistakenVariables(const std::vector<std::string>& names);
/// The same of this process, on standard error.
void WarnOfVariables();

class OwnSettings {
 public:
  /// Errors: kMalformed with FILE:LINE:COLUMN, kUsage for a variable, and those of the files.
  static Result<OwnSettings> Read(const SettingSources& sources);

  /// Adds to `arguments` what the command line does not say. Of options that exclude each other the
  /// stronger source's holds.
  void Apply(const Command& command, Arguments& arguments) const;
  /// Strongest first; a setting that a stronger one hides is not among them.
  const std::vector<OwnSetting>& settings() const { return settings_; }

 private:
  void Add(OwnSetting setting);
  std::vector<OwnSetting> settings_;
};

}  // namespace seawall::app
