#include "report/rule_report.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "report/finding_json.h"
#include "report/json_writer.h"
#include "report/wrap.h"
#include "rules/recipe.h"

namespace seawall::report {
namespace {

void WriteRule(JsonWriter& out, const rules::Rule& rule) {
  out.StartObject();
  OwnField(out, "rule", rule.id);
  OwnField(out, "title", rule.title);
  OwnField(out, "severity", rules::ToString(rule.severity));
  Field(out, "manual", rule.manual);
  OwnField(out, "row", rule.row);
  WriteReferences(out, *TextOf(rule));
  OwnField(out, "component", rules::ToString(rule.target));
  OwnField(out, "expected", rule.expected);
  OwnField(out, "remedy", rules::GeneralRemedy(rule));
  OwnField(out, "why", rule.why);
  OwnField(out, "link", rule.link);
  if (rule.min_minor) Field(out, "sinceMinor", static_cast<int64_t>(rule.min_minor));
  if (rule.max_minor) Field(out, "untilMinor", static_cast<int64_t>(rule.max_minor));
  out.EndObject();
}

std::vector<std::string_view> RulesOf(const rules::FrameworkItem& item,
                                      const std::vector<const rules::Rule*>& rules) {
  std::vector<std::string_view> ids;
  for (const rules::Rule* rule : rules) {
    if (rules::Names(item, rule->id)) ids.emplace_back(rule->id);
  }
  return ids;
}

}  // namespace

std::string RulesAsText(const std::vector<const rules::Rule*>& rules) {
  size_t widest = 4;
  size_t items = 3;
  for (const rules::Rule* rule : rules) {
    widest = std::max(widest, std::string_view(rule->id).size());
    items = std::max(items, std::string_view(rule->cis).size());
  }
  std::string text = fmt::format("{:<{}}  {:<8}  {:<3}  {:<{}}  {}\n", "RULE", widest, "SEVERITY",
                                 "ROW", "CIS", items, "TITLE");
  for (const rules::Rule* rule : rules) {
    text += fmt::format("{:<{}}  {:<8}  {:<3}  {:<{}}  {}\n", rule->id, widest,
                        rules::ToString(rule->severity), rule->row, rule->cis, items, rule->title);
  }
  return text;
}

std::string RulesAsJson(const std::vector<const rules::Rule*>& rules) {
  JsonText json;
  auto& out = json.writer();
  out.StartObject();
  Field(out, "schemaVersion", "1.0");
  out.Key("rules");
  out.StartArray();
  for (const rules::Rule* rule : rules) WriteRule(out, *rule);
  out.EndArray();
  out.EndObject();
  return json.Take() + "\n";
}

std::string FrameworkAsText(const rules::Framework& framework,
                            const std::vector<const rules::Rule*>& rules, size_t width) {
  std::string text =
      fmt::format("{} {}\n{}\n\n", framework.name, framework.edition, framework.source);
  std::string none;
  for (const rules::FrameworkItem& item : framework.items) {
    const std::vector<std::string_view> ids = RulesOf(item, rules);
    if (*item.rules == '\0')
      none += Wrap(fmt::format("{} {} ({})", item.item, item.title, item.why_none), width, 2);
    if (ids.empty()) continue;
    text += Wrap(fmt::format("{} {}", item.item, item.title), width, 0) +
            Wrap(Join(ids, " "), width, 4);
  }
  return text + (none.empty() ? "" : "\nNo rule covers\n" + none);
}

std::string FrameworkAsJson(const rules::Framework& framework,
                            const std::vector<const rules::Rule*>& rules) {
  JsonText json;
  auto& out = json.writer();
  out.StartObject();
  Field(out, "schemaVersion", "1.0");
  OwnField(out, "framework", framework.name);
  OwnField(out, "edition", framework.edition);
  OwnField(out, "source", framework.source);
  out.Key("items");
  out.StartArray();
  for (const rules::FrameworkItem& item : framework.items) {
    out.StartObject();
    OwnField(out, "item", item.item);
    OwnField(out, "title", item.title);
    Field(out, "covered", *item.rules != '\0');
    out.Key("rules");
    out.StartArray();
    for (const std::string_view id : RulesOf(item, rules)) OwnString(out, id);
    out.EndArray();
    if (*item.why_none) OwnField(out, "whyNone", item.why_none);
    out.EndObject();
  }
  out.EndArray();
  out.EndObject();
  return json.Take() + "\n";
}

std::string ExplainAsText(const rules::Rule& rule, size_t width) {
  const rules::Row* row = rules::FindRow(rule.row);
  std::string text = fmt::format("{}\n{}\n", rule.id, Wrap(rule.title, width, 2));
  text += fmt::format("  severity   {}{}\n", rules::ToString(rule.severity),
                      rule.manual ? "; only a person can judge it" : "");
  text += fmt::format("  component  {}\n", rules::ToString(rule.target));
  text += fmt::format("  recipe     {} {}\n", rule.row, row ? row->title : "");
  if (*rule.cis) text += fmt::format("  CIS 1.12   {}\n", rule.cis);
  for (const rules::FrameworkRef& ref : rules::RefsOf(rule.id))
    text += fmt::format("  {:<9}  {}\n", ref.framework->id, ref.item->item);
  if (rule.min_minor) text += fmt::format("  since      minor version {}\n", rule.min_minor);
  if (rule.max_minor) text += fmt::format("  until      minor version {}\n", rule.max_minor);
  auto section = [&](const char* heading, const char* body) {
    if (*body) text += fmt::format("\n{}\n{}", heading, Wrap(body, width, 2));
  };
  section("Why", rule.why);
  section("Wanted", rule.expected);
  section("Remedy", rules::GeneralRemedy(rule).c_str());
  if (row) section("What the recipe asks for", row->asks);
  if (row) section("What has changed since", row->today);
  section("Upstream", rule.link);
  return text;
}

}  // namespace seawall::report
