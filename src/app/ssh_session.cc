#include "app/ssh_session.h"

#include <fmt/format.h>
#include <poll.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "app/output_file.h"
#include "app/ssh_child.h"
#include "app/ssh_end.h"
#include "base/text.h"

namespace seawall::app {
namespace {

constexpr size_t kMostBundle = 65u << 20;  // bundle::kLargestFile
constexpr size_t kMostHello = 64u << 10;   // with what start-up files print before it
constexpr size_t kMostSaid = 8192;         // of standard error that is kept
constexpr size_t kMostNoise = 1u << 20;    // of standard error that is listened to
constexpr int64_t kAskMs = 200;            // between two looks whether it is to stop
constexpr std::string_view kHello = "seawall-ssh-1 ";

// What is said here is stronger than any ssh_config: nobody is asked, no unknown key is taken, no
// connection of somebody else is used, and the host gets nothing of this machine.
constexpr const char* kStronger[] = {
    "BatchMode=yes",
    "StrictHostKeyChecking=yes",
    "NoHostAuthenticationForLocalhost=no",
    "ConnectTimeout=15",
    "ServerAliveInterval=15",
    "ServerAliveCountMax=2",
    "ControlMaster=no",
    "ControlPath=none",
    "ClearAllForwardings=yes",
    "ForwardAgent=no",
    "ForwardX11=no",
    "PermitLocalCommand=no",
    "RequestTTY=no",
    "RemoteCommand=none",
    "StdinNull=no",
    "SessionType=default",
    "Tunnel=no",
    "ForkAfterAuthentication=no",
    "UpdateHostKeys=no",
    "LogLevel=ERROR",
};

std::vector<std::string> CommandOf(const std::string& host, const SshOptions& options,
                                   size_t script) {
  std::vector<std::string> words = {"ssh"};
  if (!options.config.empty()) words.insert(words.end(), {"-F", options.config});
  for (const char* option : kStronger) words.insert(words.end(), {"-o", option});
  // Whatever its login shell is (csh, fish), it understands this much; sh gets the rest.
  words.insert(words.end(),
               {"--", host, fmt::format("exec sh -c 'eval \"$(head -c {})\"'", script)});
  return words;
}

std::unexpected<Error> NoHelloOf(const std::string& host, const std::string& hello) {
  return RefuseHost(host,
                    fmt::format("it answers something else than the script that was sent: '{}'",
                                PrintableShort(hello, 80)),
                    "see that `ssh HOST sh -c true` works there and prints nothing");
}

/// What is said and heard while ssh runs.
class Talk {
 public:
  Talk(const std::string& host, const SshOptions& options, const SshCargo& cargo,
       const SshTalk& talk)
      : host_(host),
        options_(options),
        cargo_(cargo),
        talk_(talk),
        greeting_(cargo.key + "\n"),
        until_(SshClock::now() + std::chrono::milliseconds(options.timeout_ms)) {}

  Result<SshEnding> Run() {
    const size_t script = talk_.script.size();
    if (const int error = ssh_.Start(CommandOf(host_, options_, script)); error != 0) {
      return RefuseHost(host_, fmt::format("ssh cannot be started: {}", std::strerror(error)),
                        "install OpenSSH's client");
    }
    to_send_ = {talk_.script};
    while (ssh_.out || ssh_.err) {
      if (auto ok = Step(); !ok) return std::unexpected(ok.error());
    }
    ssh_.in = Descriptor();
    const auto status = ssh_.WaitUntil(until_);
    if (!status) return TooLate();
    ending_.status = *status;
    return std::move(ending_);
  }

 private:
  Result<void> Step() {
    const auto left =
        std::chrono::duration_cast<std::chrono::milliseconds>(until_ - SshClock::now()).count();
    pollfd all[3] = {{ssh_.out.get(), POLLIN, 0},
                     {ssh_.err.get(), POLLIN, 0},
                     {to_send_.empty() ? -1 : ssh_.in.get(), POLLOUT, 0}};
    const bool asks = talk_.stop && !stopped_;
    const int wait = static_cast<int>(asks ? std::min<int64_t>(left, kAskMs) : left);
    const int ready = left <= 0 ? 0 : poll(all, 3, wait);
    if (asks && talk_.stop()) {
      stopped_ = true;
      // It waits for its key, and would take the word for it.
      if (!ending_.greeted)
        return RefuseHost(host_, "it was interrupted before anything was begun there", "");
      to_send_.push_back("stop\n");
    }
    if (ready < 0 && errno == EINTR) return {};
    if (ready == 0 && asks && left > kAskMs) return {};
    if (ready <= 0) return TooLate();
    if (all[0].revents != 0) {
      if (auto ok = Hear(); !ok) return ok;
    }
    if (all[1].revents != 0) {
      if (auto ok = HearComplaint(); !ok) return ok;
    }
    if (all[2].revents != 0) Send();
    return {};
  }

  std::unexpected<Error> TooLate() const {
    const int64_t ms = options_.timeout_ms;
    return RefuseHost(
        host_,
        fmt::format("it does not end within {}",
                    ms % 1000 == 0 ? fmt::format("{} s", ms / 1000) : fmt::format("{} ms", ms)),
        "see what it waits for, or give it longer with --ssh-timeout");
  }

  Result<void> Hear() {
    char buffer[1 << 16];
    const ssize_t n = read(ssh_.out.get(), buffer, sizeof buffer);
    if (n < 0 && errno == EINTR) return {};
    if (n <= 0) {
      ssh_.out = Descriptor();
      return {};
    }
    const std::string_view heard(buffer, static_cast<size_t>(n));
    return ending_.greeted ? talk_.hear(heard) : Greet(heard);
  }

  /// The script's first line, after what the shell's start-up files may have printed.
  Result<void> Greet(std::string_view heard) {
    ending_.hello += heard;
    size_t begin = 0;
    if (!ending_.hello.starts_with(kHello)) {
      begin = ending_.hello.find("\n" + std::string(kHello));
      begin = begin == std::string::npos ? ending_.hello.size() : begin + 1;
    }
    const size_t end = ending_.hello.find('\n', begin);
    if (end == std::string::npos) {
      if (ending_.hello.size() <= kMostHello) return {};
      return NoHello();
    }
    const std::vector<std::string> words = SplitWords(ending_.hello.substr(begin, end - begin));
    if (words.size() != 3 || (words[1] != "have" && words[1] != "need")) return NoHello();
    if (words[1] == "need" && words[2] != cargo_.machine) {
      return RefuseHost(host_,
                        fmt::format("its architecture is {}, and this program's {}",
                                    PrintableShort(words[2], 40), cargo_.machine),
                        "run a seawall of that architecture there (seawall collect --out FILE), "
                        "and give the bundle to the audit");
    }
    ending_.greeted = true;
    if (talk_.begun != nullptr) *talk_.begun = true;
    to_send_.push_back(greeting_);
    if (words[1] == "need") to_send_.push_back(cargo_.program);
    const std::string_view rest = std::string_view(ending_.hello).substr(end + 1);
    return rest.empty() ? Result<void>() : talk_.hear(rest);
  }

  std::unexpected<Error> NoHello() const { return NoHelloOf(host_, ending_.hello); }

  Result<void> HearComplaint() {
    char buffer[4096];
    const ssize_t n = read(ssh_.err.get(), buffer, sizeof buffer);
    if (n < 0 && errno == EINTR) return {};
    if (n <= 0) {
      ssh_.err = Descriptor();
      return {};
    }
    if (ending_.said.size() < kMostSaid) ending_.said.append(buffer, static_cast<size_t>(n));
    if (talk_.complaint && ending_.greeted) {
      talk_.complaint({buffer, static_cast<size_t>(n)});
      return {};
    }
    noise_ += static_cast<size_t>(n);
    if (noise_ > kMostNoise)
      return RefuseHost(host_, "it complains without end", "see what answers there");
    return {};
  }

  void Send() {
    std::string_view& first = to_send_.front();
    const ssize_t n = write(ssh_.in.get(), first.data(), first.size());
    if (n > 0) first.remove_prefix(static_cast<size_t>(n));
    if (first.empty()) to_send_.erase(to_send_.begin());
    // What it does not want any more, its exit status will explain.
    if (n < 0 && errno != EINTR && errno != EAGAIN) {
      to_send_.clear();
      ssh_.in = Descriptor();
    }
  }

  const std::string& host_;
  const SshOptions& options_;
  const SshCargo& cargo_;
  const SshTalk& talk_;
  const std::string greeting_;
  const SshClock::time_point until_;
  SshChild ssh_;
  std::vector<std::string_view> to_send_;
  SshEnding ending_;
  bool stopped_ = false;
  size_t noise_ = 0;
};

}  // namespace

Result<SshEnding> TalkTo(const std::string& host, const SshOptions& options, const SshCargo& cargo,
                         const SshTalk& talk) {
  return Talk(host, options, cargo, talk).Run();
}

Result<size_t> FetchFrom(const std::string& host, const SshOptions& options, const SshCargo& cargo,
                         const Descriptor& file) {
  size_t size = 0;
  SshTalk talk;
  talk.script = RemoteScript(options, cargo);
  talk.hear = [&](std::string_view part) -> Result<void> {
    size += part.size();
    if (size > kMostBundle)
      return RefuseHost(host, "it sends more than a bundle can hold", "see what answers there");
    if (const int error = WriteAll(file.get(), part); error != 0)
      return Fail(ErrorCode::kIo, "set a bundle aside", host, std::strerror(error),
                  "make room, or name another folder with TMPDIR");
    return {};
  };
  auto ending = TalkTo(host, options, cargo, talk);
  if (!ending) return std::unexpected(ending.error());
  if (ending->status != 0)
    return ExplainEnd(host, options, ending->status, ending->said,
                      ending->greeted ? "" : ending->hello);
  if (!ending->greeted) return NoHelloOf(host, ending->hello);
  if (size == 0) return RefuseHost(host, "it sent nothing", "see what answers there");
  return size;
}

}  // namespace seawall::app
