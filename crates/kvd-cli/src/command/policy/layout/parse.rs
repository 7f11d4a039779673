//! From words to blocks and settings.

use super::{
    LayoutError,
    token::{Kind, Token, tokens},
};

/// Blocks, maps and lists inside one another; more is no policy anybody writes.
const MAX_DEPTH: usize = 64;

/// What stands in a block, with the lines it was on.
pub(super) enum Item {
    Comment { text: String, line: usize, last_line: usize },
    Block { names: Vec<String>, items: Vec<Item>, trailing: Option<String>, line: usize, last_line: usize },
    Setting { key: String, value: Value, trailing: Option<String>, line: usize, last_line: usize },
}

pub(super) enum Value {
    Text(String),
    List {
        items: Vec<Value>,
        one_line: bool,
    },
    Map(Vec<Item>),
    /// A comment between the items of a list.
    Comment(String),
}

impl Item {
    pub(super) fn first_line(&self) -> usize {
        match self {
            Self::Comment { line, .. } | Self::Block { line, .. } | Self::Setting { line, .. } => *line,
        }
    }

    pub(super) fn last_line(&self) -> usize {
        match self {
            Self::Comment { last_line, .. }
            | Self::Block { last_line, .. }
            | Self::Setting { last_line, .. } => *last_line,
        }
    }

    pub(super) fn key_width(&self) -> usize {
        match self {
            Self::Setting { key, .. } => key.chars().count(),
            Self::Comment { .. } | Self::Block { .. } => 0,
        }
    }
}

pub(super) fn parse(text: &str) -> Result<Vec<Item>, LayoutError> {
    let mut parser = Parser { tokens: tokens(text)?, at: 0, end: text.lines().count().max(1) };
    if text.ends_with('\n') {
        parser.end += 1;
    }
    parser.items(0)
}

struct Parser<'a> {
    tokens: Vec<Token<'a>>,
    at: usize,
    /// The line after the last.
    end: usize,
}

impl<'a> Parser<'a> {
    fn peek(&self) -> Option<&Token<'a>> {
        self.tokens.get(self.at)
    }

    fn next(&mut self) -> Option<Token<'a>> {
        let token = self.tokens.get(self.at).cloned();
        self.at += 1;
        token
    }

    fn take_sign(&mut self, sign: &str) -> Option<Token<'a>> {
        let found = self.peek().is_some_and(|token| token.kind == Kind::Sign && token.text == sign);
        if found { self.next() } else { None }
    }

    fn line(&self) -> usize {
        self.peek().map_or(self.end, |token| token.line)
    }

    fn expected(&self, expected: &'static str) -> LayoutError {
        LayoutError::Expected { line: self.line(), expected }
    }

    /// The items up to a closing brace, or to the end of the text at the top.
    fn items(&mut self, depth: usize) -> Result<Vec<Item>, LayoutError> {
        if depth > MAX_DEPTH {
            return Err(LayoutError::TooDeep { line: self.line() });
        }
        let mut items = Vec::new();
        loop {
            // Commas between settings mean nothing, and the usual layout has none.
            while self.take_sign(",").is_some() {}
            match self.peek() {
                None if depth == 0 => return Ok(items),
                Some(token) if token.text == "}" && token.kind == Kind::Sign && depth > 0 => {
                    return Ok(items);
                }
                None => return Err(self.expected("a setting or }")),
                Some(token) => match token.kind {
                    Kind::Comment => {
                        let (text, line, last_line) = (token.text.to_owned(), token.line, token.last_line);
                        self.at += 1;
                        items.push(Item::Comment { text, line, last_line });
                    }
                    Kind::Word => items.push(self.item(depth)?),
                    Kind::Sign => return Err(self.expected("a setting")),
                },
            }
        }
    }

    fn item(&mut self, depth: usize) -> Result<Item, LayoutError> {
        let line = self.line();
        let mut names = Vec::new();
        while let Some(token) = self.peek().filter(|token| token.kind == Kind::Word) {
            names.push(token.text.to_owned());
            self.at += 1;
        }
        if self.take_sign("=").is_some() {
            let (value, last_line) = self.value(depth)?;
            let trailing = self.trailing(last_line);
            return Ok(Item::Setting { key: names.join(" "), value, trailing, line, last_line });
        }
        if self.take_sign("{").is_some() {
            let items = self.items(depth + 1)?;
            let last_line = self.take_sign("}").map_or(line, |token| token.line);
            let trailing = self.trailing(last_line);
            return Ok(Item::Block { names, items, trailing, line, last_line });
        }
        Err(self.expected("= or {"))
    }

    /// A value and its last line.
    fn value(&mut self, depth: usize) -> Result<(Value, usize), LayoutError> {
        if depth > MAX_DEPTH {
            return Err(LayoutError::TooDeep { line: self.line() });
        }
        if let Some(open) = self.take_sign("[") {
            return self.list(depth, open.line);
        }
        if self.take_sign("{").is_some() {
            let items = self.items(depth + 1)?;
            let line = self.take_sign("}").map_or(self.end, |token| token.line);
            return Ok((Value::Map(items), line));
        }
        match self.next() {
            Some(token) if token.kind == Kind::Word => {
                Ok((Value::Text(token.text.to_owned()), token.last_line))
            }
            _ => {
                self.at -= 1;
                Err(self.expected("a value"))
            }
        }
    }

    fn list(&mut self, depth: usize, first_line: usize) -> Result<(Value, usize), LayoutError> {
        let mut items = Vec::new();
        loop {
            while self.take_sign(",").is_some() {}
            if let Some(close) = self.take_sign("]") {
                let one_line = close.line == first_line;
                return Ok((Value::List { items, one_line }, close.line));
            }
            match self.peek() {
                None => return Err(self.expected("a value or ]")),
                Some(token) if token.kind == Kind::Comment => {
                    items.push(Value::Comment(token.text.to_owned()));
                    self.at += 1;
                }
                Some(_) => items.push(self.value(depth + 1)?.0),
            }
        }
    }

    /// A comment on the line that has just ended.
    fn trailing(&mut self, line: usize) -> Option<String> {
        let comment = self.peek().filter(|token| token.kind == Kind::Comment && token.line == line)?;
        let text = comment.text.to_owned();
        self.at += 1;
        Some(text)
    }
}
