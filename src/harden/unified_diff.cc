#include "harden/unified_diff.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/common_ends.h"
#include "harden/edit_parts.h"

namespace seawall::harden {
namespace {

constexpr size_t kContext = 3;
/// Lines on each side that DiffOfTexts compares one with the other.
constexpr size_t kMostLines = 2000;

/// Whole lines [begin, end) of the text before, and the lines that take their place.
struct Region {
  size_t begin = 0;
  size_t end = 0;
  std::string fresh;
};

Region RegionOf(std::string_view text, const Edit& edit) {
  const size_t last = edit.offset + edit.length;
  const bool at_start = edit.offset == LineBegin(text, edit.offset);
  const bool ends_at_start = last == LineBegin(text, last) || last == text.size();
  const bool whole = at_start && ends_at_start &&
                     (edit.replacement.empty() || edit.replacement.back() == '\n') &&
                     (last != text.size() || text.empty() || text.back() == '\n');
  if (whole) return {edit.offset, last, ""};
  return {LineBegin(text, edit.offset), LineEnd(text, last), ""};
}

std::vector<Region> RegionsOf(std::string_view text, const std::vector<Edit>& edits) {
  std::vector<Region> regions;
  for (const Edit& edit : edits) {
    const Region region = RegionOf(text, edit);
    // Lines that touch belong together.
    if (!regions.empty() && region.begin <= regions.back().end) {
      regions.back().end = std::max(regions.back().end, region.end);
    } else {
      regions.push_back(region);
    }
  }
  auto edit = edits.begin();
  for (Region& region : regions) {
    size_t at = region.begin;
    for (; edit != edits.end() && edit->offset + edit->length <= region.end; ++edit) {
      region.fresh.append(text.substr(at, edit->offset - at)).append(edit->replacement);
      at = edit->offset + edit->length;
    }
    region.fresh.append(text.substr(at, region.end - at));
  }
  return regions;
}

std::vector<std::string_view> Lines(std::string_view text) {
  std::vector<std::string_view> lines;
  for (size_t at = 0; at < text.size();) {
    const size_t end = LineEnd(text, at);
    lines.push_back(text.substr(at, end - at));
    at = end;
  }
  return lines;
}

void AddLine(std::string& out, char sign, std::string_view line) {
  out += sign;
  out += line;
  if (!line.ends_with('\n')) out += "\n\\ No newline at end of file\n";
}

/// One row of a diff: '-', '+' or ' ' and its line.
struct Row {
  char sign = ' ';
  std::string_view line;
};

/// Rows with only the context that a unified diff has, with the heads of the hunks.
std::string Hunks(const std::vector<Row>& rows) {
  std::string out;
  size_t old_line = 0;
  size_t new_line = 0;
  for (size_t i = 0; i < rows.size();) {
    if (rows[i].sign == ' ') {
      ++old_line;
      ++new_line;
      ++i;
      continue;
    }
    size_t begin = i - std::min(i, kContext);
    while (begin < i && rows[begin].sign != ' ') ++begin;
    size_t end = i;
    for (size_t same = 0; end < rows.size() && same <= 2 * kContext; ++end) {
      same = rows[end].sign == ' ' ? same + 1 : 0;
    }
    size_t tail = 0;
    while (end > i && rows[end - 1].sign == ' ') {
      --end;
      ++tail;
    }
    end += std::min(tail, kContext);
    size_t olds = 0;
    size_t news = 0;
    std::string body;
    for (size_t k = begin; k < end; ++k) {
      olds += rows[k].sign != '+' ? 1 : 0;
      news += rows[k].sign != '-' ? 1 : 0;
      AddLine(body, rows[k].sign, rows[k].line);
    }
    const size_t old_from = old_line - (i - begin);
    const size_t new_from = new_line - (i - begin);
    out += fmt::format("@@ -{},{} +{},{} @@\n", old_from + (olds > 0 ? 1 : 0), olds,
                       new_from + (news > 0 ? 1 : 0), news);
    out += body;
    old_line = old_from + olds;
    new_line = new_from + news;
    i = end;
  }
  return out;
}

/// In each file's head, for patch takes the modes of one head for the next file's without it.
std::string Head(const FileChange& change) {
  std::string head = fmt::format("diff --git a{0} b{0}\n", change.path);
  if (!change.before.exists) return head + fmt::format("new file mode 10{:04o}\n", change.mode);
  if (change.before.mode == change.mode) return head;
  return head +
         fmt::format("old mode 10{:04o}\nnew mode 10{:04o}\n", change.before.mode, change.mode);
}

}  // namespace

std::string UnifiedDiff(const FileChange& change, std::string_view before) {
  std::vector<Row> rows;
  if (change.folder) return "";
  if (!change.before.exists) {
    for (const std::string_view line : Lines(change.content)) rows.push_back({'+', line});
    return Head(change) + fmt::format("--- /dev/null\n+++ b{}\n", change.path) + Hunks(rows);
  }
  if (change.edits.empty()) return change.before.mode == change.mode ? "" : Head(change);
  // The rows point into them.
  const std::vector<Region> regions = RegionsOf(before, change.edits);
  size_t at = 0;
  for (const Region& region : regions) {
    for (const std::string_view line : Lines(before.substr(at, region.begin - at)))
      rows.push_back({' ', line});
    for (const std::string_view line :
         Lines(before.substr(region.begin, region.end - region.begin)))
      rows.push_back({'-', line});
    for (const std::string_view line : Lines(region.fresh)) rows.push_back({'+', line});
    at = region.end;
  }
  for (const std::string_view line : Lines(before.substr(at))) rows.push_back({' ', line});
  return Head(change) + fmt::format("--- a{0}\n+++ b{0}\n", change.path) + Hunks(rows);
}

std::string DiffOfTexts(std::string_view before, std::string_view after) {
  std::vector<std::string_view> a = Lines(before);
  std::vector<std::string_view> b = Lines(after);
  const auto [head, tail] = EndsInCommon(a, b);
  const size_t rows_a = a.size() - head - tail;
  const size_t rows_b = b.size() - head - tail;
  std::vector<Row> rows;
  for (size_t i = 0; i < head; ++i) rows.push_back({' ', a[i]});
  if (rows_a > kMostLines || rows_b > kMostLines) {
    for (size_t i = 0; i < rows_a; ++i) rows.push_back({'-', a[head + i]});
    for (size_t i = 0; i < rows_b; ++i) rows.push_back({'+', b[head + i]});
  } else {
    // The longest common subsequence, from the end.
    std::vector<uint32_t> common((rows_a + 1) * (rows_b + 1), 0);
    const auto cell = [&](size_t i, size_t k) -> uint32_t& { return common[i * (rows_b + 1) + k]; };
    for (size_t i = rows_a; i > 0; --i) {
      for (size_t k = rows_b; k > 0; --k) {
        cell(i - 1, k - 1) = a[head + i - 1] == b[head + k - 1]
                                 ? cell(i, k) + 1
                                 : std::max(cell(i, k - 1), cell(i - 1, k));
      }
    }
    size_t i = 0;
    size_t k = 0;
    while (i < rows_a || k < rows_b) {
      if (i < rows_a && k < rows_b && a[head + i] == b[head + k]) {
        rows.push_back({' ', a[head + i++]});
        ++k;
      } else if (i < rows_a && (k == rows_b || cell(i + 1, k) >= cell(i, k + 1))) {
        rows.push_back({'-', a[head + i++]});
      } else {
        rows.push_back({'+', b[head + k++]});
      }
    }
  }
  for (size_t i = a.size() - tail; i < a.size(); ++i) rows.push_back({' ', a[i]});
  return Hunks(rows);
}

}  // namespace seawall::harden
