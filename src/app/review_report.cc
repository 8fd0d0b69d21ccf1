#include "app/review_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "app/app.h"
#include "auditlog/time.h"
#include "base/text.h"
#include "report/json_writer.h"
#include "review/time_line.h"

namespace seawall::app {
namespace {

using auditlog::TimeText;
using review::Review;
using review::ReviewedGrant;
using review::ReviewedRow;
using review::ReviewedServer;
using review::ReviewedSubject;
using review::RightState;

constexpr size_t kTimePoints = 40;
constexpr size_t kTimePointsJson = 10'000;
constexpr size_t kGapsTold = 10;
constexpr size_t kNamesTold = 5;

std::string What(const ReviewedRow& row) {
  std::string text = Join(row.verbs, ", ");
  if (!row.url.empty()) return Printable(text + " " + row.url);
  text += " " + (row.resource.empty() ? std::string("\"\"") : row.resource);
  if (!row.group.empty()) text += "." + row.group;
  const size_t told = std::min(row.names.size(), kNamesTold);
  for (size_t i = 0; i < told; ++i) text += (i == 0 ? " named " : ", ") + row.names[i];
  if (row.names.size() > told) text += fmt::format(" and {} more", row.names.size() - told);
  return Printable(text);
}

std::string Span(int64_t seconds) {
  if (seconds % 86400 == 0 && seconds > 86400) return fmt::format("{} days", seconds / 86400);
  if (seconds >= 3600) return fmt::format("{:.3g} h", static_cast<double>(seconds) / 3600);
  return fmt::format("{} min", seconds / 60);
}

std::string ServersText(const Review& review) {
  std::string text = "logs\n";
  for (const ReviewedServer& server : review.servers) {
    if (server.first == 0) {
      text += fmt::format("  {}: no event\n", Printable(server.name));
      continue;
    }
    text += fmt::format("  {}: {} to {}, {}{}\n", Printable(server.name), TimeText(server.first),
                        TimeText(server.last),
                        server.gaps.empty() ? "never silent for more than " + Span(server.silence)
                                            : Plural(server.gaps.size(), "gap") + " of more than " +
                                                  Span(server.silence),
                        server.damaged > 0 ? ", " + Plural(server.damaged, "damaged line") : "");
    size_t told = 0;
    for (const auto& gap : server.gaps) {
      if (++told > kGapsTold) break;
      text += fmt::format("    silent {} to {}\n", TimeText(gap.from), TimeText(gap.to));
    }
    if (server.gaps.size() > kGapsTold)
      text += fmt::format("    and {} more\n", server.gaps.size() - kGapsTold);
  }
  return text;
}

std::string PolicyText(const Review& review, const ReviewTexts& texts) {
  if (!review.inferred)
    return fmt::format("audit policy\n  {}\n", Printable(Join(texts.policies, ", ")));
  return "audit policy\n  none is named (--audit-policy): what the logs have of a resource, they "
         "are taken to have of everybody;\n  what they have of nobody is unknown\n";
}

void AddRow(const ReviewedRow& row, std::string& text) {
  const std::string where = Printable(row.where);
  switch (row.state) {
    case RightState::kUsed:
      text += fmt::format("    used     {}: {}\n", What(row), UseAsText(row.use));
      break;
    case RightState::kUnused:
      text += fmt::format("    unused   {}  ({})\n", What(row), where);
      break;
    case RightState::kUnknown:
      text += fmt::format("    unknown  {}  ({}): {}\n", What(row), where, Printable(row.why));
      break;
    case RightState::kWide:
      text += fmt::format("    wide     {}  ({}): used for {} only\n", What(row), where,
                          Printable(Join(row.used_as, ", ")));
      if (!row.why.empty())
        text += fmt::format("             the rest is unknown: {}\n", Printable(row.why));
      break;
  }
}

std::string HeadOf(const ReviewedSubject& subject) {
  std::string text = Printable(subject.who);
  if (!subject.came) return text + ": never came\n";
  if (subject.use.count == 0 && subject.use.last == 0) return text + ": was allowed nothing\n";
  text += ": " + UseAsText(subject.use);
  if (!subject.seen.empty())
    text +=
        ", by " + Printable(Join(std::vector<std::string>(
                                     subject.seen.begin(),
                                     subject.seen.begin() + static_cast<std::ptrdiff_t>(std::min(
                                                                subject.seen.size(), kNamesTold))),
                                 ", "));
  if (subject.seen.size() > kNamesTold) text += " and others";
  return text + "\n";
}

std::string GrantsText(const Review& review, bool verbose) {
  std::map<std::string_view, std::vector<const ReviewedGrant*>> by_subject;
  for (const ReviewedGrant& grant : review.grants) {
    if (grant.kept.empty()) by_subject[grant.who].push_back(&grant);
  }
  std::string text;
  for (const ReviewedSubject& subject : review.subjects) {
    std::string grants;
    for (const ReviewedGrant* grant : by_subject[subject.who]) {
      std::string rows;
      for (const ReviewedRow& row : grant->rows) {
        if (verbose || row.state != RightState::kUsed) AddRow(row, rows);
      }
      if (rows.empty() && !grant->fresh) continue;
      grants += fmt::format("  {} of {}{}{}\n", Printable(grant->binding_text),
                            Printable(grant->role_text),
                            grant->since != 0 ? ", since " + TimeText(grant->since) : "",
                            grant->fresh ? ", new or changed" : "") +
                rows;
    }
    if (!grants.empty()) text += HeadOf(subject) + grants;
  }
  return text;
}

std::string KeptText(const Review& review) {
  std::string text;
  uint64_t system = 0;
  for (const ReviewedGrant& grant : review.grants) {
    system += grant.kept == "system" ? 1 : 0;
    if (grant.kept != "break-glass") continue;
    text +=
        fmt::format("  {} of {} to {}: {}\n", Printable(grant.binding_text),
                    Printable(grant.role_text), Printable(grant.who), KeptUseAsText(review, grant));
  }
  if (!text.empty()) text = "break-glass, which stays\n" + text;
  if (system > 0)
    text += fmt::format("left alone: {} of Kubernetes itself, of nodes and of the cluster's own\n",
                        Plural(system, "grant"));
  return text;
}

std::string TimeLineText(const Review& review, const auditlog::ReviewState& state, bool verbose) {
  const auto points = review::TimeLine(state, review);
  if (points.empty()) return "";
  std::string text = "time line\n";
  const size_t skip = verbose || points.size() <= kTimePoints ? 0 : points.size() - kTimePoints;
  if (skip > 0) text += fmt::format("  {} earlier ones: with -v\n", skip);
  for (size_t i = skip; i < points.size(); ++i)
    text += fmt::format("  {}  {}\n", TimeText(points[i].when), Printable(points[i].text));
  return text;
}

std::string SummaryText(const Review& review) {
  std::string text =
      fmt::format("{} unused, {} used only in part through a wildcard, {} unknown, {} used\n",
                  Plural(review.unused, "right"), review.wide, review.unknown, review.used);
  if (review.fresh_grants > 0)
    text += fmt::format("{} new or changed since the last review\n",
                        Plural(review.fresh_grants, "grant is"));
  if (review.dangling > 0)
    text += fmt::format("{} that are not there\n", Plural(review.dangling, "binding is of a role"));
  return text;
}

void TextList(report::JsonWriter& out, const char* key, const std::vector<std::string>& texts) {
  out.Key(key);
  out.StartArray();
  for (const std::string& text : texts) report::Text(out, text);
  out.EndArray();
}
void Count(report::JsonWriter& out, const char* key, uint64_t number) {
  out.Key(key);
  out.Uint64(number);
}
void Time(report::JsonWriter& out, const char* key, int64_t when) {
  report::Field(out, key, when == 0 ? std::string() : TimeText(when));
}
void UseJson(report::JsonWriter& out, const auditlog::Use& use) {
  Count(out, "requests", use.count);
  Time(out, "first", use.first);
  Time(out, "last", use.last);
}

void ServersJson(report::JsonWriter& out, const Review& review) {
  out.Key("servers");
  out.StartArray();
  for (const ReviewedServer& server : review.servers) {
    out.StartObject();
    report::Field(out, "name", server.name);
    Time(out, "first", server.first);
    Time(out, "last", server.last);
    Count(out, "silenceSeconds", static_cast<uint64_t>(server.silence));
    out.Key("gaps");
    out.StartArray();
    for (const auto& gap : server.gaps) {
      out.StartObject();
      Time(out, "from", gap.from);
      Time(out, "to", gap.to);
      out.EndObject();
    }
    out.EndArray();
    Count(out, "damaged", server.damaged);
    out.EndObject();
  }
  out.EndArray();
}

void RowJson(report::JsonWriter& out, const ReviewedRow& row) {
  out.StartObject();
  report::Field(out, "state", review::ToString(row.state));
  TextList(out, "verbs", row.verbs);
  report::Field(out, "apiGroup", row.group);
  report::Field(out, "resource", row.resource);
  report::Field(out, "url", row.url);
  TextList(out, "names", row.names);
  report::Field(out, "why", row.why);
  TextList(out, "usedAs", row.used_as);
  UseJson(out, row.use);
  report::Field(out, "where", row.where);
  out.EndObject();
}

void GrantsJson(report::JsonWriter& out, const Review& review) {
  out.Key("grants");
  out.StartArray();
  for (const ReviewedGrant& grant : review.grants) {
    out.StartObject();
    report::Field(out, "subject", grant.who);
    report::Field(out, "binding", grant.binding_text);
    report::Field(out, "role", grant.role_text);
    report::Field(out, "kept", grant.kept);
    Time(out, "since", grant.since);
    report::Field(out, "new", grant.fresh);
    Count(out, "used", grant.used);
    Count(out, "wide", grant.wide);
    Count(out, "unused", grant.unused);
    Count(out, "unknown", grant.unknown);
    out.Key("rights");
    out.StartArray();
    for (const ReviewedRow& row : grant.rows) RowJson(out, row);
    out.EndArray();
    out.EndObject();
  }
  out.EndArray();
}

void SubjectsJson(report::JsonWriter& out, const Review& review) {
  out.Key("subjects");
  out.StartArray();
  for (const ReviewedSubject& subject : review.subjects) {
    out.StartObject();
    report::Field(out, "subject", subject.who);
    report::Field(out, "kept", subject.kept);
    report::Field(out, "came", subject.came);
    UseJson(out, subject.use);
    TextList(out, "users", subject.seen);
    Count(out, "grants", subject.grants);
    Count(out, "used", subject.used);
    Count(out, "wide", subject.wide);
    Count(out, "unused", subject.unused);
    Count(out, "unknown", subject.unknown);
    out.EndObject();
  }
  out.EndArray();
}

}  // namespace

std::string UseAsText(const auditlog::Use& use) {
  return fmt::format("{}, {} to {}", Plural(std::max<uint64_t>(use.count, 1), "request"),
                     TimeText(use.first), TimeText(use.last));
}

std::string KeptUseAsText(const Review& review, const ReviewedGrant& grant) {
  const auto at = std::ranges::lower_bound(review.subjects, grant.who, {}, &ReviewedSubject::who);
  return at != review.subjects.end() && at->use.last != 0 ? UseAsText(at->use) : "never used";
}

int ReviewStatus(const Review& review, bool unread) {
  if (review.unused + review.wide > 0) return kExitFindings;
  return review.unknown > 0 || unread ? kExitUnknown : kExitClean;
}

std::string ReviewAsText(const Review& review, const auditlog::ReviewState& state,
                         const ReviewTexts& texts) {
  std::string text =
      fmt::format("window\n  {} to {}\n", TimeText(review.from), TimeText(review.to));
  text += ServersText(review) + PolicyText(review, texts);
  if (!review.doubts.empty())
    text +=
        fmt::format("nothing can be called unused\n  {}\n", Printable(Join(review.doubts, "; ")));
  text += "\n";
  const std::string grants = GrantsText(review, texts.verbose);
  if (!grants.empty()) text += grants + "\n";
  const std::string kept = KeptText(review);
  if (!kept.empty()) text += kept + "\n";
  const std::string line = TimeLineText(review, state, texts.verbose);
  if (!line.empty()) text += line + "\n";
  return text + SummaryText(review);
}

std::string ReviewAsJson(const Review& review, const auditlog::ReviewState& state,
                         const ReviewExtras& extras) {
  report::JsonText json;
  auto& out = json.writer();
  out.StartObject();
  report::Field(out, "schemaVersion", "1.0");
  Time(out, "from", review.from);
  Time(out, "to", review.to);
  ServersJson(out, review);
  report::Field(out, "auditPolicy", review.inferred ? "inferred" : "given");
  TextList(out, "doubts", review.doubts);
  GrantsJson(out, review);
  SubjectsJson(out, review);
  out.Key("timeLine");
  out.StartArray();
  auto points = review::TimeLine(state, review);
  if (points.size() > kTimePointsJson)
    points.erase(points.begin(), points.end() - static_cast<std::ptrdiff_t>(kTimePointsJson));
  for (const review::TimePoint& point : points) {
    out.StartObject();
    Time(out, "when", point.when);
    report::Field(out, "text", point.text);
    out.EndObject();
  }
  out.EndArray();
  Count(out, "used", review.used);
  Count(out, "wide", review.wide);
  Count(out, "unused", review.unused);
  Count(out, "unknown", review.unknown);
  Count(out, "newGrants", review.fresh_grants);
  Count(out, "danglingBindings", review.dangling);
  Count(out, "events", state.learner.counts.events);
  Count(out, "damagedLines", state.learner.counts.damaged);
  TextList(out, "unread", extras.unread);
  report::Field(out, "yaml", extras.yaml);
  report::Field(out, "exitStatus",
                static_cast<int64_t>(ReviewStatus(review, !extras.unread.empty())));
  out.EndObject();
  return json.Take() + "\n";
}

std::string ReviewAsMetrics(const Review& review, const auditlog::ReviewState& state,
                            uint64_t unread, const WatchNumbers* watch) {
  std::string text;
  const auto put = [&](const char* name, const char* type, const char* help, uint64_t value) {
    text += fmt::format("# HELP {0} {1}\n# TYPE {0} {2}\n{0} {3}\n", name, help, type, value);
  };
  put("seawall_rbac_unused_grants", "gauge", "Bindings' subjects with rights that nobody used.",
      review.unused_grants);
  put("seawall_rbac_unknown_grants", "gauge",
      "Bindings' subjects with rights of which it is not known whether somebody used them.",
      review.unknown_grants);
  put("seawall_rbac_new_grants_total", "counter",
      "Bindings' subjects that were new or changed since the last look.",
      state.new_grants + review.fresh_grants);
  put("seawall_rbac_unused_rights", "gauge", "Single rights that nobody used.",
      review.unused + review.wide);
  put("seawall_rbac_unknown_rights", "gauge",
      "Single rights of which it is not known whether somebody used them.", review.unknown);
  put("seawall_rbac_used_rights", "gauge", "Single rights that were used.", review.used);
  put("seawall_rbac_unread_lists", "gauge",
      "Kinds of RBAC objects that cannot be read: what they grant is not known.", unread);
  if (watch) {
    put("seawall_rbac_lists_total", "counter", "Kinds of RBAC objects that were listed whole.",
        watch->lists);
    put("seawall_rbac_watch_events_total", "counter",
        "Changes of RBAC objects that the API server told.", watch->events);
  }
  put("seawall_audit_log_events_total", "counter", "Events that were read.",
      state.learner.counts.events);
  put("seawall_audit_log_damaged_lines_total", "counter", "Lines that could not be read.",
      state.learner.counts.damaged);
  const auto label = [](const std::string& name) {
    std::string safe;
    for (const char c : Printable(name)) {
      if (c == '"' || c == '\\') safe += '\\';
      safe += c;
    }
    return safe;
  };
  text +=
      "# HELP seawall_audit_log_last_event_timestamp_seconds When the newest event was written.\n"
      "# TYPE seawall_audit_log_last_event_timestamp_seconds gauge\n";
  for (const ReviewedServer& server : review.servers)
    text += fmt::format("seawall_audit_log_last_event_timestamp_seconds{{server=\"{}\"}} {}\n",
                        label(server.name), server.last);
  text +=
      "# HELP seawall_audit_log_gaps Silences of the log in the window.\n"
      "# TYPE seawall_audit_log_gaps gauge\n";
  for (const ReviewedServer& server : review.servers)
    text += fmt::format("seawall_audit_log_gaps{{server=\"{}\"}} {}\n", label(server.name),
                        server.gaps.size());
  return text;
}

}  // namespace seawall::app
