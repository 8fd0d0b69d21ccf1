package bed

import (
	"os"
	"os/exec"
	"reflect"
	"testing"
)

func TestStateIsSavedWholeAndListed(t *testing.T) {
	t.Setenv("SEAWALL_TESTBED_STATE", t.TempDir()+"/state")
	t.Setenv("SEAWALL_TESTBED_DIR", t.TempDir()+"/beds")
	s := State{Name: "a", Layout: Kubeadm, Keeper: This(), Nodes: []Node{{Name: "cp-0", Roles: []string{"control-plane", "etcd"}}}}
	if err := s.Save(); err != nil {
		t.Fatal(err)
	}
	got, err := LoadLive("a")
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(*got, s) {
		t.Errorf("read %+v, wrote %+v", *got, s)
	}
	if n, err := got.Node("cp-0"); err != nil || !n.Is("etcd") || n.Is("worker") {
		t.Errorf("node: %+v, %v", n, err)
	}
	if _, err := got.Node("cp-1"); err == nil {
		t.Error("a node that is not there was found")
	}
	if all, err := List(); err != nil || len(all) != 1 {
		t.Errorf("list: %v, %v", all, err)
	}
	if err := got.clean(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(stateDir()); !os.IsNotExist(err) {
		t.Errorf("the folder of states is left: %v", err)
	}
}

func TestNamesThatCouldLeaveTheirFolderAreRefused(t *testing.T) {
	for _, name := range []string{"", "..", "a/b", "-a", "a-", "A", "a.b", "0123456789012345678901234567890"} {
		if CheckName(name) == nil {
			t.Errorf("%q was taken", name)
		}
	}
	for _, name := range []string{"a", "a-1", "012345678901234567890123456789"} {
		if err := CheckName(name); err != nil {
			t.Error(err)
		}
	}
}

func TestAProcessIdAloneIsNoIdentity(t *testing.T) {
	if !This().Alive() {
		t.Error("this process is not alive")
	}
	p := This()
	p.Start = "1"
	if p.Alive() {
		t.Error("another process of the same id was taken for this one")
	}
	cmd := exec.Command("true")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	gone := Process{cmd.Process.Pid, startTime(cmd.Process.Pid)}
	cmd.Wait()
	if gone.Alive() {
		t.Error("a process that has ended is alive")
	}
}

func TestLockIsGivenBackAndLeavesNothing(t *testing.T) {
	dir := t.TempDir() + "/state"
	t.Setenv("SEAWALL_TESTBED_STATE", dir)
	for i := 0; i < 2; i++ {
		unlock, err := lockName("a")
		if err != nil {
			t.Fatal(err)
		}
		unlock()
	}
	if _, err := os.Stat(dir); !os.IsNotExist(err) {
		t.Errorf("left: %v", err)
	}
}

func TestChangeOfArguments(t *testing.T) {
	args := []string{"kube-apiserver", "--a=1", "--b", "2", "--c", "--d=4"}
	got := Change(args, []string{"a=9", "--e=5"}, []string{"b", "--c"})
	want := []string{"kube-apiserver", "--d=4", "--a=9", "--e=5"}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestOptionsThatMakeNoSense(t *testing.T) {
	good := Options{Name: "a", ControlPlanes: 1, Layout: Kubeadm}
	for what, change := range map[string]func(o *Options){
		"no control plane":  func(o *Options) { o.ControlPlanes = 0 },
		"too many":          func(o *Options) { o.ControlPlanes = 10 },
		"negative workers":  func(o *Options) { o.Workers = -1 },
		"too many of etcd":  func(o *Options) { o.Etcd = 10 },
		"an unknown layout": func(o *Options) { o.Layout = "other" },
		"a bad name":        func(o *Options) { o.Name = "../x" },
	} {
		o := good
		change(&o)
		if o.check() == nil {
			t.Errorf("%s was taken", what)
		}
	}
}
