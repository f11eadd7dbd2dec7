package report

import (
	"encoding/json"
	"strings"
	"testing"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func number(v float64) *float64 { return &v }

func TestTable(t *testing.T) {
	r := Report{Rows: []Row{
		{Budget: "CPU per delivery, 1,000 x 20/s", Goal: "<= 1.25x floor", Unit: "us", Floor: number(9.4123), Server: number(10.2), Ratio: number(1.0837), Verdict: OK},
		{Budget: "commits", Goal: ">= 0.9x", Unit: "/s", Floor: number(21300.4), Verdict: Missing, Note: "no mongod"},
	}}
	var out strings.Builder
	if err := r.WriteTable(&out); err != nil {
		t.Fatal(err)
	}
	want := `
| budget                         | goal           | floor     | server  | ratio | ok      |
| ---                            | ---            | ---       | ---     | ---   | ---     |
| CPU per delivery, 1,000 x 20/s | <= 1.25x floor | 9.41 us   | 10.2 us | 1.08x | ok      |
| commits                        | >= 0.9x        | 21,300 /s | -       | -     | MISSING |

commits: no mongod
`
	if got := "\n" + out.String(); got != want {
		t.Errorf("got%swant%s", got, want)
	}
}

func TestPasses(t *testing.T) {
	for _, test := range []struct {
		verdicts []Verdict
		want     bool
	}{
		{nil, false}, {[]Verdict{OK, OK}, true}, {[]Verdict{Smoke}, true},
		{[]Verdict{OK, Over}, false}, {[]Verdict{Invalid}, false}, {[]Verdict{Missing, OK}, false},
	} {
		var r Report
		for _, v := range test.verdicts {
			r.Rows = append(r.Rows, Row{Verdict: v})
		}
		if r.Passes() != test.want {
			t.Errorf("%v: %t", test.verdicts, r.Passes())
		}
	}
}

func TestFigure(t *testing.T) {
	for _, test := range []struct {
		v    float64
		unit string
		want string
	}{{0.123456, "us", "0.123 us"}, {99.94, "x", "99.9x"}, {100, "us", "100 us"}, {1234567, "/s", "1,234,567 /s"}, {-4321, "ms", "-4,321 ms"}} {
		if got := figure(&test.v, test.unit); got != test.want {
			t.Errorf("%v %s: %q, want %q", test.v, test.unit, got, test.want)
		}
	}
}

func TestJSONHoldsAllRows(t *testing.T) {
	r := Report{Machine: NewMachine("a", "b"), Rows: []Row{{Budget: "x", Verdict: OK}, {Budget: "y", Verdict: Over}}}
	var out strings.Builder
	if err := r.WriteJSON(&out); err != nil {
		t.Fatal(err)
	}
	var back Report
	if err := json.Unmarshal([]byte(out.String()), &back); err != nil || len(back.Rows) != 2 || back.Rows[1].Verdict != Over {
		t.Errorf("%+v, %v", back, err)
	}
}
