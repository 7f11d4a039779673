//! Failing, hanging, slow and busy devices.

use crate::support::{Memory, NOW, Scene, device, id};
use kvd_audit::{
    Action, AuditError, Broker, Device, DeviceOptions, DeviceRules, EnableError, FormatOptions, Pace,
    Recorded, Sink,
};
use std::{
    collections::{BTreeMap, HashSet},
    io,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
        mpsc,
    },
    time::Duration,
};

/// Refuses everything while switched on.
#[derive(Clone, Default)]
struct Failing(Arc<AtomicBool>, Memory);

impl Sink for Failing {
    fn write(&mut self, lines: &[u8]) -> io::Result<()> {
        if self.0.load(Ordering::SeqCst) {
            Err(io::ErrorKind::StorageFull.into())
        } else {
            self.1.write(lines)
        }
    }

    fn reopen(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Does not return from a write until it is told to.
struct Hanging(mpsc::Receiver<()>, Memory);

impl Hanging {
    fn new() -> (Self, mpsc::Sender<()>, Memory) {
        let (go, wait) = mpsc::channel();
        let memory = Memory::default();
        (Self(wait, memory.clone()), go, memory)
    }
}

impl Sink for Hanging {
    fn write(&mut self, lines: &[u8]) -> io::Result<()> {
        self.0.recv().map_err(io::Error::other)?;
        self.1.write(lines)
    }

    fn reopen(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn plain(path: &str, sink: impl Sink, pace: Pace) -> Device {
    device(path, FormatOptions::default(), sink, pace)
}

async fn record(broker: &Broker) -> Result<Recorded, AuditError> {
    let scene = Scene::new("{}");
    broker.record_request(&scene.request(Action::Read)).await
}

#[tokio::test]
async fn without_a_device_there_is_nothing_to_wait_for() {
    let broker = Broker::default();
    assert!(matches!(record(&broker).await, Ok(Recorded::NoDevice { .. })));
}

#[tokio::test]
async fn one_good_device_is_enough_and_none_is_not() {
    for pace in [Pace::Quick, Pace::Slow] {
        let (broker, bad, good) = (Broker::default(), Failing::default(), Memory::default());
        bad.0.store(true, Ordering::SeqCst);
        broker.enable(plain("bad/", bad.clone(), pace)).unwrap();
        broker.enable(plain("good/", good.clone(), pace)).unwrap();
        assert!(matches!(record(&broker).await, Ok(Recorded::Written { .. })), "{pace:?}");
        assert_eq!(good.lines().len(), 1);

        assert!(broker.disable("good/") && !broker.disable("good/"));
        assert!(matches!(record(&broker).await, Err(AuditError::NoDeviceTookIt)), "{pace:?}");
        assert_eq!(broker.failing(), ["bad/"]);

        bad.0.store(false, Ordering::SeqCst);
        assert!(matches!(record(&broker).await, Ok(Recorded::Written { .. })), "{pace:?}");
        assert!(broker.failing().is_empty());
    }
}

#[tokio::test(start_paused = true)]
async fn a_device_that_hangs_costs_the_deadline_and_not_more() {
    let broker = Broker::new(Duration::from_secs(2));
    let (hanging, go, written) = Hanging::new();
    broker.enable(plain("hanging/", hanging, Pace::Slow)).unwrap();
    let start = tokio::time::Instant::now();
    assert!(matches!(record(&broker).await, Err(AuditError::NoDeviceTookIt)));
    assert_eq!(start.elapsed().as_secs(), 2);
    drop(go);
    assert!(written.text().is_empty());
}

#[tokio::test]
async fn d09_a_device_that_hangs_does_not_hold_up_the_others_and_its_queue_is_bounded() {
    let broker = Broker::default();
    let (hanging, go, late) = Hanging::new();
    let good = Memory::default();
    broker.enable(plain("hanging/", hanging, Pace::Slow)).unwrap();
    broker.enable(plain("good/", good.clone(), Pace::Quick)).unwrap();
    for _ in 0..3000 {
        assert!(matches!(record(&broker).await, Ok(Recorded::Written { .. })));
    }
    assert_eq!(good.lines().len(), 3000);
    // Let go, it writes what has waited (the queue, and the batch that its thread had taken), and works again.
    for _ in 0..10 {
        go.send(()).unwrap();
    }
    broker.disable("good/");
    while record(&broker).await.is_err() {
        tokio::task::yield_now().await;
    }
    assert!((1001..=2001).contains(&late.lines().len()), "{}", late.lines().len());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn every_line_of_many_tasks_is_written_whole_and_once() {
    const TASKS: usize = 64;
    const LINES: usize = 1000;
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("audit.log");
    let broker = Arc::new(Broker::default());
    broker.enable(file("file/", &[("file_path", path.to_str().unwrap())]).unwrap()).unwrap();
    let tasks: Vec<_> = (0..TASKS)
        .map(|task| {
            let broker = Arc::clone(&broker);
            tokio::spawn(async move {
                for line in 0..LINES {
                    let scene = Scene::new(&format!("{{\"task\":{task},\"line\":{line}}}"));
                    broker.record_request(&scene.request(Action::Update)).await.unwrap();
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    let text = std::fs::read_to_string(&path).unwrap();
    let mut seen = HashSet::new();
    for line in text.lines() {
        let (from, to) = (line.find("\"data\":{").unwrap() + 7, line.find(",\"remote_address\"").unwrap());
        assert!(
            line.starts_with("{\"time\"") && line.ends_with("}}") && seen.insert(&line[from..to]),
            "{line}"
        );
    }
    assert_eq!(seen.len(), TASKS * LINES);
}

fn file(path: &str, options: &[(&str, &str)]) -> Result<Device, EnableError> {
    let raw: BTreeMap<_, _> = options.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
    Device::open(path, &DeviceOptions::parse("file", &raw)?, b"salt", &DeviceRules::default(), None)
}

#[tokio::test]
async fn what_may_not_be_set_up_is_refused() {
    let home = tempfile::tempdir().unwrap();
    let folder = home.path().to_str().unwrap();
    let log = format!("{folder}/audit.log");
    for (options, want) in [
        (
            &[("file_path", folder)][..],
            format!("sanity check failed; unable to open \"{folder}\" for writing: "),
        ),
        (
            &[("path", "/etc/cron.d/x")],
            "sanity check failed; unable to open \"/etc/cron.d/x\" for writing: ".to_owned(),
        ),
        (
            &[("file_path", "/etc/cron.d/x")],
            "sanity check failed; unable to open \"/etc/cron.d/x\" for writing: ".to_owned(),
        ),
        (&[("file_path", &log), ("prefix", "#!/bin/sh")], "a prefix is not allowed unless ".to_owned()),
        (&[("path", &log), ("prefix", "#!/bin/sh")], "a prefix is not allowed unless ".to_owned()),
    ] {
        let refused = file("x/", options).err().map(|e| e.to_string()).unwrap_or_default();
        assert!(refused.starts_with(&want), "{refused}");
    }
    assert!(!home.path().join("audit.log").exists());

    let full = file("full/", &[("file_path", "/dev/full"), ("mode", "0000")]).unwrap();
    let refused = full.trial(NOW, id()).await.unwrap_err().to_string();
    assert_eq!(refused, "audit backend failed test message: No space left on device (os error 28)");
}

#[tokio::test]
async fn paths_above_and_below_a_device_are_taken() {
    let broker = Broker::default();
    let enable = |path| broker.enable(plain(path, Memory::default(), Pace::Quick)).is_ok();
    for (path, want) in [
        ("file/", true),
        ("file/", false),
        ("file/below/", false),
        ("a/b/", true),
        ("a/", false),
        ("files/", true),
    ] {
        assert_eq!(enable(path), want, "{path}");
    }
    assert!(broker.hash("file/", "x").is_some_and(|h| h.starts_with("hmac-sha256:")));
    assert_eq!(broker.hash("nosuch/", "x"), None);
    broker.clear();
    assert_eq!(broker.hash("file/", "x"), None);
}

#[tokio::test]
async fn a_trial_record_says_what_it_is_and_files_are_reopened() {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("deep/er/audit.log");
    let device = file("file/", &[("path", path.to_str().unwrap())]).unwrap();
    device.trial(NOW, id()).await.unwrap();
    let want = format!(
        "{{\"time\":\"2023-11-14T22:13:20.12Z\",\"type\":\"request\",\"request\":{{\"id\":\"{}\",\"operation\":\"update\",\"namespace\":{{\"id\":\"root\"}},\"path\":\"sys/audit/test\"}}}}\n",
        crate::support::ID
    );
    assert_eq!(std::fs::read_to_string(&path).unwrap(), want);

    let broker = Broker::default();
    broker.enable(device).unwrap();
    std::fs::rename(&path, path.with_extension("1")).unwrap();
    broker.reopen();
    assert_eq!(std::fs::read_to_string(&path).unwrap(), "");
    record(&broker).await.unwrap();
    assert_eq!(std::fs::read_to_string(&path).unwrap().lines().count(), 1);
    assert_eq!(std::fs::read_to_string(path.with_extension("1")).unwrap(), want);
}
