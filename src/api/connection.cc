#include "api/connection.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "api/http_answer.h"
#include "base/text.h"

namespace seawall::api {
namespace {

constexpr size_t kBuffer = 64u << 10;
constexpr const char* kConnect = "connect to the API server";
constexpr const char* kRead = "read the API server's answer";
constexpr int kSlice = 200;  ///< milliseconds between two looks at whether to stop

int Left(Clock::time_point until) {
  const auto left =
      std::chrono::duration_cast<std::chrono::milliseconds>(until - Clock::now()).count();
  return static_cast<int>(std::clamp<int64_t>(left, 0, 3'600'000));
}

bool IsAddress(const std::string& host) {
  ASN1_OCTET_STRING* octets = a2i_IPADDRESS(host.c_str());
  const bool address = octets != nullptr;
  ASN1_OCTET_STRING_free(octets);
  return address;
}

/// A socket under OpenSSL that raises no SIGPIPE, which OpenSSL's own would.
int SocketWrite(BIO* bio, const char* bytes, int count) {
  BIO_clear_retry_flags(bio);
  int fd = -1;
  BIO_get_fd(bio, &fd);
  const ssize_t sent = send(fd, bytes, static_cast<size_t>(count), MSG_NOSIGNAL);
  if (sent < 0 && (errno == EAGAIN || errno == EINTR)) BIO_set_retry_write(bio);
  return static_cast<int>(sent);
}

/// BIO_s_socket with another write; made once, never freed.
const BIO_METHOD* QuietSocket() {
  static const BIO_METHOD* const method = [] {
    const BIO_METHOD* socket = BIO_s_socket();
    BIO_METHOD* quiet = BIO_meth_new(BIO_TYPE_SOCKET, "socket without SIGPIPE");
    if (quiet == nullptr) return quiet;
    BIO_meth_set_write(quiet, SocketWrite);
    BIO_meth_set_read(quiet, BIO_meth_get_read(socket));
    BIO_meth_set_ctrl(quiet, BIO_meth_get_ctrl(socket));
    BIO_meth_set_create(quiet, BIO_meth_get_create(socket));
    BIO_meth_set_destroy(quiet, BIO_meth_get_destroy(socket));
    return quiet;
  }();
  return method;
}

std::string Why(int error) { return std::strerror(error); }

/// What did not work on the way to the proxy, and not to the server behind it.
Error OfProxy(Error error, const Proxy& proxy) {
  error.why =
      fmt::format("the proxy {}:{}: {}", PrintableShort(proxy.host, 200), proxy.port, error.why);
  error.todo = "look at " + proxy.source;
  return error;
}

/// What to do about a chain that is not trusted.
std::string TodoOf(long verdict) {
  switch (verdict) {
    case X509_V_ERR_HOSTNAME_MISMATCH:
    case X509_V_ERR_IP_ADDRESS_MISMATCH:
      return "use a name that its certificate has, or set tls-server-name in the kubeconfig";
    case X509_V_ERR_CERT_HAS_EXPIRED:
      return "renew the server's certificate, and look at this machine's clock";
    default:
      return "look at certificate-authority-data in the kubeconfig: the cluster's CA must be in it";
  }
}

}  // namespace

Result<void> Connection::Wait(short events, Clock::time_point until, const char* attempt) {
  while (true) {
    if (stop_ != nullptr && *stop_ != 0)
      return Fail(ErrorCode::kIo, attempt, where_, "interrupted");
    pollfd one{socket_.get(), events, 0};
    const int left = Left(until);
    const int ready = poll(&one, 1, stop_ != nullptr ? std::min(left, kSlice) : left);
    if (ready > 0) return {};
    if (ready < 0 && errno == EINTR) continue;
    if (ready < 0) return Fail(ErrorCode::kIo, attempt, where_, Why(errno));
    if (left == 0 || Left(until) == 0) {
      return Fail(ErrorCode::kIo, attempt, where_, "no answer in time",
                  "look whether this machine reaches it (a firewall, a proxy, the right network)");
    }
  }
}

Result<void> Connection::Connect(const std::string& host, uint16_t port, Clock::time_point until) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_NUMERICSERV;
  addrinfo* found = nullptr;
  const int status = getaddrinfo(host.c_str(), std::to_string(port).c_str(), &hints, &found);
  if (status != 0) {
    return Fail(ErrorCode::kIo, kConnect, where_,
                fmt::format("{}: {}", PrintableShort(host, 200), gai_strerror(status)),
                "look at the server's address in the kubeconfig");
  }
  const std::unique_ptr<addrinfo, void (*)(addrinfo*)> owner(found, freeaddrinfo);
  std::string why = "it has no address";
  for (const addrinfo* at = found; at != nullptr; at = at->ai_next) {
    socket_ = Descriptor(socket(at->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (!socket_) {
      why = Why(errno);
      continue;
    }
    if (connect(socket_.get(), at->ai_addr, at->ai_addrlen) != 0) {
      if (errno != EINPROGRESS) {
        why = Why(errno);
        continue;
      }
      if (auto ok = Wait(POLLOUT, until, kConnect); !ok) return ok;
      int error = 0;
      socklen_t size = sizeof error;
      getsockopt(socket_.get(), SOL_SOCKET, SO_ERROR, &error, &size);
      if (error != 0) {
        why = Why(error);
        continue;
      }
    }
    const int on = 1;
    setsockopt(socket_.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    return {};
  }
  return Fail(ErrorCode::kIo, kConnect, where_, why,
              "look whether the API server runs there and this machine reaches it");
}

Result<void> Connection::AskProxy(const Access& access, Clock::time_point until) {
  const std::string target = access.server.HostPort();
  std::string request = fmt::format("CONNECT {0} HTTP/1.1\r\nHost: {0}\r\n", target);
  if (!access.proxy->authorization.empty())
    request += fmt::format("Proxy-Authorization: {}\r\n", access.proxy->authorization.view());
  request += "\r\n";
  auto sent = Write(request, until);
  x509::Wipe(request);
  if (!sent) return sent;
  HttpAnswer answer(0, true);
  bool more = false;
  while (!answer.over()) {
    auto bytes = Read(until);
    if (!bytes) return std::unexpected(bytes.error());
    if (bytes->empty()) {
      answer.Close();
      break;
    }
    // The server speaks only after our ClientHello: nothing may follow the proxy's consent.
    more = answer.Take(*bytes) != bytes->size();
  }
  const bool done = answer.state() == HttpAnswer::State::kDone;
  if (done && answer.status() == 200 && !more) return {};
  const std::string why = !done ? answer.why()
                          : answer.status() == 200
                              ? "it says more than it should"
                              : fmt::format("it answers with status {}", answer.status());
  return std::unexpected(OfProxy({ErrorCode::kIo, kConnect, target, why, ""}, *access.proxy));
}

std::unexpected<Error> Connection::TlsFailed(int result, const char* attempt) {
  const long verdict = ssl_ ? SSL_get_verify_result(ssl_.get()) : X509_V_OK;
  const int kind = SSL_get_error(ssl_.get(), result);
  const unsigned long error = ERR_get_error();
  const int system = errno;
  ERR_clear_error();
  if (verdict != X509_V_OK) {
    return Fail(
        ErrorCode::kIo, attempt, where_,
        fmt::format("its certificate is not trusted: {}", X509_verify_cert_error_string(verdict)),
        TodoOf(verdict));
  }
  std::string why = "it closed the connection";
  if (error != 0) {
    const char* reason = ERR_reason_error_string(error);
    why = fmt::format("TLS: {}", reason == nullptr ? "the handshake fails" : reason);
  } else if (kind == SSL_ERROR_SYSCALL && system != 0) {
    why = Why(system);
  }
  return Fail(ErrorCode::kIo, attempt, where_, std::move(why));
}

Result<void> Connection::Handshake(const Access& access, SSL_CTX* context,
                                   Clock::time_point until) {
  ssl_.reset(SSL_new(context));
  SSL* ssl = ssl_.get();
  BIO* bio = QuietSocket() == nullptr ? nullptr : BIO_new(QuietSocket());
  if (ssl == nullptr || bio == nullptr) {
    BIO_free(bio);
    return Fail(ErrorCode::kIo, kConnect, where_, "OpenSSL makes no connection");
  }
  BIO_set_fd(bio, socket_.get(), BIO_NOCLOSE);
  SSL_set_bio(ssl, bio, bio);
  const std::string name =
      access.tls_server_name.empty() ? access.server.host : access.tls_server_name;
  const bool address = IsAddress(name);
  if (!address) SSL_set_tlsext_host_name(ssl, name.c_str());
  if (!access.insecure) {
    X509_VERIFY_PARAM* param = SSL_get0_param(ssl);
    X509_VERIFY_PARAM_set_hostflags(param, X509_CHECK_FLAG_NEVER_CHECK_SUBJECT);
    const int set = address ? X509_VERIFY_PARAM_set1_ip_asc(param, name.c_str())
                            : X509_VERIFY_PARAM_set1_host(param, name.c_str(), name.size());
    if (set != 1) return Fail(ErrorCode::kIo, kConnect, where_, "its name cannot be checked");
  }
  while (true) {
    errno = 0;
    const int result = SSL_connect(ssl);
    if (result == 1) return {};
    const int kind = SSL_get_error(ssl, result);
    if (kind != SSL_ERROR_WANT_READ && kind != SSL_ERROR_WANT_WRITE)
      return TlsFailed(result, kConnect);
    if (auto ok = Wait(kind == SSL_ERROR_WANT_READ ? POLLIN : POLLOUT, until, kConnect); !ok)
      return ok;
  }
}

Result<std::unique_ptr<Connection>> Connection::Open(const Access& access, SSL_CTX* context,
                                                     Clock::time_point until,
                                                     const std::atomic<int>* stop) {
  std::unique_ptr<Connection> connection(new Connection(access.server.HostPort(), stop));
  const std::string& host = access.proxy ? access.proxy->host : access.server.host;
  const uint16_t port = access.proxy ? access.proxy->port : access.server.port;
  if (auto ok = connection->Connect(host, port, until); !ok)
    return std::unexpected(access.proxy ? OfProxy(ok.error(), *access.proxy) : ok.error());
  if (access.proxy && access.server.https) {
    if (auto ok = connection->AskProxy(access, until); !ok) return std::unexpected(ok.error());
  }
  if (context != nullptr) {
    if (auto ok = connection->Handshake(access, context, until); !ok)
      return std::unexpected(ok.error());
  }
  return connection;
}

std::unique_ptr<Connection> Connection::Over(Descriptor socket, std::string where) {
  std::unique_ptr<Connection> connection(new Connection(std::move(where), nullptr));
  connection->socket_ = std::move(socket);
  return connection;
}

Result<void> Connection::Write(std::string_view bytes, Clock::time_point until) {
  constexpr const char* kAttempt = "ask the API server";
  while (!bytes.empty()) {
    short events = POLLOUT;
    errno = 0;
    if (ssl_) {
      const int count = SSL_write(ssl_.get(), bytes.data(),
                                  static_cast<int>(std::min<size_t>(bytes.size(), kBuffer)));
      if (count > 0) {
        bytes.remove_prefix(static_cast<size_t>(count));
        continue;
      }
      const int kind = SSL_get_error(ssl_.get(), count);
      if (kind != SSL_ERROR_WANT_READ && kind != SSL_ERROR_WANT_WRITE)
        return TlsFailed(count, kAttempt);
      if (kind == SSL_ERROR_WANT_READ) events = POLLIN;
    } else {
      const ssize_t count = send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (count >= 0) {
        bytes.remove_prefix(static_cast<size_t>(count));
        continue;
      }
      if (errno != EAGAIN && errno != EINTR)
        return Fail(ErrorCode::kIo, kAttempt, where_, Why(errno));
    }
    if (auto ok = Wait(events, until, kAttempt); !ok) return ok;
  }
  return {};
}

Result<std::optional<std::string_view>> Connection::TryRead(short& events) {
  buffer_.resize(kBuffer);
  errno = 0;
  if (ssl_) {
    const int count = SSL_read(ssl_.get(), buffer_.data(), static_cast<int>(buffer_.size()));
    if (count > 0) return std::string_view(buffer_).substr(0, static_cast<size_t>(count));
    const int kind = SSL_get_error(ssl_.get(), count);
    if (kind == SSL_ERROR_ZERO_RETURN) return std::string_view();
    if (kind != SSL_ERROR_WANT_READ && kind != SSL_ERROR_WANT_WRITE) return TlsFailed(count, kRead);
    events = kind == SSL_ERROR_WANT_WRITE ? POLLOUT : POLLIN;
    return std::nullopt;
  }
  const ssize_t count = recv(socket_.get(), buffer_.data(), buffer_.size(), 0);
  if (count >= 0) return std::string_view(buffer_).substr(0, static_cast<size_t>(count));
  if (errno != EAGAIN && errno != EINTR) return Fail(ErrorCode::kIo, kRead, where_, Why(errno));
  events = POLLIN;
  return std::nullopt;
}

Result<std::string_view> Connection::Read(Clock::time_point until) {
  while (true) {
    if (Left(until) == 0)
      return Fail(ErrorCode::kIo, kRead, where_, "the answer is not whole in time");
    short events = POLLIN;
    auto bytes = TryRead(events);
    if (!bytes) return std::unexpected(bytes.error());
    if (*bytes) return **bytes;
    if (auto ok = Wait(events, until, kRead); !ok) return std::unexpected(ok.error());
  }
}

Result<std::optional<std::string_view>> Connection::ReadNow() {
  short events = 0;
  return TryRead(events);
}

}  // namespace seawall::api
