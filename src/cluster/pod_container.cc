#include "cluster/pod_container.h"

#include <algorithm>
#include <map>

#include "cluster/go_build_info.h"
#include "cluster/wrappers.h"
#include "fmt/format.h"

namespace seawall::cluster {
namespace {

constexpr size_t kMaxMapped = 16384;  // bytes of one scalar whose places are looked up one by one
constexpr size_t kMaxArguments = 10000;
constexpr size_t kMaxExpanded = 1u << 20;

/// Programs of the components' images that are no component.
constexpr std::string_view kTools[] = {"etcdctl", "etcdutl", "kubectl", "sleep",  "tail",
                                       "pause",   "curl",    "wget",    "kubeadm"};

bool IsTool(std::string_view name) {
  return std::find(std::begin(kTools), std::end(kTools), name) != std::end(kTools);
}

/// "KUBERNETES_SERVICE_HOST": the kubelet sets such variables for the services that it knows.
bool IsServiceVariable(std::string_view name) {
  return name.ends_with("_SERVICE_HOST") || name.find("_SERVICE_PORT") != std::string_view::npos ||
         name.ends_with("_PORT") || name.find("_PORT_") != std::string_view::npos;
}

/// A variable of the container with its value's bytes.
struct PodVariable {
  std::string name;
  Located value;
  Place place;
  std::string unknown;
};

Located LocatedOf(const Argument& argument) {
  Located text;
  text.text = argument.text;
  for (size_t i = 0; i < argument.text.size(); ++i)
    text.raw.push_back(static_cast<uint32_t>(OffsetIn(argument, i)));
  return text;
}

class ContainerReader {
 public:
  ContainerReader(yaml::Value pod, yaml::Value container)
      : pod_(pod), container_(container), file_(container.stream()->file()) {
    locate_ = [this](const std::string&, size_t begin, size_t end) {
      Place place = container_.stream()->Locate(begin);
      place.file = file_;
      place.bytes = {begin, end};
      return place;
    };
  }

  std::optional<Component> Read() {
    ReadEnvironment();
    Launch launch = ReadLaunch();
    if (!launch.kind) return std::nullopt;
    component_.kind = *launch.kind;
    component_.run_by = RunBy::kStaticPod;
    component_.where = container_.place();
    component_.in_container = true;
    component_.command = std::move(launch.command);
    if (!gap_.empty()) {
      component_.command.environment_complete = false;
      component_.command.environment_gap = gap_;
    }
    if (!refused_.empty()) component_.command.unknown = refused_;
    if (!component_.command.unknown.empty()) {
      component_.unknown = component_.command.unknown;
      component_.how = "look at the running process's arguments: run seawall on the node itself";
    }
    ReadMounts();
    ReadVersion();
    return std::move(component_);
  }

 private:
  /// The kubelet decodes strictly typed: a number or boolean where a string belongs makes it refuse
  /// the whole manifest.
  bool CheckString(yaml::Value value, const char* what) {
    if (value.is_scalar() && (value.type() == yaml::ScalarType::kString || value.is_null()))
      return true;
    Problem problem;
    problem.kind = Problem::Kind::kMalformedFile;
    problem.fatal = true;
    problem.text = fmt::format(
        "{} is not a string: the kubelet refuses the manifest (put it in quotes)", what);
    problem.place = value.place();
    if (refused_.empty()) refused_ = problem.text;
    component_.problems.push_back(std::move(problem));
    return value.is_scalar();
  }

  void ReadEnvironment() {
    for (const yaml::Value source : container_["envFrom"].Items()) {
      const std::vector<yaml::Value::Pair> pairs = source.Pairs();
      gap_ = "envFrom takes variables from " +
             (pairs.empty() ? std::string("elsewhere") : pairs.front().key.text());
    }
    for (const yaml::Value entry : container_["env"].Items()) {
      if (variables_.size() >= kMaxArguments) break;
      PodVariable variable;
      variable.name = entry["name"].text();
      const yaml::Value value = entry["value"];
      const yaml::Value from = entry["valueFrom"];
      variable.place = value ? value.place() : entry.place();
      if (from && !from.is_null()) {
        const std::vector<yaml::Value::Pair> pairs = from.Pairs();
        variable.unknown =
            fmt::format("$({}) comes from {}", variable.name,
                        pairs.empty() ? std::string("elsewhere") : pairs.front().key.text());
      } else if (value && CheckString(value, "the value of a variable")) {
        const Argument expanded = Expand(ArgumentOf(value));
        variable.value = LocatedOf(expanded);
        variable.unknown = expanded.unknown;
        variable.place = expanded.place;
      }
      by_name_[variable.name] = variables_.size();
      variables_.push_back(std::move(variable));
    }
  }

  const PodVariable* Find(std::string_view name) const {
    const auto known = by_name_.find(name);
    return known == by_name_.end() ? nullptr : &variables_[known->second];
  }

  /// `$(NAME)` as k8s.io/kubernetes/third_party/forked/golang/expansion: `$$` is a dollar, what is
  /// not set stays as it is.
  Argument Expand(Argument argument) {
    if (argument.text.find('$') == std::string::npos) return argument;
    const std::string& text = argument.text;
    Located result;
    const PodVariable* only = nullptr;
    size_t used = 0;
    size_t prefix = 0;
    for (size_t i = 0; i < text.size();) {
      const size_t close = text.compare(i, 2, "$(") == 0 ? text.find(')', i) : std::string::npos;
      if (text.compare(i, 2, "$$") == 0) {
        result.Add('$', OffsetIn(argument, i));
        i += 2;
      } else if (close == std::string::npos) {
        result.Add(text[i], OffsetIn(argument, i));
        ++i;
      } else {
        const PodVariable* variable = Find(text.substr(i + 2, close - i - 2));
        const std::string why = WhyUnknown(text.substr(i + 2, close - i - 2), variable);
        if (!why.empty()) argument.unknown = why;
        if (variable == nullptr || !why.empty()) {
          for (size_t k = i; k <= close; ++k) result.Add(text[k], OffsetIn(argument, k));
        } else {
          only = variable;
          prefix = ++used == 1 ? result.text.size() : prefix;
          for (const char c : variable->value.text) result.Add(c, OffsetIn(argument, i));
        }
        i = close + 1;
      }
      if (result.text.size() > kMaxExpanded) {
        argument.unknown = "its variables expand to more than 1 MiB";
        return argument;
      }
    }
    if (used == 1 && argument.unknown.empty() &&
        prefix + only->value.text.size() == result.text.size() && !only->value.raw.empty()) {
      for (size_t i = 0; i < result.raw.size(); ++i) {
        result.raw[i] = i < prefix ? only->value.raw.front() : only->value.raw[i - prefix];
      }
    }
    Argument expanded = ToArgument(std::move(result), file_, argument.place.bytes.begin, locate_);
    expanded.unknown = argument.unknown;
    expanded.origin = used > 0 ? OriginKind::kEnv : argument.origin;
    return expanded;
  }

  std::string WhyUnknown(const std::string& name, const PodVariable* variable) const {
    if (variable != nullptr) return variable->unknown;
    if (!gap_.empty()) return fmt::format("$({}): {}", name, gap_);
    if (IsServiceVariable(name))
      return fmt::format("$({}) may be set by the kubelet for a service", name);
    return "";
  }

  std::vector<Argument> Words(const char* field) {
    std::vector<Argument> words;
    const yaml::Value list = container_[field];
    if (list && !list.is_null() && !list.is_sequence()) {
      refused_ = fmt::format("{} is not a list: the kubelet refuses the manifest", field);
      return words;
    }
    for (const yaml::Value item : list.Items()) {
      if (words.size() >= kMaxArguments) {
        refused_ = "more arguments than seawall reads";
        break;
      }
      if (CheckString(item, "an argument")) words.push_back(Expand(ArgumentOf(item)));
    }
    return words;
  }

  std::vector<Variable> Variables() const {
    std::vector<Variable> variables;
    for (const PodVariable& known : variables_)
      variables.push_back({known.name, known.value.text, known.place, known.unknown});
    return variables;
  }

  Launch ReadLaunch() {
    const std::string& image = container_["image"].text();
    const std::optional<ComponentKind> of_image = ComponentOfImage(image);
    std::vector<Argument> command = Words("command");
    std::vector<Argument> arguments = Words("args");
    if (command.empty()) return FromImage(image, of_image, std::move(arguments));
    command.insert(command.end(), std::make_move_iterator(arguments.begin()),
                   std::make_move_iterator(arguments.end()));
    bool tool = false;
    for (const Argument& word : command) tool = tool || MentionsTool(word.text);
    Launch launch = Unwrap(std::move(command), Variables(), locate_);
    if (launch.kind) return launch;
    // A program that seawall does not know, in a component's image or a container called like one.
    const auto of_name = ComponentOfScript(container_["name"].text());
    launch.kind = of_image ? of_image : of_name;
    if (!launch.kind) return launch;
    if (tool) {
      launch.kind.reset();  // etcdctl in etcd's image: a backup, no second etcd
    } else if (launch.command.unknown.empty()) {
      launch.command.unknown = fmt::format(
          "it is started by {}, and what that passes on cannot be known", launch.command.program);
      launch.command.arguments.clear();
    }
    return launch;
  }

  static bool MentionsTool(std::string_view text) {
    size_t from = 0;
    for (size_t i = 0; i <= text.size(); ++i) {
      if (i < text.size() &&
          std::string_view(" \t\n;|&()'\"`$").find(text[i]) == std::string_view::npos)
        continue;
      if (i > from && IsTool(BaseName(text.substr(from, i - from)))) return true;
      from = i + 1;
    }
    return false;
  }

  /// Without `command` the image's own entry point runs: the component itself, or a wrapper that is
  /// given its name.
  Launch FromImage(const std::string& image, std::optional<ComponentKind> kind,
                   std::vector<Argument> arguments) {
    if (!arguments.empty() && !arguments[0].text.starts_with('-')) {
      const bool hyperkube = !kind && image.find("hyperkube") != std::string::npos;
      std::vector<Argument> words = arguments;
      if (hyperkube) {
        Argument program;
        program.text = "hyperkube";
        program.place = arguments[0].place;
        words.insert(words.begin(), std::move(program));
      }
      Launch launch = Unwrap(std::move(words), Variables(), locate_);
      if (launch.kind) return launch;
    }
    Launch launch;
    launch.kind = kind;
    launch.certain_kind = kind.has_value();
    launch.command.environment = Variables();
    launch.command.arguments = std::move(arguments);
    if (kind) launch.command.program = ToString(*kind);
    if (!kind && (launch.kind = ComponentOfScript(container_["name"].text()))) {
      launch.command.unknown =
          "it runs whatever its image starts, and what that passes on cannot be known";
    }
    return launch;
  }

  void ReadMounts() {
    std::map<std::string, yaml::Value> volumes;
    for (const yaml::Value volume : pod_.Path("spec.volumes").Items())
      volumes[volume["name"].text()] = volume;
    for (const yaml::Value entry : container_["volumeMounts"].Items()) {
      if (component_.mounts.size() >= kMaxArguments) break;
      Mount mount;
      mount.container_path = entry["mountPath"].text();
      mount.read_only = entry["readOnly"].AsBool().value_or(false);
      mount.place = entry.place();
      const auto volume = volumes.find(entry["name"].text());
      if (volume != volumes.end()) ReadVolume(volume->second, entry, mount);
      component_.mounts.push_back(std::move(mount));
    }
  }

  void ReadVolume(yaml::Value volume, yaml::Value entry, Mount& mount) {
    for (const yaml::Value::Pair& pair : volume.Pairs()) {
      if (pair.key.text() != "name") mount.kind = pair.key.text();
    }
    const yaml::Value host = volume["hostPath"];
    if (!host || host.is_null()) return;
    mount.kind = "hostPath";
    mount.host_path = host["path"].text();
    if (const std::string& sub = entry["subPath"].text(); !sub.empty())
      mount.host_path += "/" + sub;
    if (const yaml::Value sub = entry["subPathExpr"]) {
      const Argument expanded = Expand(ArgumentOf(sub));
      if (expanded.unknown.empty()) {
        mount.host_path += "/" + expanded.text;
      } else {
        mount.host_path.clear();
      }
    }
  }

  void ReadVersion() {
    const yaml::Value image = container_["image"];
    size_t begin = 0;
    size_t end = 0;
    component_.version = VersionOfImage(image.text(), component_.kind, &begin, &end);
    if (component_.version) component_.version->place = image.PlaceOf(begin, end);
  }

  yaml::Value pod_;
  yaml::Value container_;
  const std::string file_;
  Locate locate_;
  Component component_;
  std::vector<PodVariable> variables_;
  std::map<std::string, size_t, std::less<>> by_name_;  ///< of two entries the last
  std::string gap_;
  std::string refused_;
};

}  // namespace

Argument ArgumentOf(yaml::Value scalar) {
  Argument argument;
  if (scalar.is_null()) {
    argument.place = scalar.place();
    return argument;
  }
  argument.text = scalar.text();
  argument.place = scalar.PlaceOf(0, argument.text.size());
  const Span whole = argument.place.bytes;
  if (whole.end - whole.begin == argument.text.size()) return argument;
  argument.place = scalar.place();
  if (argument.text.size() > kMaxMapped) return argument;
  for (size_t i = 0; i < argument.text.size(); ++i) {
    const Span byte = scalar.PlaceOf(i, i + 1).bytes;
    if (byte == argument.place.bytes &&
        argument.text.size() > 1) {  // a style that cannot be mapped byte by byte
      argument.raw.clear();
      break;
    }
    argument.raw.push_back(static_cast<uint32_t>(byte.begin));
  }
  return argument;
}

std::optional<Component> ReadContainer(yaml::Value pod, yaml::Value container) {
  if (!container.is_mapping()) return std::nullopt;
  return ContainerReader(pod, container).Read();
}

}  // namespace seawall::cluster
