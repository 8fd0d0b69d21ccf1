// A file tree below a temporary folder, for tests: written by hand or copied from examples/,
// removed at the end.
#pragma once

#include <map>
#include <string>
#include <string_view>

namespace seawall::test {

class Tree {
 public:
  Tree();
  ~Tree();
  Tree(const Tree&) = delete;
  Tree& operator=(const Tree&) = delete;

  const std::string& root() const { return root_; }
  std::string Path(std::string_view path) const { return root_ + std::string(path); }

  /// Writes a file and its parent folders (mode 0755).
  void Write(std::string_view path, std::string_view content, unsigned mode = 0600);
  /// Copies what lies below `folder` (content, modes, links, not owners).
  void CopyFrom(const std::string& folder);
  /// Replaces the one place where `what` stands in a file; fails the test when it does not stand
  /// there exactly once.
  void Replace(std::string_view path, std::string_view what, std::string_view with);
  void Chmod(std::string_view path, unsigned mode);
  void Remove(std::string_view path);

  /// A digest of every path, type, mode, owner, size, mtime and content: equal when nothing was
  /// changed.
  std::string Digest() const;

 private:
  std::string root_;
};

/// Every path outside of seawall's journals with its type, mode, owner, extended attributes and
/// bytes: what a rollback gives back.
std::map<std::string, std::string> Snapshot(const std::string& root);

}  // namespace seawall::test
