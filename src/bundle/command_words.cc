#include "bundle/command_words.h"

#include <algorithm>

#include "base/discovery_url.h"
#include "base/text.h"

namespace seawall::bundle {
namespace {

constexpr std::string_view kBlank{" \t\r\n\0", 5};
constexpr std::string_view kOperators = ";|&()<>`";

bool IsBlank(char c) { return kBlank.find(c) != std::string_view::npos; }
bool IsOperator(char c) { return kOperators.find(c) != std::string_view::npos; }
bool IsQuote(char c) { return c == '"' || c == '\''; }
bool IsName(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
  });
}

/// Variables whose values an audit may say, and which hold no secret of their own.
constexpr std::string_view kHarmless[] = {
    "PATH",        "HOME",       "USER",      "LOGNAME",       "SHELL",
    "LANG",        "LC_ALL",     "TZ",        "TERM",          "PWD",
    "GODEBUG",     "GOMAXPROCS", "GOGC",      "GOMEMLIMIT",    "GOTRACEBACK",
    "GOFIPS",      "KUBECONFIG", "NODE_NAME", "NODE_IP",       "HOSTNAME",
    "POD_IP",      "HOST_IP",    "POD_NAME",  "POD_NAMESPACE", "ETCD_UNSUPPORTED_ARCH",
    "KUBE_CONFIG", "IFS",        "container", "NOTIFY_SOCKET", "DAEMON"};

}  // namespace

void CommandWords::Replace(size_t from, size_t to, bool known) {
  pseudonyms_.Replace(text_, from, to, known);
}

void CommandWords::Keep(size_t from, size_t to) {
  const std::string value = text_.substr(from, to - from);
  for (const Span& span : SecretsWithin(value)) Replace(from + span.begin, from + span.end, true);
}

void CommandWords::KeepPlain(size_t from, size_t to) {
  const std::string_view value = std::string_view(text_).substr(from, to - from);
  if (IsPlain(value)) return;
  const bool random = LooksRandom(value) || !SecretsWithin(value).empty();
  if (value.find("://") != std::string_view::npos) return Keep(from, to);
  Replace(from, to, random);
}

void CommandWords::FlagValue(const FlagKind& flag, size_t from, size_t to) {
  const std::string_view value = std::string_view(text_).substr(from, to - from);
  if (value.empty() || value == "true" || value == "false") return;
  if (flag.secret) {
    if (!value.starts_with('$') || !IsPlain(value)) Replace(from, to, true);
  } else if (flag.known || flag.discovery) {
    const auto secret = flag.discovery ? SecretOfDiscovery(value) : std::nullopt;
    Keep(from, secret ? from + secret->begin : to);
    if (secret) Replace(from + secret->begin, from + secret->end, true);
    if (secret) Keep(from + secret->end, to);
  } else {
    KeepPlain(from, to);
  }
}

void CommandWords::Variable(std::string_view name, size_t from, size_t to) {
  if (from >= to) return;
  const std::string upper_name(name);
  if (upper_name.starts_with("ETCD_")) {
    std::string flag = Lower(upper_name.substr(5));
    std::ranges::replace(flag, '_', '-');
    if (const FlagKind kind = KindOfFlag(flag); kind.known) return FlagValue(kind, from, to);
  }
  if (NamesSecret(name)) {
    FlagKind kind;
    kind.secret = true;
    return FlagValue(kind, from, to);
  }
  if (std::ranges::find(kHarmless, name) != std::end(kHarmless)) return Keep(from, to);
  if (upper_name.starts_with("K3S_") || upper_name.starts_with("RKE2_")) {
    std::string flag = Lower(upper_name.substr(upper_name.find('_') + 1));
    std::ranges::replace(flag, '_', '-');
    if (const FlagKind kind = KindOfFlag(flag); kind.known) return FlagValue(kind, from, to);
  }
  // A value may hold flags: KUBELET_EXTRA_ARGS.
  CommandWords(text_, pseudonyms_).Run(from, to);
}

bool CommandWords::Assignment(size_t from, size_t to) {
  const std::string_view word = std::string_view(text_).substr(from, to - from);
  const size_t equals = word.find('=');
  if (equals == std::string_view::npos) return false;
  std::string_view name = word.substr(0, equals);
  if (name.ends_with('+')) name.remove_suffix(1);
  if (!IsName(name)) return false;
  Variable(std::string(name), from + equals + 1, to);
  return true;
}

void CommandWords::FlagWord(size_t from, size_t to) {
  const std::string word = text_.substr(from, to - from);
  const size_t dashes = word.find_first_not_of('-');
  if (dashes == std::string::npos) return;
  const size_t equals = word.find('=');
  const std::string name =
      word.substr(dashes, equals == std::string::npos ? equals : equals - dashes);
  const FlagKind flag = KindOfFlag(name);
  if (equals != std::string::npos) {
    if (!flag.known && !flag.secret && LooksRandom(name)) return Replace(from, to, true);
    return FlagValue(flag, from + equals + 1, to);
  }
  // "-pPASSWORD": a letter with its value; "-euo" are letters only.
  const bool letters = name.size() <= 4 && std::ranges::all_of(name, [](char c) {
                         return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
                       });
  if (dashes == 1 && name.size() > 1 && !letters && !flag.known) {
    return IsPlain(name.substr(1)) ? void() : Replace(from + 2, to, true);
  }
  if (!flag.known && LooksRandom(name)) return Replace(from, to, true);
  pending_ = flag;
  has_pending_ = !flag.takes_no_value;
}

void CommandWords::Word(size_t from, size_t to) {
  if (from >= to) return;
  const std::string_view word = std::string_view(text_).substr(from, to - from);
  if (word.size() > 1 && word[0] == '-' && !word.starts_with("-/")) {
    has_pending_ = false;
    return FlagWord(from, to);
  }
  if (has_pending_) {
    has_pending_ = false;
    return FlagValue(pending_, from, to);
  }
  if (!Assignment(from, to)) KeepPlain(from, to);
}

/// The text from a quote to its end; what lies between is one value, or a command line again.
size_t CommandWords::Quoted(size_t at, size_t to) {
  const char quote = text_[at];
  size_t end = at + 1;
  while (end < to && text_[end] != quote) end += text_[end] == '\\' && quote == '"' ? 2 : 1;
  end = std::min(end, to);
  const bool pending = has_pending_ && pending_.secret;
  const std::string_view inner = std::string_view(text_).substr(at + 1, end - at - 1);
  if (pending || inner.find_first_of(kBlank) == std::string_view::npos) {
    Word(at + 1, end);
  } else if (!Assignment(at + 1, end)) {
    CommandWords(text_, pseudonyms_).Run(at + 1, end);
  }
  return std::min(end + 1, to);
}

void CommandWords::Run(size_t from, size_t to) {
  to = std::min(to, text_.size());
  for (size_t at = from; at < to;) {
    const char c = text_[at];
    if (IsBlank(c) || (c == '\\' && (at + 1 == to || IsBlank(text_[at + 1])))) {
      ++at;
    } else if (IsQuote(c)) {
      at = Quoted(at, to);
    } else if (IsOperator(c)) {
      has_pending_ = false;
      ++at;
    } else if (c == '#' && (at == from || IsBlank(text_[at - 1]))) {
      const size_t end = std::min(text_.find('\n', at), to);
      for (size_t i = at + 1; i < end; ++i) {
        if (!IsBlank(text_[i])) text_[i] = '.';
      }
      at = end;
    } else {
      size_t end = at;
      while (end < to && !IsBlank(text_[end]) && !IsQuote(text_[end]) &&
             (!IsOperator(text_[end]) || (end > at && text_[end - 1] == '$') ||
              (text_[end] == ')' && text_.substr(at, end - at).find("$(") != std::string::npos))) {
        ++end;
      }
      // NAME="value", --flag="value": the quoted text is the value.
      const bool value = end < to && IsQuote(text_[end]) && text_[end - 1] == '=';
      if (!value) {
        Word(at, end);
        at = end;
        continue;
      }
      const char quote = text_[end];
      size_t stop = end + 1;
      while (stop < to && text_[stop] != quote) stop += text_[stop] == '\\' && quote == '"' ? 2 : 1;
      stop = std::min(stop, to);
      const std::string_view word = std::string_view(text_).substr(at, end - 1 - at);
      const size_t dashes = word.find_first_not_of('-');
      if (dashes != 0 && dashes != std::string_view::npos) {
        FlagValue(KindOfFlag(word.substr(dashes)), end + 1, stop);
      } else {
        Variable(std::string(word), end + 1, stop);
      }
      has_pending_ = false;
      at = std::min(stop + 1, to);
    }
  }
}

}  // namespace seawall::bundle
