#!/usr/bin/env python3
"""Writes an RBAC policy of N bindings and N/5 roles as YAML documents, one YAML List and JSON, questions about it, and
an audit log: rbac_data.py N FOLDER [EVENTS]. The same numbers give the same bytes."""
import json
import os
import random
import sys

RESOURCES = [("", "pods"), ("", "configmaps"), ("", "services"), ("", "events"), ("apps", "deployments"),
             ("batch", "jobs"), ("networking.k8s.io", "ingresses"), ("", "pods/log"), ("apps", "statefulsets")]
RARE = [("", "secrets"), ("", "pods/exec"), ("", "serviceaccounts/token"), ("rbac.authorization.k8s.io", "rolebindings")]
VERBS = ["get", "list", "watch", "create", "update", "patch", "delete"]
VERSION = "rbac.authorization.k8s.io/v1"


def policy(n):
    draw = random.Random(n)
    objects = []
    roles = max(5, n // 5)
    spaces = max(10, n // 50)
    for i in range(roles):
        rules = []
        for _ in range(draw.randint(1, 4)):
            group, resource = draw.choice(RARE if draw.random() < 0.04 else RESOURCES)
            rules.append({"apiGroups": [group], "resources": [resource], "verbs": draw.sample(VERBS, draw.randint(1, 4))})
        cluster = i % 10 == 0
        meta = {"name": f"role-{i}"}
        if not cluster:
            meta["namespace"] = f"team-{i % spaces}"
        objects.append({"apiVersion": VERSION, "kind": "ClusterRole" if cluster else "Role", "metadata": meta, "rules": rules})
    for i in range(n):
        space = i % spaces
        cluster_wide = i % 100 == 0
        if cluster_wide or i % 3 == 0:
            ref = {"kind": "ClusterRole", "name": f"role-{draw.randrange(roles) // 10 * 10}"}
        else:
            # A role of the same namespace.
            role = space + spaces * draw.randrange(max(1, roles // spaces))
            ref = {"kind": "Role" if role % 10 else "ClusterRole", "name": f"role-{role}"}
        subject = ({"kind": "ServiceAccount", "name": f"app-{draw.randrange(20)}", "namespace": f"team-{space}"}
                   if i % 2 else {"kind": "User", "apiGroup": "rbac.authorization.k8s.io", "name": f"user-{draw.randrange(n)}"})
        meta = {"name": f"binding-{i}"}
        if not cluster_wide:
            meta["namespace"] = f"team-{space}"
        objects.append({"apiVersion": VERSION, "kind": "ClusterRoleBinding" if cluster_wide else "RoleBinding",
                        "metadata": meta, "roleRef": dict(ref, apiGroup="rbac.authorization.k8s.io"), "subjects": [subject]})
    return objects, spaces


def yaml(value, indent):
    pad = "  " * indent
    lines = []
    for key, item in value.items():
        if isinstance(item, dict):
            lines.append(f"{pad}{key}:")
            lines += yaml(item, indent + 1)
        elif item and isinstance(item, list) and isinstance(item[0], dict):
            lines.append(f"{pad}{key}:")
            for one in item:
                inner = yaml(one, indent + 1)
                inner[0] = pad + "- " + inner[0].lstrip()
                lines += inner
        elif isinstance(item, list):
            lines.append(f"{pad}{key}:")
            lines += [f"{pad}- {json.dumps(one)}" for one in item]
        else:
            lines.append(f"{pad}{key}: {item}")
    return lines


def audit(events, path):
    draw = random.Random(events)
    with open(path, "w") as out:
        for _ in range(events):
            group, resource = draw.choice(RESOURCES)
            space = f"team-{draw.randrange(50)}"
            name = f"object-{draw.randrange(20)}"
            out.write(json.dumps({
                "kind": "Event", "apiVersion": "audit.k8s.io/v1", "level": "Metadata", "auditID": f"{draw.getrandbits(128):032x}",
                "stage": "ResponseComplete", "requestURI": f"/apis/{group}/v1/namespaces/{space}/{resource}/{name}?timeout=10s",
                "verb": draw.choice(VERBS),
                "user": {"username": f"system:serviceaccount:{space}:app-{draw.randrange(5)}", "uid": "5d3a0f0c-0000-4000-8000-000000000000",
                         "groups": ["system:serviceaccounts", f"system:serviceaccounts:{space}", "system:authenticated"],
                         "extra": {"authentication.kubernetes.io/node-name": ["worker-1"], "authentication.kubernetes.io/pod-name": ["app-5d9c7b-x2x"]}},
                "sourceIPs": ["192.0.2.7"], "userAgent": "app/v0.0.0 (linux/amd64) kubernetes/$Format",
                "objectRef": {"resource": resource, "namespace": space, "name": name, "apiGroup": group, "apiVersion": "v1"},
                "responseStatus": {"metadata": {}, "code": 200},
                "requestReceivedTimestamp": f"2026-11-{draw.randint(1, 28):02d}T{draw.randrange(24):02d}:00:00.123456Z",
                "stageTimestamp": "2026-11-28T20:00:00.234567Z",
                "annotations": {"authorization.k8s.io/decision": "allow",
                                "authorization.k8s.io/reason": f'RBAC: allowed by RoleBinding "app/{space}" of ClusterRole "edit"'}},
                separators=(",", ":")) + "\n")


def main():
    n, folder = int(sys.argv[1]), sys.argv[2]
    os.makedirs(folder, exist_ok=True)
    objects, spaces = policy(n)
    with open(f"{folder}/docs.yaml", "w") as out:
        for one in objects:
            out.write("---\n" + "\n".join(yaml(one, 0)) + "\n")
    with open(f"{folder}/list.yaml", "w") as out:
        out.write("\n".join(yaml({"apiVersion": "v1", "kind": "List", "items": objects}, 0)) + "\n")
    with open(f"{folder}/list.json", "w") as out:
        json.dump({"apiVersion": "v1", "kind": "List", "items": objects}, out)
    draw = random.Random(7)
    with open(f"{folder}/questions.jsonl", "w") as out:
        for _ in range(1_000_000 if n >= 100_000 else 1000):
            space = f"team-{draw.randrange(spaces)}"
            group, resource = draw.choice(RESOURCES)
            out.write('{"user":"system:serviceaccount:%s:app-%d","groups":["system:serviceaccounts","system:serviceaccounts:%s",'
                      '"system:authenticated"],"resourceAttributes":{"namespace":"%s","verb":"%s","group":"%s","resource":"%s"}}\n'
                      % (space, draw.randrange(20), space, space, draw.choice(VERBS), group, resource))
    if len(sys.argv) > 3 and int(sys.argv[3]) > 0:
        audit(int(sys.argv[3]), f"{folder}/audit.log")


main()
