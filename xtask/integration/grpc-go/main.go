// Uses kvd by gRPC as applications do, with what Go's own generators make of the definitions.
package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"os"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	pb "kvd.test/grpc/kvdv1"
)

var failed bool

func check(name string, try func(context.Context) error) {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	if err := try(ctx); err != nil {
		failed = true
		fmt.Printf("not ok %s: %q\n", name, err.Error())
		return
	}
	fmt.Println("ok", name)
}

func same[T comparable](got, want T) error {
	if got != want {
		return fmt.Errorf("%v, not %v", got, want)
	}
	return nil
}

func refused(err error, want codes.Code) error {
	return same(status.Code(err), want)
}

// The certificates of both ends.
func identity() (*tls.Config, error) {
	pem, err := os.ReadFile(os.Getenv("KVD_CACERT"))
	if err != nil {
		return nil, err
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(pem) {
		return nil, errors.New("no authority")
	}
	own, err := tls.LoadX509KeyPair(os.Getenv("KVD_CLIENT_CERT"), os.Getenv("KVD_CLIENT_KEY"))
	if err != nil {
		return nil, err
	}
	return &tls.Config{RootCAs: roots, Certificates: []tls.Certificate{own}}, nil
}

func main() {
	config, err := identity()
	if err != nil {
		fmt.Printf("not ok certificates: %q\n", err.Error())
		os.Exit(1)
	}
	address := os.Getenv("KVD_GRPC_ADDR")
	connection, err := grpc.NewClient(address, grpc.WithTransportCredentials(credentials.NewTLS(config)))
	if err != nil {
		fmt.Printf("not ok connection: %q\n", err.Error())
		os.Exit(1)
	}
	defer connection.Close()
	kv, auth, sys := pb.NewKVClient(connection), pb.NewAuthClient(connection), pb.NewSysClient(connection)
	bearer := func(ctx context.Context) context.Context {
		return metadata.AppendToOutgoingContext(ctx, "authorization", "Bearer "+os.Getenv("VAULT_TOKEN"))
	}

	check("health", func(ctx context.Context) error {
		told, err := sys.Health(ctx, &pb.HealthRequest{})
		if err != nil {
			return err
		}
		return same(told.Initialized && !told.Sealed, true)
	})
	check("kv/write and read", func(ctx context.Context) error {
		put := &pb.PutRequest{Mount: "secret", Path: "app/go", Data: []byte(`{"port":5432}`), Cas: proto.Uint64(0)}
		made, err := kv.Put(bearer(ctx), put)
		if err != nil {
			return err
		}
		got, err := kv.Get(bearer(ctx), &pb.GetRequest{Mount: "secret", Path: "app/go"})
		if err != nil {
			return err
		}
		_, again := kv.Put(bearer(ctx), put)
		return errors.Join(
			same(made.Metadata.Version, 1),
			same(string(got.Data), `{"port":5432}`),
			refused(again, codes.InvalidArgument),
		)
	})
	check("kv/delete and list", func(ctx context.Context) error {
		if _, err := kv.Delete(bearer(ctx), &pb.DeleteRequest{Mount: "secret", Path: "app/go"}); err != nil {
			return err
		}
		got, err := kv.Get(bearer(ctx), &pb.GetRequest{Mount: "secret", Path: "app/go"})
		if err != nil {
			return err
		}
		names, err := kv.List(bearer(ctx), &pb.ListRequest{Mount: "secret", Path: "app", Limit: 1})
		if err != nil {
			return err
		}
		return errors.Join(same(got.Data == nil, true), same(len(names.Names), 1))
	})
	check("auth/lookup", func(ctx context.Context) error {
		got, err := auth.Lookup(bearer(ctx), &pb.LookupRequest{})
		if err != nil {
			return err
		}
		return same(got.Policies[0], "root")
	})
	check("refusals", func(ctx context.Context) error {
		_, nobody := kv.Get(ctx, &pb.GetRequest{Mount: "secret", Path: "app/go"})
		_, none := kv.Get(bearer(ctx), &pb.GetRequest{Mount: "secret", Path: "none"})
		return errors.Join(refused(nobody, codes.PermissionDenied), refused(none, codes.NotFound))
	})
	check("tls/a client without a certificate is not let in", func(ctx context.Context) error {
		stranger, err := grpc.NewClient(address, grpc.WithTransportCredentials(
			credentials.NewTLS(&tls.Config{RootCAs: config.RootCAs})))
		if err != nil {
			return err
		}
		defer stranger.Close()
		_, err = pb.NewSysClient(stranger).Health(ctx, &pb.HealthRequest{})
		return refused(err, codes.Unavailable)
	})
	if failed {
		os.Exit(1)
	}
}
