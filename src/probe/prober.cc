#include "probe/prober.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <openssl/rand.h>
#include <sys/resource.h>

#include <algorithm>
#include <array>
#include <deque>
#include <map>
#include <memory>

#include "probe/connection.h"
#include "probe/endpoint_probe.h"

namespace seawall::probe {
namespace {

/// Descriptors that are not for connections.
constexpr rlim_t kOtherDescriptors = 32;

int DescriptorsFor(int concurrency) {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return concurrency;
  const rlim_t wanted = static_cast<rlim_t>(concurrency) + kOtherDescriptors;
  if (limit.rlim_cur < wanted) {
    limit.rlim_cur = std::min(wanted, limit.rlim_max);
    setrlimit(RLIMIT_NOFILE, &limit);
    getrlimit(RLIMIT_NOFILE, &limit);
  }
  const rlim_t most = limit.rlim_cur > kOtherDescriptors ? limit.rlim_cur - kOtherDescriptors : 1;
  return static_cast<int>(std::min<rlim_t>(static_cast<rlim_t>(concurrency), most));
}

/// The first address of a name; its error in words for one that has none.
Result<Address> Resolve(const Endpoint& endpoint) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_NUMERICSERV;
  addrinfo* list = nullptr;
  const std::string port = std::to_string(endpoint.port);
  const int error = getaddrinfo(endpoint.host.c_str(), port.c_str(), &hints, &list);
  if (error != 0)
    return Fail(ErrorCode::kNotFound, "look up the address", endpoint.host, gai_strerror(error));
  Address address;
  std::copy_n(reinterpret_cast<const char*>(list->ai_addr), list->ai_addrlen,
              reinterpret_cast<char*>(&address.storage));
  address.length = list->ai_addrlen;
  std::array<char, NI_MAXHOST> text{};
  getnameinfo(list->ai_addr, list->ai_addrlen, text.data(), text.size(), nullptr, 0,
              NI_NUMERICHOST);
  address.text = text.data();
  freeaddrinfo(list);
  return address;
}

/// Networks that sockets are made in, each opened once.
class Networks {
 public:
  /// One that cannot be opened is an address that nobody reaches.
  void Enter(const std::string& path, Address& address) {
    if (path.empty()) return;
    auto [found, fresh] = open_.try_emplace(path);
    if (fresh) found->second = Descriptor(open(path.c_str(), O_RDONLY | O_CLOEXEC));
    address.network = found->second ? found->second.get() : kNoNetwork;
  }

 private:
  std::map<std::string, Descriptor> open_;
};

struct Target {
  size_t index = 0;
  Endpoint endpoint;
  Address address;
};

struct Active {
  size_t index = 0;
  Address address;
  std::unique_ptr<EndpointProbe> probe;
};

/// Everything of one address.
struct Host {
  std::deque<Target> waiting;
  std::vector<std::unique_ptr<Active>> active;
  size_t turn = 0;
  int open = 0;
  bool queued = false;
};

/// How many endpoints may be under way at once: more and more while they are quick, fewer when
/// those that do answer take long. Many behind one slow link or processor would all be late
/// otherwise, and what is late is unknown.
class Pace {
 public:
  Pace(std::chrono::milliseconds timeout, int most) : slow_(timeout), most_(most) {}
  bool AllowsOneMore() const { return under_way_ < static_cast<int>(limit_); }
  void Begun() { ++under_way_; }
  void Ended(const Observation& seen) {
    --under_way_;
    const bool answers = seen.tls.tls == Known::kYes || seen.plain_http == Known::kYes;
    if (answers && seen.milliseconds > slow_.count()) {
      limit_ = std::max(kLeast, limit_ * 0.9);
    } else {
      limit_ = std::min<double>(most_, limit_ + 1);
    }
  }

 private:
  static constexpr double kLeast = 4;
  std::chrono::milliseconds slow_;
  int most_;
  int under_way_ = 0;
  double limit_ = 16;
};

class Prober {
 public:
  Prober(EventLoop& loop, EndpointProbe::Options probe_options, const ProbeOptions& options,
         const std::function<void(size_t, Observation)>& done)
      : loop_(loop),
        probe_options_(probe_options),
        concurrency_(std::max(1, DescriptorsFor(options.concurrency))),
        max_per_host_(std::max(1, options.max_per_host)),
        pace_(options.timeout, concurrency_),
        done_(done) {}

  void Add(Target target) {
    Host& host = hosts_[{target.address.network, target.address.text}];
    host.waiting.push_back(std::move(target));
    Queue(host);
  }

  void Run() {
    Pump();
    while (open_ > 0 && loop_.RunOnce()) Pump();
    for (auto& [address, host] : hosts_) Sweep(host);
  }

 private:
  /// What was begun is finished before anything else is begun: an endpoint's time runs, and many
  /// that are asked a little each would all be late.
  void Queue(Host& host) {
    if (host.queued) return;
    host.queued = true;
    (host.active.empty() ? waiting_ : running_).push_back(&host);
  }

  /// One connection for each host in turn, while there are connections to be had.
  void Pump() {
    while (open_ < concurrency_) {
      std::deque<Host*>& queue = running_.empty() ? waiting_ : running_;
      if (queue.empty() || (running_.empty() && !pace_.AllowsOneMore())) return;
      Host& host = *queue.front();
      queue.pop_front();
      host.queued = false;
      if (host.open < max_per_host_ && OpenOne(host)) Queue(host);
    }
  }

  bool OpenOne(Host& host) {
    for (size_t n = 0; n < host.active.size(); ++n) {
      Active& active = *host.active[(host.turn + n) % host.active.size()];
      if (auto talk = active.probe->Next()) {
        ++host.turn;
        Open(host, active, std::move(talk));
        return true;
      }
    }
    Sweep(host);
    if (host.waiting.empty()) return false;
    // One with nothing under way waits with the others; else the end of a connection asks again.
    if (!pace_.AllowsOneMore()) return host.active.empty();
    Target target = std::move(host.waiting.front());
    host.waiting.pop_front();
    auto probe = std::make_unique<EndpointProbe>(std::move(target.endpoint), target.address.text,
                                                 probe_options_);
    pace_.Begun();
    host.active.push_back(std::make_unique<Active>(
        Active{target.index, std::move(target.address), std::move(probe)}));
    return true;
  }

  void Open(Host& host, Active& active, std::unique_ptr<Talk> talk) {
    ++open_;
    ++host.open;
    auto connection = std::make_unique<Connection>(
        loop_, std::move(talk), Connection::Times{probe_options_.timeout, active.probe->deadline()},
        [this, &host](Connection& ended) { Ended(host, ended); });
    Connection* started = connection.get();
    connections_.emplace(started, std::move(connection));
    started->Start(active.address);
  }

  void Ended(Host& host, Connection& connection) {
    --open_;
    --host.open;
    const auto found = connections_.find(&connection);
    loop_.Retire(std::move(found->second));
    connections_.erase(found);
    Queue(host);
  }

  /// Gives away what is complete.
  void Sweep(Host& host) {
    for (size_t i = 0; i < host.active.size();) {
      Active& active = *host.active[i];
      if (!active.probe->done()) {
        ++i;
        continue;
      }
      Observation seen = active.probe->Take();
      pace_.Ended(seen);
      done_(active.index, std::move(seen));
      host.active.erase(host.active.begin() + static_cast<ptrdiff_t>(i));
    }
  }

  EventLoop& loop_;
  EndpointProbe::Options probe_options_;
  int concurrency_, max_per_host_;
  Pace pace_;
  const std::function<void(size_t, Observation)>& done_;
  std::map<std::pair<int, std::string>, Host> hosts_;  ///< by network and address
  std::deque<Host*> running_, waiting_;                ///< hosts that may use a connection
  std::map<Connection*, std::unique_ptr<Connection>> connections_;
  int open_ = 0;
};

Observation Unresolved(Endpoint endpoint, const Error& error) {
  Observation seen;
  seen.endpoint = std::move(endpoint);
  seen.why = error.ToString();
  seen.plain_why = seen.why;
  seen.began_ms = WallMs();
  for (tls::VersionResult& version : seen.tls.versions) version.why = seen.why;
  seen.tls.groups_why = seen.why;
  for (size_t i = 0; i < seen.tls.versions.size(); ++i)
    seen.tls.versions[i].version = tls::kAllVersions[seen.tls.versions.size() - 1 - i];
  return seen;
}

}  // namespace

Result<void> Probe(std::vector<Endpoint> endpoints, const ProbeOptions& options,
                   const std::function<void(size_t, Observation)>& done) {
  auto loop = EventLoop::Make();
  if (!loop) return std::unexpected(loop.error());
  auto context = TlsSession::MakeContext();
  if (!context) return std::unexpected(context.error());
  EndpointProbe::Options probe_options{.timeout = options.timeout,
                                       .context = context->get(),
                                       .random = {},
                                       .credentials = nullptr,
                                       .scope = options.scope};
  RAND_bytes(probe_options.random.data(), static_cast<int>(probe_options.random.size()));
  auto credentials = MakeForeignCredentials(WallMs() / 1000);
  if (!credentials) return std::unexpected(credentials.error());
  probe_options.credentials = &*credentials;
  Networks networks;
  Prober prober(**loop, probe_options, options, done);
  for (size_t i = 0; i < endpoints.size(); ++i) {
    auto address = Resolve(endpoints[i]);
    if (address) networks.Enter(endpoints[i].network, *address);
    if (!address) {
      Observation seen = Unresolved(std::move(endpoints[i]), address.error());
      seen.scope = options.scope;
      done(i, std::move(seen));
      continue;
    }
    prober.Add({i, std::move(endpoints[i]), std::move(*address)});
  }
  prober.Run();
  return {};
}

}  // namespace seawall::probe
