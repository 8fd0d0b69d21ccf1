// Finding: what one rule says of one component of one node.
#pragma once

#include <string>
#include <vector>

#include "base/place.h"
#include "cluster/setting.h"

namespace seawall::rules {

struct Rule;

enum class Verdict : uint8_t { kPass, kFail, kUnknown, kNotApplicable, kWaived, kAttested };
/// "pass", "fail", "unknown", "not-applicable", "waived", "attested"
const char* ToString(Verdict verdict);

enum class Severity : uint8_t { kLow, kMedium, kHigh, kCritical };
const char* ToString(Severity severity);  ///< "low", "medium", "high", "critical"

/// What was seen, where. Never holds a secret's bytes.
struct Evidence {
  std::string setting;  ///< flag, field path, or "mode" / "owner" / "not after" of a file
  std::string value;    ///< as text; "" with origin "default" = empty
  std::string origin;   ///< "flag" "file" "drop-in" "env" "default"; "stat" for modes and owners
  Place place;
  std::vector<cluster::Overridden> overrode;
  std::string node = {};  ///< of a finding about the whole cluster; else "": the finding's own
};

/// A step from one who may do something to whom or what it becomes by that.
struct Hop {
  std::string from, to;
  std::string binding, rule;  ///< what makes it possible; "" where it is so by itself
  bool operator==(const Hop&) const = default;
};

/// What a check returns.
struct Outcome {
  Verdict verdict = Verdict::kUnknown;
  std::string reason;  ///< one sentence; for unknown also how to find out
  std::vector<Evidence> evidence;
  std::string expected;  ///< empty: the rule's own text
  std::string remedy;   ///< empty: the rule's own text; otherwise the exact edit of this very place
  bool manual = false;  ///< with kUnknown: here only a person can judge it, whatever the rule is
  std::string subject = {};    ///< of RBAC: whom it is about
  std::vector<Hop> path = {};  ///< of RBAC: how it gets there, step by step
};

struct Finding {
  const Rule* rule = nullptr;
  bool manual = false;  ///< only a person can judge it (verdict is then unknown)
  std::string node;
  std::string
      component;  ///< "kube-apiserver" …, "node", "cluster" for rules about those themselves
  std::string instance;
  Outcome outcome;
};

}  // namespace seawall::rules
