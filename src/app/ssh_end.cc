#include "app/ssh_end.h"

#include <fmt/format.h>

#include "base/text.h"

namespace seawall::app {
namespace {

/// The last lines, in one: what went wrong stands there.
std::string LastOf(const std::string& said) {
  constexpr size_t kMost = 400;
  std::string all;
  for (const std::string_view line : Split(said, '\n')) {
    const std::string_view text = Trim(line);
    if (text.empty() || text.starts_with('@')) continue;  // the frame around a warning
    if (!all.empty()) all += "; ";
    all += Printable(text);
  }
  if (all.size() <= kMost) return all;
  size_t begin = all.size() - kMost;
  while ((all[begin] & 0xc0) == 0x80) ++begin;
  return "…" + all.substr(begin);
}

/// ssh itself gave up.
std::string TodoFor(const std::string& said, const std::string& host) {
  const auto tells = [&](const char* words) { return said.find(words) != std::string::npos; };
  if (tells("IDENTIFICATION HAS CHANGED")) {
    return "somebody may sit between: only when you know why the host has another key, remove the "
           "old one (ssh-keygen -R) and add the new one";
  }
  if (tells("Host key verification failed") || tells("host key is known")) {
    return fmt::format(
        "log in once by hand (ssh {}) and compare the fingerprint with the host's, so that "
        "known_hosts has its key",
        host);
  }
  if (tells("Permission denied") || tells("Too many authentication failures")) {
    return fmt::format(
        "see that `ssh -o BatchMode=yes {} true` works: its key must be in the agent or need no "
        "passphrase",
        host);
  }
  return fmt::format("see that `ssh -o BatchMode=yes {} true` works", host);
}

}  // namespace

std::unexpected<Error> RefuseHost(const std::string& host, std::string why, std::string todo) {
  return Fail(ErrorCode::kIo, "audit a host over SSH", PrintableShort(host, 200), std::move(why),
              std::move(todo));
}

std::unexpected<Error> ExplainEnd(const std::string& host, const SshOptions& options, int status,
                                  const std::string& said, const std::string& answered) {
  const std::string last = LastOf(said);
  const auto with = [&](std::string why) {
    return last.empty() ? why : fmt::format("{}: {}", why, last);
  };
  const std::string base = options.remote_dir.empty() ? "/tmp and /var/tmp" : options.remote_dir;
  switch (status) {
    case 91:
      return RefuseHost(host, base + " cannot be written to",
                        "name another folder with --remote-dir");
    case 92:
      return RefuseHost(host, base + " is mounted noexec: no program can be run there",
                        "name a folder with --remote-dir where programs may run (one in the home "
                        "folder), or install this seawall on the host");
    case 93:
      return RefuseHost(host, with("sudo refuses"),
                        "let that user run it without a password (NOPASSWD), log in as root, or "
                        "leave --sudo away");
    case 94:
      return RefuseHost(host, "the program did not arrive there whole", "run it again");
    case 95:
      return RefuseHost(host, with("the program cannot be written to " + base),
                        "make room there, or name another folder with --remote-dir");
    case 96:
      return RefuseHost(host, with("collecting failed there"), "run `seawall collect` on the host");
    case 97:
      return RefuseHost(host, with("the program does not run there"),
                        "it needs the C library of a Linux like this one: build seawall for that "
                        "system, and install it there or run `seawall collect`");
    case 99:
      return RefuseHost(host, "it was interrupted there", "run it again");
    case 255:
      return RefuseHost(host, last.empty() ? "ssh failed" : last,
                        TodoFor(said, PrintableShort(host, 100)));
    default:
      break;
  }
  std::string why = status < 0 ? "ssh was killed" : fmt::format("it ended with status {}", status);
  if (!answered.empty()) why += fmt::format(", after '{}'", PrintableShort(answered, 80));
  return RefuseHost(host, with(std::move(why)), "see that `ssh HOST sh -c true` works");
}

}  // namespace seawall::app
