package kubeadm

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

func TestInitSaysWhatTheClusterIs(t *testing.T) {
	c := Cluster{Endpoint: "192.0.2.10:6443", ServiceSubnet: "198.51.100.0/24", Token: "abcdef.0123456789abcdef", CertificateKey: "k"}
	text := Init(c, "cp-0", "192.0.2.11")
	for _, want := range []string{"controlPlaneEndpoint: 192.0.2.10:6443\n", "serviceSubnet: 198.51.100.0/24\n", "advertiseAddress: 192.0.2.11\n", "name: cp-0\n",
		"token: abcdef.0123456789abcdef\n", "certificateKey: k\n", "failCgroupV1: false\n"} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
	for _, no := range []string{"external:", "serverTLSBootstrap", "certSANs", "%!"} {
		if strings.Contains(text, no) {
			t.Errorf("%q in\n%s", no, text)
		}
	}
	c.ExternalEtcd, c.ServerTLSBootstrap = []string{"https://192.0.2.31:2379", "https://192.0.2.32:2379"}, true
	text = Init(c, "cp-0", "192.0.2.11")
	for _, want := range []string{"endpoints: [https://192.0.2.31:2379, https://192.0.2.32:2379]\n", "serverTLSBootstrap: true\n"} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
}

func TestOnlyAControlPlaneGetsTheCertificateKey(t *testing.T) {
	if text := Join("192.0.2.11:6443", "t", "h", "", "worker-0", "192.0.2.51"); strings.Contains(text, "controlPlane") {
		t.Error(text)
	}
	if text := Join("192.0.2.10:6443", "t", "h", "k", "cp-1", "192.0.2.12"); !strings.Contains(text, "certificateKey: k\n") || !strings.Contains(text, "advertiseAddress: 192.0.2.12\n") {
		t.Error(text)
	}
}

func TestEtcdMembersKnowEachOther(t *testing.T) {
	all := []Member{{"etcd-0", "192.0.2.31"}, {"etcd-1", "192.0.2.32"}}
	text := EtcdInit(all, all[1])
	for _, want := range []string{`value: "etcd-0=https://192.0.2.31:2380,etcd-1=https://192.0.2.32:2380"`, "serverCertSANs: [192.0.2.32]", "{name: name, value: etcd-1}"} {
		if !strings.Contains(text, want) || strings.Contains(text, "%!") {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
}

func TestTokensHaveTheirForm(t *testing.T) {
	form := regexp.MustCompile(`^[a-z0-9]{6}\.[a-z0-9]{16}$`)
	a, b := NewToken(), NewToken()
	if !form.MatchString(a) || a == b {
		t.Errorf("%s %s", a, b)
	}
	if k := NewCertificateKey(); len(k) != 64 {
		t.Error(k)
	}
}

func TestUnitsLieWherePackagesPutThem(t *testing.T) {
	root := t.TempDir()
	if err := WriteUnits(root); err != nil {
		t.Fatal(err)
	}
	for name := range units {
		if st, err := os.Stat(filepath.Join(root, name)); err != nil || st.Mode().Perm() != 0o644 {
			t.Errorf("%s: %v, %v", name, st, err)
		}
	}
	if _, err := CAHash(filepath.Join(root, "etc/default/kubelet")); err == nil {
		t.Error("the hash of no certificate")
	}
}
