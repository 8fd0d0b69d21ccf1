package cri

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"time"

	api "k8s.io/cri-api/pkg/apis/runtime/v1"
)

// images says that every image is present.
type images struct {
	api.UnimplementedImageServiceServer
}

func (images) ImageStatus(_ context.Context, req *api.ImageStatusRequest) (*api.ImageStatusResponse, error) {
	return &api.ImageStatusResponse{Image: &api.Image{Id: req.Image.Image, RepoTags: []string{req.Image.Image}, Size: 1, Uid: &api.Int64Value{Value: 0}, Spec: req.Image}}, nil
}

func (images) ListImages(context.Context, *api.ListImagesRequest) (*api.ListImagesResponse, error) {
	return &api.ListImagesResponse{}, nil
}

func (images) PullImage(_ context.Context, req *api.PullImageRequest) (*api.PullImageResponse, error) {
	return &api.PullImageResponse{ImageRef: req.Image.Image}, nil
}

func (images) ImageFsInfo(context.Context, *api.ImageFsInfoRequest) (*api.ImageFsInfoResponse, error) {
	fs := []*api.FilesystemUsage{{Timestamp: time.Now().UnixNano(), FsId: &api.FilesystemIdentifier{Mountpoint: "/"}, UsedBytes: &api.UInt64Value{Value: 1}, InodesUsed: &api.UInt64Value{Value: 1}}}
	return &api.ImageFsInfoResponse{ImageFilesystems: fs, ContainerFilesystems: fs}, nil
}

// programs is where a node keeps the programs that are images here.
const programs = "/usr/local/bin"

// program says which program an image consists of: registry/kube-apiserver:v1 is kube-apiserver. An image that is no
// component has none; its containers see the node's /usr, read-only.
func program(image string) string {
	name := image[strings.LastIndex(image, "/")+1:]
	name, _, _ = strings.Cut(name, "@")
	name, _, _ = strings.Cut(name, ":")
	switch name {
	case "etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler":
	default:
		return ""
	}
	p := filepath.Join(programs, name)
	if _, err := os.Stat(p); err != nil {
		return ""
	}
	return p
}
