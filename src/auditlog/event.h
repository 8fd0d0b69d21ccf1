// auditlog/: what API servers wrote down, read as fast as it comes. Here: one event out of its
// JSON.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace seawall::auditlog {

/// An event of audit.k8s.io/v1, as far as it says who was allowed what. Its texts lie in the bytes
/// that it was read from, decoded in place.
struct Event {
  enum class Stage : uint8_t {
    kOther,
    kRequestReceived,
    kResponseStarted,
    kResponseComplete,
    kPanic
  };
  enum class Decision : uint8_t { kNone, kAllow, kForbid };
  /// A user, or whom it acts as.
  struct Who {
    bool there = false;
    std::string_view name, uid;
    std::vector<std::string_view> groups;
    std::vector<std::pair<std::string_view, std::string_view>> extras;  ///< key and value
  };
  Stage stage = Stage::kOther;
  Decision decision = Decision::kNone;
  bool has_object = false;
  int code = 0;
  std::string_view kind, id, uri, verb;
  std::string_view received, staged;  ///< when the request came, when this was written
  std::string_view group, resource, subresource, space, name;
  Who user, impersonated;
  /// The verb that let one impersonate, "impersonate:user-info" and the like; "": plain
  /// impersonate.
  std::string_view constraint;

  void Clear();
};

/// Takes each event of a line.
class EventSink {
 public:
  virtual ~EventSink() = default;
  virtual void Take(const Event& event) = 0;
};

enum class LineKind : uint8_t { kEvents, kBlank, kOther, kDamaged };

/// Reads a line: an Event, or an EventList as webhooks get it, whose items are given one by one.
/// JSON of another kind is kOther; what is no JSON kDamaged, although events of a list that came
/// before the damage were given. What nobody asks about is passed over and not checked beyond its
/// brackets and quotes. Not thread-safe: one for each thread.
class EventReader {
 public:
  /// `line` is written to.
  LineKind Read(char* line, size_t length, EventSink& sink);

 private:
  Event event_;
};

}  // namespace seawall::auditlog
