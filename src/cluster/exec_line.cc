#include "cluster/exec_line.h"

#include <optional>

#include "fmt/format.h"

namespace seawall::cluster {
namespace {

constexpr size_t kMaxExpanded = 1u << 20;  // the kernel takes no more for a whole argv by default

/// "etcd@infra1.service": prefix "etcd", instance "infra1".
struct UnitName {
  std::string prefix;
  std::optional<std::string> instance;

  explicit UnitName(const std::string& unit) {
    const std::string stem = unit.substr(0, unit.rfind('.'));
    const size_t at = stem.find('@');
    prefix = stem.substr(0, at);
    if (at != std::string::npos && at + 1 < stem.size()) instance = stem.substr(at + 1);
  }
};

/// systemd's unescaping of names: "-" is "/", "\x2d" a byte.
std::string Unescape(const std::string& text) {
  std::string result;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '-') {
      result += '/';
    } else if (text[i] == '\\' && i + 3 < text.size() && text[i + 1] == 'x') {
      result += static_cast<char>(std::stoi(text.substr(i + 2, 2), nullptr, 16));
      i += 3;
    } else {
      result += text[i];
    }
  }
  return result;
}

bool SafeToUnescape(const std::string& text) {
  for (size_t i = text.find('\\'); i != std::string::npos; i = text.find('\\', i + 1)) {
    if (i + 3 >= text.size() || text[i + 1] != 'x' ||
        text.substr(i + 2, 2).find_first_not_of("0123456789abcdefABCDEF") != std::string::npos) {
      return false;
    }
  }
  return true;
}

std::optional<std::string> Specifier(char letter, const UnitContext& context) {
  const UnitName name(context.unit);
  switch (letter) {
    case '%':
      return "%";
    case 'n':
      return context.unit;
    case 'N':
      return context.unit.substr(0, context.unit.rfind('.'));
    case 'p':
      return name.prefix;
    case 'P':
      return SafeToUnescape(name.prefix) ? std::optional(Unescape(name.prefix)) : std::nullopt;
    case 'j':
      return name.prefix.substr(
          name.prefix.rfind('-') == std::string::npos ? 0 : name.prefix.rfind('-') + 1);
    case 'i':
      if (context.unit.find("@.") != std::string::npos) return std::nullopt;
      return name.instance.value_or("");
    case 'I':
      if (context.unit.find("@.") != std::string::npos ||
          !SafeToUnescape(name.instance.value_or("")))
        return std::nullopt;
      return Unescape(name.instance.value_or(""));
    case 'H':
      if (context.hostname.empty()) return std::nullopt;
      return context.hostname;
    case 'l':
      if (context.hostname.empty()) return std::nullopt;
      return context.hostname.substr(0, context.hostname.find('.'));
    case 't':
      return "/run";
    case 'S':
      return "/var/lib";
    case 'C':
      return "/var/cache";
    case 'L':
      return "/var/log";
    case 'E':
      return "/etc";
    case 'T':
      return "/tmp";
    case 'V':
      return "/var/tmp";
    case 'u':
      return "root";
    case 'U':
      return "0";
    case 'g':
      return "root";
    case 'G':
      return "0";
    case 'h':
      return "/root";
    default:
      return std::nullopt;
  }
}

class Expander {
 public:
  Expander(const Directive& line, const UnitContext& context, const Locate& locate)
      : line_(line), context_(context), locate_(locate) {}

  std::vector<ExecCommand> Read() {
    bool complete = true;
    std::vector<UnitWord> words = SplitUnitWords(line_.value, &complete, &whole_);
    if (!complete) {
      ExecCommand broken;
      broken.unknown = "systemd ignores the line: a quote is not closed";
      return {std::move(broken)};
    }
    commands_.emplace_back();
    bool first = true;
    for (UnitWord& word : words) {
      if (word.text.text == ";" && !word.quoted) {
        commands_.emplace_back();
        first = true;
        continue;
      }
      if (word.text.text == "\\;") word.text = word.text.Part(1, 2);
      if (first) {
        Program(word);
      } else {
        AddWord(word);
      }
      first = false;
    }
    if (commands_.back().words.empty()) commands_.pop_back();
    for (ExecCommand& command : commands_) {
      if (!whole_) command.unknown = "the line has more arguments than seawall reads";
    }
    return std::move(commands_);
  }

 private:
  /// Prefixes before the path: `-` ignores failure, `@` gives argv[0] in the next word, `:`
  /// switches variables off.
  void Program(UnitWord& word) {
    size_t from = 0;
    replace_ = true;
    skip_name_ = false;
    for (; from < word.text.text.size(); ++from) {
      const char c = word.text.text[from];
      if (c == '@') {
        skip_name_ = true;
      } else if (c == ':') {
        replace_ = false;
      } else if (c != '-' && c != '+' && c != '!' && c != '|') {
        break;
      }
    }
    std::string unknown;
    Located path =
        ExpandSpecifiers(word.text.Part(from, word.text.text.size()), context_, &unknown);
    Push(std::move(path), word.begin, std::move(unknown));
  }

  void AddWord(const UnitWord& word) {
    if (skip_name_) {
      skip_name_ = false;
      return;
    }
    std::string unknown;
    const Located text = ExpandSpecifiers(word.text, context_, &unknown);
    if (!unknown.empty() || !replace_) return Push(text, word.begin, std::move(unknown));
    const bool alone =
        text.text.size() > 1 && text.text[0] == '$' && text.text[1] != '{' && text.text[1] != '$';
    if (alone) {
      SplitVariable(text, word.begin);
    } else {
      Replace(text, word.begin);
    }
  }

  void Push(Located text, size_t begin, std::string unknown) {
    Argument argument = ToArgument(std::move(text), line_.file->path(), begin, locate_);
    argument.unknown = std::move(unknown);
    commands_.back().words.push_back(std::move(argument));
  }

  std::string WhyUnknown(std::string_view name, const UnitVariable* variable) const {
    if (variable != nullptr) return fmt::format("${}: {}", name, variable->unknown);
    return fmt::format("${} may be set where seawall cannot see it: {}", name,
                       context_.environment_gap);
  }

  /// `$NAME` alone: its words, none when it is not set.
  void SplitVariable(const Located& text, size_t begin) {
    const std::string name = text.text.substr(1);
    const UnitVariable* variable = context_.Find(name);
    if (variable == nullptr && context_.environment_gap.empty()) return;
    if (variable == nullptr || !variable->unknown.empty()) {
      return Push(text, begin, WhyUnknown(name, variable));
    }
    for (UnitWord& part : SplitVariableWords(variable->value, &whole_)) {
      Argument argument = ToArgument(std::move(part.text), variable->file, part.begin, locate_);
      argument.origin = OriginKind::kEnv;
      commands_.back().words.push_back(std::move(argument));
      total_ += commands_.back().words.back().text.size() + 1;
      if (total_ > kMaxExpanded) {
        whole_ = false;
        return;
      }
    }
  }

  /// `${NAME}` within a word, and `$$`.
  void Replace(const Located& text, size_t begin) {
    Located result;
    std::vector<const UnitVariable*> used;
    std::string unknown;
    const std::string& source = text.text;
    for (size_t i = 0; i < source.size();) {
      if (source.compare(i, 2, "$$") == 0) {
        result.Add('$', text.raw[i]);
        i += 2;
        continue;
      }
      const size_t close =
          source.compare(i, 2, "${") == 0 ? source.find('}', i) : std::string::npos;
      if (close == std::string::npos) {
        result.Add(source[i], text.raw[i]);
        ++i;
        continue;
      }
      const std::string name = source.substr(i + 2, close - i - 2);
      const UnitVariable* variable = context_.Find(name);
      const bool gap =
          variable == nullptr ? !context_.environment_gap.empty() : !variable->unknown.empty();
      if (gap) {
        unknown = WhyUnknown(name, variable);
        for (size_t k = i; k <= close; ++k) result.Add(source[k], text.raw[k]);
      } else if (variable != nullptr) {
        used.push_back(variable);
        prefix_ = used.size() == 1 ? result.text.size() : prefix_;
        for (const char c : variable->value.text) result.Add(c, text.raw[i]);
      }
      i = close + 1;
      total_ += result.text.size();
      if (total_ > kMaxExpanded) {
        whole_ = false;
        break;
      }
    }
    if (used.size() == 1 && unknown.empty() && EndsWithValue(result, *used[0])) {
      return PushFromVariable(std::move(result), *used[0], begin);
    }
    Argument argument = ToArgument(std::move(result), line_.file->path(), begin, locate_);
    if (!used.empty()) argument.origin = OriginKind::kEnv;
    argument.unknown = std::move(unknown);
    commands_.back().words.push_back(std::move(argument));
  }

  bool EndsWithValue(const Located& text, const UnitVariable& variable) const {
    return text.text.size() == prefix_ + variable.value.text.size();
  }

  /// `--flag=${NAME}`: the value stands in the environment; its place is what a reader wants to
  /// see.
  void PushFromVariable(Located text, const UnitVariable& variable, size_t begin) {
    if (variable.value.raw.empty()) {
      Argument argument = ToArgument(std::move(text), line_.file->path(), begin, locate_);
      argument.origin = OriginKind::kEnv;
      commands_.back().words.push_back(std::move(argument));
      return;
    }
    for (size_t i = 0; i < text.raw.size(); ++i) {
      text.raw[i] = i < prefix_ ? variable.value.raw.front() : variable.value.raw[i - prefix_];
    }
    Argument argument = ToArgument(std::move(text), variable.file, variable.begin, locate_);
    argument.origin = OriginKind::kEnv;
    commands_.back().words.push_back(std::move(argument));
  }

  const Directive& line_;
  const UnitContext& context_;
  const Locate& locate_;
  std::vector<ExecCommand> commands_;
  bool replace_ = true;
  bool skip_name_ = false;
  size_t prefix_ = 0;
  size_t total_ = 0;
  bool whole_ = true;  ///< every argument was read
};

}  // namespace

const UnitVariable* UnitContext::Find(std::string_view name) const {
  for (auto variable = environment.rbegin(); variable != environment.rend(); ++variable) {
    if (variable->name == name) return &*variable;
  }
  return nullptr;
}

Located ExpandSpecifiers(const Located& text, const UnitContext& context, std::string* unknown) {
  if (text.text.find('%') == std::string::npos) return text;
  Located result;
  for (size_t i = 0; i < text.text.size(); ++i) {
    if (text.text[i] != '%' || i + 1 >= text.text.size()) {
      result.Add(text.text[i], text.raw[i]);
      continue;
    }
    const char letter = text.text[i + 1];
    const auto value = Specifier(letter, context);
    if (value) {
      for (const char c : *value) result.Add(c, text.raw[i]);
    } else {
      *unknown = fmt::format("%{} is known to the running systemd only", letter);
      result.Add(text, i, i + 2);
    }
    ++i;
  }
  return result;
}

std::vector<ExecCommand> ReadExecLine(const Directive& line, const UnitContext& context,
                                      const Locate& locate) {
  return Expander(line, context, locate).Read();
}

}  // namespace seawall::cluster
