#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "report/fleet.h"
#include "report/formats/csv_field.h"
#include "report/style.h"
#include "report/time_text.h"
#include "report/wrap.h"

namespace seawall::report {
namespace {

std::string Padded(const std::string& text, size_t columns) {
  const size_t own = Columns(text);
  return own >= columns ? text : text + std::string(columns - own, ' ');
}

Ink InkOf(std::string_view verdict) {
  if (verdict == "fail") return Ink::kRed;
  if (verdict == "unknown" || verdict == "no-result") return Ink::kYellow;
  if (verdict == "manual") return Ink::kBlue;
  return verdict == "pass" ? Ink::kGreen : Ink::kDim;
}

/// Beside the verdict of a cell.
const char* Sign(std::string_view trend) {
  if (trend == "better") return " +";
  if (trend == "worse") return " -";
  return trend == "changed" ? " ~" : "";
}

class Matrix {
 public:
  Matrix(const Fleet& fleet, const FleetOptions& options)
      : fleet_(fleet), options_(options), style_(options.color) {}

  std::string Clusters() const {
    size_t widest = 7;
    for (const FleetCluster& cluster : fleet_.clusters())
      widest = std::max(widest, Columns(Printable(cluster.name)));
    std::string out = fmt::format("{}  {:<20}  {:>5}  {:>7}  {:>6}  {:>6}  {:>8}  {:>5}  {}\n",
                                  Padded("CLUSTER", widest), "RESULT OF", "FAIL", "UNKNOWN",
                                  "MANUAL", "WAIVED", "ATTESTED", "PASS", "SINCE THE ONE BEFORE");
    for (const FleetCluster& cluster : fleet_.clusters()) out += Line(cluster, widest);
    return out;
  }

  /// Controls that are not well everywhere, most severe first; as columns while they fit.
  std::string Controls() const {
    std::vector<const FleetControl*> chosen;
    for (const FleetControl& control : fleet_.controls()) {
      if (options_.verbose || Open(control)) chosen.push_back(&control);
    }
    std::ranges::stable_sort(chosen, std::greater(), &FleetControl::severity);
    if (chosen.empty()) return "";
    size_t widest = 7;
    for (const FleetControl* control : chosen) widest = std::max(widest, Columns(control->id));
    constexpr size_t kCell = 16;  // "not-applicable" and its sign
    const bool fits =
        widest + 12 + kCell * fleet_.clusters().size() <= std::max<size_t>(options_.width, 80);
    return fits ? AsColumns(chosen, widest, kCell) : AsLists(chosen);
  }

 private:
  bool Open(const FleetControl& control) const {
    return std::ranges::any_of(fleet_.clusters(), [&](const FleetCluster& cluster) {
      const std::string_view verdict = Fleet::Cell(cluster, control.id).verdict;
      return verdict == "fail" || verdict == "unknown" || verdict == "manual";
    });
  }

  std::string Line(const FleetCluster& cluster, size_t widest) const {
    const std::string name = Padded(Printable(cluster.name), widest);
    std::string out;
    if (cluster.newest) {
      const FleetTotals t = fleet_.TotalsOf(cluster);
      const std::string trend =
          cluster.previous ? fmt::format("{} better, {} worse", t.better, t.worse) : "(the first)";
      out = fmt::format("{}  {:<20}  {:>5}  {:>7}  {:>6}  {:>6}  {:>8}  {:>5}  {}\n", name,
                        TimeText(cluster.newest->time), t.controls[0], t.controls[1], t.controls[2],
                        t.controls[kIsWaived], t.controls[kIsAttested], t.controls[kPasses], trend);
    } else {
      out = fmt::format("{}  {}\n", name, style_(Ink::kYellow, "no result"));
    }
    for (const FleetGap& gap : cluster.gaps)
      out += Wrap("not read: " + Printable(gap.why), options_.width, 4);
    return out;
  }

  std::string AsColumns(const std::vector<const FleetControl*>& chosen, size_t widest,
                        size_t cell) const {
    std::string out = Padded("CONTROL", widest) + "  SEVERITY  ";
    for (const FleetCluster& cluster : fleet_.clusters())
      out += Padded(PrintableShort(cluster.name, cell - 2), cell);
    out = std::string(TrimRight(out)) + "\n";
    for (const FleetControl* control : chosen) {
      std::string line = Padded(Printable(control->id), widest) + "  " +
                         Padded(rules::ToString(control->severity), 10);
      for (const FleetCluster& cluster : fleet_.clusters()) {
        const FleetCell own = Fleet::Cell(cluster, control->id);
        const std::string text = std::string(own.verdict) + Sign(own.trend);
        line +=
            style_(InkOf(own.verdict), text) + std::string(cell - std::min(cell, text.size()), ' ');
      }
      out += std::string(TrimRight(line)) + "\n";
    }
    return out + "\n+ better, - worse, ~ changed since the result before\n";
  }

  std::string AsLists(const std::vector<const FleetControl*>& chosen) const {
    std::string out;
    for (const FleetControl* control : chosen) {
      out += fmt::format("{} ({})\n", Printable(control->id), rules::ToString(control->severity));
      std::map<std::string_view, std::vector<std::string>> by_verdict;
      for (const FleetCluster& cluster : fleet_.clusters()) {
        const FleetCell cell = Fleet::Cell(cluster, control->id);
        by_verdict[cell.verdict].push_back(Printable(cluster.name) + Sign(cell.trend));
      }
      for (const char* verdict : {"fail", "unknown", "manual", "no-result", "not-asked", "waived",
                                  "attested", "pass", "not-applicable"}) {
        const auto found = by_verdict.find(verdict);
        if (found == by_verdict.end()) continue;
        out += Wrap(fmt::format("{}: {}", verdict, Join(found->second, ", ")), options_.width, 2);
      }
    }
    return out + "\n+ better, - worse, ~ changed since the result before\n";
  }

  const Fleet& fleet_;
  const FleetOptions& options_;
  Style style_;
};

}  // namespace

std::string FleetText(const Fleet& fleet, const FleetOptions& options, int exit_status) {
  const Matrix matrix(fleet, options);
  std::string out = matrix.Clusters();
  const std::string controls = matrix.Controls();
  if (!controls.empty()) out += "\n" + controls;
  out += fmt::format("\n{} clusters, {} without a result; exit status {}\n",
                     fleet.clusters().size(), fleet.without_result(), exit_status);
  return out;
}

std::string FleetCsv(const Fleet& fleet) {
  std::string out =
      "cluster,control,title,severity,verdict,trend,fail,unknown,manual,waived,attested,pass,"
      "not-applicable,result,time,previous\r\n";
  const auto time = [](const std::optional<FleetResult>& result) {
    return result ? TimeText(result->time) : "";
  };
  for (const FleetCluster& cluster : fleet.clusters()) {
    const auto line = [&](const FleetControl& control, const FleetCell& cell) {
      out += fmt::format("{},{},{},{},{},{}", CsvField(cluster.name), CsvField(control.id),
                         CsvField(control.title),
                         control.id.empty() ? "" : rules::ToString(control.severity), cell.verdict,
                         cell.trend);
      for (const uint32_t n : cell.counts.by_urgency) out += fmt::format(",{}", n);
      out += fmt::format(",{},{},{}\r\n", cluster.newest ? CsvField(cluster.newest->file) : "",
                         time(cluster.newest), time(cluster.previous));
    };
    if (!cluster.newest) line({}, {});
    for (const FleetControl& control : fleet.controls()) {
      if (cluster.newest) line(control, Fleet::Cell(cluster, control.id));
    }
  }
  return out;
}

}  // namespace seawall::report
