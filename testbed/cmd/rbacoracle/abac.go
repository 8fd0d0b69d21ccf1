package main

import (
	"encoding/json"
	"fmt"
	"math/rand"
	"os"
	"path/filepath"
	"strings"

	authorizationv1 "k8s.io/api/authorization/v1"
	"k8s.io/apiserver/pkg/authentication/user"
	"k8s.io/apiserver/pkg/authorization/authorizer"
	"k8s.io/apiserver/pkg/authorization/authorizerfactory"
	"k8s.io/kubernetes/pkg/auth/authorizer/abac"
)

// What ABAC lines are made of. Questions are those that an API server can be sent: a resource that is not in namespaces
// has none, a subresource is one of Kubernetes' own, and a URL begins with a slash.
var (
	abacUsers      = []string{"alice", "bob", "system:serviceaccount:one:robot", "*", "", "", "Alice", "null", "a\"b\\c\u2028"}
	abacGroups     = []string{"devs", "ops", "*", "", "", "", "system:serviceaccounts:one", "Devs"}
	abacGroupNames = []string{"", "", "apps", "*", "batch"}
	abacResources  = []string{"pods", "secrets", "nodes", "deployments", "namespaces", "*", "", "pods/log", "widgets", "Pods"}
	abacNamespaces = []string{"one", "two", "*", "*", "", "Not_A_Name"}
	abacPaths      = []string{"", "", "*", "/healthz", "/healthz/*", "/api*", "/a/**", "/logs/", "**"}
	abacVerbs      = []string{"get", "list", "watch", "create", "update", "delete", "patch", "deletecollection", "*", "GET", "impersonate"}
	abacRequests   = map[string][]string{"pods": {"", "", "log", "exec", "status", "eviction"}, "secrets": {""}, "nodes": {"", "proxy", "metrics", "status"},
		"deployments": {"", "scale", "status"}, "namespaces": {"", "status", "finalize"}, "widgets": {"", "status"}, "Pods": {""}}
	abacHome = map[string]string{"deployments": "apps", "widgets": "example.com"}
)

type abacLine struct {
	user, group, apiGroup, resource, namespace, path string
	readonly, old                                    bool
}

// text writes a line as people do: with what is empty left out or not, in either version, with comments in between.
func (l abacLine) text(r *rand.Rand) string {
	spec := map[string]any{}
	put := func(key, value string) {
		if value != "" || r.Intn(4) == 0 {
			spec[key] = value
		}
	}
	put("user", l.user)
	put("group", l.group)
	put("resource", l.resource)
	put("namespace", l.namespace)
	if l.readonly || r.Intn(4) == 0 {
		spec["readonly"] = l.readonly
	}
	object := spec
	if !l.old {
		put("apiGroup", l.apiGroup)
		put("nonResourcePath", l.path)
		object = map[string]any{"apiVersion": "abac.authorization.kubernetes.io/v1beta1", "kind": "Policy", "spec": spec}
	} else if r.Intn(3) == 0 {
		object["nonResourcePath"] = "/unknown-field"
	}
	bytes, _ := json.Marshal(object)
	text := string(bytes)
	if l.old && r.Intn(6) == 0 && len(spec) > 0 && l.user != abacUsers[len(abacUsers)-1] { // YAML that fits on a line
		for key, value := range spec {
			if _, ok := value.(string); ok && value != "" && !strings.ContainsAny(value.(string), "*\"") && key == "user" && len(spec) == 1 {
				text = fmt.Sprintf("%s: '%s'", key, value)
			}
		}
	}
	if r.Intn(8) == 0 {
		text = "# a comment\n\n  " + text + "\r"
	}
	return text
}

func drawAbac(r *rand.Rand) (string, []abacLine) {
	var lines []abacLine
	var text strings.Builder
	for range 1 + r.Intn(8) {
		l := abacLine{user: pick(r, abacUsers), group: pick(r, abacGroups), apiGroup: pick(r, abacGroupNames), resource: pick(r, abacResources),
			namespace: pick(r, abacNamespaces), path: pick(r, abacPaths), readonly: r.Intn(2) == 0, old: r.Intn(3) == 0}
		if l.user != "" && r.Intn(3) > 0 {
			l.group = ""
		}
		if l.old && l.user == "" && l.group == "" && r.Intn(4) > 0 {
			l.user = "bob"
		}
		lines = append(lines, l)
		text.WriteString(l.text(r) + "\n")
	}
	return text.String(), lines
}

func askAbac(r *rand.Rand, lines []abacLine, n int) []authorizationv1.SubjectAccessReviewSpec {
	var out []authorizationv1.SubjectAccessReviewSpec
	for len(out) < n {
		l := lines[r.Intn(len(lines))]
		spec := authorizationv1.SubjectAccessReviewSpec{User: near(r, some(r, []string{l.user}, 1), []string{"alice", "bob", "carol", "system:anonymous"})}
		if l.user == "" || r.Intn(3) == 0 {
			spec.User = pick(r, []string{"alice", "bob", "carol"})
		}
		if l.group != "" && r.Intn(4) > 0 {
			spec.Groups = append(spec.Groups, l.group)
		}
		if r.Intn(3) > 0 {
			spec.Groups = append(spec.Groups, "system:authenticated")
		}
		if r.Intn(60) == 0 {
			spec.Groups = append(spec.Groups, "system:masters")
		}
		verb := near(r, nil, abacVerbs)
		if l.path != "" && r.Intn(3) == 0 || r.Intn(9) == 0 {
			path := near(r, []string{l.path}, []string{"/healthz", "/api", "/logs/x", "/a/"})
			path = "/" + strings.TrimLeft(strings.TrimRight(path, "*")+pick(r, []string{"", "x", "/x"}), "/")
			spec.NonResourceAttributes = &authorizationv1.NonResourceAttributes{Verb: verb, Path: path}
			out = append(out, spec)
			continue
		}
		resource := l.resource
		if _, ok := abacRequests[resource]; !ok || r.Intn(8) == 0 {
			resource = pick(r, []string{"pods", "secrets", "nodes", "deployments", "namespaces", "widgets", "Pods"})
		}
		a := &authorizationv1.ResourceAttributes{Verb: verb, Resource: resource, Subresource: pick(r, abacRequests[resource]), Group: abacHome[resource]}
		if r.Intn(4) == 0 && resource != "namespaces" {
			a.Group = pick(r, []string{"", "apps", "batch", "example.com"})
		}
		switch resource {
		case "nodes":
		case "namespaces":
			if verb != "list" && verb != "watch" && verb != "create" {
				a.Namespace = near(r, []string{l.namespace}, namespaces)
				a.Name = a.Namespace
			}
		default:
			a.Namespace = pick(r, append([]string{l.namespace, l.namespace, ""}, namespaces...))
		}
		if r.Intn(3) == 0 && a.Name == "" {
			a.Name = pick(r, names)
		}
		spec.ResourceAttributes = a
		out = append(out, spec)
	}
	return out
}

// writeAbac puts drawn policies, their questions and the genuine answers into dir.
func writeAbac(dir string, r *rand.Rand, policies, questions int) (int, int, error) {
	total, allowed := 0, 0
	for i := range policies {
		text, drawn := drawAbac(r)
		base := filepath.Join(dir, fmt.Sprintf("abac-%d", i))
		if err := os.WriteFile(base+".abac", []byte(text), 0o600); err != nil {
			return 0, 0, err
		}
		list, err := abac.NewFromFile(base + ".abac")
		if err != nil {
			return 0, 0, err
		}
		chain := []authorizer.Authorizer{authorizerfactory.NewPrivilegedGroups(user.SystemPrivilegedGroup), list}
		specs := askAbac(r, drawn, questions)
		answers, n := answersOf(chain, specs)
		if err := lines(base+".questions.jsonl", specs); err != nil {
			return 0, 0, err
		}
		if err := lines(base+".answers.jsonl", answers); err != nil {
			return 0, 0, err
		}
		total, allowed = total+len(specs), allowed+n
	}
	return total, allowed, nil
}
