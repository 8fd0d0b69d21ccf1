#include "rules/finding.h"

namespace seawall::rules {

const char* ToString(Verdict verdict) {
  switch (verdict) {
    case Verdict::kPass:
      return "pass";
    case Verdict::kFail:
      return "fail";
    case Verdict::kUnknown:
      return "unknown";
    case Verdict::kNotApplicable:
      return "not-applicable";
    case Verdict::kWaived:
      return "waived";
    case Verdict::kAttested:
      return "attested";
  }
  return "";
}

const char* ToString(Severity severity) {
  switch (severity) {
    case Severity::kLow:
      return "low";
    case Severity::kMedium:
      return "medium";
    case Severity::kHigh:
      return "high";
    case Severity::kCritical:
      return "critical";
  }
  return "";
}

}  // namespace seawall::rules
