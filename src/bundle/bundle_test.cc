// Bundles that are written and read again, damaged ones and hostile ones.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "bundle/bundle.h"
#include "bundle/collect.h"
#include "bundle/container.h"
#include "bundle/tar.h"

namespace seawall::bundle {
namespace {

Bundle Small() {
  auto files = std::make_shared<MemoryFiles>();
  files->Add("/etc/hostname", "cp-0\n");
  files->Add("/etc/kubernetes/odd\tname%\n", "x", 0640, 3, 4);
  files->AddLink("/etc/kubernetes/link", "../x");
  files->Add("/etc/systemd/system/kubelet.service",
             "[Service]\nExecStart=/usr/bin/kubelet --config=/k.yaml\n");
  files->Add("/k.yaml", "kind: KubeletConfiguration\n");
  files->Break("/k.yaml", ErrorCode::kPermission);
  return *Collect(files, {.name = "",
                          .live = false,
                          .as_root = true,
                          .digest_key = "",
                          .tool_version = "1",
                          .now = 7});
}

std::string Rebuilt(const std::vector<std::pair<std::string, std::string>>& entries) {
  std::string tar;
  for (const auto& [name, content] : entries) AppendTarEntry(tar, name, content);
  EndTar(tar);
  return *Pack(tar);
}

std::string Json(const std::string& changed = "") {
  std::string json =
      WriteManifest({.tool_version = "1", .node = "n", .key_id = "k", .differing = {}});
  if (!changed.empty()) json.replace(json.find("\"version\": 1"), 12, changed);
  return json;
}

/// What reading says against a file; "" when it is taken.
std::string Complaint(std::string_view file) {
  const auto bundle = Read(file, "b");
  return bundle ? "" : bundle.error().ToString();
}

TEST(Bundle, IsReadAsItWasWritten) {
  const Bundle bundle = Small();
  const auto file = Write(bundle);
  ASSERT_TRUE(file.has_value());
  const auto again = Read(*file, "b");
  ASSERT_TRUE(again.has_value()) << again.error().ToString();
  EXPECT_EQ(*Write(*again), *file);
  EXPECT_EQ(again->manifest.node, "cp-0");
  const auto files = again->files();
  EXPECT_EQ(files->Read("/etc/hostname").value(), "cp-0\n");
  EXPECT_EQ(files->Stat("/etc/kubernetes/odd\tname%\n")->mode, 0640u);
  EXPECT_EQ(files->ReadLink("/etc/kubernetes/link").value(), "../x");
}

// kubeadm's guide for etcd on nodes of its own puts both beside each other.
TEST(Bundle, AKubeletsConfigurationBesideItsUnitStaysOne) {
  auto files = std::make_shared<MemoryFiles>();
  const std::string folder = "/etc/systemd/system/kubelet.service.d/";
  files->Add("/etc/hostname", "etcd-0\n");
  files->Add(folder + "20-etcd-service-manager.conf",
             "[Service]\nExecStart=\nExecStart=/usr/bin/kubelet --config=" + folder +
                 "kubelet.conf\nEnvironment=PASSWORD=hunterhunter\n");
  files->Add("/etc/systemd/system/kubelet.service", "[Service]\nExecStart=/usr/bin/kubelet\n");
  files->Add(folder + "kubelet.conf",
             "apiVersion: kubelet.config.k8s.io/v1beta1\nkind: KubeletConfiguration\n"
             "authentication: {anonymous: {enabled: false}}\n"
             "staticPodURL: https://u:hunterhunter@192.0.2.5/p\n");
  const auto bundle = Collect(files, {.name = "",
                                      .live = false,
                                      .as_root = true,
                                      .digest_key = "",
                                      .tool_version = "1",
                                      .now = 7});
  ASSERT_TRUE(bundle.has_value());
  EXPECT_TRUE(bundle->manifest.differing.empty())
      << testing::PrintToString(bundle->manifest.differing);
  for (const char* name : {"20-etcd-service-manager.conf", "kubelet.conf"}) {
    const std::string text = bundle->files()->Read(folder + name).value();
    EXPECT_EQ(text.find("hunterhunter"), std::string::npos) << text;
  }
}

TEST(Bundle, SaysUnknownOfWhatItNeverHeld) {
  const auto files = Small().files();
  const auto code = [](const auto& result) {
    return result ? ErrorCode::kUsage : result.error().code;
  };
  EXPECT_EQ(code(files->Read("/k.yaml")), ErrorCode::kPermission);
  EXPECT_EQ(code(files->Read("/opt/new-rule")), ErrorCode::kNotFound);  // "/" was listed
  EXPECT_EQ(code(files->Read("/etc/new-rule")), ErrorCode::kNotHeld);
  EXPECT_EQ(code(files->Stat("/etc/new-rule")), ErrorCode::kNotHeld);
  EXPECT_EQ(code(files->LinkStat("/etc/new-rule")), ErrorCode::kNotHeld);
  EXPECT_EQ(code(files->List("/etc")), ErrorCode::kNotHeld);
  EXPECT_EQ(code(files->ReadAt("/etc/new-rule", 0, 4)), ErrorCode::kNotHeld);
  EXPECT_EQ(code(files->ReadLink("/etc/new-rule")), ErrorCode::kNotHeld);
  EXPECT_EQ(code(files->Read("/etc/kubernetes/none/below")), ErrorCode::kNotFound);
  EXPECT_EQ(code(files->Read("/etc/hostname", 2)), ErrorCode::kTooLarge);
  EXPECT_EQ(files->ReadAt("/etc/hostname", 3, 9).value(), "0\n");
}

TEST(Bundle, ThatIsCutIsRefused) {
  const std::string file = *Write(Small());
  for (size_t eighth = 0; eighth < 8; ++eighth)
    EXPECT_NE(Complaint(file.substr(0, file.size() * eighth / 8)), "") << eighth;
  for (size_t size = file.size() - 60; size < file.size(); ++size)
    EXPECT_NE(Complaint(file.substr(0, size)), "") << size;
  EXPECT_NE(Complaint(file + "x"), "");
  EXPECT_NE(Complaint(file + file), "");
}

TEST(Bundle, WithOneOtherByteIsRefused) {
  const std::string file = *Write(Small());
  for (size_t at = 0; at < file.size(); ++at) {
    std::string damaged = file;
    damaged[at] = static_cast<char>(damaged[at] ^ 0x10);
    const std::string complaint = Complaint(damaged);
    EXPECT_NE(complaint, "") << at;
    EXPECT_NE(complaint.find("b: byte "), std::string::npos) << complaint;
  }
}

TEST(Bundle, OfAnotherVersionIsRefused) {
  const std::string complaint =
      Complaint(Rebuilt({{"seawall.json", Json("\"version\": 2")}, {"answers", ""}}));
  EXPECT_NE(complaint.find("version 2 of the format"), std::string::npos) << complaint;
  EXPECT_EQ(Complaint(Rebuilt({{"seawall.json", Json()}, {"answers", ""}})), "");
}

/// They take next to nothing in the file, and hundreds of bytes each in memory.
TEST(Bundle, OfMoreAnswersThanAnyNodeHasIsRefused) {
  std::string stats, names = "list\t/a";
  for (size_t i = 0; i <= 400'000; ++i) {
    stats += fmt::format("!stat\t/{:06x}\tnot-found\t\t\t\t\n", i);
    names += fmt::format("{}f{:06x}",
                         i % 50'000 == 0 && i > 0 ? fmt::format("\nlist\t/a{:x}\t", i) : "\t", i);
  }
  for (const std::string& answers : {stats, names + "\n"}) {
    const std::string complaint =
        Complaint(Rebuilt({{"seawall.json", Json()}, {"answers", answers}}));
    EXPECT_NE(complaint.find("more answers than any node has"), std::string::npos) << complaint;
  }
  const size_t most = stats.find("!stat\t/061a80");  // 400,000 in hexadecimal
  EXPECT_EQ(Complaint(Rebuilt({{"seawall.json", Json()}, {"answers", stats.substr(0, most)}})), "");
}

TEST(Bundle, WithEntriesThatNobodyWroteIsRefused) {
  const std::string stat = "stat\t/a\tf\t600\t0\t0\t1\t0\t0\t0\n";
  const std::string read = "read\t/a\t9\t0\n";
  const std::vector<std::vector<std::pair<std::string, std::string>>> kHostile = {
      {},
      {{"answers", ""}},
      {{"seawall.json", "{}"}, {"answers", ""}},
      {{"seawall.json", Json()}},
      {{"seawall.json", Json()}, {"answers", ""}, {"../../etc/passwd", "x"}},
      {{"seawall.json", Json()}, {"answers", ""}, {"/etc/passwd", "x"}},
      {{"seawall.json", Json()}, {"answers", ""}, {"answers", ""}},
      {{"seawall.json", Json()}, {"answers", ""}, {"content/000000", "unused"}},
      {{"seawall.json", Json()}, {"answers", read}, {"content/000001", "x"}},
      {{"seawall.json", Json()}, {"answers", read}},
      {{"seawall.json", Json()}, {"answers", stat + stat}},
      {{"seawall.json", Json()}, {"answers", stat.substr(0, stat.size() - 1)}},
      {{"seawall.json", Json()}, {"answers", "stat\t/a\tz\t600\t0\t0\t1\t0\t0\t0\n"}},
      {{"seawall.json", Json()}, {"answers", "stat\t/a\tf\t99\t0\t0\t1\t0\t0\t0\n"}},
      {{"seawall.json", Json()}, {"answers", "stat\t/a\tf\t600\t0\t0\t1\t0\t0\t0\t0\n"}},
      {{"seawall.json", Json()}, {"answers", "list\t/a\tfx/y\n"}},
      {{"seawall.json", Json()}, {"answers", "list\t/a\tfb\tfa\n"}},
      {{"seawall.json", Json()}, {"answers", "link\t/a\t%4\n"}},
      {{"seawall.json", Json()}, {"answers", "!stat\t/a\tno-such-code\t\t\t\t\n"}},
      {{"seawall.json", Json()}, {"answers", "what\t/a\n"}},
      {{"seawall.json", Json()}, {"answers", ""}, {"proofs.json", ""}, {"proofs.json", ""}},
      {{"seawall.json", Json()}, {"answers", ""}, {"api/pods.json", ""}, {"api/nodes.json", ""}},
  };
  for (size_t i = 0; i < kHostile.size(); ++i) EXPECT_NE(Complaint(Rebuilt(kHostile[i])), "") << i;
}

TEST(Bundle, WithALinkOrAnotherHeaderIsRefused) {
  std::string tar;
  AppendTarEntry(tar, "seawall.json", Json());
  EndTar(tar);
  for (const size_t at :
       {size_t{100}, size_t{130}, size_t{156}, size_t{157}, size_t{263}, size_t{345}}) {
    std::string changed = tar;
    changed[at] = changed[at] == '2' ? '1' : '2';  // 156: a symbolic link
    EXPECT_NE(Complaint(*Pack(changed)), "") << at;
  }
  EXPECT_NE(Complaint(*Pack(tar + tar)), "");
  EXPECT_NE(Complaint(*Pack(tar.substr(0, tar.size() - 512))), "");
  EXPECT_NE(Complaint(*Pack("")), "");
}

TEST(Bundle, ThatUnpacksToTooMuchIsRefusedBeforeItDoes) {
  EXPECT_FALSE(Pack(std::string(kLargestArchive + 1, '\0')).has_value());
  // A frame that only says so: its header and one block of repeated bytes.
  std::string bomb{"\x28\xB5\x2F\xFD\xE0\xFF\xFF\xFF\xFF\xFF\x0F\0\0", 13};
  const std::string complaint = Complaint(bomb);
  EXPECT_NE(complaint, "");
  // A content that is named again and again is not copied without end.
  std::string answers;
  for (int i = 0; i < 200; ++i) answers += fmt::format("read\t/{}\t9\t0\n", i);
  EXPECT_NE(Complaint(Rebuilt({{"seawall.json", Json()},
                               {"answers", answers},
                               {"content/000000", std::string(1u << 20, 'x')}})),
            "");
}

TEST(Bundle, WithManyEntriesIsRefused) {
  std::string tar;
  AppendTarEntry(tar, "seawall.json", Json());
  AppendTarEntry(tar, "answers", "");
  for (int i = 0; i < 100001; ++i) AppendTarEntry(tar, fmt::format("content/{:06}", i), "");
  EndTar(tar);
  EXPECT_NE(Complaint(*Pack(tar)).find("too many entries"), 0u);
}

}  // namespace
}  // namespace seawall::bundle
