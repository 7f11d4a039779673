//! A server that says what a test tells it to, and a way to call the program against it.

use std::{
    collections::VecDeque,
    ffi::OsString,
    io::{BufRead, BufReader, Read, Write},
    net::{TcpListener, TcpStream},
    sync::{Arc, Mutex},
    thread,
};

use crate::{
    Environment, Invocation, Program, ServerCommand, Streams,
    flags::{Flag, FlagGroup},
    run::exit_status,
};

/// One answer: a status and a body.
pub(crate) type Answer = (u16, &'static str);

/// A server with a list of answers, given out in order.
pub(crate) struct Stub {
    pub(crate) address: String,
    seen: Arc<Mutex<Vec<Seen>>>,
}

/// A request as it arrived.
#[derive(Clone, Debug)]
pub(crate) struct Seen {
    /// Method and target.
    pub(crate) line: String,
    pub(crate) headers: Vec<String>,
    pub(crate) body: String,
}

/// What a call of the program did.
pub(crate) struct Printed {
    pub(crate) status: u8,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Stub {
    pub(crate) fn answering(answers: &[Answer]) -> Self {
        Self::with_headers(answers.iter().map(|&(status, body)| (status, String::new(), body)).collect())
    }

    /// Answers with a header line of their own, which ends in a line end.
    pub(crate) fn with_headers(answers: Vec<(u16, String, &'static str)>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let seen = Arc::new(Mutex::new(Vec::new()));
        let log = Arc::clone(&seen);
        thread::spawn(move || {
            let mut answers: VecDeque<_> = answers.into();
            while let Some((status, headers, body)) = answers.pop_front() {
                let Ok((stream, _)) = listener.accept() else { return };
                log.lock().unwrap().push(read_request(&stream));
                write_answer(stream, status, &headers, body);
            }
        });
        Self { address, seen }
    }

    pub(crate) fn seen(&self) -> Vec<Seen> {
        self.seen.lock().unwrap().clone()
    }

    /// Calls the program with a token against this server.
    pub(crate) fn call(&self, typed: &[&str]) -> Printed {
        self.call_with(typed, &[], "")
    }

    pub(crate) fn call_with(&self, typed: &[&str], variables: &[(&str, &str)], stdin: &str) -> Printed {
        let connection = [("VAULT_ADDR", self.address.as_str()), ("VAULT_TOKEN", "t"), ("NO_PROXY", "*")];
        call(typed, connection.iter().chain(variables).copied(), stdin)
    }
}

/// Calls the program with nothing but these variables.
pub(crate) fn call<'a>(
    typed: &[&str],
    variables: impl IntoIterator<Item = (&'a str, &'a str)>,
    stdin: &str,
) -> Printed {
    struct Server;
    impl ServerCommand for Server {
        fn flags(&self) -> &'static [&'static FlagGroup] {
            static FLAGS: FlagGroup =
                FlagGroup { title: "Server Options", flags: &[Flag::switch("dev", "x")] };
            static GROUPS: [&FlagGroup; 1] = [&FLAGS];
            &GROUPS
        }

        fn run(&self, arguments: Vec<OsString>) -> u8 {
            u8::try_from(arguments.len()).unwrap()
        }
    }
    let (mut stdout, mut stderr) = (Vec::new(), Vec::new());
    let status = exit_status(Invocation {
        program: Program::Kvd,
        arguments: typed.iter().map(OsString::from).collect(),
        environment: Environment::of_pairs(variables),
        streams: Streams {
            stdin: &mut stdin.as_bytes(),
            stdout: &mut stdout,
            stderr: &mut stderr,
            stdin_is_terminal: false,
            stdout_is_terminal: false,
            stderr_is_terminal: false,
        },
        server: Some(&Server),
    });
    Printed { status, stdout: String::from_utf8(stdout).unwrap(), stderr: String::from_utf8(stderr).unwrap() }
}

fn read_request(stream: &TcpStream) -> Seen {
    let mut reader = BufReader::new(stream);
    let mut lines = Vec::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).unwrap();
        match line.trim_end() {
            "" => break,
            text => lines.push(text.to_owned()),
        }
    }
    let line = lines.remove(0).trim_end_matches(" HTTP/1.1").to_owned();
    let length =
        lines.iter().find_map(|line| line.to_lowercase().strip_prefix("content-length: ")?.parse().ok());
    let mut body = vec![0; length.unwrap_or(0)];
    reader.read_exact(&mut body).unwrap();
    Seen { line, headers: lines, body: String::from_utf8(body).unwrap() }
}

fn write_answer(mut stream: TcpStream, status: u16, headers: &str, body: &str) {
    let length = body.len();
    let head =
        format!("HTTP/1.1 {status} X\r\nContent-Length: {length}\r\nConnection: close\r\n{headers}\r\n");
    // A client that does not read the answer is what some tests are about.
    let _ = stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(body.as_bytes()));
}
