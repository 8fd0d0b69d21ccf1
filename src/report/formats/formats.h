// The formats, one in each file beside this.
#pragma once

#include "report/format.h"

namespace seawall::report {

std::unique_ptr<Format> MakeText(Options options);
std::unique_ptr<Format> MakeJson(Options options);
std::unique_ptr<Format> MakeJsonLines(Options options);
std::unique_ptr<Format> MakeSarif(Options options);
std::unique_ptr<Format> MakeJunit(Options options);
std::unique_ptr<Format> MakeHtml(Options options);
std::unique_ptr<Format> MakeMetrics(Options options);
std::unique_ptr<Format> MakeCsv(Options options);
std::unique_ptr<Format> MakePolicyReport(Options options);

}  // namespace seawall::report
