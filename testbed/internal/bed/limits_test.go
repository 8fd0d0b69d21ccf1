package bed

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestRaiseInstances(t *testing.T) {
	for _, one := range []struct{ is, becomes, says string }{
		{"128\n", "1024", "raised from 128 to 1024"},
		{"1024\n", "1024\n", ""},
		{"8192\n", "8192\n", ""},
		{"many\n", "many\n", ""},
	} {
		file := filepath.Join(t.TempDir(), "limit")
		if err := os.WriteFile(file, []byte(one.is), 0o644); err != nil {
			t.Fatal(err)
		}
		var said strings.Builder
		raiseInstances(file, &said)
		if is, _ := os.ReadFile(file); string(is) != one.becomes || !strings.Contains(said.String(), one.says) || (one.says == "") != (said.String() == "") {
			t.Errorf("%q becomes %q, and says %q", one.is, is, said.String())
		}
	}
	var said strings.Builder
	raiseInstances(filepath.Join(t.TempDir(), "none"), &said)
	if said.String() != "" {
		t.Errorf("no limit, and it says %q", said.String())
	}
}
