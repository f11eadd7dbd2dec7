package roundtrip

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/parley-chat/parley/chatserver/chat"
)

// Trial is what is tried.
type Trial struct {
	URL     string        // of the chat, such as http://localhost:8080
	User    string        // who sends
	Channel string        // which has to exist; general if empty
	Pause   time.Duration // between attempts to get in
}

// Result is how it went. Times are since the message was sent.
type Result struct {
	ID    string        // of the message
	Acked time.Duration // until it was acknowledged, and so durable
	Back  time.Duration // until it had come back, too
	Read  time.Duration // until it had been read from the history, too
}

const maxPage = 1 << 20 // bytes of an answer by HTTP, which has one message

// Run tries until ctx ends. Getting in is tried again and again, for chats that are only just
// starting; what is wrong after that is an error at once, unless the chat says that the same
// may succeed later.
func Run(ctx context.Context, trial Trial) (result Result, err error) {
	base, err := url.Parse(trial.URL)
	if err != nil || base.Scheme != "http" && base.Scheme != "https" || base.Host == "" {
		return Result{}, fmt.Errorf("%q is not the URL of a chat, such as http://localhost:8080", trial.URL)
	}
	trial.Channel = cmp.Or(trial.Channel, chat.General)
	c, err := enter(ctx, base, trial)
	if err != nil {
		return Result{}, err
	}
	defer c.close()
	defer func() {
		if err != nil && ctx.Err() != nil { // that has closed the connection
			err = fmt.Errorf("%w; at last: %w", context.Cause(ctx), err)
		}
	}()
	text, sent := "Round trip "+rand.Text(), time.Now()
	ack, err := c.change(ctx, request{Type: "send", Channel: trial.Channel, Text: text})
	if err != nil {
		return Result{}, fmt.Errorf("sending: %w", err)
	}
	result = Result{ID: ack.Message, Acked: time.Since(sent)}
	// Whatever comes now, nobody has to see it.
	defer func() {
		if _, errDelete := c.change(ctx, request{Type: "delete", Channel: trial.Channel, Message: result.ID}); errDelete != nil {
			err = errors.Join(err, fmt.Errorf("deleting the message: %w", errDelete))
		}
	}()
	if err := c.comesBack(ack.Message, text); err != nil {
		return result, fmt.Errorf("waiting for the message to come back: %w", err)
	}
	result.Back = time.Since(sent)
	if err := readBack(ctx, base.JoinPath("api", "v1", "channels", trial.Channel, "messages"), ack, text); err != nil {
		return result, fmt.Errorf("reading the message from the history: %w", err)
	}
	result.Read = time.Since(sent)
	return result, nil
}

// enter gets in, within the time that ctx leaves.
func enter(ctx context.Context, base *url.URL, trial Trial) (*conn, error) {
	var last error
	for {
		c, err := dial(ctx, base, trial)
		if err == nil {
			return c, nil
		}
		var refused *refusal
		if errors.As(err, &refused) && !refused.Retry {
			return nil, err
		}
		var short net.Error
		cutShort := ctx.Err() != nil || errors.As(err, &short) && short.Timeout()
		if last == nil || !cutShort { // which tells less than an attempt before
			last = err
		}
		select {
		case <-ctx.Done():
			return nil, fmt.Errorf("%w; at last: %w", context.Cause(ctx), last)
		case <-time.After(trial.Pause):
		}
	}
}

// readBack asks by HTTP, which another server than the connection's may answer.
func readBack(ctx context.Context, page *url.URL, ack frame, text string) error {
	page.RawQuery = url.Values{"before": {strconv.FormatInt(ack.Seq+1, 10)}, "limit": {"1"}}.Encode()
	asks, err := http.NewRequestWithContext(ctx, http.MethodGet, page.String(), http.NoBody)
	if err != nil {
		return err
	}
	response, err := http.DefaultClient.Do(asks)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(io.LimitReader(response.Body, maxPage))
	if err != nil {
		return err
	}
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("%s: %.200s", response.Status, body)
	}
	var history struct {
		Messages []frame `json:"messages"`
	}
	if err := json.Unmarshal(body, &history); err != nil {
		return fmt.Errorf("the answer is not as it should be: %w", err)
	}
	if len(history.Messages) != 1 || history.Messages[0].ID != ack.Message || history.Messages[0].Text != text {
		return fmt.Errorf("message %s is not at its place: %.200s", ack.Message, body)
	}
	return nil
}
