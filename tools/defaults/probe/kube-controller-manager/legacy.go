//go:build legacyglobalflags

// Copyright 2026 The seawall authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	cliflag "k8s.io/component-base/cli/flag"
	"k8s.io/component-base/cli/globalflag"
	_ "k8s.io/legacy-cloud-providers/gce" // registers the flag
)

// As cmd/kube-controller-manager/app does in these versions, in a function it keeps to itself.
func init() {
	legacyGlobalFlags = func(sets cliflag.NamedFlagSets) {
		const name = "cloud-provider-gce-lb-src-cidrs"
		globalflag.Register(sets.FlagSet("generic"), name)
		_ = sets.FlagSet("generic").MarkDeprecated(name, "This flag will be removed once the GCE Cloud Provider is removed from kube-controller-manager")
	}
}
