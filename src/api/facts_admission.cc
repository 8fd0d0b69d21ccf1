// Who may look into requests, and who answers instead of the API server: admission webhooks and
// aggregated APIs.
#include <algorithm>

#include "api/facts_parts.h"
#include "api/kept_words.h"

namespace seawall::api {

using cluster::ApiService;
using cluster::Webhook;

namespace {

constexpr const char* kGroup = "/apis/admissionregistration.k8s.io/v1/";

bool Has(const std::vector<std::string>& list, std::string_view word) {
  return std::ranges::find(list, word) != list.end();
}

/// A selector that leaves nothing out.
bool Selects(const yaml::Value& selector) {
  return selector["matchLabels"].size() == 0 && selector["matchExpressions"].size() == 0;
}

void ReadRules(const yaml::Value& one, Webhook& hook) {
  bool all = false;
  for (const yaml::Value& rule : one["rules"].Items()) {
    const auto groups = Texts(rule["apiGroups"]);
    const auto resources = Texts(rule["resources"]);
    const bool every_group = Has(groups, "*");
    const bool every_resource = Has(resources, "*") || Has(resources, "*/*");
    all = all || (every_group && every_resource);
    if ((every_group || Has(groups, "")) && (every_resource || Has(resources, "secrets")))
      hook.sees_secrets = true;
  }
  const bool narrowed = !Selects(one["namespaceSelector"]) || !Selects(one["objectSelector"]) ||
                        one["matchConditions"].size() > 0;
  hook.everything = all && !narrowed;
}

void AddWebhooks(const yaml::Value& item, const char* kind, std::vector<Webhook>& hooks) {
  for (const yaml::Value& one : item["webhooks"].Items()) {
    Webhook hook;
    hook.kind = kind;
    hook.configuration = item.Path("metadata.name").text();
    hook.name = one["name"].text();
    hook.failure_policy = one["failurePolicy"].text();
    if (hook.failure_policy.empty()) hook.failure_policy = "Fail";
    const yaml::Value config = one["clientConfig"];
    if (config["url"].exists()) hook.url = OriginOf(config["url"].text());
    if (config["service"].is_mapping()) {
      hook.service =
          config.Path("service.namespace").text() + "/" + config.Path("service.name").text();
    }
    hook.has_ca = !config["caBundle"].text().empty();
    const auto reviews = Texts(one["admissionReviewVersions"]);
    hook.old_review = !reviews.empty() && !Has(reviews, "v1");
    ReadRules(one, hook);
    hooks.push_back(std::move(hook));
  }
}

void ReadHooks(Asker& ask, const char* path, const char* kind,
               cluster::AnswerList<Webhook>& answer) {
  std::vector<Webhook> hooks;
  const auto ok = ask.Each(
      {.path = std::string(kGroup) + path, .page = 20},
      [&](const yaml::Value& item) { AddWebhooks(item, kind, hooks); }, [&] { hooks.clear(); });
  if (ok) {
    Asker::Know(answer, std::move(hooks));
  } else {
    Asker::Blame(answer, ok.error());
  }
}

}  // namespace

void ReadAdmission(Asker& ask, cluster::ApiFacts& facts) {
  ReadHooks(ask, "validatingwebhookconfigurations", "ValidatingWebhookConfiguration",
            facts.validating);
  ReadHooks(ask, "mutatingwebhookconfigurations", "MutatingWebhookConfiguration", facts.mutating);
  ask.List<ApiService>({.path = "/apis/apiregistration.k8s.io/v1/apiservices"}, facts.services,
                       [](const yaml::Value& item) -> std::optional<ApiService> {
                         ApiService service;
                         service.name = item.Path("metadata.name").text();
                         service.insecure =
                             item.Path("spec.insecureSkipTLSVerify").AsBool().value_or(false);
                         if (item.Path("spec.service").is_mapping()) {
                           service.service = item.Path("spec.service.namespace").text() + "/" +
                                             item.Path("spec.service.name").text();
                         }
                         return service;
                       });
}

}  // namespace seawall::api
