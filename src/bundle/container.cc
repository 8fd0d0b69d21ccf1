#include "bundle/container.h"

#include <fmt/format.h>
#include <zstd.h>

#include <memory>

#include "base/text.h"
#include "x509/digest.h"

namespace seawall::bundle {
namespace {

constexpr int kLevel = 6;
constexpr size_t kDigestBytes = 32;
/// A skippable frame's magic number, 0x184D2A57, and its length, little endian.
constexpr std::string_view kTrailer{"\x57\x2A\x4D\x18\x20\0\0\0", 8};
constexpr std::string_view kMagic{"\x28\xB5\x2F\xFD", 4};

using Compressor = std::unique_ptr<ZSTD_CCtx, decltype(&ZSTD_freeCCtx)>;
using Decompressor = std::unique_ptr<ZSTD_DCtx, decltype(&ZSTD_freeDCtx)>;

std::unexpected<Error> Broken(std::string where, std::string why,
                              ErrorCode code = ErrorCode::kMalformed) {
  return Fail(code, "read the bundle", std::move(where), std::move(why),
              "collect the node again, or copy the file again");
}

/// The zstd frame of a whole file, its digest checked.
Result<std::string_view> FrameOf(std::string_view file) {
  if (!file.starts_with(kMagic)) {
    return Fail(ErrorCode::kMalformed, "read the bundle", "byte 0", "it is not a bundle of seawall",
                "make one with `seawall collect --out FILE`");
  }
  const size_t tail = kTrailer.size() + kDigestBytes;
  if (file.size() < kMagic.size() + tail)
    return Broken(fmt::format("byte {}", file.size()), "the file breaks off");
  const size_t end = file.size() - tail;
  if (file.substr(end, kTrailer.size()) != kTrailer) {
    return Broken(fmt::format("byte {}", file.size()),
                  "the file breaks off, or something follows it: it does not end with its digest");
  }
  if (x509::Sha256Of(file.substr(0, end + kTrailer.size())) != file.substr(end + kTrailer.size()))
    return Broken(fmt::format("byte {}", end), "its bytes are not those that the digest is of");
  return file.substr(0, end);
}

}  // namespace

Result<std::string> Pack(std::string_view archive) {
  if (archive.size() > kLargestArchive) {
    return Fail(ErrorCode::kTooLarge, "make the bundle", "",
                fmt::format("{} bytes, more than the {} that a bundle may have", archive.size(),
                            kLargestArchive));
  }
  const Compressor context(ZSTD_createCCtx(), ZSTD_freeCCtx);
  std::string file(ZSTD_compressBound(archive.size()), '\0');
  ZSTD_CCtx_setParameter(context.get(), ZSTD_c_compressionLevel, kLevel);
  const size_t size =
      ZSTD_compress2(context.get(), file.data(), file.size(), archive.data(), archive.size());
  if (ZSTD_isError(size) != 0)
    return Fail(ErrorCode::kIo, "make the bundle", "", ZSTD_getErrorName(size));
  file.resize(size);
  file += kTrailer;
  return file + x509::Sha256Of(file);
}

Result<std::string> Unpack(std::string_view file) {
  const auto frame = FrameOf(file);
  if (!frame) return std::unexpected(frame.error());
  const unsigned long long size = ZSTD_getFrameContentSize(frame->data(), frame->size());
  if (size == ZSTD_CONTENTSIZE_ERROR || size == ZSTD_CONTENTSIZE_UNKNOWN)
    return Broken("byte 0", "it does not say how large it is unpacked");
  if (size > kLargestArchive) {
    return Broken("byte 0",
                  fmt::format("unpacked it has {} bytes, more than the {} that a bundle may have",
                              size, kLargestArchive),
                  ErrorCode::kTooLarge);
  }
  const size_t whole = ZSTD_findFrameCompressedSize(frame->data(), frame->size());
  if (ZSTD_isError(whole) != 0 || whole != frame->size())
    return Broken("byte 0", "it is not one frame of zstd");
  const Decompressor context(ZSTD_createDCtx(), ZSTD_freeDCtx);
  std::string archive(size, '\0');
  const size_t got = ZSTD_decompressDCtx(context.get(), archive.data(), archive.size(),
                                         frame->data(), frame->size());
  if (ZSTD_isError(got) != 0) return Broken("byte 0", ZSTD_getErrorName(got));
  if (got != size) return Broken("byte 0", "it has not the size that it says");
  return archive;
}

std::string UnpackBeginning(std::string_view beginning, size_t bytes) {
  const Decompressor context(ZSTD_createDCtx(), ZSTD_freeDCtx);
  ZSTD_DCtx_setParameter(context.get(), ZSTD_d_windowLogMax, 24);
  std::string out(bytes, '\0');
  ZSTD_inBuffer from{beginning.data(), beginning.size(), 0};
  ZSTD_outBuffer to{out.data(), out.size(), 0};
  while (to.pos < to.size && from.pos < from.size) {
    const size_t before = from.pos + to.pos;
    if (ZSTD_isError(ZSTD_decompressStream(context.get(), &to, &from)) != 0) break;
    if (from.pos + to.pos == before) break;
  }
  out.resize(to.pos);
  return out;
}

}  // namespace seawall::bundle
