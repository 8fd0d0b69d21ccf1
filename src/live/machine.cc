#include "live/machine.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "base/text.h"
#include "live/tool.h"

namespace seawall::live {
namespace {

namespace fs = std::filesystem;

using cluster::Component;
using cluster::RunBy;

constexpr const char* kPodLogs = "/var/log/pods";
constexpr uint64_t kTail = 64u << 10;

/// The end of a file, without what an earlier line may have left in front.
std::string TailOf(const std::string& file) {
  std::ifstream in(file, std::ios::binary | std::ios::ate);
  if (!in) return "";
  const auto size = static_cast<uint64_t>(in.tellg());
  in.seekg(static_cast<std::streamoff>(size > kTail ? size - kTail : 0));
  std::string text(std::istreambuf_iterator<char>(in), {});
  if (size > kTail) text.erase(0, text.find('\n') + 1);
  return text;
}

/// "kube-system_kube-scheduler-": how the kubelet begins the folder of a static pod's logs.
std::string PodPrefix(const Component& component) {
  std::ifstream in(component.where.file, std::ios::binary);
  const std::string text(std::istreambuf_iterator<char>(in), {});
  auto stream = yaml::Parse(component.where.file, text);
  if (!stream || stream->documents() == 0) return "";
  const yaml::Value metadata = stream->root(0)["metadata"];
  const std::string name = metadata["name"].text();
  const std::string space = metadata["namespace"].text();
  if (name.empty()) return "";
  return fmt::format("{}_{}-", space.empty() ? "default" : space, name);
}

fs::file_time_type TimeOf(const fs::path& path) {
  std::error_code error;
  const auto time = fs::last_write_time(path, error);
  return error ? fs::file_time_type::min() : time;
}

/// "0.log" is 0; -1 for anything else.
int AttemptOf(const std::string& name) {
  const size_t dot = name.find('.');
  if (dot == std::string::npos || name.substr(dot) != ".log") return -1;
  return static_cast<int>(ParseInt(name.substr(0, dot)).value_or(-1));
}

/// The log that a container runtime writes: "TIME STREAM TAG TEXT".
std::string WithoutStamps(const std::string& text) {
  std::string out;
  for (const std::string_view line : Split(text, '\n')) {
    size_t at = 0;
    for (int i = 0; i < 3 && at != std::string_view::npos; ++i) {
      at = line.find(' ', at);
      if (at != std::string_view::npos) ++at;
    }
    out.append(at == std::string_view::npos ? line : line.substr(at)).append("\n");
  }
  return out;
}

/// Whether the line may say why.
bool Complains(std::string_view line) {
  constexpr std::string_view kWords[] = {"error",   "fatal",  "panic",  "unknown flag", "failed",
                                         "invalid", "cannot", "in use", "refused",      "no such"};
  const std::string lower = Lower(line);
  return std::ranges::any_of(
      kWords, [&](std::string_view word) { return lower.find(word) != std::string::npos; });
}

std::string LastLines(const std::string& text, size_t count) {
  std::vector<std::string_view> lines;
  for (const std::string_view line : Split(text, '\n')) {
    // Of a component that refuses a flag, the help of all others; of one that was started again,
    // what all of its flags are.
    const bool help = (line.starts_with("  ") && Trim(line).starts_with('-')) ||
                      line.starts_with(std::string(20, ' ')) ||
                      line.find("] FLAG: --") != std::string_view::npos;
    if (!Trim(line).empty() && !help) lines.push_back(line);
  }
  // What is started again and again may just have begun to speak: its last complaint says more.
  size_t end = lines.size();
  while (end > 0 && !Complains(lines[end - 1])) --end;
  if (end == 0 || lines.size() - end < count) end = lines.size();
  std::string out;
  for (size_t i = end > count ? end - count : 0; i < end; ++i) out.append(lines[i]).append("\n");
  return out;
}

/// The latest log of the pod that has anything in it.
std::string PodWords(const Component& component) {
  const PodLog log = FindPodLog(component);
  for (int attempt = log.attempt; attempt >= 0 && attempt > log.attempt - 3; --attempt) {
    const std::string text = TailOf(fmt::format("{}/{}.log", log.folder, attempt));
    if (!text.empty()) return WithoutStamps(text);
  }
  return "";
}

}  // namespace

Result<cluster::Node> ReadMachine(const cluster::ReadOptions& options) {
  auto files = OpenRoot("/");
  if (!files) return std::unexpected(files.error());
  cluster::ReadOptions live = options;
  live.live = true;
  return cluster::ReadNode(std::shared_ptr<const Files>(std::move(*files)), live);
}

const Component* FindComponent(const cluster::Node& node, const std::string& component,
                               const std::string& instance) {
  const Component* bare = nullptr;
  for (const Component& one : node.components) {
    if (cluster::ToString(one.kind) != component) continue;
    if (one.instance == instance) return &one;
    if (one.run_by == RunBy::kProcess) bare = &one;
  }
  return instance.starts_with("pid ") ? bare : nullptr;
}

std::optional<Incarnation> IncarnationOf(const Component* component) {
  if (component == nullptr || !component->process) return std::nullopt;
  return Incarnation{component->process->pid, component->process->started_ns};
}

std::string Differs(const Component& component) {
  for (const cluster::Problem& problem : component.problems) {
    if (problem.kind == cluster::Problem::Kind::kDrift ||
        problem.kind == cluster::Problem::Kind::kStale)
      return problem.text;
  }
  return "";
}

int64_t LastChange(const std::vector<std::string>& files) {
  int64_t latest = 0;
  for (const std::string& file : files) {
    struct stat stat;
    if (::stat(file.c_str(), &stat) != 0) continue;
    latest = std::max(latest, int64_t{stat.st_ctim.tv_sec} * 1000000000 + stat.st_ctim.tv_nsec);
  }
  return latest;
}

PodLog FindPodLog(const Component& component) {
  PodLog log;
  const std::string prefix =
      component.run_by == RunBy::kStaticPod ? PodPrefix(component) : std::string();
  if (prefix.empty()) return log;
  auto newest = fs::file_time_type::min();
  std::error_code error;
  for (const auto& pod : fs::directory_iterator(kPodLogs, error)) {
    if (!pod.path().filename().string().starts_with(prefix)) continue;
    for (const auto& container : fs::directory_iterator(pod.path(), error)) {
      const auto time = TimeOf(container.path());
      if (time < newest) continue;
      newest = time;
      log.folder = container.path().string();
    }
  }
  for (const auto& file : fs::directory_iterator(log.folder, error))
    log.attempt = std::max(log.attempt, AttemptOf(file.path().filename().string()));
  return log;
}

std::string ErrorFileOf(int pid) {
  std::error_code error;
  const fs::path file = fs::read_symlink(fmt::format("/proc/{}/fd/2", pid), error);
  return !error && fs::is_regular_file(file, error) ? file.string() : "";
}

std::string LastWords(const Component& component, const std::string& file, size_t lines) {
  if (component.run_by == RunBy::kStaticPod) return LastLines(PodWords(component), lines);
  std::string text;
  if (component.run_by == RunBy::kSystemd && fs::exists("/run/systemd/system")) {
    const std::string unit = component.instance.substr(0, component.instance.find(' '));
    // Room for all of the lines: one component's help alone has 58 kB, and the end is what counts.
    const Said said =
        RunTool({"journalctl", "--unit", unit, "--lines", "500", "--output", "cat", "--no-pager"},
                ToolOptions{.timeout_seconds = 10, .most = 1u << 20});
    if (said.status == 0) text = said.text;
  }
  if (text.empty() && !file.empty()) text = TailOf(file);
  return LastLines(text, lines);
}

}  // namespace seawall::live
