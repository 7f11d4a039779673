"""Uses kvd by gRPC as applications do, with what Python's own generator makes of the definitions."""

import json
import os

import grpc
from google.protobuf import duration_pb2
from kvd.v1 import auth_pb2, auth_pb2_grpc, kv_pb2, kv_pb2_grpc, sys_pb2, sys_pb2_grpc


def file(name):
    with open(os.environ[name], "rb") as opened:
        return opened.read()


authority, certificate, key = file("KVD_CACERT"), file("KVD_CLIENT_CERT"), file("KVD_CLIENT_KEY")
address, token = os.environ["KVD_GRPC_ADDR"], os.environ["VAULT_TOKEN"]
identity = grpc.ssl_channel_credentials(authority, key, certificate)
channel = grpc.secure_channel(address, identity)
kv, auth, sys_ = kv_pb2_grpc.KVStub(channel), auth_pb2_grpc.AuthStub(channel), sys_pb2_grpc.SysStub(channel)
bearer = [("authorization", f"Bearer {token}")]
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


def refused(code, call, message, **named):
    try:
        call(message, timeout=10, **named)
    except grpc.RpcError as why:
        same(why.code(), code)
        return why.details()
    raise AssertionError(f"no {code}")


def at(kind, path, **named):
    return kind(mount="secret", path=path, **named)


@check("health")
def _():
    told = sys_.Health(sys_pb2.HealthRequest(), timeout=10)
    same((told.initialized, told.sealed), (True, False))


@check("kv/write and read")
def _():
    secret = {"host": "h", "port": 5432}
    put = at(kv_pb2.PutRequest, "app/py", data=json.dumps(secret).encode(), cas=0)
    same(kv.Put(put, metadata=bearer, timeout=10).metadata.version, 1)
    got = kv.Get(at(kv_pb2.GetRequest, "app/py"), metadata=bearer, timeout=10)
    same(json.loads(got.data), secret)
    same(len(got.header.request_id), 36)
    details = refused(grpc.StatusCode.INVALID_ARGUMENT, kv.Put, put, metadata=bearer)
    same(details, "check-and-set parameter did not match the current version")


@check("kv/patch, delete, undelete, destroy")
def _():
    patch = at(kv_pb2.PatchRequest, "app/py", data=b'{"port": null}')
    same(kv.Patch(patch, metadata=bearer, timeout=10).metadata.version, 2)
    kv.Delete(at(kv_pb2.DeleteRequest, "app/py"), metadata=bearer, timeout=10)
    got = kv.Get(at(kv_pb2.GetRequest, "app/py"), metadata=bearer, timeout=10)
    same((got.HasField("data"), got.metadata.HasField("deletion_time")), (False, True))
    kv.Undelete(at(kv_pb2.UndeleteRequest, "app/py", versions=[2]), metadata=bearer, timeout=10)
    got = kv.Get(at(kv_pb2.GetRequest, "app/py"), metadata=bearer, timeout=10)
    same(json.loads(got.data), {"host": "h"})
    kv.Destroy(at(kv_pb2.DestroyRequest, "app/py", versions=[1]), metadata=bearer, timeout=10)
    got = kv.Get(at(kv_pb2.GetRequest, "app/py", version=1), metadata=bearer, timeout=10)
    same((got.HasField("data"), got.metadata.destroyed), (False, True))


@check("kv/list and metadata")
def _():
    got = kv.List(at(kv_pb2.ListRequest, "app"), metadata=bearer, timeout=10)
    assert "py" in got.names, got.names
    limits = at(kv_pb2.PutMetadataRequest, "app/py", max_versions=3, delete_version_after=duration_pb2.Duration(seconds=60))
    kv.PutMetadata(limits, metadata=bearer, timeout=10)
    got = kv.GetMetadata(at(kv_pb2.GetMetadataRequest, "app/py"), metadata=bearer, timeout=10)
    same((got.max_versions, got.delete_version_after.seconds, sorted(got.versions)), (3, 60, [1, 2]))


@check("auth/lookup")
def _():
    got = auth.Lookup(auth_pb2.LookupRequest(), metadata=bearer, timeout=10)
    same(list(got.policies), ["root"])


@check("refusals")
def _():
    get = at(kv_pb2.GetRequest, "app/py")
    refused(grpc.StatusCode.PERMISSION_DENIED, kv.Get, get)
    refused(grpc.StatusCode.PERMISSION_DENIED, kv.Get, get, metadata=[("x-vault-token", "wrong")])
    refused(grpc.StatusCode.NOT_FOUND, kv.Get, at(kv_pb2.GetRequest, "none"), metadata=bearer)
    refused(grpc.StatusCode.INVALID_ARGUMENT, kv.Get, at(kv_pb2.GetRequest, "a/../b"), metadata=bearer)


@check("tls/a client without a certificate is not let in")
def _():
    with grpc.secure_channel(address, grpc.ssl_channel_credentials(authority)) as stranger:
        stub = sys_pb2_grpc.SysStub(stranger)
        refused(grpc.StatusCode.UNAVAILABLE, stub.Health, sys_pb2.HealthRequest())


raise SystemExit(1 if failed else 0)
