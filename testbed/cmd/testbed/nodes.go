package main

import (
	"errors"
	"os"
	"os/exec"
	"os/signal"
	"syscall"

	"seawall.dev/testbed/internal/bed"
	"seawall.dev/testbed/internal/enter"
)

func execMain(args []string) error {
	f, name := named("exec")
	netOnly := f.Bool("net", false, "only the node's network; files and processes are the host's. NODE may be \"bed\": the bed's own network, outside every node")
	in := f.String("in", "", "in the mounts of this component's container")
	f.Parse(args)
	rest := f.Args()
	if len(rest) > 1 && rest[1] == "--" {
		rest = append(rest[:1:1], rest[2:]...)
	}
	if len(rest) < 2 {
		return errors.New("exec NODE -- COMMAND…")
	}
	s, err := bed.LoadLive(*name)
	if err != nil {
		return err
	}
	pid, o := s.Init, enter.Options{}
	if *netOnly {
		o.Namespaces, o.Own = enter.NetOnly, true
	}
	if rest[0] != "bed" || !*netOnly {
		n, err := s.Node(rest[0])
		if err != nil {
			return err
		}
		pid, o.Cgroups = n.Pid, n.Cgroups
		if *in != "" {
			p, err := n.Process(*in)
			if err != nil {
				return err
			}
			pid = p.Pid
		}
	}
	return pass(pid, rest[1:], o)
}

// pass runs a command with this process's files and passes signals on.
func pass(pid int, argv []string, o enter.Options) error {
	cmd := exec.Command(argv[0], argv[1:]...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	if o.Own {
		cmd.Env = os.Environ()
	}
	signals := make(chan os.Signal, 8)
	signal.Notify(signals, syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGQUIT, syscall.SIGUSR1, syscall.SIGUSR2)
	o.Started = func(p int) {
		go func() {
			for s := range signals {
				syscall.Kill(p, s.(syscall.Signal))
			}
		}()
	}
	return enter.Run(pid, cmd, o)
}

// component reads --name and NODE COMPONENT.
func component(command string, args []string) (*bed.Node, string, error) {
	f, name := named(command)
	f.Parse(args)
	if f.NArg() != 2 {
		return nil, "", errors.New(command + " NODE COMPONENT")
	}
	s, err := bed.LoadLive(*name)
	if err != nil {
		return nil, "", err
	}
	n, err := s.Node(f.Arg(0))
	return n, f.Arg(1), err
}

func restartMain(args []string) error {
	n, c, err := component("restart", args)
	if err != nil {
		return err
	}
	return n.Restart(c, syscall.SIGTERM, os.Stderr)
}

func killMain(args []string) error {
	n, c, err := component("kill", args)
	if err != nil {
		return err
	}
	return n.Restart(c, syscall.SIGKILL, os.Stderr)
}

func logsMain(args []string) error {
	f, name := named("logs")
	f.Parse(args)
	if f.NArg() != 1 && f.NArg() != 2 {
		return errors.New("logs NODE [COMPONENT]")
	}
	s, err := bed.LoadLive(*name)
	if err != nil {
		return err
	}
	n, err := s.Node(f.Arg(0))
	if err != nil {
		return err
	}
	return n.Logs(f.Arg(1), os.Stdout)
}
