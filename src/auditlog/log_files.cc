#include "auditlog/log_files.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <memory>

#include "base/descriptor.h"
#include "base/sha256.h"
#include "base/text.h"

namespace seawall::auditlog {
namespace {

namespace fs = std::filesystem;

constexpr const char* kAttempt = "read audit logs";
constexpr size_t kBlock = 2u << 20;
constexpr size_t kMostFiles = 100'000;

/// Decompressed bytes. `at_end` is set at the end; an error is what the file is damaged by.
class Bytes {
 public:
  virtual ~Bytes() = default;
  /// At most `room` bytes; 0 at the end. Errors: kIo from the system, kMalformed of the content.
  virtual Result<size_t> Read(char* to, size_t room) = 0;
  /// Goes on at `offset`, where that is possible at once.
  virtual bool Seek(uint64_t) { return false; }
};

class PlainBytes : public Bytes {
 public:
  PlainBytes(Descriptor file, std::string name) : file_(std::move(file)), name_(std::move(name)) {}
  Result<size_t> Read(char* to, size_t room) override {
    if (!head_.empty()) {
      const size_t n = std::min(room, head_.size());
      std::memcpy(to, head_.data(), n);
      head_.erase(0, n);
      return n;
    }
    while (true) {
      const ssize_t n = read(file_.get(), to, room);
      if (n >= 0) return static_cast<size_t>(n);
      if (errno != EINTR) return Fail(ErrorCode::kIo, kAttempt, name_, std::strerror(errno));
    }
  }
  bool Seek(uint64_t offset) override {
    struct stat stat{};
    if (fstat(file_.get(), &stat) != 0 || !S_ISREG(stat.st_mode) ||
        static_cast<uint64_t>(stat.st_size) < offset)
      return false;
    head_.clear();
    return lseek(file_.get(), static_cast<off_t>(offset), SEEK_SET) >= 0;
  }
  /// The first bytes, which come again.
  Result<std::string> Head() {
    while (head_.size() < 4) {
      char buffer[4];
      std::string kept = std::move(head_);
      head_.clear();
      auto n = Read(buffer, sizeof buffer - kept.size());
      if (!n) return std::unexpected(n.error());
      head_ = kept + std::string(buffer, *n);
      if (*n == 0) break;
    }
    return head_;
  }

 private:
  Descriptor file_;
  std::string name_, head_;
};

std::unexpected<Error> Damaged(const char* why) {
  return Fail(ErrorCode::kMalformed, kAttempt, "", why);
}

class GzipBytes : public Bytes {
 public:
  explicit GzipBytes(std::unique_ptr<PlainBytes> from)
      : from_(std::move(from)), in_(1u << 18, '\0') {
    ready_ = inflateInit2(&z_, 16 + MAX_WBITS) == Z_OK;
  }
  ~GzipBytes() override { inflateEnd(&z_); }
  GzipBytes(const GzipBytes&) = delete;
  GzipBytes& operator=(const GzipBytes&) = delete;

  Result<size_t> Read(char* to, size_t room) override {
    if (!ready_) return Damaged("no memory to decompress");
    z_.next_out = reinterpret_cast<Bytef*>(to);
    z_.avail_out = static_cast<uInt>(room);
    while (z_.avail_out == room) {
      if (z_.avail_in == 0) {
        auto n = from_->Read(in_.data(), in_.size());
        if (!n) return n;
        if (*n == 0) return whole_ ? Result<size_t>(0) : Damaged("the gzip file ends too early");
        z_.next_in = reinterpret_cast<Bytef*>(in_.data());
        z_.avail_in = static_cast<uInt>(*n);
      }
      if (whole_) inflateReset(&z_);  // another member follows
      whole_ = false;
      const int status = inflate(&z_, Z_NO_FLUSH);
      if (status == Z_STREAM_END) {
        whole_ = true;
      } else if (status != Z_OK && status != Z_BUF_ERROR) {
        return Damaged("the gzip file is damaged");
      }
    }
    return room - z_.avail_out;
  }

 private:
  std::unique_ptr<PlainBytes> from_;
  std::string in_;
  z_stream z_{};
  bool ready_ = false;
  bool whole_ = false;
};

class ZstdBytes : public Bytes {
 public:
  explicit ZstdBytes(std::unique_ptr<PlainBytes> from)
      : from_(std::move(from)), context_(ZSTD_createDCtx(), ZSTD_freeDCtx), data_(1u << 18, '\0') {
    // A frame may ask for a window of gigabytes.
    ZSTD_DCtx_setParameter(context_.get(), ZSTD_d_windowLogMax, 27);
  }

  Result<size_t> Read(char* to, size_t room) override {
    ZSTD_outBuffer out{to, room, 0};
    while (out.pos == 0) {
      if (in_.pos == in_.size) {
        auto n = from_->Read(data_.data(), data_.size());
        if (!n) return n;
        if (*n == 0)
          return left_ == 0 ? Result<size_t>(0) : Damaged("the zstd file ends too early");
        in_ = {data_.data(), *n, 0};
      }
      left_ = ZSTD_decompressStream(context_.get(), &out, &in_);
      if (ZSTD_isError(left_) != 0) return Damaged("the zstd file is damaged");
    }
    return out.pos;
  }

 private:
  std::unique_ptr<PlainBytes> from_;
  std::unique_ptr<ZSTD_DCtx, decltype(&ZSTD_freeDCtx)> context_;
  std::string data_;
  ZSTD_inBuffer in_{};
  size_t left_ = 0;
};

Result<std::unique_ptr<Bytes>> OpenLog(const std::string& name) {
  Descriptor file(name == "-" ? dup(STDIN_FILENO)
                              : open(name.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY));
  if (!file) {
    const ErrorCode code = errno == ENOENT   ? ErrorCode::kNotFound
                           : errno == EACCES ? ErrorCode::kPermission
                                             : ErrorCode::kIo;
    return Fail(code, kAttempt, name, std::strerror(errno));
  }
  auto plain = std::make_unique<PlainBytes>(std::move(file), name);
  auto head = plain->Head();
  if (!head) return std::unexpected(head.error());
  if (head->starts_with("\x1f\x8b")) return std::make_unique<GzipBytes>(std::move(plain));
  if (head->starts_with("\x28\xb5\x2f\xfd")) return std::make_unique<ZstdBytes>(std::move(plain));
  return plain;
}

constexpr size_t kMarkBytes = 4096;

/// Keeps the last bytes.
void AppendTail(std::string& tail, std::string_view bytes) {
  if (bytes.size() >= kMarkBytes) tail.clear();
  tail.append(bytes.substr(bytes.size() - std::min(bytes.size(), kMarkBytes)));
  if (tail.size() > kMarkBytes) tail.erase(0, tail.size() - kMarkBytes);
}

std::string DigestOf(std::string_view bytes) {
  const auto digest = Sha256(bytes);
  return Hex({reinterpret_cast<const char*>(digest.data()), 16});
}

/// False at the end.
Result<bool> ReadMore(Bytes& bytes, std::string& into, size_t room) {
  Result<size_t> n = 0;
  const size_t had = into.size();
  into.resize_and_overwrite(had + room, [&](char* data, size_t) {
    n = bytes.Read(data + had, room);
    return had + (n ? *n : 0);
  });
  if (!n) return std::unexpected(n.error());
  return *n > 0;
}

/// Where the rest of a log begins that was read before.
struct Rest {
  bool found = false;   ///< the bytes before it are those of the mark
  bool short_ = false;  ///< there is less than was read: nothing new
  std::string tail, bytes;
};

/// Passes over what `mark` says was read. `first`: the bytes that were read so far.
Result<Rest> PassOver(Bytes& bytes, std::string first, const LogMark& mark) {
  Rest rest;
  uint64_t passed = 0;
  if (first.size() < mark.offset) {
    const uint64_t before = mark.offset - std::min<uint64_t>(mark.offset, kMarkBytes);
    if (bytes.Seek(before)) {
      first.clear();
      passed = before;
    }
  }
  while (passed + first.size() < mark.offset) {
    AppendTail(rest.tail, first);
    passed += first.size();
    first.clear();
    auto more = ReadMore(bytes, first, kBlock);
    if (!more) return std::unexpected(more.error());
    if (!*more) {
      rest.short_ = true;
      return rest;
    }
  }
  const auto cut = static_cast<size_t>(mark.offset - passed);
  AppendTail(rest.tail, std::string_view(first).substr(0, cut));
  rest.bytes = first.substr(cut);
  rest.found = DigestOf(rest.tail) == mark.tail;
  return rest;
}

/// Cuts one file into blocks of whole lines.
class Cutter {
 public:
  /// `broken`: reading cannot go on at a place.
  Cutter(size_t file, const std::function<void(Block)>& take, const std::function<void(Gap)>& miss,
         const std::function<void(Gap)>& broken)
      : file_(file), take_(take), miss_(miss), broken_(broken) {}

  /// What was read already, of which the rest begins at `offset`.
  void Begin(uint64_t offset, std::string tail, std::string bytes) {
    offset_ = offset;
    tail_ = std::move(tail);
    block_ = std::move(bytes);
  }
  uint64_t offset() const { return offset_; }
  const std::string& tail() const { return tail_; }

  /// `whole`: a last line without an end is left.
  Result<void> Run(Bytes& bytes, bool whole = false) {
    if (!block_.empty()) Cut(0);
    while (true) {
      const size_t had = block_.size();
      Result<size_t> n = 0;
      block_.resize_and_overwrite(had + kBlock, [&](char* data, size_t) {
        n = bytes.Read(data + had, kBlock);
        return had + (n ? *n : 0);
      });
      if (!n && n.error().code != ErrorCode::kMalformed) return std::unexpected(n.error());
      if (!n) broken_({file_, offset_ + block_.size(), n.error().why});
      if (!n || *n == 0) break;
      Cut(had);
    }
    if (!whole && !too_long_ && !block_.empty()) take_({file_, offset_, std::move(block_)});
    return {};
  }

 private:
  /// Of what is done with, the last bytes are kept.
  void Pass(std::string_view bytes) {
    offset_ += bytes.size();
    AppendTail(tail_, bytes);
  }

  void Cut(size_t had) {
    if (too_long_) {  // until its end
      const size_t end = block_.find('\n');
      const size_t gone = end == std::string::npos ? block_.size() : end + 1;
      Pass(std::string_view(block_).substr(0, gone));
      block_.erase(0, gone);
      too_long_ = end == std::string::npos;
      had = 0;
      if (too_long_) return;
    }
    // What was there before has no end of a line: long ones are not looked through again.
    const size_t in_new = std::string_view(block_).substr(had).rfind('\n');
    if (in_new == std::string_view::npos) {
      if (block_.size() <= kLongestLine) return;
      miss_({file_, offset_, fmt::format("a line of more than {} MiB", kLongestLine >> 20)});
      Pass(block_);
      block_.clear();
      too_long_ = true;
      return;
    }
    const size_t last = had + in_new;
    std::string rest = block_.substr(last + 1);
    block_.resize(last + 1);
    const uint64_t at = offset_;
    Pass(block_);
    take_({file_, at, std::move(block_)});
    block_ = std::move(rest);
  }

  const size_t file_;
  const std::function<void(Block)>& take_;
  const std::function<void(Gap)>& miss_;
  const std::function<void(Gap)>& broken_;
  std::string block_, tail_;
  uint64_t offset_ = 0;
  bool too_long_ = false;
};

}  // namespace

Result<std::vector<std::string>> ListLogs(const std::vector<std::string>& names) {
  std::vector<std::string> files;
  for (const std::string& name : names) {
    std::error_code error;
    if (name == "-" || !fs::is_directory(name, error)) {
      files.push_back(name);
      continue;
    }
    std::vector<std::string> inside;
    for (fs::directory_iterator at(name, error), end; !error && at != end; at.increment(error)) {
      const fs::directory_entry& entry = *at;
      std::error_code ignored;  // of a link that leads nowhere
      if (entry.is_regular_file(ignored) && !entry.path().filename().string().starts_with("."))
        inside.push_back(entry.path().string());
      if (inside.size() > kMostFiles)
        return Fail(ErrorCode::kLimit, kAttempt, name, "more than 100,000 files");
    }
    if (error) return Fail(ErrorCode::kIo, kAttempt, name, error.message());
    std::ranges::sort(inside);
    files.insert(files.end(), inside.begin(), inside.end());
  }
  return files;
}

Result<void> ReadLogs(const std::vector<std::string>& files, const std::function<void(Block)>& take,
                      const std::function<void(Gap)>& miss) {
  for (size_t i = 0; i < files.size(); ++i) {
    auto bytes = OpenLog(files[i]);
    if (!bytes) return std::unexpected(bytes.error());
    if (auto ok = Cutter(i, take, miss, miss).Run(**bytes); !ok) return ok;
  }
  return {};
}

Result<LogMark> ReadLogFrom(const std::string& file, size_t number,
                            const std::function<KnownLog(const std::string& head)>& find,
                            const std::function<void(bool known)>& begin,
                            const std::function<void(Block)>& take,
                            const std::function<void(Gap)>& miss) {
  bool told = false;
  for (bool again = false;; again = true) {
    auto opened = OpenLog(file);
    if (!opened) return std::unexpected(opened.error());
    Bytes& bytes = **opened;
    std::string first;
    std::optional<Gap> early;
    bool more = true;
    while (more && first.size() < kMarkBytes && first.find('\n') == std::string::npos) {
      auto read = ReadMore(bytes, first, kMarkBytes);
      if (!read && read.error().code != ErrorCode::kMalformed) return std::unexpected(read.error());
      if (!read) early = Gap{number, first.size(), read.error().why};
      more = read && *read;
    }
    const size_t line = first.find('\n');
    if (line == std::string::npos && first.size() < kMarkBytes && (!early || first.empty())) {
      if (early) miss(std::move(*early));
      return LogMark{};
    }
    LogMark mark;
    mark.head = DigestOf(std::string_view(first).substr(
        0, std::min(line == std::string::npos ? kMarkBytes : line + 1, kMarkBytes)));
    const KnownLog known = again ? KnownLog{} : find(mark.head);
    const std::function<void(Gap)> broken = [&](Gap gap) {
      if (mark.broken) return;  // the same, met again
      mark.broken = std::max<uint64_t>(1, gap.offset);
      const auto before = known.mark ? known.mark->broken : std::nullopt;
      if (!told && (!before || gap.offset > *before)) miss(std::move(gap));
      told = true;
    };
    Cutter cutter(number, take, miss, broken);
    if (early) broken(std::move(*early));
    if (known.mark) {
      auto rest = PassOver(bytes, std::move(first), *known.mark);
      if (!rest && rest.error().code != ErrorCode::kMalformed) return std::unexpected(rest.error());
      if (!rest) broken({number, 0, rest.error().why});
      if (!rest || (rest->short_ && !known.whole)) {
        LogMark same = *known.mark;
        if (!same.broken) same.broken = mark.broken;
        return same;
      }
      if (!rest->found && file == "-")
        return Fail(ErrorCode::kMalformed, kAttempt, "standard input",
                    "it begins as a log that was read before and goes on otherwise",
                    "give the file by its name");
      if (!rest->found) continue;  // another log, from its beginning
      cutter.Begin(known.mark->offset, std::move(rest->tail), std::move(rest->bytes));
    } else {
      cutter.Begin(0, "", std::move(first));
    }
    begin(known.mark != nullptr);
    if (auto ok = cutter.Run(bytes, true); !ok) return std::unexpected(ok.error());
    mark.offset = cutter.offset();
    mark.tail = DigestOf(cutter.tail());
    return mark;
  }
}

}  // namespace seawall::auditlog
