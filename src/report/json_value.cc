#include "report/json_value.h"

namespace seawall::report {

const JsonValue* JsonValue::Find(std::string_view key) const {
  for (const auto& [name, value] : members) {
    if (name == key) return &value;
  }
  return nullptr;
}

bool JsonBuilder::Count(size_t bytes) {
  bytes_ += bytes + 16;
  if (bytes_ > kBytes) why_ = "one object is larger than 64 MiB";
  return bytes_ <= kBytes;
}

bool JsonBuilder::Add(JsonValue value) {
  if (!Count(value.text.size())) return false;
  if (open_.empty()) {
    root_ = std::move(value);
    any_ = true;
    return true;
  }
  JsonValue& parent = open_.back();
  if (parent.type == JsonValue::Type::kArray) {
    parent.items.push_back(std::move(value));
    return true;
  }
  parent.members.emplace_back(std::move(keys_.back()), std::move(value));
  keys_.pop_back();
  return true;
}

bool JsonBuilder::Key(std::string_view key) {
  if (!Count(key.size())) return false;
  if (open_.back().Find(key) != nullptr) {
    why_ = "a key stands there twice";
    return false;
  }
  if (open_.back().members.size() >= 64) {
    why_ = "an object has more members than any report's";
    return false;
  }
  keys_.emplace_back(key);
  return true;
}

bool JsonBuilder::Open(JsonValue::Type type) {
  if (open_.size() >= kDepth) {
    why_ = "nested deeper than any report is";
    return false;
  }
  open_.emplace_back().type = type;
  return Count(0);
}

bool JsonBuilder::Close() {
  JsonValue value = std::move(open_.back());
  open_.pop_back();
  return Add(std::move(value));
}

JsonValue JsonBuilder::Take() {
  any_ = false;
  bytes_ = 0;
  return std::move(root_);
}

}  // namespace seawall::report
