// One unit file or drop-in of systemd as its directives, with the bytes that each value stands in.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "cluster/located.h"

namespace seawall::cluster {

struct Directive {
  std::string section;  ///< "Service"
  std::string key;      ///< "ExecStart"
  Located value;        ///< continued lines joined with a space, white space at the ends taken off
  size_t begin = 0;     ///< byte of the value, also of an empty one
  std::shared_ptr<const TextFile> file;
};

/// Every directive in order. Lines that are none are passed over, as systemd does. Never fails.
/// `whole` becomes false when there are more than 20,000.
std::vector<Directive> ReadUnitFile(const std::shared_ptr<const TextFile>& file,
                                    bool* whole = nullptr);

/// Words of a value with quotes and C escapes, as systemd splits ExecStart= and Environment=.
struct UnitWord {
  Located text;
  size_t begin = 0;     ///< byte of the word with its quotes
  bool quoted = false;  ///< some of it stood in quotes or behind a backslash
};
/// False in `complete` when a quote is not closed (systemd then ignores the whole line),
/// in `whole` when there are more than 20,000.
std::vector<UnitWord> SplitUnitWords(const Located& value, bool* complete, bool* whole = nullptr);

/// The same for the value of `$NAME` standing alone in ExecStart=: a backslash only keeps the next
/// character, and a quote that is not closed ends with the text.
std::vector<UnitWord> SplitVariableWords(const Located& value, bool* whole = nullptr);

}  // namespace seawall::cluster
