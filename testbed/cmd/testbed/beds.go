package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"seawall.dev/testbed/internal/bed"
)

// named is a set of flags with --name.
func named(command string) (*flag.FlagSet, *string) {
	f := flag.NewFlagSet(command, flag.ExitOnError)
	return f, f.String("name", "default", "the bed's name")
}

func joinMain(args []string) error {
	f, name := named("join")
	f.Parse(args)
	if f.NArg() != 1 || f.Arg(0) != "control-plane" && f.Arg(0) != "worker" {
		return errors.New("join what: control-plane or worker")
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	s, err := bed.JoinLive(ctx, *name, f.Arg(0), os.Stderr)
	if err != nil {
		return err
	}
	return printJSON(s)
}

func showMain(args []string) error {
	f, name := named("show")
	f.Parse(args)
	s, err := bed.LoadLive(*name)
	if err != nil {
		return err
	}
	return printJSON(s)
}

func listMain(args []string) error {
	f := flag.NewFlagSet("list", flag.ExitOnError)
	f.Parse(args)
	all, err := bed.List()
	if err != nil {
		return err
	}
	type line struct {
		Name   string   `json:"name"`
		Layout string   `json:"layout"`
		Alive  bool     `json:"alive"`
		Ready  bool     `json:"ready"`
		Nodes  []string `json:"nodes"`
	}
	out := []line{}
	for _, s := range all {
		l := line{Name: s.Name, Layout: s.Layout, Alive: s.Keeper.Alive(), Ready: s.Ready, Nodes: []string{}}
		for _, n := range s.Nodes {
			l.Nodes = append(l.Nodes, n.Name)
		}
		out = append(out, l)
	}
	return printJSON(out)
}

func downMain(args []string) error {
	f, name := named("down")
	all := f.Bool("all", false, "every bed of this machine")
	f.Parse(args)
	if !*all {
		return bed.Down(*name)
	}
	beds, err := bed.List()
	if err != nil {
		return err
	}
	for _, s := range beds {
		fmt.Fprintf(os.Stderr, "down %s\n", s.Name)
		err = errors.Join(err, bed.Down(s.Name))
	}
	return err
}
