// One use of one flag (or of an environment variable that stands for it), as pflag.cc and goflag.cc
// find them, and how all uses of one flag make one Setting.
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <vector>

#include "cluster/component.h"
#include "cluster/flag_table.h"

namespace seawall::cluster {

struct FlagUse {
  std::string name;                        ///< as the table has it, words joined by "-"
  const versions::FlagRow* row = nullptr;  ///< nullptr: no version of the tables knows it
  std::string value;                       ///< what a bare flag means, where it stands bare
  Place place;                             ///< of the value; of the flag where it stands bare
  OriginKind origin = OriginKind::kFlag;
  const Argument* argument =
      nullptr;          ///< that the value stands in, from byte `from` on; nullptr: places of parts
  size_t from = 0;      ///< are not known
  std::string note;     ///< who passes it where no file says it
  std::string unknown;  ///< why the value cannot be known
};

/// What a command line says. The uses point into the CommandLine that was read.
struct FlagRead {
  std::vector<FlagUse> uses;
  std::vector<Problem> problems;
  /// An argument that may be any flags at all stood before uses[hidden_before]; why, empty when
  /// there is none.
  std::string hidden;
  size_t hidden_before = 0;
};

/// One Setting of all uses of one flag, in order; problems (bad values) are added to `problems`.
/// `hidden` as above when the last argument that may be anything came after the use with number
/// `hidden_after` of these.
Setting FoldUses(const std::vector<const FlagUse*>& uses, const std::string& hidden,
                 size_t hidden_after, std::vector<Problem>& problems);

using Settings = std::map<std::string, Setting, std::less<>>;

/// All settings of a command line, by flag name.
Settings FoldFlags(const FlagRead& read, std::vector<Problem>& problems);

/// A fatal problem with a flag, and its text.
Problem FlagProblem(Problem::Kind kind, std::string flag, std::string text, Place place,
                    bool fatal = true);

/// "--x: kube-apiserver 1.37 does not know this flag (gone in 1.24: use --y)" or "(did you mean
/// --z?)".
/// Looking for a near name takes time: `hint` false leaves it out.
Problem UnknownFlag(const FlagTable& table, const std::string& name, const Place& place,
                    bool hint = true);
/// So many near names are looked for on one command line.
inline constexpr size_t kHints = 20;

}  // namespace seawall::cluster
