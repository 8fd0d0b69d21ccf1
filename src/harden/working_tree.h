// WorkingTree: a tree while a plan is made. Touches are put together to one change of each file,
// whose edits speak of the untouched bytes however many rounds it took to find them.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "harden/change.h"
#include "harden/overlay.h"
#include "harden/touch.h"

namespace seawall::harden {

/// A text as pieces of the untouched one and what was put between them.
class PieceTable {
 public:
  explicit PieceTable(std::string original);
  /// `edits` ascending, not overlapping, in offsets of the text as it is now.
  void Apply(const std::vector<Edit>& edits);
  std::string Text() const;
  const std::string& original() const { return original_; }
  /// The edits that make the text out of the untouched one, ascending.
  std::vector<Edit> Edits() const;

 private:
  struct Piece {
    bool fresh = false;
    size_t begin = 0;  ///< in the untouched text
    size_t length = 0;
    std::string text;  ///< of a fresh piece
  };
  void ApplyOne(const Edit& edit);
  size_t SplitAt(size_t offset);

  std::string original_;
  std::vector<Piece> pieces_;
};

class WorkingTree {
 public:
  explicit WorkingTree(std::shared_ptr<const Files> base);

  /// Takes all of the touches into this round, or none: kLimit when one of them speaks of bytes (or
  /// a file) that another touch of this round has changed, so that it has to be asked for again in
  /// the next round. Other errors: a path that leads nowhere, or through a circle.
  Result<void> Add(const Touches& touches);
  /// Ends the round: `files` shows its touches. False when there were none.
  bool EndRound();
  /// The tree as of the last round's end.
  std::shared_ptr<const Files> files() const { return overlay_; }

  /// What became of each file, by path; folders before what lies in them.
  std::vector<FileChange> Changes() const;
  /// The bytes of a changed file before and after.
  std::string Before(const std::string& path) const;
  std::string After(const std::string& path) const;

 private:
  struct State {
    FileChange change;
    std::unique_ptr<PieceTable> text;  ///< of a file that was there
    FileStat stat;                     ///< before
    std::vector<Edit> round;
    bool touched = false;  ///< in this round
  };
  Result<State*> StateOf(const std::string& path);
  /// The bytes are read when they are to be edited only: a private key's stay where they are.
  Result<void> LoadText(State& state) const;
  Result<std::string> Resolve(const Touch& touch) const;
  Result<void> AddOne(const Touch& touch, const std::string& path);
  void Show(State& state);

  std::shared_ptr<const Files> base_;
  std::shared_ptr<OverlayFiles> overlay_;
  std::map<std::string, State> states_;
};

}  // namespace seawall::harden
