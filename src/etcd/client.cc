#include "etcd/client.h"

#include <fmt/format.h>

#include "base/text.h"
#include "etcd/grpc_channel.h"
#include "etcd/protobuf.h"

namespace seawall::etcd {
namespace {

constexpr size_t kMostMembers = 1000;
constexpr size_t kMostTexts = 100;

std::unexpected<Error> Broken() {
  return std::unexpected(
      Error{ErrorCode::kMalformed, "", "", "its answer is not what etcd answers", ""});
}

/// A text of the server that will be shown to people.
void AddText(std::string_view text, std::vector<std::string>& texts) {
  if (texts.size() < kMostTexts) texts.push_back(PrintableShort(text, 300));
}

void ReadHeader(std::string_view message, MemberStatus& status) {
  FieldReader reader(message);
  while (reader.Next()) {
    if (reader.field() == 1) status.cluster_id = reader.number();
    if (reader.field() == 2) status.member_id = reader.number();
    if (reader.field() == 3) status.revision = static_cast<int64_t>(reader.number());
  }
}

// etcdserverpb.StatusResponse
Result<void> ReadStatus(std::string_view message, MemberStatus& status) {
  FieldReader reader(message);
  while (reader.Next()) {
    switch (reader.field()) {
      case 1:
        ReadHeader(reader.bytes(), status);
        break;
      case 2:
        status.version = PrintableShort(reader.bytes(), 40);
        break;
      case 3:
        status.size = reader.number();
        break;
      case 4:
        status.leader = reader.number();
        break;
      case 8:
        AddText(reader.bytes(), status.errors);
        break;
      case 10:
        status.learner = reader.number() != 0;
        break;
      default:
        break;
    }
  }
  if (reader.broken()) return Broken();
  return {};
}

// etcdserverpb.Member
Member ReadMember(std::string_view message) {
  Member member;
  FieldReader reader(message);
  while (reader.Next()) {
    if (reader.field() == 1) member.id = reader.number();
    if (reader.field() == 2) member.name = PrintableShort(reader.bytes(), 200);
    if (reader.field() == 3) AddText(reader.bytes(), member.peer_urls);
    if (reader.field() == 4) AddText(reader.bytes(), member.client_urls);
    if (reader.field() == 5) member.learner = reader.number() != 0;
  }
  return member;
}

}  // namespace

Client::Client(const api::Access& access, int timeout_ms)
    : where_(access.server.HostPort()), timeout_ms_(timeout_ms) {}
Client::~Client() = default;

Result<std::unique_ptr<Client>> Client::Open(const api::Access& access, int timeout_ms) {
  std::unique_ptr<Client> client(new Client(access, timeout_ms));
  auto channel = GrpcChannel::Open(access, Clock::now() + std::chrono::milliseconds(timeout_ms));
  if (!channel) return std::unexpected(channel.error());
  client->channel_ = std::move(*channel);
  return client;
}

Result<void> Client::Ask(const char* method, std::string_view message,
                         const std::function<Result<void>(std::string_view)>& answer) {
  bool answered = false;
  auto asked =
      channel_->Call(method, message, Clock::now() + std::chrono::milliseconds(timeout_ms_),
                     [&](std::string_view bytes) -> Result<void> {
                       if (std::exchange(answered, true)) return Broken();
                       return answer(bytes);
                     });
  if (!asked) return asked;
  if (answered) return {};
  return Fail(ErrorCode::kMalformed, "ask etcd", where_, "it answers nothing");
}

Result<MemberStatus> Client::Status() {
  MemberStatus status;
  auto asked = Ask("/etcdserverpb.Maintenance/Status", "",
                   [&](std::string_view bytes) { return ReadStatus(bytes, status); });
  if (!asked) return std::unexpected(asked.error());
  return status;
}

Result<std::vector<Member>> Client::Members() {
  std::vector<Member> members;
  auto asked = Ask("/etcdserverpb.Cluster/MemberList", FieldWriter().Number(1, 1).text(),
                   [&](std::string_view bytes) -> Result<void> {
                     FieldReader reader(bytes);
                     while (reader.Next()) {
                       if (reader.field() != 2) continue;
                       if (members.size() == kMostMembers) return Broken();
                       members.push_back(ReadMember(reader.bytes()));
                     }
                     if (reader.broken() || members.empty()) return Broken();
                     return {};
                   });
  if (!asked) return std::unexpected(asked.error());
  return members;
}

Result<void> Client::UpdateMember(uint64_t id, const std::vector<std::string>& peer_urls) {
  FieldWriter message;
  message.Number(1, id);
  for (const std::string& url : peer_urls) message.Bytes(2, url);
  return Ask("/etcdserverpb.Cluster/MemberUpdate", message.text(),
             [](std::string_view) -> Result<void> { return {}; });
}

Result<uint64_t> Client::Snapshot(uint64_t most, int timeout_ms,
                                  const std::function<Result<void>(std::string_view)>& take) {
  uint64_t size = 0;
  auto asked =
      channel_->Call("/etcdserverpb.Maintenance/Snapshot", "",
                     Clock::now() + std::chrono::milliseconds(timeout_ms),
                     [&](std::string_view bytes) -> Result<void> {
                       FieldReader reader(bytes);
                       while (reader.Next()) {
                         if (reader.field() != 3) continue;
                         size += reader.bytes().size();
                         if (size > most)
                           return Fail(ErrorCode::kTooLarge, "make a snapshot of etcd", where_,
                                       fmt::format("it sends more than {} bytes", most),
                                       "make room, or consent to none with --without-snapshot");
                         if (auto taken = take(reader.bytes()); !taken) return taken;
                       }
                       if (reader.broken()) return Broken();
                       return {};
                     });
  if (!asked) return std::unexpected(asked.error());
  return size;
}

}  // namespace seawall::etcd
