// The room live/: what a change needs where the components run. A component is made to take its new
// files up, watched until it is well and stays so, and proven; what fails is taken back by whoever
// applies (harden/apply), and watched until it is well again.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "harden/apply.h"
#include "proofs/proof.h"

namespace seawall::live {

struct KeeperOptions {
  cluster::ReadOptions read;
  int ready_seconds = 180;  ///< from a change until the component is well and has stayed so
  int settle_seconds = 30;  ///< for which it must be well without an end
  /// Asks every listener of the component over the network.
  std::function<Result<std::vector<proofs::Proven>>(const cluster::Node&,
                                                    const cluster::Component&)>
      prove;
  /// Whether the credential that does not depend on the change still opens the cluster; asked after
  /// each step that restarts etcd or the API server.
  std::function<Result<void>()> still_opens;
  /// Before each step: whether the cluster's lock is still ours.
  std::function<Result<void>()> still_ours;
  std::function<void(const std::string&)> say;  ///< progress, one line
  std::function<bool()> interrupted;            ///< somebody wants it to stop
};

class LiveKeeper : public harden::StepKeeper {
 public:
  explicit LiveKeeper(KeeperOptions options);
  ~LiveKeeper() override;

  /// Before anything is changed: every component that is going to be restarted runs and is well.
  Result<void> CheckBefore(const harden::Plan& plan);

  /// Of a rollback: what is well now has to be so again after each step.
  void NoteWell();

  Result<void> BeforeStep(const harden::StepWork& step) override;
  Result<void> AfterStep(const harden::StepWork& step) override;
  Result<void> AfterAll(const std::vector<harden::FindingName>& cures) override;
  Result<void> AfterRollback(const harden::StepWork& step) override;
  Result<void> Announce(const harden::StepWork& step) override;
  Result<void> MayWithdraw(const harden::StepWork& step) override;
  Result<void> MayRestart(const harden::StepWork& step) override;
  Result<void> Withdraw(const harden::StepWork& step) override;

  /// What was done and could not be proven, and what is to be restarted by hand; one sentence each.
  const std::vector<std::string>& unproven() const { return unproven_; }

 private:
  struct Before;
  struct Goal;
  using Name = std::pair<std::string, std::string>;

  Result<void> Await(const harden::StepWork& step, const Goal& goal);
  Result<void> AwaitEtcd(const harden::StepWork& step);
  Result<void> AwaitPeers(const harden::StepWork& step);
  Result<void> MayAnnounce(const harden::StepWork& step);
  Result<void> MayAnnounce(const harden::Plan& plan);
  Result<void> AwaitOthers(const harden::StepWork& step, bool forward);
  void NoteWell(const cluster::Node& node);
  Result<void> Prove(const harden::StepWork& step);
  Result<void> Judge(const cluster::Node& node, const std::vector<harden::FindingName>& cures,
                     const std::vector<proofs::Proven>& proven);
  Result<void> MakeItNew(const harden::StepWork& step, const cluster::Component& component);
  void Say(const harden::StepWork& step, const std::string& text) const;
  std::unexpected<Error> Failed(const harden::StepWork& step, std::string why) const;

  KeeperOptions options_;
  std::map<size_t, std::unique_ptr<Before>> before_;  ///< by step
  std::set<Name> well_;                               ///< at the beginning
  std::set<std::string> ready_nodes_;
  std::set<Name> by_hand_;
  std::vector<std::string> unproven_;
};

}  // namespace seawall::live
