// seawall harden where the components run: a control plane as kubeadm init leaves it gets the
// recipe's profile, goes on working, has no finding left but what only a person can choose, and is
// taken back byte by byte.
#include "harden_live.h"

namespace seawall::test {
namespace {

TEST_F(HardenLive, TheRecipeIsAppliedProvenAndTakenBack) {
  const std::string before = Snapshot();
  Ran run = Harden({"apply", "--profile", "recipe", "--yes", "--settle", "3s"});
  ASSERT_EQ(run.status, 0) << run.out << run.err;
  EXPECT_NE(Snapshot(), before);
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
