#include "harden/journal.h"

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <sys/file.h>

#include <algorithm>

#include "base/file_error.h"
#include "base/text.h"
#include "harden/change_json.h"
#include "harden/system_calls.h"

namespace seawall::harden {
namespace {

constexpr const char* kVersion = "1.1";
/// Of the API's objects: who knows only files must not take it for one that changed nothing.
constexpr const char* kObjectsVersion = "2.0";
/// The same of what etcd's cluster was told: files alone do not take it back.
constexpr const char* kPeersVersion = "3.0";
constexpr const char* kPlanFile = "/plan.json";
constexpr const char* kLockFile = "/var/lib/seawall/lock";
constexpr size_t kMostHolder = 1u << 20;
constexpr const char* kRunLockFile = "/run/seawall/lock";

std::string IdOf(const std::string& plan_digest, int64_t now) {
  return fmt::format("{:%Y%m%dT%H%M%SZ}-{}", fmt::gmtime(static_cast<std::time_t>(now)),
                     plan_digest.substr(0, 8));
}

Result<void> PutFile(const RootWriter& writer, const std::string& path, std::string bytes) {
  auto now = writer.Look(path, LookAt::kBytes);
  if (!now) return std::unexpected(now.error());
  const std::string temporary = "." + path.substr(path.rfind('/') + 1) + ".tmp";
  return writer.Replace(path, now->state, {std::move(bytes), 0600, geteuid(), getegid(), -1},
                        temporary);
}

/// The folder and those above it; itself private to root.
Result<void> MakeFolders(const RootWriter& writer, const std::string& folder) {
  for (size_t end = 1; end <= folder.size(); ++end) {
    if (end != folder.size() && folder[end] != '/') continue;
    const std::string path = folder.substr(0, end);
    auto seen = writer.Look(path, LookAt::kStat);
    // A link on the way is followed as everything in the root is.
    if (!seen && seen.error().code != ErrorCode::kEscapes) return std::unexpected(seen.error());
    if (!seen || seen->state.exists) continue;
    auto made = writer.MakeFolder(path, end == folder.size() ? 0700 : 0755, geteuid(), getegid());
    if (!made) return made;
  }
  return {};
}

const char* VersionOf(const Journal& journal) {
  if (!journal.objects.empty()) return kObjectsVersion;
  const bool tells = std::ranges::any_of(
      journal.steps, [](const JournalStep& step) { return step.peers.has_value(); });
  return tells ? kPeersVersion : kVersion;
}

std::string JournalText(const Journal& journal) {
  JsonOut out;
  out.OpenObject();
  out.Field("schemaVersion", VersionOf(journal));
  out.Field("kind", "seawall-journal");
  out.Field("id", journal.id);
  out.Field("root", journal.root);
  out.Field("node", journal.node);
  out.Field("plan", journal.plan_digest);
  out.Field("made", TimeText(journal.made));
  out.Key("changes").OpenArray();
  for (const JournalEntry& entry : journal.entries) {
    out.OpenObject();
    WriteChange(entry.change, out);
    out.Field("sha256After", entry.after.sha256);
    out.Field("modified", fmt::format("{}", entry.modified_ns));
    out.Field("step", uint64_t{entry.step});
    out.CloseObject();
  }
  out.CloseArray();
  if (!journal.objects.empty()) out.Key("objects").OpenArray();
  for (const JournalObject& object : journal.objects) {
    out.OpenObject();
    out.Field("path", object.path);
    out.Field("name", object.name);
    out.CloseObject();
  }
  if (!journal.objects.empty()) out.CloseArray();
  out.Field("proofs", journal.proofs);
  out.Field("live", journal.live);
  out.Field("confirmSeconds", static_cast<uint64_t>(journal.confirm_seconds));
  out.Key("steps").OpenArray();
  for (const JournalStep& step : journal.steps) {
    out.OpenObject();
    out.Field("component", step.component);
    out.Field("instance", step.instance);
    out.Field("restarts", step.restarts);
    if (step.peers) WritePeerUrls(*step.peers, out);
    out.CloseObject();
  }
  out.CloseArray();
  out.CloseObject();
  return out.Take();
}

/// "object 3 changed", "object 3 restored"
void ReadObjectEvent(std::string_view event, Journal& journal) {
  if (!event.starts_with("object ")) return;
  event.remove_prefix(7);
  const auto number = ParseInt(std::string(event.substr(0, event.find(' '))));
  if (!number || *number < 0 || static_cast<size_t>(*number) >= journal.objects.size()) return;
  bool& made = journal.objects[static_cast<size_t>(*number)].made;
  if (event.ends_with(" changed")) made = true;
  if (event.ends_with(" restored")) made = false;
}

/// "step 2 announcing", "step 2 withdrawn"
void ReadStepEvent(std::string_view event, Journal& journal) {
  if (!event.starts_with("step ")) return;
  event.remove_prefix(5);
  const auto number = ParseInt(std::string(event.substr(0, event.find(' '))));
  if (!number || *number < 0 || static_cast<size_t>(*number) >= journal.steps.size()) return;
  bool& announced = journal.steps[static_cast<size_t>(*number)].announced;
  if (event.ends_with(" announcing")) announced = true;
  if (event.ends_with(" withdrawn")) announced = false;
}

void ReadLines(const std::string& log, Journal& journal) {
  Stage& stage = journal.stage;
  for (const std::string_view line : Split(log, '\n')) {
    const size_t space = line.find(' ');
    const std::string_view event =
        space == std::string_view::npos ? std::string_view() : line.substr(space + 1);
    if (const int64_t moment = SecondsOf(line.substr(0, space)); moment != 0)
      journal.last_logged = moment;
    ReadObjectEvent(event, journal);
    ReadStepEvent(event, journal);
    if (event == "guarded") journal.guarded = true;
    if (event.starts_with("snapshot ")) journal.snapshot = event.substr(9);
    if (event.starts_with("break-glass ")) journal.break_glass = event.substr(12);
    if (event == "applied") stage = journal.confirm_seconds > 0 ? Stage::kWaiting : Stage::kApplied;
    if (event == "confirmed") stage = Stage::kApplied;
    if (event == "rolling-back") stage = Stage::kRollingBack;
    if (event == "rolled-back") stage = Stage::kRolledBack;
    if (event == "rolled-back-partly") stage = Stage::kPartly;
    if (event == "resumed") stage = Stage::kBegun;
  }
}

std::unexpected<Error> Broken(const std::string& id, std::string why) {
  return Fail(ErrorCode::kMalformed, "read the journal", id, std::move(why),
              "seawall harden fsck says what is wrong with it");
}

bool IsOneOf(uint32_t is, uint32_t a, uint32_t b) { return is == a || is == b; }

}  // namespace

const char* ToString(Stage stage) {
  switch (stage) {
    case Stage::kBegun:
      return "interrupted";
    case Stage::kApplied:
      return "applied";
    case Stage::kWaiting:
      return "applied, not confirmed";
    case Stage::kRollingBack:
      return "rollback interrupted";
    case Stage::kRolledBack:
      return "rolled back";
    case Stage::kPartly:
      return "rolled back in part";
  }
  return "";
}

Journal EmptyJournal(const std::string& plan_digest, int64_t now) {
  Journal journal;
  journal.id = IdOf(plan_digest, now);
  journal.plan_digest = plan_digest;
  journal.made = now;
  return journal;
}

Journal MakeJournal(const Plan& plan, const std::string& plan_digest, int64_t now) {
  Journal journal = EmptyJournal(plan_digest, now);
  journal.root = plan.root;
  journal.node = plan.node;
  for (size_t i = 0; i < plan.steps.size(); ++i) {
    const Step& step = plan.steps[i];
    journal.steps.push_back({step.component, step.instance, !step.restart.empty(), step.peers});
    for (const PlannedChange& planned : plan.steps[i].changes) {
      JournalEntry entry;
      entry.change = planned.change;
      entry.step = i;
      journal.entries.push_back(std::move(entry));
      for (const FindingName& name : planned.cures) {
        if (std::ranges::find(journal.proofs, name.rule) == journal.proofs.end())
          journal.proofs.push_back(name.rule);
      }
    }
  }
  return journal;
}

Result<void> StoreJournal(const RootWriter& writer, const Journal& journal,
                          const std::vector<std::string>& before, const std::string& plan) {
  if (auto made = MakeFolders(writer, kJournalFolder); !made) return made;
  // Whoever made them may have been killed before their names were on the disk.
  const std::string above = kJournalFolder;
  for (size_t end = above.find('/', 1); end != std::string::npos; end = above.find('/', end + 1)) {
    if (auto settled = writer.Settle(above.substr(0, end)); !settled) return settled;
  }
  if (auto settled = writer.Settle(above); !settled) return settled;
  auto folder = writer.MakeFolder(journal.Folder(), 0700, geteuid(), getegid());
  if (!folder) return folder;
  for (size_t i = 0; i < journal.entries.size(); ++i) {
    if (journal.entries[i].change.edits.empty()) continue;
    auto put = PutFile(writer, journal.Folder() + "/" + journal.BeforeName(i), before[i]);
    if (!put) return put;
  }
  if (!plan.empty()) {
    if (auto put = PutFile(writer, journal.Folder() + kPlanFile, plan); !put) return put;
  }
  return PutFile(writer, journal.Folder() + "/journal.json", JournalText(journal));
}

Result<std::optional<std::string>> StoredPlanOf(const RootWriter& writer, const Journal& journal) {
  auto seen = writer.Look(journal.Folder() + kPlanFile, LookAt::kBytes);
  if (!seen) return std::unexpected(seen.error());
  if (!seen->regular || PlanDigest(seen->bytes) != journal.plan_digest) return std::nullopt;
  return std::optional(std::move(seen->bytes));
}

Result<Journal> LoadJournal(const RootWriter& writer, const std::string& id) {
  if (!IsJournalId(id)) return Broken(Printable(id), "this is no journal's name");
  Journal journal;
  journal.id = id;
  auto seen = writer.Look(journal.Folder() + "/journal.json", LookAt::kBytes);
  if (!seen) return std::unexpected(seen.error());
  if (!seen->regular)
    return Fail(ErrorCode::kNotFound, "read the journal", id, "there is no such journal",
                "seawall harden history lists them");
  auto stream = yaml::Parse(journal.Folder() + "/journal.json", seen->bytes);
  if (!stream) return std::unexpected(stream.error());
  const yaml::Value root = stream->root(0);
  if (root["kind"].text() != "seawall-journal") return Broken(id, "it is no journal");
  const std::string& version = root["schemaVersion"].text();
  const bool known =
      version.starts_with("1.") || version.starts_with("2.") || version.starts_with("3.");
  if (!known)
    return Fail(ErrorCode::kUnsupported, "read the journal", id,
                "it was written by a seawall of another version", "use that seawall");
  journal.root = root["root"].text();
  journal.node = root["node"].text();
  journal.plan_digest = root["plan"].text();
  journal.made = SecondsOf(root["made"].text());
  for (const yaml::Value item : root["changes"].Items()) {
    auto change = ReadChange(item);
    if (!change) return std::unexpected(change.error());
    JournalEntry entry;
    entry.change = std::move(*change);
    entry.after = {true, item["sha256After"].text(), entry.change.mode, entry.change.uid,
                   entry.change.gid};
    entry.modified_ns = ParseInt(item["modified"].text()).value_or(0);
    entry.step = static_cast<size_t>(item["step"].AsInt().value_or(0));
    journal.entries.push_back(std::move(entry));
  }
  for (const yaml::Value item : root["objects"].Items())
    journal.objects.push_back({item["path"].text(), item["name"].text()});
  if (version.starts_with("2.") && journal.objects.empty())
    return Broken(id, "it does not say which objects were changed");
  for (const yaml::Value item : root["proofs"].Items()) journal.proofs.push_back(item.text());
  journal.live = root["live"].AsBool().value_or(false);
  journal.confirm_seconds = root["confirmSeconds"].AsInt().value_or(0);
  for (const yaml::Value item : root["steps"].Items()) {
    journal.steps.push_back({item["component"].text(), item["instance"].text(),
                             item["restarts"].AsBool().value_or(false)});
    const yaml::Value told = item["peerURLs"];
    if (!told.exists()) continue;
    auto peers = ReadPeerUrls(told);
    if (!peers) return Broken(id, peers.error().why);
    journal.steps.back().peers = std::move(*peers);
  }
  if (auto log = ReadLog(writer, journal); !log) return std::unexpected(log.error());
  return journal;
}

Result<void> ReadLog(const RootWriter& writer, Journal& journal) {
  auto log = writer.Look(journal.Folder() + "/log", LookAt::kBytes);
  if (!log) return std::unexpected(log.error());
  ReadLines(log->bytes, journal);
  return {};
}

bool IsJournalId(std::string_view name) {
  return name.size() == 25 && name[8] == 'T' && name[15] == 'Z' && name[16] == '-' &&
         std::ranges::all_of(name, [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || c == 'T' || c == 'Z' ||
                  c == '-';
         });
}

bool HasJournal(const RootWriter& writer, const std::string& folder) {
  auto journal = writer.Look(folder + "/journal.json", LookAt::kStat);
  if (!journal || journal->regular) return true;
  // The log is begun behind the journal: without it, something was lost.
  auto log = writer.Look(folder + "/log", LookAt::kStat);
  return !log || log->state.exists;
}

Result<std::vector<std::string>> JournalIds(const RootWriter& writer) {
  auto names = writer.Names(kJournalFolder, "");
  if (!names) {
    if (names.error().code == ErrorCode::kNotFound) return std::vector<std::string>();
    return names;
  }
  std::vector<std::string> ids;
  for (const std::string& name : *names) {
    if (!IsJournalId(name)) continue;
    if (HasJournal(writer, std::string(kJournalFolder) + "/" + name)) ids.push_back(name);
  }
  return ids;
}

Result<std::string> BytesBefore(const RootWriter& writer, const Journal& journal, size_t entry) {
  const std::string path = journal.Folder() + "/" + journal.BeforeName(entry);
  auto seen = writer.Look(path, LookAt::kBytes);
  if (!seen) return std::unexpected(seen.error());
  if (!seen->regular || seen->state.sha256 != journal.entries[entry].change.before.sha256)
    return Broken(journal.id, journal.BeforeName(entry) + " is not what was stored");
  return std::move(seen->bytes);
}

Result<void> Log(const RootWriter& writer, const Journal& journal, const std::string& event) {
  const std::string time = TimeText(static_cast<int64_t>(::time(nullptr)));
  // The feed before it ends a line that an interruption tore.
  return writer.Append(journal.Folder() + "/log", fmt::format("\n{} {}\n", time, event));
}

Result<Standing> StandingOf(const RootWriter& writer, const JournalEntry& entry) {
  const FileState& before = entry.change.before;
  const FileState& after = entry.after;
  const bool bytes = !entry.change.edits.empty() || (!before.exists && !entry.change.folder);
  auto seen = writer.Look(entry.change.path, bytes ? LookAt::kBytes : LookAt::kStat);
  if (!seen) {
    // Neither a link nor what is larger than anything that is read is one of ours.
    const ErrorCode code = seen.error().code;
    if (code == ErrorCode::kEscapes || code == ErrorCode::kTooLarge) return Standing::kForeign;
    return std::unexpected(seen.error());
  }
  const FileState& is = seen->state;
  if (!is.exists) return before.exists ? Standing::kForeign : Standing::kBefore;
  if (seen->folder != entry.change.folder && (bytes || entry.change.folder))
    return Standing::kForeign;
  if (is.sha256 == after.sha256 && is.mode == after.mode && is.uid == after.uid &&
      is.gid == after.gid)
    return Standing::kAfter;
  if (!before.exists)
    // A new folder gets its mode and owner in steps; a new file has them before its name.
    return entry.change.folder ? Standing::kBetween : Standing::kForeign;
  const bool old_bytes = !bytes || is.sha256 == before.sha256;
  if (old_bytes && is.mode == before.mode && is.uid == before.uid && is.gid == before.gid)
    return Standing::kBefore;
  const bool half = !bytes && IsOneOf(is.mode & 0777, before.mode & 0777, after.mode & 0777) &&
                    IsOneOf(is.uid, before.uid, after.uid) &&
                    IsOneOf(is.gid, before.gid, after.gid);
  return half ? Standing::kBetween : Standing::kForeign;
}

bool IsOpen(const Journal& journal) {
  return journal.stage == Stage::kBegun || journal.stage == Stage::kRollingBack;
}

int64_t ConfirmUntil(const Journal& journal) {
  return std::max(journal.made, journal.last_logged) + journal.confirm_seconds;
}

namespace {

/// Whose lock it is and for how long, of the text that the holder wrote into it.
std::string HolderText(const std::string& text, int64_t now) {
  if (text.empty()) return "who cannot be known";
  std::string holder = PrintableShort(text, 200);
  const int64_t since = SecondsOf(std::string_view(text).substr(text.rfind(' ') + 1));
  if (since > 0 && now >= since) holder += fmt::format(" ({} s ago)", now - since);
  return holder;
}

Result<Descriptor> TakeFile(const RootWriter& writer, const std::string& path,
                            const std::string& purpose, int64_t now) {
  auto made = MakeFolders(writer, path.substr(0, path.rfind('/')));
  if (!made) return std::unexpected(made.error());
  auto file = writer.OpenLock(path);
  if (!file) return file;
  if (Again([&] { return flock(file->get(), LOCK_EX | LOCK_NB); }) != 0) {
    std::string holder;
    // What is longer was written by nobody of us: its beginning will do.
    ReadWhole(file->get(), kMostHolder, holder);
    return Fail(ErrorCode::kPermission, "take the lock", path,
                "somebody else is changing this root: " + HolderText(holder, now),
                "wait for it, or end that process: the lock ends with it");
  }
  const std::string text =
      fmt::format("process {}, {}, since {}", getpid(), purpose, TimeText(now));
  if (ftruncate(file->get(), 0) != 0 || lseek(file->get(), 0, SEEK_SET) != 0 ||
      !WriteWhole(file->get(), text))
    return std::unexpected(SystemFileError(errno, "write the lock", path));
  return file;
}

}  // namespace

Result<Lock> Lock::Take(const RootWriter& writer, const std::string& purpose, int64_t now,
                        bool live) {
  auto file = TakeFile(writer, kLockFile, purpose, now);
  if (!file) return std::unexpected(file.error());
  Lock lock(std::move(*file));
  if (live) {
    auto run = TakeFile(writer, kRunLockFile, purpose, now);
    if (!run) return std::unexpected(run.error());
    lock.run_ = std::move(*run);
  }
  return lock;
}

}  // namespace seawall::harden
