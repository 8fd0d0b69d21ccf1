#include "bundle/yaml_secrets.h"

#include <algorithm>
#include <map>
#include <set>

#include "base/base64.h"
#include "base/text.h"
#include "bundle/command_words.h"
#include "bundle/encryption_key.h"
#include "x509/certificate.h"

namespace seawall::bundle {
namespace {

using yaml::Kind;
using yaml::Node;
using yaml::NodeId;
using yaml::Style;

/// What is done with the scalars below a key; the strictest that reaches a node counts.
enum class Treatment : uint8_t {
  kKeep,           ///< but for the secrets within
  kCommand,        ///< words of a command line
  kPlain,          ///< only what cannot be a secret
  kData,           ///< base64 of PEM
  kEncryptionKey,  ///< base64 of a key whose qualities are judged
  kSecret,         ///< a secret
};

bool IsDataKey(std::string_view key) {
  static constexpr std::string_view kKeys[] = {"client-key-data", "client-certificate-data",
                                               "certificate-authority-data", "caBundle"};
  return std::ranges::find(kKeys, key) != std::end(kKeys);
}

/// Keys whose values are another's data altogether.
bool IsForeign(std::string_view key) {
  static constexpr std::string_view kKeys[] = {
      "data",        "stringData",    "binaryData", "staticPodURLHeader", "headers",
      "httpHeaders", "as-user-extra", "extensions", "last-applied"};
  return std::ranges::find(kKeys, key) != std::end(kKeys);
}

bool IsAnnotationToKeep(std::string_view key) {
  return key.starts_with("kubeadm.kubernetes.io/") || key.starts_with("kubernetes.io/config.") ||
         key == "component" || key == "tier" || key == "k8s-app" || key == "app" ||
         key.starts_with("seccomp.security.alpha.kubernetes.io/") ||
         key.starts_with("container.apparmor.security.beta.kubernetes.io/") ||
         key == "scheduler.alpha.kubernetes.io/critical-pod";
}

class YamlReplacer {
 public:
  YamlReplacer(const yaml::Stream& stream, Pseudonyms& pseudonyms)
      : stream_(stream), pseudonyms_(pseudonyms), text_(stream.bytes()) {}

  std::string Run() {
    for (size_t i = 0; i < stream_.documents(); ++i) {
      const yaml::Value root = stream_.root(i);
      const std::string kind = root.is_mapping() ? root["kind"].text() : "";
      encryption_ = kind == "EncryptionConfiguration" || kind == "EncryptionConfig";
      if (kind == "Secret") {
        Walk(root.id(), Treatment::kSecret);
      } else {
        Walk(root.id(), root.is_scalar() ? Treatment::kSecret : Treatment::kKeep);
      }
    }
    BlankComments();
    for (const auto& [id, treatment] : treatments_) Apply(id, treatment);
    return std::move(text_);
  }

 private:
  const Node& At(NodeId id) const { return stream_.node(id); }
  NodeId Real(NodeId id) const { return At(id).kind == Kind::kAlias ? At(id).target : id; }

  void Walk(NodeId id, Treatment treatment) {
    if (id == yaml::kNone) return;
    id = Real(id);
    if (id == yaml::kNone || !seen_.insert({id, treatment}).second) return;
    const Node& node = At(id);
    if (node.kind == Kind::kScalar) {
      const auto [at, fresh] = treatments_.emplace(id, treatment);
      if (!fresh) at->second = std::max(at->second, treatment);
    } else if (node.kind == Kind::kSequence) {
      if (treatment == Treatment::kCommand) items_.insert(id);
      for (const NodeId child : node.children) Walk(child, treatment);
    } else {
      WalkMapping(node, treatment);
    }
  }

  void WalkMapping(const Node& node, Treatment treatment) {
    std::string name;  // of "name: X, value: Y"
    for (size_t i = 0; i + 1 < node.children.size(); i += 2) {
      if (At(Real(node.children[i])).value == "name") name = At(Real(node.children[i + 1])).value;
    }
    for (size_t i = 0; i + 1 < node.children.size(); i += 2) {
      const NodeId key_id = Real(node.children[i]);
      const std::string key = At(key_id).value;
      keys_.insert(key_id);
      const NodeId value = node.children[i + 1];
      if (key == "value" && !name.empty() && treatment < Treatment::kPlain) {
        names_[Real(value)] = name;
      }
      if (KindOfFlag(key).discovery && treatment < Treatment::kPlain) names_[Real(value)] = key;
      Walk(value, TreatmentOf(key, value, treatment));
    }
  }

  Treatment TreatmentOf(const std::string& key, NodeId value, Treatment above) const {
    const bool scalar = At(Real(value)).kind == Kind::kScalar;
    const bool sequence = At(Real(value)).kind == Kind::kSequence;
    if (above == Treatment::kSecret) {
      const bool head = key == "kind" || key == "apiVersion";
      return head && scalar ? Treatment::kPlain : Treatment::kSecret;
    }
    if (IsForeign(key)) return Treatment::kSecret;
    if (IsDataKey(key)) return Treatment::kData;
    if (encryption_ && key == "secret") return Treatment::kEncryptionKey;
    if ((scalar || sequence) && NamesSecret(key) && !IsFileName(key)) {
      // "username" of authentication mappings is a claim or an expression, not a name.
      const bool mapping = key == "username" && !scalar;
      if (!mapping) return Treatment::kSecret;
    }
    if (key == "command" || key == "args") return Treatment::kCommand;
    if (key == "labels" || key == "annotations" || key == "extraArgs" ||
        key == "kubeletExtraArgs" || above == Treatment::kPlain) {
      if (above != Treatment::kPlain && key.find("xtraArgs") != std::string::npos)
        return Treatment::kKeep;
      if (IsAnnotationToKeep(key)) return Treatment::kKeep;
      return Treatment::kPlain;
    }
    if (IsKnownKey(key) || KindOfFlag(key).known) return above;
    if (IsAnnotationToKeep(key)) return above;
    const std::string added = key.ends_with('+') ? key.substr(0, key.size() - 1) : key;
    return KindOfFlag(added).known ? above : Treatment::kPlain;
  }

  static bool IsFileName(std::string_view key) {
    const std::string lower = Lower(key);
    return lower.ends_with("file") || lower.ends_with("path");
  }

  /// The bytes between the quotes, or behind a block's first line.
  Span Inner(const Node& node) const {
    Span span = node.span;
    if (node.style == Style::kSingleQuoted || node.style == Style::kDoubleQuoted) {
      if (span.end - span.begin >= 2) return {span.begin + 1, span.end - 1};
    }
    if (node.style == Style::kLiteral || node.style == Style::kFolded) {
      const size_t line = text_.find('\n', span.begin);
      return {std::min(line == std::string::npos ? span.end : line + 1, span.end), span.end};
    }
    return span;
  }

  void Apply(NodeId id, Treatment treatment) {
    const Node& node = At(id);
    const Span span = Inner(node);
    if (span.begin >= span.end) return;
    CommandWords words(text_, pseudonyms_);
    if (text_.find("-----BEGIN ", span.begin) < span.end) return HidePem(span);
    switch (treatment) {
      case Treatment::kKeep:
        return Keep(id, span, words);
      case Treatment::kCommand:
        return Argument(id, span, words);
      case Treatment::kPlain:
        if (IsHarmlessScalar(node)) return;
        return words.KeepPlain(span.begin, span.end);
      case Treatment::kData:
        return ReplaceData(node, span);
      case Treatment::kEncryptionKey:
        return ReplaceEncryptionKey(node, span);
      case Treatment::kSecret:
        if (IsBoolOrNull(node)) return;
        pseudonyms_.Note(node.value);
        return ReplaceAs(node.value, span);
    }
  }

  void Keep(NodeId id, const Span& span, CommandWords& words) {
    const auto name = names_.find(id);
    if (name == names_.end()) return words.Keep(span.begin, span.end);
    // An environment variable, or an argument of kubeadm's lists.
    const FlagKind flag = KindOfFlag(name->second);
    if (flag.known && !flag.secret && name->second.find('_') == std::string::npos)
      return words.FlagValue(flag, span.begin, span.end);
    words.Variable(name->second, span.begin, span.end);
  }

  /// Items of one list share what the flag before them wants.
  void Argument(NodeId id, const Span& span, CommandWords& words) {
    const NodeId list = At(id).parent;
    if (!items_.contains(list)) return words.Run(span.begin, span.end);
    auto [at, fresh] = lists_.try_emplace(list, text_, pseudonyms_);
    at->second.Run(span.begin, span.end);
  }

  static bool IsBoolOrNull(const Node& node) {
    if (node.style != Style::kPlain) return node.value.empty();
    const yaml::ScalarType type = yaml::Resolve(node.value);
    return type == yaml::ScalarType::kBool || type == yaml::ScalarType::kNull;
  }

  static bool IsHarmlessScalar(const Node& node) { return IsBoolOrNull(node); }

  void ReplaceAs(const std::string& secret, const Span& span) {
    const size_t length = span.end - span.begin;
    const bool number = std::ranges::all_of(secret, [](char c) { return c >= '0' && c <= '9'; });
    const std::string other =
        number ? pseudonyms_.Digits(secret, length) : pseudonyms_.Letters(secret, length);
    size_t next = 0;
    for (size_t i = span.begin; i < span.end; ++i) {
      const char c = text_[i];
      if (c != ' ' && c != '\t' && c != '\n' && c != '\r') text_[i] = other[next++];
    }
    pseudonyms_.Count();
  }

  void HidePem(const Span& span) {
    const std::string raw = text_.substr(span.begin, span.end - span.begin);
    text_.replace(span.begin, raw.size(), x509::HideKeys(raw));
    pseudonyms_.Count();
  }

  void ReplaceData(const Node& node, const Span& span) {
    auto pem = DecodeBase64(node.value);
    if (!pem) return ReplaceDigits(node.value, span);
    if (pem->find("-----BEGIN ") == std::string::npos) {
      LayOver(text_, span.begin, span.end, EncodeBase64(pseudonyms_.Letters(*pem, pem->size())));
      pseudonyms_.Count();
    } else {
      const std::string hidden = x509::HideKeys(*pem);
      if (hidden != *pem) pseudonyms_.Count();
      LayOver(text_, span.begin, span.end, EncodeBase64(hidden));
    }
    x509::Wipe(*pem);
  }

  /// What is no base64 stays none: only its digits change.
  void ReplaceDigits(const std::string& secret, const Span& span) {
    pseudonyms_.Note(secret);
    const std::string other = pseudonyms_.Letters(secret, span.end - span.begin);
    size_t next = 0;
    for (size_t i = span.begin; i < span.end; ++i) {
      const char c = text_[i];
      const bool digit = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
      if (digit) text_[i] = other[next++];
    }
    pseudonyms_.Count();
  }

  void ReplaceEncryptionKey(const Node& node, const Span& span) {
    auto key = DecodeBase64(node.value);
    if (!key) return ReplaceDigits(node.value, span);
    pseudonyms_.Note(node.value);
    if (key->size() >= 8) pseudonyms_.Note(*key);
    LayOver(text_, span.begin, span.end, EncodeBase64(LikeEncryptionKey(*key, pseudonyms_)));
    pseudonyms_.Count();
    x509::Wipe(*key);
  }

  /// Comments are what begins with # outside of scalars, and in the first line of a block scalar.
  void BlankComments() {
    std::vector<bool> covered(text_.size() + 1);
    for (NodeId id = 0; id < stream_.size(); ++id) {
      const Node& node = At(id);
      if (node.kind != Kind::kScalar) continue;
      const Span span = Inner(node);
      const size_t end = std::min(std::max(span.end, node.span.end), text_.size());
      for (size_t i = span.begin; i < end; ++i) covered[i] = true;
    }
    for (size_t i = 0; i < text_.size(); ++i) {
      if (text_[i] != '#' || covered[i]) continue;
      for (++i; i < text_.size() && text_[i] != '\n' && text_[i] != '\r'; ++i) {
        if (text_[i] != ' ' && text_[i] != '\t') text_[i] = '.';
      }
    }
  }

  const yaml::Stream& stream_;
  Pseudonyms& pseudonyms_;
  std::string text_;
  bool encryption_ = false;
  std::set<std::pair<NodeId, Treatment>> seen_;
  std::map<NodeId, Treatment> treatments_;
  std::map<NodeId, std::string> names_;
  std::map<NodeId, CommandWords> lists_;
  std::set<NodeId> items_;
  std::set<NodeId> keys_;
};

}  // namespace

void LayOver(std::string& text, size_t from, size_t to, const std::string& digits) {
  size_t next = 0;
  for (size_t i = from; i < to && next < digits.size(); ++i) {
    const char c = text[i];
    const bool digit = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       c == '+' || c == '/' || c == '=';
    // "\n" of JSON is no digit.
    if (c == '\\' && i + 1 < to) {
      ++i;
    } else if (digit) {
      text[i] = digits[next++];
    }
  }
}

std::string WithoutSecrets(const yaml::Stream& stream, Pseudonyms& pseudonyms) {
  return YamlReplacer(stream, pseudonyms).Run();
}

}  // namespace seawall::bundle
