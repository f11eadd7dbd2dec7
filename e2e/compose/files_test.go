package compose

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// These hold without Docker, and run with all other tests.

const root = "../.."

func read(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root, name))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// The commands of the README's section about Docker, by what they are for.
const (
	up = iota
	down
	downAll
	otherPort
	scaleOn
	scaleUp
	upgradeServer
	upgradeReplicas
	upgradeRest
	commands
)

// readme gives the commands of the README's section about Docker.
func readme(t *testing.T) []string {
	t.Helper()
	_, section, ok := strings.Cut(read(t, "README.md"), "\n## With Docker\n")
	if !ok {
		t.Fatal("the README has no section With Docker")
	}
	section, _, _ = strings.Cut(section, "\n## ")
	var found []string
	for _, block := range regexp.MustCompile("(?s)```sh\n(.*?)```").FindAllStringSubmatch(section, -1) {
		for line := range strings.Lines(block[1]) {
			command, _, _ := strings.Cut(line, " #")
			if command = strings.TrimSpace(command); command != "" {
				found = append(found, command)
			}
		}
	}
	if len(found) != commands {
		t.Fatalf("the README's section With Docker has %d commands, and %d are tested: %q", len(found), commands, found)
	}
	return found
}

// What the README tells people to type is what is tested, and means what is tested.
func TestReadme(t *testing.T) {
	want := [commands]string{
		up: "docker compose up -d --build", down: "docker compose down", downAll: "docker compose down -v",
		otherPort: "echo PARLEY_PORT=8180 >> .env",
		scaleOn:   "echo COMPOSE_PROFILES=scale >> .env", scaleUp: "docker compose up -d --build",
		upgradeServer:   "docker compose up -d --build --no-deps --wait server",
		upgradeReplicas: "docker compose up -d --no-deps --wait replica",
		upgradeRest:     "docker compose up -d --build",
	}
	if diff := cmp.Diff(want[:], readme(t)); diff != "" {
		t.Errorf("the README's commands are not those that are tested:\n%s", diff)
	}
}

// Every setting of docker-compose.yml stands in .env.example, with the same default.
func TestEnvExample(t *testing.T) {
	inFile, inExample := map[string]string{}, map[string]string{}
	for _, match := range regexp.MustCompile(`\$\{([A-Z_]+):-([^}]*)\}`).FindAllStringSubmatch(read(t, "docker-compose.yml"), -1) {
		if before, ok := inFile[match[1]]; ok && before != match[2] {
			t.Errorf("%s has the defaults %q and %q", match[1], before, match[2])
		}
		inFile[match[1]] = match[2]
	}
	for _, match := range regexp.MustCompile(`(?m)^([A-Z_]+)=(.*)$`).FindAllStringSubmatch(read(t, ".env.example"), -1) {
		inExample[match[1]] = match[2]
	}
	if diff := cmp.Diff(inFile, inExample); diff != "" {
		t.Errorf("-docker-compose.yml +.env.example:\n%s", diff)
	}
}

// Images are named by an exact version, without a digest: one would bar those that are
// mirrored or built here. Distroless has no versions, only what it is.
func TestImagesArePinned(t *testing.T) {
	exact := regexp.MustCompile(`^[a-z./0-9-]+:v?\d+\.\d+\.\d+(-[a-z]+)*$`)
	images := regexp.MustCompile(`(?m)^\s*image: ([^$\s]+)$`).FindAllStringSubmatch(read(t, "docker-compose.yml"), -1)
	for _, name := range []string{"server.Dockerfile", "client.Dockerfile"} {
		images = append(images, regexp.MustCompile(`(?m)^FROM (\S+)`).FindAllStringSubmatch(read(t, name), -1)...)
	}
	if len(images) < 8 {
		t.Errorf("only %d images were found", len(images))
	}
	for _, match := range images {
		if image := match[1]; !exact.MatchString(image) && image != "gcr.io/distroless/static-debian12:nonroot" {
			t.Errorf("%s is not an exact version", image)
		}
	}
}

// Both images are made of the same client by the same steps, so that they share them.
func TestDockerfilesShareTheirSteps(t *testing.T) {
	steps := func(name string) []string {
		text, _, _ := strings.Cut(read(t, name), "ARG VERSION")
		return slices.DeleteFunc(strings.Split(text, "\n"), func(line string) bool { return strings.HasPrefix(line, "#") || line == "" })
	}
	if diff := cmp.Diff(steps("server.Dockerfile"), steps("client.Dockerfile")); diff != "" {
		t.Errorf("-server.Dockerfile +client.Dockerfile:\n%s", diff)
	}
}
