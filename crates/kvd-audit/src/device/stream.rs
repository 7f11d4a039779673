//! Standard output, standard error, and nowhere.

use super::Sink;
use std::io::{self, Write};

/// A stream of the process. It cannot be opened anew.
pub(super) enum StreamSink {
    Stdout,
    Stderr,
}

impl Sink for StreamSink {
    fn write(&mut self, lines: &[u8]) -> io::Result<()> {
        match self {
            Self::Stdout => {
                let mut out = io::stdout().lock();
                out.write_all(lines)?;
                out.flush()
            }
            Self::Stderr => io::stderr().lock().write_all(lines),
        }
    }

    fn reopen(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Counts every line as kept, for tests of speed.
pub(super) struct Discard;

impl Sink for Discard {
    fn write(&mut self, _: &[u8]) -> io::Result<()> {
        Ok(())
    }

    fn reopen(&mut self) -> io::Result<()> {
        Ok(())
    }
}
