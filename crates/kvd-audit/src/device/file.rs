//! The file device.

use super::{
    DeviceRules, Sink,
    append::{Appender, ends_within_a_line, head},
    place::settle,
};
use crate::{
    Pace,
    chain::{Chain, Notary},
    options::{FileOptions, SyncMode},
};
use kvd_json::{Limits, Object};
use rustix::fs::OFlags;
use std::{
    fs::{self, File, OpenOptions, Permissions},
    io,
    os::unix::fs::{FileTypeExt, MetadataExt, OpenOptionsExt, PermissionsExt},
    path::{Path, PathBuf},
};

/// How much of an existing file is looked at to tell whether it is an audit log.
const HEAD_BYTES: u64 = 256 << 10;

/// A file that lines are appended to; followed when it is moved away or removed.
pub(super) struct FileSink {
    asked: PathBuf,
    rules: DeviceRules,
    mode: Option<u32>,
    sync: SyncMode,
    /// Who attests the log; without one it has no chain.
    notary: Option<Notary>,
    open: Opened,
}

struct Opened {
    place: PathBuf,
    lines: Appender<File>,
    /// Device and inode of a regular file; none for `/dev/null` and its like.
    identity: Option<(u64, u64)>,
    /// None where there is nothing to verify, or while the chain cannot be written.
    chain: Option<Chain>,
}

impl FileSink {
    pub(super) fn open(
        path: &str,
        options: &FileOptions,
        rules: &DeviceRules,
        notary: Option<Notary>,
    ) -> io::Result<Self> {
        let asked = PathBuf::from(path);
        let mut open = Opened::at(&asked, rules, options.mode)?;
        open.start_chain(notary.as_ref())?;
        Ok(Self { asked, rules: rules.clone(), mode: options.mode, sync: options.sync, notary, open })
    }

    pub(super) fn pace(&self) -> Pace {
        let quick = self.open.identity.is_some()
            && self.sync == SyncMode::System
            && !is_remote(self.open.lines.file());
        if quick { Pace::Quick } else { Pace::Slow }
    }

    fn append(&mut self, lines: &[u8]) -> io::Result<()> {
        let outcome = self.open.lines.append(lines);
        let kept = outcome.as_ref().map_or_else(|failed| &lines[..failed.left], |()| lines);
        self.open.attest(|chain, log| chain.note(kept, log));
        outcome.map_err(|failed| failed.error)
    }
}

impl Sink for FileSink {
    fn write(&mut self, lines: &[u8]) -> io::Result<()> {
        if self.open.has_moved() {
            self.reopen()?;
        }
        if self.append(lines).is_err() {
            // The handle may have gone bad while the path is fine.
            self.reopen()?;
            self.append(lines)?;
        }
        match self.sync {
            SyncMode::System => Ok(()),
            // Not tried again when it fails: the lines are there, only not surely, and must not come twice.
            SyncMode::Group if self.open.identity.is_some() => self.open.lines.file().sync_data(),
            SyncMode::Group => Ok(()),
        }
    }

    fn reopen(&mut self) -> io::Result<()> {
        let open = Opened::at(&self.asked, &self.rules, self.mode)?;
        self.open.end_chain();
        self.open = open;
        // Lines matter more than their chain: what it lacks is taken up once it can be written.
        if let Err(error) = self.open.start_chain(self.notary.as_ref()) {
            complain(&error);
        }
        Ok(())
    }

    fn checkpoint(&mut self) {
        self.open.attest(|chain, log| chain.checkpoint(log));
        if self.open.chain.is_none() {
            // Not told again and again: the first failure was.
            let _ = self.open.start_chain(self.notary.as_ref());
        }
    }
}

impl Drop for FileSink {
    fn drop(&mut self) {
        self.open.end_chain();
    }
}

fn complain(error: &io::Error) {
    tracing::error!(%error, "the chain of an audit log cannot be written; it goes on when it can");
}

impl Opened {
    fn at(asked: &Path, rules: &DeviceRules, mode: Option<u32>) -> io::Result<Self> {
        let place = settle(asked, rules)?;
        // NOFOLLOW: a link could lead anywhere. NONBLOCK: opening a pipe without a reader would hang.
        let flags = OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::NOCTTY;
        let file = OpenOptions::new()
            .read(true)
            .append(true)
            .create(true)
            .mode(mode.unwrap_or(0o600))
            .custom_flags(i32::try_from(flags.bits()).unwrap_or_default())
            .open(&place)?;
        let metadata = file.metadata()?;
        if metadata.file_type().is_char_device() {
            return Ok(Self { place, lines: Appender::new(file, false), identity: None, chain: None });
        }
        if !metadata.is_file() {
            return Err(io::Error::other("it is not a regular file"));
        }
        if metadata.len() > 0 && !is_audit_log(&head(&file, HEAD_BYTES)?) {
            return Err(io::Error::other("it holds something other than audit records"));
        }
        if let Some(mode) = mode.filter(|mode| metadata.permissions().mode() & 0o7777 != *mode) {
            file.set_permissions(Permissions::from_mode(mode))?;
        }
        let torn = ends_within_a_line(&file, metadata.len())?;
        let identity = Some((metadata.dev(), metadata.ino()));
        Ok(Self { place, lines: Appender::new(file, torn), identity, chain: None })
    }

    fn start_chain(&mut self, notary: Option<&Notary>) -> io::Result<()> {
        if let (Some(notary), Some(_)) = (notary, self.identity) {
            self.chain = Chain::open(self.lines.file(), &self.place, notary)?;
        }
        Ok(())
    }

    /// Lets the chain take note of something. One that cannot be written is let go, and opened anew later.
    fn attest(&mut self, what: impl FnOnce(&mut Chain, &File) -> io::Result<()>) {
        let Some(chain) = &mut self.chain else { return };
        if let Err(error) = what(chain, self.lines.file()) {
            complain(&error);
            self.chain = None;
        }
    }

    fn end_chain(&mut self) {
        self.attest(Chain::end);
        self.chain = None;
    }

    /// Whether the path no longer leads to the open file: rotated, removed, replaced.
    fn has_moved(&self) -> bool {
        let Some(identity) = self.identity else { return false };
        !fs::symlink_metadata(&self.place).is_ok_and(|m| (m.dev(), m.ino()) == identity)
    }
}

/// Whether `head`, where a file begins, begins with an audit record, whatever stands in front of it as a prefix.
///
/// Of a first line that is longer than `head`, or torn, only the beginning can be judged.
fn is_audit_log(head: &[u8]) -> bool {
    let first = head.split(|b| *b == b'\n').next().unwrap_or_default();
    let Some(start) = first.windows(2).position(|w| w == b"{\"") else { return false };
    if first.len() == head.len() {
        return first[start..].starts_with(b"{\"time\":\"") || first[start..].starts_with(b"{\"auth\":{");
    }
    Object::parse(&first[start..], &Limits::default()).is_ok_and(|record| {
        let kind = record.get("type").and_then(|t| t.as_str());
        matches!(kind.as_deref(), Some("request" | "response")) && record.get("request").is_some()
    })
}

/// Whether a write may wait for another machine or process.
#[cfg(target_os = "linux")]
fn is_remote(file: &File) -> bool {
    // statfs(2): NFS, SMB, CIFS, FUSE, Ceph, 9p.
    const REMOTE: [u64; 6] = [0x6969, 0xfe53_4d42, 0xff53_4d42, 0x6573_5546, 0x00c3_6400, 0x0102_1997];
    rustix::fs::fstatfs(file).map_or(true, |stat| {
        u64::try_from(stat.f_type).is_ok_and(|kind| REMOTE.contains(&(kind & 0xffff_ffff)))
    })
}

#[cfg(not(target_os = "linux"))]
fn is_remote(_: &File) -> bool {
    false
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::FileTarget;

    const RECORD: &str = "{\"time\":\"t\",\"type\":\"request\",\"request\":{\"id\":\"1\"}}\n";

    fn options(mode: Option<u32>) -> FileOptions {
        FileOptions { target: FileTarget::Discard, mode, sync: SyncMode::System }
    }

    fn open(path: &Path, mode: Option<u32>) -> Result<FileSink, String> {
        FileSink::open(path.to_str().unwrap(), &options(mode), &DeviceRules::default(), None)
            .map_err(|e| e.to_string())
    }

    fn mode_of(path: &Path) -> u32 {
        fs::metadata(path).unwrap().permissions().mode() & 0o7777
    }

    #[test]
    fn v090_what_is_no_audit_file_is_refused() {
        let home = tempfile::tempdir().unwrap();
        let at = |name: &str| home.path().join(name);
        fs::write(at("script"), "#!/bin/sh\n").unwrap();
        fs::write(at("json"), "{\"type\":\"request\"}\n").unwrap();
        fs::write(at("text"), "hello").unwrap();
        fs::write(at("object"), "{\"a\":1}").unwrap();
        fs::write(at("log"), RECORD).unwrap();
        fs::create_dir(at("folder")).unwrap();
        std::os::unix::fs::symlink(at("log"), at("link")).unwrap();
        let _socket = std::os::unix::net::UnixListener::bind(at("socket")).unwrap();
        for (name, want) in [
            ("script", "it holds something other than audit records"),
            ("json", "it holds something other than audit records"),
            ("text", "it holds something other than audit records"),
            ("object", "it holds something other than audit records"),
            ("folder", "Is a directory"),
            ("link", "symbolic links"),
            ("socket", "No such device or address"),
            ("log/below", "not a directory"),
        ] {
            let refused = open(&at(name), Some(0o600)).err().unwrap_or_default();
            assert!(refused.contains(want), "{name}: {refused}");
        }
        assert_eq!(fs::read_to_string(at("script")).unwrap(), "#!/bin/sh\n");
    }

    #[test]
    fn a_pipe_without_a_reader_is_refused_at_once() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("pipe");
        let made = std::process::Command::new("mkfifo").arg(&path).status().unwrap();
        assert!(made.success());
        assert_eq!(open(&path, Some(0o600)).err().as_deref(), Some("it is not a regular file"));
    }

    #[test]
    fn the_mode_is_set_on_new_and_on_existing_files_unless_it_is_to_be_left_alone() {
        let home = tempfile::tempdir().unwrap();
        for (name, before, asked, want) in [
            ("new", None, Some(0o600), 0o600),
            ("new-open", None, Some(0o644), 0o644),
            ("new-alone", None, None, 0o600),
            ("old", Some(0o755), Some(0o600), 0o600),
            ("old-alone", Some(0o640), None, 0o640),
        ] {
            let path = home.path().join(name);
            if let Some(mode) = before {
                fs::write(&path, RECORD).unwrap();
                fs::set_permissions(&path, Permissions::from_mode(mode)).unwrap();
            }
            open(&path, asked).unwrap();
            assert_eq!(mode_of(&path), want, "{name}");
        }
    }

    #[test]
    fn d08_a_file_rotated_or_removed_under_us_is_made_anew() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("a/audit.log");
        let mut sink = open(&path, Some(0o600)).unwrap();
        sink.write(b"1\n").unwrap();
        fs::rename(&path, path.with_extension("1")).unwrap();
        sink.write(b"2\n").unwrap();
        fs::remove_dir_all(home.path().join("a")).unwrap();
        sink.write(b"3\n").unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "3\n");
    }

    #[test]
    fn a_file_that_ends_within_a_line_is_not_continued_there() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("audit.log");
        fs::write(&path, format!("{RECORD}{{\"time\":\"t")).unwrap();
        open(&path, Some(0o600)).unwrap().write(RECORD.as_bytes()).unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), format!("{RECORD}{{\"time\":\"t\n{RECORD}"));
    }

    #[test]
    fn a_full_disk_is_an_error_and_a_flush_to_disk_works() {
        let full = FileSink::open("/dev/full", &options(None), &DeviceRules::default(), None);
        let error = full.unwrap().write(b"1\n").unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::StorageFull);
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("audit.log");
        let group = FileOptions { sync: SyncMode::Group, ..options(Some(0o600)) };
        let mut sink = FileSink::open(path.to_str().unwrap(), &group, &DeviceRules::default(), None).unwrap();
        sink.write(b"1\n").unwrap();
        assert_eq!((sink.pace(), fs::read_to_string(&path).unwrap().as_str()), (Pace::Slow, "1\n"));
    }
}
