// Touch: one thing that a fix does to one file of a tree. Touches of one round are all about the
// same bytes; harden/working_tree puts them together.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "harden/change.h"

namespace seawall::harden {

struct Touch {
  enum class Kind : uint8_t {
    kSplice,  ///< `edit` of the bytes
    kCreate,  ///< a new file: `content`, `mode`
    kFolder,  ///< a new folder: `mode`
    kMode,    ///< permission bits become `mode`
    kOwner,   ///< owner and group become `uid` and `gid`
  };
  Kind kind = Kind::kSplice;
  std::string path;  ///< absolute within the root
  Edit edit;
  std::string content;
  uint32_t mode = 0;
  uint32_t uid = 0;
  uint32_t gid = 0;

  static Touch Splice(std::string path, Edit edit) {
    return {Kind::kSplice, std::move(path), std::move(edit), "", 0, 0, 0};
  }
  static Touch Create(std::string path, std::string content, uint32_t mode) {
    return {Kind::kCreate, std::move(path), {}, std::move(content), mode, 0, 0};
  }
  static Touch Folder(std::string path, uint32_t mode) {
    return {Kind::kFolder, std::move(path), {}, "", mode, 0, 0};
  }
  static Touch Mode(std::string path, uint32_t mode) {
    return {Kind::kMode, std::move(path), {}, "", mode, 0, 0};
  }
  static Touch Owner(std::string path, uint32_t uid, uint32_t gid) {
    return {Kind::kOwner, std::move(path), {}, "", 0, uid, gid};
  }
};

using Touches = std::vector<Touch>;

}  // namespace seawall::harden
