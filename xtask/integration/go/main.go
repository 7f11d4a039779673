// Uses Vault's Go module as applications do, and says of each thing whether it went as it should.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"reflect"
	"time"

	vault "github.com/hashicorp/vault/api"
)

var failed bool

// check runs one thing and prints its verdict.
func check(name string, try func() error) {
	if err := try(); err != nil {
		failed = true
		fmt.Printf("not ok %s: %q\n", name, err.Error())
		return
	}
	fmt.Printf("ok %s\n", name)
}

// same says how two values differ, if they do.
func same(what string, got, want any) error {
	if reflect.DeepEqual(got, want) {
		return nil
	}
	return fmt.Errorf("%s is %#v, not %#v", what, got, want)
}

// status wants a refusal with this status.
func status(err error, want int) error {
	var refusal *vault.ResponseError
	if !errors.As(err, &refusal) {
		return fmt.Errorf("no refusal but %v", err)
	}
	return same("status", refusal.StatusCode, want)
}

func main() {
	client, err := vault.NewClient(vault.DefaultConfig())
	if err != nil {
		fmt.Printf("not ok client: %q\n", err.Error())
		os.Exit(1)
	}
	ctx := context.Background()
	keyValue(ctx, client)
	versionOne(ctx, client)
	system(ctx, client)
	tokens(ctx, client)
	appRole(ctx, client)
	wrapping(ctx, client)
	if failed {
		os.Exit(1)
	}
}

func keyValue(ctx context.Context, client *vault.Client) {
	kv := client.KVv2("secret")
	data := map[string]any{"host": "db.example.com", "port": "5432"}
	check("kv2/put", func() error {
		secret, err := kv.Put(ctx, "app/database", data)
		if err != nil {
			return err
		}
		return same("version", secret.VersionMetadata.Version, 1)
	})
	check("kv2/get", func() error {
		secret, err := kv.Get(ctx, "app/database")
		if err != nil {
			return err
		}
		if secret.VersionMetadata.CreatedTime.IsZero() {
			return errors.New("no created_time")
		}
		return same("data", secret.Data, data)
	})
	check("kv2/patch", func() error {
		secret, err := kv.Patch(ctx, "app/database", map[string]any{"port": "5433"})
		if err != nil {
			return err
		}
		return same("version", secret.VersionMetadata.Version, 2)
	})
	check("kv2/patch by reading and writing", func() error {
		_, err := kv.Patch(ctx, "app/database", map[string]any{"user": "me"}, vault.WithMergeMethod(vault.KVMergeMethodReadWrite))
		if err != nil {
			return err
		}
		secret, err := kv.Get(ctx, "app/database")
		if err != nil {
			return err
		}
		return same("data", secret.Data, map[string]any{"host": "db.example.com", "port": "5433", "user": "me"})
	})
	check("kv2/check and set", func() error {
		_, err := kv.Put(ctx, "app/database", data, vault.WithCheckAndSet(1))
		if err := status(err, 400); err != nil {
			return err
		}
		_, err = kv.Put(ctx, "app/database", data, vault.WithCheckAndSet(3))
		return err
	})
	check("kv2/get version", func() error {
		secret, err := kv.GetVersion(ctx, "app/database", 1)
		if err != nil {
			return err
		}
		return same("data", secret.Data, data)
	})
	check("kv2/versions as list", func() error {
		versions, err := kv.GetVersionsAsList(ctx, "app/database")
		if err != nil {
			return err
		}
		return same("count", len(versions), 4)
	})
	check("kv2/metadata", func() error {
		given := vault.KVMetadataPutInput{MaxVersions: 7, CustomMetadata: map[string]any{"owner": "ops"}, DeleteVersionAfter: time.Hour}
		if err := kv.PutMetadata(ctx, "app/database", given); err != nil {
			return err
		}
		metadata, err := kv.GetMetadata(ctx, "app/database")
		if err != nil {
			return err
		}
		if err := same("delete_version_after", metadata.DeleteVersionAfter, time.Hour); err != nil {
			return err
		}
		if err := same("custom_metadata", metadata.CustomMetadata, map[string]any{"owner": "ops"}); err != nil {
			return err
		}
		return same("versions", []int{metadata.CurrentVersion, metadata.OldestVersion, metadata.MaxVersions}, []int{4, 0, 7})
	})
	check("kv2/patch metadata", func() error {
		limit := 9
		if err := kv.PatchMetadata(ctx, "app/database", vault.KVMetadataPatchInput{MaxVersions: &limit}); err != nil {
			return err
		}
		metadata, err := kv.GetMetadata(ctx, "app/database")
		if err != nil {
			return err
		}
		return same("max_versions", metadata.MaxVersions, 9)
	})
	check("kv2/delete, undelete, destroy", func() error {
		if err := kv.Delete(ctx, "app/database"); err != nil {
			return err
		}
		if secret, err := kv.Get(ctx, "app/database"); err != nil || secret.Data != nil {
			return fmt.Errorf("a deleted version gives %v, %v", secret, err)
		}
		if err := kv.Undelete(ctx, "app/database", []int{4}); err != nil {
			return err
		}
		if err := kv.Destroy(ctx, "app/database", []int{1}); err != nil {
			return err
		}
		secret, err := kv.GetVersion(ctx, "app/database", 1)
		if err != nil {
			return err
		}
		return same("destroyed", secret.VersionMetadata.Destroyed, true)
	})
	check("kv2/rollback", func() error {
		secret, err := kv.Rollback(ctx, "app/database", 2)
		if err != nil {
			return err
		}
		return same("version", secret.VersionMetadata.Version, 5)
	})
	check("kv2/list", func() error {
		secret, err := client.Logical().ListWithContext(ctx, "secret/metadata/app")
		if err != nil {
			return err
		}
		return same("keys", secret.Data["keys"], []any{"database"})
	})
	check("kv2/delete metadata", func() error {
		if err := kv.DeleteMetadata(ctx, "app/database"); err != nil {
			return err
		}
		_, err := kv.Get(ctx, "app/database")
		if !errors.Is(err, vault.ErrSecretNotFound) {
			return fmt.Errorf("not ErrSecretNotFound but %v", err)
		}
		return nil
	})
}

func versionOne(ctx context.Context, client *vault.Client) {
	check("kv1", func() error {
		if err := client.Sys().Mount("one", &vault.MountInput{Type: "kv", Options: map[string]string{"version": "1"}}); err != nil {
			return err
		}
		kv := client.KVv1("one")
		if err := kv.Put(ctx, "a/b", map[string]any{"x": "y"}); err != nil {
			return err
		}
		secret, err := kv.Get(ctx, "a/b")
		if err != nil {
			return err
		}
		if err := same("data", secret.Data, map[string]any{"x": "y"}); err != nil {
			return err
		}
		return kv.Delete(ctx, "a/b")
	})
}

func system(ctx context.Context, client *vault.Client) {
	sys := client.Sys()
	check("sys/health", func() error {
		health, err := sys.Health()
		if err != nil {
			return err
		}
		return same("state", []bool{health.Initialized, health.Sealed, health.Standby}, []bool{true, false, false})
	})
	check("sys/seal-status", func() error {
		seal, err := sys.SealStatus()
		if err != nil {
			return err
		}
		return same("sealed", seal.Sealed, false)
	})
	check("sys/leader", func() error {
		_, err := sys.Leader()
		return err
	})
	check("sys/mounts", func() error {
		mounts, err := sys.ListMounts()
		if err != nil {
			return err
		}
		if err := same("version", mounts["secret/"].Options["version"], "2"); err != nil {
			return err
		}
		return sys.TuneMount("secret", vault.MountConfigInput{MaxLeaseTTL: "100h"})
	})
	check("sys/mounts: tuned", func() error {
		config, err := sys.MountConfig("secret")
		if err != nil {
			return err
		}
		return same("max_lease_ttl", config.MaxLeaseTTL, 360000)
	})
	check("sys/auth", func() error {
		if err := sys.EnableAuthWithOptions("approle", &vault.EnableAuthOptions{Type: "approle"}); err != nil {
			return err
		}
		methods, err := sys.ListAuth()
		if err != nil {
			return err
		}
		return same("type", methods["approle/"].Type, "approle")
	})
	check("sys/policies", func() error {
		rules := "path \"secret/data/app/*\" {\n  capabilities = [\"read\"]\n}\n"
		if err := sys.PutPolicy("app", rules); err != nil {
			return err
		}
		kept, err := sys.GetPolicy("app")
		if err != nil {
			return err
		}
		if err := same("policy", kept, rules); err != nil {
			return err
		}
		names, err := sys.ListPolicies()
		if err != nil {
			return err
		}
		return same("names", names, []string{"app", "default", "root"})
	})
	check("sys/capabilities", func() error {
		capabilities, err := sys.CapabilitiesSelf("secret/data/app/x")
		if err != nil {
			return err
		}
		return same("capabilities", capabilities, []string{"root"})
	})
	check("sys/key-status", func() error {
		key, err := sys.KeyStatus()
		if err != nil {
			return err
		}
		return same("term", key.Term, 1)
	})
	check("sys/audit", func() error {
		devices, err := sys.ListAudit()
		if err != nil {
			return err
		}
		return same("devices", len(devices), 0)
	})
	check("sys/generate-root-status", func() error {
		state, err := sys.GenerateRootStatus()
		if err != nil {
			return err
		}
		return same("started", state.Started, false)
	})
}

func tokens(ctx context.Context, client *vault.Client) {
	auth := client.Auth().Token()
	check("token/create, renew, revoke", func() error {
		made, err := auth.Create(&vault.TokenCreateRequest{Policies: []string{"app"}, TTL: "1h", DisplayName: "go"})
		if err != nil {
			return err
		}
		if err := same("policies", made.Auth.TokenPolicies, []string{"app", "default"}); err != nil {
			return err
		}
		other, err := client.Clone()
		if err != nil {
			return err
		}
		other.SetToken(made.Auth.ClientToken)
		found, err := other.Auth().Token().LookupSelf()
		if err != nil {
			return err
		}
		if err := same("display_name", found.Data["display_name"], "token-go"); err != nil {
			return err
		}
		if _, err := other.KVv2("secret").Put(ctx, "app/x", map[string]any{}); status(err, 403) != nil {
			return fmt.Errorf("a write that the policy forbids gives %v", err)
		}
		if _, err := other.Auth().Token().RenewSelf(60); err != nil {
			return err
		}
		if err := auth.RevokeAccessor(made.Auth.Accessor); err != nil {
			return err
		}
		_, err = other.Auth().Token().LookupSelf()
		return status(err, 403)
	})
	check("token/watched for its lifetime", func() error {
		made, err := auth.Create(&vault.TokenCreateRequest{Policies: []string{"default"}, TTL: "2s"})
		if err != nil {
			return err
		}
		other, err := client.Clone()
		if err != nil {
			return err
		}
		other.SetToken(made.Auth.ClientToken)
		watcher, err := other.NewLifetimeWatcher(&vault.LifetimeWatcherInput{Secret: made})
		if err != nil {
			return err
		}
		go watcher.Start()
		defer watcher.Stop()
		select {
		case renewal := <-watcher.RenewCh():
			return same("renewable", renewal.Secret.Auth.Renewable, true)
		case err := <-watcher.DoneCh():
			return fmt.Errorf("ended without a renewal: %v", err)
		case <-time.After(30 * time.Second):
			return errors.New("no renewal")
		}
	})
}

func appRole(ctx context.Context, client *vault.Client) {
	check("approle/login", func() error {
		logical := client.Logical()
		role := map[string]any{"token_policies": "app", "token_ttl": "10m"}
		if _, err := logical.WriteWithContext(ctx, "auth/approle/role/app", role); err != nil {
			return err
		}
		id, err := logical.Read("auth/approle/role/app/role-id")
		if err != nil {
			return err
		}
		secret, err := logical.Write("auth/approle/role/app/secret-id", nil)
		if err != nil {
			return err
		}
		login := map[string]any{"role_id": id.Data["role_id"], "secret_id": secret.Data["secret_id"]}
		token, err := logical.Write("auth/approle/login", login)
		if err != nil {
			return err
		}
		return same("lease_duration", token.Auth.LeaseDuration, 600)
	})
}

func wrapping(ctx context.Context, client *vault.Client) {
	check("wrapping/unwrap", func() error {
		other, err := client.Clone()
		if err != nil {
			return err
		}
		other.SetToken(client.Token())
		other.SetWrappingLookupFunc(func(_, _ string) string { return "1m" })
		if _, err := client.KVv2("secret").Put(ctx, "app/wrapped", map[string]any{"a": "b"}); err != nil {
			return err
		}
		wrapped, err := other.Logical().Read("secret/data/app/wrapped")
		if err != nil {
			return err
		}
		secret, err := client.Logical().Unwrap(wrapped.WrapInfo.Token)
		if err != nil {
			return err
		}
		if err := same("data", secret.Data["data"], map[string]any{"a": "b"}); err != nil {
			return err
		}
		_, err = client.Logical().Unwrap(wrapped.WrapInfo.Token)
		return status(err, 400)
	})
}
