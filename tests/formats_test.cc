// Reports in every format, in files as well: valid, whole or not written at all.
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "examples.h"
#include "program.h"
#include "tree.h"

namespace seawall::test {
namespace {

namespace fs = std::filesystem;

const char* const kFormats[] = {"text", "json",    "jsonl", "sarif",       "junit",
                                "html", "metrics", "csv",   "policyreport"};

std::vector<std::string> AuditTwo(std::vector<std::string> more) {
  std::vector<std::string> words = {
      "audit", "--root",    Examples::Get().Path("cp-0"), "--root", Examples::Get().Path("etcd-0"),
      "--at",  "2026-12-01"};
  words.insert(words.end(), more.begin(), more.end());
  return words;
}

/// Runs a script of Python's standard library over the report; "" when it had nothing to say.
TEST(Formats, AFileHoldsWhatStandardOutputWouldGet) {
  Tree tree;
  std::vector<std::string> outputs;
  for (const char* format : kFormats) {
    outputs.emplace_back("-o");
    outputs.push_back(std::string(format) + "=" + tree.Path("/report.") + format);
  }
  Ran all = Seawall(AuditTwo(outputs));
  EXPECT_EQ(all.status, 1) << all.err;
  EXPECT_EQ(all.out, "");
  for (const char* format : kFormats) {
    Ran one = Seawall(AuditTwo({"-o", format}));
    EXPECT_EQ(one.status, 1);
    EXPECT_GT(one.out.size(), 1000u) << format;
    EXPECT_EQ(ReadFile(tree.Path("/report.") + format), one.out) << format;
  }
  // Nothing else was left behind.
  EXPECT_EQ(std::distance(fs::directory_iterator(tree.root()), fs::directory_iterator()),
            static_cast<long>(std::size(kFormats)));
}

TEST(Formats, OneGoesToStandardOutputTheOthersToFiles) {
  Tree tree;
  Ran run = Seawall(AuditTwo({"-o", "json", "-o", "csv=" + tree.Path("/a,b=c.csv")}));
  EXPECT_EQ(run.status, 1) << run.err;
  EXPECT_EQ(Json(run.out)["summary"]["nodes"].GetInt(), 2);
  EXPECT_TRUE(ReadFile(tree.Path("/a,b=c.csv")).starts_with("node,component,"));
  EXPECT_EQ(Seawall(AuditTwo({"-o", "text=-"})).out, Seawall(AuditTwo({})).out);
}

TEST(Formats, ReportsInEachOthersWayAreAUsageError) {
  Tree tree;
  const std::vector<std::vector<std::string>> cases = {
      {"-o", "json", "-o", "text"},
      {"-o", "json", "-o", "csv=-"},
      {"-o", "json=" + tree.Path("/a"), "-o", "csv=" + tree.root() + "/./a"},
      {"-o", "json="},
      {"-o", "xml=" + tree.Path("/a")},
      {"-o", "json,csv"},
  };
  for (const auto& words : cases) {
    Ran run = Seawall(AuditTwo(words));
    EXPECT_EQ(run.status, 2) << words.back();
    EXPECT_EQ(run.out, "");
    EXPECT_FALSE(fs::exists(tree.Path("/a")));
  }
}

TEST(Formats, WhatCannotBeWrittenIsAnErrorBeforeTheWork) {
  Tree tree;
  tree.Write("/file", "");
  fs::create_directory(tree.Path("/folder"));
  for (const std::string& path : {std::string("/no/such/folder/a.json"), tree.Path("/file/a.json"),
                                  tree.Path("/folder"), tree.Path("/folder/")}) {
    Ran run = Seawall(AuditTwo({"-o", "json=" + path, "-o", "text"}));
    EXPECT_EQ(run.status, 2) << path;
    EXPECT_EQ(run.out, "") << path;
    EXPECT_NE(run.err.find(path), std::string::npos) << run.err;
  }
}

TEST(Formats, AFullDiskLeavesWhatWasThere) {
  Tree tree;
  tree.Write("/old.json", "what was there");
  tree.Write("/old.csv", "that too", 0640);
  const std::string script =
      "ulimit -f 16; exec \"$0\" audit --root \"$1\" -o csv=\"$2/old.csv\" -o json=\"$2/old.json\"";
  Ran run = RunCommand({"sh", "-c", script, Program(), Examples::Get().Path("cp-0"), tree.root()});
  EXPECT_EQ(run.status, 2);
  EXPECT_NE(run.err.find("write the report"), std::string::npos) << run.err;
  EXPECT_EQ(ReadFile(tree.Path("/old.json")), "what was there");
  EXPECT_EQ(ReadFile(tree.Path("/old.csv")), "that too");
  EXPECT_EQ(std::distance(fs::directory_iterator(tree.root()), fs::directory_iterator()), 2);
  EXPECT_EQ(Seawall(AuditTwo({"-o", "json=/dev/full"})).status, 2);
}

TEST(Formats, AFileThatIsReplacedKeepsItsModeAndItsLink) {
  Tree tree;
  tree.Write("/real.json", "old", 0640);
  fs::create_symlink("real.json", tree.Path("/link.json"));
  EXPECT_EQ(Seawall(AuditTwo({"-o", "json=" + tree.Path("/link.json")})).status, 1);
  EXPECT_TRUE(fs::is_symlink(tree.Path("/link.json")));
  struct stat there{};
  ASSERT_EQ(stat(tree.Path("/real.json").c_str(), &there), 0);
  EXPECT_EQ(there.st_mode & 0777, 0640u);
  EXPECT_EQ(Json(ReadFile(tree.Path("/real.json")))["summary"]["nodes"].GetInt(), 2);
}

TEST(Formats, AnAuditThatCannotBeginWritesNothing) {
  Tree tree;
  Ran run = Seawall({"audit", "--root", "/no/such/folder", "-o", "json=" + tree.Path("/a.json")});
  EXPECT_EQ(run.status, 2);
  EXPECT_FALSE(fs::exists(tree.Path("/a.json")));
  EXPECT_TRUE(run.err.starts_with("seawall: ")) << run.err;
}

TEST(Formats, AForeignReaderTakesThem) {
  EXPECT_EQ(Python("import sys, xml.etree.ElementTree as E\n"
                   "root = E.fromstring(sys.stdin.buffer.read())\n"
                   "for s in root:\n"
                   "  count = lambda tag: sum(1 for c in s if c.find(tag) is not None)\n"
                   "  got = [len(s), count('failure'), count('error'), count('skipped')]\n"
                   "  said = [int(s.get(k)) for k in ('tests','failures','errors','skipped')]\n"
                   "  if got != said: print(s.get('name'), got, said)\n",
                   Seawall(AuditTwo({"-o", "junit"})).out),
            "");
  const rapidjson::Document report = Json(Seawall(AuditTwo({"-o", "json"})).out);
  EXPECT_EQ(Python("import sys, csv, io\n"
                   "rows = list(csv.reader(io.TextIOWrapper(sys.stdin.buffer, newline='')))\n"
                   "print(len(rows) - 1, {len(r) for r in rows})",
                   Seawall(AuditTwo({"-o", "csv"})).out),
            std::to_string(report["findings"].Size()) + " {17}\n");
}

TEST(Formats, AFindingInEachLineTheSummaryLast) {
  const rapidjson::Document report = Json(Seawall(AuditTwo({"-o", "json"})).out);
  std::istringstream lines(Seawall(AuditTwo({"-o", "jsonl"})).out);
  rapidjson::SizeType n = 0;
  for (std::string line; std::getline(lines, line); ++n) {
    const rapidjson::Document object = Json(line);
    if (n < report["findings"].Size()) {
      EXPECT_TRUE(object == report["findings"][n]) << n;
    } else {
      EXPECT_TRUE(object["summary"] == report["summary"]);
      EXPECT_TRUE(object["nodes"] == report["nodes"]);
    }
  }
  EXPECT_EQ(n, report["findings"].Size() + 1);
}

TEST(Formats, AnHtmlPageStandsAlone) {
  const std::string page = Seawall(AuditTwo({"-o", "html"})).out;
  EXPECT_LE(Seawall({"audit", "--root", Examples::Get().Path("cp-0"), "-o", "html"}).out.size(),
            1u << 20);
  EXPECT_EQ(FaultsOfPage(page), "");
  EXPECT_GT(page.size(), 100000u);
  // One part for each finding, passes folded together with their evidence.
  const auto count = [&](const std::string& part) {
    size_t n = 0;
    for (size_t at = 0; (at = page.find(part, at)) != page.npos; at += part.size()) ++n;
    return n;
  };
  EXPECT_EQ(count(" data-s=\""), Json(Seawall(AuditTwo({"-o", "json"})).out)["findings"].Size());
  EXPECT_NE(page.find("<details class=\"quiet\"><summary><b class=\"pass\">"), page.npos);
  EXPECT_NE(page.find("<pre>mode = 0600  stat /etc/kubernetes/pki/sa.key</pre></div>"), page.npos);
}

// What `promtool check metrics` asks for.
TEST(Formats, MetricsAreTyped) {
  std::istringstream lines(Seawall(AuditTwo({"-o", "metrics"})).out);
  std::string family;
  std::set<std::string> families, series;
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("# HELP ")) {
      family = line.substr(7, line.find(' ', 7) - 7);
      EXPECT_TRUE(families.insert(family).second) << "not in one piece: " << family;
      EXPECT_EQ(family.find_first_not_of("abcdefghijklmnopqrstuvwxyz_"), std::string::npos);
      for (const char* suffix : {"_total", "_count", "_sum", "_bucket"})
        EXPECT_FALSE(family.ends_with(suffix)) << family;
    } else if (line.starts_with("# TYPE ")) {
      EXPECT_EQ(line, "# TYPE " + family + " gauge");
    } else {
      EXPECT_TRUE(line.starts_with(family + "{") || line.starts_with(family + " ")) << line;
      EXPECT_TRUE(series.insert(line.substr(0, line.rfind(' '))).second) << line;
    }
  }
  EXPECT_GT(series.size(), 50u);
  EXPECT_TRUE(families.contains("seawall_certificate_not_after_timestamp_seconds"));
}

}  // namespace
}  // namespace seawall::test
