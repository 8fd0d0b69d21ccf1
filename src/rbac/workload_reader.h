// Pods and service accounts out of events. Private to this room.
#pragma once

#include <string>
#include <vector>

#include "rbac/path_reader.h"
#include "rbac/workloads.h"

namespace seawall::rbac {

/// Adds to Workloads what it is given.
class WorkloadReader : public PathReader {
 public:
  WorkloadReader(Workloads& workloads, std::string file)
      : workloads_(workloads), file_(std::move(file)) {}
  /// What comes is of an API server: a place is an object's name.
  void BeLive(const char* kind) { live_kind_ = kind; }

 protected:
  void BeginObject(uint32_t line) override { objects_.emplace_back().line = line; }
  void EndObject() override;
  void Forget() override { objects_.clear(); }
  void Take(std::string_view field, const yaml::ScalarEvent& scalar) override;
  void Open(std::string_view field) override;
  void Close(std::string_view field) override;

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
    uint32_t line = 0;
    std::string kind, space, name, phase;
    std::optional<bool> automount;
    bool stored = false;
    Spec specs[kSpecs];
  };

  Spec* SpecOf(std::string_view& field);
  void TakeOwn(std::string_view field, const yaml::ScalarEvent& scalar);
  void Finish(Object& object);

  Workloads& workloads_;
  std::string file_;
  const char* live_kind_ = nullptr;
  std::vector<Object> objects_;  ///< those that are open
};

}  // namespace seawall::rbac
