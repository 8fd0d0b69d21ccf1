#include "app/judgement.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

#include "app/app.h"
#include "app/parse.h"
#include "app/stored.h"
#include "base/descriptor.h"

namespace seawall::app {
namespace {

constexpr const char* kOwnWaivers = "seawall-waivers.yaml";
constexpr size_t kLimit = 1u << 20;  // bytes of a file of waivers

Result<std::string> ReadAll(const Descriptor& file, const std::string& name) {
  std::string bytes(kLimit + 1, '\0');
  size_t size = 0;
  while (size < bytes.size()) {
    const ssize_t n = read(file.get(), bytes.data() + size, bytes.size() - size);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return Fail(ErrorCode::kIo, "read the waivers", name, std::strerror(errno));
    if (n == 0) break;
    size += static_cast<size_t>(n);
  }
  if (size > kLimit)
    return Fail(ErrorCode::kTooLarge, "read the waivers", name, "it is larger than 1 MiB");
  bytes.resize(size);
  return bytes;
}

/// Whoever may write a file of waivers decides what an audit says: one that was only found lying
/// there has to be the caller's own, or root's.
bool Trusted(const struct stat& there) {
  return S_ISREG(there.st_mode) && (there.st_uid == geteuid() || there.st_uid == 0) &&
         (there.st_mode & (S_IWGRP | S_IWOTH)) == 0;
}

Result<std::optional<report::Waivers>> ReadWaivers(const Arguments& arguments, int64_t now) {
  const bool named = arguments.Has("waivers");
  if (named && arguments.Has("no-waivers")) {
    return Fail(ErrorCode::kUsage, "read the waivers", "",
                "--waivers and --no-waivers exclude each other", "give one of them");
  }
  if (arguments.Has("no-waivers")) return std::nullopt;
  const std::string name = arguments.Get("waivers", kOwnWaivers);
  const Descriptor file(open(name.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK));
  if (!file) {
    const int error = errno;
    if (!named && error == ENOENT) return std::nullopt;
    return Fail(error == ENOENT ? ErrorCode::kNotFound : ErrorCode::kPermission, "read the waivers",
                name, std::strerror(error),
                named ? "name a file of waivers" : "give --waivers FILE, or --no-waivers");
  }
  struct stat there{};
  if (fstat(file.get(), &there) != 0 || (!named && !Trusted(there))) {
    std::fprintf(stderr,
                 "seawall: ./%s is not used: it is not yours, or others may write to it (--waivers "
                 "%s uses it all the same)\n",
                 kOwnWaivers, kOwnWaivers);
    return std::nullopt;
  }
  if (S_ISDIR(there.st_mode))
    return Fail(ErrorCode::kNotRegular, "read the waivers", name, "it is a folder");
  auto bytes = ReadAll(file, name);
  if (!bytes) return std::unexpected(bytes.error());
  auto waivers = report::Waivers::Read(name, std::move(*bytes), now);
  if (!waivers) return std::unexpected(waivers.error());
  return std::move(*waivers);
}

}  // namespace

Result<void> Judgement::ReadKinds(const Arguments& arguments) {
  const std::vector<std::string> kinds = SplitLists(arguments.All("fail-on"));
  std::optional<rules::Severity> lowest;
  for (const std::string& kind : kinds) {
    unknown_fails_ |= kind == "unknown";
    manual_counts_ |= kind == "manual";
    if (kind == "new" && !arguments.Has("baseline")) {
      return Fail(ErrorCode::kUsage, "read --fail-on", "", "new is measured against --baseline",
                  "add --baseline FILE, an earlier report");
    }
    for (auto severity : {rules::Severity::kLow, rules::Severity::kMedium, rules::Severity::kHigh,
                          rules::Severity::kCritical}) {
      if (kind == rules::ToString(severity) && (!lowest || severity < *lowest)) lowest = severity;
    }
  }
  minimum_ = lowest.value_or(rules::Severity::kLow);
  return {};
}

Result<std::unique_ptr<const Judgement>> ReadJudgement(const Arguments& arguments, int64_t now) {
  auto judgement = std::make_unique<Judgement>();
  if (auto ok = judgement->ReadKinds(arguments); !ok) return std::unexpected(ok.error());
  auto waivers = ReadWaivers(arguments, now);
  if (!waivers) return std::unexpected(waivers.error());
  judgement->waivers_ = std::move(*waivers);
  if (arguments.Has("baseline")) {
    auto stored = OpenStored(arguments.Get("baseline"));
    if (!stored) return std::unexpected(stored.error());
    auto baseline = report::Baseline::Read(*stored);
    if (!baseline) return std::unexpected(baseline.error());
    judgement->baseline_ = std::move(*baseline);
  }
  return judgement;
}

void Judgement::Apply(report::NodeReport& report) const {
  if (waivers_) waivers_->Apply(report);
  if (baseline_) baseline_->Mark(report);
}

Tally Judgement::Count(const report::NodeReport& report) const {
  Tally tally;
  for (const report::Record& record : report.findings) {
    if (record.rule->severity < minimum_ || record.baseline == "unchanged") continue;
    const int urgency = report::Urgency(record);
    if (urgency == 0) ++tally.fail;
    if (urgency == 1) ++tally.unknown;
    if (urgency == 2) ++tally.manual;
  }
  return tally;
}

int Judgement::ExitStatus(const Tally& tally) const {
  if (tally.fail > 0 || (unknown_fails_ && tally.unknown > 0)) return kExitFindings;
  if (tally.unknown > 0 || (manual_counts_ && tally.manual > 0)) return kExitUnknown;
  return kExitClean;
}

std::vector<report::WaiverUse> Judgement::WaiverUses() const {
  return waivers_ ? waivers_->Uses() : std::vector<report::WaiverUse>{};
}

}  // namespace seawall::app
