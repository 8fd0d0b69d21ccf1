// `seawall rbac diff`: two policies compared by meaning.
#include <fmt/format.h>

#include <algorithm>

#include "app/app.h"
#include "app/rbac_diff_sides.h"
#include "app/rbac_inputs.h"
#include "app/run.h"
#include "app/terminal.h"
#include "base/text.h"
#include "rbac/unread.h"
#include "report/json_writer.h"
#include "review/policy_diff.h"

namespace seawall::app {
namespace {

using review::RightChange;

std::string What(const RightChange& change) {
  std::string text = Join(change.verbs, " ");
  if (!change.url.empty()) return Printable(text + " " + change.url);
  text += " " + (change.resource.empty() ? std::string("\"\"") : change.resource);
  if (!change.group.empty()) text += "." + change.group;
  if (!change.names.empty()) {
    const size_t told = std::min<size_t>(change.names.size(), 5);
    text += " named";
    for (size_t i = 0; i < told; ++i)
      text += change.names[i].empty() ? " \"\"" : " " + change.names[i];
    if (told < change.names.size()) text += fmt::format(" and {} more", change.names.size() - told);
  }
  return Printable(text);
}

std::string Where(const RightChange& change) {
  return change.space.empty() ? "everywhere" : Printable("namespace " + change.space);
}

std::string Via(const RightChange& change) {
  return Printable(fmt::format("{} of {}, {}", change.binding, change.role, change.where));
}

std::string AsText(const review::PolicyDiff& diff, const std::vector<std::string>& open) {
  std::string text;
  const auto tell = [&](const std::vector<RightChange>& changes, const char* sign) {
    for (const RightChange& change : changes) {
      text +=
          fmt::format("{} {}, {}: {}{}\n    {}\n", sign, Printable(change.subject), Where(change),
                      What(change), change.allowed ? " (allowed)" : "", Via(change));
    }
  };
  tell(diff.gained, "+");
  tell(diff.lost, "-");
  if (text.empty() && open.empty()) text = "nobody gains or loses a right\n";
  return text + UnknownText(open);
}

/// A cell of a table: what ends it is escaped.
std::string Cell(const std::string& text) {
  std::string out;
  for (const char c : Printable(text)) {
    if (c == '|' || c == '<' || c == '`' || c == '*' || c == '_' || c == '[' || c == '\\')
      out += '\\';
    out += c;
  }
  return out;
}

std::string AsMarkdown(const review::PolicyDiff& diff, const std::vector<std::string>& open) {
  std::string text = "## RBAC: who gains and loses what\n";
  const auto table = [&](const char* title, const std::vector<RightChange>& changes) {
    if (changes.empty()) return;
    text += fmt::format("\n### {} ({})\n\n| subject | where | right | by |\n|---|---|---|---|\n",
                        title, changes.size());
    for (const RightChange& change : changes) {
      text +=
          fmt::format("| {} | {} | {}{} | {} |\n", Cell(change.subject), Cell(Where(change)),
                      Cell(What(change)), change.allowed ? " (allowed)" : "", Cell(Via(change)));
    }
  };
  table("Gained", diff.gained);
  table("Lost", diff.lost);
  if (diff.gained.empty() && diff.lost.empty() && open.empty())
    text += "\nNobody gains or loses a right.\n";
  for (const std::string& why : open) text += fmt::format("\n**Unknown:** {}\n", Cell(why));
  return text;
}

void ChangesJson(report::JsonWriter& out, const char* key,
                 const std::vector<RightChange>& changes) {
  const auto list = [&](const char* name, const std::vector<std::string>& texts) {
    out.Key(name);
    out.StartArray();
    for (const std::string& text : texts) report::Text(out, text);
    out.EndArray();
  };
  out.Key(key);
  out.StartArray();
  for (const RightChange& change : changes) {
    out.StartObject();
    report::Field(out, "subject", change.subject);
    report::Field(out, "namespace", change.space);
    list("verbs", change.verbs);
    report::Field(out, "apiGroup", change.group);
    report::Field(out, "resource", change.resource);
    list("names", change.names);
    report::Field(out, "url", change.url);
    report::Field(out, "binding", change.binding);
    report::Field(out, "role", change.role);
    report::Field(out, "where", change.where);
    report::Field(out, "allowed", change.allowed);
    out.EndObject();
  }
  out.EndArray();
}

std::string AsJson(const review::PolicyDiff& diff, const std::vector<std::string>& open,
                   int status) {
  report::JsonText json;
  auto& out = json.writer();
  out.StartObject();
  report::Field(out, "schemaVersion", "1.0");
  ChangesJson(out, "gained", diff.gained);
  ChangesJson(out, "lost", diff.lost);
  UnknownJson(out, open);
  report::Field(out, "exitStatus", static_cast<int64_t>(status));
  out.EndObject();
  return json.Take() + "\n";
}

/// What either side leaves open.
std::vector<std::string> OpenOf(const DiffSides& sides) {
  auto open = rbac::LeftOpen(*sides.before->evaluator, rbac::Reach::kNamespaces);
  for (std::string& why : rbac::LeftOpen(*sides.after->evaluator, rbac::Reach::kNamespaces)) {
    if (std::ranges::find(open, why) == open.end()) open.push_back(std::move(why));
  }
  return open;
}

}  // namespace

Result<int> RunRbacDiff(const Arguments& arguments) {
  auto sides = ReadDiffSides(arguments);
  if (!sides) return std::unexpected(sides.error());
  auto diff = review::DiffPolicies(*sides->before->evaluator, *sides->after->evaluator,
                                   sides->ceiling ? sides->ceiling->evaluator.get() : nullptr);
  if (!diff) return std::unexpected(diff.error());
  const std::vector<std::string> open = OpenOf(*sides);
  const bool beyond =
      std::ranges::any_of(diff->gained, [](const RightChange& change) { return !change.allowed; });
  // A gain is none where the first side may hold it, too.
  const bool certain = rbac::LeftOpen(*sides->before->evaluator, rbac::Reach::kNamespaces).empty();
  const int status = beyond && certain ? kExitFindings : open.empty() ? kExitClean : kExitUnknown;
  const std::string format = arguments.Get("output", "text");
  auto ok = WriteOut(format == "json"       ? AsJson(*diff, open, status)
                     : format == "markdown" ? AsMarkdown(*diff, open)
                                            : AsText(*diff, open));
  if (!ok) return std::unexpected(ok.error());
  return status;
}

}  // namespace seawall::app
