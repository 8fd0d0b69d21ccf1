// Package mnt has the few mount operations that nodes and containers are made of.
package mnt

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"
)

// Mount is mount(2) with an error that says what was attempted.
func Mount(source, target, fstype string, flags uintptr, data string) error {
	if err := unix.Mount(source, target, fstype, flags, data); err != nil {
		return fmt.Errorf("mount %s%s on %s (%s): %w", fstype, " "+source, target, data, err)
	}
	return nil
}

// Private keeps every later mount and unmount of this mount namespace to itself.
func Private() error {
	const flags = unix.MS_REC | unix.MS_PRIVATE
	if err := unix.Mount("", "/", "", flags, ""); err != unix.EINVAL {
		return err
	}
	// In a chroot / may be no mount. Step out of it, to the root of all mounts, and back again.
	fd, err := unix.Open("/", unix.O_PATH|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		return err
	}
	defer unix.Close(fd)
	if err := errors.Join(unix.Chroot("/proc"), unix.Fchdir(fd)); err != nil {
		return err
	}
	for i := 0; i < 100; i++ {
		unix.Chdir("..")
	}
	return errors.Join(unix.Chroot("."), Mount("", "/", "", flags, ""), unix.Fchdir(fd), unix.Chroot("."))
}

// Bind mounts source on target, which is made as a file or a folder, whichever source is.
func Bind(source, target string, recursive bool) error {
	if err := Target(source, target); err != nil {
		return err
	}
	flags := uintptr(unix.MS_BIND)
	if recursive {
		flags |= unix.MS_REC
	}
	return Mount(source, target, "", flags, "")
}

// BindRO is Bind, read-only. A recursive one has its submounts read-only as well.
func BindRO(source, target string, recursive bool) error {
	if err := Bind(source, target, recursive); err != nil {
		return err
	}
	return ReadOnly(target, recursive)
}

// ReadOnly makes a mount read-only, with everything below it if recursive.
func ReadOnly(target string, recursive bool) error {
	flags := uint(0)
	if recursive {
		flags = unix.AT_RECURSIVE
	}
	if err := unix.MountSetattr(-1, target, flags, &unix.MountAttr{Attr_set: unix.MOUNT_ATTR_RDONLY}); err != nil {
		return fmt.Errorf("making %s read-only: %w", target, err)
	}
	return nil
}

// Target makes target a file or a folder, as source is one, if it is not there yet.
func Target(source, target string) error {
	st, err := os.Stat(source)
	if err != nil {
		return err
	}
	if st.IsDir() {
		return os.MkdirAll(target, 0o755)
	}
	if _, err := os.Lstat(target); err == nil {
		return nil
	}
	if err := os.MkdirAll(filepath.Dir(target), 0o755); err != nil {
		return err
	}
	f, err := os.OpenFile(target, os.O_CREATE, 0o644)
	if err != nil {
		return err
	}
	return f.Close()
}

// Pivot makes root, which is a mount, the root of this mount namespace and lets go of the old one. A process in a chroot
// whose folder is no mount cannot do that: then it stays at changing its own root.
func Pivot(root string) error {
	if err := os.Chdir(root); err != nil {
		return err
	}
	if err := unix.PivotRoot(".", "."); err == unix.EINVAL {
		return unix.Chroot(".")
	} else if err != nil {
		return fmt.Errorf("pivot_root %s: %w", root, err)
	}
	if err := unix.Unmount(".", unix.MNT_DETACH); err != nil {
		return fmt.Errorf("unmounting the old root: %w", err)
	}
	return os.Chdir("/")
}

// Dev fills an empty folder with a /dev of its own: the harmless devices, taken from the /dev of the caller.
func Dev(dev string, kmsg bool) error {
	if err := os.MkdirAll(dev, 0o755); err != nil {
		return err
	}
	if err := Mount("tmpfs", dev, "tmpfs", unix.MS_NOSUID, "mode=755,size=64m"); err != nil {
		return err
	}
	names := []string{"null", "zero", "full", "random", "urandom", "tty"}
	if kmsg { // kubelet does not start without it: it reads the kernel's out-of-memory messages there
		names = append(names, "kmsg")
	}
	for _, n := range names {
		if _, err := os.Stat("/dev/" + n); err != nil {
			continue
		}
		if err := Bind("/dev/"+n, filepath.Join(dev, n), false); err != nil {
			return err
		}
	}
	for _, d := range []string{"pts", "shm"} {
		if err := os.Mkdir(filepath.Join(dev, d), 0o755); err != nil {
			return err
		}
	}
	if err := Mount("devpts", filepath.Join(dev, "pts"), "devpts", unix.MS_NOSUID|unix.MS_NOEXEC, "newinstance,ptmxmode=0666,mode=620"); err != nil {
		return err
	}
	if err := Mount("tmpfs", filepath.Join(dev, "shm"), "tmpfs", unix.MS_NOSUID|unix.MS_NODEV, "mode=1777"); err != nil {
		return err
	}
	for link, to := range map[string]string{"ptmx": "pts/ptmx", "fd": "/proc/self/fd", "stdin": "fd/0", "stdout": "fd/1", "stderr": "fd/2"} {
		if err := os.Symlink(to, filepath.Join(dev, link)); err != nil {
			return err
		}
	}
	return os.WriteFile(filepath.Join(dev, "console"), nil, 0o600)
}

// Below lists the mounts at or below a folder in this mount namespace, the deepest first.
func Below(dir string) ([]string, error) {
	data, err := os.ReadFile("/proc/self/mountinfo")
	if err != nil {
		return nil, err
	}
	var out []string
	for _, line := range strings.Split(string(data), "\n") {
		f := strings.Fields(line)
		if len(f) > 4 && (f[4] == dir || strings.HasPrefix(f[4], dir+"/")) {
			out = append([]string{f[4]}, out...)
		}
	}
	return out, nil
}
