package replicaset

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"strings"
	"sync"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
)

// Driver is the Dialer that connects to real members. It keeps connections for some
// minutes, since a login costs more than all that is asked after it. It is safe for
// concurrent use and serves any number of sets.
type Driver struct {
	now func() time.Time

	mu     sync.Mutex
	kept   map[target]*kept
	closed bool
}

type target struct {
	Address
	as Login
}

// kept is a client with its users. It is disconnected when it is out of the map and
// nobody uses it any more.
type kept struct {
	client *mongo.Client
	made   time.Time
	users  int
	gone   bool
}

const (
	dialTimeout  = 3 * time.Second
	reuseTimeout = time.Second
	// keepFor is also how late it may be noticed that a password no longer fits.
	keepFor = 5 * time.Minute
)

// NewDriver makes a Driver; Close ends it.
func NewDriver() *Driver { return &Driver{now: time.Now, kept: map[target]*kept{}} }

// Close disconnects all clients that nobody uses, and each other one after its use.
func (d *Driver) Close() {
	d.mu.Lock()
	d.closed = true
	gone := d.drop(func(*kept) bool { return true })
	d.mu.Unlock()
	disconnect(gone...)
}

// Dial gives a connection that has just answered.
func (d *Driver) Dial(ctx context.Context, at Address, as Login) (Conn, error) {
	host, to := at.Host, target{at, as}
	if c := d.reuse(to); c != nil {
		if c.loggedIn(ctx, as) {
			return c, nil
		}
		d.forget(to, c.kept)
		c.Close()
	}
	if err := listens(ctx, host); err != nil {
		return nil, fmt.Errorf("connect to %s: %w", host, err)
	}
	o, err := clientOptions(to)
	if err != nil {
		return nil, err
	}
	client, err := mongo.Connect(o)
	if err != nil {
		return nil, fmt.Errorf("connect to %s: %w", host, err)
	}
	c := &driverConn{driver: d, kept: &kept{client: client, made: d.now(), users: 1}}
	if err := c.ping(ctx); err != nil {
		disconnect(client)
		if isRefusal(err) {
			return nil, fmt.Errorf("connect to %s as %s: %w: %w", host, as.Name, ErrRefused, err)
		}
		return nil, fmt.Errorf("connect to %s: %w", host, err)
	}
	d.keep(to, c.kept)
	return c, nil
}

// listens finds out at once where nobody listens or a name is unknown; the driver would
// try until its time is over.
func listens(ctx context.Context, host string) error {
	ctx, cancel := context.WithTimeout(ctx, dialTimeout)
	defer cancel()
	conn, err := new(net.Dialer).DialContext(ctx, "tcp", host)
	if err != nil {
		return err
	}
	return conn.Close()
}

// Shown makes a connection of its own: one that is kept was made when the member may have
// had another certificate.
func (d *Driver) Shown(ctx context.Context, to Address) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, dialTimeout)
	defer cancel()
	secured, err := to.tls()
	if err != nil {
		return nil, err
	}
	conn, err := (&tls.Dialer{Config: secured}).DialContext(ctx, "tcp", to.Host)
	if err != nil {
		return nil, fmt.Errorf("look at the certificate of %s: %w", to.Host, err)
	}
	defer func() { _ = conn.Close() }()                          // nothing was sent
	shown := conn.(*tls.Conn).ConnectionState().PeerCertificates //nolint:forcetypeassert // see its documentation
	return shown[0].Raw, nil
}

// tls is how a member is spoken to by TLS.
func (a Address) tls() (*tls.Config, error) {
	authorities := x509.NewCertPool()
	if !authorities.AppendCertsFromPEM([]byte(a.Authorities)) {
		return nil, errors.New("there is no certificate among the authorities")
	}
	return &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: authorities}, nil
}

func clientOptions(to target) (*options.ClientOptions, error) {
	o := options.Client().
		SetHosts([]string{to.Host}).
		SetDirect(true).
		SetAppName("parley-operator").
		SetServerSelectionTimeout(dialTimeout).
		SetConnectTimeout(dialTimeout).
		SetMaxPoolSize(2).
		SetServerMonitoringMode(options.ServerMonitoringModePoll).
		SetRetryReads(false).
		SetRetryWrites(false)
	if to.Authorities != "" {
		secured, err := to.tls()
		if err != nil {
			return nil, err
		}
		o.SetTLSConfig(secured)
	}
	if to.as.Name != "" {
		o.SetAuth(options.Credential{
			AuthMechanism: "SCRAM-SHA-256", AuthSource: to.as.Source, Username: to.as.Name, Password: to.as.Password,
		})
	}
	return o, nil
}

// The errors of MongoDB about a login.
const (
	codeUnauthorized         = 13
	codeAuthenticationFailed = 18
)

// isRefusal tells whether a member answered and refused the login. The driver gives
// some of these as text alone.
func isRefusal(err error) bool {
	switch code(err) {
	case codeUnauthorized, codeAuthenticationFailed:
		return true
	case 0:
		return strings.Contains(err.Error(), "auth error") && !mongo.IsTimeout(err) && !mongo.IsNetworkError(err)
	}
	return false
}

// reuse gives the client that is kept for a target, after those that are too old are
// gone.
func (d *Driver) reuse(to target) *driverConn {
	d.mu.Lock()
	before := d.now().Add(-keepFor)
	gone := d.drop(func(k *kept) bool { return k.made.Before(before) })
	k := d.kept[to]
	if k != nil {
		k.users++
	}
	d.mu.Unlock()
	disconnect(gone...)
	if k == nil {
		return nil
	}
	return &driverConn{driver: d, kept: k}
}

func (d *Driver) keep(to target, k *kept) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.closed || d.kept[to] != nil {
		k.gone = true // one is enough: this one ends with its use
		return
	}
	d.kept[to] = k
}

func (d *Driver) forget(to target, k *kept) {
	d.mu.Lock()
	defer d.mu.Unlock()
	k.gone = true
	if d.kept[to] == k {
		delete(d.kept, to)
	}
}

// drop takes clients out of the map and gives those that nobody uses.
func (d *Driver) drop(which func(*kept) bool) (unused []*mongo.Client) {
	for to, k := range d.kept {
		if !which(k) {
			continue
		}
		delete(d.kept, to)
		k.gone = true
		if k.users == 0 {
			unused = append(unused, k.client)
		}
	}
	return unused
}

// disconnect ends clients, whatever they are doing. That they cannot say goodbye to a
// member that is down is no error.
func disconnect(clients ...*mongo.Client) {
	for _, client := range clients {
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		_ = client.Disconnect(ctx)
		cancel()
	}
}

// driverConn is one use of a client.
type driverConn struct {
	driver *Driver
	kept   *kept
	closed sync.Once
}

// Run runs a command.
func (c *driverConn) Run(ctx context.Context, command bson.D, reply any) error {
	return c.kept.client.Database(usersDatabase).RunCommand(ctx, command).Decode(reply)
}

// ping makes the connection.
func (c *driverConn) ping(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, dialTimeout)
	defer cancel()
	return c.Run(ctx, bson.D{{Key: "ping", Value: 1}}, &bson.D{})
}

// loggedIn tells whether the member still takes the connection for who it was made as:
// it does not when the user was dropped meanwhile, even if there is one again.
func (c *driverConn) loggedIn(ctx context.Context, as Login) bool {
	ctx, cancel := context.WithTimeout(ctx, reuseTimeout)
	defer cancel()
	var reply struct {
		Info struct {
			Users []bson.Raw `bson:"authenticatedUsers"`
		} `bson:"authInfo"`
	}
	err := c.Run(ctx, bson.D{{Key: "connectionStatus", Value: 1}}, &reply)
	return err == nil && (len(reply.Info.Users) > 0 || as.Name == "")
}

// Close ends the use.
func (c *driverConn) Close() {
	c.closed.Do(func() {
		c.driver.mu.Lock()
		c.kept.users--
		end := c.kept.gone && c.kept.users == 0
		c.driver.mu.Unlock()
		if end {
			disconnect(c.kept.client)
		}
	})
}
