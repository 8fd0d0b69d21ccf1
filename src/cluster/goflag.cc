#include "cluster/goflag.h"

#include <fmt/format.h>
#include <map>

#include "base/text.h"
#include "cluster/values.h"

namespace seawall::cluster {
namespace {

constexpr std::string_view kPrefix = "ETCD_";

class Reader {
 public:
  Reader(const CommandLine& line, const FlagTable& table) : line_(line), table_(table) {}

  FlagRead Read() {
    while (at_ < line_.arguments.size()) {
      const Argument& argument = line_.arguments[at_++];
      const std::string_view text = argument.text;
      const size_t dashes = text.starts_with("--") ? 2 : text.starts_with('-') ? 1 : 0;
      const bool named = dashes != 0 && text.find('=') != text.npos &&
                         text.substr(0, text.find('=')).find('$') == text.npos;
      if (!argument.unknown.empty() && !named) {
        Hide(argument.unknown);
      } else if (dashes == 0 || text.size() < 2 || text == "--") {
        EndAt(text == "--" ? at_ : at_ - 1);
      } else {
        ReadFlag(argument, dashes);
      }
    }
    return std::move(read_);
  }

 private:
  void ReadFlag(const Argument& argument, size_t dashes) {
    const std::string_view text = argument.text;
    const size_t equals = text.find('=');
    FlagUse use;
    use.name = text.substr(dashes, equals == text.npos ? equals : equals - dashes);
    if (use.name.empty() || use.name[0] == '-' || use.name[0] == '=') {
      return Add(Problem::Kind::kStrayArgument, "", "an argument that is no flag: bad flag syntax",
                 argument.place);
    }
    use.row = table_.Find(use.name);
    use.place = argument.place;
    use.origin = argument.origin;
    use.note = argument.note;
    const bool is_help = use.name == "help" || use.name == "h";
    if (use.row == nullptr && !is_help)
      read_.problems.push_back(
          UnknownFlag(table_, use.name, argument.place, ++strangers_ <= kHints));
    const bool bare =
        is_help || (use.row != nullptr && (use.row->no_opt_default != nullptr ||
                                           use.row->type == versions::FlagType::kBool));
    if (equals != text.npos) {
      Take(use, argument, equals + 1);
    } else if (bare) {
      use.value = "true";
      CheckWordBehind(use);
    } else if (at_ < line_.arguments.size()) {
      // A flag that nobody knows may be a bare one: a word that looks like a flag is not taken for
      // its value.
      if (use.row != nullptr || !line_.arguments[at_].text.starts_with('-'))
        Take(use, line_.arguments[at_++], 0);
    } else {
      Add(Problem::Kind::kBadValue, use.name, fmt::format("--{} needs a value", use.name),
          argument.place);
      use.unknown = "the flag has no value";
    }
    if ((is_help || use.name == "version") && ParseBool(use.value) != false) {
      Add(Problem::Kind::kStrayArgument, use.name,
          fmt::format("with --{0} etcd prints its {0} and ends", is_help ? "help" : "version"),
          argument.place);
    }
    if (use.row != nullptr && use.row->deprecated != nullptr) {
      read_.problems.push_back(FlagProblem(Problem::Kind::kDeprecated, use.name,
                                           fmt::format("--{}: {}", use.name, use.row->deprecated),
                                           argument.place, false));
    }
    read_.uses.push_back(std::move(use));
  }

  /// "--client-cert-auth false": true, and "false" is an argument, which etcd refuses.
  void CheckWordBehind(const FlagUse& use) {
    if (at_ == line_.arguments.size() || !ParseBool(line_.arguments[at_].text)) return;
    const Argument& stray = line_.arguments[at_++];
    Add(Problem::Kind::kStrayArgument, use.name,
        fmt::format("--{0} {1} sets --{0} to true and leaves the argument {1}, which etcd refuses: "
                    "write --{0}={1}",
                    use.name, stray.text),
        stray.place);
  }

  static void Take(FlagUse& use, const Argument& argument, size_t from) {
    use.value = argument.text.substr(from);
    use.place = argument.PlaceOf(from, argument.text.size());
    use.argument = &argument;
    use.from = from;
    use.origin = argument.origin;
    use.note = argument.note;
    use.unknown = argument.unknown;
  }

  /// Package flag stops at the first argument that is none; etcd then refuses it. What follows is
  /// still read, since the person who wrote it meant it.
  void EndAt(size_t stray) {
    if (stray >= line_.arguments.size()) return;
    Add(Problem::Kind::kStrayArgument, "", "an argument that belongs to no flag: etcd refuses it",
        line_.arguments[stray].place);
  }

  void Hide(const std::string& why) {
    read_.hidden = why;
    read_.hidden_before = read_.uses.size();
  }
  void Add(Problem::Kind kind, std::string flag, std::string text, const Place& place) {
    read_.problems.push_back(FlagProblem(kind, std::move(flag), std::move(text), place));
  }

  const CommandLine& line_;
  const FlagTable& table_;
  FlagRead read_;
  size_t at_ = 0;
  size_t strangers_ = 0;
};

/// "ETCD_CLIENT_CERT_AUTH" → "client-cert-auth".
std::string FlagOfVariable(std::string_view variable) {
  std::string flag = Lower(variable.substr(kPrefix.size()));
  for (char& c : flag) {
    if (c == '_') c = '-';
  }
  return flag;
}

}  // namespace

FlagRead ReadGoFlags(const CommandLine& line, const FlagTable& table) {
  return Reader(line, table).Read();
}

std::string EtcdVariable(std::string_view flag) {
  std::string name(kPrefix);
  for (const char c : flag) {
    name += c == '-' ? '_' : (c >= 'a' && c <= 'z') ? static_cast<char>(c - 'a' + 'A') : c;
  }
  return name;
}

const Variable* FindVariable(const CommandLine& line, std::string_view name) {
  for (auto variable = line.environment.rbegin(); variable != line.environment.rend(); ++variable) {
    if (variable->name == name) return &*variable;
  }
  return nullptr;
}

void AddEnvironment(const CommandLine& line, const FlagTable& table, FlagRead& read) {
  std::map<std::string, Place, std::less<>> flags;
  for (const FlagUse& use : read.uses) flags.emplace(use.name, use.place);
  std::map<std::string_view, const Variable*> last;
  for (const Variable& entry : line.environment) {
    if (entry.name.starts_with(kPrefix)) last[entry.name] = &entry;
  }
  for (const auto& [key, entry] : last) {
    const Variable& variable = *entry;
    const std::string name = FlagOfVariable(variable.name);
    const bool exact = EtcdVariable(name) == variable.name;
    // ETCD_VERSION is taken out of the environment before anything else.
    const versions::FlagRow* row = exact && name != "version" ? table.Find(name) : nullptr;
    if (const auto flag = flags.find(name); exact && flag != flags.end()) {
      read.problems.push_back(FlagProblem(
          Problem::Kind::kConflict, name,
          fmt::format("{} is set beside --{}: etcd does not start with both", variable.name, name),
          variable.place));
      continue;
    }
    if (row == nullptr) {
      if (!table.certain() || variable.name == "ETCD_CONFIG_FILE") continue;
      read.problems.push_back(FlagProblem(
          Problem::Kind::kIgnored, PrintableShort(variable.name, 80),
          fmt::format("etcd {}.{} has no flag for the variable {}: it is ignored",
                      table.minor().major, table.minor().minor, PrintableShort(variable.name, 80)),
          variable.place, false));
      continue;
    }
    if (variable.value.empty() && variable.unknown.empty()) continue;
    FlagUse use;
    use.name = name;
    use.row = row;
    use.value = variable.value;
    use.place = variable.place;
    use.origin = OriginKind::kEnv;
    use.unknown = variable.unknown;
    read.uses.push_back(std::move(use));
  }
}

}  // namespace seawall::cluster
