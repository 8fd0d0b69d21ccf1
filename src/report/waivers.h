// Waivers: findings that somebody accepts, with a reason and until a day. docs/formats/waivers.md.
#pragma once

#include <string>
#include <vector>

#include "report/accepted.h"

namespace seawall::report {

/// The waivers of a run. Apply may be called from several threads at once.
class Waivers {
 public:
  Waivers() = default;
  /// Reads the file strictly: see ReadAcceptedRows.
  static Result<Waivers> Read(std::string name, std::string bytes, int64_t now);

  /// Makes `waived` of what fails, is unknown or waits for a person, where a waiver is for it.
  void Apply(NodeReport& report) const;
  /// What became of each, in the order of the file.
  std::vector<WaiverUse> Uses() const;

 private:
  AcceptedRows rows_;
};

}  // namespace seawall::report
