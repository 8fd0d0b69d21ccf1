#include "harden_forms.h"

#include <gtest/gtest.h>

#include <sstream>

#include "yaml/document.h"

namespace seawall::test {
namespace {

constexpr const char* kCommand = "  - command:\n";
constexpr const char* kItem = "    - ";

Text Quoted(const Text& text) {
  Text out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + "\"";
}

void AddJson(yaml::Value value, const Text& indent, bool pretty, Text& out) {
  const Text line = pretty ? "\n" + indent + "  " : "";
  Text between;
  const auto next = [&] {
    out += between + line;
    between = pretty ? "," : ", ";
  };
  if (value.is_mapping()) {
    out += '{';
    for (const auto& [key, below, merged] : value.Pairs()) {
      next();
      out += Quoted(key.text()) + ": ";
      AddJson(below, indent + "  ", pretty, out);
    }
  } else if (value.is_sequence()) {
    out += '[';
    for (const yaml::Value item : value.Items()) {
      next();
      AddJson(item, indent + "  ", pretty, out);
    }
  } else {
    out += value.type() == yaml::ScalarType::kString ? Quoted(value.text()) : value.text();
    return;
  }
  if (pretty && !between.empty()) out += "\n" + indent;
  out += value.is_mapping() ? '}' : ']';
}

}  // namespace

Text ReplaceAll(Text text, const Text& what, const Text& with) {
  EXPECT_NE(text.find(what), Text::npos) << what << " does not stand in\n" << text;
  for (size_t at = text.find(what); at != Text::npos; at = text.find(what, at + with.size()))
    text.replace(at, what.size(), with);
  return text;
}

Text EachArgument(const Text& manifest, const std::function<Text(const Text&)>& write) {
  std::istringstream lines(manifest);
  Text out;
  for (Text line; std::getline(lines, line);)
    out += line.starts_with("    - -") ? write(line.substr(6)) : line + "\n";
  return out;
}

Text Command(const Text& manifest, const std::function<Text(const std::vector<Text>&)>& write) {
  const size_t begin = manifest.find(kCommand);
  EXPECT_NE(begin, Text::npos) << manifest;
  size_t at = begin + std::string_view(kCommand).size();
  std::vector<Text> words;
  while (manifest.compare(at, 6, kItem) == 0) {
    const size_t feed = manifest.find('\n', at);
    words.push_back(manifest.substr(at + 6, feed - at - 6));
    at = feed + 1;
  }
  return manifest.substr(0, begin) + write(words) + manifest.substr(at);
}

Text AsJson(const Text& yaml, bool pretty) {
  const auto stream = yaml::Parse("form", yaml);
  EXPECT_TRUE(stream.has_value()) << yaml;
  Text out;
  if (stream) AddJson(stream->root(0), "", pretty, out);
  return pretty ? out + "\n" : out;
}

Text Crlf(const Text& text) { return ReplaceAll(text, "\n", "\r\n"); }

Text Chomp(const Text& text) { return text.substr(0, text.find_last_not_of('\n') + 1); }

}  // namespace seawall::test
