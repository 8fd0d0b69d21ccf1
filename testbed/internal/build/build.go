// Package build builds the genuine components from the module proxy and keeps them in a cache, keyed by their version
// and by the hash of go.mod and go.sum: a second build finds everything there and does nothing.
package build

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"seawall.dev/testbed"
)

// Component is one program of the control plane.
type Component struct {
	Name    string // the program's name
	Package string // its main package
	Dir     string // where it lies on a node, below /usr
}

// Components are built in this order: kube-apiserver compiles most of what the others share.
var Components = []Component{
	{"etcd", "go.etcd.io/etcd/server/v3", "local/bin"},
	{"kube-apiserver", "k8s.io/kubernetes/cmd/kube-apiserver", "local/bin"},
	{"kube-controller-manager", "k8s.io/kubernetes/cmd/kube-controller-manager", "local/bin"},
	{"kubelet", "k8s.io/kubernetes/cmd/kubelet", "bin"},
	{"kubeadm", "k8s.io/kubernetes/cmd/kubeadm", "bin"},
	{"kubectl", "k8s.io/kubernetes/cmd/kubectl", "bin"},
	{"kube-scheduler", "k8s.io/kubernetes/cmd/kube-scheduler", "local/bin"},
}

// CacheRoot is the folder of everything that is kept between beds.
func CacheRoot() string {
	if d := os.Getenv("SEAWALL_TESTBED_CACHE"); d != "" {
		return d
	}
	base := os.Getenv("XDG_CACHE_HOME")
	if base == "" {
		home, err := os.UserHomeDir()
		if err != nil {
			home = "/root"
		}
		base = filepath.Join(home, ".cache")
	}
	return filepath.Join(base, "seawall", "testbed")
}

// Dir is the folder of the components of this version.
func Dir() string {
	h := sha256.New()
	h.Write(testbed.GoMod)
	h.Write(testbed.GoSum)
	return filepath.Join(CacheRoot(), testbed.Kubernetes+"-"+hex.EncodeToString(h.Sum(nil))[:12])
}

// Layer is the folder that lies over a node's /usr: the components, and nothing else.
func Layer() string { return filepath.Join(Dir(), "usr") }

// Path is where a component lies in the cache.
func (c Component) Path() string { return filepath.Join(Layer(), c.Dir, c.Name) }

// Missing lists the components that are not in the cache.
func Missing() []Component {
	var m []Component
	for _, c := range Components {
		if st, err := os.Stat(c.Path()); err != nil || !st.Mode().IsRegular() {
			m = append(m, c)
		}
	}
	return m
}

// Binaries maps each component's name to its path in the cache.
func Binaries() map[string]string {
	out := map[string]string{}
	for _, c := range Components {
		out[c.Name] = c.Path()
	}
	return out
}

// All builds whatever is missing and tells progress how far it is.
func All(ctx context.Context, progress io.Writer) error {
	if len(Missing()) == 0 {
		fmt.Fprintf(progress, "components of %s: all in the cache\n", testbed.Kubernetes)
		return nil
	}
	for _, d := range []string{"bin", "local/bin", "lib/systemd/system"} {
		if err := os.MkdirAll(filepath.Join(Layer(), d), 0o755); err != nil {
			return err
		}
	}
	unlock, err := lock(filepath.Join(Dir(), "lock"))
	if err != nil {
		return err
	}
	defer unlock()
	// The components' module graph needs a main module: this module's own go.mod and go.sum, in a folder of their own.
	src := filepath.Join(Dir(), "module")
	if err := os.MkdirAll(src, 0o755); err != nil {
		return err
	}
	for name, data := range map[string][]byte{"go.mod": testbed.GoMod, "go.sum": testbed.GoSum} {
		if err := os.WriteFile(filepath.Join(src, name), data, 0o644); err != nil {
			return err
		}
	}
	missing := Missing() // again: another build may have ended while this one waited for the lock
	for i, c := range missing {
		start := time.Now()
		fmt.Fprintf(progress, "building %s (%d of %d)\n", c.Name, i+1, len(missing))
		if err := one(ctx, src, c, progress); err != nil {
			return fmt.Errorf("building %s: %w", c.Name, err)
		}
		fmt.Fprintf(progress, "built %s in %.0f s\n", c.Name, time.Since(start).Seconds())
	}
	return nil
}

func one(ctx context.Context, src string, c Component, progress io.Writer) error {
	tmp := c.Path() + ".new" // renamed when whole: a build that was interrupted leaves nothing that looks finished
	defer os.Remove(tmp)
	version := "k8s.io/component-base/version."
	numbers := strings.SplitN(strings.TrimPrefix(testbed.Kubernetes, "v"), ".", 3)
	flags := "-s -w -X " + version + "gitVersion=" + testbed.Kubernetes +
		" -X " + version + "gitMajor=" + numbers[0] + " -X " + version + "gitMinor=" + numbers[1]
	cmd := exec.CommandContext(ctx, "go", "build", "-trimpath", "-buildvcs=false", "-ldflags", flags, "-o", tmp, c.Package)
	cmd.Dir = src
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOWORK=off", "GOFLAGS=-mod=readonly")
	cmd.Stdout, cmd.Stderr = progress, progress
	if err := cmd.Run(); err != nil {
		return err
	}
	return os.Rename(tmp, c.Path())
}

// lock takes an exclusive lock on a file and returns how to give it back.
func lock(path string) (func(), error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o644)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX); err != nil {
		f.Close()
		return nil, err
	}
	return func() { f.Close() }, nil
}

// PrepareLayer adds to the layer what mounts of a node need to be there, and keeps the host's own /usr/local out.
func PrepareLayer() error {
	for _, d := range []string{"bin", "local/bin", "lib/systemd/system"} {
		if err := os.MkdirAll(filepath.Join(Layer(), d), 0o755); err != nil {
			return err
		}
	}
	f, err := os.OpenFile(filepath.Join(Layer(), "local/bin/procruntime"), os.O_CREATE, 0o755)
	if err != nil {
		return err
	}
	f.Close()
	// Where the file system has no such attributes the host's programs are seen, too, which does no harm.
	syscall.Setxattr(filepath.Join(Layer(), "local"), "trusted.overlay.opaque", []byte("y"), 0)
	return nil
}
