#include "cluster/go_build_info.h"

#include <gtest/gtest.h>

#include <cstring>

namespace seawall::cluster {
namespace {

template <typename T>
void Put(std::string& bytes, size_t at, T value) {
  if (bytes.size() < at + sizeof(T)) bytes.resize(at + sizeof(T));
  std::memcpy(bytes.data() + at, &value, sizeof(T));
}

std::string Prefixed(const std::string& text) {
  std::string result;
  size_t length = text.size();
  for (; length >= 0x80; length >>= 7) result += static_cast<char>((length & 0x7F) | 0x80);
  return result + static_cast<char>(length) + text;
}

/// An ELF file with .go.buildinfo, .rodata and a .data that points at `strings` one after the
/// other.
std::string Binary(const std::string& modules, const std::vector<std::string>& strings) {
  const std::string marked = std::string(16, 'm') + modules + std::string(16, 'n');
  std::string info("\xff Go buildinf:\x08\x02", 16);
  info += std::string(16, '\0') + Prefixed("go1.26.8") + Prefixed(marked);
  std::string rodata = "some text ";
  std::string data(24, '\0');
  for (const std::string& text : strings) {
    Put<uint64_t>(data, data.size(), 0x10000 + rodata.size());
    Put<uint64_t>(data, data.size(), text.size());
    rodata += text;
  }
  data += std::string(64, '\0');
  const std::string names("\0.go.buildinfo\0.rodata\0.data\0.shstrtab\0", 39);
  const std::pair<std::string, uint32_t> sections[] = {
      {"", 0}, {info, 1}, {rodata, 15}, {data, 23}, {names, 29}};
  std::string file(64, '\0');
  std::memcpy(file.data(),
              "\x7f"
              "ELF\x02\x01",
              6);
  std::string table;
  for (const auto& [content, name] : sections) {
    const size_t at = table.size();
    table.resize(at + 64);
    Put<uint32_t>(table, at, name);
    Put<uint64_t>(table, at + 0x10, name == 15 ? 0x10000 : 0x90000);
    Put<uint64_t>(table, at + 0x18, file.size());
    Put<uint64_t>(table, at + 0x20, content.size());
    file += content;
  }
  Put<uint64_t>(file, 0x28, file.size());
  Put<uint16_t>(file, 0x3A, 64);
  Put<uint16_t>(file, 0x3C, 5);
  Put<uint16_t>(file, 0x3E, 4);
  return file + table;
}

std::string VersionIn(const std::string& binary, ComponentKind kind = ComponentKind::kKubelet) {
  MemoryFiles files;
  files.Add("/usr/bin/x", binary);
  const auto version = VersionOfBinary(files, "/usr/bin/x", kind);
  return version ? version->ToString() + " from " + version->source : "none";
}

constexpr const char* kPath = "path\tk8s.io/kubernetes/cmd/kubelet\n";
const std::string kFrom = " from build information of /usr/bin/x";

TEST(GoBuildInfo, TheMainModulesVersion) {
  EXPECT_EQ(VersionIn(Binary(
                std::string(kPath) + "mod\tk8s.io/kubernetes\tv1.37.2\th1:x=\ndep\ta\tv1\n", {})),
            "1.37.2" + kFrom);
  EXPECT_EQ(
      VersionIn(
          Binary("path\tgo.etcd.io/etcd/server/v3\nmod\tgo.etcd.io/etcd/server/v3\tv3.6.4\t\n", {}),
          ComponentKind::kEtcd),
      "3.6.4" + kFrom);
}

TEST(GoBuildInfo, LinkerFlags) {
  EXPECT_EQ(VersionIn(Binary(std::string(kPath) +
                                 "mod\tk8s.io/kubernetes\t(devel)\t\nbuild\t-ldflags=\"-X "
                                 "'k8s.io/component-base/version.gitVersion=v1.33.1' -s\"\n",
                             {})),
            "1.33.1" + kFrom);
  EXPECT_EQ(VersionIn(Binary("path\tgithub.com/k3s-io/k3s/cmd/server\nbuild\t-ldflags=\"-X "
                             "github.com/k3s-io/k3s/pkg/version.Version="
                             "v1.31.4+k3s1\"\n",
                             {})),
            "1.31.4" + kFrom);
}

TEST(GoBuildInfo, VariablesThatTheLinkerFilled) {
  const std::string modules = std::string(kPath) + "mod\tk8s.io/kubernetes\t(devel)\t\n";
  EXPECT_EQ(VersionIn(Binary(modules, {"x", "1", "32", "v1.32.5", "commit"})), "1.32.5" + kFrom);
  EXPECT_EQ(VersionIn(Binary(modules, {"1", "29+", "v1.29.6-gke.100"})), "1.29.6" + kFrom);
  EXPECT_EQ(VersionIn(Binary(modules, {"1", "32", "v1.31.5"})), "none") << "the parts disagree";
  EXPECT_EQ(VersionIn(Binary(modules, {"1", "32", "v1.32.5", "1", "31", "v1.31.5"})), "none")
      << "two answers are none";
  const std::string etcd =
      "path\tgo.etcd.io/etcd/server/v3\nmod\tgo.etcd.io/etcd/server/v3\t(devel)\t\n";
  EXPECT_EQ(VersionIn(Binary(etcd, {"3.0.0", "3.5.21", "unknown"}), ComponentKind::kEtcd),
            "3.5.21" + kFrom);
}

TEST(GoBuildInfo, OtherProgramsUnderTheNameAreNone) {
  EXPECT_EQ(VersionIn(Binary("path\texample.com/wrapper\nmod\texample.com/wrapper\tv1.37.2\t\n",
                             {"1", "32", "v1.32.5"})),
            "none");
  EXPECT_EQ(VersionIn("#!/bin/sh\nexec kubelet\n"), "none");
  EXPECT_EQ(VersionIn(""), "none");
}

TEST(GoBuildInfo, TruncatedAndTwistedFiles) {
  const std::string whole =
      Binary(std::string(kPath) + "mod\tk8s.io/kubernetes\t(devel)\t\n", {"1", "32", "v1.32.5"});
  for (size_t size = 0; size < whole.size(); size += 7)
    EXPECT_EQ(VersionIn(whole.substr(0, size)), "none");
  for (size_t at = 0; at < whole.size(); ++at) {
    std::string twisted = whole;
    twisted[at] = static_cast<char>(twisted[at] ^ 0xFF);
    VersionIn(twisted);
  }
}

TEST(Versions, OfImages) {
  size_t begin = 0;
  size_t end = 0;
  const auto of = [&](const char* image, ComponentKind kind) {
    const auto version = VersionOfImage(image, kind, &begin, &end);
    return version ? version->ToString() : "none";
  };
  EXPECT_EQ(of("registry.k8s.io/kube-apiserver:v1.37.2", ComponentKind::kApiServer), "1.37.2");
  EXPECT_EQ(begin, 31u);
  EXPECT_EQ(end, 38u);
  EXPECT_EQ(of("r:5000/etcd:3.7.0-0@sha256:00", ComponentKind::kEtcd), "3.7.0");
  EXPECT_EQ(
      of("rancher/hardened-kubernetes:v1.30.1-rke2r1-build20240515", ComponentKind::kApiServer),
      "1.30.1");
  EXPECT_EQ(of("k8s.gcr.io/hyperkube-amd64:v1.18.0", ComponentKind::kScheduler), "1.18.0");
  EXPECT_EQ(of("r:5000/kube-apiserver", ComponentKind::kApiServer), "none");
  EXPECT_EQ(of("kube-apiserver:latest", ComponentKind::kApiServer), "none");
  EXPECT_EQ(of("kube-apiserver:2024.1", ComponentKind::kApiServer), "none");
  EXPECT_EQ(of("my/runner:v1.37.2", ComponentKind::kApiServer), "none");
  EXPECT_EQ(of("kube-apiserver:v1.37.99999", ComponentKind::kApiServer), "none");
}

}  // namespace
}  // namespace seawall::cluster
