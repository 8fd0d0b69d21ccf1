// A plan for people: changes with their diffs, whom they may cut off, and what is not done and why.
#pragma once

#include <string>

#include "harden/plan.h"

namespace seawall::report {

struct PlanTextOptions {
  bool color = false;
  size_t width = 100;
};

std::string PlanForPeople(const harden::Plan& plan, const PlanTextOptions& options);

/// Every diff of the plan, for patch(1). `hidden` is set when a line looked like a secret and is
/// not shown as it is.
std::string PlanAsDiff(const harden::Plan& plan, bool* hidden);

}  // namespace seawall::report
