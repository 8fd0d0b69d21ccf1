// The watch of a cluster's RBAC objects: whatever an API server lists and goes on to say, what is
// kept of it holds together.
#include "api/policy_watch.h"

#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <set>

#include "api/connection.h"
#include "api/http_answer.h"
#include "api/line_stream.h"
#include "base/descriptor.h"
#include "rbac/evaluator.h"
#include "require.h"

namespace {

using namespace seawall;

constexpr const char* kKinds[] = {"/clusterroles?", "/roles?", "/clusterrolebindings?",
                                  "/rolebindings?"};
constexpr const char* kHead = "HTTP/1.1 200 OK\r\n\r\n";

/// An API server out of the input: its first byte chooses the kind that it has something of, the
/// second in which pieces it speaks; then a list, "\n----\n", and what the watch says: with a head
/// of its own, or without one.
class Server : public api::ApiClient {
 public:
  explicit Server(std::string_view input) {
    const auto byte = [&](size_t at) {
      return at < input.size() ? static_cast<unsigned char>(input[at]) : 0u;
    };
    kind_ = kKinds[byte(0) % 4];
    piece_ = 1 + byte(1) * 3;
    input.remove_prefix(std::min<size_t>(2, input.size()));
    const size_t cut = input.find("\n----\n");
    list_ = input.substr(0, cut);
    if (cut != std::string_view::npos) watch_ = input.substr(cut + 6);
    if (!watch_.starts_with("HTTP/")) watch_ = kHead + watch_;
  }

  Result<api::Response> Send(const api::Request& request) override {
    const bool fuzzed = request.path.contains(kind_) && !listed_;
    listed_ |= fuzzed;
    return api::Response{
        200, "application/json",
        fuzzed ? list_ : R"({"kind":"List","metadata":{"resourceVersion":"1"},"items":[]})"};
  }

  Result<std::unique_ptr<api::LineStream>> Follow(const api::Request& request) override {
    if (!request.path.contains(kind_) || other_)
      return Fail(ErrorCode::kIo, "watch", "server", "status 503: later");
    auto answer = std::make_unique<api::HttpAnswer>(options_.most);
    const size_t end = watch_.find("\r\n\r\n");
    const size_t head = end == std::string::npos ? watch_.size() : end + 4;
    answer->Take(std::string_view(watch_).substr(0, head));
    if (answer->state() != api::HttpAnswer::State::kBody || answer->status() != 200)
      return Fail(ErrorCode::kMalformed, "watch", "server", "no answer");
    int ends[2];
    fuzz::Require(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends) == 0,
                  "a socket");
    other_ = Descriptor(ends[1]);
    said_ = head;
    return std::make_unique<api::LineStream>(api::Connection::Over(Descriptor(ends[0]), "server"),
                                             std::move(answer), "server");
  }

  /// Says the next piece; false when it has said all.
  bool Speak() {
    if (!other_) return false;
    const std::string_view piece = std::string_view(watch_).substr(said_, piece_);
    if (piece.empty()) {
      other_ = Descriptor();
      return false;
    }
    const ssize_t sent = send(other_.get(), piece.data(), piece.size(), MSG_NOSIGNAL);
    if (sent > 0) said_ += static_cast<size_t>(sent);
    return sent > 0;
  }

  const api::Access& access() const override { return access_; }
  const api::ClientOptions& options() const override { return options_; }

 private:
  api::Access access_;
  api::ClientOptions options_;
  std::string kind_, list_, watch_;
  size_t piece_ = 1, said_ = 0;
  bool listed_ = false;
  Descriptor other_;
};

template <typename T>
void RequireOneOfEach(const std::vector<T>& all) {
  std::set<std::tuple<bool, rbac::NameId, rbac::NameId>> seen;
  for (const T& one : all)
    fuzz::Require(seen.emplace(one.cluster, one.space, one.name).second, "one of each name");
}

void Look(const api::PolicyWatch& watch) {
  const rbac::Policy policy = watch.policy();
  RequireOneOfEach(policy.roles);
  RequireOneOfEach(policy.bindings);
  const rbac::Evaluator evaluator(policy);
  for (const rbac::Role& role : policy.roles) {
    for (const rbac::Rule& rule : policy.RulesOf(role)) {
      for (const auto& list : {policy.Verbs(rule), policy.Groups(rule), policy.Resources(rule),
                               policy.ResourceNames(rule), policy.Urls(rule)}) {
        for (const rbac::NameId id : list) fuzz::Require(id < policy.names.size(), "a name");
      }
    }
  }
  for (const rbac::Binding& binding : policy.bindings) {
    for (const rbac::Subject& subject : policy.SubjectsOf(binding)) {
      rbac::Attributes asks{};
      asks.user = policy.Text(subject.name);
      asks.verb = "get";
      asks.resource = "pods";
      asks.space = policy.Text(binding.space);
      fuzz::Require(rbac::ReasonOf(policy, evaluator.Ask(asks)).size() < (1u << 20), "a reason");
    }
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  Server server(fuzz::Text(data, size));
  // What broke is not begun again here.
  const std::chrono::hours never(1);
  api::PolicyWatch watch(server,
                         {.first_pause = never, .longest_pause = never, .most_bytes = 4096});
  if (!watch.Begin()) return 0;
  Look(watch);
  watch.Pump();
  for (bool more = true; more;) {
    more = server.Speak();
    if (watch.Pump()) Look(watch);
  }
  watch.Pump();
  Look(watch);
  for (const std::string& note : watch.notes()) fuzz::RequirePrintable(note, "a note");
  return 0;
}
