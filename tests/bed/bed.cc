#include "bed.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>

namespace seawall::test {
namespace {

/// Each of its steps has three minutes on a busy machine, and says which one was not enough.
constexpr auto kPatience = std::chrono::minutes(8);

}  // namespace

Bed::Bed(const std::vector<std::string>& arguments) : name_(fmt::format("test-{}", getpid())) {
  int in[2], out[2];
  if (pipe2(in, O_CLOEXEC) != 0 || pipe2(out, O_CLOEXEC) != 0) return;
  std::vector<std::string> words = {TestbedProgram(), "up", "--name", name_, "--foreground"};
  words.insert(words.end(), arguments.begin(), arguments.end());
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  pid_ = fork();
  if (pid_ == 0) {
    dup2(in[0], 0);
    dup2(out[1], 1);
    execv(argv[0], argv.data());
    _exit(127);
  }
  close(in[0]);
  close(out[1]);
  keep_open_ = in[1];
  output_ = out[0];
  ReadDescription();
}

void Bed::ReadDescription() {
  auto deadline = std::chrono::steady_clock::now() + kPatience;
  std::string text;
  while (std::chrono::steady_clock::now() < deadline) {
    pollfd p{output_, POLLIN, 0};
    poll(&p, 1, 500);
    char buffer[65536];
    ssize_t n = p.revents ? read(output_, buffer, sizeof buffer) : -1;
    if (n == 0) break;
    if (n > 0) text.append(buffer, static_cast<size_t>(n));
    rapidjson::Document document;
    if (document.Parse(text.data(), text.size()).HasParseError()) continue;
    description_ = std::move(document);
    for (const auto& node : description_["nodes"].GetArray())
      nodes_.emplace_back(node["name"].GetString(), node["root"].GetString());
    return;
  }
  ADD_FAILURE() << "the test bed did not come up; what it said ends with: "
                << text.substr(text.size() - std::min<size_t>(text.size(), 500));
}

Bed::~Bed() {
  if (keep_open_ >= 0) close(keep_open_);
  if (output_ >= 0) close(output_);
  if (pid_ > 0) {
    for (int i = 0; i < 300 && waitpid(pid_, nullptr, WNOHANG) == 0; ++i) usleep(100000);
  }
}

std::string Bed::Root(const std::string& node) const {
  for (const auto& [name, root] : nodes_) {
    if (name == node) return root;
  }
  ADD_FAILURE() << "the bed has no node " << node;
  return "";
}

std::vector<std::string> Bed::Names() const {
  std::vector<std::string> names;
  for (const auto& [name, root] : nodes_) names.push_back(name);
  return names;
}

std::string Bed::Address(const std::string& node) const {
  for (const auto& n : description_["nodes"].GetArray()) {
    if (node == n["name"].GetString()) return n["address"].GetString();
  }
  ADD_FAILURE() << "the bed has no node " << node;
  return "";
}

std::string Bed::Binary(const std::string& name) const {
  return description_["binaries"][name.c_str()].GetString();
}

int Bed::InitPid(const std::string& node) const {
  for (const auto& n : description_["nodes"].GetArray()) {
    if (node == n["name"].GetString()) return n["initPid"].GetInt();
  }
  ADD_FAILURE() << "the bed has no node " << node;
  return -1;
}

std::vector<std::string> Bed::Command(const std::vector<std::string>& words) const {
  std::vector<std::string> command = {TestbedProgram(), words.at(0), "--name", name_};
  command.insert(command.end(), words.begin() + 1, words.end());
  return command;
}

Ran Bed::TestbedFor(int seconds, const std::vector<std::string>& words) const {
  std::vector<std::string> command = Command(words);
  command.insert(command.begin(), {"timeout", fmt::format("{}", seconds)});
  return RunCommand(command,
                    {.environment = {{"HOME", std::getenv("HOME") ? std::getenv("HOME") : "/"}}});
}

Ran Bed::Testbed(const std::vector<std::string>& words, int timeout_seconds) const {
  std::vector<std::string> command = Command(words);
  return RunCommand(command,
                    {.environment = {{"HOME", std::getenv("HOME") ? std::getenv("HOME") : "/"}},
                     .timeout_seconds = timeout_seconds});
}

Ran Bed::Exec(const std::string& node, const std::vector<std::string>& command,
              int timeout_seconds) const {
  std::vector<std::string> words = {"exec", node, "--"};
  words.insert(words.end(), command.begin(), command.end());
  return Testbed(words, timeout_seconds);
}

Ran Bed::SeawallInside(const std::string& node, std::vector<std::string> words,
                       int timeout_seconds) const {
  std::filesystem::copy_file(ReleaseProgram(), Root(node) + "/root/seawall",
                             std::filesystem::copy_options::update_existing);
  words.insert(words.begin(), "/root/seawall");
  return Exec(node, words, timeout_seconds);
}

Ran Bed::AuditInside(const std::string& node, std::vector<std::string> arguments) const {
  arguments.insert(arguments.begin(), "audit");
  return SeawallInside(node, std::move(arguments));
}

}  // namespace seawall::test
