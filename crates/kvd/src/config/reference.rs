//! The reference page of the configuration, made from the same tables that files are read with.

use super::{
    schema::{Block, Effect, Setting},
    settings,
};
use std::fmt::Write as _;

/// The page, in Markdown.
pub fn page() -> String {
    let mut page = String::from(HEAD);
    page.push_str("\n## Outside blocks\n");
    table(&mut page, settings::FILE.settings);
    for block in settings::FILE.blocks.iter().filter(|block| block.effect == Effect::Used) {
        section(&mut page, block, block.name);
    }
    page.push_str("\n## Understood, without effect\n\nExisting files may hold these; the log says that they change nothing, and why.\n\n| name | why |\n|---|---|\n");
    idle(&mut page, "", settings::FILE.settings, settings::FILE.blocks);
    page
}

const HEAD: &str = "\
<!-- Written by `cargo xtask codegen`; change crates/kvd/src/config/settings.rs instead. -->

# Configuration

`kvd server -config=FILE` reads Vault's configuration files, in HCL or JSON; `-config` may be given several times, and
may name a folder, of which all `.hcl` and `.json` files are read. Each setting outside blocks, and `storage`'s
`path`, can also be an environment variable: `log_level` is `KVD_LOG_LEVEL` or `VAULT_LOG_LEVEL`. Flags win over
variables, variables over files, and later files over earlier ones; listeners of several files add up.
An unknown name is a warning in the log; a wrong value is an error that names file, line and column.
";

fn section(page: &mut String, block: &Block, name: &str) {
    _ = write!(page, "\n## {name}\n\n{}\n", block.about);
    table(page, block.settings);
    for inner in block.blocks.iter().filter(|inner| inner.effect == Effect::Used) {
        section(page, inner, &format!("{name} / {}", inner.name));
    }
}

fn table(page: &mut String, settings: &[Setting]) {
    page.push_str("\n| name | value | meaning |\n|---|---|---|\n");
    for setting in settings.iter().filter(|setting| setting.effect == Effect::Used) {
        _ = writeln!(page, "| `{}` | {} | {} |", setting.name, setting.kind.wanted(), setting.about);
    }
}

fn idle(page: &mut String, within: &str, settings: &[Setting], blocks: &[Block]) {
    for setting in settings {
        if let Effect::None(why) = setting.effect {
            _ = writeln!(page, "| `{within}{}` | {why} |", setting.name);
        }
    }
    for block in blocks {
        match block.effect {
            Effect::None(why) => _ = writeln!(page, "| `{within}{}` (block) | {why} |", block.name),
            Effect::Used => idle(page, &format!("{within}{}.", block.name), block.settings, block.blocks),
        }
    }
}
