// Copyright 2026 The seawall authors.
// SPDX-License-Identifier: Apache-2.0

// The probe of kube-scheduler.
package main

import (
	"github.com/spf13/pflag"
	"k8s.io/component-base/cli/globalflag"
	"k8s.io/component-base/logs"
	"k8s.io/component-base/version/verflag"
	v1 "k8s.io/kube-scheduler/config/v1"
	"k8s.io/kubernetes/cmd/kube-scheduler/app/options"
	"k8s.io/kubernetes/pkg/scheduler/apis/config/latest"
	"k8s.io/kubernetes/pkg/scheduler/apis/config/scheme"

	"seawall.dev/tools/defaults/probe/kube"
	"seawall.dev/tools/defaults/probe/record"
)

func flagSet(o *options.Options) *pflag.FlagSet {
	sets := o.Flags
	verflag.AddFlags(sets.FlagSet("global"))
	globalflag.AddGlobalFlags(sets.FlagSet("global"), "kube-scheduler", logs.SkipLoggingConfigurationFlags())
	all := pflag.NewFlagSet("kube-scheduler", pflag.ContinueOnError)
	for _, fs := range sets.FlagSets {
		all.AddFlagSet(fs)
	}
	return all
}

func main() {
	r := record.Result{Component: "kube-scheduler", Gates: kube.Gates()}
	r.Flags = kube.Flags(flagSet(options.NewOptions()))
	r.Fields = kube.Kinds(scheme.Scheme, map[string]bool{"KubeSchedulerConfiguration": true})
	r.FlagFields = kube.FlagFields(kube.Names(r.Flags), func() (*pflag.FlagSet, func() (any, error)) {
		o := options.NewOptions()
		// What the component does without --config.
		return flagSet(o), func() (any, error) {
			config, err := latest.Default()
			if err != nil {
				return nil, err
			}
			o.ComponentConfig = config
			o.ApplyDeprecated()
			o.ApplyLeaderElectionTo(o.ComponentConfig)
			file := &v1.KubeSchedulerConfiguration{}
			return file, scheme.Scheme.Convert(o.ComponentConfig, file, nil)
		}
	})
	r.Print()
}
