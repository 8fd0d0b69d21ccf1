// Text that is wanted later and would take too much memory until then: findings of thousands of
// listeners say nearly the same, and shrink to a thirtieth.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace seawall::app {

/// In the order in which it was added.
class PackedText {
 public:
  void Add(std::string_view text);
  /// Packs what was added, although more would pack better.
  void Seal();
  bool empty() const { return frames_.empty() && open_.empty(); }
  /// Piece by piece, and forgets it. Pieces are not those that were added.
  void Drain(const std::function<void(std::string_view)>& take);

 private:
  struct Frame {
    std::string bytes;
    size_t length = 0;  ///< of the text
  };
  static Frame Pack(std::string_view text);
  static std::string Unpack(const Frame& frame);

  std::vector<Frame> frames_;
  std::string open_;  ///< not packed yet
};

}  // namespace seawall::app
