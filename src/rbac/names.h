// Names: every string of a policy once. Verbs, groups, resources, names and subjects are then
// compared as numbers.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

namespace seawall::rbac {

using NameId = uint32_t;
/// Of a text that no policy holds: nothing but a wildcard matches it.
inline constexpr NameId kNoName = 0xFFFFFFFF;

/// Not thread-safe while names are added; safe to read from several threads afterwards.
class Names {
 public:
  Names();
  Names(Names&&) noexcept = default;
  Names& operator=(Names&&) noexcept = default;

  NameId Add(std::string_view text);
  NameId Find(std::string_view text) const;  ///< kNoName when it is not there
  std::string_view Text(NameId id) const { return texts_[id]; }
  size_t size() const { return texts_.size(); }

  // What every policy has, so that it need not be looked up.
  static constexpr NameId kEmpty = 0;  ///< ""
  static constexpr NameId kAll = 1;    ///< "*"

 private:
  std::string_view Keep(std::string_view text);
  void Grow();

  struct Slot {
    uint32_t hash = 0;
    NameId id = kNoName;
  };

  std::vector<std::string_view> texts_;
  std::vector<Slot> slots_;  ///< open addressing; a power of two
  std::vector<std::unique_ptr<char[]>> blocks_;
  size_t left_ = 0;  ///< bytes of the last block that are free
  char* next_ = nullptr;
};

}  // namespace seawall::rbac
