"""Uses hvac as applications do, and says of each thing whether it went as it should."""

import os
import sys

import hvac

client = hvac.Client(url=os.environ["VAULT_ADDR"], token=os.environ["VAULT_TOKEN"])
kv = client.secrets.kv.v2
failed = False


def check(name):
    """Runs a function at once and prints its verdict under this name."""

    def run(function):
        global failed
        try:
            function()
            print("ok", name)
        except Exception as why:
            failed = True
            print(f"not ok {name}: {type(why).__name__} {str(why)!r}")

    return run


def same(got, want):
    assert got == want, f"{got!r}, not {want!r}"


def refused(kind, function, *arguments, **named):
    try:
        function(*arguments, **named)
    except kind as why:
        return why
    raise AssertionError(f"no {kind.__name__}")


@check("authenticated")
def _():
    assert client.is_authenticated()
    assert not hvac.Client(url=os.environ["VAULT_ADDR"], token="wrong").is_authenticated()


@check("kv2/write and read")
def _():
    made = kv.create_or_update_secret("app/db", secret={"host": "h", "port": "1"})
    same(made["data"]["version"], 1)
    made = kv.create_or_update_secret("app/db", secret={"host": "h", "port": "2"})
    same(made["data"]["version"], 2)
    read = kv.read_secret_version("app/db", raise_on_deleted_version=True)
    same(read["data"]["data"], {"host": "h", "port": "2"})
    read = kv.read_secret_version("app/db", version=1, raise_on_deleted_version=True)
    same((read["data"]["data"]["port"], read["data"]["metadata"]["version"]), ("1", 1))


@check("kv2/check and set")
def _():
    why = refused(hvac.exceptions.InvalidRequest, kv.create_or_update_secret, "app/db", secret={}, cas=1)
    assert "check-and-set" in str(why), why
    same(kv.create_or_update_secret("app/db", secret={"a": "b"}, cas=2)["data"]["version"], 3)


@check("kv2/patch")
def _():
    same(kv.patch("app/db", secret={"c": "d"})["data"]["version"], 4)
    same(kv.read_secret_version("app/db", raise_on_deleted_version=True)["data"]["data"], {"a": "b", "c": "d"})


@check("kv2/list")
def _():
    same(kv.list_secrets("app")["data"]["keys"], ["db"])
    refused(hvac.exceptions.InvalidPath, kv.list_secrets, "nothing/here")


@check("kv2/metadata")
def _():
    kv.update_metadata("app/db", max_versions=5, custom_metadata={"owner": "ops"}, delete_version_after="1h0m0s")
    metadata = kv.read_secret_metadata("app/db")["data"]
    same((metadata["current_version"], metadata["oldest_version"], metadata["max_versions"]), (4, 0, 5))
    same((metadata["custom_metadata"], metadata["delete_version_after"]), ({"owner": "ops"}, "1h0m0s"))


@check("kv2/delete, undelete, destroy")
def _():
    kv.delete_secret_versions("app/db", versions=[1])
    why = refused(
        hvac.exceptions.InvalidPath, kv.read_secret_version, "app/db", version=1, raise_on_deleted_version=True
    )
    assert why.json["data"]["metadata"]["deletion_time"], why.json
    kept = kv.read_secret_version("app/db", version=1, raise_on_deleted_version=False)
    same(kept["data"]["data"], None)
    kv.undelete_secret_versions("app/db", versions=[1])
    kv.read_secret_version("app/db", version=1, raise_on_deleted_version=True)
    kv.destroy_secret_versions("app/db", versions=[1])
    kv.delete_latest_version_of_secret("app/db")
    kv.delete_metadata_and_all_versions("app/db")
    refused(hvac.exceptions.InvalidPath, kv.read_secret_version, "app/db", raise_on_deleted_version=True)


@check("kv1")
def _():
    client.sys.enable_secrets_engine("kv", path="one", options={"version": "1"})
    one = client.secrets.kv.v1
    one.create_or_update_secret("a", secret={"x": "y"}, mount_point="one")
    same(one.read_secret("a", mount_point="one")["data"], {"x": "y"})
    same(one.list_secrets("", mount_point="one")["data"]["keys"], ["a"])
    one.delete_secret("a", mount_point="one")
    client.sys.disable_secrets_engine("one")


@check("policies and tokens")
def _():
    client.sys.create_or_update_policy("app", 'path "secret/data/app/*" { capabilities = ["read"] }')
    made = client.auth.token.create(policies=["app"], ttl="1h")
    same(made["auth"]["token_policies"], ["app", "default"])
    other = hvac.Client(url=os.environ["VAULT_ADDR"], token=made["auth"]["client_token"])
    refused(hvac.exceptions.Forbidden, other.secrets.kv.v2.create_or_update_secret, "app/x", secret={})
    other.auth.token.renew_self()
    client.auth.token.revoke_accessor(made["auth"]["accessor"])
    assert not other.is_authenticated()


@check("approle")
def _():
    client.sys.enable_auth_method("approle")
    client.auth.approle.create_or_update_approle("app", token_policies=["app"], token_ttl="10m")
    role = client.auth.approle.read_role_id("app")["data"]["role_id"]
    secret = client.auth.approle.generate_secret_id("app")["data"]["secret_id"]
    other = hvac.Client(url=os.environ["VAULT_ADDR"])
    login = other.auth.approle.login(role, secret)
    same(login["auth"]["lease_duration"], 600)
    assert other.is_authenticated()


@check("userpass")
def _():
    client.sys.enable_auth_method("userpass")
    client.auth.userpass.create_or_update_user("ann", "pw", policies="app")
    other = hvac.Client(url=os.environ["VAULT_ADDR"])
    other.auth.userpass.login("ann", "pw")
    assert other.is_authenticated()
    refused(hvac.exceptions.InvalidRequest, other.auth.userpass.login, "ann", "wrong")


@check("wrapping")
def _():
    kv.create_or_update_secret("app/wrapped", secret={"a": "b"})
    wrapped = client.read("secret/data/app/wrapped", wrap_ttl="1m")
    same(client.sys.unwrap(wrapped["wrap_info"]["token"])["data"]["data"], {"a": "b"})


@check("the system")
def _():
    same(client.sys.read_health_status(method="GET")["sealed"], False)
    assert client.sys.is_initialized() and not client.sys.is_sealed()
    same(client.sys.read_leader_status()["ha_enabled"], False)
    assert "secret/" in client.sys.list_mounted_secrets_engines()["data"]
    same(client.sys.get_capabilities(["secret/data/x"])["capabilities"], ["root"])


sys.exit(1 if failed else 0)
