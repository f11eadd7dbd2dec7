package main

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// shown is what the tests look at of a dashboard's JSON.
type shown struct {
	UID, Title, Description string
	Editable                bool
	Templating              struct{ List []shownVariable }
	Annotations             struct{ List []shownAnnotation }
	Panels                  []shownPanel
}

type shownVariable struct {
	Name, Type, Label string
	Datasource        *shownSource
	Query             string
}

type shownAnnotation struct {
	Name, Expr string
	Datasource *shownSource
	Target     struct{ Expr string }
}

type shownPanel struct {
	ID                       int
	Type, Title, Description string
	Datasource               *shownSource
	GridPos                  struct{ X, Y, W, H int }
	Targets                  []struct {
		Expr, LegendFormat, RefID string
		Datasource                *shownSource
	}
	FieldConfig struct {
		Defaults struct {
			Unit   string
			Custom struct{ AxisSoftMax float64 }
		}
		Overrides []struct{ Matcher struct{ Options string } }
	}
}

// panel is the one of that title.
func (s *shown) panel(title string) *shownPanel {
	return &s.Panels[slices.IndexFunc(s.Panels, func(p shownPanel) bool { return p.Title == title })]
}

// overrides tells whether the panel draws the series of that name in its own way.
func (p shownPanel) overrides(name string) bool {
	for _, o := range p.FieldConfig.Overrides {
		if o.Matcher.Options == name {
			return true
		}
	}
	return false
}

type shownSource struct{ Type, UID string }

// chosen tells whether it is the datasource that people choose at the top.
func (s *shownSource) chosen() bool {
	return s != nil && s.Type == "prometheus" && s.UID == "${datasource}"
}

func boards(t *testing.T) map[string]shown {
	t.Helper()
	all := make(map[string]shown)
	for name, content := range generated(t) {
		var s shown
		if err := json.Unmarshal(content, &s); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		all[name] = s
	}
	return all
}

func TestDashboards(t *testing.T) {
	for name, board := range boards(t) {
		t.Run(name, func(t *testing.T) {
			for _, complaint := range lint(board) {
				t.Error(complaint)
			}
		})
	}
}

// lint gives sentences about what a dashboard lacks.
func lint(board shown) (found []string) {
	complain := func(format string, values ...any) { found = append(found, fmt.Sprintf(format, values...)) }
	if !strings.HasPrefix(board.UID, "parley-") || !strings.HasPrefix(board.Title, "Parley / ") || board.Description == "" {
		complain("it is called %q, %q, and described as %q", board.UID, board.Title, board.Description)
	}
	if board.Editable {
		complain("it can be edited, and what is edited will be lost")
	}
	names := make([]string, 0, len(board.Templating.List))
	for _, v := range board.Templating.List {
		names = append(names, v.Name)
		if v.Label == "" || v.Type != "datasource" && !v.Datasource.chosen() {
			complain("the variable %s has the label %q and the datasource %v", v.Name, v.Label, v.Datasource)
		}
	}
	wanted, wantedMarks := []string{"datasource", "namespace", "chatroom", "pod"}, []string{"Restarts", "Rollouts"}
	if board.aboutOperator() {
		wanted, wantedMarks = wanted[:3], wantedMarks[:1]
	}
	if !slices.Equal(names, wanted) {
		complain("it has the variables %q, want %q", names, wanted)
	}
	marks := make([]string, 0, len(board.Annotations.List))
	for _, a := range board.Annotations.List {
		marks = append(marks, a.Name)
		if !a.Datasource.chosen() || a.Expr == "" || a.Expr != a.Target.Expr {
			complain("the annotation %s has the datasource %v and asks for %q", a.Name, a.Datasource, a.Expr)
		}
	}
	for _, want := range wantedMarks {
		if !slices.Contains(marks, want) {
			complain("it has the annotations %q and not %s", marks, want)
		}
	}
	ids := make(map[int]bool)
	for _, p := range board.Panels {
		if ids[p.ID] || p.ID == 0 {
			complain("the panel %q has the id %d", p.Title, p.ID)
		}
		ids[p.ID] = true
		found = append(found, lintPanel(p)...)
		for _, target := range p.Targets {
			if board.aboutOperator() && strings.Contains(target.Expr, `{job="parley-operator"`) {
				continue
			}
			for _, choice := range []string{"$namespace", "$chatroom"} {
				if !strings.Contains(target.Expr, choice) {
					complain("the panel %q does not heed %s: %s", p.Title, choice, target.Expr)
				}
			}
		}
	}
	return found
}

// aboutOperator: it has one process for all ChatRooms, and numbers that are no ChatRoom's.
func (s *shown) aboutOperator() bool { return s.UID == "parley-operator" }

func lintPanel(p shownPanel) (found []string) {
	complain := func(format string, values ...any) {
		found = append(found, fmt.Sprintf("the panel %q "+format, append([]any{p.Title}, values...)...))
	}
	if p.Title == "" {
		complain("of the type %s has no title", p.Type)
	}
	if p.GridPos.W < 1 || p.GridPos.X+p.GridPos.W > width || p.GridPos.H < 1 {
		complain("stands at %v", p.GridPos)
	}
	if p.Type == "row" {
		return found
	}
	if len(strings.Fields(p.Description)) < 4 || !strings.HasSuffix(p.Description, ".") {
		complain("is described as %q", p.Description)
	}
	if p.FieldConfig.Defaults.Unit == "" {
		complain("has no unit")
	}
	if p.Type == "timeseries" && p.FieldConfig.Defaults.Custom.AxisSoftMax <= 0 {
		complain("has an axis to 100 where all is 0")
	}
	if !p.Datasource.chosen() {
		complain("has the datasource %v", p.Datasource)
	}
	if len(p.Targets) == 0 {
		complain("asks for nothing")
	}
	for _, target := range p.Targets {
		if !target.Datasource.chosen() || target.LegendFormat == "" || target.RefID == "" {
			complain("asks %v, with the legend %q and the id %q", target.Datasource, target.LegendFormat, target.RefID)
		}
		if unit := p.FieldConfig.Defaults.Unit; isRate(target.Expr) && unit != "" && unit != perSecond {
			complain("has the unit %s for %s", unit, target.Expr)
		}
		if strings.Contains(target.Expr, strconv.Quote(noSeries)) && !p.overrides(noSeries) {
			complain("lists %s beside what there is: %s", noSeries, target.Expr)
		}
		if strings.Contains(target.Expr, "@") || strings.Contains(target.Expr, "[rate]") {
			complain("asks for %s, which was not expanded", target.Expr)
		}
	}
	return found
}

var rates = regexp.MustCompile(`^sum( by \(\w+\) )?\(rate\(`)

// isRate tells whether an expression is so many a second: a sum of rates that is not
// divided. A rate of processor seconds is a number of processors.
func isRate(expr string) bool {
	return rates.MatchString(expr) && !strings.Contains(expr, " / ") && !strings.Contains(expr, "_cpu_seconds_")
}

// TestLintBites takes away from a dashboard what it has to have.
func TestLintBites(t *testing.T) {
	for want, spoil := range map[string]func(*shown){
		"called":            func(s *shown) { s.UID = "" },
		"edited":            func(s *shown) { s.Editable = true },
		"variables":         func(s *shown) { s.Templating.List = s.Templating.List[1:] },
		"variable pod":      func(s *shown) { s.Templating.List[3].Datasource.UID = "mine" },
		"and not Restarts":  func(s *shown) { s.Annotations.List = s.Annotations.List[1:] },
		"annotation Drains": func(s *shown) { s.Annotations.List[2].Expr = "" },
		"no title":          func(s *shown) { s.Panels[0].Title = "" },
		"the id":            func(s *shown) { s.Panels[1].ID = s.Panels[0].ID },
		"stands at":         func(s *shown) { s.Panels[0].GridPos.X = 23 },
		"described":         func(s *shown) { s.Panels[0].Description = "Clients." },
		"no unit":           func(s *shown) { s.Panels[0].FieldConfig.Defaults.Unit = "" },
		"the unit cps":      func(s *shown) { s.panel("Commit conflicts").FieldConfig.Defaults.Unit = "cps" },
		"an axis to 100":    func(s *shown) { s.panel("Errors").FieldConfig.Defaults.Custom.AxisSoftMax = 0 },
		"lists none":        func(s *shown) { s.panel("Errors").FieldConfig.Overrides = nil },
		"the datasource":    func(s *shown) { s.Panels[0].Datasource = nil },
		"for nothing":       func(s *shown) { s.Panels[0].Targets = nil },
		"the legend":        func(s *shown) { s.Panels[0].Targets[0].LegendFormat = "" },
		"not heed":          func(s *shown) { s.Panels[0].Targets[0].Expr = `up{namespace=~"$namespace"}` },
		"not expanded":      func(s *shown) { s.Panels[0].Targets[0].Expr += "[rate]" },
	} {
		board := boards(t)["dashboards/storage.json"]
		spoil(&board)
		if found := lint(board); len(found) != 1 || !strings.Contains(found[0], want) {
			t.Errorf("%s: %q", want, found)
		}
	}
}
