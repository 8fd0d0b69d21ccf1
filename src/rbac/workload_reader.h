// Pods and service accounts out of events. Private to this room.
#pragma once

#include <string>
#include <vector>

#include "rbac/workloads.h"
#include "yaml/events.h"

namespace seawall::rbac {

/// Adds to Workloads what it is given. What a field holds is told by the keys that lead to it;
/// lists have none of their own. Not thread-safe.
class WorkloadReader : public yaml::EventSink {
 public:
  WorkloadReader(Workloads& workloads, std::string file)
      : workloads_(workloads), file_(std::move(file)) {}
  /// What comes is of an API server: a place is an object's name.
  void BeLive(const char* kind) { live_kind_ = kind; }

  bool BeginDocument(uint32_t line) override;
  bool EndDocument() override { return true; }
  bool Key(std::string_view key, uint32_t line) override;
  bool Scalar(const yaml::ScalarEvent& scalar) override;
  bool BeginMapping(uint32_t line) override;
  bool EndMapping() override;
  bool BeginSequence(uint32_t line) override;
  bool EndSequence() override;
  void Restart() override { BeginDocument(0); }

 private:
  /// What a pod's spec says, wherever it stands.
  struct Spec {
    std::string account, old_account;
    std::optional<bool> automount;
    bool token = false;
    bool other_audience = false;  ///< of the token that is being read
    std::vector<std::string> secrets;
  };
  static constexpr size_t kSpecs = 4;
  struct Object {
    size_t base = 0;   ///< bytes of path_ that lead to it
    size_t depth = 0;  ///< open collections when it began
    uint32_t line = 0;
    std::string kind, space, name, phase;
    std::optional<bool> automount;
    bool stored = false;
    Spec specs[kSpecs];
  };

  std::string_view Field() const;
  Spec* SpecOf(std::string_view& field);
  void Take(std::string_view field, const yaml::ScalarEvent& scalar);
  void Finish(Object& object);
  void Opened() { opened_.push_back(path_.size()); }
  void Closed();

  Workloads& workloads_;
  std::string file_;
  const char* live_kind_ = nullptr;
  std::string path_;            ///< "spec.template.spec.volumes."
  std::vector<size_t> opened_;  ///< of each open collection: bytes of path_ that lead to it
  std::vector<Object> objects_;
};

}  // namespace seawall::rbac
