package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"strconv"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"

	"seawall.dev/testbed/internal/bed"
	"seawall.dev/testbed/internal/build"
)

func buildMain(args []string) error {
	f := flag.NewFlagSet("build", flag.ExitOnError)
	f.Parse(args)
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	if err := build.All(ctx, os.Stderr); err != nil {
		return err
	}
	return printJSON(map[string]any{"dir": build.Dir(), "binaries": build.Binaries()})
}

func printJSON(v any) error {
	e := json.NewEncoder(os.Stdout)
	e.SetIndent("", "  ")
	return e.Encode(v)
}

// keeperEnv marks the process in the background that keeps a bed; its file 3 is closed by the launcher's end.
const keeperEnv = "SEAWALL_TESTBED_KEEPER"

func upMain(args []string) error {
	f := flag.NewFlagSet("up", flag.ExitOnError)
	var o bed.Options
	f.StringVar(&o.Name, "name", "default", "the bed's name")
	f.IntVar(&o.ControlPlanes, "control-planes", 1, "how many control planes; with more than one, a balancer in front of them")
	f.IntVar(&o.Workers, "workers", 0, "how many workers")
	f.StringVar(&o.Layout, "layout", bed.Kubeadm, "kubeadm (static pods) or systemd (units)")
	etcd := f.String("etcd", "stacked", "stacked, or external:N for N nodes of its own")
	foreground := f.Bool("foreground", false, "stay, and end the bed when stdin or the parent process ends")
	f.BoolVar(&o.ServerTLSBootstrap, "server-tls-bootstrap", false, "let kubelets ask the API server for their serving certificates")
	f.Parse(args)
	if f.NArg() > 0 {
		return fmt.Errorf("up takes no arguments, not %q", f.Args())
	}
	if n, ok := strings.CutPrefix(*etcd, "external:"); ok {
		var err error
		if o.Etcd, err = strconv.Atoi(n); err != nil || o.Etcd < 1 {
			return fmt.Errorf("--etcd=%s: stacked or external:N", *etcd)
		}
	} else if *etcd != "stacked" {
		return fmt.Errorf("--etcd=%s: stacked or external:N", *etcd)
	}
	if *foreground || os.Getenv(keeperEnv) != "" {
		return keep(o, *foreground)
	}
	return launch()
}

// keep makes the bed and stays until it is told to end, by a signal or by the end of what it was started by.
func keep(o bed.Options, foreground bool) error {
	ctx, cancel := context.WithCancelCause(context.Background())
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, syscall.SIGINT, syscall.SIGTERM)
	signal.Ignore(syscall.SIGHUP, syscall.SIGPIPE)
	go func() { cancel(fmt.Errorf("ended by %v", <-signals)) }()
	detached := make(chan struct{})
	if foreground {
		parent := os.Getppid()
		unix.Prctl(unix.PR_SET_PDEATHSIG, uintptr(unix.SIGTERM), 0, 0, 0)
		if os.Getppid() != parent {
			return errors.New("the parent process has ended")
		}
		if st, err := os.Stdin.Stat(); err == nil && (st.Mode()&os.ModeNamedPipe != 0 || st.Mode()&os.ModeSocket != 0) {
			go func() {
				io.Copy(io.Discard, os.Stdin)
				cancel(errors.New("stdin has ended"))
			}()
		}
	} else {
		os.Unsetenv(keeperEnv)
		launcher := os.NewFile(3, "launcher")
		unix.CloseOnExec(3)
		go func() {
			// One byte says that the launcher has what it wants; an end without it that the launcher has died.
			if n, _ := launcher.Read(make([]byte, 1)); n == 1 {
				close(detached)
				return
			}
			cancel(errors.New("testbed up has ended"))
		}()
	}
	b, err := bed.Start(ctx, o, os.Stderr)
	if err != nil {
		if c := context.Cause(ctx); c != nil {
			return c
		}
		return err
	}
	if err := printJSON(b.State); err != nil {
		b.End()
		return err
	}
	if !foreground {
		select {
		case <-ctx.Done():
			return errors.Join(context.Cause(ctx), b.End())
		case <-detached:
		}
		// From here on nobody reads.
		null, err := os.OpenFile(os.DevNull, os.O_RDWR, 0)
		if err == nil {
			for fd := 0; fd < 3; fd++ {
				unix.Dup3(int(null.Fd()), fd, 0)
			}
		}
	} else {
		fmt.Fprintf(os.Stderr, "bed %s is up in %.1f s; it ends with this process\n", o.Name, b.State.Seconds)
	}
	select {
	case <-ctx.Done():
		return b.EndLatest()
	case <-b.Wait():
		return errors.Join(errors.New("the bed has ended"), b.EndLatest())
	}
}

// launch starts the keeper in the background and waits until the bed is up.
func launch() error {
	r, w, err := os.Pipe()
	if err != nil {
		return err
	}
	outR, outW, err := os.Pipe()
	if err != nil {
		return err
	}
	cmd := exec.Command("/proc/self/exe", os.Args[1:]...)
	cmd.Args[0] = "testbed"
	cmd.Env = append(os.Environ(), keeperEnv+"=1")
	cmd.Dir = "/"
	cmd.Stdout, cmd.Stderr = outW, os.Stderr
	cmd.ExtraFiles = []*os.File{r}
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true} // Ctrl-C is for this process, whose end tells the keeper
	if err := cmd.Start(); err != nil {
		return err
	}
	r.Close()
	outW.Close()
	var state bed.State
	if err := json.NewDecoder(outR).Decode(&state); err != nil {
		if err := cmd.Wait(); err != nil {
			return err // the keeper has said why
		}
		return errors.New("the bed's keeper has ended")
	}
	if err := printJSON(state); err != nil {
		return err
	}
	fmt.Fprintf(os.Stderr, "bed %s is up in %.1f s\n", state.Name, state.Seconds)
	_, err = w.Write([]byte{1})
	return err
}
