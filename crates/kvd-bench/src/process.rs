//! Servers as processes: started, measured from outside, stopped.

use anyhow::{Context as _, Result, bail};
use std::{
    ffi::OsString,
    fs::File,
    net::TcpListener,
    path::Path,
    process::Stdio,
    time::{Duration, Instant},
};
use tokio::{
    net::TcpStream,
    process::{Child, Command},
};

/// The core that servers are bound to; the load is left to the others.
const SERVER_CORE: &str = "0";

/// A running server.
pub(crate) struct Process {
    child: Child,
    pub(crate) address: String,
}

/// A port that nobody uses at the moment.
pub(crate) fn free_address() -> Result<String> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?.to_string())
}

impl Process {
    /// Starts a program with its output in a file, bound to one core where there are several, and waits until it
    /// accepts connections.
    pub(crate) async fn start(
        program: &Path,
        arguments: &[OsString],
        address: String,
        log: &Path,
    ) -> Result<Self> {
        let log = File::options().create(true).append(true).open(log)?;
        let mut command = if can_bind() {
            let mut command = Command::new("taskset");
            command.args(["--cpu-list", SERVER_CORE]).arg(program);
            command
        } else {
            Command::new(program)
        };
        command.args(arguments).stdin(Stdio::null()).stdout(log.try_clone()?).stderr(log).kill_on_drop(true);
        let child = command.spawn().with_context(|| format!("{} cannot be started", program.display()))?;
        let mut process = Self { child, address };
        process.wait_until_open().await?;
        Ok(process)
    }

    async fn wait_until_open(&mut self) -> Result<()> {
        let until = Instant::now() + Duration::from_secs(30);
        while TcpStream::connect(&self.address).await.is_err() {
            if let Some(status) = self.child.try_wait()? {
                bail!("the server ended with {status}");
            }
            if Instant::now() > until {
                bail!("the server did not open {}", self.address);
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        Ok(())
    }

    /// The CPU time that the server has used so far, in seconds, the kernel's work for it included.
    pub(crate) fn cpu_seconds(&self) -> Result<f64> {
        let id = self.child.id().context("the server has ended")?;
        let stat = std::fs::read_to_string(format!("/proc/{id}/stat"))?;
        let ticks = cpu_ticks(&stat).context("/proc/<pid>/stat is not as expected")?;
        Ok(ticks / f64::from(u32::try_from(rustix::param::clock_ticks_per_second())?))
    }

    /// The memory that the server has at the moment.
    pub(crate) fn resident_bytes(&self) -> Result<u64> {
        let id = self.child.id().context("the server has ended")?;
        let status = std::fs::read_to_string(format!("/proc/{id}/status"))?;
        resident_kib(&status).map(|kib| kib * 1024).context("/proc/<pid>/status is not as expected")
    }

    /// Stops the server in order, and waits for its end.
    pub(crate) async fn stop(mut self) -> Result<()> {
        if let Some(id) =
            self.child.id().and_then(|id| i32::try_from(id).ok()).and_then(rustix::process::Pid::from_raw)
        {
            rustix::process::kill_process(id, rustix::process::Signal::TERM)?;
        }
        self.child.wait().await?;
        Ok(())
    }
}

/// User and system time out of a line of `/proc/<pid>/stat`: fields 14 and 15, counted behind the name of the
/// program, which may hold blanks.
fn cpu_ticks(stat: &str) -> Option<f64> {
    let (_, behind) = stat.rsplit_once(") ")?;
    let mut fields = behind.split(' ').skip(11);
    let (user, system): (u32, u32) = (fields.next()?.parse().ok()?, fields.next()?.parse().ok()?);
    Some(f64::from(user) + f64::from(system))
}

/// The line `VmRSS:      1234 kB` of `/proc/<pid>/status`.
fn resident_kib(status: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    line.trim().strip_suffix(" kB")?.parse().ok()
}

fn can_bind() -> bool {
    let several = std::thread::available_parallelism().is_ok_and(|cores| cores.get() > 1);
    several && std::process::Command::new("taskset").arg("--version").stdout(Stdio::null()).status().is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_times_are_found_behind_any_name() {
        let stat = "42 (a ) b) S 1 42 42 0 -1 4194560 100 0 0 0 17 5 0 0 20 0 4 0 100";
        assert_eq!(cpu_ticks(stat), Some(22.0));
        assert_eq!(cpu_ticks("nonsense"), None);
        assert_eq!(resident_kib("Name:\tkvd\nVmRSS:\t   1234 kB\n"), Some(1234));
        assert_eq!(resident_kib("Name:\tkvd\n"), None);
    }
}
