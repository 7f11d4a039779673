//! A game: random operations on a real mount and on the model, which must tell the same after each.

use super::{
    Kv2, shown,
    step::{KEYS, Step, draw},
};
use crate::{SeededEntropy, Told};
use kvd_types::{
    Operation::{self, List, Read, Scan},
    Timestamp,
};

/// A mount of version 2 that is played with: an engine alone, or one in a whole vault.
pub trait Mount {
    /// Asks for something below the mount; `body` is the body, or the query as an object.
    fn call(&mut self, operation: Operation, path: &str, body: &str) -> impl Future<Output = Told>;

    /// The time by the mount's clock.
    fn now(&self) -> Timestamp;

    /// Lets time pass.
    fn advance(&mut self, seconds: u64);
}

/// A mount and a model of it that are given the same.
pub struct Game<M> {
    /// The mount, to be made to fail between two steps.
    pub mount: M,
    model: Kv2,
    dice: SeededEntropy,
    played: Vec<String>,
}

impl<M: Mount> Game<M> {
    /// A game on a fresh mount; the same seed makes the same steps.
    pub fn new(mount: M, seed: u64) -> Self {
        Self {
            mount,
            model: Kv2::default(),
            dice: SeededEntropy::new(seed),
            played: vec![format!("seed {seed}")],
        }
    }

    /// Does one thing to both, and then looks at everything.
    ///
    /// # Panics
    /// When they tell different things.
    pub async fn step(&mut self) {
        let step = draw(&self.dice, &mut self.model, self.mount.now());
        self.play(step, false).await;
        self.look().await;
    }

    /// As [`Game::step`], when a failure may get in the way, until `calm` is called; then the step counts wholly or
    /// not at all. Tells whether it failed.
    ///
    /// # Panics
    /// When they tell different things, or half a step counts.
    pub async fn step_or_fail(&mut self, calm: impl FnOnce()) -> bool {
        let before = self.model.clone();
        let step = draw(&self.dice, &mut self.model, self.mount.now());
        let failed = self.play(step, true).await;
        calm();
        if !failed {
            self.look().await;
            return false;
        }
        let after = std::mem::replace(&mut self.model, before);
        let Err(as_before) = self.compare().await else { return true };
        self.model = after;
        let after = self.compare().await;
        assert_eq!(after, Ok(()), "half a step counts: not before: {as_before}; {:#?}", self.played);
        true
    }

    /// Whether the mount failed, which it only may if that is allowed.
    async fn play(&mut self, step: Step, may_fail: bool) -> bool {
        self.played.push(format!("{step:?}"));
        match step {
            Step::Wait { seconds } => {
                self.mount.advance(seconds);
                false
            }
            Step::Call { operation, path, body, status, piece } => {
                let told = self.mount.call(operation, &path, &body).await;
                if may_fail && told.status >= 500 {
                    return true;
                }
                let fits = told.status == status && told.text.contains(&piece);
                assert!(fits, "{told:?}, and not {status} with {piece}; {:#?}", self.played);
                false
            }
        }
    }

    async fn look(&mut self) {
        let outcome = self.compare().await;
        assert_eq!(outcome, Ok(()), "{:#?}", self.played);
    }

    /// Looks at everything through every path.
    async fn compare(&mut self) -> Result<(), String> {
        let now = self.mount.now();
        for key in KEYS {
            let Some(secret) = self.model.secrets.get(key).cloned() else {
                self.tells(Read, &format!("data/{key}"), "", 404, "").await?;
                self.tells(Read, &format!("metadata/{key}"), "", 404, "").await?;
                continue;
            };
            self.tells_exactly(Read, &format!("metadata/{key}"), 200, &shown::metadata(&secret)).await?;
            for number in [0, 1, secret.oldest, self.dice.below(secret.current + 2)] {
                let wanted = if number == 0 { secret.current } else { number };
                let query = format!("{{\"version\":{number}}}");
                let (status, data, names) = match secret.versions.get(&wanted) {
                    None => (404, String::new(), String::new()),
                    Some(v) if v.is_hidden(now) => {
                        (404, "{\"data\":null,".to_owned(), "\"subkeys\":null".to_owned())
                    }
                    Some(v) => {
                        let data = v.data.clone().unwrap_or_default();
                        (200, format!("{{\"data\":{},", shown::data(&data)), shown::subkeys(&data))
                    }
                };
                self.tells(Read, &format!("data/{key}"), &query, status, &data).await?;
                self.tells(Read, &format!("subkeys/{key}"), &query, status, &names).await?;
            }
        }
        for folder in ["", "a/", "d/", "d/e/", "none/"] {
            self.compare_folder(folder, now).await?;
        }
        Ok(())
    }

    async fn compare_folder(&mut self, folder: &str, now: Timestamp) -> Result<(), String> {
        let path = format!("metadata/{folder}");
        let names = self.model.list(folder);
        let after = self.dice.pick(&["", "a", "a/", "b", "zz"]);
        let page: Vec<_> = names.iter().filter(|name| name.as_str() > *after).take(2).cloned().collect();
        let undeleted = self.model.list_undeleted(folder, now);
        let all = self.model.scan(folder);
        for (operation, query, names) in [
            (List, String::new(), &names),
            (List, format!("{{\"after\":\"{after}\",\"limit\":2}}"), &page),
            (List, "{\"exclude_deleted\":true}".to_owned(), &undeleted),
            (Scan, String::new(), &all),
        ] {
            let (status, keys) =
                if names.is_empty() { (404, String::new()) } else { (200, shown::keys(names)) };
            self.tells(operation, &path, &query, status, &keys).await?;
        }
        Ok(())
    }

    async fn tells(
        &mut self,
        operation: Operation,
        path: &str,
        query: &str,
        status: u16,
        piece: &str,
    ) -> Result<(), String> {
        let told = self.mount.call(operation, path, query).await;
        if told.status == status && told.text.contains(piece) {
            return Ok(());
        }
        Err(format!("{operation} {path} {query}: {told:?}, and not {status} with {piece}"))
    }

    async fn tells_exactly(
        &mut self,
        operation: Operation,
        path: &str,
        status: u16,
        text: &str,
    ) -> Result<(), String> {
        let told = self.mount.call(operation, path, "").await;
        if told.status == status && shown::without_authors(&told.text) == text {
            return Ok(());
        }
        Err(format!("{operation} {path}: {told:?}, and not {status} with {text}"))
    }
}
