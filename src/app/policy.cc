#include "app/policy.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "app/small_file.h"
#include "proofs/proof.h"
#include "rules/own_rules.h"

namespace seawall::app {
namespace {

namespace fs = std::filesystem;

constexpr const char* kAttempt = "read the policy";
constexpr size_t kMostFiles = 1000;

Result<std::vector<std::string>> FilesOf(const std::string& folder) {
  std::error_code error;
  std::vector<std::string> files;
  for (fs::directory_iterator at(folder, error), end; !error && at != end; at.increment(error)) {
    const std::string extension = at->path().extension();
    if (extension != ".yaml" && extension != ".yml" && extension != ".json") continue;
    files.push_back(at->path().string());
    if (files.size() > kMostFiles)
      return Fail(ErrorCode::kLimit, kAttempt, folder,
                  fmt::format("it holds more than {} files", kMostFiles), "keep fewer");
  }
  if (error) {
    return Fail(
        error == std::errc::no_such_file_or_directory ? ErrorCode::kNotFound : ErrorCode::kIo,
        kAttempt, folder, error.message(), "name a folder with policy files");
  }
  if (files.empty())
    return Fail(ErrorCode::kNotFound, kAttempt, folder, "it holds no *.yaml, *.yml or *.json",
                "see docs/formats/policy.md");
  std::ranges::sort(files);
  return files;
}

}  // namespace

Result<void> InstallPolicy(const Arguments& arguments) {
  if (!arguments.Has("policy")) return {};
  // Rules are pointed to until the program ends.
  static rules::Policy policy;
  auto files = FilesOf(arguments.Get("policy"));
  if (!files) return std::unexpected(files.error());
  for (const std::string& file : *files) {
    auto bytes = ReadSmallFile(file, kAttempt);
    if (!bytes) return std::unexpected(bytes.error());
    if (auto ok = policy.Add(file, std::move(*bytes)); !ok) return ok;
  }
  for (const rules::Rule& rule : policy.own()) {
    if (proofs::FindProofRule(rule.id) == nullptr) continue;
    return Fail(ErrorCode::kMalformed, kAttempt, arguments.Get("policy"),
                fmt::format("seawall itself has a rule {}", rule.id),
                "begin yours with the organisation's name");
  }
  rules::InstallPolicy(policy.own(), policy.instead());
  return {};
}

}  // namespace seawall::app
