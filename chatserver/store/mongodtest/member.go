package mongodtest

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"syscall"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
)

// member is one mongod with its data and its port, running or not.
type member struct {
	program string
	dir     string
	address string
	set     string // the replica set's name, empty for a standalone
	process *process
}

// start runs the member and waits until it answers.
func (m *member) start(ctx context.Context) error {
	if err := os.MkdirAll(filepath.Join(m.dir, "data"), 0o700); err != nil {
		return err
	}
	_, port, err := net.SplitHostPort(m.address)
	if err != nil {
		return err
	}
	log := filepath.Join(m.dir, "mongod.log")
	args := []string{
		"--bind_ip", "127.0.0.1", "--port", port, "--nounixsocket",
		"--dbpath", filepath.Join(m.dir, "data"),
		"--logpath", log, "--logappend", "--quiet",
		"--wiredTigerCacheSizeGB", "0.25",
		"--setParameter", "diagnosticDataCollectionEnabled=false",
		"--setParameter", "shutdownTimeoutMillisForSignaledShutdown=100",
	}
	if m.set != "" {
		args = append(args, "--replSet", m.set, "--oplogSize", "256")
	}
	if m.process, err = startProcess(log, m.program, args...); err != nil {
		return err
	}
	return m.waitUntilUp(ctx)
}

func (m *member) waitUntilUp(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	watched := make(chan struct{})
	go func() {
		defer close(watched)
		select {
		case <-m.process.ended:
			cancel()
		case <-ctx.Done():
		}
	}()
	_, err := m.admin(ctx, bson.D{{Key: "ping", Value: 1}})
	cancel()
	<-watched
	if err != nil && !m.process.running() {
		return m.process.failure()
	}
	return err
}

// stop ends the member with a signal; one that does not run has been stopped.
func (m *member) stop(signal syscall.Signal) error {
	if m.process == nil || !m.process.running() {
		return nil
	}
	return m.process.end(signal)
}

// signal sends one that does not end the member.
func (m *member) signal(signal syscall.Signal) error { return m.process.cmd.Process.Signal(signal) }

// uri connects to this member alone, whatever its role.
func (m *member) uri() string { return "mongodb://" + m.address + "/?directConnection=true" }

// admin runs a command on the member's admin database.
func (m *member) admin(ctx context.Context, command bson.D) (reply bson.Raw, err error) {
	client, err := mongo.Connect(options.Client().ApplyURI(m.uri()).SetMaxPoolSize(2))
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, client.Disconnect(context.WithoutCancel(ctx))) }()
	if reply, err = client.Database("admin").RunCommand(ctx, command).Raw(); err != nil {
		return nil, fmt.Errorf("%s on %s: %w", command[0].Key, m.address, err)
	}
	return reply, nil
}

// role is what a member says that it is.
type role int

const (
	roleOther role = iota // it does not run, or is neither of these yet
	rolePrimary
	roleSecondary // one that knows its primary
)

// role asks the member, for half a second at most: it may be paused.
func (m *member) role(ctx context.Context) (role, error) {
	if !m.process.running() {
		return roleOther, nil
	}
	ctx, cancel := context.WithTimeout(ctx, 500*time.Millisecond)
	defer cancel()
	reply, err := m.admin(ctx, bson.D{{Key: "hello", Value: 1}})
	if err != nil {
		return roleOther, err
	}
	if is, _ := reply.Lookup("isWritablePrimary").BooleanOK(); is {
		return rolePrimary, nil
	}
	is, _ := reply.Lookup("secondary").BooleanOK()
	if _, knows := reply.Lookup("primary").StringValueOK(); is && knows {
		return roleSecondary, nil
	}
	return roleOther, nil
}

// freeAddress finds a port that nobody listens on. It is below the range from
// which the system takes ports for outgoing connections, so that a member that was
// stopped finds its port free when it is started again.
func freeAddress(ctx context.Context) (string, error) {
	const lowest, highest = 20_000, 32_000
	for range 100 {
		address := net.JoinHostPort("127.0.0.1", strconv.Itoa(lowest+rand.IntN(highest-lowest)))
		listener, err := new(net.ListenConfig).Listen(ctx, "tcp", address)
		if err != nil {
			continue
		}
		return address, listener.Close()
	}
	return "", errors.New("found no free port")
}
