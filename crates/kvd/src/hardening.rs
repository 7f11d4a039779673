//! What the process gives up before it reads anything: core files, attached debuggers, files that others can read.

use rustix::{
    mm::MlockAllFlags,
    process::{DumpableBehavior, Resource, Rlimit},
};
use std::io;

/// Turns off core files and the attaching of other processes of the same user, and makes new files private.
///
/// Called first of all, so that not even the configuration is ever in a process that can be dumped.
///
/// # Errors
/// When the operating system refuses; the server must then not start.
pub fn harden() -> io::Result<()> {
    rustix::process::umask(rustix::fs::Mode::from_raw_mode(0o077));
    // The limit keeps the kernel from writing a core file; the flag also closes /proc/<pid>/mem and ptrace.
    rustix::process::setrlimit(Resource::Core, Rlimit { current: Some(0), maximum: Some(0) })?;
    rustix::process::set_dumpable_behavior(DumpableBehavior::NotDumpable)?;
    Ok(())
}

/// Keeps all memory of the process, present and future, out of swap.
///
/// # Errors
/// When the limit on locked memory is too low, or the process may not lock at all.
pub fn lock_all_memory() -> io::Result<()> {
    // Pages are locked when they are first touched: reserving memory then costs nothing, as without locking.
    rustix::mm::mlockall(MlockAllFlags::CURRENT | MlockAllFlags::FUTURE | MlockAllFlags::ONFAULT)?;
    Ok(())
}
