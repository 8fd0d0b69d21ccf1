#include "app/review_logs.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <optional>
#include <thread>

#include "app/output_file.h"
#include "auditlog/log_pool.h"

namespace seawall::app {
namespace {

namespace fs = std::filesystem;

constexpr const char* kAttempt = "read audit logs";
constexpr size_t kMostFiles = 100'000;
constexpr uint64_t kMostState = 4ull << 30;

bool AllDigits(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

bool Strip(std::string& name, std::string_view end) {
  if (name.size() <= end.size() || !name.ends_with(end)) return false;
  name.resize(name.size() - end.size());
  return true;
}

/// "-20261128", with "-1795890000" of logrotate's dateext behind it; ".1".
void StripNumber(std::string& name, char before) {
  const size_t at = name.rfind(before);
  if (at == std::string::npos || at == 0) return;
  const std::string_view number = std::string_view(name).substr(at + 1);
  const bool fits = before == '.' ? number.size() <= 4 : number.size() == 8 || number.size() == 10;
  if (fits && AllDigits(number)) name.resize(at);
}

/// "-2026-11-28T20-53-58.123", as the API server itself names what it rotates.
void StripTime(std::string& name) {
  constexpr std::string_view kShape = "-0000-00-00T00-00-00.000";
  if (name.size() <= kShape.size()) return;
  const std::string_view end = std::string_view(name).substr(name.size() - kShape.size());
  for (size_t i = 0; i < kShape.size(); ++i) {
    const bool digit = end[i] >= '0' && end[i] <= '9';
    if (kShape[i] == '0' ? !digit : end[i] != kShape[i]) return;
  }
  name.resize(name.size() - kShape.size());
}

Result<void> AddFolder(const std::string& folder, const std::string& server, int depth,
                       std::vector<LogFile>& files) {
  std::error_code error;
  std::vector<std::string> names;
  std::vector<std::string> folders;
  for (fs::directory_iterator at(folder, error), end; !error && at != end; at.increment(error)) {
    const fs::directory_entry& entry = *at;
    std::error_code ignored;  // of a link that leads nowhere
    if (entry.path().filename().string().starts_with(".")) continue;
    if (entry.is_regular_file(ignored)) names.push_back(entry.path().string());
    if (entry.is_directory(ignored) && !entry.is_symlink(ignored))
      folders.push_back(entry.path().string());
    if (names.size() + files.size() > kMostFiles)
      return Fail(ErrorCode::kLimit, kAttempt, folder, "more than 100,000 files");
  }
  if (error) return Fail(ErrorCode::kIo, kAttempt, folder, error.message());
  std::ranges::sort(names);
  for (const std::string& name : names)
    files.push_back({name, server.empty() ? ServerOfPath(name) : server, !server.empty()});
  if (depth == 0) return {};
  std::ranges::sort(folders);
  for (const std::string& inside : folders) {
    if (auto ok = AddFolder(inside, server, depth - 1, files); !ok) return ok;
  }
  return {};
}

/// A log and what it was called before: those of its folder that have the same server.
Result<void> AddSiblings(const LogSource& source, std::vector<LogFile>& files) {
  const fs::path path(source.path);
  const std::string folder = path.has_parent_path() ? path.parent_path().string() : ".";
  std::vector<LogFile> all;
  if (auto ok = AddFolder(folder, "", 0, all); !ok) return ok;
  const std::string own = ServerOfPath(path.has_parent_path() ? source.path : "./" + source.path);
  const std::string server = source.server.empty() ? ServerOfPath(source.path) : source.server;
  for (const LogFile& file : all) {
    if (file.server == own) files.push_back({file.path, server, !source.server.empty()});
  }
  return {};
}

Result<std::string> ReadAll(const std::string& path) {
  Descriptor file(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK));
  struct stat stat{};
  const auto problem = [&](ErrorCode code, std::string why) {
    return Fail(code, "read what earlier reviews knew", path, std::move(why));
  };
  if (!file || fstat(file.get(), &stat) != 0) {
    return problem(errno == ENOENT ? ErrorCode::kNotFound : ErrorCode::kIo, std::strerror(errno));
  }
  if (!S_ISREG(stat.st_mode)) return problem(ErrorCode::kNotRegular, "it is no file");
  if (static_cast<uint64_t>(stat.st_size) > kMostState)
    return problem(ErrorCode::kTooLarge, "more than 4 GiB");
  std::string bytes(static_cast<size_t>(stat.st_size), '\0');
  size_t have = 0;
  while (have < bytes.size()) {
    const ssize_t n = read(file.get(), bytes.data() + have, bytes.size() - have);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return problem(ErrorCode::kIo, std::strerror(errno));
    if (n == 0) break;
    have += static_cast<size_t>(n);
  }
  bytes.resize(have);
  return bytes;
}

}  // namespace

std::vector<LogSource> ReadLogSources(const std::vector<std::string>& values, bool siblings) {
  std::vector<LogSource> sources;
  for (const std::string& value : values) {
    const size_t equals = value.find('=');
    std::error_code error;
    const bool named = equals != std::string::npos && equals > 0 && equals + 1 < value.size() &&
                       value.find('/') > equals && !fs::exists(value, error);
    sources.push_back(
        {named ? value.substr(0, equals) : "", named ? value.substr(equals + 1) : value, siblings});
  }
  return sources;
}

std::string ServerOfPath(const std::string& path) {
  if (path == "-") return "standard input";
  const size_t slash = path.rfind('/');
  const std::string folder = slash == std::string::npos ? "" : path.substr(0, slash + 1);
  std::string name = slash == std::string::npos ? path : path.substr(slash + 1);
  for (const char* packed : {".gz", ".zst", ".zstd"}) {
    if (Strip(name, packed)) break;
  }
  StripNumber(name, '.');
  StripNumber(name, '-');
  StripNumber(name, '-');
  for (const char* kind : {".log", ".jsonl", ".json"}) {
    if (Strip(name, kind)) break;
  }
  StripTime(name);
  StripNumber(name, '-');
  return folder + name;
}

Result<std::vector<LogFile>> ListLogFiles(const std::vector<LogSource>& sources) {
  std::vector<LogFile> files;
  for (const LogSource& source : sources) {
    std::error_code error;
    Result<void> ok;
    if (source.path != "-" && fs::is_directory(source.path, error)) {
      std::string folder = source.path;
      while (folder.size() > 1 && folder.ends_with('/')) folder.pop_back();
      ok = AddFolder(folder, source.server, 1, files);
    } else if (source.siblings) {
      ok = AddSiblings(source, files);
    } else {
      const bool named = !source.server.empty();
      files.push_back({source.path, named ? source.server : ServerOfPath(source.path), named});
    }
    if (!ok) return std::unexpected(ok.error());
  }
  return files;
}

Result<void> ReadNewLogs(const std::vector<LogFile>& files, auditlog::ReviewState& state,
                         std::vector<auditlog::Gap>& gaps) {
  if (files.empty()) return {};
  const size_t marks = state.marks.size();
  std::vector<auditlog::Gap> missed;
  std::vector<std::pair<size_t, uint64_t>> damaged;
  std::optional<Error> wrong;
  {
    auditlog::LogPool pool(state.filter, state.seen,
                           std::max(1u, std::thread::hardware_concurrency()));
    size_t server = 0;
    const auditlog::Coverage* before = nullptr;
    for (size_t i = 0; i < files.size(); ++i) {
      const auditlog::ReadLogMark* known = nullptr;
      auto mark = auditlog::ReadLogFrom(
          files[i].path, i,
          [&](const std::string& head) {
            // The same log under another name is met in a later run only: side by side, two names
            // are two servers.
            known = state.Find(head, files[i].server, files[i].named ? 0 : marks);
            if (!known) return auditlog::KnownLog{};
            server = known->server;
            return auditlog::KnownLog{&known->mark,
                                      state.servers[known->server] != files[i].server};
          },
          [&](bool goes_on) {
            server = goes_on ? known->server : state.ServerOf(files[i].server);
            before = goes_on || marks == 0 ? nullptr : &state.learner.servers[server].covered;
          },
          [&](auditlog::Block block) {
            block.server = server;
            block.before = before;
            pool.Take(std::move(block));
          },
          [&](auditlog::Gap gap) {
            damaged.emplace_back(known ? known->server : state.ServerOf(files[i].server), 1);
            missed.push_back(std::move(gap));
          });
      if (mark) {
        if (mark->head.empty()) state.ServerOf(files[i].server);  // nothing in it, which is told
        state.Remember(*mark, server);
        continue;
      }
      // What was read of the others stays read.
      wrong = mark.error();
      if (mark.error().code != ErrorCode::kNotFound) break;
    }
    pool.Finish(state.learner, missed);
  }
  // When the rest of a file was lost is not told by anything: no later than the newest event.
  for (const auto& [server, times] : damaged) {
    auditlog::ServerLog& log = state.learner.servers[server];
    log.Damaged(log.covered.last(), times);
    state.learner.counts.damaged += times;
  }
  gaps.insert(gaps.end(), std::make_move_iterator(missed.begin()),
              std::make_move_iterator(missed.end()));
  if (wrong) return std::unexpected(std::move(*wrong));
  return {};
}

Result<StateFile> StateFile::Open(const std::string& path, auditlog::ReviewState& state) {
  StateFile file;
  file.path_ = path;
  const std::string lock = path + ".lock";
  file.lock_ =
      Descriptor(open(lock.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY, 0600));
  if (!file.lock_)
    return Fail(errno == EACCES ? ErrorCode::kPermission : ErrorCode::kIo, "lock the state", lock,
                std::strerror(errno));
  if (flock(file.lock_.get(), LOCK_EX | LOCK_NB) != 0)
    return Fail(ErrorCode::kIo, "lock the state", path,
                errno == EWOULDBLOCK ? "another review is using it" : std::strerror(errno),
                "wait for its end, or give each its own file");
  auto bytes = ReadAll(path);
  if (!bytes && bytes.error().code == ErrorCode::kNotFound) return file;
  if (!bytes) return std::unexpected(bytes.error());
  file.Know(*bytes);
  if (auto ok = auditlog::ReadReviewState(std::move(*bytes), path, state); !ok)
    return std::unexpected(ok.error());
  return file;
}

namespace {

std::string_view LastLine(std::string_view bytes) {
  const size_t end =
      bytes.size() < 2 ? std::string_view::npos : bytes.rfind('\n', bytes.size() - 2);
  return end == std::string_view::npos ? std::string_view() : bytes.substr(end + 1);
}

}  // namespace

void StateFile::Know(std::string_view bytes) {
  const bool there =
      lstat(path_.c_str(), &stat_) == 0 && static_cast<size_t>(stat_.st_size) == bytes.size();
  end_ = there ? LastLine(bytes) : "";
}

/// The file is the one that was read or written last, and says the same.
bool StateFile::IsKnown(std::string_view bytes) const {
  struct stat now{};
  return !end_.empty() && LastLine(bytes) == end_ && lstat(path_.c_str(), &now) == 0 &&
         S_ISREG(now.st_mode) && (now.st_mode & 07777) == 0600 && now.st_dev == stat_.st_dev &&
         now.st_ino == stat_.st_ino && static_cast<size_t>(now.st_size) == bytes.size() &&
         now.st_mtim.tv_sec == stat_.st_mtim.tv_sec && now.st_mtim.tv_nsec == stat_.st_mtim.tv_nsec;
}

Result<void> StateFile::Save(const auditlog::ReviewState& state) {
  const std::string bytes = auditlog::WriteReviewState(state);
  if (IsKnown(bytes)) return {};
  auto file = OutputFile::CreatePrivate(path_);
  if (!file) return std::unexpected(file.error());
  if (auto ok = file->Write(bytes); !ok) return ok;
  if (auto ok = file->Finish(); !ok) return ok;
  if (auto ok = file->Publish(); !ok) return ok;
  Know(bytes);
  return {};
}

}  // namespace seawall::app
