// Package readlog reads what a chat keeps over HTTP, as a judge of what people were told
// needs it: whole, and in order.
package readlog

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/parley-chat/parley/e2e/faults/history"
)

// answerLimit is how long a server may take for a page.
const answerLimit = 10 * time.Second

// pageSize is the most messages that a server gives at once.
const pageSize = 100

// Channel gives all messages of a channel by seq, page by page from the newest. address is
// that of the channel's messages, http://HOST/api/v1/channels/NAME/messages. A log with a
// gap is an error.
func Channel(ctx context.Context, client *http.Client, address string) (all []history.Message, err error) {
	for before, more := "", true; more; {
		var page struct {
			Messages []history.Message
			More     bool
		}
		if err := Get(ctx, client, fmt.Sprintf("%s?limit=%d%s", address, pageSize, before), &page); err != nil {
			return nil, fmt.Errorf("reading the log: %w", err)
		}
		slices.Reverse(page.Messages)
		all, more = append(all, page.Messages...), page.More
		if len(all) > 0 {
			before = fmt.Sprint("&before=", all[len(all)-1].Seq)
		}
	}
	slices.Reverse(all)
	for i, m := range all {
		if m.Seq != int64(i+1) {
			return nil, fmt.Errorf("%s: message %d has seq %d", address, i+1, m.Seq)
		}
	}
	return all, nil
}

// Get reads an answer in JSON.
func Get(ctx context.Context, client *http.Client, address string, into any) error {
	ctx, cancel := context.WithTimeout(ctx, answerLimit)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return err
	}
	response, err := client.Do(request)
	if err != nil {
		return err
	}
	defer func() { _ = response.Body.Close() }()
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("%s: %s", address, response.Status)
	}
	return json.NewDecoder(response.Body).Decode(into)
}
