// Package testbed carries this module's own go.mod and go.sum, so that the program can build the components, at
// exactly the versions named there, wherever it is run.
package testbed

import _ "embed"

// GoMod is this module's go.mod.
//
//go:embed go.mod
var GoMod []byte

// GoSum is this module's go.sum.
//
//go:embed go.sum
var GoSum []byte

// Kubernetes is the version of every Kubernetes component, as in go.mod.
const Kubernetes = "v1.37.2"

// Etcd is the version of etcd, as in go.mod.
const Etcd = "v3.7.0"
