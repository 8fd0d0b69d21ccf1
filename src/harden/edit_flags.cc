#include "harden/edit_flags.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "cluster/flag_table.h"
#include "harden/argument_text.h"
#include "harden/edit_yaml.h"

namespace seawall::harden {
namespace {

using cluster::Component;
using cluster::ComponentKind;
using cluster::Node;
using cluster::versions::Repeat;

/// One use of a flag on the command line: `--flag=value` in one argument, `--flag` and `value` in
/// two, or a bare `--flag`.
struct Use {
  size_t name = 0;      ///< the argument with the flag
  size_t value = 0;     ///< the argument with the value
  std::string written;  ///< "--flag"
  bool joined = false;  ///< with "="
  bool bare = false;
};

std::string Canonical(const Component& component, std::string_view written) {
  const bool single = component.kind == ComponentKind::kEtcd;
  std::string name(written.substr(0, written.find('=')));
  const size_t dashes = name.starts_with("--") ? 2 : single && name.starts_with("-") ? 1 : 0;
  if (dashes == 0) return "";
  name.erase(0, dashes);
  if (!single) std::ranges::replace(name, '_', '-');
  return name;
}

std::vector<Use> AllUses(const Component& component, std::string_view flag) {
  const cluster::FlagTable table(component.kind, component.version);
  std::vector<Use> uses;
  const auto& arguments = component.command.arguments;
  for (size_t i = 0; i < arguments.size(); ++i) {
    const std::string& text = arguments[i].text;
    if (text == "--") break;
    const std::string name = Canonical(component, text);
    if (name.empty()) continue;
    Use use{i, i, text.substr(0, text.find('=')), text.find('=') != std::string::npos, false};
    if (!use.joined) {
      const auto* row = table.Find(name);
      use.bare = row != nullptr && (row->no_opt_default != nullptr ||
                                    row->type == cluster::versions::FlagType::kBool);
      if (!use.bare) use.value = ++i;
    }
    if (name == flag && use.value < arguments.size()) uses.push_back(std::move(use));
  }
  return uses;
}

bool AddsUp(const Component& component, std::string_view flag) {
  const cluster::FlagTable table(component.kind, component.version);
  const auto* row = table.Find(flag);
  return row != nullptr && (row->repeat == Repeat::kAppendCsv ||
                            row->repeat == Repeat::kAppendRaw || row->repeat == Repeat::kMergeMap);
}

Result<Touches> Change(ArgumentEditor& editor, const Use& use, const std::string& value) {
  if (use.joined || use.bare)
    return editor.Replace(use.name, use.written + "=" + value, use.written.size());
  return editor.Replace(use.value, value, 0);
}

Result<Touches> Remove(ArgumentEditor& editor, const Use& use) {
  auto touches = editor.Remove(use.name);
  if (!touches || use.value == use.name) return touches;
  auto value = editor.Remove(use.value);
  if (!value) return value;
  touches->insert(touches->end(), value->begin(), value->end());
  return touches;
}

/// Behind the last of the flags that come before it, where all of them are sorted.
size_t PlaceAmong(const Component& component, const std::string& flag) {
  const auto& arguments = component.command.arguments;
  size_t at = 0;
  for (size_t i = 0; i < arguments.size(); ++i) {
    const std::string name = Canonical(component, arguments[i].text);
    const bool joined = arguments[i].text.find('=') != std::string::npos;
    if (name.empty() || !joined) return arguments.size();
    if (i > 0 && Canonical(component, arguments[i - 1].text) > name) return arguments.size();
    if (name < flag) at = i + 1;
  }
  return at;
}

}  // namespace

Result<Touches> EditFlag(const Node& node, const Component& component, const std::string& flag,
                         const std::optional<std::string>& value) {
  if (!component.command.unknown.empty())
    return Fail(ErrorCode::kUnsupported, "edit the command line", component.instance,
                component.command.unknown, "edit it by hand");
  ArgumentEditor editor(node, component);
  const std::vector<Use> uses = AllUses(component, flag);
  const bool known = cluster::FlagTable(component.kind, component.version).Find(flag) != nullptr;
  if (!known && std::ranges::any_of(uses, [](const Use& use) { return !use.joined; }))
    return Fail(
        ErrorCode::kUnsupported, "edit the command line", component.instance,
        fmt::format("--{} is not known: whether it takes the next argument is not, either", flag),
        "edit it by hand");
  Touches touches;
  const auto add = [&](Result<Touches> more) -> Result<void> {
    if (!more) return std::unexpected(more.error());
    touches.insert(touches.end(), more->begin(), more->end());
    return {};
  };
  if (uses.empty() && value)
    return editor.Insert(PlaceAmong(component, flag), fmt::format("--{}={}", flag, *value));
  const bool all_others = !value || AddsUp(component, flag);
  for (size_t i = 0; i < uses.size(); ++i) {
    const bool last = i + 1 == uses.size();
    Result<void> done;
    if (last && value) {
      done = add(Change(editor, uses[i], *value));
    } else if (all_others) {
      done = add(Remove(editor, uses[i]));
    }
    if (!done) return std::unexpected(done.error());
  }
  return touches;
}

std::string DropInPath(const Component& component) {
  const std::string unit = component.instance.substr(0, component.instance.find(' '));
  return fmt::format("/etc/systemd/system/{}.d/90-seawall.conf", unit);
}

bool IsDistributionFile(const std::string& path) {
  return path.starts_with("/usr/lib/systemd/") || path.starts_with("/lib/systemd/") ||
         path.starts_with("/usr/local/lib/systemd/");
}

void AddFolders(const cluster::Node& node, const std::string& path, Touches& touches) {
  for (size_t slash = path.find('/', 1); slash != std::string::npos;
       slash = path.find('/', slash + 1)) {
    const std::string folder = path.substr(0, slash);
    if (!node.Stat(folder)) touches.push_back(Touch::Folder(folder, 0755));
  }
}

}  // namespace seawall::harden
