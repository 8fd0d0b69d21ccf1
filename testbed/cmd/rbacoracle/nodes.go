package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand"
	"path/filepath"
	"time"

	authorizationv1 "k8s.io/api/authorization/v1"
	corev1 "k8s.io/api/core/v1"
	resourcev1 "k8s.io/api/resource/v1"
	storagev1 "k8s.io/api/storage/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
)

// Names of what nodes ask for; pods refer to some of them.
var (
	nodeNames  = []string{"n0", "n1", "cp-0"}
	secretPool = []string{"s0", "s1", "s2", "s3", "s4", "s5"}
	mapPool    = []string{"c0", "c1", "c2"}
	claimPool  = []string{"p0", "p1", "p2", "p3"}
	volumePool = []string{"v0", "v1", "v2", "v3"}
	robots     = []string{"r0", "r1", "r2"}
)

// ref is a reference to an object, or none.
func local(name string) *corev1.LocalObjectReference { return &corev1.LocalObjectReference{Name: name} }

// drawPod refers to objects in each of the ways that a pod has.
func drawPod(r *rand.Rand, name string) *corev1.Pod {
	no := false
	c := corev1.Container{Name: "c", Image: "example.com/c"}
	fill := func(c *corev1.Container) {
		switch r.Intn(5) {
		case 0:
			c.EnvFrom = []corev1.EnvFromSource{{SecretRef: &corev1.SecretEnvSource{LocalObjectReference: *local(pick(r, secretPool))}}}
		case 1:
			c.EnvFrom = []corev1.EnvFromSource{{ConfigMapRef: &corev1.ConfigMapEnvSource{LocalObjectReference: *local(pick(r, mapPool))}}}
		case 2:
			c.Env = []corev1.EnvVar{{Name: "x", ValueFrom: &corev1.EnvVarSource{SecretKeyRef: &corev1.SecretKeySelector{LocalObjectReference: *local(pick(r, secretPool)), Key: "k"}}}}
		case 3:
			c.Env = []corev1.EnvVar{{Name: "x", ValueFrom: &corev1.EnvVarSource{ConfigMapKeyRef: &corev1.ConfigMapKeySelector{LocalObjectReference: *local(pick(r, mapPool)), Key: "k"}}}}
		}
	}
	fill(&c)
	pod := &corev1.Pod{TypeMeta: metav1.TypeMeta{APIVersion: "v1", Kind: "Pod"}, ObjectMeta: metav1.ObjectMeta{Name: name, Namespace: pick(r, namespaces)},
		Spec: corev1.PodSpec{NodeName: pick(r, nodeNames[:2]), ServiceAccountName: pick(r, robots), AutomountServiceAccountToken: &no, Containers: []corev1.Container{c}}}
	if r.Intn(3) == 0 {
		init := corev1.Container{Name: "i", Image: "example.com/i"}
		fill(&init)
		pod.Spec.InitContainers = []corev1.Container{init}
	}
	if r.Intn(3) == 0 {
		pod.Spec.ImagePullSecrets = []corev1.LocalObjectReference{*local(pick(r, secretPool))}
	}
	for i := range r.Intn(3) {
		v := corev1.Volume{Name: fmt.Sprintf("v%d", i)}
		switch r.Intn(6) {
		case 0:
			v.Secret = &corev1.SecretVolumeSource{SecretName: pick(r, secretPool)}
		case 1:
			v.ConfigMap = &corev1.ConfigMapVolumeSource{LocalObjectReference: *local(pick(r, mapPool))}
		case 2:
			v.PersistentVolumeClaim = &corev1.PersistentVolumeClaimVolumeSource{ClaimName: pick(r, claimPool)}
		case 3:
			v.Projected = &corev1.ProjectedVolumeSource{Sources: []corev1.VolumeProjection{{Secret: &corev1.SecretProjection{LocalObjectReference: *local(pick(r, secretPool))}},
				{ConfigMap: &corev1.ConfigMapProjection{LocalObjectReference: *local(pick(r, mapPool))}}}}
		case 4:
			v.CSI = &corev1.CSIVolumeSource{Driver: "csi.example.com", NodePublishSecretRef: local(pick(r, secretPool))}
		case 5:
			v.Ephemeral = &corev1.EphemeralVolumeSource{VolumeClaimTemplate: &corev1.PersistentVolumeClaimTemplate{Spec: corev1.PersistentVolumeClaimSpec{
				AccessModes: []corev1.PersistentVolumeAccessMode{corev1.ReadWriteOnce},
				Resources:   corev1.VolumeResourceRequirements{Requests: corev1.ResourceList{corev1.ResourceStorage: resource.MustParse("1Gi")}}}}}
		}
		pod.Spec.Volumes = append(pod.Spec.Volumes, v)
	}
	return pod
}

func drawVolume(r *rand.Rand, name string) *corev1.PersistentVolume {
	secret := func() *corev1.SecretReference {
		return &corev1.SecretReference{Name: pick(r, secretPool), Namespace: pick(r, namespaces)}
	}
	pv := &corev1.PersistentVolume{TypeMeta: metav1.TypeMeta{APIVersion: "v1", Kind: "PersistentVolume"}, ObjectMeta: metav1.ObjectMeta{Name: name},
		Spec: corev1.PersistentVolumeSpec{AccessModes: []corev1.PersistentVolumeAccessMode{corev1.ReadWriteOnce}, Capacity: corev1.ResourceList{corev1.ResourceStorage: resource.MustParse("1Gi")},
			PersistentVolumeReclaimPolicy: corev1.PersistentVolumeReclaimRetain}}
	if r.Intn(5) > 0 {
		pv.Spec.ClaimRef = &corev1.ObjectReference{Kind: "PersistentVolumeClaim", APIVersion: "v1", Namespace: pick(r, namespaces), Name: pick(r, claimPool)}
	}
	if r.Intn(2) == 0 {
		pv.Spec.CSI = &corev1.CSIPersistentVolumeSource{Driver: "csi.example.com", VolumeHandle: name, NodePublishSecretRef: secret(), ControllerPublishSecretRef: secret()}
	} else {
		pv.Spec.ISCSI = &corev1.ISCSIPersistentVolumeSource{TargetPortal: "192.0.2.9:3260", IQN: "iqn.2000-01.com.example:x", Lun: 1, SecretRef: &corev1.SecretReference{Name: pick(r, secretPool)}}
	}
	return pv
}

// populate creates nodes and what runs on them, and returns everything in the cluster that the Node authorizer goes by.
func (c cluster) populate(r *rand.Rand) ([]any, error) {
	for _, name := range nodeNames[:2] {
		if _, err := c.CoreV1().Nodes().Create(c.ctx, &corev1.Node{ObjectMeta: metav1.ObjectMeta{Name: name}}, metav1.CreateOptions{}); err != nil {
			return nil, err
		}
	}
	for _, space := range namespaces {
		for _, robot := range robots {
			account := &corev1.ServiceAccount{ObjectMeta: metav1.ObjectMeta{Name: robot, Namespace: space}}
			if _, err := c.CoreV1().ServiceAccounts(space).Create(c.ctx, account, metav1.CreateOptions{}); err != nil {
				return nil, err
			}
		}
	}
	for _, name := range volumePool[:3] {
		if _, err := c.CoreV1().PersistentVolumes().Create(c.ctx, drawVolume(r, name), metav1.CreateOptions{}); err != nil {
			return nil, err
		}
	}
	for i, node := range []string{"n0", "n1", "elsewhere"} {
		volume := volumePool[0]
		va := &storagev1.VolumeAttachment{ObjectMeta: metav1.ObjectMeta{Name: fmt.Sprintf("a%d", i)},
			Spec: storagev1.VolumeAttachmentSpec{Attacher: "csi.example.com", NodeName: node, Source: storagev1.VolumeAttachmentSource{PersistentVolumeName: &volume}}}
		if _, err := c.StorageV1().VolumeAttachments().Create(c.ctx, va, metav1.CreateOptions{}); err != nil {
			return nil, err
		}
		slice := &resourcev1.ResourceSlice{ObjectMeta: metav1.ObjectMeta{Name: fmt.Sprintf("l%d", i)},
			Spec: resourcev1.ResourceSliceSpec{Driver: "dra.example.com", NodeName: &node, Pool: resourcev1.ResourcePool{Name: node, ResourceSliceCount: 1}}}
		if _, err := c.ResourceV1().ResourceSlices().Create(c.ctx, slice, metav1.CreateOptions{}); err != nil {
			return nil, err
		}
	}
	for i := range 14 {
		if pod := drawPod(r, fmt.Sprintf("pod%d", i)); pod != nil {
			if _, err := c.CoreV1().Pods(pod.Namespace).Create(c.ctx, pod, metav1.CreateOptions{}); err != nil {
				return nil, fmt.Errorf("%s: %w", pod.Name, err)
			}
		}
	}
	return c.nodeObjects()
}

func (c cluster) nodeObjects() ([]any, error) {
	nodes, err1 := c.CoreV1().Nodes().List(c.ctx, metav1.ListOptions{})
	pods, err2 := c.CoreV1().Pods("").List(c.ctx, metav1.ListOptions{})
	volumes, err3 := c.CoreV1().PersistentVolumes().List(c.ctx, metav1.ListOptions{})
	attachments, err4 := c.StorageV1().VolumeAttachments().List(c.ctx, metav1.ListOptions{})
	slices, err5 := c.ResourceV1().ResourceSlices().List(c.ctx, metav1.ListOptions{})
	if err := errors.Join(err1, err2, err3, err4, err5); err != nil {
		return nil, err
	}
	var all []any
	add := func(kind, version string, meta *metav1.TypeMeta, o runtime.Object) {
		meta.Kind, meta.APIVersion = kind, version
		all = append(all, o)
	}
	for i := range nodes.Items {
		add("Node", "v1", &nodes.Items[i].TypeMeta, &nodes.Items[i])
	}
	for i := range pods.Items {
		add("Pod", "v1", &pods.Items[i].TypeMeta, &pods.Items[i])
	}
	for i := range volumes.Items {
		add("PersistentVolume", "v1", &volumes.Items[i].TypeMeta, &volumes.Items[i])
	}
	for i := range attachments.Items {
		add("VolumeAttachment", "storage.k8s.io/v1", &attachments.Items[i].TypeMeta, &attachments.Items[i])
	}
	for i := range slices.Items {
		add("ResourceSlice", "resource.k8s.io/v1", &slices.Items[i].TypeMeta, &slices.Items[i])
	}
	return all, nil
}

// thing is what nodes ask for: a resource and its names.
type thing struct {
	group, resource string
	namespaced      bool
	names           []string
	subresources    []string
}

var things = []thing{
	{"", "secrets", true, secretPool, nil}, {"", "secrets", true, secretPool, nil}, {"", "configmaps", true, mapPool, nil},
	{"", "persistentvolumeclaims", true, append([]string{"pod1-v0", "pod2-v0", "pod3-v1"}, claimPool...), []string{"", "", "status"}},
	{"", "persistentvolumes", false, volumePool, nil}, {"", "serviceaccounts", true, robots, []string{"", "token", "token"}},
	{"", "nodes", false, nodeNames, []string{"", "", "status", "proxy"}}, {"", "pods", true, []string{"pod0", "pod1", "pod2", "pod3", "pod4", "pod9"}, []string{"", "", "status", "eviction", "log"}},
	{"coordination.k8s.io", "leases", true, nodeNames, nil}, {"storage.k8s.io", "csinodes", false, nodeNames, []string{"", "", "status"}},
	{"storage.k8s.io", "volumeattachments", false, []string{"a0", "a1", "a2", "a3"}, nil}, {"resource.k8s.io", "resourceslices", false, []string{"l0", "l1", "l2"}, nil},
	{"resource.k8s.io", "resourceclaims", true, []string{"x"}, nil}, {"", "services", true, []string{"x"}, nil}, {"", "events", true, []string{"x"}, nil},
	{"events.k8s.io", "events", true, []string{"x"}, nil}, {"", "endpoints", true, []string{"x"}, nil}, {"authentication.k8s.io", "tokenreviews", false, nil, nil},
	{"authorization.k8s.io", "subjectaccessreviews", false, nil, nil}, {"certificates.k8s.io", "certificatesigningrequests", false, []string{"x"}, []string{"", "nodeclient"}},
	{"certificates.k8s.io", "clustertrustbundles", false, []string{"x"}, nil}, {"certificates.k8s.io", "podcertificaterequests", true, nil, nil},
	{"storage.k8s.io", "csidrivers", false, []string{"x"}, nil}, {"node.k8s.io", "runtimeclasses", false, []string{"x"}, nil}, {"apps", "deployments", true, []string{"x"}, nil},
}

// askNodes draws questions of nodes, and of some who look like nodes.
func askNodes(r *rand.Rand, n int) []authorizationv1.SubjectAccessReviewSpec {
	verbs := []string{"get", "get", "get", "list", "watch", "create", "update", "patch", "delete", "deletecollection"}
	var out []authorizationv1.SubjectAccessReviewSpec
	for range n {
		spec := authorizationv1.SubjectAccessReviewSpec{User: "system:node:" + pick(r, nodeNames), Groups: []string{"system:nodes", "system:authenticated"}}
		switch r.Intn(20) {
		case 0:
			spec.Groups = []string{"system:authenticated"}
		case 1:
			spec.User = pick(r, []string{"system:node:", "system:node:gone", "system:nodes:n0", "n0"})
		}
		t := things[r.Intn(len(things))]
		a := &authorizationv1.ResourceAttributes{Verb: pick(r, verbs), Group: t.group, Resource: t.resource}
		if len(t.names) > 0 && r.Intn(8) > 0 {
			a.Name = pick(r, t.names)
		}
		if t.namespaced && r.Intn(10) > 0 {
			a.Namespace = pick(r, namespaces)
			if t.resource == "leases" {
				a.Namespace = "kube-node-lease"
			}
		}
		if len(t.subresources) > 0 {
			a.Subresource = pick(r, t.subresources)
		} else if r.Intn(15) == 0 {
			a.Subresource = "status"
		}
		spec.ResourceAttributes = a
		out = append(out, spec)
	}
	return out
}

// writeNodeReviews has a real API server (Node,RBAC) answer what nodes ask. The files are those of main, called "nodes".
func writeNodeReviews(dir, kubeconfig string, random *rand.Rand, questions int) (allowed int, err error) {
	c, err := open(context.Background(), kubeconfig)
	if err != nil {
		return
	}
	for _, name := range namespaces {
		if _, err = c.CoreV1().Namespaces().Create(c.ctx, &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: name}}, metav1.CreateOptions{}); err != nil && !apierrors.IsAlreadyExists(err) {
			return
		}
	}
	objects, err := c.populate(random)
	if err != nil {
		return
	}
	rbac, err := c.stored()
	if err != nil {
		return
	}
	time.Sleep(2 * time.Second) // the authorizer hears of the last pod
	specs := askNodes(random, questions)
	answers, err := c.reviewAll(specs)
	if err != nil {
		return
	}
	for _, a := range answers {
		if a.Allowed {
			allowed++
		}
	}
	base := filepath.Join(dir, "nodes")
	list := map[string]any{"apiVersion": "v1", "kind": "List", "items": append(rbac, objects...)}
	return allowed, errors.Join(lines(base+".json", []any{list}), lines(base+".questions.jsonl", specs), lines(base+".answers.jsonl", answers))
}
