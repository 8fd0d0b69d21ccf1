package systemd

import (
	"fmt"
	"strings"

	"seawall.dev/testbed/internal/cri"
)

// Member is one member of the etcd cluster.
type Member struct{ Name, Address string }

// Node is what a node's files depend on.
type Node struct {
	Name, Address string
	ControlPlane  bool
	Etcd          []Member // the whole cluster, on a node that is a member of it
	EtcdServers   []string // what the API server uses
	ServiceSubnet string
	ClusterDNS    string
}

// Units lists the units of a node in the order in which they are started.
func (n Node) Units() []string {
	var u []string
	if len(n.Etcd) > 0 {
		u = append(u, "etcd")
	}
	if n.ControlPlane {
		u = append(u, "kube-apiserver", "kube-controller-manager", "kube-scheduler")
	}
	if n.ControlPlane || len(n.Etcd) == 0 {
		u = append(u, "procruntime", "kubelet")
	}
	return u
}

// Files are the node's unit files, drop-ins, environment files and configurations, by their path.
func (n Node) Files() map[string]string {
	out := map[string]string{}
	if len(n.Etcd) > 0 {
		n.etcd(out)
	}
	if n.ControlPlane {
		n.apiServer(out)
		n.controllerManager(out)
		n.scheduler(out)
	}
	if n.ControlPlane || len(n.Etcd) == 0 {
		n.kubelet(out)
	}
	return out
}

func (n Node) etcd(out map[string]string) {
	var cluster []string
	for _, m := range n.Etcd {
		cluster = append(cluster, fmt.Sprintf("%s=https://%s:2380", m.Name, m.Address))
	}
	out["etc/systemd/system/etcd.service"] = `[Unit]
Description=etcd
Documentation=https://etcd.io/docs/
After=network.target

[Service]
Type=notify
EnvironmentFile=-/etc/default/etcd
ExecStart=/usr/local/bin/etcd
Restart=on-failure
RestartSec=1
LimitNOFILE=65536

[Install]
WantedBy=multi-user.target
`
	out["etc/default/etcd"] = fmt.Sprintf(`# etcd reads every setting from a variable ETCD_*.
ETCD_NAME=%[1]s
ETCD_DATA_DIR=/var/lib/etcd

# Clients
ETCD_LISTEN_CLIENT_URLS="https://127.0.0.1:2379,https://%[2]s:2379"
ETCD_ADVERTISE_CLIENT_URLS="https://%[2]s:2379"
ETCD_CERT_FILE=/etc/kubernetes/pki/etcd/server.crt
ETCD_KEY_FILE=/etc/kubernetes/pki/etcd/server.key
ETCD_TRUSTED_CA_FILE=/etc/kubernetes/pki/etcd/ca.crt
ETCD_CLIENT_CERT_AUTH=true

# Peers
ETCD_LISTEN_PEER_URLS="https://%[2]s:2380"
ETCD_INITIAL_ADVERTISE_PEER_URLS="https://%[2]s:2380"
ETCD_INITIAL_CLUSTER="%[3]s"
ETCD_INITIAL_CLUSTER_STATE=new
ETCD_PEER_CERT_FILE=/etc/kubernetes/pki/etcd/peer.crt
ETCD_PEER_KEY_FILE=/etc/kubernetes/pki/etcd/peer.key
ETCD_PEER_TRUSTED_CA_FILE=/etc/kubernetes/pki/etcd/ca.crt
ETCD_PEER_CLIENT_CERT_AUTH=true

ETCD_LISTEN_METRICS_URLS=http://127.0.0.1:2381
`, n.Name, n.Address, strings.Join(cluster, ","))
}

func (n Node) apiServer(out map[string]string) {
	out["etc/kubernetes/config"] = `# Common to all components
KUBE_LOG_LEVEL="--v=1"
`
	out["etc/systemd/system/kube-apiserver.service"] = `[Unit]
Description=Kubernetes API Server
Documentation=https://kubernetes.io/docs/
After=network.target etcd.service

[Service]
Type=notify
EnvironmentFile=-/etc/kubernetes/config
EnvironmentFile=-/etc/kubernetes/apiserver
ExecStart=/usr/local/bin/kube-apiserver \
    $KUBE_LOG_LEVEL \
    $KUBE_ETCD_SERVERS \
    $KUBE_API_ADDRESS \
    $KUBE_SERVICE_ADDRESSES \
    $KUBE_ADMISSION_CONTROL \
    $KUBE_API_ARGS
Restart=on-failure
RestartSec=1
TimeoutStartSec=120
TimeoutStopSec=3

[Install]
WantedBy=multi-user.target
`
	out["etc/systemd/system/kube-apiserver.service.d/10-limits.conf"] = "[Service]\nLimitNOFILE=65536\n"
	out["etc/kubernetes/apiserver"] = fmt.Sprintf(`# The address on the local server to listen to.
KUBE_API_ADDRESS="--bind-address=0.0.0.0 --advertise-address=%[1]s"

# Comma separated list of nodes in the etcd cluster
KUBE_ETCD_SERVERS="--etcd-servers=%[2]s"

# Address range to use for services
KUBE_SERVICE_ADDRESSES="--service-cluster-ip-range=%[3]s"

# Admission plugins beside the default ones
KUBE_ADMISSION_CONTROL="--enable-admission-plugins=NodeRestriction"

# Everything else
KUBE_API_ARGS="--secure-port=6443 \
 --allow-privileged=true \
 --authorization-mode=Node,RBAC \
 --enable-bootstrap-token-auth=true \
 --client-ca-file=/etc/kubernetes/pki/ca.crt \
 --tls-cert-file=/etc/kubernetes/pki/apiserver.crt \
 --tls-private-key-file=/etc/kubernetes/pki/apiserver.key \
 --etcd-cafile=/etc/kubernetes/pki/etcd/ca.crt \
 --etcd-certfile=/etc/kubernetes/pki/apiserver-etcd-client.crt \
 --etcd-keyfile=/etc/kubernetes/pki/apiserver-etcd-client.key \
 --kubelet-client-certificate=/etc/kubernetes/pki/apiserver-kubelet-client.crt \
 --kubelet-client-key=/etc/kubernetes/pki/apiserver-kubelet-client.key \
 --kubelet-preferred-address-types=InternalIP,Hostname \
 --proxy-client-cert-file=/etc/kubernetes/pki/front-proxy-client.crt \
 --proxy-client-key-file=/etc/kubernetes/pki/front-proxy-client.key \
 --requestheader-client-ca-file=/etc/kubernetes/pki/front-proxy-ca.crt \
 --requestheader-allowed-names=front-proxy-client \
 --requestheader-extra-headers-prefix=X-Remote-Extra- \
 --requestheader-group-headers=X-Remote-Group \
 --requestheader-username-headers=X-Remote-User \
 --service-account-issuer=https://kubernetes.default.svc.cluster.local \
 --service-account-key-file=/etc/kubernetes/pki/sa.pub \
 --service-account-signing-key-file=/etc/kubernetes/pki/sa.key"
`, n.Address, strings.Join(n.EtcdServers, ","), n.ServiceSubnet)
}

func (n Node) controllerManager(out map[string]string) {
	out["etc/systemd/system/kube-controller-manager.service"] = `[Unit]
Description=Kubernetes Controller Manager
Documentation=https://kubernetes.io/docs/
After=kube-apiserver.service

[Service]
EnvironmentFile=-/etc/kubernetes/config
EnvironmentFile=-/etc/kubernetes/controller-manager
ExecStart=/usr/local/bin/kube-controller-manager \
    $KUBE_LOG_LEVEL \
    $KUBE_CONTROLLER_MANAGER_ARGS
Restart=always
RestartSec=1

[Install]
WantedBy=multi-user.target
`
	out["etc/kubernetes/controller-manager"] = fmt.Sprintf(`KUBE_CONTROLLER_MANAGER_ARGS="--bind-address=127.0.0.1 \
 --kubeconfig=/etc/kubernetes/controller-manager.conf \
 --authentication-kubeconfig=/etc/kubernetes/controller-manager.conf \
 --authorization-kubeconfig=/etc/kubernetes/controller-manager.conf \
 --client-ca-file=/etc/kubernetes/pki/ca.crt \
 --requestheader-client-ca-file=/etc/kubernetes/pki/front-proxy-ca.crt \
 --cluster-signing-cert-file=/etc/kubernetes/pki/ca.crt \
 --cluster-signing-key-file=/etc/kubernetes/pki/ca.key \
 --root-ca-file=/etc/kubernetes/pki/ca.crt \
 --service-account-private-key-file=/etc/kubernetes/pki/sa.key \
 --service-cluster-ip-range=%s \
 --controllers=*,bootstrapsigner,tokencleaner \
 --use-service-account-credentials=true"
`, n.ServiceSubnet)
}

func (n Node) scheduler(out map[string]string) {
	out["etc/systemd/system/kube-scheduler.service"] = `[Unit]
Description=Kubernetes Scheduler
Documentation=https://kubernetes.io/docs/
After=kube-apiserver.service

[Service]
EnvironmentFile=-/etc/kubernetes/config
ExecStart=/usr/local/bin/kube-scheduler $KUBE_LOG_LEVEL --config=/etc/kubernetes/scheduler.yaml --bind-address=127.0.0.1 \
    --authentication-kubeconfig=/etc/kubernetes/scheduler.conf --authorization-kubeconfig=/etc/kubernetes/scheduler.conf
Restart=always
RestartSec=1

[Install]
WantedBy=multi-user.target
`
	out["etc/kubernetes/scheduler.yaml"] = `apiVersion: kubescheduler.config.k8s.io/v1
kind: KubeSchedulerConfiguration
clientConnection:
  kubeconfig: /etc/kubernetes/scheduler.conf
leaderElection:
  leaderElect: true
`
}

func (n Node) kubelet(out map[string]string) {
	out["etc/systemd/system/procruntime.service"] = `[Unit]
Description=Containers as plain processes
Before=kubelet.service

[Service]
ExecStart=/usr/local/bin/procruntime ` + n.Address + `
Restart=always
KillMode=process

[Install]
WantedBy=multi-user.target
`
	out["etc/systemd/system/kubelet.service"] = `[Unit]
Description=Kubernetes Kubelet
Documentation=https://kubernetes.io/docs/
After=procruntime.service
Requires=procruntime.service

[Service]
ExecStart=/usr/bin/kubelet
Restart=always
RestartSec=1

[Install]
WantedBy=multi-user.target
`
	out["etc/systemd/system/kubelet.service.d/10-kubelet.conf"] = `[Service]
Environment="KUBELET_KUBECONFIG_ARGS=--kubeconfig=/etc/kubernetes/kubelet.conf"
Environment="KUBELET_CONFIG_ARGS=--config=/var/lib/kubelet/config.yaml"
EnvironmentFile=-/etc/default/kubelet
ExecStart=
ExecStart=/usr/bin/kubelet $KUBELET_KUBECONFIG_ARGS $KUBELET_CONFIG_ARGS $KUBELET_EXTRA_ARGS
`
	out["etc/default/kubelet"] = fmt.Sprintf("KUBELET_EXTRA_ARGS=\"--node-ip=%s --hostname-override=%s\"\n", n.Address, n.Name)
	out["var/lib/kubelet/config.yaml"] = fmt.Sprintf(`apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
authentication:
  anonymous:
    enabled: false
  webhook:
    enabled: true
  x509:
    clientCAFile: /etc/kubernetes/pki/ca.crt
authorization:
  mode: Webhook
clusterDomain: cluster.local
clusterDNS: [%s]
containerRuntimeEndpoint: unix://%s
rotateCertificates: true
staticPodPath: /etc/kubernetes/manifests
# A node without a cgroup hierarchy for pods
cgroupsPerQOS: false
enforceNodeAllocatable: [none]
failCgroupV1: false
failSwapOn: false
# How full the disk of the machine below is, is none of its business
evictionHard: {imagefs.available: 0%%, nodefs.available: 0%%, nodefs.inodesFree: 0%%}
imageGCHighThresholdPercent: 100
`, n.ClusterDNS, cri.Socket)
}
