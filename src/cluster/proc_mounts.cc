#include "cluster/proc_mounts.h"

#include <string>

#include "base/text.h"

namespace seawall::cluster {
namespace {

constexpr size_t kMaxMounts = 5000;

struct MountLine {
  std::string device;  ///< "8:1"
  std::string root;    ///< folder within the file system
  std::string point;
  bool read_only = false;
};

/// "\040" is a space, as the kernel escapes it.
std::string Unescape(std::string_view text) {
  std::string result;
  for (size_t i = 0; i < text.size(); ++i) {
    const bool octal =
        text[i] == '\\' && i + 3 < text.size() &&
        text.substr(i + 1, 3).find_first_not_of("01234567") == std::string_view::npos;
    if (!octal) {
      result += text[i];
      continue;
    }
    result +=
        static_cast<char>((text[i + 1] - '0') * 64 + (text[i + 2] - '0') * 8 + (text[i + 3] - '0'));
    i += 3;
  }
  return result;
}

std::vector<MountLine> Lines(std::string_view bytes) {
  std::vector<MountLine> lines;
  for (const std::string_view line : Split(bytes, '\n')) {
    const std::vector<std::string_view> fields = Split(line, ' ');
    if (fields.size() < 6 || lines.size() >= kMaxMounts) continue;
    MountLine mount;
    mount.device = fields[2];
    mount.root = Unescape(fields[3]);
    mount.point = Unescape(fields[4]);
    mount.read_only = fields[5] == "ro" || fields[5].starts_with("ro,");
    lines.push_back(std::move(mount));
  }
  return lines;
}

/// The last mount on "/" is the one that is seen.
const MountLine* Root(const std::vector<MountLine>& lines) {
  const MountLine* root = nullptr;
  for (const MountLine& line : lines) {
    if (line.point == "/") root = &line;
  }
  return root;
}

/// `path` below `folder`, as the rest with its slash ("" when they are equal); nothing when it is
/// not below.
std::optional<std::string> Below(const std::string& path, const std::string& folder) {
  if (folder == "/") return path == "/" ? "" : path;
  if (!path.starts_with(folder)) return std::nullopt;
  if (path.size() == folder.size()) return "";
  if (path[folder.size()] != '/') return std::nullopt;
  return path.substr(folder.size());
}

/// Where the node sees what the mount shows; the mount of the node that reaches deepest tells it.
std::string OnNode(const std::vector<MountLine>& node, const MountLine& mount) {
  std::string best;
  size_t depth = 0;
  for (const MountLine& line : node) {
    if (line.device != mount.device) continue;
    const auto rest = Below(mount.root, line.root);
    if (!rest || (!best.empty() && line.root.size() < depth)) continue;
    depth = line.root.size();
    best = line.point == "/" ? (rest->empty() ? "/" : *rest) : line.point + *rest;
  }
  return best;
}

}  // namespace

std::optional<bool> SameRoot(std::string_view node, std::string_view process) {
  const std::vector<MountLine> ours = Lines(node);
  const std::vector<MountLine> theirs = Lines(process);
  const MountLine* our_root = Root(ours);
  const MountLine* their_root = Root(theirs);
  if (our_root == nullptr || their_root == nullptr) return std::nullopt;
  return our_root->device == their_root->device && our_root->root == their_root->root;
}

std::vector<Mount> ContainerMounts(std::string_view node, std::string_view process) {
  const std::vector<MountLine> ours = Lines(node);
  std::vector<Mount> mounts;
  for (const MountLine& line : Lines(process)) {
    Mount mount;
    mount.container_path = line.point;
    mount.read_only = line.read_only;
    mount.host_path = OnNode(ours, line);
    mount.kind = mount.host_path.empty() ? "other" : "hostPath";
    mounts.push_back(std::move(mount));
  }
  return mounts;
}

}  // namespace seawall::cluster
