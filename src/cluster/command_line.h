// What a component is started with: arguments and environment, each with the place that it stands
// in. Readers of static pods, units, processes and k3s/RKE2 configuration all produce this;
// cluster/settings_*.cc turn it into Settings.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/place.h"
#include "cluster/setting.h"

namespace seawall::cluster {

struct Argument {
  std::string text;                       ///< decoded, variables expanded
  Place place;                            ///< of the whole argument as written
  OriginKind origin = OriginKind::kFlag;  ///< kFlag; kEnv when it came in through a variable (place
                                          ///< = the variable's value)
  std::vector<uint32_t>
      raw;  ///< file offset of each byte of `text`; empty: consecutive from place.bytes.begin
  std::string unknown;  ///< not empty: why the text cannot be known ("$(X) comes from a ConfigMap")
  std::string note;     ///< who passes it where no file says it ("k3s passes it"); may be empty

  /// Place of the bytes [from, to) of `text`.
  Place PlaceOf(size_t from, size_t to) const;
};

struct Variable {
  std::string name;
  std::string value;
  Place place;
  std::string unknown;  ///< not empty: it is set, but to what cannot be known
};

struct CommandLine {
  std::vector<Argument> arguments;    ///< argv[0] (the program) not included
  std::string program;                ///< argv[0] after wrappers were taken off
  std::vector<Variable> environment;  ///< later entries win
  bool environment_complete =
      true;  ///< false: more variables may be set (envFrom, a missing EnvironmentFile)
  std::string environment_gap;  ///< why not complete
  std::string unknown;  ///< not empty: nothing certain can be said of the arguments, and why
};

}  // namespace seawall::cluster
