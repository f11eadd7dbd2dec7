package httpapi

import (
	"bytes"
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/parley-chat/parley/chatserver/name"
	"github.com/parley-chat/parley/chatserver/protocol"
)

const documentURL = "https://parley.test/openapi.json"

// document reads openapi.json. With strict, objects may hold nothing that it does
// not name: clients must ignore what they do not know, but the server may not send
// what is not described.
func document(t *testing.T, strict bool) map[string]any {
	t.Helper()
	var doc map[string]any
	if err := json.Unmarshal(openAPI, &doc); err != nil {
		t.Fatal(err)
	}
	if strict {
		for _, schema := range at(t, doc, "components", "schemas") {
			schema.(map[string]any)["additionalProperties"] = false
		}
	}
	return doc
}

func at(t *testing.T, doc any, path ...string) map[string]any {
	t.Helper()
	for _, key := range path {
		doc = doc.(map[string]any)[key]
		if doc == nil {
			t.Fatalf("openapi.json has no %s", strings.Join(path, " "))
		}
	}
	return doc.(map[string]any)
}

func TestEveryRouteIsDescribed(t *testing.T) {
	var routes []string
	for _, route := range (&api{}).routes() {
		routes = append(routes, route.path)
	}
	slices.Sort(routes)
	if diff := cmp.Diff(routes, slices.Sorted(maps.Keys(at(t, document(t, false), "paths")))); diff != "" {
		t.Errorf("-routes +described:\n%s", diff)
	}
}

// TestAnswersAreAsDescribed checks every answer against the schema that
// openapi.json has for its path, status and media type.
func TestAnswersAreAsDescribed(t *testing.T) {
	compiler := jsonschema.NewCompiler()
	compiler.DefaultDraft(jsonschema.Draft2020)
	compiler.AssertFormat()
	doc := document(t, true)
	if err := compiler.AddResource(documentURL, doc); err != nil {
		t.Fatal(err)
	}
	checked := map[string]bool{}
	for i, c := range answers {
		path := describedPath(c.target)
		if path == "" {
			continue // not a path of the API
		}
		t.Run(c.name, func(t *testing.T) {
			w := answer(t, i)
			pointer, headers := responsePointer(t, doc, path, w.Code)
			for header := range headers {
				if w.Header().Get(header) == "" {
					t.Errorf("no %s", header)
				}
			}
			media, _, _ := strings.Cut(w.Header().Get("Content-Type"), ";")
			schema, err := compiler.Compile(documentURL + "#" + pointer + "/content/" + escape(media) + "/schema")
			if err != nil {
				t.Fatal(err)
			}
			instance, err := jsonschema.UnmarshalJSON(bytes.NewReader(w.Body.Bytes()))
			if err != nil {
				t.Fatal(err)
			}
			if err := schema.Validate(instance); err != nil {
				t.Errorf("%v\n%s", err, w.Body)
			}
			checked[path+" "+strconv.Itoa(w.Code)] = true
		})
	}
	if len(checked) < 9 {
		t.Errorf("only %d kinds of answers were checked: %v", len(checked), slices.Sorted(maps.Keys(checked)))
	}
}

// describedPath gives the path of openapi.json that a target belongs to.
func describedPath(target string) string {
	path, _, _ := strings.Cut(target, "?")
	switch {
	case path == "/messages", path == "/api/v1/channels":
		return path
	case strings.HasPrefix(path, "/api/v1/channels/"):
		return "/api/v1/channels/{name}/messages"
	default:
		return ""
	}
}

func responsePointer(t *testing.T, doc map[string]any, path string, status int) (pointer string, headers map[string]any) {
	t.Helper()
	// What a method other than GET is answered stands at the get, too.
	code := strconv.Itoa(status)
	response := at(t, doc, "paths", path, "get", "responses", code)
	pointer = "/paths/" + escape(path) + "/get/responses/" + code
	if ref, ok := response["$ref"].(string); ok {
		pointer = strings.TrimPrefix(ref, "#")
		response = at(t, doc, strings.Split(strings.TrimPrefix(ref, "#/"), "/")...)
	}
	headers, _ = response["headers"].(map[string]any)
	return pointer, headers
}

// escape writes a key as a part of a JSON pointer in a URL fragment.
func escape(key string) string {
	return strings.NewReplacer("~", "~0", "/", "~1", "{", "%7B", "}", "%7D").Replace(key)
}

func TestDescribedLimitsAreTheProtocols(t *testing.T) {
	doc := document(t, false)
	limits := map[string]any{}
	for path, item := range at(t, doc, "paths") {
		parameters, _ := at(t, item, "get")["parameters"].([]any)
		for _, p := range parameters {
			if p := p.(map[string]any); p["name"] == "limit" {
				schema := p["schema"].(map[string]any)
				limits[path] = []any{schema["maximum"], schema["default"]}
			}
		}
	}
	schemas := at(t, doc, "components", "schemas")
	limits["text"] = at(t, schemas, "Message", "properties", "text")["maxLength"]
	limits["user"] = at(t, schemas, "Message", "properties", "user")["maxLength"]
	limits["channel"] = at(t, schemas, "Channel", "properties", "name")["maxLength"]
	limits["topic"] = at(t, schemas, "Channel", "properties", "topic")["maxLength"]
	want := map[string]any{
		"/api/v1/channels":                 []any{float64(protocol.MaxChannelsPage), float64(protocol.DefaultChannels)},
		"/api/v1/channels/{name}/messages": []any{float64(protocol.MaxHistory), float64(protocol.DefaultHistory)},
		"text":                             float64(name.MaxText), "user": float64(name.MaxUser), "channel": float64(name.MaxChannel), "topic": float64(name.MaxTopic),
	}
	if diff := cmp.Diff(want, limits); diff != "" {
		t.Errorf("-want +described:\n%s", diff)
	}
}

func TestTheDocumentIsServed(t *testing.T) {
	w := ask(open(t, &engine{}, &bytes.Buffer{}), http.MethodGet, "/api/v1/openapi.json")
	if w.Code != http.StatusOK || !bytes.Equal(w.Body.Bytes(), openAPI) || w.Header().Get("Content-Type") != "application/json" {
		t.Errorf("status %d, %d bytes, %v", w.Code, w.Body.Len(), w.Header())
	}
}
