package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
)

// readyTimeout is shorter than the probe's.
const readyTimeout = 4 * time.Second

// ready asks the mongod beside it what it is. Anybody may ask that, without a password.
func ready(ctx context.Context, args []string, stderr io.Writer) error {
	flags := flag.NewFlagSet("member ready", flag.ContinueOnError)
	flags.SetOutput(stderr)
	address := flags.String("address", "127.0.0.1:27017", "`HOST:PORT` of mongod")
	ca := flags.String("tls-ca", "", "`file` with who signed mongod's certificate, if it has one")
	name := flags.String("tls-name", "", "`name` in that certificate")
	if err := parse(flags, args); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, readyTimeout)
	defer cancel()
	direct := options.Client().ApplyURI("mongodb://" + *address + "/?directConnection=true").SetServerSelectionTimeout(readyTimeout)
	if *ca != "" {
		secured, err := trusting(*ca, *name)
		if err != nil {
			return err
		}
		direct.SetTLSConfig(secured)
	}
	client, err := mongo.Connect(direct)
	if err != nil {
		return fmt.Errorf("connecting to mongod: %w", err)
	}
	defer func() { _ = client.Disconnect(context.WithoutCancel(ctx)) }() // the process ends now
	var hello struct {
		Writable  bool   `bson:"isWritablePrimary"`
		Secondary bool   `bson:"secondary"`
		SetName   string `bson:"setName"`
	}
	if err := client.Database("admin").RunCommand(ctx, bson.D{{Key: "hello", Value: 1}}).Decode(&hello); err != nil {
		return fmt.Errorf("asking mongod: %w", err)
	}
	if !hello.Writable && !hello.Secondary {
		return errors.New("mongod is neither primary nor secondary of a replica set")
	}
	return nil
}

func trusting(ca, name string) (*tls.Config, error) {
	pem, err := os.ReadFile(ca)
	if err != nil {
		return nil, fmt.Errorf("reading --tls-ca: %w", err)
	}
	authorities := x509.NewCertPool()
	if !authorities.AppendCertsFromPEM(pem) {
		return nil, fmt.Errorf("--tls-ca %s holds no certificate", ca)
	}
	return &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: authorities, ServerName: name}, nil
}
