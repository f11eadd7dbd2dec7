package house

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestNoGlobalState: what a package keeps in variables of its own is shared by
// everything in the process, tests that run side by side included. So a variable at
// the top of a file is a table, an error or a pool: written once, where it stands.
func TestNoGlobalState(t *testing.T) {
	for _, p := range packages(t) {
		if forTests(p.path) {
			continue
		}
		folder := filepath.Join(root, filepath.FromSlash(p.path))
		entries, err := os.ReadDir(folder)
		if err != nil {
			t.Fatal(err)
		}
		set := token.NewFileSet()
		var files []*ast.File
		for _, entry := range entries {
			if !strings.HasSuffix(entry.Name(), ".go") || strings.HasSuffix(entry.Name(), "_test.go") {
				continue
			}
			file, err := parser.ParseFile(set, filepath.Join(folder, entry.Name()), nil, 0)
			if err != nil {
				t.Fatal(err)
			}
			files = append(files, file)
		}
		for _, found := range globalState(set, files) {
			t.Error(found)
		}
	}
}

// globalState finds variables of a package that functions assign to, and those whose
// type is there to be changed.
func globalState(set *token.FileSet, files []*ast.File) (found []string) {
	// What is imported is not looked into: the package's own names are enough here,
	// so errors about the others do not matter.
	info := types.Info{Uses: map[*ast.Ident]types.Object{}}
	checker := types.Config{Importer: nothing{}, Error: func(error) {}}
	checked, _ := checker.Check("checked", set, files, &info)
	for _, file := range files {
		ast.Inspect(file, func(n ast.Node) bool {
			for _, target := range targets(n) {
				if name := base(target); name != nil && isGlobal(checked, info.Uses[name]) {
					found = append(found, fmt.Sprintf("%s: the global %s is assigned to", set.Position(name.Pos()), name.Name))
				}
			}
			return true
		})
		for _, declaration := range file.Decls {
			if general, ok := declaration.(*ast.GenDecl); ok && general.Tok == token.VAR {
				for _, spec := range general.Specs {
					if changeable(spec.(*ast.ValueSpec).Type) {
						found = append(found, fmt.Sprintf("%s: a global that is made to be changed", set.Position(spec.Pos())))
					}
				}
			}
		}
	}
	return found
}

// nothing is an importer that finds nothing.
type nothing struct{}

func (nothing) Import(path string) (*types.Package, error) {
	return nil, fmt.Errorf("%s is not looked into", path)
}

func isGlobal(checked *types.Package, o types.Object) bool {
	_, variable := o.(*types.Var)
	return variable && o.Parent() == checked.Scope()
}

// changeable holds for the types of locks and counters.
func changeable(expression ast.Expr) bool {
	selector, ok := expression.(*ast.SelectorExpr)
	if !ok {
		return false
	}
	from, ok := selector.X.(*ast.Ident)
	return ok && (from.Name == "atomic" || from.Name == "sync" && selector.Sel.Name != "Pool")
}

// targets are the expressions that a statement writes to.
func targets(n ast.Node) []ast.Expr {
	switch s := n.(type) {
	case *ast.AssignStmt:
		if s.Tok != token.DEFINE {
			return s.Lhs
		}
	case *ast.IncDecStmt:
		return []ast.Expr{s.X}
	}
	return nil
}

// base is the variable that an expression such as a[i].b is a part of.
func base(expression ast.Expr) *ast.Ident {
	for {
		switch e := expression.(type) {
		case *ast.Ident:
			return e
		case *ast.IndexExpr:
			expression = e.X
		case *ast.SelectorExpr:
			expression = e.X
		case *ast.StarExpr:
			expression = e.X
		case *ast.ParenExpr:
			expression = e.X
		default:
			return nil
		}
	}
}

func TestGlobalStateIsFound(t *testing.T) {
	const source = `package x
import ("sync"; "sync/atomic")
var table = map[string]int{"a": 1}
var count int
var pool sync.Pool
var lock sync.Mutex
var total atomic.Int64
func f() {
	count := 0
	count++
	table := []int{1}
	table[0] = 2
	_ = pool.Get()
}
func g(p *struct{ count int }) { p.count = 1 }
func h() { count++; table["b"] = 2; (*(&count)) = 3 }
`
	set := token.NewFileSet()
	file, err := parser.ParseFile(set, "x.go", source, 0)
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		"x.go:16:12: the global count is assigned to",
		"x.go:16:21: the global table is assigned to",
		"x.go:6:5: a global that is made to be changed",
		"x.go:7:5: a global that is made to be changed",
	}
	if diff := cmp.Diff(want, globalState(set, []*ast.File{file})); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}
