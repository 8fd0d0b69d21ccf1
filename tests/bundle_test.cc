// A node in one file: the audit of the bundle is the audit of the node.
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <algorithm>

#include "examples.h"
#include "program.h"
#include "tree.h"

namespace seawall::test {
namespace {

constexpr const char* kAt = "2026-11-28T00:00:00Z";

/// A report without what names the place that was read.
std::string WithoutRoot(std::string text) {
  for (size_t at = text.find("\"root\":\""); at != std::string::npos;
       at = text.find("\"root\":\"", at + 1)) {
    const size_t end = text.find('"', at + 8);
    text.erase(at, end + 1 - at);
  }
  return text;
}

std::string Collected(const Tree& tree, const std::string& node, const std::string& root) {
  const std::string bundle = tree.Path("/" + node + ".bundle");
  const Ran run = Seawall({"collect", "--root", node + "=" + root, "--out", bundle, "--at", kAt});
  EXPECT_EQ(run.status, 0) << run.err;
  return bundle;
}

TEST(Bundles, AreAuditedAsTheirNodes) {
  Tree tree;
  for (const char* node : {"cp-0", "master-1", "etcd-0", "etcd-1", "etcd-2"}) {
    const std::string root = Examples::Get().Path(node);
    const std::string bundle = Collected(tree, node, root);
    const Ran direct =
        Seawall({"audit", "-o", "json", "--at", kAt, "--root", std::string(node) + "=" + root});
    const Ran through = Seawall({"audit", "-o", "json", "--at", kAt, bundle});
    EXPECT_EQ(direct.status, through.status);
    EXPECT_EQ(WithoutRoot(direct.out), WithoutRoot(through.out)) << node;
    for (const char* version : {"kubernetes=1.30", "etcd=3.6"}) {
      const Ran older = Seawall({"audit", "-o", "json", "--at", kAt, "--component-version", version,
                                 "--root", std::string(node) + "=" + root});
      const Ran from_bundle =
          Seawall({"audit", "-o", "json", "--at", kAt, "--component-version", version, bundle});
      EXPECT_EQ(WithoutRoot(older.out), WithoutRoot(from_bundle.out)) << node << version;
    }
  }
}

TEST(Bundles, MixWithFoldersInOneReport) {
  Tree tree;
  const Examples& examples = Examples::Get();
  const std::string bundle = Collected(tree, "etcd-0", examples.Path("etcd-0"));
  const Ran run = Seawall({"audit", "-o", "json", "--root", examples.Path("etcd-1"), bundle,
                           "third=" + bundle, bundle});
  const auto report = Json(run.out);
  std::vector<std::string> names;
  for (const auto& node : report["nodes"].GetArray()) names.emplace_back(node["name"].GetString());
  EXPECT_EQ(names,
            (std::vector<std::string>{"etcd-1", "etcd-0", "third", "etcd-0-2", "(cluster)"}));
}

TEST(Bundles, AreWrittenForTheirOwnerOnlyAndReplacedWhole) {
  Tree tree;
  const std::string root = Examples::Get().Path("etcd-0");
  tree.Write("/etcd-0.bundle", "old", 0644);
  const std::string bundle = Collected(tree, "etcd-0", root);
  struct stat stat{};
  ASSERT_EQ(::stat(bundle.c_str(), &stat), 0);
  EXPECT_EQ(stat.st_mode & 07777, 0600u);
  const std::string before = ReadFile(bundle);
  EXPECT_EQ(Seawall({"collect", "--root", tree.Path("/none"), "--out", bundle}).status, 2);
  EXPECT_EQ(ReadFile(bundle), before);
  EXPECT_EQ(Seawall({"collect", "--root", root}).status, 2);
  EXPECT_EQ(Seawall({"collect", "--root", root, "--out", tree.Path("/no/b")}).status, 2);
}

TEST(Bundles, ThatAreDamagedAreRefusedAndTheRestGoesOn) {
  Tree tree;
  const std::string bundle = Collected(tree, "etcd-0", Examples::Get().Path("etcd-0"));
  const std::string bytes = ReadFile(bundle);
  for (size_t eighth = 0; eighth < 8; ++eighth) {
    tree.Write("/cut", bytes.substr(0, bytes.size() * eighth / 8));
    for (const std::vector<std::string>& command :
         {std::vector<std::string>{"audit", "-o", "json", tree.Path("/cut")},
          {"bundle", "show", tree.Path("/cut")}}) {
      const Ran run = Seawall(command);
      EXPECT_EQ(run.status, 2) << eighth;
      EXPECT_EQ(run.out, "") << eighth;
      EXPECT_NE(run.err.find("/cut: byte "), std::string::npos) << run.err;
    }
  }
  const Ran mixed = Seawall({"audit", "-o", "json", bundle, tree.Path("/cut")});
  EXPECT_EQ(mixed.status, 2);
  const auto report = Json(mixed.out);
  ASSERT_EQ(report["nodes"].Size(), 2u);
  EXPECT_STREQ(report["nodes"][0]["name"].GetString(), "etcd-0");
  // The one that could not be read belongs to the cluster all the same.
  EXPECT_STREQ(report["nodes"][1]["name"].GetString(), "(cluster)");
}

TEST(Bundles, WithAKeyOfOnesOwn) {
  Tree tree;
  const std::string root = Examples::Get().Path("cp-0");
  const auto collect = [&](const std::string& key, const char* name) {
    return Seawall({"collect", "--root", "cp-0=" + root, "--at", kAt, "--digest-key",
                    tree.Path(key), "--out", tree.Path(name)});
  };
  tree.Write("/key", std::string(32, 'k'));
  EXPECT_EQ(collect("/key", "/a").status, 0);
  EXPECT_EQ(collect("/key", "/b").status, 0);
  EXPECT_EQ(ReadFile(tree.Path("/a")), ReadFile(tree.Path("/b")));
  tree.Write("/short", "k");
  EXPECT_EQ(collect("/short", "/c").status, 2);
  EXPECT_EQ(collect("/none", "/c").status, 2);
  tree.Chmod("/key", 0640);
  const Ran open = collect("/key", "/c");
  EXPECT_EQ(open.status, 2);
  EXPECT_NE(open.err.find("0640"), std::string::npos) << open.err;
}

TEST(Bundles, AreShown) {
  Tree tree;
  const std::string bundle = Collected(tree, "cp-0", Examples::Get().Path("cp-0"));
  const Ran text = Seawall({"bundle", "show", bundle});
  EXPECT_EQ(text.status, 0);
  EXPECT_NE(text.out.find("/etc/kubernetes/manifests/kube-apiserver.yaml"), std::string::npos);
  const Ran json = Seawall({"bundle", "show", bundle, "-o", "json"});
  const auto shown = Json(json.out);
  EXPECT_STREQ(shown["node"].GetString(), "cp-0");
  EXPECT_GT(shown["files"].Size(), 100u);
  EXPECT_EQ(Seawall({"bundle", "list", bundle}).status, 2);
}

}  // namespace
}  // namespace seawall::test
