#include "probe/grpc_dialogue.h"

#include <nghttp2/nghttp2.h>

#include <algorithm>
#include <cstring>

#include "base/text.h"

namespace seawall::probe {
namespace {

constexpr size_t kMostBytes = 256 << 10;  // of all that a server sends: answers are a few hundred

/// A message with gRPC's prefix: not compressed, and its length.
std::string Framed(std::string_view message) {
  std::string framed(4, '\0');
  framed.push_back(static_cast<char>(message.size()));
  return framed + std::string(message);
}

/// etcdserverpb.RangeRequest: key (1), serializable (7): no quorum is troubled, count_only (9).
/// Keys of Kubernetes begin with "/registry"; nobody's begin with a NUL.
std::string RangeRequest() {
  using namespace std::string_view_literals;
  constexpr std::string_view kKey = "\0seawall-none"sv;
  std::string message = "\x0A";
  message.push_back(static_cast<char>(kKey.size()));
  message += kKey;
  return message + "\x38\x01\x48\x01";
}

nghttp2_nv Header(std::string_view name, std::string_view value) {
  return {const_cast<uint8_t*>(reinterpret_cast<const uint8_t*>(name.data())),
          const_cast<uint8_t*>(reinterpret_cast<const uint8_t*>(value.data())), name.size(),
          value.size(), NGHTTP2_NV_FLAG_NONE};
}

}  // namespace

struct GrpcDialogue::Callbacks {
  static Call* Find(void* user, int32_t stream) {
    auto* self = static_cast<GrpcDialogue*>(user);
    const auto found = self->by_stream_.find(stream);
    return found == self->by_stream_.end() ? nullptr : found->second;
  }

  static int OnHeader(nghttp2_session*, const nghttp2_frame* frame, const uint8_t* name,
                      size_t name_length, const uint8_t* value, size_t value_length, uint8_t,
                      void* user) {
    Call* call = Find(user, frame->hd.stream_id);
    if (call == nullptr) return 0;
    const std::string_view key(reinterpret_cast<const char*>(name), name_length);
    const std::string_view text(reinterpret_cast<const char*>(value), value_length);
    const auto number = ParseInt(text);
    if (!number || *number < 0 || *number > 999) return 0;
    if (key == ":status") call->http_status = static_cast<int>(*number);
    if (key == "grpc-status") call->status = static_cast<int>(*number);
    return 0;
  }

  static int OnClose(nghttp2_session*, int32_t stream, uint32_t, void* user) {
    if (Call* call = Find(user, stream)) call->over = true;
    return 0;
  }

  static int OnFrame(nghttp2_session*, const nghttp2_frame*, void* user) {
    static_cast<GrpcDialogue*>(user)->heard_ = true;
    return 0;
  }

  static ssize_t OnBody(nghttp2_session*, int32_t, uint8_t* buffer, size_t length, uint32_t* flags,
                        nghttp2_data_source* source, void*) {
    auto* call = static_cast<Call*>(source->ptr);
    const size_t count = std::min(length, call->body.size() - call->sent);
    std::memcpy(buffer, call->body.data() + call->sent, count);
    call->sent += count;
    if (call->sent == call->body.size()) *flags |= NGHTTP2_DATA_FLAG_EOF;
    return static_cast<ssize_t>(count);
  }
};

GrpcDialogue::GrpcDialogue(std::string authority) : authority_(std::move(authority)) {
  calls_.push_back({"/grpc.health.v1.Health/Check", Framed(""), 0, {}, {}, false});
  calls_.push_back({"/etcdserverpb.KV/Range", Framed(RangeRequest()), 0, {}, {}, false});
  nghttp2_session_callbacks* callbacks = nullptr;
  if (nghttp2_session_callbacks_new(&callbacks) != 0) return;
  nghttp2_session_callbacks_set_on_header_callback(callbacks, Callbacks::OnHeader);
  nghttp2_session_callbacks_set_on_stream_close_callback(callbacks, Callbacks::OnClose);
  nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks, Callbacks::OnFrame);
  if (nghttp2_session_client_new(&session_, callbacks, this) != 0) session_ = nullptr;
  nghttp2_session_callbacks_del(callbacks);
}

GrpcDialogue::~GrpcDialogue() { nghttp2_session_del(session_); }

std::string GrpcDialogue::Begin() {
  std::string send;
  if (session_ == nullptr) return send;
  const nghttp2_settings_entry none[] = {{NGHTTP2_SETTINGS_ENABLE_PUSH, 0}};
  nghttp2_submit_settings(session_, NGHTTP2_FLAG_NONE, none, 1);
  for (Call& call : calls_) {
    const nghttp2_nv headers[] = {
        Header(":method", "POST"),      Header(":scheme", "https"),
        Header(":path", call.method),   Header(":authority", authority_),
        Header("te", "trailers"),       Header("content-type", "application/grpc"),
        Header("user-agent", "seawall")};
    nghttp2_data_provider body{};
    body.source.ptr = &call;
    body.read_callback = Callbacks::OnBody;
    const int32_t stream =
        nghttp2_submit_request(session_, nullptr, headers, std::size(headers), &body, nullptr);
    if (stream > 0) by_stream_[stream] = &call;
  }
  Flush(send);
  return send;
}

void GrpcDialogue::Flush(std::string& send) {
  const uint8_t* data = nullptr;
  for (ssize_t count = 0; (count = nghttp2_session_mem_send(session_, &data)) > 0;)
    send.append(reinterpret_cast<const char*>(data), static_cast<size_t>(count));
}

bool GrpcDialogue::Take(std::string_view bytes, std::string& send) {
  total_ += bytes.size();
  if (session_ == nullptr || total_ > kMostBytes) return false;
  const ssize_t used = nghttp2_session_mem_recv(
      session_, reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size());
  if (used < 0) return false;
  Flush(send);
  return !std::ranges::all_of(calls_, [](const Call& call) { return call.over; }) &&
         (nghttp2_session_want_read(session_) != 0 || nghttp2_session_want_write(session_) != 0);
}

std::vector<GrpcAnswer> GrpcDialogue::Answers() const {
  std::vector<GrpcAnswer> answers;
  for (const Call& call : calls_) {
    GrpcAnswer answer;
    answer.method = call.method;
    answer.http_status = call.http_status;
    answer.status = call.status;
    answers.push_back(std::move(answer));
  }
  return answers;
}

}  // namespace seawall::probe
