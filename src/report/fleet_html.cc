#include <fmt/format.h>

#include <algorithm>

#include "report/fleet.h"
#include "report/markup.h"
#include "report/time_text.h"

namespace seawall::report {
namespace {

constexpr std::string_view kStyle = R"css(
:root{color-scheme:light dark;--bg:#fff;--fg:#1b1f24;--dim:#57606a;--line:#d0d7de;
--fail:#b3141e;--unknown:#7d4e00;--manual:#0a53b0;--pass:#116329;--other:#57606a}
@media(prefers-color-scheme:dark){:root{--bg:#0d1117;--fg:#e6edf3;--dim:#9ea7b3;--line:#3d444d;
--fail:#ff8f88;--unknown:#e3b341;--manual:#79b8ff;--pass:#56d364;--other:#9ea7b3}}
body{margin:0 auto;padding:1rem;max-width:90rem;background:var(--bg);color:var(--fg);font:16px/1.5 system-ui,sans-serif}
h1{font-size:1.6rem}h2{font-size:1.3rem;margin-top:2rem}.dim{color:var(--dim)}
.wide{overflow-x:auto}table{border-collapse:collapse}
th,td{text-align:left;padding:.3rem .6rem;border-bottom:1px solid var(--line);vertical-align:top}
.n{text-align:right;font-variant-numeric:tabular-nums}thead th{color:var(--dim);font-weight:600}
.fail{color:var(--fail)}.unknown,.no-result{color:var(--unknown)}.manual{color:var(--manual)}
.pass{color:var(--pass)}.waived,.attested,.not-applicable,.not-asked{color:var(--other)}
.worse{color:var(--fail)}.better{color:var(--pass)}
td.fail,td.no-result{font-weight:600}
@media print{body{max-width:none;font-size:10px}}
)css";

std::string ClusterRow(const Fleet& fleet, const FleetCluster& cluster) {
  std::string row = fmt::format("<tr><th scope=\"row\">{}", Markup(cluster.name));
  for (const FleetGap& gap : cluster.gaps)
    row += fmt::format("<br><small class=\"no-result\">not read: {}</small>", Markup(gap.why));
  if (!cluster.newest)
    return row + "</th><td class=\"no-result\" colspan=\"9\">no result</td></tr>\n";
  const FleetTotals totals = fleet.TotalsOf(cluster);
  row += fmt::format("</th><td><time>{}</time><br><small class=\"dim\">{}</small></td>",
                     TimeText(cluster.newest->time), Markup(cluster.newest->file));
  constexpr const char* kWords[] = {"fail", "unknown", "manual", "waived", "attested", "pass"};
  for (size_t i = 0; i < std::size(kWords); ++i)
    row += fmt::format("<td class=\"n {}\">{}</td>", kWords[i], totals.controls[i]);
  if (!cluster.previous) return row + "<td class=\"dim\" colspan=\"2\">the first</td></tr>\n";
  return row + fmt::format("<td class=\"n better\">{}</td><td class=\"n worse\">{}</td></tr>\n",
                           totals.better, totals.worse);
}

std::string ControlRow(const Fleet& fleet, const FleetControl& control) {
  std::string row =
      fmt::format("<tr><th scope=\"row\">{}<br><small class=\"dim\">{}</small></th><td>{}</td>",
                  Markup(control.id), Markup(control.title), rules::ToString(control.severity));
  for (const FleetCluster& cluster : fleet.clusters()) {
    const FleetCell cell = Fleet::Cell(cluster, control.id);
    row += fmt::format("<td class=\"{}\">{}", cell.verdict, cell.verdict);
    const std::string_view trend = cell.trend;
    if (trend == "better" || trend == "worse" || trend == "changed")
      row += fmt::format(" <small class=\"{0}\">{0}</small>", trend);
    row += "</td>";
  }
  return row + "</tr>\n";
}

}  // namespace

std::string FleetHtml(const Fleet& fleet, const FleetOptions& options, int exit_status) {
  std::string html = fmt::format(
      "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n"
      "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src "
      "'sha256-{}'; base-uri 'none'; form-action 'none'\">\n"
      "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\n"
      "<title>seawall: {} clusters</title>\n<style>{}</style></head>\n<body>\n<main>\n"
      "<h1>seawall fleet</h1>\n<p class=\"dim\">{} clusters, {} without a result · seawall {} · "
      "exit status {}</p>\n",
      DigestForPolicy(kStyle), fleet.clusters().size(), kStyle, fleet.clusters().size(),
      fleet.without_result(), Markup(options.version), exit_status);
  html +=
      "<h2 id=\"clusters\">Clusters</h2>\n<div class=\"wide\" role=\"region\" "
      "aria-labelledby=\"clusters\" tabindex=\"0\"><table><thead><tr><th>Cluster</th>"
      "<th>Result "
      "of</th><th>Fail</th><th>Unknown</th><th>Manual</th><th>Waived</th><th>Attested</"
      "th><th>Pass</th>"
      "<th>Better</th><th>Worse</th></tr></thead><tbody>\n";
  for (const FleetCluster& cluster : fleet.clusters()) html += ClusterRow(fleet, cluster);
  html +=
      "</tbody></table></div>\n<h2 id=\"controls\">Controls</h2>\n<div class=\"wide\" "
      "role=\"region\" aria-labelledby=\"controls\" tabindex=\"0\"><table><thead><tr>"
      "<th>Control</th><th>Severity</th>";
  for (const FleetCluster& cluster : fleet.clusters())
    html += fmt::format("<th scope=\"col\">{}</th>", Markup(cluster.name));
  html += "</tr></thead><tbody>\n";
  for (const FleetControl& control : fleet.controls()) html += ControlRow(fleet, control);
  return html + "</tbody></table></div>\n</main></body></html>\n";
}

}  // namespace seawall::report
