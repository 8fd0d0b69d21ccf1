package build

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"seawall.dev/testbed"
)

func TestCacheIsWhereTheEnvironmentSays(t *testing.T) {
	t.Setenv("SEAWALL_TESTBED_CACHE", "/a")
	if got := CacheRoot(); got != "/a" {
		t.Error(got)
	}
	t.Setenv("SEAWALL_TESTBED_CACHE", "")
	t.Setenv("XDG_CACHE_HOME", "/b")
	if got := CacheRoot(); got != "/b/seawall/testbed" {
		t.Error(got)
	}
	t.Setenv("XDG_CACHE_HOME", "")
	t.Setenv("HOME", "/c")
	if got := CacheRoot(); got != "/c/.cache/seawall/testbed" {
		t.Error(got)
	}
	if !strings.HasPrefix(filepath.Base(Dir()), testbed.Kubernetes+"-") {
		t.Error(Dir())
	}
}

func TestVersionsAreThoseOfGoMod(t *testing.T) {
	for _, want := range []string{"k8s.io/kubernetes " + testbed.Kubernetes + "\n", "go.etcd.io/etcd/server/v3 " + testbed.Etcd + "\n"} {
		if !strings.Contains(string(testbed.GoMod), want) {
			t.Errorf("go.mod does not have %q", want)
		}
	}
}

func TestOnlyWholeFilesCountAsBuilt(t *testing.T) {
	t.Setenv("SEAWALL_TESTBED_CACHE", t.TempDir())
	if got := len(Missing()); got != len(Components) {
		t.Fatalf("%d are missing in an empty cache", got)
	}
	if err := PrepareLayer(); err != nil {
		t.Fatal(err)
	}
	c := Components[0]
	if err := os.WriteFile(c.Path()+".new", nil, 0o755); err != nil {
		t.Fatal(err)
	}
	if got := len(Missing()); got != len(Components) {
		t.Errorf("what is not finished was taken for built: %d missing", got)
	}
	if err := os.Rename(c.Path()+".new", c.Path()); err != nil {
		t.Fatal(err)
	}
	if got := len(Missing()); got != len(Components)-1 {
		t.Errorf("%d missing", got)
	}
	if Binaries()[c.Name] != c.Path() {
		t.Error(Binaries())
	}
}
