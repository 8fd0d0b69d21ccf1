// The public suites, read where SEAWALL_CORPORA names the folder that holds them; built
// where CMake's SEAWALL_CORPORA is given.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "base/text.h"
#include "yaml/document.h"

namespace seawall::yaml {
namespace {

namespace fs = std::filesystem;

std::string Load(const fs::path& path) {
  std::ostringstream text;
  text << std::ifstream(path, std::ios::binary).rdbuf();
  return std::move(text).str();
}

std::vector<fs::path> FilesOf(const std::string& folder) {
  const char* corpora = std::getenv("SEAWALL_CORPORA");
  std::vector<fs::path> files;
  if (corpora == nullptr || !fs::exists(fs::path(corpora) / folder)) return files;
  for (const auto& entry : fs::directory_iterator(fs::path(corpora) / folder))
    files.push_back(entry.path());
  std::ranges::sort(files);
  return files;
}

void ReplaceAll(std::string& text, std::string_view what, std::string_view with) {
  for (size_t at = text.find(what); at != std::string::npos;
       at = text.find(what, at + with.size())) {
    text.replace(at, what.size(), with);
  }
}

/// The suite writes what cannot be seen with signs of its own.
std::string Unescape(std::string text) {
  ReplaceAll(text, "␣", " ");
  for (const char* tab : {"————»", "———»", "——»", "—»", "»"}) ReplaceAll(text, tab, "\t");
  ReplaceAll(text, "←", "\r");
  ReplaceAll(text, "⇔", "\xEF\xBB\xBF");
  ReplaceAll(text, "↵", "");
  ReplaceAll(text, "∎\n", "");
  return text;
}

std::string EscapeValue(std::string text) {
  ReplaceAll(text, "\\", "\\\\");
  ReplaceAll(text, "\n", "\\n");
  ReplaceAll(text, "\t", "\\t");
  ReplaceAll(text, "\r", "\\r");
  ReplaceAll(text, "\b", "\\b");
  return text;
}

char MarkOf(Style style) {
  switch (style) {
    case Style::kSingleQuoted:
      return '\'';
    case Style::kDoubleQuoted:
      return '"';
    case Style::kLiteral:
      return '|';
    case Style::kFolded:
      return '>';
    default:
      return ':';
  }
}

void AppendEvents(const Stream& stream, NodeId id, std::string& out) {
  const Node& node = stream.node(id);
  const std::string properties = (node.anchor.empty() ? "" : " &" + node.anchor) +
                                 (node.tag.empty() ? "" : " <" + node.tag + ">");
  if (node.kind == Kind::kAlias) {
    out += "=ALI *" + node.value + "\n";
  } else if (node.kind == Kind::kScalar) {
    out += "=VAL" + properties + " " + MarkOf(node.style) + EscapeValue(node.value) + "\n";
  } else {
    const bool map = node.kind == Kind::kMapping;
    const std::string flow = node.style == Style::kFlow ? (map ? " {}" : " []") : "";
    out += (map ? "+MAP" : "+SEQ") + flow + properties + "\n";
    for (const NodeId child : node.children) AppendEvents(stream, child, out);
    out += map ? "-MAP\n" : "-SEQ\n";
  }
}

std::string EventsOf(const Stream& stream) {
  std::string out = "+STR\n";
  for (size_t i = 0; i < stream.documents(); ++i) {
    out += "+DOC\n";
    AppendEvents(stream, stream.root(i).id(), out);
    out += "-DOC\n";
  }
  return out + "-STR\n";
}

/// The suite's events without indentation and without what a tree does not keep: explicit document
/// marks.
std::string Normalised(const std::string& tree) {
  std::string out;
  for (const std::string_view line : Split(tree, '\n')) {
    const std::string_view event = TrimLeft(line);
    if (event.empty()) continue;
    const bool document = event.starts_with("+DOC") || event.starts_with("-DOC");
    out += std::string(document ? event.substr(0, 4) : event) + "\n";
  }
  return out;
}

TEST(Corpora, YamlTestSuiteGivesTheSameEvents) {
  const auto files = FilesOf("yaml-test-suite/src");
  ASSERT_FALSE(files.empty()) << "SEAWALL_CORPORA does not name the suites";
  int same = 0, refused = 0, rightly = 0, wrongly_taken = 0, different = 0;
  std::string list;
  for (const fs::path& file : files) {
    const auto suite = Parse(file.string(), Load(file));
    ASSERT_TRUE(suite) << suite.error().ToString();
    std::string yaml, tree;
    for (const Value& test : suite->root().Items()) {
      if (test["yaml"].exists()) yaml = Unescape(test["yaml"].text());
      const bool fail = test["fail"].exists();
      if (test["tree"].exists()) tree = Normalised(Unescape(test["tree"].text()));
      const auto stream = Parse("f", yaml);
      const std::string id = file.stem().string() + " ";
      if (fail) {
        ++(stream ? wrongly_taken : rightly);
        if (stream) list += "taken " + id;
      } else if (!stream) {
        ++refused;
        list += "refused " + id;
      } else if (EventsOf(*stream) == tree) {
        ++same;
      } else {
        ++different;
        list += "different " + id;
      }
    }
  }
  std::cout << "same " << same << ", rightly refused " << rightly << ", 1.2 only (refused) "
            << refused << ", taken though invalid in 1.2 " << wrongly_taken << ", different "
            << different << "\n"
            << list << "\n";
  // libyaml 0.2.5 reads YAML 1.1 with parts of 1.2. These figures may only get better.
  EXPECT_GE(same, 255);
  EXPECT_GE(rightly, 78);
  EXPECT_LE(refused, 52);
  EXPECT_LE(different, 5);
}

TEST(Corpora, JsonTestSuite) {
  const auto files = FilesOf("JSONTestSuite/test_parsing");
  ASSERT_FALSE(files.empty()) << "SEAWALL_CORPORA does not name the suites";
  int taken = 0, refused = 0;
  std::string beyond, either;
  for (const fs::path& file : files) {
    const std::string name = file.filename().string();
    const auto stream = Parse(name, Load(file));
    if (name.starts_with("y_")) {
      EXPECT_TRUE(stream) << stream.error().ToString();
      ++taken;
    } else if (name.starts_with("n_")) {
      ++refused;
      if (stream) beyond += name + " ";
    } else if (stream) {
      either += name + " ";
    }
  }
  std::cout << taken << " y_, " << refused << " n_\nn_ taken as YAML: " << beyond
            << "\ni_ taken: " << either << "\n";
}

}  // namespace
}  // namespace seawall::yaml
