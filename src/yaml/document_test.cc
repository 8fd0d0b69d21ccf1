#include "yaml/document.h"

#include <gtest/gtest.h>

#include <chrono>
#include <ctime>
#include <map>

namespace seawall::yaml {
namespace {

using namespace std::string_literals;

Stream Must(std::string bytes) {
  auto stream = Parse("/f.yaml", std::move(bytes));
  if (!stream) ADD_FAILURE() << stream.error().ToString();
  return stream ? std::move(*stream) : Stream();
}

Error MustFail(std::string bytes, const Limits& limits = {}) {
  auto stream = Parse("/f.yaml", std::move(bytes), limits);
  EXPECT_FALSE(stream);
  return stream ? Error() : stream.error();
}

std::string Bytes(const Stream& stream, Value value) {
  const Span span = value.node().span;
  return stream.bytes().substr(span.begin, span.end - span.begin);
}

std::string BytesOfA(std::string bytes) {
  const Stream stream = Must(std::move(bytes));
  return Bytes(stream, stream.root()["a"]);
}

std::string Bytes(const Stream& stream, const Place& place) {
  return stream.bytes().substr(place.bytes.begin, place.bytes.end - place.bytes.begin);
}

TEST(Yaml, LookupsChainAndAbsenceIsAValue) {
  const Stream s = Must("spec:\n  containers:\n  - name: a\n  - name: b\n");
  EXPECT_EQ(s.root()["spec"]["containers"][size_t{1}]["name"].text(), "b");
  EXPECT_EQ(s.root().Path("spec.containers").size(), 2u);
  EXPECT_FALSE(s.root()["no"]["such"][size_t{7}].exists());
  EXPECT_TRUE(s.root()["no"].is_null());
  EXPECT_FALSE(Value().Path("a.b").exists());
  EXPECT_EQ(s.root(1).exists(), false);
}

TEST(Yaml, EmptyAndCommentsOnlyHaveNoDocument) {
  EXPECT_EQ(Must("").documents(), 0u);
  EXPECT_EQ(Must("# nothing\n").documents(), 0u);
  EXPECT_EQ(Must("\xEF\xBB\xBF").documents(), 0u);
  EXPECT_EQ(Must("---\n").documents(), 1u);
  EXPECT_TRUE(Must("---\n").root().is_null());
}

TEST(Yaml, SeveralDocuments) {
  const Stream s = Must("a: 1\n---\nb: 2\n...\n---\n- c\n");
  ASSERT_EQ(s.documents(), 3u);
  EXPECT_EQ(s.root(1)["b"].AsInt(), 2);
  EXPECT_EQ(s.root(2)[size_t{0}].text(), "c");
  EXPECT_EQ(s.root(2)[size_t{0}].node().line, 6u);
}

TEST(Yaml, SpansOfScalarsIncludeQuotesOnly) {
  const Stream s = Must(
      "a: plain text  # c\nb: 'it''s' \nc: \"x\\ty\"\nd: &n !!str v\ne: *n\n'f': [ 1, two ]\n");
  EXPECT_EQ(Bytes(s, s.root()["a"]), "plain text");
  EXPECT_EQ(Bytes(s, s.root()["b"]), "'it''s'");
  EXPECT_EQ(Bytes(s, s.root()["c"]), "\"x\\ty\"");
  EXPECT_EQ(Bytes(s, s.root()["d"]), "v");
  EXPECT_EQ(s.root()["d"].node().tag, "tag:yaml.org,2002:str");
  EXPECT_EQ(s.root()["d"].node().anchor, "n");
  EXPECT_EQ(Bytes(s, s.root()["e"]), "*n");
  EXPECT_EQ(s.root()["e"].text(), "v");
  EXPECT_EQ(Bytes(s, s.root()["f"]), "[ 1, two ]");
  EXPECT_EQ(Bytes(s, s.root()["f"][size_t{1}]), "two");
  EXPECT_EQ(Bytes(s, s.root().Pairs().back().key), "'f'");
}

TEST(Yaml, BlockCollectionsEndWithTheirLastChild) {
  const Stream s = Must("a:\n  b:\n  - x\n  - y  # c\n\n# comment\nd: 1\n");
  EXPECT_EQ(Bytes(s, s.root()["a"]), "b:\n  - x\n  - y");
  EXPECT_EQ(Bytes(s, s.root()["a"]["b"]), "- x\n  - y");
  EXPECT_EQ(Bytes(s, s.root()), "a:\n  b:\n  - x\n  - y  # c\n\n# comment\nd: 1");
}

TEST(Yaml, PropertiesOfAFirstKeyAreNotItsMappings) {
  EXPECT_EQ(BytesOfA("a: !a\n  !b k: v\n"), "!b k: v");
  EXPECT_EQ(BytesOfA("a: &a\n  &b k: v\n"), "&b k: v");
  EXPECT_EQ(BytesOfA("a: !a &a\n  &b !b k: v\n"), "&b !b k: v");
  EXPECT_EQ(BytesOfA("a: &a\n  !b k: v\n"), "!b k: v");
}

TEST(Yaml, BlockScalarsEndWithTheirText) {
  const Stream s = Must(
      "a: |\n  one\n  two\n\n\nb: >-\n  three\n# c\nc: |+\n  four\n\nd: |\ne: |2\n   five\n\n");
  EXPECT_EQ(Bytes(s, s.root()["a"]), "|\n  one\n  two");
  EXPECT_EQ(s.root()["a"].text(), "one\ntwo\n");
  EXPECT_EQ(Bytes(s, s.root()["b"]), ">-\n  three");
  EXPECT_EQ(Bytes(s, s.root()["c"]), "|+\n  four\n");
  EXPECT_EQ(Bytes(s, s.root()["d"]), "|");
  EXPECT_EQ(Bytes(s, s.root()["e"]), "|2\n   five");
}

TEST(Yaml, EmptyValuesLieBehindTheirIndicator) {
  const Stream s = Must("a:\nb:   # later\nc: {d: , e}\n? f\n");
  EXPECT_EQ(s.root()["a"].node().span, (Span{2, 2}));
  EXPECT_EQ(s.root()["b"].node().span, (Span{5, 5}));
  EXPECT_EQ(s.root()["c"]["d"].node().span.begin, s.bytes().find("d:") + 2);
  EXPECT_EQ(s.root()["c"]["e"].node().span.begin, s.bytes().find("e}") + 1);
  EXPECT_EQ(s.root()["f"].node().span.begin, s.bytes().find("? f") + 3);
  const Stream list = Must("-\n- b\n");
  EXPECT_EQ(list.root()[size_t{0}].node().span, (Span{1, 1}));
}

TEST(Yaml, ColumnsCountCharacters) {
  const Stream s = Must("\xEF\xBB\xBFüñ: 'é'\r\n\"€\": [\"😀\", b]\r\n");
  const Value e = s.root()["üñ"];
  EXPECT_EQ(e.text(), "é");
  EXPECT_EQ(e.node().line, 1u);
  EXPECT_EQ(e.node().column, 5u);
  EXPECT_EQ(Bytes(s, e), "'é'");
  const Value b = s.root()["€"][size_t{1}];
  EXPECT_EQ(b.node().line, 2u);
  EXPECT_EQ(b.node().column, 12u);
  EXPECT_EQ(Bytes(s, b), "b");
  EXPECT_EQ(s.root().Pairs()[0].key.node().column, 1u);
}

TEST(Yaml, PlacesHoldInLongFiles) {
  std::string text = "top:\n";
  for (int i = 0; i < 3000; ++i)
    text += "  kéy" + std::to_string(i) + ": välue" + std::to_string(i) + "\n";
  const Stream s = Must(text);
  const auto pairs = s.root()["top"].Pairs();
  ASSERT_EQ(pairs.size(), 3000u);
  for (size_t i = 0; i < pairs.size(); ++i) {
    ASSERT_EQ(Bytes(s, pairs[i].value), "välue" + std::to_string(i));
    ASSERT_EQ(pairs[i].value.node().line, i + 2);
    ASSERT_EQ(pairs[i].key.node().column, 3u);
    const Place place = s.Locate(pairs[i].value.node().span.begin);
    ASSERT_EQ(place.line, i + 2);
    ASSERT_EQ(place.column, pairs[i].value.node().column);
  }
}

TEST(Yaml, DuplicateKeysAreRecordedAndTheLastWins) {
  const Stream s = Must("a: 1\n'a': 2\nb: {x: 1, y: 2, x: 3}\nyes: 1\ntrue: 2\n0x10: 1\n16: 2\n");
  EXPECT_EQ(s.root()["a"].AsInt(), 2);
  ASSERT_EQ(s.duplicates().size(), 4u);
  EXPECT_EQ(s.duplicates()[0].key, "a");
  EXPECT_EQ(s.duplicates()[0].first.line, 1u);
  EXPECT_EQ(s.duplicates()[0].again.line, 2u);
  EXPECT_EQ(s.duplicates()[1].key, "x");
  EXPECT_EQ(s.duplicates()[1].again.column, 17u);
  EXPECT_EQ(s.duplicates()[2].key, "true");
  EXPECT_EQ(s.duplicates()[3].key, "16");
  EXPECT_EQ(s.root()["16"].AsInt(), 2);
  EXPECT_FALSE(s.root()["yes"].exists());
}

TEST(Yaml, MergeKeysAreReadInFileOrderAsKubernetesDoes) {
  const Stream s = Must(
      "base: &b {x: 1, w: 1}\nmore: &m {w: 2, z: 2}\n"
      "after: {<<: *b, x: 9}\nbefore: {x: 9, <<: *b}\nlist: {<<: [*b, *m]}\nquoted: {'<<': *b}\n");
  EXPECT_EQ(s.root()["after"]["x"].AsInt(), 9);
  EXPECT_EQ(s.root()["after"]["w"].AsInt(), 1);
  EXPECT_EQ(s.root()["before"]["x"].AsInt(), 1);
  EXPECT_EQ(s.root()["list"]["w"].AsInt(), 1);
  EXPECT_EQ(s.root()["list"]["z"].AsInt(), 2);
  EXPECT_FALSE(s.root()["quoted"]["x"].exists());
  EXPECT_TRUE(s.root()["quoted"]["<<"].is_mapping());
  const auto pairs = s.root()["after"].Pairs();
  ASSERT_EQ(pairs.size(), 2u);
  EXPECT_EQ(pairs[0].value.AsInt(), 9);
  EXPECT_EQ(pairs[1].key.text(), "w");
  EXPECT_TRUE(pairs[1].merged);
  EXPECT_EQ(s.root()["list"].Pairs().size(), 3u);
}

TEST(Yaml, PairsAndLookupsAgree) {
  const Stream s = Must(
      "a: &a {k: 1, l: 1}\nb: &b {<<: *a, k: 2}\nc: &c {k: 3, <<: [*b, {m: 4}], o: 5, o: 6}\nd: "
      "{<<: *c}\n");
  for (const auto key : {"b", "c", "d"}) {
    std::map<std::string, std::string> last;
    for (const auto& pair : s.root()[key].Pairs()) last[pair.key.KeyText()] = pair.value.text();
    for (const auto& [name, text] : last)
      EXPECT_EQ(s.root()[key][name].text(), text) << key << "." << name;
  }
  EXPECT_EQ(s.root()["d"]["o"].text(), "6");
  EXPECT_EQ(s.root()["d"]["k"].text(), "2");
}

TEST(Yaml, AliasesMustStandForSomethingBeforeThem) {
  EXPECT_EQ(MustFail("a: *nothing\n").code, ErrorCode::kMalformed);
  EXPECT_EQ(MustFail("a: &a [*a]\n").code, ErrorCode::kMalformed);
  EXPECT_EQ(MustFail("&a a: 1\n---\nb: *a\n").code, ErrorCode::kMalformed);
  const Stream s = Must("- &a 1\n- *a\n- &a 2\n- *a\n");
  EXPECT_EQ(s.root()[size_t{1}].AsInt(), 1);
  EXPECT_EQ(s.root()[size_t{3}].AsInt(), 2);
}

TEST(Yaml, TypesFollowTagsAndQuotes) {
  const Stream s = Must(
      "- true\n- 'true'\n- !!str true\n- !!bool 'yes'\n- !!int '7'\n- !x 7\n- !!float 7\n- !!bool "
      "7\n- \n- |\n  7\n- ! 7\n");
  const ScalarType want[] = {ScalarType::kBool,   ScalarType::kString, ScalarType::kString,
                             ScalarType::kBool,   ScalarType::kInt,    ScalarType::kString,
                             ScalarType::kFloat,  ScalarType::kString, ScalarType::kNull,
                             ScalarType::kString, ScalarType::kString};
  for (size_t i = 0; i < std::size(want); ++i) EXPECT_EQ(s.root()[i].type(), want[i]) << i;
  EXPECT_EQ(s.root()[size_t{3}].AsBool(), true);
  EXPECT_EQ(s.root()[size_t{1}].AsBool(), std::nullopt);
}

TEST(Yaml, MalformedInputHasAPlaceAndNoContent) {
  const Error error = MustFail("a: b\npassword: \"hunter2\n");
  EXPECT_EQ(error.code, ErrorCode::kMalformed);
  EXPECT_TRUE(error.where.starts_with("/f.yaml:")) << error.where;
  EXPECT_EQ(error.ToString().find("hunter2"), std::string::npos);
  EXPECT_EQ(MustFail("a: \xFF\n").where, "/f.yaml:1:4");
  EXPECT_EQ(MustFail("a: 1\nb: \0\n"s).where, "/f.yaml:2:4");
  EXPECT_EQ(MustFail("a: 1\n b: 2\n").code, ErrorCode::kMalformed);
  EXPECT_EQ(MustFail("é: \"\x01\"\n").where, "/f.yaml:1:5");
  EXPECT_EQ(MustFail("\xFF\xFE"
                     "a\0"s)
                .code,
            ErrorCode::kUnsupported);
}

TEST(Yaml, LimitsAreMetInTime) {
  const std::clock_t start = std::clock();
  EXPECT_EQ(MustFail(std::string(1000000, '[')).code, ErrorCode::kLimit);
  EXPECT_EQ(MustFail(std::string(1000000, '{')).code, ErrorCode::kLimit);
  std::string deep;
  for (int i = 0; i < 200000; ++i) deep += "- ";
  EXPECT_EQ(MustFail(deep).code, ErrorCode::kLimit);
  std::string broken;
  for (int i = 0; i < 100000; ++i) broken += "[\n";
  EXPECT_EQ(MustFail(broken).code, ErrorCode::kLimit);
  std::string questions;
  for (int i = 0; i < 200000; ++i) questions += "? ";
  EXPECT_EQ(MustFail(questions).code, ErrorCode::kLimit);
  std::string tags;
  for (int i = 0; i < 100000; ++i) tags += "%TAG !" + std::to_string(i) + "! x\n";
  EXPECT_EQ(MustFail(tags + "--- a\n").code, ErrorCode::kLimit);
  std::string many = "[";
  for (int i = 0; i < 1000000; ++i) many += "a,";
  EXPECT_EQ(MustFail(many + "]").code, ErrorCode::kLimit);
  // Of CPU; reading in a time that grows with the square takes many minutes.
  EXPECT_LT((std::clock() - start) / CLOCKS_PER_SEC, 40);
  EXPECT_EQ(MustFail("abc", {.bytes = 2}).code, ErrorCode::kTooLarge);
  EXPECT_EQ(MustFail("a: " + std::string((2u << 20) + 1, 'x')).code, ErrorCode::kLimit);
  EXPECT_EQ(MustFail("{\"a\": \"" + std::string((2u << 20) + 1, 'x') + "\"}").code,
            ErrorCode::kLimit);
}

TEST(Yaml, DepthIsExact) {
  const auto nested = [](size_t depth) {
    return std::string(depth, '[') + std::string(depth, ']');
  };
  EXPECT_TRUE(Parse("f", nested(128)));
  EXPECT_FALSE(Parse("f", nested(129)));
  EXPECT_EQ(MustFail("{\"a\":\t\"\\ud83d\\ude00\",\"b\":" + nested(128) + "}").code,
            ErrorCode::kLimit);
}

TEST(Yaml, AliasBombsAreCountedNotExpanded) {
  std::string bomb = "a0: &a0 [x,x,x,x,x,x,x,x,x]\n";
  for (int i = 1; i < 30; ++i) {
    const std::string before = "*a" + std::to_string(i - 1);
    bomb += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [" + before;
    for (int j = 0; j < 8; ++j) bomb += "," + before;
    bomb += "]\n";
  }
  EXPECT_EQ(MustFail(bomb).code, ErrorCode::kLimit);
  std::string merges = "a0: &a0 {x: 1}\n";
  for (int i = 1; i < 16; ++i) {
    const std::string before = "*a" + std::to_string(i - 1);
    merges += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " {<<: [" + before + "," +
              before + "]}\n";
  }
  const auto start = std::chrono::steady_clock::now();
  auto stream = Parse("f", merges);
  if (stream) {
    for (int i = 0; i < 1000; ++i) EXPECT_FALSE(stream->root()["a15"]["absent"].exists());
  }
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(5));
}

TEST(Yaml, JsonThatYamlRefusesIsReadAsJson) {
  const Stream s =
      Must("\t{\n\t\"a\": \"\\ud83d\\ude00\\/\", \"b\":[1, true , null,\"x\"],\n\t\"c\":{} }\n");
  EXPECT_EQ(s.root()["a"].text(), "😀/");
  EXPECT_EQ(Bytes(s, s.root()["a"]), "\"\\ud83d\\ude00\\/\"");
  EXPECT_EQ(Bytes(s, s.root()["b"]), "[1, true , null,\"x\"]");
  EXPECT_EQ(s.root()["b"][size_t{0}].AsInt(), 1);
  EXPECT_EQ(s.root()["b"][size_t{1}].AsBool(), true);
  EXPECT_TRUE(s.root()["b"][size_t{2}].is_null());
  EXPECT_EQ(Bytes(s, s.root()["b"][size_t{3}]), "\"x\"");
  EXPECT_EQ(Bytes(s, s.root()["c"]), "{}");
  EXPECT_EQ(s.root()["c"].node().line, 3u);
  EXPECT_EQ(Bytes(s, s.root()["a"].PlaceOf(0, 4)), "\\ud83d\\ude00");
  EXPECT_EQ(Bytes(s, s.root()["a"].PlaceOf(4, 5)), "\\/");
  const Stream escaped = Must("{\"a\": \"b\\/c\", \"" + std::string(2000, 'k') + "\": 1}");
  EXPECT_EQ(escaped.root()["a"].text(), "b/c");
  EXPECT_EQ(escaped.root()[std::string(2000, 'k')].AsInt(), 1);
  EXPECT_EQ(MustFail("{\"a\": \"\\ud83d\\ude00\"").code, ErrorCode::kMalformed);
  EXPECT_EQ(MustFail("{\"a\": \"\\ud83d\"}").code, ErrorCode::kMalformed);
}

TEST(Yaml, HalfASurrogatePairBecomesTheReplacementCharacter) {
  const Stream s = Must("{\"a\": \"x\\udc00y\"}");
  EXPECT_EQ(s.root()["a"].text(), "x\uFFFDy");
}

TEST(Yaml, IsJsonIsStrict) {
  EXPECT_TRUE(IsJson(" {\"a\": [1, \"\\ud83d\\ude00\"]}\n"));
  for (const auto text :
       {"", "{a: 1}", "{\"a\": 1,}", "{'a': 1}", "{} {}", "{\"a\": yes}", "{\"a\": 1} # c"}) {
    EXPECT_FALSE(IsJson(text)) << text;
  }
}

// What a repair does: another value in the same style, and nothing else changes.
class Splice : public testing::TestWithParam<const char*> {};

std::string Shape(const Stream& s, NodeId id, NodeId changed, const std::string& value) {
  const Node& node = s.node(id);
  std::string out =
      std::to_string(static_cast<int>(node.kind)) + ":" + (id == changed ? value : node.value);
  out += "&" + node.anchor + "!" + node.tag + "(";
  for (const NodeId child : node.children) out += Shape(s, child, changed, value) + ",";
  return out + ")";
}

std::string ShapeOfAll(const Stream& s, NodeId changed = kNone, const std::string& value = "") {
  std::string out;
  for (size_t i = 0; i < s.documents(); ++i) out += Shape(s, s.root(i).id(), changed, value) + ";";
  return out;
}

std::string Written(const Node& node, const std::string& value, size_t indentation) {
  switch (node.style) {
    case Style::kSingleQuoted:
      return "'" + value + "'";
    case Style::kDoubleQuoted:
      return "\"" + value + "\"";
    case Style::kLiteral:
    case Style::kFolded:
      return "|\n" + std::string(indentation, ' ') + value;
    default:
      return value;
  }
}

TEST_P(Splice, ChangesOneValueAndKeepsEveryOtherByte) {
  const Stream s = Must(GetParam());
  ASSERT_GT(s.size(), 1u);
  for (NodeId id = 0; id < s.size(); ++id) {
    const Node& node = s.node(id);
    const bool key =
        node.parent != kNone && s.node(node.parent).kind == Kind::kMapping && node.index % 2 == 0;
    if (node.kind != Kind::kScalar || (key && node.value.empty())) continue;
    const bool block = node.style == Style::kLiteral || node.style == Style::kFolded;
    std::string written = Written(node, "12345", 12);
    if (node.span.begin == node.span.end) written = " " + written;
    std::string spliced = s.bytes();
    spliced.replace(node.span.begin, node.span.end - node.span.begin, written);
    const auto again = Parse("/f.yaml", spliced);
    ASSERT_TRUE(again) << again.error().ToString() << "\n" << spliced;
    const std::string line_end = block ? "\n" : "";
    EXPECT_EQ(ShapeOfAll(*again), ShapeOfAll(s, id, "12345" + line_end)) << spliced;
  }
}

INSTANTIATE_TEST_SUITE_P(
    Documents, Splice,
    testing::Values("apiVersion: v1\nkind: Pod\nmetadata: {name: x, labels: {a: 'b', \"c\": "
                    "d}}\nspec:\n  containers:\n"
                    "  - command:\n    - kube-apiserver\n    - --a=b\n    - \"--c=d\"  # why\n    "
                    "image: 'x:y'\n",
                    "a: |\n   one\n   two\n\n\nb: >-\n   three\n# c\nc: last",
                    "a:\nb:   # later\nc: [x, y]\n", "- &a !!str x\n- !t 'y'\n- *a\n-\n- z",
                    "\xEF\xBB\xBFk\xC3\xA9y: v\xC3\xA4lue\r\nb: 'q'\r\n",
                    "---\na: 1\n--- # two\nb: {c: , d: \"e\\u20ac\"}\n...\n---\n- - - x\n    - y\n",
                    "{\"a\": [1, \"\\ud83d\\ude00\", null], \"b\":{\"c\":\"d\"}}",
                    "? a\n: b\n? c\n: d\n",
                    "long: one\n  two\n  three\nq: \"one\n  two\"\nlast: x"));

TEST(Yaml, PlaceOfGoesThroughQuotesAndEscapes) {
  const Stream s = Must(
      "plain: --a=b\nsingle: 'it''s --x=y'\ndouble: \"a\\tb\\u20acc\"\nliteral: |\n  #!/bin/sh\n\n "
      "   exec kube\n"
      "folded: >\n  a\n  b\nlong: first\n  second\nalias: &z abc\nref: *z\nquoted: \"one\n  two "
      "\\\n  three\"\n");
  const auto at = [&](const char* key, std::string_view part) {
    const Value value = s.root()[key];
    const size_t from = value.text().find(part);
    EXPECT_NE(from, std::string::npos) << key;
    return Bytes(s, value.PlaceOf(from, from + part.size()));
  };
  EXPECT_EQ(at("plain", "a=b"), "a=b");
  EXPECT_EQ(at("single", "'s"), "''s");
  EXPECT_EQ(at("single", "--x=y"), "--x=y");
  EXPECT_EQ(at("double", "b€"), "b\\u20ac");
  EXPECT_EQ(at("double", "\tb"), "\\tb");
  EXPECT_EQ(at("literal", "exec"), "exec");
  EXPECT_EQ(at("literal", "/sh\n\n  exec"), "/sh\n\n    exec");
  EXPECT_EQ(at("folded", "a"), ">\n  a\n  b");
  EXPECT_EQ(at("long", "second"), "second");
  EXPECT_EQ(at("ref", "b"), "b");
  EXPECT_EQ(at("quoted", "three"), "three");
  EXPECT_EQ(s.root()["single"].PlaceOf(5, 10).line, 2u);
  EXPECT_EQ(s.root()["single"].PlaceOf(5, 10).column, 16u);
  EXPECT_EQ(s.root()["plain"].PlaceOf(3, 99).bytes, s.root()["plain"].node().span);
}

// A comment ends at any line break that libyaml knows, a carriage return alone too.
TEST(Yaml, WhatFollowsACommentLiesInItsParent) {
  for (const char* line_break : {"\r", "\n", "\r\n", "\xC2\x85", "\xE2\x80\xA8"}) {
    const auto stream = Parse("f", std::string("a: &x #c:") + line_break + " b:\nd: e\n");
    ASSERT_TRUE(stream.has_value()) << stream.error().ToString();
    for (NodeId id = 0; id < stream->size(); ++id) {
      const Node& node = stream->node(id);
      if (node.parent == kNone) continue;
      EXPECT_LE(stream->node(node.parent).span.begin, node.span.begin) << id;
      EXPECT_LE(node.span.end, stream->node(node.parent).span.end) << id;
    }
    EXPECT_TRUE(stream->root(0)["a"]["b"].exists());
  }
}

TEST(Yaml, ResolveAsKubernetesReader) {
  const auto all = [](std::initializer_list<const char*> words, ScalarType type) {
    for (const char* word : words) EXPECT_EQ(Resolve(word), type) << word;
  };
  all({"y", "Y", "yes", "Yes", "YES", "on", "On", "ON", "true", "True", "TRUE", "n", "N", "no",
       "off", "False"},
      ScalarType::kBool);
  all({"", "~", "null", "Null", "NULL"}, ScalarType::kNull);
  all({"0", "-1", "+5", "0x1F", "0X1f", "-0x10", "0o17", "017", "0b101", "-0b1", "1_000",
       "18446744073709551615"},
      ScalarType::kInt);
  all({"1.5", ".5", "-.5", "1.", "1e3", "1E+3", "08", "09.5", "99999999999999999999",
       "-99999999999999999999", ".inf", "-.INF", ".nan", "1e-400", "+1.5", ".5_0",
       "0777777777777777777777777"},
      ScalarType::kFloat);
  all({"yEs",
       "tRue",
       "nULL",
       "1:30",
       "2001-01-01",
       "0x",
       "-",
       "+",
       ".",
       "..",
       "1e400",
       "0b12",
       "1.2.3",
       "1 2",
       "0xg",
       "--1",
       "+-1",
       "-+1",
       ".e5",
       "e5",
       "<<",
       "1.5.",
       "-0xFFFFFFFFFFFFFFFFFF",
       "Infinity",
       "nan",
       "0xFFFFFFFFFFFFFFFFFF",
       "trueish"},
      ScalarType::kString);
}

TEST(Yaml, IntegersHaveTheirValue) {
  const Stream s =
      Must("[0x1F, 017, 0o17, 0b101, 1_000, -9223372036854775808, 9223372036854775808, 08, '7']");
  const std::optional<int64_t> want[] = {31,        15,           15,           5,           1000,
                                         INT64_MIN, std::nullopt, std::nullopt, std::nullopt};
  for (size_t i = 0; i < std::size(want); ++i) EXPECT_EQ(s.root()[i].AsInt(), want[i]) << i;
}

// libyaml goes by the line breaks of YAML 1.1.
TEST(Yaml, ATagEndsAtAnyLineBreak) {
  for (const char* line_break : {"\xC2\x85", "\xE2\x80\xA8", "\n"}) {
    const Stream stream = Must("!"s + line_break + "\"\n\" ");
    EXPECT_EQ(Bytes(stream, stream.root()), "\"\n\"");
  }
}

}  // namespace
}  // namespace seawall::yaml
