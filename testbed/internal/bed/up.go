package bed

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"seawall.dev/testbed"
	"seawall.dev/testbed/internal/build"
	"seawall.dev/testbed/internal/cgroup"
	"seawall.dev/testbed/internal/kubeadm"
	"seawall.dev/testbed/internal/node"
)

// Options say what bed Up makes.
type Options struct {
	Name               string
	ControlPlanes      int
	Workers            int
	Etcd               int // nodes of an etcd cluster of its own; 0: etcd on the control planes
	Layout             string
	ServerTLSBootstrap bool
}

// Layouts of control planes.
const (
	Kubeadm = "kubeadm"
	Systemd = "systemd"
)

// Bed is a bed that this process keeps: it ends with it.
type Bed struct {
	State  *State
	holder *exec.Cmd
	ended  chan struct{} // closed when process 1 of the bed has ended
	line   *os.File      // the bed ends when this is closed
	log    io.Writer
}

// Start makes a bed and waits until its control plane is ready. progress is for people.
func Start(ctx context.Context, o Options, progress io.Writer) (*Bed, error) {
	begin := time.Now()
	if err := o.check(); err != nil {
		return nil, err
	}
	if err := build.All(ctx, progress); err != nil {
		return nil, err
	}
	if err := build.PrepareLayer(); err != nil {
		return nil, err
	}
	unlock, err := lockName(o.Name)
	if err != nil {
		return nil, err
	}
	defer unlock()
	if old, err := Load(o.Name); err == nil {
		if old.Keeper.Alive() {
			return nil, fmt.Errorf("bed %s is up already: testbed down --name %s", o.Name, o.Name)
		}
		fmt.Fprintf(progress, "removing what a bed %s that died has left\n", o.Name)
		if err := old.bury(); err != nil {
			return nil, err
		}
	}
	raiseInstances(maxUserInstances, progress)
	b := &Bed{State: o.state(), ended: make(chan struct{}), log: progress}
	if err := b.build(ctx, o); err != nil {
		if ctx.Err() == nil {
			b.State.lastWords(progress)
		}
		b.End()
		return nil, err
	}
	b.State.Ready, b.State.Seconds = true, time.Since(begin).Round(10*time.Millisecond).Seconds()
	if err := b.State.Save(); err != nil {
		b.End()
		return nil, err
	}
	return b, nil
}

func (o *Options) check() error {
	if err := CheckName(o.Name); err != nil {
		return err
	}
	switch {
	case os.Geteuid() != 0:
		return errors.New("a bed needs root: it makes namespaces and mounts")
	case o.ControlPlanes < 1 || o.ControlPlanes > 9:
		return errors.New("a bed has 1 to 9 control planes")
	case o.Workers < 0 || o.Workers > 50:
		return errors.New("a bed has 0 to 50 workers")
	case o.Etcd < 0 || o.Etcd > 9:
		return errors.New("a bed has up to 9 etcd nodes")
	case len(controlPath(filepath.Join(bedsDir(), o.Name))) > 107:
		return fmt.Errorf("%s is too long a path for the bed's socket: set SEAWALL_TESTBED_DIR to a shorter one", bedsDir())
	case o.Layout != Kubeadm && o.Layout != Systemd:
		return fmt.Errorf("%q is no layout: kubeadm or systemd", o.Layout)
	}
	return nil
}

func (o *Options) state() *State {
	s := &State{Name: o.Name, Layout: o.Layout, Kubernetes: testbed.Kubernetes, EtcdVer: testbed.Etcd, EtcdKind: "stacked",
		Service: ServiceAddress + ":443", Binaries: build.Binaries(), Dir: filepath.Join(bedsDir(), o.Name), Keeper: This()}
	if o.Etcd > 0 {
		s.EtcdKind = "external"
	}
	s.Endpoint = address("control-plane", 0) + ":" + apiPort
	if o.ControlPlanes > 1 {
		s.Balancer = BalancerAddress + ":" + apiPort
		s.Endpoint = s.Balancer
	}
	s.Join = Join{Token: kubeadm.NewToken(), CertificateKey: kubeadm.NewCertificateKey()}
	return s
}

// address gives each node of each role its own.
func address(role string, i int) string {
	first := map[string]int{"control-plane": 11, "etcd": 31, "worker": 51}[role]
	return fmt.Sprintf("192.0.2.%d", first+i)
}

// prefix of the names of nodes.
var prefix = map[string]string{"control-plane": "cp", "etcd": "etcd", "worker": "worker"}

// build makes the bed's processes and nodes and starts the cluster.
func (b *Bed) build(ctx context.Context, o Options) error {
	s := b.State
	if err := os.MkdirAll(bedsDir(), 0o755); err != nil {
		return err
	}
	// Anyone may make a folder, or a link, of that name in /var/tmp.
	if st, err := os.Lstat(bedsDir()); err != nil || !st.IsDir() || st.Sys().(*syscall.Stat_t).Uid != 0 {
		return fmt.Errorf("%s is not a folder of root's", bedsDir())
	}
	if err := os.MkdirAll(filepath.Join(s.Dir, "nodes"), 0o755); err != nil {
		return err
	}
	if err := s.Save(); err != nil { // before anything that would have to be cleaned up
		return err
	}
	// The bed keeps this program as it is now: the file may be built anew while the bed lives.
	if err := copyFile("/proc/self/exe", b.State.self()); err != nil {
		return err
	}
	if err := b.hold(o); err != nil {
		return fmt.Errorf("starting the bed: %w", err)
	}
	if o.Layout == Systemd {
		return b.systemd(ctx, o)
	}
	return b.kubeadm(ctx, o)
}

// self is this bed's own copy of this program.
func (s *State) self() string { return filepath.Join(s.Dir, "testbed") }

// hold starts process 1 of the bed.
func (b *Bed) hold(o Options) error {
	lifeR, lifeW, err := os.Pipe()
	if err != nil {
		return err
	}
	readyR, readyW, err := os.Pipe()
	if err != nil {
		return err
	}
	configR, configW, err := os.Pipe()
	if err != nil {
		return err
	}
	log, err := os.OpenFile(filepath.Join(b.State.Dir, "bed.log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o640)
	if err != nil {
		return err
	}
	defer log.Close()
	cmd := &exec.Cmd{Path: b.State.self(), Args: []string{"bed-init"}, Dir: "/", Env: []string{"PATH=/usr/sbin:/usr/bin:/sbin:/bin"}, Stdin: configR, Stdout: log, Stderr: log, ExtraFiles: []*os.File{lifeR, readyW},
		SysProcAttr: &unix.SysProcAttr{Setsid: true, Cloneflags: unix.CLONE_NEWPID | unix.CLONE_NEWNS | unix.CLONE_NEWNET | unix.CLONE_NEWUTS | unix.CLONE_NEWIPC}}
	err = cmd.Start()
	for _, f := range []*os.File{lifeR, readyW, configR} {
		f.Close()
	}
	if err != nil {
		return err
	}
	b.holder, b.line = cmd, lifeW
	go func() { cmd.Wait(); close(b.ended) }()
	err = json.NewEncoder(configW).Encode(holderConfig{State: *b.State, Balancer: o.ControlPlanes > 1, StateDir: stateDir(), BedsDir: bedsDir()})
	configW.Close()
	if err != nil {
		return err
	}
	failed, err := io.ReadAll(readyR)
	readyR.Close()
	if err != nil {
		return err
	}
	if len(failed) > 0 {
		return errors.New(string(failed))
	}
	b.State.Init = cmd.Process.Pid
	return b.State.Save()
}

// Wait returns when the bed has ended by itself.
func (b *Bed) Wait() <-chan struct{} { return b.ended }

// End ends the bed and removes everything that it has.
func (b *Bed) End() error {
	if b.holder != nil {
		b.holder.Process.Kill() // and with it every process in its PID namespace
		<-b.ended
		b.line.Close()
	}
	return b.State.clean()
}

// bury removes what a bed has left whose keeper is gone.
func (s *State) bury() error {
	// The holder ends by itself when its keeper dies. Give it the time that it needs.
	for i := 0; i < 100 && s.holderAlive(); i++ {
		time.Sleep(50 * time.Millisecond)
	}
	if s.holderAlive() {
		unix.Kill(s.Init, unix.SIGKILL)
		for i := 0; i < 100 && s.holderAlive(); i++ {
			time.Sleep(50 * time.Millisecond)
		}
	}
	return s.clean()
}

// holderAlive tells whether process 1 of the bed still runs: the program must be the bed's own copy.
func (s *State) holderAlive() bool {
	if s.Init == 0 {
		return false
	}
	exe, err := os.Readlink(fmt.Sprintf("/proc/%d/exe", s.Init))
	return err == nil && (exe == s.self() || exe == s.self()+" (deleted)")
}

// Down ends a bed from outside.
func Down(name string) error {
	s, err := Load(name)
	if err != nil {
		return err
	}
	if s.Keeper.Alive() {
		unix.Kill(s.Keeper.Pid, unix.SIGTERM)
		for i := 0; i < 300 && s.Keeper.Alive(); i++ {
			time.Sleep(50 * time.Millisecond)
		}
		if s.Keeper.Alive() {
			unix.Kill(s.Keeper.Pid, unix.SIGKILL)
			time.Sleep(100 * time.Millisecond)
		}
	}
	if again, err := Load(name); err == nil { // with the nodes that have joined since
		s = again
	}
	return s.bury()
}

// addNode makes one node and starts its process 1.
func (s *State) addNode(ctx context.Context, n Node, base string, prepare func(root string) error) (*Node, error) {
	dir := filepath.Join(s.Dir, "nodes", n.Name)
	n.Root, n.Console = filepath.Join(dir, "root"), filepath.Join(dir, "console.log")
	spec := node.Spec{Name: n.Name, Address: n.Address, Root: n.Root, Self: s.self(), Init: node.Init(n.Init), Usr: node.HostUsr()}
	if base != "" {
		spec.Usr = []string{build.Layer(), filepath.Join(base, "usr")}
	}
	if err := os.MkdirAll(n.Root, 0o755); err != nil {
		return nil, err
	}
	if err := node.Prepare(spec, base); err != nil {
		return nil, err
	}
	if prepare != nil {
		if err := prepare(n.Root); err != nil {
			return nil, err
		}
	}
	cgroups, err := cgroup.Create("seawall-" + s.Name + "-" + n.Name)
	if err != nil {
		return nil, err
	}
	s.Cgroups = append(s.Cgroups, cgroups...)
	if err := s.Save(); err != nil {
		return nil, err
	}
	n.Cgroups, spec.Cgroups = cgroups, cgroups
	a, err := ask(ctx, s.Dir, request{Node: &spec})
	if err != nil {
		return nil, fmt.Errorf("node %s: %w", n.Name, err)
	}
	if n.Pid, err = hostPid(s.Init, a.Pid); err != nil {
		return nil, fmt.Errorf("node %s: %w", n.Name, err)
	}
	s.Nodes = append(s.Nodes, n)
	if n.Is("control-plane") {
		if _, err := ask(ctx, s.Dir, request{Backend: n.Address + ":" + apiPort}); err != nil {
			return nil, err
		}
	}
	return &s.Nodes[len(s.Nodes)-1], s.Save()
}

func copyFile(from, to string) error {
	r, err := os.Open(from)
	if err != nil {
		return err
	}
	defer r.Close()
	w, err := os.OpenFile(to, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o755)
	if err != nil {
		return err
	}
	if _, err := io.Copy(w, r); err != nil {
		w.Close()
		return err
	}
	return w.Close()
}

// EndLatest is End that knows of what was added to the bed since it was started.
func (b *Bed) EndLatest() error {
	if s, err := Load(b.State.Name); err == nil && s.Keeper == b.State.Keeper {
		b.State = s
	}
	return b.End()
}

// JoinLive adds a node to a bed that is up.
func JoinLive(ctx context.Context, name, role string, progress io.Writer) (*State, error) {
	unlock, err := lockName(name)
	if err != nil {
		return nil, err
	}
	defer unlock()
	s, err := LoadLive(name)
	if err != nil {
		return nil, err
	}
	if err := s.JoinNode(ctx, role, progress); err != nil {
		return nil, err
	}
	return s, s.allReady(ctx)
}

// lastWords shows what the consoles say, before they are gone.
func (s *State) lastWords(w io.Writer) {
	files := []string{filepath.Join(s.Dir, "bed.log")}
	for _, n := range s.Nodes {
		files = append(files, n.Console, filepath.Join(n.Root, "var/log/procruntime.log"))
	}
	for _, f := range files {
		if data, err := os.ReadFile(f); err == nil && len(data) > 0 {
			if len(data) > 2000 {
				data = data[len(data)-2000:]
			}
			fmt.Fprintf(w, "==> %s\n%s\n", f, data)
		}
	}
}
