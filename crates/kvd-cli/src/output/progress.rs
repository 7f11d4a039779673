//! How far something has come that takes long, for a person who waits.

use super::Screen;

/// A bar on the terminal. Where the standard error is none, nothing is shown.
pub(crate) struct Progress {
    what: &'static str,
    all: usize,
    done: usize,
}

/// How wide the bar is, in signs.
const WIDTH: usize = 30;

impl Progress {
    /// A bar for so many steps; it is drawn at once.
    pub(crate) fn start(screen: &mut Screen<'_>, what: &'static str, all: usize) -> Self {
        let progress = Self { what, all, done: 0 };
        progress.draw(screen);
        progress
    }

    /// One step more.
    pub(crate) fn step(&mut self, screen: &mut Screen<'_>) {
        self.done += 1;
        self.draw(screen);
    }

    /// Takes the bar away, so that what comes next begins on an empty line.
    pub(crate) fn finish(self, screen: &mut Screen<'_>) {
        if screen.shows_progress() {
            screen.prompt("\r\x1b[K");
        }
    }

    fn draw(&self, screen: &mut Screen<'_>) {
        if screen.shows_progress() {
            screen.prompt(&format!("\r{}", self.line()));
        }
    }

    fn line(&self) -> String {
        let filled = (self.done.min(self.all) * WIDTH).checked_div(self.all).unwrap_or(WIDTH);
        let (done, rest) = ("█".repeat(filled), "░".repeat(WIDTH - filled));
        format!("{} {done}{rest} {}/{}", self.what, self.done, self.all)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bar_fills_as_steps_are_done() {
        let bar = |done, all| Progress { what: "Copying", all, done }.line();
        assert_eq!(bar(0, 2), format!("Copying {} 0/2", "░".repeat(30)));
        assert_eq!(bar(1, 2), format!("Copying {}{} 1/2", "█".repeat(15), "░".repeat(15)));
        assert_eq!(bar(2, 2), format!("Copying {} 2/2", "█".repeat(30)));
        assert_eq!(bar(0, 0), format!("Copying {} 0/0", "█".repeat(30)));
    }
}
