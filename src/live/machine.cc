#include "live/machine.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "base/text.h"

namespace seawall::live {
namespace {

namespace fs = std::filesystem;

using cluster::Component;
using cluster::RunBy;

constexpr const char* kPodLogs = "/var/log/pods";

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

}  // namespace seawall::live
