// PathReader: objects of manifests as values with the keys that lead to them. Private to this room.
#pragma once

#include <string>
#include <vector>

#include "yaml/events.h"

namespace seawall::rbac {

/// A value's field is the keys that lead to it within its object, each with a dot behind it
/// ("spec.volumes.secret.secretName."); lists have none of their own. Items of `items` are objects,
/// too. Not thread-safe.
class PathReader : public yaml::EventSink {
 public:
  bool BeginDocument(uint32_t) override {
    path_.clear();
    opened_.clear();
    objects_.clear();
    Forget();
    return true;
  }
  bool EndDocument() override { return true; }
  bool Key(std::string_view key, uint32_t) override {
    path_.resize(opened_.back());
    path_ += key;
    path_ += '.';
    return true;
  }
  bool Scalar(const yaml::ScalarEvent& scalar) override {
    if (!objects_.empty() && scalar.type != yaml::ScalarType::kNull) Take(Field(), scalar);
    return true;
  }
  bool BeginMapping(uint32_t line) override {
    // The document itself, and an item of a list of objects.
    const bool item =
        objects_.empty() || (Field() == "items." && opened_.size() == objects_.back().depth + 2);
    if (item && objects_.size() < kMostDepth) {
      objects_.push_back({path_.size(), opened_.size()});
      BeginObject(line);
    } else {
      Open(Field());
    }
    opened_.push_back(path_.size());
    return true;
  }
  bool EndMapping() override {
    path_.resize(opened_.back());
    if (!objects_.empty() && opened_.size() == objects_.back().depth + 1) {
      EndObject();
      objects_.pop_back();
    } else {
      Close(Field());
    }
    opened_.pop_back();
    return true;
  }
  bool BeginSequence(uint32_t) override {
    opened_.push_back(path_.size());
    return true;
  }
  bool EndSequence() override {
    path_.resize(opened_.back());
    opened_.pop_back();
    return true;
  }
  void Restart() override { BeginDocument(0); }

 protected:
  /// Of objects in objects, the inner ones come while the outer ones are open.
  virtual void BeginObject(uint32_t line) = 0;
  virtual void EndObject() = 0;
  virtual void Forget() = 0;  ///< objects that have begun
  virtual void Take(std::string_view field, const yaml::ScalarEvent& scalar) = 0;
  virtual void Open(std::string_view) {}   ///< a mapping at a field
  virtual void Close(std::string_view) {}  ///< its end

 private:
  static constexpr size_t kMostDepth = 4;  ///< of lists in lists, as object_builder.h has it
  struct Base {
    size_t path = 0;   ///< bytes of path_ that lead to it
    size_t depth = 0;  ///< open collections when it began
  };
  std::string_view Field() const {
    return std::string_view(path_).substr(objects_.empty() ? 0 : objects_.back().path);
  }

  std::string path_;
  std::vector<size_t> opened_;  ///< of each open collection: bytes of path_ that lead to it
  std::vector<Base> objects_;
};

}  // namespace seawall::rbac
