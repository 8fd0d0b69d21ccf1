#include "cluster/pflag.h"
#include "cluster/settings_readers.h"

namespace seawall::cluster {

void ReadFlags(const FlagTable& table, Component& component) {
  FlagRead read = ReadPflags(component.command, table);
  for (Problem& problem : read.problems) component.problems.push_back(std::move(problem));
  for (auto& [name, setting] : FoldFlags(read, component.problems))
    component.written[name] = setting;
  if (!read.hidden.empty()) AddHiddenGap(component, read.hidden);
}

void AddHiddenGap(Component& component, const std::string& why) {
  component.gaps.push_back(
      {false, why,
       "run seawall on the node itself, as root, where the running process shows its arguments"});
}

}  // namespace seawall::cluster
