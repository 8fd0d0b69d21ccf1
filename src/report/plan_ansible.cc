// A plan as tasks of a playbook. Ansible's modules for lines know no places: a line is named by its
// text, together with the lines around it where it occurs more than once.
#include <fmt/format.h>

#include "base/text.h"
#include "harden/fresh.h"
#include "report/plan_handover.h"
#include "report/redact.h"

namespace seawall::report {
namespace {

using harden::FileChange;
using harden::Fresh;
using harden::Plan;

using Lines = std::vector<std::string>;
using TaskArguments = std::vector<std::pair<std::string, Fresh>>;

/// Lines that make room for others, with those around them.
struct Group {
  size_t at = 0;  ///< number of the first old line, or of the one behind what comes in; from 0
  Lines before, old, fresh, after;
};

/// Text as a regular expression of Python's that is nothing but it.
std::string Escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (std::string_view("\\.^$*+?{}[]|()").find(c) != std::string_view::npos) out += '\\';
    out += c;
  }
  return out;
}

std::string Literally(std::string_view line) { return "^" + Escaped(line) + "$"; }

/// What re.sub() puts in: only backslashes mean something there.
std::string Replacement(const Lines& lines) {
  std::string out;
  for (const char c : Join(lines, "\n")) out.append(c == '\\' ? 2 : 1, c);
  return out;
}

Lines operator+(Lines one, const Lines& other) {
  one.insert(one.end(), other.begin(), other.end());
  return one;
}

/// The groups of a unified diff.
std::vector<Group> GroupsOf(std::string_view diff) {
  std::vector<Group> groups;
  Group group;
  size_t at = 0;
  bool hunk = false;
  const auto end = [&] {
    if (!group.old.empty() || !group.fresh.empty()) groups.push_back(group);
    group = {};
  };
  for (const std::string_view row : Split(diff, '\n')) {
    if (row.starts_with("@@ -")) {
      end();
      hunk = true;
      const auto from = ParseInt(row.substr(4, row.find_first_of(", ", 4) - 4));
      at = from.value_or(1) > 0 ? static_cast<size_t>(from.value_or(1)) - 1 : 0;
      continue;
    }
    if (!hunk || row.empty() || row[0] == '\\') continue;
    std::string line(row.substr(1));
    if (row[0] == ' ') {
      if (!group.old.empty() || !group.fresh.empty()) {
        // The lines behind one group are those before the next.
        group.after.push_back(line);
        Lines before = {line};
        end();
        group.before = std::move(before);
      } else {
        group.before.push_back(std::move(line));
      }
      group.at = ++at;
    } else if (row[0] == '-') {
      if (group.old.empty() && group.fresh.empty()) group.at = at;
      group.old.push_back(std::move(line));
      ++at;
    } else {
      if (group.old.empty() && group.fresh.empty()) group.at = at;
      group.fresh.push_back(std::move(line));
    }
  }
  end();
  return groups;
}

class FileTasks {
 public:
  FileTasks(const std::string& path, const std::string& marks) : path_(path), marks_(marks) {}

  std::string Write(const std::string& diff) {
    for (const Group& group : GroupsOf(diff)) Add(group);
    return std::move(out_);
  }

 private:
  /// Whether `count` lines from there on stand nowhere else in the file.
  bool IsOnce(size_t at, size_t count) const {
    const size_t lines = marks_.size() / 2;
    if (count == 0 || at + count > lines) return false;
    const std::string_view all = marks_;
    const std::string_view these = all.substr(at * 2, count * 2);
    for (size_t i = 0; i + count <= lines; ++i) {
      if (i != at && all.substr(i * 2, count * 2) == these) return false;
    }
    return true;
  }

  void Task(std::string_view name, std::string_view module, TaskArguments arguments) {
    arguments.insert(arguments.begin(), {"path", Fresh::Text(path_)});
    out_ += fmt::format("- name: \"{}\"\n  ansible.builtin.{}:\n", name, module);
    out_ += harden::BlockText(Fresh::Map(std::move(arguments)), 4, harden::Quotes::kDouble, "\n");
  }

  void Add(const Group& group) {
    // lineinfile takes "line\r" for another line than it wrote.
    if (Join(group.before + group.old + group.fresh, "").find('\r') != std::string::npos)
      return AddAmongOthers(group);
    bool once = true;
    for (size_t i = 0; i < group.old.size(); ++i) once = once && IsOnce(group.at + i, 1);
    if (once && !group.old.empty() &&
        (group.fresh.empty() || group.old.size() == group.fresh.size()))
      return AddEach(group);
    const bool one = group.old.empty() && group.fresh.size() == 1 && !group.before.empty();
    if (one && IsOnce(group.at - 1, 1)) {
      return Task("a line of " + path_, "lineinfile",
                  {{"insertafter", Fresh::Text(Literally(group.before.back()))},
                   {"line", Fresh::Text(group.fresh.front())}});
    }
    AddAmongOthers(group);
  }

  void AddEach(const Group& group) {
    for (size_t i = 0; i < group.old.size(); ++i) {
      const auto regexp = Fresh::Text(Literally(group.old[i]));
      if (group.fresh.empty()) {
        Task("a line of " + path_ + " goes", "lineinfile",
             {{"regexp", regexp}, {"state", Fresh::Text("absent")}});
      } else {
        Task("a line of " + path_, "lineinfile",
             {{"regexp", regexp}, {"line", Fresh::Text(group.fresh[i])}});
      }
    }
  }

  /// With the lines around it; what is put in between keeps it from being found a second time.
  void AddAmongOthers(const Group& group) {
    const size_t begin = group.at - group.before.size();
    const size_t count = group.before.size() + group.old.size() + group.after.size();
    if (!IsOnce(begin, count)) {
      out_ += fmt::format("# {}, line {}: by hand, for these lines occur more than once:\n", path_,
                          group.at + 1);
      for (const std::string& line : group.old) out_ += fmt::format("#   - {}\n", line);
      for (const std::string& line : group.fresh) out_ += fmt::format("#   + {}\n", line);
      return;
    }
    const std::string what = Join(group.before + group.old + group.after, "\n");
    // At the end of the file nothing behind it keeps it from being found again.
    const bool end = group.after.empty();
    Task("lines of " + path_, "replace",
         {{"regexp", Fresh::Text(end ? "^" + Escaped(what) + "(\\n*)\\Z" : Literally(what))},
          {"replace", Fresh::Text(Replacement(group.before + group.fresh + group.after) +
                                  (end ? "\\1" : ""))}});
  }

  const std::string& path_;
  const std::string& marks_;
  std::string out_;
};

std::string TasksOf(const FileChange& change, const std::string& diff, const std::string& lines) {
  std::string out;
  const auto task = [&](std::string_view name, std::string_view module, TaskArguments arguments) {
    arguments.emplace_back("mode", Fresh::Text(fmt::format("{:04o}", change.mode)));
    arguments.emplace_back("owner", Fresh::Text(fmt::format("{}", change.uid)));
    arguments.emplace_back("group", Fresh::Text(fmt::format("{}", change.gid)));
    out += fmt::format("- name: \"{} {}\"\n  ansible.builtin.{}:\n", name, change.path, module);
    out += harden::BlockText(Fresh::Map(std::move(arguments)), 4, harden::Quotes::kDouble, "\n");
  };
  const auto path = Fresh::Text(change.path);
  const FileChange& c = change;
  if (!c.before.exists && c.folder) {
    task("folder", "file", {{"path", path}, {"state", Fresh::Text("directory")}});
  } else if (!c.before.exists) {
    task("file", "copy", {{"dest", path}, {"content", Fresh::Text(c.content)}});
  } else {
    if (!c.edits.empty()) out += FileTasks(c.path, lines).Write(diff);
    if (c.before.mode != c.mode || c.before.uid != c.uid || c.before.gid != c.gid)
      task("mode and owner of", "file", {{"path", path}});
  }
  return out;
}

}  // namespace

std::string PlanForAnsible(const Plan& plan) {
  std::string out =
      "# Tasks of seawall harden plan. Restart what is named in `seawall harden "
      "plan` afterwards.\n";
  for (const auto& step : plan.steps) {
    for (const auto& planned : step.changes)
      out += TasksOf(planned.change, planned.diff, planned.lines);
  }
  for (const auto& handed : plan.handed_changes)
    out += TasksOf(handed.change, handed.diff, handed.lines);
  return Redact(out);
}

}  // namespace seawall::report
