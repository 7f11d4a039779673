//! The standard streams of an invocation, handed in so that tests can read what was printed.

use std::io::{Read, Write};

use serde::Serialize;

use super::Format;
use crate::failure::{Failure, Outcome, SUCCESS};

/// The standard streams, and which of them are terminals.
pub struct Streams<'a> {
    /// Where secrets given as `-` are read from.
    pub stdin: &'a mut dyn Read,
    /// Where results go.
    pub stdout: &'a mut dyn Write,
    /// Where warnings and errors go.
    pub stderr: &'a mut dyn Write,
    /// Whether a person may be asked for input.
    pub stdin_is_terminal: bool,
    /// Whether a person reads the results: single values then get a line end.
    pub stdout_is_terminal: bool,
    /// Whether a person reads warnings and errors: they may then be coloured.
    pub stderr_is_terminal: bool,
}

/// Where a command prints. Everything it shows goes through here.
pub(crate) struct Screen<'a> {
    stdout: &'a mut dyn Write,
    stderr: &'a mut dyn Write,
    pub(crate) format: Format,
    pub(crate) terminal: bool,
    pub(crate) coloured: bool,
    stderr_terminal: bool,
    /// Whether errors are kept back, because the output is a command or a policy for another program to read.
    pub(crate) held_back: Option<Vec<u8>>,
}

/// The standard input of a command, which can be used up only once.
pub(crate) struct Input<'a> {
    stdin: &'a mut dyn Read,
    pub(crate) terminal: bool,
    consumed: bool,
    closed: bool,
}

impl<'a> Streams<'a> {
    pub(crate) fn split(self, format: Format, coloured: bool) -> (Screen<'a>, Input<'a>) {
        let terminal = self.stdout_is_terminal;
        let screen = Screen {
            stdout: self.stdout,
            stderr: self.stderr,
            format,
            terminal,
            coloured: coloured && self.stderr_is_terminal && format == Format::Table,
            stderr_terminal: self.stderr_is_terminal,
            held_back: None,
        };
        (
            screen,
            Input { stdin: self.stdin, terminal: self.stdin_is_terminal, consumed: false, closed: false },
        )
    }
}

// A reader that goes away early (`| head -1`) is no error: what it wanted, it has. Hence failed writes are dropped.
impl Screen<'_> {
    /// A line of the result.
    pub(crate) fn line(&mut self, text: impl AsRef<str>) {
        let _ = writeln!(self.stdout, "{}", text.as_ref());
    }

    /// A part of the result, letter by letter.
    pub(crate) fn text(&mut self, text: &str) {
        let _ = self.stdout.write_all(text.as_bytes());
        let _ = self.stdout.flush();
    }

    /// Bytes of the result as they came.
    pub(crate) fn bytes(&mut self, bytes: &[u8]) {
        let _ = self.stdout.write_all(bytes);
    }

    /// A single value: a line on a terminal, the bare value for another program.
    pub(crate) fn value(&mut self, text: &str) {
        self.text(text);
        if self.terminal {
            self.text("\n");
        }
    }

    /// The line that says a command did what it should; other forms than tables stay silent.
    pub(crate) fn success(&mut self, text: impl AsRef<str>) -> Outcome {
        if self.format == Format::Table {
            self.line(text);
        }
        Ok(SUCCESS)
    }

    pub(crate) fn warn(&mut self, text: impl AsRef<str>) {
        self.complain(text.as_ref(), "\x1b[0;33m");
    }

    pub(crate) fn error(&mut self, text: impl AsRef<str>) {
        self.complain(text.as_ref(), "\x1b[0;31m");
    }

    /// Whether a person watches who can be shown how far something has come.
    pub(crate) fn shows_progress(&self) -> bool {
        self.stderr_terminal && self.format == Format::Table && self.held_back.is_none()
    }

    /// A question for a person, which must not end up in the result.
    pub(crate) fn prompt(&mut self, text: &str) {
        let _ = self.stderr.write_all(text.as_bytes());
        let _ = self.stderr.flush();
    }

    /// A document in the chosen form, or `false` where that is a table and the caller prints one.
    pub(crate) fn document(&mut self, document: &impl Serialize) -> Result<bool, Failure> {
        match self.format.render(document)? {
            Some(text) => {
                self.line(text);
                Ok(true)
            }
            None => Ok(false),
        }
    }

    /// Prints the errors that were kept back.
    pub(crate) fn release(&mut self) {
        if let Some(held) = self.held_back.take() {
            let _ = self.stderr.write_all(&held);
        }
    }

    fn complain(&mut self, text: &str, colour: &str) {
        let line = if self.coloured { format!("{colour}{text}\x1b[0m\n") } else { format!("{text}\n") };
        match &mut self.held_back {
            Some(held) => held.extend_from_slice(line.as_bytes()),
            None => {
                let _ = self.stderr.write_all(line.as_bytes());
            }
        }
    }
}

impl Input<'_> {
    /// Everything the standard input holds.
    ///
    /// # Errors
    /// When it was read before, or cannot be read, or is not UTF-8.
    pub(crate) fn read_all(&mut self) -> Result<String, String> {
        if self.consumed {
            return Err("stdin already consumed".to_owned());
        }
        self.consumed = true;
        let mut text = String::new();
        if self.closed {
            return Ok(text);
        }
        self.stdin.read_to_string(&mut text).map_err(|error| error.kind().to_string())?;
        Ok(text)
    }

    /// One line, for an answer that a person types; empty at the end of the input.
    ///
    /// # Errors
    /// When it cannot be read, or is not UTF-8.
    pub(crate) fn read_line(&mut self) -> Result<String, String> {
        let mut bytes = Vec::new();
        let mut letter = [0];
        while self.stdin.read(&mut letter).map_err(|error| error.kind().to_string())? > 0 && letter != *b"\n"
        {
            bytes.push(letter[0]);
        }
        String::from_utf8(bytes).map_err(|_| "not UTF-8".to_owned())
    }

    /// Makes the standard input read as empty, as `-non-interactive` asks.
    pub(crate) fn close(&mut self) {
        self.terminal = false;
        self.closed = true;
    }
}
