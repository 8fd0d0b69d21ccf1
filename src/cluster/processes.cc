#include "cluster/processes.h"

#include <algorithm>

#include "base/text.h"
#include "cluster/proc_mounts.h"
#include "cluster/wrappers.h"
#include "fmt/format.h"

namespace seawall::cluster {
namespace {

constexpr uint64_t kProcLimit = 4u << 20;  // argv and environment are bounded by the kernel to less
constexpr int64_t kTicks =
    100;  // USER_HZ: what /proc/PID/stat counts in, the same on every architecture
constexpr int64_t kSecond = 1000000000;

/// Strings that end with a NUL each.
std::vector<std::pair<std::string, size_t>> Strings(const std::string& bytes) {
  std::vector<std::pair<std::string, size_t>> strings;
  for (size_t at = 0; at < bytes.size();) {
    const size_t end = std::min(bytes.find('\0', at), bytes.size());
    strings.emplace_back(bytes.substr(at, end - at), at);
    at = end + 1;
  }
  return strings;
}

/// A field of /proc/PID/stat, counted from 1; the second, the name in parentheses, may hold
/// anything.
std::optional<int64_t> StatField(const std::string& stat, size_t field) {
  const size_t name_end = stat.rfind(')');
  if (name_end == std::string::npos || field < 3) return std::nullopt;
  const std::vector<std::string_view> fields =
      Split(Trim(std::string_view(stat).substr(name_end + 1)), ' ');
  if (fields.size() < field - 2) return std::nullopt;
  return ParseInt(fields[field - 3]);
}

class ProcReader {
 public:
  explicit ProcReader(const Node& node) : files_(*node.files) {}

  ProcessList Read() {
    ProcessList list;
    const auto entries = files_.List("/proc");
    if (!entries) {
      list.unreadable = entries.error();
      return list;
    }
    ReadBootTime();
    if (const auto mounts = files_.Read("/proc/1/mountinfo", kProcLimit)) {
      node_mounts_ = *mounts;
    } else if (const auto own = files_.Read("/proc/self/mountinfo", kProcLimit)) {
      node_mounts_ = *own;
    }
    std::vector<int> pids;
    for (const FolderEntry& entry : *entries) {
      const auto pid = ParseInt(entry.name);
      if (pid && *pid > 0 && *pid < 1 << 30 && entry.name[0] != '+')
        pids.push_back(static_cast<int>(*pid));
    }
    std::sort(pids.begin(), pids.end());
    for (const int pid : pids) ReadProcess(pid, list);
    return list;
  }

 private:
  void ReadBootTime() {
    const auto stat = files_.Read("/proc/stat", kProcLimit);
    if (!stat) return;
    const size_t at = stat->find("\nbtime ");
    if (at == std::string::npos) return;
    const size_t end = stat->find('\n', at + 1);
    boot_ = ParseInt(Trim(
        std::string_view(*stat).substr(at + 7, end == std::string::npos ? end : end - at - 7)));
  }

  void ReadProcess(int pid, ProcessList& list) {
    const std::string folder = fmt::format("/proc/{}", pid);
    const auto cmdline = files_.Read(folder + "/cmdline", kProcLimit);
    if (!cmdline || cmdline->empty()) return;  // gone, or a kernel thread
    std::vector<std::pair<std::string, size_t>> strings = Strings(*cmdline);
    const auto link = files_.ReadLink(folder + "/exe");
    std::string executable = link ? *link : "";
    if (executable.ends_with(" (deleted)")) executable.resize(executable.size() - 10);
    size_t first = 1;
    std::optional<ComponentKind> kind = Kind(strings, executable, first);
    const std::string_view name = BaseName(strings[0].first);
    const bool distribution = name == "k3s" || name == "rke2" || BaseName(executable) == "k3s" ||
                              BaseName(executable) == "rke2";
    if (!kind && !distribution) return;
    RunningComponent running;
    running.process.pid = pid;
    running.process.executable = executable;
    running.process.started_ns = Started(folder);
    running.program = strings[0].first;
    for (size_t i = first; i < strings.size(); ++i) {
      Argument argument;
      argument.text = strings[i].first;
      argument.place.file = folder + "/cmdline";
      argument.place.bytes = {strings[i].second, strings[i].second + strings[i].first.size()};
      running.arguments.push_back(std::move(argument));
    }
    ReadEnvironment(folder, running);
    if (!kind) return AddDistribution(running, name, list);
    running.kind = *kind;
    if (const auto cgroups = files_.Read(folder + "/cgroup", kProcLimit))
      running.cgroups = *cgroups;
    ReadMounts(folder, running);
    list.components.push_back(std::move(running));
  }

  /// By argv[0] or the program behind it; a wrapper's own process is none (its child is the
  /// component).
  static std::optional<ComponentKind> Kind(
      const std::vector<std::pair<std::string, size_t>>& strings, const std::string& executable,
      size_t& first) {
    const std::string_view name = BaseName(strings[0].first);
    if (name == "hyperkube" && strings.size() > 1) {
      Argument program;
      program.text = "hyperkube";
      Argument part;
      part.text = strings[1].first;
      const Launch launch =
          Unwrap({program, part}, {}, [](const std::string&, size_t, size_t) { return Place(); });
      if (launch.certain_kind) first = 2;
      return launch.certain_kind ? launch.kind : std::nullopt;
    }
    if (const auto kind = ComponentOfProgram(name)) return kind;
    return executable.empty() ? std::nullopt : ComponentOfProgram(BaseName(executable));
  }

  void AddDistribution(RunningComponent& running, std::string_view name, ProcessList& list) {
    DistributionLaunch launch;
    launch.program =
        name == "rke2" || BaseName(running.process.executable) == "rke2" ? "rke2" : "k3s";
    if (running.arguments.empty()) {
      // k3s writes "k3s server" over its own argv.
      const size_t space = running.program.find(' ');
      if (space == std::string::npos) return;
      Argument word;
      word.text = std::string(Trim(std::string_view(running.program).substr(space + 1)));
      running.arguments.push_back(std::move(word));
    }
    launch.instance = fmt::format("pid {}", running.process.pid);
    launch.where.file = fmt::format("/proc/{}/cmdline", running.process.pid);
    launch.arguments = std::move(running.arguments);
    launch.environment = std::move(running.environment);
    launch.binary = running.process.executable;
    list.distributions.push_back(std::move(launch));
  }

  int64_t Started(const std::string& folder) const {
    const auto stat = files_.Read(folder + "/stat", kProcLimit);
    const auto ticks = stat ? StatField(*stat, 22) : std::nullopt;
    if (!ticks || !boot_ || *ticks < 0 || *ticks > (int64_t{1} << 40)) return 0;
    return *boot_ * kSecond + *ticks * (kSecond / kTicks);
  }

  void ReadEnvironment(const std::string& folder, RunningComponent& running) {
    const auto bytes = files_.Read(folder + "/environ", kProcLimit);
    running.environment_known = bytes.has_value();
    if (!bytes) return;
    for (const auto& [text, offset] : Strings(*bytes)) {
      const size_t equals = text.find('=');
      if (equals == std::string::npos || equals == 0) continue;
      Variable variable;
      variable.name = text.substr(0, equals);
      variable.value = text.substr(equals + 1);
      variable.place.file = folder + "/environ";
      variable.place.bytes = {offset + equals + 1, offset + text.size()};
      running.environment.push_back(std::move(variable));
    }
  }

  void ReadMounts(const std::string& folder, RunningComponent& running) {
    const auto mounts = files_.Read(folder + "/mountinfo", kProcLimit);
    if (!mounts || node_mounts_.empty()) return;
    const auto same = SameRoot(node_mounts_, *mounts);
    if (!same) return;
    running.in_container = !*same;
    if (!*same) running.mounts = ContainerMounts(node_mounts_, *mounts);
  }

  const Files& files_;
  std::optional<int64_t> boot_;
  std::string node_mounts_;
};

}  // namespace

ProcessList ReadProcesses(const Node& node) { return ProcReader(node).Read(); }

}  // namespace seawall::cluster
