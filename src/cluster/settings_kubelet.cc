#include "cluster/settings_readers.h"

namespace seawall::cluster {

void ReadKubelet(const Node&, Component& component) {
  const FlagTable table(component.kind, component.version);
  ReadFlags(table, component);
}

}  // namespace seawall::cluster
