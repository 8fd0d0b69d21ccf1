package cri

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	api "k8s.io/cri-api/pkg/apis/runtime/v1"
)

func TestMain(m *testing.M) {
	if os.Args[0] == "container-init" {
		ContainerMain()
	}
	status := m.Run()
	os.Remove(rootDir)
	os.Remove(filepath.Dir(rootDir))
	os.Exit(status)
}

func TestMountsAreMadeFromTheRootDown(t *testing.T) {
	var got []string
	for _, m := range ordered([]Mount{{Container: "/a/b/c"}, {Container: "/z"}, {Container: "/a/b/"}, {Container: "/a"}}) {
		got = append(got, filepath.Clean(m.Container))
	}
	if s := strings.Join(got, " "); s != "/z /a /a/b /a/b/c" {
		t.Error(s)
	}
}

func TestLinksInAnImageDoNotLeadOut(t *testing.T) {
	root := t.TempDir()
	for link, to := range map[string]string{"abs": "/etc", "up": "../../../../etc", "loop": "loop"} {
		if err := os.Symlink(to, filepath.Join(root, link)); err != nil {
			t.Fatal(err)
		}
	}
	for path, want := range map[string]string{"/abs/x": "/etc/x", "/up/x": "/etc/x", "/a/../../b": "/b", "/": "", "plain": "/plain"} {
		got, err := within(root, path)
		if err != nil || got != root+want {
			t.Errorf("%s: %s, %v", path, got, err)
		}
	}
	if _, err := within(root, "/loop"); err == nil {
		t.Error("a link to itself was followed to an end")
	}
}

func TestSpecKeepsWhatTheContainerAsksFor(t *testing.T) {
	c := &api.ContainerConfig{Image: &api.ImageSpec{Image: "busybox"}, Command: []string{"sh"}, Args: []string{"-c", "true"},
		Envs:   []*api.KeyValue{{Key: "A", Value: []byte("b")}},
		Mounts: []*api.Mount{{HostPath: "/h", ContainerPath: "/c", Readonly: true, Propagation: api.MountPropagation_PROPAGATION_HOST_TO_CONTAINER}},
		Linux: &api.LinuxContainerConfig{SecurityContext: &api.LinuxContainerSecurityContext{RunAsUser: &api.Int64Value{Value: 7},
			SupplementalGroups: []int64{8}, ReadonlyRootfs: true}}}
	s, err := specOf(c)
	if err != nil {
		t.Fatal(err)
	}
	if strings.Join(s.Args, " ") != "sh -c true" || s.Env[1] != "A=b" || s.UID != 7 || s.Groups[0] != 8 || !s.ReadOnly {
		t.Errorf("%+v", s)
	}
	if m := s.Mounts[0]; m.Host != "/h" || m.Container != "/c" || !m.ReadOnly || m.Propagation != syscall.MS_SLAVE {
		t.Errorf("%+v", m)
	}
	if _, err := specOf(&api.ContainerConfig{Image: &api.ImageSpec{Image: "busybox"}}); err == nil {
		t.Error("an image without a program was taken without a command")
	}
}

// run runs a shell command in a container with these mounts and returns its log.
func run(t *testing.T, s Spec, script string) string {
	t.Helper()
	if testing.Short() {
		t.Skip("-short")
	}
	if os.Geteuid() != 0 {
		t.Fatal("containers need root")
	}
	path := filepath.Join(t.TempDir(), "log")
	l, err := openLog(path)
	if err != nil {
		t.Fatal(err)
	}
	s.Args = []string{"sh", "-c", script}
	cmd, failed, err := launch(s, l)
	if err != nil || failed != "" {
		t.Fatal(err, failed)
	}
	cmd.Wait()
	for l.copying() {
	}
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	for _, line := range strings.Split(strings.TrimSpace(string(data)), "\n") {
		f := strings.SplitN(line, " ", 4)
		if len(f) == 4 {
			out.WriteString(f[3] + "\n")
		}
	}
	return out.String()
}

func TestAContainerSeesExactlyItsMounts(t *testing.T) {
	host := t.TempDir()
	for _, f := range []string{"in/a", "in/sub/b", "out/secret", "file"} {
		os.MkdirAll(filepath.Dir(filepath.Join(host, f)), 0o755)
		if err := os.WriteFile(filepath.Join(host, f), []byte("text of "+f), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	s := Spec{Mounts: []Mount{{Host: host + "/in", Container: "/elsewhere/inside", ReadOnly: true}, {Host: host + "/file", Container: "/elsewhere/one"},
		{Host: host + "/made", Container: "/made"}}}
	out := run(t, s, `cat /elsewhere/inside/sub/b; echo; cat /elsewhere/one; echo
ls /elsewhere; test -e `+host+` || echo no host path; test -e /etc/ssl || echo no certificates; test -e /home || echo no home
echo x 2>/dev/null > /elsewhere/inside/new || echo read-only
echo y > /elsewhere/one && echo writable; echo z > /made/z && echo made; ls / | tr '\n' ' '`)
	for _, want := range []string{"text of in/sub/b", "text of file", "inside\none\n", "no host path", "no certificates", "no home", "read-only", "writable", "made"} {
		if !strings.Contains(out, want) {
			t.Errorf("no %q in:\n%s", want, out)
		}
	}
	if data, _ := os.ReadFile(host + "/file"); string(data) != "y\n" {
		t.Errorf("what the container wrote is not there: %q", data)
	}
	if data, _ := os.ReadFile(host + "/made/z"); string(data) != "z\n" {
		t.Errorf("a host folder that was not there: %q", data)
	}
}

func TestAContainerRunsAsItsUserInAReadOnlyRoot(t *testing.T) {
	out := run(t, Spec{UID: 12, GID: 13, Groups: []int{14}, ReadOnly: true, Dir: "/tmp"}, "id -u; id -g; id -G; pwd; touch /x 2>/dev/null || echo refused")
	if want := "12\n13\n13 14\n/tmp\nrefused\n"; out != want {
		t.Errorf("%q, want %q", out, want)
	}
}

func TestNothingOfAContainerShowsOutside(t *testing.T) {
	before, err := os.ReadFile("/proc/self/mountinfo")
	if err != nil {
		t.Fatal(err)
	}
	run(t, Spec{}, "mount -t tmpfs none /tmp")
	after, err := os.ReadFile("/proc/self/mountinfo")
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(before, after) {
		t.Errorf("mounts before:\n%s\nafter:\n%s", before, after)
	}
}
