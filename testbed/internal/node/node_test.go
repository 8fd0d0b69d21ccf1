package node

import (
	"os"
	"path/filepath"
	"reflect"
	"testing"
)

func TestEnvironmentFilesAreReadAsSystemdReadsThem(t *testing.T) {
	p := filepath.Join(t.TempDir(), "env")
	text := "# a comment\n; another\nA=1\nB=\"two words\"\n C = 'three' \nnothing\nD=a=b\n"
	if err := os.WriteFile(p, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	want := map[string]string{"A": "1", "B": "two words", "C": "three", "D": "a=b"}
	if got := environment(p); !reflect.DeepEqual(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
	if got := environment(p + ".none"); len(got) != 0 {
		t.Errorf("%q", got)
	}
}

func TestATreeIsCopiedWithModesAndLinksButWithoutUsr(t *testing.T) {
	from, to := t.TempDir(), filepath.Join(t.TempDir(), "root")
	os.MkdirAll(filepath.Join(from, "usr/bin"), 0o755)
	os.MkdirAll(filepath.Join(from, "etc/secret"), 0o755)
	os.WriteFile(filepath.Join(from, "etc/secret/key"), []byte("k"), 0o600)
	os.Chmod(filepath.Join(from, "etc/secret"), 0o700)
	os.Symlink("usr/bin", filepath.Join(from, "bin"))
	if err := Prepare(Spec{Name: "n", Address: "192.0.2.1", Root: to}, from); err != nil {
		t.Fatal(err)
	}
	if st, err := os.Stat(filepath.Join(to, "etc/secret")); err != nil || st.Mode().Perm() != 0o700 {
		t.Errorf("%v, %v", st, err)
	}
	if data, err := os.ReadFile(filepath.Join(to, "etc/secret/key")); err != nil || string(data) != "k" {
		t.Errorf("%q, %v", data, err)
	}
	if l, err := os.Readlink(filepath.Join(to, "bin")); err != nil || l != "usr/bin" {
		t.Errorf("%q, %v", l, err)
	}
	if _, err := os.Stat(filepath.Join(to, "usr/bin")); !os.IsNotExist(err) {
		t.Error("/usr was copied")
	}
	if data, _ := os.ReadFile(filepath.Join(to, "etc/hostname")); string(data) != "n\n" {
		t.Errorf("%q", data)
	}
}

func TestOverlayPathsThatItCannotTake(t *testing.T) {
	if _, err := lowerdir([]string{"/a", "/b:c"}); err == nil {
		t.Error("a colon was taken")
	}
	if got, err := lowerdir([]string{"/a", "/b"}); err != nil || got != "lowerdir=/a:/b" {
		t.Errorf("%q, %v", got, err)
	}
}
