// Attestations: what only a person can judge, judged by one, with the digest of the evidence and
// until a day. docs/formats/attestations.md.
#pragma once

#include <string>
#include <vector>

#include "report/accepted.h"

namespace seawall::report {

/// The attestations of a run. Apply may be called from several threads at once.
class Attestations {
 public:
  Attestations() = default;
  /// Reads the file strictly: see ReadAcceptedRows. Errors besides: a rule that seawall judges
  /// itself, a digest that is no SHA-256, a `when` that is no day or has not come yet.
  static Result<Attestations> Read(std::string name, std::string bytes, int64_t now);

  /// Makes `attested` of what waits for a person, where an attestation is for it, and of nothing
  /// else.
  void Apply(NodeReport& report) const;
  /// What became of each, in the order of the file.
  std::vector<AttestationUse> Uses() const;

 private:
  AcceptedRows rows_;
};

}  // namespace seawall::report
