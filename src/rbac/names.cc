#include "rbac/names.h"

#include <algorithm>
#include <cstring>

#include "base/hash.h"

namespace seawall::rbac {
namespace {

constexpr size_t kBlock = 256u << 10;

}  // namespace

Names::Names() {
  slots_.resize(1024);
  Add("");
  Add("*");
}

NameId Names::Find(std::string_view text) const {
  const uint64_t hash = HashText(text);
  const size_t mask = slots_.size() - 1;
  for (size_t at = hash & mask;; at = (at + 1) & mask) {
    const Slot& slot = slots_[at];
    if (slot.id == kNoName) return kNoName;
    if (slot.hash == static_cast<uint32_t>(hash >> 32) && texts_[slot.id] == text) return slot.id;
  }
}

NameId Names::Add(std::string_view text) {
  if (const NameId known = Find(text); known != kNoName) return known;
  if ((texts_.size() + 1) * 2 > slots_.size()) Grow();
  const auto id = static_cast<NameId>(texts_.size());
  texts_.push_back(Keep(text));
  const uint64_t hash = HashText(text);
  const size_t mask = slots_.size() - 1;
  size_t at = hash & mask;
  while (slots_[at].id != kNoName) at = (at + 1) & mask;
  slots_[at] = {static_cast<uint32_t>(hash >> 32), id};
  return id;
}

void Names::Grow() {
  std::vector<Slot> slots(slots_.size() * 2);
  const size_t mask = slots.size() - 1;
  for (const Slot& slot : slots_) {
    if (slot.id == kNoName) continue;
    size_t at = HashText(texts_[slot.id]) & mask;
    while (slots[at].id != kNoName) at = (at + 1) & mask;
    slots[at] = slot;
  }
  slots_ = std::move(slots);
}

std::string_view Names::Keep(std::string_view text) {
  if (text.empty()) return {"", 0};
  if (text.size() > left_) {
    left_ = std::max(kBlock, text.size());
    blocks_.push_back(std::make_unique_for_overwrite<char[]>(left_));
    next_ = blocks_.back().get();
  }
  std::memcpy(next_, text.data(), text.size());
  const std::string_view kept(next_, text.size());
  next_ += text.size();
  left_ -= text.size();
  return kept;
}

}  // namespace seawall::rbac
