//! Appends whole lines, and leaves no half of one where the next would run into it.

use std::{
    fs::File,
    io::{self, Read, Write},
    os::unix::fs::FileExt,
};

/// What appending needs of a file; a trait so that tests can fill the disk at any byte.
pub(crate) trait Appendable {
    /// Appends some of `bytes`.
    fn append(&mut self, bytes: &[u8]) -> io::Result<usize>;
    /// The file's length.
    fn length(&self) -> io::Result<u64>;
    /// Fills `bytes` from `offset` on.
    fn read_at(&self, bytes: &mut [u8], offset: u64) -> io::Result<()>;
    /// Cuts the file off at `length`.
    fn cut(&mut self, length: u64) -> io::Result<()>;
}

impl Appendable for File {
    fn append(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.write(bytes)
    }

    fn length(&self) -> io::Result<u64> {
        self.metadata().map(|m| m.len())
    }

    fn read_at(&self, bytes: &mut [u8], offset: u64) -> io::Result<()> {
        self.read_exact_at(bytes, offset)
    }

    fn cut(&mut self, length: u64) -> io::Result<()> {
        self.set_len(length)
    }
}

/// Why lines could not be appended.
#[derive(Debug)]
pub(crate) struct Failed {
    pub(crate) error: io::Error,
    /// How many bytes of the lines stay in the file nevertheless.
    pub(crate) left: usize,
}

/// A file that only grows by whole lines.
pub(crate) struct Appender<F> {
    file: F,
    /// The file ends within a line.
    torn: bool,
}

impl<F: Appendable> Appender<F> {
    /// `torn` says whether the file ends within a line, as after a power cut.
    pub(crate) fn new(file: F, torn: bool) -> Self {
        Self { file, torn }
    }

    pub(crate) fn file(&self) -> &F {
        &self.file
    }

    /// Appends `lines` wholly, or takes back what was written of them.
    pub(crate) fn append(&mut self, lines: &[u8]) -> Result<(), Failed> {
        if self.torn {
            self.push(b"\n").map_err(|(error, _)| Failed { error, left: 0 })?;
            self.torn = false;
        }
        self.push(lines).map_err(|(error, written)| {
            self.torn = written > 0 && self.take_back(&lines[..written]).is_err();
            Failed { error, left: if self.torn { written } else { 0 } }
        })
    }

    fn push(&mut self, bytes: &[u8]) -> Result<(), (io::Error, usize)> {
        let mut written = 0;
        while written < bytes.len() {
            match self.file.append(&bytes[written..]) {
                Ok(0) => return Err((io::ErrorKind::WriteZero.into(), written)),
                Ok(n) => written += n,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err((error, written)),
            }
        }
        Ok(())
    }

    /// Cuts `written` off, if it is still what the file ends with: somebody else may have appended since.
    fn take_back(&mut self, written: &[u8]) -> io::Result<()> {
        let length = self.file.length()?;
        let start = length.checked_sub(written.len() as u64).ok_or(io::ErrorKind::UnexpectedEof)?;
        let mut end = vec![0; written.len()];
        self.file.read_at(&mut end, start)?;
        if end != written {
            return Err(io::ErrorKind::InvalidData.into());
        }
        self.file.cut(start)
    }
}

/// Whether `file`, `length` bytes long, ends within a line.
pub(crate) fn ends_within_a_line(file: &File, length: u64) -> io::Result<bool> {
    let mut last = [b'\n'];
    if let Some(at) = length.checked_sub(1) {
        file.read_exact_at(&mut last, at)?;
    }
    Ok(last != *b"\n")
}

/// The first `limit` bytes of `file`.
pub(super) fn head(file: &File, limit: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    Read::take(file, limit).read_to_end(&mut bytes)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// A disk with little room, that may refuse to cut and where others may write.
    #[derive(Default)]
    struct Disk {
        bytes: Vec<u8>,
        room: usize,
        cannot_cut: bool,
        intruder: bool,
    }

    impl Appendable for Disk {
        fn append(&mut self, bytes: &[u8]) -> io::Result<usize> {
            let n = bytes.len().min(self.room).min(7);
            if n == 0 {
                return Err(io::ErrorKind::StorageFull.into());
            }
            self.bytes.extend_from_slice(&bytes[..n]);
            self.room -= n;
            if self.room == 0 && self.intruder {
                self.bytes.extend_from_slice(b"intruder");
            }
            Ok(n)
        }

        fn length(&self) -> io::Result<u64> {
            Ok(self.bytes.len() as u64)
        }

        fn read_at(&self, bytes: &mut [u8], offset: u64) -> io::Result<()> {
            let offset = usize::try_from(offset).unwrap();
            bytes.copy_from_slice(&self.bytes[offset..offset + bytes.len()]);
            Ok(())
        }

        fn cut(&mut self, length: u64) -> io::Result<()> {
            if self.cannot_cut {
                return Err(io::ErrorKind::PermissionDenied.into());
            }
            self.bytes.truncate(usize::try_from(length).unwrap());
            Ok(())
        }
    }

    proptest! {
        #[test]
        fn d08_a_full_disk_never_joins_two_lines_and_keeps_every_confirmed_one(
            steps in prop::collection::vec((0_usize..60, 1_usize..30), 1..20),
            cannot_cut in any::<bool>(),
            intruder in any::<bool>(),
        ) {
            let mut appender = Appender::new(Disk { cannot_cut, intruder, ..Disk::default() }, false);
            let mut confirmed = Vec::new();
            for (number, (room, length)) in steps.into_iter().enumerate() {
                appender.file.room = room;
                let line = format!("<{number}:{}>\n", "x".repeat(length));
                if appender.append(line.as_bytes()).is_ok() {
                    confirmed.push(line);
                }
            }
            let text = String::from_utf8(appender.file.bytes).unwrap();
            let whole: Vec<&str> = text.split_inclusive('\n')
                .filter(|l| l.starts_with('<') && l.ends_with(">\n")).collect();
            let mut found = whole.iter();
            // Where nothing can be cut, a refused line that lacked only its end may stay.
            let confirmed_in_order = confirmed.iter().all(|c| found.any(|w| w == c));
            if intruder {
                prop_assert!(confirmed.iter().all(|c| text.contains(c.as_str())), "{text}");
            } else {
                prop_assert!(confirmed_in_order, "{text}");
            }
            if !cannot_cut && !intruder {
                prop_assert_eq!(text, confirmed.concat());
            }
        }
    }

    #[test]
    fn a_line_that_a_power_cut_has_torn_is_ended_first() {
        let mut appender =
            Appender::new(Disk { bytes: b"<torn".to_vec(), room: 100, ..Disk::default() }, true);
        appender.append(b"<1>\n").unwrap();
        appender.append(b"<2>\n").unwrap();
        assert_eq!(appender.file.bytes, b"<torn\n<1>\n<2>\n");
    }
}
