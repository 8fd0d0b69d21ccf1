#include "x509/pem.h"

#include <algorithm>
#include <string>

namespace seawall::x509 {
namespace {

constexpr std::string_view kBegin = "-----BEGIN ";
constexpr std::string_view kDashes = "-----";
constexpr size_t kLongestLabel = 64;

size_t LineEnd(std::string_view text, size_t at) {
  return std::min(text.find('\n', at), text.size());
}

bool AtLineStart(std::string_view pem, size_t at) {
  return at == 0 || pem[at - 1] == '\n' || pem[at - 1] == '\r';
}

}  // namespace

std::vector<PemBlock> FindBlocks(std::string_view pem, size_t most) {
  std::vector<PemBlock> blocks;
  size_t counted = 0;
  uint32_t line = 1;
  for (size_t at = pem.find(kBegin); at != std::string_view::npos && blocks.size() < most;) {
    const size_t label = at + kBegin.size();
    // Bounded, so that a megabyte of BEGINs on one line stays linear.
    const std::string_view rest = pem.substr(label, kLongestLabel + kDashes.size());
    const size_t length = rest.substr(0, rest.find('\n')).find(kDashes);
    const size_t label_end = label + length;
    if (!AtLineStart(pem, at) || length == std::string_view::npos) {
      at = pem.find(kBegin, label);
      continue;
    }
    PemBlock block;
    block.label = pem.substr(label, label_end - label);
    line += static_cast<uint32_t>(std::count(pem.begin() + counted, pem.begin() + at, '\n'));
    counted = at;
    block.line = line;
    // A block without its end must not reach over the next one's beginning.
    const size_t next = pem.find(kBegin, label);
    const size_t end =
        pem.substr(0, next).find("-----END " + std::string(block.label) + "-----", label_end);
    block.complete = end != std::string_view::npos;
    const size_t stop = block.complete ? LineEnd(pem, end) : std::min(next, pem.size());
    block.text = pem.substr(at, stop - at);
    const std::string_view header = block.text.substr(0, 512);
    block.encrypted = block.label.starts_with("ENCRYPTED ") ||
                      header.find("4,ENCRYPTED") != std::string_view::npos;
    blocks.push_back(block);
    at = next;
  }
  return blocks;
}

}  // namespace seawall::x509
