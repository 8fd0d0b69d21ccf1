#include <gtest/gtest.h>
#include <rapidjson/document.h>

#include "report/format.h"

namespace seawall::report {
namespace {

constexpr const char* kHostile =
    "=cmd|' /C calc'!A0 </script><!-- ]]> \"quoted\" 'single' & \xE2\x80\xAE"
    "evil\x01\n\r\t,;\xEF\xBF\xBE";

std::shared_ptr<RuleText> MakeRule(const std::string& id, rules::Severity severity) {
  auto rule = std::make_shared<RuleText>();
  rule->id = id;
  rule->title = "Title of " + id;
  rule->row = "5a";
  rule->severity = severity;
  rule->cis = {"1.2.1"};
  rule->refs = {{"CIS Kubernetes Benchmark", "1.12", "1.2.1"}};
  rule->expected = "something";
  rule->remedy = "an edit";
  rule->link = "https://kubernetes.io/docs/";
  PrepareJson(*rule);
  return rule;
}

Record MakeRecord(const std::string& id, rules::Verdict verdict, bool manual = false) {
  Record record;
  record.rule = MakeRule(id, rules::Severity::kHigh);
  record.verdict = verdict;
  record.manual = manual;
  record.node = "cp-0";
  record.component = "etcd";
  record.instance = "etcd.service";
  record.reason = "because of " + id;
  return record;
}

/// One finding of each verdict; the failing one is hostile and has evidence.
NodeReport MakeReport() {
  NodeReport report;
  report.node.name = "cp-0";
  report.node.root = "/backup/cp 0";
  report.node.roles = {"etcd"};
  report.node.not_read = {{"/etc/x", "permission-denied", "permission denied", "run as root"}};
  using rules::Verdict;
  report.findings = {MakeRecord("fails", Verdict::kFail),
                     MakeRecord("unclear", Verdict::kUnknown),
                     MakeRecord("for-a-person", Verdict::kUnknown, true),
                     MakeRecord("accepted", Verdict::kWaived),
                     MakeRecord("passes", Verdict::kPass),
                     MakeRecord("elsewhere", Verdict::kNotApplicable)};
  Record& fails = report.findings[0];
  fails.instance = Safe(kHostile);
  fails.reason = Safe(kHostile);
  fails.own_remedy = Safe(kHostile);
  fails.evidence = {{"--flag", Safe(kHostile), "flag", {"/etc/a b.yaml", 3, 7}, {}},
                    {"not after", "2027-11-23T19:24:58Z", "file", {"/etc/c.crt", 1, 1}, {}},
                    {"other", "", "default", {}, {}}};
  return report;
}

std::string Render(const char* name, const std::vector<NodeReport>& reports) {
  const auto format = MakeFormat(name, {.version = "9.9"});
  Totals totals;
  std::string bodies;
  for (const NodeReport& report : reports) {
    Part part = format->Make(report);
    if (!bodies.empty() && !part.body.empty()) bodies += format->Between();
    bodies += part.body;
    totals.kept.push_back(part.kept);
    totals.summary.Add(Count(report));
    for (const Record& record : report.findings) totals.rules.push_back(record.rule);
  }
  totals.exit_status = 1;
  return format->Begin(format->BeginsLate() ? &totals : nullptr) + bodies + format->End(totals);
}

rapidjson::Document Json(const std::string& text) {
  rapidjson::Document document;
  document.Parse<rapidjson::kParseValidateEncodingFlag>(text.c_str());
  EXPECT_FALSE(document.HasParseError()) << text.substr(document.GetErrorOffset(), 100);
  return document;
}

size_t Occurrences(const std::string& text, const std::string& what) {
  size_t n = 0;
  for (size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + 1)) ++n;
  return n;
}

TEST(Formats, EveryFormatCanBeMadeOfNothingAndOfSeveralNodes) {
  for (const char* name : FormatNames()) {
    EXPECT_NE(MakeFormat(name, {}), nullptr) << name;
    Render(name, {});
    EXPECT_NE(Render(name, {MakeReport(), MakeReport()}), "") << name;
  }
  EXPECT_EQ(MakeFormat("xml", {}), nullptr);
}

TEST(Text, RulesThatAreUnknownForOneReasonAreToldAtOnce) {
  NodeReport report;
  for (const char* id : {"first", "second", "third", "alone"}) {
    report.findings.push_back(MakeRecord(id, rules::Verdict::kUnknown));
    report.findings.back().reason =
        Safe(std::string(id) + " cannot be known: " + (id[0] == 'a' ? "a pipe" : "no version"));
  }
  report.findings.push_back(MakeRecord("fails", rules::Verdict::kFail));
  report.findings.back().reason = report.findings[0].reason;
  const std::string text = Render("text", {report});
  EXPECT_EQ(Occurrences(text, "no version"), 2U) << text;  // of the three, of the one that fails
  EXPECT_NE(text.find("3 rules alike"), text.npos) << text;
  EXPECT_NE(text.find("rules: first, second, third"), text.npos) << text;
  EXPECT_NE(text.find("alone cannot be known: a pipe"), text.npos) << text;
  const auto format = MakeFormat("text", {.verbose = true});
  EXPECT_EQ(Occurrences(format->Make(report).body, "no version"), 4U);
}

/// Of a stored report every text is somebody else's.
TEST(Text, NothingOfAStoredReportReachesTheTerminalRaw) {
  const std::string raw = "\x1b[2J\xE2\x80\xAE";
  NodeReport report = MakeReport();
  report.node.name = report.node.root = raw;
  report.node.roles = {raw};
  ComponentRecord component;
  component.component = component.instance = component.run_by = raw;
  component.version = raw;
  report.node.components = {component};
  report.node.not_read = {{raw, raw, raw, raw}};
  for (const char* id : {"a", "b", "c"})
    report.findings.push_back(MakeRecord(id, rules::Verdict::kUnknown));
  for (Record& record : report.findings) {
    auto rule = std::make_shared<RuleText>(*record.rule);
    for (std::string* text :
         {&rule->id, &rule->title, &rule->row, &rule->expected, &rule->remedy, &rule->link})
      *text += raw;
    rule->cis = {raw};
    record.rule = rule;
    record.component = record.instance = record.reason = raw;
    record.evidence = {{raw, raw, raw, {raw, 1, 1}, {{raw, raw, {raw, 2, 2}}}}};
  }
  for (const bool verbose : {false, true}) {
    const auto format = MakeFormat("text", {.verbose = verbose});
    const std::string text = format->Make(report).body;
    EXPECT_EQ(text.find('\x1b'), text.npos) << text;
    EXPECT_EQ(text.find("\xE2\x80\xAE"), text.npos) << text;
  }
  report.node.components[0].version.reset();
  EXPECT_EQ(Render("text", {report}).find('\x1b'), std::string::npos);
}

TEST(Formats, JsonStaysJson) {
  for (const char* name : {"json", "sarif", "policyreport"}) {
    EXPECT_TRUE(Json(Render(name, {})).IsObject()) << name;
    EXPECT_TRUE(Json(Render(name, {MakeReport(), MakeReport()})).IsObject()) << name;
  }
}

TEST(Formats, NothingThatHidesOrBreaksOutIsLeft) {
  // What is for people or for a stricter grammar than JSON's shows such characters written out.
  for (const char* name : {"text", "sarif", "junit", "html", "metrics", "csv", "policyreport"}) {
    const std::string text = Render(name, {MakeReport()});
    EXPECT_EQ(text.find("\xE2\x80\xAE"), std::string::npos) << name;
    EXPECT_EQ(text.find('\x01'), std::string::npos) << name;
    EXPECT_EQ(text.find('\t'), std::string::npos) << name;
  }
  EXPECT_EQ(Render("junit", {MakeReport()}).find("</script>"), std::string::npos);
}

TEST(Sarif, KindsLevelsAndPlaces) {
  const rapidjson::Document sarif = Json(Render("sarif", {MakeReport()}));
  const auto& run = sarif["runs"][0];
  const char* kinds[] = {"fail", "open", "review", "fail", "pass", "notApplicable"};
  for (rapidjson::SizeType i = 0; i < 6; ++i) {
    const auto& result = run["results"][i];
    EXPECT_STREQ(result["kind"].GetString(), kinds[i]);
    EXPECT_STREQ(result["level"].GetString(), std::string(kinds[i]) == "fail" ? "error" : "none");
  }
  const auto& place = run["results"][0]["locations"][0]["physicalLocation"];
  EXPECT_STREQ(place["artifactLocation"]["uri"].GetString(), "etc/a%20b.yaml");
  EXPECT_STREQ(place["artifactLocation"]["uriBaseId"].GetString(), "NODE:cp-0");
  EXPECT_EQ(place["region"]["startLine"].GetInt(), 3);
  EXPECT_EQ(place["region"]["startColumn"].GetInt(), 7);
  EXPECT_STREQ(run["originalUriBaseIds"]["NODE:cp-0"]["uri"].GetString(), "file:///backup/cp%200/");
  EXPECT_FALSE(run["results"][1]["locations"][0].HasMember("physicalLocation"));
  EXPECT_STREQ(
      run["results"][1]["locations"][0]["logicalLocations"][0]["fullyQualifiedName"].GetString(),
      "cp-0/etcd/etcd.service");
  EXPECT_EQ(run["tool"]["driver"]["rules"].Size(), 6u);
  EXPECT_EQ(run["invocations"][0]["toolExecutionNotifications"].Size(), 1u);
}

TEST(Sarif, FingerprintsSurviveMovedLinesAndNewValues) {
  const auto prints = [](const NodeReport& report) {
    const rapidjson::Document sarif = Json(Render("sarif", {report}));
    std::vector<std::string> all;
    for (const auto& result : sarif["runs"][0]["results"].GetArray())
      all.emplace_back(result["partialFingerprints"]["seawallFinding/v1"].GetString());
    return all;
  };
  NodeReport report = MakeReport();
  const std::vector<std::string> before = prints(report);
  EXPECT_EQ(std::set<std::string>(before.begin(), before.end()).size(), 6u);
  report.findings[0].evidence[0].place.line = 99;
  report.findings[0].reason = "something else";
  report.findings[0].verdict = rules::Verdict::kPass;
  EXPECT_EQ(prints(report), before);
  report.findings[0].instance = "another";
  EXPECT_NE(prints(report)[0], before[0]);
}

TEST(Junit, OnlyAPassIsGreen) {
  const std::string xml = Render("junit", {MakeReport()});
  EXPECT_NE(xml.find("tests=\"6\" failures=\"1\" errors=\"1\" skipped=\"3\""), std::string::npos)
      << xml;
  EXPECT_EQ(Occurrences(xml, "<failure "), 1u);
  EXPECT_EQ(Occurrences(xml, "<error "), 1u);
  EXPECT_EQ(Occurrences(xml, "<skipped "), 3u);
  EXPECT_EQ(Occurrences(xml, "time=\"0\"/>"), 1u);
  EXPECT_NE(xml.find("&lt;/script&gt;&lt;!-- ]]&gt; &quot;quoted&quot; &#39;single&#39; &amp; "
                     "\\u202eevil\\x01"),
            std::string::npos);
}

TEST(Html, WhatANodeSaysIsNoMarkup) {
  const std::string html = Render("html", {MakeReport(), MakeReport()});
  EXPECT_EQ(Occurrences(html, "<script"), 1u);
  EXPECT_EQ(Occurrences(html, "</script"), 1u);
  EXPECT_EQ(html.find("<!-- ]]>"), std::string::npos);
  EXPECT_EQ(html.find("\"quoted\""), std::string::npos);
  for (const char* refused : {" style=", " src=", " onclick=", "javascript:", "http://"})
    EXPECT_EQ(html.find(refused), std::string::npos) << refused;
  EXPECT_NE(html.find("default-src 'none'; style-src 'sha256-"), std::string::npos);
}

TEST(Html, ALinkThatIsNoneIsText) {
  NodeReport report = MakeReport();
  auto rule = std::make_shared<RuleText>(*report.findings[0].rule);
  rule->link = "javascript:alert(1)";
  report.findings = {report.findings[0]};
  report.findings[0].rule = rule;
  EXPECT_EQ(Render("html", {report}).find("javascript:"), std::string::npos);
}

TEST(Csv, NoFormulaAndSeventeenFields) {
  const std::string csv = Render("csv", {MakeReport()});
  EXPECT_NE(csv.find("\"'=cmd|"), std::string::npos) << csv;
  EXPECT_NE(csv.find("\"'--flag = =cmd|"), std::string::npos) << csv;
  EXPECT_EQ(Occurrences(csv, "\r\n"), 7u);
  EXPECT_EQ(Occurrences(csv, "\n"), 7u);
  size_t commas = 0;
  bool quoted = false;
  const std::string line = csv.substr(csv.find("\r\n") + 2);
  for (size_t i = 0; line[i] != '\r'; ++i) {
    if (line[i] == '"') quoted = !quoted;
    if (line[i] == ',' && !quoted) ++commas;
  }
  EXPECT_EQ(commas, 16u);
}

TEST(Metrics, EachSeriesOnceAndEscaped) {
  NodeReport report = MakeReport();
  report.findings.push_back(report.findings[0]);  // the same certificate once more
  const std::string text = Render("metrics", {report});
  std::set<std::string> series;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("#")) continue;
    EXPECT_TRUE(series.insert(line.substr(0, line.rfind(' '))).second) << line;
  }
  EXPECT_NE(text.find("seawall_certificate_not_after_timestamp_seconds{node=\"cp-0\",file=\"/etc/"
                      "c.crt\",line=\"1\"} 1826997898\n"),
            std::string::npos)
      << text;
  EXPECT_NE(text.find("\\\"quoted\\\" 'single' & \\\\u202eevil"), std::string::npos) << text;
  EXPECT_NE(text.find("seawall_findings{node=\"cp-0\",verdict=\"manual\",severity=\"high\",row="
                      "\"5a\"} 1\n"),
            std::string::npos);
  EXPECT_NE(text.find("seawall_build_info{version=\"9.9\"} 1\n"), std::string::npos);
}

TEST(PolicyReport, ResultsAndNames) {
  NodeReport odd = MakeReport();
  odd.node.name = "CP_0";
  const rapidjson::Document list = Json(Render("policyreport", {MakeReport(), odd}));
  const auto& report = list["items"][0];
  const char* results[] = {"fail", "error", "warn", "skip", "pass", "skip"};
  for (rapidjson::SizeType i = 0; i < 6; ++i)
    EXPECT_STREQ(report["results"][i]["result"].GetString(), results[i]);
  EXPECT_EQ(report["summary"]["skip"].GetInt(), 2);
  EXPECT_STREQ(report["metadata"]["name"].GetString(), "seawall-cp-0");
  EXPECT_TRUE(
      std::string(list["items"][1]["metadata"]["name"].GetString()).starts_with("seawall-cp-0-"));
}

TEST(PolicyReport, OnlyMachinesAreInTheScopeOfANode) {
  NodeReport machine = MakeReport();
  NodeReport by_api = MakeReport();
  by_api.node.machine = false;
  by_api.node.root = "https://192.0.2.10:6443";
  NodeReport cluster = by_api;
  by_api.node.components.emplace_back().component = "kubelet";
  NodeReport managed = MakeReport();
  managed.node.machine = false;
  managed.node.root = "gke.json";
  managed.node.components.emplace_back().run_by = kManaged;
  NodeReport configuration = MakeReport();
  configuration.node.machine = false;
  configuration.node.root = "kubeadm.yaml";
  NodeReport together = MakeReport();
  together.node.cluster = true;
  const rapidjson::Document list =
      Json(Render("policyreport", {machine, by_api, cluster, managed, configuration, together}));
  const bool expected[] = {true, true, false, false, false, false};
  for (rapidjson::SizeType i = 0; i < 6; ++i)
    EXPECT_EQ(list["items"][i].HasMember("scope"), expected[i]) << i;
  EXPECT_STREQ(list["items"][0]["scope"]["kind"].GetString(), "Node");
  EXPECT_NE(Render("html", {managed}).find("<h2>Cluster cp-0</h2>\n<p class=\"dim\">gke.json</p>"),
            std::string::npos);
}

}  // namespace
}  // namespace seawall::report
