package controllers_test

import (
	"errors"
	"flag"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
)

// calls are what operators have asked of API servers, in all tests of this package.
var calls = record{made: map[string]bool{}}

// record notes rights, such as "apps/deployments patch", that calls needed. It is safe for
// concurrent use.
type record struct {
	mu   sync.Mutex
	made map[string]bool
}

// unused are rights that no call shows.
var unused = map[string]string{
	"parley.chat/chatrooms/finalizers update": "the API server asks for it when an owner reference blocks deletion, where that is checked",
	"/events create": "the election of a leader tells by the older kind of events", "/events patch": "the same",
	"keda.sh/scaledobjects list":                 "a watch begins with a list where the API server cannot stream one",
	"monitoring.coreos.com/servicemonitors list": "the same", "monitoring.coreos.com/prometheusrules list": "the same",
	"gateway.networking.k8s.io/httproutes list": "the same", "cert-manager.io/certificates list": "the same",
	"events.k8s.io/events patch": "an event that is told again is counted up, which the operator seldom has happen",
}

// everyTest tells whether all tests ran: only then a right that no call needed is one too
// many.
func everyTest() bool {
	return flag.Lookup("test.run").Value.String() == "" && flag.Lookup("test.skip").Value.String() == ""
}

func (r *record) add(request *http.Request, status int) {
	verb, resource := callOf(request)
	if resource == "" {
		return // no resource: discovery, which everybody may
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.made[resource+" "+verb] = true
	if verb == "patch" && status == http.StatusCreated { // an apply that made it
		r.made[resource+" create"] = true
	}
}

// callOf gives verb and resource as RBAC names them.
func callOf(request *http.Request) (verb, resource string) {
	parts := strings.Split(strings.Trim(request.URL.Path, "/"), "/")
	group := ""
	switch {
	case len(parts) > 2 && parts[0] == "api":
		parts = parts[2:]
	case len(parts) > 3 && parts[0] == "apis":
		group, parts = parts[1], parts[3:]
	default:
		return "", ""
	}
	if parts[0] == "namespaces" && len(parts) > 2 {
		parts = parts[2:]
	}
	resource = group + "/" + parts[0]
	named := len(parts) > 1
	if len(parts) > 2 {
		resource += "/" + parts[2]
	}
	switch request.Method {
	case http.MethodGet:
		switch {
		case request.URL.Query().Get("watch") == "true":
			return "watch", resource
		case named:
			return "get", resource
		}
		return "list", resource
	case http.MethodPost:
		return "create", resource
	case http.MethodPut:
		return "update", resource
	}
	return strings.ToLower(request.Method), resource
}

// compare holds the calls against the role that is shipped.
func (r *record) compare() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.made) == 0 {
		return nil // no API server, which the tests have said
	}
	role, err := shippedRole()
	if err != nil {
		return err
	}
	given := map[string]bool{}
	for _, rule := range role.Rules {
		for _, group := range rule.APIGroups {
			for _, resource := range rule.Resources {
				for _, verb := range rule.Verbs {
					given[group+"/"+resource+" "+verb] = true
				}
			}
		}
	}
	var wrong []string
	for right := range given {
		if !r.made[right] && unused[right] == "" {
			wrong = append(wrong, "config/rbac/role.yaml gives a right that no test shows to be needed: "+right)
		}
	}
	for right := range r.made {
		if !given[right] && !strings.HasPrefix(right, "coordination.k8s.io/") { // that is another role's
			wrong = append(wrong, "the operator needs a right that config/rbac/role.yaml does not give: "+right)
		}
	}
	for right, why := range unused {
		if !given[right] {
			wrong = append(wrong, fmt.Sprintf("%s is no exception any more (%s)", right, why))
		}
	}
	slices.Sort(wrong)
	if len(wrong) == 0 {
		return nil
	}
	return errors.New(strings.Join(wrong, "\n"))
}
