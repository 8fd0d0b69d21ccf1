package main

import (
	"bytes"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"sort"
	"strings"
	"syscall"
	"testing"
	"time"

	"seawall.dev/testbed/internal/bed"
	"seawall.dev/testbed/internal/build"
)

// program is the testbed program that the tests drive, as a user would.
var program string

// home has everything that the tests' beds have on disk.
var home string

// get is what curl would be for: it prints status and body. The tests run it in the networks of beds, by their own
// program's file.
func get(url string) int {
	t := &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}
	resp, err := (&http.Client{Transport: t, Timeout: 5 * time.Second}).Get(url)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	fmt.Print(resp.StatusCode, " ")
	io.Copy(os.Stdout, resp.Body)
	return 0
}

// fetch is get in the network of a node, or of the bed.
func fetch(s *bed.State, node, url string) (string, error) {
	self, err := os.Executable()
	if err != nil {
		return "", err
	}
	return try("exec", "--name", s.Name, "--net", node, "--", self, "get", url)
}

func TestMain(m *testing.M) {
	if len(os.Args) == 3 && os.Args[1] == "get" {
		os.Exit(get(os.Args[2]))
	}
	os.Exit(func() int {
		var err error
		if home, err = os.MkdirTemp("/var/tmp", "tb"); err != nil { // short: a socket's path is
			panic(err)
		}
		defer os.RemoveAll(home)
		os.Setenv("SEAWALL_TESTBED_STATE", home+"/state")
		os.Setenv("SEAWALL_TESTBED_DIR", home+"/beds")
		program = home + "/testbed"
		cmd := exec.Command("go", "build", "-o", program, ".")
		cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
		if out, err := cmd.CombinedOutput(); err != nil {
			fmt.Fprintf(os.Stderr, "%v\n%s", err, out)
			return 1
		}
		return m.Run()
	}())
}

// need ends a test that could not show anything: not silently, unless -short was asked for.
func need(t *testing.T) {
	t.Helper()
	if testing.Short() {
		t.Skip("-short: without beds")
	}
	if os.Geteuid() != 0 {
		t.Fatal("beds need root; -short leaves them out")
	}
	if m := build.Missing(); len(m) > 0 {
		t.Fatalf("%s and %d more are not built: run `testbed build` first (about 12 minutes); -short leaves beds out", m[0].Name, len(m)-1)
	}
}

// name is a name for a bed that no other test run uses.
func name(what string) string { return fmt.Sprintf("t%d-%s", os.Getpid(), what) }

// run runs the program and returns its stdout.
func run(t *testing.T, args ...string) string {
	t.Helper()
	out, err := try(args...)
	if err != nil {
		t.Fatalf("testbed %s: %v", strings.Join(args, " "), err)
	}
	return out
}

func try(args ...string) (string, error) {
	cmd := exec.Command(program, args...)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err := cmd.Run()
	if err != nil {
		err = fmt.Errorf("%w\n%s%s", err, stdout.String(), stderr.String())
	}
	return stdout.String(), err
}

// up makes a bed that ends with the test, however the test ends.
func up(t *testing.T, what string, args ...string) (*bed.State, io.Closer) {
	t.Helper()
	cmd := exec.Command(program, append([]string{"up", "--foreground", "--name", name(what)}, args...)...)
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { in.Close(); cmd.Wait() })
	var s bed.State
	if err := json.NewDecoder(out).Decode(&s); err != nil {
		cmd.Wait()
		t.Fatalf("%v\n%s", err, stderr.String())
	}
	return &s, in
}

// on runs a command on a node of a bed.
func on(t *testing.T, s *bed.State, node string, argv ...string) string {
	t.Helper()
	return run(t, append([]string{"exec", "--name", s.Name, node, "--"}, argv...)...)
}

// eventually waits for something that takes a while.
func eventually(t *testing.T, what string, limit time.Duration, f func() error) {
	t.Helper()
	deadline := time.Now().Add(limit)
	for {
		err := f()
		if err == nil {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("%s: not after %s: %v", what, limit, err)
		}
		time.Sleep(200 * time.Millisecond)
	}
}

const readyz = "kubectl --kubeconfig /etc/kubernetes/super-admin.conf get --raw /readyz"

// host is what a bed must not change.
func host(t *testing.T) string {
	t.Helper()
	var out []string
	links, err := net.Interfaces()
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range links {
		out = append(out, "link "+l.Name)
	}
	spaces, _ := filepath.Glob("/run/netns/*")
	for _, s := range spaces {
		out = append(out, "netns "+s)
	}
	mounts, err := os.ReadFile("/proc/mounts")
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range strings.Split(string(mounts), "\n") {
		out = append(out, "mount "+m)
	}
	for _, s := range []string{"vm/overcommit_memory", "vm/panic_on_oom", "kernel/panic", "kernel/panic_on_oops", "kernel/keys/root_maxkeys", "net/ipv4/ip_forward"} {
		v, _ := os.ReadFile("/proc/sys/" + s)
		out = append(out, "sysctl "+s+" "+string(v))
	}
	v, _ := os.ReadFile("/proc/sys/kernel/hostname")
	out = append(out, "hostname "+string(v))
	filepath.WalkDir("/sys/fs/cgroup", func(p string, d os.DirEntry, err error) error {
		if err == nil && d.IsDir() && strings.HasPrefix(d.Name(), fmt.Sprintf("seawall-t%d-", os.Getpid())) {
			out = append(out, "cgroup "+p)
		}
		return nil
	})
	for _, d := range []string{"/beds/*", "/state/*"} {
		left, _ := filepath.Glob(home + d)
		for _, l := range left {
			out = append(out, "file "+l)
		}
	}
	procs, _ := filepath.Glob("/proc/[0-9]*")
	for _, p := range procs {
		c, _ := os.ReadFile(p + "/cgroup")
		exe, _ := os.Readlink(p + "/exe")
		if strings.Contains(string(c), fmt.Sprintf("/seawall-t%d-", os.Getpid())) || strings.HasPrefix(exe, home) {
			cmd, _ := os.ReadFile(p + "/cmdline")
			out = append(out, fmt.Sprintf("process %s %q", p, cmd))
		}
	}
	sort.Strings(out)
	return strings.Join(out, "\n")
}

// clean fails the test unless the host becomes again what it was.
func clean(t *testing.T, before string) {
	t.Helper()
	eventually(t, "nothing left", time.Minute, func() error {
		if after := host(t); after != before {
			return fmt.Errorf("before:\n%s\n\nafter:\n%s", before, after)
		}
		return nil
	})
}

func TestBed(t *testing.T) {
	need(t)
	before := host(t)
	s, stdin := up(t, "one", "--workers", "1")
	if len(s.Nodes) != 2 || !s.Ready || s.Nodes[1].Address != "192.0.2.51" {
		t.Fatalf("%+v", s)
	}
	t.Logf("up in %.1f s", s.Seconds)
	root := s.Nodes[0].Root

	t.Run("a node has namespaces and a /proc of its own", func(t *testing.T) {
		for _, ns := range []string{"pid", "mnt", "uts", "net", "cgroup", "ipc"} {
			seen := map[string]string{}
			for _, p := range []int{os.Getpid(), s.Init, s.Nodes[0].Pid, s.Nodes[1].Pid} {
				l, err := os.Readlink(fmt.Sprintf("/proc/%d/ns/%s", p, ns))
				if err != nil {
					t.Fatal(err)
				}
				if who, ok := seen[l]; ok && ns != "cgroup" { // the bed itself stays in the caller's cgroup
					t.Errorf("process %d shares its %s namespace with %s", p, ns, who)
				}
				seen[l] = fmt.Sprint(p)
			}
		}
		if got := on(t, s, "cp-0", "hostname"); got != "cp-0\n" {
			t.Errorf("hostname %q", got)
		}
		const ps = "for p in /proc/[0-9]*; do tr '\\0' ' ' < $p/cmdline; echo; done"
		seen := on(t, s, "cp-0", "sh", "-c", ps)
		if n := strings.Count(seen, "\n"); n > 15 || !strings.Contains(seen, "kube-apiserver --") || !strings.Contains(seen, "kubelet --") {
			t.Errorf("%d processes:\n%s", n, seen)
		}
		if seen := on(t, s, "worker-0", "sh", "-c", ps); strings.Contains(seen, "kube-apiserver") {
			t.Errorf("the worker sees another node's processes:\n%s", seen)
		}
		if c := on(t, s, "cp-0", "cat", "/proc/1/cgroup"); strings.Contains(c, "seawall") {
			t.Errorf("cgroups of the host show: %s", c)
		}
	})

	t.Run("the API's service address answers on each node", func(t *testing.T) {
		for _, n := range s.Nodes {
			if out, err := fetch(s, n.Name, "https://"+s.Service+"/readyz"); out != "200 ok" {
				t.Errorf("%s: %q, %v", n.Name, out, err)
			}
		}
	})

	t.Run("a worker joins later, a control plane needs a balancer", func(t *testing.T) {
		var later bed.State
		if err := json.Unmarshal([]byte(run(t, "join", "--name", s.Name, "worker")), &later); err != nil {
			t.Fatal(err)
		}
		if n, err := later.Node("worker-1"); err != nil || n.Address != "192.0.2.52" {
			t.Errorf("%+v, %v", n, err)
		}
		if _, err := try("join", "--name", s.Name, "control-plane"); err == nil || !strings.Contains(err.Error(), "no balancer") {
			t.Errorf("a control plane without a balancer: %v", err)
		}
	})

	t.Run("a component's container sees its mounts and nothing else", func(t *testing.T) {
		var files []string
		at := fmt.Sprintf("/proc/%d/root", process(t, s, "cp-0", "kube-scheduler").Pid)
		filepath.WalkDir(at+"/etc", func(p string, d os.DirEntry, err error) error {
			if err == nil && d.Type().IsRegular() {
				files = append(files, strings.TrimPrefix(p, at))
			}
			return nil
		})
		if got := strings.Join(files, " "); got != "/etc/hosts /etc/kubernetes/scheduler.conf" {
			t.Errorf("kube-scheduler sees %s", got)
		}
		at = fmt.Sprintf("/proc/%d/root", process(t, s, "cp-0", "kube-apiserver").Pid)
		if _, err := os.Stat(at + "/etc/kubernetes/pki/ca.crt"); err != nil {
			t.Error(err)
		}
		for _, f := range []string{"/etc/kubernetes/admin.conf", "/var/lib/etcd", "/usr/bin", "/usr/local/bin/etcd"} {
			if _, err := os.Stat(at + f); err == nil {
				t.Errorf("kube-apiserver sees %s", f)
			}
		}
	})

	t.Run("a static pod's mountPath is not its hostPath", func(t *testing.T) {
		for _, f := range []string{"srv/given/file", "srv/kept/secret"} {
			os.MkdirAll(filepath.Dir(filepath.Join(root, f)), 0o755)
			if err := os.WriteFile(filepath.Join(root, f), []byte(f), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		manifest := `apiVersion: v1
kind: Pod
metadata: {name: looker, namespace: kube-system}
spec:
  hostNetwork: true
  containers:
  - name: looker
    image: none.example/looker
    command: [sleep, "1000"]
    volumeMounts: [{name: v, mountPath: /inside/there, readOnly: true}]
  volumes: [{name: v, hostPath: {path: /srv/given, type: Directory}}]
`
		if err := os.WriteFile(filepath.Join(root, "etc/kubernetes/manifests/looker.yaml"), []byte(manifest), 0o600); err != nil {
			t.Fatal(err)
		}
		n, err := s.Node("cp-0")
		if err != nil {
			t.Fatal(err)
		}
		var looker *bed.Running
		eventually(t, "pod runs", 30*time.Second, func() (err error) {
			looker, err = n.Process("sleep")
			return err
		})
		in := func(argv ...string) (string, error) {
			return try(append([]string{"exec", "--name", s.Name, "--in", "sleep", "cp-0", "--"}, argv...)...)
		}
		if out, err := in("cat", "/inside/there/file"); err != nil || out != "srv/given/file" {
			t.Errorf("%q, %v", out, err)
		}
		for _, p := range []string{"/srv/given/file", "/srv/kept/secret", "/etc/kubernetes", "/var/lib/kubelet"} {
			if _, err := in("test", "-e", p); err == nil {
				t.Errorf("%s is not mounted and yet there", p)
			}
		}
		if _, err := in("touch", "/inside/there/new"); err == nil {
			t.Error("a read-only mount was written to")
		}
		if data, err := os.ReadFile(fmt.Sprintf("/proc/%d/root/inside/there/file", looker.Pid)); string(data) != "srv/given/file" {
			t.Errorf("through /proc: %q, %v", data, err)
		}
		os.Remove(filepath.Join(root, "etc/kubernetes/manifests/looker.yaml"))
	})

	t.Run("files are where the JSON says", func(t *testing.T) {
		for _, f := range []string{s.Kubeconfig, s.Super, root + "/etc/kubernetes/manifests/kube-apiserver.yaml", root + "/var/lib/kubelet/config.yaml", root + "/var/lib/kubelet/kubeadm-flags.env",
			root + "/usr/lib/systemd/system/kubelet.service", root + "/usr/lib/systemd/system/kubelet.service.d/10-kubeadm.conf", root + "/etc/default/kubelet", s.Binaries["kubelet"]} {
			if st, err := os.Stat(f); err != nil || !st.Mode().IsRegular() {
				t.Errorf("%s: %v", f, err)
			}
		}
	})

	t.Run("exec passes input, output and status on", func(t *testing.T) {
		cmd := exec.Command(program, "exec", "--name", s.Name, "cp-0", "--", "sh", "-c", "cat; exit 7")
		cmd.Stdin = strings.NewReader("hello")
		out, err := cmd.Output()
		var exit *exec.ExitError
		if string(out) != "hello" || !errors.As(err, &exit) || exit.ExitCode() != 7 {
			t.Errorf("%q, %v", out, err)
		}
		cmd = exec.Command(program, "exec", "--name", s.Name, "worker-0", "--", "sleep", "4321")
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		n, err := s.Node("worker-0")
		if err != nil {
			t.Fatal(err)
		}
		eventually(t, "sleep runs", 5*time.Second, func() error {
			_, err := n.Process("sleep")
			return err
		})
		cmd.Process.Kill()
		cmd.Wait()
		eventually(t, "sleep ended with who ran it", 5*time.Second, func() error {
			if _, err := n.Process("sleep"); err == nil {
				return errors.New("still there")
			}
			return nil
		})
	})

	t.Run("a component runs with changed arguments", func(t *testing.T) {
		args := run(t, "run", "--name", s.Name, "--print", "--set", "anonymous-auth=false", "--drop", "allow-privileged", "cp-0", "kube-apiserver")
		if !strings.Contains(args, "--anonymous-auth=false") || strings.Contains(args, "allow-privileged") {
			t.Error(args)
		}
		cmd := exec.Command(program, "run", "--name", s.Name, "--stop", "--set", "anonymous-auth=false", "cp-0", "kube-apiserver")
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		defer func() { cmd.Process.Kill(); cmd.Wait() }()
		eventually(t, "anonymous requests are refused", time.Minute, func() error {
			out, err := fetch(s, "cp-0", "https://192.0.2.11:6443/version")
			if err == nil && !strings.HasPrefix(out, "401 ") {
				err = fmt.Errorf("answer %s", out)
			}
			return err
		})
	})

	t.Run("exec in the network alone leaves the rest as the host has it", func(t *testing.T) {
		here, err := os.Hostname()
		if err != nil {
			t.Fatal(err)
		}
		if got := run(t, "exec", "--name", s.Name, "--net", "cp-0", "--", "hostname"); strings.TrimSpace(got) != here {
			t.Errorf("hostname %q, not %q", got, here)
		}
	})

	t.Run("kubelet is started again", func(t *testing.T) {
		run(t, "restart", "--name", s.Name, "worker-0", "kubelet")
		run(t, "kill", "--name", s.Name, "worker-0", "kubelet")
		if out := run(t, "logs", "--name", s.Name, "worker-0", "kubelet"); strings.Count(out, "node-init: kubelet ended") != 2 {
			t.Errorf("kubelet's log has not two ends")
		}
	})

	t.Run("a second bed beside it, and what is left of both", func(t *testing.T) {
		other, otherStdin := up(t, "two")
		if other.Nodes[0].Address != s.Nodes[0].Address {
			t.Errorf("addresses differ: %s", other.Nodes[0].Address)
		}
		a, err := os.ReadFile(root + "/etc/kubernetes/pki/ca.crt")
		b, err2 := os.ReadFile(other.Nodes[0].Root + "/etc/kubernetes/pki/ca.crt")
		if err != nil || err2 != nil || bytes.Equal(a, b) {
			t.Errorf("the same CA, or none: %v, %v", err, err2)
		}
		out := on(t, other, "cp-0", "kubectl", "--kubeconfig", "/etc/kubernetes/admin.conf", "get", "nodes", "-o", "name")
		if out != "node/cp-0\n" {
			t.Errorf("nodes of the second bed: %q", out)
		}
		if l := run(t, "list"); !strings.Contains(l, s.Name) || !strings.Contains(l, other.Name) {
			t.Error(l)
		}
		if _, err := try("up", "--name", other.Name); err == nil || !strings.Contains(err.Error(), "is up already") {
			t.Errorf("the same name once more: %v", err)
		}
		otherStdin.Close()
		eventually(t, "the second bed has ended", 10*time.Second, func() error {
			if _, err := try("show", "--name", other.Name); err == nil {
				return errors.New("still there")
			}
			return nil
		})
		on(t, s, "worker-0", "true") // the first one lives
		stdin.Close()
		clean(t, before)
	})
}

// process is a component's process on a node.
func process(t *testing.T, s *bed.State, node, component string) *bed.Running {
	t.Helper()
	n, err := s.Node(node)
	if err != nil {
		t.Fatal(err)
	}
	p, err := n.Process(component)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// started begins a bed and returns when it has a node on which kubeadm is at work.
func started(t *testing.T, what string, foreground bool) *exec.Cmd {
	t.Helper()
	args := []string{"up", "--name", name(what)}
	if foreground {
		args = append(args, "--foreground")
	}
	cmd := exec.Command(program, args...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if foreground {
		in, err := cmd.StdinPipe()
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { in.Close() })
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	eventually(t, "kubelet runs", time.Minute, func() error {
		s, err := bed.Load(name(what))
		if err != nil {
			return err
		}
		n, err := s.Node("cp-0")
		if err != nil {
			return err
		}
		_, err = n.Process("kubelet")
		return err
	})
	return cmd
}

func TestBedIsGoneAfterDown(t *testing.T) {
	need(t)
	before := host(t)
	run(t, "up", "--name", name("down"))
	run(t, "down", "--name", name("down"))
	if after := host(t); after != before {
		t.Errorf("before:\n%s\n\nafter:\n%s", before, after)
	}
	if _, err := try("down", "--name", name("down")); err == nil {
		t.Error("down of a bed that is not there went well")
	}
}

func TestBedIsGoneAfterItsLauncherIsKilled(t *testing.T) {
	need(t)
	for _, foreground := range []bool{false, true} {
		before := host(t)
		cmd := started(t, "killed", foreground)
		cmd.Process.Kill()
		cmd.Wait()
		clean(t, before)
	}
}

func TestBedIsGoneAfterCtrlC(t *testing.T) {
	need(t)
	for _, foreground := range []bool{false, true} {
		before := host(t)
		cmd := started(t, "ctrlc", foreground)
		syscall.Kill(-cmd.Process.Pid, syscall.SIGINT)
		cmd.Wait()
		clean(t, before)
	}
}

func TestBedIsGoneWithItsInit(t *testing.T) {
	need(t)
	before := host(t)
	cmd := started(t, "init", true)
	s, err := bed.Load(name("init"))
	if err != nil {
		t.Fatal(err)
	}
	syscall.Kill(s.Init, syscall.SIGKILL)
	if err := cmd.Wait(); err == nil {
		t.Error("up went well without a bed")
	}
	clean(t, before)
}

func TestBedThatDiedAltogetherIsRecognised(t *testing.T) {
	need(t)
	before := host(t)
	cmd := started(t, "stale", true)
	s, err := bed.Load(name("stale"))
	if err != nil {
		t.Fatal(err)
	}
	cmd.Process.Signal(syscall.SIGSTOP) // or it would clean up
	syscall.Kill(s.Init, syscall.SIGKILL)
	cmd.Process.Kill()
	cmd.Wait()
	if _, err := try("exec", "--name", s.Name, "cp-0", "--", "true"); err == nil || !strings.Contains(err.Error(), "has died") {
		t.Errorf("exec in a dead bed: %v", err)
	}
	run(t, "down", "--name", s.Name)
	clean(t, before)
}

func TestBedHasABalancerThatChecksHealth(t *testing.T) {
	need(t)
	before := host(t)
	s, stdin := up(t, "ha", "--control-planes", "2", "--etcd", "external:3")
	t.Logf("up in %.1f s", s.Seconds)
	if s.Balancer != "192.0.2.10:6443" || s.Endpoint != s.Balancer || len(s.With("etcd")) != 3 || len(s.With("control-plane")) != 2 {
		t.Fatalf("%+v", s)
	}
	if out := on(t, s, "cp-1", "kubectl", "--kubeconfig", "/etc/kubernetes/admin.conf", "get", "nodes", "-o", "name"); out != "node/cp-0\nnode/cp-1\n" {
		t.Errorf("nodes: %q", out)
	}
	cmd := exec.Command(program, "run", "--name", s.Name, "--stop", "--set", "etcd-servers=https://192.0.2.99:2379", "cp-0", "kube-apiserver")
	if err := cmd.Start(); err != nil { // takes the place of a healthy one and never becomes ready
		t.Fatal(err)
	}
	defer func() { cmd.Process.Kill(); cmd.Wait() }()
	eventually(t, "cp-0 is out", time.Minute, func() error {
		if out, err := fetch(s, "cp-0", "https://192.0.2.11:6443/readyz"); err == nil && out == "200 ok" {
			return errors.New("still ready")
		}
		return nil
	})
	time.Sleep(4 * time.Second) // a check's time limit and the pause before it
	for i := 0; i < 5; i++ {
		if out, err := fetch(s, "bed", "https://"+s.Balancer+"/readyz"); out != "200 ok" {
			t.Errorf("through the balancer: %q, %v", out, err)
		}
	}
	stdin.Close()
	clean(t, before)
}

func TestBedWithSystemd(t *testing.T) {
	need(t)
	before := host(t)
	s, stdin := up(t, "sd", "--layout", "systemd")
	t.Logf("up in %.1f s", s.Seconds)
	if out := on(t, s, "cp-0", "systemctl", "is-system-running"); out != "running\n" {
		t.Errorf("systemd is %q", out)
	}
	if out := on(t, s, "cp-0", "cat", "/proc/1/comm"); out != "systemd\n" {
		t.Errorf("process 1 is %q", out)
	}
	for _, u := range []string{"etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler", "kubelet"} {
		if out := on(t, s, "cp-0", "systemctl", "is-active", u); out != "active\n" {
			t.Errorf("%s is %q", u, out)
		}
		on(t, s, "cp-0", "systemd-analyze", "verify", "/etc/systemd/system/"+u+".service")
	}
	if out := on(t, s, "cp-0", strings.Fields(readyz)...); out != "ok" {
		t.Errorf("readyz: %q", out)
	}
	if out := on(t, s, "cp-0", "systemd-run", "--wait", "--pipe", "-q", "echo", "through systemd-run"); out != "through systemd-run\n" {
		t.Errorf("%q", out)
	}
	// What the environment file says reaches the process: also what stands after a line continuation.
	args := strings.Join(process(t, s, "cp-0", "kube-apiserver").Args, "\n") + "\n"
	for _, want := range []string{"--etcd-servers=https://127.0.0.1:2379", "--authorization-mode=Node,RBAC", "--service-account-signing-key-file=/etc/kubernetes/pki/sa.key"} {
		if !strings.Contains(args, want+"\n") {
			t.Errorf("no argument %s in\n%s", want, args)
		}
	}
	file := s.Nodes[0].Root + "/etc/kubernetes/apiserver"
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, bytes.Replace(text, []byte("--secure-port=6443"), []byte("--secure-port=6443 --profiling=false"), 1), 0o644); err != nil {
		t.Fatal(err)
	}
	on(t, s, "cp-0", "systemctl", "restart", "kube-apiserver")
	if args := strings.Join(process(t, s, "cp-0", "kube-apiserver").Args, "\n"); !strings.Contains(args, "\n--profiling=false\n") {
		t.Errorf("an edit of the environment file does not reach kube-apiserver:\n%s", args)
	}
	stdin.Close()
	clean(t, before)
}
