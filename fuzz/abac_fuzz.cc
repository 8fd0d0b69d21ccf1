// ABAC policies: whatever is read can be converted, and what is written is read again as it was
// meant.
#include "rbac/manifests.h"
#include "require.h"
#include "review/abac_convert.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace seawall;
  const auto policy = review::ReadAbac("policy", fuzz::Text(data, size));
  if (!policy) return 0;
  static const review::Discovery discovery = review::BuiltInDiscovery();
  for (const bool widen : {false, true}) {
    const review::Converted converted =
        review::Convert(*policy, {.discovery = widen ? &discovery : nullptr, .widen = widen});
    std::string yaml;
    for (const review::GrantSpec& grant : converted.grants) yaml += review::GrantYaml(grant);
    const auto objects = rbac::ReadManifests({{"yaml", yaml}}, {.strict = true});
    fuzz::Require(objects.has_value(), "what is written can be read");
    fuzz::Require(objects->roles.size() == converted.grants.size(), "every role is there");
    for (const review::Inexact& inexact : converted.inexact) {
      fuzz::RequirePrintable(inexact.why, "a reason");
      fuzz::RequirePrintable(inexact.wider, "a choice");
    }
  }
  return 0;
}
