#include "cluster/wrappers.h"

#include <gtest/gtest.h>

namespace seawall::cluster {
namespace {

Launch Launched(const std::vector<std::string>& words, std::vector<Variable> environment = {}) {
  std::vector<Argument> arguments;
  for (const std::string& word : words) {
    Argument argument;
    argument.text = word;
    argument.place.bytes = {0, word.size()};
    arguments.push_back(std::move(argument));
  }
  return Unwrap(std::move(arguments), std::move(environment),
                [](const std::string& file, size_t begin, size_t end) {
                  Place place;
                  place.file = file;
                  place.bytes = {begin, end};
                  return place;
                });
}

/// "kind: arguments" or "kind? why" of what is run.
std::string Says(const Launch& launch) {
  std::string text = launch.kind ? ToString(*launch.kind) : "none";
  if (!launch.command.unknown.empty()) return text + "?";
  for (const Argument& argument : launch.command.arguments)
    text += " [" + argument.text + (argument.unknown.empty() ? "]" : "?]");
  return text;
}

TEST(Wrappers, ProgramsThatOnlyStartAnother) {
  EXPECT_EQ(Says(Launched({"/usr/bin/kubelet", "--a"})), "kubelet [--a]");
  EXPECT_EQ(Says(Launched({"tini", "-s", "--", "/kube-apiserver", "--a"})), "kube-apiserver [--a]");
  EXPECT_EQ(Says(Launched({"/usr/bin/dumb-init", "-r", "15:3", "etcd", "--a"})), "etcd [--a]");
  EXPECT_EQ(Says(Launched({"nice", "-n", "-10", "ionice", "-c2", "-n", "0", "etcd", "--a"})),
            "etcd [--a]");
  EXPECT_EQ(Says(Launched({"nice", "-5", "etcd"})), "etcd");
  EXPECT_EQ(Says(Launched({"taskset", "-c", "0-3", "chrt", "-r", "10", "kube-proxy", "-v"})),
            "kube-proxy [-v]");
  EXPECT_EQ(Says(Launched({"/go-runner", "--log-file=/var/log/x", "--also-stdout=true",
                           "/usr/local/bin/kube-scheduler", "--a"})),
            "kube-scheduler [--a]");
  EXPECT_EQ(Says(Launched({"hyperkube", "apiserver", "--a"})), "kube-apiserver [--a]");
  EXPECT_EQ(Says(Launched({"/hyperkube", "kube-controller-manager"})), "kube-controller-manager");
  EXPECT_EQ(Says(Launched({"timeout", "-k", "5", "10", "kubelet"})), "kubelet");
  EXPECT_EQ(Says(Launched({"sudo", "-u", "etcd", "etcd-v3.5.9", "--x"})), "etcd [--x]");
}

TEST(Wrappers, EnvSetsVariables) {
  const Launch launch = Launched({"/usr/bin/env", "-u", "GONE", "ETCD_NAME=a", "etcd", "--x"},
                                 {{"GONE", "1", {}, ""}});
  EXPECT_EQ(Says(launch), "etcd [--x]");
  ASSERT_EQ(launch.command.environment.size(), 1u);
  EXPECT_EQ(launch.command.environment[0].name, "ETCD_NAME");
  EXPECT_EQ(launch.command.environment[0].value, "a");
  EXPECT_EQ(Says(Launched({"env", "-S", "etcd --x"})), "none?");
}

TEST(Wrappers, OneSimpleCommandOfAShell) {
  EXPECT_EQ(Says(Launched({"/bin/sh", "-c", "exec kube-apiserver --a='x y' \"--b=1\" --c\\ d"})),
            "kube-apiserver [--a=x y] [--b=1] [--c d]");
  EXPECT_EQ(Says(Launched({"bash", "-euo", "pipefail", "-c",
                           "/usr/local/bin/kube-apiserver --v=2 1>>/var/log/a.log 2>&1"})),
            "kube-apiserver [--v=2]");
  EXPECT_EQ(Says(Launched({"sh", "-c", "kube-apiserver --a 2>&1 | tee -a /var/log/x"})),
            "kube-apiserver [--a]");
  EXPECT_EQ(Says(Launched({"sh", "-c", "A=1 exec nice etcd --x;\n"})), "etcd [--x]");
  EXPECT_EQ(Says(Launched({"sh", "-c", "exec kubelet \\\n  --a # why\n"})), "kubelet [--a]");
  EXPECT_EQ(Says(Launched({"sh", "-c", "exec kubelet --ip=$IP \"--x=${IP}\""},
                          {{"IP", "192.0.2.1", {}, ""}})),
            "kubelet [--ip=192.0.2.1] [--x=192.0.2.1]");
}

TEST(Wrappers, APipeForTheLogBeforeTheComponent) {
  EXPECT_EQ(Says(Launched({"/bin/sh", "-c",
                           "mkfifo /tmp/pipe; (tee -a /var/log/a.log < /tmp/pipe & ) ; exec "
                           "/usr/local/bin/kube-apiserver --a=1 --b > /tmp/pipe 2>&1"})),
            "kube-apiserver [--a=1] [--b]");
  EXPECT_EQ(Says(Launched({"sh", "-c", "mkfifo /p\n(cat </p >/log &)\nexec etcd --a >/p"})),
            "etcd [--a]");
  for (const char* line :
       {"mkfifo $P; exec etcd --a", "mkfifo `x`; exec etcd --a", "mkfifo /p || exec etcd --a",
        "mkfifo /p; (tee $L < /p & ); exec etcd --a", "mkfifo /p & exec etcd --a",
        "mkfifo /p; (tee < /p && etcd & ); exec etcd --a", "mkfifo /p; (etcd --b & ); exec etcd",
        "mkfifo /p; set -- --b; exec etcd --a"}) {
    EXPECT_EQ(Says(Launched({"sh", "-c", line})), "etcd?") << line;
  }
}

TEST(Wrappers, ACommandsOutputInAVariableLeavesTheArgumentsAlone) {
  const Launch launch = Launched({"/bin/bash", "-c", "GOMAXPROCS=$(nproc) /usr/bin/etcd --name=a"});
  EXPECT_EQ(launch.kind, ComponentKind::kEtcd);
  EXPECT_EQ(launch.command.unknown, "");
  ASSERT_EQ(launch.command.arguments.size(), 1u);
  ASSERT_FALSE(launch.command.environment.empty());
  EXPECT_EQ(launch.command.environment.back().name, "GOMAXPROCS");
  EXPECT_NE(launch.command.environment.back().unknown, "");
  EXPECT_NE(Launched({"sh", "-c", "etcd --name=$(hostname)"}).command.unknown, "");
  EXPECT_NE(Launched({"sh", "-c", "A=$(x \")\") etcd"}).command.unknown, "");
  EXPECT_NE(Launched({"sh", "-c", "$(x) etcd"}).command.unknown, "");
}

TEST(Wrappers, WhatOnlyTheShellCanTell) {
  EXPECT_EQ(Says(Launched({"sh", "-c", "exec kubelet --ip=$IP"})), "kubelet?");
  EXPECT_EQ(Says(Launched({"sh", "-c", "exec kubelet \"--ip=$IP\" --b"})),
            "kubelet [--ip=$IP?] [--b]");
  EXPECT_EQ(Says(Launched({"sh", "-c", "set -e; exec kube-apiserver --a"})), "kube-apiserver?");
  EXPECT_EQ(Says(Launched({"sh", "-c", "mkdir -p /x && exec kube-apiserver --a"})),
            "kube-apiserver?");
  EXPECT_EQ(Says(Launched({"sh", "-c", "kube-apiserver --a=$(cat /x)"})), "kube-apiserver?");
  EXPECT_EQ(Says(Launched({"sh", "-c", "kube-apiserver `cat x`"})), "kube-apiserver?");
  EXPECT_EQ(Says(Launched({"sh", "-c", "while true; do etcd; done"})), "etcd?");
  EXPECT_EQ(Says(Launched({"sh", "-c", "etcd & wait"})), "etcd?");
  EXPECT_EQ(Says(Launched({"sh", "-c", "kubelet --a=*"})), "kubelet [--a=*?]");
  EXPECT_EQ(Says(Launched({"sh", "-c", "exec \"$@\"", "x", "kubelet"})), "none?");
  EXPECT_EQ(Says(Launched({"sh", "-c", "etcd 'open"})), "etcd?");
  EXPECT_EQ(Says(Launched({"/opt/start-apiserver.sh"})), "kube-apiserver?");
  EXPECT_EQ(Says(Launched({"bash", "/opt/run-etcd.sh"})), "etcd?");
  EXPECT_EQ(Says(Launched({"docker", "run", "--net=host", "quay.io/coreos/etcd:v3.5.1", "--x"})),
            "etcd?");
  EXPECT_EQ(Says(Launched({"chroot", "/x", "kubelet"})), "kubelet?");
}

TEST(Wrappers, OtherProgramsAreNone) {
  EXPECT_EQ(Says(Launched({"etcdctl", "snapshot", "save"})), "none [snapshot] [save]");
  EXPECT_EQ(Says(Launched({"sh", "-c", "sleep 1"})), "none [1]");
  EXPECT_EQ(Says(Launched({})), "none");
  EXPECT_EQ(Says(Launched({"nice"})), "none");
  EXPECT_EQ(Says(Launched({"sh", "-c"})), "none");
}

TEST(Wrappers, PlacesGoThroughTheShellsQuotes) {
  Argument shell;
  shell.text = "sh";
  Argument option;
  option.text = "-c";
  Argument line;
  line.text = "exec kubelet --a='b c'";
  line.place.file = "/f";
  line.place.bytes = {100, 122};
  const Launch launch =
      Unwrap({shell, option, line}, {}, [](const std::string& file, size_t begin, size_t end) {
        Place place;
        place.file = file;
        place.bytes = {begin, end};
        return place;
      });
  ASSERT_EQ(launch.command.arguments.size(), 1u);
  const Argument& argument = launch.command.arguments[0];
  EXPECT_EQ(argument.place.file, "/f");
  const Span value = argument.PlaceOf(4, 7).bytes;
  EXPECT_EQ(value.begin, 118u);
  EXPECT_EQ(value.end, 121u);
}

TEST(Wrappers, ImagesAndScripts) {
  EXPECT_EQ(ComponentOfImage("registry.k8s.io/kube-apiserver:v1.37.2"), ComponentKind::kApiServer);
  EXPECT_EQ(ComponentOfImage("r:5000/x/kube-proxy-amd64@sha256:00"), ComponentKind::kProxy);
  EXPECT_FALSE(ComponentOfImage("rancher/hyperkube:v1.18.0"));
  EXPECT_FALSE(ComponentOfImage("etcd-backup:1"));
  EXPECT_EQ(ComponentOfScript("etcd-wrapper"), ComponentKind::kEtcd);
  EXPECT_EQ(ComponentOfScript("kube-apiserver"), ComponentKind::kApiServer);
  EXPECT_FALSE(ComponentOfScript("etcd-backup.sh"));
  EXPECT_FALSE(ComponentOfScript("etcdctl"));
  EXPECT_FALSE(ComponentOfScript("kubelet-csr-approver"));
}

}  // namespace
}  // namespace seawall::cluster
