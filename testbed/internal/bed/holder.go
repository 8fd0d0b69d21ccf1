package bed

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"sync"
	"time"

	"golang.org/x/sys/unix"

	"seawall.dev/testbed/internal/balancer"
	"seawall.dev/testbed/internal/cgroup"
	"seawall.dev/testbed/internal/enter"
	"seawall.dev/testbed/internal/mnt"
	"seawall.dev/testbed/internal/node"
	"seawall.dev/testbed/internal/reaper"
	"seawall.dev/testbed/internal/rtnl"
)

// Addresses are documentation addresses: they mean no one. Beds share no network, so all use the same.
const (
	bridge          = "br0"
	Gateway         = "192.0.2.1"
	BalancerAddress = "192.0.2.10"
	ServiceSubnet   = "198.51.100.0/24"
	ServiceAddress  = "198.51.100.1"
	apiPort         = "6443"
)

// holderConfig is what process 1 of a bed begins with.
type holderConfig struct {
	State    State
	Balancer bool
	StateDir string
	BedsDir  string
}

// holder is process 1 of a bed.
type holder struct {
	config holderConfig
	pool   *balancer.Pool

	mu      sync.Mutex
	cgroups []string
	count   int
}

// request is what a command asks the holder for, over the bed's control socket.
type request struct {
	Node    *node.Spec `json:"node,omitempty"`    // start this node
	Backend string     `json:"backend,omitempty"` // send connections for the API here, too
}

type answer struct {
	Pid   int    `json:"pid,omitempty"` // in the bed's PID namespace
	Error string `json:"error,omitempty"`
}

func controlPath(dir string) string { return filepath.Join(dir, "control") }

// HolderMain is the life of process 1 of a bed. It has the bridge, starts the nodes and forwards connections to the API.
// File 3 ends when its keeper has died, however that happened; then it removes everything and itself.
func HolderMain() {
	signal.Ignore(unix.SIGINT, unix.SIGTERM, unix.SIGHUP)
	lifeline, ready := os.NewFile(3, "lifeline"), os.NewFile(4, "ready")
	unix.CloseOnExec(3)
	unix.CloseOnExec(4)
	h := &holder{pool: balancer.NewPool(balancer.Ready, time.Second)}
	err := json.NewDecoder(os.Stdin).Decode(&h.config)
	if err == nil {
		os.Setenv("SEAWALL_TESTBED_STATE", h.config.StateDir)
		os.Setenv("SEAWALL_TESTBED_DIR", h.config.BedsDir)
		err = h.begin()
	}
	if err != nil {
		fmt.Fprint(ready, err)
		os.Exit(1)
	}
	ready.Close()
	io.Copy(io.Discard, lifeline)
	h.destroy()
}

func (h *holder) begin() error {
	if err := mnt.Private(); err != nil {
		return err
	}
	// A new /proc: the old one has no process of this namespace.
	if err := mnt.Mount("proc", "/proc", "proc", unix.MS_NOSUID|unix.MS_NODEV|unix.MS_NOEXEC, ""); err != nil {
		return err
	}
	if err := errors.Join(rtnl.Up("lo"), rtnl.AddBridge(bridge), rtnl.AddAddress(bridge, Gateway+"/24"), rtnl.Up(bridge)); err != nil {
		return err
	}
	if h.config.Balancer {
		if err := rtnl.AddAddress(bridge, BalancerAddress+"/32"); err != nil {
			return err
		}
		l, err := net.Listen("tcp", net.JoinHostPort(BalancerAddress, apiPort))
		if err != nil {
			return err
		}
		go h.pool.Serve(l)
	}
	l, err := net.Listen("unix", controlPath(h.config.State.Dir))
	if err != nil {
		return err
	}
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go h.serve(c)
		}
	}()
	return nil
}

func (h *holder) serve(c net.Conn) {
	defer c.Close()
	var r request
	if err := json.NewDecoder(c).Decode(&r); err != nil {
		return
	}
	var a answer
	var err error
	if r.Node != nil {
		a.Pid, err = h.start(*r.Node)
	}
	if r.Backend != "" {
		h.pool.Add(r.Backend)
	}
	if err != nil {
		a.Error = err.Error()
	}
	json.NewEncoder(c).Encode(a)
}

// start starts a node: its process 1 waits for its Spec until cgroups and network are there.
func (h *holder) start(s node.Spec) (int, error) {
	h.mu.Lock()
	h.count++
	link := fmt.Sprintf("node%d", h.count)
	h.cgroups = append(h.cgroups, s.Cgroups...)
	h.mu.Unlock()
	specR, specW, err := os.Pipe()
	if err != nil {
		return 0, err
	}
	defer specW.Close()
	defer specR.Close()
	console, err := os.OpenFile(consolePath(s.Root), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o640)
	if err != nil {
		return 0, err
	}
	defer console.Close()
	cmd := &exec.Cmd{Path: s.Self, Args: []string{"node-boot"}, Dir: "/", Env: []string{}, Stdout: console, Stderr: console, ExtraFiles: []*os.File{specR},
		SysProcAttr: &unix.SysProcAttr{Setsid: true, Cloneflags: unix.CLONE_NEWPID | unix.CLONE_NEWNS | unix.CLONE_NEWUTS | unix.CLONE_NEWIPC | unix.CLONE_NEWNET}}
	pid, done, err := reaper.Start(cmd)
	if err != nil {
		return 0, err
	}
	if err := h.connect(s, pid, link); err != nil {
		unix.Kill(pid, unix.SIGKILL)
		return 0, err
	}
	data, err := json.Marshal(s)
	if err != nil {
		return 0, err
	}
	if _, err := specW.Write(data); err != nil {
		return 0, err
	}
	go func() {
		ws := <-done
		fmt.Fprintf(os.Stderr, "node %s has ended: exit %d signal %d\n", s.Name, ws.ExitStatus(), ws.Signal())
	}()
	return pid, nil
}

// connect gives a node its cgroups, its link to the bridge and the API's service address.
func (h *holder) connect(s node.Spec, pid int, link string) error {
	if err := cgroup.Add(s.Cgroups, pid); err != nil {
		return err
	}
	if err := rtnl.AddVeth(link, "eth0", pid); err != nil {
		return err
	}
	if err := errors.Join(rtnl.SetMaster(link, bridge), rtnl.Up(link)); err != nil {
		return err
	}
	return enter.Do(pid, enter.NetOnly, func() error {
		err := errors.Join(rtnl.Up("lo"), rtnl.AddAddress("eth0", s.Address+"/24"), rtnl.Up("eth0"), rtnl.AddDefaultRoute(Gateway),
			rtnl.AddAddress("lo", ServiceAddress+"/32"))
		if err != nil {
			return err
		}
		// The socket belongs to the node's network, whoever accepts on it: nothing of this shows on the node.
		l, err := net.Listen("tcp", net.JoinHostPort(ServiceAddress, "443"))
		if err != nil {
			return err
		}
		go h.pool.Serve(l)
		return nil
	})
}

// destroy ends everything in the bed and removes what it has on disk. It is what happens when the keeper was killed;
// otherwise the keeper does the same from outside.
func (h *holder) destroy() {
	for i := 0; i < 100; i++ {
		unix.Kill(-1, unix.SIGKILL)
		if rest, _ := filepath.Glob("/proc/[0-9]*"); len(rest) <= 1 {
			break
		}
		time.Sleep(50 * time.Millisecond)
	}
	h.mu.Lock()
	s := h.config.State
	s.Cgroups = append(s.Cgroups, h.cgroups...)
	h.mu.Unlock()
	if err := s.clean(); err != nil {
		fmt.Fprintln(os.Stderr, err)
	}
	os.Exit(0)
}

// ask sends the holder of a bed a request.
func ask(ctx context.Context, dir string, r request) (answer, error) {
	var a answer
	var d net.Dialer
	c, err := d.DialContext(ctx, "unix", controlPath(dir))
	if err != nil {
		return a, err
	}
	defer c.Close()
	if err := json.NewEncoder(c).Encode(r); err != nil {
		return a, err
	}
	if err := json.NewDecoder(c).Decode(&a); err != nil {
		return a, err
	}
	if a.Error != "" {
		return a, errors.New(a.Error)
	}
	return a, nil
}

// consolePath is beside a node's root.
func consolePath(root string) string { return filepath.Join(filepath.Dir(root), "console.log") }
