// What waivers and attestations have in common: rows of a file that somebody wrote, each for some
// findings and until a day.
#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "report/record.h"

namespace seawall::report {

/// Whether `text` is of `pattern`, in which * stands for any text and ? for one byte.
bool Matches(std::string_view pattern, std::string_view text);

/// How a file of such rows is written.
struct RowKind {
  const char* attempt;                    ///< "read the waivers"
  const char* list;                       ///< the one key of the file: "waivers"
  const char* one;                        ///< "waiver"
  const char* docs;                       ///< where it is described
  std::span<const char* const> keys;      ///< rule, node, component, path and expires among them
  std::span<const char* const> required;  ///< in the order in which they are missed
  const char* needs;                      ///< a sentence that says what is required
};

/// A row: text by key, and where each stands.
class AcceptedRow {
 public:
  std::map<std::string, std::string, std::less<>> text;
  std::map<std::string, Place, std::less<>> places;
  Place place;
  int64_t until = 0;  ///< the last second it holds

  /// "" for what was not written.
  const std::string& Get(std::string_view key) const;
  Spot Where() const;
};

/// A complaint about what stands at `place` of a file of this kind.
std::unexpected<Error> WrongRow(const RowKind& kind, const Place& place, std::string why,
                                std::string todo);

/// The file's rows, read strictly; every text passed Safe. Errors: kMalformed with its place for a
/// field that is missing, unknown, doubled or empty, a rule that does not exist, a day that is
/// none.
Result<std::vector<AcceptedRow>> ReadAcceptedRows(const RowKind& kind, std::string name,
                                                  std::string bytes);

/// The rows of a run. Apply may be called from several threads at once.
class AcceptedRows {
 public:
  AcceptedRows() = default;
  AcceptedRows(std::vector<AcceptedRow> rows, int64_t now);

  using Is = bool (*)(const Record&);
  using Take = std::function<void(const AcceptedRow&, Record&)>;
  /// Calls `take` for every finding that a row is for and that is `open`. One that is `taken` by a
  /// row before counts for the later one too.
  void Apply(NodeReport& report, Is open, Is taken, const Take& take) const;

  const std::vector<AcceptedRow>& rows() const { return rows_; }
  /// "used", "unused", "expired", "too-wide", "not-asked".
  const char* State(size_t i) const;
  uint64_t Findings(size_t i) const { return counts_[i].taken; }

 private:
  struct Count {
    std::atomic<uint64_t> asked = 0;  ///< findings of its rules on its nodes, whatever the verdict
    std::atomic<uint64_t> taken = 0;
  };
  std::vector<AcceptedRow> rows_;
  int64_t now_ = 0;
  std::unique_ptr<Count[]> counts_;
};

}  // namespace seawall::report
