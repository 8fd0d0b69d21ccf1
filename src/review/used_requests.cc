#include "review/used_requests.h"

#include <algorithm>

namespace seawall::review {

void SetResource(rbac::Attributes& attributes, std::string_view resource) {
  const size_t slash = resource.find('/');
  attributes.resource = resource.substr(0, slash);
  if (slash != std::string_view::npos) attributes.subresource = resource.substr(slash + 1);
}

void ForEachUsed(const auditlog::Learner& learner,
                 const std::function<void(const rbac::Attributes&)>& each) {
  const auto text = [&](rbac::NameId id) { return learner.names.Text(id); };
  for (const auto* rights : {&learner.rights, &learner.possible}) {
    for (const auto& [right, use] : *rights) {
      std::vector<std::string_view> groups;
      if (const auto at = learner.groups.find(right.subject); at != learner.groups.end()) {
        for (const rbac::NameId group : at->second) groups.push_back(text(group));
      }
      std::ranges::sort(groups);
      rbac::Attributes a{};
      a.user = text(right.subject);
      a.groups = groups;
      a.verb = text(right.verb);
      a.resource_request = !right.url;
      if (right.url) {
        a.path = text(right.resource);
      } else {
        a.space = text(right.space);
        a.group = text(right.group);
        a.name = text(right.name);
        SetResource(a, text(right.resource));
      }
      each(a);
    }
  }
}

}  // namespace seawall::review
