//! `cargo xtask conformance`: recorded conversations are played, and each area is held to its figure.
//!
//! The figures stand in xtask/conformance.toml. An area without one is played and printed all the same, so that
//! somebody sees when it has earned one.

use crate::{prerequisites, shell};
use anyhow::{Context, Result, bail};
use std::{collections::BTreeMap, fs, path::Path, process::Stdio};

/// The share of steps, in percent, that must be answered as recorded.
type Figures = BTreeMap<String, f64>;

/// How an area came out.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Score {
    passed: u64,
    failed: u64,
}

impl Score {
    #[expect(clippy::cast_precision_loss, reason = "there are some thousand steps")]
    fn percent(self) -> f64 {
        let all = self.passed + self.failed;
        if all == 0 { 0.0 } else { 100.0 * self.passed as f64 / all as f64 }
    }
}

/// Plays the areas given, or all, with the kvd of the development profile.
///
/// # Errors
/// When an area stays below its figure, or cannot be played.
pub(crate) fn play(folder: &Path, areas: &[&str]) -> Result<()> {
    prerequisites::install()?;
    prerequisites::install_player()?;
    shell::cargo(&["build", "--package", "kvd"])?;
    let folder = std::path::absolute(folder)?;
    let figures = figures()?;
    let (mut all, mut short) = (Score::default(), Vec::new());
    println!("{:<12} {:>7} {:>7} {:>7} {:>9}", "area", "passed", "failed", "share", "required");
    for area in named(&folder, areas)? {
        let score = play_area(&folder, &area)?;
        let required = figures.get(&area).copied();
        let figure = required.map_or_else(|| "-".to_owned(), |figure| format!("{figure:.1} %"));
        println!("{area:<12} {:>7} {:>7} {:>5.1} % {figure:>9}", score.passed, score.failed, score.percent());
        if required.is_some_and(|figure| score.percent() < figure) {
            short.push(area);
        }
        all = Score { passed: all.passed + score.passed, failed: all.failed + score.failed };
    }
    println!("recorded steps in all areas: {} as recorded, {} not", all.passed, all.failed);
    if !short.is_empty() {
        bail!("below the figure in xtask/conformance.toml: {}", short.join(", "));
    }
    Ok(())
}

fn figures() -> Result<Figures> {
    let path = shell::root().join("xtask/conformance.toml");
    let text = fs::read_to_string(&path).with_context(|| format!("{} cannot be read", path.display()))?;
    toml::from_str(&text).with_context(|| format!("{} is not a table of figures", path.display()))
}

fn named(folder: &Path, areas: &[&str]) -> Result<Vec<String>> {
    if !areas.is_empty() {
        return Ok(areas.iter().map(|area| (*area).to_owned()).collect());
    }
    let scenarios = folder.join("scenarios");
    let entries =
        fs::read_dir(&scenarios).with_context(|| format!("{} cannot be read", scenarios.display()))?;
    let mut names: Vec<String> =
        entries.flatten().map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    Ok(names)
}

/// Plays one area. The details of what differs go to a file that is named when there are any.
fn play_area(folder: &Path, area: &str) -> Result<Score> {
    let kvd = shell::target().join("debug/kvd");
    let output = std::process::Command::new("python3")
        .args([&folder.join("play.py"), Path::new("check"), Path::new("--bin"), &kvd])
        .arg(folder.join("scenarios").join(area))
        .stderr(Stdio::inherit())
        .output()
        .context("python3 cannot be started")?;
    let text = String::from_utf8_lossy(&output.stdout);
    let score = closing_line(&text).with_context(|| format!("{area} was not played to its end:\n{text}"))?;
    if score.failed > 0 {
        let details = shell::target().join(format!("conformance/{area}.txt"));
        fs::create_dir_all(details.parent().unwrap_or(&details))?;
        fs::write(&details, text.as_bytes())?;
    }
    Ok(score)
}

/// The figures of the last line that says `N passed, N failed`.
fn closing_line(text: &str) -> Option<Score> {
    text.lines().rev().find_map(|line| {
        let (passed, failed) = line.trim().strip_suffix(" failed")?.split_once(" passed, ")?;
        let number = |text: &str| text.rsplit(' ').next().and_then(|number| number.parse().ok());
        Some(Score { passed: number(passed)?, failed: number(failed)? })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_closing_line_gives_the_score() {
        assert_eq!(closing_line("x\n12 passed, 3 failed\n"), Some(Score { passed: 12, failed: 3 }));
        assert_eq!(closing_line("steps: 12 passed, 3 failed"), Some(Score { passed: 12, failed: 3 }));
        assert_eq!(closing_line("nothing"), None);
    }

    #[test]
    fn an_area_without_steps_has_no_share() {
        assert!(Score::default().percent() < f64::EPSILON);
        assert!((Score { passed: 3, failed: 1 }.percent() - 75.0).abs() < f64::EPSILON);
    }

    #[test]
    fn the_committed_figures_can_be_read() {
        assert!(figures().unwrap().values().all(|figure| (0.0..=100.0).contains(figure)));
    }
}
