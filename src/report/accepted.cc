#include "report/accepted.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "report/time_text.h"
#include "rules/risk_table.h"
#include "yaml/document.h"

namespace seawall::report {
namespace {

constexpr size_t kMost = 10000;

bool IsPattern(std::string_view text) { return text.find_first_of("*?") != std::string_view::npos; }
bool IsEverything(std::string_view text) {
  return text.find_first_not_of("*?") == std::string_view::npos;
}

/// So wide that it would hide what nobody has looked at. `node: "*"` says of one rule that every
/// node is meant; of several rules nothing says so.
bool TooWide(const AcceptedRow& row) {
  constexpr const char* kNarrowing[] = {"node", "component", "path"};
  if (!IsPattern(row.Get("rule")))
    return std::ranges::all_of(kNarrowing, [&](const char* key) { return row.Get(key).empty(); });
  return IsEverything(row.Get("rule")) || std::ranges::all_of(kNarrowing, [&](const char* key) {
           return IsEverything(row.Get(key));
         });
}

Result<void> CheckRule(const RowKind& kind, const AcceptedRow& row) {
  const std::string& wanted = row.Get("rule");
  std::vector<std::string> ids;
  for (const rules::Rule& rule : rules::AllRules()) {
    if (Matches(wanted, rule.id)) return {};
    ids.emplace_back(rule.id);
  }
  for (const rules::RiskRow& risk : rules::AllRiskRows()) {
    if (Matches(wanted, risk.rule.id)) return {};
    ids.emplace_back(risk.rule.id);
  }
  const auto near = Closest(wanted, ids);
  return WrongRow(kind, row.places.at("rule"),
                  fmt::format("there is no rule '{}'", PrintableShort(wanted, 80)),
                  near ? fmt::format("did you mean {}?", *near) : "see `seawall rules`");
}

Result<void> ReadFields(const RowKind& kind, const yaml::Value& value, AcceptedRow& row) {
  if (!value.is_mapping()) {
    return WrongRow(kind, value.place(), fmt::format("this {} is no mapping", kind.one),
                    fmt::format("write {}", Join(kind.required, ", ")));
  }
  for (const yaml::Value::Pair& pair : value.Pairs()) {
    const std::string key = pair.key.KeyText();
    if (std::ranges::find(kind.keys, key) == kind.keys.end()) {
      return WrongRow(kind, pair.key.place(),
                      fmt::format("the {} has no field '{}'", kind.one, PrintableShort(key, 40)),
                      fmt::format("there are {}", Join(kind.keys, ", ")));
    }
    if (!pair.value.is_scalar() || Trim(pair.value.text()).empty()) {
      return WrongRow(kind, pair.value.place(), fmt::format("{} is no text, or empty", key),
                      "leave it out, or write what is meant");
    }
    row.text[key] = Safe(pair.value.text());
    row.places[key] = pair.value.place();
  }
  return {};
}

Result<AcceptedRow> ReadRow(const RowKind& kind, const yaml::Value& value) {
  AcceptedRow row;
  row.place = value.place();
  if (auto ok = ReadFields(kind, value, row); !ok) return std::unexpected(ok.error());
  for (const char* required : kind.required) {
    if (!row.places.contains(required))
      return WrongRow(kind, value.place(), fmt::format("the {} has no {}", kind.one, required),
                      kind.needs);
  }
  const auto until = ParseDayOrTime(row.Get("expires"));
  if (!until) {
    return WrongRow(kind, row.places["expires"], "expires is no day",
                    "write it as 2027-01-31, or as 2027-01-31T12:00:00Z");
  }
  row.until = *until;
  if (auto ok = CheckRule(kind, row); !ok) return std::unexpected(ok.error());
  return row;
}

Result<yaml::Value> ListOf(const RowKind& kind, const yaml::Stream& stream) {
  const Place begin{stream.file(), 1, 1, {}};
  if (!stream.duplicates().empty()) {
    return WrongRow(kind, stream.duplicates().front().again,
                    fmt::format("the key '{}' stands there twice",
                                PrintableShort(stream.duplicates().front().key, 40)),
                    "leave one");
  }
  const yaml::Value root = stream.root();
  if (stream.documents() != 1 || !root.is_mapping() || !root[kind.list].is_sequence())
    return WrongRow(kind, begin, fmt::format("it holds no list `{}`", kind.list),
                    fmt::format("see {}", kind.docs));
  for (const yaml::Value::Pair& pair : root.Pairs()) {
    const std::string key = pair.key.KeyText();
    if (key != kind.list)
      return WrongRow(kind, pair.key.place(),
                      fmt::format("there is no field '{}'", PrintableShort(key, 40)),
                      fmt::format("the file has `{}` and nothing else", kind.list));
  }
  if (root[kind.list].size() > kMost)
    return WrongRow(kind, begin, fmt::format("it holds more than {} {}", kMost, kind.list),
                    "keep fewer");
  return root[kind.list];
}

/// Every file that the evidence names, or the instance where it names none: one accepted path must
/// not hide another.
bool PathFits(const std::string& pattern, const Record& record) {
  if (pattern.empty()) return true;
  bool any = false;
  for (const Observation& seen : record.evidence) {
    if (seen.place.file.empty()) continue;
    any = true;
    if (!Matches(pattern, seen.place.file)) return false;
  }
  return any || Matches(pattern, record.instance);
}

bool Fits(const std::string& pattern, const std::string& text) {
  return pattern.empty() || Matches(pattern, text);
}

}  // namespace

bool Matches(std::string_view pattern, std::string_view text) {
  size_t p = 0;
  size_t t = 0;
  size_t star = std::string_view::npos;
  size_t resume = 0;
  while (t < text.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      resume = t;
    } else if (p < pattern.size() && (pattern[p] == '?' || pattern[p] == text[t])) {
      ++p;
      ++t;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      t = ++resume;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == '*') ++p;
  return p == pattern.size();
}

const std::string& AcceptedRow::Get(std::string_view key) const {
  static const std::string none;
  const auto found = text.find(key);
  return found == text.end() ? none : found->second;
}

Spot AcceptedRow::Where() const { return {Safe(place.file), place.line, place.column}; }

std::unexpected<Error> WrongRow(const RowKind& kind, const Place& place, std::string why,
                                std::string todo) {
  return Fail(ErrorCode::kMalformed, kind.attempt,
              fmt::format("{}:{}:{}", place.file, place.line, place.column), std::move(why),
              std::move(todo));
}

Result<std::vector<AcceptedRow>> ReadAcceptedRows(const RowKind& kind, std::string name,
                                                  std::string bytes) {
  auto stream = yaml::Parse(std::move(name), std::move(bytes));
  if (!stream) {
    stream.error().attempt = kind.attempt;
    return std::unexpected(stream.error());
  }
  auto list = ListOf(kind, *stream);
  if (!list) return std::unexpected(list.error());
  std::vector<AcceptedRow> rows;
  for (const yaml::Value& item : list->Items()) {
    auto row = ReadRow(kind, item);
    if (!row) return std::unexpected(row.error());
    rows.push_back(std::move(*row));
  }
  return rows;
}

AcceptedRows::AcceptedRows(std::vector<AcceptedRow> rows, int64_t now)
    : rows_(std::move(rows)), now_(now), counts_(std::make_unique<Count[]>(rows_.size())) {}

void AcceptedRows::Apply(NodeReport& report, Is open, Is taken, const Take& take) const {
  for (size_t i = 0; i < rows_.size(); ++i) {
    const AcceptedRow& row = rows_[i];
    if (row.until < now_ || TooWide(row) || !Fits(row.Get("node"), report.node.name)) continue;
    for (Record& record : report.findings) {
      if (!Matches(row.Get("rule"), record.rule->id)) continue;
      ++counts_[i].asked;
      const bool is_open = open(record);
      if (!(is_open || taken(record)) || !Fits(row.Get("component"), record.component) ||
          !PathFits(row.Get("path"), record)) {
        continue;
      }
      ++counts_[i].taken;
      if (is_open) take(row, record);  // else by a row before this one
    }
  }
}

const char* AcceptedRows::State(size_t i) const {
  return TooWide(rows_[i])       ? "too-wide"
         : rows_[i].until < now_ ? "expired"
         : counts_[i].taken > 0  ? "used"
         : counts_[i].asked > 0  ? "unused"
                                 : "not-asked";
}

}  // namespace seawall::report
