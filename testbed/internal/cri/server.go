// Package cri is a CRI runtime whose containers are plain processes of the node: each has a mount namespace and a
// fresh root that holds its program and exactly its CRI mounts, and shares the node's network and process ids. It lets
// the genuine kubelet run genuine static pods without image registry, cgroups or container runtime.
package cri

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"log"
	"net"
	"os"
	"path/filepath"
	"sync"
	"syscall"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	api "k8s.io/cri-api/pkg/apis/runtime/v1"
)

// Socket is where the runtime listens on a node.
const Socket = "/run/procruntime/procruntime.sock"

type sandbox struct {
	id      string
	config  *api.PodSandboxConfig
	created time.Time
	state   api.PodSandboxState
}

type container struct {
	id, sandbox                string
	config                     *api.ContainerConfig
	logPath                    string
	log                        *logFile
	created, started, finished time.Time
	state                      api.ContainerState
	exitCode                   int32
	process                    *os.Process
	done                       chan struct{} // closed when the process has ended
}

// Server is the runtime service.
type Server struct {
	api.UnimplementedRuntimeServiceServer
	address  string        // the node's address, which every pod has
	maxGrace time.Duration // a pod's grace period is cut to this

	mu         sync.Mutex
	sandboxes  map[string]*sandbox
	containers map[string]*container
}

// Serve listens on Socket until the process ends. kube-apiserver uses the whole of its 30 s grace period, for its
// watches stay open: maxGrace makes restarts short without a change to any manifest.
func Serve(address string, maxGrace time.Duration) error {
	if err := os.MkdirAll(filepath.Dir(Socket), 0o755); err != nil {
		return err
	}
	os.Remove(Socket)
	l, err := net.Listen("unix", Socket)
	if err != nil {
		return err
	}
	s := grpc.NewServer()
	api.RegisterRuntimeServiceServer(s, &Server{address: address, maxGrace: maxGrace, sandboxes: map[string]*sandbox{}, containers: map[string]*container{}})
	api.RegisterImageServiceServer(s, images{})
	return s.Serve(l)
}

func newID() string {
	b := make([]byte, 32)
	rand.Read(b)
	return hex.EncodeToString(b)
}

// Version is part of the CRI.
func (s *Server) Version(context.Context, *api.VersionRequest) (*api.VersionResponse, error) {
	return &api.VersionResponse{Version: "0.1.0", RuntimeName: "procruntime", RuntimeVersion: "2.0.0", RuntimeApiVersion: "v1"}, nil
}

// Status is part of the CRI: runtime and network are always ready.
func (s *Server) Status(context.Context, *api.StatusRequest) (*api.StatusResponse, error) {
	return &api.StatusResponse{Status: &api.RuntimeStatus{Conditions: []*api.RuntimeCondition{
		{Type: api.RuntimeReady, Status: true}, {Type: api.NetworkReady, Status: true}}}}, nil
}

// RuntimeConfig is part of the CRI; kubelet asks it for the cgroup driver and does not start without an answer.
func (s *Server) RuntimeConfig(context.Context, *api.RuntimeConfigRequest) (*api.RuntimeConfigResponse, error) {
	return &api.RuntimeConfigResponse{Linux: &api.LinuxRuntimeConfiguration{CgroupDriver: api.CgroupDriver_CGROUPFS}}, nil
}

// UpdateRuntimeConfig is part of the CRI.
func (s *Server) UpdateRuntimeConfig(context.Context, *api.UpdateRuntimeConfigRequest) (*api.UpdateRuntimeConfigResponse, error) {
	return &api.UpdateRuntimeConfigResponse{}, nil
}

// RunPodSandbox is part of the CRI. A sandbox is an entry in a table: all that pods share is the node's own.
func (s *Server) RunPodSandbox(_ context.Context, req *api.RunPodSandboxRequest) (*api.RunPodSandboxResponse, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	b := &sandbox{id: newID(), config: req.Config, created: time.Now(), state: api.PodSandboxState_SANDBOX_READY}
	s.sandboxes[b.id] = b
	return &api.RunPodSandboxResponse{PodSandboxId: b.id}, nil
}

// StopPodSandbox is part of the CRI.
func (s *Server) StopPodSandbox(_ context.Context, req *api.StopPodSandboxRequest) (*api.StopPodSandboxResponse, error) {
	s.mu.Lock()
	var running []*container
	for _, c := range s.containers {
		if c.sandbox == req.PodSandboxId && c.state == api.ContainerState_CONTAINER_RUNNING {
			running = append(running, c)
		}
	}
	if b := s.sandboxes[req.PodSandboxId]; b != nil {
		b.state = api.PodSandboxState_SANDBOX_NOTREADY
	}
	s.mu.Unlock()
	for _, c := range running {
		stop(c, 0)
	}
	return &api.StopPodSandboxResponse{}, nil
}

// RemovePodSandbox is part of the CRI.
func (s *Server) RemovePodSandbox(ctx context.Context, req *api.RemovePodSandboxRequest) (*api.RemovePodSandboxResponse, error) {
	s.StopPodSandbox(ctx, &api.StopPodSandboxRequest{PodSandboxId: req.PodSandboxId})
	s.mu.Lock()
	defer s.mu.Unlock()
	for id, c := range s.containers {
		if c.sandbox == req.PodSandboxId {
			delete(s.containers, id)
		}
	}
	delete(s.sandboxes, req.PodSandboxId)
	return &api.RemovePodSandboxResponse{}, nil
}

// PodSandboxStatus is part of the CRI.
func (s *Server) PodSandboxStatus(_ context.Context, req *api.PodSandboxStatusRequest) (*api.PodSandboxStatusResponse, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	b := s.sandboxes[req.PodSandboxId]
	if b == nil {
		return nil, status.Error(codes.NotFound, "no such sandbox")
	}
	return &api.PodSandboxStatusResponse{Status: &api.PodSandboxStatus{
		Id: b.id, Metadata: b.config.Metadata, State: b.state, CreatedAt: b.created.UnixNano(), Labels: b.config.Labels, Annotations: b.config.Annotations,
		Network: &api.PodSandboxNetworkStatus{Ip: s.address},
		Linux:   &api.LinuxPodSandboxStatus{Namespaces: &api.Namespace{Options: b.config.GetLinux().GetSecurityContext().GetNamespaceOptions()}}}}, nil
}

func matches(want, have map[string]string) bool {
	for k, v := range want {
		if have[k] != v {
			return false
		}
	}
	return true
}

// ListPodSandbox is part of the CRI.
func (s *Server) ListPodSandbox(_ context.Context, req *api.ListPodSandboxRequest) (*api.ListPodSandboxResponse, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := &api.ListPodSandboxResponse{}
	f := req.Filter
	for _, b := range s.sandboxes {
		if f.GetId() != "" && f.Id != b.id || f.GetState() != nil && f.State.State != b.state || !matches(f.GetLabelSelector(), b.config.Labels) {
			continue
		}
		out.Items = append(out.Items, &api.PodSandbox{Id: b.id, Metadata: b.config.Metadata, State: b.state, CreatedAt: b.created.UnixNano(), Labels: b.config.Labels, Annotations: b.config.Annotations})
	}
	return out, nil
}

// CreateContainer is part of the CRI.
func (s *Server) CreateContainer(_ context.Context, req *api.CreateContainerRequest) (*api.CreateContainerResponse, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := &container{id: newID(), sandbox: req.PodSandboxId, config: req.Config, created: time.Now(), done: make(chan struct{}),
		logPath: filepath.Join(req.SandboxConfig.GetLogDirectory(), req.Config.LogPath)}
	s.containers[c.id] = c
	return &api.CreateContainerResponse{ContainerId: c.id}, nil
}

// StartContainer is part of the CRI.
func (s *Server) StartContainer(_ context.Context, req *api.StartContainerRequest) (*api.StartContainerResponse, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.containers[req.ContainerId]
	if c == nil {
		return nil, status.Error(codes.NotFound, "no such container")
	}
	c.started = time.Now()
	cmd, err := start(c)
	if err != nil {
		log.Printf("start %s: %v", c.config.Metadata.Name, err)
		c.state, c.exitCode, c.finished = api.ContainerState_CONTAINER_EXITED, 127, time.Now()
		close(c.done)
		return nil, status.Error(codes.Unknown, err.Error())
	}
	c.process, c.state = cmd.Process, api.ContainerState_CONTAINER_RUNNING
	log.Printf("start %s pid %d", c.config.Metadata.Name, cmd.Process.Pid)
	go func() {
		cmd.Wait()
		s.mu.Lock()
		defer s.mu.Unlock()
		c.state, c.finished, c.exitCode = api.ContainerState_CONTAINER_EXITED, time.Now(), int32(cmd.ProcessState.ExitCode())
		if ws, ok := cmd.ProcessState.Sys().(syscall.WaitStatus); ok && ws.Signaled() {
			c.exitCode = 128 + int32(ws.Signal())
		}
		log.Printf("exit %s pid %d code %d", c.config.Metadata.Name, cmd.Process.Pid, c.exitCode)
		close(c.done)
	}()
	return &api.StartContainerResponse{}, nil
}

// stop asks a container's process to end and kills it after grace.
func stop(c *container, grace time.Duration) {
	if c.process == nil {
		return
	}
	if grace > 0 {
		c.process.Signal(syscall.SIGTERM)
		select {
		case <-c.done:
			return
		case <-time.After(grace):
		}
	}
	c.process.Kill()
	<-c.done
}

// StopContainer is part of the CRI.
func (s *Server) StopContainer(_ context.Context, req *api.StopContainerRequest) (*api.StopContainerResponse, error) {
	s.mu.Lock()
	c := s.containers[req.ContainerId]
	s.mu.Unlock()
	if c != nil {
		stop(c, min(time.Duration(req.Timeout)*time.Second, s.maxGrace))
	}
	return &api.StopContainerResponse{}, nil
}

// RemoveContainer is part of the CRI.
func (s *Server) RemoveContainer(_ context.Context, req *api.RemoveContainerRequest) (*api.RemoveContainerResponse, error) {
	s.mu.Lock()
	c := s.containers[req.ContainerId]
	delete(s.containers, req.ContainerId)
	s.mu.Unlock()
	if c != nil {
		stop(c, 0)
	}
	return &api.RemoveContainerResponse{}, nil
}

// ListContainers is part of the CRI.
func (s *Server) ListContainers(_ context.Context, req *api.ListContainersRequest) (*api.ListContainersResponse, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := &api.ListContainersResponse{}
	f := req.Filter
	for _, c := range s.containers {
		if f.GetId() != "" && f.Id != c.id || f.GetPodSandboxId() != "" && f.PodSandboxId != c.sandbox || f.GetState() != nil && f.State.State != c.state || !matches(f.GetLabelSelector(), c.config.Labels) {
			continue
		}
		out.Containers = append(out.Containers, &api.Container{Id: c.id, PodSandboxId: c.sandbox, Metadata: c.config.Metadata, Image: c.config.Image, ImageRef: c.config.Image.GetImage(),
			State: c.state, CreatedAt: c.created.UnixNano(), Labels: c.config.Labels, Annotations: c.config.Annotations})
	}
	return out, nil
}

// ContainerStatus is part of the CRI.
func (s *Server) ContainerStatus(_ context.Context, req *api.ContainerStatusRequest) (*api.ContainerStatusResponse, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.containers[req.ContainerId]
	if c == nil {
		return nil, status.Error(codes.NotFound, "no such container")
	}
	out := &api.ContainerStatus{Id: c.id, Metadata: c.config.Metadata, State: c.state, CreatedAt: c.created.UnixNano(), ExitCode: c.exitCode, Image: c.config.Image, ImageRef: c.config.Image.GetImage(),
		Labels: c.config.Labels, Annotations: c.config.Annotations, Mounts: c.config.Mounts, LogPath: c.logPath}
	if !c.started.IsZero() {
		out.StartedAt = c.started.UnixNano()
	}
	if !c.finished.IsZero() {
		out.FinishedAt = c.finished.UnixNano()
		out.Reason = map[bool]string{true: "Completed", false: "Error"}[c.exitCode == 0]
	}
	return &api.ContainerStatusResponse{Status: out}, nil
}

// ReopenContainerLog is part of the CRI: kubelet asks for it after it has moved the file away.
func (s *Server) ReopenContainerLog(_ context.Context, req *api.ReopenContainerLogRequest) (*api.ReopenContainerLogResponse, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.containers[req.ContainerId]
	if c == nil || c.log == nil {
		return nil, status.Error(codes.NotFound, "no such running container")
	}
	return &api.ReopenContainerLogResponse{}, c.log.reopen()
}

// ExecSync is part of the CRI: a probe's command, in the container's own root.
func (s *Server) ExecSync(ctx context.Context, req *api.ExecSyncRequest) (*api.ExecSyncResponse, error) {
	s.mu.Lock()
	c := s.containers[req.ContainerId]
	s.mu.Unlock()
	if c == nil || c.process == nil {
		return nil, status.Error(codes.NotFound, "no such running container")
	}
	return execSync(ctx, c.process.Pid, req.Cmd, time.Duration(req.Timeout)*time.Second)
}

// UpdateContainerResources is part of the CRI: there are no limits here.
func (s *Server) UpdateContainerResources(context.Context, *api.UpdateContainerResourcesRequest) (*api.UpdateContainerResourcesResponse, error) {
	return &api.UpdateContainerResourcesResponse{}, nil
}

// ListContainerStats is part of the CRI.
func (s *Server) ListContainerStats(context.Context, *api.ListContainerStatsRequest) (*api.ListContainerStatsResponse, error) {
	return &api.ListContainerStatsResponse{}, nil
}

// ListPodSandboxStats is part of the CRI.
func (s *Server) ListPodSandboxStats(context.Context, *api.ListPodSandboxStatsRequest) (*api.ListPodSandboxStatsResponse, error) {
	return &api.ListPodSandboxStatsResponse{}, nil
}
