// The example nodes, laid out once for a test program.
#pragma once

#include <string>

#include "tree.h"

namespace seawall::test {

class Examples {
 public:
  static const Examples& Get();
  /// Folder of one node: "cp-0", "master-1", "etcd-0" … Do not change what is in it: copy it into a Tree.
  std::string Path(const std::string& node) const { return tree_.Path("/" + node); }

 private:
  Examples();
  Tree tree_;
};

}  // namespace seawall::test
