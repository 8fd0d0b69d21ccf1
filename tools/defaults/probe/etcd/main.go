// Copyright 2026 The seawall authors.
// SPDX-License-Identifier: Apache-2.0

// The probe of etcd.
package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"

	"go.etcd.io/etcd/server/v3/embed"
	"go.etcd.io/etcd/server/v3/etcdmain"

	"seawall.dev/tools/defaults/probe/record"
)

const kind = "EtcdConfig"

func main() {
	r := record.Result{Component: "etcd"}
	fs, config := etcdmain.SeawallFlags()
	r.Gates = gates(config)
	fs.VisitAll(func(f *flag.Flag) {
		r.Flags = append(r.Flags, record.Flag{
			Name: f.Name, Type: typeName(f.Value), Default: f.DefValue, Deprecated: deprecated(f.Usage),
		})
	})
	for i := range r.Flags {
		tryFlag(fs.Lookup(r.Flags[i].Name), &r.Flags[i])
	}
	r.FlagFields = flagFields(r.Flags)
	r.Fields = fields(r.Flags, r.FlagFields)
	r.Print()
}

// typeName is the Go type of the value, as in "flag.boolValue" or "flags.UniqueURLs".
func typeName(v flag.Value) string { return strings.TrimPrefix(reflect.TypeOf(v).String(), "*") }

// deprecated takes the sentence about deprecation out of a flag's help.
func deprecated(usage string) string {
	for _, sentence := range strings.SplitAfter(usage, ". ") {
		if strings.Contains(strings.ToLower(sentence), "deprecated") {
			return strings.TrimSpace(sentence)
		}
	}
	return ""
}

func set(f *flag.Flag, value string) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("%v", p)
		}
	}()
	return f.Value.Set(value)
}

func tryFlag(f *flag.Flag, r *record.Flag) {
	if b, ok := f.Value.(interface{ IsBoolFlag() bool }); ok && b.IsBoolFlag() {
		yes := "true"
		r.NoOpt = &yes
	}
	if r.Type == "flags.IgnoredFlag" {
		r.Deprecated = "Ignored."
		r.Repeat = "last"
		return
	}
	if strings.HasPrefix(r.Type, "flag.") || strings.Contains(r.Type, "SelectiveStringValue") {
		r.Repeat = "last"
		return
	}
	for _, pair := range record.Pairs {
		if set(f, pair[0]) != nil || set(f, pair[1]) != nil {
			continue
		}
		both := f.Value.String()
		switch {
		case strings.Contains(both, pair[0]) && strings.Contains(both, pair[1]):
			r.Repeat = "merge"
		case set(f, pair[0]+","+pair[1]) == nil:
			r.Repeat, r.Split = "replace", true
		default:
			r.Repeat = "last"
		}
		return
	}
	fmt.Fprintf(os.Stderr, "note: --%s (%s) takes none of the values tried\n", f.Name, r.Type)
	r.Repeat = "last"
}

// gates reads embed.Config.ServerFeatureGate, which older versions do not have.
func gates(config *embed.Config) []record.Gate {
	field := reflect.ValueOf(config).Elem().FieldByName("ServerFeatureGate")
	if !field.IsValid() {
		return nil
	}
	all := field.Elem().MethodByName("GetAll") // of the value in the interface
	if !all.IsValid() {
		fmt.Fprintln(os.Stderr, "note: the feature gates have no GetAll")
		return nil
	}
	var found []record.Gate
	for it := all.Call(nil)[0].MapRange(); it.Next(); {
		spec := it.Value()
		found = append(found, record.Gate{
			Name: it.Key().String(), Default: spec.FieldByName("Default").Bool(),
			Stage: stage(spec.FieldByName("PreRelease").String()), Locked: spec.FieldByName("LockToDefault").Bool(),
		})
	}
	return found
}

func stage(s string) string {
	if s == "" {
		return "GA"
	}
	return s
}

// types are the keys of the file and their types.
func types() (paths []string, typeOf map[string]string) {
	typeOf = map[string]string{}
	record.Walker{TagsOnly: true}.Types(embed.SeawallFileType(), "", func(path, typ string) {
		if _, ok := typeOf[path]; !ok {
			paths = append(paths, path)
		}
		typeOf[path] = typ
	})
	return paths, typeOf
}

// snapshot is every value of a configuration, by Go path.
func snapshot(config *embed.Config) map[string]string {
	values := map[string]string{}
	goValues(reflect.ValueOf(config).Elem(), "", values, 0)
	return values
}

func goValues(v reflect.Value, path string, into map[string]string, depth int) {
	if depth > 6 {
		return
	}
	switch v.Kind() {
	case reflect.Pointer, reflect.Interface:
		if !v.IsNil() && v.Elem().Kind() != reflect.Struct {
			goValues(v.Elem(), path, into, depth+1)
		}
	case reflect.Struct:
		for i := 0; i < v.NumField(); i++ {
			if name := v.Type().Field(i).Name; v.Type().Field(i).IsExported() && name != "FlagsExplicitlySet" {
				goValues(v.Field(i), path+"."+v.Type().Field(i).Name, into, depth+1)
			}
		}
	case reflect.Func, reflect.Chan:
	default:
		if v.CanInterface() {
			into[path] = fmt.Sprint(v.Interface())
		}
	}
}

func changes(before, after map[string]string) string {
	var lines []string
	for path, value := range after {
		if before[path] != value {
			lines = append(lines, path+"="+value)
		}
	}
	if len(lines) != 1 {
		return ""
	}
	return lines[0]
}

// flagFields pairs a flag with the key that has its name, and finds the others by what they do:
// the flag and the key change the same value of the configuration.
func flagFields(flags []record.Flag) map[string]string {
	paths, typeOf := types()
	found := map[string]string{}
	dir, err := os.MkdirTemp("", "etcd-probe")
	if err != nil {
		record.Fail(err)
	}
	defer os.RemoveAll(dir)

	// What each key does.
	const quiet = "name: probe\nlog-level: fatal\n"
	empty := readFile(dir, quiet)
	byEffect := map[string]string{}
	named := map[string]bool{}
	for _, f := range flags {
		named[f.Name] = true
	}
	for _, path := range paths {
		if named[path] {
			continue
		}
		value := "qaz"
		switch typeOf[path] {
		case "bool":
			value = "true"
		case "int":
			value = "1700"
		case "list<string>":
			value = "[qaz]"
		case "string":
		default:
			continue
		}
		key := path
		section, inner, nested := strings.Cut(path, ".")
		if nested {
			key = section + ":\n  " + inner
		}
		for _, value := range []string{value, "false"} {
			if value == "false" && typeOf[path] != "bool" {
				continue
			}
			if after := readFile(dir, quiet+key+": "+value+"\n"); after != nil {
				if effect := changes(empty, after); effect != "" {
					byEffect[effect] = path
				}
			}
		}
	}
	for _, f := range flags {
		if _, ok := typeOf[f.Name]; ok {
			found[f.Name] = f.Name
			continue
		}
		for _, value := range []string{"qaz", "true", "false", "1700"} {
			if fs, _ := etcdmain.SeawallFlags(); set(fs.Lookup(f.Name), value) != nil {
				continue
			}
			effect := changes(parse(), parse("--"+f.Name+"="+value))
			if path, ok := byEffect[effect]; ok {
				found[f.Name] = path
				break
			}
		}
	}
	return found
}

// parse is the configuration that a command line makes.
func parse(args ...string) (values map[string]string) {
	defer func() {
		if recover() != nil {
			values = nil
		}
	}()
	config, err := etcdmain.SeawallParse(append([]string{"--name=probe", "--log-level=fatal"}, args...))
	if err != nil {
		return nil
	}
	return snapshot(config)
}

func readFile(dir, text string) (values map[string]string) {
	defer func() {
		if recover() != nil {
			values = nil
		}
	}()
	path := filepath.Join(dir, "etcd.yaml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		record.Fail(err)
	}
	config, err := embed.ConfigFromFile(path)
	if err != nil {
		return nil
	}
	return snapshot(config)
}

// fields are the keys with the defaults of the flags that stand for them.
func fields(flags []record.Flag, flagFields map[string]string) []record.Field {
	defaults := map[string]*string{}
	for i := range flags {
		if path, ok := flagFields[flags[i].Name]; ok && flags[i].Default != "" {
			defaults[path] = &flags[i].Default
		}
	}
	paths, typeOf := types()
	var all []record.Field
	for _, path := range paths {
		all = append(all, record.Field{Kind: kind, Path: path, Type: typeOf[path], Default: defaults[path]})
	}
	return all
}
