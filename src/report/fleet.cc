#include "report/fleet.h"

#include <algorithm>
#include <filesystem>

#include "base/text.h"
#include "report/time_text.h"

namespace seawall::report {
namespace {

constexpr const char* kVerdicts[] = {"fail",     "unknown", "manual",        "waived",
                                     "attested", "pass",    "not-applicable"};  // by Urgency

size_t MostUrgent(const ControlCounts& counts) {
  size_t i = 0;
  while (i < counts.by_urgency.size() && counts.by_urgency[i] == 0) ++i;
  return i;
}

/// Of one urgency: more of them is worse.
const char* ByNumber(uint32_t before, uint32_t now, size_t urgency) {
  if (before == now || urgency > 2) return "same";
  return now > before ? "worse" : "better";
}

const char* Trend(const ControlCounts& before, const ControlCounts& now) {
  const size_t was = MostUrgent(before);
  const size_t is = MostUrgent(now);
  if (was == is) return ByNumber(before.by_urgency[is], now.by_urgency[is], is);
  if (is >= kPasses) return was >= kPasses ? "same" : "better";  // passes or does not apply
  if (is < was) return "worse";
  // It failed, and is unknown, for a person, waived or attested: nobody saw it pass.
  return "changed";
}

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

/// The day and time in "20270331T120000Z", "2027-03-31T12:00:00Z", "2027-03-31" and the like.
std::optional<int64_t> TimeOfDigits(std::string_view text) {
  std::string digits;
  for (const char c : text) {
    if (IsDigit(c)) digits += c;
  }
  if (digits.size() != 8 && digits.size() != 12 && digits.size() != 14) return std::nullopt;
  digits.resize(14, '0');
  const auto part = [&](size_t at, size_t n) { return digits.substr(at, n); };
  return ParseTimeText(part(0, 4) + "-" + part(4, 2) + "-" + part(6, 2) + "T" + part(8, 2) + ":" +
                       part(10, 2) + ":" + part(12, 2) + "Z");
}

}  // namespace

std::optional<int64_t> TimeOfName(const std::string& file, std::string& stem) {
  const std::filesystem::path path(file);
  stem = path.filename().string();
  for (const std::string_view ending : {".json", ".jsonl"}) {
    if (stem.ends_with(ending)) stem.resize(stem.size() - ending.size());
  }
  size_t begin = stem.size();
  while (begin > 0 &&
         (IsDigit(stem[begin - 1]) || std::string_view("-_.:TZ").contains(stem[begin - 1]))) {
    --begin;
  }
  // The first digit of the run that makes a time of the rest: "k8s-1-2027-03-31" is of k8s-1.
  std::optional<int64_t> time;
  for (size_t at = begin; at < stem.size() && !time; ++at) {
    const bool first = IsDigit(stem[at]) && (at == 0 || !IsDigit(stem[at - 1]));
    if (!first) continue;
    time = TimeOfDigits(std::string_view(stem).substr(at));
    if (time) stem.resize(at);
  }
  while (time && !stem.empty() && std::string_view("-_.").contains(stem.back())) stem.pop_back();
  // DIR/2027-03-31.json is of DIR.
  if (stem.empty()) stem = path.parent_path().filename().string();
  if (stem.empty()) stem = path.filename().string();
  return time;
}

std::vector<FleetControl> Fleet::RuleOf(const Record& record) {
  return {{record.rule->id, record.rule->title, record.rule->severity}};
}

FleetCluster& Fleet::Of(const std::string& cluster) {
  const auto [at, fresh] = index_.try_emplace(cluster, clusters_.size());
  if (fresh) clusters_.push_back({cluster, {}, {}, {}});
  return clusters_[at->second];
}

void Fleet::Add(const std::string& cluster, FleetResult result) {
  FleetCluster& own = Of(cluster);
  // Of two of one time the one that was named later counts as the newer one.
  if (!own.newest || result.time >= own.newest->time) {
    own.previous = std::move(own.newest);
    own.newest = std::move(result);
  } else if (!own.previous || result.time >= own.previous->time) {
    own.previous = std::move(result);
  }
}

void Fleet::AddGap(const std::string& cluster, FleetGap gap) {
  Of(cluster).gaps.push_back(std::move(gap));
}

void Fleet::AddControls(const std::vector<FleetControl>& controls) {
  for (const FleetControl& control : controls) {
    const auto [at, fresh] = known_.try_emplace(control.id, controls_.size());
    if (fresh) {
      controls_.push_back(control);
    } else {
      FleetControl& own = controls_[at->second];
      own.severity = std::max(own.severity, control.severity);
    }
  }
}

FleetCell Fleet::Cell(const FleetCluster& cluster, const std::string& control) {
  FleetCell cell;
  if (!cluster.newest) return cell;
  const auto now = cluster.newest->controls.find(control);
  if (now == cluster.newest->controls.end()) {
    cell.verdict = "not-asked";
    if (cluster.previous && cluster.previous->controls.contains(control)) cell.trend = "changed";
    return cell;
  }
  cell.counts = now->second;
  cell.verdict = kVerdicts[std::min(MostUrgent(cell.counts), std::size(kVerdicts) - 1)];
  if (!cluster.previous) return cell;
  const auto before = cluster.previous->controls.find(control);
  cell.trend =
      before == cluster.previous->controls.end() ? "new" : Trend(before->second, cell.counts);
  return cell;
}

FleetTotals Fleet::TotalsOf(const FleetCluster& cluster) const {
  FleetTotals totals;
  if (!cluster.newest) return totals;
  for (const FleetControl& control : controls_) {
    const FleetCell cell = Cell(cluster, control.id);
    const size_t urgency = MostUrgent(cell.counts);
    if (urgency < totals.controls.size()) ++totals.controls[urgency];
    totals.better += std::string_view(cell.trend) == "better";
    totals.worse += std::string_view(cell.trend) == "worse";
  }
  return totals;
}

size_t Fleet::without_result() const {
  return static_cast<size_t>(
      std::ranges::count_if(clusters_, [](const FleetCluster& c) { return !c.newest; }));
}

}  // namespace seawall::report
