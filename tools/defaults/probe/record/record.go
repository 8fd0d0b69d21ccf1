// Copyright 2026 The seawall authors.
// SPDX-License-Identifier: Apache-2.0

// Package record holds what the probes of all components share: the form of their output and the
// walks over flags, types and values. It knows nothing of any version.
package record

import (
	"encoding/json"
	"fmt"
	"os"
	"sort"
)

// Flag is one flag as the component registers it.
type Flag struct {
	Name       string  `json:"name"`
	Type       string  `json:"type"` // pflag's name of the type; for etcd the Go type
	Default    string  `json:"default"`
	Deprecated string  `json:"deprecated,omitempty"`
	Hidden     bool    `json:"hidden,omitempty"`
	NoOpt      *string `json:"noOpt,omitempty"`  // what a bare flag means; absent: needs a value
	Repeat     string  `json:"repeat,omitempty"` // last, append, merge, replace; "" undecided
	Split      bool    `json:"split,omitempty"`  // a value is split at commas
}

// Field is one field of a configuration file.
type Field struct {
	Kind       string  `json:"kind"`
	APIVersion string  `json:"apiVersion"`
	Path       string  `json:"path"`
	Type       string  `json:"type"`
	Default    *string `json:"default,omitempty"`
}

// Gate is one feature gate.
type Gate struct {
	Name    string `json:"name"`
	Default bool   `json:"default"`
	Stage   string `json:"stage"`
	Locked  bool   `json:"locked,omitempty"`
}

// Result is everything a probe finds.
type Result struct {
	Component  string            `json:"component"`
	Flags      []Flag            `json:"flags"`
	Fields     []Field           `json:"fields,omitempty"`
	FlagFields map[string]string `json:"flagFields,omitempty"`
	Gates      []Gate            `json:"gates,omitempty"`
	Admission  []string          `json:"admission,omitempty"` // in their order
	AdmitOff   []string          `json:"admitOff,omitempty"`  // those off by default
	Modes      []string          `json:"modes,omitempty"`     // words of --authorization-mode
}

// Print writes the result to the standard output, in a stable order.
func (r *Result) Print() {
	sort.Slice(r.Flags, func(i, j int) bool { return r.Flags[i].Name < r.Flags[j].Name })
	sort.Slice(r.Gates, func(i, j int) bool { return r.Gates[i].Name < r.Gates[j].Name })
	sort.SliceStable(r.Fields, func(i, j int) bool {
		a, b := r.Fields[i], r.Fields[j]
		if a.Kind != b.Kind {
			return a.Kind < b.Kind
		}
		if a.APIVersion != b.APIVersion {
			return a.APIVersion < b.APIVersion
		}
		return a.Path < b.Path
	})
	e := json.NewEncoder(os.Stdout)
	e.SetEscapeHTML(false)
	e.SetIndent("", " ")
	if err := e.Encode(r); err != nil {
		Fail(err)
	}
}

// Fail ends the probe.
func Fail(err error) {
	fmt.Fprintln(os.Stderr, "probe:", err)
	os.Exit(1)
}

// Pairs are values to try on a flag whose type is not known: the first pair that a flag takes
// shows what repetition does, and the first value that it takes shows which field it writes.
var Pairs = [][2]string{
	{"1700", "2900"},
	{"true", "false"},
	{"false", "true"},
	{"17m0s", "29m0s"},
	{"17", "29"},
	{"192.0.2.17", "192.0.2.29"},
	{"192.0.2.0/24", "198.51.100.0/24"},
	{"192.0.2.17:1700", "192.0.2.29:2900"},
	{"AllAlpha=false", "AllBeta=false"},
	{"qaz", "wsx"},
	{"qaz=17", "wsx=29"},
	{"qaz:17", "wsx:29"},
	{"memory=17Mi", "cpu=29m"},
	{"memory.available<17Mi", "nodefs.available<29Mi"},
	{"0:memory=17Mi", "1:memory=29Mi"},
	{"qaz=17:NoSchedule", "wsx=29:NoSchedule"},
	{"qaz=http://192.0.2.17:2380", "wsx=http://192.0.2.29:2380"},
	{"http://192.0.2.17:1700", "http://192.0.2.29:2900"},
	{"17-1700", "29-2900"},
	{"Local", "Cluster"},
	{"VersionTLS13", "VersionTLS12"},
	{"TLS1.3", "TLS1.2"},
	{"/qaz,/qaz.key", "/wsx,/wsx.key"},
	{"existing", "new"},
	{"iptables", "ipvs"},
}
