// Package systemd has what a control plane without kubeadm's static pods is made of: Debian's own systemd in a file tree
// of its own, and units, drop-ins and environment files of the classic kind.
package systemd

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"seawall.dev/testbed/internal/build"
)

// packages are what a node needs beyond a minimal Debian.
const packages = "systemd,systemd-sysv,dbus,procps,iproute2,mount,ca-certificates"

// Base makes the file tree that every node with systemd begins as, by debootstrap, and keeps it in the cache.
func Base(ctx context.Context, progress io.Writer) (string, error) {
	suite, err := codename()
	if err != nil {
		return "", err
	}
	dir := filepath.Join(build.CacheRoot(), "debian-"+suite+"-"+runtime.GOARCH)
	if err := os.MkdirAll(build.CacheRoot(), 0o755); err != nil {
		return "", err
	}
	lock, err := os.OpenFile(dir+".lock", os.O_CREATE|os.O_RDWR, 0o644)
	if err != nil {
		return "", err
	}
	defer lock.Close()
	if err := unix.Flock(int(lock.Fd()), unix.LOCK_EX); err != nil {
		return "", err
	}
	if _, err := os.Stat(dir); err == nil {
		return dir, nil
	}
	tool, err := exec.LookPath("debootstrap")
	if err != nil {
		return "", errors.New("the layout systemd needs debootstrap: apt-get install debootstrap")
	}
	mirror, err := mirror("/etc/apt", suite)
	if err != nil {
		return "", err
	}
	tmp := dir + ".new" // renamed when whole
	if err := os.RemoveAll(tmp); err != nil {
		return "", err
	}
	begin := time.Now()
	fmt.Fprintf(progress, "making a Debian %s with systemd, once\n", suite)
	// In a chroot the root is no mount, and unshare's own way to keep mounts private fails.
	const private = `mount --make-rprivate / 2>/dev/null; exec "$0" "$@"`
	cmd := exec.CommandContext(ctx, "unshare", "--mount", "--propagation", "unchanged", "--pid", "--fork", "sh", "-c", private,
		tool, "--variant=minbase", "--include="+packages, suite, tmp, mirror)
	log, err := os.Create(tmp + ".log")
	if err != nil {
		return "", err
	}
	defer os.Remove(tmp + ".log")
	defer log.Close()
	cmd.Stdout, cmd.Stderr, cmd.Env = log, log, append(os.Environ(), "LC_ALL=C")
	if err := cmd.Run(); err != nil {
		text, _ := os.ReadFile(tmp + ".log")
		if len(text) > 2000 {
			text = text[len(text)-2000:]
		}
		os.RemoveAll(tmp)
		return "", fmt.Errorf("debootstrap: %w\n%s", err, text)
	}
	for _, d := range []string{"var/cache/apt", "var/lib/apt/lists", "usr/share/doc", "usr/share/man", "usr/share/locale"} {
		os.RemoveAll(filepath.Join(tmp, d))
	}
	fmt.Fprintf(progress, "made it in %.0f s\n", time.Since(begin).Seconds())
	return dir, os.Rename(tmp, dir)
}

func codename() (string, error) {
	f, err := os.Open("/etc/os-release")
	if err != nil {
		return "", err
	}
	defer f.Close()
	for s := bufio.NewScanner(f); s.Scan(); {
		if v, ok := strings.CutPrefix(s.Text(), "VERSION_CODENAME="); ok {
			return strings.Trim(v, `"'`), nil
		}
	}
	return "", errors.New("/etc/os-release has no VERSION_CODENAME: the layout systemd needs a Debian to take packages like its own from")
}

// mirror finds where this machine takes a suite's packages from: in sources.list, one line each, or in *.sources, in
// paragraphs.
func mirror(apt, suite string) (string, error) {
	files, _ := filepath.Glob(filepath.Join(apt, "sources.list.d", "*"))
	for _, f := range append([]string{filepath.Join(apt, "sources.list")}, files...) {
		data, err := os.ReadFile(f)
		if err != nil {
			continue
		}
		find := oneLine
		if strings.HasSuffix(f, ".sources") {
			find = paragraphs
		}
		if uri := find(string(data), suite); uri != "" {
			return uri, nil
		}
	}
	return "", fmt.Errorf("no source for %s in %s", suite, apt)
}

func oneLine(text, suite string) string {
	for _, line := range strings.Split(text, "\n") {
		f := strings.Fields(line)
		if len(f) < 4 || f[0] != "deb" {
			continue
		}
		f = f[1:]
		if strings.HasPrefix(f[0], "[") {
			for len(f) > 0 && !strings.HasSuffix(f[0], "]") {
				f = f[1:]
			}
			if len(f) > 0 {
				f = f[1:]
			}
		}
		if len(f) >= 3 && f[1] == suite && has(f[2:], "main") {
			return f[0]
		}
	}
	return ""
}

func paragraphs(text, suite string) string {
	for _, p := range strings.Split(text, "\n\n") {
		fields := map[string][]string{}
		for _, line := range strings.Split(p, "\n") {
			if k, v, ok := strings.Cut(line, ":"); ok && !strings.HasPrefix(line, "#") && !strings.HasPrefix(line, " ") {
				fields[strings.ToLower(k)] = strings.Fields(v)
			}
		}
		if has(fields["types"], "deb") && has(fields["suites"], suite) && has(fields["components"], "main") && len(fields["uris"]) > 0 && !has(fields["enabled"], "no") {
			return fields["uris"][0]
		}
	}
	return ""
}

func has(list []string, want string) bool {
	for _, s := range list {
		if s == want {
			return true
		}
	}
	return false
}

// masked are units that have no place on a node: no terminal is attached, and the machine's own time, devices and
// kernel are not the node's affair.
var masked = []string{"console-getty.service", "getty@.service", "systemd-timesyncd.service", "apt-daily.timer", "apt-daily-upgrade.timer", "dpkg-db-backup.timer",
	"fstrim.timer", "e2scrub_all.timer", "systemd-udevd.service", "systemd-udev-trigger.service", "systemd-modules-load.service", "systemd-sysctl.service",
	"sys-kernel-debug.mount", "sys-kernel-tracing.mount", "sys-fs-fuse-connections.mount", "dev-hugepages.mount"}

// Mask masks those units in a node's tree.
func Mask(root string) error {
	dir := filepath.Join(root, "etc/systemd/system")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	for _, u := range masked {
		os.Remove(filepath.Join(dir, u))
		if err := os.Symlink("/dev/null", filepath.Join(dir, u)); err != nil {
			return err
		}
	}
	return nil
}
