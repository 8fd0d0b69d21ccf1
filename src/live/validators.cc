#include "live/validators.h"

#include <fmt/format.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>

#include "base/text.h"
#include "live/tool.h"

namespace seawall::live {
namespace {

namespace fs = std::filesystem;

using harden::FileChange;

constexpr int kSeconds = 60;
constexpr const char* kFolders[] = {"/usr/lib/systemd/system", "/lib/systemd/system",
                                    "/usr/local/lib/systemd/system", "/etc/systemd/system"};

std::string ReadAll(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  return std::string(std::istreambuf_iterator<char>(in), {});
}

/// "kubelet.service" of its own file and of a drop-in; "" for what is no unit.
std::string UnitOfPath(const std::string& path) {
  if (path.find("/systemd/system/") == std::string::npos) return "";
  const fs::path file(path);
  if (file.extension() == ".service") return file.filename();
  const fs::path folder = file.parent_path().filename();
  return file.extension() == ".conf" && folder.extension() == ".d" ? folder.stem().string() : "";
}

/// A folder of its own that goes again.
class Scratch {
 public:
  Scratch() {
    char name[] = "/tmp/seawall-units-XXXXXX";
    if (mkdtemp(name) != nullptr) path_ = name;
  }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  ~Scratch() {
    std::error_code error;
    if (!path_.empty()) fs::remove_all(path_, error);
  }
  const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

/// The unit with its drop-ins as systemd finds them: later folders hide earlier ones.
void CopyUnit(const std::string& unit, const fs::path& to) {
  std::error_code error;
  for (const char* from : kFolders) {
    fs::copy_file(fs::path(from) / unit, to / unit, fs::copy_options::overwrite_existing, error);
    for (const auto& drop_in : fs::directory_iterator(fs::path(from) / (unit + ".d"), error)) {
      fs::create_directories(to / (unit + ".d"), error);
      fs::copy_file(drop_in.path(), to / (unit + ".d") / drop_in.path().filename(),
                    fs::copy_options::overwrite_existing, error);
    }
  }
}

Result<void> PutChange(const std::string& unit, const FileChange& change, const fs::path& to) {
  const fs::path file(change.path);
  const bool own = file.filename() == unit;
  const fs::path at = own ? to / unit : to / (unit + ".d") / file.filename();
  std::error_code error;
  fs::create_directories(at.parent_path(), error);
  std::string text = change.content;
  if (change.before.exists) {
    auto after = harden::Splice(ReadAll(file), change.edits);
    if (!after) return std::unexpected(after.error());
    text = std::move(*after);
  }
  std::ofstream(at, std::ios::binary) << text;
  return {};
}

Said Verify(const std::string& unit, const fs::path& folder) {
  // The colon at the end: the folders of the system too, for what the unit names.
  return RunTool({"env", fmt::format("SYSTEMD_UNIT_PATH={}:", folder.string()), "systemd-analyze",
                  "verify", "--man=no", (folder / unit).string()},
                 kSeconds);
}

}  // namespace

Result<void> AskValidators(const harden::Plan& plan) {
  std::map<std::string, std::vector<const FileChange*>> units;
  for (const harden::Step& step : plan.steps) {
    for (const harden::PlannedChange& planned : step.changes) {
      const FileChange& change = planned.change;
      const bool bytes = !change.folder && (!change.before.exists || !change.edits.empty());
      if (const std::string unit = UnitOfPath(change.path); bytes && !unit.empty())
        units[unit].push_back(&change);
    }
  }
  if (units.empty() || RunTool({"systemd-analyze", "--version"}, kSeconds).status != 0) return {};
  for (const auto& [unit, changes] : units) {
    const Scratch scratch;
    if (scratch.path().empty()) return {};
    CopyUnit(unit, scratch.path());
    if (Verify(unit, scratch.path()).status != 0) continue;  // it says something already
    for (const FileChange* change : changes) {
      if (auto put = PutChange(unit, *change, scratch.path()); !put) return put;
    }
    const Said said = Verify(unit, scratch.path());
    if (said.status > 0)
      return Fail(ErrorCode::kMalformed, "apply the plan", unit,
                  "systemd-analyze verify: " + PrintableShort(Trim(said.text), 400),
                  "plan fewer rules at once: --rules, --row");
  }
  return {};
}

}  // namespace seawall::live
