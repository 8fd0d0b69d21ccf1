// The four kinds of RBAC objects out of events, field by field. Private to this room.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "rbac/manifests.h"
#include "rbac/object_fields.h"
#include "rbac/policy.h"
#include "yaml/events.h"

namespace seawall::rbac {

/// Adds what it is given to a Policy. Not thread-safe.
class ObjectBuilder : public yaml::EventSink {
 public:
  ObjectBuilder(Policy& policy, uint32_t file, const ManifestOptions& options)
      : policy_(policy), options_(options), file_(file) {}

  bool BeginDocument(uint32_t line) override;
  bool EndDocument() override;
  bool Key(std::string_view key, uint32_t line) override;
  bool Scalar(const yaml::ScalarEvent& scalar) override;
  bool BeginMapping(uint32_t line) override { return Open(Shape::kMapping, line); }
  bool EndMapping() override { return Close(); }
  bool BeginSequence(uint32_t line) override { return Open(Shape::kList, line); }
  bool EndSequence() override { return Close(); }
  void Restart() override;

  const std::optional<Error>& error() const { return error_; }

  /// What comes is of an API server: the place of an object is "clusterrole/NAME" and no line, a
  /// field that we do not know is none of ours, and a missing namespace stays missing.
  void BeLive() { live_ = true; }

 private:
  struct Frame {
    At at = At::kSkip;       ///< what this collection is
    At next = At::kSkip;     ///< what its next value is
    const char* field = "";  ///< the name of the field that it is the value of
    const char* next_field = "";
    uint64_t seen = 0;  ///< fields that came, by their place in the table
    NameId label = 0;   ///< the next value's key, of labels
  };
  struct NewRule {
    std::vector<NameId> lists[kRuleLists];
    uint32_t line = 0;
  };
  /// One object while it is read. A list's item is another one.
  struct Object {
    uint32_t line = 0;
    std::string api_version, kind, name, space, created, role_kind, role_name;
    std::vector<std::pair<NameId, NameId>> labels;
    std::vector<NewRule> rules;
    size_t rules_used = 0;
    bool aggregation = false;
    std::vector<std::vector<Requirement>> selectors;
    std::vector<Subject> subjects;
    bool has_role_ref = false, has_rules = false;
    std::string refused;  ///< a value of the wrong type: an error if this is one of the four kinds
    uint32_t refused_line = 0;
    std::vector<Remark> remarks;
    void Begin(uint32_t at_line);
  };
  enum class Type : uint8_t { kOther, kRole, kClusterRole, kRoleBinding, kClusterRoleBinding };

  bool Open(Shape shape, uint32_t line);
  bool Close();
  void Begin(At at, uint32_t line);
  At NextAt() const;
  void Refuse(At at, Shape got, uint32_t line);
  void TakeText(At at, std::string_view text);
  void Remember(Remark::Kind kind, uint32_t line, std::string_view key);
  std::string PathOf(std::string_view key) const;
  Type TypeOf(const Object& object) const;
  bool Finish(const Object& object);
  void AddRole(const Object& object, bool cluster);
  void AddBinding(const Object& object, bool cluster);
  NameId UserOf(const Subject& account, const Binding& binding);
  NameId SpaceOf(const Object& object, bool cluster);
  void NoteOther(std::string_view kind);
  void NoteVersion(const Object& object);
  void NameLive(const Object& object, const char* kind);
  Spot SpotOf(const Object& object) const { return {file_, live_ ? 0 : object.line}; }
  bool Fail(uint32_t line, std::string why);
  Object& object() { return objects_[depth_ - 1]; }

  static constexpr size_t kMostDepth = 4;  ///< of lists in lists

  Policy& policy_;
  const ManifestOptions& options_;
  uint32_t file_;
  bool live_ = false;
  std::vector<Frame> frames_;
  Object objects_[kMostDepth];
  size_t depth_ = 0;
  std::optional<Error> error_;
};

}  // namespace seawall::rbac
