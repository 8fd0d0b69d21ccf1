package cri

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"

	api "k8s.io/cri-api/pkg/apis/runtime/v1"
)

// Spec is what a container's first process needs to know to become the container.
type Spec struct {
	Args     []string
	Env      []string
	Dir      string
	Program  string // the image: one program; empty: the node's /usr
	Mounts   []Mount
	ReadOnly bool
	UID, GID int
	Groups   []int
}

// Mount is one CRI mount.
type Mount struct {
	Host, Container     string
	ReadOnly, Recursive bool
	Propagation         uintptr
}

func specOf(c *api.ContainerConfig) (Spec, error) {
	s := Spec{Dir: c.WorkingDir, Program: program(c.GetImage().GetImage())}
	s.Args = append(append([]string{}, c.Command...), c.Args...)
	if len(c.Command) == 0 && s.Program != "" {
		s.Args = append([]string{s.Program}, s.Args...)
	}
	if len(s.Args) == 0 {
		return s, errors.New("no command, and images have no entry point here")
	}
	s.Env = []string{"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"}
	for _, e := range c.Envs {
		s.Env = append(s.Env, e.Key+"="+string(e.Value))
	}
	for _, m := range c.Mounts {
		p := map[api.MountPropagation]uintptr{
			api.MountPropagation_PROPAGATION_PRIVATE:           syscall.MS_PRIVATE,
			api.MountPropagation_PROPAGATION_HOST_TO_CONTAINER: syscall.MS_SLAVE,
			api.MountPropagation_PROPAGATION_BIDIRECTIONAL:     syscall.MS_SHARED,
		}[m.Propagation]
		s.Mounts = append(s.Mounts, Mount{Host: m.HostPath, Container: m.ContainerPath, ReadOnly: m.Readonly, Recursive: m.RecursiveReadOnly, Propagation: p})
	}
	sc := c.GetLinux().GetSecurityContext()
	s.ReadOnly = sc.GetReadonlyRootfs()
	s.UID, s.GID = int(sc.GetRunAsUser().GetValue()), int(sc.GetRunAsGroup().GetValue())
	for _, g := range sc.GetSupplementalGroups() {
		s.Groups = append(s.Groups, int(g))
	}
	return s, nil
}

// start starts a container: this program again, in a mount namespace of its own, which makes the root and then becomes
// the container's program. It returns when that has happened, or with what went wrong before.
func start(c *container) (*exec.Cmd, error) {
	spec, err := specOf(c.config)
	if err != nil {
		return nil, err
	}
	if c.log, err = openLog(c.logPath); err != nil {
		return nil, err
	}
	cmd, failed, err := launch(spec, c.log)
	if err != nil {
		c.log.close()
		return nil, err
	}
	if failed != "" {
		cmd.Wait()
		c.log.close()
		return nil, errors.New(failed)
	}
	return cmd, nil
}

func launch(spec Spec, log *logFile) (*exec.Cmd, string, error) {
	data, err := json.Marshal(spec)
	if err != nil {
		return nil, "", err
	}
	specR, specW, err := os.Pipe()
	if err != nil {
		return nil, "", err
	}
	errR, errW, err := os.Pipe()
	if err != nil {
		return nil, "", err
	}
	outR, outW, err := os.Pipe()
	if err != nil {
		return nil, "", err
	}
	err2R, err2W, err := os.Pipe()
	if err != nil {
		return nil, "", err
	}
	cmd := &exec.Cmd{Path: "/proc/self/exe", Args: []string{"container-init"}, Dir: "/", Stdout: outW, Stderr: err2W, Env: []string{},
		ExtraFiles: []*os.File{specR, errW}, SysProcAttr: &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNS, Setsid: true}}
	err = cmd.Start()
	for _, f := range []*os.File{specR, errW, outW, err2W} {
		f.Close()
	}
	if err != nil {
		for _, f := range []*os.File{specW, errR, outR, err2R} {
			f.Close()
		}
		return nil, "", err
	}
	go log.copy(outR, "stdout")
	go log.copy(err2R, "stderr")
	specW.Write(data)
	specW.Close()
	failed, _ := io.ReadAll(errR) // its other end closes when the program is executed
	errR.Close()
	return cmd, string(failed), nil
}

// ContainerMain is the program's life as a container's first process: it ends by becoming the container's program.
func ContainerMain() {
	report := os.NewFile(4, "report")
	syscall.CloseOnExec(4)
	err := become(os.NewFile(3, "spec"))
	fmt.Fprint(report, err)
	os.Exit(127)
}

func become(r *os.File) error {
	data, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	r.Close()
	var s Spec
	if err := json.Unmarshal(data, &s); err != nil {
		return err
	}
	if err := enterRoot(s); err != nil {
		return err
	}
	path, err := find(s.Args[0])
	if err != nil {
		return err
	}
	if s.Dir != "" {
		os.MkdirAll(s.Dir, 0o755)
		if err := os.Chdir(s.Dir); err != nil {
			return err
		}
	}
	if s.UID != 0 || s.GID != 0 || len(s.Groups) != 0 {
		if err := syscall.Setgroups(s.Groups); err != nil {
			return err
		}
		if err := syscall.Setgid(s.GID); err != nil {
			return err
		}
		if err := syscall.Setuid(s.UID); err != nil {
			return err
		}
	}
	return fmt.Errorf("%s: %w", path, syscall.Exec(path, s.Args, s.Env))
}

func find(name string) (string, error) {
	if filepath.IsAbs(name) {
		return name, nil
	}
	for _, d := range []string{"/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin"} {
		p := filepath.Join(d, name)
		if st, err := os.Stat(p); err == nil && st.Mode().IsRegular() {
			return p, nil
		}
	}
	return "", fmt.Errorf("%s: no such program in the image", name)
}
