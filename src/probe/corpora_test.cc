// OpenSSL's own fuzzing inputs for clients, as what a server sends: full sessions with them, and
// the readers of HTTP and gRPC. Built where CMake's SEAWALL_CORPORA is given.
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "probe/grpc_dialogue.h"
#include "probe/tls_session.h"

namespace seawall::probe {
namespace {

namespace fs = std::filesystem;

TEST(Corpora, EveryServerOfOpensslsFuzzingEndsASession) {
  const char* corpora = std::getenv("SEAWALL_CORPORA");
  const fs::path folder = fs::path(corpora ? corpora : "") / "openssl-fuzz-corpora/client";
  if (!fs::exists(folder)) GTEST_SKIP() << "no " << folder;
  auto context = TlsSession::MakeContext();
  ASSERT_TRUE(context);
  size_t inputs = 0;
  for (const auto& entry : fs::directory_iterator(folder)) {
    std::ostringstream text;
    text << std::ifstream(entry.path(), std::ios::binary).rdbuf();
    const std::string bytes = std::move(text).str();
    ++inputs;
    TlsSession session(context->get(), {.server_name = "a.example", .http2 = true},
                       HttpDialogue("a.example", {"/"}));
    session.Begin();
    std::string send;
    session.Take(bytes, send);
    session.Close("closed", true);
    // Nobody knows our keys: no recorded server can finish.
    EXPECT_FALSE(session.handshake().complete) << entry.path();
    EXPECT_LE(session.handshake().chain.size(), 20U);
    HttpDialogue http("a.example", {"/"});
    http.Take(bytes);
    http.Close();
    GrpcDialogue grpc("a.example");
    grpc.Begin();
    grpc.Take(bytes, send);
    for (const GrpcAnswer& answer : grpc.Answers()) EXPECT_FALSE(answer.status) << entry.path();
  }
  EXPECT_GT(inputs, 1000U);
}

}  // namespace
}  // namespace seawall::probe
