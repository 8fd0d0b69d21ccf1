#include "probe/http_response.h"

#include <gtest/gtest.h>

namespace seawall::probe {
namespace {

TEST(HttpResponse, AnInterimStatusIsNoAnswer) {
  HttpResponse response;
  response.Take("HTTP/1.1 100 Continue\r\n");  // and the connection ends here
  response.Close();
  EXPECT_FALSE(response.status());
}

TEST(HttpResponse, WhatFollowsAnInterimStatusIs) {
  HttpResponse response;
  response.Take("HTTP/1.1 100 Continue\r\n");
  response.Take("\r\n");
  response.Take("HTTP/1.1 403 Forbidden\r\n");
  EXPECT_EQ(response.status(), 403);
}

TEST(HttpResponse, SwitchingProtocolsIsAnAnswer) {
  HttpResponse response;
  response.Take("HTTP/1.1 101 Switching Protocols\r\n");
  EXPECT_EQ(response.status(), 101);
}

}  // namespace
}  // namespace seawall::probe
