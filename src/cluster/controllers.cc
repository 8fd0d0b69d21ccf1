#include "cluster/controllers.h"

namespace seawall::cluster {

bool ControllerEnabled(const Setting& controllers, std::string_view name, bool off_by_default) {
  bool all = false;
  for (const Item& item : controllers.items) {
    std::string_view entry = item.text;
    if (entry == name) return true;
    if (entry == "*") all = true;
    if (!entry.starts_with('-')) continue;
    entry.remove_prefix(1);
    if (entry == name) return false;
  }
  return all && !off_by_default;
}

}  // namespace seawall::cluster
