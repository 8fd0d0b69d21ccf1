// OpenSSL's own fuzzing inputs for clients: what a server sends, as our reader meets it. Built
// where CMake's SEAWALL_CORPORA is given.
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "tls/enumeration.h"

namespace seawall::tls {
namespace {

namespace fs = std::filesystem;

TEST(Corpora, EveryServerOfOpensslsFuzzingEndsAnEnumeration) {
  const char* corpora = std::getenv("SEAWALL_CORPORA");
  const fs::path folder = fs::path(corpora ? corpora : "") / "openssl-fuzz-corpora/client";
  if (!fs::exists(folder)) GTEST_SKIP() << "no " << folder;
  size_t hellos = 0, inputs = 0;
  for (const auto& entry : fs::directory_iterator(folder)) {
    std::ostringstream text;
    text << std::ifstream(entry.path(), std::ios::binary).rdbuf();
    const std::string bytes = std::move(text).str();
    ++inputs;
    Enumeration enumeration({.server_name = "", .random = {}, .most_connections = 50});
    while (auto attempt = enumeration.Next()) {
      ReplyReader reader(attempt->key_exchange);
      const bool more = reader.Take(bytes);
      const bool nothing = more && reader.reply().kind == Reply::Kind::kNothing;
      hellos += reader.reply().kind == Reply::Kind::kHello;
      enumeration.Take(attempt->track,
                       {nothing ? Answer::End::kClosed : Answer::End::kReplied, reader.reply()});
    }
    EXPECT_TRUE(enumeration.done()) << entry.path();
    EXPECT_LE(enumeration.result().connections, 50);
  }
  EXPECT_GT(inputs, 1000U);
  EXPECT_GT(hellos, 100U) << "the inputs are not what they were thought to be";
}

}  // namespace
}  // namespace seawall::tls
