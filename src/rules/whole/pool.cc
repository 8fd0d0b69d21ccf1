#include "rules/whole/pool.h"

#include <functional>

namespace seawall::rules::whole {
namespace {

/// Several hashes as one.
class Mixed {
 public:
  Mixed& Add(std::string_view text) { return Add(std::hash<std::string_view>()(text)); }
  Mixed& Add(size_t hash) {
    sum_ ^= hash + 0x9e3779b97f4a7c15 + (sum_ << 6) + (sum_ >> 2);
    return *this;
  }
  size_t sum() const { return sum_; }

 private:
  size_t sum_ = 0;
};

/// In place of `thing` the first one that was equal to it.
template <typename T, typename Known>
void Replace(std::shared_ptr<T>& thing, Known& known) {
  thing = *known.insert(thing).first;
}

}  // namespace

size_t Pool::Hash::operator()(const x509::Certificate& certificate) const {
  return Mixed().Add(certificate.fingerprint_sha256).Add(certificate.line).sum();
}

size_t Pool::Hash::operator()(const Chain& chain) const {
  Mixed mixed;
  mixed.Add(chain.setting).Add(chain.place.file).Add(chain.why);
  for (const CertificatePtr& certificate : chain.certificates)
    mixed.Add(std::hash<CertificatePtr>()(certificate));
  return mixed.sum();
}

size_t Pool::Hash::operator()(const Fact& fact) const {
  return Mixed()
      .Add(fact.setting)
      .Add(fact.same)
      .Add(fact.value)
      .Add(fact.place.file)
      .Add(fact.place.line)
      .Add(fact.why)
      .sum();
}

/// Of what is shared already: where it lies tells which it is.
template <typename T>
size_t Pool::Hash::operator()(const std::vector<std::pair<std::string_view, T>>& all) const {
  Mixed mixed;
  for (const auto& [topic, thing] : all) mixed.Add(topic).Add(std::hash<T>()(thing));
  return mixed.sum();
}

bool Pool::Equal::Same(const x509::Certificate& a, const x509::Certificate& b) {
  return a.fingerprint_sha256 == b.fingerprint_sha256 && a.line == b.line;
}

void Pool::ShareCertificates(std::shared_ptr<const Chain>& chain) {
  if (chain->certificates.empty()) return;
  Chain shared = *chain;
  for (CertificatePtr& certificate : shared.certificates) Replace(certificate, certificates_);
  chain = std::make_shared<const Chain>(std::move(shared));
}

void Pool::Share(NodeFacts& node) {
  for (ComponentFacts& component : node.components) {
    for (auto& [topic, fact] : *component.facts.all_) Replace(fact, facts_);
    for (auto& [topic, chain] : *component.chains.all_) {
      ShareCertificates(chain);
      Replace(chain, chains_);
    }
    Replace(component.facts.all_, facts_of_components_);
    Replace(component.chains.all_, chains_of_components_);
  }
}

}  // namespace seawall::rules::whole
