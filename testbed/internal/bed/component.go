package bed

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sort"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// Running is a component's process.
type Running struct {
	Pid  int // as the host sees it
	Args []string
}

// Process finds the process of a component on a node.
func (n *Node) Process(component string) (*Running, error) {
	space, err := os.Readlink(fmt.Sprintf("/proc/%d/ns/pid", n.Pid))
	if err != nil {
		return nil, fmt.Errorf("node %s has ended: %w", n.Name, err)
	}
	dirs, err := filepath.Glob("/proc/[0-9]*")
	if err != nil {
		return nil, err
	}
	var found []Running
	for _, d := range dirs {
		data, err := os.ReadFile(d + "/cmdline")
		if err != nil || len(data) == 0 {
			continue
		}
		args := strings.Split(strings.TrimSuffix(string(data), "\x00"), "\x00")
		if filepath.Base(args[0]) != component {
			continue
		}
		if ns, err := os.Readlink(d + "/ns/pid"); err != nil || ns != space {
			continue
		}
		pid, _ := strconv.Atoi(filepath.Base(d))
		found = append(found, Running{pid, args})
	}
	if len(found) == 0 {
		return nil, fmt.Errorf("%s does not run on node %s", component, n.Name)
	}
	sort.Slice(found, func(i, j int) bool { return found[i].Pid < found[j].Pid })
	return &found[0], nil
}

// Restart sends a component's process a signal and waits until what runs it has started another one.
func (n *Node) Restart(component string, sig syscall.Signal, progress io.Writer) error {
	old, err := n.Process(component)
	if err != nil {
		return err
	}
	begin := time.Now()
	if n.Init == "systemd" && sig != syscall.SIGKILL { // a unit that ended well by itself may stay down
		_, err = n.Run(context.Background(), "", "systemctl", "restart", component)
	} else {
		err = syscall.Kill(old.Pid, sig)
	}
	if err != nil {
		return err
	}
	if n.Init != "systemd" && sig != syscall.SIGKILL { // kube-apiserver would wait for its watches to end
		go func() {
			time.Sleep(2 * time.Second)
			if p, err := n.Process(component); err == nil && p.Pid == old.Pid {
				syscall.Kill(old.Pid, syscall.SIGKILL)
			}
		}()
	}
	err = waitFor(context.Background(), component+" started again", patience, func() error {
		p, err := n.Process(component)
		if err == nil && p.Pid == old.Pid {
			err = fmt.Errorf("process %d has not ended", old.Pid)
		}
		return err
	})
	if err == nil {
		fmt.Fprintf(progress, "%s on %s runs again after %.1f s\n", component, n.Name, time.Since(begin).Seconds())
	}
	return err
}

// Stop ends a component for good: its manifest is moved away, its unit stopped.
func (n *Node) Stop(component string, progress io.Writer) error {
	if n.Init == "systemd" {
		_, err := n.Run(context.Background(), "", "systemctl", "stop", component)
		return err
	}
	manifest := filepath.Join(n.Root, "etc/kubernetes/manifests", component+".yaml")
	if err := os.Rename(manifest, filepath.Join(n.Root, "etc/kubernetes", component+".yaml.stopped")); err != nil {
		return err
	}
	return waitFor(context.Background(), component+" stopped", patience, func() error {
		if p, err := n.Process(component); err == nil {
			return fmt.Errorf("process %d still runs", p.Pid)
		}
		return nil
	})
}

// Change is a command line with flags replaced, added and left out.
func Change(args, set, drop []string) []string {
	gone := map[string]bool{}
	for _, d := range drop {
		gone[strings.TrimLeft(d, "-")] = true
	}
	for _, s := range set {
		k, _, _ := strings.Cut(strings.TrimLeft(s, "-"), "=")
		gone[k] = true
	}
	out := []string{args[0]}
	for i := 1; i < len(args); i++ {
		k, _, has := strings.Cut(strings.TrimLeft(args[i], "-"), "=")
		if strings.HasPrefix(args[i], "-") && gone[k] {
			if !has && i+1 < len(args) && !strings.HasPrefix(args[i+1], "-") {
				i++ // its value is an argument of its own
			}
			continue
		}
		out = append(out, args[i])
	}
	for _, s := range set {
		out = append(out, "--"+strings.TrimLeft(s, "-"))
	}
	return out
}

// Logs copies what a component has written; without a component, everything that is known by that node, with names.
func (n *Node) Logs(component string, w io.Writer) error {
	if n.Init == "systemd" && component != "" {
		out, err := n.Run(context.Background(), "", "journalctl", "--no-pager", "-u", component)
		if err == nil {
			io.WriteString(w, out)
		}
		return err
	}
	patterns := []string{"var/log/" + component + ".log", "var/log/pods/*/" + component + "/*.log"}
	if component == "" {
		patterns = []string{"../console.log", "var/log/*.log", "var/log/pods/*/*/*.log"}
	}
	count := 0
	for _, p := range patterns {
		files, err := filepath.Glob(filepath.Join(n.Root, p))
		if err != nil {
			return err
		}
		for _, f := range files {
			data, err := os.ReadFile(f)
			if err != nil {
				return err
			}
			if component == "" {
				fmt.Fprintf(w, "==> %s\n", f)
			}
			if _, err := w.Write(data); err != nil {
				return err
			}
			count++
		}
	}
	if count == 0 {
		return fmt.Errorf("node %s has no log of %s", n.Name, component)
	}
	return nil
}
