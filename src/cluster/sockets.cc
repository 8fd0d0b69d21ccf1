#include "cluster/sockets.h"

#include <arpa/inet.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>
#include <map>
#include <set>

#include "base/text.h"

namespace seawall::cluster {
namespace {

constexpr uint64_t kTableLimit = 16u << 20;
constexpr std::string_view kListening = "0A";

/// Service health checks and node ports of kube-proxy come and go with Services.
constexpr uint16_t kFirstNodePort = 30000, kLastNodePort = 32767;

/// /proc prints an address as words of 32 bits in the machine's own order.
std::string AddressText(std::string_view hex) {
  std::array<uint32_t, 4> words{};
  const size_t count = hex.size() / 8;
  if (hex.size() % 8 != 0 || (count != 1 && count != 4)) return "";
  for (size_t i = 0; i < count; ++i) {
    const std::string_view word = hex.substr(i * 8, 8);
    const auto [end, error] = std::from_chars(word.data(), word.data() + 8, words[i], 16);
    if (error != std::errc() || end != word.data() + 8) return "";
  }
  std::array<char, INET6_ADDRSTRLEN> text{};
  const int family = count == 1 ? AF_INET : AF_INET6;
  if (inet_ntop(family, words.data(), text.data(), text.size()) == nullptr) return "";
  const std::string_view mapped = "::ffff:";
  const std::string_view all(text.data());
  return std::string(all.starts_with(mapped) && all.find('.') != std::string_view::npos
                         ? all.substr(mapped.size())
                         : all);
}

std::optional<uint64_t> Number(std::string_view text, int base) {
  uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
  if (error != std::errc() || end != text.data() + text.size() || text.empty()) return std::nullopt;
  return value;
}

/// What one process has.
struct ProcessSockets {
  std::vector<ListeningSocket> sockets;
  std::string network;  ///< "" where it is ours
  std::string unknown;  ///< why nothing is known
};

class Reader {
 public:
  explicit Reader(const Node& node) : files_(*node.files) {
    if (auto own = files_.ReadLink("/proc/self/ns/net")) own_network_ = *own;
  }

  ProcessSockets Of(int pid) {
    ProcessSockets found;
    const std::string folder = fmt::format("/proc/{}", pid);
    const auto network = files_.ReadLink(folder + "/ns/net");
    const auto descriptors = files_.List(folder + "/fd");
    if (!network || !descriptors) {
      found.unknown = !network ? network.error().why : descriptors.error().why;
      return found;
    }
    if (*network != own_network_) found.network = folder + "/ns/net";
    std::set<uint64_t> inodes;
    for (const FolderEntry& entry : *descriptors) {
      const auto link = files_.ReadLink(fmt::format("{}/fd/{}", folder, entry.name));
      constexpr std::string_view kSocket = "socket:[";
      if (!link || !link->starts_with(kSocket) || !link->ends_with(']')) continue;
      const std::string_view digits =
          std::string_view(*link).substr(kSocket.size(), link->size() - kSocket.size() - 1);
      if (const auto inode = Number(digits, 10)) inodes.insert(*inode);
    }
    for (const ListeningSocket& socket : Table(*network, folder, found.unknown)) {
      if (inodes.contains(socket.inode)) found.sockets.push_back(socket);
    }
    return found;
  }

 private:
  const std::vector<ListeningSocket>& Table(const std::string& network, const std::string& folder,
                                            std::string& unknown) {
    const auto known = tables_.find(network);
    if (known != tables_.end()) return known->second;
    std::vector<ListeningSocket>& all = tables_[network];
    for (const char* name : {"/net/tcp", "/net/tcp6"}) {
      const auto text = files_.Read(folder + name, kTableLimit);
      if (text) {
        for (ListeningSocket& socket : ParseSocketTable(*text)) all.push_back(std::move(socket));
      } else if (text.error().code != ErrorCode::kNotFound) {
        unknown = text.error().why;
      }
    }
    return all;
  }

  const Files& files_;
  std::string own_network_;
  std::map<std::string, std::vector<ListeningSocket>> tables_;
};

bool IsWildcard(std::string_view address) { return address == "0.0.0.0" || address == "::"; }

/// Distributions run several components and a supervisor in one process.
bool HasOneProcess(const Component& component) {
  return component.run_by != RunBy::kK3s && component.run_by != RunBy::kRke2;
}

bool ComesAndGoes(const Component& component, uint16_t port) {
  return component.kind == ComponentKind::kProxy && port >= kFirstNodePort && port <= kLastNodePort;
}

/// The listener at which a socket is meant to be; nullptr when no setting implies it.
Listener* Explain(const ListeningSocket& socket, int pid, std::vector<Listener>& listeners) {
  Listener* found = nullptr;
  for (Listener& listener : listeners) {
    if (listener.port != socket.port || !listener.component->process ||
        listener.component->process->pid != pid)
      continue;
    if (listener.host == socket.address) return &listener;
    if (found == nullptr || IsWildcard(socket.address)) found = &listener;
  }
  return found;
}

}  // namespace

std::vector<ListeningSocket> ParseSocketTable(std::string_view table) {
  std::vector<ListeningSocket> all;
  for (const std::string_view line : Split(table, '\n')) {
    // sl local_address rem_address st queues timer retransmits uid timeout inode …
    const std::vector<std::string> fields = SplitWords(line);
    if (fields.size() < 10 || fields[3] != kListening) continue;
    const size_t colon = fields[1].find(':');
    if (colon == std::string::npos) continue;
    const auto port = Number(std::string_view(fields[1]).substr(colon + 1), 16);
    const auto inode = Number(fields[9], 10);
    ListeningSocket socket;
    socket.address = AddressText(std::string_view(fields[1]).substr(0, colon));
    if (socket.address.empty() || !port || *port < 1 || *port > 65535 || !inode) continue;
    socket.port = static_cast<uint16_t>(*port);
    socket.inode = *inode;
    all.push_back(std::move(socket));
  }
  return all;
}

void AddSockets(const Node& node, Listeners& listeners) {
  if (!node.live) return;
  Reader reader(node);
  std::map<int, ProcessSockets> by_pid;
  for (const Component& component : node.components) {
    if (component.process && !by_pid.contains(component.process->pid))
      by_pid.emplace(component.process->pid, reader.Of(component.process->pid));
  }
  for (Listener& listener : listeners.listeners) {
    if (!listener.component->process) continue;
    const ProcessSockets& process = by_pid.at(listener.component->process->pid);
    listener.network = process.network;
    listener.sockets_known = process.unknown.empty();
    listener.sockets_why = process.unknown;
  }
  for (const Component& component : node.components) {
    if (!component.process) continue;
    const int pid = component.process->pid;
    const ProcessSockets& process = by_pid.at(pid);
    for (const ListeningSocket& socket : process.sockets) {
      if (Listener* listener = Explain(socket, pid, listeners.listeners)) {
        if (!IsWildcard(listener->bound)) listener->bound = socket.address;
        continue;
      }
      if (!HasOneProcess(component) || ComesAndGoes(component, socket.port)) continue;
      Listener extra;
      extra.host = socket.address == "::"        ? "::1"
                   : socket.address == "0.0.0.0" ? "127.0.0.1"
                                                 : socket.address;
      extra.port = socket.port;
      extra.component = &component;
      extra.role = "unexplained";
      extra.why = fmt::format("a socket of process {}", pid);
      extra.bound = socket.address;
      extra.network = process.network;
      extra.sockets_known = true;
      listeners.listeners.push_back(std::move(extra));
    }
  }
}

}  // namespace seawall::cluster
