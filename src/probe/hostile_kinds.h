// Servers that do what no server should, for tests: one function for each kind.
#pragma once

#include <openssl/evp.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <random>

#include "probe/hostile_server.h"

namespace seawall::probe::testing {

struct HostileKind {
  std::string name;
  std::function<void(const Peer&)> serve;
  /// It answers GETs in plaintext with a status: that is an answer, whatever else it is.
  bool http = false;
};

inline std::string Big(size_t value, int bytes) {
  std::string out;
  for (int shift = (bytes - 1) * 8; shift >= 0; shift -= 8)
    out.push_back(static_cast<char>(value >> shift & 0xFF));
  return out;
}
inline std::string Record(size_t type, const std::string& content) {
  return Big(type, 1) + Big(0x0303, 2) + Big(content.size(), 2) + content;
}
inline std::string Message(size_t type, const std::string& body) {
  return Big(type, 1) + Big(body.size(), 3) + body;
}
inline std::string Hello(size_t version, size_t suite, const std::string& extensions = "",
                         size_t compression = 0) {
  return Message(2, Big(version, 2) + std::string(32, 'r') + Big(0, 1) + Big(suite, 2) +
                        Big(compression, 1) +
                        (extensions.empty() ? "" : Big(extensions.size(), 2) + extensions));
}
inline std::string Extension(size_t type, const std::string& body) {
  return Big(type, 2) + Big(body.size(), 2) + body;
}
/// A Certificate of TLS 1.2.
inline std::string CertificateMessage(const std::string& der) {
  return Message(11, Big(der.size() + 3, 3) + Big(der.size(), 3) + der);
}
/// A message in as many records as it takes.
inline std::string Records(const std::string& messages) {
  std::string all;
  for (size_t at = 0; at < messages.size(); at += 16384)
    all += Record(22, messages.substr(at, 16384));
  return all;
}

/// A certificate with `count` names, each `name`; a NUL in it stays in it.
inline std::string CertificateWithNames(size_t count, const std::string& name) {
  EVP_PKEY* key = EVP_EC_gen("P-256");
  X509* certificate = X509_new();
  X509_set_version(certificate, 2);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate), 7);
  X509_gmtime_adj(X509_getm_notBefore(certificate), -60);
  X509_gmtime_adj(X509_getm_notAfter(certificate), 3600);
  X509_set_pubkey(certificate, key);
  GENERAL_NAMES* names = sk_GENERAL_NAME_new_null();
  for (size_t i = 0; i < count; ++i) {
    GENERAL_NAME* one = GENERAL_NAME_new();
    ASN1_IA5STRING* text = ASN1_IA5STRING_new();
    ASN1_STRING_set(text, name.data(), static_cast<int>(name.size()));
    GENERAL_NAME_set0_value(one, GEN_DNS, text);
    sk_GENERAL_NAME_push(names, one);
  }
  X509_add1_ext_i2d(certificate, NID_subject_alt_name, names, 0, 0);
  GENERAL_NAMES_free(names);
  X509_sign(certificate, key, EVP_sha256());
  unsigned char* bytes = nullptr;
  const int length = i2d_X509(certificate, &bytes);
  std::string der(reinterpret_cast<char*>(bytes), static_cast<size_t>(std::max(0, length)));
  OPENSSL_free(bytes);
  X509_free(certificate);
  EVP_PKEY_free(key);
  return der;
}

/// Answers whatever comes first with these bytes, and closes.
inline HostileKind Says(std::string name, std::string bytes) {
  return {std::move(name), [bytes = std::move(bytes)](const Peer& peer) {
            peer.Receive();
            peer.Send(bytes);
          }};
}
/// Greets with these bytes, as servers of other protocols do, and waits for an answer.
inline HostileKind Greets(std::string name, std::string bytes) {
  return {std::move(name), [bytes = std::move(bytes)](const Peer& peer) {
            peer.Send(bytes);
            peer.Receive();
            peer.Send("500 what?\r\n");
          }};
}
/// Sends these bytes until the other side has enough.
inline HostileKind Repeats(std::string name, std::string bytes) {
  while (bytes.size() < 4096) bytes += bytes;
  return {std::move(name), [bytes = std::move(bytes)](const Peer& peer) {
            peer.Receive();
            while (peer.Send(bytes)) {
            }
          }};
}
/// Speaks HTTP in plaintext: `begin` to a GET, then `again` as long as it is taken.
inline HostileKind Http(std::string name, std::string begin, std::string again = "",
                        bool status = true) {
  return {std::move(name),
          [begin = std::move(begin), again = std::move(again)](const Peer& peer) {
            if (!peer.Receive().starts_with("GET ")) return;
            if (!peer.Send(begin) || again.empty()) return;
            while (peer.Send(again)) {
            }
          },
          status};
}

inline std::vector<HostileKind> HostileKinds() {
  using namespace std::chrono_literals;
  const std::string flight =
      Hello(0x0303, 0xC02F) + CertificateMessage(CertificateWithNames(1, "a.example"));
  std::vector<HostileKind> kinds = {
      // Connections.
      {"silence", [](const Peer& peer) { peer.Wait(30s); }},
      {"silence after reading",
       [](const Peer& peer) {
         peer.Receive();
         peer.Wait(30s);
       }},
      {"closes at once", [](const Peer&) {}},
      {"resets at once", [](const Peer& peer) { peer.Reset(); }},
      {"closes after the hello", [](const Peer& peer) { peer.Receive(); }},
      {"resets after the hello",
       [](const Peer& peer) {
         peer.Receive();
         peer.Reset();
       }},
      {"half open: writes no more",
       [](const Peer& peer) {
         shutdown(peer.fd(), SHUT_WR);
         peer.Receive();
         peer.Wait(30s);
       }},
      {"half open: reads no more",
       [](const Peer& peer) {
         shutdown(peer.fd(), SHUT_RD);
         peer.Wait(30s);
       }},
      {"a byte at a time",
       [flight](const Peer& peer) {
         for (const char c : Records(flight)) {
           if (!peer.Send({&c, 1}) || !peer.Wait(20ms)) return;
         }
       }},
      {"a byte at a time without end",
       [](const Peer& peer) {
         while (peer.Send("\x16") && peer.Wait(10ms)) {
         }
       }},
      {"one byte, then silence",
       [](const Peer& peer) {
         peer.Send("\x16");
         peer.Wait(30s);
       }},
      {"an echo",
       [](const Peer& peer) {
         for (std::string bytes = peer.Receive(); !bytes.empty(); bytes = peer.Receive())
           peer.Send(bytes);
       }},
      // Records.
      Says("a record's header only", std::string("\x16\x03\x03\x40\x00", 5)),
      Says("a record that ends too early", std::string("\x16\x03\x03\x40\x00 too short", 15)),
      Says("a record longer than TLS allows", std::string("\x16\x03\x03\xFF\xFF", 5)),
      Repeats("empty records without end", std::string("\x16\x03\x03\x00\x00", 5)),
      Repeats("full records without end", Record(22, std::string(16384, '\x02'))),
      Says("a record of an unknown type", Record(24, "\x01")),
      Says("a record of type 255", Record(255, "x")),
      Says("a record of version 0", std::string("\x16\x00\x00\x00\x01x", 6)),
      Says("a record of DTLS", std::string("\x16\xFE\xFD\x00\x00\x00\x00\x00\x00\x00\x00", 11)),
      Says("a hello of SSLv2", std::string("\x80\x0B\x04\x00\x01\x00\x02\x00\x00\x00\x03\x00\x00", 13)),
      Says("data before a hello", Record(23, "hello")),
      Repeats("ChangeCipherSpec without end", Record(20, "\x01")),
      Says("an alert of one byte", Record(21, "\x02")),
      Says("an alert of three bytes", Record(21, "\x02\x28\x28")),
      Repeats("warnings without end", Record(21, "\x01\x70")),
      Says("an alert of an unknown level", Record(21, "\x09\x28")),
      Says("close_notify only", Record(21, std::string("\x01\x00", 2))),
      Repeats("zeros without end", std::string(4096, '\0')),
      Repeats("0xFF without end", std::string(4096, '\xFF')),
      // Messages.
      Repeats("HelloRequest without end", Record(22, Message(0, ""))),
      Says("ServerHelloDone first", Record(22, Message(14, ""))),
      Says("Finished first", Record(22, Message(20, std::string(12, 'f')))),
      Says("a message of 16 MB", Record(22, "\x02\xFF\xFF\xFF")),
      Says("a ServerHello that ends too early", Record(22, Message(2, "\x03\x03r"))),
      Says("a session id without end",
           Record(22, Message(2, "\x03\x03" + std::string(32, 'r') + "\xFF"))),
      Says("a version that is none", Record(22, Hello(0x0505, 0xC02F))),
      Says("TLS 1.3 without its extension", Record(22, Hello(0x0304, 0x1301))),
      Says("a suite that nobody offered", Record(22, Hello(0x0303, 0xFAFA))),
      Says("an unknown compression", Record(22, Hello(0x0303, 0xC02F, "", 0xFF))),
      Says("extensions longer than the message",
           Record(22, Message(2, "\x03\x03" + std::string(32, 'r') + std::string("\0", 1) +
                                     "\xC0\x2F" + std::string("\0\xFF\xFF", 3)))),
      Says("sixteen thousand extensions",
           Records(Hello(0x0303, 0xC02F, [] {
             std::string all;
             for (int i = 0; i < 16000; ++i) all += Extension(0xFF01, "");
             return all.substr(0, 65532);
           }()))),
      Says("two versions at once",
           Record(22, Hello(0x0303, 0x1301, Extension(43, "\x03\x04") + Extension(43, "\x03\x03")))),
      Says("a key share that ends too early",
           Record(22, Hello(0x0303, 0x1301, Extension(43, "\x03\x04") + Extension(51, "\x01")))),
      Says("a key of a group that nobody offered",
           Record(22, Hello(0x0303, 0x1301,
                            Extension(43, "\x03\x04") +
                                Extension(51, Big(0xFAFA, 2) + Big(2, 2) + "kk")))),
      Says("two hellos", Record(22, flight + flight)),
      Says("one flight for everybody", Records(flight + Message(14, ""))),
      Says("a flight, then noise", Records(flight) + std::string(5000, '\x5A')),
      // Certificates.
      Says("a certificate that is none", Records(Hello(0x0303, 0xC02F) + CertificateMessage("no"))),
      Says("an empty list of certificates",
           Records(Hello(0x0303, 0xC02F) + Message(11, Big(0, 3)))),
      Says("a list of certificates longer than its message",
           Records(Hello(0x0303, 0xC02F) + Message(11, Big(0xFFFFFF, 3)))),
      Says("100,000 names",
           Records(Hello(0x0303, 0xC02F) +
                   CertificateMessage(CertificateWithNames(100'000, "a.example")))),
      Says("a NUL in a name",
           Records(Hello(0x0303, 0xC02F) +
                   CertificateMessage(
                       CertificateWithNames(1, std::string("a.example\0.evil", 15))) +
                   Message(14, ""))),
      {"certificates without end",
       [](const Peer& peer) {
         peer.Receive();
         if (!peer.Send(Record(22, Hello(0x0303, 0xC02F) + "\x0B\xFF\xFF\xFF"))) return;
         const std::string more = Record(22, std::string(16384, 'c'));
         while (peer.Send(more)) {
         }
       }},
      // Other protocols.
      Greets("SSH", "SSH-2.0-OpenSSH_9.2p1\r\n"),
      Greets("SMTP", "220 mail.example ESMTP\r\n"),
      Greets("FTP", "220 ftp.example\r\n"),
      Greets("IMAP", "* OK IMAP4rev1\r\n"),
      Greets("POP3", "+OK POP3\r\n"),
      Greets("MySQL", std::string("\x4A\x00\x00\x00\x0A" "8.0.36\x00", 12)),
      Greets("VNC", "RFB 003.008\n"),
      Greets("telnet", "\xFF\xFD\x18\xFF\xFD\x20login: "),
      Says("PostgreSQL", "N"),
      Says("Redis", "-ERR unknown command\r\n"),
      Says("LDAP", std::string("\x30\x0C\x02\x01\x01\x61\x07\x0A\x01\x02\x04\x00\x04\x00", 14)),
      Says("SOCKS5", "\x05\xFF"),
      Says("the settings of HTTP/2", std::string("\x00\x00\x00\x04\x00\x00\x00\x00\x00", 9)),
      Says("memcached", "ERROR\r\n"),
      Says("a frame of WebSocket", "\x81\x05hello"),
      // HTTP.
      Http("16 MB of fields", "HTTP/1.1 200 OK\r\n", "X-Field: " + std::string(65536, 'x') + "\r\n"),
      Http("a field without end", "HTTP/1.1 200 OK\r\nX: ", std::string(65536, 'x')),
      Http("a status line without end", "HTTP/1.1 200 ", std::string(65536, 'x'), false),
      Http("a body without end", "HTTP/1.1 200 OK\r\n\r\n", std::string(65536, 'x')),
      Http("chunks without end", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
           "1\r\nx\r\n"),
      Http("a chunk of a negative size",
           "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-1\r\nx\r\n"),
      Http("a chunk longer than memory",
           "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nFFFFFFFFFFFFFFFF\r\nx"),
      Http("a length longer than memory",
           "HTTP/1.1 200 OK\r\nContent-Length: 18446744073709551615\r\n\r\nx"),
      Http("two lengths", "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 9\r\n\r\nx"),
      Http("100 Continue without end", "", "HTTP/1.1 100 Continue\r\n\r\n", false),
      Http("status 000", "HTTP/1.1 000 No\r\n\r\n", "", false),
      Http("a version of HTTP that is none", "HTTP/9.9 200 OK\r\n\r\n", "", false),
      Http("NULs in fields", std::string("HTTP/1.1 200 OK\r\nX: a\0b\r\n\r\n", 27)),
      Http("a redirect to itself",
           "HTTP/1.1 301 Moved\r\nLocation: /\r\nContent-Length: 0\r\n\r\n"),
      Http("a redirect of a megabyte",
           "HTTP/1.1 302 Found\r\nLocation: /" + std::string(1 << 20, 'x') + "\r\n\r\n"),
      Http("escapes in a redirect",
           "HTTP/1.1 302 Found\r\nLocation: /\x1B[31m\x07\r\nContent-Length: 0\r\n\r\n"),
  };
  for (size_t cut = 1; cut < flight.size(); cut += flight.size() / 8) {
    kinds.push_back({"reset within a flight, at " + std::to_string(cut),
                     [bytes = Records(flight).substr(0, cut)](const Peer& peer) {
                       peer.Receive();
                       peer.Send(bytes);
                       peer.Reset();
                     }});
  }
  std::mt19937 noise(1);
  for (const int type : {-1, 20, 21, 22, 23}) {
    std::string bytes(9000, '\0');
    std::ranges::generate(bytes, [&] { return static_cast<char>(noise()); });
    kinds.push_back(type < 0 ? Says("noise", bytes)
                             : Says("noise in records of type " + std::to_string(type),
                                    Record(static_cast<size_t>(type), bytes)));
  }
  return kinds;
}

}  // namespace seawall::probe::testing
