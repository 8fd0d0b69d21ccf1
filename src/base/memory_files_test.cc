#include <gtest/gtest.h>

#include "base/files.h"

namespace seawall {
namespace {

std::vector<std::string> Names(const MemoryFiles& files, const std::string& path) {
  std::vector<std::string> names;
  const auto list = files.List(path);
  if (!list) return {std::string(ToString(list.error().code))};
  for (const auto& entry : *list) names.push_back(entry.name);
  return names;
}

ErrorCode CodeOf(const auto& result) { return result ? ErrorCode::kUsage : result.error().code; }

TEST(MemoryFiles, ReadsWhatWasAdded) {
  MemoryFiles files;
  files.Add("/etc/kubernetes/pki/ca.crt", "abc", 0644, 1, 2);
  EXPECT_EQ(files.Read("/etc/kubernetes/pki/ca.crt").value(), "abc");
  EXPECT_EQ(files.Read("//etc/./kubernetes/pki/../pki/ca.crt").value(), "abc");
  EXPECT_EQ(files.ReadAt("/etc/kubernetes/pki/ca.crt", 1, 1).value(), "b");
  EXPECT_EQ(files.ReadAt("/etc/kubernetes/pki/ca.crt", 9, 1).value(), "");
  const FileStat stat = files.Stat("/etc/kubernetes/pki/ca.crt").value();
  EXPECT_EQ(stat.mode, 0644u);
  EXPECT_EQ(stat.uid, 1u);
  EXPECT_EQ(stat.gid, 2u);
  EXPECT_EQ(stat.size, 3u);
  EXPECT_EQ(files.Stat("/etc").value().type, FileStat::Type::kFolder);
  EXPECT_EQ(files.Stat("/").value().type, FileStat::Type::kFolder);
}

TEST(MemoryFiles, SaysWhyItCannotRead) {
  MemoryFiles files;
  files.Add("/a/file", "12345");
  EXPECT_EQ(CodeOf(files.Read("/b")), ErrorCode::kNotFound);
  EXPECT_EQ(CodeOf(files.Read("/a/file/below")), ErrorCode::kNotFound);
  EXPECT_EQ(CodeOf(files.Read("/a")), ErrorCode::kNotRegular);
  EXPECT_EQ(CodeOf(files.Read("/a/file", 4)), ErrorCode::kTooLarge);
  EXPECT_EQ(files.Read("/a/file", 5).value(), "12345");
  EXPECT_EQ(CodeOf(files.List("/a/file")), ErrorCode::kNotFound);
  EXPECT_EQ(CodeOf(files.ReadLink("/a/file")), ErrorCode::kNotRegular);
  EXPECT_EQ(CodeOf(files.Read("/" + std::string(5000, 'x'))), ErrorCode::kNotFound);
  EXPECT_EQ(MemoryFiles().Read("/x").error().ToString(), "cannot read: /x: no such file or folder");
}

TEST(MemoryFiles, ListsChildrenInByteOrder) {
  MemoryFiles files;
  for (const auto path : {"/a/x/deep/er", "/a-b", "/a.c", "/b", "/a/y", "/a0"}) files.Add(path, "");
  EXPECT_EQ(Names(files, "/"), (std::vector<std::string>{"a", "a-b", "a.c", "a0", "b"}));
  EXPECT_EQ(Names(files, "/a"), (std::vector<std::string>{"x", "y"}));
  EXPECT_EQ(Names(files, "/nothing"), (std::vector<std::string>{"not-found"}));
  EXPECT_EQ(files.List("/a").value()[0].type, FileStat::Type::kFolder);
}

TEST(MemoryFiles, FollowsLinksInsideTheTree) {
  MemoryFiles files;
  files.Add("/data/pki/ca.crt", "ca");
  files.AddLink("/etc/pki", "/data/pki");
  files.AddLink("/etc/up", "../../../../data/pki/ca.crt");
  files.AddLink("/etc/relative", "pki/ca.crt");
  EXPECT_EQ(files.Read("/etc/pki/ca.crt").value(), "ca");
  EXPECT_EQ(files.Read("/etc/up").value(), "ca");
  EXPECT_EQ(files.Read("/etc/relative").value(), "ca");
  EXPECT_EQ(files.Read("/etc/pki/../pki/ca.crt").value(),
            "ca");  // ".." of /data/pki, as the kernel
  EXPECT_EQ(files.LinkStat("/etc/pki").value().type, FileStat::Type::kLink);
  EXPECT_EQ(files.Stat("/etc/pki").value().type, FileStat::Type::kFolder);
  EXPECT_EQ(files.ReadLink("/etc/pki").value(), "/data/pki");
  EXPECT_EQ(Names(files, "/etc/pki"), (std::vector<std::string>{"ca.crt"}));
}

TEST(MemoryFiles, CircularLinksEnd) {
  MemoryFiles files;
  files.AddLink("/a", "b");
  files.AddLink("/b", "a");
  files.AddLink("/self", "self/self");
  EXPECT_EQ(CodeOf(files.Read("/a")), ErrorCode::kEscapes);
  EXPECT_EQ(CodeOf(files.Stat("/self")), ErrorCode::kEscapes);
  EXPECT_EQ(files.ReadLink("/a").value(), "b");
}

TEST(MemoryFiles, BrokenPathsFailWithEverythingBelow) {
  MemoryFiles files;
  files.Add("/etc/secret/key", "k");
  files.Add("/etc/other", "o");
  files.AddLink("/link", "/etc/secret");
  files.Break("/etc/secret/", ErrorCode::kPermission);
  EXPECT_EQ(CodeOf(files.Read("/etc/secret/key")), ErrorCode::kPermission);
  EXPECT_EQ(CodeOf(files.Stat("/etc/secret")), ErrorCode::kPermission);
  EXPECT_EQ(CodeOf(files.List("/link")), ErrorCode::kPermission);
  EXPECT_EQ(files.Read("/etc/other").value(), "o");
  files.Remove("/etc");
  EXPECT_EQ(CodeOf(files.Read("/etc/other")), ErrorCode::kNotFound);
}

}  // namespace
}  // namespace seawall
