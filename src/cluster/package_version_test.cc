#include "cluster/package_version.h"

#include <gtest/gtest.h>

namespace seawall::cluster {
namespace {

constexpr const char* kStatus =
    "Package: kubelet-tools\nStatus: install ok installed\nVersion: 9.9.9\n\n"
    "Package: kubelet\nStatus: install ok installed\nArchitecture: amd64\n"
    "Description: node agent\n Version: 1.1.1\nVersion: 1.36.4-1.1\n\n"
    "Package: etcd-server\nStatus: deinstall ok config-files\nVersion: 3.5.16-4\n";

TEST(PackageVersion, OfTheProgramThatThePackageHolds) {
  MemoryFiles files;
  EXPECT_FALSE(VersionOfPackage(files, ComponentKind::kKubelet, "/usr/bin/kubelet"));
  files.Add("/var/lib/dpkg/status", kStatus);
  const auto version = VersionOfPackage(files, ComponentKind::kKubelet, "/usr/bin/kubelet");
  ASSERT_TRUE(version);
  EXPECT_EQ(version->ToString(), "1.36.4");
  EXPECT_EQ(version->place.line, 10u);
  EXPECT_EQ(version->place.column, 10u);
  EXPECT_FALSE(VersionOfPackage(files, ComponentKind::kKubelet, "/usr/local/bin/kubelet"));
  EXPECT_FALSE(VersionOfPackage(files, ComponentKind::kEtcd, "/usr/bin/etcd")) << "removed";
  files.Add("/usr/bin/kubelet", "#!/bin/sh\n");
  EXPECT_FALSE(VersionOfPackage(files, ComponentKind::kKubelet, "/usr/bin/kubelet"))
      << "what lies there may be another";
}

TEST(PackageVersion, DatabasesThatSayNothing) {
  for (const char* text : {"", "Package: kubelet", "Package: kubelet\n",
                           "Package: kubelet\nStatus: install ok installed\nVersion: \n",
                           "Package: kubelet\nStatus: install ok installed\nVersion: 1:x\n",
                           "Package: kubelet\nStatus: install ok installed\nVersion: 7.3.1\n"}) {
    MemoryFiles files;
    files.Add("/var/lib/dpkg/status", text);
    EXPECT_FALSE(VersionOfPackage(files, ComponentKind::kKubelet, "/usr/bin/kubelet")) << text;
  }
}

}  // namespace
}  // namespace seawall::cluster
