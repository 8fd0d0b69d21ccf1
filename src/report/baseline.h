// What an earlier report found, to tell new findings from known ones.
#pragma once

#include <cstdint>
#include <unordered_map>

#include "report/stored_report.h"

namespace seawall::report {

/// Immutable once read; safe to use from several threads.
class Baseline {
 public:
  /// Errors: those of the stored report.
  static Result<Baseline> Read(const StoredReport& stored);

  /// Marks what fails, is unknown or waits for a person as new or unchanged. What failed before and
  /// is unknown now is not new; what was unknown and fails now is.
  void Mark(NodeReport& report) const;

 private:
  std::unordered_map<uint64_t, uint8_t> urgency_;  ///< by the fingerprint's first 64 bits
};

}  // namespace seawall::report
