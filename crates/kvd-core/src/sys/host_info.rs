//! `sys/host-info`: what the machine is, read from Linux at each call.

use super::routes::route;
use crate::house::House;
use kvd_backend::{Access, Request, RouteTable};
use kvd_json::Writer;
use kvd_types::{Fault, Operation, Reply};
use std::fs;

/// The endpoints of this group.
pub(super) static ROUTES: RouteTable<House> = RouteTable(&[route(
    "host-info",
    Access::Token,
    &[(Operation::Read, |_, r| Box::pin(read(r)))],
    &[],
    "What the machine is.",
)]);

async fn read(request: Request<'_>) -> Result<Reply, Fault> {
    // A machine that keeps one of these files to itself has that part left out.
    let file = |name: &str| fs::read_to_string(format!("/proc/{name}")).unwrap_or_default();
    let (cpu, times, memory) = (file("cpuinfo"), file("stat"), file("meminfo"));
    let (hostname, kernel) = (file("sys/kernel/hostname"), file("sys/kernel/osrelease"));
    let uptime = file("uptime");
    let now = request.now;
    Ok(Reply::object(|w| {
        w.key("cpu");
        w.begin_array();
        for (number, model) in lines_of(&cpu, "model name").enumerate() {
            w.begin_object();
            w.key("cpu");
            w.int(i64::try_from(number).unwrap_or(i64::MAX));
            w.key("modelName");
            w.string(model);
            w.end_object();
        }
        w.end_array();
        w.key("cpu_times");
        write_times(w, &times);
        w.key("disk");
        // Which disks matter to the storage is not told by the machine as a whole.
        w.null();
        w.key("host");
        w.begin_object();
        w.key("hostname");
        w.string(hostname.trim());
        w.key("kernelArch");
        w.string(std::env::consts::ARCH);
        w.key("kernelVersion");
        w.string(kernel.trim());
        w.key("os");
        w.string(std::env::consts::OS);
        w.key("uptime");
        w.int(uptime.split('.').next().and_then(|s| s.parse().ok()).unwrap_or(0));
        w.end_object();
        w.key("memory");
        w.begin_object();
        for (name, line) in [("available", "MemAvailable"), ("free", "MemFree"), ("total", "MemTotal")] {
            w.key(name);
            w.int(lines_of(&memory, line).next().map_or(0, bytes));
        }
        w.end_object();
        w.key("timestamp");
        w.display(now);
    }))
}

/// The values of all lines `name : value`.
fn lines_of<'t>(text: &'t str, name: &'t str) -> impl Iterator<Item = &'t str> {
    text.lines().filter_map(move |line| {
        let (found, value) = line.split_once(':')?;
        (found.trim() == name).then_some(value.trim())
    })
}

/// Bytes, out of a number of kibibytes.
fn bytes(text: &str) -> i64 {
    let number = text.split(' ').next().and_then(|n| n.parse::<i64>().ok());
    number.and_then(|n| n.checked_mul(1024)).unwrap_or(0)
}

/// Hundredths of a second that each processor has spent on what, one object a processor.
fn write_times(w: &mut Writer, stat: &str) {
    const NAMES: [&str; 4] = ["user", "nice", "system", "idle"];
    w.begin_array();
    for line in stat.lines() {
        let mut words = line.split_ascii_whitespace();
        let Some(cpu) = words.next().filter(|cpu| cpu.starts_with("cpu") && cpu.len() > 3) else { continue };
        w.begin_object();
        w.key("cpu");
        w.string(cpu);
        for (name, ticks) in NAMES.iter().zip(words) {
            w.key(name);
            w.int(ticks.parse().unwrap_or(0));
        }
        w.end_object();
    }
    w.end_array();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kernel_tables_are_read_as_linux_writes_them() {
        let memory = "MemTotal:       16311444 kB\nMemFree:  5 kB\n";
        assert_eq!(lines_of(memory, "MemTotal").next().map(bytes), Some(16_311_444 * 1024));
        assert_eq!(lines_of(memory, "Mem").next(), None);
        let mut w = Writer::new();
        write_times(&mut w, "cpu  1 2 3 4\ncpu0 5 6 7 8 9\nintr 1 2\n");
        assert_eq!(w.finish().as_str(), r#"[{"cpu":"cpu0","user":5,"nice":6,"system":7,"idle":8}]"#);
    }
}
