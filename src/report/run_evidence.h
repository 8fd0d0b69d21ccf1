// What an auditor asks of a report: who ran which program over what, and when.
// docs/formats/evidence.md.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace seawall::report {

/// A node that is known of and was not looked at.
struct NotSeen {
  std::string name, why;
};

/// One audit.
struct RunEvidence {
  std::string cluster_uid;  ///< of the namespace kube-system; "": not known
  std::string who;          ///< "user@host", or what --operator says
  int64_t begin = 0, end = 0;
  std::string tool_version;
  std::string tool_digest;   ///< SHA-256 of the program's file; "": it could not be read
  std::string rules_digest;  ///< SHA-256 of `seawall rules -o json`
  uint64_t rules = 0;        ///< how many there are
  uint64_t asked = 0;        ///< how many were selected
  std::vector<std::string> seen;
  std::vector<NotSeen> not_seen;
};

/// Lines for people.
std::vector<std::string> EvidenceLines(const RunEvidence& evidence);

}  // namespace seawall::report
