#include "app/git_files.h"

#include <fmt/format.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstdlib>

#include "base/descriptor.h"
#include "base/text.h"
#include "live/tool.h"

namespace seawall::app {
namespace {

constexpr const char* kAttempt = "read RBAC objects from Git";
constexpr const char* kWord = "git:";
constexpr size_t kMostList = 64u << 20;
constexpr size_t kMostBytes = 1u << 30;
constexpr size_t kMostFiles = 100'000;
constexpr int kTimeoutSeconds = 120;

struct Blob {
  std::string name, id;
};

std::unexpected<Error> Refuse(ErrorCode code, const GitWord& word, std::string why,
                              std::string todo = "") {
  const std::string where = word.revision + (word.path.empty() ? "" : ":" + word.path);
  return Fail(code, kAttempt, Printable(where), std::move(why), std::move(todo));
}

/// git's own words follow on standard error.
Result<std::string> RunGit(const GitWord& word, std::vector<std::string> words, int input,
                           size_t most) {
  // Neither a password nor a missing object is asked for.
  setenv("GIT_NO_LAZY_FETCH", "1", 1);
  setenv("GIT_TERMINAL_PROMPT", "0", 1);
  setenv("GIT_OPTIONAL_LOCKS", "0", 1);
  words.insert(words.begin(), "git");
  live::Said said = live::RunTool(
      std::move(words),
      {.timeout_seconds = kTimeoutSeconds, .most = most, .input = input, .errors = false});
  if (said.cut)
    return Refuse(ErrorCode::kTooLarge, word, fmt::format("more than {} MiB", most >> 20),
                  "name a folder of it, as in git:main:rbac");
  if (said.status == 0) return std::move(said.text);
  return Refuse(said.status == 128 ? ErrorCode::kNotFound : ErrorCode::kIo, word,
                said.status < 0 ? "git does not start, or does not end" : "git says no",
                "it must be a revision of the repository that you are in, and git be installed");
}

/// "100644 blob ID\tNAME", each ended by a NUL.
std::vector<Blob> ReadList(std::string_view list) {
  std::vector<Blob> blobs;
  for (const std::string_view line : Split(list, '\0')) {
    const size_t tab = line.find('\t');
    if (tab == std::string_view::npos) continue;
    const auto words = Split(line.substr(0, tab), ' ');
    const std::string name(line.substr(tab + 1));
    // Links are not followed: what they lead to may lie outside.
    const bool file = words.size() == 3 && words[1] == "blob" && !words[0].starts_with("12");
    if (file && IsManifestName(name)) blobs.push_back({name, std::string(words[2])});
  }
  return blobs;
}

/// "ID blob SIZE\nBYTES\n" for each.
Result<std::vector<NamedBytes>> ReadBlobs(const GitWord& word, const std::vector<Blob>& blobs,
                                          std::string_view text) {
  std::vector<NamedBytes> files;
  for (const Blob& blob : blobs) {
    const size_t end = text.find('\n');
    const auto head = Split(text.substr(0, std::min(end, text.size())), ' ');
    const auto size = head.size() == 3 ? ParseInt(std::string(head[2])) : std::nullopt;
    if (end == std::string_view::npos || !size || *size < 0 || head[0] != blob.id ||
        text.size() - end < static_cast<size_t>(*size) + 2)
      return Refuse(ErrorCode::kIo, word, "git does not give " + Printable(blob.name));
    files.push_back({word.revision + ":" + blob.name,
                     std::string(text.substr(end + 1, static_cast<size_t>(*size)))});
    text.remove_prefix(end + 1 + static_cast<size_t>(*size) + 1);
  }
  return files;
}

}  // namespace

std::optional<GitWord> ReadGitWord(const std::string& word) {
  if (!word.starts_with(kWord)) return std::nullopt;
  const std::string rest = word.substr(std::string_view(kWord).size());
  const size_t colon = rest.find(':');
  if (colon == std::string::npos) return GitWord{rest, ""};
  return GitWord{rest.substr(0, colon), rest.substr(colon + 1)};
}

Result<std::vector<NamedBytes>> ReadGitFiles(const GitWord& word) {
  if (word.revision.empty() || word.revision.starts_with('-'))
    return Refuse(ErrorCode::kUsage, word, "that is no revision", "as in git:main:rbac");
  std::vector<std::string> words = {"ls-tree", "-r", "-z", "--end-of-options", word.revision};
  if (!word.path.empty()) words.insert(words.end(), {"--", word.path});
  auto list = RunGit(word, words, -1, kMostList);
  if (!list) return std::unexpected(list.error());
  const std::vector<Blob> blobs = ReadList(*list);
  if (blobs.empty()) {
    return Refuse(ErrorCode::kNotFound, word, "there is no manifest (*.yaml, *.yml, *.json)",
                  "paths are seen from the working folder");
  }
  if (blobs.size() > kMostFiles)
    return Refuse(ErrorCode::kLimit, word, "more than 100,000 manifests",
                  "name a folder of it, as in git:main:rbac");
  const Descriptor ids(memfd_create("ids", MFD_CLOEXEC));
  std::string lines;
  for (const Blob& blob : blobs) lines += blob.id + "\n";
  if (!ids || write(ids.get(), lines.data(), lines.size()) != static_cast<ssize_t>(lines.size()) ||
      lseek(ids.get(), 0, SEEK_SET) != 0)
    return Refuse(ErrorCode::kIo, word, "there is no memory for its list of files");
  auto text = RunGit(word, {"cat-file", "--batch"}, ids.get(), kMostBytes);
  if (!text) return std::unexpected(text.error());
  return ReadBlobs(word, blobs, *text);
}

}  // namespace seawall::app
