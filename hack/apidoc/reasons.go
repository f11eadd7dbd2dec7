package main

import (
	"cmp"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// folders hold the code that gives conditions their reasons.
func folders() []string { return []string{"api/v1alpha1", "controllers"} }

// reason is one that a condition can have, and what is said with it.
type reason struct{ condition, name, says string }

// reasons is what was found.
type reasons struct {
	constants map[string]string // reasons and conditions by the constants' names
	abouts    map[string]string // what a condition means, by its name
	all       []reason          // condition is empty for what any part can have
	waiting   []string          // those that Kubernetes gives containers that do not start
}

// findReasons reads the code: constants first, for reasons are named by them.
func findReasons(root string) (*reasons, error) {
	found := &reasons{constants: map[string]string{}, abouts: map[string]string{}}
	var files []*ast.File
	for _, folder := range folders() {
		err := filepath.WalkDir(filepath.Join(root, folder), func(path string, _ fs.DirEntry, err error) error {
			if err != nil || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
				return err
			}
			file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ParseComments|parser.SkipObjectResolution)
			if err == nil {
				files = append(files, file)
			}
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	for _, file := range files {
		ast.Inspect(file, found.constant)
	}
	for _, file := range files {
		for _, declared := range file.Decls {
			if function, ok := declared.(*ast.FuncDecl); ok {
				found.inFunction(function)
			}
		}
	}
	if len(found.abouts) < 5 || len(found.all) < 30 || len(found.waiting) == 0 {
		return nil, errors.New("the conditions' reasons are not where they used to be in the code")
	}
	return found, nil
}

// constant takes up constants of reasons and conditions, and the list of waiting reasons.
func (r *reasons) constant(n ast.Node) bool {
	spec, ok := n.(*ast.ValueSpec)
	if !ok || len(spec.Values) != 1 {
		return true
	}
	name := spec.Names[0].Name
	if list, ok := spec.Values[0].(*ast.CompositeLit); ok && name == "waitingReasons" {
		for _, element := range list.Elts {
			r.waiting = append(r.waiting, text(element))
		}
	}
	kind, _ := spec.Type.(*ast.Ident)
	isReason := strings.HasPrefix(name, "Reason") || kind != nil && kind.Name == "Reason"
	isCondition := strings.HasPrefix(name, "Condition")
	if value := text(spec.Values[0]); value != "" && (isReason || isCondition) {
		r.constants[name] = value
		if about := strings.Join(strings.Fields(spec.Doc.Text()), " "); isCondition {
			_, after, _ := strings.Cut(about, ": ")
			r.abouts[value] = sentence(after)
		}
	}
	return true
}

// inFunction takes up the reasons that a function gives, which stand before what is said with
// them: in calls, and in the fields Reason and Message. Functions about one condition name it.
func (r *reasons) inFunction(function *ast.FuncDecl) {
	condition, locals := "", map[string]ast.Expr{}
	ast.Inspect(function, func(n ast.Node) bool {
		switch node := n.(type) {
		case *ast.SelectorExpr:
			if value := r.constants[node.Sel.Name]; condition == "" && receiver(function) == "Observed" && r.abouts[value] != "" {
				condition = value
			}
		case *ast.AssignStmt:
			for i, to := range node.Lhs {
				if i < len(node.Rhs) {
					locals[name(to)] = node.Rhs[i]
				}
			}
		}
		return true
	})
	ast.Inspect(function, func(n ast.Node) bool {
		switch node := n.(type) {
		case *ast.CallExpr:
			switch name(node.Fun) {
			case "say", "no", "yes", "condition":
				r.add(condition, node.Args, locals)
			case "problem":
				r.add("", node.Args, locals)
			}
		case *ast.CompositeLit:
			if kind := name(node.Type); kind == "Problem" || kind == "Error" {
				r.add("", values(node), locals)
			}
		}
		return true
	})
}

func (r *reasons) add(condition string, expressions []ast.Expr, locals map[string]ast.Expr) {
	for i, e := range expressions {
		given := cmp.Or(text(e), r.constants[name(e)])
		if !regexp.MustCompile(`^[A-Z][A-Za-z]+$`).MatchString(given) || r.abouts[given] != "" {
			continue
		}
		said := ""
		if i+1 < len(expressions) {
			said = words(expressions[i+1], locals)
		}
		if found := (reason{condition, given, sentence(said)}); !slices.Contains(r.all, found) {
			r.all = append(r.all, found)
		}
		return
	}
}

// conditions gives a table of each condition's own reasons.
func (r *reasons) conditions() string {
	var b strings.Builder
	for _, condition := range slices.Sorted(maps.Keys(r.abouts)) {
		fmt.Fprintf(&b, "### %s\n\n%s\n\n", condition, r.abouts[condition])
		b.WriteString(r.table(condition))
	}
	return b.String()
}

// problems gives the table of what is wrong, wherever it is shown.
func (r *reasons) problems() string {
	return r.table("") + "And of containers that do not start, as Kubernetes names them: `" + strings.Join(r.waiting, "`, `") + "`.\n"
}

func (r *reasons) table(condition string) string {
	var b strings.Builder
	b.WriteString("| reason | what is said |\n|---|---|\n")
	said := map[string][]string{}
	for _, found := range r.all {
		if found.condition == condition {
			said[found.name] = append(said[found.name], found.says)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(said)) {
		says := strings.Join(slices.DeleteFunc(said[name], empty), "<br>")
		fmt.Fprintf(&b, "| `%s` | %s |\n", name, strings.ReplaceAll(cmp.Or(says, unknown), "|", `\|`))
	}
	return b.String() + "\n"
}

func empty(s string) bool { return s == "" }

// words is what an expression says, with … for what is only known when it is said.
func words(e ast.Expr, locals map[string]ast.Expr) string {
	switch node := e.(type) {
	case *ast.BasicLit:
		return regexp.MustCompile(`%[a-z]`).ReplaceAllString(text(node), unknown)
	case *ast.BinaryExpr:
		return words(node.X, locals) + words(node.Y, locals)
	case *ast.Ident:
		if value, ok := locals[node.Name].(*ast.CallExpr); ok {
			return words(value, nil)
		}
	case *ast.CallExpr:
		if slices.Contains([]string{"Sprintf", "withTrouble", "sentence"}, name(node.Fun)) {
			return words(node.Args[0], locals)
		}
	}
	return unknown
}

const unknown = "…"

// sentence begins with a capital letter and ends with a point. Nothing is left of one that is
// not known at all.
func sentence(s string) string {
	s = strings.TrimSpace(s)
	if s == "" || s == unknown {
		return ""
	}
	first, size := utf8.DecodeRuneInString(s)
	s = string(unicode.ToUpper(first)) + s[size:]
	if !strings.HasSuffix(s, ".") && !strings.HasSuffix(s, unknown) {
		s += "."
	}
	return s
}

func text(e ast.Expr) string {
	literal, ok := e.(*ast.BasicLit)
	if !ok || literal.Kind != token.STRING {
		return ""
	}
	value, err := strconv.Unquote(literal.Value)
	if err != nil {
		return ""
	}
	return value
}

// name is the last part of what an expression names.
func name(e ast.Expr) string {
	switch node := e.(type) {
	case *ast.Ident:
		return node.Name
	case *ast.SelectorExpr:
		return node.Sel.Name
	case *ast.UnaryExpr:
		return name(node.X)
	}
	return ""
}

func receiver(function *ast.FuncDecl) string {
	if function.Recv == nil {
		return ""
	}
	return name(function.Recv.List[0].Type)
}

// values are those of a composite literal, Reason before Message.
func values(literal *ast.CompositeLit) (all []ast.Expr) {
	for _, element := range literal.Elts {
		if pair, ok := element.(*ast.KeyValueExpr); ok {
			element = pair.Value
		}
		all = append(all, element)
	}
	return all
}
