//! The words a configuration file may use, as data: what is read, what is warned about and what the reference page
//! says all come from the tables in [`super::settings`].

/// One setting: `name = value`.
pub struct Setting {
    /// Its name.
    pub name: &'static str,
    /// What its value may be.
    pub kind: Kind,
    /// What comes of it.
    pub effect: Effect,
    /// What it is for, as one sentence.
    pub about: &'static str,
}

/// What a value may be. Vault takes texts for everything, so `"true"` is a boolean and `"90"` a number here too.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `true`, `false`, and what Go's `strconv.ParseBool` takes besides.
    Bool,
    /// A whole number that is not negative.
    Integer,
    /// A number of seconds, or numbers with units such as `1h30m`; kept in nanoseconds.
    Duration,
    /// A number of bytes, or one with a unit such as `32MiB`.
    Size,
    /// A text.
    Text,
    /// One of these words, in any case.
    Word(&'static [&'static str]),
    /// A list of texts, or one text with commas.
    Texts,
    /// The same, of these words.
    Words(&'static [&'static str]),
    /// An object whose values are objects whose values are texts or lists of texts.
    Headers,
    /// An object whose values are texts.
    Map,
}

impl Kind {
    /// What the value should have been, for errors and for the reference page.
    pub fn wanted(self) -> String {
        match self {
            Self::Bool => "true or false".into(),
            Self::Integer => "a whole number".into(),
            Self::Duration => "a duration such as \"90s\" or \"1h30m\"".into(),
            Self::Size => "a number of bytes, or a size such as \"32MiB\"".into(),
            Self::Text => "a text".into(),
            Self::Word(words) => format!("one of {}", words.join(", ")),
            Self::Texts => "a list of texts".into(),
            Self::Words(words) => format!("a list of {}", words.join(", ")),
            Self::Headers => "an object of headers by status".into(),
            Self::Map => "an object of texts".into(),
        }
    }
}

/// What comes of a setting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// It does what it says.
    Used,
    /// It is understood so that existing files start, and changes nothing; the text says why.
    None(&'static str),
}

/// A block: `name "label" { settings }`.
pub struct Block {
    /// Its name.
    pub name: &'static str,
    /// Another name for the same block.
    pub alias: Option<&'static str>,
    /// Which kinds of it there are.
    pub labels: Labels,
    /// Whether several of them add up; otherwise the last one counts.
    pub repeats: bool,
    /// What may stand in it.
    pub settings: &'static [Setting],
    /// Blocks inside it.
    pub blocks: &'static [Block],
    /// What comes of it.
    pub effect: Effect,
    /// What it is for, as one sentence.
    pub about: &'static str,
}

/// What a block's label may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Labels {
    /// Its label is one of these; it becomes the setting `type`.
    Of(&'static [&'static str]),
    /// The same, and a second label becomes the setting `path`.
    WithPath(&'static [&'static str]),
    /// It has none.
    None,
    /// Any label or none is taken, and any content, because the block has no effect.
    Any,
}

/// A part of a file: its settings and blocks.
#[derive(Clone, Copy)]
pub struct Section {
    /// The settings.
    pub settings: &'static [Setting],
    /// The blocks.
    pub blocks: &'static [Block],
}

impl Section {
    /// The setting of that name.
    pub fn setting(&self, name: &str) -> Option<&'static Setting> {
        self.settings.iter().find(|setting| setting.name == name)
    }

    /// The block of that name, under either of its names.
    pub fn block(&self, name: &str) -> Option<&'static Block> {
        self.blocks.iter().find(|block| block.name == name || block.alias == Some(name))
    }
}

impl Block {
    /// What may stand inside.
    pub const fn section(&self) -> Section {
        Section { settings: self.settings, blocks: self.blocks }
    }
}

/// A setting that does what it says.
pub(super) const fn used(name: &'static str, kind: Kind, about: &'static str) -> Setting {
    Setting { name, kind, effect: Effect::Used, about }
}

/// A setting that is understood and changes nothing.
pub(super) const fn idle(name: &'static str, kind: Kind, why: &'static str) -> Setting {
    Setting { name, kind, effect: Effect::None(why), about: "" }
}
