package controllers

import (
	"context"
	"time"

	"github.com/parley-chat/parley/controllers/status"
)

const externalTimeout = 4 * time.Second

// askExternal looks whether a database that the operator does not run can be used.
func (p *pass) askExternal(ctx context.Context) {
	if p.database.Trouble != nil {
		return // the Secret is missing: said already
	}
	ctx, cancel := context.WithTimeout(ctx, externalTimeout)
	defer cancel()
	version, err := p.Database.AskExternal(ctx, p.externalURI)
	p.database.Version = version
	if err != nil {
		p.database.Trouble = &status.Problem{Reason: string(err.Reason), Message: err.Message}
		p.again = workingAgain
	}
}
