#include "bundle/tar.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace seawall::bundle {
namespace {

constexpr size_t kBlock = 512;
constexpr size_t kMostEntries = 100000;
constexpr size_t kSizeAt = 124, kSizeLength = 12;
constexpr size_t kChecksumAt = 148;
constexpr size_t kNameLength = 100;

std::string HeaderOf(std::string_view name, uint64_t size) {
  std::string header(kBlock, '\0');
  const auto put = [&header](size_t at, std::string_view text) {
    header.replace(at, text.size(), text);
  };
  put(0, name.substr(0, kNameLength - 1));
  put(100, "0000600");
  put(108, "0000000");
  put(116, "0000000");
  put(kSizeAt, fmt::format("{:011o}", size));
  put(136, "00000000000");  // times are in the manifest: equal nodes make equal bundles
  put(kChecksumAt, "        ");
  header[156] = '0';
  put(257, std::string_view("ustar\0"
                            "00",
                            8));
  unsigned sum = 0;
  for (const char c : header) sum += static_cast<unsigned char>(c);
  put(kChecksumAt, fmt::format("{:06o}", sum));
  header[kChecksumAt + 6] = '\0';
  return header;
}

size_t Padding(size_t size) { return (kBlock - size % kBlock) % kBlock; }

bool IsZero(std::string_view bytes) { return bytes.find_first_not_of('\0') == bytes.npos; }

std::unexpected<Error> At(size_t at, const char* why, ErrorCode code = ErrorCode::kMalformed) {
  return Fail(code, "read the bundle", fmt::format("byte {} of its archive", at), why);
}

}  // namespace

void AppendTarEntry(std::string& tar, std::string_view name, std::string_view content) {
  tar += HeaderOf(name, content.size());
  tar += content;
  tar.append(Padding(content.size()), '\0');
}

void EndTar(std::string& tar) { tar.append(2 * kBlock, '\0'); }

Result<std::vector<TarEntry>> ReadTar(std::string_view tar) {
  std::vector<TarEntry> entries;
  size_t at = 0;
  while (true) {
    if (tar.size() - at < kBlock) return At(at, "the archive breaks off");
    const std::string_view header = tar.substr(at, kBlock);
    if (IsZero(header)) break;
    if (entries.size() == kMostEntries) return At(at, "too many entries", ErrorCode::kLimit);
    const std::string_view name = header.substr(0, header.substr(0, kNameLength).find('\0'));
    uint64_t size = 0;
    const char* digits = header.data() + kSizeAt;
    const auto [end, error] = std::from_chars(digits, digits + kSizeLength - 1, size, 8);
    if (error != std::errc() || end != digits + kSizeLength - 1) return At(at, "a damaged header");
    // Whatever is not byte for byte what is written here: a link, another owner, a longer name.
    if (name.empty() || name.size() >= kNameLength || header != HeaderOf(name, size))
      return At(at, "not the header of a plain file");
    at += kBlock;
    if (size > tar.size() - at) return At(at, "the archive breaks off");
    entries.push_back({std::string(name), tar.substr(at, size)});
    at += size;
    const size_t padding = Padding(size);
    if (padding > tar.size() - at || !IsZero(tar.substr(at, padding)))
      return At(at, "the archive breaks off or is not padded with zeros");
    at += padding;
  }
  if (tar.size() - at != 2 * kBlock || !IsZero(tar.substr(at)))
    return At(at, "something follows the archive's end");
  return entries;
}

}  // namespace seawall::bundle
