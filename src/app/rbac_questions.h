// `seawall rbac can-i --questions`: a question a line, an answer a line, in order.
#pragma once

#include "app/command.h"

namespace seawall::app {

/// Exit status: 2 when a line is no question, otherwise 3 when an answer is unknown, otherwise 0.
Result<int> RunQuestions(const Arguments& arguments);

}  // namespace seawall::app
