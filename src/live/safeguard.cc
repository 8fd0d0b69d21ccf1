#include "live/safeguard.h"

#include <fcntl.h>
#include <fmt/format.h>

#include <chrono>
#include <thread>

#include "base/text.h"
#include "etcd/snapshot_file.h"
#include "harden/root_writer.h"
#include "live/break_glass.h"
#include "live/etcd_doors.h"
#include "live/machine.h"

namespace seawall::live {
namespace {

constexpr uint64_t kSpare = 64u << 20;  ///< that a full disk would take from everybody else
constexpr int kSnapshotMs = 600'000;
constexpr auto kPatience = std::chrono::seconds(30);
constexpr const char* kAttempt = "make a snapshot of etcd";
constexpr const char* kOrWithout =
    "or consent to have none, when there is one elsewhere: --without-snapshot";

std::string Size(uint64_t bytes) {
  return fmt::format("{:.1f} MiB", static_cast<double>(bytes) / (1u << 20));
}

std::unexpected<Error> NoSnapshot(std::string why, const std::string& todo) {
  return Fail(ErrorCode::kUsage, kAttempt, "", std::move(why), todo + ", " + kOrWithout);
}

/// How much may come: what the folder's file system has, but for a spare.
Result<uint64_t> Room(const harden::RootWriter& writer, const std::string& folder, uint64_t size) {
  auto free = writer.Free(folder);
  if (!free) return std::unexpected(free.error());
  const uint64_t most = *free > kSpare ? *free - kSpare : 0;
  if (size > most)
    return NoSnapshot(
        fmt::format("it needs {} below {}, where {} are free, and {} have to stay free", Size(size),
                    harden::kJournalFolder, Size(*free), Size(kSpare)),
        "make room");
  return most;
}

/// The nearest folder that is there.
Result<uint64_t> RoomNow(const harden::RootWriter& writer, uint64_t size) {
  for (const char* folder : {harden::kJournalFolder, "/var/lib", "/"}) {
    auto seen = writer.Look(folder, harden::LookAt::kStat);
    if (seen && seen->folder) return Room(writer, folder, size);
  }
  return NoSnapshot("there is no /var/lib", "make it");
}

/// An API server that is not ready for a moment is no reason: only one that stays so.
template <typename Ask>
auto WithPatience(Ask ask) {
  const auto until = std::chrono::steady_clock::now() + kPatience;
  for (;;) {
    auto answer = ask();
    if (answer || answer.error().code != ErrorCode::kIo || std::chrono::steady_clock::now() > until)
      return answer;
    std::this_thread::sleep_for(std::chrono::seconds(1));
  }
}

}  // namespace

struct Safeguard::Glass {
  BreakGlass credential;
};

Safeguard::Safeguard(SafeguardOptions options) : options_(std::move(options)) {}
Safeguard::~Safeguard() = default;

Result<void> Safeguard::CheckEtcd(const cluster::Node& node) {
  auto opened = OpenEtcd(node);
  if (!opened) return NoSnapshot(opened.error().why, "let this node reach it");
  auto writer = harden::RootWriter::Open("/");
  if (!writer) return std::unexpected(writer.error());
  auto room = RoomNow(*writer, opened->status.size);
  if (!room) return std::unexpected(room.error());
  return {};
}

Result<void> Safeguard::FindGlass(const cluster::Node& node) {
  auto found = WithPatience([&] { return FindBreakGlass(node, options_.break_glass); });
  if (!found) return std::unexpected(found.error());
  glass_ = std::make_unique<Glass>(std::move(*found));
  return {};
}

Result<void> Safeguard::Check(const harden::Plan& plan) {
  if (!harden::SafetyOf(plan).needed()) return {};
  auto node = ReadMachine(options_.read);
  if (!node) return std::unexpected(node.error());
  if (!options_.without_break_glass) {
    if (auto found = FindGlass(*node); !found) return found;
  }
  if (options_.without_snapshot) return {};
  return CheckEtcd(*node);
}

Result<std::string> Safeguard::TakeSnapshot(const cluster::Node& node,
                                            const harden::Journal& journal,
                                            const harden::RootWriter& writer) {
  auto opened = OpenEtcd(node);
  if (!opened) return NoSnapshot(opened.error().why, "let this node reach it");
  auto room = Room(writer, journal.Folder(), opened->status.size);
  if (!room) return std::unexpected(room.error());
  const std::string path = journal.Folder() + "/" + harden::kSnapshotName;
  auto file = writer.BeginFile(path);
  if (!file) return std::unexpected(file.error());
  auto size = opened->client->Snapshot(*room, kSnapshotMs,
                                       [&](std::string_view piece) { return file->Add(piece); });
  if (!size) return std::unexpected(size.error());
  if (auto whole = file->Sync(); !whole) return std::unexpected(whole.error());
  auto facts = etcd::ReadSnapshotBack(file->fd(), path);
  if (!facts) return std::unexpected(facts.error());
  auto after = opened->client->Status();
  if (!after) return std::unexpected(after.error());
  if (facts->bytes != *size || facts->revision < opened->status.revision ||
      facts->revision > after->revision)
    return Fail(
        ErrorCode::kMalformed, "read the snapshot back", path,
        fmt::format("its last change is of revision {}, and the member was at {} before and "
                    "at {} after it",
                    facts->revision, opened->status.revision, after->revision),
        "apply again");
  if (auto named = file->Name(); !named) return std::unexpected(named.error());
  return fmt::format("snapshot {} of {}: {} bytes, revision {}, sha256 {}", harden::kSnapshotName,
                     opened->client->where(), facts->bytes, facts->revision, facts->sha256);
}

Result<void> Safeguard::Make(const harden::Plan& plan, const harden::Journal& journal) {
  if (!harden::SafetyOf(plan).needed()) return {};
  auto node = ReadMachine(options_.read);
  if (!node) return std::unexpected(node.error());
  auto writer = harden::RootWriter::Open("/");
  if (!writer) return std::unexpected(writer.error());
  const auto note = [&](const std::string& text) -> Result<void> {
    if (options_.say) options_.say(text);
    return harden::Log(*writer, journal, text);
  };
  std::string glass = "break-glass none: --without-break-glass";
  if (!options_.without_break_glass) {
    if (glass_ == nullptr) {
      if (auto found = FindGlass(*node); !found) return found;
    }
    glass = "break-glass " + Printable(glass_->credential.file) + " opens the cluster";
  }
  if (auto ok = note(glass); !ok) return ok;
  if (options_.without_snapshot) return note("snapshot none: --without-snapshot");
  auto made = TakeSnapshot(*node, journal, *writer);
  if (!made) return std::unexpected(made.error());
  return note(*made);
}

Result<void> Safeguard::StillOpens() {
  if (glass_ == nullptr) return {};
  auto node = ReadMachine(options_.read);
  if (!node) return std::unexpected(node.error());
  return WithPatience([&] { return TryBreakGlass(*node, glass_->credential); });
}

}  // namespace seawall::live
