// What a component that was made of one configuration file can be asked for.
#include "cluster/component.h"
#include "cluster/versions/tables.h"

namespace seawall::cluster {
namespace {

const char* KindOf(ComponentKind kind) {
  switch (kind) {
    case ComponentKind::kKubelet:
      return "KubeletConfiguration";
    case ComponentKind::kProxy:
      return "KubeProxyConfiguration";
    case ComponentKind::kScheduler:
      return "KubeSchedulerConfiguration";
    default:
      return nullptr;
  }
}

}  // namespace

bool Component::Speaks(std::string_view setting) const {
  if (!fragment || only_settings.contains(setting)) return true;
  const char* configuration = KindOf(kind);
  if (configuration == nullptr || !only_settings.contains("config")) return false;
  const char* name = ToString(kind);
  for (const versions::FieldRow& row : versions::Fields()) {
    if (std::string_view(row.kind) == configuration && setting == row.path) return true;
  }
  for (const versions::SourceRow& source : versions::Sources()) {
    if (std::string_view(source.component) == name &&
        versions::FieldForFlag(name, setting, source.version) != nullptr) {
      return true;
    }
  }
  return false;
}

}  // namespace seawall::cluster
