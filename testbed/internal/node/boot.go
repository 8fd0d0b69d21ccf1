package node

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"

	"golang.org/x/sys/unix"

	"seawall.dev/testbed/internal/cgroup"
	"seawall.dev/testbed/internal/mnt"
)

// programOnNode is where this program lies on a node.
const programOnNode = "/usr/local/bin/procruntime"

// BootMain is the life of a node's process 1 until the node's own init takes over. It is started in new PID, mount,
// UTS, IPC and network namespaces with its Spec on file 3, which ends when cgroups and network are ready.
func BootMain() {
	fmt.Fprintln(os.Stderr, "node:", boot(os.NewFile(3, "spec")))
	os.Exit(1)
}

func boot(r *os.File) error {
	data, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	r.Close()
	var s Spec
	if err := json.Unmarshal(data, &s); err != nil {
		return fmt.Errorf("the bed has given up: %w", err)
	}
	// A cgroup namespace belongs to a thread until exec makes it the process's.
	runtime.LockOSThread()
	if err := unix.Unshare(unix.CLONE_NEWCGROUP); err != nil {
		return fmt.Errorf("cgroup namespace: %w", err)
	}
	if err := unix.Sethostname([]byte(s.Name)); err != nil {
		return err
	}
	if err := mnt.Private(); err != nil {
		return err
	}
	if err := tree(s); err != nil {
		return err
	}
	if err := mnt.Pivot(s.Root); err != nil {
		return err
	}
	unix.Umask(0o022)
	if s.Init == Systemd {
		env := []string{"container=seawall-testbed", "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"}
		return unix.Exec("/sbin/init", []string{"/sbin/init"}, env)
	}
	return unix.Exec(programOnNode, []string{"node-init", s.Address}, []string{"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME=/root"})
}

// tree mounts everything of the node's file tree.
func tree(s Spec) error {
	in := func(p string) string { return filepath.Join(s.Root, p) }
	// kubelet wants its folder to lie on a mount point that it can see.
	if err := mnt.Bind(s.Root, s.Root, false); err != nil {
		return err
	}
	units, err := unix.Open(in(UnitDir), unix.O_PATH|unix.O_CLOEXEC, 0) // held, for /usr is about to cover it
	if err != nil {
		return err
	}
	defer unix.Close(units)
	lower, err := lowerdir(s.Usr)
	if err != nil {
		return err
	}
	if err := mnt.Mount("overlay", in("usr"), "overlay", unix.MS_RDONLY, lower); err != nil {
		return err
	}
	if s.Init == Small { // systemd's own units are there, and the node's lie in /etc/systemd/system
		if err := mnt.Mount(fmt.Sprintf("/proc/self/fd/%d", units), in(UnitDir), "", unix.MS_BIND, ""); err != nil {
			return err
		}
		for _, d := range []string{"bin", "sbin", "lib", "lib32", "lib64", "libx32"} {
			if st, err := os.Lstat("/" + d); err == nil && st.IsDir() {
				if err := mnt.BindRO("/"+d, in(d), true); err != nil {
					return err
				}
			}
		}
	}
	if err := mnt.BindRO(s.Self, in(programOnNode), false); err != nil {
		return err
	}
	if err := proc(in("proc")); err != nil {
		return err
	}
	if err := mnt.Mount("sysfs", in("sys"), "sysfs", unix.MS_RDONLY|unix.MS_NOSUID|unix.MS_NODEV|unix.MS_NOEXEC, ""); err != nil {
		return err
	}
	if err := cgroup.MountInside(in("sys/fs/cgroup"), s.Init == Systemd); err != nil {
		return err
	}
	if err := mnt.Dev(in("dev"), true); err != nil {
		return err
	}
	if s.Init == Systemd {
		for d, o := range map[string]string{"run": "mode=755", "tmp": "mode=1777"} {
			if err := mnt.Mount("tmpfs", in(d), "tmpfs", unix.MS_NOSUID|unix.MS_NODEV, o); err != nil {
				return err
			}
		}
	}
	return nil
}

// tunables are the settings of the whole machine that kubelet checks and changes.
var tunables = []string{"vm/overcommit_memory", "vm/panic_on_oom", "kernel/panic", "kernel/panic_on_oops", "kernel/keys/root_maxkeys", "kernel/keys/root_maxbytes"}

// proc mounts the node's own /proc. What lies in /proc/sys belongs to the machine and is read-only, except the network's
// part, which is the node's own, and kubelet's tunables: files stand in for them, which kubelet may write as it likes.
func proc(dir string) error {
	if err := mnt.Mount("proc", dir, "proc", unix.MS_NOSUID|unix.MS_NODEV|unix.MS_NOEXEC, ""); err != nil {
		return err
	}
	values := map[string][]byte{}
	for _, t := range tunables {
		if v, err := os.ReadFile(filepath.Join(dir, "sys", t)); err == nil {
			values[t] = v
		}
	}
	sys := filepath.Join(dir, "sys")
	if err := mnt.BindRO(sys, sys, false); err != nil {
		return err
	}
	net := filepath.Join(sys, "net")
	if err := mnt.Bind(net, net, false); err != nil {
		return err
	}
	if err := unix.MountSetattr(-1, net, 0, &unix.MountAttr{Attr_clr: unix.MOUNT_ATTR_RDONLY}); err != nil {
		return err
	}
	// The files lie in a tmpfs that only these mounts hold.
	hold := filepath.Join(filepath.Dir(dir), "mnt")
	if err := mnt.Mount("tmpfs", hold, "tmpfs", 0, "mode=755,size=1m"); err != nil {
		return err
	}
	for t, v := range values {
		f := filepath.Join(hold, filepath.Base(t))
		if err := os.WriteFile(f, v, 0o644); err != nil {
			return err
		}
		if err := mnt.Bind(f, filepath.Join(sys, t), false); err != nil {
			return err
		}
	}
	return unix.Unmount(hold, unix.MNT_DETACH)
}
