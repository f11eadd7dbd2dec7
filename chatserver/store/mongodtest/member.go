package mongodtest

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"syscall"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
)

// startLimit is how long a member may take to answer: on a busy machine that is long.
const startLimit = 2 * time.Minute

// pauseLimit is how long a member may run on after SIGSTOP.
const pauseLimit = 10 * time.Second

// member is one mongod with its data and its port, running or not.
type member struct {
	program string
	dir     string
	address string // where it listens
	front   string // where others find it, if that is elsewhere
	set     string // the replica set's name, empty for a standalone
	keyFile string // the keyFile's text, empty when nobody has to log in
	tls     TLS
	process *process
}

// TLS is how a member speaks it; the zero TLS is not at all.
type TLS struct {
	Mode        string // of mongod's --tlsMode
	Certificate string // the file with the certificate and its key
	Authorities string // the file with who may sign such
}

func (t TLS) args() []string {
	if t.Mode == "" {
		return nil
	}
	return []string{"--tlsMode", t.Mode, "--tlsCertificateKeyFile", t.Certificate, "--tlsCAFile", t.Authorities, "--tlsAllowConnectionsWithoutCertificates"}
}

// start runs the member and waits until it answers.
func (m *member) start(ctx context.Context) error {
	if err := os.MkdirAll(m.data(), 0o700); err != nil {
		return err
	}
	_, port, err := net.SplitHostPort(m.address)
	if err != nil {
		return err
	}
	log := filepath.Join(m.dir, "mongod.log")
	args := []string{
		"--bind_ip", "127.0.0.1", "--port", port, "--nounixsocket",
		"--dbpath", m.data(),
		"--logpath", log, "--logappend", "--quiet",
		"--wiredTigerCacheSizeGB", "0.25",
		"--setParameter", "diagnosticDataCollectionEnabled=false",
		"--setParameter", "shutdownTimeoutMillisForSignaledShutdown=100",
	}
	if m.set != "" {
		args = append(args, "--replSet", m.set, "--oplogSize", "256")
	}
	if m.keyFile != "" {
		path := filepath.Join(m.dir, "key")
		if err := os.WriteFile(path, []byte(m.keyFile), 0o600); err != nil {
			return err
		}
		args = append(args, "--keyFile", path)
	}
	if m.process, err = startProcess(log, m.program, append(args, m.tls.args()...)...); err != nil {
		return err
	}
	return m.waitUntilUp(ctx)
}

func (m *member) waitUntilUp(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, startLimit)
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

// pause returns when it has stopped: a signal is taken a moment after it was sent, which
// on a busy machine is time for an answer.
func (m *member) pause() error {
	if err := m.signal(syscall.SIGSTOP); err != nil {
		return err
	}
	for deadline := time.Now().Add(pauseLimit); ; time.Sleep(time.Millisecond) {
		stopped, err := hasStopped(m.process.cmd.Process.Pid)
		if err != nil || stopped {
			return err
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("the member at %s runs on after SIGSTOP", m.address)
		}
	}
}

// data is the folder of its data.
func (m *member) data() string { return filepath.Join(m.dir, "data") }

// name is the member's address as the set knows it.
func (m *member) name() string { return cmp.Or(m.front, m.address) }

// uri connects to this member alone, whatever its role.
func (m *member) uri() string {
	uri := "mongodb://" + m.address + "/?directConnection=true"
	if m.tls.Mode == "" {
		return uri
	}
	return uri + "&tls=true&tlsCAFile=" + url.QueryEscape(m.tls.Authorities)
}

// admin runs a command on the member's admin database.
func (m *member) admin(ctx context.Context, command bson.D) (reply bson.Raw, err error) {
	client, err := mongo.Connect(options.Client().ApplyURI(m.uri()).SetMaxPoolSize(2).SetServerSelectionTimeout(startLimit))
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

// stepUp asks the member to be the primary; there is no error once it is.
func (m *member) stepUp(ctx context.Context) error {
	if role, err := m.role(ctx); role == rolePrimary {
		return err
	}
	_, err := m.admin(ctx, bson.D{{Key: "replSetStepUp", Value: 1}})
	if err == nil {
		err = fmt.Errorf("the member at %s is not the primary yet", m.address)
	}
	return err
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
