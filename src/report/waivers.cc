#include "report/waivers.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "base/text.h"
#include "report/time_text.h"
#include "yaml/document.h"

namespace seawall::report {
namespace {

constexpr const char* kAttempt = "read the waivers";
constexpr size_t kMost = 10000;

struct Member {
  const char* key;
  std::string Waiver::* text;
};
constexpr Member kMembers[] = {
    {"rule", &Waiver::rule}, {"node", &Waiver::node},     {"component", &Waiver::component},
    {"path", &Waiver::path}, {"reason", &Waiver::reason}, {"expires", &Waiver::expires},
    {"who", &Waiver::who}};

std::unexpected<Error> Wrong(const Place& place, std::string why, std::string todo) {
  return Fail(ErrorCode::kMalformed, kAttempt,
              fmt::format("{}:{}:{}", place.file, place.line, place.column), std::move(why),
              std::move(todo));
}

bool IsPattern(std::string_view text) { return text.find_first_of("*?") != std::string_view::npos; }
bool IsEverything(std::string_view text) {
  return text.find_first_not_of("*?") == std::string_view::npos;
}

/// So wide that it would hide what nobody has looked at. `node: "*"` says of one rule that every
/// node is meant; of several rules nothing says so.
bool TooWide(const Waiver& waiver) {
  const std::string* narrowing[] = {&waiver.node, &waiver.component, &waiver.path};
  if (!IsPattern(waiver.rule))
    return std::all_of(std::begin(narrowing), std::end(narrowing),
                       [](const std::string* text) { return text->empty(); });
  return IsEverything(waiver.rule) ||
         std::all_of(std::begin(narrowing), std::end(narrowing),
                     [](const std::string* text) { return IsEverything(*text); });
}

Result<void> CheckRule(const Waiver& waiver, const Place& place) {
  std::vector<std::string> ids;
  for (const rules::Rule& rule : rules::AllRules()) {
    if (Matches(waiver.rule, rule.id)) return {};
    ids.emplace_back(rule.id);
  }
  const auto near = Closest(waiver.rule, ids);
  return Wrong(place, fmt::format("there is no rule '{}'", PrintableShort(waiver.rule, 80)),
               near ? fmt::format("did you mean {}?", *near) : "see `seawall rules`");
}

Result<Waiver> ReadWaiver(const yaml::Value& value) {
  if (!value.is_mapping())
    return Wrong(value.place(), "a waiver is no mapping", "write rule, reason and expires");
  Waiver waiver;
  std::map<std::string, Place> places;
  for (const yaml::Value::Pair& pair : value.Pairs()) {
    const std::string key = pair.key.KeyText();
    const auto* member = std::find_if(std::begin(kMembers), std::end(kMembers),
                                      [&](const Member& m) { return key == m.key; });
    if (member == std::end(kMembers)) {
      return Wrong(pair.key.place(),
                   fmt::format("a waiver has no field '{}'", PrintableShort(key, 40)),
                   "it has rule, node, component, path, reason, expires, who");
    }
    if (!pair.value.is_scalar() || Trim(pair.value.text()).empty()) {
      return Wrong(pair.value.place(), fmt::format("{} is no text, or empty", key),
                   "leave it out, or write what is meant");
    }
    waiver.*member->text = pair.value.text();
    places[key] = pair.value.place();
  }
  for (const char* required : {"rule", "reason", "expires"}) {
    if (!places.contains(required))
      return Wrong(value.place(), fmt::format("the waiver has no {}", required),
                   "a waiver needs a rule, a reason and the day on which it ends");
  }
  const auto until = ParseDayOrTime(waiver.expires);
  if (!until) {
    return Wrong(places["expires"], "expires is no day",
                 "write it as 2027-01-31, or as 2027-01-31T12:00:00Z");
  }
  waiver.until = *until;
  if (auto ok = CheckRule(waiver, places["rule"]); !ok) return std::unexpected(ok.error());
  const Place place = value.place();
  waiver.place = {Safe(place.file), place.line, place.column};
  for (const Member& member : kMembers) waiver.*member.text = Safe(waiver.*member.text);
  return waiver;
}

Result<yaml::Value> ListOf(const yaml::Stream& stream) {
  const Place begin{stream.file(), 1, 1, {}};
  if (!stream.duplicates().empty()) {
    return Wrong(stream.duplicates().front().again,
                 fmt::format("the key '{}' stands there twice",
                             PrintableShort(stream.duplicates().front().key, 40)),
                 "leave one");
  }
  const yaml::Value root = stream.root();
  if (stream.documents() != 1 || !root.is_mapping() || !root["waivers"].is_sequence())
    return Wrong(begin, "it holds no list `waivers`", "see docs/formats/waivers.md");
  for (const yaml::Value::Pair& pair : root.Pairs()) {
    const std::string key = pair.key.KeyText();
    if (key != "waivers")
      return Wrong(pair.key.place(), fmt::format("there is no field '{}'", PrintableShort(key, 40)),
                   "the file has `waivers` and nothing else");
  }
  if (root["waivers"].size() > kMost)
    return Wrong(begin, fmt::format("it holds more than {} waivers", kMost), "keep fewer");
  return root["waivers"];
}

/// Every file that the evidence names, or the instance where it names none: one waived path must
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

Result<Waivers> Waivers::Read(std::string name, std::string bytes, int64_t now) {
  auto stream = yaml::Parse(std::move(name), std::move(bytes));
  if (!stream) {
    stream.error().attempt = kAttempt;
    return std::unexpected(stream.error());
  }
  auto list = ListOf(*stream);
  if (!list) return std::unexpected(list.error());
  Waivers waivers;
  waivers.now_ = now;
  for (const yaml::Value& item : list->Items()) {
    auto waiver = ReadWaiver(item);
    if (!waiver) return std::unexpected(waiver.error());
    waivers.waivers_.push_back(std::move(*waiver));
  }
  waivers.counts_ = std::make_unique<Count[]>(waivers.waivers_.size());
  return waivers;
}

bool Waivers::Holds(size_t i) const { return waivers_[i].until >= now_ && !TooWide(waivers_[i]); }

void Waivers::Apply(NodeReport& report) const {
  for (size_t i = 0; i < waivers_.size(); ++i) {
    const Waiver& waiver = waivers_[i];
    if (!Holds(i) || !Fits(waiver.node, report.node.name)) continue;
    for (Record& record : report.findings) {
      if (!Matches(waiver.rule, record.rule->id)) continue;
      ++counts_[i].asked;
      const bool open = Urgency(record) <= 2;
      if (!(open || record.waived) || !Fits(waiver.component, record.component) ||
          !PathFits(waiver.path, record)) {
        continue;
      }
      ++counts_[i].waived;
      if (!open) continue;  // by a waiver before this one
      record.waived = std::make_shared<const Waived>(
          Waived{VerdictWord(record), waiver.reason, waiver.expires, waiver.who});
      record.verdict = rules::Verdict::kWaived;
      record.manual = false;
    }
  }
}

std::vector<WaiverUse> Waivers::Uses() const {
  std::vector<WaiverUse> uses;
  for (size_t i = 0; i < waivers_.size(); ++i) {
    const Waiver& w = waivers_[i];
    const char* state = TooWide(w)              ? "too-wide"
                        : w.until < now_        ? "expired"
                        : counts_[i].waived > 0 ? "used"
                        : counts_[i].asked > 0  ? "unused"
                                                : "not-asked";
    uses.push_back({w.rule, w.node, w.component, w.path, w.reason, w.expires, w.who, w.place, state,
                    counts_[i].waived});
  }
  return uses;
}

}  // namespace seawall::report
