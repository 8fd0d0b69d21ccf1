// Strict decoding as sigs.k8s.io/yaml and the API machinery do it: tables of fields, and what a
// value of the wrong type, an unknown field or a key that stands twice means. Used by the readers
// of this folder only.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cluster/kinds/view.h"
#include "yaml/document.h"

namespace seawall::cluster::kinds {

enum class FieldType : uint8_t {
  kString,
  kBool,
  kInt32,
  kDuration,         ///< metav1.Duration: a string; null is refused
  kDurationPointer,  ///< *metav1.Duration: null is as if it were not written
  kObject,           ///< `shape` says what is inside
  kAny,
};

struct Shape;

struct Field {
  const char* name;
  FieldType type;
  bool list = false;
  const Shape* shape = nullptr;
  int since = 0;  ///< first minor version that knows the field; 0: all of them
};

struct Shape {
  std::span<const Field> fields;
};

/// One accepted apiVersion of a kind, with the first minor version of Kubernetes that reads it.
struct KnownVersion {
  const char* api_version;
  int since;
};

enum class Strictness : uint8_t {
  kStrict,   ///< unknown fields and repeated keys stop the component
  kLenient,  ///< they are ignored; wrong types still stop it
};

class Decoder {
 public:
  Decoder(View& view, const Reader& reader, Strictness strictness)
      : view_(view), reader_(reader), strictness_(strictness) {}

  /// Checks kind and apiVersion and fills them in. kMalformed when the document is no mapping or of
  /// another kind.
  Result<void> Header(const yaml::Value& document, std::string_view kind,
                      std::span<const KnownVersion> versions);
  /// Holds the document against `shape`.
  void Check(const yaml::Value& value, const Shape& shape, const std::string& path = "");
  /// Repeated keys within the document.
  void Duplicates(const yaml::Value& document);

  /// A validation rule of the component that the file breaks: it does not start.
  void Refuse(const std::string& path, std::string text, const Place& place,
              Problem::Kind kind = Problem::Kind::kBadValue);
  void Warn(const std::string& path, std::string text, const Place& place,
            Problem::Kind kind = Problem::Kind::kIgnored);

  bool AtLeast(int minor) const { return !reader_.version || reader_.version->minor >= minor; }
  const Reader& reader() const { return reader_; }

 private:
  void Add(Problem::Kind kind, bool fatal, const std::string& path, std::string text,
           const Place& place);
  void CheckField(const yaml::Value& value, const Field& field, const std::string& path);
  void CheckOne(const yaml::Value& value, const Field& field, const std::string& path);
  bool RightScalar(const yaml::Value& value, FieldType type) const;

  View& view_;
  const Reader& reader_;
  Strictness strictness_;
};

/// The scalar `key` of `parent`; `otherwise` (and the parent's place) when it is not written or
/// null.
Placed<std::string> Text(const yaml::Value& parent, std::string_view key,
                         std::string_view otherwise = "");
Placed<bool> Flag(const yaml::Value& parent, std::string_view key, bool otherwise = false);
Placed<int64_t> Number(const yaml::Value& parent, std::string_view key, int64_t otherwise = 0);
/// The list of scalars `key` of `parent`.
std::vector<Placed<std::string>> Texts(const yaml::Value& parent, std::string_view key);

/// "a.b", "b" for an empty prefix.
std::string FieldPath(std::string_view prefix, std::string_view field);
std::string At(std::string_view list, size_t index);

/// RFC 1123 subdomain, as upstream's IsDNS1123Subdomain takes it.
bool IsDnsSubdomain(std::string_view text);
bool IsDnsLabel(std::string_view text);
/// What is printable of a user's text, shortened: for messages.
std::string Quote(std::string_view text);

}  // namespace seawall::cluster::kinds
