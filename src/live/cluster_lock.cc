#include "live/cluster_lock.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <cctype>
#include <ctime>
#include <optional>

#include "base/text.h"
#include "live/break_glass.h"
#include "live/machine.h"

namespace seawall::live {
namespace {

constexpr const char* kAttempt = "take the cluster's lock";
constexpr const char* kWhere = "Lease kube-system/seawall-harden";
constexpr const char* kLeases = "/apis/coordination.k8s.io/v1/namespaces/kube-system/leases";
constexpr const char* kUnlock =
    "wait for it; when it is gone for certain: --take-over, or seawall harden unlock (or kubectl "
    "-n kube-system "
    "delete lease seawall-harden)";
constexpr int kMostRaces = 3;
constexpr size_t kMostHolder = 200;

std::string PathOfLease() { return fmt::format("{}/{}", kLeases, kLeaseName); }

/// What may stand in JSON as it is.
std::string Plain(std::string_view text) {
  std::string plain;
  for (const char c : text.substr(0, kMostHolder)) {
    const auto byte = static_cast<unsigned char>(c);
    plain.push_back(std::isalnum(byte) != 0 || std::string_view(" .,:_@-").contains(c) ? c : '?');
  }
  return plain;
}

/// "2026-11-28T18:00:00.000000Z"; 0 for anything else.
int64_t SecondsOf(const std::string& text) {
  std::tm time{};
  return strptime(text.c_str(), "%Y-%m-%dT%H:%M:%S", &time) != nullptr ? int64_t{timegm(&time)} : 0;
}

struct Lease {
  std::string holder, version, acquired, renewed;
  int64_t seconds = 0;

  int64_t RenewedAt() const { return SecondsOf(renewed); }
};

/// As Kubernetes wants it: with microseconds.
std::string Micro(int64_t now) {
  return fmt::format("{:%Y-%m-%dT%H:%M:%S}.000000Z", fmt::gmtime(static_cast<std::time_t>(now)));
}

std::unexpected<Error> Failed(std::string why, std::string todo = "") {
  return Fail(ErrorCode::kIo, kAttempt, kWhere, std::move(why), std::move(todo));
}

/// nullopt: there is none.
Result<std::optional<Lease>> ReadLease(api::ApiClient& client) {
  auto object = client.Object(PathOfLease());
  if (!object && object.error().code == ErrorCode::kNotFound) return std::nullopt;
  if (!object) return Failed(object.error().why);
  const yaml::Value root = object->root();
  const yaml::Value spec = root["spec"];
  return Lease{spec["holderIdentity"].text(), root["metadata"]["resourceVersion"].text(),
               spec["acquireTime"].text(), spec["renewTime"].text(),
               spec["leaseDurationSeconds"].AsInt().value_or(0)};
}

std::string LeaseText(const std::string& holder, const std::string& version,
                      const std::string& acquired, int64_t now) {
  const std::string resource =
      version.empty() ? "" : fmt::format(R"(,"resourceVersion":"{}")", Plain(version));
  return fmt::format(
      R"({{"apiVersion":"coordination.k8s.io/v1","kind":"Lease","metadata":{{"name":"{}",)"
      R"("namespace":"kube-system"{}}},"spec":{{"holderIdentity":"{}","leaseDurationSeconds":{},)"
      R"("acquireTime":"{}","renewTime":"{}"}}}})",
      kLeaseName, resource, holder, ClusterLock::kSeconds, Plain(acquired), Micro(now));
}

std::unexpected<Error> HeldBy(const Lease& lease, int64_t now) {
  return Fail(
      ErrorCode::kPermission, kAttempt, kWhere,
      fmt::format("{} holds it since {}, and said {} s ago that it still works; it ends by itself "
                  "{} s after that",
                  PrintableShort(lease.holder, kMostHolder), PrintableShort(lease.acquired, 40),
                  now - lease.RenewedAt(), lease.seconds),
      kUnlock);
}

/// Whether it was written; false when somebody was quicker.
Result<bool> Put(api::ApiClient& client, const std::string& method, const std::string& path,
                 const std::string& body) {
  auto answer = client.Send(
      {.method = method, .path = path, .content_type = "application/json", .body = body});
  if (!answer) return Failed(answer.error().why);
  if (answer->status == 409) return false;
  if (answer->status / 100 != 2)
    return Failed(api::ErrorOf(*answer, "", "").why,
                  "the credentials have to be let write leases in kube-system");
  return true;
}

Result<bool> Delete(api::ApiClient& client, const Lease& lease) {
  const std::string body = fmt::format(
      R"({{"apiVersion":"v1","kind":"DeleteOptions","preconditions":{{"resourceVersion":"{}"}}}})",
      Plain(lease.version));
  return Put(client, "DELETE", PathOfLease(), body);
}

}  // namespace

Result<ClusterLock> ClusterLock::Take(std::shared_ptr<api::ApiClient> client,
                                      const LockWanted& wanted, int64_t now) {
  ClusterLock lock(std::move(client), Plain(wanted.holder));
  for (int race = 0; race < kMostRaces; ++race) {
    auto lease = ReadLease(*lock.client_);
    if (!lease) return std::unexpected(lease.error());
    Result<bool> put = false;
    if (!*lease) {
      put = Put(*lock.client_, "POST", kLeases, LeaseText(lock.holder_, "", Micro(now), now));
    } else {
      const Lease& is = **lease;
      const bool ours = is.holder == lock.holder_;
      const bool free = is.holder.empty() || now > is.RenewedAt() + is.seconds;
      const bool gone = !ours && !free && wanted.gone && wanted.gone(is.holder);
      if (!ours && !free && !gone && !wanted.take_over) return HeldBy(is, now);
      put = Put(*lock.client_, "PUT", PathOfLease(),
                LeaseText(lock.holder_, is.version, ours ? is.acquired : Micro(now), now));
    }
    if (!put) return std::unexpected(put.error());
    if (*put) return lock;
  }
  return Failed("others write it all the time", "try again");
}

Result<ClusterLock> LockCluster(const cluster::ReadOptions& read, const std::string& named,
                                const LockWanted& wanted, int64_t now) {
  auto node = ReadMachine(read);
  if (!node) return std::unexpected(node.error());
  auto client = OpenAsAdmin(*node, named);
  if (!client) return std::unexpected(client.error());
  return ClusterLock::Take(std::move(*client), wanted, now);
}

Result<std::string> UnlockCluster(const cluster::ReadOptions& read, const std::string& named,
                                  const std::string& holder) {
  auto node = ReadMachine(read);
  if (!node) return std::unexpected(node.error());
  auto client = OpenAsAdmin(*node, named);
  if (!client) return std::unexpected(client.error());
  return Unlock(**client, holder);
}

Result<void> ClusterLock::Renew(int64_t now) {
  auto lease = ReadLease(*client_);
  if (!lease) return std::unexpected(lease.error());
  if (*lease && (*lease)->holder != holder_) return HeldBy(**lease, now);
  auto again = Take(client_, {holder_, false}, now);
  if (!again) return std::unexpected(again.error());
  return {};
}

Result<void> ClusterLock::Release() {
  auto gone = Unlock(*client_, holder_);
  if (!gone) return std::unexpected(gone.error());
  return {};
}

Result<std::string> Unlock(api::ApiClient& client, const std::string& holder) {
  for (int race = 0; race < kMostRaces; ++race) {
    auto lease = ReadLease(client);
    if (!lease) return std::unexpected(lease.error());
    if (!*lease) return std::string();
    if (!holder.empty() && (*lease)->holder != Plain(holder)) return std::string();
    auto gone = Delete(client, **lease);
    if (!gone) return std::unexpected(gone.error());
    if (*gone) return (*lease)->holder.empty() ? std::string("nobody") : (*lease)->holder;
  }
  return Failed("others write it all the time", "try again");
}

}  // namespace seawall::live
