package bed

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"

	"seawall.dev/testbed/internal/kubeadm"
	"seawall.dev/testbed/internal/node"
)

const kubeadmLog = "kubeadm.log"

// kubeadm makes a cluster as kubeadm init and kubeadm join do.
func (b *Bed) kubeadm(ctx context.Context, o Options) error {
	s := b.State
	c := kubeadm.Cluster{Endpoint: s.Endpoint, ServiceSubnet: ServiceSubnet, Token: s.Join.Token, CertificateKey: s.Join.CertificateKey, ServerTLSBootstrap: o.ServerTLSBootstrap}
	if o.Etcd > 0 {
		urls, err := b.etcdNodes(ctx, o.Etcd)
		if err != nil {
			return err
		}
		c.ExternalEtcd = urls
	}
	roles := []string{"control-plane"}
	if o.Etcd == 0 {
		roles = append(roles, "etcd")
	}
	cp, err := s.addNode(ctx, Node{Name: "cp-0", Roles: roles, Address: address("control-plane", 0), Init: string(node.Small)}, "", func(root string) error {
		if o.Etcd > 0 {
			if err := s.giveEtcdClient(root); err != nil {
				return err
			}
		}
		if err := kubeadm.Write(root, "etc/kubernetes/kubeadm.yaml", kubeadm.Init(c, "cp-0", address("control-plane", 0)), 0o600); err != nil {
			return err
		}
		return kubeadm.WriteUnits(root)
	})
	if err != nil {
		return err
	}
	if err := cp.up(ctx); err != nil {
		return err
	}
	fmt.Fprintln(b.log, "cp-0: kubeadm init")
	argv := []string{"kubeadm", "init", "--config=/etc/kubernetes/kubeadm.yaml", "--upload-certs", "--skip-phases=preflight,addon,show-join-command"}
	if _, err := cp.Run(ctx, kubeadmLog, argv...); err != nil {
		return err
	}
	s.Kubeconfig, s.Super = filepath.Join(cp.Root, "etc/kubernetes/admin.conf"), filepath.Join(cp.Root, "etc/kubernetes/super-admin.conf")
	if s.Join.CAHash, err = kubeadm.CAHash(filepath.Join(cp.Root, "etc/kubernetes/pki/ca.crt")); err != nil {
		return err
	}
	if err := s.Save(); err != nil {
		return err
	}
	for i := 1; i < o.ControlPlanes; i++ { // one after the other: etcd takes one new member at a time
		if err := s.JoinNode(ctx, "control-plane", b.log); err != nil {
			return err
		}
	}
	for i := 0; i < o.Workers; i++ {
		if err := s.JoinNode(ctx, "worker", b.log); err != nil {
			return err
		}
	}
	return s.allReady(ctx)
}

// allReady waits until every node is Ready.
func (s *State) allReady(ctx context.Context) error {
	cp, err := s.Node("cp-0")
	if err != nil {
		return err
	}
	return waitFor(ctx, "nodes ready", patience, func() error {
		_, err := cp.Run(ctx, "", "kubectl", "--kubeconfig=/etc/kubernetes/super-admin.conf", "wait", "--for=condition=Ready", "node", "--all", "--timeout=20s")
		return err
	})
}

// JoinNode adds one node to the cluster by kubeadm join.
func (s *State) JoinNode(ctx context.Context, role string, progress io.Writer) error {
	if s.Layout != Kubeadm {
		return fmt.Errorf("bed %s has the layout %s: only kubeadm's can be joined later", s.Name, s.Layout)
	}
	taken := map[string]bool{}
	for _, n := range s.Nodes {
		taken[n.Name] = true
	}
	i := 0
	for taken[fmt.Sprintf("%s-%d", prefix[role], i)] {
		i++
	}
	name := fmt.Sprintf("%s-%d", prefix[role], i)
	roles, key := []string{role}, ""
	if role == "control-plane" {
		key = s.Join.CertificateKey
		if s.EtcdKind == "stacked" {
			roles = append(roles, "etcd")
		}
		if s.Balancer == "" {
			return fmt.Errorf("bed %s was made with one control plane and no balancer: its endpoint is that node itself", s.Name)
		}
	}
	n, err := s.addNode(ctx, Node{Name: name, Roles: roles, Address: address(role, i), Init: string(node.Small)}, "", func(root string) error {
		text := kubeadm.Join(s.Endpoint, s.Join.Token, s.Join.CAHash, key, name, address(role, i))
		if err := kubeadm.Write(root, "etc/kubernetes/kubeadm-join.yaml", text, 0o600); err != nil {
			return err
		}
		return kubeadm.WriteUnits(root)
	})
	if err != nil {
		return err
	}
	if err := n.up(ctx); err != nil {
		return err
	}
	fmt.Fprintf(progress, "%s: kubeadm join\n", name)
	_, err = n.Run(ctx, kubeadmLog, "kubeadm", "join", "--config=/etc/kubernetes/kubeadm-join.yaml", "--skip-phases=preflight")
	return err
}

// etcdNodes makes an etcd cluster of its own by kubeadm's instructions for that: a kubelet on each node runs etcd's
// static pod. It returns the clients' URLs.
func (b *Bed) etcdNodes(ctx context.Context, count int) ([]string, error) {
	s := b.State
	var members []kubeadm.Member
	for i := 0; i < count; i++ {
		members = append(members, kubeadm.Member{Name: fmt.Sprintf("etcd-%d", i), Address: address("etcd", i)})
	}
	const args = "--config=/etc/systemd/system/kubelet.service.d/kubelet.conf"
	var urls []string
	for i, m := range members {
		n, err := s.addNode(ctx, Node{Name: m.Name, Roles: []string{"etcd"}, Address: m.Address, Init: string(node.Small)}, "", func(root string) error {
			if i > 0 { // one CA for all; its key leaves again below
				if err := copyPKI(s.Nodes[0].Root, root, "etcd/ca.crt", "etcd/ca.key"); err != nil {
					return err
				}
			}
			if err := kubeadm.Write(root, "etc/kubernetes/kubeadm.yaml", kubeadm.EtcdInit(members, m), 0o600); err != nil {
				return err
			}
			if err := kubeadm.WriteUnits(root); err != nil {
				return err
			}
			return kubeadm.WriteStandalone(root, args)
		})
		if err != nil {
			return nil, err
		}
		if err := n.up(ctx); err != nil {
			return nil, err
		}
		if i == 0 {
			if _, err := n.Run(ctx, kubeadmLog, "kubeadm", "init", "phase", "certs", "etcd-ca"); err != nil {
				return nil, err
			}
		}
		urls = append(urls, "https://"+m.Address+":2379")
	}
	// The phases are short, but there are many.
	var wg sync.WaitGroup
	errs := make([]error, count)
	for i := range members {
		n := s.Nodes[i]
		wg.Add(1)
		go func() {
			defer wg.Done()
			errs[i] = func() error {
				for _, phase := range [][]string{{"certs", "etcd-server"}, {"certs", "etcd-peer"}, {"certs", "etcd-healthcheck-client"}, {"certs", "apiserver-etcd-client"}, {"etcd", "local"}} {
					argv := append([]string{"kubeadm", "init", "phase"}, phase...)
					if _, err := n.Run(ctx, kubeadmLog, append(argv, "--config=/etc/kubernetes/kubeadm.yaml")...); err != nil {
						return err
					}
				}
				if i > 0 {
					if err := os.Remove(filepath.Join(n.Root, "etc/kubernetes/pki/etcd/ca.key")); err != nil {
						return err
					}
				}
				return kubeadm.Write(n.Root, node.Standalone, "KUBELET_ARGS="+args+"\n", 0o644)
			}()
		}()
	}
	wg.Wait()
	for _, err := range errs {
		if err != nil {
			return nil, err
		}
	}
	return urls, nil
}

// giveEtcdClient gives a control plane what it needs to use the etcd nodes.
func (s *State) giveEtcdClient(root string) error {
	return copyPKI(s.Nodes[0].Root, root, "etcd/ca.crt", "apiserver-etcd-client.crt", "apiserver-etcd-client.key")
}

func copyPKI(from, to string, names ...string) error {
	for _, n := range names {
		p := filepath.Join("etc/kubernetes/pki", n)
		data, err := os.ReadFile(filepath.Join(from, p))
		if err != nil {
			return err
		}
		mode := os.FileMode(0o644)
		if filepath.Ext(n) == ".key" {
			mode = 0o600
		}
		if err := kubeadm.Write(to, p, string(data), mode); err != nil {
			return err
		}
	}
	return nil
}

func removePKI(root, name string) error {
	return os.Remove(filepath.Join(root, "etc/kubernetes/pki", name))
}
