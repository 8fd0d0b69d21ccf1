// What is kept of a node when a whole cluster is judged: small facts that can be compared with
// those of other nodes. The node itself is gone by then, and what nodes say alike is kept once
// (pool.h), so that memory grows only by what differs.
#pragma once

#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/place.h"
#include "cluster/component.h"
#include "rules/finding.h"
#include "rules/pki_inventory.h"
#include "x509/certificate.h"

namespace seawall::rules::whole {

/// One setting, or what a file behind it says.
struct Fact {
  enum class State : uint8_t {
    kKnown,
    kAbsent,   ///< this version has no such setting: nothing to compare
    kUnknown,  ///< `why` and `how`
  };
  State state = State::kUnknown;
  std::string setting;  ///< for people: "--tls-min-version"
  std::string value;    ///< for people; never made of a secret
  std::string same;     ///< equal exactly when the facts are; may be made of secrets, never shown
  /// Facts of secrets can be compared only where this is equal: a bundle's are replaced.
  std::string secrets_key;
  std::vector<std::string> items;  ///< of a list, in order
  std::string origin;
  Place place;
  std::string why, how;

  bool operator==(const Fact&) const = default;
};

using CertificatePtr = std::shared_ptr<const x509::Certificate>;

/// The certificates behind one setting, in order.
struct Chain {
  enum class State : uint8_t { kKnown, kNone, kUnknown };
  State state = State::kUnknown;
  std::string setting;
  Place place;
  bool in_kubeconfig = false;  ///< the certificates' own lines mean nothing
  std::vector<CertificatePtr> certificates;
  std::string why, how;

  /// Certificates are the same only where they are one object.
  bool operator==(const Chain&) const = default;
};

/// Facts or chains of one component. A topic is a literal of the code: nobody keeps its bytes.
template <typename T>
class ByTopic {
 public:
  using Entry = std::pair<std::string_view, std::shared_ptr<const T>>;
  using All = std::vector<Entry>;

  void Set(std::string_view topic, T value) {
    if (all_.use_count() > 1) all_ = std::make_shared<All>(*all_);
    auto kept = std::make_shared<const T>(std::move(value));
    const auto found = std::ranges::find(*all_, topic, &Entry::first);
    if (found == all_->end()) {
      all_->emplace_back(topic, std::move(kept));
    } else {
      found->second = std::move(kept);
    }
  }
  /// nullptr when nothing is said of it.
  const T* Find(std::string_view topic) const {
    const auto found = std::ranges::find(*all_, topic, &Entry::first);
    return found == all_->end() ? nullptr : found->second.get();
  }
  const All& all() const { return *all_; }

 private:
  friend class Pool;
  std::shared_ptr<All> all_ = std::make_shared<All>();  ///< what is shared is never written to
};

struct ComponentFacts {
  cluster::ComponentKind kind = cluster::ComponentKind::kApiServer;
  std::string instance;
  std::optional<cluster::Version> version;
  Place where;
  ByTopic<Fact> facts;    ///< by a setting's name, or a word of facts_apiserver.cc
  ByTopic<Chain> chains;  ///< by setting, and "client", "client-ca", "serving"

  const Fact* Find(std::string_view topic) const { return facts.Find(topic); }
  const Chain* FindChain(std::string_view topic) const { return chains.Find(topic); }
};

/// A private key that lies on a node.
struct KeyFile {
  std::string public_key_sha256;
  std::string path;
};

struct NodeFacts {
  std::string name;
  bool by_api = false;                ///< nobody gave its files: only the API tells of it
  std::set<std::string> also_called;  ///< names by which the API or etcd may know it
  std::vector<ComponentFacts> components;
  std::vector<KeyFile> keys;  ///< of a node that signs nothing: elsewhere any may lie
  std::vector<FileGap> key_gaps;
  /// Kinds that may be on the node although none was found, with the reason.
  std::map<cluster::ComponentKind, Error> may_hide;

  /// An API server, a controller manager or etcd runs here.
  bool Signs() const {
    return Has(cluster::ComponentKind::kApiServer) ||
           Has(cluster::ComponentKind::kControllerManager) || Has(cluster::ComponentKind::kEtcd);
  }
  bool Has(cluster::ComponentKind kind) const {
    for (const ComponentFacts& component : components) {
      if (component.kind == kind) return true;
    }
    return false;
  }
};

/// Of a machine; configuration of `-f` is none. `inventory` is the node's. `secrets_key`: of a
/// bundle, whose secrets are replaced by others that are equal only to those which the same key
/// made.
NodeFacts FactsOf(const cluster::Node& node, const Inventory& inventory,
                  const std::string& secrets_key = "");

// ---- parts of FactsOf

/// What `component` says for `setting`; a set: the order of its elements does not matter.
enum class Order : uint8_t { kMatters, kDoesNotMatter };
Fact SettingFact(const cluster::Component& component, std::string_view setting,
                 Order order = Order::kMatters);
Fact UnknownFact(std::string setting, std::string why, std::string how);
Chain SettingChain(const cluster::Node& node, const cluster::Component& component,
                   std::string_view setting);
/// The certificates as a fact: which they are, whatever their order.
Fact FactOf(const Chain& chain);

void AddApiServerFacts(const cluster::Node& node, const cluster::Component& server,
                       const std::string& secrets_key, ComponentFacts& facts);

}  // namespace seawall::rules::whole
