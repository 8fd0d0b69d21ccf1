#include "app/harden_watch.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <ctime>
#include <filesystem>
#include <thread>
#include <vector>

#include "app/app.h"
#include "app/harden_live.h"
#include "app/harden_options.h"
#include "app/terminal.h"
#include "base/spawn.h"
#include "harden/apply.h"
#include "harden/root_writer.h"
#include "live/tool.h"

namespace seawall::app {
namespace {

constexpr int kToolSeconds = 20;
constexpr const char* kUnits = "/etc/systemd/system/";

std::string UnitName(const std::string& id) { return "seawall-confirm-" + id + ".service"; }

/// A word of ExecStart= (systemd.service(5), "COMMAND LINES"): neither specifier nor variable.
std::string UnitWord(const std::string& word) {
  std::string out = "\"";
  for (const char c : word) {
    if (c == '"' || c == '\\') out += '\\';
    if (c == '%' || c == '$') out += c;
    out += c;
  }
  return out + "\"";
}

std::string UnitText(const std::string& id, const std::vector<std::string>& words) {
  std::string command;
  for (const std::string& word : words) command += " " + UnitWord(word);
  // Status 1: something does not come up. Once more at the next start, not all the time.
  return fmt::format(
      "# Removed by seawall as soon as it is confirmed or taken back.\n"
      "[Unit]\n"
      "Description=seawall takes {} back unless somebody confirms it\n"
      "RequiresMountsFor={}\n"
      "StartLimitIntervalSec=600\n"
      "StartLimitBurst=10\n"
      "\n"
      "[Service]\n"
      "ExecStart={}\n"
      "Restart=on-failure\n"
      "RestartSec=5\n"
      "SuccessExitStatus=1\n"
      "\n"
      "[Install]\n"
      "WantedBy=multi-user.target\n",
      id, harden::kJournalFolder, command.substr(1));
}

/// A unit that starts again with the machine.
bool StartUnit(const std::string& id, const std::vector<std::string>& words) {
  const std::string path = kUnits + UnitName(id);
  auto writer = harden::RootWriter::Open("/");
  if (!writer) return false;
  auto seen = writer->Look(path, harden::LookAt::kBytes);
  if (!seen) return false;
  const harden::RootWriter::Replacement unit = {.bytes = UnitText(id, words), .mode = 0644};
  if (!writer->Replace(path, seen->state, unit, ".seawall-confirm-" + id)) return false;
  if (live::RunTool({"systemctl", "enable", "--now", "--quiet", UnitName(id)}, kToolSeconds)
          .status == 0)
    return true;
  ForgetWatcher(id);
  return false;
}

/// A login's end may end everything that it started: systemd keeps a unit of its own.
bool StartTransient(const std::string& id, const std::vector<std::string>& words) {
  std::vector<std::string> unit = {"systemd-run", "--quiet", "--collect", "--unit=" + UnitName(id)};
  unit.insert(unit.end(), words.begin(), words.end());
  return live::RunTool(unit, kToolSeconds).status == 0;
}

Result<int> Watch(const Arguments& arguments, const std::string& id) {
  auto writer = harden::RootWriter::Open("/");
  if (!writer) return std::unexpected(writer.error());
  for (;; std::this_thread::sleep_for(std::chrono::seconds(1))) {
    auto journal = harden::LoadJournal(*writer, id);
    if (!journal) return std::unexpected(journal.error());
    if (journal->stage != harden::Stage::kWaiting && !harden::IsOpen(*journal)) return kExitClean;
    if (std::time(nullptr) < harden::ConfirmUntil(*journal)) continue;
    auto session = LiveSession::Open(arguments);
    if (!session) return std::unexpected(session.error());
    harden::RollbackOptions options;
    options.id = id;
    options.unconfirmed = true;
    options.now = std::time(nullptr);
    options.keeper = &(*session)->keeper();
    auto applied = harden::RollBack("/", options);
    // Whoever holds the lock works on it: an apply that is slow, or a rollback by hand.
    if (!applied && applied.error().code == ErrorCode::kPermission) continue;
    if (!applied) return std::unexpected(applied.error());
    return applied->ended == harden::Ended::kStuck ? kExitFindings : kExitClean;
  }
}

}  // namespace

Result<void> StartWatcher(const Arguments& arguments, const harden::Journal& journal) {
  std::error_code error;
  const std::string self = std::filesystem::read_symlink("/proc/self/exe", error).string();
  std::vector<std::string> words = {self, "harden", "watch", journal.id};
  for (const char* option : {"settle", "ready-within"}) {
    if (arguments.Has(option))
      words.insert(words.end(), {std::string("--") + option, arguments.Get(option)});
  }
  if (std::filesystem::exists("/run/systemd/system")) {
    if (StartUnit(journal.id, words)) return {};
    SayOnStderr("a reboot will forget to take it back: no unit could be put into " +
                std::string(kUnits));
    if (StartTransient(journal.id, words)) return {};
  } else {
    SayOnStderr("a reboot will forget to take it back: systemd does not run here");
  }
  pid_t pid = -1;
  const int failed =
      Spawn(words, {.errors = SpawnOptions::kNothing, .program = self, .folder = "/"}, pid);
  if (failed != 0)
    return Fail(ErrorCode::kIo, "start what waits for the confirmation", self,
                std::generic_category().message(failed),
                "nothing was changed; without --confirm there is nothing to wait for");
  return {};
}

void ForgetWatcher(const std::string& id) {
  const std::string path = kUnits + UnitName(id);
  std::error_code error;
  if (!std::filesystem::exists(path, error)) return;
  live::RunTool({"systemctl", "disable", "--quiet", UnitName(id)}, kToolSeconds);
  if (auto writer = harden::RootWriter::Open("/")) (void)writer->Remove(path, false);
  live::RunTool({"systemctl", "daemon-reload"}, kToolSeconds);
}

Result<int> RunHardenWatch(const Arguments& arguments) {
  if (arguments.positional.size() < 2)
    return Fail(ErrorCode::kUsage, "watch", "", "no journal was named",
                "apply --confirm starts this by itself");
  auto ended = Watch(arguments, arguments.positional[1]);
  // What could not be taken back is tried again when the machine starts the next time.
  if (ended && *ended == kExitClean) ForgetWatcher(arguments.positional[1]);
  return ended;
}

Result<int> RunHardenConfirm(const Arguments& arguments) {
  auto root = HardenRoot(arguments);
  if (!root) return std::unexpected(root.error());
  const std::string id = arguments.positional.size() > 1 ? arguments.positional[1] : "";
  auto confirmed = harden::Confirm(*root, id, std::time(nullptr));
  if (!confirmed) return std::unexpected(confirmed.error());
  if (IsLive(arguments, *root)) ForgetWatcher(*confirmed);
  if (auto ok = WriteOut(fmt::format("confirmed {}\n", *confirmed)); !ok)
    return std::unexpected(ok.error());
  return kExitClean;
}

}  // namespace seawall::app
