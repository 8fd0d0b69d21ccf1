// Audit logs: whatever a line says, what is learnt from it can be written and read again.
#include "auditlog/learner.h"
#include "rbac/manifests.h"
#include "require.h"
#include "review/learnt.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace seawall;
  const auditlog::LearnFilter filter;
  auditlog::SeenEvents seen;
  auditlog::Learner learner(filter, seen);
  auditlog::EventReader reader;
  std::string text(fuzz::Text(data, size));
  for (size_t at = 0; at < text.size();) {
    size_t end = text.find('\n', at);
    if (end == std::string::npos) end = text.size();
    reader.Read(text.data() + at, end - at, learner);
    at = end + 1;
  }
  const review::Learnt learnt = review::MakeGrants(learner, {.names = 2, .read = true});
  std::string yaml;
  for (const review::GrantSpec& grant : learnt.grants) yaml += review::GrantYaml(grant);
  const auto objects = rbac::ReadManifests({{"yaml", yaml}}, {.strict = true});
  fuzz::Require(objects.has_value(), "what is written can be read");
  fuzz::Require(objects->roles.size() == learnt.grants.size(), "every role is there");
  return 0;
}
