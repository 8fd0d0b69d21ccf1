// What has to be there before etcd, authentication or authorization is changed live: a snapshot of
// etcd that was read back, and a break-glass credential that was tried. docs/commands/harden.md.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "harden/journal.h"
#include "harden/safety.h"

namespace seawall::live {

struct SafeguardOptions {
  cluster::ReadOptions read;
  bool without_snapshot = false;     ///< somebody consented to have none
  bool without_break_glass = false;  ///< somebody consented to have none
  std::string break_glass;           ///< a kubeconfig; "": where installers leave one
  std::function<void(const std::string&)> say;
};

class Safeguard {
 public:
  explicit Safeguard(SafeguardOptions options);
  ~Safeguard();

  /// Whether both can be had; nothing is written. Refusals: kUsage.
  Result<void> Check(const harden::Plan& plan);
  /// Makes the snapshot into the journal's folder and reads it back, tries the credential, and says
  /// so in the journal's log.
  Result<void> Make(const harden::Plan& plan, const harden::Journal& journal);
  /// Whether the credential that was tried before still opens the cluster; without one there is
  /// nothing to say.
  Result<void> StillOpens();

 private:
  Result<void> CheckEtcd(const cluster::Node& node);
  Result<void> FindGlass(const cluster::Node& node);
  Result<std::string> TakeSnapshot(const cluster::Node& node, const harden::Journal& journal,
                                   const harden::RootWriter& writer);

  struct Glass;
  SafeguardOptions options_;
  std::unique_ptr<Glass> glass_;
};

}  // namespace seawall::live
