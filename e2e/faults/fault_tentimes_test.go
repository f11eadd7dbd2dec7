//go:build faults && linux

package faults_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/parley-chat/parley/e2e/excess"
)

// The limits of the servers, which are lower than the defaults so that ten times of them
// can be had from one machine beside a crowd; the crowd itself stays within them.
const (
	mostMessages    = 50 // a second and user
	mostConnections = 250
)

// How many strangers send ten times of what one may, and how many want to be connected.
const (
	excessive = 20
	pushing   = 10 * mostConnections
)

var tenTimes = fault{
	name:    "ten times each limit",
	promise: "each is answered with its code, refused or let go of; nobody of the crowd notices",
	how:     "frames, fragments, depth, names, texts, pages, rates and headers of ten times what may be, by 20 strangers again and again, and on one server 2,500 connections where 250 may be",
	lasts:   20 * time.Second, whole: 10 * time.Second, outage: 10 * time.Second,
	alone: true, flags: []string{"--rate", fmt.Sprint(mostMessages), "--max-connections", fmt.Sprint(mostConnections)},
	inject: func(ctx context.Context, s *stage) (healer, error) {
		sent, err := s.invite(ctx, excessive, exceed)
		if err != nil {
			return nil, err
		}
		pushed, err := s.inviteTo(ctx, []*replica{s.any()}, pushing, push)
		return func(ctx context.Context) error {
			err := errors.Join(sent(ctx), pushed(ctx))
			for _, counted := range []string{
				`chatapp_upgrades_refused_total{reason="connections"}`,
				`chatapp_requests_refused_total{code="too_fast"}`, `chatapp_requests_refused_total{code="text_too_long"}`,
			} {
				err = errors.Join(err, s.anyOf(counted))
			}
			return err
		}, err
	},
}

// exceed sends one excess after another, each on a connection of its own.
func exceed(ctx context.Context, one *stranger) error {
	defer pauseFor(ctx, betweenFrames)
	frames, requests := excess.Frames(), excess.Requests()
	frames[slices.IndexFunc(frames, func(e excess.Excess) bool { return e.Name == messages.Name })] = messages
	if n := int(one.number) % (len(frames) + len(requests)); n < len(requests) {
		if _, err := one.Write([]byte(requests[n].Text)); err != nil {
			return err
		}
	} else if err := errors.Join(one.enter(), frames[n-len(requests)].Send(one)); err != nil {
		return err
	}
	return one.end(time.Second)
}

// messages are ten times as many as one may send in a second, to a channel that there is
// not, so that none of them is in the log.
var messages = excess.Excess{Name: "messages", Code: "too_fast",
	Send: excess.Repeated(`{"type":"send","id":"x","channel":"nowhere","nonce":"12345678","text":"x"}`, 10*mostMessages)}

// push connects, stays if it may, and comes again in a while if not.
func push(ctx context.Context, one *stranger) error {
	if err := one.upgrade(); err != nil {
		pauseFor(ctx, time.Second)
		return err
	}
	return one.end(time.Minute) // without a word, until it is let go of for that
}
