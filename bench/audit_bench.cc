// Where the time of an audit goes: parsing, reading a node, judging it, writing the report.
#include <benchmark/benchmark.h>

#include <cstdlib>
#include <fstream>
#include <sstream>

#include "base/files.h"
#include "cluster/node.h"
#include "report/format.h"
#include "rules/rule.h"
#include "yaml/document.h"

namespace {

constexpr const char* kRoot = "build/bench-data/nodes/cp-0";  // laid out by bench.sh
constexpr int64_t kNow = 1800000000;

std::string Manifest() {
  std::ifstream in(std::string(kRoot) + "/etc/kubernetes/manifests/kube-apiserver.yaml");
  std::stringstream text;
  text << in.rdbuf();
  return text.str();
}

seawall::cluster::Node ReadExample() {
  auto files = seawall::OpenRoot(kRoot);
  if (!files) std::abort();
  auto node =
      seawall::cluster::ReadNode(std::shared_ptr<const seawall::Files>(std::move(*files)), {});
  if (!node) std::abort();
  return std::move(*node);
}

void ParseManifest(benchmark::State& state) {
  std::string text = Manifest();
  for (auto _ : state) benchmark::DoNotOptimize(seawall::yaml::Parse("m", text));
  state.SetBytesProcessed(static_cast<int64_t>(state.iterations() * text.size()));
}
BENCHMARK(ParseManifest);

void ReadNode(benchmark::State& state) {
  for (auto _ : state) benchmark::DoNotOptimize(ReadExample());
}
BENCHMARK(ReadNode);

void ReadAndEvaluate(benchmark::State& state) {
  for (auto _ : state) {
    seawall::cluster::Node node = ReadExample();
    benchmark::DoNotOptimize(seawall::rules::Evaluate(node, {}, kNow));
  }
}
BENCHMARK(ReadAndEvaluate);

void EvaluateAgain(benchmark::State& state) {
  seawall::cluster::Node node = ReadExample();  // its files are cached after the first round
  for (auto _ : state) benchmark::DoNotOptimize(seawall::rules::Evaluate(node, {}, kNow));
}
BENCHMARK(EvaluateAgain);

void Write(benchmark::State& state, const char* name) {
  seawall::cluster::Node node = ReadExample();
  const auto findings = seawall::rules::Evaluate(node, {}, kNow);
  const auto format = seawall::report::MakeFormat(name, {});
  for (auto _ : state)
    benchmark::DoNotOptimize(format->Make(seawall::report::Describe(node, findings, true)));
}
BENCHMARK_CAPTURE(Write, json, "json");
BENCHMARK_CAPTURE(Write, text, "text");

}  // namespace
