// ExecStart= of a systemd service as the argv that it becomes: prefixes, several commands in one
// line, specifiers,
// `$NAME` and `${NAME}` from Environment= and EnvironmentFile=.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "cluster/located.h"
#include "cluster/unit_file.h"

namespace seawall::cluster {

struct UnitVariable {
  std::string name;
  Located value;
  size_t begin = 0;  ///< byte where the value stands
  std::string file;
  std::string unknown;  ///< not empty: it is set, or may be, but to what cannot be known
};

/// What is known around an ExecStart= line.
struct UnitContext {
  std::string unit;                       ///< "etcd@infra1.service"
  std::string hostname;                   ///< empty: not known
  std::vector<UnitVariable> environment;  ///< later entries win
  std::string
      environment_gap;  ///< not empty: more variables may be set, and why they are not known

  const UnitVariable* Find(std::string_view name) const;
};

/// Replaces `%n`, `%i`, … in `text`; `unknown` is set when one of them is not known without the
/// running system.
Located ExpandSpecifiers(const Located& text, const UnitContext& context, std::string* unknown);

struct ExecCommand {
  std::vector<Argument> words;  ///< the program first
  std::string unknown;          ///< not empty: systemd refuses the line, and why
};

/// The commands of one ExecStart= line (more than one where `;` stands alone).
std::vector<ExecCommand> ReadExecLine(const Directive& line, const UnitContext& context,
                                      const Locate& locate);

}  // namespace seawall::cluster
