//go:build faults && linux

package faults_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"
)

var clockJumps = fault{
	name:    "the clock of a server is wrong",
	promise: "nothing is lost or delayed: order is the log's, and no wait is by the wall; the times of messages are as wrong as the clock",
	how:     "one server an hour ahead, an hour behind, then jumping every half second, by a time.Now that is built with an offset",
	lasts:   15 * time.Second, whole: 5 * time.Second, outage: 5 * time.Second,
	touches: []part{partClock}, program: withClock,
	inject: func(ctx context.Context, s *stage) (healer, error) {
		r := s.any()
		if err := shift(r, time.Hour); err != nil {
			return nil, err
		}
		jumping := make(chan error, 1)
		go func() { jumping <- jump(ctx, r) }()
		return func(context.Context) error { return errors.Join(<-jumping, shift(r, 0)) }, nil
	},
}

// jump sets the clock again and again.
func jump(ctx context.Context, r *replica) error {
	again := time.NewTicker(500 * time.Millisecond)
	defer again.Stop()
	for turn := 0; ; turn++ {
		select {
		case <-ctx.Done():
			return nil
		case <-again.C:
		}
		var by time.Duration
		switch {
		case turn < 8: // it stays an hour ahead
			continue
		case turn == 8:
			by = -time.Hour
		case turn < 16:
			continue
		default:
			by = time.Duration(turn%5-2) * 27 * time.Minute
		}
		if err := shift(r, by); err != nil {
			return err
		}
	}
}

// shift moves a server's clock, and insists that the server shows it.
func shift(r *replica, by time.Duration) error {
	server := r.running()
	if server == nil {
		return nil // another fault has killed it
	}
	if err := setClock(server.Pid(), int64(by/time.Second)); err != nil {
		return err
	}
	for end := time.Now().Add(5 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		response, err := web.Head("http://" + server.Admin + "/healthz")
		if err != nil && !server.Running() {
			return nil
		}
		if err != nil {
			return err
		}
		_ = response.Body.Close()
		shown, err := http.ParseTime(response.Header.Get("Date"))
		if off := time.Until(shown) - by; err == nil && off.Abs() < 5*time.Second {
			return nil
		}
		if time.Now().After(end) {
			return fmt.Errorf("%s shows %s, which is not %v off", r, response.Header.Get("Date"), by)
		}
	}
}
