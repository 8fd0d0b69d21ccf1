#include "cluster/units.h"

#include <algorithm>
#include <map>

#include "base/text.h"
#include "cluster/env_file.h"
#include "cluster/exec_line.h"
#include "cluster/unit_store.h"
#include "cluster/wrappers.h"
#include "fmt/format.h"

namespace seawall::cluster {
namespace {

constexpr uint64_t kUnitLimit = 1u << 20;

/// Words without which a unit cannot be about a component.
constexpr std::string_view kTraces[] = {"etcd",     "kubelet", "kube-",     "hyperkube",
                                        "k3s",      "rke2",    "apiserver", "controller-manager",
                                        "scheduler"};

bool HasTrace(std::string_view bytes) {
  return std::any_of(std::begin(kTraces), std::end(kTraces), [&](std::string_view trace) {
    return bytes.find(trace) != std::string_view::npos;
  });
}

/// The unit's name without instance and suffix: "etcd@a.service" is "etcd".
std::string Stem(const std::string& unit) {
  const std::string stem = unit.substr(0, unit.rfind(".service"));
  return stem.substr(0, stem.find('@'));
}

class UnitReader {
 public:
  UnitReader(const Node& node, Found& found, std::string name, std::string hostname)
      : node_(node), found_(found), name_(std::move(name)) {
    context_.unit = name_;
    context_.hostname = std::move(hostname);
    locate_ = [this](const std::string& file, size_t begin, size_t end) {
      const auto known = files_.find(file);
      if (known != files_.end()) return known->second->At(begin, end);
      Place place;
      place.file = file;
      place.bytes = {begin, end};
      return place;
    };
  }

  void Read(const UnitStore& store) {
    const std::string path = store.PathOf(name_);
    const bool named = ComponentOfScript(Stem(name_)).has_value();
    Result<std::string> bytes = node_.files->Read(path, kUnitLimit);
    if (!bytes) return Unreadable(bytes.error(), path);
    if (bytes->empty()) return;  // an empty unit is masked
    if (!named && !HasTrace(*bytes) && !store.HasOwnDropIns(name_)) return;
    AddFile(path, std::move(*bytes));
    for (const std::string& drop_in : store.DropIns(name_)) {
      Result<std::string> more = node_.files->Read(drop_in, kUnitLimit);
      if (more) {
        AddFile(drop_in, std::move(*more));
      } else {
        gap_ = fmt::format("the drop-in {} cannot be read: {}", drop_in, more.error().why);
      }
    }
    Evaluate();
  }

 private:
  void Unreadable(const Error& error, const std::string& path) {
    const auto kind = ComponentOfScript(Stem(name_));
    // A link that leads nowhere is no unit to systemd; of a copied tree its target may be missing.
    if (error.code == ErrorCode::kNotFound && (path.empty() || !kind)) return;
    found_.blind_spots.push_back({error, kind ? std::set<ComponentKind>{*kind} : EveryKind()});
    if (!kind) return;
    Component component;
    component.kind = *kind;
    component.instance = name_;
    component.run_by = RunBy::kSystemd;
    component.where.file = path;
    component.unknown = fmt::format("its unit {} cannot be read: {}", path, error.why);
    component.how = "run seawall as root";
    found_.Add(std::move(component));
  }

  void AddFile(const std::string& path, std::string bytes) {
    auto file = std::make_shared<const TextFile>(path, std::move(bytes));
    files_[path] = file;
    bool whole = true;
    for (Directive& directive : ReadUnitFile(file, &whole)) {
      if (directive.section == "Service") Apply(std::move(directive));
    }
    if (!whole) gap_ = fmt::format("{} has more lines than seawall reads", path);
  }

  /// Lists grow, an empty value empties them; everything else is replaced.
  void Apply(Directive directive) {
    static constexpr std::string_view kLists[] = {"ExecStart", "Environment", "EnvironmentFile",
                                                  "PassEnvironment", "UnsetEnvironment"};
    std::vector<Directive>& values = directives_[directive.key];
    const bool list =
        std::find(std::begin(kLists), std::end(kLists), directive.key) != std::end(kLists);
    if (directive.value.text.empty() || !list) values.clear();
    if (!directive.value.text.empty()) values.push_back(std::move(directive));
  }

  void Evaluate() {
    ReadEnvironment();
    const std::vector<Directive>& starts = directives_["ExecStart"];
    size_t commands = 0;
    const size_t before = found_.components.size();
    for (const Directive& start : starts) {
      for (ExecCommand& command : ReadExecLine(start, context_, locate_)) {
        ++commands;
        AddCommand(start, std::move(command));
      }
    }
    if (commands == 0) NothingStarts();
    // What only the unit's name speaks for counts where no command of it is a component.
    if (found_.components.size() == before) {
      for (Component& component : guessed_) found_.Add(std::move(component));
    }
    const std::vector<Directive>& types = directives_["Type"];
    const bool oneshot = !types.empty() && types.back().value.text == "oneshot";
    for (size_t i = before; i < found_.components.size(); ++i) {
      Component& component = found_.components[i];
      if (i > before) component.instance += fmt::format(" #{}", i - before + 1);
      component.problems.insert(component.problems.end(), problems_.begin(), problems_.end());
      if (commands < 2 || oneshot) continue;
      Problem problem;
      problem.kind = Problem::Kind::kConflict;
      problem.fatal = true;
      problem.text = fmt::format(
          "{} has {} ExecStart= commands, which systemd allows for Type=oneshot only: it does not "
          "start",
          name_, commands);
      problem.place = component.where;
      component.problems.push_back(std::move(problem));
    }
    if (found_.components.size() > before) {
      for (const auto& [path, file] : files_) found_.read.push_back(path);
    }
  }

  /// systemd refuses such a unit; of one that is called as a component is, something is missing.
  void NothingStarts() {
    const auto kind = ComponentOfScript(Stem(name_));
    if (!kind || files_.empty()) return;
    found_.blind_spots.push_back(
        {Error{ErrorCode::kUnsupported, "read a unit", files_.begin()->first,
               "it has no ExecStart=, so that systemd refuses it",
               "look whether the file is whole"},
         {*kind}});
  }

  void AddCommand(const Directive& start, ExecCommand command) {
    Launch launch;
    const Place where = start.file->At(
        start.begin, start.value.raw.empty() ? start.begin : start.value.raw.back() + size_t{1});
    if (!command.words.empty() && Distribution(command, where)) return;
    if (command.unknown.empty()) {
      launch = Unwrap(std::move(command.words), Variables(), locate_);
    } else {
      launch.command.unknown = command.unknown;
    }
    const bool by_unit_name = !launch.kind;
    if (by_unit_name) launch.kind = FromUnitName(launch);
    if (!launch.kind) return;
    Component component;
    component.kind = *launch.kind;
    component.instance = name_;
    component.run_by = RunBy::kSystemd;
    component.where = where;
    component.command = std::move(launch.command);
    if (!context_.environment_gap.empty()) {
      component.command.environment_complete = false;
      component.command.environment_gap = context_.environment_gap;
    }
    if (!gap_.empty() && component.command.unknown.empty()) component.command.unknown = gap_;
    if (!component.command.unknown.empty()) {
      component.unknown = component.command.unknown;
      component.how = "look at the running process's arguments: run seawall on the node itself";
    }
    AddRoot(component);
    if (by_unit_name) {
      guessed_.push_back(std::move(component));
    } else {
      found_.Add(std::move(component));
    }
  }

  /// The unit is called as a component is, and runs something that seawall cannot see through.
  std::optional<ComponentKind> FromUnitName(Launch& launch) const {
    const auto kind = ComponentOfScript(Stem(name_));
    if (!kind) return std::nullopt;
    if (launch.command.unknown.empty()) {
      launch.command.unknown =
          fmt::format("{} runs {}, and what that starts cannot be known", name_,
                      launch.command.program.empty() ? "nothing that seawall knows"
                                                     : Printable(launch.command.program));
    }
    launch.command.arguments.clear();  // they are the other program's
    return kind;
  }

  bool Distribution(ExecCommand& command, const Place& where) {
    const std::string_view program = BaseName(command.words[0].text);
    if ((program != "k3s" && program != "rke2") || command.words.size() < 2) return false;
    DistributionLaunch launch;
    launch.program = program;
    launch.instance = name_;
    launch.where = where;
    launch.binary = command.words[0].text;
    launch.environment = Variables();
    command.words.erase(command.words.begin());
    launch.arguments = std::move(command.words);
    launch.unknown = !gap_.empty() ? gap_ : context_.environment_gap;
    found_.distributions.push_back(std::move(launch));
    for (const auto& [path, file] : files_) found_.read.push_back(path);
    return true;
  }

  void AddRoot(Component& component) {
    const std::vector<Directive>& roots = directives_["RootDirectory"];
    if (!directives_["RootImage"].empty()) component.in_container = true;
    if (roots.empty() || roots.back().value.text == "/") return;
    component.in_container = true;
    Mount mount;
    mount.container_path = "/";
    mount.host_path = roots.back().value.text;
    mount.kind = "RootDirectory";
    mount.place =
        roots.back().file->At(roots.back().begin, roots.back().begin + mount.host_path.size());
    component.mounts.push_back(std::move(mount));
  }

  std::vector<Variable> Variables() const {
    std::vector<Variable> variables;
    for (const UnitVariable& known : context_.environment) {
      Variable variable;
      variable.name = known.name;
      variable.value = known.value.text;
      variable.unknown = known.unknown;
      variable.place = ToArgument(known.value, known.file, known.begin, locate_).place;
      variables.push_back(std::move(variable));
    }
    return variables;
  }

  void ReadEnvironment() {
    for (const Directive& pass : directives_["PassEnvironment"]) {
      bool complete = true, whole = true;
      for (const UnitWord& word : SplitUnitWords(pass.value, &complete, &whole)) {
        UnitVariable variable{word.text.text,
                              {},
                              word.begin,
                              pass.file->path(),
                              "it comes from systemd's own environment"};
        context_.environment.push_back(std::move(variable));
      }
      if (!whole) TooMany(pass);
    }
    for (const Directive& line : directives_["Environment"]) ReadAssignments(line);
    for (const Directive& line : directives_["EnvironmentFile"]) ReadEnvironmentFiles(line);
    for (const Directive& unset : directives_["UnsetEnvironment"]) {
      bool complete = true, whole = true;
      for (const UnitWord& word : SplitUnitWords(unset.value, &complete, &whole)) {
        std::erase_if(context_.environment, [&](const UnitVariable& variable) {
          return variable.name == word.text.text;
        });
      }
      if (!whole) TooMany(unset);
    }
  }

  void ReadAssignments(const Directive& line) {
    bool complete = true, whole = true;
    for (const UnitWord& word : SplitUnitWords(line.value, &complete, &whole)) {
      UnitVariable variable;
      const Located text = ExpandSpecifiers(word.text, context_, &variable.unknown);
      const size_t equals = text.text.find('=');
      if (equals == std::string::npos || equals == 0) continue;
      variable.name = text.text.substr(0, equals);
      variable.value = text.Part(equals + 1, text.text.size());
      variable.begin = variable.value.raw.empty() ? word.begin : variable.value.raw.front();
      variable.file = line.file->path();
      context_.environment.push_back(std::move(variable));
    }
    if (!whole) TooMany(line);
  }

  void ReadEnvironmentFiles(const Directive& line) {
    std::string unknown;
    std::string path = ExpandSpecifiers(line.value, context_, &unknown).text;
    const bool optional = path.starts_with('-');
    if (optional) path.erase(0, 1);
    if (!unknown.empty()) return Gap(path, unknown);
    if (path.find_first_of("*?[") != std::string::npos) return ReadPattern(line, path, optional);
    ReadEnvironmentFile(line, path, optional);
  }

  void ReadEnvironmentFile(const Directive& line, const std::string& path, bool optional) {
    Result<std::string> bytes = node_.files->Read(path, kUnitLimit);
    if (!bytes) {
      if (bytes.error().code == ErrorCode::kNotFound && optional) return;
      if (bytes.error().code == ErrorCode::kNotFound) return Missing(line, path);
      return Gap(path, bytes.error().why);
    }
    auto file = std::make_shared<const TextFile>(path, std::move(*bytes));
    files_[path] = file;
    bool whole = true;
    for (EnvAssignment& assignment : ReadEnvFile(file->bytes(), &whole)) {
      UnitVariable variable{std::move(assignment.name), std::move(assignment.value),
                            assignment.begin, path, ""};
      context_.environment.push_back(std::move(variable));
    }
    if (!whole) Gap(path, "it is no text, or longer than seawall reads");
  }

  /// A pattern of file names; only one whose folder is plain and whose only special character is
  /// `*` is followed.
  void ReadPattern(const Directive& line, const std::string& pattern, bool optional) {
    const size_t slash = pattern.rfind('/');
    const size_t star = pattern.find('*');
    const bool simple = slash != std::string::npos && star != std::string::npos && star > slash &&
                        pattern.find_first_of("?[") == std::string::npos &&
                        pattern.find('*', star + 1) == std::string::npos;
    if (!simple) return Gap(pattern, "a pattern of file names that seawall does not expand");
    const std::string folder = pattern.substr(0, slash);
    const std::string head = pattern.substr(slash + 1, star - slash - 1);
    const std::string tail = pattern.substr(star + 1);
    const auto& entries = node_.List(folder);
    if (!entries && entries.error().code != ErrorCode::kNotFound)
      return Gap(folder, entries.error().why);
    size_t count = 0;
    if (entries) {
      for (const FolderEntry& entry : *entries) {
        const bool fits = entry.name.size() >= head.size() + tail.size() &&
                          entry.name.starts_with(head) && entry.name.ends_with(tail) &&
                          !entry.name.starts_with('.');
        if (!fits) continue;
        ++count;
        ReadEnvironmentFile(line, folder + "/" + entry.name, optional);
      }
    }
    if (count == 0 && !optional) Missing(line, pattern);
  }

  void Missing(const Directive& line, const std::string& path) {
    Problem problem;
    problem.kind = Problem::Kind::kMissingFile;
    problem.fatal = true;
    problem.text =
        fmt::format("the environment file {} is not there: systemd does not start {}", path, name_);
    problem.place = line.file->At(line.begin, line.begin + line.value.text.size());
    problems_.push_back(std::move(problem));
    Gap(path, "not there");
  }

  /// Whatever was known before may be overridden by what cannot be read.
  void Gap(const std::string& path, const std::string& why) {
    Hide(fmt::format("the environment file {}: {}", path, why));
  }
  void TooMany(const Directive& line) {
    Hide(fmt::format("a line of {} is longer than seawall reads", line.file->path()));
  }
  void Hide(std::string why) {
    context_.environment_gap = std::move(why);
    for (UnitVariable& variable : context_.environment) {
      if (variable.unknown.empty())
        variable.unknown = "it may be overridden by " + context_.environment_gap;
    }
  }

  const Node& node_;
  Found& found_;
  std::vector<Component> guessed_;  ///< what only the unit's name speaks for
  const std::string name_;
  UnitContext context_;
  Locate locate_;
  std::map<std::string, std::shared_ptr<const TextFile>> files_;
  std::map<std::string, std::vector<Directive>, std::less<>> directives_;
  std::vector<Problem> problems_;
  std::string gap_;  ///< a drop-in that may change everything could not be read
};

}  // namespace

void ReadUnits(const Node& node, Found& found) {
  std::string hostname;
  if (node.Bytes("/etc/hostname")) {  // also: listed among what was read
    hostname = HostNameOf(*node.files);
  }
  const UnitStore store(node, found);
  for (const std::string& name : store.names()) UnitReader(node, found, name, hostname).Read(store);
}

}  // namespace seawall::cluster
