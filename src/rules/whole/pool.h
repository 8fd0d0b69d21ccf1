// What many nodes say alike, kept once: a CA stands on every node, and of a hundred settings most
// are everywhere the same.
#pragma once

#include <memory>
#include <unordered_set>

#include "rules/whole/facts.h"

namespace seawall::rules::whole {

/// Not thread-safe.
class Pool {
 public:
  /// Puts in place of what `node` says what an earlier one said, where the two are equal.
  void Share(NodeFacts& node);

 private:
  struct Hash {
    size_t operator()(const x509::Certificate& certificate) const;
    size_t operator()(const Chain& chain) const;
    size_t operator()(const Fact& fact) const;
    template <typename T>
    size_t operator()(const std::vector<std::pair<std::string_view, T>>& all) const;
    template <typename T>
    size_t operator()(const std::shared_ptr<T>& thing) const {
      return (*this)(*thing);
    }
  };
  struct Equal {
    template <typename T>
    bool operator()(const std::shared_ptr<T>& a, const std::shared_ptr<T>& b) const {
      return Same(*a, *b);
    }
    static bool Same(const x509::Certificate& a, const x509::Certificate& b);
    template <typename T>
    static bool Same(const T& a, const T& b) {
      return a == b;
    }
  };
  template <typename T>
  using Known = std::unordered_set<std::shared_ptr<T>, Hash, Equal>;

  void ShareCertificates(std::shared_ptr<const Chain>& chain);

  Known<const x509::Certificate> certificates_;
  Known<const Chain> chains_;
  Known<const Fact> facts_;
  Known<ByTopic<Chain>::All> chains_of_components_;
  Known<ByTopic<Fact>::All> facts_of_components_;
};

}  // namespace seawall::rules::whole
