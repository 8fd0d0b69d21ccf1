#include "auditlog/learner.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <set>

#include "auditlog/time.h"

namespace seawall::auditlog {
namespace {

/// An event of few words; `more` is put before its end.
std::string Event1(const std::string& user, const std::string& verb, const std::string& more,
                   const std::string& stage = "ResponseComplete",
                   const std::string& decision = "allow", int code = 200,
                   const std::string& id = "i") {
  const std::string annotations =
      decision.empty()
          ? ""
          : fmt::format(R"("annotations":{{"authorization.k8s.io/decision":"{}"}},)", decision);
  return fmt::format(
      R"({{"kind":"Event","auditID":"{}","stage":"{}","verb":"{}","user":{{"username":"{}"}},{}"requestReceivedTimestamp":"2026-11-28T20:00:01.5Z","responseStatus":{{"code":{}}}{}}})"
      "\n",
      id, stage, verb, user, annotations, code, more.empty() ? "" : "," + more);
}
std::string Ref(const std::string& resource, const std::string& space, const std::string& name,
                const std::string& sub = "") {
  return fmt::format(
      R"("requestURI":"/{}","objectRef":{{"resource":"{}","namespace":"{}","name":"{}","subresource":"{}"}})",
      resource + space + name, resource, space, name, sub);
}

struct Told {
  std::set<std::string> rights;
  LearnCounts counts;
  std::vector<LineKind> lines;
};

Told Learn(std::string text, const LearnFilter& filter = {}) {
  SeenEvents seen;
  Learner learner(filter, seen);
  EventReader reader;
  Told told;
  for (size_t at = 0; at < text.size();) {
    size_t end = text.find('\n', at);
    if (end == std::string::npos) end = text.size();
    told.lines.push_back(reader.Read(text.data() + at, end - at, learner));
    at = end + 1;
  }
  // As when several threads have learnt.
  Learner all(filter, seen);
  all.Merge(learner);
  const auto word = [&](rbac::NameId id) { return std::string(all.names.Text(id)); };
  for (const auto& [r, use] : all.rights) {
    told.rights.insert(fmt::format("{}{} {} {}{}{}{} x{}", r.of_group ? "group " : "",
                                   word(r.subject), word(r.verb), word(r.space), r.url ? "" : "/",
                                   word(r.resource), r.name == 0 ? "" : "=" + word(r.name),
                                   use.count));
  }
  told.counts = all.counts;
  return told;
}

using Rights = std::set<std::string>;

TEST(Learner, OnlyWhatWasAllowedCountsAndOnlyOnce) {
  const std::string pod = Ref("pods", "s", "a");
  const Told told =
      Learn(Event1("u", "get", pod, "RequestReceived", "") +
            Event1("u", "get", pod, "ResponseStarted") + Event1("u", "get", pod) +  // again
            Event1("u", "delete", pod, "ResponseComplete", "forbid", 403) +         // denied
            Event1("u", "list", pod, "ResponseComplete", "", 401) +                 // nobody
            Event1("u", "patch", pod, "ResponseComplete", "", 0) +                  // who knows
            Event1("u", "update", pod, "ResponseComplete", "allow", 409) +
            Event1("u", "watch", pod, "Panic", "allow", 500) +
            Event1("system:kube-scheduler", "get", pod));
  EXPECT_EQ(told.rights,
            Rights({"u get s/pods=a x1", "u update s/pods=a x1", "u watch s/pods=a x1"}));
  EXPECT_EQ(told.counts.events, 9u);
  EXPECT_EQ(told.counts.learnt, 3u);
  EXPECT_EQ(told.counts.denied, 2u);
  EXPECT_EQ(told.counts.undecided, 1u);
  EXPECT_EQ(told.counts.twice, 1u);
  EXPECT_EQ(told.counts.others, 1u);
}

TEST(Learner, TheClientsWordAloneMakesNoTwoEventsOne) {
  const std::string a = Ref("pods", "s", "a");
  const std::string b = Ref("pods", "s", "b");
  EXPECT_EQ(Learn(Event1("u", "get", a) + Event1("u", "get", b) + Event1("v", "get", a)).rights,
            Rights({"u get s/pods=a x1", "u get s/pods=b x1", "v get s/pods=a x1"}));
}

TEST(Learner, NamesAreThoseThatAuthorizationSaw) {
  EXPECT_EQ(Learn(Event1("u", "create", Ref("pods", "s", "new"))).rights,
            Rights({"u create s/pods x1"}));
  EXPECT_EQ(Learn(Event1("u", "create", Ref("pods", "s", "a", "exec"))).rights,
            Rights({"u create s/pods/exec=a x1"}));
  EXPECT_EQ(Learn(Event1("u", "list", Ref("pods", "s", "a"))).rights,
            Rights({"u list s/pods=a x1"}));  // by a field selector
  EXPECT_EQ(Learn(Event1("u", "deletecollection", Ref("pods", "s", ""))).rights,
            Rights({"u deletecollection s/pods x1"}));
  EXPECT_EQ(
      Learn(Event1("u", "patch", Ref("pods", "s", "a"), "ResponseComplete", "allow", 201)).rights,
      Rights({"u create s/pods=a x1", "u patch s/pods=a x1"}));
  EXPECT_EQ(Learn(Event1("u", "get", Ref("namespaces", "s", "s"))).rights,
            Rights({"u get s/namespaces=s x1"}));
}

TEST(Learner, UrlsWithoutTheirQueryAndWithoutDiscovery) {
  const auto url = [](const std::string& uri) {
    return Event1("u", "get", fmt::format(R"("requestURI":"{}")", uri));
  };
  EXPECT_EQ(Learn(url("/healthz?verbose=1") + url("/livez/etcd") + url("/a%2Fb%") +
                  url("/api/v1?timeout=1s") + url("/apis") + url("/openapi/v3") + url("/version"))
                .rights,
            Rights({"u get /healthz x1", "u get /livez/etcd x1", "u get /a/b% x1"}));
  EXPECT_EQ(Learn(Event1("u", "create", Ref("selfsubjectaccessreviews", "", ""))).rights, Rights());
}

TEST(Learner, ImpersonationIsTheImpersonatorsAndTheRestIsNot) {
  const std::string as =
      R"(,"impersonatedUser":{"username":"system:serviceaccount:s:bot","uid":"7","groups":["system:serviceaccounts","system:serviceaccounts:s","system:authenticated","ops"],"extra":{"scope":["x"]}})";
  const Told told = Learn(Event1("u", "get", Ref("pods", "s", "a") + as));
  EXPECT_EQ(told.rights,
            Rights({"u impersonate s/serviceaccounts=bot x1", "u impersonate /groups=ops x1",
                    "u impersonate /uids=7 x1", "u impersonate /userextras/scope=x x1",
                    "system:serviceaccount:s:bot get s/pods=a x1"}));
}

TEST(Learner, ConstrainedImpersonationIsItsModesVerbsAndTheRequest) {
  const auto as = [](const std::string& who, const std::string& mode) {
    return R"(,"impersonatedUser":)" + who +
           R"(,"authenticationMetadata":{"impersonationConstraint":"impersonate:)" + mode + R"("})";
  };
  const std::string bob =
      R"({"username":"bob","groups":["ops","system:authenticated"],"extra":{"e.io/x":["y"]}})";
  EXPECT_EQ(
      Learn(Event1("u", "list", Ref("pods", "s", "") + as(bob, "user-info"))).rights,
      Rights({"u impersonate:user-info /users=bob x1", "u impersonate:user-info /groups=ops x1",
              "u impersonate:user-info /userextras/e.io/x=y x1",
              "u impersonate-on:user-info:list s/pods x1", "bob list s/pods x1"}));
  const std::string bot =
      R"({"username":"system:serviceaccount:s:bot","groups":["system:serviceaccounts","system:serviceaccounts:s","system:authenticated"]})";
  EXPECT_EQ(
      Learn(Event1("u", "create", Ref("pods", "s", "new") + as(bot, "serviceaccount"))).rights,
      Rights({"u impersonate:serviceaccount s/serviceaccounts=bot x1",
              "u impersonate-on:serviceaccount:create s/pods x1",
              "system:serviceaccount:s:bot create s/pods x1"}));
  const std::string node =
      R"({"username":"system:node:n1","groups":["system:nodes","system:authenticated"]})";
  EXPECT_EQ(Learn(Event1("u", "get", Ref("nodes", "", "n1") + as(node, "arbitrary-node"))).rights,
            Rights({"u impersonate:arbitrary-node /nodes=n1 x1",
                    "u impersonate-on:arbitrary-node:get /nodes=n1 x1"}));
  EXPECT_EQ(Learn(Event1("u", "get", Ref("nodes", "", "n1") + as(node, "associated-node"))).rights,
            Rights({"u impersonate:associated-node /nodes=* x1",
                    "u impersonate-on:associated-node:get /nodes=n1 x1"}));
  // Discovery is what everybody has for himself.
  EXPECT_EQ(Learn(Event1("u", "get", R"("requestURI":"/api?timeout=1s")" + as(bob, "user-info")))
                .rights.count("u impersonate-on:user-info:get /api x1"),
            1u);
}

TEST(Learner, WhoImpersonatedMightDoSoWhateverTheOtherWasRefused) {
  const Told told = Learn(
      Event1("u", "get", Ref("secrets", "s", "a") + R"(,"impersonatedUser":{"username":"bob"})",
             "ResponseComplete", "forbid", 403));
  EXPECT_EQ(told.rights, Rights({"u impersonate /users=bob x1"}));
  EXPECT_EQ(told.counts.denied, 0u);
}

TEST(Learner, StreamsByGetNeedCreateAsWell) {
  const auto exec = [](int code) {
    return Learn(
               Event1("u", "get", Ref("pods", "s", "a", "exec"), "ResponseStarted", "allow", code))
        .rights;
  };
  EXPECT_EQ(exec(101), Rights({"u create s/pods/exec=a x1", "u get s/pods/exec=a x1"}));
  EXPECT_EQ(exec(403), Rights({"u get s/pods/exec=a x1"}));  // it was asked, and refused
  EXPECT_EQ(Learn(Event1("u", "get", Ref("pods", "s", "a", "log"))).rights,
            Rights({"u get s/pods/log=a x1"}));
}

TEST(Learner, SubjectsAreChosen) {
  const std::string event =
      R"({"kind":"Event","stage":"ResponseComplete","verb":"get","user":{"username":"u","groups":["devs","x"]},)" +
      Ref("pods", "s", "a") + R"(,"annotations":{"authorization.k8s.io/decision":"allow"}})";
  EXPECT_EQ(Learn(event, {.users = {}, .groups = {"devs"}}).rights,
            Rights({"group devs get s/pods=a x1"}));
  EXPECT_EQ(Learn(event, {.users = {"v"}, .groups = {}}).rights, Rights());
  EXPECT_EQ(Learn(event, {.users = {"u"}, .groups = {}}).rights, Rights({"u get s/pods=a x1"}));
}

TEST(EventReader, ListsDamageAndWhatIsNoEvent) {
  const std::string item =
      R"({"stage":"ResponseComplete","verb":"get","user":{"username":"\u0075"},"requestURI":"/x","responseStatus":{"code":200},"requestObject":{"a":["}",{"b":"\"]"}]}})";
  const Told told = Learn(R"({"kind":"EventList","items":[)" + item + "," + item + "]}\n" +
                          "\n  \r\n{\"kind\":\"Pod\"}\n[1]\nnull\n{\"kind\":\"Event\"\n" +
                          "{\"kind\":\"Event\"} x\n{\"kind\":\"Ev\\x\"}\n");
  EXPECT_EQ(told.rights, Rights({"u get /x x1"}));
  EXPECT_EQ(Learn("\xEF\xBB\xBF" + Event1("u", "get", R"("requestURI":"/x")")).rights, told.rights);
  EXPECT_EQ(told.lines,
            std::vector<LineKind>({LineKind::kEvents, LineKind::kBlank, LineKind::kBlank,
                                   LineKind::kOther, LineKind::kDamaged, LineKind::kDamaged,
                                   LineKind::kDamaged, LineKind::kDamaged, LineKind::kDamaged}));
}

TEST(Learner, ManyNamesAreAnyNameAndTold) {
  std::string text;
  for (size_t i = 0; i < Learner::kMostNames + 5; ++i)
    text += Event1("u", "get", Ref("pods", "s", std::to_string(i)));
  const Told told = Learn(text);
  EXPECT_EQ(told.counts.names_dropped, 1u);
  EXPECT_TRUE(told.rights.contains("u get s/pods x5"));
}

TEST(Learner, BoundsHoldForSeveralTogether) {
  const LearnFilter review{.users = {}, .groups = {}, .review = true};
  SeenEvents seen;
  Learner all(review, seen);
  for (const std::string part : {"a", "b"}) {
    Learner one(review, seen);
    EventReader reader;
    for (size_t i = 0; i < Learner::kMostNames * 6 / 10; ++i) {
      const std::string name = part + std::to_string(i);
      std::string text = Event1("u", "get", Ref("pods", "s", name));
      ASSERT_EQ(reader.Read(text.data(), text.size() - 1, one), LineKind::kEvents);
    }
    all.Merge(one);
  }
  EXPECT_EQ(all.rights.size(), Learner::kMostNames + 1);  // any name is one more
  uint64_t times = 0;
  for (const auto& [right, use] : all.rights) times += use.count;
  EXPECT_EQ(times, Learner::kMostNames * 12 / 10);
}

TEST(Learner, KindsThatAnybodyMayAskForAreBounded) {
  const LearnFilter review{.users = {}, .groups = {}, .review = true};
  SeenEvents seen;
  Learner learner(review, seen);
  EventReader reader;
  for (size_t i = 0; i < Learner::kMostChanges + 10; ++i) {
    std::string text = Event1("system:anonymous", "v" + std::to_string(i), Ref("pods", "s", "n"),
                              "ResponseComplete", "forbid", 403);
    ASSERT_EQ(reader.Read(text.data(), text.size() - 1, learner), LineKind::kEvents);
  }
  EXPECT_EQ(learner.kinds.size(), Learner::kMostChanges);
}

TEST(Learner, ChangesBeyondThoseThatAreKeptAreCounted) {
  const LearnFilter review{.users = {}, .groups = {}, .review = true};
  SeenEvents seen;
  Learner one(review, seen), other(review, seen);
  EventReader reader;
  for (size_t i = 0; i < Learner::kMostChanges + 10; ++i) {
    std::string text = Event1(
        "ann", "update",
        fmt::format(R"("requestURI":"/{0}","objectRef":{{"resource":"roles","namespace":"s",)"
                    R"("name":"r{0}","apiGroup":"rbac.authorization.k8s.io"}})",
                    i));
    ASSERT_EQ(reader.Read(text.data(), text.size() - 1, i % 2 == 0 ? one : other),
              LineKind::kEvents);
  }
  Learner all(review, seen);
  all.Merge(one);
  EXPECT_EQ(all.counts.changes_dropped, 0u);
  all.Merge(other);
  EXPECT_EQ(all.changes.size(), Learner::kMostChanges);
  EXPECT_EQ(all.counts.changes_dropped, 10u);
}

TEST(SeenEvents, ForgetsOnlyWhatIsLongAgo) {
  SeenEvents seen;
  const auto add = [&](uint64_t i) { return seen.Add(i * 0x9E3779B97F4A7C15ull); };
  size_t fresh = 0;
  for (uint64_t i = 1; i <= 1'000'000; ++i) fresh += add(i);
  EXPECT_EQ(fresh, 1'000'000u);
  for (uint64_t i = 1; i <= 1'000'000; ++i) fresh += add(i);
  EXPECT_EQ(fresh, 1'000'000u);
}

TEST(AuditTime, IsReadAndWritten) {
  EXPECT_EQ(TimeText(ReadTime("2026-11-28T20:53:58.123456Z")), "2026-11-28T20:53:58Z");
  EXPECT_EQ(ReadTime("1970-01-01T00:00:01Z"), 1);
  for (const char* bad : {"", "2026-11-28 20:53:58Z", "2026-13-28T20:53:58Z", "x"})
    EXPECT_EQ(ReadTime(bad), 0) << bad;
  EXPECT_EQ(TimeText(0), "an unknown time");
}

}  // namespace
}  // namespace seawall::auditlog
