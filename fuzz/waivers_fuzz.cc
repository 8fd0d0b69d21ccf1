// A file of waivers.
#include <string>

#include "report/waivers.h"
#include "require.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace seawall;
  const auto waivers =
      report::Waivers::Read("w.yaml", std::string(fuzz::Text(data, size)), 1767225600);
  if (!waivers) {
    fuzz::RequirePrintable(waivers.error().ToString(), "an error is printable");
    return 0;
  }
  for (const report::WaiverUse& use : waivers->Uses())
    fuzz::Require(use.findings == 0 && !use.reason.empty(), "nothing was waived yet");
  return 0;
}
