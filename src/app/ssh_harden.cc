#include "app/ssh_harden.h"

#include <fmt/format.h>

#include <algorithm>
#include <iostream>

#include "app/app.h"
#include "app/harden_live.h"
#include "app/ssh_end.h"
#include "app/ssh_session.h"
#include "app/terminal.h"
#include "base/text.h"
#include "harden/fix.h"

namespace seawall::app {
namespace {

constexpr int64_t kNodeMs = int64_t{3600} * 1000;  ///< for one node, without --ssh-timeout
constexpr size_t kMostOutput = 64u << 20;
constexpr size_t kMostLine = 8192;  ///< of what is said on the way
constexpr std::string_view kEnd = "\nseawall-harden-1 ";

/// What this machine needs and the nodes do not.
constexpr std::string_view kOwnOptions[] = {"ssh",         "ssh-config", "sudo",   "remote-dir",
                                            "ssh-timeout", "canary",     "yes",    "holder",
                                            "take-over",   "dry-run",    "output", "no-sandbox"};

std::unexpected<Error> Usage(std::string why, std::string todo) {
  return Fail(ErrorCode::kUsage, "harden over SSH", "", std::move(why), std::move(todo));
}

/// What one node answered to one word.
struct NodeAnswer {
  int status = -1;
  std::string out, err;
};

class Driver {
 public:
  Driver(const Arguments& arguments, SshOptions options, SshCargo cargo)
      : arguments_(arguments),
        options_(std::move(options)),
        cargo_(std::move(cargo)),
        holder_(ThisHolder()) {}

  /// plan, status, history, fsck, confirm, unlock: asked of each, one after the other.
  Result<int> AskAll(const std::string& word, const std::vector<std::string>& more = {}) {
    int worst = kExitClean;
    for (const SshHost& host : options_.hosts) {
      auto answer = Ask(host, Words(word, more), Hearing::kAtTheEnd);
      if (!answer) std::cerr << "seawall: " << answer.error().ToString() << "\n";
      if (answer) {
        if (auto shown = Show(host, *answer); !shown) return std::unexpected(shown.error());
      }
      worst = WorseStatus(worst, answer ? KnownStatus(answer->status) : kExitError);
      if (LiveSession::Interrupted()) return kExitInterrupted;
      // One lock for all of them.
      if (word == "unlock" && answer && answer->status == kExitClean) break;
    }
    return worst;
  }

  Result<int> Apply() {
    if (auto ordered = CanaryFirst(); !ordered) return std::unexpected(ordered.error());
    auto all = PlanAll();
    if (!all) return NoPlan(all.error());
    if (arguments_.Has("dry-run")) return kExitClean;
    auto yes = Agreed(fmt::format("Harden {} one after the other?", Names()));
    if (!yes) return std::unexpected(yes.error());
    if (!*yes) return Usage("nothing was changed", "");
    bool canary = arguments_.Has("canary");
    int worst = kExitClean;
    for (int stage = 1;; ++stage, canary = false) {
      const bool more = next_stage_;
      auto status = OneByOne("apply", canary);
      if (!status || stopped_) return status;
      worst = WorseStatus(worst, *status);
      if (!more || stage == kMostHardenStages) return worst;
      std::cerr << "seawall: all nodes have come so far; the next stage\n";
      if (all = PlanAll(); !all) return NoPlan(all.error());
      if (!something_) return worst;
    }
  }

  /// The last one first.
  Result<int> RollBack() {
    std::ranges::reverse(options_.hosts);
    if (arguments_.Has("dry-run")) return AskAll("rollback", {"--dry-run"});
    auto yes =
        Agreed(fmt::format("Take the last changes of {} back, one after the other?", Names()));
    if (!yes) return std::unexpected(yes.error());
    if (!*yes) return Usage("nothing was changed", "");
    return OneByOne("rollback", false);
  }

  Result<int> Prune() {
    if (arguments_.Has("dry-run")) return AskAll("prune", {"--dry-run"});
    auto yes = Agreed(fmt::format("Remove snapshots of etcd on {} for good?", Names()));
    if (!yes) return std::unexpected(yes.error());
    if (!*yes) return Usage("nothing was removed", "");
    return AskAll("prune", {"--yes"});
  }

 private:
  /// How a node is heard: what it says on the way at once or at the end; and whether Ctrl-C here is
  /// one there.
  enum class Hearing : uint8_t { kAtOnce, kAtTheEnd, kToTheEnd };

  /// A node may answer any number; what is none of ours is no success, whatever is left of it.
  static int KnownStatus(int status) {
    constexpr int kKnown[] = {kExitClean, kExitFindings, kExitError, kExitUnknown,
                              kExitInterrupted};
    return std::ranges::find(kKnown, status) == std::end(kKnown) ? kExitError : status;
  }

  /// Without a plan nothing goes on; 2 would say that nothing was changed.
  Result<int> NoPlan(const Error& error) const {
    if (!changed_ && !LiveSession::Interrupted()) return std::unexpected(error);
    std::cerr << "seawall: " << error.ToString() << "\n";
    return LiveSession::Interrupted() ? kExitInterrupted : kExitFindings;
  }

  static std::string NameOf(const SshHost& host) {
    return Printable(host.name.empty() ? host.destination : host.name);
  }

  std::string Names() const {
    std::string names;
    for (const SshHost& host : options_.hosts) names += (names.empty() ? "" : ", ") + NameOf(host);
    return names;
  }

  Result<bool> Agreed(const std::string& question) const {
    if (arguments_.Has("yes")) return true;
    return AskYes(question);
  }

  Result<void> CanaryFirst() {
    if (!arguments_.Has("canary")) return {};
    const std::string wanted = arguments_.Get("canary");
    const auto canary = std::ranges::find_if(options_.hosts, [&](const SshHost& host) {
      return host.name == wanted || host.destination == wanted || host.Host() == wanted;
    });
    if (canary == options_.hosts.end())
      return Usage(fmt::format("'{}' is none of the hosts", PrintableShort(wanted, 60)),
                   "name one of --ssh with --canary");
    std::rotate(options_.hosts.begin(), canary, canary + 1);
    return {};
  }

  /// What the node is told: the word, its ID, what the user said, and what is ours to say.
  std::vector<std::string> Words(const std::string& word,
                                 const std::vector<std::string>& more) const {
    std::vector<std::string> words = {word};
    if (arguments_.positional.size() > 1) words.push_back(arguments_.positional[1]);
    for (const Option& option : FindCommand("harden")->options) {
      const std::string name = std::string(option.name).substr(2);
      // Who unlocks says whose lock it has to be.
      const bool own = std::ranges::find(kOwnOptions, name) != std::end(kOwnOptions) &&
                       !(word == "unlock" && name == "holder");
      const bool format = name == "output" && word != "apply" && word != "rollback";
      if (!arguments_.Has(name) || (own && !format)) continue;
      if (option.value == nullptr) {
        words.push_back(option.name);
        continue;
      }
      for (const std::string& value : arguments_.All(name))
        words.push_back(fmt::format("{}={}", option.name, value));
    }
    words.insert(words.end(), more.begin(), more.end());
    return words;
  }

  Result<NodeAnswer> Ask(const SshHost& host, const std::vector<std::string>& words,
                         Hearing hearing) {
    NodeAnswer answer;
    SshTalk talk;
    begun_ = false;
    talk.begun = &begun_;
    talk.script = RemoteScript(options_, cargo_, words);
    talk.hear = [&](std::string_view part) -> Result<void> {
      if (answer.out.size() + part.size() > kMostOutput)
        return RefuseHost(host.destination, "it answers without end", "see what answers there");
      answer.out += part;
      return {};
    };
    std::string line;
    talk.complaint = [&](std::string_view part) {
      if (answer.err.size() < kMostOutput) answer.err += part;
      if (hearing != Hearing::kAtOnce) return;
      line = SayLines(host, line + std::string(part));
      if (line.size() > kMostLine) line = SayLines(host, line + "\n");
    };
    if (hearing != Hearing::kToTheEnd) talk.stop = LiveSession::Interrupted;
    auto ending = TalkTo(host.destination, options_, cargo_, talk);
    if (!line.empty()) SayLines(host, line + "\n");
    if (!ending) return std::unexpected(ending.error());
    const size_t end = answer.out.rfind(kEnd);
    if (ending->status != 0 || end == std::string::npos)
      return ExplainEnd(host.destination, options_, ending->status, ending->said,
                        ending->greeted ? "" : ending->hello);
    answer.status =
        static_cast<int>(ParseInt(Trim(answer.out.substr(end + kEnd.size()))).value_or(-1));
    answer.out.resize(end);
    return answer;
  }

  /// Whole lines, with the node's name before each; gives what is left.
  static std::string SayLines(const SshHost& host, const std::string& text) {
    size_t at = 0;
    for (size_t end = 0; (end = text.find('\n', at)) != std::string::npos; at = end + 1) {
      std::string_view said = std::string_view(text).substr(at, end - at);
      if (said.starts_with("seawall: ")) said.remove_prefix(9);
      std::cerr << NameOf(host) << ": " << Printable(said) << "\n";
    }
    return text.substr(at);
  }

  Result<void> Show(const SshHost& host, const NodeAnswer& answer) const {
    if (!answer.err.empty()) SayLines(host, answer.err + "\n");
    if (arguments_.Get("output", "text") != "text") return WriteOut(answer.out);
    return WriteOut(fmt::format("{}:\n{}", NameOf(host), PrintableLines(answer.out)));
  }

  /// Nothing is changed anywhere before every node has answered.
  Result<void> PlanAll() {
    next_stage_ = false;
    something_ = false;
    for (const SshHost& host : options_.hosts) {
      auto answer = Ask(host, Words("plan", {}), Hearing::kAtTheEnd);
      if (!answer) return std::unexpected(answer.error());
      if (answer->status != kExitClean && answer->status != kExitFindings)
        return Usage(fmt::format("{} makes no plan: {}", NameOf(host),
                                 PrintableShort(Trim(answer->err), 400)),
                     changed_ ? "the nodes stay as the stage before left them; the same apply "
                                "goes on"
                              : "nothing was changed anywhere");
      next_stage_ = next_stage_ || Join(SplitWords(answer->out), " ").contains(harden::kNextStage);
      std::string text = fmt::format("{}: {}\n", NameOf(host), kNothingToDo);
      for (const std::string_view line : Split(answer->out, '\n')) {
        if (answer->status == kExitClean || !line.contains(" cure ")) continue;
        text = fmt::format("{}: {}\n", NameOf(host), Printable(Trim(line)));
        something_ = something_ || !Trim(line).starts_with("0 ");
      }
      if (auto told = WriteOut(text); !told) return told;
      if (LiveSession::Interrupted()) return Usage("it was interrupted", "");
    }
    return {};
  }

  /// Stops at the first node that is not done and proven.
  Result<int> OneByOne(const std::string& word, bool canary) {
    std::vector<std::string> more = {"--yes", "--holder=" + holder_};
    if (arguments_.Has("take-over")) more.emplace_back("--take-over");
    int worst = kExitClean;
    for (size_t i = 0; i < options_.hosts.size(); ++i) {
      const SshHost& host = options_.hosts[i];
      std::cerr << "seawall: " << NameOf(host) << " (" << i + 1 << " of " << options_.hosts.size()
                << ")\n";
      auto answer = Ask(host, Words(word, more), Hearing::kAtOnce);
      if (!answer) {
        std::cerr << "seawall: " << answer.error().ToString() << "\n";
        // Whoever got nothing to begin with has begun nothing.
        const bool stopped = !begun_ && LiveSession::Interrupted();
        return Stopped(word, i, stopped ? kExitInterrupted : kExitError, begun_);
      }
      if (auto shown = WriteOut(fmt::format("{}:\n{}", NameOf(host), PrintableLines(answer->out)));
          !shown)
        return std::unexpected(shown.error());
      const bool nothing = word == "rollback" && answer->status == kExitError &&
                           answer->err.contains("there is nothing to take back");
      const bool done = answer->status == kExitClean || nothing ||
                        (answer->status == kExitUnknown && !(canary && i == 0));
      if (!nothing) worst = WorseStatus(worst, answer->status);
      changed_ = changed_ || !(nothing || answer->status == kExitError ||
                               answer->out.starts_with(kNothingToDo));
      // A refusal on the node was before its first change.
      if (!done) return Stopped(word, i, answer->status, false);
      reached_ = &host;
      if (LiveSession::Interrupted() && i + 1 < options_.hosts.size())
        return Stopped(word, i + 1, kExitInterrupted, false);
    }
    Unlock();
    return worst;
  }

  /// What became of the others, and what to do.
  Result<int> Stopped(const std::string& word, size_t at, int status, bool lost) {
    stopped_ = true;
    std::string text;
    for (size_t i = 0; i < options_.hosts.size(); ++i) {
      const char* is = i < at ? "done" : i > at ? "not touched" : lost ? "not known" : "not done";
      text += fmt::format("{}: {}\n", NameOf(options_.hosts[i]), is);
    }
    if (lost)
      text += fmt::format(
          "what runs there goes on to its end, done or taken back: seawall harden status --ssh "
          "{}\n",
          NameOf(options_.hosts[at]));
    if (changed_ || lost)
      text += fmt::format("the same {} goes on where it stopped{}\n", word,
                          word == "apply" ? "; seawall harden rollback --ssh takes all back" : "");
    if (auto told = WriteOut(text); !told) return std::unexpected(told.error());
    if (!lost) Unlock();
    if (status == kExitInterrupted) return status;
    // 2 says that nothing was changed.
    return changed_ || lost ? kExitFindings : status;
  }

  /// Nobody has to wait for the lock to end by itself.
  void Unlock() {
    const SshHost& host = reached_ != nullptr ? *reached_ : options_.hosts.front();
    std::vector<std::string> words = {"unlock", "--holder=" + holder_};
    if (arguments_.Has("break-glass"))
      words.push_back("--break-glass=" + arguments_.Get("break-glass"));
    auto answer = Ask(host, words, Hearing::kToTheEnd);
    if (!answer || answer->status != kExitClean)
      std::cerr << "seawall: the cluster's lock could not be given back; it ends by itself\n";
  }

  const Arguments& arguments_;
  SshOptions options_;
  const SshCargo cargo_;
  const std::string holder_;
  bool something_ = false;   ///< a plan has changes
  bool next_stage_ = false;  ///< a node has more to do when all have come so far
  bool stopped_ = false;
  bool begun_ = false;                ///< of the last that was asked
  bool changed_ = false;              ///< some node, or what it was is not known
  const SshHost* reached_ = nullptr;  ///< the last node that was done
};

Result<void> CheckUse(const Arguments& arguments, const SshOptions& options) {
  const std::string& word = arguments.positional[0];
  if (arguments.Has("root") || arguments.Has("offline"))
    return Usage("the nodes of --ssh run", "leave --root and --offline out");
  if (arguments.Has("confirm"))
    return Usage(
        "--confirm is for one machine: the first node's time would be over before the "
        "last one is done",
        "--canary NODE tries one of them first");
  const std::string profile = arguments.Get("profile", "recipe");
  if (profile != "recipe" && profile != "cis")
    return Usage("a profile's file is not copied to the nodes", "--rules, --row and --set");
  if (arguments.Has("out")) return Usage("a plan is of one node", "leave --out out");
  if (arguments.positional.size() > 1 && (word == "apply" || options.hosts.size() > 1))
    return Usage(word == "apply" ? "a plan's file is of one node, and stays there"
                                 : "an ID is one of one node",
                 word == "apply" ? "give plan's own selectors" : "name that node alone with --ssh");
  if (arguments.Get("output", "text") != "text" && options.hosts.size() > 1)
    return Usage("one document is of one node", "-o text, or one node alone with --ssh");
  return {};
}

}  // namespace

Result<int> RunHardenOverSsh(const Arguments& arguments) {
  auto options = ReadSshOptions(arguments);
  if (!options) return std::unexpected(options.error());
  if (!*options) return Usage("--canary is for hosts over SSH", "add --ssh [USER@]HOST");
  if (auto used = CheckUse(arguments, **options); !used) return std::unexpected(used.error());
  if (!arguments.Has("ssh-timeout")) (*options)->timeout_ms = kNodeMs;
  auto cargo = LoadSshCargo();
  if (!cargo) return std::unexpected(cargo.error());
  const CaughtSignals caught;
  Driver driver(arguments, std::move(**options), std::move(*cargo));
  const std::string& word = arguments.positional[0];
  if (word == "apply") return driver.Apply();
  if (word == "rollback") return driver.RollBack();
  if (word == "prune") return driver.Prune();
  return driver.AskAll(word);
}

}  // namespace seawall::app
