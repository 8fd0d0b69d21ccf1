// ApiClient: one connection to an API server, kept alive, with a bound for everything.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "api/access.h"
#include "base/error.h"
#include "yaml/document.h"

namespace seawall::api {

struct Request {
  std::string method = "GET";
  std::string path;  ///< "/api/v1/nodes?limit=1": below the server's own prefix
  std::string accept = "application/json";
  std::string content_type = {};  ///< of `body`
  std::string body = {};
};

struct Response {
  int status = 0;
  std::string content_type;
  std::string body;
};

struct ClientOptions {
  int timeout_ms = 15'000;    ///< for a connection, and for each answer
  uint64_t most = 16u << 20;  ///< bytes of an answer's body
  int attempts = 4;           ///< in all, where a server says "later" (429, 503 with Retry-After)
  int longest_wait_ms = 10'000;  ///< for which a Retry-After is obeyed
  /// Once it is not 0 (a signal came), nothing is waited for any more.
  const std::atomic<int>* stop = nullptr;
};

/// What List needs to know of the items.
struct ListRequest {
  std::string path;            ///< "/api/v1/nodes"
  std::string selector = {};   ///< "fieldSelector=…", already escaped; may be empty
  bool metadata_only = false;  ///< PartialObjectMetadata: no spec, no data crosses the network
  int page = 100;              ///< items asked for at once
  uint64_t most_items = 500'000;
  /// No page is asked for after this.
  std::chrono::steady_clock::time_point until = std::chrono::steady_clock::time_point::max();
  std::string* version = nullptr;  ///< takes the list's resourceVersion, to watch from
};

class LineStream;

/// Not thread-safe: one client a thread (each has a connection of its own). `Send` and what is
/// built on it block until there is an answer, an error, or the time is up.
class ApiClient {
 public:
  /// Checks keys, certificates and the CA and runs the credential plugin; connects with the first
  /// request.
  static Result<std::unique_ptr<ApiClient>> Open(Access access, const ClientOptions& options = {});
  virtual ~ApiClient() = default;

  /// Any answer of HTTP is a Response, whatever its status. GET and HEAD are sent again where a
  /// kept connection turns out to be closed, and where the server says "later"; nothing else is.
  virtual Result<Response> Send(const Request& request) = 0;
  Result<Response> Get(const std::string& path) { return Send({.path = path}); }
  /// A GET whose answer goes on (a watch), on a connection of its own; waits for the beginning of
  /// the answer. Errors: a status other than 200, as of Object; kNotHeld of a bundle.
  virtual Result<std::unique_ptr<LineStream>> Follow(const Request& request);

  /// An object; a status other than 200 is an Error: kPermission for 401 and 403, kNotFound for
  /// 404.
  Result<yaml::Stream> Object(const std::string& path);

  /// Every item of a list, page by page. When the list's state expires meanwhile (410) it begins
  /// anew: `restart` is called, and whatever was taken is to be dropped. `item` lives only during
  /// the call.
  Result<void> List(const ListRequest& request, const std::function<void(const yaml::Value&)>& item,
                    const std::function<void()>& restart);

  virtual const Access& access() const = 0;
  virtual const ClientOptions& options() const = 0;
  /// What the server calls itself in errors: "HOST:PORT".
  std::string where() const { return access().server.HostPort(); }
};

/// The Error that a Response with a status other than 2xx stands for, with the server's own message
/// where it gave one.
Error ErrorOf(const Response& response, const std::string& attempt, const std::string& where);

/// What a query's value must not hold as it is, in percent signs.
std::string Escape(std::string_view text);

}  // namespace seawall::api
