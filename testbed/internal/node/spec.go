// Package node makes a node: a file tree, and a process that is process 1 of namespaces of its own with that tree as
// its root.
package node

import (
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"seawall.dev/testbed/internal/build"
)

// Init says what runs as process 1 of a node.
type Init string

const (
	// Small is this program: it runs kubelet and the container runtime as kubeadm's systemd units would.
	Small Init = "small"
	// Systemd is Debian's systemd.
	Systemd Init = "systemd"
)

// Spec is what a node is made from.
type Spec struct {
	Name    string
	Address string // IPv4
	Root    string // the node's file tree, as the host sees it
	Init    Init
	Usr     []string // read-only folders that together are the node's /usr, the topmost first
	Self    string   // this program, which is the container runtime on the node
	Cgroups []string // the node's cgroups, as the host sees them
}

// UnitDir is the one folder below /usr that belongs to the node itself: packages put unit files there.
const UnitDir = "usr/lib/systemd/system"

// Prepare makes the node's file tree. base is a file tree to copy everything but /usr from; empty for the host's own
// programs with next to nothing in /etc.
func Prepare(s Spec, base string) error {
	if base != "" {
		if err := copyTree(base, s.Root); err != nil {
			return err
		}
	}
	for _, d := range []string{"etc/kubernetes/manifests", "etc/ssl/certs", "etc/default", "var/lib/kubelet", "var/log/pods", "run", "tmp", "root",
		"proc", "sys", "dev", "usr", "opt", "home", "mnt", "srv", UnitDir} {
		if err := os.MkdirAll(filepath.Join(s.Root, d), 0o755); err != nil {
			return err
		}
	}
	os.Chmod(filepath.Join(s.Root, "root"), 0o700)
	os.Chmod(filepath.Join(s.Root, "tmp"), 0o777|os.ModeSticky)
	id := make([]byte, 16)
	rand.Read(id)
	files := map[string]string{
		"etc/hostname":    s.Name + "\n",
		"etc/hosts":       "127.0.0.1 localhost\n" + s.Address + " " + s.Name + "\n",
		"etc/resolv.conf": "",
		"etc/machine-id":  hex.EncodeToString(id) + "\n",
	}
	for f, text := range files {
		p := filepath.Join(s.Root, f)
		os.Remove(p) // a link, as resolv.conf may be in a base, would be written through
		if err := os.WriteFile(p, []byte(text), 0o644); err != nil {
			return err
		}
	}
	if base != "" {
		return nil
	}
	for _, f := range []string{"etc/os-release", "etc/passwd", "etc/group", "etc/nsswitch.conf", "etc/ssl/certs/ca-certificates.crt", "etc/ld.so.cache"} {
		if data, err := os.ReadFile("/" + f); err == nil {
			if err := os.WriteFile(filepath.Join(s.Root, f), data, 0o644); err != nil {
				return err
			}
		}
	}
	for _, d := range []string{"bin", "sbin", "lib", "lib32", "lib64", "libx32"} { // links into /usr; on an older host folders, which are mounted
		if to, err := os.Readlink("/" + d); err == nil {
			if err := os.Symlink(to, filepath.Join(s.Root, d)); err != nil && !os.IsExist(err) {
				return err
			}
		}
	}
	return nil
}

// HostUsr are the layers of a node that uses the host's own programs.
func HostUsr() []string { return []string{build.Layer(), "/usr"} }

// copyTree copies a file tree except its /usr. Modes, owners and links are kept; what is no file, folder or link is
// left out.
func copyTree(from, to string) error {
	return filepath.WalkDir(from, func(p string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(from, p)
		if err != nil {
			return err
		}
		if rel == "usr" {
			return filepath.SkipDir
		}
		dst := filepath.Join(to, rel)
		info, err := d.Info()
		if err != nil {
			return err
		}
		switch {
		case d.IsDir():
			if err := os.MkdirAll(dst, 0o755); err != nil {
				return err
			}
		case info.Mode()&fs.ModeSymlink != 0:
			link, err := os.Readlink(p)
			if err != nil {
				return err
			}
			return os.Symlink(link, dst)
		case info.Mode().IsRegular():
			data, err := os.ReadFile(p)
			if err != nil {
				return err
			}
			if err := os.WriteFile(dst, data, 0o600); err != nil {
				return err
			}
		default:
			return nil
		}
		uid, gid := owner(info)
		if err := os.Lchown(dst, uid, gid); err != nil {
			return err
		}
		return os.Chmod(dst, info.Mode()) // after chown, which takes set-id bits away
	})
}

// lowerdir is the option of overlayfs for layers.
func lowerdir(layers []string) (string, error) {
	for _, l := range layers {
		if strings.ContainsAny(l, ":,\\") {
			return "", fmt.Errorf("%s: overlayfs takes no : or , in a path", l)
		}
	}
	return "lowerdir=" + strings.Join(layers, ":"), nil
}
