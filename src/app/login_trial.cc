#include "app/login_trial.h"

#include "api/as_user.h"
#include "api/facts.h"
#include "app/api_targets.h"
#include "app/cluster_api.h"
#include "proofs/proof.h"

namespace seawall::app {

Result<LoginTrial> LoginTrial::Open(const Arguments& arguments, std::vector<ProveTarget>& targets) {
  auto client = OpenApi(arguments);
  if (!client) return std::unexpected(client.error());
  api::ReadLimits limits;
  limits.only_machines = true;
  auto facts = api::ReadFacts(**client, limits);
  if (!facts) return std::unexpected(facts.error());
  targets = ApiTargets(**facts);
  LoginTrial trial;
  const auto secrets = (*client)->Get("/api/v1/secrets?limit=1");
  trial.privileged_ = secrets && secrets->status == 200;
  trial.access_ = (*client)->access();
  if (auto cas = x509::ReadCertificates(trial.access_.ca, "the kubeconfig's CA")) {
    const auto shared = std::make_shared<const std::vector<x509::Certificate>>(std::move(*cas));
    for (ProveTarget& target : targets) target.cas = shared;
  }
  trial.as_ = trial.access_.Anonymous() ? "somebody without a login"
                                        : "the kubeconfig's user " + trial.access_.user;
  return trial;
}

bool LoginTrial::Wants(const probe::Observation& seen) const {
  return seen.reachable == probe::Known::kYes && seen.tls.tls == probe::Known::kYes &&
         !access_.Anonymous() && !proofs::LoginPaths(seen.endpoint.component).empty();
}

void LoginTrial::Ask(probe::Observation& seen, std::chrono::milliseconds timeout) const {
  probe::Login login;
  login.as = as_;
  login.privileged = privileged_;
  if (!privileged_) {
    const auto answers = api::AskAsUser(access_, seen.endpoint.host, seen.endpoint.port,
                                        proofs::LoginPaths(seen.endpoint.component),
                                        static_cast<int>(timeout.count()));
    for (const api::UserAnswer& answer : answers) {
      probe::PathAnswer one;
      one.path = answer.path;
      one.status = answer.status;
      one.why = answer.why;
      login.answers.push_back(std::move(one));
    }
  }
  seen.login = std::move(login);
}

}  // namespace seawall::app
