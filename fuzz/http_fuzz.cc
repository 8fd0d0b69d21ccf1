// What a server sends back to GETs and to calls of gRPC: read whole and in pieces it must give the
// same, within bounds. And the kernel's table of sockets, as a process in a namespace of its own
// might show it.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "cluster/sockets.h"
#include "probe/grpc_dialogue.h"
#include "probe/http_dialogue.h"
#include "require.h"

using namespace seawall::probe;
using seawall::fuzz::Require;

namespace {

HttpDialogue Read(std::string_view bytes, size_t piece) {
  HttpDialogue http("a.example", {"/", "/metrics", "/healthz"});
  for (size_t at = 0; at < bytes.size() && !http.done(); at += piece)
    http.Take(bytes.substr(at, piece));
  http.Close();
  return http;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view bytes = seawall::fuzz::Text(data, size);
  for (const size_t piece : {size_t{1}, size_t{7}}) {
    for (const PathStatus& answer : Read(bytes, piece).answers()) {
      Require(answer.status >= 100 && answer.status <= 999, "a status that is none");
      Require(answer.body_begin.size() <= 512, "more of a body than is wanted");
      Require(answer.location.size() <= 300, "a place without measure");
    }
  }
  GrpcDialogue grpc("a.example");
  std::string send = grpc.Begin();
  for (size_t at = 0; at < size && grpc.Take(bytes.substr(at, 1 + at % 50), send);
       at += 1 + at % 50) {
  }
  Require(grpc.Answers().size() == 2, "a call without an answer");
  for (const auto& socket : seawall::cluster::ParseSocketTable(bytes))
    Require(socket.port != 0 && !socket.address.empty(), "a socket without a place");
  return 0;
}
