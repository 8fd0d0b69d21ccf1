#include "app/proof_writer.h"

#include <utility>

#include "app/run.h"
#include "proofs/proof.h"

namespace seawall::app {
namespace {

constexpr size_t kFileWidth = 100;        // columns of a text that no terminal shows
constexpr size_t kMostWaiting = 4 << 20;  // bytes that wait as they are; more are packed

bool IsOwn(const Wish& wish) { return wish.format == "text" || wish.format == "json"; }

}  // namespace

Result<ProofWriter> ProofWriter::Open(const std::vector<Wish>& wishes,
                                      const report::Options& options) {
  ProofWriter writer;
  std::vector<Wish> others;
  for (const Wish& wish : wishes) {
    if (!IsOwn(wish)) {
      others.push_back(wish);
      continue;
    }
    Own own;
    own.json = wish.format == "json";
    own.options = options;
    if (!wish.file.empty()) {
      own.options.color = false;
      own.options.width = kFileWidth;
      auto file = OutputFile::Create(wish.file);
      if (!file) return std::unexpected(file.error());
      own.file = std::move(*file);
    }
    writer.own_.push_back(std::move(own));
  }
  if (others.empty()) return writer;
  auto opened = ReportWriter::Open(others, options);
  if (!opened) return std::unexpected(opened.error());
  writer.others_ = std::move(*opened);
  return writer;
}

void ProofWriter::SetTargets(const std::vector<ProveTarget>& targets, int64_t now) {
  targets_ = &targets;
  now_ = now;
  parts_.resize(targets.size());
}

void ProofWriter::Add(size_t index, const probe::Observation& seen) {
  const ProveTarget& target = (*targets_)[index];
  std::vector<report::Record> records;
  for (rules::Finding& finding : proofs::Judge({.seen = seen,
                                                .node = target.node,
                                                .component = target.component,
                                                .now = now_,
                                                .cas = target.cas.get(),
                                                .only_cas = target.only_cas},
                                               target.node_name)) {
    summary_.Add(finding.outcome.verdict, finding.manual, finding.rule->severity);
    records.push_back(report::Describe(std::move(finding)));
  }
  reach_.Add(seen);
  auto part = std::make_unique<Part>();
  AddOwn(seen, records, *part);
  if (others_) {
    part->records = std::move(records);
    part->json = report::EndpointJson(seen);
  }
  parts_[index] = std::move(part);
  Flush();
}

void ProofWriter::AddOwn(const probe::Observation& seen, const std::vector<report::Record>& records,
                         Part& part) {
  part.endpoints.resize(own_.size());
  part.findings.resize(own_.size());
  for (size_t i = 0; i < own_.size(); ++i) {
    const report::EndpointPart text = own_[i].json
                                          ? report::ProveJsonPart(seen, records)
                                          : report::ProveTextPart(seen, records, own_[i].options);
    part.endpoints[i].Add(text.endpoint);
    part.findings[i].Add(text.findings);
    waiting_ += text.endpoint.size() + text.findings.size();
    if (waiting_ < kMostWaiting) continue;
    part.endpoints[i].Seal();
    part.findings[i].Seal();
  }
}

/// Endpoints are written in their order, as soon as all before them are there; findings last.
void ProofWriter::Flush() {
  for (; next_ < parts_.size() && parts_[next_]; ++next_) {
    const std::unique_ptr<Part> part = std::move(parts_[next_]);
    for (size_t i = 0; i < own_.size(); ++i)
      WriteOwn(own_[i], part->endpoints[i], part->findings[i]);
    if (others_) AddOther(next_, *part);
    waiting_ = 0;
  }
}

void ProofWriter::WriteOwn(Own& own, PackedText& endpoint, PackedText& findings) {
  if (!endpoint.empty()) {
    const std::string before = own.any    ? (own.json ? ",\n" : "\n")
                               : own.json ? report::ProveJsonBegin(own.options)
                                          : "";
    Put(own.file, before);
    endpoint.Drain([&](std::string_view text) { Put(own.file, text); });
    own.any = true;
  }
  if (findings.empty()) return;
  if (!own.findings.empty()) own.findings.Add(",\n");
  findings.Drain([&](std::string_view text) { own.findings.Add(text); });
}

void ProofWriter::AddOther(size_t index, Part& part) {
  const ProveTarget& target = (*targets_)[index];
  const std::string name = report::Safe(target.node_name);
  if (node_.node.name != name) EndNode();
  node_.node.name = name;
  node_.node.machine = target.node == nullptr || target.node->is_machine;
  node_.node.as_root = true;  // nothing was kept from being read
  node_.node.endpoints.push_back(std::move(part.json));
  for (report::Record& record : part.records) node_.findings.push_back(std::move(record));
}

void ProofWriter::EndNode() {
  report::NodeReport node = std::exchange(node_, {});
  if (node.node.endpoints.empty() || error_) return;
  if (auto ok = others_->Add(others_->Make(node)); !ok) error_ = ok.error();
}

Result<void> ProofWriter::EndOwn(Own& own, int status) {
  if (own.json) {
    Put(own.file, (own.any ? "" : report::ProveJsonBegin(own.options)) + report::ProveJsonMiddle());
    own.findings.Drain([&](std::string_view text) { Put(own.file, text); });
  }
  Put(own.file, own.json ? report::ProveJsonEnd(summary_, reach_, status)
                         : report::ProveTextEnd(summary_, reach_, own.options, status));
  if (error_) return std::unexpected(*error_);
  if (auto ok = own.file.Finish(); !ok) return ok;
  return own.file.Publish();
}

Result<int> ProofWriter::End() {
  const int status = report::ExitStatus(summary_, false);
  for (Own& own : own_) {
    if (auto ok = EndOwn(own, status); !ok) return std::unexpected(ok.error());
  }
  if (!others_) return status;
  EndNode();
  if (error_) return std::unexpected(*error_);
  if (auto ok = others_->End(status); !ok) return std::unexpected(ok.error());
  return status;
}

void ProofWriter::Put(OutputFile& file, std::string_view text) {
  if (error_ || text.empty()) return;
  if (auto ok = file.Write(text); !ok) error_ = ok.error();
}

}  // namespace seawall::app
