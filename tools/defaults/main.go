// Copyright 2026 The seawall authors.
// SPDX-License-Identifier: Apache-2.0

// defaults makes the tables of src/cluster/versions from the genuine components of Kubernetes and
// etcd: it builds a probe for every component of every version, inside a throw-away module that
// requires exactly that version, runs it, and merges what the probes print.
//
//	go run . -work DIR [-only 1.37,etcd-3.7] [-out ../../src/cluster/versions]
//
// DIR keeps the throw-away modules and the probes' output, one JSON file for each component of each
// version, so that an interrupted run goes on where it stopped. The tables are made from every
// output found in DIR. See docs/versions.md.
package main

import (
	"flag"
	"log"
	"os"
	"path/filepath"
	"strings"
)

// The releases that the tables are made from: the newest patch of each minor version that the
// module proxy offered on the day of the table.
var (
	kubernetesReleases = []string{
		"v1.37.2", "v1.36.3", "v1.35.4", "v1.34.4", "v1.33.13", "v1.32.13", "v1.31.14", "v1.30.14",
		"v1.29.15",
	}
	etcdReleases = []string{"v3.7.3", "v3.6.16", "v3.5.35"}

	kubernetesComponents = []string{
		"kube-apiserver", "kube-controller-manager", "kube-scheduler", "kubelet", "kube-proxy",
	}
)

// minorOf takes "v1.37.2" to "1.37".
func minorOf(release string) string {
	parts := strings.SplitN(strings.TrimPrefix(release, "v"), ".", 3)
	return parts[0] + "." + parts[1]
}

func main() {
	log.SetFlags(log.Ltime)
	work := flag.String("work", "", "directory for throw-away modules and the probes' output (required)")
	out := flag.String("out", "../../src/cluster/versions", "directory of the tables")
	only := flag.String("only", "", "minor versions to probe, such as 1.37,etcd-3.7; empty: all; none: only merge")
	again := flag.Bool("again", false, "probe again what has been probed already")
	flag.Parse()
	if *work == "" || flag.NArg() != 0 {
		flag.Usage()
		os.Exit(2)
	}
	root, err := filepath.Abs(*work)
	if err != nil {
		log.Fatal(err)
	}
	wanted := func(name string) bool {
		if *only == "" {
			return true
		}
		for _, w := range strings.Split(*only, ",") {
			if w == name {
				return true
			}
		}
		return false
	}
	b := builder{work: root, again: *again}
	failed := 0
	for _, release := range etcdReleases {
		if wanted("etcd-" + minorOf(release)) {
			if err := b.etcd(release); err != nil {
				log.Printf("etcd %s: %v", release, err)
				failed++
			}
		}
	}
	for _, release := range kubernetesReleases {
		if wanted(minorOf(release)) {
			if err := b.kubernetes(release); err != nil {
				log.Printf("Kubernetes %s: %v", release, err)
				failed++
			}
		}
	}
	if err := emit(root, *out); err != nil {
		log.Fatal(err)
	}
	if failed > 0 {
		log.Fatalf("%d versions could not be probed", failed)
	}
}
