#include "rules/pattern.h"

#include <fmt/format.h>

namespace seawall::rules {

/// Thompson's construction, from the end: each part is compiled with what follows it known.
class PatternCompiler {
 public:
  PatternCompiler(std::string_view text, Pattern& out) : text_(text), out_(out) {}

  std::string Run() {
    if (text_.size() > Pattern::kMostBytes)
      return fmt::format("it is longer than {} bytes", Pattern::kMostBytes);
    if (text_.starts_with('^')) text_.remove_prefix(1);
    if (text_.ends_with('$') && !text_.ends_with("\\$")) text_.remove_suffix(1);
    const Node tree = Alternatives(0);
    if (why_.empty() && at_ < text_.size()) why_ = "a ) too many";
    if (!why_.empty()) return why_;
    const uint32_t end = Emit({});
    out_.start_ = Build(tree, end);
    return "";
  }

 private:
  struct Node {
    enum class Kind : uint8_t { kNothing, kSet, kSequence, kEither, kStar, kPlus, kMaybe };
    Kind kind = Kind::kNothing;
    uint32_t set = 0;
    std::vector<Node> parts{};  // NOLINT(readability-redundant-member-init)
  };
  static constexpr int kDepth = 32;

  Node Alternatives(int depth) {
    Node either{Node::Kind::kEither};
    if (depth > kDepth) {
      why_ = "its parentheses are nested too deeply";
      return either;
    }
    either.parts.push_back(Sequence(depth));
    while (why_.empty() && at_ < text_.size() && text_[at_] == '|') {
      ++at_;
      either.parts.push_back(Sequence(depth));
    }
    return either;
  }

  Node Sequence(int depth) {
    Node sequence{Node::Kind::kSequence};
    while (why_.empty() && at_ < text_.size() && text_[at_] != '|' && text_[at_] != ')') {
      Node atom = Atom(depth);
      if (why_.empty() && at_ < text_.size() &&
          std::string_view("*+?").find(text_[at_]) != std::string_view::npos) {
        const char sign = text_[at_++];
        Node repeated{sign == '*'   ? Node::Kind::kStar
                      : sign == '+' ? Node::Kind::kPlus
                                    : Node::Kind::kMaybe};
        repeated.parts.push_back(std::move(atom));
        atom = std::move(repeated);
      }
      sequence.parts.push_back(std::move(atom));
    }
    return sequence;
  }

  Node Atom(int depth) {
    const char c = text_[at_++];
    Pattern::Set set;
    switch (c) {
      case '(': {
        Node inner = Alternatives(depth + 1);
        if (why_.empty() && (at_ >= text_.size() || text_[at_] != ')')) why_ = "a ( is not closed";
        ++at_;
        return inner;
      }
      case '[':
        return SetNode(Class());
      case '.':
        return SetNode(set.set());
      case '\\':
        if (at_ >= text_.size()) {
          why_ = "it ends with a backslash";
          return {};
        }
        return SetNode(Escape(text_[at_++]));
      case '*':
      case '+':
      case '?':
        why_ = fmt::format("nothing stands before {}", c);
        return {};
      case '{':
      case '}':
      case '^':
      case '$':
        why_ = fmt::format("{} is not known here; write \\{} for the character itself", c, c);
        return {};
      default:
        return SetNode(set.set(static_cast<unsigned char>(c)));
    }
  }

  Pattern::Set Escape(char c) {
    Pattern::Set set;
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    if (c == 'd') {
      for (char d = '0'; d <= '9'; ++d) set.set(static_cast<unsigned char>(d));
    } else if (letter) {
      why_ = fmt::format("\\{} is not known", c);
    } else {
      set.set(static_cast<unsigned char>(c));
    }
    return set;
  }

  Pattern::Set Class() {
    Pattern::Set set;
    const bool other = at_ < text_.size() && text_[at_] == '^';
    if (other) ++at_;
    bool first = true;
    while (at_ < text_.size() && (text_[at_] != ']' || first)) {
      first = false;
      const auto from = static_cast<unsigned char>(text_[at_++]);
      if (from == '\\' && at_ < text_.size()) {
        set |= Escape(text_[at_++]);
        continue;
      }
      auto to = from;
      if (at_ + 1 < text_.size() && text_[at_] == '-' && text_[at_ + 1] != ']') {
        to = static_cast<unsigned char>(text_[at_ + 1]);
        at_ += 2;
      }
      if (to < from) why_ = "a range in [ ] goes backwards";
      for (unsigned c = from; c <= to; ++c) set.set(c);
    }
    if (at_ >= text_.size()) why_ = "a [ is not closed";
    ++at_;
    return other ? ~set : set;
  }

  Node SetNode(const Pattern::Set& set) {
    out_.sets_.push_back(set);
    return {Node::Kind::kSet, static_cast<uint32_t>(out_.sets_.size() - 1)};
  }

  uint32_t Emit(Pattern::Step step) {
    out_.steps_.push_back(step);
    return static_cast<uint32_t>(out_.steps_.size() - 1);
  }

  /// The step at which `node` begins, when `next` follows it.
  uint32_t Build(const Node& node, uint32_t next) {
    using Kind = Pattern::Step::Kind;
    switch (node.kind) {
      case Node::Kind::kNothing:
        return next;
      case Node::Kind::kSet:
        return Emit({Kind::kSet, node.set, next, 0});
      case Node::Kind::kSequence:
        for (size_t i = node.parts.size(); i-- > 0;) next = Build(node.parts[i], next);
        return next;
      case Node::Kind::kEither: {
        uint32_t begin = Build(node.parts.back(), next);
        for (size_t i = node.parts.size() - 1; i-- > 0;) {
          const uint32_t own = Build(node.parts[i], next);
          begin = Emit({Kind::kSplit, 0, own, begin});
        }
        return begin;
      }
      case Node::Kind::kMaybe: {
        const uint32_t own = Build(node.parts[0], next);
        return Emit({Kind::kSplit, 0, own, next});
      }
      case Node::Kind::kStar:
      case Node::Kind::kPlus: {
        const uint32_t split = Emit({Kind::kSplit, 0, next, next});
        const uint32_t own = Build(node.parts[0], split);
        out_.steps_[split].next = own;
        return node.kind == Node::Kind::kPlus ? own : split;
      }
    }
    return next;
  }

  std::string_view text_;
  Pattern& out_;
  size_t at_ = 0;
  std::string why_;
};

std::string Pattern::Compile(std::string_view expression, Pattern& out) {
  out = {};
  return PatternCompiler(expression, out).Run();
}

void Pattern::Follow(uint32_t step, std::vector<uint32_t>& list, std::vector<bool>& there) const {
  std::vector<uint32_t> open = {step};
  while (!open.empty()) {
    const uint32_t at = open.back();
    open.pop_back();
    if (there[at]) continue;
    there[at] = true;
    if (steps_[at].kind == Step::Kind::kSplit) {
      open.push_back(steps_[at].other);
      open.push_back(steps_[at].next);
    } else {
      list.push_back(at);
    }
  }
}

bool Pattern::Matches(std::string_view text) const {
  if (steps_.empty()) return false;
  std::vector<uint32_t> now;
  std::vector<bool> there(steps_.size());
  Follow(start_, now, there);
  for (const char c : text) {
    std::vector<uint32_t> then;
    there.assign(steps_.size(), false);
    for (const uint32_t at : now) {
      const Step& step = steps_[at];
      if (step.kind == Step::Kind::kSet && sets_[step.set].test(static_cast<unsigned char>(c)))
        Follow(step.next, then, there);
    }
    now = std::move(then);
    if (now.empty()) return false;
  }
  for (const uint32_t at : now) {
    if (steps_[at].kind == Step::Kind::kMatch) return true;
  }
  return false;
}

}  // namespace seawall::rules
