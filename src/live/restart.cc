#include "live/restart.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <thread>

#include "base/spawn.h"
#include "base/text.h"
#include "live/tool.h"

namespace seawall::live {
namespace {

namespace fs = std::filesystem;

using cluster::Component;
using cluster::RunBy;

constexpr int kToolSeconds = 120;
constexpr int kMostRestarts = 2;

std::unexpected<Error> Failed(std::string attempt, std::string where, std::string why) {
  return Fail(ErrorCode::kIo, std::move(attempt), std::move(where), std::move(why), "");
}

std::vector<std::string> NulTexts(const std::string& file) {
  std::ifstream in(file, std::ios::binary);
  std::vector<std::string> texts;
  for (std::string text; std::getline(in, text, '\0');) texts.push_back(std::move(text));
  return texts;
}

bool IsGone(int pid) {
  if (kill(pid, 0) != 0 && errno == ESRCH) return true;
  // A process that nobody has waited for yet runs no more.
  std::ifstream in(fmt::format("/proc/{}/stat", pid));
  const std::string stat(std::istreambuf_iterator<char>(in), {});
  const size_t paren = stat.rfind(')');
  return paren == std::string::npos || stat.substr(paren).starts_with(") Z");
}

}  // namespace

std::string UnitOf(const Component& component) {
  return component.instance.substr(0, component.instance.find(' '));
}

How HowOf(const Component& component, const harden::StepWork& step) {
  switch (component.run_by) {
    case RunBy::kStaticPod: {
      // Its folder may be a link, and a step's files are named as they really lie.
      std::error_code error;
      const std::string real = fs::weakly_canonical(component.where.file, error).string();
      const bool manifest = std::ranges::any_of(step.files, [&](const std::string& file) {
        return file == component.where.file || file == real;
      });
      return manifest ? How::kManifest : How::kContainer;
    }
    case RunBy::kSystemd:
      return fs::exists("/run/systemd/system") ? How::kUnit : How::kEnded;
    default:
      return How::kByHand;
  }
}

const char* ToString(How how) {
  switch (how) {
    case How::kManifest:
      return "its manifest is new: the kubelet replaces the pod";
    case How::kContainer:
      return "its process is ended: the kubelet starts the container again";
    case How::kUnit:
      return "systemctl restart";
    case How::kEnded:
      return "its process is ended: what keeps the unit starts it again";
    case How::kByHand:
      return "to be restarted by hand";
  }
  return "";
}

Result<Launch> LaunchOf(int pid) {
  const std::string folder = fmt::format("/proc/{}/", pid);
  Launch launch;
  std::error_code error;
  launch.program = fs::read_symlink(folder + "exe", error).string();
  if (error) return Failed("look at the process", folder, error.message());
  launch.folder = fs::read_symlink(folder + "cwd", error).string();
  launch.arguments = NulTexts(folder + "cmdline");
  launch.environment = NulTexts(folder + "environ");
  launch.output = Descriptor(open((folder + "fd/1").c_str(), O_WRONLY | O_APPEND | O_CLOEXEC));
  launch.errors = Descriptor(open((folder + "fd/2").c_str(), O_WRONLY | O_APPEND | O_CLOEXEC));
  return launch;
}

Result<void> Start(const Launch& launch) {
  const auto given = [](const Descriptor& fd) { return fd ? fd.get() : SpawnOptions::kNothing; };
  pid_t pid = -1;
  const int failed = Spawn(launch.arguments,
                           {.output = given(launch.output),
                            .errors = given(launch.errors),
                            .program = launch.program,
                            .folder = launch.folder,
                            .environment = &launch.environment},
                           pid);
  if (failed != 0)
    return Failed("start it again", launch.program, std::generic_category().message(failed));
  return {};
}

Result<void> EndProcess(int pid, int grace_seconds) {
  using Clock = std::chrono::steady_clock;
  if (kill(pid, SIGTERM) != 0 && errno != ESRCH)
    return Failed("end the process", fmt::format("process {}", pid),
                  std::generic_category().message(errno));
  const auto grace = Clock::now() + std::chrono::seconds(grace_seconds);
  const auto until = grace + std::chrono::seconds(10);
  bool killed = false;
  while (!IsGone(pid)) {
    if (Clock::now() > until)
      return Failed("end the process", fmt::format("process {}", pid), "it does not end");
    if (!killed && Clock::now() > grace) killed = kill(pid, SIGKILL) == 0;
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
  return {};
}

Result<void> RestartUnit(const std::string& unit) {
  RunTool({"systemctl", "reset-failed", unit}, kToolSeconds);
  const Said reload = RunTool({"systemctl", "daemon-reload"}, kToolSeconds);
  if (reload.status != 0)
    return Failed("tell systemd about the unit", unit, PrintableShort(Trim(reload.text), 300));
  // Whether it stays up is looked at by whoever asked; a unit of Type=notify may never be ready.
  const Said said = RunTool({"systemctl", "restart", "--no-block", unit}, kToolSeconds);
  if (said.status != 0)
    return Failed("restart the unit", unit, PrintableShort(Trim(said.text), 300));
  return {};
}

std::string UnitFailure(const std::string& unit) {
  const Said said =
      RunTool({"systemctl", "show", "--property", "ActiveState,Result,NRestarts", unit}, 10);
  bool failed = false;
  for (const std::string_view line : Split(said.text, '\n')) {
    failed = failed || line == "ActiveState=failed";
    if (line.starts_with("NRestarts="))
      failed = failed || ParseInt(line.substr(10)).value_or(0) >= kMostRestarts;
  }
  if (said.status != 0 || !failed) return "";
  return "systemd says that it does not stay up: " + Join(Split(Trim(said.text), '\n'), ", ");
}

}  // namespace seawall::live
