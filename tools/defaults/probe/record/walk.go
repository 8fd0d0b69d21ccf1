// Copyright 2026 The seawall authors.
// SPDX-License-Identifier: Apache-2.0

package record

import (
	"encoding"
	"encoding/json"
	"fmt"
	"os"
	"reflect"
	"strings"
)

// Walker describes types and values by their JSON form.
type Walker struct {
	// TagsOnly leaves out fields without a JSON name of their own.
	TagsOnly bool
}

// By name, because the versions of these packages differ from module to module.
var known = map[string]string{
	"k8s.io/apimachinery/pkg/apis/meta/v1.Duration":        "duration",
	"k8s.io/apimachinery/pkg/apis/meta/v1.ObjectMeta":      "any", // nothing reads it in a file
	"k8s.io/apimachinery/pkg/apis/meta/v1.Time":            "time",
	"k8s.io/apimachinery/pkg/apis/meta/v1.MicroTime":       "time",
	"k8s.io/apimachinery/pkg/api/resource.Quantity":        "quantity",
	"k8s.io/apimachinery/pkg/api/resource.QuantityValue":   "quantity",
	"k8s.io/apimachinery/pkg/util/intstr.IntOrString":      "int-or-string",
	"k8s.io/apimachinery/pkg/runtime.RawExtension":         "any",
	"k8s.io/apimachinery/pkg/runtime.Unknown":              "any",
	"k8s.io/component-base/logs/api/v1.TimeOrMetaDuration": "duration",
	"encoding/json.RawMessage":                             "any",
}

var (
	unmarshaler     = reflect.TypeOf((*json.Unmarshaler)(nil)).Elem()
	textUnmarshaler = reflect.TypeOf((*encoding.TextUnmarshaler)(nil)).Elem()
)

// typeOf names the JSON type of t, without looking inside objects.
func (w Walker) typeOf(t reflect.Type) string {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if name, ok := known[t.PkgPath()+"."+t.Name()]; ok {
		return name
	}
	if t.Kind() != reflect.Interface && t.Kind() != reflect.Slice && t.Kind() != reflect.Map {
		if reflect.PointerTo(t).Implements(unmarshaler) {
			if t.Kind() == reflect.Struct {
				fmt.Fprintf(os.Stderr, "note: %v reads itself from JSON, its form is not known\n", t)
				return "any"
			}
		}
		if reflect.PointerTo(t).Implements(textUnmarshaler) {
			return "string"
		}
	}
	switch t.Kind() {
	case reflect.Bool:
		return "bool"
	case reflect.String:
		return "string"
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64,
		reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return "int"
	case reflect.Float32, reflect.Float64:
		return "float"
	case reflect.Slice, reflect.Array:
		if t.Elem().Kind() == reflect.Uint8 {
			return "string" // base64
		}
		return "list<" + w.typeOf(t.Elem()) + ">"
	case reflect.Map:
		return "map<" + w.typeOf(t.Elem()) + ">"
	case reflect.Struct:
		return "object"
	}
	return "any"
}

// jsonName gives the key of a struct field. Inline: its own fields stand in its place.
func jsonName(f reflect.StructField) (name string, inline, skip, tagged bool) {
	tag := f.Tag.Get("json")
	if tag == "-" {
		return "", false, true, true
	}
	name, options, _ := strings.Cut(tag, ",")
	if name == "" && (f.Anonymous || strings.Contains(options, "inline")) {
		return "", true, false, true
	}
	if !f.IsExported() {
		return "", false, true, false
	}
	if name == "" {
		return f.Name, false, false, false
	}
	return name, false, false, true
}

func join(path, name string) string {
	if path == "" {
		return name
	}
	return path + "." + name
}

// Types calls emit for every path below t.
func (w Walker) Types(t reflect.Type, path string, emit func(path, typ string)) {
	w.types(t, path, nil, emit)
}

func (w Walker) types(t reflect.Type, path string, above []reflect.Type, emit func(path, typ string)) {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	switch form := w.typeOf(t); {
	case form == "object":
		for _, seen := range above {
			if seen == t {
				return
			}
		}
		above = append(above, t)
		for i := 0; i < t.NumField(); i++ {
			f := t.Field(i)
			name, inline, skip, tagged := jsonName(f)
			switch {
			case skip || (w.TagsOnly && !tagged):
			case inline:
				w.types(f.Type, path, above, emit)
			default:
				emit(join(path, name), w.typeOf(f.Type))
				w.types(f.Type, join(path, name), above, emit)
			}
		}
	case strings.HasPrefix(form, "list<"):
		emit(path+"[]", w.typeOf(t.Elem()))
		w.types(t.Elem(), path+"[]", above, emit)
	case strings.HasPrefix(form, "map<"):
		emit(path+"{}", w.typeOf(t.Elem()))
		w.types(t.Elem(), path+"{}", above, emit)
	}
}

// text is the JSON form of a value, without quotes around a plain string.
func text(v reflect.Value) string {
	b, err := json.Marshal(v.Interface())
	if err != nil {
		return fmt.Sprint(v.Interface())
	}
	var s string
	if json.Unmarshal(b, &s) == nil {
		return s
	}
	return string(b)
}

// Values flattens v: the path of every value that is set, and the value. Zero values that are not
// behind a pointer count as not set. Lists and maps are one value each; with `inside`, the first
// element of a list or map is walked through instead.
func (w Walker) Values(v reflect.Value, path string, inside bool, into map[string]string) {
	for v.Kind() == reflect.Pointer {
		if v.IsNil() {
			return
		}
		v = v.Elem()
		if !v.IsZero() || v.Kind() == reflect.Struct {
			continue
		}
		if path != "" {
			into[path] = text(v) // a pointer to zero is a value
		}
		return
	}
	form := w.typeOf(v.Type())
	switch {
	case form == "object":
		t := v.Type()
		for i := 0; i < t.NumField(); i++ {
			name, inline, skip, tagged := jsonName(t.Field(i))
			switch {
			case skip || (w.TagsOnly && !tagged):
			case inline:
				w.Values(v.Field(i), path, inside, into)
			default:
				w.Values(v.Field(i), join(path, name), inside, into)
			}
		}
	case inside && strings.HasPrefix(form, "list<") && v.Len() > 0:
		w.Values(v.Index(0), path+"[]", inside, into)
	case inside && strings.HasPrefix(form, "map<") && v.Len() > 0:
		w.Values(v.MapIndex(v.MapKeys()[0]), path+"{}", inside, into)
	case v.IsZero() || !v.CanInterface():
	case (v.Kind() == reflect.Slice || v.Kind() == reflect.Map) && v.Len() == 0:
	default:
		into[path] = text(v)
	}
}

// Populate puts one element into every list of objects and an object behind every pointer to one,
// so that defaulting reaches inside them.
func (w Walker) Populate(v reflect.Value, depth int) {
	if depth > 8 || !v.CanSet() {
		return
	}
	switch v.Kind() {
	case reflect.Pointer:
		if v.Type().Elem().Kind() == reflect.Struct && w.typeOf(v.Type()) == "object" {
			v.Set(reflect.New(v.Type().Elem()))
			w.Populate(v.Elem(), depth+1)
		}
	case reflect.Slice:
		if form := w.typeOf(v.Type()); form == "list<object>" {
			v.Set(reflect.MakeSlice(v.Type(), 1, 1))
			w.Populate(v.Index(0), depth+1)
		}
	case reflect.Struct:
		if w.typeOf(v.Type()) == "object" {
			for i := 0; i < v.NumField(); i++ {
				w.Populate(v.Field(i), depth+1)
			}
		}
	}
}
