#include "app/span.h"

#include <fmt/format.h>

#include <optional>
#include <string>

#include "base/text.h"
#include "cluster/values.h"

namespace seawall::app {

Result<int64_t> ReadSpan(const Arguments& arguments, const char* option, int64_t least) {
  if (!arguments.Has(option)) return 0;
  const std::string text = arguments.Get(option);
  std::optional<int64_t> seconds;
  if (text.ends_with('d')) {
    seconds = ParseInt(text.substr(0, text.size() - 1));
    if (seconds && *seconds <= 36500) {
      *seconds *= 86400;
    } else {
      seconds.reset();
    }
  } else if (const auto nanoseconds = cluster::ParseDuration(text)) {
    seconds = *nanoseconds / 1'000'000'000;
  }
  if (seconds && *seconds >= least) return *seconds;
  return Fail(ErrorCode::kUsage, fmt::format("read --{}", option), "",
              fmt::format("'{}' is no time of {}s or more", Printable(text), least),
              "write it as 90d, 12h or 30m");
}

}  // namespace seawall::app
