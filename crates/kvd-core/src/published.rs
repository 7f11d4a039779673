//! Settings that somebody outside the vault acts on, such as a door or the log.

use std::sync::{Mutex, PoisonError};

type Listener<T> = Box<dyn Fn(&T) + Send + Sync>;

/// A value and those who are told of each change, before whoever made the change gets an answer.
pub(crate) struct Published<T>(Mutex<State<T>>);

struct State<T> {
    present: T,
    listeners: Vec<Listener<T>>,
}

impl<T> Published<T> {
    pub(crate) fn new(present: T) -> Self {
        Self(Mutex::new(State { present, listeners: Vec::new() }))
    }

    /// Calls `listener` with the present value, and with each later one. It must not call back.
    pub(crate) fn subscribe(&self, listener: impl Fn(&T) + Send + Sync + 'static) {
        let mut state = self.lock();
        listener(&state.present);
        state.listeners.push(Box::new(listener));
    }

    pub(crate) fn publish(&self, value: T) {
        self.edit(|present| *present = value);
    }

    /// Changes the value where it stands.
    pub(crate) fn edit(&self, edit: impl FnOnce(&mut T)) {
        let mut state = self.lock();
        edit(&mut state.present);
        let State { present, listeners } = &*state;
        listeners.iter().for_each(|listener| listener(present));
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, State<T>> {
        // A listener that panicked has not changed the value.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<T: Clone> Published<T> {
    pub(crate) fn get(&self) -> T {
        self.lock().present.clone()
    }
}
