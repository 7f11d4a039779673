//! Clients of gRPC that the generators of other languages make of the definitions in `proto/`, over mutual TLS.

use super::{
    Setting,
    programs::{folder, verdicts},
    report::Verdict,
    server::{Server, TOKEN},
};
use crate::shell;
use anyhow::{Context as _, Result};
use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

/// The versions of the generators.
const PYTHON: [&str; 2] = ["grpcio==1.71.0", "grpcio-tools==1.71.0"];
const GO: [&str; 2] = [
    "google.golang.org/protobuf/cmd/protoc-gen-go@v1.36.5",
    "google.golang.org/grpc/cmd/protoc-gen-go-grpc@v1.5.1",
];

/// The definitions, from the folder `proto/`.
const DEFINITIONS: [&str; 4] =
    ["kvd/v1/common.proto", "kvd/v1/kv.proto", "kvd/v1/auth.proto", "kvd/v1/sys.proto"];

/// The program that uses what grpcio-tools makes.
pub(crate) fn python(setting: &Setting) -> Result<Vec<Verdict>> {
    let python = setting.scratch.python(&PYTHON)?;
    let made = setting.scratch.folder("grpc-python")?;
    let out = made.display();
    let mut generator = generator(setting, &python);
    generator.arg(format!("--python_out={out}")).arg(format!("--grpc_python_out={out}"));
    setting.scratch.run(generator.args(DEFINITIONS))?;
    let mut command = setting.scratch.command(python);
    command.arg(folder("grpc-python").join("program.py")).env("PYTHONPATH", &made);
    ask(setting, "grpc-python", &mut command)
}

/// The program that uses what Go's generators make. They are plugins, and run by the compiler that Python ships.
pub(crate) fn go(setting: &Setting) -> Result<Vec<Verdict>> {
    let python = setting.scratch.python(&PYTHON)?;
    let made = setting.scratch.folder("grpc-go")?;
    let tools = setting.scratch.folder("grpc-go-tools")?;
    for tool in GO {
        setting.scratch.run(setting.scratch.command("go").args(["install", tool]).env("GOBIN", &tools))?;
    }
    let mut generator = generator(setting, &python);
    for (plugin, name) in [("go", "protoc-gen-go"), ("go-grpc", "protoc-gen-go-grpc")] {
        generator.arg(format!("--plugin={name}={}", tools.join(name).display()));
        generator.arg(format!("--{plugin}_out={}", made.display()));
        generator.arg(format!("--{plugin}_opt=module=kvd.test/grpc"));
        for definition in DEFINITIONS {
            generator.arg(format!("--{plugin}_opt=M{definition}=kvd.test/grpc/kvdv1"));
        }
    }
    setting.scratch.run(generator.args(DEFINITIONS))?;
    for file in ["main.go", "go.mod", "go.sum"] {
        fs::copy(folder("grpc-go").join(file), made.join(file)).context("the program cannot be copied")?;
    }
    let mut command = setting.scratch.command("go");
    command.args(["run", "."]).current_dir(&made);
    ask(setting, "grpc-go", &mut command)
}

/// The compiler of definitions, from its place beside them.
fn generator(setting: &Setting, python: &Path) -> Command {
    let mut command = setting.scratch.command(python);
    command.args(["-m", "grpc_tools.protoc", "--proto_path=."]).current_dir(shell::root().join("proto"));
    command
}

/// Runs a program against a server that wants certificates of its clients. The certificate that a development server
/// makes for itself is good for either end.
fn ask(setting: &Setting, exam: &str, command: &mut Command) -> Result<Vec<Verdict>> {
    let certificates = setting.scratch.folder(&format!("{exam}-tls"))?;
    let file = |name: &str| certificates.join(name);
    let config = file("grpc.hcl");
    fs::write(&config, listener(&file)).context("the configuration cannot be written")?;
    let server = Server::start_with(
        &setting.scratch,
        exam,
        &[
            "-dev-tls".to_owned(),
            format!("-dev-tls-cert-dir={}", certificates.display()),
            format!("-config={}", config.display()),
        ],
    )?;
    command
        .env("KVD_GRPC_ADDR", server.grpc.as_deref().context("the server does not say where it speaks gRPC")?)
        .env("KVD_CACERT", file("vault-ca.pem"))
        .env("KVD_CLIENT_CERT", file("vault-cert.pem"))
        .env("KVD_CLIENT_KEY", file("vault-key.pem"))
        .env("VAULT_TOKEN", TOKEN);
    verdicts(command)
}

fn listener(file: &dyn Fn(&str) -> PathBuf) -> String {
    format!(
        "listener \"grpc\" {{\n  address = \"127.0.0.1:0\"\n  tls_cert_file = {:?}\n  tls_key_file = {:?}\n  \
         tls_client_ca_file = {:?}\n  tls_require_and_verify_client_cert = true\n}}\n",
        file("vault-cert.pem"),
        file("vault-key.pem"),
        file("vault-ca.pem")
    )
}
