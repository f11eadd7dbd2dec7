//go:build compose

package compose

import (
	"bufio"
	"io"
	"net/http"
	"path/filepath"
	"strings"
	"time"

	"github.com/gorilla/websocket"

	"github.com/parley-chat/parley/e2e/faults/history"
)

func (p *project) messages() []history.Message {
	p.t.Helper()
	var direct, throughClient []history.Message
	for port, into := range map[string]*[]history.Message{"PARLEY_PORT": &direct, "PARLEY_WEB_PORT": &throughClient} {
		if err := p.ask("http://"+p.at(port)+"/messages", "", "", http.StatusOK, into); err != nil {
			p.t.Fatal(err)
		}
	}
	if len(direct) != len(throughClient) {
		p.t.Errorf("%d messages by the server, %d by the client's web server", len(direct), len(throughClient))
	}
	return direct
}

// browse lets two people chat in browsers, through the client's web server.
func (p *project) browse() {
	p.t.Helper()
	script, err := filepath.Abs("../browser/installed.test.js")
	if err != nil {
		p.t.Fatal(err)
	}
	cmd := p.command(p.t.Context(), "node", "--test", "--test-reporter=spec", script)
	cmd.Env = append(cmd.Environ(), "PARLEY_URL=http://"+p.at("PARLEY_WEB_PORT"))
	if output, err := cmd.CombinedOutput(); err != nil {
		p.t.Fatalf("the browser: %v\n%s", err, output)
	}
	p.said("anna", "Hello from a browser")
	p.said("ben", "Hello back")
	p.say("two people chatted in browsers")
}

// said insists that /messages has a message.
func (p *project) said(user, text string) {
	p.t.Helper()
	for _, m := range p.messages() {
		if m.User == user && m.Text == text {
			return
		}
	}
	p.t.Errorf("/messages has no %q of %s", text, user)
}

// talk lets two WebSocket tools chat through the server's own port: one is a program
// that sends the lines it is given and prints what it hears.
func (p *project) talk() {
	p.t.Helper()
	address := "ws://" + p.at("PARLEY_PORT") + "/chat?username="
	script, err := filepath.Abs("tool.js")
	if err != nil {
		p.t.Fatal(err)
	}
	tool := p.command(p.t.Context(), "node", script, address+"robot")
	in, err := tool.StdinPipe()
	if err != nil {
		p.t.Fatal(err)
	}
	out, err := tool.StdoutPipe()
	if err != nil {
		p.t.Fatal(err)
	}
	if err := tool.Start(); err != nil {
		p.t.Fatal(err)
	}
	defer func() {
		_ = tool.Process.Kill()
		_ = tool.Wait() // it was killed
	}()
	lines := bufio.NewScanner(out)
	if !lines.Scan() || lines.Text() != "connected" {
		p.t.Fatalf("the tool says %q", lines.Text())
	}
	other, response, err := websocket.DefaultDialer.DialContext(p.t.Context(), address+"operator", nil)
	if err != nil {
		p.t.Fatalf("%v, %v", err, response)
	}
	defer other.Close()
	if _, err := io.WriteString(in, "beep\n"); err != nil {
		p.t.Fatal(err)
	}
	hear := func() string {
		_ = other.SetReadDeadline(time.Now().Add(20 * time.Second))
		_, text, err := other.ReadMessage()
		if err != nil {
			p.t.Fatal(err)
		}
		return string(text)
	}
	for !strings.Contains(hear(), `"text":"beep"`) {
	}
	if err := other.WriteMessage(websocket.TextMessage, []byte("understood")); err != nil {
		p.t.Fatal(err)
	}
	for lines.Scan() && !strings.Contains(lines.Text(), `"text":"understood"`) {
	}
	if !strings.Contains(lines.Text(), "understood") {
		p.t.Error("the tool did not hear the other")
	}
	p.said("robot", "beep")
	p.said("operator", "understood")
	p.say("two tools chatted by plain WebSockets")
}
