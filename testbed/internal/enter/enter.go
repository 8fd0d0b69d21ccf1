// Package enter runs functions and commands inside the namespaces of another process.
package enter

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"

	"golang.org/x/sys/unix"
)

// All are the namespaces that make a node, in the order in which they have to be entered: the mount namespace last,
// because /proc is needed until then.
var All = []string{"cgroup", "ipc", "uts", "net", "pid", "mnt"}

// NetOnly is the network namespace alone: the command sees the files of the caller.
var NetOnly = []string{"net"}

// Nobody but main may run on the main thread: /proc shows its namespaces as the process's, Go cannot throw it away, and whoever
// entered "the bed" by the process would be in the node that was entered last.
func init() { runtime.LockOSThread() }

// Do runs f on a thread that is in the named namespaces of pid. The thread ends with f.
func Do(pid int, namespaces []string, f func() error) error { return do(pid, namespaces, nil, f) }

// do is Do that moves the thread into cgroups first.
func do(pid int, namespaces, cgroups []string, f func() error) error {
	done := make(chan error, 1)
	go func() {
		runtime.LockOSThread() // and never unlocked: Go throws the thread away with the goroutine
		done <- func() error {
			for _, d := range cgroups { // threads have a cgroup of their own in version 1 only, where the file is called tasks
				if _, err := os.Stat(filepath.Join(d, "tasks")); err == nil {
					os.WriteFile(filepath.Join(d, "tasks"), []byte(fmt.Sprint(unix.Gettid())), 0)
				}
			}
			if err := enter(pid, namespaces); err != nil {
				return err
			}
			return f()
		}()
	}()
	return <-done
}

func enter(pid int, namespaces []string) error {
	if err := unix.Unshare(unix.CLONE_FS); err != nil { // a thread that shares its root with others may not change mount namespace
		return fmt.Errorf("unshare: %w", err)
	}
	var files []*os.File
	defer func() {
		for _, f := range files {
			f.Close()
		}
	}()
	for _, n := range namespaces {
		f, err := os.Open(fmt.Sprintf("/proc/%d/ns/%s", pid, n))
		if err != nil {
			return err
		}
		files = append(files, f)
	}
	// The process's root may be another one than its mount namespace's.
	root, err := os.Open(fmt.Sprintf("/proc/%d/root", pid))
	if err != nil {
		return err
	}
	defer root.Close()
	for i, f := range files {
		if err := unix.Setns(int(f.Fd()), 0); err != nil {
			return fmt.Errorf("entering the %s namespace of process %d: %w", namespaces[i], pid, err)
		}
		if namespaces[i] != "mnt" {
			continue
		}
		if err := unix.Fchdir(int(root.Fd())); err != nil {
			return err
		}
		if err := unix.Chroot("."); err != nil {
			return err
		}
	}
	return nil
}

// Options say how Run runs a command.
type Options struct {
	Namespaces []string      // All if empty
	Cgroups    []string      // folders of the node's cgroups, as the caller sees them
	Started    func(pid int) // called with the command's process id, as the caller sees it
	Own        bool          // keep the caller's environment
}

// Env is the environment of a command on a node.
var Env = []string{"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME=/root", "LANG=C.UTF-8"}

// Run starts cmd in the namespaces of pid and waits for it. cmd.Path is looked up there. The command is killed when
// the caller dies.
func Run(pid int, cmd *exec.Cmd, o Options) error {
	if o.Namespaces == nil {
		o.Namespaces = All
	}
	if !o.Own {
		cmd.Env = append(append([]string{}, Env...), cmd.Env...)
	}
	self, err := os.Open("/proc/self/exe") // in the other mount namespace it may have no name
	if err != nil {
		return err
	}
	defer self.Close()
	return do(pid, o.Namespaces, o.Cgroups, func() error {
		path := cmd.Args[0]
		if !strings.Contains(path, "/") {
			var err error
			if path, err = look(path); err != nil {
				return err
			}
		}
		if _, err := os.Stat(path); err != nil {
			return err
		}
		cmd.Path, cmd.Err = fmt.Sprintf("/proc/self/fd/%d", self.Fd()), nil
		cmd.Args = append([]string{MainName, path}, cmd.Args...)
		if cmd.Dir == "" && len(o.Namespaces) == len(All) {
			cmd.Dir = "/"
		}
		if err := cmd.Start(); err != nil {
			return err
		}
		if o.Started != nil {
			o.Started(cmd.Process.Pid)
		}
		return cmd.Wait()
	})
}

// look finds a program in the PATH of Env, in the file tree of the calling thread.
func look(name string) (string, error) {
	for _, d := range strings.Split(strings.TrimPrefix(Env[0], "PATH="), ":") {
		p := filepath.Join(d, name)
		if st, err := os.Stat(p); err == nil && st.Mode().IsRegular() && st.Mode()&0o111 != 0 {
			return p, nil
		}
	}
	return "", fmt.Errorf("%s: not found on the node", name)
}

// MainName is the name under which this program is started in the other namespaces.
const MainName = "enter-init"

// Main asks to be killed when the process that entered the namespaces dies and becomes the command. Go's own way to ask
// for that takes a parent in another PID namespace for one that has died already.
func Main() {
	if err := unix.Prctl(unix.PR_SET_PDEATHSIG, uintptr(unix.SIGKILL), 0, 0, 0); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(126)
	}
	fmt.Fprintf(os.Stderr, "%s: %v\n", os.Args[1], unix.Exec(os.Args[1], os.Args[2:], os.Environ()))
	os.Exit(126)
}
