#include "auditlog/event.h"

#include "auditlog/scanner.h"

namespace seawall::auditlog {
namespace {

constexpr std::string_view kDecision = "authorization.k8s.io/decision";

Event::Stage StageOf(std::string_view word) {
  return word == "ResponseComplete"  ? Event::Stage::kResponseComplete
         : word == "RequestReceived" ? Event::Stage::kRequestReceived
         : word == "ResponseStarted" ? Event::Stage::kResponseStarted
         : word == "Panic"           ? Event::Stage::kPanic
                                     : Event::Stage::kOther;
}

/// The fields of an object; what is none has none.
template <typename F>
void ObjectOrSkip(Scanner& scan, const F& field) {
  if (scan.Peek() == '{')
    scan.Object(field);
  else
    scan.Skip();
}

void ReadExtras(Scanner& scan, Event::Who& who) {
  ObjectOrSkip(scan, [&](std::string_view key) {
    if (scan.Peek() != '[') {
      scan.Skip();
      return;
    }
    scan.Array([&] { who.extras.emplace_back(key, scan.Text()); });
  });
}

/// Of a user nobody asks for more than its name and groups; of whom it acts as for all (`whole`).
void ReadWho(Scanner& scan, Event::Who& who, bool whole) {
  if (scan.Peek() != '{') {
    scan.Skip();
    return;
  }
  who.there = true;
  scan.Object([&](std::string_view key) {
    if (key == "username") {
      who.name = scan.Text();
    } else if (key == "uid") {
      who.uid = scan.Text();
    } else if (key == "groups" && scan.Peek() == '[') {
      scan.Array([&] { who.groups.push_back(scan.Text()); });
    } else if (whole && key == "extra") {
      ReadExtras(scan, who);
    } else {
      scan.Skip();
    }
  });
}

void ReadObjectRef(Scanner& scan, Event& event) {
  if (scan.Peek() != '{') {
    scan.Skip();
    return;
  }
  event.has_object = true;
  scan.Object([&](std::string_view key) {
    if (key == "resource") {
      event.resource = scan.Text();
    } else if (key == "namespace") {
      event.space = scan.Text();
    } else if (key == "name") {
      event.name = scan.Text();
    } else if (key == "apiGroup") {
      event.group = scan.Text();
    } else if (key == "subresource") {
      event.subresource = scan.Text();
    } else {
      scan.Skip();
    }
  });
}

void ReadStatus(Scanner& scan, Event& event) {
  ObjectOrSkip(scan, [&](std::string_view key) {
    if (key == "code") {
      event.code = scan.Number();
    } else {
      scan.Skip();
    }
  });
}

void ReadAnnotations(Scanner& scan, Event& event) {
  ObjectOrSkip(scan, [&](std::string_view key) {
    if (key != kDecision) {
      scan.Skip();
      return;
    }
    const std::string_view word = scan.Text();
    event.decision = word == "allow"    ? Event::Decision::kAllow
                     : word == "forbid" ? Event::Decision::kForbid
                                        : Event::Decision::kNone;
  });
}

void ReadAuthentication(Scanner& scan, Event& event) {
  ObjectOrSkip(scan, [&](std::string_view key) {
    if (key == "impersonationConstraint") {
      event.constraint = scan.Text();
    } else {
      scan.Skip();
    }
  });
}

/// A field of an event; an EventList's items are left to `items`.
template <typename F>
void ReadField(Scanner& scan, std::string_view key, Event& event, const F& items) {
  switch (key.size()) {
    case 4:
      if (key == "verb") return void(event.verb = scan.Text());
      if (key == "user") return ReadWho(scan, event.user, false);
      if (key == "kind") return void(event.kind = scan.Text());
      break;
    case 5:
      if (key == "stage") return void(event.stage = StageOf(scan.Text()));
      if (key == "items") return items();
      break;
    case 7:
      if (key == "auditID") return void(event.id = scan.Text());
      break;
    case 9:
      if (key == "objectRef") return ReadObjectRef(scan, event);
      break;
    case 10:
      if (key == "requestURI") return void(event.uri = scan.Text());
      break;
    case 11:
      if (key == "annotations") return ReadAnnotations(scan, event);
      break;
    case 14:
      if (key == "responseStatus") return ReadStatus(scan, event);
      if (key == "stageTimestamp") return void(event.staged = scan.Text());
      break;
    case 16:
      if (key == "impersonatedUser") return ReadWho(scan, event.impersonated, true);
      break;
    case 22:
      if (key == "authenticationMetadata") return ReadAuthentication(scan, event);
      break;
    case 24:
      if (key == "requestReceivedTimestamp") return void(event.received = scan.Text());
      break;
    default:
      break;
  }
  scan.Skip();
}

}  // namespace

void Event::Clear() {
  stage = Stage::kOther;
  decision = Decision::kNone;
  has_object = false;
  code = 0;
  for (std::string_view* text : {&kind, &id, &uri, &verb, &received, &staged, &group, &resource,
                                 &subresource, &space, &name, &constraint})
    *text = {};
  for (Who* who : {&user, &impersonated}) {
    who->there = false;
    who->name = who->uid = {};
    who->groups.clear();
    who->extras.clear();
  }
}

LineKind EventReader::Read(char* line, size_t length, EventSink& sink) {
  // A byte order mark, which editors put in front, is no damage.
  const size_t begin = std::string_view(line, length).starts_with("\xEF\xBB\xBF") ? 3 : 0;
  Scanner scan(line + begin, line + length);
  if (scan.AtEnd()) return LineKind::kBlank;
  if (scan.Peek() != '{') return LineKind::kDamaged;
  size_t listed = 0;
  Event item;
  event_.Clear();
  const auto no_items = [&] { scan.Skip(); };
  const auto items = [&] {
    if (scan.Peek() != '[') {
      scan.Skip();
      return;
    }
    scan.Array([&] {
      item.Clear();
      scan.Object([&](std::string_view key) { ReadField(scan, key, item, no_items); });
      if (!scan.ok()) return;
      ++listed;
      sink.Take(item);
    });
  };
  scan.Object([&](std::string_view key) { ReadField(scan, key, event_, items); });
  if (!scan.ok() || !scan.AtEnd()) return LineKind::kDamaged;
  if (listed > 0 || event_.kind == "EventList") return LineKind::kEvents;
  if (event_.kind != "Event") return LineKind::kOther;
  sink.Take(event_);
  return LineKind::kEvents;
}

}  // namespace seawall::auditlog
