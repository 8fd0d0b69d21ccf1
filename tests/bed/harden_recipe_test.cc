// seawall harden where the components run: a control plane as kubeadm init leaves it gets the
// recipe's profile, goes on working, has no finding left but what only a person can choose, and is
// taken back byte by byte.
#include <algorithm>

#include "harden_live.h"

namespace seawall::test {
namespace {

constexpr const char* kComponents[] = {"etcd", "kube-apiserver", "kube-controller-manager",
                                       "kube-scheduler"};

/// How often containers of the component's pod were started, as the kubelet keeps their logs.
size_t Started(const std::string& root, const std::string& component) {
  const Ran run = RunCommand(
      {"sh", "-c", fmt::format("ls {}/var/log/pods/kube-system_{}-*/*/*.log", root, component)});
  return static_cast<size_t>(std::ranges::count(run.out, '\n'));
}

TEST_F(HardenLive, TheRecipeIsAppliedProvenAndTakenBack) {
  const std::string before = Snapshot();
  Ran run = Harden({"apply", "--profile", "recipe", "--yes", "--settle", "3s"});
  ASSERT_EQ(run.status, 0) << run.out << run.err;
  EXPECT_NE(Snapshot(), before);
  // However many changes: each component, the API server too, was away once.
  for (const std::string component : kComponents) {
    const std::string replaced = component + ": its manifest is new";
    const size_t at = run.err.find(replaced);
    EXPECT_TRUE(at != std::string::npos && run.err.find(replaced, at + 1) == std::string::npos)
        << component << run.err;
    EXPECT_EQ(Started(Root(), component), 1u) << component;
  }
  ExpectOnlyChoicesLeft();
  ExpectWorks();
  ExpectNewThingsWork();

  run = Harden({"rollback", "--yes"});
  EXPECT_EQ(run.status, 0) << run.out << run.err;
  EXPECT_EQ(Snapshot(), before);
  // What the API server has logged meanwhile is not thrown away.
  EXPECT_NE(run.out.find("stays, for something was written into it since: /var/log/kubernetes"),
            std::string::npos)
      << run.out;
  ExpectWorks();
}

}  // namespace
}  // namespace seawall::test
