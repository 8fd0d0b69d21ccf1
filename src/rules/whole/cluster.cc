#include "rules/whole/cluster.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "rules/place_text.h"

namespace seawall::rules::whole {
namespace {

using cluster::ComponentKind;

/// {where} in words: node and place of the first evidence that stands in a file.
std::string Where(const Outcome& outcome) {
  for (const Evidence& evidence : outcome.evidence) {
    if (!evidence.place.file.empty())
      return fmt::format("{} of {}", PlaceText(evidence.place), evidence.node);
  }
  return "the places of the finding";
}

/// The same thing seen twice (by two API servers) is said once.
void DropRepeated(std::vector<Evidence>& evidence) {
  std::set<std::string> seen;
  std::erase_if(evidence, [&](const Evidence& e) {
    return !seen.insert(
                    fmt::format("{}\n{}\n{}\n{}", e.node, e.setting, e.value, PlaceText(e.place)))
                .second;
  });
}

Finding Complete(const Rule& rule, Outcome outcome) {
  Finding finding;
  finding.rule = &rule;
  finding.node = kClusterName;
  finding.component = ToString(rule.target);
  finding.manual = outcome.manual && outcome.verdict == Verdict::kUnknown;
  if (outcome.expected.empty()) outcome.expected = rule.expected;
  DropRepeated(outcome.evidence);
  const bool to_mend = outcome.verdict == Verdict::kFail || outcome.verdict == Verdict::kUnknown;
  if (outcome.remedy.empty() && to_mend) outcome.remedy = WithPlace(rule.remedy, Where(outcome));
  finding.outcome = std::move(outcome);
  return finding;
}

}  // namespace

std::string Member::Name() const {
  size_t of_kind = 0;
  for (const ComponentFacts& other : node->components) of_kind += other.kind == component->kind;
  return of_kind < 2 ? node->name : fmt::format("{} ({})", node->name, component->instance);
}

void Cluster::Add(NodeFacts facts) {
  pool_.Share(facts);
  nodes_.push_back(std::move(facts));
}

void Cluster::AddUnread(std::string name, Error error) {
  unread_.emplace(std::move(name), std::move(error));
}

std::vector<Member> Cluster::Of(ComponentKind kind) const {
  std::vector<Member> members;
  for (const NodeFacts& node : nodes_) {
    for (const ComponentFacts& component : node.components) {
      if (component.kind == kind) members.push_back({&node, &component});
    }
  }
  return members;
}

std::optional<Error> Cluster::MayHide(ComponentKind kind) const {
  if (!unread_.empty()) {
    Error error = unread_.begin()->second;
    error.why = fmt::format("{} was not read: {}", unread_.begin()->first, error.why);
    return error;
  }
  for (const NodeFacts& node : nodes_) {
    if (const auto hidden = node.may_hide.find(kind); hidden != node.may_hide.end()) {
      Error error = hidden->second;
      error.why = fmt::format("{} on {}: {}", error.where, node.name, error.why);
      return error;
    }
  }
  return std::nullopt;
}

const NodeFacts* Cluster::Called(std::string_view name) const {
  const std::string lower = Lower(name);
  const auto found = std::ranges::find_if(
      nodes_, [&](const NodeFacts& node) { return node.also_called.contains(lower); });
  return found == nodes_.end() ? nullptr : &*found;
}

std::vector<Finding> Cluster::Judge(const Selection& selection) const {
  std::vector<Finding> findings;
  for (const Rule* rule : Select(selection)) {
    if (rule->check_whole == nullptr) continue;
    if (nodes_.size() + unread_.size() < 2 && !listed_) {
      findings.push_back(Complete(
          *rule, NotApplicable("only one node was given: there is nothing to compare it with")));
      continue;
    }
    findings.push_back(Complete(*rule, rule->check_whole(*rule, *this)));
  }
  return findings;
}

bool AsksOfCluster(const Selection& selection) {
  return std::ranges::any_of(Select(selection),
                             [](const Rule* rule) { return rule->check_whole != nullptr; });
}

Evidence EvidenceOf(const Member& member, const Fact& fact) {
  Evidence evidence;
  evidence.setting = fact.setting;
  evidence.value = fact.value;
  evidence.origin = fact.origin;
  evidence.place = fact.place;
  evidence.node = member.node->name;
  return evidence;
}

Evidence EvidenceOf(const Member& member, const Chain& chain, std::string value) {
  Evidence evidence;
  evidence.setting = chain.setting;
  evidence.value = std::move(value);
  evidence.origin = "file";
  evidence.place = chain.place;
  evidence.node = member.node->name;
  if (!chain.in_kubeconfig && !chain.certificates.empty()) {
    evidence.place.line = chain.certificates.front()->line;
    evidence.place.column = evidence.place.line == 0 ? 0 : 1;
  }
  return evidence;
}

std::string Names(const std::vector<std::string>& names) {
  constexpr size_t kMost = 5;
  std::vector<std::string> shown(names.begin(),
                                 names.begin() + static_cast<long>(std::min(kMost, names.size())));
  std::string text = Join(shown, ", ");
  if (names.size() > kMost) text += fmt::format(" and {} more", names.size() - kMost);
  return text;
}

Outcome UnlessHidden(const Cluster& cluster, std::initializer_list<ComponentKind> kinds,
                     Outcome outcome) {
  if (outcome.verdict != Verdict::kPass && outcome.verdict != Verdict::kNotApplicable)
    return outcome;
  for (const ComponentKind kind : kinds) {
    if (const auto hidden = cluster.MayHide(kind)) {
      return Unknown(fmt::format("{}; but there may be another {}: {}", outcome.reason,
                                 ToString(kind), hidden->why),
                     hidden->todo.empty() ? "make it readable and run seawall again" : hidden->todo,
                     std::move(outcome.evidence));
    }
  }
  return outcome;
}

bool LeadsTo(const Chain& chain, const Chain& anchors) {
  if (chain.certificates.empty()) return false;
  constexpr size_t kLongest = 8;
  const x509::Certificate* current = chain.certificates.front().get();
  for (size_t step = 0; step < kLongest; ++step) {
    for (const CertificatePtr& anchor : anchors.certificates) {
      if (anchor->fingerprint_sha256 == current->fingerprint_sha256) return true;
      if (anchor->subject == current->issuer && x509::Signed(*anchor, *current)) return true;
    }
    const auto next = std::ranges::find_if(chain.certificates, [&](const CertificatePtr& between) {
      return between.get() != current && between->subject == current->issuer &&
             x509::Signed(*between, *current);
    });
    if (next == chain.certificates.end()) return false;
    current = next->get();
  }
  return false;
}

}  // namespace seawall::rules::whole
