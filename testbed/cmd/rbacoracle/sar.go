package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	authorizationv1 "k8s.io/api/authorization/v1"
	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/clientcmd"
)

// asking is how many requests are under way at once.
const asking = 48

// A cluster is a running API server whose RBAC objects are drawn ones, one policy after the other.
type cluster struct {
	*kubernetes.Clientset
	ctx context.Context
}

func open(ctx context.Context, kubeconfig string) (cluster, error) {
	config, err := clientcmd.BuildConfigFromFlags("", kubeconfig)
	if err != nil {
		return cluster{}, err
	}
	config.QPS = -1 // as fast as it answers
	set, err := kubernetes.NewForConfig(config)
	return cluster{set, ctx}, err
}

// refused tells whether the API server does not take an object: it is left out of the policy then. An unknown kind of role
// fails in the check against escalation already, as an error of the server's own.
func refused(err error) bool {
	return apierrors.IsInvalid(err) || apierrors.IsBadRequest(err) || apierrors.IsInternalError(err) ||
		strings.Contains(err.Error(), "unsupported role reference kind")
}

// keep appends the objects that could be created.
func keep[T any](all []*T, create func(*T) error) ([]*T, error) {
	var kept []*T
	for _, o := range all {
		err := create(o)
		if err != nil && !refused(err) {
			return nil, err
		}
		if err == nil {
			kept = append(kept, o)
		}
	}
	return kept, nil
}

// mend makes most of a drawn policy such that an API server's validation takes it; what is left is refused, as it should be.
func mend(r *rand.Rand, p policy) policy {
	ref := func(ref *rbacv1.RoleRef, everywhere bool) {
		if everywhere || ref.Kind == "clusterrole" {
			ref.Kind = "ClusterRole"
		}
	}
	for _, o := range p.clusterRoles {
		mendRules(r, o.Rules, true)
	}
	for _, o := range p.roles {
		mendRules(r, o.Rules, false)
	}
	for _, o := range p.clusterRoleBindings {
		ref(&o.RoleRef, true)
		mendSubjects(r, o.Subjects)
	}
	for _, o := range p.roleBindings {
		ref(&o.RoleRef, false)
		mendSubjects(r, o.Subjects)
	}
	return p
}

func mendRules(r *rand.Rand, rules []rbacv1.PolicyRule, urls bool) {
	atLeastOne := func(list, from []string) []string {
		if len(list) > 0 {
			return list
		}
		return []string{pick(r, from)}
	}
	for i := range rules {
		rule := &rules[i]
		rule.Verbs = atLeastOne(rule.Verbs, verbs)
		if len(rule.NonResourceURLs) > 0 && urls {
			rule.APIGroups, rule.Resources, rule.ResourceNames = nil, nil, nil
			continue
		}
		rule.NonResourceURLs = nil
		rule.APIGroups, rule.Resources = atLeastOne(rule.APIGroups, apiGroups), atLeastOne(rule.Resources, resources)
	}
}

func mendSubjects(r *rand.Rand, subjects []rbacv1.Subject) {
	for i := range subjects {
		s := &subjects[i]
		if s.Kind != "User" && s.Kind != "Group" && s.Kind != "ServiceAccount" && r.Intn(10) > 0 {
			s.Kind, s.APIGroup = "User", rbacv1.GroupName
		}
		if s.Name == "" {
			s.Name = pick(r, []string{"alice", "bob", "devs", "robot"})
		}
		if s.Kind == "ServiceAccount" && s.Namespace == "" {
			s.Namespace = pick(r, namespaces)
		}
	}
}

// install creates a policy's objects, and returns the policy without those that were refused.
func (c cluster) install(p policy) (policy, error) {
	out := policy{name: p.name}
	var errs [4]error
	var all sync.WaitGroup
	all.Go(func() {
		out.clusterRoles, errs[0] = keep(p.clusterRoles, func(o *rbacv1.ClusterRole) error {
			_, err := c.RbacV1().ClusterRoles().Create(c.ctx, o, metav1.CreateOptions{})
			return err
		})
	})
	all.Go(func() {
		out.roles, errs[1] = keep(p.roles, func(o *rbacv1.Role) error {
			_, err := c.RbacV1().Roles(o.Namespace).Create(c.ctx, o, metav1.CreateOptions{})
			return err
		})
	})
	all.Go(func() {
		out.clusterRoleBindings, errs[2] = keep(p.clusterRoleBindings, func(o *rbacv1.ClusterRoleBinding) error {
			_, err := c.RbacV1().ClusterRoleBindings().Create(c.ctx, o, metav1.CreateOptions{})
			return err
		})
	})
	all.Go(func() {
		out.roleBindings, errs[3] = keep(p.roleBindings, func(o *rbacv1.RoleBinding) error {
			_, err := c.RbacV1().RoleBindings(o.Namespace).Create(c.ctx, o, metav1.CreateOptions{})
			return err
		})
	})
	all.Wait()
	return out, errors.Join(errs[:]...)
}

// remove takes away what install created.
func (c cluster) remove(p policy) error {
	var errs []error
	for _, o := range p.clusterRoleBindings {
		errs = append(errs, c.RbacV1().ClusterRoleBindings().Delete(c.ctx, o.Name, metav1.DeleteOptions{}))
	}
	for _, o := range p.roleBindings {
		errs = append(errs, c.RbacV1().RoleBindings(o.Namespace).Delete(c.ctx, o.Name, metav1.DeleteOptions{}))
	}
	for _, o := range p.clusterRoles {
		errs = append(errs, c.RbacV1().ClusterRoles().Delete(c.ctx, o.Name, metav1.DeleteOptions{}))
	}
	for _, o := range p.roles {
		errs = append(errs, c.RbacV1().Roles(o.Namespace).Delete(c.ctx, o.Name, metav1.DeleteOptions{}))
	}
	return errors.Join(errs...)
}

// sentinel is a policy whose only rights are a user's of that name: when the API server has taken notice of it, it has of
// everything that was written before, because each kind of object comes to it in order.
func sentinel(name string) policy {
	rules := []rbacv1.PolicyRule{{Verbs: []string{"get"}, APIGroups: []string{""}, Resources: []string{"pods"}}}
	subjects := []rbacv1.Subject{{Kind: "User", APIGroup: rbacv1.GroupName, Name: name}}
	meta, local := metav1.ObjectMeta{Name: name}, metav1.ObjectMeta{Name: name, Namespace: namespaces[0]}
	ref := func(kind string) rbacv1.RoleRef {
		return rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: kind, Name: name}
	}
	nodes := []rbacv1.PolicyRule{{Verbs: []string{"get"}, APIGroups: []string{""}, Resources: []string{"nodes"}}}
	return policy{name: name,
		clusterRoles:        []*rbacv1.ClusterRole{{TypeMeta: clusterRoleMeta, ObjectMeta: meta, Rules: nodes}},
		roles:               []*rbacv1.Role{{TypeMeta: roleMeta, ObjectMeta: local, Rules: rules}},
		clusterRoleBindings: []*rbacv1.ClusterRoleBinding{{TypeMeta: clusterRoleBindingMeta, ObjectMeta: meta, RoleRef: ref("ClusterRole"), Subjects: subjects}},
		roleBindings:        []*rbacv1.RoleBinding{{TypeMeta: roleBindingMeta, ObjectMeta: local, RoleRef: ref("Role"), Subjects: subjects}}}
}

func (c cluster) review(spec authorizationv1.SubjectAccessReviewSpec) (bool, error) {
	r, err := c.AuthorizationV1().SubjectAccessReviews().Create(c.ctx, &authorizationv1.SubjectAccessReview{Spec: spec}, metav1.CreateOptions{})
	return err == nil && r.Status.Allowed, err
}

// settle waits until the API server decides by what was written.
func (c cluster) settle(name string) error {
	p, err := c.install(sentinel(name))
	if err != nil {
		return err
	}
	for range 600 {
		everywhere, err := c.review(authorizationv1.SubjectAccessReviewSpec{User: name, ResourceAttributes: &authorizationv1.ResourceAttributes{Verb: "get", Resource: "nodes"}})
		if err != nil {
			return err
		}
		local, err := c.review(authorizationv1.SubjectAccessReviewSpec{User: name, ResourceAttributes: &authorizationv1.ResourceAttributes{Verb: "get", Resource: "pods", Namespace: namespaces[0]}})
		if err != nil {
			return err
		}
		if everywhere && local {
			return c.remove(p)
		}
		time.Sleep(20 * time.Millisecond)
	}
	return fmt.Errorf("the API server does not notice what was written (%s)", name)
}

// stored is everything that decides in the cluster, its own objects and the sentinels' too.
func (c cluster) stored() ([]any, error) {
	var all []any
	clusterRoles, err := c.RbacV1().ClusterRoles().List(c.ctx, metav1.ListOptions{})
	if err != nil {
		return nil, err
	}
	for i := range clusterRoles.Items {
		clusterRoles.Items[i].TypeMeta = clusterRoleMeta
		all = append(all, &clusterRoles.Items[i])
	}
	roles, err := c.RbacV1().Roles("").List(c.ctx, metav1.ListOptions{})
	if err != nil {
		return nil, err
	}
	for i := range roles.Items {
		roles.Items[i].TypeMeta = roleMeta
		all = append(all, &roles.Items[i])
	}
	clusterBindings, err := c.RbacV1().ClusterRoleBindings().List(c.ctx, metav1.ListOptions{})
	if err != nil {
		return nil, err
	}
	for i := range clusterBindings.Items {
		clusterBindings.Items[i].TypeMeta = clusterRoleBindingMeta
		all = append(all, &clusterBindings.Items[i])
	}
	bindings, err := c.RbacV1().RoleBindings("").List(c.ctx, metav1.ListOptions{})
	if err != nil {
		return nil, err
	}
	for i := range bindings.Items {
		bindings.Items[i].TypeMeta = roleBindingMeta
		all = append(all, &bindings.Items[i])
	}
	return all, nil
}

// reviewAll puts every question to the API server, several at a time.
func (c cluster) reviewAll(specs []authorizationv1.SubjectAccessReviewSpec) ([]answer, error) {
	answers := make([]answer, len(specs))
	var next atomic.Int64
	var failed atomic.Pointer[error]
	var all sync.WaitGroup
	for range asking {
		all.Go(func() {
			for i := int(next.Add(1)) - 1; i < len(specs) && failed.Load() == nil; i = int(next.Add(1)) - 1 {
				allowed, err := c.review(specs[i])
				if err != nil {
					err = fmt.Errorf("question %d, %+v: %w", i, specs[i], err)
					failed.Store(&err)
					return
				}
				answers[i].Allowed = allowed
			}
		})
	}
	all.Wait()
	if err := failed.Load(); err != nil {
		return nil, *err
	}
	return answers, nil
}

// writeReviews draws policies, has a real API server store each and asks it questions about it, until the time is over; the
// last policy stays. The files are those of main.
func writeReviews(dir, kubeconfig string, random *rand.Rand, policies, questions int, limit time.Duration) (done, total, allowed int, err error) {
	c, err := open(context.Background(), kubeconfig)
	if err != nil {
		return
	}
	for _, name := range namespaces {
		_, err = c.CoreV1().Namespaces().Create(c.ctx, &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: name}}, metav1.CreateOptions{})
		if err != nil && !apierrors.IsAlreadyExists(err) {
			return
		}
	}
	begin := time.Now()
	var before policy
	for ; done < policies && (done == 0 || time.Since(begin) < limit); done++ {
		if err = c.remove(before); err != nil {
			return
		}
		p := mend(random, draw(random, fmt.Sprintf("stored-%d", done)))
		if before, err = c.install(p); err != nil {
			return
		}
		if err = c.settle(fmt.Sprintf("sentinel-%d", done)); err != nil {
			return
		}
		var objects []any
		if objects, err = c.stored(); err != nil {
			return
		}
		specs := ask(random, before, questions)
		var answers []answer
		if answers, err = c.reviewAll(specs); err != nil {
			return
		}
		for _, a := range answers {
			if a.Allowed {
				allowed++
			}
		}
		total += len(specs)
		base := filepath.Join(dir, p.name)
		list := map[string]any{"apiVersion": "v1", "kind": "List", "items": objects}
		err = errors.Join(lines(base+".json", []any{list}), lines(base+".questions.jsonl", specs), lines(base+".answers.jsonl", answers))
		if err != nil {
			return
		}
	}
	return
}
