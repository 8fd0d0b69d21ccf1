// Copyright 2026 The seawall authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"encoding/json"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"sort"
	"strconv"
	"strings"
)

// The output of a probe, as probe/record writes it.
type result struct {
	Component string
	Flags     []struct {
		Name, Type, Default, Deprecated, Repeat string
		Hidden, Split                           bool
		NoOpt                                   *string
	}
	Fields []struct {
		Kind, APIVersion, Path, Type string
		Default                      *string
	}
	FlagFields map[string]string
	Gates      []struct {
		Name, Stage     string
		Default, Locked bool
	}
	Admission, AdmitOff, Modes []string
}

// source is one probed component of one release.
type source struct {
	release string
	minor   int
	result
}

// The longest default that is kept: the scheduler's list of default plugins is of no use here.
const longestDefault = 600

// table collects what each minor version says about each key and writes it as ranges.
type table struct {
	rows map[string]map[int]string // key -> minor -> the row, with the range left out
}

func (t *table) add(key string, minor int, row string) {
	if t.rows == nil {
		t.rows = map[string]map[int]string{}
	}
	if t.rows[key] == nil {
		t.rows[key] = map[int]string{}
	}
	t.rows[key][minor] = row
}

// lines are the rows in the order of their keys and then of their versions. minors are all those
// probed, in order: a range may only go over neighbours. In a row, "@" stands for the range.
func (t *table) lines(minorsOf func(key string) []int) []string {
	keys := make([]string, 0, len(t.rows))
	for key := range t.rows {
		keys = append(keys, key)
	}
	sort.Strings(keys)
	var lines []string
	for _, key := range keys {
		minors := minorsOf(key)
		for i := 0; i < len(minors); {
			row, ok := t.rows[key][minors[i]]
			j := i + 1
			for ok && j < len(minors) && t.rows[key][minors[j]] == row {
				j++
			}
			if ok {
				lines = append(lines, strings.Replace(row, "@", fmt.Sprintf("%d, %d", minors[i], minors[j-1]), 1))
			}
			i = j
		}
	}
	return lines
}

func quote(s string) string { return strconv.Quote(s) }

func quoteOrNull(s string) string {
	if s == "" {
		return "nullptr"
	}
	return quote(s)
}

func flagType(name, repeat string) string {
	name = strings.TrimSuffix(strings.TrimPrefix(name, "flag."), "Value")
	switch name {
	case "string", "flags.SelectiveString":
		return "kString"
	case "bool":
		return "kBool"
	case "int", "int8", "int16", "int32", "int64", "uint", "uint8", "uint16", "uint32", "uint64", "count",
		"flags.uint32", "Level":
		return "kInt"
	case "float32", "float64":
		return "kFloat"
	case "duration":
		return "kDuration"
	}
	switch repeat {
	case "append", "replace":
		return "kList"
	case "merge":
		return "kMap"
	}
	return "kOther"
}

func repeatName(repeat string, split bool) string {
	switch repeat {
	case "append":
		if split {
			return "kAppendCsv"
		}
		return "kAppendRaw"
	case "merge":
		return "kMergeMap"
	case "replace":
		return "kReplace"
	}
	return "kLastWins"
}

func stageName(stage string) string {
	switch stage {
	case "ALPHA":
		return "kAlpha"
	case "BETA":
		return "kBeta"
	case "DEPRECATED":
		return "kDeprecated"
	}
	return "kGa"
}

var componentBits = map[string]int{
	"kube-apiserver": 1, "kube-controller-manager": 2, "kube-scheduler": 4, "kubelet": 8, "kube-proxy": 16, "etcd": 32,
}

func readSources(work string) ([]source, error) {
	files, err := filepath.Glob(filepath.Join(work, "out", "*", "*.json"))
	if err != nil {
		return nil, err
	}
	var sources []source
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		s := source{release: filepath.Base(filepath.Dir(file))}
		s.release = s.release[strings.LastIndex(s.release, "-")+1:]
		if s.minor, err = strconv.Atoi(strings.Split(s.release, ".")[1]); err != nil {
			return nil, err
		}
		if err := json.Unmarshal(text, &s.result); err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
		sources = append(sources, s)
	}
	sort.Slice(sources, func(i, j int) bool {
		if sources[i].Component != sources[j].Component {
			return sources[i].Component < sources[j].Component
		}
		return sources[i].minor < sources[j].minor
	})
	for i := 1; i < len(sources); i++ {
		if sources[i].Component == sources[i-1].Component && sources[i].minor == sources[i-1].minor {
			return nil, fmt.Errorf("two releases of one minor version of %s: %s and %s", sources[i].Component, sources[i-1].release, sources[i].release)
		}
	}
	return sources, nil
}

func emit(work, out string) error {
	sources, err := readSources(work)
	if err != nil {
		return err
	}
	if len(sources) == 0 {
		return fmt.Errorf("nothing probed in %s", work)
	}
	minors := map[string][]int{}
	for _, s := range sources {
		minors[s.Component] = append(minors[s.Component], s.minor)
	}
	// Keys begin with the component or kind, up to a NUL.
	byComponent := func(key string) []int { return minors[key[:strings.IndexByte(key, 0)]] }
	ofKind := map[string]string{}

	var flags, fields, flagFields, gates, admission, modes table
	var removed []string
	var sourceLines []string
	lastSeen := map[string]map[string]lastFlag{} // component -> flag
	for _, s := range sources {
		major := 1
		if s.Component == "etcd" {
			major = 3
		}
		sourceLines = append(sourceLines, fmt.Sprintf("{%s, {%d, %d}, %s},", quote(s.Component), major, s.minor, quote(s.release)))
		if lastSeen[s.Component] == nil {
			lastSeen[s.Component] = map[string]lastFlag{}
		}
		for _, f := range s.Flags {
			name := f.Name
			if s.Component != "etcd" {
				name = strings.ReplaceAll(name, "_", "-")
			}
			noOpt := "nullptr"
			if f.NoOpt != nil {
				noOpt = quote(*f.NoOpt)
			}
			flags.add(s.Component+"\x00"+name, s.minor, fmt.Sprintf("{%s, %s, %s, %s, %v, %s, @, %s, %s},",
				quote(s.Component), quote(name), flagType(f.Type, f.Repeat), repeatName(f.Repeat, f.Split), f.Hidden,
				at(quote(f.Default)), at(quoteOrNull(f.Deprecated)), at(noOpt)))
			lastSeen[s.Component][name] = lastFlag{f.Deprecated, s.FlagFields[f.Name]}
			if path, ok := s.FlagFields[f.Name]; ok {
				flagFields.add(s.Component+"\x00"+name, s.minor, fmt.Sprintf("{%s, %s, %s, @},", quote(s.Component), quote(name), quote(path)))
			}
		}
		for _, f := range s.Fields {
			def := "nullptr"
			if f.Default != nil && len(*f.Default) <= longestDefault && !s.inDefaultList(f.Kind, f.APIVersion, f.Path) {
				def = quote(*f.Default)
			}
			ofKind[f.Kind] = s.Component
			fields.add(f.Kind+"\x00"+f.Path+"\x00"+f.APIVersion, s.minor, fmt.Sprintf("{%s, %s, %s, %s, %s, @},",
				quote(f.Kind), quote(f.APIVersion), quote(f.Path), quote(f.Type), at(def)))
		}
		off := map[string]bool{}
		for _, name := range s.AdmitOff {
			off[name] = true
		}
		for _, name := range s.Admission {
			admission.add("kube-apiserver\x00"+name, s.minor, fmt.Sprintf("{%s, %v, @},", quote(name), !off[name]))
		}
		for _, name := range s.Modes {
			modes.add("kube-apiserver\x00"+name, s.minor, fmt.Sprintf("{%s, @},", quote(name)))
		}
	}
	addGates(&gates, sources)

	newest := map[string]source{}
	for _, s := range sources {
		newest[s.Component] = s
	}
	for _, component := range append(append([]string{}, kubernetesComponents...), "etcd") {
		for _, name := range sortedKeys(lastSeen[component]) {
			if gone := goneIn(flags.rows[component+"\x00"+name], minors[component]); gone != 0 {
				removed = append(removed, fmt.Sprintf("{%s, kFlag, %s, 0, %d, false, %s},", quote(component), quote(name), gone, quote(advice(name, lastSeen[component][name], newest[component]))))
			}
		}
	}
	for _, key := range sortedKeys(admission.rows) {
		if gone := goneIn(admission.rows[key], minors["kube-apiserver"]); gone != 0 {
			_, name, _ := strings.Cut(key, "\x00")
			removed = append(removed, fmt.Sprintf(`{"kube-apiserver", kAdmissionPlugin, %s, 0, %d, false, ""},`, quote(name), gone))
		}
	}
	removed = append(removed, removedGates(sources, minors)...)

	byKind := func(key string) []int { return minors[ofKind[key[:strings.IndexByte(key, 0)]]] }
	gateMinors := func(key string) []int {
		if strings.HasSuffix(key, "\x00etcd") {
			return minors["etcd"]
		}
		return minors["kubelet"]
	}
	for _, file := range []struct {
		name  string
		lines []string
	}{
		{"flags", flags.lines(byComponent)},
		{"fields", fields.lines(byKind)},
		{"flag_fields", flagFields.lines(byComponent)},
		{"gates", gates.lines(gateMinors)},
		{"admission", admission.lines(byComponent)},
		{"modes", modes.lines(byComponent)},
		{"removed", removed},
		{"sources", sourceLines},
	} {
		text := "// Made by tools/defaults: do not edit. See docs/versions.md.\n" + strings.ReplaceAll(strings.Join(file.lines, "\n"), "\x01", "@") + "\n"
		if err := os.WriteFile(filepath.Join(out, file.name+".inc"), []byte(text), 0o644); err != nil {
			return err
		}
		log.Printf("%s.inc: %d rows, %d bytes", file.name, len(file.lines), len(text))
	}
	return nil
}

// at keeps an "@" in a text from being taken for the range.
func at(s string) string { return strings.ReplaceAll(s, "@", "\x01") }

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for key := range m {
		keys = append(keys, key)
	}
	sort.Strings(keys)
	return keys
}

// goneIn is the first minor version after the last one that has the row; 0 if that is the newest.
func goneIn(row map[int]string, minors []int) int {
	last := -1
	for i, minor := range minors {
		if _, ok := row[minor]; ok {
			last = i
		}
	}
	if last == len(minors)-1 {
		return 0
	}
	return minors[last+1]
}

// inDefaultList tells whether a path lies inside a list that is itself there by default: what its
// first element holds is then no default of the field.
func (s source) inDefaultList(kind, version, path string) bool {
	for _, f := range s.Fields {
		if f.Kind == kind && f.APIVersion == version && f.Default != nil && strings.HasPrefix(path, f.Path+"[]") {
			return true
		}
	}
	return false
}

// lastFlag is what the newest version that knew a flag said about it.
type lastFlag struct {
	deprecated string
	field      string // of the configuration file
}

// advice is what to do instead of a flag that the newest version does not know, as far as the data
// says: the same flag without "experimental-", a feature gate of the same name, the field that the
// flag wrote to, or what the component itself said last.
func advice(name string, last lastFlag, newest source) string {
	plain := strings.TrimPrefix(name, "experimental-")
	for _, f := range newest.Flags {
		if f.Name == plain && plain != name {
			return "use --" + plain
		}
	}
	squeezed := strings.TrimSuffix(strings.TrimPrefix(plain, "enable-"), "-enabled")
	squeezed = strings.ReplaceAll(squeezed, "-", "")
	for _, g := range newest.Gates {
		if plain != name && strings.EqualFold(g.Name, squeezed) {
			return "use --feature-gates=" + g.Name + "=true"
		}
	}
	for _, f := range newest.Fields {
		if last.field != "" && f.Path == last.field && f.Kind != "EtcdConfig" {
			return "set " + last.field + " in the file of --config"
		}
	}
	lower := strings.ToLower(last.deprecated)
	if strings.HasPrefix(lower, "use ") || strings.Contains(lower, " use ") || strings.Contains(lower, "instead") {
		return strings.TrimSuffix(strings.ToLower(last.deprecated[:1])+last.deprecated[1:], ".")
	}
	return ""
}

// addGates puts the components that say the same about a gate into one row.
func addGates(t *table, sources []source) {
	type group struct {
		gate, attributes string
		minor            int
	}
	bits := map[group]int{}
	for _, s := range sources {
		for _, g := range s.Gates {
			bits[group{g.Name, fmt.Sprintf("%v, %s, %v", g.Default, stageName(g.Stage), g.Locked), s.minor}] |= componentBits[s.Component]
		}
	}
	for g, mask := range bits {
		key := fmt.Sprintf("%s\x00%d", g.gate, mask)
		if mask == componentBits["etcd"] {
			key = g.gate + "\x00etcd"
		}
		t.add(key, g.minor, fmt.Sprintf("{%s, %d, %s, @},", quote(g.gate), mask, g.attributes))
	}
}

// removedGates are the gates that no component of the newest version knows any more. An empty
// component stands for all of Kubernetes.
func removedGates(sources []source, minors map[string][]int) []string {
	var lines []string
	for _, product := range []string{"", "etcd"} {
		known := map[string]map[int]string{}
		all := minors["kubelet"]
		if product == "etcd" {
			all = minors["etcd"]
		}
		for _, s := range sources {
			if (s.Component == "etcd") != (product == "etcd") {
				continue
			}
			for _, g := range s.Gates {
				if known[g.Name] == nil {
					known[g.Name] = map[int]string{}
				}
				known[g.Name][s.minor] = ""
			}
		}
		for _, name := range sortedKeys(known) {
			if gone := goneIn(known[name], all); gone != 0 {
				lines = append(lines, fmt.Sprintf(`{%s, kFeatureGate, %s, 0, %d, false, ""},`, quote(product), quote(name), gone))
			}
		}
	}
	return lines
}
