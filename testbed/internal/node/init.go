package node

import (
	"bufio"
	"fmt"
	"log"
	"os"
	"os/exec"
	"os/signal"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"seawall.dev/testbed/internal/reaper"
)

// InitMain is the life of process 1 of a node without systemd: it keeps the container runtime and kubelet running, as
// their units with Restart=always would, and collects orphans.
func InitMain(address string) {
	os.WriteFile("/proc/self/comm", []byte("node-init"), 0)
	signal.Ignore(unix.SIGINT, unix.SIGTERM, unix.SIGHUP)
	go keep("procruntime", func() ([]string, bool) { return []string{programOnNode, address}, true })
	go keep("kubelet", kubelet)
	select {}
}

// keep runs a program again and again; command says with which arguments, and whether it is time.
func keep(name string, command func() ([]string, bool)) {
	logPath := "/var/log/" + name + ".log"
	for {
		argv, ready := command()
		if !ready {
			time.Sleep(100 * time.Millisecond)
			continue
		}
		out, err := os.OpenFile(logPath, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o640)
		if err != nil {
			log.Fatal(err)
		}
		cmd := &exec.Cmd{Path: argv[0], Args: argv, Dir: "/", Env: append(os.Environ(), "LANG=C.UTF-8"), SysProcAttr: &unix.SysProcAttr{Setsid: true}}
		cmd.Stdout, cmd.Stderr = out, out
		_, done, err := reaper.Start(cmd)
		if err != nil {
			fmt.Fprintf(out, "node-init: %s: %v\n", name, err)
		} else {
			ws := <-done
			fmt.Fprintf(out, "node-init: %s ended: exit %d signal %d\n", name, ws.ExitStatus(), ws.Signal())
		}
		out.Close()
		time.Sleep(time.Second)
	}
}

// Standalone, if it is there, has the arguments of a kubelet without API server, as on an etcd node.
const Standalone = "/etc/default/kubelet-standalone"

// kubelet says how kubeadm's unit and drop-in would start kubelet now, and waits as they do, with failures, until there
// is a configuration.
func kubelet() ([]string, bool) {
	if args, ok := environment(Standalone)["KUBELET_ARGS"]; ok {
		return append([]string{"/usr/bin/kubelet"}, strings.Fields(args)...), true
	}
	const config = "/var/lib/kubelet/config.yaml"
	if _, err := os.Stat(config); err != nil {
		return nil, false
	}
	_, boot := os.Stat("/etc/kubernetes/bootstrap-kubelet.conf")
	_, own := os.Stat("/etc/kubernetes/kubelet.conf")
	if boot != nil && own != nil {
		return nil, false
	}
	argv := []string{"/usr/bin/kubelet", "--bootstrap-kubeconfig=/etc/kubernetes/bootstrap-kubelet.conf", "--kubeconfig=/etc/kubernetes/kubelet.conf", "--config=" + config}
	argv = append(argv, strings.Fields(environment("/var/lib/kubelet/kubeadm-flags.env")["KUBELET_KUBEADM_ARGS"])...)
	argv = append(argv, strings.Fields(environment("/etc/default/kubelet")["KUBELET_EXTRA_ARGS"])...)
	return argv, true
}

// environment reads a file of NAME=value lines, as systemd's EnvironmentFile= has them.
func environment(path string) map[string]string {
	out := map[string]string{}
	f, err := os.Open(path)
	if err != nil {
		return out
	}
	defer f.Close()
	for s := bufio.NewScanner(f); s.Scan(); {
		line := strings.TrimSpace(s.Text())
		if k, v, ok := strings.Cut(line, "="); ok && !strings.HasPrefix(line, "#") && !strings.HasPrefix(line, ";") {
			v = strings.TrimSpace(v)
			if len(v) > 1 && (v[0] == '"' || v[0] == '\'') && v[len(v)-1] == v[0] {
				v = v[1 : len(v)-1]
			}
			out[strings.TrimSpace(k)] = v
		}
	}
	return out
}
