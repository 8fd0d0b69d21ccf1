// What a review remembers of logs: whatever is in it is refused, or comes back as it was.
#include <fmt/format.h>

#include <string>

#include "auditlog/review_state.h"
#include "base/sha256.h"
#include "base/text.h"
#include "require.h"

namespace {

/// With the last line that fits: without it everything is refused at once.
std::string Ended(const std::string& bytes) {
  const auto digest = seawall::Sha256(bytes);
  const std::string_view raw(reinterpret_cast<const char*>(digest.data()), digest.size());
  return bytes + fmt::format("{{\"end\":\"{}\"}}\n", seawall::Hex(raw));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace seawall;
  auditlog::ReviewState state;
  const auto read =
      auditlog::ReadReviewState(Ended(std::string(fuzz::Text(data, size))), "state", state);
  if (!read) {
    fuzz::RequirePrintable(read.error().ToString(), "an error is printable");
    return 0;
  }
  const std::string written = auditlog::WriteReviewState(state);
  auditlog::ReviewState again;
  fuzz::Require(auditlog::ReadReviewState(written, "state", again).has_value(),
                "what was written is read");
  fuzz::Require(auditlog::WriteReviewState(again) == written, "it is the same");
  return 0;
}
