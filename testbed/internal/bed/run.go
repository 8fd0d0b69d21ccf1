package bed

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"seawall.dev/testbed/internal/enter"
)

// Run runs a command on a node, in all its namespaces, and returns what it wrote. The node's log of that name gets it
// as well.
func (n *Node) Run(ctx context.Context, log string, argv ...string) (string, error) {
	var out bytes.Buffer
	var w io.Writer = &out
	if log != "" {
		f, err := os.OpenFile(filepath.Join(n.Root, "var/log", log), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o640)
		if err != nil {
			return "", err
		}
		defer f.Close()
		fmt.Fprintf(f, "# %s\n", strings.Join(argv, " "))
		w = io.MultiWriter(&out, f)
	}
	cmd := exec.CommandContext(ctx, argv[0], argv[1:]...)
	cmd.Stdout, cmd.Stderr, cmd.WaitDelay = w, w, time.Second
	if err := enter.Run(n.Pid, cmd, enter.Options{Cgroups: n.Cgroups}); err != nil {
		text := strings.TrimSpace(out.String())
		if len(text) > 2000 {
			text = "…" + text[len(text)-2000:]
		}
		return out.String(), fmt.Errorf("%s: %s: %w\n%s", n.Name, strings.Join(argv, " "), err, text)
	}
	return out.String(), nil
}

// up waits until the node's process 1 has taken over: before that its root is still the host's.
func (n *Node) up(ctx context.Context) error {
	deadline := time.Now().Add(20 * time.Second)
	for time.Now().Before(deadline) && ctx.Err() == nil {
		name, err := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", n.Pid))
		if err != nil || startTime(n.Pid) == "" {
			break
		}
		// In the middle of exec it is empty.
		if first, _, _ := strings.Cut(string(name), "\x00"); first != "" && first != "node-boot" {
			return nil
		}
		time.Sleep(5 * time.Millisecond)
	}
	console, _ := os.ReadFile(n.Console)
	return fmt.Errorf("node %s does not start: %s", n.Name, strings.TrimSpace(string(console)))
}

// patience is how long a component may take on a machine that many others use. Waiting ends as soon as there is what it waits for.
const patience = 3 * time.Minute

// waitFor calls f until it is content, the time is over or the bed is gone.
func waitFor(ctx context.Context, what string, limit time.Duration, f func() error) error {
	deadline := time.Now().Add(limit)
	for {
		err := f()
		if err == nil {
			return nil
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("%s: not after %s: %w", what, limit, err)
		}
		time.Sleep(200 * time.Millisecond)
	}
}
