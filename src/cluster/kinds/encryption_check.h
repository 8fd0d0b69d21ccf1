// Upstream's validation of an EncryptionConfiguration.
#pragma once

#include <string>
#include <string_view>

#include "cluster/kinds/decode.h"
#include "cluster/kinds/encryption.h"

namespace seawall::cluster::kinds {

struct GroupResource {
  std::string_view resource, group;
  auto operator<=>(const GroupResource&) const = default;
};
/// "deployments.apps" → {deployments, apps}; "secrets" → {secrets, ""}.
GroupResource ParseGroupResource(std::string_view text);

/// One provider per list element.
void CheckOneProvider(Decoder& decoder, const std::string& path, const yaml::Value& provider);
void CheckEncryption(Decoder& decoder, const EncryptionConfiguration& view);

}  // namespace seawall::cluster::kinds
