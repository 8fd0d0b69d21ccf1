#include "cluster/node.h"

#include <gtest/gtest.h>

namespace seawall::cluster {
namespace {

Node With(std::shared_ptr<MemoryFiles> files) {
  Node node;
  node.files = std::move(files);
  return node;
}

TEST(NodeAccounts, NamesOnlyWhatTheNodesOwnFilesKnow) {
  auto files = std::make_shared<MemoryFiles>();
  files->Add("/etc/passwd",
             "root:x:0:0:root:/root:/bin/sh\netcd:x:998:997::/"
             ":\nbroken\nx:x:notanumber:1::\ntoor:x:0:0::/:\n");
  files->Add("/etc/group", "root:x:0:\netcd:x:997:\n");
  const Node node = With(files);
  EXPECT_EQ(node.UserName(0), "root");
  EXPECT_EQ(node.UserName(998), "etcd");
  EXPECT_EQ(node.UserName(1000), "1000");
  EXPECT_EQ(node.GroupName(997), "etcd");
  EXPECT_EQ(node.GroupName(998), "998");
}

TEST(NodeAccounts, NumbersWithoutPasswd) {
  const Node node = With(std::make_shared<MemoryFiles>());
  EXPECT_EQ(node.UserName(0), "0");
  EXPECT_EQ(node.GroupName(0), "0");
}

TEST(NodeCaches, ReadOnceAndKeepTheError) {
  auto files = std::make_shared<MemoryFiles>();
  files->Add("/a", "one");
  files->Add("/b", "two");
  files->Break("/b", ErrorCode::kPermission);
  const Node node = With(files);
  ASSERT_TRUE(node.Bytes("/a"));
  files->Add("/a", "changed");
  EXPECT_EQ(*node.Bytes("/a"), "one");
  ASSERT_FALSE(node.Bytes("/b"));
  EXPECT_EQ(node.Bytes("/b").error().code, ErrorCode::kPermission);
  EXPECT_EQ(node.Bytes("/c").error().code, ErrorCode::kNotFound);
}

TEST(NodeCaches, ConfigurationHasNoFiles) {
  Node node;
  node.is_machine = false;
  EXPECT_EQ(node.Stat("/etc").error().code, ErrorCode::kNotFound);
}

TEST(NodeComponents, OfAndMayHide) {
  Node node;
  node.components.resize(2);
  node.components[1].kind = ComponentKind::kEtcd;
  node.blind_spots.push_back({Error{}, {ComponentKind::kKubelet}});
  EXPECT_EQ(node.Of(ComponentKind::kEtcd).size(), 1u);
  EXPECT_TRUE(node.Of(ComponentKind::kProxy).empty());
  EXPECT_NE(node.MayHide(ComponentKind::kKubelet), nullptr);
  EXPECT_EQ(node.MayHide(ComponentKind::kEtcd), nullptr);
}

TEST(Names, ComponentNamesGoBothWays) {
  for (const ComponentKind kind : kAllComponents)
    EXPECT_EQ(ComponentFromName(ToString(kind)), kind);
  EXPECT_FALSE(ComponentFromName("etcdctl"));
  EXPECT_EQ((Version{1, 37, 2, "", {}}.ToString()), "1.37.2");
  EXPECT_EQ((Version{3, 6, -1, "", {}}.ToString()), "3.6");
}

}  // namespace
}  // namespace seawall::cluster
