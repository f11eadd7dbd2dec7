//go:build linux

package load

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"sync"
)

// request and reply are lines of JSON between Remote and Serve: one reply for each
// request, in order. Exactly one field of a request is set; the first opens.
type request struct {
	Open    *Config      `json:"open,omitempty"`
	Connect *ConnectSpec `json:"connect,omitempty"`
	Run     *RunSpec     `json:"run,omitempty"`
	Settle  *SettleSpec  `json:"settle,omitempty"`
}

type reply struct {
	Error   string         `json:"error,omitempty"`
	Connect *ConnectResult `json:"connect,omitempty"`
	Settle  *Result        `json:"settle,omitempty"`
}

// Serve does what the requests on in ask for, with a generator of its own, until in
// ends; it is the whole of a worker process.
func Serve(ctx context.Context, in io.Reader, out io.Writer) (err error) {
	requests, replies := json.NewDecoder(in), json.NewEncoder(out)
	var g *Generator
	defer func() {
		if g != nil {
			err = errors.Join(err, g.Close())
		}
	}()
	for {
		var req request
		if err := requests.Decode(&req); err != nil {
			if errors.Is(err, io.EOF) {
				return nil
			}
			return fmt.Errorf("read request: %w", err)
		}
		var rep reply
		if req.Open != nil {
			g, err = open(g, *req.Open)
		} else {
			rep, err = answer(ctx, g, req)
		}
		if err != nil {
			rep.Error = err.Error()
		}
		if err := replies.Encode(rep); err != nil {
			return fmt.Errorf("write reply: %w", err)
		}
	}
}

func open(old *Generator, cfg Config) (*Generator, error) {
	if old != nil {
		return old, errors.New("open already")
	}
	return New(cfg)
}

func answer(ctx context.Context, g *Generator, req request) (rep reply, err error) {
	if g == nil {
		return rep, errors.New("not open")
	}
	switch {
	case req.Connect != nil:
		var result ConnectResult
		result, err = g.Connect(ctx, *req.Connect)
		rep.Connect = &result
	case req.Run != nil:
		err = g.Run(ctx, *req.Run)
	case req.Settle != nil:
		var result Result
		result, err = g.Settle(ctx, *req.Settle)
		rep.Settle = &result
	default:
		err = errors.New("request for nothing")
	}
	return rep, err
}

// Remote is a generator in another process, which runs Serve. It is safe for
// concurrent use. A context that ends leaves it of no use: end the process.
type Remote struct {
	mu       sync.Mutex
	requests *json.Encoder
	replies  *json.Decoder
}

// NewRemote opens the generator of a process by its stdin and stdout.
func NewRemote(ctx context.Context, in io.Writer, out io.Reader, cfg Config) (*Remote, error) {
	r := &Remote{requests: json.NewEncoder(in), replies: json.NewDecoder(out)}
	_, err := r.ask(ctx, request{Open: &cfg})
	return r, err
}

// Connect is Generator.Connect.
func (r *Remote) Connect(ctx context.Context, spec ConnectSpec) (ConnectResult, error) {
	rep, err := r.ask(ctx, request{Connect: &spec})
	if err != nil {
		return ConnectResult{}, err
	}
	return *rep.Connect, nil
}

// Run is Generator.Run.
func (r *Remote) Run(ctx context.Context, spec RunSpec) error {
	_, err := r.ask(ctx, request{Run: &spec})
	return err
}

// Settle is Generator.Settle.
func (r *Remote) Settle(ctx context.Context, spec SettleSpec) (Result, error) {
	rep, err := r.ask(ctx, request{Settle: &spec})
	if err != nil {
		return Result{}, err
	}
	return *rep.Settle, nil
}

func (r *Remote) ask(ctx context.Context, req request) (reply, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	type outcome struct {
		rep reply
		err error
	}
	answered := make(chan outcome, 1)
	go func() {
		var o outcome
		if o.err = r.requests.Encode(req); o.err == nil {
			o.err = r.replies.Decode(&o.rep)
		}
		answered <- o
	}()
	select {
	case <-ctx.Done():
		return reply{}, ctx.Err() // the goroutine ends with the process's pipes
	case o := <-answered:
		switch {
		case o.err != nil:
			return reply{}, fmt.Errorf("load worker: %w", o.err)
		case o.rep.Error != "":
			return reply{}, fmt.Errorf("load worker: %s", o.rep.Error)
		case (req.Connect != nil) != (o.rep.Connect != nil), (req.Settle != nil) != (o.rep.Settle != nil):
			return reply{}, errors.New("load worker: reply to another request")
		}
		return o.rep, nil
	}
}
