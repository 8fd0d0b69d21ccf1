#include "etcd/grpc_channel.h"

#include <fmt/format.h>
#include <nghttp2/nghttp2.h>

#include <algorithm>
#include <cstring>
#include <optional>

#include "base/text.h"

namespace seawall::etcd {
namespace {

constexpr size_t kPrefix = 5;              // of a message: compressed or not, its length
constexpr size_t kMostMessage = 4u << 20;  // etcd sends a snapshot in pieces of 32 KiB
constexpr int32_t kWindow = 4 << 20;       // what may come before we have looked at it
constexpr std::string_view kHttp2 = "\x02h2";
constexpr size_t kMostWords = 400;  // of a server's reason

nghttp2_nv Header(std::string_view name, std::string_view value) {
  return {const_cast<uint8_t*>(reinterpret_cast<const uint8_t*>(name.data())),
          const_cast<uint8_t*>(reinterpret_cast<const uint8_t*>(value.data())), name.size(),
          value.size(), NGHTTP2_NV_FLAG_NONE};
}

std::string Framed(std::string_view message) {
  std::string framed(kPrefix, '\0');
  for (size_t i = 1; i < kPrefix; ++i)
    framed[i] = static_cast<char>(message.size() >> (8 * (kPrefix - 1 - i)));
  return framed.append(message);
}

}  // namespace

/// A call that is not over.
struct GrpcChannel::Ongoing {
  Ongoing(std::string asked, std::string_view question, const OnMessage& then)
      : method(std::move(asked)), body(Framed(question)), on_message(then) {}

  const std::string method, body;
  const OnMessage& on_message;
  int32_t stream = -1;
  size_t sent = 0;
  std::string received;  ///< the beginning of a message
  std::optional<int> http_status, status;
  std::string message;
  std::optional<Error> failed;
  bool over = false;

  /// Every whole message in what came.
  void Take(std::string_view bytes) {
    received.append(bytes);
    size_t at = 0;
    while (!failed && received.size() - at >= kPrefix) {
      size_t length = 0;
      for (size_t i = 1; i < kPrefix; ++i)
        length = length << 8 | static_cast<uint8_t>(received[at + i]);
      if (received[at] != 0 || length > kMostMessage) {
        failed = Error{ErrorCode::kMalformed, "", "", "what it sends is no gRPC message", ""};
        break;
      }
      if (received.size() - at - kPrefix < length) break;
      const auto done = on_message(std::string_view(received).substr(at + kPrefix, length));
      if (!done) failed = done.error();
      at += kPrefix + length;
    }
    received.erase(0, at);
  }
};

struct GrpcChannel::Callbacks {
  static Ongoing* Of(nghttp2_session* session, int32_t stream) {
    return static_cast<Ongoing*>(nghttp2_session_get_stream_user_data(session, stream));
  }

  static int OnHeader(nghttp2_session* session, const nghttp2_frame* frame, const uint8_t* name,
                      size_t name_length, const uint8_t* value, size_t value_length, uint8_t,
                      void*) {
    Ongoing* call = Of(session, frame->hd.stream_id);
    if (call == nullptr) return 0;
    const std::string_view key(reinterpret_cast<const char*>(name), name_length);
    const std::string_view text(reinterpret_cast<const char*>(value), value_length);
    if (key == ":status") call->http_status = static_cast<int>(ParseInt(text).value_or(-1));
    if (key == "grpc-status") call->status = static_cast<int>(ParseInt(text).value_or(-1));
    if (key == "grpc-message") call->message = text.substr(0, kMostWords);
    return 0;
  }

  static int OnData(nghttp2_session* session, uint8_t, int32_t stream, const uint8_t* data,
                    size_t length, void*) {
    Ongoing* call = Of(session, stream);
    if (call == nullptr || call->failed) return 0;
    call->Take({reinterpret_cast<const char*>(data), length});
    return 0;
  }

  static int OnClose(nghttp2_session* session, int32_t stream, uint32_t, void*) {
    if (Ongoing* call = Of(session, stream)) call->over = true;
    return 0;
  }

  static ssize_t OnBody(nghttp2_session*, int32_t, uint8_t* buffer, size_t length, uint32_t* flags,
                        nghttp2_data_source* source, void*) {
    auto* call = static_cast<Ongoing*>(source->ptr);
    const size_t count = std::min(length, call->body.size() - call->sent);
    std::memcpy(buffer, call->body.data() + call->sent, count);
    call->sent += count;
    if (call->sent == call->body.size()) *flags |= NGHTTP2_DATA_FLAG_EOF;
    return static_cast<ssize_t>(count);
  }
};

GrpcChannel::GrpcChannel(const api::Access& access)
    : where_(access.server.HostPort()), scheme_(access.server.https ? "https" : "http") {}

GrpcChannel::~GrpcChannel() { nghttp2_session_del(session_); }

std::unexpected<Error> GrpcChannel::Failed(const std::string& method, std::string why) const {
  const std::string name = method.substr(method.rfind('/') + 1);
  return Fail(ErrorCode::kIo, method.empty() ? "connect to etcd" : "ask etcd for " + name, where_,
              std::move(why));
}

Result<std::unique_ptr<GrpcChannel>> GrpcChannel::Open(const api::Access& access,
                                                       Clock::time_point until) {
  std::unique_ptr<GrpcChannel> channel(new GrpcChannel(access));
  auto context = api::MakeTlsContext(access);
  if (!context) return channel->Failed("", context.error().why);
  if (*context)
    SSL_CTX_set_alpn_protos(context->get(), reinterpret_cast<const unsigned char*>(kHttp2.data()),
                            static_cast<unsigned>(kHttp2.size()));
  auto connection = api::Connection::Open(access, context->get(), until);
  if (!connection) return channel->Failed("", connection.error().why);
  channel->connection_ = std::move(*connection);
  nghttp2_session_callbacks* callbacks = nullptr;
  if (nghttp2_session_callbacks_new(&callbacks) != 0) return channel->Failed("", "no memory");
  nghttp2_session_callbacks_set_on_header_callback(callbacks, Callbacks::OnHeader);
  nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks, Callbacks::OnData);
  nghttp2_session_callbacks_set_on_stream_close_callback(callbacks, Callbacks::OnClose);
  const int made = nghttp2_session_client_new(&channel->session_, callbacks, nullptr);
  nghttp2_session_callbacks_del(callbacks);
  if (made != 0) return channel->Failed("", "no HTTP/2 session can be made");
  const nghttp2_settings_entry settings[] = {
      {NGHTTP2_SETTINGS_ENABLE_PUSH, 0},
      {NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, static_cast<uint32_t>(kWindow)}};
  nghttp2_submit_settings(channel->session_, NGHTTP2_FLAG_NONE, settings, std::size(settings));
  nghttp2_session_set_local_window_size(channel->session_, NGHTTP2_FLAG_NONE, 0, kWindow);
  return channel;
}

Result<void> GrpcChannel::Flush(Clock::time_point until) {
  const uint8_t* data = nullptr;
  for (ssize_t count = 0; (count = nghttp2_session_mem_send(session_, &data)) > 0;) {
    const std::string_view bytes(reinterpret_cast<const char*>(data), static_cast<size_t>(count));
    if (auto sent = connection_->Write(bytes, until); !sent) return sent;
  }
  return {};
}

Result<void> GrpcChannel::Converse(Ongoing& call, Clock::time_point until) {
  while (!call.over && !call.failed) {
    if (auto sent = Flush(until); !sent) return Failed(call.method, sent.error().why);
    auto bytes = connection_->Read(until);
    if (!bytes) return Failed(call.method, bytes.error().why);
    if (bytes->empty()) return Failed(call.method, "it closed the connection");
    const ssize_t used = nghttp2_session_mem_recv(
        session_, reinterpret_cast<const uint8_t*>(bytes->data()), bytes->size());
    if (used < 0) return Failed(call.method, "what it answers is no HTTP/2");
  }
  return {};
}

Result<void> GrpcChannel::EndOf(const Ongoing& call) const {
  if (call.failed) {
    Error error = *call.failed;
    if (error.attempt.empty()) return Failed(call.method, error.why);
    return std::unexpected(std::move(error));
  }
  if (call.status == 0 && call.received.empty()) return {};
  if (call.status == 0) return Failed(call.method, "the last message is not whole");
  std::string why = call.status ? fmt::format("gRPC status {}", *call.status)
                                : fmt::format("HTTP status {}", call.http_status.value_or(0));
  if (!call.message.empty()) why += ": " + PrintableShort(call.message, kMostWords);
  return Failed(call.method, why);
}

Result<void> GrpcChannel::Call(const std::string& method, std::string_view message,
                               Clock::time_point until, const OnMessage& on_message) {
  Ongoing call(method, message, on_message);
  const nghttp2_nv headers[] = {
      Header(":method", "POST"),      Header(":scheme", scheme_),
      Header(":path", call.method),   Header(":authority", where_),
      Header("te", "trailers"),       Header("content-type", "application/grpc"),
      Header("user-agent", "seawall")};
  nghttp2_data_provider body{};
  body.source.ptr = &call;
  body.read_callback = Callbacks::OnBody;
  call.stream =
      nghttp2_submit_request(session_, nullptr, headers, std::size(headers), &body, &call);
  if (call.stream < 0) return Failed(method, "no more calls can be made");
  const auto talked = Converse(call, until);
  // What is still said about it has nobody to be told to.
  if (!call.over) nghttp2_session_set_stream_user_data(session_, call.stream, nullptr);
  if (!talked) return talked;
  return EndOf(call);
}

}  // namespace seawall::etcd
