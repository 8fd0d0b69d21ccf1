package cri

import (
	"fmt"
	"os"
	"path/filepath"
	"sort"
	"strings"

	"golang.org/x/sys/unix"

	"seawall.dev/testbed/internal/mnt"
)

// rootDir is where a container's root is put together: in a mount namespace of its own, so all use the same folder.
const rootDir = "/run/procruntime/root"

// enterRoot makes the container's root and makes it the root of this process. What is there: the image, /proc, /dev,
// /sys read-only, an empty /tmp, and exactly the container's mounts.
func enterRoot(s Spec) error {
	if err := mnt.Private(); err != nil {
		return err
	}
	if err := os.MkdirAll(rootDir, 0o755); err != nil {
		return err
	}
	if err := mnt.Mount("tmpfs", rootDir, "tmpfs", 0, "mode=755"); err != nil {
		return err
	}
	for dir, mode := range map[string]os.FileMode{"tmp": 0o1777, "etc": 0o755, "var": 0o755, "run": 0o755, "root": 0o700, "proc": 0o555, "sys": 0o555} {
		if err := os.Mkdir(filepath.Join(rootDir, dir), mode.Perm()); err != nil {
			return err
		}
	}
	if err := os.Chmod(filepath.Join(rootDir, "tmp"), 0o777|os.ModeSticky); err != nil {
		return err
	}
	if err := mnt.Bind("/proc", filepath.Join(rootDir, "proc"), true); err != nil { // with what the node hides in it
		return err
	}
	if err := mnt.BindRO("/sys", filepath.Join(rootDir, "sys"), true); err != nil {
		return err
	}
	if err := mnt.Dev(filepath.Join(rootDir, "dev"), false); err != nil {
		return err
	}
	if err := image(s.Program); err != nil {
		return err
	}
	for _, m := range ordered(s.Mounts) {
		if err := mountInto(rootDir, m); err != nil {
			return fmt.Errorf("mount of %s on %s: %w", m.Host, m.Container, err)
		}
	}
	if s.ReadOnly {
		if err := mnt.ReadOnly(rootDir, false); err != nil {
			return err
		}
	}
	return mnt.Pivot(rootDir)
}

// image puts the container's image into the root: one program, or the node's /usr.
func image(program string) error {
	if program != "" {
		return mnt.BindRO(program, filepath.Join(rootDir, program), false)
	}
	if err := mnt.BindRO("/usr", filepath.Join(rootDir, "usr"), true); err != nil {
		return err
	}
	for _, d := range []string{"bin", "sbin", "lib", "lib32", "lib64", "libx32"} {
		if to, err := os.Readlink("/" + d); err == nil {
			if err := os.Symlink(to, filepath.Join(rootDir, d)); err != nil {
				return err
			}
		} else if _, err := os.Stat("/" + d); err == nil {
			if err := mnt.BindRO("/"+d, filepath.Join(rootDir, d), true); err != nil {
				return err
			}
		}
	}
	return nil
}

// ordered sorts mounts so that none hides another that lies below it.
func ordered(ms []Mount) []Mount {
	out := append([]Mount{}, ms...)
	depth := func(m Mount) int { return strings.Count(filepath.Clean(m.Container), "/") }
	sort.SliceStable(out, func(i, j int) bool { return depth(out[i]) < depth(out[j]) })
	return out
}

// mountInto makes one CRI mount. As other runtimes do, it makes a host folder that is not there: kubelet has already
// refused what the pod's hostPath type forbids.
func mountInto(root string, m Mount) error {
	if _, err := os.Stat(m.Host); os.IsNotExist(err) {
		if err := os.MkdirAll(m.Host, 0o755); err != nil {
			return err
		}
	}
	host, err := filepath.EvalSymlinks(m.Host)
	if err != nil {
		return err
	}
	target, err := within(root, m.Container)
	if err != nil {
		return err
	}
	if err := mnt.Bind(host, target, true); err != nil {
		return err
	}
	if m.ReadOnly {
		if err := mnt.ReadOnly(target, m.Recursive); err != nil {
			return err
		}
	}
	if m.Propagation == 0 {
		m.Propagation = unix.MS_PRIVATE
	}
	return mnt.Mount("", target, "", unix.MS_REC|m.Propagation, "")
}

// within is the place of an absolute path below root, links followed as they would be if root were the root.
func within(root, path string) (string, error) {
	at := root
	rest := strings.Split(strings.Trim(filepath.Clean("/"+path), "/"), "/")
	for links := 0; len(rest) > 0; {
		name := rest[0]
		rest = rest[1:]
		if name == "" || name == "." {
			continue
		}
		if name == ".." {
			if at != root {
				at = filepath.Dir(at)
			}
			continue
		}
		to, err := os.Readlink(filepath.Join(at, name))
		if err != nil {
			at = filepath.Join(at, name)
			continue
		}
		if links++; links > 40 {
			return "", fmt.Errorf("%s: too many links", path)
		}
		if filepath.IsAbs(to) {
			at = root
		}
		rest = append(strings.Split(strings.Trim(to, "/"), "/"), rest...)
	}
	return at, nil
}
