//go:build compose

package compose

import (
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/google/go-cmp/cmp"
)

// ours are the images that are built here, with their budgets in bytes, compressed as
// registries keep them.
var ours = []struct {
	name    string
	program string // in its root folder
	budget  int64
}{
	{"parley/chatserver:dev", "chatserver", 25e6},
	{"parley/webclient:dev", "webclient", 40e6},
}

// rebuildBudget is for both images after a change of Go source.
const rebuildBudget = time.Minute

// checkImages builds our images and insists on what they are.
func (p *project) checkImages() {
	p.t.Helper()
	p.plantSecrets()
	p.build("", "at first, with what the engine's cache has")
	const source = "cmd/chatserver/main.go"
	text := p.read(source)
	change := fmt.Sprintf("func main() {\n\tprintln(%q)", time.Now()) // never the same, or the cache would have it
	p.write(source, strings.Replace(text, "func main() {", change, 1))
	if took := p.build("", "after a change of Go source"); took > rebuildBudget {
		p.t.Errorf("after a change of Go source it took %v; the budget is %v", took, rebuildBudget)
	}
	p.write(source, text)
	p.build("", "after the change was taken back")
	for _, image := range ours {
		p.checkImage(image.name, image.budget)
		p.checkSecrets(image.name, image.program)
	}
	p.checkOperator()
	p.checkReproducible()
}

func (p *project) build(flags, when string) time.Duration {
	p.t.Helper()
	began := time.Now()
	p.run(20*time.Minute, "docker compose build "+flags)
	took := time.Since(began)
	p.say("both images were built in %v, %s", took.Round(100*time.Millisecond), when)
	return took
}

func (p *project) checkImage(name string, budget int64) {
	p.t.Helper()
	size := p.compressed(name)
	p.say("%s has %.1f MB compressed (budget %.0f MB)", name, float64(size)/1e6, float64(budget)/1e6)
	if size > budget {
		p.t.Errorf("%s has %d bytes compressed, more than %d", name, size, budget)
	}
	var found struct {
		Config struct {
			User        string
			Labels      map[string]string
			Healthcheck struct{ Test []string }
		}
	}
	p.inspect(name, &found)
	c := found.Config
	if c.User != "65532:65532" || len(c.Healthcheck.Test) != 3 || c.Healthcheck.Test[0] != "CMD" {
		p.t.Errorf("%s: %+v", name, c)
	}
	for _, label := range []string{"title", "description", "source", "licenses", "version"} {
		if c.Labels["org.opencontainers.image."+label] == "" {
			p.t.Errorf("%s has no label %s", name, label)
		}
	}
	if _, err := p.try(time.Minute, "docker run --rm --entrypoint /bin/sh "+name+" -c true"); err == nil || !strings.Contains(err.Error(), "no such file") {
		p.t.Errorf("%s has a shell, or that cannot be told: %v", name, err)
	}
	run := "docker run --rm --read-only --network none --cap-drop ALL --user 12345 "
	if version := p.run(time.Minute, run+name+" --version"); !strings.Contains(version, " dev, go") {
		p.t.Errorf("%s says %q", name, version)
	}
}

// checkReproducible insists that the same source makes the same layers: what a registry
// has already is not sent again.
func (p *project) checkReproducible() {
	p.t.Helper()
	layers := func() map[string][]string {
		all := map[string][]string{}
		for _, image := range ours {
			var found struct {
				RootFS struct{ Layers []string }
			}
			p.inspect(image.name, &found)
			all[image.name] = found.RootFS.Layers
		}
		return all
	}
	first := layers()
	p.build("--no-cache", "again from nothing")
	if diff := cmp.Diff(first, layers()); diff != "" {
		p.t.Errorf("the same source makes other layers (-before +after):\n%s", diff)
	}
}

// compressed is about what a registry keeps: the layers, packed by gzip.
func (p *project) compressed(name string) int64 {
	p.t.Helper()
	var size counter
	p.save(name, func(image io.Reader) error {
		pack := gzip.NewWriter(&size)
		_, err := io.Copy(pack, image)
		return errors.Join(err, pack.Close())
	})
	return int64(size)
}

// save gives an image as an archive.
func (p *project) save(name string, take func(image io.Reader) error) {
	p.t.Helper()
	save := p.command(p.t.Context(), "docker", "save", name)
	out, err := save.StdoutPipe()
	if err == nil {
		err = save.Start()
	}
	if err == nil {
		err = errors.Join(take(out), save.Wait())
	}
	if err != nil {
		p.t.Fatalf("%s: %v", name, err)
	}
}

type counter int64

// Write counts.
func (c *counter) Write(b []byte) (int, error) {
	*c += counter(len(b))
	return len(b), nil
}
