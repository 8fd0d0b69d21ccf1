package kubeadm

import (
	"fmt"
	"strings"

	"seawall.dev/testbed"
	"seawall.dev/testbed/internal/cri"
)

// Member is one member of an etcd cluster.
type Member struct{ Name, Address string }

// EtcdInit is the configuration of kubeadm's etcd phases on one node of an etcd cluster of its own, by kubeadm's own
// instructions for that.
func EtcdInit(all []Member, m Member) string {
	var cluster []string
	for _, o := range all {
		cluster = append(cluster, fmt.Sprintf("%s=https://%s:2380", o.Name, o.Address))
	}
	return fmt.Sprintf(`apiVersion: kubeadm.k8s.io/v1beta4
kind: InitConfiguration
nodeRegistration:
  name: %[1]s
  criSocket: unix://%[5]s
localAPIEndpoint:
  advertiseAddress: %[2]s
---
apiVersion: kubeadm.k8s.io/v1beta4
kind: ClusterConfiguration
kubernetesVersion: %[4]s
etcd:
  local:
    serverCertSANs: [%[2]s]
    peerCertSANs: [%[2]s]
    extraArgs:
    - {name: initial-cluster, value: "%[3]s"}
    - {name: initial-cluster-state, value: new}
    - {name: name, value: %[1]s}
    - {name: listen-peer-urls, value: "https://%[2]s:2380"}
    - {name: listen-client-urls, value: "https://127.0.0.1:2379,https://%[2]s:2379"}
    - {name: advertise-client-urls, value: "https://%[2]s:2379"}
    - {name: initial-advertise-peer-urls, value: "https://%[2]s:2380"}
`, m.Name, m.Address, strings.Join(cluster, ","), testbed.Kubernetes, cri.Socket)
}

// StandaloneKubelet is where an etcd node's kubelet configuration lies.
const StandaloneKubelet = "etc/systemd/system/kubelet.service.d/kubelet.conf"

// WriteStandalone puts the files of a kubelet that only runs static pods into a node's tree.
func WriteStandalone(root, args string) error {
	config := strings.Replace(kubelet, "kind: KubeletConfiguration\n", `kind: KubeletConfiguration
address: 127.0.0.1
authentication:
  anonymous:
    enabled: false
  webhook:
    enabled: false
authorization:
  mode: AlwaysAllow
containerRuntimeEndpoint: unix://`+cri.Socket+`
staticPodPath: /etc/kubernetes/manifests
`, 1)
	if err := Write(root, StandaloneKubelet, config, 0o644); err != nil {
		return err
	}
	drop := "# Runs etcd's static pod without an API server.\n[Service]\nExecStart=\nExecStart=/usr/bin/kubelet " + args + "\nRestart=always\n"
	if err := Write(root, "etc/systemd/system/kubelet.service.d/20-etcd-service-manager.conf", drop, 0o644); err != nil {
		return err
	}
	return nil
}
