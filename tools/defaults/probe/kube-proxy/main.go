// Copyright 2026 The seawall authors.
// SPDX-License-Identifier: Apache-2.0

// The probe of kube-proxy.
package main

import (
	"reflect"
	"unsafe"

	"github.com/spf13/pflag"
	"k8s.io/kube-proxy/config/v1alpha1"
	"k8s.io/kubernetes/cmd/kube-proxy/app"
	"k8s.io/kubernetes/pkg/proxy/apis/config"
	"k8s.io/kubernetes/pkg/proxy/apis/config/scheme"

	"seawall.dev/tools/defaults/probe/kube"
	"seawall.dev/tools/defaults/probe/record"
)

// configOf reads the field `config`, which the package keeps to itself.
func configOf(o *app.Options) *config.KubeProxyConfiguration {
	field := reflect.ValueOf(o).Elem().FieldByName("config")
	return *(**config.KubeProxyConfiguration)(unsafe.Pointer(field.UnsafeAddr()))
}

func main() {
	r := record.Result{Component: "kube-proxy", Gates: kube.Gates()}
	cmd := app.NewProxyCommand()
	cmd.InitDefaultHelpFlag()
	r.Flags = kube.Flags(cmd.Flags())
	r.Fields = kube.Kinds(scheme.Scheme, map[string]bool{"KubeProxyConfiguration": true})
	r.FlagFields = kube.FlagFields(kube.Names(r.Flags), func() (*pflag.FlagSet, func() (any, error)) {
		o := app.NewOptions()
		fs := pflag.NewFlagSet("kube-proxy", pflag.ContinueOnError)
		o.AddFlags(fs)
		return fs, func() (any, error) {
			if err := o.Complete(fs); err != nil {
				return nil, err
			}
			file := &v1alpha1.KubeProxyConfiguration{}
			return file, scheme.Scheme.Convert(configOf(o), file, nil)
		}
	})
	r.Print()
}
