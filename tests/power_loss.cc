#include "power_loss.h"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <random>
#include <set>
#include <sstream>

#include "program.h"

namespace seawall::test {
namespace {

namespace fs = std::filesystem;
using Kind = DiskCall::Kind;

// ---- strace's lines

/// One of strace's strings, whose escapes are C's.
std::string Unescape(std::string_view text) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\\' || i + 1 == text.size()) {
      out += text[i];
      continue;
    }
    const char c = text[++i];
    if (c >= '0' && c <= '7') {
      int value = 0;
      for (int digits = 0; digits < 3 && i < text.size() && text[i] >= '0' && text[i] <= '7';
           ++digits)
        value = value * 8 + (text[i++] - '0');
      --i;
      out += static_cast<char>(value);
      continue;
    }
    constexpr std::string_view kNames = "abtnvfr";
    const size_t name = kNames.find(c);
    out += name == std::string_view::npos ? c : "\a\b\t\n\v\f\r"[name];
  }
  return out;
}

struct Line {
  std::string call;
  std::vector<std::string> arguments;  ///< strings unescaped, descriptors as their paths
  std::string result;
};

/// A descriptor's path: `4</etc>`; the argument itself when it is none.
std::string PathOf(const std::string& argument) {
  const size_t open = argument.find('<');
  return open == std::string::npos ? argument
                                   : argument.substr(open + 1, argument.rfind('>') - open - 1);
}

Line ParseLine(const std::string& text) {
  Line line;
  const size_t paren = text.find('('), close = text.rfind(')');
  const size_t equals = close == std::string::npos ? close : text.find('=', close);
  if (paren == std::string::npos || equals == std::string::npos) return line;
  line.call = text.substr(text.find_last_of(' ', paren) + 1);
  line.call.resize(line.call.find('('));
  line.result = text.substr(text.find_first_not_of("= ", equals));
  std::string argument;
  bool quoted = false;
  for (size_t i = paren + 1; i <= close; ++i) {
    const char c = text[i];
    if (c == '\\' && quoted) {
      argument += c;
      argument += text[++i];
    } else if (c == '"') {
      quoted = !quoted;
    } else if (!quoted && ((c == ',' && text[i + 1] == ' ') || i == close)) {
      line.arguments.push_back(argument);
      argument.clear();
      i += c == ',' ? 1 : 0;
    } else {
      argument += c;
    }
  }
  return line;
}

bool Succeeded(const Line& line) {
  return !line.result.empty() && line.result[0] != '-' && line.result[0] != '?';
}

// ---- the model

struct Inode {
  bool folder = false;
  unsigned mode = 0;
  std::string bytes;
  bool operator==(const Inode&) const = default;
};

struct Names {
  std::vector<Inode> inodes;
  std::map<std::pair<size_t, std::string>, size_t> names;  ///< by folder and name

  size_t Find(const std::string& path) const {
    size_t at = 0;
    std::istringstream parts(path);
    for (std::string part; std::getline(parts, part, '/');) {
      if (part.empty()) continue;
      const auto next = names.find({at, part});
      if (next == names.end()) return SIZE_MAX;
      at = next->second;
    }
    return at;
  }
};

std::pair<std::string, std::string> Split(const std::string& path) {
  const size_t slash = path.rfind('/');
  return {path.substr(0, slash), path.substr(slash + 1)};
}

/// One call, on inodes instead of paths.
struct Step {
  const DiskCall* call = nullptr;
  size_t inode = 0, folder = 0;
  std::string name, to;
  size_t offset = 0;             ///< of a write
  size_t durable_at = SIZE_MAX;  ///< the call that brought it to the disk
};

Names NamesOf(const Disk& disk) {
  Names names;
  names.inodes.push_back({true, 0755, ""});
  for (const auto& [path, entry] : disk) {
    const auto [folder, name] = Split(path);
    names.names[{names.Find(folder), name}] = names.inodes.size();
    names.inodes.push_back({entry.folder, entry.mode, entry.bytes});
  }
  return names;
}

void Do(const Step& step, bool torn, Names& names) {
  Inode& inode = names.inodes[step.inode];
  const std::pair<size_t, std::string> key = {step.folder, step.name};
  const auto is_ours = [&] {
    const auto at = names.names.find(key);
    return at != names.names.end() && at->second == step.inode;
  };
  switch (step.call->kind) {
    case Kind::kCreate:
    case Kind::kFolder:
      names.names[key] = step.inode;
      break;
    case Kind::kWrite: {
      const std::string& bytes = step.call->bytes;
      const std::string kept = torn ? bytes.substr(0, bytes.size() / 2) : bytes;
      inode.bytes.resize(std::max(inode.bytes.size(), step.offset + kept.size()), '\0');
      inode.bytes.replace(step.offset, kept.size(), kept);
      break;
    }
    case Kind::kEmpty:
      inode.bytes.clear();
      break;
    case Kind::kMode:
      inode.mode = step.call->mode;
      break;
    case Kind::kRename:
      if (is_ours()) names.names.erase(key);
      names.names[{step.folder, step.to}] = step.inode;
      break;
    case Kind::kRemove:
      if (is_ours()) names.names.erase(key);
      break;
    default:
      break;
  }
}

/// The inodes that the calls make are there from the beginning, without names.
std::vector<Step> StepsOf(const std::vector<DiskCall>& calls, Names& start) {
  static const DiskCall nothing{};
  Names live = start;
  std::vector<Step> steps;
  for (const DiskCall& call : calls) {
    Step step;
    step.call = &call;
    const auto [folder, name] = Split(call.path);
    step.name = name;
    step.to = Split(call.to).second;
    step.folder = live.Find(folder);
    step.inode = live.Find(call.path);
    // O_CREAT of what is there makes nothing.
    if (call.kind == Kind::kCreate && step.inode != SIZE_MAX) step.call = &nothing;
    const Kind kind = step.call->kind;
    if (kind == Kind::kCreate || kind == Kind::kFolder) {
      step.inode = live.inodes.size();
      const Inode fresh = {kind == Kind::kFolder, call.mode, ""};
      live.inodes.push_back(fresh);
      start.inodes.push_back(fresh);
    }
    if (kind != Kind::kSaid) {
      EXPECT_NE(step.inode, SIZE_MAX) << "not in the model: " << call.path;
      if (step.inode == SIZE_MAX) continue;
    }
    if (kind == Kind::kWrite) step.offset = live.inodes[step.inode].bytes.size();
    if (kind != Kind::kSaid) Do(step, false, live);
    if (kind == Kind::kSync) {
      for (Step& before : steps) {
        const Kind done = before.call->kind;
        const bool named = done == Kind::kCreate || done == Kind::kFolder ||
                           done == Kind::kRename || done == Kind::kRemove;
        const size_t synced = named ? before.folder : before.inode;
        if (before.durable_at == SIZE_MAX && synced == step.inode && done != Kind::kSaid)
          before.durable_at = steps.size();
      }
    }
    steps.push_back(step);
  }
  return steps;
}

Disk DiskOf(const Names& names) {
  Disk disk;
  const std::function<void(size_t, const std::string&)> add = [&](size_t folder,
                                                                  const std::string& path) {
    for (auto at = names.names.lower_bound({folder, ""});
         at != names.names.end() && at->first.first == folder; ++at) {
      const Inode& inode = names.inodes[at->second];
      disk[path + "/" + at->first.second] = {inode.folder, inode.mode, inode.bytes};
      if (inode.folder) add(at->second, path + "/" + at->first.second);
    }
  };
  add(0, "");
  return disk;
}

}  // namespace

Disk ReadDisk(const std::string& root) {
  Disk disk;
  for (const auto& entry : fs::recursive_directory_iterator(root)) {
    struct stat is{};
    EXPECT_EQ(lstat(entry.path().c_str(), &is), 0);
    const bool folder = S_ISDIR(is.st_mode);
    disk[entry.path().string().substr(root.size())] = {
        folder, is.st_mode & 07777u, folder ? "" : ReadFile(entry.path().string())};
  }
  return disk;
}

void WriteDisk(const Disk& disk, const std::string& root) {
  for (const auto& entry : fs::directory_iterator(root)) fs::remove_all(entry.path());
  for (const auto& [path, entry] : disk) {
    const std::string file = root + path;
    if (entry.folder) {
      fs::create_directory(file);
    } else {
      std::ofstream(file, std::ios::binary) << entry.bytes;
    }
    EXPECT_EQ(chmod(file.c_str(), entry.mode), 0) << file;
  }
}

std::vector<DiskCall> ReadDiskCalls(const std::string& trace, const std::string& root) {
  std::vector<DiskCall> calls;
  std::istringstream lines(trace);
  const auto add = [&](Kind kind, const std::string& path, std::string bytes = "",
                       unsigned mode = 0, const std::string& to = "") {
    if (!path.starts_with(root + "/")) return;
    calls.push_back({kind, path.substr(root.size()), to.empty() ? to : to.substr(root.size()),
                     std::move(bytes), mode});
  };
  for (std::string text; std::getline(lines, text);) {
    const Line line = ParseLine(text);
    const auto& words = line.arguments;
    if (!Succeeded(line) || words.empty()) continue;
    const std::string path = PathOf(words[0]);
    const auto below = [&](size_t i) { return PathOf(words[i]) + "/" + Unescape(words[i + 1]); };
    if (line.call == "openat" && words.size() > 3) {
      add(Kind::kCreate, PathOf(line.result), "",
          static_cast<unsigned>(std::stoul(words[3], nullptr, 8)));
    } else if (line.call == "write" && words[0].starts_with("1<")) {
      calls.push_back({Kind::kSaid, "", "", Unescape(words[1]), 0});
    } else if (line.call == "write") {
      add(Kind::kWrite, path, Unescape(words[1]));
    } else if (line.call == "ftruncate") {
      add(Kind::kEmpty, path);
    } else if (line.call == "fchmod") {
      add(Kind::kMode, path, "", static_cast<unsigned>(std::stoul(words[1], nullptr, 8)));
    } else if (line.call == "mkdirat") {
      add(Kind::kFolder, below(0), "", static_cast<unsigned>(std::stoul(words[2], nullptr, 8)));
    } else if (line.call == "unlinkat") {
      add(Kind::kRemove, below(0));
    } else if (line.call.starts_with("renameat")) {
      add(Kind::kRename, below(0), "", 0, below(2));
    } else if (line.call == "fsync" || line.call == "fdatasync") {
      add(Kind::kSync, path);
    }
  }
  return calls;
}

std::vector<DiskState> StatesAfterPowerLoss(const Disk& before, const std::vector<DiskCall>& calls,
                                            size_t from) {
  Names start = NamesOf(before);
  const std::vector<Step> steps = StepsOf(calls, start);
  std::vector<DiskState> states;
  std::set<size_t> seen;
  std::minstd_rand random(1);
  for (size_t end = from; end <= steps.size(); ++end) {
    std::vector<size_t> pending;
    std::string said;
    for (size_t i = 0; i < end; ++i) {
      const Kind kind = steps[i].call->kind;
      if (kind == Kind::kSaid) said += steps[i].call->bytes;
      if (kind != Kind::kSaid && kind != Kind::kSync && steps[i].durable_at >= end)
        pending.push_back(i);
    }
    const auto add = [&](const std::set<size_t>& kept, size_t torn, const std::string& what) {
      Names names = start;
      for (size_t i = 0; i < end; ++i) {
        const Kind kind = steps[i].call->kind;
        if (kind == Kind::kSaid || kind == Kind::kSync) continue;
        if (steps[i].durable_at < end || kept.contains(i)) Do(steps[i], i == torn, names);
      }
      DiskState state = {DiskOf(names), said,
                         fmt::format("after call {} {}: {}", end,
                                     end == 0 ? "" : steps[end - 1].call->path, what)};
      std::string text = said;
      for (const auto& [path, entry] : state.disk)
        text += fmt::format("{} {} {:o} {}\n", path, entry.folder, entry.mode, entry.bytes);
      if (seen.insert(std::hash<std::string>()(text)).second) states.push_back(std::move(state));
    };
    const std::set<size_t> all(pending.begin(), pending.end());
    add({}, SIZE_MAX, "nothing kept");
    add(all, SIZE_MAX, "all kept");
    for (const size_t one : pending) {
      std::set<size_t> but = all;
      but.erase(one);
      add(but, SIZE_MAX, fmt::format("call {} lost", one));
      add({one}, SIZE_MAX, fmt::format("only call {} kept", one));
      if (steps[one].call->kind == Kind::kWrite) add(all, one, fmt::format("call {} torn", one));
    }
    for (int i = 0; i < 8 && pending.size() > 2; ++i) {
      std::set<size_t> some;
      for (const size_t one : pending) {
        if (random() % 2 == 0) some.insert(one);
      }
      add(some, SIZE_MAX, fmt::format("some kept ({})", i));
    }
  }
  return states;
}

}  // namespace seawall::test
