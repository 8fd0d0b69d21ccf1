// Reads policies: every mistake is told with its place, and nothing is guessed.
#include "rules/own_rules.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>

#include "base/text.h"
#include "cluster/values.h"
#include "cluster/versions/tables.h"
#include "rules/recipe.h"
#include "yaml/document.h"

namespace seawall::rules {
namespace {

constexpr const char* kAttempt = "read the policy";
constexpr size_t kMostRules = 2000;
constexpr size_t kMostValues = 100;

constexpr const char* kComparisons[] = {"equals",       "not-equals", "one-of",  "contains",
                                        "not-contains", "at-least",   "at-most", "matches",
                                        "is-set",       "is-unset"};          // as Comparison
constexpr const char* kSeverities[] = {"low", "medium", "high", "critical"};  // as Severity

struct TargetName {
  const char* name;
  Target target;
  const char* kind;  ///< of its configuration file
};
constexpr TargetName kTargets[] = {
    {"kube-apiserver", Target::kApiServer, ""},
    {"kube-controller-manager", Target::kControllerManager, ""},
    {"kube-scheduler", Target::kScheduler, "KubeSchedulerConfiguration"},
    {"kubelet", Target::kKubelet, "KubeletConfiguration"},
    {"kube-proxy", Target::kProxy, "KubeProxyConfiguration"},
    {"etcd", Target::kEtcd, "EtcdConfig"},
};

/// Built-in rules whose bound an organisation may tighten.
struct Tightenable {
  const char* rule;
  bool at_least;  ///< else at most
};
constexpr Tightenable kTightenables[] = {
    {"audit-log-maxage", true},
    {"audit-log-maxbackup", true},
    {"audit-log-maxsize", true},
    {"certificates-not-near-end", true},
    {"ca-certificates-not-near-end", true},
    {"certificate-keys-strong", true},
    {"controller-manager-pod-gc", true},
    {"kubelet-authorization-cache", false},
};

std::unexpected<Error> Wrong(const Place& place, std::string why, std::string todo = "") {
  return Fail(ErrorCode::kMalformed, kAttempt,
              fmt::format("{}:{}:{}", place.file, place.line, place.column), std::move(why),
              std::move(todo));
}

template <typename Range>
std::string DidYouMean(std::string_view word, const Range& known) {
  std::vector<std::string> words(std::begin(known), std::end(known));
  const auto near = Closest(word, words);
  return near ? fmt::format("did you mean {}?", *near)
              : fmt::format("there are {}", Join(words, ", "));
}

/// Words of at least one letter or digit, joined by single hyphens.
bool IsId(std::string_view id) {
  bool hyphen = true;
  for (const char c : id) {
    const bool word = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
    if (!word && (c != '-' || hyphen)) return false;
    hyphen = c == '-';
  }
  return !hyphen && id.size() <= 100;
}

/// Whether any version that the tables hold has such a setting.
bool IsSetting(const TargetName& target, std::string_view name) {
  namespace versions = cluster::versions;
  if (versions::FlagLifetime(target.name, name)) return true;
  const auto newest = versions::NewestVersion(target.name);
  if (!newest || *target.kind == '\0') return false;
  for (int minor = newest->minor; minor >= 0 && minor > newest->minor - 12; --minor) {
    if (versions::FindField(target.kind, name, {newest->major, minor})) return true;
  }
  return false;
}

/// YAML's yes and no as components print them.
std::string TextOf(const yaml::Value& value) {
  const auto boolean = value.AsBool();
  return boolean ? (*boolean ? "true" : "false") : value.text();
}

}  // namespace

/// One file.
class PolicyReader {
 public:
  explicit PolicyReader(Policy& policy) : policy_(policy) {}

  Result<void> Read(std::string name, std::string bytes) {
    auto stream = yaml::Parse(std::move(name), std::move(bytes));
    if (!stream) {
      stream.error().attempt = kAttempt;
      return std::unexpected(stream.error());
    }
    if (!stream->duplicates().empty()) {
      const auto& twice = stream->duplicates().front();
      return Wrong(twice.again,
                   fmt::format("the key '{}' stands there twice", PrintableShort(twice.key, 40)),
                   "leave one");
    }
    const yaml::Value root = stream->root();
    const Place begin{stream->file(), 1, 1, {}};
    if (stream->documents() != 1 || !root.is_mapping())
      return Wrong(begin, "it is not one mapping", "write rules: and thresholds:");
    for (const yaml::Value::Pair& pair : root.Pairs()) {
      const std::string key = pair.key.KeyText();
      if (key != "rules" && key != "thresholds")
        return Wrong(pair.key.place(),
                     fmt::format("there is no field '{}'", PrintableShort(key, 40)),
                     "there are rules and thresholds");
      if (!pair.value.is_sequence())
        return Wrong(pair.value.place(), key + " is no list", "write - before each");
      for (const yaml::Value& item : pair.value.Items()) {
        auto ok = key == "rules" ? ReadRule(item) : ReadThreshold(item);
        if (!ok) return ok;
      }
    }
    return {};
  }

 private:
  using Members = std::map<std::string, yaml::Value, std::less<>>;

  static Result<Members> ReadMembers(const yaml::Value& row, std::span<const char* const> keys,
                                     std::span<const char* const> required) {
    if (!row.is_mapping())
      return Wrong(row.place(), "it is no mapping", fmt::format("write {}", Join(required, ", ")));
    Members members;
    for (const yaml::Value::Pair& pair : row.Pairs()) {
      const std::string key = pair.key.KeyText();
      if (std::ranges::find(keys, key) == keys.end())
        return Wrong(pair.key.place(),
                     fmt::format("there is no field '{}'", PrintableShort(key, 40)),
                     DidYouMean(key, keys));
      const bool list = key == "values" || key == "refs";
      if (list ? !pair.value.is_sequence()
               : !pair.value.is_scalar() || Trim(pair.value.text()).empty()) {
        return Wrong(pair.value.place(),
                     fmt::format("{} is {}", key, list ? "no list" : "no text, or empty"));
      }
      members[key] = pair.value;
    }
    for (const char* key : required) {
      if (!members.contains(key))
        return Wrong(row.place(), fmt::format("{} is missing", key),
                     fmt::format("required are {}", Join(required, ", ")));
    }
    return members;
  }

  /// The place of a word in a table, or the complaint.
  template <typename Range>
  static Result<size_t> Word(const Members& members, const char* key, const Range& words) {
    const yaml::Value& value = members.at(key);
    size_t i = 0;
    for (const char* word : words) {
      if (value.text() == word) return i;
      ++i;
    }
    return Wrong(value.place(),
                 fmt::format("there is no {} '{}'", key, PrintableShort(value.text(), 40)),
                 DidYouMean(value.text(), words));
  }

  const char* Text(const Members& members, const char* key) {
    const auto found = members.find(key);
    return found == members.end() ? "" : policy_.Keep(Printable(found->second.text()));
  }

  Result<void> ReadRule(const yaml::Value& row) {
    constexpr const char* kKeys[] = {"id",         "title", "row",    "component", "setting",
                                     "comparison", "value", "values", "severity",  "remedy",
                                     "why",        "refs",  "link"};
    constexpr const char* kRequired[] = {"id",         "title",    "component", "setting",
                                         "comparison", "severity", "remedy",    "why"};
    auto members = ReadMembers(row, kKeys, kRequired);
    if (!members) return std::unexpected(members.error());
    if (policy_.own_.size() >= kMostRules)
      return Wrong(row.place(), fmt::format("more than {} rules", kMostRules), "keep fewer");
    Rule rule;
    rule.severity = Severity::kMedium;
    rule.check = MeetsWish;
    if (auto ok = ReadNames(*members, rule); !ok) return ok;
    auto comparison = Word(*members, "comparison", kComparisons);
    if (!comparison) return std::unexpected(comparison.error());
    Wish wish;
    wish.comparison = static_cast<Comparison>(*comparison);
    if (auto ok = ReadValues(*members, row.place(), wish); !ok) return ok;
    if (auto ok = ReadRefs(*members, wish); !ok) return ok;
    const std::string values = Join(wish.values, ", ");
    rule.expected = policy_.Keep(Printable(
        fmt::format("{}{}{}", kComparisons[*comparison], values.empty() ? "" : " ", values)));
    policy_.wishes_.push_back(std::move(wish));
    rule.own = &policy_.wishes_.back();
    policy_.own_.push_back(rule);
    return {};
  }

  Result<void> ReadNames(const Members& members, Rule& rule) {
    const yaml::Value& id = members.at("id");
    if (!IsId(id.text()))
      return Wrong(id.place(), "the id is not of small letters, digits and single hyphens",
                   "write it as acme-audit-log-age");
    if (FindBuiltIn(id.text()) != nullptr)
      return Wrong(id.place(), fmt::format("seawall itself has a rule {}", id.text()),
                   "begin yours with the organisation's name");
    for (const Rule& other : policy_.own_) {
      if (id.text() == other.id)
        return Wrong(id.place(), fmt::format("there are two rules {}", id.text()), "rename one");
    }
    rule.id = Text(members, "id");
    rule.title = Text(members, "title");
    rule.remedy = Text(members, "remedy");
    rule.why = Text(members, "why");
    rule.link = Text(members, "link");
    if (*rule.link != '\0' && !std::string_view(rule.link).starts_with("https://"))
      return Wrong(members.at("link").place(), "the link does not begin with https://");
    rule.row = members.contains("row") ? Text(members, "row") : "own";
    if (members.contains("row") && FindRow(rule.row) == nullptr)
      return Wrong(members.at("row").place(),
                   fmt::format("the recipe has no row '{}'", PrintableShort(rule.row, 20)),
                   "see `seawall help rows`, or leave it out");
    auto severity = Word(members, "severity", kSeverities);
    if (!severity) return std::unexpected(severity.error());
    rule.severity = static_cast<Severity>(*severity);
    std::vector<const char*> names;
    for (const TargetName& target : kTargets) names.push_back(target.name);
    auto target = Word(members, "component", names);
    if (!target) return std::unexpected(target.error());
    rule.target = kTargets[*target].target;
    rule.setting = Text(members, "setting");
    if (!IsSetting(kTargets[*target], rule.setting)) {
      return Wrong(members.at("setting").place(),
                   fmt::format("no version of {} has the setting '{}'", kTargets[*target].name,
                               PrintableShort(rule.setting, 60)),
                   "write a flag without its dashes, or the path of a field of the configuration "
                   "file");
    }
    return {};
  }

  static Result<void> ReadValues(const Members& members, const Place& place, Wish& wish) {
    if (const auto value = members.find("value"); value != members.end())
      wish.values.push_back(TextOf(value->second));
    Place at = members.at("comparison").place();
    if (const auto values = members.find("values"); values != members.end()) {
      at = values->second.place();
      for (const yaml::Value& item : values->second.Items()) {
        if (!item.is_scalar()) return Wrong(item.place(), "a value is no text");
        wish.values.push_back(TextOf(item));
      }
    }
    const bool none =
        wish.comparison == Comparison::kIsSet || wish.comparison == Comparison::kIsUnset;
    const bool several =
        wish.comparison == Comparison::kOneOf || wish.comparison == Comparison::kContains ||
        wish.comparison == Comparison::kNotContains || wish.comparison == Comparison::kNotEquals;
    if (none != wish.values.empty() || (!several && wish.values.size() > 1) ||
        wish.values.size() > kMostValues) {
      return Wrong(none || !wish.values.empty() ? at : place,
                   none      ? "this comparison takes no value"
                   : several ? fmt::format("this comparison takes 1 to {} values", kMostValues)
                             : std::string("this comparison takes one value"));
    }
    if (wish.comparison == Comparison::kMatches) {
      const std::string why = Pattern::Compile(wish.values.front(), wish.pattern);
      if (!why.empty()) return Wrong(at, "the expression cannot be read: " + why);
    }
    const bool amount =
        wish.comparison == Comparison::kAtLeast || wish.comparison == Comparison::kAtMost;
    if (amount && !cluster::ParseFloat(wish.values.front()) &&
        !cluster::ParseInt(wish.values.front()) && !cluster::ParseDuration(wish.values.front())) {
      return Wrong(at, "the value is neither a number nor a duration", "write 30, or 5m");
    }
    return {};
  }

  static Result<void> ReadRefs(const Members& members, Wish& wish) {
    const auto refs = members.find("refs");
    if (refs == members.end()) return {};
    constexpr const char* kKeys[] = {"framework", "edition", "item"};
    for (const yaml::Value& item : refs->second.Items()) {
      auto own = ReadMembers(item, kKeys, kKeys);
      if (!own) return std::unexpected(own.error());
      wish.refs.push_back({Printable(own->at("framework").text()),
                           Printable(own->at("edition").text()),
                           Printable(own->at("item").text())});
    }
    return {};
  }

  static const Rule* FindBuiltIn(std::string_view id) {
    const auto rules = BuiltInRules();
    const auto found = std::ranges::find_if(rules, [&](const Rule& rule) { return id == rule.id; });
    return found == rules.end() ? nullptr : &*found;
  }

  Result<void> ReadThreshold(const yaml::Value& row) {
    constexpr const char* kKeys[] = {"rule", "value"};
    auto members = ReadMembers(row, kKeys, kKeys);
    if (!members) return std::unexpected(members.error());
    std::vector<const char*> names;
    for (const Tightenable& one : kTightenables) names.push_back(one.rule);
    auto index = Word(*members, "rule", names);
    if (!index) {
      index.error().why += ", or its bound cannot be changed";
      return std::unexpected(index.error());
    }
    const Tightenable& tightenable = kTightenables[*index];
    const Rule* built_in = FindBuiltIn(tightenable.rule);
    const yaml::Value& value = members->at("value");
    const auto amount = [](std::string_view text) -> std::optional<int64_t> {
      if (const auto number = cluster::ParseInt(text)) return number;
      return cluster::ParseDuration(text);
    };
    const bool duration = !cluster::ParseInt(built_in->wanted);
    const auto wanted = amount(value.text());
    const auto floor = amount(built_in->wanted);
    if (!wanted || !floor || duration == cluster::ParseInt(value.text()).has_value() ||
        *wanted < 0 || (!duration && *wanted > 1000000)) {
      return Wrong(value.place(), fmt::format("it is no {}", duration ? "duration, as 1m"
                                                                      : "number up to 1000000"));
    }
    if (tightenable.at_least ? *wanted < *floor : *wanted > *floor) {
      return Wrong(
          value.place(),
          fmt::format("{} is weaker than seawall's own {}", value.text(), built_in->wanted),
          "a policy makes rules stricter; what is accepted all the same is a waiver");
    }
    for (const Rule& other : policy_.instead_) {
      if (std::string_view(other.id) == built_in->id)
        return Wrong(members->at("rule").place(), "this threshold is set twice", "leave one");
    }
    Rule stricter = *built_in;
    stricter.wanted = Text(*members, "value");
    stricter.expected = policy_.Keep(fmt::format(
        "{} {} by the organisation's policy (seawall's own: {})",
        tightenable.at_least ? "at least" : "at most", value.text(), built_in->expected));
    policy_.instead_.push_back(stricter);
    return {};
  }

  Policy& policy_;
};

Result<void> Policy::Add(std::string name, std::string bytes) {
  return PolicyReader(*this).Read(std::move(name), std::move(bytes));
}

}  // namespace seawall::rules
