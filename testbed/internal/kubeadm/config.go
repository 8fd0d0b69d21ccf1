// Package kubeadm writes what kubeadm reads: its configuration, and the unit files that its packages bring along.
package kubeadm

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"seawall.dev/testbed"
	"seawall.dev/testbed/internal/cri"
)

// Cluster is what the configuration of a cluster depends on.
type Cluster struct {
	Endpoint           string // host:port of the API
	ServiceSubnet      string
	SANs               []string // further names in the API server's certificate
	ExternalEtcd       []string // URLs; empty for etcd on the control planes
	Token              string
	CertificateKey     string
	ServerTLSBootstrap bool
}

// kubelet is the part of kubelet's configuration that a node without a cgroup hierarchy for pods needs. All else is
// kubeadm's own choice. The shorter pause after a crash spares tests their
// waiting; how full the disk of the machine below is, is none of its business.
const kubelet = `apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
cgroupsPerQOS: false
enforceNodeAllocatable: [none]
failCgroupV1: false
failSwapOn: false
evictionHard: {imagefs.available: 0%, nodefs.available: 0%, nodefs.inodesFree: 0%}
imageGCHighThresholdPercent: 100
crashLoopBackOff:
  maxContainerRestartPeriod: 1s
`

// Init is the configuration of kubeadm init on one node.
func Init(c Cluster, node, address string) string {
	var b strings.Builder
	fmt.Fprintf(&b, `apiVersion: kubeadm.k8s.io/v1beta4
kind: ClusterConfiguration
kubernetesVersion: %s
controlPlaneEndpoint: %s
networking:
  serviceSubnet: %s
`, testbed.Kubernetes, c.Endpoint, c.ServiceSubnet)
	if len(c.SANs) > 0 {
		fmt.Fprintf(&b, "apiServer:\n  certSANs: [%s]\n", strings.Join(c.SANs, ", "))
	}
	if len(c.ExternalEtcd) > 0 {
		fmt.Fprintf(&b, `etcd:
  external:
    endpoints: [%s]
    caFile: /etc/kubernetes/pki/etcd/ca.crt
    certFile: /etc/kubernetes/pki/apiserver-etcd-client.crt
    keyFile: /etc/kubernetes/pki/apiserver-etcd-client.key
`, strings.Join(c.ExternalEtcd, ", "))
	}
	fmt.Fprintf(&b, `---
apiVersion: kubeadm.k8s.io/v1beta4
kind: InitConfiguration
localAPIEndpoint:
  advertiseAddress: %s
nodeRegistration:
  name: %s
  criSocket: unix://%s
`, address, node, cri.Socket)
	if c.Token != "" {
		fmt.Fprintf(&b, `bootstrapTokens:
- token: %s
  ttl: 24h0m0s
  usages: [signing, authentication]
  groups: [system:bootstrappers:kubeadm:default-node-token]
`, c.Token)
	}
	if c.CertificateKey != "" {
		fmt.Fprintf(&b, "certificateKey: %s\n", c.CertificateKey)
	}
	b.WriteString("---\n" + kubelet)
	if c.ServerTLSBootstrap {
		b.WriteString("serverTLSBootstrap: true\n")
	}
	return b.String()
}

// Join is the configuration of kubeadm join on one node; certificateKey only for a control plane.
func Join(endpoint, token, caHash, certificateKey, node, address string) string {
	s := fmt.Sprintf(`apiVersion: kubeadm.k8s.io/v1beta4
kind: JoinConfiguration
discovery:
  bootstrapToken:
    apiServerEndpoint: %s
    token: %s
    caCertHashes: [%s]
nodeRegistration:
  name: %s
  criSocket: unix://%s
`, endpoint, token, caHash, node, cri.Socket)
	if certificateKey != "" {
		s += fmt.Sprintf("controlPlane:\n  localAPIEndpoint:\n    advertiseAddress: %s\n  certificateKey: %s\n", address, certificateKey)
	}
	return s
}

// NewToken makes a bootstrap token.
func NewToken() string {
	b := make([]byte, 11)
	rand.Read(b)
	h := hex.EncodeToString(b)
	return h[:6] + "." + h[6:]
}

// NewCertificateKey makes the key that certificates are encrypted with when they are uploaded for other control planes.
func NewCertificateKey() string {
	b := make([]byte, 32)
	rand.Read(b)
	return hex.EncodeToString(b)
}

// CAHash is the hash of a CA's public key, as kubeadm join wants it.
func CAHash(path string) (string, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return "", err
	}
	block, _ := pem.Decode(data)
	if block == nil {
		return "", fmt.Errorf("%s: no certificate", path)
	}
	cert, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		return "", fmt.Errorf("%s: %w", path, err)
	}
	sum := sha256.Sum256(cert.RawSubjectPublicKeyInfo)
	return "sha256:" + hex.EncodeToString(sum[:]), nil
}

// units are the files that kubeadm's and kubelet's packages install: kubelet's unit and kubeadm's drop-in for it.
var units = map[string]string{
	"usr/lib/systemd/system/kubelet.service": `[Unit]
Description=kubelet: The Kubernetes Node Agent
Documentation=https://kubernetes.io/docs/
Wants=network-online.target
After=network-online.target

[Service]
ExecStart=/usr/bin/kubelet
Restart=always
StartLimitInterval=0
RestartSec=10

[Install]
WantedBy=multi-user.target
`,
	"usr/lib/systemd/system/kubelet.service.d/10-kubeadm.conf": `# For kubeadm and kubelet 1.11 and later.
[Service]
Environment="KUBELET_KUBECONFIG_ARGS=--bootstrap-kubeconfig=/etc/kubernetes/bootstrap-kubelet.conf --kubeconfig=/etc/kubernetes/kubelet.conf"
Environment="KUBELET_CONFIG_ARGS=--config=/var/lib/kubelet/config.yaml"
# Written by "kubeadm init" and "kubeadm join".
EnvironmentFile=-/var/lib/kubelet/kubeadm-flags.env
# For the administrator; it wins over the others.
EnvironmentFile=-/etc/default/kubelet
ExecStart=
ExecStart=/usr/bin/kubelet $KUBELET_KUBECONFIG_ARGS $KUBELET_CONFIG_ARGS $KUBELET_KUBEADM_ARGS $KUBELET_EXTRA_ARGS
`,
	"etc/default/kubelet": "KUBELET_EXTRA_ARGS=\n",
}

// WriteUnits puts the packages' files into a node's tree.
func WriteUnits(root string) error {
	for name, text := range units {
		if err := Write(root, name, text, 0o644); err != nil {
			return err
		}
	}
	return nil
}

// Write puts one file into a node's tree.
func Write(root, name, text string, mode os.FileMode) error {
	p := filepath.Join(root, name)
	if err := os.MkdirAll(filepath.Dir(p), 0o755); err != nil {
		return err
	}
	return os.WriteFile(p, []byte(text), mode)
}
