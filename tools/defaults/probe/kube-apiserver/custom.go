//go:build customglobalflags

// Copyright 2026 The seawall authors.
// SPDX-License-Identifier: Apache-2.0

package main

import "k8s.io/kubernetes/cmd/kube-apiserver/app/options"

func init() { customGlobalFlags = options.AddCustomGlobalFlags }
