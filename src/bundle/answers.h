// What was asked of a node's files and what came back, errors included: the part of a bundle that
// an audit reads. Recorded while a node is audited, it gives the next audit the same answers.
#pragma once

#include <map>
#include <string>
#include <tuple>
#include <vector>

#include "base/files.h"

namespace seawall::bundle {

/// A whole file, or why it could not be read when at most `limit` bytes were wanted.
struct WholeFile {
  Result<std::string> bytes;
  uint64_t limit = 0;
};

/// Path, offset, length.
using Part = std::tuple<std::string, uint64_t, uint64_t>;

/// By the path that was asked for, as it was written.
struct Answers {
  template <typename T>
  using Table = std::map<std::string, T, std::less<>>;
  Table<Result<FileStat>> stats;
  Table<Result<FileStat>> link_stats;
  Table<Result<std::string>> links;
  Table<Result<std::vector<FolderEntry>>> lists;
  Table<WholeFile> reads;
  std::map<Part, Result<std::string>> parts;

  size_t size() const {
    return stats.size() + link_stats.size() + links.size() + lists.size() + reads.size() +
           parts.size();
  }
};

}  // namespace seawall::bundle
