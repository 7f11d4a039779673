//! The socket device: lines through a stream, or one datagram a line.

use super::Sink;
use crate::options::{SocketKind, SocketOptions};
use std::{
    io::{self, Write},
    net::{Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream, ToSocketAddrs, UdpSocket},
    os::unix::net::UnixStream,
};

pub(super) struct SocketSink {
    options: SocketOptions,
    /// None before the first line and after a failure.
    connection: Option<Connection>,
}

enum Connection {
    Tcp(TcpStream),
    Udp(UdpSocket),
    Unix(UnixStream),
}

impl SocketSink {
    /// Connects with the first line, so that a server can start before its listener.
    pub(super) fn new(options: SocketOptions) -> Self {
        Self { options, connection: None }
    }

    /// A connection that has failed is given up: what is half sent on it stays there, and the next line starts afresh.
    fn send(&mut self, lines: &[u8]) -> io::Result<()> {
        let mut connection = match self.connection.take() {
            Some(connection) => connection,
            None => connect(&self.options)?,
        };
        connection.send(lines)?;
        self.connection = Some(connection);
        Ok(())
    }
}

impl Sink for SocketSink {
    fn write(&mut self, lines: &[u8]) -> io::Result<()> {
        let fresh = self.connection.is_none();
        match self.send(lines) {
            Err(_) if !fresh => self.send(lines),
            outcome => outcome,
        }
    }

    fn reopen(&mut self) -> io::Result<()> {
        self.connection = Some(connect(&self.options)?);
        Ok(())
    }
}

impl Connection {
    fn send(&mut self, lines: &[u8]) -> io::Result<()> {
        match self {
            Self::Tcp(stream) => stream.write_all(lines),
            Self::Unix(stream) => stream.write_all(lines),
            Self::Udp(socket) => {
                lines.split_inclusive(|b| *b == b'\n').try_for_each(|line| socket.send(line).map(|_| ()))
            }
        }
    }
}

fn connect(options: &SocketOptions) -> io::Result<Connection> {
    let timeout = options.write_timeout;
    if options.kind == SocketKind::Unix {
        let stream = UnixStream::connect(&options.address)?;
        stream.set_write_timeout(Some(timeout))?;
        return Ok(Connection::Unix(stream));
    }
    let mut last = io::Error::new(io::ErrorKind::NotFound, "the address names no host");
    for address in options.address.to_socket_addrs()? {
        let attempt = match options.kind {
            SocketKind::Udp => udp(address, options).map(Connection::Udp),
            SocketKind::Tcp | SocketKind::Unix => tcp(address, options).map(Connection::Tcp),
        };
        match attempt {
            Ok(connection) => return Ok(connection),
            Err(error) => last = error,
        }
    }
    Err(last)
}

fn tcp(address: SocketAddr, options: &SocketOptions) -> io::Result<TcpStream> {
    let stream = TcpStream::connect_timeout(&address, options.write_timeout)?;
    stream.set_write_timeout(Some(options.write_timeout))?;
    stream.set_nodelay(true)?;
    Ok(stream)
}

fn udp(address: SocketAddr, options: &SocketOptions) -> io::Result<UdpSocket> {
    let any = match address {
        SocketAddr::V4(_) => SocketAddr::from((Ipv4Addr::UNSPECIFIED, 0)),
        SocketAddr::V6(_) => SocketAddr::from((Ipv6Addr::UNSPECIFIED, 0)),
    };
    let socket = UdpSocket::bind(any)?;
    socket.set_write_timeout(Some(options.write_timeout))?;
    socket.connect(address)?;
    Ok(socket)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{
        io::{BufRead, BufReader},
        net::TcpListener,
        os::unix::net::UnixListener,
        time::Duration,
    };

    fn sink(kind: SocketKind, address: String) -> SocketSink {
        SocketSink::new(SocketOptions { kind, address, write_timeout: Duration::from_secs(2) })
    }

    fn first_line(stream: impl io::Read) -> String {
        BufReader::new(stream).lines().next().unwrap().unwrap()
    }

    #[test]
    fn lines_arrive_over_every_kind_of_socket() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let mut tcp = sink(SocketKind::Tcp, listener.local_addr().unwrap().to_string());
        tcp.write(b"one\n").unwrap();
        assert_eq!(first_line(listener.accept().unwrap().0), "one");

        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("s");
        let listener = UnixListener::bind(&path).unwrap();
        let mut unix = sink(SocketKind::Unix, path.to_str().unwrap().to_owned());
        unix.write(b"two\n").unwrap();
        assert_eq!(first_line(listener.accept().unwrap().0), "two");

        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        let mut udp = sink(SocketKind::Udp, socket.local_addr().unwrap().to_string());
        udp.write(b"three\nfour\n").unwrap();
        let mut buffer = [0; 20];
        assert_eq!(socket.recv(&mut buffer).unwrap(), 6);
        assert_eq!(socket.recv(&mut buffer).unwrap(), 5);
    }

    #[test]
    fn nobody_listening_is_an_error_and_a_listener_that_comes_later_is_found() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("s");
        let mut unix = sink(SocketKind::Unix, path.to_str().unwrap().to_owned());
        assert!(unix.write(b"lost\n").is_err());
        let listener = UnixListener::bind(&path).unwrap();
        unix.write(b"one\n").unwrap();
        // The listener goes away and comes back: the line is sent again on a new connection.
        drop(listener.accept().unwrap());
        unix.write(b"two\n").unwrap();
        assert_eq!(first_line(listener.accept().unwrap().0), "two");
    }
}
