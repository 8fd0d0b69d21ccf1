#include "tree.h"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <set>

#include "program.h"

namespace seawall::test {

namespace fs = std::filesystem;

Tree::Tree() {
  std::string pattern = (fs::temp_directory_path() / "seawall-test-XXXXXX").string();
  EXPECT_NE(mkdtemp(pattern.data()), nullptr);
  root_ = pattern;
  EXPECT_EQ(chmod(root_.c_str(), 0755), 0);
}

Tree::~Tree() {
  std::error_code ignored;
  fs::remove_all(root_, ignored);
}

void Tree::Write(std::string_view path, std::string_view content, unsigned mode) {
  fs::path file = Path(path);
  fs::create_directories(file.parent_path());
  std::ofstream(file, std::ios::binary) << content;
  EXPECT_EQ(chmod(file.c_str(), mode), 0) << file;
}

void Tree::CopyFrom(const std::string& folder) {
  fs::copy(folder, root_,
           fs::copy_options::recursive | fs::copy_options::copy_symlinks |
               fs::copy_options::overwrite_existing);
}

void Tree::Replace(std::string_view path, std::string_view what, std::string_view with) {
  struct stat before{};
  ASSERT_EQ(stat(Path(path).c_str(), &before), 0) << path;
  std::string text = ReadFile(Path(path));
  size_t at = text.find(what);
  ASSERT_NE(at, std::string::npos) << what << " does not stand in " << path;
  ASSERT_EQ(text.find(what, at + 1), std::string::npos) << what << " stands twice in " << path;
  text.replace(at, what.size(), with);
  Write(path, text, before.st_mode & 07777);
}

void Tree::Chmod(std::string_view path, unsigned mode) {
  ASSERT_EQ(chmod(Path(path).c_str(), mode), 0) << path;
}

void Tree::Remove(std::string_view path) { ASSERT_GT(fs::remove_all(Path(path)), 0u) << path; }

std::string Tree::Digest() const {
  std::set<std::string> lines;
  for (const auto& entry : fs::recursive_directory_iterator(root_)) {
    struct stat s{};
    EXPECT_EQ(lstat(entry.path().c_str(), &s), 0);
    std::string content;
    if (S_ISREG(s.st_mode))
      content = fmt::format("{}", std::hash<std::string>()(ReadFile(entry.path())));
    if (S_ISLNK(s.st_mode)) content = fs::read_symlink(entry.path()).string();
    lines.insert(fmt::format("{} {:o} {} {} {} {}.{} {}", entry.path().string(), s.st_mode,
                             s.st_uid, s.st_gid, s.st_size, s.st_mtim.tv_sec, s.st_mtim.tv_nsec,
                             content));
  }
  std::string all;
  for (const std::string& line : lines) all += line + "\n";
  return all;
}

namespace {

std::string Attributes(const std::string& path) {
  std::string names(4096, '\0'), all;
  const ssize_t size = llistxattr(path.c_str(), names.data(), names.size());
  for (ssize_t at = 0; at < size; at += static_cast<ssize_t>(std::strlen(&names[at])) + 1) {
    std::string value(4096, '\0');
    const ssize_t length = lgetxattr(path.c_str(), &names[at], value.data(), value.size());
    all += fmt::format("{}={} ", &names[at], value.substr(0, std::max<ssize_t>(length, 0)));
  }
  return all;
}

}  // namespace

std::map<std::string, std::string> Snapshot(const std::string& root) {
  std::map<std::string, std::string> all;
  for (auto it = fs::recursive_directory_iterator(root); it != fs::recursive_directory_iterator();
       ++it) {
    const std::string path = it->path().string().substr(root.size());
    if (path == "/var/lib/seawall") {
      it.disable_recursion_pending();
      continue;
    }
    struct stat is{};
    EXPECT_EQ(lstat(it->path().c_str(), &is), 0);
    std::string& text = all[path];
    text = fmt::format("{:o} {}:{} {}", is.st_mode, is.st_uid, is.st_gid, Attributes(it->path()));
    if (S_ISREG(is.st_mode)) text += ReadFile(it->path().string());
    if (S_ISLNK(is.st_mode)) text += fs::read_symlink(it->path()).string();
  }
  return all;
}

}  // namespace seawall::test
