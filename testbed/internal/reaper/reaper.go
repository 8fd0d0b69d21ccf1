// Package reaper starts and waits for processes in a program that is process 1 of a PID namespace: there every orphan
// becomes its child, and only one place may wait for all of them.
package reaper

import (
	"os"
	"os/exec"
	"sync"

	"golang.org/x/sys/unix"
)

var (
	mu      sync.Mutex
	waiting = map[int]chan unix.WaitStatus{}
	once    sync.Once
	wake    = make(chan struct{}, 1)
)

// Start starts a command and returns its process id and the channel on which its end is told.
func Start(cmd *exec.Cmd) (int, <-chan unix.WaitStatus, error) {
	once.Do(func() { go loop() })
	attr := &os.ProcAttr{Dir: cmd.Dir, Env: cmd.Env, Sys: cmd.SysProcAttr}
	for _, f := range []any{cmd.Stdin, cmd.Stdout, cmd.Stderr} {
		file, _ := f.(*os.File)
		if file == nil {
			null, err := os.OpenFile(os.DevNull, os.O_RDWR, 0)
			if err != nil {
				return 0, nil, err
			}
			defer null.Close()
			file = null
		}
		attr.Files = append(attr.Files, file)
	}
	attr.Files = append(attr.Files, cmd.ExtraFiles...)
	mu.Lock() // until the process is known: it may end at once
	defer mu.Unlock()
	p, err := os.StartProcess(cmd.Path, cmd.Args, attr)
	if err != nil {
		return 0, nil, err
	}
	pid := p.Pid
	p.Release()
	done := make(chan unix.WaitStatus, 1)
	waiting[pid] = done
	select {
	case wake <- struct{}{}:
	default:
	}
	return pid, done, nil
}

func loop() {
	for {
		var ws unix.WaitStatus
		// Wait for an end without collecting it: the process id stays taken until the table was looked at.
		var info unix.Siginfo
		if err := unix.Waitid(unix.P_ALL, 0, &info, unix.WEXITED|unix.WNOWAIT, nil); err != nil {
			if err == unix.ECHILD {
				<-wake
			}
			continue
		}
		mu.Lock()
		pid, err := unix.Wait4(-1, &ws, unix.WNOHANG, nil)
		if err == nil && pid > 0 {
			if c := waiting[pid]; c != nil {
				c <- ws
				delete(waiting, pid)
			}
		}
		mu.Unlock()
	}
}
