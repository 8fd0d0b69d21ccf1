#include "base/path_walk.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>

#include <cerrno>
#include <climits>
#include <string_view>
#include <vector>

namespace seawall {
namespace {

constexpr int kMostLinks = 40;  // the kernel's bound
constexpr int kMostComponents = 10000;
constexpr int kTries = 16;  // openat2 gives up with EAGAIN when something is renamed meanwhile

Descriptor Fail(int error_number) {
  errno = error_number;
  return Descriptor();
}

/// The walk for kernels and sandboxes without openat2. ".." goes back along the way that was come,
/// so that it cannot leave the root whatever is renamed meanwhile.
class Walker {
 public:
  Walker(int root, bool follow_last) : root_(root), follow_last_(follow_last) {}

  Descriptor Walk(const std::string& path) {
    if (path.size() >= PATH_MAX) return Fail(ENAMETOOLONG);
    Push(path);
    int components = 0;
    while (!pending_.empty()) {
      if (++components > kMostComponents) return Fail(ELOOP);
      const std::string name = std::move(pending_.back());
      pending_.pop_back();
      if (!Step(name)) return Descriptor();
    }
    if (!way_.empty()) return std::move(way_.back());
    return Descriptor(openat(root_, ".", O_PATH | O_CLOEXEC));
  }

 private:
  int Here() const { return way_.empty() ? root_ : way_.back().get(); }

  // Reversed, so that the next component is at the back.
  void Push(std::string_view path) {
    while (!path.empty()) {
      const size_t slash = path.rfind('/');
      const bool last = slash == std::string_view::npos;
      const std::string_view name = last ? path : path.substr(slash + 1);
      if (!name.empty()) pending_.emplace_back(name);
      path = last ? std::string_view() : path.substr(0, slash);
    }
  }

  bool Step(const std::string& name) {
    if (name == "." || name == "..") {
      struct stat stat;
      if (fstat(Here(), &stat) != 0) return false;
      if (!S_ISDIR(stat.st_mode)) return static_cast<bool>(Fail(ENOTDIR));
      if (name == ".." && !way_.empty()) way_.pop_back();
      return true;
    }
    Descriptor next(openat(Here(), name.c_str(), O_PATH | O_NOFOLLOW | O_CLOEXEC));
    struct stat stat;
    if (!next || fstat(next.get(), &stat) != 0) return false;
    if (S_ISLNK(stat.st_mode) && (follow_last_ || !pending_.empty())) return Follow(next);
    way_.push_back(std::move(next));
    return true;
  }

  bool Follow(const Descriptor& link) {
    if (++links_ > kMostLinks) return static_cast<bool>(Fail(ELOOP));
    std::string target(PATH_MAX, '\0');
    const ssize_t length = readlinkat(link.get(), "", target.data(), target.size());
    if (length < 0) return false;
    target.resize(static_cast<size_t>(length));
    if (target.empty()) return static_cast<bool>(Fail(ENOENT));
    // Links of /proc that do not lead along /proc are magic: their text is not where they lead.
    struct statfs filesystem;
    const bool magic =
        fstatfs(link.get(), &filesystem) == 0 && filesystem.f_type == PROC_SUPER_MAGIC;
    if (magic && target.front() == '/') return static_cast<bool>(Fail(ELOOP));
    if (target.front() == '/') way_.clear();
    Push(target);
    return true;
  }

  int root_;
  bool follow_last_;
  std::vector<std::string> pending_;
  std::vector<Descriptor> way_;  ///< folders from the root to here, the root not among them
  int links_ = 0;
};

}  // namespace

Descriptor OpenWithKernel(int root, const std::string& path, int flags) {
  struct open_how how = {};
  how.flags = static_cast<uint64_t>(flags | O_CLOEXEC);
  how.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS;
  for (int attempt = 0;; ++attempt) {
    const long fd =
        syscall(SYS_openat2, root, path.empty() ? "." : path.c_str(), &how, sizeof(how));
    if (fd >= 0) return Descriptor(static_cast<int>(fd));
    if ((errno != EAGAIN && errno != EINTR) || attempt == kTries) return Descriptor();
  }
}

Descriptor WalkWithKernel(int root, const std::string& path, bool follow_last) {
  return OpenWithKernel(root, path, O_PATH | (follow_last ? 0 : O_NOFOLLOW));
}

Descriptor WalkComponents(int root, const std::string& path, bool follow_last) {
  return Walker(root, follow_last).Walk(path);
}

}  // namespace seawall
