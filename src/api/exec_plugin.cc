#include "api/exec_plugin.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <optional>
#include <thread>

#include "base/base64.h"
#include "base/descriptor.h"
#include "base/spawn.h"
#include "base/text.h"
#include "yaml/document.h"

extern char** environ;

namespace seawall::api {
namespace {

using Clock = std::chrono::steady_clock;

constexpr const char* kAttempt = "get credentials from the kubeconfig's program";

std::string Quoted(std::string_view text) {
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      quoted += '\\';
      quoted += c;
    } else if (static_cast<unsigned char>(c) < 0x20) {
      quoted += fmt::format("\\u{:04x}", static_cast<unsigned char>(c));
    } else {
      quoted += c;
    }
  }
  return quoted + "\"";
}

/// What the plugin is told (KUBERNETES_EXEC_INFO).
std::string ExecInfo(const Access& access) {
  std::string cluster;
  if (access.exec->cluster_info) {
    const Address& server = access.server;
    cluster = fmt::format(",\"cluster\":{{\"server\":{}",
                          Quoted(fmt::format("{}://{}{}", server.https ? "https" : "http",
                                             server.HostPort(), server.path)));
    if (!access.ca.empty())
      cluster += fmt::format(",\"certificate-authority-data\":{}", Quoted(EncodeBase64(access.ca)));
    if (!access.tls_server_name.empty())
      cluster += fmt::format(",\"tls-server-name\":{}", Quoted(access.tls_server_name));
    if (access.insecure) cluster += ",\"insecure-skip-tls-verify\":true";
    cluster += "}";
  }
  return fmt::format(
      "KUBERNETES_EXEC_INFO={{\"apiVersion\":{},\"kind\":\"ExecCredential\",\"spec\":{{"
      "\"interactive\":false{}}}}}",
      Quoted(access.exec->api_version), cluster);
}

class Child {
 public:
  Child() = default;
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;
  ~Child() {
    if (pid_ <= 0) return;
    kill(-pid_, SIGKILL);
    while (waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
    }
  }

  /// 0, or errno.
  int Start(const Access& access) {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) return errno;
    output_ = Descriptor(ends[0]);
    const Descriptor writing(ends[1]);
    std::vector<std::string> variables;
    for (char** one = environ; *one != nullptr; ++one) variables.emplace_back(*one);
    for (const auto& [name, value] : access.exec->environment) {
      std::erase_if(variables, [&](const std::string& v) { return v.starts_with(name + "="); });
      variables.push_back(fmt::format("{}={}", name, value));
    }
    std::erase_if(variables,
                  [](const std::string& v) { return v.starts_with("KUBERNETES_EXEC_INFO="); });
    variables.push_back(ExecInfo(access));
    std::vector<std::string> words = {access.exec->command};
    words.insert(words.end(), access.exec->arguments.begin(), access.exec->arguments.end());
    const int error =
        Spawn(words, {.output = writing.get(), .environment = &variables, .session = false}, pid_);
    return error;
  }

  int output() const { return output_.get(); }
  /// The exit status as waitpid has it; nothing when it does not end by then.
  std::optional<int> WaitUntil(Clock::time_point until) {
    constexpr std::chrono::milliseconds kLook{2};
    int status = 0;
    while (true) {
      const pid_t ended = waitpid(pid_, &status, WNOHANG);
      if (ended == 0 && Clock::now() >= until) return std::nullopt;
      if (ended != 0 && !(ended < 0 && errno == EINTR)) break;
      std::this_thread::sleep_for(kLook);
    }
    pid_ = -1;
    return status;
  }

 private:
  pid_t pid_ = -1;
  Descriptor output_;
};

std::unexpected<Error> Refuse(const Access& access, std::string why, std::string todo = "") {
  return Fail(ErrorCode::kIo, kAttempt, PrintableShort(access.exec->command, 200), std::move(why),
              std::move(todo));
}

std::unexpected<Error> DoesNotEnd(const Access& access, const PluginLimits& limits) {
  return Refuse(access, fmt::format("it does not end within {} s", limits.timeout_ms / 1000),
                "run it by hand and see what it waits for");
}

/// Everything that it prints, until its end of the pipe is closed.
Result<void> ReadOutput(const Access& access, const Child& child, const PluginLimits& limits,
                        Clock::time_point until, std::string& output) {
  char buffer[8192];
  while (true) {
    const auto left =
        std::chrono::duration_cast<std::chrono::milliseconds>(until - Clock::now()).count();
    pollfd one{child.output(), POLLIN, 0};
    const int ready = left <= 0 ? 0 : poll(&one, 1, static_cast<int>(left));
    if (ready < 0 && errno == EINTR) continue;
    if (ready <= 0) return DoesNotEnd(access, limits);
    const ssize_t count = read(child.output(), buffer, sizeof buffer);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return {};
    output.append(buffer, static_cast<size_t>(count));
    if (output.size() > limits.most) return Refuse(access, "it prints too much");
  }
}

Result<Credential> ReadCredential(const Access& access, const std::string& output) {
  const auto stream = yaml::Parse("credentials", output);
  const yaml::Value root = stream ? stream->root() : yaml::Value();
  if (!root.is_mapping() || root["kind"].text() != "ExecCredential")
    return Refuse(access, "it prints no ExecCredential");
  if (root["apiVersion"].text() != access.exec->api_version)
    return Refuse(access, "its answer is of another version than the kubeconfig says");
  const yaml::Value status = root["status"];
  Credential credential;
  credential.token = Secret(std::string(Trim(status["token"].text())));
  credential.certificate = status["clientCertificateData"].text();
  credential.key = Secret(status["clientKeyData"].text());
  if (credential.certificate.empty() != credential.key.empty())
    return Refuse(access, "of certificate and key it gives only one");
  if (credential.token.empty() && credential.certificate.empty())
    return Refuse(access, "it gives neither a token nor a certificate");
  return credential;
}

}  // namespace

Result<Credential> RunPlugin(const Access& access, const PluginLimits& limits) {
  Child child;
  if (const int error = child.Start(access); error != 0) {
    return Refuse(access, std::strerror(error),
                  access.exec->install_hint.empty() ? "install it, or name it by its whole path"
                                                    : access.exec->install_hint);
  }
  const Clock::time_point until = Clock::now() + std::chrono::milliseconds(limits.timeout_ms);
  std::string output;
  auto read = ReadOutput(access, child, limits, until, output);
  if (!read) {
    x509::Wipe(output);
    return std::unexpected(read.error());
  }
  // It may have closed its output and go on.
  const std::optional<int> status = child.WaitUntil(until);
  if (!status || !WIFEXITED(*status) || WEXITSTATUS(*status) != 0) {
    x509::Wipe(output);
    if (!status) return DoesNotEnd(access, limits);
    return Refuse(access,
                  WIFEXITED(*status) ? fmt::format("it ends with status {}", WEXITSTATUS(*status))
                                     : std::string("it was killed"),
                  "run it by hand: its standard error says why");
  }
  auto credential = ReadCredential(access, output);
  x509::Wipe(output);
  return credential;
}

}  // namespace seawall::api
