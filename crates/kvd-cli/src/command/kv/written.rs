//! What is shown after a secret was written.

use crate::{
    client::Secret,
    context::Context,
    failure::Outcome,
    flags::Arguments,
    output::{
        Format,
        heading::{heading, heading_for},
        print_data, print_secret,
    },
};

/// Shows the metadata of the version that was written; version 1 has none and gets a sentence.
pub(super) fn show(
    context: &mut Context<'_>,
    arguments: &Arguments,
    path: &str,
    secret: Option<Secret>,
) -> Outcome {
    let Some(secret) = secret else {
        return context.screen.success(format!("Success! Data written to: {path}"));
    };
    if let Some(outcome) = context.asked_field(arguments, &secret) {
        return outcome;
    }
    if secret.is_wrapped() || context.screen.format != Format::Table {
        return print_secret(&mut context.screen, &secret);
    }
    path_block(context, "Secret Path", path);
    let metadata = secret.data.unwrap_or_default();
    context.screen.line(heading_for("Metadata", &metadata));
    print_data(&mut context.screen, &metadata)
}

/// The path under a heading of its width.
pub(super) fn path_block(context: &mut Context<'_>, title: &str, path: &str) {
    context.screen.line(heading(title, path.len()));
    context.screen.line(path);
    context.screen.line("");
}
