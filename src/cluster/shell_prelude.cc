#include "cluster/shell_prelude.h"

#include <algorithm>

namespace seawall::cluster {
namespace {

constexpr std::string_view kBlank = " \t\n";
constexpr int kMostCommands = 16;

constexpr std::string_view kHarmless[] = {"mkfifo"};
/// They copy the pipe somewhere, in the background.
constexpr std::string_view kCopiers[] = {"tee", "cat"};

/// Words that mean themselves: no quotes, expansions, patterns.
bool IsPlain(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
         std::string_view(" \t/._-:+,=").find(c) != std::string_view::npos;
}

bool BeginsWithOneOf(std::string_view command, auto& names) {
  const size_t end = command.find_first_of(kBlank);
  return end != std::string_view::npos &&
         std::ranges::find(names, command.substr(0, end)) != std::end(names);
}

std::string_view Trimmed(std::string_view text) {
  const size_t begin = text.find_first_not_of(kBlank);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(kBlank) + 1 - begin);
}

/// `(tee -a FILE < PIPE & )` at the beginning of `text`: its length, else 0.
size_t BackgroundCopy(std::string_view text) {
  if (!text.starts_with('(')) return 0;
  const size_t end = text.find(')');
  if (end == std::string_view::npos) return 0;
  std::string_view inside = Trimmed(text.substr(1, end - 1));
  if (!inside.ends_with('&') || inside.ends_with("&&")) return 0;
  inside = Trimmed(inside.substr(0, inside.size() - 1));
  const auto fits = [](char c) { return IsPlain(c) || c == '<' || c == '>'; };
  const bool plain = BeginsWithOneOf(inside, kCopiers) && std::ranges::all_of(inside, fits) &&
                     inside.find("<<") == std::string_view::npos;
  return plain ? end + 1 : 0;
}

/// One harmless command at the beginning of `text`, without what separates it: its length, else 0.
size_t Harmless(std::string_view text) {
  if (const size_t copy = BackgroundCopy(text); copy != 0) return copy;
  if (!BeginsWithOneOf(text, kHarmless)) return 0;
  return static_cast<size_t>(std::ranges::find_if_not(text, IsPlain) - text.begin());
}

/// `;`, a new line or `&&`: the length of what separates two commands, else 0.
size_t Separator(std::string_view text) {
  if (text.starts_with("&&")) return 2;
  return text.starts_with(';') || text.starts_with('\n') ? 1 : 0;
}

size_t SkipBlank(std::string_view line, size_t at, std::string_view blank) {
  const size_t next = line.find_first_not_of(blank, at);
  return next == std::string_view::npos ? line.size() : next;
}

}  // namespace

size_t AfterPrelude(std::string_view line) {
  size_t at = 0;
  for (int i = 0; i < kMostCommands; ++i) {
    const size_t begin = SkipBlank(line, at, kBlank);
    const size_t length = Harmless(line.substr(begin));
    if (length == 0) return at;
    const size_t end = SkipBlank(line, begin + length, " \t");
    const size_t separator = Separator(line.substr(end));
    if (separator == 0) return at;
    at = end + separator;
  }
  return at;
}

}  // namespace seawall::cluster
