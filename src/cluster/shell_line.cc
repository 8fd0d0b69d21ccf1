#include "cluster/shell_line.h"

#include <algorithm>
#include <cctype>
#include <optional>
#include <string_view>

#include "cluster/shell_prelude.h"

namespace seawall::cluster {
namespace {

constexpr size_t kMaxWords = 20000;

bool IsNameStart(char c) { return std::isalpha(static_cast<unsigned char>(c)) != 0 || c == '_'; }
bool IsName(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }

/// Words that begin a construct of the shell's language when they stand first.
bool IsReserved(std::string_view word) {
  static constexpr std::string_view kReserved[] = {
      "if",     "then", "else", "elif",     "fi", "for", "while", "until",
      "do",     "done", "case", "function", "{",  "}",   "!",     "[[",
      "select", "esac", "eval", "source",   ".",  "set", "trap",  "cd"};
  for (const std::string_view reserved : kReserved) {
    if (word == reserved) return true;
  }
  return false;
}

class Reader {
 public:
  Reader(const Argument& text, const std::vector<Variable>& environment, const Locate& locate)
      : argument_(text), text_(text.text), environment_(environment), locate_(locate) {}

  ShellLine Read() {
    line_.pipeline.emplace_back();
    at_ = AfterPrelude(text_);
    while (at_ < text_.size() && line_.unknown.empty()) Step();
    if (line_.unknown.empty()) EndWord();
    if (line_.unknown.empty()) CheckCommands();
    if (!line_.unknown.empty()) CollectWords();
    return std::move(line_);
  }

 private:
  void Step() {
    const char c = text_[at_];
    if (ended_ && c != ' ' && c != '\t' && c != '\n' && c != ';' && !(c == '#' && !in_word_)) {
      return Unknown("it runs more than one command");
    }
    switch (c) {
      case ' ':
      case '\t':
        EndWord();
        ++at_;
        return;
      case '\n':
      case ';':
        EndWord();
        ++at_;
        ended_ = ended_ || !line_.pipeline.back().words.empty() ||
                 !line_.pipeline.back().assignments.empty();
        if (c == ';' && !ended_) Unknown("an empty command");
        return;
      case '\'':
        return SingleQuoted();
      case '"':
        return DoubleQuoted();
      case '\\':
        return Escaped();
      case '$':
        return Dollar(false);
      case '`':
        return Unknown("it runs a command in backquotes");
      case '|':
        return Pipe();
      case '&':
        return Ampersand();
      case '<':
      case '>':
        return Redirection();
      case '(':
      case ')':
        return Unknown("it uses a subshell or function");
      case '#':
        if (!in_word_) return Comment();
        break;
      case '*':
      case '?':
      case '[':
        if (word_unknown_.empty()) word_unknown_ = "the shell may replace it by names of files";
        break;
      case '{':
        if (in_word_ && word_unknown_.empty()) word_unknown_ = "the shell may expand its braces";
        break;
      case '~':
        if (!in_word_ && word_unknown_.empty())
          word_unknown_ = "~ is a home folder that only the shell knows";
        break;
      default:
        break;
    }
    Take();
  }

  void Take() {
    Begin();
    word_.Add(text_[at_], OffsetIn(argument_, at_));
    ++at_;
  }
  void Begin() {
    if (!in_word_) begin_ = OffsetIn(argument_, at_);
    in_word_ = true;
  }
  void Unknown(std::string why) {
    if (line_.unknown.empty()) line_.unknown = std::move(why);
    at_ = text_.size();
  }

  void SingleQuoted() {
    Begin();
    quoted_ = true;
    const size_t end = text_.find('\'', at_ + 1);
    if (end == std::string_view::npos) return Unknown("a quote is not closed");
    for (++at_; at_ < end;) Take();
    ++at_;
  }

  void DoubleQuoted() {
    Begin();
    quoted_ = true;
    for (++at_; at_ < text_.size();) {
      const char c = text_[at_];
      if (c == '"') {
        ++at_;
        return;
      }
      if (c == '`') return Unknown("it runs a command in backquotes");
      if (c == '$') {
        Dollar(true);
        continue;
      }
      if (c == '\\' && at_ + 1 < text_.size() &&
          std::string_view("$`\"\\\n").find(text_[at_ + 1]) != std::string_view::npos) {
        ++at_;
        if (text_[at_] == '\n') {
          ++at_;
          continue;
        }
      }
      Take();
    }
    if (line_.unknown.empty()) Unknown("a quote is not closed");
  }

  void Escaped() {
    if (at_ + 1 >= text_.size()) return Unknown("it ends in a backslash");
    ++at_;
    if (text_[at_] == '\n') {
      ++at_;
      return;
    }
    quoted_ = true;
    Take();
  }

  /// The name of `$NAME` or `${NAME}` at `at_`; nothing for any other use of the dollar. Moves past
  /// it.
  std::optional<std::string> VariableName() {
    size_t from = at_ + 1;
    const bool braces = from < text_.size() && text_[from] == '{';
    if (braces) ++from;
    size_t to = from;
    if (to < text_.size() && IsNameStart(text_[to])) {
      while (to < text_.size() && IsName(text_[to])) ++to;
    }
    if (to == from || (braces && (to >= text_.size() || text_[to] != '}'))) return std::nullopt;
    at_ = braces ? to + 1 : to;
    return std::string(text_.substr(from, to - from));
  }

  const Variable* Find(const std::string& name) const {
    for (auto variable = environment_.rbegin(); variable != environment_.rend(); ++variable) {
      if (variable->name == name) return &*variable;
    }
    return nullptr;
  }

  void Dollar(bool in_quotes) {
    const size_t from = at_;
    const char next = at_ + 1 < text_.size() ? text_[at_ + 1] : '\0';
    if (next == '(') return Substitution();
    if (next == '\0' || next == ' ' || next == '"') {
      if (next == '"' && !in_quotes) return Unknown("it uses $\"…\"");
      return Take();
    }
    if (next == '\'' && !in_quotes) return Unknown("it uses $'…'");
    Begin();
    const std::optional<std::string> name = VariableName();
    if (!name) return Unknown("it uses an expansion of the shell that only the shell can tell");
    const Variable* variable = Find(*name);
    const bool known = variable != nullptr && variable->unknown.empty();
    if (known && (in_quotes || variable->value.find_first_of(" \t\n*?[") == std::string::npos)) {
      for (const char c : variable->value) word_.Add(c, OffsetIn(argument_, from));
      return;
    }
    if (!in_quotes) return Unknown("it uses the variable $" + *name);
    word_unknown_ = "$" + *name + " is known to the shell only";
    for (size_t i = from; i < at_; ++i) word_.Add(text_[i], OffsetIn(argument_, i));
  }

  /// `$(…)` is run before the program and gives words that nobody can know: only as the value of an
  /// assignment before the command (`GOMAXPROCS=$(nproc) etcd`) does it leave the arguments alone.
  void Substitution() {
    constexpr std::string_view kWhy = "it runs a command in $(…)";
    const bool assigns = line_.pipeline.back().words.empty() && in_word_ &&
                         word_.text.find('=') != std::string::npos && IsNameStart(word_.text[0]) &&
                         std::ranges::all_of(word_.text.substr(0, word_.text.find('=')), IsName);
    const size_t end = text_.find(')', at_);
    if (!assigns || end == std::string_view::npos) return Unknown(std::string(kWhy));
    for (const char c : text_.substr(at_ + 2, end - at_ - 2)) {  // nested ones are left alone
      if (std::string_view("()'\"`\\$#").find(c) != std::string_view::npos)
        return Unknown(std::string(kWhy));
    }
    word_unknown_ = "it is what a command prints";
    while (at_ <= end) Take();
  }

  void Pipe() {
    EndWord();
    if (at_ + 1 < text_.size() && text_[at_ + 1] == '|')
      return Unknown("it runs more than one command");
    at_ += at_ + 1 < text_.size() && text_[at_ + 1] == '&' ? 2 : 1;
    if (line_.pipeline.back().words.empty()) return Unknown("an empty command");
    if (line_.pipeline.size() >= 16) return Unknown("a pipeline of more than 16 commands");
    line_.pipeline.emplace_back();
  }

  void Ampersand() {
    if (at_ + 1 < text_.size() && text_[at_ + 1] == '>') {
      EndWord();
      ++at_;
      return Redirection();
    }
    Unknown(at_ + 1 < text_.size() && text_[at_ + 1] == '&' ? "it runs more than one command"
                                                            : "it runs commands in the background");
  }

  void Redirection() {
    bool number = in_word_ && !quoted_ && !word_.text.empty();
    for (const char c : word_.text)
      number = number && std::isdigit(static_cast<unsigned char>(c)) != 0;
    if (number) {
      Reset();  // `2>`: the word before was a file descriptor
    } else {
      EndWord();
    }
    const char c = text_[at_++];
    if (c == '<' && at_ < text_.size() && text_[at_] == '<')
      return Unknown("it uses a here-document");
    if (at_ < text_.size() && text_[at_] == '(') return Unknown("it uses a process substitution");
    if (at_ < text_.size() && (text_[at_] == '>' || text_[at_] == '|' || text_[at_] == '&')) ++at_;
    skip_next_ = true;
  }

  void Comment() {
    const size_t end = text_.find('\n', at_);
    at_ = end == std::string_view::npos ? text_.size() : end;
  }

  void Reset() {
    word_ = Located();
    word_unknown_.clear();
    in_word_ = quoted_ = false;
  }

  void EndWord() {
    if (!in_word_) return;
    ShellCommand& command = line_.pipeline.back();
    if (skip_next_) {
      skip_next_ = false;  // the file of a redirection
    } else if (command.words.empty() && Assignment()) {
      // taken
    } else if (command.words.size() >= kMaxWords) {
      Unknown("too many words");
    } else {
      const bool reserved = command.words.empty() && !quoted_ && IsReserved(word_.text);
      if (reserved) return Unknown("it uses the shell's own language (" + word_.text + ")");
      Argument word = ToArgument(std::move(word_), argument_.place.file, begin_, locate_);
      word.origin = argument_.origin;
      word.unknown = std::move(word_unknown_);
      command.words.push_back(std::move(word));
    }
    Reset();
  }

  bool Assignment() {
    size_t end = 0;
    while (end < word_.text.size() && IsName(word_.text[end])) ++end;
    if (end == 0 || end >= word_.text.size() || word_.text[end] != '=' ||
        !IsNameStart(word_.text[0]))
      return false;
    Variable variable;
    variable.name = word_.text.substr(0, end);
    const size_t after = word_.raw[end] + size_t{1};
    const Argument located =
        ToArgument(word_.Part(end + 1, word_.text.size()), argument_.place.file, after, locate_);
    variable.value = located.text;
    variable.place = located.place;
    variable.unknown = word_unknown_;
    line_.pipeline.back().assignments.push_back(std::move(variable));
    return true;
  }

  void CheckCommands() {
    if (skip_next_) return Unknown("a redirection without a file");
    for (const ShellCommand& command : line_.pipeline) {
      if (command.words.empty()) return Unknown("an empty command");
    }
  }

  /// Rough words for "what is this about": cut at everything that separates words or commands.
  void CollectWords() {
    std::string word;
    for (const char c : text_) {
      if (std::string_view(" \t\n;|&<>()'\"`$={}").find(c) == std::string_view::npos) {
        word += c;
        continue;
      }
      if (!word.empty()) line_.words.push_back(std::move(word));
      word.clear();
      if (line_.words.size() >= 1000) return;
    }
    if (!word.empty()) line_.words.push_back(std::move(word));
  }

  const Argument& argument_;
  const std::string_view text_;
  const std::vector<Variable>& environment_;
  const Locate& locate_;
  ShellLine line_;
  size_t at_ = 0;
  size_t begin_ = 0;  ///< file offset of the word's first byte, quotes included
  Located word_;
  std::string word_unknown_;
  bool in_word_ = false;
  bool quoted_ = false;
  bool skip_next_ = false;
  bool ended_ = false;
};

}  // namespace

ShellLine ReadShellLine(const Argument& text, const std::vector<Variable>& environment,
                        const Locate& locate) {
  if (!text.unknown.empty()) {
    ShellLine line;
    line.unknown = text.unknown;
    return line;
  }
  return Reader(text, environment, locate).Read();
}

}  // namespace seawall::cluster
