package systemd

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestMirrorComesFromTheMachinesOwnSources(t *testing.T) {
	for name, c := range map[string]struct{ file, text, want string }{
		"one line":        {"sources.list", "# deb http://old.example stable main\ndeb [arch=amd64 signed-by=/k] http://a.example/debian stable main contrib\n", "http://a.example/debian"},
		"paragraphs":      {"sources.list.d/debian.sources", "Types: deb\n# a comment\nURIs: http://b.example/debian\nSuites: stable stable-updates\nComponents: main\n\nTypes: deb\nURIs: http://c.example\nSuites: stable-security\nComponents: main\n", "http://b.example/debian"},
		"another suite":   {"sources.list", "deb http://a.example/debian older main\n", ""},
		"sources alone":   {"sources.list", "deb-src http://a.example/debian stable main\n", ""},
		"switched off":    {"sources.list.d/x.sources", "Enabled: no\nTypes: deb\nURIs: http://b.example/debian\nSuites: stable\nComponents: main\n", ""},
		"other component": {"sources.list", "deb http://a.example/debian stable contrib\n", ""},
	} {
		dir := t.TempDir()
		p := filepath.Join(dir, c.file)
		os.MkdirAll(filepath.Dir(p), 0o755)
		if err := os.WriteFile(p, []byte(c.text), 0o644); err != nil {
			t.Fatal(err)
		}
		got, err := mirror(dir, "stable")
		if got != c.want || (err == nil) != (c.want != "") {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
}

func TestEachNodeHasTheFilesOfItsUnits(t *testing.T) {
	m := []Member{{"cp-0", "192.0.2.11"}}
	for _, n := range []Node{
		{Name: "cp-0", Address: "192.0.2.11", ControlPlane: true, Etcd: m, EtcdServers: []string{"https://127.0.0.1:2379"}},
		{Name: "etcd-0", Address: "192.0.2.31", Etcd: m},
		{Name: "worker-0", Address: "192.0.2.51"},
	} {
		files := n.Files()
		for _, u := range n.Units() {
			if files["etc/systemd/system/"+u+".service"] == "" {
				t.Errorf("%s: no unit %s", n.Name, u)
			}
		}
		count := 0
		for name, text := range files {
			if strings.HasSuffix(name, ".service") {
				count++
			}
			if strings.Contains(text, "%!") {
				t.Errorf("%s: %s: %s", n.Name, name, text)
			}
			if !strings.HasSuffix(text, "\n") {
				t.Errorf("%s: %s ends without a newline", n.Name, name)
			}
		}
		if count != len(n.Units()) {
			t.Errorf("%s: %d unit files for %q", n.Name, count, n.Units())
		}
	}
}
