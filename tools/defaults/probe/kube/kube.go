// Copyright 2026 The seawall authors.
// SPDX-License-Identifier: Apache-2.0

// Package kube reads flag sets, feature gates and configuration types of Kubernetes components.
package kube

import (
	"fmt"
	"os"
	"reflect"
	"strings"

	"github.com/spf13/pflag"
	"k8s.io/apimachinery/pkg/runtime"
	utilfeature "k8s.io/apiserver/pkg/util/feature"
	"k8s.io/component-base/featuregate"

	"seawall.dev/tools/defaults/probe/record"
)

// How repetition behaves where the name of pflag's type says it all. The others are tried out.
var repeat = map[string]string{
	"string": "last", "bool": "last", "duration": "last", "count": "last",
	"int": "last", "int8": "last", "int16": "last", "int32": "last", "int64": "last",
	"uint": "last", "uint8": "last", "uint16": "last", "uint32": "last", "uint64": "last",
	"float32": "last", "float64": "last", "ip": "last", "ipNet": "last", "quantity": "last",
	"Level": "last", "version": "last",
	"mapStringBool": "merge", "mapStringString": "merge", "stringToString": "merge",
	"colonSeparatedMultimapStringString": "merge", "pattern=N,...": "merge",
}

// Flags records a flag set, and then tries it out: afterwards it is of no further use.
func Flags(fs *pflag.FlagSet) []record.Flag {
	var flags []record.Flag
	fs.VisitAll(func(f *pflag.Flag) {
		r := record.Flag{
			Name: f.Name, Type: f.Value.Type(), Default: f.DefValue, Deprecated: f.Deprecated,
			Hidden: f.Hidden && f.Deprecated == "",
		}
		if f.NoOptDefVal != "" {
			noOpt := f.NoOptDefVal
			r.NoOpt = &noOpt
		}
		flags = append(flags, r)
	})
	for i := range flags {
		r := &flags[i]
		if r.Repeat = repeat[r.Type]; r.Repeat == "" {
			tryRepeat(fs.Lookup(r.Name), r)
		}
	}
	return flags
}

func set(f *pflag.Flag, value string) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("%v", p)
		}
	}()
	return f.Value.Set(value)
}

func tryRepeat(f *pflag.Flag, r *record.Flag) {
	for _, pair := range record.Pairs {
		if set(f, pair[0]) != nil {
			continue
		}
		one := f.Value.String()
		if set(f, pair[1]) != nil {
			continue
		}
		both := f.Value.String()
		first := strings.SplitN(pair[0], ",", 2)[0]
		second := strings.SplitN(pair[1], ",", 2)[0]
		switch {
		case strings.Contains(both, first) && strings.Contains(both, second):
			r.Repeat = "append"
			if strings.ContainsAny(pair[0], "=<:") && !strings.Contains(pair[0], "/") {
				r.Repeat = "merge"
			}
		case one != both:
			r.Repeat = "last"
		default:
			fmt.Fprintf(os.Stderr, "note: --%s (%s) shows neither of %q\n", f.Name, r.Type, pair)
			continue
		}
		// "x,x" is two elements where commas split: it then prints otherwise than it was written,
		// or as a list of two.
		if s, ok := f.Value.(pflag.SliceValue); ok && r.Repeat == "append" {
			n := len(s.GetSlice())
			if set(f, pair[0]+","+pair[1]) == nil {
				r.Split = len(s.GetSlice()) == n+2
			}
		} else {
			r.Split = true
		}
		return
	}
	fmt.Fprintf(os.Stderr, "note: --%s (%s) takes none of the values tried\n", f.Name, r.Type)
}

// Gates records the process's feature gates.
func Gates() []record.Gate {
	var gates []record.Gate
	for name, spec := range utilfeature.DefaultMutableFeatureGate.GetAll() {
		stage := string(spec.PreRelease)
		switch spec.PreRelease {
		case featuregate.GA:
			stage = "GA"
		}
		gates = append(gates, record.Gate{
			Name: string(name), Default: spec.Default, Stage: stage, Locked: spec.LockToDefault,
		})
	}
	return gates
}

// Kinds records the fields of those versioned kinds of the scheme for which want says so.
func Kinds(scheme *runtime.Scheme, want map[string]bool) []record.Field {
	var fields []record.Field
	w := record.Walker{}
	for gvk, t := range scheme.AllKnownTypes() {
		if !want[gvk.Kind] || gvk.Version == runtime.APIVersionInternal {
			continue
		}
		plain, inside := defaults(w, scheme, t, false), defaults(w, scheme, t, true)
		w.Types(t, "", func(path, typ string) {
			field := record.Field{
				Kind: gvk.Kind, APIVersion: gvk.GroupVersion().String(), Path: path, Type: typ,
			}
			if value, ok := plain[path]; ok {
				field.Default = &value
			} else if value, ok := inside[path]; ok && strings.Contains(path, "[]") {
				field.Default = &value
			}
			fields = append(fields, field)
		})
	}
	return fields
}

// defaults is what the scheme's defaulting puts into an empty object, or inside the elements of
// lists.
func defaults(w record.Walker, scheme *runtime.Scheme, t reflect.Type, inside bool) map[string]string {
	values := map[string]string{}
	defer func() {
		if p := recover(); p != nil {
			fmt.Fprintf(os.Stderr, "note: defaulting of %v (inside lists: %v): %v\n", t, inside, p)
		}
	}()
	object := reflect.New(t)
	if inside {
		w.Populate(object.Elem(), 0)
	}
	scheme.Default(object.Interface().(runtime.Object))
	w.Values(object, "", inside, values)
	return values
}

// FlagFields finds the field that each flag writes to: fresh makes a flag set with nothing set and
// a function that gives the resulting file as a versioned object; each flag in turn is set to
// something else, and the object compared.
func FlagFields(names []string, fresh func() (*pflag.FlagSet, func() (any, error))) map[string]string {
	w := record.Walker{}
	flatten := func(read func() (any, error)) (values map[string]string) {
		defer func() {
			if p := recover(); p != nil {
				fmt.Fprintln(os.Stderr, "note: reading the object:", p)
				values = nil
			}
		}()
		object, err := read()
		if err != nil {
			return nil
		}
		values = map[string]string{}
		w.Values(reflect.ValueOf(object), "", false, values)
		return values
	}
	_, read := fresh()
	before := flatten(read)
	found := map[string]string{}
	for _, name := range names {
		for _, pair := range record.Pairs {
			fs, read := fresh()
			f := fs.Lookup(name)
			if f == nil {
				break
			}
			if set(f, pair[0]) != nil {
				continue
			}
			f.Changed = true
			after := flatten(read)
			if after == nil {
				continue
			}
			var changed []string
			for path, value := range after {
				if old, ok := before[path]; !ok || old != value {
					changed = append(changed, path)
				}
			}
			for path := range before {
				if _, ok := after[path]; !ok {
					changed = append(changed, path)
				}
			}
			if len(changed) == 1 {
				found[name] = changed[0]
				break
			}
			if len(changed) > 1 {
				fmt.Fprintf(os.Stderr, "note: --%s changes %q\n", name, changed)
				break
			}
		}
	}
	return found
}

// Names are the names of recorded flags.
func Names(flags []record.Flag) []string {
	var names []string
	for _, f := range flags {
		names = append(names, f.Name)
	}
	return names
}
