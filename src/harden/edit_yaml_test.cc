#include "harden/edit_yaml.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <random>

namespace seawall::harden {
namespace {

yaml::Stream Parsed(const std::string& text) {
  auto stream = yaml::Parse("f.yaml", text);
  EXPECT_TRUE(stream.has_value()) << text;
  return stream ? std::move(*stream) : yaml::Stream();
}

std::string Set(const std::string& text, const std::vector<std::string>& path, const Fresh* value) {
  const yaml::Stream stream = Parsed(text);
  auto edit = SetPath(stream, path, value);
  return edit ? *Splice(text, {*edit}) : "refused: " + edit.error().why;
}

std::string SetLiteral(const std::string& text, const std::vector<std::string>& path,
                       const char* value) {
  const Fresh fresh = Fresh::Literal(value);
  return Set(text, path, &fresh);
}

std::string Item(const std::string& text, const char* list, YamlEdit::Kind kind, size_t index,
                 const char* value = "") {
  const yaml::Stream stream = Parsed(text);
  YamlEdit edit{kind, stream.root().Path(list).id(), index, "", Fresh::Text(value)};
  auto splice = SpliceFor(stream, edit);
  return splice ? *Splice(text, {*splice}) : "refused: " + splice.error().why;
}

constexpr auto kInsert = YamlEdit::Kind::kInsertItem;
constexpr auto kRemove = YamlEdit::Kind::kRemoveItem;

TEST(SetPath, ChangesAScalarInItsOwnStyle) {
  EXPECT_EQ(SetLiteral("a: 1  # why\nb:   2\n", {"b"}, "3"), "a: 1  # why\nb:   3\n");
  EXPECT_EQ(SetLiteral("a: {b: 1, c: 2}\r\n", {"a", "c"}, "0"), "a: {b: 1, c: 0}\r\n");
  EXPECT_EQ(SetLiteral("{\"a\": {\"b\": true}}", {"a", "b"}, "false"), "{\"a\": {\"b\": false}}");
  const Fresh text = Fresh::Text("it's");
  EXPECT_EQ(Set("a: 'x'\n", {"a"}, &text), "a: 'it''s'\n");
  EXPECT_EQ(Set("a: \"x\"\n", {"a"}, &text), "a: \"it's\"\n");
  const Fresh yes = Fresh::Text("yes");
  EXPECT_EQ(Set("a: b\n", {"a"}, &yes), "a: \"yes\"\n");
  // A quoted number that is to be a number loses its quotes.
  EXPECT_EQ(SetLiteral("readOnlyPort: \"10255\"\n", {"readOnlyPort"}, "0"), "readOnlyPort: 0\n");
  EXPECT_EQ(SetLiteral("a:\nb: 2\n", {"a"}, "1"), "a: 1\nb: 2\n");
}

TEST(SetPath, InsertsWhatIsNotThere) {
  EXPECT_EQ(SetLiteral("# head\na: 1\n\n# tail\n", {"b"}, "2"), "# head\na: 1\nb: 2\n\n# tail\n");
  EXPECT_EQ(SetLiteral("a:\n  x: 1 # c\nb: 2\n", {"a", "v", "z"}, "3"),
            "a:\n  x: 1 # c\n  v:\n    z: 3\nb: 2\n");
  EXPECT_EQ(SetLiteral("a: 1", {"b"}, "2"), "a: 1\nb: 2");
  EXPECT_EQ(SetLiteral("a: 1\r\n", {"b"}, "2"), "a: 1\r\nb: 2\r\n");
  EXPECT_EQ(SetLiteral("a: {}\n", {"a", "b", "c"}, "2"), "a: {b: {c: 2}}\n");
  EXPECT_EQ(SetLiteral("a:\n", {"a", "b"}, "2"), "a: {b: 2}\n");
  EXPECT_EQ(SetLiteral("# nothing yet\n", {"a", "b"}, "2"), "# nothing yet\na:\n  b: 2\n");
  EXPECT_EQ(SetLiteral("{\n  \"a\": 1\n}\n", {"b"}, "2"), "{\n  \"a\": 1,\n  \"b\": 2\n}\n");
  EXPECT_EQ(SetLiteral("{}", {"b", "c"}, "2"), "{\"b\": {\"c\": 2}}");
  EXPECT_EQ(SetLiteral("a: |\n  text\n\nb: |\n  last\n", {"c"}, "2"),
            "a: |\n  text\n\nb: |\n  last\nc: 2\n");
}

TEST(SetPath, TakesAwayWholeLines) {
  EXPECT_EQ(Set("a: 1\nb: 2 # gone\nc: 3\n", {"b"}, nullptr), "a: 1\nc: 3\n");
  EXPECT_EQ(Set("a: 1\nb:\n  c:\n    d: 2\n", {"b", "c", "d"}, nullptr), "a: 1\n");
  EXPECT_EQ(Set("a: 1\nb: 2", {"b"}, nullptr), "a: 1");
  EXPECT_EQ(Set("a: {b: 1, c: 2}\n", {"a", "c"}, nullptr), "a: {b: 1}\n");
  EXPECT_EQ(Set("a: 1\n", {"x", "y"}, nullptr), "a: 1\n");
}

TEST(SetPath, ReplacesListsAndRefusesWhatIsNotSafe) {
  const Fresh list = Fresh::List({Fresh::Text("A"), Fresh::Text("B")});
  EXPECT_EQ(Set("t:\n- X\n- Y # c\nu: 1\n", {"t"}, &list), "t:\n- A\n- B\nu: 1\n");
  EXPECT_EQ(Set("t: [X]\n", {"t"}, &list), "t: [A, B]\n");
  EXPECT_EQ(Set("t: 1\n", {"u"}, &list), "t: 1\nu:\n- A\n- B\n");
  for (const char* text :
       {"a: &x {b: 1}\nc: *x\n", "a: | # why\n  text\n", "<<: {a: 1}\n", "a: *x\n"}) {
    auto stream = yaml::Parse("f", text);
    if (!stream) continue;
    const Fresh one = Fresh::Literal("1");
    const bool nested = std::string_view(text).starts_with("a: &x");
    EXPECT_FALSE(SetPath(
        *stream, nested ? std::vector<std::string>{"a", "b"} : std::vector<std::string>{"a"}, &one))
        << text;
  }
  EXPECT_TRUE(Set("a: 1\na: 2\n", {"a"}, nullptr).starts_with("refused"));
}

TEST(Items, OfBlockAndFlowLists) {
  const std::string block = "command:\n- kube-apiserver\n- --a=1  # why\n# before b\n- --b=2\n";
  EXPECT_EQ(Item(block, "command", kInsert, 2, "--aa=1"),
            "command:\n- kube-apiserver\n- --a=1  # why\n- --aa=1\n# before b\n- --b=2\n");
  EXPECT_EQ(Item(block, "command", kInsert, 3, "--c=3"), block + "- --c=3\n");
  EXPECT_EQ(Item(block, "command", kInsert, 0, "x"),
            "command:\n- x\n- kube-apiserver\n- --a=1  # why\n# before b\n- --b=2\n");
  EXPECT_EQ(Item(block, "command", kRemove, 1),
            "command:\n- kube-apiserver\n# before b\n- --b=2\n");
  EXPECT_EQ(Item("c: [\"a\", \"b\"]\n", "c", kInsert, 2, "--x=y"),
            "c: [\"a\", \"b\", \"--x=y\"]\n");
  EXPECT_EQ(Item("c: ['a',\n    'b']\n", "c", kInsert, 2, "d"), "c: ['a',\n    'b',\n    'd']\n");
  EXPECT_EQ(Item("c: [a, b]\n", "c", kRemove, 1), "c: [a]\n");
  EXPECT_EQ(Item("c: [a, b]\n", "c", kRemove, 0), "c: [b]\n");
  EXPECT_EQ(Item("c: []\n", "c", kInsert, 0, "a"), "c: [a]\n");
  EXPECT_EQ(Item("{\"c\": [\"a\"]}", "c", kInsert, 1, "b"), "{\"c\": [\"a\", \"b\"]}");
  EXPECT_EQ(Item("c:\n  - 'a'\n", "c", kInsert, 1, "b"), "c:\n  - 'a'\n  - 'b'\n");
  EXPECT_EQ(Item("c:\n- a\r\n- b\r\n", "c", kInsert, 1, "x"), "c:\n- a\r\n- x\r\n- b\r\n");
  EXPECT_TRUE(Item("c:\n- a\n", "c", kRemove, 0).starts_with("refused"));
}

TEST(SetPath, CommentsOfAListStay) {
  const Fresh list = Fresh::List({Fresh::Text("c"), Fresh::Text("d")});
  EXPECT_EQ(
      Set("l: # ours\n# first\n- a  # of a\n\n# between\n- b\n# behind\nz: 1\n", {"l"}, &list),
      "l: # ours\n# first\n- c\n- d\n\n# between\n# behind\nz: 1\n");
  EXPECT_EQ(Set("l:\r\n  # x\r\n  - a\r\n", {"l"}, &list), "l:\r\n  # x\r\n  - c\r\n  - d\r\n");
  EXPECT_EQ(Set("l:\n  - a\n  - b", {"l"}, &list), "l:\n  - c\n  - d");
  const Fresh text = Fresh::Text("x");
  EXPECT_EQ(Set("a:\n  # why\n  b: 1\n", {"a"}, &text),
            "refused: comments that the edit would take away");
  EXPECT_EQ(Set("a:\n  b: 1\n", {"a"}, &text), "a: x\n");
}

TEST(SetPath, BlockScalarsAnchorsTagsAndByteOrderMarks) {
  EXPECT_EQ(SetLiteral("a: |\n  text\nb: 2\n", {"a"}, "1"), "a: 1\nb: 2\n");
  EXPECT_EQ(SetLiteral("a: >-\n  folded\n  text\n", {"a"}, "1"), "a: 1\n");
  EXPECT_EQ(SetLiteral("a: &x {b: 1}\nc: 2\n", {"a", "b"}, "3"), "a: &x {b: 3}\nc: 2\n");
  EXPECT_EQ(SetLiteral("a: &x 1\nc: 2\n", {"a"}, "3"), "a: &x 3\nc: 2\n");
  EXPECT_EQ(SetLiteral("a: &x 1\nc: *x\n", {"a"}, "3").substr(0, 7), "refused");
  const Fresh text = Fresh::Text("2");
  EXPECT_EQ(Set("a: !!str 1\n", {"a"}, &text), "a: !!str \"2\"\n");
  EXPECT_EQ(SetLiteral("\xEF\xBB\xBF"
                       "a: 1\nb: 2\n",
                       {"c"}, "3"),
            "\xEF\xBB\xBF"
            "a: 1\nb: 2\nc: 3\n");
  EXPECT_EQ(Set("\xEF\xBB\xBF"
                "a: 1\nb: 2\n",
                {"a"}, nullptr),
            "\xEF\xBB\xBF"
            "b: 2\n");
}

TEST(Items, BesideTagsAnchorsAndLinesOfTheirOwn) {
  EXPECT_EQ(Item("c: &all\n- !!str a\n- &b b\n", "c", kInsert, 2, "x"),
            "c: &all\n- !!str a\n- &b b\n- x\n");
  EXPECT_EQ(Item("c: !!seq\n- !!str a\n- b\n", "c", kRemove, 0), "c: !!seq\n- b\n");
  EXPECT_EQ(Item("c:\n-\n  a\n-\n  b\n", "c", kInsert, 1, "x"), "c:\n-\n  a\n- x\n-\n  b\n");
  EXPECT_EQ(Item("c:\n-\n  a\n-\n  b\n", "c", kRemove, 1), "c:\n-\n  a\n");
  EXPECT_EQ(Item("c:\n- >-\n  a\n- b\n", "c", kInsert, 1, "x"), "c:\n- >-\n  a\n- x\n- b\n");
}

// ---- random documents, random edits

class Author {
 public:
  explicit Author(uint32_t seed) : random_(seed) {}

  size_t Below(size_t n) { return random_() % n; }

  std::string Document() {
    feed_ = Below(4) == 0 ? "\r\n" : "\n";
    if (Below(8) == 0) return Json(0) + feed_;
    std::string out = Below(3) == 0 ? "# head" + feed_ : "";
    Collection(out, 0, 0);
    if (Below(5) == 0 && out.size() > feed_.size()) out.resize(out.size() - feed_.size());
    return out;
  }

 private:
  std::string Word() {
    static constexpr const char* kWords[] = {
        "a",  "--flag=value", "true", "0",    "x y", "it's",   "\"q\"",         "a: b", "#c",
        "é",  "- d",          "{e}",  "null", "",    "4h0m0s", "https://h:1/p", "a,b",  "*",
        "&r", "| s"};
    return kWords[Below(std::size(kWords))];
  }
  std::string Scalar(bool flow) {
    const Fresh word = Fresh::Text(Word());
    const Quotes quotes[] = {Quotes::kAsNeeded, Quotes::kSingle, Quotes::kDouble};
    return ScalarText(word, flow ? Around::kFlow : Around::kBlock, quotes[Below(3)]);
  }
  std::string Key(size_t i) { return std::string(1, static_cast<char>('a' + i)) + "key"; }
  std::string Comment() { return Below(4) == 0 ? "  # why" : ""; }
  void Gap(std::string& out, size_t indent) {
    if (Below(6) == 0) out += feed_;
    if (Below(6) == 0) out += std::string(indent, ' ') + "# about the next" + feed_;
  }
  std::string Flow(int depth) {
    const bool list = Below(2) == 0;
    std::string out = list ? "[" : "{";
    const size_t count = Below(4);
    for (size_t i = 0; i < count; ++i) {
      if (i > 0) out += Below(5) == 0 ? "," + feed_ + "            " : ", ";
      if (!list) out += Key(i) + ": ";
      out += depth < 2 && Below(4) == 0 ? Flow(depth + 1) : Scalar(true);
    }
    return out + (list ? "]" : "}");
  }
  std::string Json(int depth) {
    const bool list = depth > 0 && Below(2) == 0;
    const std::string space =
        Below(2) == 0 ? feed_ + std::string(static_cast<size_t>(depth) * 2 + 2, ' ') : "";
    std::string out = list ? "[" : "{";
    const size_t count = Below(4);
    for (size_t i = 0; i < count; ++i) {
      out += (i > 0 ? "," : "") + space;
      if (!list) out += "\"" + Key(i) + "\": ";
      out += depth < 3 && Below(3) == 0
                 ? Json(depth + 1)
                 : ScalarText(Fresh::Text(Word()), Around::kJson, Quotes::kAsNeeded);
    }
    return out + (list ? "]" : "}");
  }
  void BlockScalar(std::string& out, size_t indent) {
    static constexpr const char* kHeads[] = {"|", ">", "|-", ">-", "|+"};
    out += std::string(" ") + kHeads[Below(5)] + feed_;
    for (size_t i = 0; i <= Below(3); ++i)
      out += std::string(indent, ' ') + "text # no comment" + feed_;
    if (Below(3) == 0) out += feed_;
  }
  /// What follows "key:" or "-".
  void Behind(std::string& out, size_t indent, int depth, bool item) {
    const size_t kind = Below(10);
    if (kind < 5) {
      out += " " + Scalar(false) + Comment() + feed_;
    } else if (kind < 7) {
      out += " " + Flow(0) + Comment() + feed_;
    } else if (kind == 7) {
      BlockScalar(out, indent + 2);
    } else if (kind == 8 || depth > 3) {
      out += Comment() + feed_;
    } else {
      out += Comment() + feed_;
      Collection(out, indent + 2, depth + 1);
    }
    (void)item;
  }
  void Collection(std::string& out, size_t indent, int depth) {
    const bool list = Below(2) == 0;
    const size_t count = 1 + Below(4);
    for (size_t i = 0; i < count; ++i) {
      Gap(out, indent);
      out += std::string(indent, ' ');
      out += list ? "-" : Key(i) + ":";
      Behind(out, indent, depth, list);
    }
  }

  std::mt19937 random_;
  std::string feed_;
};

YamlEdit RandomEdit(Author& author, const yaml::Stream& stream) {
  static const Fresh kValues[] = {Fresh::Text("--flag=value"),
                                  Fresh::Literal("false"),
                                  Fresh::Literal("0"),
                                  Fresh::Text("yes"),
                                  Fresh::Text("a: b # c"),
                                  Fresh::Text("it's \"x\""),
                                  Fresh::Text(""),
                                  Fresh::List({Fresh::Text("A,B"), Fresh::Literal("1")}),
                                  Fresh::Map({{"k", Fresh::Text("v")},
                                              {"l", Fresh::List({Fresh::Text("x")})},
                                              {"m", Fresh::Map({{"n", Fresh::Literal("true")}})}})};
  YamlEdit edit;
  edit.kind = static_cast<YamlEdit::Kind>(author.Below(6));
  edit.node = static_cast<yaml::NodeId>(author.Below(stream.size()));
  const yaml::Node& node = stream.node(edit.node);
  edit.index = author.Below(node.children.size() + 1);
  if (node.kind == yaml::Kind::kMapping && edit.index > 0) edit.index /= 2;
  edit.key = "fresh";
  edit.value = kValues[author.Below(std::size(kValues))];
  return edit;
}

/// ./run soak asks for a million.
size_t Cases() {
  const char* cases = std::getenv("SEAWALL_EDIT_CASES");
  return cases != nullptr ? std::strtoul(cases, nullptr, 10) : 5000;
}

TEST(Property, ARandomEditGivesTheWantedTreeAndCanBeUndone) {
  size_t done = 0, fitting = 0;
  for (size_t i = 0; i < Cases(); ++i) {
    Author author(static_cast<uint32_t>(i));
    const std::string text = author.Document();
    const auto stream = yaml::Parse("f", text);
    if (!stream || stream->size() == 0) continue;
    const YamlEdit edit = RandomEdit(author, *stream);
    const auto splice = SpliceFor(*stream, edit);
    const yaml::Node& node = stream->node(edit.node);
    const bool fits =
        (edit.kind == kInsert || edit.kind == kRemove) && node.kind == yaml::Kind::kSequence;
    fitting += fits ? 1 : 0;
    if (!splice) continue;
    done += fits ? 1 : 0;
    const std::string after = *Splice(text, {*splice});
    ASSERT_TRUE(yaml::Parse("f", after)) << i << "\n" << text << "\n=>\n" << after;
    // Bytes outside are equal, and the inverse splice gives the file back.
    ASSERT_EQ(after.substr(0, splice->offset), text.substr(0, splice->offset));
    const Edit undo{splice->offset, splice->replacement.size(),
                    text.substr(splice->offset, splice->length)};
    ASSERT_EQ(*Splice(after, {undo}), text) << i;
  }
  // Refusals are the exception: the property would hold of an editor that refuses everything.
  EXPECT_GT(fitting, Cases() / 50);
  EXPECT_GT(done * 100, fitting * 60) << done << " of " << fitting;
}

}  // namespace
}  // namespace seawall::harden
