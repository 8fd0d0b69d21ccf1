// bbolt's file format, as far as the last key of a bucket and the values of a small one need it.
// Every offset is checked: the file may be anything. Private to this room.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/error.h"

namespace seawall::etcd {

class BoltFile {
 public:
  /// The first `size` bytes of the file are the database. Checks both meta pages.
  static Result<BoltFile> Open(int fd, uint64_t size);

  /// A bucket of the root: where its pages begin, or its one page when it is so small that it lies
  /// in the root's.
  struct Bucket {
    uint64_t root = 0;
    std::string page;
  };
  Result<Bucket> FindBucket(std::string_view name) const;
  /// "" when the bucket is empty.
  Result<std::string> LastKey(const Bucket& bucket) const;
  /// nullopt: there is no such key.
  Result<std::optional<std::string>> Value(const Bucket& bucket, std::string_view key) const;

 private:
  struct Leaf {
    bool bucket = false;
    std::string key, value;
  };
  BoltFile(int fd, uint64_t size) : fd_(fd), size_(size) {}
  Result<std::string> Read(uint64_t offset, uint64_t length) const;
  Result<std::string> Page(uint64_t id) const;
  static Result<Leaf> LeafOf(std::string_view page, uint32_t index);
  /// The leaf page in which `key` would lie; nullopt: the last one.
  Result<std::string> Descend(std::string page, std::optional<std::string_view> key) const;
  Result<std::string> FirstPage(const Bucket& bucket) const;

  int fd_;
  uint64_t size_;
  uint64_t page_size_ = 0, pages_ = 0, root_ = 0;
};

}  // namespace seawall::etcd
