// Copyright 2026 The seawall authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"reflect"
	"testing"
)

func TestRangesGoOverNeighboursWithTheSameRow(t *testing.T) {
	var rows table
	for _, minor := range []int{29, 30, 31} {
		rows.add("kubelet\x00a", minor, "{a, @, old},")
	}
	rows.add("kubelet\x00a", 32, "{a, @, new},")
	rows.add("kubelet\x00b", 29, "{b, @},")
	rows.add("kubelet\x00b", 32, "{b, @},")
	got := rows.lines(func(string) []int { return []int{29, 30, 31, 32} })
	want := []string{"{a, 29, 31, old},", "{a, 32, 32, new},", "{b, 29, 29},", "{b, 32, 32},"}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestGoneInIsTheVersionAfterTheLast(t *testing.T) {
	minors := []int{29, 30, 31, 32}
	for _, c := range []struct {
		known []int
		want  int
	}{{[]int{29, 30}, 31}, {[]int{29, 31}, 32}, {[]int{29, 30, 31, 32}, 0}, {[]int{32}, 0}} {
		row := map[int]string{}
		for _, minor := range c.known {
			row[minor] = ""
		}
		if got := goneIn(row, minors); got != c.want {
			t.Errorf("known in %v: got %d, want %d", c.known, got, c.want)
		}
	}
}

func TestGateCallsFindThePackage(t *testing.T) {
	text := []byte(`package app

import (
	logsapi "k8s.io/component-base/logs/api/v1"
	"k8s.io/component-base/metrics/features"
)

func init() {
	utilruntime.Must(logsapi.AddFeatureGates(utilfeature.DefaultMutableFeatureGate))
	utilruntime.Must(features.AddFeatureGates(utilfeature.DefaultMutableFeatureGate))
}
`)
	got, err := gateCalls("server.go", text)
	want := []string{"k8s.io/component-base/logs/api/v1", "k8s.io/component-base/metrics/features"}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("got %q, %v, want %q", got, err, want)
	}
}

func TestNearestPatchesOfTheSameMinorVersion(t *testing.T) {
	got := nearest("v0.32.13", []string{"v0.3.1", "v0.32.0", "v0.32.2", "v0.32.13", "v0.32.14-rc.0", "v0.33.1", "v0.32.14"})
	want := []string{"v0.32.14", "v0.32.2", "v0.32.0"}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}
