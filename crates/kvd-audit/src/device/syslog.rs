//! The system log: one datagram a line to the local socket, in the form of RFC 3164.
//!
//! The time is left to the receiver, which knows the local time zone; every known daemon fills it in.

use super::Sink;
use crate::options::SyslogOptions;
use std::{io, os::unix::net::UnixDatagram, path::PathBuf, time::Duration};

const SOCKETS: [&str; 3] = ["/dev/log", "/var/run/syslog", "/var/run/log"];
/// RFC 5424, table 2.
const SEVERITY_INFO: u8 = 6;
const WRITE_TIMEOUT: Duration = Duration::from_secs(2);

pub(super) struct SyslogSink {
    header: String,
    sockets: Vec<PathBuf>,
    socket: UnixDatagram,
}

impl SyslogSink {
    pub(super) fn open(options: &SyslogOptions) -> io::Result<Self> {
        Self::through(options, SOCKETS.iter().map(PathBuf::from).collect())
    }

    fn through(options: &SyslogOptions, sockets: Vec<PathBuf>) -> io::Result<Self> {
        let priority = options.facility.0 << 3 | SEVERITY_INFO;
        let header = format!("<{priority}>{}[{}]: ", options.tag, std::process::id());
        let socket = connect(&sockets)?;
        Ok(Self { header, sockets, socket })
    }
}

fn connect(sockets: &[PathBuf]) -> io::Result<UnixDatagram> {
    let socket = UnixDatagram::unbound()?;
    socket.set_write_timeout(Some(WRITE_TIMEOUT))?;
    let mut first = None;
    for path in sockets {
        match socket.connect(path) {
            Ok(()) => return Ok(socket),
            Err(error) => first = first.or(Some(error)),
        }
    }
    Err(first.unwrap_or_else(|| io::ErrorKind::NotFound.into()))
}

impl Sink for SyslogSink {
    fn write(&mut self, lines: &[u8]) -> io::Result<()> {
        let mut message = Vec::new();
        for line in lines.split(|b| *b == b'\n').filter(|line| !line.is_empty()) {
            message.clear();
            message.extend_from_slice(self.header.as_bytes());
            message.extend_from_slice(line);
            if self.socket.send(&message).is_err() {
                // The daemon may have been started anew, with a new socket at the old path.
                self.reopen()?;
                self.socket.send(&message)?;
            }
        }
        Ok(())
    }

    fn reopen(&mut self) -> io::Result<()> {
        self.socket = connect(&self.sockets)?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::options::Facility;

    #[test]
    fn each_line_is_a_message_and_a_daemon_started_anew_is_found() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("log");
        let daemon = UnixDatagram::bind(&path).unwrap();
        let options = SyslogOptions { facility: Facility(4), tag: "vault".to_owned() };
        let mut sink = SyslogSink::through(&options, vec![home.path().join("none"), path.clone()]).unwrap();
        sink.write(b"{\"a\":1}\n{\"b\":2}\n").unwrap();
        let pid = std::process::id();
        let mut buffer = [0; 200];
        for want in [format!("<38>vault[{pid}]: {{\"a\":1}}"), format!("<38>vault[{pid}]: {{\"b\":2}}")] {
            let n = daemon.recv(&mut buffer).unwrap();
            assert_eq!(std::str::from_utf8(&buffer[..n]), Ok(want.as_str()));
        }
        drop(daemon);
        std::fs::remove_file(&path).unwrap();
        assert!(sink.write(b"lost\n").is_err());
        let daemon = UnixDatagram::bind(&path).unwrap();
        sink.write(b"again\n").unwrap();
        let n = daemon.recv(&mut buffer).unwrap();
        assert!(buffer[..n].ends_with(b": again"));
    }
}
