// Copyright 2026 The seawall authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"go/parser"
	"go/token"
	"log"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"sort"
	"strconv"
	"strings"
	"time"
)

const (
	probeModule = "seawall.dev/tools/defaults/probe"
	kubeModule  = "k8s.io/kubernetes"
	etcdModule  = "go.etcd.io/etcd/server/v3"
)

type builder struct {
	work  string
	again bool
}

// module is one throw-away module.
type module struct {
	dir string
}

func (b builder) output(product, release, component string) string {
	return filepath.Join(b.work, "out", product+"-"+release, component+".json")
}

func (b builder) done(path string) bool {
	_, err := os.Stat(path)
	return err == nil && !b.again
}

// command runs go (or anything else) in the module, without cgo and without a workspace.
func (m module) command(name string, args ...string) ([]byte, error) {
	cmd := exec.Command(name, args...)
	cmd.Dir = m.dir
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOWORK=off", "GOOS=linux", "GOARCH=amd64")
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		text := stderr.String()
		if len(text) > 4000 {
			text = "...\n" + text[len(text)-4000:]
		}
		return nil, fmt.Errorf("%s %s: %v\n%s", filepath.Base(name), strings.Join(args, " "), err, text)
	}
	if name != "go" && stderr.Len() > 0 {
		log.Printf("%s:\n%s", filepath.Base(name), stderr.String())
	}
	return stdout.Bytes(), nil
}

// goMod is what `go mod edit -json` prints.
type goMod struct {
	Go      string
	Require []struct{ Path, Version string }
	Replace []struct {
		Old, New struct{ Path, Version string }
	}
}

// newModule makes the throw-away module for one release: it requires the release and everything
// that the release itself requires, in the same versions.
func (b builder) newModule(product, path, release string) (module, string, error) {
	m := module{dir: filepath.Join(b.work, "module", product+"-"+release)}
	if err := os.MkdirAll(m.dir, 0o755); err != nil {
		return m, "", err
	}
	download, err := module{dir: b.work}.command("go", "mod", "download", "-json", path+"@"+release)
	if err != nil {
		return m, "", err
	}
	var where struct{ Dir, GoMod string }
	if err := json.Unmarshal(download, &where); err != nil {
		return m, "", err
	}
	text, err := m.command("go", "mod", "edit", "-json", where.GoMod)
	if err != nil {
		return m, "", err
	}
	var mod goMod
	if err := json.Unmarshal(text, &mod); err != nil {
		return m, "", err
	}
	var lines []string
	lines = append(lines, "module "+probeModule, "go "+mod.Go, "require "+path+" "+release)
	staging, err := b.staging(mod, "v0"+strings.TrimPrefix(release, "v1"))
	if err != nil {
		return m, "", err
	}
	for _, r := range mod.Require {
		if version := staging[r.Path]; version != "" {
			lines = append(lines, "require "+r.Path+" "+version)
			lines = append(lines, "replace "+r.Path+" => "+r.Path+" "+version)
		} else {
			lines = append(lines, "require "+r.Path+" "+r.Version)
		}
	}
	for _, r := range mod.Replace {
		if r.New.Version != "" { // not one of the staging directories
			lines = append(lines, fmt.Sprintf("replace %s %s => %s %s", r.Old.Path, r.Old.Version, r.New.Path, r.New.Version))
		}
	}
	err = os.WriteFile(filepath.Join(m.dir, "go.mod"), []byte(strings.Join(lines, "\n")+"\n"), 0o644)
	return m, where.Dir, err
}

// staging are the versions of the modules that live in Kubernetes' own tree and are published beside
// it. The proxy does not always have all of them for a patch: then the nearest patch that it has.
func (b builder) staging(mod goMod, version string) (map[string]string, error) {
	here := module{dir: b.work}
	// The proxy does not list all that it has of these modules, but for Kubernetes itself it does.
	text, err := here.command("go", "list", "-m", "-mod=mod", "-versions", "-f", `{{join .Versions "\n"}}`, kubeModule)
	if err != nil {
		return nil, err
	}
	published := strings.Fields(strings.ReplaceAll("\n"+string(text), "\nv1.", "\nv0."))
	found := map[string]string{}
	for _, r := range mod.Require {
		if r.Version != "v0.0.0" || !strings.HasPrefix(r.Path, "k8s.io/") {
			continue
		}
		if _, err := here.command("go", "mod", "download", "-json", r.Path+"@"+version); err == nil {
			found[r.Path] = version
			continue
		}
		near := nearest(version, published)
		for len(near) > 0 && found[r.Path] == "" {
			if _, err := here.command("go", "mod", "download", "-json", r.Path+"@"+near[0]); err == nil {
				found[r.Path] = near[0]
				log.Printf("%s %s is not to be had: %s instead", r.Path, version, near[0])
			}
			near = near[1:]
		}
		if found[r.Path] == "" {
			log.Printf("%s %s is not to be had, nor any other patch", r.Path, version)
			found[r.Path] = version // perhaps nothing needs it
		}
	}
	return found, nil
}

// nearest are the releases of the same minor version, those nearest to the patch first.
func nearest(version string, versions []string) []string {
	minor := version[:strings.LastIndex(version, ".")+1]
	patch, _ := strconv.Atoi(version[len(minor):])
	distance := func(v string) int {
		n, err := strconv.Atoi(strings.TrimPrefix(v, minor))
		switch {
		case err != nil:
			return -1 // another minor version, or a pre-release
		case n > patch:
			return n - patch
		}
		return patch - n
	}
	var near []string
	for _, v := range versions {
		if strings.HasPrefix(v, minor) && distance(v) > 0 {
			near = append(near, v)
		}
	}
	sort.SliceStable(near, func(i, j int) bool { return distance(near[i]) < distance(near[j]) })
	return near
}

// copyPackage puts a package of the probes into the module. The module's path is the probes' own,
// so that their imports of each other hold.
func (m module) copyPackage(name string) error {
	source := filepath.Join("probe", name)
	files, err := os.ReadDir(source)
	if err != nil {
		return err
	}
	target := filepath.Join(m.dir, name)
	if err := os.RemoveAll(target); err != nil { // an earlier run may have left linked.go
		return err
	}
	if err := os.MkdirAll(target, 0o755); err != nil {
		return err
	}
	for _, f := range files {
		text, err := os.ReadFile(filepath.Join(source, f.Name()))
		if err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(target, f.Name()), text, 0o644); err != nil {
			return err
		}
	}
	return nil
}

// build compiles packages of the module into its bin directory. The compiler need not work hard for
// programs that run once, and the linker of newer Go would refuse what older dependencies do with
// go:linkname.
func (m module) build(packages, tags []string, ldflags string) error {
	args := []string{
		"build", "-mod=mod", "-trimpath", "-gcflags=all=-l -dwarf=0", "-gcflags=k8s.io/...=-l -dwarf=0 -B",
		"-ldflags=-s -w -checklinkname=0 " + ldflags, "-o", filepath.Join(m.dir, "bin") + "/",
	}
	if len(tags) > 0 {
		args = append(args, "-tags="+strings.Join(tags, ","))
	}
	_, err := m.command("go", append(args, packages...)...)
	return err
}

func (b builder) kubernetes(release string) error {
	var missing []string
	for _, c := range kubernetesComponents {
		if !b.done(b.output("kubernetes", release, c)) {
			missing = append(missing, c)
		}
	}
	if len(missing) == 0 {
		return nil
	}
	m, source, err := b.newModule("kubernetes", kubeModule, release)
	if err != nil {
		return err
	}
	for _, name := range []string{"record", "kube"} {
		if err := m.copyPackage(name); err != nil {
			return err
		}
	}
	tags, err := featureTags(source)
	if err != nil {
		return err
	}
	version := strings.SplitN(strings.TrimPrefix(release, "v"), ".", 3)
	ldflags := fmt.Sprintf("-X k8s.io/component-base/version.gitVersion=%s -X k8s.io/component-base/version.gitMajor=%s -X k8s.io/component-base/version.gitMinor=%s",
		release, version[0], version[1])
	start := time.Now()
	var packages []string
	for _, component := range missing {
		if err := m.copyPackage(component); err != nil {
			return err
		}
		packages = append(packages, "./"+component)
	}
	graph, err := m.imports(missing)
	if err != nil {
		return err
	}
	for _, component := range missing {
		if err := m.linkSame(graph, source, component); err != nil {
			return fmt.Errorf("%s: %w", component, err)
		}
	}
	if err := m.build(packages, tags, ldflags); err != nil {
		return err
	}
	for _, component := range missing {
		if err := b.run(m, component, b.output("kubernetes", release, component)); err != nil {
			return err
		}
	}
	log.Printf("Kubernetes %s: %s", release, time.Since(start).Round(time.Second))
	return os.RemoveAll(filepath.Join(m.dir, "bin"))
}

func (b builder) run(m module, name, output string) error {
	text, err := m.command(filepath.Join(m.dir, "bin", name))
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(output), 0o755); err != nil {
		return err
	}
	return os.WriteFile(output, text, 0o644)
}

// featureTags are the build tags for what only some versions have.
func featureTags(source string) ([]string, error) {
	var tags []string
	for _, t := range []struct{ tag, dir, function string }{
		{"customglobalflags", "cmd/kube-apiserver/app/options", "func AddCustomGlobalFlags("},
		{"legacyglobalflags", "cmd/kube-controller-manager/app", "func registerLegacyGlobalFlags("},
	} {
		files, err := filepath.Glob(filepath.Join(source, t.dir, "*.go"))
		if err != nil {
			return nil, err
		}
		for _, file := range files {
			text, err := os.ReadFile(file)
			if err != nil {
				return nil, err
			}
			if !strings.HasSuffix(file, "_test.go") && bytes.Contains(text, []byte(t.function)) {
				tags = append(tags, t.tag)
				break
			}
		}
	}
	return tags, nil
}

var (
	blankImport  = regexp.MustCompile(`(?m)^\s*_ "([^"]+)"`)
	addsOwnGates = regexp.MustCompile(`Default(Mutable)?(Versioned)?FeatureGate\.(Add|AddVersioned)\(|AddFeaturesToExistingFeatureGates`)
	addsGates    = regexp.MustCompile(addsOwnGates.String() + `|\.AddFeatureGates\(`)
)

// node is a package and what it imports.
type node struct {
	dir     string
	imports []string
}

// imports is the graph of imports below the genuine components and below their probes.
func (m module) imports(components []string) (map[string]node, error) {
	args := []string{"list", "-mod=mod", "-deps", "-f", `{{.ImportPath}}|{{.Dir}}|{{join .Imports ","}}`}
	for _, component := range components {
		args = append(args, kubeModule+"/cmd/"+component, "./"+component)
	}
	text, err := m.command("go", args...)
	if err != nil {
		return nil, err
	}
	graph := map[string]node{}
	for _, line := range strings.Split(strings.TrimSpace(string(text)), "\n") {
		parts := strings.SplitN(line, "|", 3)
		if len(parts) != 3 {
			return nil, fmt.Errorf("go list printed %q", line)
		}
		graph[parts[0]] = node{parts[1], strings.Split(parts[2], ",")}
	}
	return graph, nil
}

// reach is every package that root needs, itself included.
func reach(graph map[string]node, root string) map[string]bool {
	seen := map[string]bool{root: true}
	for todo := []string{root}; len(todo) > 0; {
		next := graph[todo[0]].imports
		todo = todo[1:]
		for _, path := range next {
			if _, ok := graph[path]; ok && !seen[path] {
				seen[path] = true
				todo = append(todo, path)
			}
		}
	}
	return seen
}

// linkSame makes the probe of a component import what the component itself links and what can add
// feature gates or flags: the blank imports of its main package, and every package that adds feature
// gates. The probes import the components' options and not the components, which takes a third less
// to compile; without this they would know fewer gates.
func (m module) linkSame(graph map[string]node, source, component string) error {
	imports := map[string]bool{}
	calls := map[string]bool{} // packages whose AddFeatureGates is called
	mains, err := filepath.Glob(filepath.Join(source, "cmd", component, "*.go"))
	if err != nil {
		return err
	}
	for _, file := range mains {
		text, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		for _, match := range blankImport.FindAllSubmatch(text, -1) {
			imports[string(match[1])] = true
		}
	}
	ours := reach(graph, probeModule+"/"+component)
	for path := range reach(graph, kubeModule+"/cmd/"+component) {
		if ours[path] || !strings.Contains(path, "k8s.io/") {
			continue
		}
		dir := graph[path].dir
		files, err := filepath.Glob(filepath.Join(dir, "*.go"))
		if err != nil {
			return err
		}
		for _, file := range files {
			text, err := os.ReadFile(file)
			if err != nil {
				return err
			}
			if strings.HasSuffix(file, "_test.go") || !addsGates.Match(text) {
				continue
			}
			if addsOwnGates.Match(text) {
				imports[path] = true
				log.Printf("%s: links %s for its gates", component, path)
			}
			more, err := gateCalls(file, text)
			if err != nil {
				return err
			}
			for _, call := range more {
				calls[call] = true
			}
		}
	}
	var lines []string
	for path := range imports {
		lines = append(lines, fmt.Sprintf("import _ %q", path))
	}
	sort.Strings(lines)
	text := "package main\n\n" + strings.Join(lines, "\n") + "\n"
	if len(calls) > 0 {
		text += "import utilfeature \"k8s.io/apiserver/pkg/util/feature\"\n"
		names := sortedKeys(calls)
		for i, path := range names {
			text += fmt.Sprintf("import gates%d %q\n", i, path)
		}
		text += "\nfunc init() {\n"
		for i := range names {
			text += fmt.Sprintf("\tif err := gates%d.AddFeatureGates(utilfeature.DefaultMutableFeatureGate); err != nil {\n\t\tpanic(err)\n\t}\n", i)
		}
		text += "}\n"
	}
	return os.WriteFile(filepath.Join(m.dir, component, "linked.go"), []byte(text), 0o644)
}

var gateCall = regexp.MustCompile(`(\w+)\.AddFeatureGates\(utilfeature\.DefaultMutableFeatureGate\)`)

// gateCalls are the packages whose AddFeatureGates the file calls when it is loaded.
func gateCalls(name string, text []byte) ([]string, error) {
	file, err := parser.ParseFile(token.NewFileSet(), name, text, parser.ImportsOnly)
	if err != nil {
		return nil, err
	}
	byName := map[string]string{}
	for _, spec := range file.Imports {
		path := strings.Trim(spec.Path.Value, `"`)
		short := filepath.Base(path)
		if spec.Name != nil {
			short = spec.Name.Name
		}
		byName[short] = path
	}
	var calls []string
	for _, match := range gateCall.FindAllSubmatch(text, -1) {
		path, ok := byName[string(match[1])]
		if !ok {
			return nil, fmt.Errorf("%s: whose is %s?", name, match[0])
		}
		calls = append(calls, path)
	}
	return calls, nil
}

func (b builder) etcd(release string) error {
	output := b.output("etcd", release, "etcd")
	if b.done(output) {
		return nil
	}
	start := time.Now()
	m, source, err := b.newModule("etcd", etcdModule, release)
	if err != nil {
		return err
	}
	for _, name := range []string{"record", "etcd"} {
		if err := m.copyPackage(name); err != nil {
			return err
		}
	}
	// Two packages keep to themselves what the probe needs: they get one more file each, in a copy.
	server := filepath.Join(m.dir, "server")
	if err := os.RemoveAll(server); err != nil {
		return err
	}
	if err := os.CopyFS(server, os.DirFS(source)); err != nil {
		return err
	}
	for _, name := range []string{"etcdmain", "embed"} {
		text, err := os.ReadFile(filepath.Join(m.dir, "etcd", name+".go.added"))
		if err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(server, name, "seawall.go"), text, 0o644); err != nil {
			return err
		}
	}
	if _, err := m.command("go", "mod", "edit", "-replace="+etcdModule+"=./server"); err != nil {
		return err
	}
	if err := m.build([]string{"./etcd"}, nil, ""); err != nil {
		return err
	}
	if err := b.run(m, "etcd", output); err != nil {
		return err
	}
	log.Printf("etcd %s: %s", release, time.Since(start).Round(time.Second))
	return os.RemoveAll(filepath.Join(m.dir, "bin"))
}
