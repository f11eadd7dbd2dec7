//go:build faults && linux

package faults_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"reflect"
	"slices"

	"golang.org/x/sync/errgroup"

	"github.com/parley-chat/parley/chatserver/chat"
	"github.com/parley-chat/parley/e2e/faults/history"
)

// read gives all messages of every channel, by seq, from the store by way of a replica,
// and wants every replica to say the same.
func (s *stage) read() (map[string][]history.Message, error) {
	servers, err := s.servers()
	if err != nil {
		return nil, err
	}
	logs := make([]map[string][]history.Message, len(servers))
	var reading errgroup.Group
	for i, server := range servers {
		reading.Go(func() (err error) {
			logs[i], err = readAll("http://" + server.Chat + "/api/v1/channels")
			return err
		})
	}
	if err := reading.Wait(); err != nil {
		return nil, err
	}
	for i := range logs {
		if !reflect.DeepEqual(logs[0], logs[i]) {
			return nil, errors.New("replicas differ: " + difference(logs[0], logs[i]))
		}
	}
	return logs[0], nil
}

// difference tells the first one.
func difference(a, b map[string][]history.Message) string {
	for channel, messages := range a {
		for i, m := range messages {
			if i >= len(b[channel]) || b[channel][i] != m {
				return fmt.Sprintf("#%s at seq %d", channel, m.Seq)
			}
		}
	}
	return fmt.Sprintf("%d and %d channels", len(a), len(b))
}

func readAll(api string) (map[string][]history.Message, error) {
	all := map[string][]history.Message{}
	for after, more := "", true; more; {
		var list struct {
			Channels []chat.Channel
			More     bool
		}
		if err := get(api+"?limit=500&after="+url.QueryEscape(after), &list); err != nil {
			return nil, err
		}
		for _, channel := range list.Channels {
			messages, err := readChannel(api + "/" + channel.Name + "/messages?limit=100")
			if err != nil {
				return nil, err
			}
			all[channel.Name], after = messages, channel.Name
		}
		more = list.More
	}
	return all, nil
}

// readChannel pages from the newest to the oldest.
func readChannel(address string) (all []history.Message, err error) {
	for before, more := "", true; more; {
		var page struct {
			Messages []history.Message
			More     bool
		}
		if err := get(address+before, &page); err != nil {
			return nil, err
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

func get(address string, into any) error {
	response, err := web.Get(address)
	if err != nil {
		return err
	}
	defer func() { _ = response.Body.Close() }()
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("%s: %s", address, response.Status)
	}
	return json.NewDecoder(response.Body).Decode(into)
}
