//go:build faults && linux

package faults_test

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"reflect"

	"golang.org/x/sync/errgroup"

	"github.com/parley-chat/parley/chatserver/chat"
	"github.com/parley-chat/parley/e2e/faults/history"
	"github.com/parley-chat/parley/e2e/readlog"
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
			logs[i], err = readAll(s.t.Context(), "http://"+server.Chat+"/api/v1/channels")
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

func readAll(ctx context.Context, api string) (map[string][]history.Message, error) {
	all := map[string][]history.Message{}
	for after, more := "", true; more; {
		var list struct {
			Channels []chat.Channel
			More     bool
		}
		if err := readlog.Get(ctx, web, api+"?limit=500&after="+url.QueryEscape(after), &list); err != nil {
			return nil, err
		}
		for _, channel := range list.Channels {
			messages, err := readlog.Channel(ctx, web, api+"/"+channel.Name+"/messages")
			if err != nil {
				return nil, err
			}
			all[channel.Name], after = messages, channel.Name
		}
		more = list.More
	}
	return all, nil
}
