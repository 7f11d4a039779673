//! The tree a text becomes: bodies of items, items of keys and a value.

use std::fmt;

use crate::number::Number;

/// A place in a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Pos {
    /// Line, counted from 1.
    pub line: u32,
    /// Character in the line (not byte), counted from 1.
    pub column: u32,
}

impl Pos {
    pub(crate) const START: Self = Self { line: 1, column: 1 };

    /// The place of a byte of a text.
    pub(crate) fn of(text: &str, at: usize) -> Self {
        text[..at].chars().fold(Self::START, Self::after)
    }

    /// The place behind a character that stands here.
    pub(crate) fn after(self, c: char) -> Self {
        match c {
            '\n' => Self { line: self.line + 1, column: 1 },
            _ => Self { line: self.line, column: self.column + 1 },
        }
    }
}

impl fmt::Display for Pos {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.line, self.column)
    }
}

/// A list of items: a whole text, or what stands between two braces.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Body {
    /// The items in the order they were written; a key may come more than once.
    pub items: Vec<Item>,
}

/// One setting or block: `a = 1`, `path "x" { … }`, or a member of a JSON object.
#[derive(Clone, Debug, PartialEq)]
pub struct Item {
    /// One key at least; a block has its labels after it.
    pub keys: Vec<Key>,
    /// How it was written.
    pub form: Form,
    /// What it is set to; always an object for a [`Form::Block`].
    pub value: Value,
}

/// How an item was written. The spellings are not interchangeable everywhere: Vault refuses
/// `path = { … }` as an attribute, while JSON has no other way to say it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// `key = value`
    Attribute,
    /// `key "label" { … }`
    Block,
    /// `"key": value`
    Json,
}

/// The name of an item, or a label of a block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Key {
    pub(crate) text: String,
    pub(crate) quoted: bool,
    pub(crate) pos: Pos,
}

impl Key {
    /// The name, without quotes and escapes.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Whether it stood in quotes.
    #[must_use]
    pub fn is_quoted(&self) -> bool {
        self.quoted
    }

    /// Where it stands.
    #[must_use]
    pub fn pos(&self) -> Pos {
        self.pos
    }
}

/// A value and where it starts.
#[derive(Clone, Debug, PartialEq)]
pub struct Value {
    /// The value.
    pub kind: ValueKind,
    /// Where it starts.
    pub pos: Pos,
}

/// What a value can be.
#[derive(Clone, Debug, PartialEq)]
pub enum ValueKind {
    /// `true` or `false`.
    Bool(bool),
    /// `[a, b]`
    List(Vec<Value>),
    /// `null`, which only JSON can write.
    Null,
    /// A number with all its digits.
    Number(Number),
    /// `{ … }`
    Object(Body),
    /// A text, from quotes or a heredoc. `${…}` stays as written.
    String(String),
}

/// A block found by [`Body::blocks`].
#[derive(Clone, Debug)]
pub struct Block<'a> {
    /// The labels after the block's name; as many as were found, so count them.
    pub labels: Vec<&'a Key>,
    /// What the block holds, usually an object.
    pub value: &'a Value,
    /// Where the block starts.
    pub pos: Pos,
}

impl Body {
    /// The last item of that name that has no labels: what a repeated setting means in HCL 1.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Item> {
        self.items.iter().rev().find(|item| item.keys.len() == 1 && item.name() == name)
    }

    /// The blocks of that name, each with up to `labels` labels.
    ///
    /// In JSON labels are nested objects and repetition is a list, so `{"path": [{"a": {…}}]}`
    /// gives what `path "a" { … }` gives.
    #[must_use]
    pub fn blocks(&self, name: &str, labels: usize) -> Vec<Block<'_>> {
        let mut found = Vec::new();
        for item in self.items.iter().filter(|item| item.name() == name) {
            let before = item.keys.get(1..).unwrap_or_default().iter().collect();
            match item.form {
                Form::Attribute | Form::Block => {
                    found.push(Block { labels: before, value: &item.value, pos: item.pos() });
                }
                Form::Json => descend(&item.value, before, item.pos(), labels, &mut found),
            }
        }
        found
    }

    /// The first setting of a key that this body has already set. Blocks may repeat and do not count.
    #[must_use]
    pub fn first_duplicate(&self) -> Option<&Key> {
        let mut seen = std::collections::HashSet::new();
        let settings = self.items.iter().filter(|item| item.form != Form::Block);
        settings.filter_map(|item| item.keys.first()).find(|key| !seen.insert(key.text()))
    }
}

/// Takes labels from nested objects until there are enough of them. Something that is no object ends the
/// search early, and the caller sees too few labels.
fn descend<'a>(value: &'a Value, labels: Vec<&'a Key>, pos: Pos, wanted: usize, found: &mut Vec<Block<'a>>) {
    match &value.kind {
        ValueKind::List(list) if list.iter().all(|element| matches!(element.kind, ValueKind::Object(_))) => {
            for element in list {
                descend(element, labels.clone(), pos, wanted, found);
            }
        }
        ValueKind::Object(body) if labels.len() < wanted => {
            for item in &body.items {
                let mut labels = labels.clone();
                labels.extend(&item.keys);
                descend(&item.value, labels, item.pos(), wanted, found);
            }
        }
        ValueKind::Bool(_)
        | ValueKind::List(_)
        | ValueKind::Null
        | ValueKind::Number(_)
        | ValueKind::Object(_)
        | ValueKind::String(_) => found.push(Block { labels, value, pos }),
    }
}

impl Item {
    /// The first key: the setting's or the block's name.
    #[must_use]
    pub fn name(&self) -> &str {
        self.keys.first().map_or("", Key::text)
    }

    /// Where the item starts.
    #[must_use]
    pub fn pos(&self) -> Pos {
        self.keys.first().map_or(self.value.pos, Key::pos)
    }
}

impl Value {
    pub(crate) fn new(pos: Pos, kind: ValueKind) -> Self {
        Self { kind, pos }
    }

    /// The text, if this is one.
    #[must_use]
    pub fn as_str(&self) -> Option<&str> {
        if let ValueKind::String(text) = &self.kind { Some(text) } else { None }
    }

    /// The truth value, if this is one.
    #[must_use]
    pub fn as_bool(&self) -> Option<bool> {
        if let ValueKind::Bool(value) = self.kind { Some(value) } else { None }
    }

    /// The number, if this is one.
    #[must_use]
    pub fn as_number(&self) -> Option<&Number> {
        if let ValueKind::Number(number) = &self.kind { Some(number) } else { None }
    }

    /// The elements, if this is a list.
    #[must_use]
    pub fn as_list(&self) -> Option<&[Value]> {
        if let ValueKind::List(list) = &self.kind { Some(list) } else { None }
    }

    /// The items, if this is an object.
    #[must_use]
    pub fn as_body(&self) -> Option<&Body> {
        if let ValueKind::Object(body) = &self.kind { Some(body) } else { None }
    }

    /// What kind of value this is, for error messages.
    #[must_use]
    pub fn kind_name(&self) -> &'static str {
        match self.kind {
            ValueKind::Bool(_) => "a boolean",
            ValueKind::List(_) => "a list",
            ValueKind::Null => "null",
            ValueKind::Number(_) => "a number",
            ValueKind::Object(_) => "an object",
            ValueKind::String(_) => "a string",
        }
    }
}
