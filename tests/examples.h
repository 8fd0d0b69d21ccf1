// The example nodes: those that `./run test` laid out in build/test-examples, else laid out here
// (some seconds of making keys).
#pragma once

#include <string>

#include "tree.h"

namespace seawall::test {

class Examples {
 public:
  static const Examples& Get();
  /// Folder of one node: "cp-0", "master-1", "etcd-0" … Do not change what is in it: copy it into a
  /// Tree.
  std::string Path(const std::string& node) const { return folder_ + "/" + node; }

 private:
  Examples();
  Tree tree_;
  std::string folder_;
};

}  // namespace seawall::test
