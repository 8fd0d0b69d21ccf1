#include "report/summary.h"

#include "rules/rule.h"

namespace seawall::report {

void Summary::Add(rules::Verdict verdict, bool is_manual, rules::Severity severity) {
  switch (verdict) {
    case rules::Verdict::kPass:
      ++pass;
      break;
    case rules::Verdict::kFail:
      ++fail;
      ++fail_by_severity[static_cast<size_t>(severity)];
      break;
    case rules::Verdict::kUnknown:
      ++(is_manual ? manual : unknown);
      break;
    case rules::Verdict::kNotApplicable:
      ++not_applicable;
      break;
    case rules::Verdict::kWaived:
      ++waived;
      break;
    case rules::Verdict::kAttested:
      ++attested;
      break;
  }
}

void Summary::Add(const Summary& other) {
  nodes += other.nodes;
  pass += other.pass;
  fail += other.fail;
  unknown += other.unknown;
  manual += other.manual;
  not_applicable += other.not_applicable;
  waived += other.waived;
  attested += other.attested;
  blind_spots += other.blind_spots;
  read_as_user += other.read_as_user;
  without_version.insert(other.without_version.begin(), other.without_version.end());
  for (size_t i = 0; i < 4; ++i) fail_by_severity[i] += other.fail_by_severity[i];
}

int ExitStatus(const Summary& summary, bool manual_fails) {
  if (summary.fail > 0) return 1;
  return summary.unknown > 0 || (manual_fails && summary.manual > 0) ? 3 : 0;
}

}  // namespace seawall::report
