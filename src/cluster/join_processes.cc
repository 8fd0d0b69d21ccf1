// Which process runs what a file describes, and what of it is true.
#include <algorithm>
#include <set>

#include "base/text.h"
#include "cluster/processes.h"
#include "cluster/wrappers.h"
#include "fmt/format.h"

namespace seawall::cluster {
namespace {

constexpr size_t kMaxShown = 6;
constexpr size_t kMaxPlaced = 2000;  // arguments whose places in the file are looked for

/// The flag's name alone: values may be secrets.
std::string FlagOf(const std::string& argument) {
  if (!argument.starts_with('-')) return "an argument without a flag";
  return PrintableShort(argument.substr(0, argument.find('=')), 60);
}

std::multiset<std::string> Texts(const std::vector<Argument>& arguments) {
  std::multiset<std::string> texts;
  for (const Argument& argument : arguments) texts.insert(argument.text);
  return texts;
}

size_t Common(const std::vector<Argument>& a, const std::vector<Argument>& b) {
  std::multiset<std::string> left = Texts(b);
  size_t count = 0;
  for (const Argument& argument : a) {
    const auto found = left.find(argument.text);
    if (found == left.end()) continue;
    left.erase(found);
    ++count;
  }
  return count;
}

bool IsPod(const Component& component) {
  return component.run_by == RunBy::kStaticPod ||
         (component.run_by == RunBy::kRke2 && component.in_container);
}

/// How well the process fits; the cgroup's word counts most. Negative: it cannot be this component.
int64_t Score(const RunningComponent& process, const Component& component) {
  int64_t score = static_cast<int64_t>(Common(process.arguments, component.command.arguments));
  const bool in_pod = process.cgroups.find("kubepods") != std::string::npos;
  if (component.run_by == RunBy::kSystemd) {
    const std::string unit = component.instance.substr(0, component.instance.find(' '));
    if (process.cgroups.find("/" + unit) != std::string::npos) {
      score += 1000000;
    } else if (in_pod || process.cgroups.find(".service") != std::string::npos) {
      score -= 1000000;
    }
  }
  if (process.in_container == true && !component.in_container)
    score -= 3000000;  // another node within this one
  if (IsPod(component)) {
    if (in_pod) {
      score += 1000000;
    } else if (process.in_container == false &&
               process.cgroups.find(".service") != std::string::npos) {
      score -= 1000000;
    }
  }
  return score;
}

struct Pairing {
  int64_t score = 0;
  size_t process = 0;
  size_t component = 0;
};

/// Equal texts take the file's place, so that a finding points at what can be edited.
std::vector<Argument> WithPlaces(const std::vector<Argument>& running,
                                 const std::vector<Argument>& written) {
  if (std::max(running.size(), written.size()) > kMaxPlaced) return running;
  std::vector<bool> used(written.size(), false);
  std::vector<Argument> result;
  size_t next = 0;
  for (const Argument& argument : running) {
    size_t found = written.size();
    for (size_t k = 0; k < written.size() && found == written.size(); ++k) {
      const size_t i = (next + k) % std::max<size_t>(written.size(), 1);
      if (!used[i] && written[i].unknown.empty() && written[i].text == argument.text) found = i;
    }
    if (found == written.size()) {
      result.push_back(argument);
      continue;
    }
    used[found] = true;
    next = found + 1;
    result.push_back(written[found]);
  }
  return result;
}

/// Names of flags that only one of the two has, or has with another value.
std::vector<std::string> Differences(const std::vector<Argument>& running,
                                     const std::vector<Argument>& written) {
  std::multiset<std::string> left = Texts(written);
  std::vector<std::string> names;
  const auto add = [&](const std::string& argument) {
    const std::string name = FlagOf(argument);
    if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
  };
  for (const Argument& argument : running) {
    const auto found = left.find(argument.text);
    if (found != left.end()) {
      left.erase(found);
    } else {
      add(argument.text);
    }
  }
  for (const std::string& text : left) add(text);
  return names;
}

bool SameArguments(const std::vector<Argument>& running, const std::vector<Argument>& written) {
  if (running.size() != written.size()) return false;
  for (size_t i = 0; i < running.size(); ++i) {
    if (written[i].unknown.empty() && running[i].text != written[i].text) return false;
  }
  return true;
}

void AddDrift(Component& component, const RunningComponent& process) {
  std::vector<std::string> names = Differences(process.arguments, component.command.arguments);
  const size_t all = names.size();
  if (names.size() > kMaxShown) names.resize(kMaxShown);
  Problem problem;
  problem.kind = Problem::Kind::kDrift;
  problem.text = fmt::format(
      "process {} runs with other arguments than {} says ({}{}): it was not restarted since the "
      "file was changed",
      process.process.pid, component.where.file, names.empty() ? "their order" : Join(names, ", "),
      all > kMaxShown ? ", …" : "");
  problem.place = component.where;
  component.problems.push_back(std::move(problem));
}

/// Variables of the process, with the file's place where the file says the same.
void TakeEnvironment(Component& component, const RunningComponent& process) {
  if (!process.environment_known) {
    if (component.command.environment_complete) return;  // the file says it all
    component.command.environment_gap += "; the process's environment cannot be read without root";
    return;
  }
  std::map<std::string, const Variable*> written;
  for (const Variable& variable : component.command.environment) written[variable.name] = &variable;
  std::vector<Variable> environment = process.environment;
  for (Variable& variable : environment) {
    const auto known = written.find(variable.name);
    if (known != written.end() &&
        (!known->second->unknown.empty() || known->second->value == variable.value)) {
      variable.place = known->second->place;
    }
  }
  component.command.environment = std::move(environment);
  component.command.environment_complete = true;
  component.command.environment_gap.clear();
}

/// Its flags are known and the files behind them are not: nothing certain can be said of it.
void HideFiles(Component& component) {
  component.unknown = fmt::format(
      "process {} runs in a container, and which of the node's files it sees cannot be known",
      component.process->pid);
  component.how = "run seawall as root";
}

void Attach(Component& component, const RunningComponent& process) {
  const bool described = component.command.unknown.empty() && component.unknown.empty();
  const bool twins =
      std::any_of(component.problems.begin(), component.problems.end(),
                  [](const Problem& p) { return p.kind == Problem::Kind::kTwoManifests; });
  const bool same = SameArguments(process.arguments, component.command.arguments);
  if (!same && (described || twins)) AddDrift(component, process);
  component.command.arguments = WithPlaces(process.arguments, component.command.arguments);
  if (component.command.program.empty()) component.command.program = process.program;
  const bool unusable =
      component.in_container && component.mounts.empty() && !component.unknown.empty() && !twins;
  component.command.unknown.clear();
  component.unknown.clear();
  component.how.clear();
  component.process = process.process;
  TakeEnvironment(component, process);
  if (component.mounts.empty() && process.in_container) {
    component.in_container = *process.in_container;
    component.mounts = process.mounts;
  } else if (unusable) {
    HideFiles(component);
  }
}

Component OwnComponent(const RunningComponent& process) {
  Component component;
  component.kind = process.kind;
  component.instance = fmt::format("pid {}", process.process.pid);
  component.run_by = RunBy::kProcess;
  component.where.file = fmt::format("/proc/{}/cmdline", process.process.pid);
  component.command.arguments = process.arguments;
  component.command.program =
      process.process.executable.empty() ? process.program : process.process.executable;
  component.command.environment = process.environment;
  component.command.environment_complete = process.environment_known;
  if (!process.environment_known)
    component.command.environment_gap = "the process's environment cannot be read without root";
  component.in_container = process.in_container.value_or(false);
  component.mounts = process.mounts;
  component.process = process.process;
  const bool contained = process.cgroups.find("kubepods") != std::string::npos ||
                         process.cgroups.find("docker") != std::string::npos ||
                         process.cgroups.find("containerd") != std::string::npos ||
                         process.cgroups.find("libpod") != std::string::npos;
  if (!process.in_container && contained) {
    component.in_container = true;
    HideFiles(component);
  }
  return component;
}

/// The pod that a kTwoManifests problem is about: its text names it first.
std::string TwinPod(const Problem& problem) {
  if (problem.kind != Problem::Kind::kTwoManifests) return "";
  return problem.text.substr(0, problem.text.find(" stands "));
}

/// A manifest that lost: the process was started from its twin, so this one does not run.
void DropLosingTwins(std::vector<Component>& components, const std::vector<size_t>& attached) {
  std::set<std::string> proven;
  for (const size_t index : attached) {
    for (const Problem& problem : components[index].problems) {
      if (const std::string pod = TwinPod(problem); !pod.empty()) proven.insert(pod);
    }
  }
  std::erase_if(components, [&](const Component& component) {
    return !component.process &&
           std::any_of(component.problems.begin(), component.problems.end(),
                       [&](const Problem& problem) { return proven.contains(TwinPod(problem)); });
  });
}

}  // namespace

void JoinProcesses(ComponentKind kind, std::vector<RunningComponent>& processes,
                   std::vector<Component>& components) {
  std::vector<Pairing> pairings;
  for (size_t p = 0; p < processes.size() && p < 1000; ++p) {
    if (processes[p].kind != kind) continue;
    for (size_t c = 0; c < components.size(); ++c) {
      if (components[c].kind != kind || components[c].process) continue;
      const int64_t score = Score(processes[p], components[c]);
      if (score >= 0) pairings.push_back({score, p, c});
    }
  }
  std::stable_sort(pairings.begin(), pairings.end(),
                   [](const Pairing& a, const Pairing& b) { return a.score > b.score; });
  std::set<size_t> taken;
  std::vector<size_t> attached;
  for (const Pairing& pairing : pairings) {
    if (components[pairing.component].process || taken.contains(pairing.process)) continue;
    Attach(components[pairing.component], processes[pairing.process]);
    taken.insert(pairing.process);
    attached.push_back(pairing.component);
  }
  DropLosingTwins(components, attached);
  for (size_t p = 0; p < processes.size(); ++p) {
    if (processes[p].kind == kind && !taken.contains(p))
      components.push_back(OwnComponent(processes[p]));
  }
}

}  // namespace seawall::cluster
