// Copyright 2026 The seawall authors.
// SPDX-License-Identifier: Apache-2.0

// The probe of kube-apiserver.
package main

import (
	"sort"

	"github.com/spf13/pflag"
	"k8s.io/apimachinery/pkg/runtime"
	apiserverinstall "k8s.io/apiserver/pkg/apis/apiserver/install"
	auditinstall "k8s.io/apiserver/pkg/apis/audit/install"
	"k8s.io/component-base/cli/globalflag"
	"k8s.io/component-base/logs"
	"k8s.io/component-base/version/verflag"
	"k8s.io/kubernetes/cmd/kube-apiserver/app/options"
	"k8s.io/kubernetes/pkg/kubeapiserver/authorizer/modes"
	kubeoptions "k8s.io/kubernetes/pkg/kubeapiserver/options"
	podsecurity "k8s.io/pod-security-admission/admission/api/scheme"

	"seawall.dev/tools/defaults/probe/kube"
	"seawall.dev/tools/defaults/probe/record"
)

// Set where this version has it: flags of admission plugins and cloud providers.
var customGlobalFlags func(*pflag.FlagSet)

func main() {
	r := record.Result{Component: "kube-apiserver", Gates: kube.Gates()}
	sets := options.NewServerRunOptions().Flags()
	verflag.AddFlags(sets.FlagSet("global"))
	globalflag.AddGlobalFlags(sets.FlagSet("global"), "kube-apiserver", logs.SkipLoggingConfigurationFlags())
	if customGlobalFlags != nil {
		customGlobalFlags(sets.FlagSet("generic"))
	}
	all := pflag.NewFlagSet("kube-apiserver", pflag.ContinueOnError)
	for _, fs := range sets.FlagSets {
		all.AddFlagSet(fs)
	}
	r.Flags = kube.Flags(all)

	r.Admission = kubeoptions.AllOrderedPlugins
	for name := range kubeoptions.DefaultOffAdmissionPlugins() {
		r.AdmitOff = append(r.AdmitOff, name)
	}
	sort.Strings(r.AdmitOff)
	r.Modes = modes.AuthorizationModeChoices

	scheme := runtime.NewScheme()
	apiserverinstall.Install(scheme)
	auditinstall.Install(scheme)
	podsecurity.AddToScheme(scheme)
	r.Fields = kube.Kinds(scheme, map[string]bool{
		"AdmissionConfiguration": true, "AuthenticationConfiguration": true,
		"AuthorizationConfiguration": true, "EncryptionConfiguration": true,
		"EgressSelectorConfiguration": true, "TracingConfiguration": true, "Policy": true,
		"PodSecurityConfiguration": true,
	})
	r.Print()
}
