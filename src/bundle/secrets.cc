#include "bundle/secrets.h"

#include <algorithm>
#include <cctype>

#include "base/text.h"
#include "bundle/command_words.h"
#include "bundle/yaml_secrets.h"
#include "x509/certificate.h"
#include "yaml/document.h"

namespace seawall::bundle {
namespace {

bool IsAlnum(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0; }

bool EndsWithAny(std::string_view text, std::initializer_list<std::string_view> ends) {
  return std::ranges::any_of(ends, [&](std::string_view end) { return text.ends_with(end); });
}

/// Only shape: letters and digits are replaced, each run as one secret.
std::string OnlyShape(std::string text, Pseudonyms& pseudonyms, bool known) {
  for (size_t at = 0; at < text.size();) {
    size_t end = at;
    const auto belongs = [](char c) {
      return IsAlnum(c) || static_cast<unsigned char>(c) >= 0x80 ||
             std::string_view("+/=_-.!$@%&*~^:;#?").find(c) != std::string_view::npos;
    };
    while (end < text.size() && belongs(text[end])) ++end;
    if (end > at) pseudonyms.Replace(text, at, end, known);
    at = end + 1;
  }
  return text;
}

/// `visit(from, to)` for each line, without its end.
template <typename Visit>
void ForEachLine(const std::string& text, Visit visit) {
  for (size_t at = 0; at < text.size();) {
    const size_t end = std::min(text.find('\n', at), text.size());
    visit(at, end);
    at = end + 1;
  }
}

void BlankRest(std::string& text, size_t from, size_t to) {
  for (size_t i = from; i < to; ++i) {
    if (text[i] != ' ' && text[i] != '\t' && text[i] != '\r') text[i] = '.';
  }
}

/// passwd(5), group(5): the first and the third field; of what is no account, nothing.
std::string Accounts(std::string text) {
  const std::string before = text;
  ForEachLine(before, [&](size_t from, size_t to) {
    const std::string_view line = std::string_view(before).substr(from, to - from);
    if (line.starts_with('#') || std::ranges::count(line, ':') < 2)
      return BlankRest(text, from, to);
    size_t field = 1;
    for (size_t i = from; i < to; ++i) {
      if (text[i] == ':') {
        ++field;
      } else if (field != 1 && field != 3) {
        text[i] = 'x';
      }
    }
  });
  return text;
}

/// Lines that begin with # are blanked.
std::string WithoutComments(std::string text) {
  const std::string before = text;
  ForEachLine(before, [&](size_t from, size_t to) {
    if (from < to && before[from] == '#') BlankRest(text, from + 1, to);
  });
  return text;
}

size_t SkipBlank(std::string_view text, size_t at, size_t to) {
  while (at < to && (text[at] == ' ' || text[at] == '\t')) ++at;
  return at;
}

/// Whether a unit's setting holds names of systemd's own: nothing but the secrets within it goes.
bool IsOfSystemd(std::string_view key) {
  static constexpr std::string_view kKeys[] = {"After",
                                               "Before",
                                               "Requires",
                                               "Wants",
                                               "BindsTo",
                                               "PartOf",
                                               "Conflicts",
                                               "WantedBy",
                                               "RequiredBy",
                                               "UpheldBy",
                                               "Upholds",
                                               "Also",
                                               "Alias",
                                               "Type",
                                               "Restart",
                                               "User",
                                               "Group",
                                               "KillMode",
                                               "Slice",
                                               "PassEnvironment",
                                               "UnsetEnvironment",
                                               "EnvironmentFile",
                                               "OnFailure",
                                               "WorkingDirectory",
                                               "RootDirectory",
                                               "RuntimeDirectory",
                                               "StateDirectory",
                                               "LogsDirectory",
                                               "ConfigurationDirectory",
                                               "CapabilityBoundingSet",
                                               "AmbientCapabilities",
                                               "SystemCallFilter",
                                               "RestrictAddressFamilies",
                                               "ReadWritePaths",
                                               "ReadOnlyPaths",
                                               "InaccessiblePaths",
                                               "DefaultInstance",
                                               "DynamicUser",
                                               "SupplementaryGroups",
                                               "Delegate",
                                               "UMask"};
  return std::ranges::find(kKeys, key) != std::end(kKeys) || key.starts_with("Condition") ||
         key.starts_with("Assert") || key.starts_with("Protect") || key.starts_with("Limit");
}

/// A unit or a drop-in: comments go, then each setting, with the lines that it goes on for.
std::string Unit(std::string text, Pseudonyms& pseudonyms) {
  const std::string before = text;
  ForEachLine(before, [&](size_t from, size_t to) {
    const size_t at = SkipBlank(before, from, to);
    if (at < to && (before[at] == '#' || before[at] == ';')) BlankRest(text, at + 1, to);
  });
  CommandWords words(text, pseudonyms);
  for (size_t at = 0; at < before.size();) {
    size_t end = std::min(before.find('\n', at), before.size());
    const size_t first = SkipBlank(before, at, end);
    const bool comment = first < end && (before[first] == '#' || before[first] == ';');
    while (!comment && end < before.size() && end > at && before[end - 1] == '\\')
      end = std::min(before.find('\n', end + 1), before.size());
    const size_t equals = before.find('=', first);
    if (!comment && first < end && before[first] != '[' && equals < end) {
      const std::string key(Trim(std::string_view(before).substr(first, equals - first)));
      if (IsOfSystemd(key)) {
        words.Keep(equals + 1, end);
      } else {
        CommandWords(text, pseudonyms).Run(equals + 1, end);
      }
    } else if (!comment && first < end && before[first] != '[') {
      CommandWords(text, pseudonyms).Run(first, end);
    }
    at = end + 1;
  }
  return text;
}

/// TOML: "key = value" lines.
std::string Toml(std::string text, Pseudonyms& pseudonyms) {
  const std::string before = text;
  ForEachLine(before, [&](size_t from, size_t to) {
    CommandWords words(text, pseudonyms);
    const size_t at = SkipBlank(before, from, to);
    const size_t equals = before.find('=', at);
    if (at < to && before[at] == '[') return words.Keep(at, to);
    if (at < to && before[at] == '#') return BlankRest(text, at + 1, to);
    if (equals >= to) return words.Run(from, to);
    std::string key(Trim(std::string_view(before).substr(at, equals - at)));
    if (!NamesSecret(key) && key != "auth") return words.Run(equals + 1, to);
    const size_t value = SkipBlank(before, equals + 1, to);
    const bool quoted = value < to && (before[value] == '"' || before[value] == '\'');
    const size_t close = quoted ? before.find(before[value], value + 1) : std::string::npos;
    if (!quoted || close >= to) return words.Replace(value, to, true);
    words.Replace(value + 1, close, true);
    words.Run(close + 1, to);
  });
  return text;
}

/// /proc/PID/environ: NAME=VALUE, each with a NUL.
std::string Environment(std::string text, Pseudonyms& pseudonyms) {
  CommandWords words(text, pseudonyms);
  for (size_t at = 0; at < text.size();) {
    const size_t end = std::min(text.find('\0', at), text.size());
    const size_t equals = text.find('=', at);
    if (equals < end) {
      words.Variable(text.substr(at, equals - at), equals + 1, end);
    } else {
      words.Replace(at, end, false);
    }
    at = end + 1;
  }
  return text;
}

/// ABAC: a JSON object in each line.
std::string JsonLines(std::string text, Pseudonyms& pseudonyms) {
  const std::string before = text;
  ForEachLine(before, [&](size_t from, size_t to) {
    const std::string line = before.substr(from, to - from);
    const size_t at = SkipBlank(line, 0, line.size());
    if (at == line.size()) return;
    if (line[at] == '#') return BlankRest(text, from + at + 1, to);
    const auto stream = yaml::Parse("", line);
    const bool object = stream && stream->root().is_mapping();
    text.replace(from, line.size(),
                 object ? WithoutSecrets(*stream, pseudonyms) : OnlyShape(line, pseudonyms, false));
  });
  return text;
}

bool IsName(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) { return IsAlnum(c) || c == '_'; });
}

/// Most of its lines set a variable: a file of variables for a unit.
bool IsVariables(const std::string& text) {
  size_t lines = 0, variables = 0;
  ForEachLine(text, [&](size_t from, size_t to) {
    std::string_view line = Trim(std::string_view(text).substr(from, to - from));
    if (line.empty() || line[0] == '#' || line[0] == ';') return;
    if (line.starts_with("export ")) line = Trim(line.substr(7));
    ++lines;
    const size_t equals = line.find('=');
    variables += equals != std::string_view::npos && IsName(line.substr(0, equals));
  });
  return lines == 0 || variables * 2 >= lines;
}

/// Blank lines and comments aside, ';' comments too.
std::string Commands(std::string text, Pseudonyms& pseudonyms) {
  const std::string before = text;
  ForEachLine(before, [&](size_t from, size_t to) {
    const size_t at = SkipBlank(before, from, to);
    const bool comment = at < to && (before[at] == '#' || before[at] == ';');
    const bool interpreter = from == 0 && before.starts_with("#!");
    if (comment && !interpreter) BlankRest(text, at + 1, to);
  });
  size_t from = 0;
  if (before.starts_with("#!")) from = std::min(before.find('\n'), before.size());
  CommandWords(text, pseudonyms).Run(from, text.size());
  return text;
}

bool IsObjectLines(std::string_view text) {
  const size_t first = text.find_first_not_of(" \t\r\n");
  return first != std::string_view::npos && (text[first] == '{' || text[first] == '#');
}

/// By its place, and by a section: kubeadm's guide for members of etcd puts the kubelet's
/// configuration, which is YAML, into kubelet.service.d/kubelet.conf.
bool IsUnit(std::string_view path, std::string_view text) {
  if (path.find("/systemd/") == std::string_view::npos) return false;
  return (text.starts_with('[') || text.find("\n[") != std::string_view::npos) &&
         EndsWithAny(path, {".service", ".conf", ".timer", ".socket", ".path", ".mount", ".slice"});
}

std::string Patterns(std::string text, Pseudonyms& pseudonyms) {
  CommandWords(text, pseudonyms).Keep(0, text.size());
  return text;
}

/// A process's file: "environ" of "/proc/12/environ".
std::string_view ProcFile(std::string_view path) {
  if (!path.starts_with("/proc/")) return {};
  path.remove_prefix(6);
  const size_t slash = path.find('/');
  const std::string_view pid = path.substr(0, slash);
  const bool number =
      !pid.empty() && std::ranges::all_of(pid, [](char c) { return c >= '0' && c <= '9'; });
  return number && slash != std::string_view::npos ? path.substr(slash + 1) : std::string_view();
}

class AnswersReplacer {
 public:
  AnswersReplacer(const Answers& answers, const std::set<std::string>& token_files,
                  Pseudonyms& pseudonyms)
      : answers_(answers), token_files_(token_files), pseudonyms_(pseudonyms) {}

  std::string File(const std::string& path, std::string bytes) {
    if (bytes.empty()) return bytes;
    if (path.starts_with("/proc/") || path.starts_with("/sys/"))
      return Proc(path, std::move(bytes));
    if (path == "/etc/passwd" || path == "/etc/group") return Accounts(std::move(bytes));
    if (path == "/etc/hostname" || path == "/etc/os-release" || path == "/usr/lib/os-release")
      bytes = WithoutComments(std::move(bytes));
    if (path == "/etc/hostname" || path == "/etc/os-release" || path == "/var/lib/dpkg/status" ||
        path == "/usr/lib/os-release")
      return Patterns(std::move(bytes), pseudonyms_);
    if (token_files_.contains(path)) return OnlyShape(std::move(bytes), pseudonyms_, true);
    if (IsUnit(path, bytes)) return Unit(std::move(bytes), pseudonyms_);
    if (EndsWithAny(path, {".toml"}) || path.find("/crio/") != std::string::npos)
      return Toml(std::move(bytes), pseudonyms_);
    return ByContent(std::move(bytes));
  }

  /// Of a program only what Go wrote about its making is read; flags of the linker may say more.
  /// The beginning of a script shows that it is none.
  std::string PartOf(const Part& part, std::string bytes) {
    const auto& [path, offset, length] = part;
    const auto first = answers_.parts.lower_bound(Part(path, 0, 0));
    const bool known = first != answers_.parts.end() && std::get<0>(first->first) == path &&
                       std::get<1>(first->first) == 0 && first->second.has_value();
    const std::string& beginning = offset != 0 && known ? *first->second : bytes;
    const bool program = beginning.starts_with(
        "\x7F"
        "ELF");
    return program ? Patterns(std::move(bytes), pseudonyms_)
                   : OnlyShape(std::move(bytes), pseudonyms_, false);
  }

 private:
  std::string Proc(const std::string& path, std::string bytes) {
    const std::string_view file = ProcFile(path);
    if (file == "environ") return Environment(std::move(bytes), pseudonyms_);
    if (file == "cmdline" || path == "/proc/cmdline") {
      const std::string environ = path.substr(0, path.rfind('/')) + "/environ";
      // Only of a component more than the command line is read; other people's say nothing here.
      if (!answers_.reads.contains(environ)) return OnlyShape(std::move(bytes), pseudonyms_, false);
      CommandWords(bytes, pseudonyms_).Run(0, bytes.size());
      return bytes;
    }
    return Patterns(std::move(bytes), pseudonyms_);
  }

  std::string ByContent(std::string bytes) {
    const bool pem = bytes.find("-----BEGIN ") != std::string::npos;
    const auto stream = yaml::Parse("", bytes);
    bool mappings = stream && stream->documents() > 0;
    for (size_t i = 0; mappings && i < stream->documents(); ++i) {
      const yaml::Value root = stream->root(i);
      mappings = root.is_mapping() || (stream->documents() > 1 && root.is_null());
    }
    if (mappings) return WithoutSecrets(*stream, pseudonyms_);
    if (pem) return x509::HideKeys(bytes);
    if (IsObjectLines(bytes) && !bytes.starts_with("#!") && bytes.find('{') != std::string::npos &&
        !IsVariables(bytes)) {
      return JsonLines(std::move(bytes), pseudonyms_);
    }
    if (bytes.starts_with("#!") || IsVariables(bytes))
      return Commands(std::move(bytes), pseudonyms_);
    return OnlyShape(std::move(bytes), pseudonyms_, false);
  }

  const Answers& answers_;
  const std::set<std::string>& token_files_;
  Pseudonyms& pseudonyms_;
};

}  // namespace

Answers WithoutSecrets(Answers answers, const std::set<std::string>& token_files,
                       Pseudonyms& pseudonyms) {
  AnswersReplacer replacer(answers, token_files, pseudonyms);
  const auto each = [](auto& table, auto change) {
    for (auto& [key, answer] : table) {
      if (answer) answer = change(key, std::move(*answer));
    }
  };
  for (auto& [path, file] : answers.reads) {
    if (file.bytes) file.bytes = replacer.File(path, std::move(*file.bytes));
  }
  each(answers.parts, [&](const Part& part, std::string bytes) {
    return replacer.PartOf(part, std::move(bytes));
  });
  // A secret that was found may stand elsewhere as well.
  for (auto& [path, file] : answers.reads) {
    if (file.bytes) file.bytes = pseudonyms.ReplaceNoted(std::move(*file.bytes));
  }
  const auto noted = [&](const auto&, std::string text) {
    return pseudonyms.ReplaceNoted(std::move(text));
  };
  each(answers.parts, noted);
  each(answers.links, noted);
  return answers;
}

}  // namespace seawall::bundle
