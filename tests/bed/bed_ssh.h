// A real sshd on every node of a bed, and the ssh_config that knows them by their names.
#pragma once

#include <string>

#include "bed.h"
#include "tree.h"

namespace seawall::test {

class BedSsh {
 public:
  /// Starts them; they end with the bed.
  explicit BedSsh(const Bed& bed);
  /// For a client in the bed's network.
  std::string Config() const { return tree_.Path("/config"); }

 private:
  void Start(const Bed& bed, const std::string& node);
  Tree tree_;
  std::string known_, config_;
};

}  // namespace seawall::test
