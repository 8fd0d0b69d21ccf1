#include "program.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <fstream>
#include <sstream>

namespace seawall::test {
namespace {

std::string Variable(const char* name) {
  const char* value = std::getenv(name);
  return value ? value : "";
}

struct Pipe {
  int read_end = -1, write_end = -1;
  Pipe() {
    int ends[2] = {-1, -1};
    if (pipe2(ends, O_CLOEXEC) == 0) {
      read_end = ends[0];
      write_end = ends[1];
    }
  }
  ~Pipe() {
    CloseRead();
    CloseWrite();
  }
  void CloseRead() { Close(read_end); }
  void CloseWrite() { Close(write_end); }

 private:
  static void Close(int& end) {
    if (end >= 0) close(end);
    end = -1;
  }
};

std::vector<std::string> EnvironmentOf(const RunOptions& options) {
  std::map<std::string, std::string> all = {{"PATH", Variable("PATH")},
                                            {"HOME", "/"},
                                            {"LANG", "C.UTF-8"},
                                            // none of the settings of whoever runs the tests
                                            {"SEAWALL_CONFIG", ""},
                                            {"ASAN_OPTIONS", "detect_leaks=0"}};
  for (const auto& [name, value] : options.environment) all[name] = value;
  std::vector<std::string> lines;
  for (const auto& [name, value] : all) lines.push_back(name + "=" + value);
  return lines;
}

[[noreturn]] void Child(const std::vector<std::string>& command, const RunOptions& options,
                        Pipe& in, Pipe& out, Pipe& err) {
  dup2(in.read_end, 0);
  dup2(out.write_end, 1);
  dup2(err.write_end, 2);
  if (options.uid && (setgid(options.uid) != 0 || setuid(options.uid) != 0)) _exit(126);
  if (!options.directory.empty() && chdir(options.directory.c_str()) != 0) _exit(126);
  std::vector<std::string> environment = EnvironmentOf(options);
  std::vector<char*> words, variables;
  for (const auto& w : command) words.push_back(const_cast<char*>(w.c_str()));
  for (const auto& v : environment) variables.push_back(const_cast<char*>(v.c_str()));
  words.push_back(nullptr);
  variables.push_back(nullptr);
  execvpe(words[0], words.data(), variables.data());
  _exit(127);
}

/// Feeds and drains the three pipes until both outputs are closed or the time is over; false when
/// it is.
bool Pump(const RunOptions& options, Pipe& in, Pipe& out, Pipe& err, Ran& run) {
  auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(options.timeout_seconds);
  size_t written = 0;
  while (out.read_end >= 0 || err.read_end >= 0) {
    if (written >= options.input.size()) in.CloseWrite();
    pollfd polls[3] = {
        {out.read_end, POLLIN, 0}, {err.read_end, POLLIN, 0}, {in.write_end, POLLOUT, 0}};
    if (std::chrono::steady_clock::now() > deadline) return false;
    poll(polls, 3, 100);
    char buffer[65536];
    auto drain = [&](pollfd& p, Pipe& pipe, std::string& text) {
      if (!(p.revents & (POLLIN | POLLHUP))) return;
      ssize_t n = read(p.fd, buffer, sizeof buffer);
      if (n > 0) text.append(buffer, static_cast<size_t>(n));
      if (n == 0) pipe.CloseRead();
    };
    drain(polls[0], out, run.out);
    drain(polls[1], err, run.err);
    if (polls[2].revents & (POLLOUT | POLLERR)) {
      ssize_t n =
          write(in.write_end, options.input.data() + written, options.input.size() - written);
      written = n < 0 ? options.input.size() : written + static_cast<size_t>(n);
    }
  }
  return true;
}

}  // namespace

std::string Program() { return SEAWALL_PROGRAM; }
std::string ReleaseProgram() { return SEAWALL_RELEASE; }
std::string Source() { return SEAWALL_SOURCE; }
std::string TestbedProgram() { return SEAWALL_TESTBED; }

Ran RunCommand(const std::vector<std::string>& command, const RunOptions& options) {
  signal(SIGPIPE, SIG_IGN);
  Pipe in, out, err;
  Ran run;
  auto started = std::chrono::steady_clock::now();
  pid_t pid = fork();
  if (pid == 0) Child(command, options, in, out, err);
  in.CloseRead();
  out.CloseWrite();
  err.CloseWrite();
  if (!Pump(options, in, out, err, run)) {
    kill(pid, SIGKILL);
    ADD_FAILURE() << command[0] << " did not end within " << options.timeout_seconds << " s";
  }
  int status = 0;
  rusage usage{};
  wait4(pid, &status, 0, &usage);
  run.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - started).count();
  run.peak_kib = usage.ru_maxrss;
  run.status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  return run;
}

Ran Seawall(const std::vector<std::string>& arguments, const RunOptions& options) {
  std::vector<std::string> command = {Program()};
  command.insert(command.end(), arguments.begin(), arguments.end());
  return RunCommand(command, options);
}

rapidjson::Document Json(const std::string& text) {
  rapidjson::Document document;
  document.Parse<rapidjson::kParseIterativeFlag>(text.data(), text.size());
  EXPECT_FALSE(document.HasParseError())
      << "at byte " << document.GetErrorOffset() << " of " << text.substr(0, 2000);
  return document;
}

std::string VerdictOf(const rapidjson::Document& report, const std::string& rule) {
  std::string verdict;
  for (const auto& finding : report["findings"].GetArray()) {
    if (finding["rule"].GetString() != rule) continue;
    std::string one = finding["verdict"].GetString();
    verdict = verdict.empty() || verdict == one ? one : "mixed";
  }
  return verdict;
}

std::string ReadFile(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::stringstream text;
  text << in.rdbuf();
  return text.str();
}

std::string Python(const std::string& script, const std::string& input) {
  Ran run = RunCommand({"python3", "-c", script}, {.input = input});
  return run.status == 0 ? run.out : run.err;
}

std::string FaultsOfPage(const std::string& page) {
  return Python(
      "import sys, re, base64, hashlib, html.parser\n"
      "text = sys.stdin.buffer.read().decode()\n"
      "void = {'meta', 'input', 'br', 'rect'}\n"
      "class P(html.parser.HTMLParser):\n"
      "  open, ids, links = [], [], []\n"
      "  def handle_starttag(self, tag, attrs):\n"
      "    if tag not in void: self.open.append(tag)\n"
      "    for k, v in attrs:\n"
      "      if k == 'id': self.ids.append(v)\n"
      "      if k == 'href' and v.startswith('#'): self.links.append(v[1:])\n"
      "      if k in ('src', 'style') or k.startswith('on'): print('refused', k)\n"
      "  def handle_startendtag(self, tag, attrs): pass\n"
      "  def handle_endtag(self, tag):\n"
      "    if tag not in void and self.open.pop() != tag: print('unclosed', tag)\n"
      "p = P(); p.feed(text)\n"
      "if p.open: print('open', p.open)\n"
      "if len(set(p.ids)) != len(p.ids): print('ids')\n"
      "print(*(l for l in p.links if l not in p.ids), end='')\n"
      "for tag in ('style', 'script'):\n"
      "  body = re.search('<%s>(.*?)</%s>' % (tag, tag), text, re.S).group(1)\n"
      "  digest = base64.b64encode(hashlib.sha256(body.encode()).digest()).decode()\n"
      "  if tag + \"-src 'sha256-\" + digest + \"'\" not in text: print(tag, digest)\n",
      page);
}

}  // namespace seawall::test
