#include "review/time_line.h"

#include <fmt/format.h>

#include <algorithm>

#include "auditlog/time.h"

namespace seawall::review {
namespace {

std::string Times(uint64_t count) { return count > 1 ? fmt::format(", {} times", count) : ""; }

void AddServers(const Review& review, std::vector<TimePoint>& line) {
  for (const ReviewedServer& server : review.servers) {
    if (server.first == 0) continue;
    line.push_back({server.first, fmt::format("the log of {} begins", server.name)});
    for (const auto& gap : server.gaps) {
      line.push_back({gap.from, fmt::format("the log of {} is silent until {}", server.name,
                                            auditlog::TimeText(gap.to))});
    }
    line.push_back({server.last, fmt::format("the log of {} ends", server.name)});
  }
}

void AddChanges(const auditlog::Learner& learner, std::vector<TimePoint>& line) {
  const auto text = [&](rbac::NameId id) { return learner.names.Text(id); };
  for (const auto& [change, use] : learner.changes) {
    const std::string_view verb = text(change.verb);
    const char* did = verb == "create"             ? "made"
                      : verb == "delete"           ? "removed"
                      : verb == "deletecollection" ? "removed all of"
                                                   : "changed";
    const std::string_view space = text(change.space);
    line.push_back({use.last, fmt::format("{} {} {} {}{}{}{}", text(change.subject), did,
                                          text(change.resource), space, space.empty() ? "" : "/",
                                          text(change.name), Times(use.count))});
  }
}

void AddSubjects(const Review& review, std::vector<TimePoint>& line) {
  for (const ReviewedSubject& subject : review.subjects) {
    if (!subject.came || subject.use.first == 0 || subject.kept == "system") continue;
    const std::string use = subject.kept == "break-glass" ? " (break-glass)" : "";
    line.push_back({subject.use.first, fmt::format("{} came first{}", subject.who, use)});
    if (subject.use.last != subject.use.first) {
      line.push_back({subject.use.last,
                      fmt::format("{} came last{}{}", subject.who, Times(subject.use.count), use)});
    }
  }
}

}  // namespace

std::vector<TimePoint> TimeLine(const auditlog::ReviewState& state, const Review& review) {
  std::vector<TimePoint> line;
  AddServers(review, line);
  AddChanges(state.learner, line);
  AddSubjects(review, line);
  std::ranges::sort(line, [](const TimePoint& a, const TimePoint& b) {
    return std::tie(a.when, a.text) < std::tie(b.when, b.text);
  });
  return line;
}

}  // namespace seawall::review
