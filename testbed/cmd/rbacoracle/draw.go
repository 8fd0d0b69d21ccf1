package main

import (
	"fmt"
	"math/rand"
	"reflect"
	"sort"
	"strings"

	authorizationv1 "k8s.io/api/authorization/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/kubernetes/plugin/pkg/auth/authorizer/rbac/bootstrappolicy"
)

// What policies and questions are made of: few of each, so that they meet, with the corners among them.
var (
	verbs        = []string{"get", "list", "watch", "create", "update", "delete", "*", "GET", "", "g*", "impersonate"}
	apiGroups    = []string{"", "apps", "batch", "*", "rbac.authorization.k8s.io", "apps*", "App"}
	resources    = []string{"pods", "secrets", "nodes", "pods/log", "pods/*", "*/log", "*/scale", "*", "*/*", "deployments/scale", "pods/log/x", "", "/", "pods/", "*/"}
	asked        = []string{"pods", "secrets", "nodes", "deployments", "Pods", "*", "", "pods/log"}
	subresources = []string{"", "", "", "log", "scale", "*", "status", "log/x", "/"}
	names        = []string{"a", "b", "*", "", "a-b"}
	urls         = []string{"/healthz", "/healthz/*", "/api*", "*", "/logs/", "/logs/*", "**", "/a/**", "", "/*/x", "healthz"}
	paths        = []string{"/healthz", "/healthz/", "/healthz/etcd", "/api", "/apis/apps/v1", "/logs", "/logs/x", "/a/", "/a/b", "", "*", "/*", "/x/x", "healthz"}
	users        = []string{"alice", "bob", "system:serviceaccount:one:robot", "system:serviceaccount:two:robot", "system:anonymous", "devs", "", "system:serviceaccount::robot"}
	groups       = []string{"devs", "ops", "system:authenticated", "system:serviceaccounts", "system:serviceaccounts:one", "alice", "", "Devs"}
	namespaces   = []string{"one", "two", "three"}
	accounts     = []string{"robot", "default", ""}
)

func pick(r *rand.Rand, from []string) string { return from[r.Intn(len(from))] }

func some(r *rand.Rand, from []string, most int) []string {
	var out []string
	for range r.Intn(most + 1) {
		out = append(out, pick(r, from))
	}
	return out
}

func drawRules(r *rand.Rand) []rbacv1.PolicyRule {
	var rules []rbacv1.PolicyRule
	for range r.Intn(4) {
		rule := rbacv1.PolicyRule{Verbs: some(r, verbs, 3)}
		if r.Intn(5) > 0 {
			rule.APIGroups, rule.Resources = some(r, apiGroups, 2), some(r, resources, 3)
			if r.Intn(3) == 0 {
				rule.ResourceNames = some(r, names, 2)
			}
		}
		if r.Intn(4) == 0 {
			rule.NonResourceURLs = some(r, urls, 3)
		}
		rules = append(rules, rule)
	}
	return rules
}

func drawSubjects(r *rand.Rand) []rbacv1.Subject {
	var out []rbacv1.Subject
	for range r.Intn(4) {
		switch r.Intn(7) {
		case 0, 1:
			out = append(out, rbacv1.Subject{Kind: "User", APIGroup: rbacv1.GroupName, Name: pick(r, users)})
		case 2, 3:
			out = append(out, rbacv1.Subject{Kind: "Group", APIGroup: rbacv1.GroupName, Name: pick(r, groups)})
		case 4:
			out = append(out, rbacv1.Subject{Kind: "ServiceAccount", Name: pick(r, accounts)})
		case 5:
			out = append(out, rbacv1.Subject{Kind: "ServiceAccount", Name: pick(r, accounts), Namespace: pick(r, namespaces)})
		case 6:
			out = append(out, rbacv1.Subject{Kind: pick(r, []string{"user", "", "Robot"}), Name: pick(r, users)})
		}
	}
	return out
}

var (
	roleMeta               = metav1.TypeMeta{APIVersion: "rbac.authorization.k8s.io/v1", Kind: "Role"}
	clusterRoleMeta        = metav1.TypeMeta{APIVersion: "rbac.authorization.k8s.io/v1", Kind: "ClusterRole"}
	roleBindingMeta        = metav1.TypeMeta{APIVersion: "rbac.authorization.k8s.io/v1", Kind: "RoleBinding"}
	clusterRoleBindingMeta = metav1.TypeMeta{APIVersion: "rbac.authorization.k8s.io/v1", Kind: "ClusterRoleBinding"}
)

func drawRef(r *rand.Rand) rbacv1.RoleRef {
	kind := pick(r, []string{"Role", "ClusterRole", "ClusterRole", "clusterrole"})
	return rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: kind, Name: fmt.Sprintf("r%d", r.Intn(7))}
}

// draw makes a policy of up to six roles of each kind; some references lead nowhere.
func draw(r *rand.Rand, name string) policy {
	p := policy{name: name}
	for i := range 6 {
		role := fmt.Sprintf("r%d", i)
		p.clusterRoles = append(p.clusterRoles, &rbacv1.ClusterRole{TypeMeta: clusterRoleMeta, ObjectMeta: metav1.ObjectMeta{Name: role}, Rules: drawRules(r)})
		p.roles = append(p.roles, &rbacv1.Role{TypeMeta: roleMeta, ObjectMeta: metav1.ObjectMeta{Name: role, Namespace: pick(r, namespaces)}, Rules: drawRules(r)})
	}
	for i := range 1 + r.Intn(6) {
		p.clusterRoleBindings = append(p.clusterRoleBindings, &rbacv1.ClusterRoleBinding{TypeMeta: clusterRoleBindingMeta,
			ObjectMeta: metav1.ObjectMeta{Name: fmt.Sprintf("b%d", i)}, RoleRef: drawRef(r), Subjects: drawSubjects(r)})
	}
	for i := range 1 + r.Intn(8) {
		p.roleBindings = append(p.roleBindings, &rbacv1.RoleBinding{TypeMeta: roleBindingMeta,
			ObjectMeta: metav1.ObjectMeta{Name: fmt.Sprintf("b%d", i), Namespace: pick(r, namespaces)}, RoleRef: drawRef(r), Subjects: drawSubjects(r)})
	}
	return p
}

// bootstrap is the policy that kube-apiserver stores at its first start, aggregated as the controller leaves it.
func bootstrap() policy {
	p := policy{name: "bootstrap"}
	for _, role := range append(bootstrappolicy.ClusterRoles(), bootstrappolicy.ControllerRoles()...) {
		role.TypeMeta = clusterRoleMeta
		p.clusterRoles = append(p.clusterRoles, &role)
	}
	for _, binding := range append(bootstrappolicy.ClusterRoleBindings(), bootstrappolicy.ControllerRoleBindings()...) {
		binding.TypeMeta = clusterRoleBindingMeta
		p.clusterRoleBindings = append(p.clusterRoleBindings, &binding)
	}
	for _, roles := range bootstrappolicy.NamespaceRoles() {
		for _, role := range roles {
			role.TypeMeta = roleMeta
			p.roles = append(p.roles, &role)
		}
	}
	for _, bindings := range bootstrappolicy.NamespaceRoleBindings() {
		for _, binding := range bindings {
			binding.TypeMeta = roleBindingMeta
			p.roleBindings = append(p.roleBindings, &binding)
		}
	}
	// Users of the roles that nobody has by default.
	for _, role := range []string{"admin", "edit", "view"} {
		p.roleBindings = append(p.roleBindings, &rbacv1.RoleBinding{TypeMeta: roleBindingMeta, ObjectMeta: metav1.ObjectMeta{Name: role, Namespace: "one"},
			RoleRef: rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "ClusterRole", Name: role}, Subjects: []rbacv1.Subject{{Kind: "User", APIGroup: rbacv1.GroupName, Name: role}}})
	}
	sort.Slice(p.roles, func(i, j int) bool {
		return p.roles[i].Namespace+"/"+p.roles[i].Name < p.roles[j].Namespace+"/"+p.roles[j].Name
	})
	aggregate(p.clusterRoles)
	return p
}

// aggregate does what pkg/controller/clusterroleaggregation does, until nothing changes.
func aggregate(roles []*rbacv1.ClusterRole) {
	sort.Slice(roles, func(i, j int) bool { return roles[i].Name < roles[j].Name })
	for changed := true; changed; {
		changed = false
		for _, role := range roles {
			if role.AggregationRule == nil {
				continue
			}
			var rules []rbacv1.PolicyRule
			for i := range role.AggregationRule.ClusterRoleSelectors {
				selector, err := metav1.LabelSelectorAsSelector(&role.AggregationRule.ClusterRoleSelectors[i])
				if err != nil {
					continue
				}
				for _, other := range roles {
					if other != role && selector.Matches(labels.Set(other.Labels)) {
						rules = append(rules, other.Rules...)
					}
				}
			}
			if len(rules) > 0 && !reflect.DeepEqual(rules, role.Rules) {
				role.Rules, changed = rules, true
			}
		}
	}
}

// ask draws questions: half of them from what the policy's own rules and subjects say, and near it.
func ask(r *rand.Rand, p policy, n int) []authorizationv1.SubjectAccessReviewSpec {
	var rules []rbacv1.PolicyRule
	var subjects []rbacv1.Subject
	spaces := append([]string{"", ""}, namespaces...)
	for _, o := range p.clusterRoles {
		rules = append(rules, o.Rules...)
	}
	for _, o := range p.roles {
		rules = append(rules, o.Rules...)
		spaces = append(spaces, o.Namespace)
	}
	for _, o := range p.clusterRoleBindings {
		subjects = append(subjects, o.Subjects...)
	}
	for _, o := range p.roleBindings {
		subjects = append(subjects, o.Subjects...)
		spaces = append(spaces, o.Namespace)
	}
	granted := grants(p)
	var out []authorizationv1.SubjectAccessReviewSpec
	for len(out) < n {
		spec := authorizationv1.SubjectAccessReviewSpec{User: pick(r, users), Groups: some(r, groups, 3)}
		rules, spaces := rules, spaces
		if len(granted) > 0 && r.Intn(3) > 0 {
			g := granted[r.Intn(len(granted))]
			takeSubject(r, g.subject, &spec)
			rules = g.rules
			if g.space != "" && r.Intn(8) > 0 {
				spaces = []string{g.space}
			}
		} else if len(subjects) > 0 && r.Intn(4) > 0 {
			takeSubject(r, subjects[r.Intn(len(subjects))], &spec)
		}
		if r.Intn(50) == 0 {
			spec.Groups = append(spec.Groups, "system:masters")
		}
		if spec.User == "" && len(spec.Groups) == 0 {
			continue
		}
		drawRequest(r, rules, spaces, &spec)
		out = append(out, spec)
	}
	return out
}

// grant is what one binding gives one subject.
type grant struct {
	subject rbacv1.Subject
	rules   []rbacv1.PolicyRule
	space   string
}

func grants(p policy) []grant {
	rules := map[string][]rbacv1.PolicyRule{}
	for _, o := range p.clusterRoles {
		rules["ClusterRole//"+o.Name] = o.Rules
	}
	for _, o := range p.roles {
		rules["Role/"+o.Namespace+"/"+o.Name] = o.Rules
	}
	var out []grant
	add := func(ref rbacv1.RoleRef, space string, subjects []rbacv1.Subject) {
		key := ref.Kind + "/" + space + "/" + ref.Name
		if ref.Kind == "ClusterRole" {
			key = "ClusterRole//" + ref.Name
		}
		for _, s := range subjects {
			if s.Kind == "ServiceAccount" && s.Namespace == "" {
				s.Namespace = space
			}
			out = append(out, grant{s, rules[key], space})
		}
	}
	for _, o := range p.clusterRoleBindings {
		add(o.RoleRef, "", o.Subjects)
	}
	for _, o := range p.roleBindings {
		add(o.RoleRef, o.Namespace, o.Subjects)
	}
	return out
}

func takeSubject(r *rand.Rand, s rbacv1.Subject, spec *authorizationv1.SubjectAccessReviewSpec) {
	switch s.Kind {
	case "User":
		spec.User = s.Name
	case "Group":
		spec.Groups = append(spec.Groups, s.Name)
	case "ServiceAccount":
		space := s.Namespace
		if space == "" {
			space = pick(r, namespaces)
		}
		spec.User = "system:serviceaccount:" + space + ":" + s.Name
	}
}

func drawRequest(r *rand.Rand, rules []rbacv1.PolicyRule, spaces []string, spec *authorizationv1.SubjectAccessReviewSpec) {
	var rule rbacv1.PolicyRule
	if len(rules) > 0 && r.Intn(4) > 0 {
		rule = rules[r.Intn(len(rules))]
	}
	verb := near(r, rule.Verbs, verbs)
	if len(rule.NonResourceURLs) > 0 && r.Intn(2) == 0 || r.Intn(8) == 0 {
		path := near(r, rule.NonResourceURLs, paths)
		if r.Intn(3) == 0 {
			path = strings.TrimRight(path, "*") + pick(r, []string{"", "x", "/x", "*"})
		}
		spec.NonResourceAttributes = &authorizationv1.NonResourceAttributes{Verb: verb, Path: path}
		return
	}
	a := &authorizationv1.ResourceAttributes{Verb: verb, Group: near(r, rule.APIGroups, apiGroups), Namespace: pick(r, spaces)}
	a.Resource, a.Subresource = near(r, rule.Resources, asked), pick(r, subresources)
	if i := strings.Index(a.Resource, "/"); i >= 0 && r.Intn(4) > 0 {
		a.Resource, a.Subresource = a.Resource[:i], a.Resource[i+1:]
		if a.Resource == "*" && r.Intn(2) == 0 {
			a.Resource = pick(r, asked)
		}
	}
	if len(rule.ResourceNames) > 0 || r.Intn(2) == 0 {
		a.Name = near(r, rule.ResourceNames, names)
	}
	spec.ResourceAttributes = a
}

// near picks from a rule's own list mostly, else from everything, and sometimes changes one letter.
func near(r *rand.Rand, own, all []string) string {
	word := pick(r, all)
	if len(own) > 0 && r.Intn(12) > 0 {
		word = pick(r, own)
	}
	if word != "" && r.Intn(20) == 0 {
		i := r.Intn(len(word))
		word = word[:i] + string(rune('a'+r.Intn(26))) + word[i+1:]
	}
	return word
}
