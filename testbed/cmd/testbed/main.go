// Command testbed makes real Kubernetes control planes on one machine, for tests. See the README for what it can do.
package main

import (
	"fmt"
	"os"
	"os/exec"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"seawall.dev/testbed/internal/bed"
	"seawall.dev/testbed/internal/cri"
	"seawall.dev/testbed/internal/enter"
	"seawall.dev/testbed/internal/node"
)

// maxGrace is the longest that a pod gets to end.
const maxGrace = 2 * time.Second

// command is one of the program's commands.
type command struct {
	name, args, help string
	run              func(args []string) error
}

var commands []command

func init() {
	commands = []command{
		{"build", "", "build the components, if they are not in the cache", buildMain},
		{"up", "[flags]", "make a bed; its JSON on stdout", upMain},
		{"join", "[--name X] control-plane|worker", "add a node by kubeadm join; the bed's JSON on stdout", joinMain},
		{"show", "[--name X]", "the bed's JSON", showMain},
		{"list", "", "all beds, as JSON", listMain},
		{"exec", "[--name X] [--net] [--in COMPONENT] NODE -- COMMAND…", "run a command on a node", execMain},
		{"run", "[--name X] [--stop] [--set f=v]… [--drop f]… [--print] NODE COMPONENT", "run a component directly with changed arguments", runMain},
		{"logs", "[--name X] NODE [COMPONENT]", "what a component has written", logsMain},
		{"restart", "[--name X] NODE COMPONENT", "end a component; what runs it starts it again", restartMain},
		{"kill", "[--name X] NODE COMPONENT", "the same with SIGKILL", killMain},
		{"down", "[--name X] [--all]", "end a bed and remove all of it", downMain},
	}
}

func main() {
	// A bed's own processes are this program under other names.
	switch os.Args[0] {
	case "bed-init":
		bed.HolderMain()
	case "node-boot":
		node.BootMain()
	case "node-init":
		node.InitMain(os.Args[1])
	case "container-init":
		cri.ContainerMain()
	case enter.MainName:
		enter.Main()
	case "/usr/local/bin/procruntime":
		fmt.Fprintln(os.Stderr, "procruntime:", cri.Serve(os.Args[1], maxGrace))
		os.Exit(1)
	}
	unix.Umask(0o022) // the modes of a node's files are looked at
	if len(os.Args) > 1 {
		for _, c := range commands {
			if c.name == os.Args[1] {
				os.Exit(status(c.run(os.Args[2:])))
			}
		}
	}
	usage()
	if len(os.Args) == 2 && strings.Trim(os.Args[1], "-") == "help" {
		os.Exit(0)
	}
	os.Exit(2)
}

func usage() {
	fmt.Fprintln(os.Stderr, "testbed: real control planes on one machine, for tests (as root)")
	for _, c := range commands {
		fmt.Fprintf(os.Stderr, "  %-8s %s\n           %s\n", c.name, c.args, c.help)
	}
}

// status is the program's exit status: that of the command that was run, or 1 with a message.
func status(err error) int {
	if err == nil {
		return 0
	}
	if exit, ok := err.(*exec.ExitError); ok { // as it is: one inside another error is that error's own affair
		if exit.ExitCode() < 0 {
			return 137
		}
		return exit.ExitCode()
	}
	fmt.Fprintln(os.Stderr, "testbed:", err)
	return 1
}
