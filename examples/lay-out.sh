#!/usr/bin/env bash
# lay-out.sh DIR: lays the example nodes out below DIR as they would lie on real machines: the files of this folder, with
# certificates, keys and kubeconfigs made on the spot (none is kept in the repository), and the modes that kubeadm gives,
# but for the planted mistakes. examples/README.md lists those.
set -euo pipefail
here=$(dirname "$(readlink -f "$0")"); out=${1:?usage: lay-out.sh DIR}
mkdir -p "$out"; out=$(readlink -f "$out")
for name in cp-0 master-1 etcd-0 etcd-1 etcd-2; do rm -rf "${out:?}/$name"; done
cp -r "$here/kubeadm" "$out/cp-0"; cp -r "$here/systemd" "$out/master-1"; cp -r "$here"/etcd/etcd-? "$out/"

key() { openssl genpkey -quiet -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out "$1" 2>/dev/null || openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out "$1" 2>/dev/null; chmod 600 "$1"; }
ca() { # path-without-suffix name
  key "$1.key"
  openssl req -x509 -new -key "$1.key" -subj "/CN=$2" -days 3650 -out "$1.crt" \
    -addext "keyUsage=critical,digitalSignature,keyEncipherment,keyCertSign" 2>/dev/null
}
leaf() { # ca path subject usage days [san]
  key "$2.key"
  openssl req -new -key "$2.key" -subj "$3" -out "$2.csr" 2>/dev/null
  { echo "keyUsage=critical,digitalSignature,keyEncipherment"; echo "extendedKeyUsage=$4"; echo "basicConstraints=critical,CA:FALSE"
    [ -z "${6:-}" ] || echo "subjectAltName=$6"; } > "$2.ext"
  openssl x509 -req -in "$2.csr" -CA "$1.crt" -CAkey "$1.key" -set_serial "0x$(openssl rand -hex 8)" -days "$5" -sha256 \
    -extfile "$2.ext" -out "$2.crt" 2>/dev/null
  rm "$2.csr" "$2.ext"
}
kubeconfig() { # ca file user subject server
  leaf "$1" "$2.tmp" "$4" clientAuth 365
  cat > "$2" <<YAML
apiVersion: v1
clusters:
- cluster:
    certificate-authority-data: $(base64 -w0 < "$1.crt")
    server: $5
  name: kubernetes
contexts:
- context:
    cluster: kubernetes
    user: $3
  name: $3@kubernetes
current-context: $3@kubernetes
kind: Config
users:
- name: $3
  user:
    client-certificate-data: $(base64 -w0 < "$2.tmp.crt")
    client-key-data: $(base64 -w0 < "$2.tmp.key")
YAML
  rm "$2.tmp.crt" "$2.tmp.key"; chmod 600 "$2"
}
sa_pair() { key "$1.key"; openssl pkey -in "$1.key" -pubout -out "$1.pub"; chmod 600 "$1.pub"; }

kubeadm_node() {
  local k=$out/cp-0/etc/kubernetes p=$out/cp-0/etc/kubernetes/pki server=https://192.0.2.11:6443
  mkdir -p "$p/etcd" "$k/tokens" "$out/cp-0/srv/secrets/encryption" "$out/cp-0/var/lib/etcd" "$out/cp-0/var/lib/kubelet/pki" "$out/cp-0/var/log/kubernetes"
  ca "$p/ca" kubernetes; ca "$p/front-proxy-ca" front-proxy-ca; ca "$p/etcd/ca" etcd-ca
  local san="DNS:cp-0,DNS:localhost,IP:192.0.2.11,IP:127.0.0.1"
  leaf "$p/ca" "$p/apiserver" /CN=kube-apiserver serverAuth 365 "DNS:kubernetes,DNS:kubernetes.default,DNS:kubernetes.default.svc,DNS:cp-0,IP:198.51.100.1,IP:192.0.2.11"
  leaf "$p/ca" "$p/apiserver-kubelet-client" /O=kubeadm:cluster-admins/CN=kube-apiserver-kubelet-client clientAuth 365
  leaf "$p/front-proxy-ca" "$p/front-proxy-client" /CN=front-proxy-client clientAuth 20   # planted: near its end
  leaf "$p/etcd/ca" "$p/etcd/server" /CN=cp-0 serverAuth,clientAuth 365 "$san"
  leaf "$p/etcd/ca" "$p/etcd/peer" /CN=cp-0 serverAuth,clientAuth 365 "$san"
  leaf "$p/etcd/ca" "$p/etcd/healthcheck-client" /CN=kube-etcd-healthcheck-client clientAuth 365
  leaf "$p/etcd/ca" "$p/apiserver-etcd-client" /CN=kube-apiserver-etcd-client clientAuth 365
  sa_pair "$p/sa"
  kubeconfig "$p/ca" "$k/admin.conf" kubernetes-admin /O=kubeadm:cluster-admins/CN=kubernetes-admin "$server"
  kubeconfig "$p/ca" "$k/super-admin.conf" kubernetes-super-admin /O=system:masters/CN=kubernetes-super-admin "$server"
  kubeconfig "$p/ca" "$k/controller-manager.conf" system:kube-controller-manager /CN=system:kube-controller-manager "$server"
  kubeconfig "$p/ca" "$k/scheduler.conf" system:kube-scheduler /CN=system:kube-scheduler "$server"
  kubeconfig "$p/ca" "$k/kubelet.conf" system:node:cp-0 /O=system:nodes/CN=system:node:cp-0 "$server"
  # planted: identity comes first, so that new secrets are written in the clear
  cat > "$out/cp-0/srv/secrets/encryption/config.yaml" <<YAML
apiVersion: apiserver.config.k8s.io/v1
kind: EncryptionConfiguration
resources:
- resources: [secrets]
  providers:
  - identity: {}
  - aescbc:
      keys:
      - name: key1
        secret: $(openssl rand -base64 32)
YAML
  echo "$(openssl rand -hex 16),dashboard,1001,\"system:masters\"" > "$k/tokens/known.csv"   # planted: a token without an end
  chmod 600 "$out/cp-0/srv/secrets/encryption/config.yaml" "$k/tokens/known.csv" "$k"/manifests/*
  chmod 644 "$k/admin.conf"   # planted: the cluster's administrator for everybody on this machine
  chmod 700 "$out/cp-0/var/lib/etcd"; chmod 644 "$out"/cp-0/var/lib/kubelet/config.yaml
}

systemd_node() {
  local k=$out/master-1/etc/kubernetes p=$out/master-1/etc/kubernetes/pki e=$out/master-1/etc/etcd/pki server=https://192.0.2.21:6443
  mkdir -p "$p" "$e" "$out/master-1/var/lib/etcd"; chmod 700 "$out/master-1/var/lib/etcd"
  ca "$p/ca" kubernetes; cp -p "$p/ca.crt" "$e/ca.crt"   # planted: one CA for etcd and for Kubernetes
  leaf "$p/ca" "$e/server" /CN=master-1 serverAuth,clientAuth 365 "DNS:master-1,IP:192.0.2.21,IP:127.0.0.1"
  leaf "$p/ca" "$p/apiserver" /CN=kube-apiserver serverAuth 365 "DNS:kubernetes.default.svc,IP:198.51.100.1,IP:192.0.2.21"
  leaf "$p/ca" "$p/kubelet-client" /O=system:masters/CN=kube-apiserver clientAuth 365
  sa_pair "$p/sa"
  kubeconfig "$p/ca" "$k/controller-manager.conf" system:kube-controller-manager /CN=system:kube-controller-manager "$server"
  kubeconfig "$p/ca" "$k/scheduler.conf" system:kube-scheduler /CN=system:kube-scheduler "$server"
  kubeconfig "$p/ca" "$k/kubelet.conf" system:node:master-1 /O=system:nodes/CN=system:node:master-1 "$server"
}

etcd_nodes() {
  local i p; mkdir -p "$out/etcd-0/etc/etcd/pki"; ca "$out/etcd-0/etc/etcd/pki/ca" etcd-ca
  for i in 0 1 2; do
    p=$out/etcd-$i/etc/etcd/pki; mkdir -p "$p" "$out/etcd-$i/var/lib/etcd"; chmod 700 "$out/etcd-$i/var/lib/etcd"
    [ $i = 0 ] || cp -p "$out/etcd-0/etc/etcd/pki/ca.crt" "$p/ca.crt"
    leaf "$out/etcd-0/etc/etcd/pki/ca" "$p/server" "/CN=etcd-$i" serverAuth,clientAuth 365 "DNS:etcd-$i,IP:192.0.2.3$i,IP:127.0.0.1"
    leaf "$out/etcd-0/etc/etcd/pki/ca" "$p/peer" "/CN=etcd-$i" serverAuth,clientAuth 365 "DNS:etcd-$i,IP:192.0.2.3$i"
  done
  rm "$out/etcd-0/etc/etcd/pki/ca.key"
}

kubeadm_node; systemd_node; etcd_nodes
if [ "$(id -u)" = 0 ]; then chown -R 0:0 "$out"; chown -R 105:110 "$out"/{master-1,etcd-0,etcd-1,etcd-2}/var/lib/etcd; fi
