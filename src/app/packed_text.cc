#include "app/packed_text.h"

#include <zstd.h>

#include <utility>

namespace seawall::app {
namespace {

constexpr size_t kFrame = 512 << 10;  // bytes of text that are packed together

}  // namespace

PackedText::Frame PackedText::Pack(std::string_view text) {
  Frame frame{.bytes = std::string(ZSTD_compressBound(text.size()), '\0'), .length = text.size()};
  const size_t size =
      ZSTD_compress(frame.bytes.data(), frame.bytes.size(), text.data(), text.size(), 1);
  // Kept as it is where there is no memory to pack it: the lengths are then the same.
  frame.bytes = ZSTD_isError(size) != 0 || size >= text.size() ? std::string(text)
                                                               : frame.bytes.substr(0, size);
  return frame;
}

std::string PackedText::Unpack(const Frame& frame) {
  if (frame.bytes.size() == frame.length) return frame.bytes;
  std::string text(frame.length, '\0');
  ZSTD_decompress(text.data(), text.size(), frame.bytes.data(), frame.bytes.size());
  return text;
}

void PackedText::Add(std::string_view text) {
  open_ += text;
  if (open_.size() >= kFrame) Seal();
}

void PackedText::Seal() {
  if (open_.empty()) return;
  frames_.push_back(Pack(open_));
  open_ = std::string();
}

void PackedText::Drain(const std::function<void(std::string_view)>& take) {
  for (Frame& frame : frames_) take(Unpack(std::exchange(frame, {})));
  frames_.clear();
  if (!open_.empty()) take(std::exchange(open_, ""));
}

}  // namespace seawall::app
