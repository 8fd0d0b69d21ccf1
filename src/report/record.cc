#include "report/record.h"

#include <algorithm>
#include <unordered_map>
#include <utility>

#include "base/text.h"
#include "cluster/cloud/managed.h"
#include "report/redact.h"
#include "rules/frameworks.h"
#include "rules/own_rules.h"

namespace seawall::report {
namespace {

/// Safe() of what a report says hundreds of times (names, paths): each text is looked at once.
class SafeTexts {
 public:
  std::string Of(std::string text) {
    if (text.empty()) return text;
    auto known = safe_.find(text);
    if (known == safe_.end()) {
      std::string safe = Safe(text);
      known = safe_.emplace(text, safe == text ? std::nullopt : std::optional(safe)).first;
    }
    return known->second ? *known->second : std::move(text);
  }

 private:
  std::unordered_map<std::string, std::optional<std::string>> safe_;  ///< nullopt: as it is
};

Spot SpotOf(const Place& place) { return {Safe(place.file), place.line, place.column}; }
Spot SpotOf(Place& place, SafeTexts& texts) {
  return {texts.Of(std::move(place.file)), place.line, place.column};
}

Observation Describe(rules::Evidence evidence, SafeTexts& texts) {
  Observation seen;
  seen.value = SafeValue(evidence.setting, evidence.value);
  for (cluster::Overridden& lost : evidence.overrode) {
    seen.overrode.push_back({SafeValue(evidence.setting, lost.text),
                             cluster::ToString(lost.origin.kind),
                             SpotOf(lost.origin.place, texts)});
  }
  seen.setting = texts.Of(std::move(evidence.setting));
  seen.origin = texts.Of(std::move(evidence.origin));
  seen.place = SpotOf(evidence.place, texts);
  seen.node = texts.Of(std::move(evidence.node));
  return seen;
}

Observation DescribeSetting(const cluster::Setting& setting) {
  rules::Evidence evidence;
  evidence.setting = setting.name;
  evidence.value = setting.known() ? setting.text : "(not known)";
  evidence.origin = cluster::ToString(setting.origin.kind);
  evidence.place = setting.origin.place;
  evidence.overrode = setting.overrode;
  SafeTexts texts;
  return Describe(std::move(evidence), texts);
}

ComponentRecord Describe(const cluster::Component& component) {
  ComponentRecord record;
  record.component = cluster::ToString(component.kind);
  record.instance = Safe(component.instance);
  record.run_by = cluster::ToString(component.run_by);
  if (component.version) {
    record.version = Safe(component.version->ToString());
    record.version_source = Safe(component.version->source);
  }
  record.where = SpotOf(component.where);
  if (component.process) record.pid = component.process->pid;
  record.unknown = Safe(component.unknown);
  return record;
}

ComponentRecord Describe(const cluster::cloud::ManagedCluster& cluster) {
  ComponentRecord record;
  record.component = cluster::cloud::ToString(cluster.provider);
  record.instance = Safe(cluster.id);
  record.run_by = kManaged;
  if (cluster.version) {
    record.version = Safe(cluster.version->ToString());
    record.version_source = Safe(cluster.version->source);
  }
  record.where = SpotOf(cluster.cluster.place);
  return record;
}

std::string ReplaceInvalid(std::string text) {
  size_t bad = FindInvalidUtf8(text);
  if (bad == std::string::npos) return text;
  std::string out = text.substr(0, bad);
  for (size_t i = bad; i < text.size();) {
    Utf8 character = DecodeUtf8(text, i);
    out += character.valid ? std::string_view(text).substr(i, character.length) : "\xEF\xBF\xBD";
    i += character.length;
  }
  return out;
}

}  // namespace

std::shared_ptr<const RuleText> TextOf(const rules::Rule& rule) {
  thread_local std::unordered_map<const rules::Rule*, std::shared_ptr<const RuleText>> made;
  std::shared_ptr<const RuleText>& known = made[&rule];
  if (known) return known;
  auto text = std::make_shared<RuleText>();
  text->id = rule.id;
  text->title = rule.title;
  text->row = rule.row;
  text->link = rule.link;
  text->severity = rule.severity;
  text->expected = rule.expected;
  text->remedy = rules::GeneralRemedy(rule);
  if (rule.own != nullptr) {
    for (std::string* own : {&text->title, &text->link, &text->expected, &text->remedy})
      *own = Safe(std::move(*own));
  }
  text->cis = SplitWords(rule.cis);
  for (const std::string& item : text->cis)
    text->refs.push_back({"CIS Kubernetes Benchmark", "1.12", item});
  for (const rules::FrameworkRef& ref : rules::RefsOf(rule.id))
    text->refs.push_back({ref.framework->name, ref.framework->edition, ref.item->item});
  if (rule.own != nullptr) {
    for (const rules::Wish::Ref& ref : rule.own->refs)
      text->refs.push_back({Safe(ref.framework), Safe(ref.edition), Safe(ref.item)});
  }
  std::ranges::stable_sort(text->refs, {}, &Citation::framework);
  PrepareJson(*text);
  return known = std::move(text);
}

std::string Safe(std::string text) {
  if (!IsHarmless(text)) text = Redact(text);
  return ReplaceInvalid(std::move(text));
}

std::string SafeValue(std::string_view setting, const std::string& value) {
  return ReplaceInvalid(RedactValue(setting, value));
}

namespace {

void ReplaceAll(std::string& text, const std::string& what, const std::string& by) {
  for (size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + by.size()))
    text.replace(at, what.size(), by);
}

/// A reason says a setting's value, too ("NAME is VALUE"), and its form alone shows no secret.
void HideNamed(rules::Outcome& outcome) {
  constexpr size_t kShownInReasons = 200, kShortest = 3;
  for (const rules::Evidence& evidence : outcome.evidence) {
    const std::string shown = RedactValue(evidence.setting, evidence.value);
    if (shown == evidence.value || evidence.value.size() < kShortest) continue;
    for (const std::string& raw :
         {evidence.value, PrintableShort(evidence.value, kShownInReasons)}) {
      for (std::string* text : {&outcome.reason, &outcome.expected, &outcome.remedy})
        ReplaceAll(*text, raw, shown);
    }
  }
}

Record Describe(rules::Finding finding, SafeTexts& texts) {
  HideNamed(finding.outcome);
  Record record;
  record.rule = TextOf(*finding.rule);
  record.verdict = finding.outcome.verdict;
  record.manual = finding.manual;
  record.node = texts.Of(std::move(finding.node));
  record.component = texts.Of(std::move(finding.component));
  record.instance = texts.Of(std::move(finding.instance));
  record.reason = Safe(std::move(finding.outcome.reason));
  if (finding.outcome.expected != finding.rule->expected)
    record.own_expected = Safe(std::move(finding.outcome.expected));
  record.own_remedy = Safe(std::move(finding.outcome.remedy));
  record.evidence.reserve(finding.outcome.evidence.size());
  for (rules::Evidence& evidence : finding.outcome.evidence)
    record.evidence.push_back(Describe(std::move(evidence), texts));
  record.subject = texts.Of(std::move(finding.outcome.subject));
  for (rules::Hop& hop : finding.outcome.path) {
    record.path.push_back({texts.Of(std::move(hop.from)), texts.Of(std::move(hop.to)),
                           texts.Of(std::move(hop.binding)), Safe(std::move(hop.rule))});
  }
  return record;
}

}  // namespace

Record Describe(rules::Finding finding) {
  SafeTexts texts;
  return Describe(std::move(finding), texts);
}

NodeReport Describe(const cluster::Node& node, std::vector<rules::Finding> findings, bool as_root,
                    bool raw) {
  NodeReport report;
  NodeRecord& record = report.node;
  record.name = Safe(node.name);
  record.root = Safe(node.root);
  record.live = node.live;
  record.machine = node.is_machine;
  record.as_root = as_root;
  for (cluster::Role role : node.roles) record.roles.emplace_back(cluster::ToString(role));
  for (const cluster::Component& component : node.components) {
    record.components.push_back(Describe(component));
    if (!raw) continue;
    for (const auto& [name, setting] : component.written)
      record.components.back().settings.push_back(DescribeSetting(setting));
  }
  if (node.managed) record.components.push_back(Describe(*node.managed));
  for (const cluster::BlindSpot& spot : node.blind_spots) {
    record.not_read.push_back({Safe(spot.error.where), std::string(ToString(spot.error.code)),
                               Safe(spot.error.why), Safe(spot.error.todo)});
  }
  for (const std::string& path : node.read) record.read.push_back(Safe(path));
  report.findings.reserve(findings.size());
  SafeTexts texts;
  for (rules::Finding& finding : findings)
    report.findings.push_back(Describe(std::move(finding), texts));
  return report;
}

NodeReport DescribeCluster(std::string name, std::vector<rules::Finding> findings) {
  NodeReport report;
  report.node.name = Safe(std::move(name));
  report.node.machine = false;
  report.node.cluster = true;
  report.findings.reserve(findings.size());
  for (rules::Finding& finding : findings) report.findings.push_back(Describe(std::move(finding)));
  return report;
}

Summary Count(const NodeReport& report) {
  Summary summary;
  summary.nodes = report.node.cluster ? 0 : 1;
  summary.read_as_user = report.node.as_root || report.node.cluster ? 0 : 1;
  summary.blind_spots = report.node.not_read.size();
  for (const Record& record : report.findings)
    summary.Add(record.verdict, record.manual, record.rule->severity);
  for (const ComponentRecord& component : report.node.components) {
    // A managed cluster's version is for its provider to say.
    if (!component.version && summary.unknown > 0 && component.run_by != kManaged)
      summary.without_version.insert(component.component);
  }
  return summary;
}

int Urgency(const Record& record) {
  switch (record.verdict) {
    case rules::Verdict::kFail:
      return kFails;
    case rules::Verdict::kUnknown:
      return record.manual ? kForAPerson : kIsUnknown;
    case rules::Verdict::kWaived:
      return kIsWaived;
    case rules::Verdict::kAttested:
      return kIsAttested;
    case rules::Verdict::kPass:
      return kPasses;
    case rules::Verdict::kNotApplicable:
      return kDoesNotApply;
  }
  return kDoesNotApply;
}

const char* VerdictWord(const Record& record) {
  return record.verdict == rules::Verdict::kUnknown && record.manual
             ? "manual"
             : rules::ToString(record.verdict);
}

}  // namespace seawall::report
