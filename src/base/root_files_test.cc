#include "base/root_files.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <thread>

namespace seawall {
namespace {

namespace fs = std::filesystem;

ErrorCode CodeOf(const auto& result) { return result ? ErrorCode::kUsage : result.error().code; }

class RootFilesTest : public testing::TestWithParam<PathWalk> {
 protected:
  void SetUp() override {
    std::string pattern = (fs::temp_directory_path() / "seawall-root-XXXXXX").string();
    base_ = mkdtemp(pattern.data());
    root_ = base_ / "root";
    fs::create_directories(root_ / "etc/kubernetes");
    Write(base_ / "outside", "secret of the host");
    Write(root_ / "etc/kubernetes/a.conf", "content");
    auto files = OpenRootWith(root_.string(), GetParam());
    if (!files) GTEST_SKIP() << files.error().ToString();
    files_ = std::move(*files);
  }
  void TearDown() override { fs::remove_all(base_); }

  static void Write(const fs::path& path, const std::string& content) {
    std::ofstream(path) << content;
  }
  void Link(const std::string& path, const std::string& target) {
    fs::create_symlink(target, root_ / path);
  }

  fs::path base_, root_;
  std::unique_ptr<Files> files_;
};

TEST_P(RootFilesTest, ReadsInsideTheRoot) {
  EXPECT_EQ(files_->Read("/etc/kubernetes/a.conf").value(), "content");
  EXPECT_EQ(files_->Read("etc//kubernetes/./a.conf").value(), "content");
  EXPECT_EQ(files_->ReadAt("/etc/kubernetes/a.conf", 3, 2).value(), "te");
  EXPECT_EQ(files_->ReadAt("/etc/kubernetes/a.conf", 5, 100).value(), "nt");
  EXPECT_EQ(files_->ReadAt("/etc/kubernetes/a.conf", 100, 1).value(), "");
  EXPECT_EQ(files_->Stat("/").value().type, FileStat::Type::kFolder);
  chmod((root_ / "etc/kubernetes/a.conf").c_str(), 04640);
  const FileStat stat = files_->Stat("/etc/kubernetes/a.conf").value();
  EXPECT_EQ(stat.mode, 04640u);
  EXPECT_EQ(stat.size, 7u);
  EXPECT_EQ(stat.uid, getuid());
  EXPECT_GT(stat.modified_ns, int64_t{1600000000} * 1000000000);
}

TEST_P(RootFilesTest, LinksStayInside) {
  Link("absolute", "/etc/kubernetes/a.conf");
  Link("up", "../../../../../../etc/kubernetes/a.conf");
  Link("host", (base_ / "outside").string());
  Link("dotdot", "../outside");
  Link("folder", "etc");
  EXPECT_EQ(files_->Read("/absolute").value(), "content");
  EXPECT_EQ(files_->Read("/up").value(), "content");
  EXPECT_EQ(files_->Read("/folder/kubernetes/a.conf").value(), "content");
  EXPECT_EQ(CodeOf(files_->Read("/host")), ErrorCode::kNotFound);
  EXPECT_EQ(CodeOf(files_->Read("/dotdot")), ErrorCode::kNotFound);
  EXPECT_EQ(CodeOf(files_->Read("/../outside")), ErrorCode::kNotFound);
  EXPECT_EQ(files_->LinkStat("/folder").value().type, FileStat::Type::kLink);
  EXPECT_EQ(files_->ReadLink("/dotdot").value(), "../outside");
  EXPECT_EQ(CodeOf(files_->ReadLink("/etc")), ErrorCode::kNotRegular);
}

TEST_P(RootFilesTest, CirclesEnd) {
  Link("a", "b");
  Link("b", "a");
  Link("deep", "deep/deep");
  EXPECT_EQ(CodeOf(files_->Read("/a")), ErrorCode::kEscapes);
  EXPECT_EQ(CodeOf(files_->Stat("/deep")), ErrorCode::kEscapes);
}

TEST_P(RootFilesTest, OnlyRegularFilesAreOpened) {
  ASSERT_EQ(mkfifo((root_ / "fifo").c_str(), 0600), 0);
  const int fd = socket(AF_UNIX, SOCK_STREAM, 0);
  sockaddr_un address = {.sun_family = AF_UNIX, .sun_path = {}};
  const std::string path = (root_ / "socket").string();
  path.copy(address.sun_path, sizeof(address.sun_path) - 1);
  ASSERT_EQ(bind(fd, reinterpret_cast<sockaddr*>(&address), sizeof(address)), 0);
  EXPECT_EQ(CodeOf(files_->Read("/fifo")), ErrorCode::kNotRegular);
  EXPECT_EQ(CodeOf(files_->Read("/socket")), ErrorCode::kNotRegular);
  EXPECT_EQ(CodeOf(files_->ReadAt("/fifo", 0, 1)), ErrorCode::kNotRegular);
  EXPECT_EQ(CodeOf(files_->Read("/etc")), ErrorCode::kNotRegular);
  EXPECT_EQ(CodeOf(files_->List("/fifo")), ErrorCode::kNotFound);
  EXPECT_EQ(files_->Stat("/fifo").value().type, FileStat::Type::kFifo);
  EXPECT_EQ(files_->Stat("/socket").value().type, FileStat::Type::kSocket);
  close(fd);
}

TEST_P(RootFilesTest, LargeFilesAreRefusedUnread) {
  Write(root_ / "sparse", "");
  fs::resize_file(root_ / "sparse", 1u << 30);
  const auto start = std::chrono::steady_clock::now();
  EXPECT_EQ(CodeOf(files_->Read("/sparse")), ErrorCode::kTooLarge);
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(1));
  EXPECT_EQ(files_->ReadAt("/sparse", 1u << 29, 16).value(), std::string(16, '\0'));
  EXPECT_EQ(files_->Read("/etc/kubernetes/a.conf", 7).value(), "content");
  EXPECT_EQ(CodeOf(files_->Read("/etc/kubernetes/a.conf", 6)), ErrorCode::kTooLarge);
  const std::string big(300000, 'x');
  Write(root_ / "big", big);
  EXPECT_EQ(files_->Read("/big").value(), big);
}

TEST_P(RootFilesTest, SaysWhatIsMissing) {
  EXPECT_EQ(CodeOf(files_->Read("/nothing")), ErrorCode::kNotFound);
  EXPECT_EQ(CodeOf(files_->Read("/etc/kubernetes/a.conf/below")), ErrorCode::kNotFound);
  EXPECT_EQ(CodeOf(files_->Read("/" + std::string(300, 'x'))), ErrorCode::kNotFound);
  EXPECT_EQ(CodeOf(files_->Read("/" + std::string(5000, 'x'))), ErrorCode::kNotFound);
  EXPECT_EQ(CodeOf(files_->Read(std::string("/etc\0/x", 7))), ErrorCode::kNotFound);
  EXPECT_EQ(CodeOf(files_->List("/nothing")), ErrorCode::kNotFound);
  EXPECT_EQ(CodeOf(OpenRoot((base_ / "no").string())), ErrorCode::kNotFound);
  EXPECT_EQ(CodeOf(OpenRoot((base_ / "outside").string())), ErrorCode::kNotFound);
}

/// Root may read everything, so that a test about permissions goes on as somebody else.
class AsNobody {
 public:
  explicit AsNobody(const fs::path& tree) {
    if (geteuid() != 0) return;
    for (const auto& entry : fs::recursive_directory_iterator(tree)) Give(entry.path());
    Give(tree);
    changed_ = seteuid(kNobody) == 0;
  }
  ~AsNobody() {
    if (changed_) {
      EXPECT_EQ(seteuid(0), 0);
    }
  }
  AsNobody(const AsNobody&) = delete;
  AsNobody& operator=(const AsNobody&) = delete;

 private:
  static constexpr uid_t kNobody = 65534;
  static void Give(const fs::path& path) {
    EXPECT_EQ(lchown(path.c_str(), kNobody, kNobody), 0) << path;
  }
  bool changed_ = false;
};

TEST_P(RootFilesTest, PermissionIsNotAbsence) {
  const AsNobody nobody(base_);
  chmod((root_ / "etc/kubernetes/a.conf").c_str(), 0);
  EXPECT_EQ(CodeOf(files_->Read("/etc/kubernetes/a.conf")), ErrorCode::kPermission);
  chmod((root_ / "etc/kubernetes").c_str(), 0);
  EXPECT_EQ(CodeOf(files_->Stat("/etc/kubernetes/a.conf")), ErrorCode::kPermission);
  EXPECT_EQ(CodeOf(files_->List("/etc/kubernetes")), ErrorCode::kPermission);
  chmod((root_ / "etc/kubernetes").c_str(), 0700);
}

TEST_P(RootFilesTest, ListsInByteOrder) {
  for (const auto name : {"b", "a-b", "a", ".hidden", "a.c"})
    Write(root_ / "etc/kubernetes" / name, "");
  Link("etc/kubernetes/link", "a");
  std::vector<std::string> names;
  const auto list = files_->List("/etc/kubernetes").value();
  for (const auto& entry : list) names.push_back(entry.name);
  EXPECT_EQ(names, (std::vector<std::string>{".hidden", "a", "a-b", "a.c", "a.conf", "b", "link"}));
  EXPECT_EQ(list[6].type, FileStat::Type::kLink);
  EXPECT_EQ(list[0].type, FileStat::Type::kRegular);
}

TEST_P(RootFilesTest, ReadsProcFilesThoughTheySayTheyAreEmpty) {
  if (!fs::exists("/proc/self/status")) GTEST_SKIP() << "no /proc";
  const auto machine = OpenRootWith("/", GetParam()).value();
  const std::string own = "/proc/" + std::to_string(getpid());
  EXPECT_GT(machine->Read(own + "/status").value().size(), 100u);
  EXPECT_EQ(CodeOf(machine->Read(own + "/status", 10)), ErrorCode::kTooLarge);
  EXPECT_FALSE(machine->ReadAt(own + "/cmdline", 0, 4096).value().empty());
  EXPECT_EQ(machine->ReadLink(own + "/exe").value(), fs::read_symlink("/proc/self/exe").string());
  EXPECT_EQ(CodeOf(machine->Read(own + "/root/etc/passwd")), ErrorCode::kEscapes);
  EXPECT_EQ(CodeOf(machine->Read("/dev/null")), ErrorCode::kNotRegular);
}

TEST_P(RootFilesTest, AFileThatGrowsIsReadWithinItsBound) {
  Write(root_ / "log", "x");
  std::jthread writer([this](const std::stop_token& stop) {
    std::ofstream log(root_ / "log", std::ios::app);
    while (!stop.stop_requested()) log << std::string(1000, 'y') << std::flush;
  });
  for (int i = 0; i < 50; ++i) {
    const auto read = files_->Read("/log", 100000);
    ASSERT_TRUE(read ? read->size() <= 100000 : read.error().code == ErrorCode::kTooLarge);
  }
}

INSTANTIATE_TEST_SUITE_P(BothWalks, RootFilesTest,
                         testing::Values(PathWalk::kKernel, PathWalk::kOwn), [](const auto& walk) {
                           return walk.param == PathWalk::kKernel ? "Kernel" : "Own";
                         });

}  // namespace
}  // namespace seawall
