// Package cgroup gives each node a cgroup of its own in every hierarchy of the machine, version 1, version 2 or both,
// so that nothing that runs on the node writes into the machine's own tree.
package cgroup

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"

	"seawall.dev/testbed/internal/mnt"
)

// hierarchy is one mounted cgroup file system.
type hierarchy struct {
	mount   string // where it is mounted
	v2      bool
	options []string // version 1: the controllers or name=…
	own     string   // the caller's cgroup in it
}

func hierarchies() ([]hierarchy, error) {
	own, err := ownPaths()
	if err != nil {
		return nil, err
	}
	data, err := os.ReadFile("/proc/self/mountinfo")
	if err != nil {
		return nil, err
	}
	var out []hierarchy
	seen := map[string]bool{}
	for _, line := range strings.Split(string(data), "\n") {
		left, right, ok := strings.Cut(line, " - ")
		f, g := strings.Fields(left), strings.Fields(right)
		if !ok || len(f) < 5 || len(g) < 3 || g[0] != "cgroup" && g[0] != "cgroup2" {
			continue
		}
		h := hierarchy{mount: f[4], v2: g[0] == "cgroup2"}
		key := ""
		if !h.v2 {
			for _, o := range strings.Split(g[2], ",") {
				if o != "rw" && o != "ro" && o != "seclabel" {
					h.options = append(h.options, o)
					if !strings.Contains(o, "=") || strings.HasPrefix(o, "name=") {
						key = o
					}
				}
			}
		}
		if seen[key] {
			continue
		}
		seen[key] = true
		// The mount's root may lie below the hierarchy's root, as in a container: paths count from there.
		h.own = strings.TrimPrefix(own[key], strings.TrimSuffix(f[3], "/"))
		out = append(out, h)
	}
	return out, nil
}

// ownPaths maps each controller, name=… or, for version 2, the empty string to the caller's cgroup.
func ownPaths() (map[string]string, error) {
	data, err := os.ReadFile("/proc/self/cgroup")
	if err != nil {
		return nil, err
	}
	out := map[string]string{}
	for _, line := range strings.Split(strings.TrimSpace(string(data)), "\n") {
		f := strings.SplitN(line, ":", 3)
		if len(f) == 3 {
			for _, c := range strings.Split(f[1], ",") {
				out[c] = f[2]
			}
		}
	}
	return out, nil
}

// Create makes the cgroup name in each hierarchy and returns its folders.
func Create(name string) ([]string, error) {
	hs, err := hierarchies()
	if err != nil {
		return nil, err
	}
	var dirs []string
	for _, h := range hs {
		parent := filepath.Join(h.mount, h.own)
		if _, err := os.Stat(parent); err != nil {
			parent = h.mount
		}
		if h.v2 && len(hs) == 1 { // beside version 1, no controller is there that a node would need
			enableControllers(parent)
		}
		dir := filepath.Join(parent, name)
		if err := os.Mkdir(dir, 0o755); err != nil && !os.IsExist(err) {
			Remove(dirs)
			return nil, err
		}
		dirs = append(dirs, dir)
		for _, f := range []string{"cpuset.cpus", "cpuset.mems"} { // version 1: empty at first, and then no process may enter
			if v, err := os.ReadFile(filepath.Join(parent, f)); err == nil && !h.v2 {
				os.WriteFile(filepath.Join(dir, f), v, 0o644)
			}
		}
	}
	return dirs, nil
}

func enableControllers(dir string) {
	data, err := os.ReadFile(filepath.Join(dir, "cgroup.controllers"))
	if err != nil {
		return
	}
	for _, c := range strings.Fields(string(data)) {
		os.WriteFile(filepath.Join(dir, "cgroup.subtree_control"), []byte("+"+c), 0)
	}
}

// Add moves a process into the cgroups.
func Add(dirs []string, pid int) error {
	for _, d := range dirs {
		if err := os.WriteFile(filepath.Join(d, "cgroup.procs"), []byte(fmt.Sprint(pid)), 0); err != nil {
			return fmt.Errorf("moving process %d into %s: %w", pid, d, err)
		}
	}
	return nil
}

// Remove removes the cgroups with everything below them. There must be no process left in them.
func Remove(dirs []string) error {
	var first error
	for _, d := range dirs {
		if err := removeTree(d); err != nil && !os.IsNotExist(err) && first == nil {
			first = err
		}
	}
	return first
}

func removeTree(dir string) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if e.IsDir() {
			removeTree(filepath.Join(dir, e.Name()))
		}
	}
	return unix.Rmdir(dir) // os.Remove would try to unlink first and blur the error
}

// MountInside mounts the machine's hierarchies below root. It is called in a cgroup namespace that began in the node's
// cgroups: they are the roots of what is seen there. systemd takes a machine with a version 2 hierarchy beside version
// 1 for its own hybrid arrangement; without it (legacy) it asks for less.
func MountInside(root string, legacyOnly bool) error {
	hs, err := hierarchies()
	if err != nil {
		return err
	}
	v1 := false
	for _, h := range hs {
		v1 = v1 || !h.v2
	}
	if !v1 {
		return mnt.Mount("cgroup2", root, "cgroup2", unix.MS_NOSUID|unix.MS_NODEV|unix.MS_NOEXEC, "")
	}
	if err := mnt.Mount("tmpfs", root, "tmpfs", unix.MS_NOSUID|unix.MS_NODEV|unix.MS_NOEXEC, "mode=755"); err != nil {
		return err
	}
	for _, h := range hs {
		name := filepath.Base(h.mount)
		if h.v2 && legacyOnly {
			continue
		}
		target := filepath.Join(root, name)
		if err := os.MkdirAll(target, 0o755); err != nil {
			return err
		}
		if h.v2 {
			err = mnt.Mount("cgroup2", target, "cgroup2", unix.MS_NOSUID|unix.MS_NODEV|unix.MS_NOEXEC, "")
		} else {
			o := strings.Join(h.options, ",")
			if strings.HasPrefix(o, "name=") || strings.Contains(o, ",name=") {
				o = "none," + o
			}
			err = mnt.Mount("cgroup", target, "cgroup", unix.MS_NOSUID|unix.MS_NODEV|unix.MS_NOEXEC, o)
		}
		if err != nil {
			return err
		}
	}
	return nil
}
