// Waivers: findings that somebody accepts, with a reason and until a day. docs/formats/waivers.md.
#pragma once

#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "report/record.h"

namespace seawall::report {

/// A row of the file. Empty members were not written there.
struct Waiver {
  std::string rule, node, component, path;  ///< patterns: * any text, ? one character
  std::string reason, expires, who;
  int64_t until = 0;  ///< the last second it holds
  Spot place;
};

/// Whether `text` is of `pattern`, in which * stands for any text and ? for one byte.
bool Matches(std::string_view pattern, std::string_view text);

/// The waivers of a run. Apply may be called from several threads at once.
class Waivers {
 public:
  Waivers() = default;
  /// Reads the file strictly. Errors: kMalformed with its place for whatever is no waiver: a field
  /// that is missing or unknown, a rule that does not exist, a day that is none.
  static Result<Waivers> Read(std::string name, std::string bytes, int64_t now);

  /// Makes `waived` of what fails, is unknown or waits for a person, where a waiver is for it.
  void Apply(NodeReport& report) const;
  /// What became of each, in the order of the file.
  std::vector<WaiverUse> Uses() const;

 private:
  struct Count {
    std::atomic<uint64_t> asked =
        0;  ///< findings of its rules on its nodes, whatever their verdict
    std::atomic<uint64_t> waived = 0;
  };
  bool Holds(size_t i) const;

  std::vector<Waiver> waivers_;
  int64_t now_ = 0;
  std::unique_ptr<Count[]> counts_;
};

}  // namespace seawall::report
