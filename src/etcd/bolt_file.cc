#include "etcd/bolt_file.h"

#include <fmt/format.h>
#include <unistd.h>

#include <bit>
#include <cerrno>
#include <cstring>

namespace seawall::etcd {
namespace {

constexpr uint32_t kMagic = 0xED0CDAED;
constexpr uint32_t kVersion = 2;
constexpr uint16_t kBranch = 0x01, kLeaf = 0x02, kMeta = 0x04;
constexpr uint32_t kBucketFlag = 0x01;
constexpr size_t kPageHead = 16;              // id 8, flags 2, count 2, overflow 4
constexpr size_t kMetaSize = 64;              // magic, version, page size, flags, root, …, checksum
constexpr size_t kChecked = 56;               // of it, before the checksum
constexpr size_t kElement = 16;               // of a branch and of a leaf
constexpr size_t kBucketHead = 16;            // root page 8, sequence 8
constexpr uint64_t kLargestPage = 64u << 20;  // with what it flows over into
constexpr int kDeepest = 64;

std::unexpected<Error> Broken(std::string why) {
  return Fail(ErrorCode::kMalformed, "read the database", "", std::move(why));
}

/// Little-endian, as on every machine that etcd supports; the caller has checked the bounds.
template <typename T>
T NumberAt(std::string_view bytes, size_t at) {
  static_assert(std::endian::native == std::endian::little);
  T value;
  std::memcpy(&value, bytes.data() + at, sizeof value);
  return value;
}

uint64_t Fnv1a(std::string_view bytes) {
  uint64_t hash = 14695981039346656037u;
  for (const char c : bytes) hash = (hash ^ static_cast<uint8_t>(c)) * 1099511628211u;
  return hash;
}

uint16_t FlagsOf(std::string_view page) { return NumberAt<uint16_t>(page, 8); }
uint32_t CountOf(std::string_view page) { return NumberAt<uint16_t>(page, 10); }

/// Whether a page of `count` elements can be one.
bool HoldsElements(std::string_view page) {
  return page.size() >= kPageHead && page.size() >= kPageHead + CountOf(page) * kElement;
}

struct Meta {
  uint32_t page_size;
  uint64_t root, pages, transaction;
};

std::optional<Meta> MetaOf(std::string_view page) {
  if (page.size() < kPageHead + kMetaSize || (FlagsOf(page) & kMeta) == 0) return std::nullopt;
  const std::string_view meta = page.substr(kPageHead, kMetaSize);
  if (NumberAt<uint32_t>(meta, 0) != kMagic || NumberAt<uint32_t>(meta, 4) != kVersion ||
      NumberAt<uint64_t>(meta, kChecked) != Fnv1a(meta.substr(0, kChecked)))
    return std::nullopt;
  return Meta{NumberAt<uint32_t>(meta, 8), NumberAt<uint64_t>(meta, 16),
              NumberAt<uint64_t>(meta, 40), NumberAt<uint64_t>(meta, 48)};
}

}  // namespace

Result<std::string> BoltFile::Read(uint64_t offset, uint64_t length) const {
  if (offset > size_ || length > size_ - offset) return Broken("a page lies behind its end");
  std::string bytes(length, '\0');
  size_t at = 0;
  while (at < bytes.size()) {
    const ssize_t got =
        pread(fd_, bytes.data() + at, bytes.size() - at, static_cast<off_t>(offset + at));
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return Broken(got < 0 ? std::strerror(errno) : "it is shorter than it was");
    at += static_cast<size_t>(got);
  }
  return bytes;
}

Result<BoltFile> BoltFile::Open(int fd, uint64_t size) {
  BoltFile file(fd, size);
  auto first = file.Read(0, kPageHead + kMetaSize);
  if (!first) return Broken("it is too short to be one");
  const auto meta = MetaOf(*first);
  if (!meta) return Broken("its first meta page is damaged");
  const uint64_t page_size = meta->page_size;
  if (page_size < 512 || page_size > (1u << 20) || !std::has_single_bit(page_size))
    return Broken(fmt::format("its page size is {}", page_size));
  auto second = file.Read(page_size, kPageHead + kMetaSize);
  if (!second) return std::unexpected(second.error());
  const auto other = MetaOf(*second);
  if (!other || other->page_size != page_size) return Broken("its second meta page is damaged");
  const Meta& newest = other->transaction > meta->transaction ? *other : *meta;
  if (newest.pages > size / page_size)
    return Broken(fmt::format("{} of its {} pages are missing", newest.pages - size / page_size,
                              newest.pages));
  file.page_size_ = page_size;
  file.pages_ = newest.pages;
  file.root_ = newest.root;
  return file;
}

Result<std::string> BoltFile::Page(uint64_t id) const {
  if (id < 2 || id >= pages_) return Broken(fmt::format("there is no page {}", id));
  auto head = Read(id * page_size_, kPageHead);
  if (!head) return head;
  if (NumberAt<uint64_t>(*head, 0) != id)
    return Broken(fmt::format("page {} calls itself another one", id));
  const uint64_t length = (uint64_t{NumberAt<uint32_t>(*head, 12)} + 1) * page_size_;
  if (length > kLargestPage) return Broken(fmt::format("page {} is too large", id));
  return Read(id * page_size_, length);
}

Result<BoltFile::Leaf> BoltFile::LeafOf(std::string_view page, uint32_t index) {
  const size_t at = kPageHead + index * kElement;
  const uint64_t key = at + uint64_t{NumberAt<uint32_t>(page, at + 4)};
  const uint64_t key_size = NumberAt<uint32_t>(page, at + 8);
  const uint64_t value_size = NumberAt<uint32_t>(page, at + 12);
  if (key + key_size + value_size > page.size()) return Broken("an entry lies behind its page");
  return Leaf{(NumberAt<uint32_t>(page, at) & kBucketFlag) != 0,
              std::string(page.substr(key, key_size)),
              std::string(page.substr(key + key_size, value_size))};
}

Result<std::string> BoltFile::Descend(std::string page, std::optional<std::string_view> key) const {
  for (int depth = 0; depth < kDeepest; ++depth) {
    if (!HoldsElements(page)) return Broken("a page is shorter than its entries");
    if (FlagsOf(page) == kLeaf) return page;
    const uint32_t count = CountOf(page);
    if (FlagsOf(page) != kBranch || count == 0)
      return Broken("a page is of no kind that it may be");
    uint32_t chosen = key ? 0 : count - 1;
    for (uint32_t i = 1; key && i < count; ++i) {
      const size_t at = kPageHead + i * kElement;
      const uint64_t begin = at + uint64_t{NumberAt<uint32_t>(page, at)};
      const uint64_t length = NumberAt<uint32_t>(page, at + 4);
      if (begin + length > page.size()) return Broken("an entry lies behind its page");
      if (std::string_view(page).substr(begin, length) > *key) break;
      chosen = i;
    }
    auto next = Page(NumberAt<uint64_t>(page, kPageHead + chosen * kElement + 8));
    if (!next) return next;
    page = std::move(*next);
  }
  return Broken("its pages go in a circle");
}

Result<std::string> BoltFile::FirstPage(const Bucket& bucket) const {
  if (bucket.root != 0) return Page(bucket.root);
  return bucket.page;
}

Result<std::optional<std::string>> BoltFile::Value(const Bucket& bucket,
                                                   std::string_view key) const {
  auto first = FirstPage(bucket);
  if (!first) return std::unexpected(first.error());
  auto page = Descend(std::move(*first), key);
  if (!page) return std::unexpected(page.error());
  for (uint32_t i = 0; i < CountOf(*page); ++i) {
    auto leaf = LeafOf(*page, i);
    if (!leaf) return std::unexpected(leaf.error());
    if (leaf->key == key) return std::optional(std::move(leaf->value));
  }
  return std::nullopt;
}

Result<BoltFile::Bucket> BoltFile::FindBucket(std::string_view name) const {
  auto value = Value({root_, ""}, name);
  if (!value) return std::unexpected(value.error());
  if (!*value || (*value)->size() < kBucketHead)
    return Broken(fmt::format("it has no bucket '{}': it is not etcd's", name));
  Bucket bucket;
  bucket.root = NumberAt<uint64_t>(**value, 0);
  if (bucket.root == 0) bucket.page = (*value)->substr(kBucketHead);
  return bucket;
}

Result<std::string> BoltFile::LastKey(const Bucket& bucket) const {
  auto first = FirstPage(bucket);
  if (!first) return first;
  auto page = Descend(std::move(*first), std::nullopt);
  if (!page) return page;
  const uint32_t count = CountOf(*page);
  if (count == 0) return std::string();
  auto leaf = LeafOf(*page, count - 1);
  if (!leaf) return std::unexpected(leaf.error());
  return std::move(leaf->key);
}

}  // namespace seawall::etcd
