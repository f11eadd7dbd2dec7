package crowd

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/parley-chat/parley/e2e/faults/history"
)

// readLog gives all messages of a channel by seq, page by page from the newest.
func readLog(ctx context.Context, address string) (all []history.Message, err error) {
	for before, more := "", true; more; {
		var page struct {
			Messages []history.Message
			More     bool
		}
		if err := get(ctx, address+"?limit=100"+before, &page); err != nil {
			return nil, fmt.Errorf("reading the log: %w", err)
		}
		slices.Reverse(page.Messages)
		all, more = append(all, page.Messages...), page.More
		if len(all) > 0 {
			before = fmt.Sprint("&before=", all[len(all)-1].Seq)
		}
	}
	slices.Reverse(all)
	return all, nil
}

func get(ctx context.Context, address string, into any) error {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer func() { _ = response.Body.Close() }()
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("%s: %s", address, response.Status)
	}
	return json.NewDecoder(response.Body).Decode(into)
}
