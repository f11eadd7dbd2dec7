package replicaset

import (
	"context"
	"errors"
	"fmt"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
)

// State is what a member is, in MongoDB's words.
type State string

// The states that decide something here.
const (
	Primary   State = "PRIMARY"
	Secondary State = "SECONDARY"
	Startup   State = "STARTUP"  // it has no configuration
	Startup2  State = "STARTUP2" // it copies the data
	Removed   State = "REMOVED"  // it has a configuration that it is not in
	Down      State = "DOWN"     // it does not answer
	Unknown   State = "UNKNOWN"  // it answers, but not to us
)

// access is how far a member lets us in.
type access int

const (
	unreachable access = iota
	refused            // it answers and refuses the operator's user and the keyFile
	asSystem           // it does not know the operator's user with this password
	asOperator
)

// member is what one member says.
type member struct {
	host   string
	access access
	err    error // why it could not be asked, or not all of it

	state     State
	optime    bson.Timestamp // of its last entry; zero while it has no data
	message   string         // what it says about a state that is not as it should be
	config    *config        // nil while it has none
	committed bool           // the primary knows that a majority has the configuration
	empty     bool           // it has proved that it holds neither data nor a configuration
	peers     map[string]peer
	plain     bool   // it runs without --replSet
	shown     []byte // its certificate
	version   string // of its mongod
	up        time.Duration
	oneKey    bool // of two keys it knows the first alone
}

// peer is how one member sees another.
type peer struct {
	up      bool
	state   State
	refused bool   // the two do not have the same keyFile
	message string // of the last heartbeat
}

// The errors of MongoDB that say what a member is.
const (
	codeNotReplicaSet  = 76 // NoReplicationEnabled
	codeInvalidConfig  = 93 // InvalidReplicaSetConfig
	codeNotInitialized = 94 // NotYetInitialized
)

// code is the number of an error that MongoDB answered with, or 0.
func code(err error) int32 {
	var answered mongo.CommandError
	if errors.As(err, &answered) {
		return answered.Code
	}
	return 0
}

// ask logs in to a member and has it tell what it is.
func ask(ctx context.Context, dialer Dialer, d Desired, host string) member {
	ctx, cancel := context.WithTimeout(ctx, askTimeout)
	defer cancel()
	m := member{host: host, state: Down}
	var conn Conn
	if conn, m.access, m.err = login(ctx, dialer, d, host); m.access == refused {
		m.state = Unknown
	}
	if conn == nil {
		return m
	}
	defer conn.Close()
	m.state = Unknown
	if m.err = m.askStatus(ctx, conn); m.err == nil && !m.plain {
		m.err = m.askConfig(ctx, conn)
	}
	if m.err == nil {
		m.err = m.askVersion(ctx, conn)
	}
	if m.err == nil && m.state == Startup && m.config == nil && m.access == asSystem {
		m.empty, m.err = isEmpty(ctx, conn)
	}
	if keys := Keys(d.KeyFile); m.err == nil && len(keys) == mostKeys {
		m.oneKey = refuses(ctx, dialer, d.address(host), systemBy(keys[1]))
	}
	if to := d.address(host); m.err == nil && to.Authorities != "" {
		m.shown, m.err = dialer.Shown(ctx, to)
	}
	return m
}

// login tries the operator's user first, which a member without data cannot know.
func login(ctx context.Context, dialer Dialer, d Desired, host string) (Conn, access, error) {
	conn, err := dialer.Dial(ctx, d.address(host), d.asOperator())
	if err == nil {
		return conn, asOperator, nil
	}
	if !errors.Is(err, ErrRefused) {
		return nil, unreachable, err
	}
	conn, err = dialer.Dial(ctx, d.address(host), d.asSystem())
	if err == nil {
		return conn, asSystem, nil
	}
	if errors.Is(err, ErrRefused) {
		return nil, refused, err
	}
	return nil, unreachable, err
}

// askStatus asks how the member sees itself and, if it is in a set, the others.
func (m *member) askStatus(ctx context.Context, conn Conn) error {
	var reply struct {
		Members []struct {
			Name    string  `bson:"name"`
			State   State   `bson:"stateStr"`
			Self    bool    `bson:"self"`
			Uptime  int64   `bson:"uptime"` // in seconds
			Health  float64 `bson:"health"`
			Message string  `bson:"lastHeartbeatMessage"`
			Trusted *bool   `bson:"authenticated"` // only there when it is false
			Info    string  `bson:"infoMessage"`
			Optime  struct {
				TS bson.Timestamp `bson:"ts"`
			} `bson:"optime"`
		} `bson:"members"`
	}
	err := conn.Run(ctx, bson.D{{Key: "replSetGetStatus", Value: 1}}, &reply)
	switch code(err) {
	case codeNotInitialized:
		m.state = Startup
		return nil
	case codeInvalidConfig:
		m.state = Removed
		return nil
	case codeNotReplicaSet:
		m.plain = true
		return nil
	}
	if err != nil {
		return err
	}
	m.peers = map[string]peer{}
	for _, other := range reply.Members {
		if other.Self {
			m.state, m.optime = other.State, other.Optime.TS
			m.up = time.Duration(other.Uptime) * time.Second
			if m.state != Primary { // which says that it syncs from nobody
				m.message = other.Info
			}
			continue
		}
		m.peers[other.Name] = peer{
			up: other.Health > 0, state: other.State, refused: other.Trusted != nil && !*other.Trusted, message: other.Message,
		}
	}
	return nil
}

func (m *member) askConfig(ctx context.Context, conn Conn) error {
	command := bson.D{{Key: "replSetGetConfig", Value: 1}}
	var reply struct {
		Config    config `bson:"config"`
		Committed bool   `bson:"commitmentStatus"`
	}
	var err error
	if m.state == Primary {
		err = conn.Run(ctx, append(command, bson.E{Key: "commitmentStatus", Value: true}), &reply)
	}
	// One that has just been elected, or not any more, does not know it.
	if m.state != Primary || code(err) == codeNotPrimary {
		err = conn.Run(ctx, command, &reply)
	}
	if code(err) == codeNotInitialized {
		return nil
	}
	if err != nil {
		return err
	}
	m.config, m.committed = &reply.Config, reply.Committed
	return nil
}

// isEmpty proves that a member without a configuration has no data either. In that
// state mongod refuses to list databases and to read from them, but counts.
func isEmpty(ctx context.Context, conn Conn) (bool, error) {
	var status struct {
		Catalog *struct {
			Collections int64 `bson:"collections"`
			Views       int64 `bson:"views"`
			Timeseries  int64 `bson:"timeseries"`
		} `bson:"catalogStats"`
	}
	if err := conn.Run(ctx, bson.D{{Key: "serverStatus", Value: 1}}, &status); err != nil {
		return false, err
	}
	c := status.Catalog
	if c == nil {
		return false, errors.New("it does not count its collections")
	}
	if c.Collections+c.Views+c.Timeseries > 0 {
		return false, nil
	}
	// Users, and entries that were replicated, are not among those.
	for _, name := range []string{"admin.system.users", "local.oplog.rs"} {
		var size struct {
			Objects float64 `bson:"numObjects"`
		}
		if err := conn.Run(ctx, bson.D{{Key: "dataSize", Value: name}}, &size); err != nil {
			return false, fmt.Errorf("count %s: %w", name, err)
		}
		if size.Objects > 0 {
			return false, nil
		}
	}
	return true, nil
}

// Every call ends by itself, whatever the caller's context is.
const (
	askTimeout = 8 * time.Second  // to observe one member
	actTimeout = 20 * time.Second // to take a step
)
