// For tests only: an etcd made of answers, in the clear, in this process; and the database of one.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <nghttp2/nghttp2.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <cstring>
#include <functional>
#include <map>
#include <string>
#include <thread>
#include <vector>

#include "api/access.h"
#include "base/descriptor.h"
#include "x509/digest.h"

namespace seawall::etcd::testing {

/// What is answered to a call: messages without their prefix, then the status.
struct FakeAnswer {
  std::vector<std::string> messages = {};
  int status = 0;
  std::string raw = {};  ///< not empty: the body as it is, instead of the messages
};
/// By "METHOD" without its package.
using FakeServe = std::function<FakeAnswer(const std::string&)>;

class FakeEtcd {
 public:
  explicit FakeEtcd(FakeServe serve) : serve_(std::move(serve)) {
    listener_ = Descriptor(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    bind(listener_.get(), reinterpret_cast<sockaddr*>(&address), size);
    listen(listener_.get(), 8);
    getsockname(listener_.get(), reinterpret_cast<sockaddr*>(&address), &size);
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this] { Accept(); });
  }
  ~FakeEtcd() {
    over_ = true;
    thread_.join();
    for (std::thread& one : talking_) one.join();
  }
  FakeEtcd(const FakeEtcd&) = delete;
  FakeEtcd& operator=(const FakeEtcd&) = delete;

  api::Access Door() const {
    api::Access access;
    access.server.https = false;
    access.server.host = "127.0.0.1";
    access.server.port = port_;
    return access;
  }

 private:
  struct Stream {
    std::string body;
    size_t sent = 0;
    int status = 0;
  };

  void Accept() {
    while (!over_) {
      pollfd one{listener_.get(), POLLIN, 0};
      if (poll(&one, 1, 20) <= 0) continue;
      const int line = accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC);
      if (line >= 0) talking_.emplace_back([this, line] { Talk(line); });
    }
  }

  /// One connection.
  struct Line {
    const FakeServe& serve;
    std::map<int32_t, std::string> paths = {};
    std::map<int32_t, Stream> streams = {};
  };

  void Talk(int fd) {
    const Descriptor owner(fd);
    Line line{serve_};
    nghttp2_session_callbacks* callbacks = nullptr;
    nghttp2_session_callbacks_new(&callbacks);
    nghttp2_session_callbacks_set_on_header_callback(callbacks, OnHeader);
    nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks, OnFrame);
    nghttp2_session* session = nullptr;
    nghttp2_session_server_new(&session, callbacks, &line);
    nghttp2_session_callbacks_del(callbacks);
    nghttp2_submit_settings(session, NGHTTP2_FLAG_NONE, nullptr, 0);
    char buffer[65536];
    while (!over_) {
      const uint8_t* data = nullptr;
      for (ssize_t count = 0; (count = nghttp2_session_mem_send(session, &data)) > 0;) {
        if (send(fd, data, static_cast<size_t>(count), MSG_NOSIGNAL) < 0) break;
      }
      pollfd one{fd, POLLIN, 0};
      if (poll(&one, 1, 20) <= 0) continue;
      const ssize_t got = recv(fd, buffer, sizeof buffer, 0);
      if (got <= 0 || nghttp2_session_mem_recv(session, reinterpret_cast<uint8_t*>(buffer),
                                               static_cast<size_t>(got)) < 0)
        break;
    }
    nghttp2_session_del(session);
  }

  static int OnHeader(nghttp2_session*, const nghttp2_frame* frame, const uint8_t* name,
                      size_t name_length, const uint8_t* value, size_t value_length, uint8_t,
                      void* user) {
    const std::string_view key(reinterpret_cast<const char*>(name), name_length);
    if (key == ":path")
      static_cast<Line*>(user)->paths[frame->hd.stream_id] =
          std::string(reinterpret_cast<const char*>(value), value_length);
    return 0;
  }

  static int OnFrame(nghttp2_session* session, const nghttp2_frame* frame, void* user) {
    if ((frame->hd.flags & NGHTTP2_FLAG_END_STREAM) == 0) return 0;
    Answer(session, *static_cast<Line*>(user), frame->hd.stream_id);
    return 0;
  }

  static void Answer(nghttp2_session* session, Line& line, int32_t id) {
    const std::string& path = line.paths[id];
    const FakeAnswer answer = line.serve(path.substr(path.rfind('/') + 1));
    Stream& stream = line.streams[id];
    stream.status = answer.status;
    stream.body = answer.raw;
    for (const std::string& message : answer.messages) {
      stream.body.push_back('\0');
      for (int shift = 24; shift >= 0; shift -= 8)
        stream.body.push_back(static_cast<char>(message.size() >> shift));
      stream.body += message;
    }
    const nghttp2_nv head[] = {Field(":status", "200"), Field("content-type", "application/grpc")};
    nghttp2_data_provider body{};
    body.source.ptr = &stream;
    body.read_callback = OnBody;
    nghttp2_submit_response(session, id, head, 2, &body);
  }

  static nghttp2_nv Field(std::string_view name, std::string_view value) {
    return {const_cast<uint8_t*>(reinterpret_cast<const uint8_t*>(name.data())),
            const_cast<uint8_t*>(reinterpret_cast<const uint8_t*>(value.data())), name.size(),
            value.size(), NGHTTP2_NV_FLAG_NONE};
  }

  static ssize_t OnBody(nghttp2_session* session, int32_t id, uint8_t* buffer, size_t length,
                        uint32_t* flags, nghttp2_data_source* source, void*) {
    auto* stream = static_cast<Stream*>(source->ptr);
    const size_t count = std::min(length, stream->body.size() - stream->sent);
    std::memcpy(buffer, stream->body.data() + stream->sent, count);
    stream->sent += count;
    if (stream->sent == stream->body.size()) {
      *flags |= NGHTTP2_DATA_FLAG_EOF | NGHTTP2_DATA_FLAG_NO_END_STREAM;
      const std::string status = std::to_string(stream->status);
      const nghttp2_nv trailer[] = {Field("grpc-status", status),
                                    Field("grpc-message", "so it is")};
      nghttp2_submit_trailer(session, id, trailer, 2);
    }
    return static_cast<ssize_t>(count);
  }

  FakeServe serve_;
  Descriptor listener_;
  uint16_t port_ = 0;
  std::atomic<bool> over_ = false;
  std::vector<std::thread> talking_;
  std::thread thread_;
};

template <typename T>
void Put(std::string& bytes, size_t at, T value) {
  std::memcpy(bytes.data() + at, &value, sizeof value);
}

inline std::string RevisionKey(int64_t revision) {
  std::string key;
  for (int shift = 56; shift >= 0; shift -= 8) key.push_back(static_cast<char>(revision >> shift));
  return key + "_" + std::string(8, '\0');
}

/// Key, value, and whether it is a bucket.
struct FakeLeaf {
  std::string key, value;
  bool bucket = false;
};

inline std::string LeafPage(uint64_t id, const std::vector<FakeLeaf>& leaves, size_t size) {
  std::string page(size, '\0');
  Put<uint64_t>(page, 0, id);
  Put<uint16_t>(page, 8, 0x02);
  Put<uint16_t>(page, 10, static_cast<uint16_t>(leaves.size()));
  size_t at = 16 + leaves.size() * 16;
  for (size_t i = 0; i < leaves.size(); ++i) {
    const size_t element = 16 + i * 16;
    Put<uint32_t>(page, element, leaves[i].bucket ? 1 : 0);
    Put<uint32_t>(page, element + 4, static_cast<uint32_t>(at - element));
    Put<uint32_t>(page, element + 8, static_cast<uint32_t>(leaves[i].key.size()));
    Put<uint32_t>(page, element + 12, static_cast<uint32_t>(leaves[i].value.size()));
    const std::string both = leaves[i].key + leaves[i].value;
    page.replace(at, both.size(), both);
    at += both.size();
  }
  return page;
}

inline std::string MetaPage(uint64_t id, size_t size, uint64_t pages) {
  std::string page(size, '\0');
  Put<uint64_t>(page, 0, id);
  Put<uint16_t>(page, 8, 0x04);
  Put<uint32_t>(page, 16, 0xED0CDAED);
  Put<uint32_t>(page, 20, 2);
  Put<uint32_t>(page, 24, static_cast<uint32_t>(size));
  Put<uint64_t>(page, 32, 3);      // the root's page
  Put<uint64_t>(page, 56, pages);  // how many there are
  Put<uint64_t>(page, 64, 7 + id);
  uint64_t hash = 14695981039346656037u;
  for (size_t i = 16; i < 72; ++i) hash = (hash ^ static_cast<uint8_t>(page[i])) * 1099511628211u;
  Put<uint64_t>(page, 72, hash);
  return page;
}

/// A database whose last change is of `revision`; `compacted`: the mark of a compaction.
inline std::string FakeDatabase(int64_t revision, int64_t compacted = 0, size_t size = 4096) {
  std::string key_bucket(16, '\0');
  Put<uint64_t>(key_bucket, 0, 5);
  std::vector<FakeLeaf> marks;
  if (compacted != 0) marks.push_back({"finishedCompactRev", RevisionKey(compacted)});
  const std::string meta_bucket = std::string(16, '\0') + LeafPage(0, marks, 200);
  // A branch above two leaves, as larger ones have it.
  std::string branch(size, '\0');
  Put<uint64_t>(branch, 0, 5);
  Put<uint16_t>(branch, 8, 0x01);
  Put<uint16_t>(branch, 10, 2);
  for (size_t i = 0; i < 2; ++i) {
    const std::string first = RevisionKey(i == 0 ? 1 : revision - 1);
    const size_t element = 16 + i * 16;
    const size_t at = 100 + i * 32;
    Put<uint32_t>(branch, element, static_cast<uint32_t>(at - element));
    Put<uint32_t>(branch, element + 4, static_cast<uint32_t>(first.size()));
    Put<uint64_t>(branch, element + 8, 6 + i);
    branch.replace(at, first.size(), first);
  }
  return MetaPage(0, size, 8) + MetaPage(1, size, 8) + std::string(size, '\0') +
         LeafPage(3, {{"key", key_bucket, true}, {"meta", meta_bucket, true}}, size) +
         std::string(size, '\0') + branch + LeafPage(6, {{RevisionKey(1), "a"}}, size) +
         LeafPage(7, {{RevisionKey(revision - 1), "b"}, {RevisionKey(revision) + "t", ""}}, size);
}

inline std::string WithDigest(const std::string& database) {
  return database + x509::Sha256Of(database);
}

}  // namespace seawall::etcd::testing
