#include "bundle/bundle.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "base/descriptor.h"
#include "base/file_error.h"
#include "base/text.h"
#include "bundle/answers_text.h"
#include "bundle/container.h"
#include "bundle/held_files.h"
#include "bundle/tar.h"

namespace seawall::bundle {
namespace {

constexpr const char* kManifest = "seawall.json";
constexpr const char* kAnswers = "answers";
constexpr size_t kBeginning = 64u << 10;

/// Beside the node's files there can be these, in this order.
constexpr std::string_view kExtras[] = {"proofs.json",      "api/bindings.json", "api/cluster.json",
                                        "api/nodes.json",   "api/pods.json",     "api/roles.json",
                                        "api/webhooks.json"};

std::string ContentName(size_t number) { return fmt::format("content/{:06}", number); }

std::unexpected<Error> Unexpected(const std::string& name, const char* why) {
  return Fail(ErrorCode::kMalformed, "read the bundle", "entry " + PrintableShort(name, 100), why);
}

/// The entries one after the other, each expected.
class Entries {
 public:
  explicit Entries(std::vector<TarEntry> entries) : entries_(std::move(entries)) {}

  const TarEntry* Take(std::string_view name) {
    if (next_ == entries_.size() || entries_[next_].name != name) return nullptr;
    return &entries_[next_++];
  }
  bool done() const { return next_ == entries_.size(); }
  std::string name() const { return done() ? "" : entries_[next_].name; }

 private:
  std::vector<TarEntry> entries_;
  size_t next_ = 0;
};

Result<Bundle> ReadEntries(Entries entries) {
  Bundle bundle;
  const TarEntry* manifest = entries.Take(kManifest);
  if (manifest == nullptr) return Unexpected(entries.name(), "the first one is not seawall.json");
  auto read = ReadManifest(manifest->content);
  if (!read) return std::unexpected(read.error());
  bundle.manifest = std::move(*read);
  const TarEntry* text = entries.Take(kAnswers);
  if (text == nullptr) return Unexpected(entries.name(), "the second one is not answers");
  std::vector<std::string_view> contents;
  while (const TarEntry* content = entries.Take(ContentName(contents.size())))
    contents.push_back(content->content);
  auto answers = ReadAnswers(text->content, contents);
  if (!answers) return std::unexpected(answers.error());
  bundle.answers = std::make_shared<const Answers>(std::move(*answers));
  for (const std::string_view name : kExtras) {
    if (const TarEntry* extra = entries.Take(name))
      bundle.extras.push_back({extra->name, std::string(extra->content)});
  }
  if (!entries.done())
    return Unexpected(entries.name(), "a bundle has no such entry, or not in this place");
  return bundle;
}

Result<Bundle> ReadArchive(std::string_view file) {
  const auto archive = Unpack(file);
  if (!archive) return std::unexpected(archive.error());
  auto entries = ReadTar(*archive);
  if (!entries) return std::unexpected(entries.error());
  return ReadEntries(Entries(std::move(*entries)));
}

/// At most `most` bytes from the beginning of a regular file.
Result<std::string> Load(const std::string& path, size_t most, bool whole) {
  const auto fail = [&](int number) {
    return std::unexpected(SystemFileError(number, "read the bundle", path));
  };
  const Descriptor file(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
  if (!file) return fail(errno);
  struct stat stat{};
  if (fstat(file.get(), &stat) != 0) return fail(errno);
  if (!S_ISREG(stat.st_mode))
    return std::unexpected(FileError(ErrorCode::kNotRegular, "read the bundle", path));
  const auto size = static_cast<size_t>(stat.st_size);
  if (whole && size > most) {
    Error error = FileError(ErrorCode::kTooLarge, "read the bundle", path);
    error.why = fmt::format("{} bytes, more than any bundle has", size);
    return std::unexpected(std::move(error));
  }
  std::string bytes(std::min(size, most), '\0');
  size_t got = 0;
  while (got < bytes.size()) {
    const ssize_t n = read(file.get(), bytes.data() + got, bytes.size() - got);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return fail(errno);
    if (n == 0) break;
    got += static_cast<size_t>(n);
  }
  bytes.resize(got);
  return bytes;
}

}  // namespace

std::shared_ptr<const Files> Bundle::files() const { return std::make_shared<HeldFiles>(answers); }

Result<std::string> Write(const Bundle& bundle) {
  if (const size_t count = CountAnswers(*bundle.answers); count > kMostAnswers) {
    return Fail(ErrorCode::kTooLarge, "make the bundle", "",
                fmt::format("{} answers and names in folders, more than the {} that a bundle may "
                            "have",
                            count, kMostAnswers),
                "audit the node itself, or over SSH");
  }
  std::string tar;
  AppendTarEntry(tar, kManifest, WriteManifest(bundle.manifest));
  const AnswersText answers = WriteAnswers(*bundle.answers);
  AppendTarEntry(tar, kAnswers, answers.text);
  for (size_t i = 0; i < answers.contents.size(); ++i)
    AppendTarEntry(tar, ContentName(i), answers.contents[i]);
  for (const Extra& extra : bundle.extras) AppendTarEntry(tar, extra.name, extra.content);
  EndTar(tar);
  return Pack(tar);
}

Result<Bundle> Read(std::string_view file, const std::string& name) {
  auto bundle = ReadArchive(file);
  if (bundle) return bundle;
  Error error = std::move(bundle.error());
  error.where = Printable(name) + (error.where.empty() ? "" : ": " + error.where);
  return std::unexpected(std::move(error));
}

Result<Bundle> Open(const std::string& path) {
  const auto file = Load(path, kLargestFile, true);
  if (!file) return std::unexpected(file.error());
  return Read(*file, path);
}

std::optional<Manifest> Peek(const std::string& path) {
  const auto file = Load(path, kBeginning, false);
  if (!file) return std::nullopt;
  const std::string beginning = UnpackBeginning(*file, kBeginning);
  const size_t json = beginning.find('{');
  const size_t end = beginning.find("\n}\n");
  if (json == std::string::npos || end == std::string::npos || end < json) return std::nullopt;
  auto manifest = ReadManifest(std::string_view(beginning).substr(json, end + 2 - json));
  return manifest ? std::optional(std::move(*manifest)) : std::nullopt;
}

}  // namespace seawall::bundle
