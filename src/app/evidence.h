// --evidence: what of a run an auditor asks for.
#pragma once

#include "app/command.h"
#include "report/run_evidence.h"
#include "rules/rule.h"

namespace seawall::app {

/// Everything that is known when an audit begins. `at`: seconds since the epoch, 0 for the clock's.
report::RunEvidence BeginEvidence(const Arguments& arguments, const rules::Selection& selection,
                                  int64_t at);

}  // namespace seawall::app
