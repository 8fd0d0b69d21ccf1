// `seawall collect`: a node in one file.
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

#include "app/app.h"
#include "app/cluster_api.h"
#include "app/confine.h"
#include "app/inputs.h"
#include "app/kept_api.h"
#include "app/kept_proofs.h"
#include "app/output_file.h"
#include "app/prove_options.h"
#include "app/run.h"
#include "app/small_file.h"
#include "app/terminal.h"
#include "app/version.h"
#include "base/text.h"
#include "bundle/collect.h"

namespace seawall::app {
namespace {

constexpr size_t kShortestKey = 16;
constexpr const char* kStandardOutput = "-";

/// The key behind --digest-key: whoever has it can try passwords against a bundle.
Result<std::string> ReadDigestKey(const std::string& path) {
  const std::string attempt = "read --digest-key";
  const std::string how = "make one with (umask 077; head -c 32 /dev/urandom >FILE)";
  auto key = ReadSmallFile(path, attempt);
  if (!key) {
    if (key.error().code == ErrorCode::kNotFound) key.error().todo = how;
    return key;
  }
  struct stat stat{};
  if (::stat(path.c_str(), &stat) != 0)
    return Fail(ErrorCode::kIo, attempt, path, std::strerror(errno));
  if ((stat.st_mode & 077) != 0) {
    return Fail(ErrorCode::kPermission, attempt, path,
                fmt::format("others may read or write it (mode {:04o})", stat.st_mode & 07777),
                "chmod 600 it, or make another one if it was seen");
  }
  if (key->size() < kShortestKey)
    return Fail(ErrorCode::kMalformed, attempt, path,
                fmt::format("{} bytes are too few for a key", key->size()), how);
  return key;
}

Result<bundle::CollectOptions> ReadOptions(const Arguments& arguments) {
  bundle::CollectOptions options;
  options.tool_version = kVersion;
  options.as_root = geteuid() == 0;
  auto now = ReadTime(arguments.Get("at"));
  if (!now) return std::unexpected(now.error());
  options.now = *now;
  if (!arguments.Has("digest-key")) return options;
  auto key = ReadDigestKey(arguments.Get("digest-key"));
  if (!key) return std::unexpected(key.error());
  options.digest_key = std::move(*key);
  return options;
}

/// What the node's components answer when they are asked.
Result<bundle::Extra> Prove(const std::shared_ptr<const Files>& files, const Root& root,
                            const std::string& name, const probe::ProbeOptions& probe,
                            int64_t now) {
  cluster::ReadOptions read;
  read.name = name;
  read.live = root.live;
  const auto node = cluster::ReadNode(files, read);
  if (!node) return std::unexpected(node.error());
  const auto asked = AskNode(*node, false, probe, now);
  if (!asked) return std::unexpected(asked.error());
  return bundle::Extra{"proofs.json", WriteProofs(*asked)};
}

Result<void> WriteFile(const std::string& path, const std::string& bytes) {
  if (path == kStandardOutput) return WriteOut(bytes);
  auto written = [&]() -> Result<void> {
    auto file = OutputFile::CreatePrivate(path);
    if (!file) return std::unexpected(file.error());
    if (auto ok = file->Write(bytes); !ok) return ok;
    if (auto ok = file->Finish(); !ok) return ok;
    return file->Publish();
  }();
  if (!written) written.error().attempt = "write the bundle";
  return written;
}

std::string Told(const bundle::Bundle& bundle, const std::string& path, size_t bytes) {
  const bundle::Manifest& manifest = bundle.manifest;
  return fmt::format("{}: node {}, {} answers, {} values replaced, {} bytes\n", Printable(path),
                     Printable(manifest.node), bundle.answers->size(), manifest.replaced, bytes);
}

/// What an audit of the bundle says otherwise than one of the node.
void TellDifferences(const std::vector<std::string>& rules) {
  if (rules.empty()) return;
  std::fputs(fmt::format("seawall: warning: of {} rules the bundle says something else than the "
                         "node, because what "
                         "they speak of had to be replaced as a possible secret: {}\n",
                         rules.size(), Join(rules, ", "))
                 .c_str(),
             stderr);
}

}  // namespace

Result<int> RunCollect(const Arguments& arguments) {
  const std::string path = arguments.Get("out");
  if (path.empty())
    return Fail(ErrorCode::kUsage, "collect", "", "no file is named for the bundle",
                "name it with --out FILE");
  const bool streams = path == kStandardOutput;
  if (streams && isatty(STDOUT_FILENO) == 1)
    return Fail(ErrorCode::kUsage, "collect", "", "a bundle is nothing for a terminal",
                "send it somewhere, or name a file with --out");
  const bool prove = arguments.Has("prove");
  const auto probe = ReadProbeOptions(arguments);
  if (!probe) return std::unexpected(probe.error());
  const std::vector<Wish> wishes = {{"bundle", streams ? "" : path}};
  const auto profile = ProfileOf(arguments, wishes, !arguments.Has("root"),
                                 prove ? Speaks::kNetwork : Speaks::kNobody);
  if (auto ok = Confine(arguments, profile); !ok) return std::unexpected(ok.error());
  auto options = ReadOptions(arguments);
  if (!options) return std::unexpected(options.error());
  const auto root = ReadRoot(arguments);
  if (!root) return std::unexpected(root.error());
  options->name = root->name;
  options->live = root->live;
  auto opened = OpenRoot(root->folder);
  if (!opened) return std::unexpected(opened.error());
  const std::shared_ptr<const Files> files = std::move(*opened);
  auto collected = bundle::Collect(files, *options);
  if (!collected) return std::unexpected(collected.error());
  if (prove) {
    auto proofs = Prove(files, *root, collected->manifest.node, *probe, options->now);
    if (!proofs) return std::unexpected(proofs.error());
    collected->extras.push_back(std::move(*proofs));
  }
  if (WantsApi(arguments)) {
    if (auto ok = CollectApi(arguments, options->now, *collected); !ok)
      return std::unexpected(ok.error());
  }
  const auto bytes = bundle::Write(*collected);
  if (!bytes) return std::unexpected(bytes.error());
  if (auto ok = WriteFile(path, *bytes); !ok) return std::unexpected(ok.error());
  TellDifferences(collected->manifest.differing);
  if (!arguments.Has("quiet") && !streams) {
    if (auto ok = WriteOut(Told(*collected, path, bytes->size())); !ok)
      return std::unexpected(ok.error());
  }
  return collected->manifest.differing.empty() ? kExitClean : kExitUnknown;
}

}  // namespace seawall::app
