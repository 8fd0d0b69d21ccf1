// A TLS server of the tests: a function from a client's hello to the bytes of the answer.
#pragma once

#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tls/enumeration.h"

namespace seawall::tls::testing {

inline std::string Big(size_t value, int bytes) {
  std::string out;
  for (int shift = (bytes - 1) * 8; shift >= 0; shift -= 8)
    out.push_back(static_cast<char>(value >> shift & 0xFF));
  return out;
}

inline std::string Record(int type, std::string_view content) {
  return Big(static_cast<size_t>(type), 1) + "\x03\x03" + Big(content.size(), 2) +
         std::string(content);
}

inline std::string AlertRecord(int description) {
  return Record(21, "\x02" + Big(static_cast<size_t>(description), 1));
}

/// What stands in a ClientHello.
struct Hello {
  uint16_t version = 0;
  std::vector<uint16_t> suites, groups;
  std::string compressions, server_name;
  bool empty_key_share = false;
  bool protocols = false;

  static Hello Read(std::string_view bytes) {
    const auto number = [&](size_t count) {
      size_t value = 0;
      for (const char c : bytes.substr(0, count)) value = value << 8 | static_cast<uint8_t>(c);
      bytes.remove_prefix(count);
      return value;
    };
    const auto list = [&](size_t length) {
      std::vector<uint16_t> values;
      for (; length >= 2; length -= 2) values.push_back(static_cast<uint16_t>(number(2)));
      return values;
    };
    Hello hello;
    bytes.remove_prefix(9);
    hello.version = static_cast<uint16_t>(number(2));
    bytes.remove_prefix(32);
    bytes.remove_prefix(number(1));
    hello.suites = list(number(2));
    const size_t compressions = number(1);
    hello.compressions = bytes.substr(0, compressions);
    bytes.remove_prefix(compressions);
    if (bytes.empty()) return hello;
    number(2);
    while (!bytes.empty()) {
      const size_t type = number(2), length = number(2);
      const std::string_view rest = bytes.substr(length);
      if (type == 0) hello.server_name = bytes.substr(5, length - 5);
      if (type == 10) hello.groups = list(number(2));
      hello.protocols |= type == 16;
      if (type == 43) hello.version = static_cast<uint16_t>(number(1) == 2 ? number(2) : 0);
      if (type == 51) hello.empty_key_share = number(2) == 0;
      bytes = rest;
    }
    return hello;
  }
};

struct FakeServer {
  std::map<Version, std::vector<uint16_t>> suites;  ///< in the server's order
  std::vector<uint16_t> groups = {29, 23};
  bool clients_order = false;
  bool falls_back = false;  ///< offers an older version instead of refusing
  bool refuses_by_closing = false;
  size_t most_suites = 1000;  ///< a longer hello is dropped
  bool compresses = false;
  std::string protocol{};          ///< chosen of those that are offered
  bool refuses_protocols = false;  ///< knows none of them
  int hellos = 0;

  static Answer Replied(std::string_view bytes, bool key_exchange = true) {
    ReplyReader reader(key_exchange);
    const bool more = reader.Take(bytes);
    if (more && reader.reply().kind == Reply::Kind::kNothing) return {Answer::End::kSilent, {}};
    return {Answer::End::kReplied, reader.reply()};
  }

  std::string ServerHello(Version version, uint16_t suite, std::optional<uint16_t> group,
                          const std::string& chosen = "") const {
    const bool tls13 = version == Version::kTls13;
    std::string body = Big(tls13 ? 0x0303 : static_cast<uint16_t>(version), 2);
    body += tls13 ? std::string(
                        "\xCF\x21\xAD\x74\xE5\x9A\x61\x11\xBE\x1D\x8C\x02\x1E\x65\xB8\x91"
                        "\xC2\xA2\x11\x16\x7A\xBB\x8C\x5E\x07\x9E\x09\xE2\xC8\xA8\x33\x9C")
                  : std::string(32, 'r');
    body += Big(0, 1) + Big(suite, 2) + Big(compresses && !tls13 ? 1 : 0, 1);
    if (tls13) {
      std::string extensions = Big(43, 2) + Big(2, 2) + Big(0x0304, 2);
      if (group) extensions += Big(51, 2) + Big(2, 2) + Big(*group, 2);
      body += Big(extensions.size(), 2) + extensions;
    } else if (!chosen.empty()) {
      const std::string list = Big(chosen.size(), 1) + chosen;
      const std::string content = Big(list.size(), 2) + list;
      body += Big(content.size() + 4, 2) + Big(16, 2) + Big(content.size(), 2) + content;
    }
    std::string messages = "\x02" + Big(body.size(), 3) + body;
    if (!tls13) {
      messages += "\x0B" + Big(3000, 3) + std::string(3000, 'c');
      if (group) messages += "\x0C" + Big(8, 3) + "\x03" + Big(*group, 2) + "\x04key!";
      messages += "\x0E" + Big(0, 3);
    }
    return Record(22, messages);
  }

  Answer Refuse(int alert) const {
    if (refuses_by_closing) return {Answer::End::kClosed, {}};
    return Replied(AlertRecord(alert));
  }

  Answer Take(const Attempt& attempt) {
    ++hellos;
    const Hello hello = Hello::Read(attempt.hello);
    if (hello.protocols && refuses_protocols) return Refuse(120);
    if (hello.suites.size() > most_suites) return {Answer::End::kReset, {}};
    auto version = static_cast<Version>(hello.version);
    if (!suites.contains(version)) {
      if (!falls_back || suites.begin()->first > version) return Refuse(70);
      version = suites.begin()->first;
    }
    std::vector<uint16_t> first = suites[version], second = hello.suites;
    if (clients_order) std::swap(first, second);
    const auto has = [](const std::vector<uint16_t>& all, uint16_t one) {
      return std::ranges::find(all, one) != all.end();
    };
    const auto suite = std::ranges::find_if(first, [&](uint16_t one) { return has(second, one); });
    if (suite == first.end()) return Refuse(40);
    std::optional<uint16_t> group;
    if (version == Version::kTls13 || IsEcdheSuite(*suite)) {
      const auto one =
          std::ranges::find_if(groups, [&](uint16_t g) { return has(hello.groups, g); });
      if (one == groups.end()) return Refuse(40);
      group = *one;
    }
    return Replied(ServerHello(version, *suite, group, hello.protocols ? protocol : ""),
                   attempt.key_exchange);
  }
};

/// Runs an enumeration to its end, one connection at a time.
template <typename Server>
void Exhaust(Enumeration& enumeration, Server&& server) {
  while (auto attempt = enumeration.Next()) enumeration.Take(attempt->track, server(*attempt));
}

}  // namespace seawall::tls::testing
