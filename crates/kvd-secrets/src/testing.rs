//! What the engines' tests stand on: a view in memory, and an engine that can be called.

use futures_util::{FutureExt, future::BoxFuture};
use kvd_backend::{Caller, MountInfo, MountOptions, Registry, Request, SecretsEngine};
use kvd_json::{Limits, Object};
use kvd_storage::{
    Listing, Note, Opened, Page, Peek, Slot, Stamp, StoreError, Table, Verdict, View, ViewError, ViewTx,
    ViewWork,
};
use kvd_testkit::{ManualClock, SeededEntropy, Told};
use kvd_types::{
    ApiPath, Call, ClientAuth, Clock, Entropy, NamespaceId, NoHeaders, Operation, Peer, RequestId, Secret,
    Timestamp,
};
use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::Duration,
};

type Key = (Table, String, String, u64);

#[derive(Clone)]
struct Record {
    plain: Vec<u8>,
    stamp: Stamp,
}

impl Record {
    fn open(&self) -> Opened {
        Opened { plain: Secret::new(self.plain.clone()), stamp: self.stamp }
    }
}

/// A view that keeps everything in a map.
#[derive(Default)]
pub(crate) struct MemoryView {
    state: Mutex<State>,
    /// Whether everything is "on disk", so that nothing can be told at once.
    pub(crate) is_cold: AtomicBool,
    /// After so many more commits the store fails.
    pub(crate) commits_left: Mutex<Option<usize>>,
    pub(crate) opened: AtomicUsize,
    pub(crate) written: AtomicUsize,
}

#[derive(Default)]
struct State {
    records: BTreeMap<Key, Record>,
    notes: BTreeMap<Key, (Stamp, Note)>,
    stamps: u64,
}

impl State {
    fn names(&self, table: Table, folder: &str, page: Page<'_>) -> Listing {
        let after = page.after.unwrap_or_default();
        self.records
            .range((table, folder.to_owned(), String::new(), 0)..)
            .take_while(|((t, f, ..), _)| *t == table && f == folder)
            .filter(|((.., name, version), _)| *version == 0 && name.as_str() > after)
            .map(|((.., name, _), _)| name.clone())
            .take(page.limit.unwrap_or(usize::MAX))
            .collect()
    }
}

fn key(slot: Slot<'_>) -> Key {
    (slot.table, slot.folder.to_owned(), slot.name.to_owned(), slot.version)
}

impl MemoryView {
    /// All records, for tests that look for what must not be there.
    pub(crate) fn holds(&self, text: &str) -> bool {
        let state = self.state.lock().unwrap();
        state.records.values().any(|r| r.plain.windows(text.len()).any(|w| w == text.as_bytes()))
    }

    /// How many records there are in a table.
    pub(crate) fn count(&self, table: Table) -> usize {
        self.state.lock().unwrap().records.keys().filter(|k| k.0 == table).count()
    }

    /// Puts a record back as somebody with access to the disk could.
    pub(crate) fn replay(&self, from: Slot<'_>) -> impl Fn(&Self) + use<> {
        let key = key(from);
        let record = self.state.lock().unwrap().records.get(&key).cloned().unwrap();
        move |view| drop(view.state.lock().unwrap().records.insert(key.clone(), record.clone()))
    }

    /// Forgets how many records were opened and written.
    pub(crate) fn reset_counts(&self) {
        self.opened.store(0, Ordering::SeqCst);
        self.written.store(0, Ordering::SeqCst);
    }
}

impl View for MemoryView {
    fn peek(&self, slot: Slot<'_>) -> Result<Peek<Opened>, ViewError> {
        if self.is_cold.load(Ordering::SeqCst) {
            return Ok(Peek::OnDisk);
        }
        self.opened.fetch_add(1, Ordering::SeqCst);
        Ok(Peek::Known(self.state.lock().unwrap().records.get(&key(slot)).map(Record::open)))
    }

    fn get<'a>(&'a self, slot: Slot<'a>) -> BoxFuture<'a, Result<Option<Opened>, ViewError>> {
        self.opened.fetch_add(1, Ordering::SeqCst);
        let record = self.state.lock().unwrap().records.get(&key(slot)).map(Record::open);
        Box::pin(async move { Ok(record) })
    }

    fn peek_presence(&self, slot: Slot<'_>) -> Result<Peek<()>, ViewError> {
        if self.is_cold.load(Ordering::SeqCst) {
            return Ok(Peek::OnDisk);
        }
        Ok(Peek::Known(self.state.lock().unwrap().records.get(&key(slot)).map(|_| ())))
    }

    fn note(&self, slot: Slot<'_>) -> Result<Option<Note>, ViewError> {
        let state = self.state.lock().unwrap();
        let stamp = state.records.get(&key(slot)).map(|record| record.stamp);
        let noted = state.notes.get(&key(slot)).filter(|(noted, _)| stamp == Some(*noted));
        Ok(noted.map(|(_, note)| Arc::clone(note)))
    }

    fn set_note(&self, slot: Slot<'_>, stamp: Stamp, note: Note) {
        self.state.lock().unwrap().notes.insert(key(slot), (stamp, note));
    }

    fn list<'a>(
        &'a self,
        table: Table,
        folder: &'a str,
        page: Page<'a>,
    ) -> BoxFuture<'a, Result<Listing, ViewError>> {
        let names = self.state.lock().unwrap().names(table, folder, page);
        self.opened.fetch_add(names.len(), Ordering::SeqCst);
        Box::pin(async move { Ok(names) })
    }

    fn list_records<'a>(
        &'a self,
        table: Table,
        folder: &'a str,
    ) -> BoxFuture<'a, Result<Vec<(String, Opened)>, ViewError>> {
        let state = self.state.lock().unwrap();
        let found = state
            .names(table, folder, Page::default())
            .into_iter()
            .map(|name| {
                let record = &state.records[&(table, folder.to_owned(), name.clone(), 0)];
                (name, record.open())
            })
            .collect();
        Box::pin(async move { Ok(found) })
    }

    fn transact(&self, mut work: ViewWork) -> BoxFuture<'_, Result<(), ViewError>> {
        let mut state = self.state.lock().unwrap();
        let mut tx = MemoryTx { state: &mut state, undo: Vec::new(), opened: 0 };
        let result = work(&mut tx);
        let MemoryTx { undo, opened, .. } = tx;
        self.opened.fetch_add(opened, Ordering::SeqCst);
        let fails = match (&result, self.commits_left.lock().unwrap().as_mut()) {
            (Ok(Verdict::Commit), Some(0)) => true,
            (Ok(Verdict::Commit), Some(left)) => {
                *left -= 1;
                false
            }
            _ => false,
        };
        if fails || !matches!(result, Ok(Verdict::Commit)) {
            for (key, before) in undo.into_iter().rev() {
                match before {
                    Some(record) => state.records.insert(key, record),
                    None => state.records.remove(&key),
                };
            }
        } else {
            self.written.fetch_add(undo.len(), Ordering::SeqCst);
        }
        let outcome = if fails { Err(ViewError::Store(StoreError::Stopped)) } else { result.map(|_| ()) };
        Box::pin(async move { outcome })
    }
}

struct MemoryTx<'s> {
    state: &'s mut State,
    undo: Vec<(Key, Option<Record>)>,
    opened: usize,
}

impl MemoryTx<'_> {
    fn set(&mut self, key: Key, record: Option<Record>) {
        let before = match record {
            Some(record) => self.state.records.insert(key.clone(), record),
            None => self.state.records.remove(&key),
        };
        self.undo.push((key, before));
    }

    fn marker(folder: &str) -> Option<(&str, &str)> {
        let cut = folder.strip_suffix('/')?.rfind('/').map_or(0, |i| i + 1);
        Some(folder.split_at(cut))
    }
}

impl ViewTx for MemoryTx<'_> {
    fn get(&mut self, slot: Slot<'_>) -> Result<Option<Opened>, ViewError> {
        self.opened += 1;
        Ok(self.state.records.get(&key(slot)).map(Record::open))
    }

    fn put(&mut self, slot: Slot<'_>, plain: &[u8]) -> Result<Stamp, ViewError> {
        self.state.stamps += 1;
        let stamp = Stamp(self.state.stamps.to_le_bytes());
        self.set(key(slot), Some(Record { plain: plain.to_vec(), stamp }));
        Ok(stamp)
    }

    fn delete(&mut self, slot: Slot<'_>) {
        self.set(key(slot), None);
    }

    fn link(&mut self, slot: Slot<'_>) -> Result<(), ViewError> {
        let mut folder = slot.folder;
        while let Some((parent, name)) = Self::marker(folder) {
            let at = Slot { table: slot.table, folder: parent, name, version: 0 };
            if self.get(at)?.is_some() {
                break;
            }
            self.put(at, &[])?;
            folder = parent;
        }
        Ok(())
    }

    fn unlink(&mut self, slot: Slot<'_>) -> Result<(), ViewError> {
        let mut folder = slot.folder;
        while let Some((parent, name)) = Self::marker(folder) {
            if !self.state.names(slot.table, folder, Page::default()).is_empty() {
                break;
            }
            self.delete(Slot { table: slot.table, folder: parent, name, version: 0 });
            folder = parent;
        }
        Ok(())
    }

    fn list(&mut self, table: Table, folder: &str, page: Page<'_>) -> Result<Listing, ViewError> {
        Ok(self.state.names(table, folder, page))
    }

    fn some(&mut self, table: Table, folder: &str, limit: usize) -> Result<Listing, ViewError> {
        Ok(self.state.names(table, folder, Page { after: None, limit: Some(limit) }))
    }

    fn delete_versions(&mut self, slot: Slot<'_>) {
        let (table, folder, name, _) = key(slot);
        let range = (table, folder.clone(), name.clone(), 1)..=(table, folder, name, u64::MAX);
        let keys: Vec<Key> = self.state.records.range(range).map(|(k, _)| k.clone()).collect();
        keys.into_iter().for_each(|key| self.set(key, None));
    }

    fn clear(&mut self) {
        let keys: Vec<Key> = self.state.records.keys().cloned().collect();
        keys.into_iter().for_each(|key| self.set(key, None));
    }
}

/// Polls a future that never has to wait.
pub(crate) fn now<T>(future: impl Future<Output = T>) -> T {
    future.now_or_never().expect("views in memory never wait")
}

/// What came of a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Answer {
    /// The HTTP status.
    pub(crate) status: u16,
    /// The object `data`, or the texts of a refusal.
    pub(crate) text: String,
    /// The warnings.
    pub(crate) warnings: Vec<String>,
    /// Seconds.
    pub(crate) lease: u64,
}

/// A mounted engine in a world of its own.
pub(crate) struct Rig {
    pub(crate) engine: Arc<dyn SecretsEngine>,
    pub(crate) memory: Arc<MemoryView>,
    pub(crate) view: Arc<dyn View>,
    pub(crate) clock: Arc<ManualClock>,
    pub(crate) caller: Caller,
}

impl Rig {
    /// A fresh mount of a type, with options.
    pub(crate) fn new(kind: &str, options: &[(&str, &str)]) -> Self {
        let memory = Arc::new(MemoryView::default());
        let caller = Caller {
            display_name: "token".to_owned(),
            cubbyhole: Some("c1".to_owned()),
            ..Caller::default()
        };
        let clock = ManualClock::default();
        clock.set(Timestamp::from_seconds(1_800_000_000));
        Self {
            engine: build(kind, options),
            view: Arc::clone(&memory) as Arc<dyn View>,
            memory,
            clock: Arc::new(clock),
            caller,
        }
    }

    /// Calls the engine; `body` is the body, or the query as an object.
    pub(crate) fn call(&self, operation: Operation, path: &str, body: &str) -> Answer {
        let outcome = self.with_request(operation, path, body, |route, request| match route {
            Some(route) => now(self.engine.handle(route, request)),
            None => now(self.engine.unknown_path(request)),
        });
        let Told { status, text } = Told::of(&outcome);
        let (warnings, lease) = outcome.map_or((Vec::new(), 0), |reply| {
            (reply.warnings.iter().map(|w| w.to_string()).collect(), reply.lease.duration_seconds)
        });
        Answer { status, text, warnings, lease }
    }

    /// Whether a write of `path` would be an update.
    pub(crate) fn exists(&self, path: &str) -> bool {
        self.with_request(Operation::Write, path, "", |route, request| {
            now(self.engine.exists(route.unwrap(), request)).unwrap()
        })
    }

    /// Calls the engine and looks at the status and at a piece of the answer.
    #[track_caller]
    pub(crate) fn check(
        &self,
        operation: Operation,
        path: &str,
        body: &str,
        status: u16,
        piece: &str,
    ) -> Answer {
        let answer = self.call(operation, path, body);
        assert_eq!(answer.status, status, "{operation} {path} {body}: {answer:?}");
        assert!(answer.text.contains(piece), "{operation} {path} {body}: wants {piece:?} in {answer:?}");
        answer
    }

    pub(crate) fn advance(&self, seconds: u64) {
        self.clock.advance(Duration::from_secs(seconds));
    }

    fn with_request<T>(
        &self,
        operation: Operation,
        path: &str,
        body: &str,
        run: impl FnOnce(Option<usize>, Request<'_>) -> T,
    ) -> T {
        let entropy: Arc<dyn Entropy> = Arc::new(SeededEntropy::new(1));
        let clock: Arc<dyn Clock> = Arc::clone(&self.clock) as Arc<dyn Clock>;
        let call = Call {
            id: RequestId::draw(&*entropy).unwrap(),
            operation,
            namespace: NamespaceId::ROOT,
            path: ApiPath::checked(format!("mount/{path}")).unwrap(),
            data: Object::parse(body.as_bytes(), &Limits::default()).unwrap(),
            auth: ClientAuth::Missing,
            wrap_ttl: None,
            peer: Peer::internal(),
            opened: kvd_types::Opened::default(),
            headers: Box::new(NoHeaders),
        };
        let mount = MountInfo {
            path: "mount/".to_owned(),
            accessor: "kv_1".to_owned(),
            default_lease: Duration::from_secs(2_764_800),
            max_lease: Duration::from_secs(2_764_800),
            ..MountInfo::default()
        };
        let (route, params) =
            self.engine.find(path).map_or((None, Default::default()), |(r, p)| (Some(r), p));
        let request = Request {
            call: &call,
            path,
            params,
            page_limit: None,
            caller: &self.caller,
            mount: &mount,
            view: &self.view,
            now: clock.now(),
            clock: &clock,
            entropy: &entropy,
        };
        run(route, request)
    }
}

/// A fresh engine of a type.
pub(crate) fn build(kind: &str, options: &[(&str, &str)]) -> Arc<dyn SecretsEngine> {
    let mut registry = Registry::default();
    crate::register(&mut registry);
    let options: MountOptions = options.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
    registry.factory(kind).unwrap()(&options).unwrap()
}
