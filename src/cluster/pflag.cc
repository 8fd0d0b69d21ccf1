#include "cluster/pflag.h"

#include <fmt/format.h>
#include <algorithm>

#include "cluster/values.h"

namespace seawall::cluster {
namespace {

/// A word that `$NAME` of a unit may turn into any number of arguments, unlike `${NAME}` and
/// `$(NAME)`.
bool MaySplit(std::string_view text) {
  return text.starts_with('$') && !text.starts_with("$(") && !text.starts_with("${");
}

/// Whether an argument of which some part is not known has a flag's name before its "=".
bool IsName(std::string_view text) {
  return std::ranges::all_of(text, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_' || c == '.';
  });
}

class Reader {
 public:
  Reader(const CommandLine& line, const FlagTable& table) : line_(line), table_(table) {}

  FlagRead Read() {
    while (at_ < line_.arguments.size()) {
      const Argument& argument = line_.arguments[at_++];
      const std::string_view text = argument.text;
      if (only_arguments_) {
        Stray(argument);
      } else if (text == "--" && argument.unknown.empty()) {
        only_arguments_ = true;
      } else if (text.starts_with("--")) {
        ReadLong(argument);
      } else if (!argument.unknown.empty() && !text.starts_with("-v")) {
        Hide(argument.unknown);
      } else if (text.size() > 1 && text[0] == '-') {
        ReadShort(argument);
      } else {
        Stray(argument);
      }
    }
    return std::move(read_);
  }

 private:
  void ReadLong(const Argument& argument) {
    const std::string_view text = argument.text;
    const size_t equals = text.find('=');
    const std::string_view written =
        text.substr(2, equals == std::string_view::npos ? equals : equals - 2);
    if (!argument.unknown.empty() && (equals == std::string_view::npos || !IsName(written))) {
      return Hide(argument.unknown);
    }
    if (written.empty() || written[0] == '-') {
      return Add(FlagProblem(Problem::Kind::kStrayArgument, "",
                             "an argument that is no flag: bad flag syntax", argument.place));
    }
    FlagUse use = Start(written, argument);
    if (use.row == nullptr || (table_.certain() && table_.Find(use.name) == nullptr))
      NotKnown(use, argument);
    if (equals != std::string_view::npos) {
      SetValue(use, argument, equals + 1);
    } else if (TakesNoValue(use)) {
      SetBare(use);
    } else if (use.row != nullptr || NextLooksLikeValue()) {
      if (!TakeNext(use)) return;
    }
    Finish(std::move(use), argument);
  }

  void ReadShort(const Argument& argument) {
    const std::string_view text = argument.text;
    for (size_t at = 1; at < text.size(); ++at) {
      const char letter = text[at];
      if (letter != 'v' && letter != 'h') {
        // A single dash before a long name, most often.
        std::string hint = text.size() > 3 ? " (long flags begin with two dashes)" : "";
        return Add(FlagProblem(
            Problem::Kind::kUnknownFlag, fmt::format("-{}", letter),
            fmt::format("{} has no flag -{}{}", table_.component(), letter, hint), argument.place));
      }
      FlagUse use = Start(letter == 'v' ? "v" : "help", argument);
      const bool bare = letter == 'h';
      if (at + 2 < text.size() && text[at + 1] == '=') {
        SetValue(use, argument, at + 2);
        return Finish(std::move(use), argument);
      }
      if (bare) {
        SetBare(use);
        Finish(std::move(use), argument);
        continue;
      }
      if (at + 1 < text.size())
        SetValue(use, argument, at + 1);
      else if (!TakeNext(use))
        return;
      return Finish(std::move(use), argument);
    }
  }

  FlagUse Start(std::string_view written, const Argument& argument) {
    FlagUse use;
    use.name = written;
    for (char& c : use.name) {
      if (c == '_') c = '-';
    }
    use.row = table_.Find(use.name);
    if (use.row != nullptr) use.name = use.row->name;
    use.place = argument.place;
    use.origin = argument.origin;
    use.note = argument.note;
    return use;
  }

  static bool TakesNoValue(const FlagUse& use) {
    if (use.name == "help") return true;
    return use.row != nullptr &&
           (use.row->no_opt_default != nullptr || use.row->type == versions::FlagType::kBool);
  }

  void SetBare(FlagUse& use) {
    use.value =
        use.row != nullptr && use.row->no_opt_default != nullptr ? use.row->no_opt_default : "true";
    const bool is_bool = use.row == nullptr || use.row->type == versions::FlagType::kBool;
    if (is_bool && at_ < line_.arguments.size() && ParseBool(line_.arguments[at_].text) &&
        line_.arguments[at_].unknown.empty()) {
      const Argument& stray = line_.arguments[at_++];
      Add(FlagProblem(
          Problem::Kind::kStrayArgument, use.name,
          fmt::format(
              "--{0} {1} sets --{0} to true and leaves the argument {1}, which {2} refuses: write "
              "--{0}={1}",
              use.name, stray.text, table_.component()),
          stray.place));
    }
  }

  static void SetValue(FlagUse& use, const Argument& argument, size_t from) {
    use.value = argument.text.substr(from);
    use.place = argument.PlaceOf(from, argument.text.size());
    use.argument = &argument;
    use.from = from;
    use.origin = argument.origin;
    use.note = argument.note;
    use.unknown = argument.unknown;
  }

  bool NextLooksLikeValue() const {
    return at_ < line_.arguments.size() && !line_.arguments[at_].text.starts_with('-');
  }

  bool TakeNext(FlagUse& use) {
    if (at_ == line_.arguments.size()) {
      Add(FlagProblem(Problem::Kind::kBadValue, use.name,
                      fmt::format("--{} needs a value", use.name), use.place));
      use.unknown = "the flag has no value";
      read_.uses.push_back(std::move(use));
      return false;
    }
    const Argument& next = line_.arguments[at_++];
    SetValue(use, next, 0);
    if (!next.unknown.empty() && MaySplit(next.text)) {
      read_.uses.push_back(std::move(use));
      Hide(next.unknown);
      return false;
    }
    return true;
  }

  void Finish(FlagUse use, const Argument& argument) {
    const bool off = ParseBool(use.value) == false;
    if (use.unknown.empty() && !off && (use.name == "help" || use.name == "version")) {
      Add(FlagProblem(
          Problem::Kind::kStrayArgument, use.name,
          fmt::format("with --{0} {1} prints its {0} and ends", use.name, table_.component()),
          argument.place));
    }
    if (use.row != nullptr && use.row->deprecated != nullptr) {
      Add(FlagProblem(Problem::Kind::kDeprecated, use.name,
                      fmt::format("--{} is deprecated: {}", use.name, use.row->deprecated),
                      argument.place, false));
    }
    read_.uses.push_back(std::move(use));
  }

  void NotKnown(const FlagUse& use, const Argument& argument) {
    if (use.name != "help")
      Add(UnknownFlag(table_, use.name, argument.place, ++strangers_ <= kHints));
  }

  void Stray(const Argument& argument) {
    if (!argument.unknown.empty()) return Hide(argument.unknown);
    // An empty argument is passed over by every component but the kubelet.
    if (argument.text.empty() && table_.kind() != ComponentKind::kKubelet) return;
    Add(FlagProblem(
        Problem::Kind::kStrayArgument, "",
        fmt::format("an argument that belongs to no flag: {} refuses it", table_.component()),
        argument.place));
  }

  void Hide(const std::string& why) {
    read_.hidden = why;
    read_.hidden_before = read_.uses.size();
  }
  void Add(Problem problem) { read_.problems.push_back(std::move(problem)); }

  const CommandLine& line_;
  const FlagTable& table_;
  FlagRead read_;
  size_t at_ = 0;
  size_t strangers_ = 0;
  bool only_arguments_ = false;
};

}  // namespace

FlagRead ReadPflags(const CommandLine& line, const FlagTable& table) {
  return Reader(line, table).Read();
}

}  // namespace seawall::cluster
