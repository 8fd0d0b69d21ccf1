#include "cluster/refusals.h"
#include "cluster/settings_readers.h"

namespace seawall::cluster {
void ReadApiServer(const Node& node, Component& component) {
  const FlagTable table(component.kind, component.version);
  ReadFlags(table, component);
  RefuseApiServer(node, component);
}

}  // namespace seawall::cluster
