package main

import (
	"errors"
	"os"
	"strings"

	"seawall.dev/testbed/internal/bed"
	"seawall.dev/testbed/internal/enter"
)

// list is a flag that may be given again and again.
type list []string

func (l *list) String() string     { return strings.Join(*l, " ") }
func (l *list) Set(v string) error { *l = append(*l, v); return nil }

func runMain(args []string) error {
	f, name := named("run")
	stop := f.Bool("stop", false, "stop the component that runs, for good, and take its place")
	show := f.Bool("print", false, "only print the arguments, as JSON")
	var set, drop list
	f.Var(&set, "set", "flag=value: replace or add (again and again)")
	f.Var(&drop, "drop", "flag: leave out (again and again)")
	f.Parse(args)
	if f.NArg() != 2 {
		return errors.New("run NODE COMPONENT")
	}
	s, err := bed.LoadLive(*name)
	if err != nil {
		return err
	}
	n, err := s.Node(f.Arg(0))
	if err != nil {
		return err
	}
	p, err := n.Process(f.Arg(1))
	if err != nil {
		return err
	}
	argv := bed.Change(p.Args, set, drop)
	if *show {
		return printJSON(argv)
	}
	if *stop {
		if err := n.Stop(f.Arg(1), os.Stderr); err != nil {
			return err
		}
	}
	return pass(n.Pid, argv, enter.Options{Cgroups: n.Cgroups})
}
