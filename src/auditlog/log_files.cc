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

/// Cuts one file into blocks of whole lines.
class Cutter {
 public:
  Cutter(size_t file, const std::function<void(Block)>& take, const std::function<void(Gap)>& miss)
      : file_(file), take_(take), miss_(miss) {}

  Result<void> Run(Bytes& bytes) {
    while (true) {
      const size_t had = block_.size();
      Result<size_t> n = 0;
      block_.resize_and_overwrite(had + kBlock, [&](char* data, size_t) {
        n = bytes.Read(data + had, kBlock);
        return had + (n ? *n : 0);
      });
      if (!n && n.error().code != ErrorCode::kMalformed) return std::unexpected(n.error());
      if (!n) miss_({file_, offset_ + block_.size(), n.error().why});
      if (!n || *n == 0) break;
      Cut(had);
    }
    if (too_long_) return {};
    if (!block_.empty()) take_({file_, offset_, std::move(block_)});
    return {};
  }

 private:
  void Cut(size_t had) {
    if (too_long_) {  // until its end
      const size_t end = block_.find('\n');
      offset_ += end == std::string::npos ? block_.size() : end + 1;
      block_.erase(0, end == std::string::npos ? block_.size() : end + 1);
      too_long_ = end == std::string::npos;
      had = 0;
      if (too_long_) return;
    }
    const size_t last = block_.rfind('\n');
    if (last == std::string::npos || last < had / 2) {
      if (last == std::string::npos && block_.size() > kLongestLine) {
        miss_({file_, offset_, fmt::format("a line of more than {} MiB", kLongestLine >> 20)});
        offset_ += block_.size();
        block_.clear();
        too_long_ = true;
      }
      if (last == std::string::npos) return;
    }
    std::string rest = block_.substr(last + 1);
    block_.resize(last + 1);
    const uint64_t size = block_.size();
    take_({file_, offset_, std::move(block_)});
    offset_ += size;
    block_ = std::move(rest);
  }

  const size_t file_;
  const std::function<void(Block)>& take_;
  const std::function<void(Gap)>& miss_;
  std::string block_;
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
    for (const auto& entry : fs::directory_iterator(name, error)) {
      if (entry.is_regular_file(error) && !entry.path().filename().string().starts_with("."))
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
    if (auto ok = Cutter(i, take, miss).Run(**bytes); !ok) return ok;
  }
  return {};
}

}  // namespace seawall::auditlog
