#include "etcd/snapshot_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "base/text.h"
#include "etcd/bolt_file.h"
#include "x509/digest.h"

namespace seawall::etcd {
namespace {

constexpr uint64_t kDigest = 32;
constexpr size_t kPiece = 1u << 20;
constexpr size_t kRevisionKey = 17;  // eight bytes, "_", eight bytes; "t" behind: it was deleted

std::unexpected<Error> Broken(const std::string& name, std::string why) {
  return Fail(ErrorCode::kMalformed, "read the snapshot back", name, std::move(why));
}

std::string Hex(std::string_view bytes) {
  std::string text;
  for (const char c : bytes) text += fmt::format("{:02x}", static_cast<uint8_t>(c));
  return text;
}

/// The main revision of a key or a mark; 0 when it is none.
int64_t RevisionOf(std::string_view key) {
  if (key.size() < kRevisionKey || key[8] != '_') return 0;
  uint64_t revision = 0;
  for (size_t i = 0; i < 8; ++i) revision = revision << 8 | static_cast<uint8_t>(key[i]);
  return static_cast<int64_t>(revision & INT64_MAX);
}

struct Digests {
  std::string database, file, behind;
};

/// Of the whole file, and of all but its end.
Result<Digests> DigestsOf(int fd, uint64_t size, const std::string& name) {
  x509::Sha256Stream database, file;
  Digests digests;
  std::string piece(kPiece, '\0');
  for (uint64_t at = 0; at < size;) {
    const ssize_t got = pread(fd, piece.data(), piece.size(), static_cast<off_t>(at));
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return Broken(name, got < 0 ? std::strerror(errno) : "it became shorter");
    const std::string_view bytes(piece.data(), static_cast<size_t>(got));
    file.Add(bytes);
    const uint64_t end = size - kDigest;
    const auto own = static_cast<size_t>(std::min<uint64_t>(bytes.size(), at < end ? end - at : 0));
    database.Add(bytes.substr(0, own));
    digests.behind += bytes.substr(own);
    at += bytes.size();
  }
  digests.database = database.End();
  digests.file = file.End();
  return digests;
}

}  // namespace

Result<SnapshotFacts> ReadSnapshotBack(int fd, const std::string& name) {
  struct stat stat;
  if (fstat(fd, &stat) != 0) return Broken(name, std::strerror(errno));
  const auto size = static_cast<uint64_t>(stat.st_size);
  if (size < 2 * kDigest) return Broken(name, "it is too short to be one");
  // From the disk, and not from what was written a moment ago.
  posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
  auto digests = DigestsOf(fd, size, name);
  if (!digests) return std::unexpected(digests.error());
  if (digests->database != digests->behind)
    return Broken(name, "its SHA-256 is not the one that etcd sent behind it");
  const auto broken = [&](const Error& error) { return Broken(name, error.why); };
  auto bolt = BoltFile::Open(fd, size - kDigest);
  if (!bolt) return broken(bolt.error());
  auto keys = bolt->FindBucket("key");
  if (!keys) return broken(keys.error());
  auto last = bolt->LastKey(*keys);
  if (!last) return broken(last.error());
  SnapshotFacts facts{size, Hex(digests->file), RevisionOf(*last)};
  // When the last change was a deletion, a compaction may have taken its key away.
  auto meta = bolt->FindBucket("meta");
  if (!meta) return broken(meta.error());
  for (const char* mark : {"scheduledCompactRev", "finishedCompactRev"}) {
    auto value = bolt->Value(*meta, mark);
    if (!value) return broken(value.error());
    if (*value) facts.revision = std::max(facts.revision, RevisionOf(**value));
  }
  return facts;
}

}  // namespace seawall::etcd
