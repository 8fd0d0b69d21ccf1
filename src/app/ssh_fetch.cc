#include "app/ssh_fetch.h"

#include <fmt/format.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <condition_variable>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <mutex>
#include <thread>

#include "app/output_file.h"
#include "app/progress.h"
#include "app/prove_options.h"
#include "app/ssh_child.h"
#include "app/ssh_session.h"
#include "base/text.h"
#include "cluster/values.h"
#include "x509/digest.h"

namespace seawall::app {
namespace {

constexpr const char* kAttempt = "audit hosts over SSH";
constexpr size_t kMostAtOnce = 64;

std::unexpected<Error> Usage(std::string why, std::string todo) {
  return Fail(ErrorCode::kUsage, kAttempt, "", std::move(why), std::move(todo));
}

/// ssh takes what begins with a dash for an option.
bool IsHost(std::string_view host) {
  return !host.empty() && !host.starts_with('-') && host.size() < 300 &&
         host.find_first_of(" \t\r\n'\"`$;&|<>()\\") == std::string_view::npos &&
         Printable(host) == host;
}

SshHost ReadHost(const std::string& value) {
  const size_t equals = value.find('=');
  // An option of ssh's is no name either: it is refused as a host.
  if (equals == std::string::npos || value.starts_with('-')) return {"", value};
  return {value.substr(0, equals), value.substr(equals + 1)};
}

}  // namespace

Result<SshCargo> LoadSshCargo() {
  SshCargo cargo;
  std::ifstream program("/proc/self/exe", std::ios::binary);
  std::error_code error;
  cargo.program.resize(std::filesystem::file_size("/proc/self/exe", error));
  if (error || cargo.program.empty() ||
      !program.read(cargo.program.data(), static_cast<std::streamsize>(cargo.program.size())))
    return Fail(ErrorCode::kIo, kAttempt, "/proc/self/exe", "this program cannot read itself");
  cargo.digest = Hex(x509::Sha256Of(cargo.program));
  utsname names{};
  uname(&names);
  cargo.machine = names.machine;
  cargo.key = Hex(x509::RandomBytes(32));
  return cargo;
}

Result<std::optional<SshOptions>> ReadSshOptions(const Arguments& arguments) {
  if (!arguments.Has("ssh")) {
    for (const char* option :
         {"ssh-config", "sudo", "remote-dir", "ssh-concurrency", "ssh-timeout"}) {
      if (arguments.Has(option))
        return Usage(fmt::format("--{} is for hosts over SSH", option), "add --ssh [USER@]HOST");
    }
    return std::nullopt;
  }
  SshOptions options;
  std::vector<std::string> hosts;
  for (const std::string& list : arguments.All("ssh")) {
    for (const std::string_view host : Split(list, ',')) hosts.emplace_back(host);
  }
  for (const std::string& value : hosts) {
    SshHost host = ReadHost(value);
    if (!IsHost(host.destination) || !IsHost(host.Host())) {
      return Usage(fmt::format("'{}' is no host", PrintableShort(value, 100)),
                   "write [NAME=][USER@]HOST; HOST may be a name of the ssh_config");
    }
    options.hosts.push_back(std::move(host));
  }
  options.config = arguments.Get("ssh-config");
  options.remote_dir = arguments.Get("remote-dir");
  if (!options.remote_dir.empty() && !options.remote_dir.starts_with('/'))
    return Usage("--remote-dir is no absolute path", "write it from / on");
  options.sudo = arguments.Has("sudo");
  if (arguments.Has("ssh-concurrency")) {
    const auto number = ParseInt(arguments.Get("ssh-concurrency"));
    if (!number || *number < 1 || *number > static_cast<int64_t>(kMostAtOnce))
      return Usage("--ssh-concurrency is a number from 1 to 64", "");
    options.concurrency = static_cast<size_t>(*number);
  }
  if (arguments.Has("ssh-timeout")) {
    const auto duration = cluster::ParseDuration(arguments.Get("ssh-timeout"));
    if (!duration || *duration < 1000000 || *duration > int64_t{86400} * 1000000000)
      return Usage("--ssh-timeout is no time from 1ms to 24h", "write it as 90s or 5m");
    options.timeout_ms = *duration / 1000000;
  }
  if (arguments.Has("prove")) {
    const auto probe = ReadProbeOptions(arguments);
    if (!probe) return std::unexpected(probe.error());
    options.prove = fmt::format("--prove --timeout {}ms --concurrency {} --max-per-host {}",
                                probe->timeout.count(), probe->concurrency, probe->max_per_host);
  }
  return options;
}

Result<std::string> SshFetched::Bytes(const Host& host) const {
  if (host.error) return std::unexpected(*host.error);
  std::string bytes(host.size, '\0');
  for (size_t got = 0; got < bytes.size();) {
    const ssize_t n = pread(aside.get(), bytes.data() + got, bytes.size() - got,
                            host.at + static_cast<int64_t>(got));
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0)
      return Fail(ErrorCode::kIo, kAttempt, host.host.destination, "what was set aside is gone");
    got += static_cast<size_t>(n);
  }
  return bytes;
}

namespace {

/// Hosts one after the other, by any number of threads.
class Fetcher {
 public:
  Fetcher(const SshOptions& options, const SshCargo& cargo, SshFetched& fetched)
      : options_(options), cargo_(cargo), fetched_(fetched) {}

  void Work() {
    for (size_t i = next_++; i < fetched_.hosts.size(); i = next_++) {
      SshFetched::Host& host = fetched_.hosts[i];
      const auto file = Fetch(host);
      const std::lock_guard lock(mutex_);
      Result<void> done;
      if (file) {
        done = SetAside(host, *file);
      } else {
        done = std::unexpected(file.error());
      }
      if (!done) host.error = done.error();
      ++done_;
      changed_.notify_all();
    }
  }

  /// Returns when all are done; tells on the way how many are.
  void Wait() {
    Progress progress("hosts asked", fetched_.hosts.size());
    std::unique_lock lock(mutex_);
    for (size_t told = 0; told < fetched_.hosts.size();) {
      changed_.wait(lock, [&] { return done_ > told; });
      progress.Done(told = done_);
    }
    progress.End();
  }

 private:
  /// A file of its own for what comes, so that no host can fill the memory.
  Result<Descriptor> Fetch(SshFetched::Host& host) {
    auto file = OutputFile().Aside();
    if (!file) return std::unexpected(file.error());
    const auto size = FetchFrom(host.host.destination, options_, cargo_, *file);
    if (!size) return std::unexpected(size.error());
    host.size = *size;
    return file;
  }

  Result<void> SetAside(SshFetched::Host& host, const Descriptor& file) {
    host.at = end_;
    std::string buffer(1 << 20, '\0');
    for (size_t copied = 0; copied < host.size;) {
      const ssize_t n =
          pread(file.get(), buffer.data(), buffer.size(), static_cast<int64_t>(copied));
      if (n < 0 && errno == EINTR) continue;
      const int error =
          n <= 0 ? (n < 0 ? errno : EIO)
                 : WriteAll(fetched_.aside.get(), {buffer.data(), static_cast<size_t>(n)});
      if (error != 0)
        return Fail(ErrorCode::kIo, "set a bundle aside", host.host.destination,
                    std::strerror(error), "make room, or name another folder with TMPDIR");
      copied += static_cast<size_t>(n);
      end_ += n;
    }
    return {};
  }

  const SshOptions& options_;
  const SshCargo& cargo_;
  SshFetched& fetched_;
  std::atomic<size_t> next_ = 0;
  std::mutex mutex_;
  std::condition_variable changed_;
  size_t done_ = 0;
  int64_t end_ = 0;
};

}  // namespace

Result<std::shared_ptr<const SshFetched>> FetchBundles(const SshOptions& options) {
  const auto cargo = LoadSshCargo();
  if (!cargo) return std::unexpected(cargo.error());
  auto fetched = std::make_shared<SshFetched>();
  auto aside = OutputFile().Aside();
  if (!aside) return std::unexpected(aside.error());
  fetched->aside = std::move(*aside);
  for (const SshHost& host : options.hosts) fetched->hosts.push_back({host, std::nullopt, 0, 0});
  const SshSignals signals;
  Fetcher fetcher(options, *cargo, *fetched);
  {
    std::vector<std::jthread> pool;
    for (size_t t = 0; t < std::min(options.concurrency, options.hosts.size()); ++t)
      pool.emplace_back([&] { fetcher.Work(); });
    fetcher.Wait();
  }
  return fetched;
}

}  // namespace seawall::app
