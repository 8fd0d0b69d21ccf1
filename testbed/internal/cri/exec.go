package cri

import (
	"bytes"
	"context"
	"errors"
	"os/exec"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	api "k8s.io/cri-api/pkg/apis/runtime/v1"

	"seawall.dev/testbed/internal/enter"
)

// execSync runs a command in the mount namespace of a container's process.
func execSync(ctx context.Context, pid int, argv []string, timeout time.Duration) (*api.ExecSyncResponse, error) {
	if len(argv) == 0 {
		return nil, status.Error(codes.InvalidArgument, "no command")
	}
	if timeout > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, timeout)
		defer cancel()
	}
	var stdout, stderr bytes.Buffer
	cmd := exec.CommandContext(ctx, argv[0], argv[1:]...)
	cmd.Stdout, cmd.Stderr, cmd.Dir, cmd.WaitDelay = &stdout, &stderr, "/", time.Second
	err := enter.Run(pid, cmd, enter.Options{Namespaces: []string{"mnt"}})
	var exit *exec.ExitError
	switch {
	case ctx.Err() != nil:
		return nil, status.Error(codes.DeadlineExceeded, "command timed out")
	case errors.As(err, &exit):
		return &api.ExecSyncResponse{Stdout: stdout.Bytes(), Stderr: stderr.Bytes(), ExitCode: int32(exit.ExitCode())}, nil
	case err != nil:
		return nil, status.Error(codes.Unknown, err.Error())
	}
	return &api.ExecSyncResponse{Stdout: stdout.Bytes(), Stderr: stderr.Bytes()}, nil
}
