// Package bed makes, extends and removes beds: a bed is a few nodes and the network between them, in namespaces of its
// own, held by one process.
package bed

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"sort"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"seawall.dev/testbed/internal/cgroup"
)

// State is what is known of a bed. It is a bed's JSON, too.
type State struct {
	Name       string            `json:"name"`
	Layout     string            `json:"layout"`
	Kubernetes string            `json:"kubernetes"`
	EtcdVer    string            `json:"etcd"`
	EtcdKind   string            `json:"etcdTopology"`         // stacked or external
	Endpoint   string            `json:"endpoint"`             // the API, as the nodes reach it
	Balancer   string            `json:"balancer,omitempty"`   // its balancer, with more than one control plane
	Service    string            `json:"apiService"`           // the API's service address
	Kubeconfig string            `json:"kubeconfig"`           // admin.conf, as the host sees it
	Super      string            `json:"superAdminKubeconfig"` // super-admin.conf, as the host sees it
	Binaries   map[string]string `json:"binaries"`             // the genuine components, as the host sees them
	Nodes      []Node            `json:"nodes"`
	Dir        string            `json:"dir"`     // everything that the bed has on disk
	Keeper     Process           `json:"keeper"`  // the process on the host whose end ends the bed
	Init       int               `json:"initPid"` // process 1 of the bed; its network namespace has the bridge
	Cgroups    []string          `json:"cgroups"` // to be removed with the bed
	Ready      bool              `json:"ready"`   // up has ended well
	Seconds    float64           `json:"seconds"` // that it took
	Join       Join              `json:"join"`    // what kubeadm join needs
	Features   []string          `json:"-"`
}

// Node is one node of a bed.
type Node struct {
	Name    string   `json:"name"`
	Roles   []string `json:"roles"` // control-plane, etcd, worker
	Address string   `json:"address"`
	Root    string   `json:"root"`    // its file tree, as the host sees it, without what is mounted there
	Pid     int      `json:"initPid"` // its process 1, as the host sees it; /proc/PID/root is the tree with all mounts
	Console string   `json:"console"` // what its process 1 wrote
	Init    string   `json:"init"`    // small or systemd
	Cgroups []string `json:"cgroups"`
}

// Join is what a new node needs to know.
type Join struct {
	Token          string `json:"token,omitempty"`
	CAHash         string `json:"caCertHash,omitempty"`
	CertificateKey string `json:"certificateKey,omitempty"`
}

// Process names a process for good: a process id alone may come to mean another one.
type Process struct {
	Pid   int    `json:"pid"`
	Start string `json:"start"` // its start time, field 22 of /proc/PID/stat
}

// This is the process that calls it.
func This() Process { p := os.Getpid(); return Process{p, startTime(p)} }

// Alive tells whether exactly this process still runs.
func (p Process) Alive() bool { return p.Pid > 0 && p.Start != "" && startTime(p.Pid) == p.Start }

func startTime(pid int) string {
	data, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return ""
	}
	f := strings.Fields(string(data[strings.LastIndexByte(string(data), ')')+1:]))
	if len(f) < 20 || f[0] == "Z" || f[0] == "X" {
		return ""
	}
	return f[19]
}

// Node finds a node by its name.
func (s *State) Node(name string) (*Node, error) {
	for i := range s.Nodes {
		if s.Nodes[i].Name == name {
			return &s.Nodes[i], nil
		}
	}
	var names []string
	for _, n := range s.Nodes {
		names = append(names, n.Name)
	}
	return nil, fmt.Errorf("bed %s has no node %q, only %s", s.Name, name, strings.Join(names, ", "))
}

// With lists the nodes that have a role.
func (s *State) With(role string) []Node {
	var out []Node
	for _, n := range s.Nodes {
		if n.Is(role) {
			out = append(out, n)
		}
	}
	return out
}

// Is tells whether a node has a role.
func (n Node) Is(role string) bool {
	for _, r := range n.Roles {
		if r == role {
			return true
		}
	}
	return false
}

// stateDir has one file for each bed.
func stateDir() string {
	if d := os.Getenv("SEAWALL_TESTBED_STATE"); d != "" {
		return d
	}
	return "/run/seawall-testbed"
}

// bedsDir has one folder for each bed.
func bedsDir() string {
	if d := os.Getenv("SEAWALL_TESTBED_DIR"); d != "" {
		return d
	}
	return "/var/tmp/seawall-testbed"
}

var nameForm = regexp.MustCompile(`^[a-z0-9]([a-z0-9-]{0,28}[a-z0-9])?$`)

// CheckName refuses what is no name for a bed.
func CheckName(name string) error {
	if !nameForm.MatchString(name) {
		return fmt.Errorf("%q is no name for a bed: up to 30 of a-z, 0-9 and - in between", name)
	}
	return nil
}

func statePath(name string) string { return filepath.Join(stateDir(), name+".json") }

// ErrNone says that there is no bed of that name.
var ErrNone = errors.New("no such bed")

// Load reads a bed's state.
func Load(name string) (*State, error) {
	if err := CheckName(name); err != nil {
		return nil, err
	}
	data, err := os.ReadFile(statePath(name))
	if os.IsNotExist(err) {
		return nil, fmt.Errorf("%s: %w", name, ErrNone)
	}
	if err != nil {
		return nil, err
	}
	var s State
	if err := json.Unmarshal(data, &s); err != nil {
		return nil, fmt.Errorf("%s: %w", statePath(name), err)
	}
	return &s, nil
}

// LoadLive is Load for a bed that must be there.
func LoadLive(name string) (*State, error) {
	s, err := Load(name)
	if err != nil {
		return nil, err
	}
	if !s.Keeper.Alive() {
		return nil, fmt.Errorf("bed %s has died (its keeper, process %d, is gone): testbed down --name %s cleans up", name, s.Keeper.Pid, name)
	}
	return s, nil
}

// Save writes a bed's state, whole or not at all.
func (s *State) Save() error {
	if err := os.MkdirAll(stateDir(), 0o755); err != nil {
		return err
	}
	data, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		return err
	}
	tmp := fmt.Sprintf("%s.%d", statePath(s.Name), os.Getpid())
	if err := os.WriteFile(tmp, append(data, '\n'), 0o600); err != nil { // it has a join token
		return err
	}
	return os.Rename(tmp, statePath(s.Name))
}

// List reads the state of all beds, those that have died too.
func List() ([]State, error) {
	names, err := filepath.Glob(filepath.Join(stateDir(), "*.json"))
	if err != nil {
		return nil, err
	}
	sort.Strings(names)
	out := []State{}
	for _, n := range names {
		if s, err := Load(strings.TrimSuffix(filepath.Base(n), ".json")); err == nil {
			out = append(out, *s)
		}
	}
	return out, nil
}

// lockName keeps two commands from making or changing the same bed at once. The lock's file is only a few bytes and is
// removed with the bed.
func lockName(name string) (func(), error) {
	if err := os.MkdirAll(stateDir(), 0o755); err != nil {
		return nil, err
	}
	for {
		path := filepath.Join(stateDir(), name+".lock")
		f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
		if err != nil {
			return nil, err
		}
		if err := unix.Flock(int(f.Fd()), unix.LOCK_EX); err != nil {
			f.Close()
			return nil, err
		}
		a, err1 := f.Stat()
		b, err2 := os.Stat(path)
		if err1 == nil && err2 == nil && os.SameFile(a, b) {
			return func() {
				if _, err := os.Stat(statePath(name)); os.IsNotExist(err) { // there is no bed, or none any more
					os.Remove(path)
					os.Remove(stateDir())
				}
				f.Close()
			}, nil
		}
		f.Close() // removed while it was waited for
	}
}

// clean removes everything that a bed has outside its processes. They must all have ended. The state stays where the
// cgroups do, so that another down can go on.
func (s *State) clean() error {
	var errs []error
	deadline := time.Now().Add(30 * time.Second)
	for { // the last processes may still be on their way out: seconds, where the machine is busy
		err := cgroup.Remove(s.Cgroups)
		if err == nil {
			break
		}
		if time.Now().After(deadline) {
			return err
		}
		time.Sleep(50 * time.Millisecond)
	}
	if s.Dir != "" && filepath.Dir(s.Dir) == bedsDir() {
		errs = append(errs, os.RemoveAll(s.Dir))
		os.Remove(bedsDir()) // the last one switches the light off
	}
	os.Remove(filepath.Join(stateDir(), s.Name+".lock"))
	if err := os.Remove(statePath(s.Name)); err != nil && !os.IsNotExist(err) {
		errs = append(errs, err)
	}
	os.Remove(stateDir())
	return errors.Join(errs...)
}

// hostPid finds the process that is inner in the PID namespace of its parent and 1 in its own.
func hostPid(parent, inner int) (int, error) {
	dirs, err := filepath.Glob("/proc/[0-9]*/status")
	if err != nil {
		return 0, err
	}
	for _, d := range dirs {
		data, err := os.ReadFile(d)
		if err != nil {
			continue
		}
		var ppid int
		var ids []string
		for _, line := range strings.Split(string(data), "\n") {
			if v, ok := strings.CutPrefix(line, "PPid:"); ok {
				ppid, _ = strconv.Atoi(strings.TrimSpace(v))
			}
			if v, ok := strings.CutPrefix(line, "NSpid:"); ok {
				ids = strings.Fields(v)
			}
		}
		if n := len(ids); ppid == parent && n >= 3 && ids[n-1] == "1" && ids[n-2] == strconv.Itoa(inner) {
			return strconv.Atoi(ids[n-3])
		}
	}
	return 0, fmt.Errorf("process %d of the bed is gone", inner)
}
