#include "review/abac_convert.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "base/text.h"

namespace seawall::review {
namespace {

constexpr const char* kAnnotation = "seawall.dev/abac-line";

/// A DNS label, which every namespace's name is.
bool IsNamespaceName(std::string_view name) {
  const auto plain = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); };
  if (name.empty() || name.size() > 63 || !plain(name.front()) || !plain(name.back())) return false;
  return std::ranges::all_of(name, [&](char c) { return plain(c) || c == '-'; });
}

std::vector<std::string> Verbs(const AbacLine& line) {
  if (line.readonly) return {"get", "list", "watch"};
  return {"*"};
}

std::string Text(std::string_view word) { return word.empty() ? "\"\"" : PrintableShort(word, 80); }

/// What a line is made into.
class LineConverter {
 public:
  LineConverter(const AbacLine& line, const ConvertOptions& options, Converted& out)
      : line_(line), options_(options), out_(out) {}

  void Run() {
    if (!Subject()) return;
    Resources();
    Urls();
  }

 private:
  void Tell(Gap gap, std::string why, std::string narrower, std::string wider) {
    out_.inexact.push_back(
        {line_.line, gap, std::move(why), std::move(narrower), std::move(wider)});
  }

  bool Subject() {
    if (line_.user.empty() && line_.group.empty()) {
      out_.nobody.push_back(line_.line);
      return false;
    }
    if (!line_.user.empty() && !line_.group.empty()) {
      Tell(Gap::kUserAndGroup,
           fmt::format("only user {} while in group {}: subjects of a binding are alternatives",
                       Text(line_.user), Text(line_.group)),
           "nobody is given it",
           fmt::format("user {} is given it, in whichever groups", Text(line_.user)));
      if (!options_.widen) return false;
    }
    subject_ = line_.user.empty() ? SubjectSpec{"Group", line_.group, ""}
                                  : SubjectSpec{"User", line_.user, ""};
    return true;
  }

  std::string Of() const {
    return line_.api_group.empty()
               ? Text(line_.resource)
               : fmt::format("{}.{}", Text(line_.resource), Text(line_.api_group));
  }

  void Resources() {
    if (line_.resource.empty()) return;  // no request has none
    if (line_.resource.contains('/')) {
      Tell(Gap::kResourceName,
           fmt::format("{} is no resource: ABAC never sees a subresource", Of()),
           "nothing is given: no request of an API server matches the line",
           "the subresource is given, which ABAC did not");
      if (!options_.widen) return;
      return Add(RuleSpec{Verbs(line_), {line_.api_group}, {line_.resource}, {}, {}, ""});
    }
    RuleSpec rule{Verbs(line_), {line_.api_group}, {line_.resource}, {}, {}, ""};
    // The verbs may be narrowed for lack of a namespace, the resources for lack of discovery.
    if (line_.space.empty() && !WithoutNamespace(rule)) return;
    if (!line_.space.empty() && line_.space != "*" && !IsNamespaceName(line_.space)) {
      Tell(Gap::kNamespaceName, fmt::format("no namespace can be called {}", Text(line_.space)),
           "nothing is given: no such namespace can exist", "there is none");
      return;
    }
    if (line_.resource != "*") WithSubresources(rule);
    Add(std::move(rule));
  }

  /// False: nothing is given.
  bool WithoutNamespace(RuleSpec& rule) {
    const std::string wider =
        fmt::format("{} of {} in every namespace too", Join(rule.verbs, " "), Of());
    const auto known = options_.discovery
                           ? options_.discovery->Find(line_.api_group, line_.resource)
                           : Builtin().Find(line_.api_group, line_.resource);
    const bool spaces =
        line_.resource == "namespaces" && (line_.api_group.empty() || line_.api_group == "*");
    if (spaces) {  // a request about one namespace bears its name
      const std::vector<std::string> verbs =
          line_.readonly ? std::vector<std::string>{"list", "watch"}
                         : std::vector<std::string>{"list", "watch", "create"};
      Tell(Gap::kNoNamespace,
           "a request about one namespace is a request in it, which the line does not allow",
           fmt::format("{} of namespaces", Join(verbs, " ")), wider);
      if (!options_.widen) rule.verbs = verbs;
      return true;
    }
    const bool cluster = !known.empty() && std::ranges::none_of(known, [](const auto* resource) {
      return resource->namespaced;
    });
    if (cluster) return true;
    Tell(
        Gap::kNoNamespace,
        fmt::format("{} without a namespace: a ClusterRoleBinding also counts in namespaces", Of()),
        "nothing is given", wider);
    return options_.widen;
  }

  void WithSubresources(RuleSpec& rule) {
    std::vector<const KnownResource*> known;
    if (options_.discovery) known = options_.discovery->Find(line_.api_group, line_.resource);
    if (!known.empty()) {
      for (const KnownResource* resource : known) {
        for (const std::string& sub : resource->subresources) {
          const std::string name = line_.resource + "/" + sub;
          if (std::ranges::find(rule.resources, name) == rule.resources.end())
            rule.resources.push_back(name);
        }
      }
      return;
    }
    Tell(Gap::kSubresources,
         fmt::format("{} with whatever subresources: {}", Of(),
                     options_.discovery ? "discovery does not know the resource"
                                        : "--discovery would tell which there are"),
         fmt::format("{} without subresources", Of()),
         fmt::format("every resource of apiGroup {}", Text(line_.api_group)));
    if (options_.widen) rule.resources = {"*"};
  }

  void Urls() {
    if (line_.path.empty()) return;
    GrantSpec grant{true, "", "", {}, {subject_}, {}};
    grant.rules.push_back({Verbs(line_), {}, {}, {}, {line_.path}, ""});
    AddGrant(std::move(grant));
  }

  void Add(RuleSpec rule) {
    const bool cluster = line_.space == "*" || line_.space.empty();
    GrantSpec grant{cluster, "", cluster ? "" : line_.space, {}, {subject_}, {}};
    grant.rules.push_back(std::move(rule));
    AddGrant(std::move(grant));
  }

  void AddGrant(GrantSpec grant) {
    if (!out_.grants.empty() && made_ > 0 && out_.grants.back().cluster && grant.cluster) {
      out_.grants.back().rules.push_back(std::move(grant.rules[0]));
      return;
    }
    grant.name = fmt::format("abac-line-{}{}", line_.line, made_ > 0 ? "-urls" : "");
    ++made_;
    out_.grants.push_back(std::move(grant));
  }

  static const Discovery& Builtin() {
    static const Discovery discovery = BuiltInDiscovery();
    return discovery;
  }

  const AbacLine& line_;
  const ConvertOptions& options_;
  Converted& out_;
  SubjectSpec subject_;
  int made_ = 0;
};

/// Equal lines have equal texts.
std::string ContentOf(const AbacLine& line) {
  std::string key = line.readonly ? "r" : "w";
  for (const std::string* part :
       {&line.user, &line.group, &line.api_group, &line.resource, &line.space, &line.path})
    key += fmt::format("{}:{}", part->size(), *part);
  return key;
}

}  // namespace

const char* ToString(Gap gap) {
  switch (gap) {
    case Gap::kUserAndGroup:
      return "user-and-group";
    case Gap::kSubresources:
      return "subresources";
    case Gap::kNoNamespace:
      return "no-namespace";
    case Gap::kResourceName:
      return "resource-name";
    case Gap::kNamespaceName:
      return "namespace-name";
  }
  return "";
}

Converted Convert(const AbacPolicy& policy, const ConvertOptions& options) {
  Converted out;
  struct First {
    size_t begin = 0, end = 0;  // of what it became
  };
  std::map<std::string, First> seen;
  for (const AbacLine& line : policy.lines) {
    const std::string place = fmt::format("{}:{}", policy.file, line.line);
    const auto [at, fresh] = seen.try_emplace(ContentOf(line));
    if (fresh) {
      at->second.begin = out.grants.size();
      LineConverter(line, options, out).Run();
      at->second.end = out.grants.size();
    }
    for (size_t i = at->second.begin; i < at->second.end; ++i) {
      Annotations& annotations = out.grants[i].annotations;
      if (annotations.empty()) {
        annotations.emplace_back(kAnnotation, place);
      } else {
        annotations[0].second += ", " + place;
      }
    }
    if (fresh || at->second.begin != at->second.end) continue;
    // An equal line that became nothing is told as well.
    LineConverter(line, options, out).Run();
  }
  return out;
}

}  // namespace seawall::review
