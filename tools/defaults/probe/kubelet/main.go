// Copyright 2026 The seawall authors.
// SPDX-License-Identifier: Apache-2.0

// The probe of kubelet.
package main

import (
	"github.com/spf13/pflag"
	"k8s.io/kubelet/config/v1beta1"
	"k8s.io/kubernetes/cmd/kubelet/app/options"
	"k8s.io/kubernetes/pkg/kubelet/apis/config/scheme"

	"seawall.dev/tools/defaults/probe/kube"
	"seawall.dev/tools/defaults/probe/record"
)

func main() {
	r := record.Result{Component: "kubelet", Gates: kube.Gates()}

	// What the component does without --config.
	all := pflag.NewFlagSet("kubelet", pflag.ContinueOnError)
	config, err := options.NewKubeletConfiguration()
	if err != nil {
		record.Fail(err)
	}
	options.NewKubeletFlags().AddFlags(all)
	options.AddKubeletConfigFlags(all, config)
	options.AddGlobalFlags(all)
	all.BoolP("help", "h", false, "")
	r.Flags = kube.Flags(all)

	s, _, err := scheme.NewSchemeAndCodecs()
	if err != nil {
		record.Fail(err)
	}
	r.Fields = kube.Kinds(s, map[string]bool{"KubeletConfiguration": true, "CredentialProviderConfig": true})
	r.FlagFields = kube.FlagFields(kube.Names(r.Flags), func() (*pflag.FlagSet, func() (any, error)) {
		config, err := options.NewKubeletConfiguration()
		if err != nil {
			record.Fail(err)
		}
		fs := pflag.NewFlagSet("kubelet", pflag.ContinueOnError)
		options.AddKubeletConfigFlags(fs, config)
		return fs, func() (any, error) {
			file := &v1beta1.KubeletConfiguration{}
			return file, s.Convert(config, file, nil)
		}
	})
	r.Print()
}
