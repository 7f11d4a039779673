//! One file of settings, in HCL 1 or JSON, as a layer of the configuration.

use super::{
    error::{ConfigError, Place, Warning},
    schema::{Block, Effect, Labels, Section},
    settings, value,
};
use figment::{
    Metadata, Profile, Provider,
    value::{Dict, Map, Value},
};
use kvd_hcl::{Body, Pos};
use std::{
    fs,
    path::{Path, PathBuf},
};

/// A file that was read and checked: every setting in it has the kind of value that it wants.
#[derive(Debug)]
pub(super) struct File {
    path: PathBuf,
    dict: Dict,
    /// What in it has no effect.
    pub(super) warnings: Vec<Warning>,
}

impl File {
    /// Reads and checks a file.
    ///
    /// # Errors
    /// When it cannot be read, is neither HCL nor JSON, or gives a setting the wrong kind of value.
    pub(super) fn read(path: &Path) -> Result<Self, ConfigError> {
        let text = fs::read_to_string(path)
            .map_err(|source| ConfigError::Unreadable { path: path.to_owned(), source })?;
        Self::parse(path, &text)
    }

    /// Checks the text of a file.
    ///
    /// # Errors
    /// As [`File::read`], for the text.
    pub(super) fn parse(path: &Path, text: &str) -> Result<Self, ConfigError> {
        let body =
            kvd_hcl::parse(text).map_err(|source| ConfigError::Syntax { path: path.to_owned(), source })?;
        let mut reader = Reader { path, warnings: Vec::new() };
        let dict = reader.section(&settings::FILE, &body)?;
        Ok(Self { path: path.to_owned(), dict, warnings: reader.warnings })
    }
}

impl Provider for File {
    fn metadata(&self) -> Metadata {
        Metadata::named(self.path.display().to_string())
    }

    fn data(&self) -> Result<Map<Profile, Dict>, figment::Error> {
        Ok(Map::from([(Profile::Default, self.dict.clone())]))
    }
}

/// The files behind a `-config`: the file itself, or all `.hcl` and `.json` files of a folder by name.
///
/// # Errors
/// When there is nothing there, or it cannot be read.
pub(super) fn files_of(path: &Path) -> Result<Vec<PathBuf>, ConfigError> {
    let unreadable = |source| ConfigError::Unreadable { path: path.to_owned(), source };
    if !fs::metadata(path).map_err(unreadable)?.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    let mut files = Vec::new();
    for entry in fs::read_dir(path).map_err(unreadable)? {
        let file = entry.map_err(unreadable)?.path();
        if file.extension().is_some_and(|kind| kind == "hcl" || kind == "json")
            && !is_left_by_an_editor(&file)
        {
            files.push(file);
        }
    }
    files.sort();
    Ok(files)
}

/// Editors leave `.#kvd.hcl` and `.kvd.hcl` beside the file that is meant.
fn is_left_by_an_editor(file: &Path) -> bool {
    file.file_name().is_some_and(|name| name.as_encoded_bytes().starts_with(b"."))
}

struct Reader<'a> {
    path: &'a Path,
    warnings: Vec<Warning>,
}

impl Reader<'_> {
    fn place(&self, pos: Pos) -> Place {
        Place::File(self.path.to_owned(), pos)
    }

    fn wrong(&self, pos: Pos, problem: String) -> ConfigError {
        ConfigError::Setting { place: self.place(pos), problem }
    }

    fn warn(&mut self, pos: Pos, problem: String) {
        let place = self.place(pos);
        self.warnings.push(Warning { place, problem });
    }

    fn section(&mut self, section: &Section, body: &Body) -> Result<Dict, ConfigError> {
        let mut dict = Dict::new();
        for item in &body.items {
            if let Some(setting) = section.setting(item.name()) {
                let Some(read) = value::read(setting.kind, &item.value) else {
                    let (name, wanted, found) = (setting.name, setting.kind.wanted(), item.value.kind_name());
                    return Err(self.wrong(item.value.pos, format!("{name} wants {wanted}; this is {found}")));
                };
                match setting.effect {
                    Effect::Used => _ = dict.insert(setting.name.to_owned(), read),
                    Effect::None(why) => {
                        self.warn(item.pos(), format!("{} has no effect: {why}", setting.name))
                    }
                }
            } else if section.block(item.name()).is_none() {
                self.warn(item.pos(), format!("unknown setting {}", printable(item.name())));
            }
        }
        for block in section.blocks {
            self.blocks(block, body, &mut dict)?;
        }
        Ok(dict)
    }

    /// All blocks of one kind in `body`, under both of its names.
    fn blocks(&mut self, block: &Block, body: &Body, dict: &mut Dict) -> Result<(), ConfigError> {
        let labels = match block.labels {
            Labels::Any | Labels::None => 0,
            Labels::Of(_) => 1,
            Labels::WithPath(_) => 2,
        };
        let names = std::iter::once(block.name).chain(block.alias);
        let mut read = Vec::new();
        for found in names.flat_map(|name| body.blocks(name, labels)) {
            if let Effect::None(why) = block.effect {
                self.warn(found.pos, format!("{} has no effect: {why}", block.name));
            }
            if block.labels == Labels::Any {
                continue;
            }
            let Some(inner) = found.value.as_body() else {
                let message = format!("{} is a block; this is {}", block.name, found.value.kind_name());
                return Err(self.wrong(found.pos, message));
            };
            match (block.labels, found.labels.as_slice()) {
                (Labels::Any, _) => {}
                (Labels::None, _) => read.push(Value::from(self.section(&block.section(), inner)?)),
                (Labels::Of(known), [label, ..]) => {
                    read.push(Value::from(self.block(block, known, label.text(), found.pos, inner)?));
                }
                (Labels::WithPath(known), [label, path, ..]) => {
                    let mut dict = self.block(block, known, label.text(), found.pos, inner)?;
                    dict.insert("path".to_owned(), Value::from(path.text()));
                    read.push(Value::from(dict));
                }
                (Labels::WithPath(_), _) => {
                    let message = format!("{} needs two labels: its type and its path", block.name);
                    return Err(self.wrong(found.pos, message));
                }
                // The old spelling `listener { tcp { … } }`, and a block that says its type inside.
                (Labels::Of(known), []) => read.extend(self.unlabelled(block, known, found.pos, inner)?),
            }
        }
        if block.effect == Effect::Used && !read.is_empty() {
            let value = if block.repeats { Some(Value::from(read)) } else { read.pop() };
            dict.extend(value.map(|value| (block.name.to_owned(), value)));
        }
        Ok(())
    }

    fn block(
        &mut self,
        block: &Block,
        known: &[&str],
        label: &str,
        pos: Pos,
        body: &Body,
    ) -> Result<Dict, ConfigError> {
        let mut dict = self.section(&block.section(), body)?;
        let label = label.to_ascii_lowercase();
        if !known.contains(&label.as_str()) {
            let (name, known) = (block.name, known.join(", "));
            return Err(self.wrong(pos, format!("this kind of {name} is not known; there are {known}")));
        }
        dict.insert("type".to_owned(), Value::from(label));
        Ok(dict)
    }

    fn unlabelled(
        &mut self,
        block: &Block,
        known: &[&str],
        pos: Pos,
        body: &Body,
    ) -> Result<Vec<Value>, ConfigError> {
        if let Some(kind) = body.get("type").and_then(|item| item.value.as_str()) {
            let rest =
                Body { items: body.items.iter().filter(|item| item.name() != "type").cloned().collect() };
            return Ok(vec![self.block(block, known, kind, pos, &rest)?.into()]);
        }
        let mut read = Vec::new();
        for item in &body.items {
            let Some(inner) = item.value.as_body() else {
                let message = format!("{} needs a type: one of {}", block.name, known.join(", "));
                return Err(self.wrong(pos, message));
            };
            read.push(self.block(block, known, item.name(), item.pos(), inner)?.into());
        }
        Ok(read)
    }
}

/// A name from a file, as far as it may stand in a log line.
fn printable(name: &str) -> String {
    name.chars().filter(|c| c.is_ascii_graphic()).take(64).collect()
}
