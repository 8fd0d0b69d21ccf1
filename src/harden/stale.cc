#include "harden/stale.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "harden/change_json.h"
#include "harden/edit_parts.h"

namespace seawall::harden {
namespace {

constexpr size_t kMostLines = 4000;  ///< compared one with the other
constexpr size_t kShown = 20;

std::string StatText(const FileState& state) {
  if (!state.exists) return "not there";
  return fmt::format("mode {}, owner {}:{}", OctalText(state.mode), state.uid, state.gid);
}

}  // namespace

std::string LinesSince(std::string_view marks, std::string_view text) {
  const std::string now = LineMarks(text);
  const size_t old_count = marks.size() / 2;
  const size_t new_count = now.size() / 2;
  if (old_count > kMostLines || new_count > kMostLines) return "";
  const auto same = [&](size_t i, size_t k) {
    return marks.substr(i * 2, 2) == std::string_view(now).substr(k * 2, 2);
  };
  std::vector<uint16_t> common((old_count + 1) * (new_count + 1), 0);
  const auto cell = [&](size_t i, size_t k) -> uint16_t& {
    return common[i * (new_count + 1) + k];
  };
  for (size_t i = old_count; i > 0; --i) {
    for (size_t k = new_count; k > 0; --k) {
      cell(i - 1, k - 1) = same(i - 1, k - 1) ? static_cast<uint16_t>(cell(i, k) + 1)
                                              : std::max(cell(i - 1, k), cell(i, k - 1));
    }
  }
  std::string out;
  size_t shown = 0;
  size_t at = 0;
  size_t i = 0;
  for (size_t k = 0; k < new_count || i < old_count;) {
    const size_t end = LineEnd(text, at);
    if (i < old_count && k < new_count && same(i, k)) {
      ++i;
      ++k;
      at = end;
    } else if (i < old_count && (k == new_count || cell(i + 1, k) >= cell(i, k + 1))) {
      if (++shown <= kShown) out += fmt::format("  line {} is gone\n", i + 1);
      ++i;
    } else {
      if (++shown <= kShown)
        out += fmt::format("  line {} is new: {}\n", k + 1,
                           PrintableShort(Trim(text.substr(at, end - at)), 160));
      ++k;
      at = end;
    }
  }
  if (shown > kShown) out += fmt::format("  and {} more\n", shown - kShown);
  return out;
}

Error StaleError(const PlannedChange& planned, const Seen& now) {
  const FileChange& change = planned.change;
  Error error;
  error.code = ErrorCode::kMalformed;
  error.attempt = "apply the plan";
  error.where = change.path;
  error.todo = "make the plan anew";
  const bool stat = now.state.exists != change.before.exists ||
                    now.state.mode != change.before.mode || now.state.uid != change.before.uid ||
                    now.state.gid != change.before.gid;
  const bool bytes =
      now.state.exists && !change.edits.empty() && now.state.sha256 != change.before.sha256;
  error.why = "it is not as it was when the plan was made";
  if (stat)
    error.why += fmt::format("; it was {} and is {}", StatText(change.before), StatText(now.state));
  if (bytes) {
    const std::string lines = LinesSince(planned.lines, now.bytes);
    error.why += "; its bytes differ" + (lines.empty() ? "" : ":\n" + lines);
  }
  return error;
}

}  // namespace seawall::harden
