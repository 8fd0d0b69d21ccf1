// Command rbacoracle draws RBAC policies and questions about them, and answers the questions with Kubernetes' own
// authorizer, so that seawall's evaluator can be held against it.
//
//	rbacoracle -seed 1 -policies 20 -questions 1000 -dir DIR
//
// writes NAME.json (a List as kubectl prints it), NAME.questions.jsonl (specs of SubjectAccessReviews) and
// NAME.answers.jsonl for each drawn policy and for the genuine bootstrap policy. With -abac N it draws N ABAC policies
// (NAME.abac) instead, and asks Kubernetes' own ABAC authorizer. With -sar KUBECONFIG a running API server stores the drawn
// policies, without what its validation refuses, and is asked by SubjectAccessReviews; NAME.json is what it stores then. With
// -nodes beside it, nodes and pods are drawn instead, and the questions are nodes'.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"log"
	"math/rand"
	"os"
	"path/filepath"
	"time"

	authorizationv1 "k8s.io/api/authorization/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	"k8s.io/apiserver/pkg/authentication/user"
	"k8s.io/apiserver/pkg/authorization/authorizer"
	"k8s.io/apiserver/pkg/authorization/authorizerfactory"
	"k8s.io/kubernetes/pkg/registry/rbac/validation"
	"k8s.io/kubernetes/plugin/pkg/auth/authorizer/rbac"
)

// policy is what a cluster stores.
type policy struct {
	name                string
	roles               []*rbacv1.Role
	roleBindings        []*rbacv1.RoleBinding
	clusterRoles        []*rbacv1.ClusterRole
	clusterRoleBindings []*rbacv1.ClusterRoleBinding
}

// genuine is what kube-apiserver asks with --authorization-mode=RBAC: system:masters first, then RBAC.
func (p policy) genuine() []authorizer.Authorizer {
	_, static := validation.NewTestRuleResolver(p.roles, p.roleBindings, p.clusterRoles, p.clusterRoleBindings)
	return []authorizer.Authorizer{authorizerfactory.NewPrivilegedGroups(user.SystemPrivilegedGroup), rbac.New(static, static, static, static)}
}

func (p policy) objects() []any {
	var all []any
	for _, o := range p.clusterRoles {
		all = append(all, o)
	}
	for _, o := range p.roles {
		all = append(all, o)
	}
	for _, o := range p.clusterRoleBindings {
		all = append(all, o)
	}
	for _, o := range p.roleBindings {
		all = append(all, o)
	}
	return all
}

type answer struct {
	Allowed bool `json:"allowed"`
}

func attributesOf(spec authorizationv1.SubjectAccessReviewSpec) authorizer.Attributes {
	a := authorizer.AttributesRecord{User: &user.DefaultInfo{Name: spec.User, Groups: spec.Groups}}
	if r := spec.ResourceAttributes; r != nil {
		a.ResourceRequest = true
		a.Verb, a.Namespace, a.APIGroup, a.Resource, a.Subresource, a.Name = r.Verb, r.Namespace, r.Group, r.Resource, r.Subresource, r.Name
	} else {
		a.Verb, a.Path = spec.NonResourceAttributes.Verb, spec.NonResourceAttributes.Path
	}
	return a
}

func lines[T any](path string, all []T) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	w := bufio.NewWriter(f)
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	for _, v := range all {
		if err := e.Encode(v); err != nil {
			return err
		}
	}
	if err := w.Flush(); err != nil {
		return err
	}
	return f.Close()
}

// answersOf asks the authorizers one after the other, and tells how many were allowed.
func answersOf(chain []authorizer.Authorizer, specs []authorizationv1.SubjectAccessReviewSpec) ([]answer, int) {
	answers := make([]answer, 0, len(specs))
	allowed := 0
	for _, spec := range specs {
		ok := false
		for _, a := range chain {
			decision, _, _ := a.Authorize(context.Background(), attributesOf(spec))
			ok = ok || decision == authorizer.DecisionAllow
		}
		if ok {
			allowed++
		}
		answers = append(answers, answer{Allowed: ok})
	}
	return answers, allowed
}

// write puts a policy, its questions and the genuine answers into dir, and tells how many were allowed.
func write(dir string, p policy, specs []authorizationv1.SubjectAccessReviewSpec) (int, error) {
	answers, allowed := answersOf(p.genuine(), specs)
	list := map[string]any{"apiVersion": "v1", "kind": "List", "items": p.objects()}
	if err := lines(filepath.Join(dir, p.name+".json"), []any{list}); err != nil {
		return 0, err
	}
	if err := lines(filepath.Join(dir, p.name+".questions.jsonl"), specs); err != nil {
		return 0, err
	}
	return allowed, lines(filepath.Join(dir, p.name+".answers.jsonl"), answers)
}

func main() {
	seed := flag.Int64("seed", 1, "of what is drawn")
	policies := flag.Int("policies", 20, "how many policies are drawn")
	questions := flag.Int("questions", 1000, "how many questions each gets")
	dir := flag.String("dir", "", "folder that is written to")
	abacPolicies := flag.Int("abac", 0, "draw this many ABAC policies instead")
	kubeconfig := flag.String("sar", "", "let the API server of this kubeconfig store the policies and answer")
	limit := flag.Duration("for", time.Hour, "with -sar: no policy is begun after this time")
	nodes := flag.Bool("nodes", false, "with -sar: draw nodes and pods, and ask what nodes may")
	flag.Parse()
	random := rand.New(rand.NewSource(*seed))
	if *kubeconfig != "" && *nodes {
		allowed, err := writeNodeReviews(*dir, *kubeconfig, random, *questions)
		if err != nil {
			log.Fatal(err)
		}
		fmt.Printf("%d questions of nodes, %d allowed\n", *questions, allowed)
		return
	}
	if *kubeconfig != "" {
		begin := time.Now()
		done, total, allowed, err := writeReviews(*dir, *kubeconfig, random, *policies, *questions, *limit)
		if err != nil {
			log.Fatal(err)
		}
		fmt.Printf("%d policies, %d questions, %d allowed, %.0f s\n", done, total, allowed, time.Since(begin).Seconds())
		return
	}
	if *abacPolicies > 0 {
		total, allowed, err := writeAbac(*dir, random, *abacPolicies, *questions)
		if err != nil {
			log.Fatal(err)
		}
		fmt.Printf("%d ABAC policies, %d questions, %d allowed\n", *abacPolicies, total, allowed)
		return
	}
	total, allowed := 0, 0
	all := []policy{bootstrap()}
	for i := range *policies {
		all = append(all, draw(random, fmt.Sprintf("drawn-%d", i)))
	}
	for _, p := range all {
		specs := ask(random, p, *questions)
		n, err := write(*dir, p, specs)
		if err != nil {
			log.Fatal(err)
		}
		total, allowed = total+len(specs), allowed+n
	}
	fmt.Printf("%d policies, %d questions, %d allowed\n", len(all), total, allowed)
}
