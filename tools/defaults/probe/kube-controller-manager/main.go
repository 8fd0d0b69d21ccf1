// Copyright 2026 The seawall authors.
// SPDX-License-Identifier: Apache-2.0

// The probe of kube-controller-manager.
package main

import (
	"github.com/spf13/pflag"
	cliflag "k8s.io/component-base/cli/flag"
	"k8s.io/component-base/cli/globalflag"
	"k8s.io/component-base/logs"
	"k8s.io/component-base/version/verflag"
	"k8s.io/kubernetes/cmd/kube-controller-manager/app/options"

	"seawall.dev/tools/defaults/probe/kube"
	"seawall.dev/tools/defaults/probe/record"
)

// Set where this version has it: flags of the cloud providers that were built in.
var legacyGlobalFlags func(cliflag.NamedFlagSets)

func main() {
	r := record.Result{Component: "kube-controller-manager", Gates: kube.Gates()}
	o, err := options.NewKubeControllerManagerOptions()
	if err != nil {
		record.Fail(err)
	}
	// The names of controllers only matter for --controllers' help and for validation.
	sets := o.Flags(nil, nil, nil)
	verflag.AddFlags(sets.FlagSet("global"))
	globalflag.AddGlobalFlags(sets.FlagSet("global"), "kube-controller-manager", logs.SkipLoggingConfigurationFlags())
	if legacyGlobalFlags != nil {
		legacyGlobalFlags(sets)
	}
	all := pflag.NewFlagSet("kube-controller-manager", pflag.ContinueOnError)
	for _, fs := range sets.FlagSets {
		all.AddFlagSet(fs)
	}
	r.Flags = kube.Flags(all)
	r.Print()
}
