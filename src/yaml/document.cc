#include "yaml/document.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/file_error.h"
#include "base/text.h"
#include "yaml/event_reader.h"
#include "yaml/json_reader.h"
#include "yaml/tree_builder.h"

namespace seawall::yaml {
namespace {

// libyaml compares each %TAG directive with all before it.
constexpr size_t kMostDirectives = 100;

bool IsUtf16(std::string_view bytes) {
  return bytes.starts_with("\xFF\xFE") || bytes.starts_with("\xFE\xFF");
}

size_t FindDirectiveTooMany(std::string_view bytes) {
  size_t count = bytes.starts_with("%TAG") ? 1 : 0;
  for (size_t at = bytes.find("\n%TAG"); at != std::string_view::npos;
       at = bytes.find("\n%TAG", at + 1)) {
    if (++count > kMostDirectives) return at + 1;
  }
  return std::string_view::npos;
}

/// What libyaml would not say well, or not in time.
Result<void> CheckBytes(const TreeBuilder& builder) {
  const std::string& bytes = builder.bytes();
  if (IsUtf16(bytes))
    return std::unexpected(
        builder.At(0, ErrorCode::kUnsupported, "UTF-16 text; only UTF-8 is read"));
  if (const size_t at = bytes.find('\0'); at != std::string::npos) {
    return std::unexpected(builder.At(at, ErrorCode::kMalformed, "NUL byte: this is not text"));
  }
  if (const size_t at = FindInvalidUtf8(bytes); at != std::string::npos) {
    return std::unexpected(builder.At(at, ErrorCode::kMalformed, "invalid UTF-8"));
  }
  if (const size_t at = FindDirectiveTooMany(bytes); at != std::string::npos) {
    return std::unexpected(
        builder.At(at, ErrorCode::kLimit, fmt::format("more than {} directives", kMostDirectives)));
  }
  return {};
}

Result<Stream> Read(TreeBuilder builder) {
  if (auto checked = CheckBytes(builder); !checked) return std::unexpected(checked.error());
  const Result<void> read = ReadYaml(builder);
  if (read) return builder.Finish();
  const bool refused = read.error().code == ErrorCode::kMalformed;
  if (!refused || !LooksLikeJson(builder.bytes())) return std::unexpected(read.error());
  builder.Reset();
  if (ReadJson(builder)) return builder.Finish();
  const bool limit = builder.failed() && builder.error().code == ErrorCode::kLimit;
  return std::unexpected(limit ? builder.error() : read.error());
}

}  // namespace

Place Stream::Locate(size_t offset) const {
  const LineColumn at = positions_.Locate(bytes_, offset);
  return Place{file_, at.line, at.column, {offset, offset}};
}

Result<Stream> Parse(std::string file, std::string bytes, const Limits& limits) {
  const size_t most = std::min<size_t>(limits.bytes, UINT32_MAX);
  if (bytes.size() > most) return std::unexpected(TooLargeError(file, bytes.size(), most));
  return Read(TreeBuilder(std::move(file), std::move(bytes), limits));
}

}  // namespace seawall::yaml
