#include "harden/working_tree.h"

#include <algorithm>

#include "base/file_error.h"
#include "x509/openssl.h"

namespace seawall::harden {
namespace {

/// What an inserted line or word begins with: "- --flag", "  key".
std::string_view Head(std::string_view text) {
  return text.substr(0, text.find_first_of(":=", text.find_first_not_of(" \r\n-,")));
}

/// Two insertions at one place that can stand side by side.
bool CanStandTogether(const std::string& a, const std::string& b) {
  if (a.empty() || b.empty() || Head(a) == Head(b)) return false;
  const bool lines = a.back() == '\n' && b.back() == '\n';
  const bool same = a.front() == b.front() &&
                    std::string_view(", \n\r").find(a.front()) != std::string_view::npos;
  return lines || (same && a.back() != '\n' && b.back() != '\n');
}

bool Collide(const Edit& a, const Edit& b) {
  if (a.offset == b.offset)
    return a.length != 0 || b.length != 0 || !CanStandTogether(a.replacement, b.replacement);
  const Edit& first = a.offset < b.offset ? a : b;
  const Edit& second = a.offset < b.offset ? b : a;
  return first.offset + first.length > second.offset;
}

std::unexpected<Error> NextRound(const std::string& path) {
  return Fail(ErrorCode::kLimit, "edit the file", path, "something else in this place comes first");
}

FileStat StatOfChange(FileStat stat, const FileChange& change) {
  stat.mode = change.mode;
  stat.uid = change.uid;
  stat.gid = change.gid;
  return stat;
}

}  // namespace

PieceTable::PieceTable(std::string original) : original_(std::move(original)) {
  pieces_.push_back({false, 0, original_.size(), ""});
}

size_t PieceTable::SplitAt(size_t offset) {
  size_t at = 0;
  for (size_t i = 0; i < pieces_.size(); ++i) {
    if (at == offset) return i;
    Piece& piece = pieces_[i];
    if (offset < at + piece.length) {
      const size_t head = offset - at;
      Piece tail = piece;
      tail.begin += piece.fresh ? 0 : head;
      tail.length -= head;
      if (piece.fresh) tail.text.erase(0, head);
      piece.length = head;
      if (piece.fresh) piece.text.resize(head);
      pieces_.insert(pieces_.begin() + static_cast<std::ptrdiff_t>(i) + 1, std::move(tail));
      return i + 1;
    }
    at += piece.length;
  }
  return pieces_.size();
}

void PieceTable::ApplyOne(const Edit& edit) {
  const size_t from = SplitAt(edit.offset);
  const size_t to = SplitAt(edit.offset + edit.length);
  pieces_.erase(pieces_.begin() + static_cast<std::ptrdiff_t>(from),
                pieces_.begin() + static_cast<std::ptrdiff_t>(to));
  if (edit.replacement.empty()) return;
  pieces_.insert(pieces_.begin() + static_cast<std::ptrdiff_t>(from),
                 {true, 0, edit.replacement.size(), edit.replacement});
}

void PieceTable::Apply(const std::vector<Edit>& edits) {
  for (auto edit = edits.rbegin(); edit != edits.rend(); ++edit) ApplyOne(*edit);
}

std::string PieceTable::Text() const {
  std::string text;
  for (const Piece& piece : pieces_) {
    text += piece.fresh ? piece.text : original_.substr(piece.begin, piece.length);
  }
  return text;
}

std::vector<Edit> PieceTable::Edits() const {
  std::vector<Edit> edits;
  Edit open;
  size_t at = 0;
  const auto close = [&](size_t next) {
    open.offset = at;
    open.length = next - at;
    if (open.length != 0 || !open.replacement.empty()) edits.push_back(std::move(open));
    open = Edit();
  };
  for (const Piece& piece : pieces_) {
    if (piece.fresh) {
      open.replacement += piece.text;
      continue;
    }
    if (piece.length == 0) continue;
    close(piece.begin);
    at = piece.begin + piece.length;
  }
  close(original_.size());
  return edits;
}

WorkingTree::WorkingTree(std::shared_ptr<const Files> base)
    : base_(std::move(base)), overlay_(std::make_shared<OverlayFiles>(base_)) {}

Result<std::string> WorkingTree::Resolve(const Touch& touch) const {
  return RealPath(*overlay_, touch.path);
}

Result<WorkingTree::State*> WorkingTree::StateOf(const std::string& path) {
  const auto known = states_.find(path);
  if (known != states_.end()) return &known->second;
  State state;
  state.change.path = path;
  const auto stat = base_->Stat(path);
  if (!stat) {
    if (stat.error().code != ErrorCode::kNotFound) return std::unexpected(stat.error());
    return &states_.emplace(path, std::move(state)).first->second;
  }
  state.change.folder = stat->type == FileStat::Type::kFolder;
  state.change.before = {true, "", stat->mode, stat->uid, stat->gid};
  state.change.mode = stat->mode;
  state.change.uid = stat->uid;
  state.change.gid = stat->gid;
  state.stat = *stat;
  return &states_.emplace(path, std::move(state)).first->second;
}

Result<void> WorkingTree::LoadText(State& state) const {
  if (state.text) return {};
  auto bytes = base_->Read(state.change.path);
  if (!bytes) return std::unexpected(bytes.error());
  state.change.before.sha256 = x509::Sha256(*bytes);
  state.text = std::make_unique<PieceTable>(std::move(*bytes));
  return {};
}

Result<void> WorkingTree::AddOne(const Touch& touch, const std::string& path) {
  auto found = StateOf(path);
  if (!found) return std::unexpected(found.error());
  State& state = **found;
  FileChange& change = state.change;
  switch (touch.kind) {
    case Touch::Kind::kSplice:
      if (change.before.exists) {
        if (auto loaded = LoadText(state); !loaded) return loaded;
      }
      state.round.push_back(touch.edit);
      break;
    case Touch::Kind::kCreate:
    case Touch::Kind::kFolder:
      change.content = touch.content;
      change.folder = touch.kind == Touch::Kind::kFolder;
      change.mode = touch.mode;
      change.uid = touch.uid;
      change.gid = touch.gid;
      break;
    case Touch::Kind::kMode:
      change.mode = touch.mode;
      break;
    case Touch::Kind::kOwner:
      change.uid = touch.uid;
      change.gid = touch.gid;
      break;
  }
  state.touched = true;
  return {};
}

Result<void> WorkingTree::Add(const Touches& touches) {
  std::vector<std::string> paths;
  for (const Touch& touch : touches) {
    auto path = Resolve(touch);
    // A file in a folder that these very touches make.
    const bool in_new_folder =
        !path && (touch.kind == Touch::Kind::kCreate || touch.kind == Touch::Kind::kFolder) &&
        std::ranges::any_of(touches, [&](const Touch& other) {
          return other.kind == Touch::Kind::kFolder && touch.path.starts_with(other.path + "/");
        });
    if (!path && !in_new_folder) return std::unexpected(path.error());
    paths.push_back(path ? *path : touch.path);
    const auto known = states_.find(paths.back());
    const bool fresh = touch.kind == Touch::Kind::kCreate || touch.kind == Touch::Kind::kFolder;
    if (fresh && (known != states_.end() || overlay_->LinkStat(paths.back()))) {
      // The same new folder may be asked for twice.
      if (touch.kind == Touch::Kind::kFolder) continue;
      return NextRound(paths.back());
    }
    if (known == states_.end()) continue;
    for (const Edit& other : known->second.round) {
      if (touch.kind == Touch::Kind::kSplice && Collide(touch.edit, other))
        return NextRound(paths.back());
    }
  }
  for (size_t i = 0; i < touches.size(); ++i) {
    const bool again = touches[i].kind == Touch::Kind::kFolder &&
                       (states_.contains(paths[i]) || overlay_->LinkStat(paths[i]));
    if (again) continue;
    if (auto added = AddOne(touches[i], paths[i]); !added) return added;
  }
  return {};
}

void WorkingTree::Show(State& state) {
  const FileChange& change = state.change;
  const FileStat stat = StatOfChange(state.stat, change);
  if (change.before.exists && !state.text) return overlay_->PutStat(change.path, stat);
  if (change.folder) return overlay_->PutFolder(change.path, stat);
  overlay_->Put(change.path, state.text ? state.text->Text() : change.content, stat);
}

bool WorkingTree::EndRound() {
  bool any = false;
  for (auto& [path, state] : states_) {
    if (!state.touched) continue;
    any = true;
    state.touched = false;
    if (!state.round.empty()) {
      std::ranges::stable_sort(state.round, [](const Edit& a, const Edit& b) {
        return a.offset != b.offset ? a.offset < b.offset : a.replacement < b.replacement;
      });
      if (state.text) {
        state.text->Apply(state.round);
      } else if (auto content = Splice(state.change.content, state.round)) {
        state.change.content = std::move(*content);
      }
      state.round.clear();
    }
    Show(state);
  }
  return any;
}

std::vector<FileChange> WorkingTree::Changes() const {
  std::vector<FileChange> changes;
  for (const auto& [path, state] : states_) {
    FileChange change = state.change;
    if (state.text) change.edits = state.text->Edits();
    const bool same = change.before.exists && change.edits.empty() &&
                      change.mode == change.before.mode && change.uid == change.before.uid &&
                      change.gid == change.before.gid;
    if (!same) changes.push_back(std::move(change));
  }
  return changes;
}

std::string WorkingTree::Before(const std::string& path) const {
  const auto found = states_.find(path);
  return found == states_.end() || !found->second.text ? "" : found->second.text->original();
}

std::string WorkingTree::After(const std::string& path) const {
  const auto found = states_.find(path);
  if (found == states_.end()) return "";
  return found->second.text ? found->second.text->Text() : found->second.change.content;
}

}  // namespace seawall::harden
