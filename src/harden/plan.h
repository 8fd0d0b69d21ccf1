// A Plan: changes in the order in which they are made, what each cures and may disturb, what has to
// restart, and what is not done and why. It speaks of one tree as it was when it was made, and
// holds no secret: of the files only digests, and the bytes that are new.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "harden/change.h"
#include "harden/fix.h"

namespace seawall::harden {

/// A finding by what makes it the same one.
struct FindingName {
  std::string rule;
  std::string component;
  std::string instance;
  auto operator<=>(const FindingName&) const = default;
};

struct PlannedChange {
  FileChange change;
  std::vector<FindingName> cures;
  Risk risk = Risk::kNone;
  std::vector<std::string> cuts_off;
  bool clients_unknown = false;  ///< who uses what goes cannot be seen in files
  std::vector<std::string> notes;
  std::string undone_by;  ///< what writes the file anew one day; may be empty
  /// Two bytes for each line of the file before, so that a stale plan can show what changed since.
  std::string lines;
  std::string diff;  ///< of a plan that was just made: not in its file
};

/// What the note of a change has whose file another component reads, too.
inline constexpr const char* kReadsItToo = "reads it, too";

/// Changes that belong to one component, then its restart and the proofs.
struct Step {
  std::string component;  ///< "" for what needs no restart
  std::string instance;
  std::string restart;  ///< how, for people; "" when nothing restarts
  std::vector<PlannedChange> changes;
  std::optional<PeerUrls> peers = {};  ///< what etcd's cluster is told when the restart is proven
};

struct NotDone {
  FindingName finding;
  std::string severity;
  std::string why;
  std::string todo;  ///< what would let it be done; may be empty
};

/// What belongs into a configuration that somebody else writes.
struct HandedOver {
  std::string owner;  ///< "ansible", "rke2", …
  FindingName finding;
  std::vector<Wish> wishes;
  std::vector<FileChange> changes;  ///< as they would be here
  std::string why;
};

/// A file of others with everything that is handed over together.
struct HandedChange {
  FileChange change;
  std::string diff, lines;  ///< as of a PlannedChange
};

/// Findings of the whole table, before or after.
struct Verdicts {
  size_t pass = 0, fail = 0, unknown = 0;
};

struct Plan {
  std::string root;  ///< absolute
  std::string node;
  std::string profile;
  int64_t made = 0;  ///< seconds since the epoch
  std::vector<Step> steps;
  std::vector<NotDone> not_done;
  std::vector<HandedOver> handed_over;
  std::vector<HandedChange> handed_changes;  ///< of a plan that was just made
  std::vector<Wish> wishes;                  ///< everything that the steps set, for other formats
  std::vector<MountWish> mounts;
  Verdicts before, after;
  /// What fails now and not afterwards without a fix of its own: others' fixes cure it, too.
  std::vector<FindingName> also_cured;
  std::vector<std::string> not_checked;  ///< validators that are not here

  size_t Changes() const;
  /// When it is applied, another plan has more to do.
  bool HasNextStage() const;
  /// What goes on when the nodes of others have come as far; one sentence each.
  std::vector<std::string> Waits() const;
  /// Whether etcd's cluster is told something.
  bool TellsPeers() const;
};

/// The plan as its file holds it: one JSON document (docs/formats/plan.md).
std::string PlanText(const Plan& plan);
/// Reads it again. kMalformed with what is wrong; kUnsupported for another major version.
Result<Plan> ReadPlan(const std::string& name, const std::string& text);
/// Digest of the file's bytes: what a journal knows a plan by.
std::string PlanDigest(std::string_view text);

/// Two bytes of a digest for each line.
std::string LineMarks(std::string_view text);

}  // namespace seawall::harden
