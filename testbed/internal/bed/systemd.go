package bed

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"seawall.dev/testbed/internal/kubeadm"
	"seawall.dev/testbed/internal/node"
	"seawall.dev/testbed/internal/systemd"
)

// systemd makes a cluster of systemd units. Keys, certificates and kubeconfigs come from kubeadm's phases for them.
func (b *Bed) systemd(ctx context.Context, o Options) error {
	s := b.State
	base, err := systemd.Base(ctx, b.log)
	if err != nil {
		return err
	}
	nodes, files := layout(o)
	for i := range nodes {
		f := files[nodes[i].Name]
		c := kubeadm.Cluster{Endpoint: s.Endpoint, ServiceSubnet: ServiceSubnet, Token: s.Join.Token}
		if o.Etcd > 0 {
			c.ExternalEtcd = f.EtcdServers
		}
		config := kubeadm.Init(c, nodes[i].Name, nodes[i].Address)
		if nodes[i].Is("etcd") && !nodes[i].Is("control-plane") {
			var members []kubeadm.Member
			for _, m := range f.Etcd {
				members = append(members, kubeadm.Member(m))
			}
			config = kubeadm.EtcdInit(members, kubeadm.Member{Name: nodes[i].Name, Address: nodes[i].Address})
		}
		_, err := s.addNode(ctx, nodes[i], base, func(root string) error {
			if err := systemd.Mask(root); err != nil {
				return err
			}
			for name, text := range f.Files() {
				if err := kubeadm.Write(root, name, text, 0o644); err != nil {
					return err
				}
			}
			return kubeadm.Write(root, "etc/kubernetes/kubeadm.yaml", config, 0o600)
		})
		if err != nil {
			return err
		}
	}
	if err := s.each(s.Nodes, func(n *Node) error { return n.booted(ctx) }); err != nil {
		return err
	}
	fmt.Fprintln(b.log, "systemd runs on every node; keys and certificates")
	if err := s.pki(ctx); err != nil {
		return err
	}
	start := func(n *Node, units ...string) error {
		if len(units) == 0 {
			return nil
		}
		_, err := n.Run(ctx, "", append([]string{"systemctl", "enable", "--now"}, units...)...)
		if err != nil {
			status, _ := n.Run(ctx, "", append([]string{"journalctl", "--no-pager", "-n", "20"}, units2flags(units)...)...)
			return fmt.Errorf("%w\n%s", err, status)
		}
		return nil
	}
	if err := s.each(s.With("etcd"), func(n *Node) error { return start(n, "etcd") }); err != nil {
		return err
	}
	fmt.Fprintln(b.log, "etcd runs")
	err = s.each(s.With("control-plane"), func(n *Node) error {
		return start(n, "kube-apiserver")
	})
	if err != nil {
		return err
	}
	cp, err := s.Node("cp-0")
	if err != nil {
		return err
	}
	s.Kubeconfig, s.Super = filepath.Join(cp.Root, "etc/kubernetes/admin.conf"), filepath.Join(cp.Root, "etc/kubernetes/super-admin.conf")
	kubectl := []string{"kubectl", "--kubeconfig=/etc/kubernetes/super-admin.conf"}
	err = waitFor(ctx, "API server ready", patience, func() error {
		_, err := cp.Run(ctx, "", append(kubectl, "get", "--raw", "/readyz")...)
		return err
	})
	if err != nil {
		return err
	}
	fmt.Fprintln(b.log, "the API is ready")
	err = s.each(s.Nodes, func(n *Node) error {
		var rest []string
		for _, u := range files[n.Name].Units() {
			if u != "etcd" && u != "kube-apiserver" {
				rest = append(rest, u)
			}
		}
		return start(n, rest...)
	})
	if err != nil {
		return err
	}
	// kubeadm init would bind the group of admin.conf.
	if _, err := cp.Run(ctx, "", append(kubectl, "create", "clusterrolebinding", "kubeadm:cluster-admins", "--clusterrole=cluster-admin", "--group=kubeadm:cluster-admins")...); err != nil {
		return err
	}
	want := 0
	for _, n := range s.Nodes {
		if n.Is("control-plane") || n.Is("worker") {
			want++
		}
	}
	err = waitFor(ctx, "nodes registered", patience, func() error {
		out, err := cp.Run(ctx, "", append(kubectl, "get", "nodes", "-o", "name")...)
		if err == nil && len(strings.Fields(out)) < want {
			err = fmt.Errorf("only %q", strings.Fields(out))
		}
		return err
	})
	if err != nil {
		return err
	}
	for _, n := range s.With("control-plane") {
		if _, err := cp.Run(ctx, "", append(kubectl, "label", "node", n.Name, "node-role.kubernetes.io/control-plane=")...); err != nil {
			return err
		}
	}
	return s.allReady(ctx)
}

func units2flags(units []string) []string {
	var out []string
	for _, u := range units {
		out = append(out, "-u", u)
	}
	return out
}

// layout says which nodes there are and what each one's files depend on.
func layout(o Options) ([]Node, map[string]systemd.Node) {
	var nodes []Node
	add := func(role string, count int, more ...string) {
		for i := 0; i < count; i++ {
			nodes = append(nodes, Node{Name: fmt.Sprintf("%s-%d", prefix[role], i), Roles: append([]string{role}, more...), Address: address(role, i), Init: string(node.Systemd)})
		}
	}
	add("etcd", o.Etcd)
	if o.Etcd == 0 {
		add("control-plane", o.ControlPlanes, "etcd")
	} else {
		add("control-plane", o.ControlPlanes)
	}
	add("worker", o.Workers)
	var members []systemd.Member
	var servers []string
	for _, n := range nodes {
		if n.Is("etcd") {
			members = append(members, systemd.Member{Name: n.Name, Address: n.Address})
			servers = append(servers, "https://"+n.Address+":2379")
		}
	}
	files := map[string]systemd.Node{}
	for _, n := range nodes {
		f := systemd.Node{Name: n.Name, Address: n.Address, ControlPlane: n.Is("control-plane"), EtcdServers: servers, ServiceSubnet: ServiceSubnet, ClusterDNS: "198.51.100.10"}
		if n.Is("etcd") {
			f.Etcd = members
		}
		if o.Etcd == 0 {
			f.EtcdServers = []string{"https://127.0.0.1:2379"}
		}
		files[n.Name] = f
	}
	return nodes, files
}

// each does something for several nodes at once.
func (s *State) each(nodes []Node, f func(n *Node) error) error {
	var wg sync.WaitGroup
	errs := make([]error, len(nodes))
	for i := range nodes {
		wg.Add(1)
		go func() {
			defer wg.Done()
			errs[i] = f(&nodes[i])
		}()
	}
	wg.Wait()
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// booted waits until systemd has started everything.
func (n *Node) booted(ctx context.Context) error {
	if err := n.up(ctx); err != nil {
		return err
	}
	return waitFor(ctx, n.Name+": systemd running", 30*time.Second, func() error {
		out, err := n.Run(ctx, "", "systemctl", "is-system-running")
		if strings.TrimSpace(out) == "degraded" {
			failed, _ := n.Run(ctx, "", "systemctl", "--failed", "--no-legend")
			return fmt.Errorf("failed units: %s", failed)
		}
		return err
	})
}

// pki makes all keys, certificates and kubeconfigs. The authorities come from the first node that needs them; their keys
// stay on the control planes, and etcd's on its first node, as kubeadm leaves them.
func (s *State) pki(ctx context.Context) error {
	phase := func(n *Node, phases ...string) error {
		for _, p := range phases {
			argv := append([]string{"kubeadm", "init", "phase"}, strings.Fields(p)...)
			if _, err := n.Run(ctx, kubeadmLog, append(argv, "--config=/etc/kubernetes/kubeadm.yaml")...); err != nil {
				return err
			}
		}
		return nil
	}
	var etcdOnly, planes, workers []Node
	for _, n := range s.Nodes {
		switch {
		case n.Is("control-plane"):
			planes = append(planes, n)
		case n.Is("etcd"):
			etcdOnly = append(etcdOnly, n)
		default:
			workers = append(workers, n)
		}
	}
	for i := range etcdOnly {
		n := &etcdOnly[i]
		if i == 0 {
			if err := phase(n, "certs etcd-ca"); err != nil {
				return err
			}
		} else if err := copyPKI(etcdOnly[0].Root, n.Root, "etcd/ca.crt", "etcd/ca.key"); err != nil {
			return err
		}
		if err := phase(n, "certs etcd-server", "certs etcd-peer", "certs etcd-healthcheck-client", "certs apiserver-etcd-client"); err != nil {
			return err
		}
		if i > 0 {
			if err := removePKI(n.Root, "etcd/ca.key"); err != nil {
				return err
			}
		}
	}
	for i := range planes {
		n := &planes[i]
		if len(etcdOnly) > 0 {
			if err := s.giveEtcdClient(n.Root); err != nil {
				return err
			}
		}
		if i > 0 {
			names := []string{"ca.crt", "ca.key", "front-proxy-ca.crt", "front-proxy-ca.key", "sa.pub", "sa.key"}
			if len(etcdOnly) == 0 {
				names = append(names, "etcd/ca.crt", "etcd/ca.key")
			}
			if err := copyPKI(planes[0].Root, n.Root, names...); err != nil {
				return err
			}
		}
		if err := phase(n, "certs all", "kubeconfig all"); err != nil {
			return err
		}
	}
	for i := range workers {
		n := &workers[i]
		if err := copyPKI(planes[0].Root, n.Root, "ca.crt", "ca.key"); err != nil {
			return err
		}
		if err := phase(n, "kubeconfig kubelet"); err != nil {
			return err
		}
		if err := removePKI(n.Root, "ca.key"); err != nil {
			return err
		}
		// kubeadm takes every node that it makes this file on for a control plane.
		path := filepath.Join(n.Root, "etc/kubernetes/kubelet.conf")
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		changed := strings.ReplaceAll(string(text), "https://"+n.Address+":"+apiPort, "https://"+s.Endpoint)
		if err := os.WriteFile(path, []byte(changed), 0o600); err != nil {
			return err
		}
	}
	return nil
}
