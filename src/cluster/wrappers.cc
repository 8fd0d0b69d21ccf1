#include "cluster/wrappers.h"

#include <cctype>

#include "base/text.h"
#include "cluster/shell_line.h"
#include "fmt/format.h"

namespace seawall::cluster {
namespace {

/// A program that does something small and then runs the command that its arguments end with.
struct Wrapper {
  const char* name;
  const char* letters;  ///< short options that take a value
  const char*
      words;       ///< long options that take their value as the next argument, commas around each
  int positional;  ///< arguments of its own before the command
};

constexpr Wrapper kWrappers[] = {
    {"tini", "pe", "", 0},
    {"docker-init", "pe", "", 0},
    {"dumb-init", "r", ",rewrite,", 0},
    {"catatonit", "", "", 0},
    {"nice", "n", ",adjustment,", 0},
    {"ionice", "cnp", ",class,classdata,", 0},
    {"taskset", "", "", 1},
    {"chrt", "TPD", ",sched-runtime,sched-period,sched-deadline,", 1},
    {"numactl", "iNmCP", ",interleave,cpunodebind,membind,physcpubind,preferred,", 0},
    {"nohup", "", "", 0},
    {"setsid", "", "", 0},
    {"stdbuf", "ioe", ",input,output,error,", 0},
    {"timeout", "ks", ",kill-after,signal,", 1},
    {"sudo", "ugpChrtTRD", ",user,group,", 0},
    {"runuser", "ugG", ",user,group,supp-group,", 0},
    {"setpriv", "",
     ",reuid,regid,ruid,euid,rgid,egid,groups,inh-caps,ambient-caps,bounding-set,securebits,", 0},
    {"gosu", "", "", 1},
    {"su-exec", "", "", 1},
    {"s6-setuidgid", "", "", 1},
    {"go-runner", "", ",log-file,log-file-size,log-file-max-size,log-file-age,", 0},
    {"systemd-cat", "tp", ",identifier,priority,stderr-priority,level-prefix,", 0},
    {"busybox", "", "", 0},
};

/// Programs behind which the component runs with other files than the node's, or with arguments
/// that are not here.
constexpr std::string_view kElsewhere[] = {
    "docker",  "podman", "nerdctl",        "ctr", "crictl",      "rkt",   "chroot", "nsenter",
    "unshare", "bwrap",  "systemd-nspawn", "su",  "systemd-run", "flock", "xargs",  "find",
    "ssh"};
constexpr std::string_view kShells[] = {"sh", "bash", "dash", "ash", "ksh", "zsh", "mksh"};

bool Among(std::string_view word, const auto& list) {
  for (const auto& each : list) {
    if (word == each) return true;
  }
  return false;
}

struct Short {
  const char* name;
  ComponentKind kind;
};
/// What hyperkube calls its parts, and scripts theirs.
constexpr Short kShortNames[] = {
    {"apiserver", ComponentKind::kApiServer},
    {"controller-manager", ComponentKind::kControllerManager},
    {"scheduler", ComponentKind::kScheduler},
    {"proxy", ComponentKind::kProxy},
};

class Unwrapper {
 public:
  Unwrapper(std::vector<Argument> words, std::vector<Variable> environment, const Locate& locate,
            int depth)
      : words_(std::move(words)), locate_(locate), depth_(depth) {
    launch_.command.environment = std::move(environment);
  }

  Launch Run() {
    while (at_ < words_.size()) {
      if (!words_[at_].unknown.empty()) {
        return Unknown("the program itself is not known: " + words_[at_].unknown);
      }
      const std::string name(BaseName(words_[at_].text));
      if (const auto kind = ComponentOfProgram(name)) return Component(*kind);
      if (name == "hyperkube") return Hyperkube();
      if (Among(name, kShells)) return Shell(name);
      if (Among(name, kElsewhere))
        return Unknown(fmt::format("{} runs it, and not with this machine's files alone", name));
      if (name == "env") {
        if (!Env())
          return Unknown("an option of env splits one argument into several, or something unknown");
        continue;
      }
      const Wrapper* wrapper = Find(name);
      if (wrapper == nullptr) return Program(name);
      if (!Skip(*wrapper)) return Unknown(fmt::format("an argument of {} is not known", name));
    }
    return std::move(launch_);
  }

 private:
  static const Wrapper* Find(std::string_view name) {
    for (const Wrapper& wrapper : kWrappers) {
      if (name == wrapper.name) return &wrapper;
    }
    return nullptr;
  }

  Launch Component(ComponentKind kind) {
    launch_.kind = kind;
    launch_.certain_kind = true;
    launch_.command.program = words_[at_].text;
    launch_.command.arguments.assign(
        std::make_move_iterator(words_.begin() + static_cast<std::ptrdiff_t>(at_) + 1),
        std::make_move_iterator(words_.end()));
    return std::move(launch_);
  }

  /// Some other program: a script may start a component, anything else is no component.
  Launch Program(const std::string& name) {
    launch_.command.program = words_[at_].text;
    const auto kind = ComponentOfScript(name);
    if (!kind) {
      for (++at_; at_ < words_.size(); ++at_)
        launch_.command.arguments.push_back(std::move(words_[at_]));
      return std::move(launch_);
    }
    launch_.kind = kind;
    launch_.command.unknown =
        fmt::format("it is started by {}, and what that passes on cannot be known",
                    Printable(words_[at_].text));
    return std::move(launch_);
  }

  /// Nothing certain; the kind is what the remaining words are about.
  Launch Unknown(std::string why) {
    std::vector<std::string> remaining;
    for (; at_ < words_.size(); ++at_) remaining.push_back(words_[at_].text);
    launch_.kind = Mentioned(remaining);
    launch_.command.unknown = std::move(why);
    return std::move(launch_);
  }

  static std::optional<ComponentKind> Mentioned(const std::vector<std::string>& words) {
    for (const std::string& word : words) {
      if (word.starts_with('-')) continue;
      if (const auto kind = ComponentFromName(BaseName(word))) return kind;
      if (const auto kind = ComponentOfImage(word)) return kind;
      if (const auto kind = ComponentOfScript(BaseName(word))) return kind;
    }
    for (size_t i = 0; i + 1 < words.size(); ++i) {
      if (BaseName(words[i]) != "hyperkube") continue;
      if (const auto kind = HyperkubeKind(words[i + 1])) return kind;
    }
    return std::nullopt;
  }

  static std::optional<ComponentKind> HyperkubeKind(std::string_view name) {
    if (const auto kind = ComponentFromName(name)) return kind;
    for (const Short& part : kShortNames) {
      if (name == part.name) return part.kind;
    }
    return std::nullopt;
  }

  Launch Hyperkube() {
    if (at_ + 1 >= words_.size()) return Program("hyperkube");
    if (!words_[at_ + 1].unknown.empty())
      return Unknown("which part of hyperkube runs is not known");
    const auto kind = HyperkubeKind(words_[at_ + 1].text);
    if (!kind) return Program("hyperkube");
    ++at_;
    return Component(*kind);
  }

  /// Past the wrapper's name, its options and its own arguments; false when one of them is not
  /// known.
  bool Skip(const Wrapper& wrapper) {
    int positional = wrapper.positional;
    for (++at_; at_ < words_.size(); ++at_) {
      const Argument& word = words_[at_];
      if (!word.unknown.empty()) return false;
      const std::string& text = word.text;
      if (text == "--") {
        ++at_;
        break;
      }
      if (text.size() < 2 || text[0] != '-') {
        if (positional == 0) break;
        --positional;
        continue;
      }
      if (TakesNext(wrapper, text)) ++at_;
    }
    for (; positional > 0 && at_ < words_.size(); --positional) ++at_;
    return true;
  }

  static bool TakesNext(const Wrapper& wrapper, const std::string& option) {
    const bool go_style = std::string_view(wrapper.name) == "go-runner";
    if (option.starts_with("--") || go_style) {
      const std::string name = option.substr(option.starts_with("--") ? 2 : 1);
      return name.find('=') == std::string::npos &&
             std::string_view(wrapper.words).find("," + name + ",") != std::string_view::npos;
    }
    if (std::isdigit(static_cast<unsigned char>(option[1])) != 0) return false;  // nice -5
    const std::string_view letters = wrapper.letters;
    for (size_t i = 1; i < option.size(); ++i) {
      if (letters.find(option[i]) != std::string_view::npos) return i + 1 == option.size();
    }
    return false;
  }

  bool Env() {
    for (++at_; at_ < words_.size(); ++at_) {
      Argument& word = words_[at_];
      if (!word.unknown.empty()) {
        const size_t equals = word.text.find('=');
        if (equals == std::string::npos || equals == 0 || word.text[0] == '$') return false;
      }
      const std::string& text = word.text;
      if (text == "-" || text == "-i" || text == "--ignore-environment") {
        launch_.command.environment.clear();
        continue;
      }
      if (text == "-u" || text == "--unset" || text == "-C" || text == "--chdir") {
        if (at_ + 1 >= words_.size()) return false;
        if (text == "-u" || text == "--unset") Unset(words_[at_ + 1].text);
        ++at_;
        continue;
      }
      if (text.starts_with("--unset=")) {
        Unset(text.substr(8));
        continue;
      }
      if (text == "--") continue;
      if (text.starts_with("-S") || text.starts_with("--split-string") || text.starts_with("-")) {
        if (text.starts_with("-S") || text.starts_with("--split-string")) return false;
        continue;
      }
      const size_t equals = text.find('=');
      if (equals == std::string::npos) return true;
      Variable variable;
      variable.name = text.substr(0, equals);
      variable.value = text.substr(equals + 1);
      variable.place = word.PlaceOf(equals + 1, text.size());
      variable.unknown = word.unknown;
      launch_.command.environment.push_back(std::move(variable));
    }
    return true;
  }

  void Unset(const std::string& name) {
    std::erase_if(launch_.command.environment,
                  [&](const Variable& variable) { return variable.name == name; });
  }

  Launch Shell(const std::string& shell) {
    size_t at = at_ + 1;
    bool command = false;
    for (; at < words_.size(); ++at) {
      const std::string& text = words_[at].text;
      if (!words_[at].unknown.empty())
        return Unknown("an argument of " + shell + " is not known: " + words_[at].unknown);
      if (text.size() < 2 || (text[0] != '-' && text[0] != '+')) break;
      if (text == "--") {
        ++at;
        break;
      }
      if (text.starts_with("--")) continue;
      command = command || (text[0] == '-' && text.find('c') != std::string::npos);
      if (text.back() == 'o' || text.back() == 'O') ++at;  // -o pipefail, -euo pipefail
    }
    if (at >= words_.size()) {
      launch_.command.program = words_[at_].text;
      return std::move(launch_);
    }
    if (!command) return Script(words_[at]);
    return OneLiner(shell, words_[at]);
  }

  Launch Script(const Argument& script) {
    launch_.command.program = script.text;
    const auto kind = ComponentOfScript(BaseName(script.text));
    launch_.kind = kind;
    launch_.command.unknown =
        fmt::format("it is started by the script {}, and what that passes on cannot be known",
                    Printable(script.text));
    return std::move(launch_);
  }

  Launch OneLiner(const std::string& shell, const Argument& text) {
    ShellLine line = ReadShellLine(text, launch_.command.environment, locate_);
    if (!line.unknown.empty()) {
      launch_.kind = Mentioned(line.words);
      launch_.command.unknown =
          fmt::format("{} -c runs a line that only the shell can tell: {}", shell, line.unknown);
      return std::move(launch_);
    }
    if (depth_ >= 8) return Unknown("shells within shells");
    std::optional<Launch> found;
    for (ShellCommand& command : line.pipeline) {
      std::vector<Variable> environment = launch_.command.environment;
      for (Variable& variable : command.assignments) environment.push_back(std::move(variable));
      const bool exec = command.words[0].text == "exec" || command.words[0].text == "command";
      if (exec) command.words.erase(command.words.begin());
      if (command.words.empty() || command.words[0].text.starts_with('-'))
        return Unknown("exec with options");
      Launch inner =
          Unwrapper(std::move(command.words), std::move(environment), locate_, depth_ + 1).Run();
      if (!inner.kind) {
        if (!found) last_other_ = std::move(inner);
        continue;
      }
      if (found) return Unknown("it runs more than one component");
      found = std::move(inner);
    }
    if (found) return std::move(*found);
    return std::move(last_other_);
  }

  std::vector<Argument> words_;
  const Locate& locate_;
  const int depth_;
  size_t at_ = 0;
  Launch launch_;
  Launch last_other_;
};

/// A name's words: "start-kube-apiserver.sh" is start, kube-apiserver, sh.
bool OnlyHelperWords(std::string_view rest) {
  static constexpr std::string_view kHelpers[] = {
      "start",   "run",     "launch", "exec", "wrapper", "sh",   "bash",      "entrypoint",
      "service", "wrapped", "up",     "bin",  "k8s",     "kube", "kubernetes"};
  std::string word;
  const auto helper = [&] {
    const bool good = word.empty() || Among(std::string_view(word), kHelpers);
    word.clear();
    return good;
  };
  for (const char c : rest) {
    if (c != '-' && c != '_' && c != '.') {
      word += c;
    } else if (!helper()) {
      return false;
    }
  }
  return helper();
}

}  // namespace

Launch Unwrap(std::vector<Argument> words, std::vector<Variable> environment,
              const Locate& locate) {
  return Unwrapper(std::move(words), std::move(environment), locate, 0).Run();
}

std::string_view BaseName(std::string_view path) {
  while (path.size() > 1 && path.ends_with('/')) path.remove_suffix(1);
  const size_t slash = path.rfind('/');
  return slash == std::string_view::npos ? path : path.substr(slash + 1);
}

std::optional<ComponentKind> ComponentOfProgram(std::string_view name) {
  for (const ComponentKind kind : kAllComponents) {
    const std::string_view component = ToString(kind);
    if (!name.starts_with(component)) continue;
    std::string_view rest = name.substr(component.size());
    if (rest.empty()) return kind;
    if (rest[0] != '-' && rest[0] != '_' && rest[0] != '.') continue;
    rest.remove_prefix(1);
    if (rest.starts_with('v')) rest.remove_prefix(1);
    if (!rest.empty() && std::isdigit(static_cast<unsigned char>(rest[0])) != 0) return kind;
  }
  return std::nullopt;
}

std::optional<ComponentKind> ComponentOfScript(std::string_view name) {
  const auto fits = [&](std::string_view component) {
    const size_t at = name.find(component);
    if (at == std::string_view::npos) return false;
    const auto edge = [](char c) { return c == '-' || c == '_' || c == '.'; };
    const size_t end = at + component.size();
    if ((at > 0 && !edge(name[at - 1])) || (end < name.size() && !edge(name[end]))) return false;
    return OnlyHelperWords(name.substr(0, at)) && OnlyHelperWords(name.substr(end));
  };
  for (const ComponentKind kind : kAllComponents) {
    if (fits(ToString(kind))) return kind;
  }
  for (const Short& part : kShortNames) {
    if (part.kind != ComponentKind::kProxy && fits(part.name)) return part.kind;
  }
  return std::nullopt;
}

std::optional<ComponentKind> ComponentOfImage(std::string_view image) {
  image = image.substr(0, image.find('@'));
  std::string_view name =
      image.substr(image.rfind('/') == std::string_view::npos ? 0 : image.rfind('/') + 1);
  name = name.substr(0, name.find(':'));
  for (const std::string_view arch : {"-amd64", "-arm64", "-arm", "-ppc64le", "-s390x"}) {
    if (name.ends_with(arch)) name.remove_suffix(arch.size());
  }
  if (name == "hardened-etcd") return ComponentKind::kEtcd;
  return ComponentFromName(name);
}

}  // namespace seawall::cluster
