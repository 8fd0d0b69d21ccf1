#include "review/lint.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <set>
#include <tuple>

#include "base/text.h"
#include "rbac/resources.h"

namespace seawall::review {
namespace {

using rbac::kNoName;
using rbac::NameId;
using rbac::SubjectKind;

bool HasCapital(std::string_view text) {
  return std::ranges::any_of(text, [](unsigned char c) { return std::isupper(c) != 0; });
}

std::string Quoted(std::string_view text) {
  return text.empty() ? "\"\"" : PrintableShort(text, 80);
}

class Linter {
 public:
  explicit Linter(const rbac::Evaluator& evaluator)
      : evaluator_(evaluator), policy_(evaluator.policy()) {}

  std::vector<Lint> Run() {
    Remarks();
    for (const rbac::Role& role : policy_.roles) {
      if (role.aggregated) continue;  // its rules stand in other roles
      for (const rbac::Rule& rule : policy_.RulesOf(role)) LintRule(role, rule);
    }
    for (const rbac::Binding& binding : policy_.bindings) LintBinding(binding);
    std::ranges::stable_sort(
        found_, {}, [](const Lint& lint) { return std::tuple(lint.spot.file, lint.spot.line); });
    return std::move(found_);
  }

 private:
  void Add(const char* id, const rbac::Spot& spot, std::string text) {
    found_.push_back({id, spot, std::move(text)});
  }

  void Remarks() {
    using Kind = rbac::Remark::Kind;
    for (const rbac::Remark& remark : policy_.remarks) {
      const std::string text = Printable(remark.text);
      switch (remark.kind) {
        case Kind::kUnknownField:
          Add("unknown-field", remark.spot, fmt::format("{} is no field: it is left out", text));
          break;
        case Kind::kDuplicateField:
          Add("duplicate-field", remark.spot, fmt::format("{} comes twice: the last counts", text));
          break;
        case Kind::kReplaced:
          Add("duplicate-object", remark.spot, text);
          break;
        case Kind::kOldVersion:
          Add("old-version", remark.spot, text);
          break;
        case Kind::kNoNamespace:
          Add("no-namespace", remark.spot, text);
          break;
      }
    }
  }

  bool Has(std::span<const NameId> list, std::string_view word) const {
    return std::ranges::any_of(list, [&](NameId id) { return policy_.Text(id) == word; });
  }

  void LintRule(const rbac::Role& role, const rbac::Rule& rule) {
    const rbac::Spot spot{role.spot.file, rule.line};
    if (rule.verbs == 0) Add("rule-without-verbs", spot, "a rule without verbs gives nothing");
    if (rule.urls > 0 && !role.cluster)
      Add("url-in-role", spot, "a Role gives no URL: only ClusterRoleBindings do");
    if (rule.urls > 0 && rule.resources > 0)
      Add("urls-and-resources", spot, "the API server refuses a rule for URLs and resources");
    if (rule.resources > 0 && rule.groups == 0)
      Add("no-api-group", spot, "a rule without apiGroups gives no resource; the core is \"\"");
    if (rule.urls == 0 && rule.resources == 0)
      Add("rule-without-resources", spot, "a rule for neither resources nor URLs gives nothing");
    for (const NameId verb : policy_.Verbs(rule)) LintVerb(spot, policy_.Text(verb), rule);
    LintGroups(spot, rule);
    for (const NameId resource : policy_.Resources(rule))
      LintResource(spot, rule, policy_.Text(resource));
    for (const NameId url : policy_.Urls(rule)) {
      const std::string_view text = policy_.Text(url);
      if (!text.starts_with('/') && text != "*")
        Add("url-without-slash", spot, fmt::format("no request is for {}", Quoted(text)));
      // Of several at the end all are taken away.
      if (text.find('*') < text.find_last_not_of('*') + 1)
        Add("url-star", spot,
            fmt::format("{}: a * that is not at the end stands for itself", Quoted(text)));
    }
    if (rule.names > 0) LintNames(spot, rule);
  }

  void LintVerb(const rbac::Spot& spot, std::string_view verb, const rbac::Rule& rule) {
    if (HasCapital(verb))
      Add("verb-case", spot, fmt::format("{}: verbs are lower case", Quoted(verb)));
    if (verb.size() > 1 && verb.contains('*'))
      Add("verb-star", spot, fmt::format("{}: only a * by itself stands for all", Quoted(verb)));
    static constexpr std::string_view kHttp[] = {"post", "put", "head", "options"};
    if (rule.urls == 0 && std::ranges::find(kHttp, verb) != std::end(kHttp))
      Add("http-verb", spot,
          fmt::format("{} is a verb of URLs; of resources it is create, update, get", verb));
  }

  void LintResource(const rbac::Spot& spot, const rbac::Rule& rule, std::string_view resource) {
    if (resource == "*") return;
    if (HasCapital(resource)) {
      Add("resource-case", spot,
          fmt::format("{}: resources are lower case plurals", Quoted(resource)));
      return;
    }
    if (resource.ends_with("/*") || (resource.contains('*') && !resource.starts_with("*/")))
      Add("resource-star", spot,
          fmt::format("{} stands for itself: there is * and */SUBRESOURCE", Quoted(resource)));
    const size_t slash = resource.find('/');
    const rbac::Resource* known = rbac::FindResource(resource.substr(0, slash));
    if (!known) return;
    if (resource.substr(0, slash) != known->name) {
      Add("resource-name", spot,
          fmt::format("{}: rules have the plural, {}", Quoted(resource), known->name));
      return;
    }
    // The same name in two groups: events are in both, ingresses were.
    const bool both =
        std::string_view(known->name) == "events" || std::string_view(known->name) == "ingresses";
    const auto groups = policy_.Groups(rule);
    if (both || groups.empty() || Has(groups, "*") || Has(groups, known->group)) return;
    const bool others = std::ranges::any_of(groups, [&](NameId id) {
      return IsForeign(id) && (policy_.Text(id).contains('.') || policy_.Text(id) == "extensions");
    });
    if (!others)
      Add("wrong-api-group", spot,
          fmt::format("{} are of apiGroup \"{}\"", Quoted(resource), known->group));
  }
  /// A group that Kubernetes itself does not have.
  bool IsForeign(NameId group) const {
    const std::string_view text = policy_.Text(group);
    return std::ranges::none_of(rbac::AllResources(), [&](const rbac::Resource& resource) {
      return text == resource.group;
    });
  }

  void LintNames(const rbac::Spot& spot, const rbac::Rule& rule) {
    const bool subresource = std::ranges::all_of(
        policy_.Resources(rule), [&](NameId id) { return policy_.Text(id).contains('/'); });
    if (Has(policy_.ResourceNames(rule), ""))
      Add("name-empty", spot,
          "\"\" among resourceNames allows requests without a name: list, watch and create of all");
    for (const char* verb : {"create", "deletecollection"}) {
      if (Has(policy_.ResourceNames(rule), "")) break;
      if (Has(policy_.Verbs(rule), verb) && !subresource)
        Add("names-without-effect", spot,
            fmt::format("{} has no name when it is authorized: with resourceNames it is never "
                        "allowed",
                        verb));
    }
    if (Has(policy_.ResourceNames(rule), "*"))
      Add("name-star", spot, "a * among resourceNames is a name like any other");
  }

  void LintGroups(const rbac::Spot& spot, const rbac::Rule& rule) {
    for (const NameId group : policy_.Groups(rule)) {
      const std::string_view text = policy_.Text(group);
      if (text.size() > 1 && text.contains('*'))
        Add("group-star", spot, fmt::format("{}: only a * by itself stands for all", Quoted(text)));
      if (text.contains('/'))
        Add("group-version", spot, fmt::format("{}: an apiGroup has no version", Quoted(text)));
    }
  }

  void LintTwice(const rbac::Binding& binding) {
    std::set<std::pair<bool, NameId>> seen;
    for (const rbac::Subject& subject : policy_.SubjectsOf(binding)) {
      const bool group = subject.kind == SubjectKind::kGroup;
      const NameId holder = group ? subject.name : subject.user;
      if (holder != kNoName && !seen.emplace(group, holder).second)
        Add("subject-twice", binding.spot,
            fmt::format("{} {} is named twice", policy_.Text(subject.kind_name),
                        Quoted(policy_.Text(subject.name))));
    }
  }

  void LintBinding(const rbac::Binding& binding) {
    // The bootstrap policy's own one is empty since the Node authorizer is there.
    if (binding.subjects == 0 && policy_.Text(binding.name) != "system:node")
      Add("no-subjects", binding.spot, "a binding without subjects gives nothing");
    if (!evaluator_.RoleOf(binding) && !policy_.MayBeUnread(binding)) {
      Add("missing-role", binding.spot,
          fmt::format("{} {} is not there", Quoted(policy_.Text(binding.role_kind)),
                      Quoted(policy_.Text(binding.role_name))));
    }
    if (binding.cluster && policy_.Text(binding.role_kind) == "Role")
      Add("role-in-cluster-binding", binding.spot, "a ClusterRoleBinding is of a ClusterRole only");
    LintTwice(binding);
    for (const rbac::Subject& subject : policy_.SubjectsOf(binding)) {
      const std::string_view name = policy_.Text(subject.name);
      if (subject.kind == SubjectKind::kOther) {
        Add("subject-kind", binding.spot,
            fmt::format("{} is no kind of subject: User, Group, ServiceAccount",
                        Quoted(policy_.Text(subject.kind_name))));
      } else if (subject.kind == SubjectKind::kServiceAccount && subject.user == kNoName) {
        Add("account-without-namespace", binding.spot,
            fmt::format("service account {} has no namespace: it is nobody", Quoted(name)));
      } else if (subject.kind == SubjectKind::kUser && name.starts_with("system:serviceaccount:")) {
        Add("account-as-user", binding.spot,
            fmt::format("{} is a service account: as ServiceAccount it is found by all tools",
                        Quoted(name)));
      }
    }
  }

  const rbac::Evaluator& evaluator_;
  const rbac::Policy& policy_;
  std::vector<Lint> found_;
};

}  // namespace

std::vector<Lint> LintPolicy(const rbac::Evaluator& evaluator) { return Linter(evaluator).Run(); }

}  // namespace seawall::review
