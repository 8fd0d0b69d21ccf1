// What a server sends back to a ClientHello: read whole and in pieces it must give the same, within
// bounds, and an enumeration that is fed with it must come to its end.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "require.h"
#include "tls/enumeration.h"

using namespace seawall::tls;
using seawall::fuzz::Require;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view bytes = seawall::fuzz::Text(data, size);
  for (const bool key_exchange : {false, true}) {
    ReplyReader whole(key_exchange), pieces(key_exchange);
    whole.Take(bytes);
    for (size_t at = 0; at < size && pieces.Take(bytes.substr(at, 1 + at % 7)); at += 1 + at % 7) {
    }
    const Reply &one = whole.reply(), &other = pieces.reply();
    Require(one.kind == other.kind, "the answer depends on how it is cut");
    Require(one.suite == other.suite && one.group == other.group, "so do its fields");
    Require(!Describe(one).empty(), "an answer without words");
  }
  Enumeration enumeration({.server_name = "", .random = {}, .most_connections = 40});
  int connections = 0;
  while (auto attempt = enumeration.Next()) {
    Require(++connections <= 40, "more connections than allowed");
    ReplyReader reader(attempt->key_exchange);
    const bool more = reader.Take(bytes);
    const bool nothing = more && reader.reply().kind == Reply::Kind::kNothing;
    enumeration.Take(attempt->track,
                     {nothing ? Answer::End::kClosed : Answer::End::kReplied, reader.reply()});
  }
  Require(enumeration.done(), "an enumeration that does not end");
  return 0;
}
