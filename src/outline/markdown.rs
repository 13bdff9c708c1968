//! Text in any cut → "a node opens", "its title grows", "it settles": Markdown as models write it,
//! and what stands among it. Holds back what is undecided; never emits anything it may have to take
//! back, and never knows where in the outline a node will stand.

use std::mem;

use crate::outline::json_outline::JsonOutline;
use crate::outline::labels::{self, Found};
use crate::outline::thinking::{self, Hidden, Tag, Tail};
use crate::outline::title::{self, Inline, TITLE_BYTES_MAX};

pub use crate::outline::step::{Marker, Out, Step};

/// Columns a tab advances to a multiple of.
const TAB: u32 = 4;
/// The most digits of an ordered list marker (CommonMark 5.2).
const DIGITS_MAX: usize = 9;
/// The most columns a heading or a fence marked `markdown` may be indented (CommonMark 4.2).
const INDENT_MAX: u32 = 3;
/// As much of the text after a fence as is needed to know its language, in bytes.
const INFO_BYTES_MAX: usize = 16;
/// As much of a first heading as is looked at for a label, in bytes.
const LABEL_BYTES_MAX: usize = 64;
/// As much of a line as its first word can take, if it is a label, in bytes.
const WORD_BYTES_MAX: usize = 16;
/// The deepest heading.
const LEVEL_MAX: usize = 6;

/// Reads text as an outline.
#[derive(Clone, Debug, Default)]
pub struct Grammar {
    line: Line,
    /// The fence around what is read, marked `markdown`, or bare while nothing is shown.
    outer: Option<Fence>,
    /// It is marked, and not bare.
    outer_marked: bool,
    /// The marked fence that was closed last.
    left: Option<Fence>,
    /// The fence of a code block, in which nothing is read.
    inner: Option<Fence>,
    /// It is marked for JSON, which is read.
    inner_json: bool,
    /// A line with something in it has ended.
    started: bool,
    /// One that is no fence has ended.
    spoken: bool,
    seen: Seen,
    json: JsonOutline,
    /// A thought or a comment.
    hidden: Option<Hidden>,
    /// It is a comment.
    comment: bool,
    /// The end of the line of prose that is being read.
    tail: Tail,
    /// A thought has been seen, or the end of one: a further closing tag means nothing.
    thought: bool,
    /// The level of the last `#` heading.
    level: usize,
    /// The words of the labelled lines that are open since then, outermost first.
    labels: Vec<&'static str>,
}

/// What has been shown so far.
#[derive(Clone, Copy, Debug, Default)]
struct Seen {
    title: bool,
    nodes: bool,
    modules: bool,
    sections: bool,
    /// All of it goes when the next node opens.
    forget: bool,
}

impl Seen {
    fn nothing(self) -> bool {
        !self.title && !self.nodes
    }

    fn open(&mut self, marker: Marker) {
        match marker {
            Marker::Title => self.title = true,
            Marker::Heading(1) if !self.title && !self.modules => self.title = true,
            Marker::Part | Marker::Heading(1 | 2) => (self.nodes, self.modules) = (true, true),
            Marker::Heading(_) => (self.nodes, self.sections) = (true, true),
            Marker::Item(_) | Marker::Lesson => self.nodes = true,
        }
    }
}

/// Where steps go, with what is remembered of them.
struct To<'a, 'b> {
    seen: &'a mut Seen,
    out: &'a mut (dyn FnMut(Step<'_>) + 'b),
}

impl To<'_, '_> {
    fn step(&mut self, step: Step<'_>) {
        if let Step::Open(marker) = step {
            if self.seen.forget {
                *self.seen = Seen::default();
                (self.out)(Step::Forget);
            }
            self.seen.open(marker);
        }
        (self.out)(step);
    }
}

/// A fence: its character and how many of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Fence {
    mark: char,
    len: u32,
}

/// A title that is being read; not open while nothing of it is decided.
#[derive(Clone, Debug)]
struct Title {
    marker: Marker,
    inline: Inline,
    checked: Option<bool>,
    open: bool,
}

impl Title {
    fn new(marker: Marker) -> Self {
        let heading = matches!(marker, Marker::Heading(_) | Marker::Part);
        Title {
            marker,
            inline: Inline::new(heading),
            checked: None,
            open: false,
        }
    }

    /// One that has begun with this text.
    fn begun(marker: Marker, text: &str, to: &mut To<'_, '_>) -> Line {
        let mut title = Title::new(marker);
        title.feed(text, to);
        Line::Title(Box::new(title))
    }

    fn feed(&mut self, text: &str, to: &mut To<'_, '_>) {
        let Title {
            marker,
            inline,
            checked,
            open,
        } = self;
        inline.feed(text, &mut |text| grow(*marker, *checked, open, text, to));
    }

    /// What is held is shown. Returns true if there is a title at all.
    fn show_rest(self, to: &mut To<'_, '_>) -> bool {
        let Title {
            marker,
            inline,
            checked,
            mut open,
        } = self;
        inline.finish(&mut |text| grow(marker, checked, &mut open, text, to));
        open
    }

    /// Its line has ended. One without any text is no node.
    fn end(self, to: &mut To<'_, '_>) -> bool {
        let cut = self.inline.is_cut();
        let open = self.show_rest(to);
        to.step(if open {
            Step::Settle { cut }
        } else {
            Step::Prose
        });
        open
    }
}

/// Where in a line reading stands.
#[derive(Clone, Debug)]
enum Line {
    /// Only blanks so far, up to this column.
    Indent(u32),
    /// `#`s, which a blank makes a heading.
    Hashes(u8),
    /// The beginning of a first heading, which may be a label.
    First(String),
    /// Digits at this column, which `. ` or `) ` make a list item.
    Digits { indent: u32, digits: String },
    /// A list marker at this column, which a blank completes.
    Marker { indent: u32, mark: char },
    /// A marker `-` or `*` and then only more of the same and blanks: a rule, or the start of a
    /// title.
    Rule {
        indent: u32,
        mark: char,
        title: String,
    },
    /// The beginning of an item, which may be a box.
    Box { marker: Marker, held: String },
    /// A title; in a box, because all other places are small and change with each character.
    Title(Box<Title>),
    /// A run of backticks or tildes, and what follows it.
    Fence {
        fence: Fence,
        indent: u32,
        info: String,
        closing: bool,
        valid: bool,
    },
    /// A line that may be a label: its text, and whether it begins with one.
    Label { held: String, sure: bool },
    /// A line that may begin with a tag.
    Tag(String),
    /// A bracket, which the next character that is no blank makes JSON. `indent`: blanks of its
    /// last line, if lines have ended since.
    Bracket { bracket: char, indent: Option<u32> },
    /// Anything else, to its end.
    Prose,
    /// What follows JSON on its line.
    Rest,
}

impl Default for Line {
    fn default() -> Self {
        Line::Indent(0)
    }
}

impl Grammar {
    /// Reads the next piece of text; the steps it decides go to `out`, in order.
    pub fn feed(&mut self, text: &str, out: Out<'_>) {
        let mut seen = self.seen;
        let seen_of = &mut seen;
        self.read(text, &mut To { seen: seen_of, out });
        self.seen = seen;
    }

    fn read(&mut self, text: &str, to: &mut To<'_, '_>) {
        let mut rest = text;
        while let Some(next) = rest.chars().next() {
            if self.json.is_open() {
                match self.json.feed(rest, &mut |step| to.step(step)) {
                    None => return,
                    Some(after) => {
                        rest = after;
                        self.end_json();
                        continue;
                    }
                }
            }
            if let Some(hidden) = &mut self.hidden {
                let Some(after) = hidden.feed(rest) else {
                    return;
                };
                rest = after;
                self.hidden = None;
                // What follows a thought begins a line; what follows a comment ends one.
                self.line = match mem::take(&mut self.comment) {
                    true => Line::Prose,
                    false => Line::default(),
                };
                continue;
            }
            if next == '\n' || next == '\r' {
                self.end_line(to);
                rest = &rest[1..];
                continue;
            }
            // Titles and prose go in runs, everything else char by char.
            match &mut self.line {
                Line::Title(title) => {
                    let end = line_end(rest);
                    title.feed(&rest[..end], to);
                    rest = &rest[end..];
                }
                Line::Prose => {
                    let end = line_end(rest);
                    if self.watches() {
                        self.tail.feed(&rest[..end]);
                    }
                    rest = &rest[end..];
                }
                Line::Rest => rest = &rest[line_end(rest)..],
                _ => {
                    self.step(next, to);
                    rest = &rest[next.len_utf8()..];
                }
            }
        }
    }

    /// A node with a whole title that does not come as text: as if its line stood here, outside any
    /// fence.
    pub fn node(&mut self, marker: Marker, title: &str, out: Out<'_>) {
        let mut seen = self.seen;
        let to = &mut To {
            seen: &mut seen,
            out,
        };
        self.end_open_line(to);
        let mut reader = Title::new(marker);
        for part in title.split(['\n', '\r']) {
            reader.feed(part, to);
            reader.feed(" ", to);
        }
        self.end_title(reader, to);
        self.seen = seen;
    }

    /// The text is complete: the last line ends.
    pub fn finish(&mut self, out: Out<'_>) {
        let mut seen = self.seen;
        let to = &mut To {
            seen: &mut seen,
            out,
        };
        self.end_open_line(to);
        self.seen = seen;
    }

    /// The text has broken off: what is held of the last title is shown, but the title does not
    /// settle.
    pub fn break_off(&mut self, out: Out<'_>) {
        let mut seen = self.seen;
        let to = &mut To {
            seen: &mut seen,
            out,
        };
        if self.json.is_open() {
            self.json.finish(false, &mut |step| to.step(step));
        }
        match mem::replace(&mut self.line, Line::Prose) {
            Line::Title(title) => {
                title.show_rest(to);
            }
            Line::First(raw) => {
                let mut title = Title::new(first_marker(&raw));
                title.feed(&raw, to);
                title.show_rest(to);
            }
            Line::Box { marker, held } if !is_box(&held) => {
                let mut title = Title::new(marker);
                title.feed(&held, to);
                title.show_rest(to);
            }
            Line::Label { held, .. } => {
                self.label(&held, false, to);
            }
            _ => {}
        }
        self.seen = seen;
    }

    /// Whether the title that is being written is one that goes on where it stands.
    pub fn holds_title(&self) -> bool {
        matches!(self.line, Line::Title(_)) && !self.json.is_open()
    }

    /// The node of the title that is being written stands already.
    pub fn set_open(&mut self) {
        if let Line::Title(title) = &mut self.line {
            title.open = true;
        }
    }

    fn end_open_line(&mut self, to: &mut To<'_, '_>) {
        if self.json.is_open() {
            self.json.finish(true, &mut |step| to.step(step));
            self.end_json();
        }
        match self.line {
            Line::Indent(_) => {}
            Line::Bracket { .. } => to.step(Step::Prose),
            _ => self.end_line(to),
        }
        self.line = Line::default();
    }

    /// A value has ended: the rest of its line is nothing, unless a fence has ended it.
    fn end_json(&mut self) {
        (self.started, self.spoken) = (true, true);
        self.line = match self.json.take_fence() {
            Some(mark) => Line::Fence {
                fence: Fence { mark, len: 3 },
                indent: 0,
                info: String::new(),
                closing: true,
                valid: true,
            },
            None => Line::Rest,
        };
    }

    /// Whether a closing tag at the end of a line of prose would mean something.
    fn watches(&self) -> bool {
        !self.thought && self.inner.is_none()
    }

    fn prose(&mut self, held: &str) -> Line {
        if self.watches() {
            self.tail.feed(held);
        }
        Line::Prose
    }

    /// One character of a line that is neither title nor prose yet.
    fn step(&mut self, c: char, to: &mut To<'_, '_>) {
        let blank = c == ' ' || c == '\t';
        let buffer = &mut [0; 4];
        let next = match mem::replace(&mut self.line, Line::Prose) {
            Line::Indent(column) if blank => Line::Indent(indented(column, c)),
            Line::Indent(indent) => self.first(c, indent, to),
            Line::Hashes(level) if c == '#' && level < 6 => Line::Hashes(level + 1),
            Line::Hashes(1) if blank && !to.seen.title && !to.seen.modules => {
                Line::First(String::new())
            }
            Line::Hashes(level) if blank || (level > 1 && c == '\u{a0}') => {
                Line::Title(Box::new(Title::new(Marker::Heading(level))))
            }
            Line::Hashes(level) if level > 1 && c != '#' => {
                Title::begun(Marker::Heading(level), c.encode_utf8(buffer), to)
            }
            Line::First(mut raw) => {
                raw.push(c);
                match first_label(&raw, false) {
                    Found::More if raw.len() < LABEL_BYTES_MAX => Line::First(raw),
                    Found::Label(_) => Title::begun(Marker::Part, &raw, to),
                    _ => Title::begun(Marker::Heading(1), &raw, to),
                }
            }
            Line::Digits { indent, mut digits }
                if c.is_ascii_digit() && digits.len() < DIGITS_MAX =>
            {
                digits.push(c);
                Line::Digits { indent, digits }
            }
            Line::Digits { indent, .. } if c == '.' || c == ')' => Line::Marker { indent, mark: c },
            Line::Digits { indent, digits } if indent <= INDENT_MAX && !c.is_ascii() => {
                self.held_label(digits, c)
            }
            Line::Marker {
                indent,
                mark: mark @ ('-' | '*'),
            } if blank => Line::Rule {
                indent,
                mark,
                title: String::new(),
            },
            Line::Marker { indent, .. } if blank => item(indent),
            Line::Marker { indent, mark: '*' } if c == '*' && indent <= INDENT_MAX => {
                self.held_label("*".to_owned(), c)
            }
            Line::Rule {
                indent,
                mark,
                mut title,
            } if blank || c == mark => {
                // What is over the limit could not be shown anyway.
                if title.len() < TITLE_BYTES_MAX && !(title.is_empty() && blank) {
                    title.push(c);
                }
                Line::Rule {
                    indent,
                    mark,
                    title,
                }
            }
            Line::Rule { indent, title, .. } if title.is_empty() => {
                in_box(Marker::Item(indent), String::new(), c, to)
            }
            Line::Rule {
                indent,
                title: held,
                ..
            } => {
                let mut title = Title::new(Marker::Item(indent));
                title.feed(&held, to);
                title.feed(c.encode_utf8(buffer), to);
                Line::Title(Box::new(title))
            }
            Line::Box { marker, held } => in_box(marker, held, c, to),
            Line::Fence {
                mut fence,
                indent,
                info,
                closing: true,
                valid,
            } if c == fence.mark && info.is_empty() => {
                fence.len = fence.len.saturating_add(1);
                Line::Fence {
                    fence,
                    indent,
                    info,
                    closing: true,
                    valid,
                }
            }
            Line::Fence {
                fence,
                indent,
                mut info,
                valid,
                ..
            } => {
                if info.len() < INFO_BYTES_MAX && !(info.is_empty() && blank) {
                    info.push(c);
                }
                // A backtick after the backticks makes it code within a line.
                let valid = valid && !(fence.mark == '`' && c == '`');
                Line::Fence {
                    fence,
                    indent,
                    info,
                    closing: false,
                    valid,
                }
            }
            Line::Label { held, sure: false } => self.held_label(held, c),
            Line::Label { mut held, sure } => {
                held.push(c);
                match held.len() <= 4 * labels::LINE_CHARS_MAX {
                    true => Line::Label { held, sure },
                    false => self.prose(&held),
                }
            }
            Line::Tag(held) => self.tag(held, c, to),
            Line::Bracket { bracket, indent } => self.bracket(bracket, indent, c, to),
            _ => self.prose(c.encode_utf8(buffer)),
        };
        self.line = next;
    }

    /// The first character of a line that is no blank.
    fn first(&mut self, c: char, indent: u32, to: &mut To<'_, '_>) -> Line {
        if c == '`' || c == '~' {
            return Line::Fence {
                fence: Fence { mark: c, len: 1 },
                indent,
                info: String::new(),
                closing: true,
                valid: true,
            };
        }
        let in_code = self.inner.is_some() && !self.inner_json;
        let reads_json = !in_code
            && (indent <= INDENT_MAX || !self.started)
            && (self.json.had_nodes() || !(to.seen.modules || to.seen.sections));
        if reads_json && (c == '{' || c == '[') {
            return Line::Bracket {
                bracket: c,
                indent: None,
            };
        }
        if self.inner.is_some() {
            return Line::Prose;
        }
        if matches!(c, '<' | '[' | '◁') {
            return self.tag(String::new(), c, to);
        }
        if self.json.had_nodes() {
            return self.prose(c.encode_utf8(&mut [0; 4]));
        }
        match c {
            '#' if indent <= INDENT_MAX => Line::Hashes(1),
            '0'..='9' => Line::Digits {
                indent,
                digits: c.to_string(),
            },
            '-' | '*' | '+' | '•' | '‣' | '▪' | '◦' | '●' | '○' | '·' => {
                Line::Marker { indent, mark: c }
            }
            _ if indent <= INDENT_MAX => self.held_label(String::new(), c),
            _ => self.prose(c.encode_utf8(&mut [0; 4])),
        }
    }

    /// A line that is held goes on: it may be a label, or is prose.
    fn held_label(&mut self, mut held: String, c: char) -> Line {
        held.push(c);
        let letters = c.is_ascii_alphabetic() && held.len() < WORD_BYTES_MAX;
        if letters || matches!(held.as_str(), "*" | "**") {
            // A letter decides nothing before its word ends.
            return Line::Label { held, sure: false };
        }
        let found = match held.strip_prefix("**") {
            Some(bold) => labels::begins(bold, false, true),
            None => labels::begins(&held, false, false),
        };
        match found {
            Found::More if held.len() <= 4 * labels::LINE_CHARS_MAX => {
                Line::Label { held, sure: false }
            }
            Found::Label(_) => Line::Label { held, sure: true },
            // In bold nothing need follow the number.
            _ if held.starts_with("**") && bold_label_may_end(&held) => {
                Line::Label { held, sure: true }
            }
            _ => self.prose(&held),
        }
    }

    /// A line that may be a label has ended. Returns true if it was one.
    fn label(&mut self, held: &str, settles: bool, to: &mut To<'_, '_>) -> bool {
        let text = held.trim_end_matches([' ', '\t']);
        let Some(line) = labels::line(text) else {
            return false;
        };
        let shown = title::shown(text, false);
        let shown = shown.strip_suffix([':', '：']).unwrap_or(&shown);
        let marker = match line.lesson {
            true => Marker::Lesson,
            false => {
                let known = self.labels.iter().position(|&word| word == line.word);
                let at = known.unwrap_or(self.labels.len());
                self.labels.truncate(at);
                self.labels.push(line.word);
                Marker::Heading((self.level.max(1) + 1 + at).min(LEVEL_MAX) as u8)
            }
        };
        to.step(Step::Open(marker));
        to.step(Step::Grow(shown.trim_end()));
        if settles {
            to.step(Step::Settle { cut: false });
        }
        true
    }

    /// A line that may begin with a tag goes on.
    fn tag(&mut self, mut held: String, c: char, to: &mut To<'_, '_>) -> Line {
        held.push(c);
        match thinking::tag(&held, to.seen.nothing()) {
            Tag::More => Line::Tag(held),
            Tag::No => self.prose(&held),
            Tag::Opens(closer) => {
                self.thought = true;
                self.hidden = Some(Hidden::new(closer));
                Line::default()
            }
            Tag::Comment => {
                (self.hidden, self.comment) = (Some(Hidden::new("-->")), true);
                Line::default()
            }
            Tag::Closes if !self.thought => {
                self.end_thought(to);
                Line::default()
            }
            Tag::Closes => self.prose(&held),
            Tag::Dropped => Line::default(),
        }
    }

    /// What came so far were thoughts: it is as if the text began here, but what is shown stays
    /// until something takes its place.
    fn end_thought(&mut self, to: &mut To<'_, '_>) {
        let forget = !to.seen.nothing();
        *to.seen = Seen {
            forget,
            ..Seen::default()
        };
        let outer = self.outer.take();
        *self = Grammar {
            thought: true,
            outer,
            ..Grammar::default()
        };
    }

    /// A bracket and perhaps blanks, and now this.
    fn bracket(
        &mut self,
        bracket: char,
        indent: Option<u32>,
        c: char,
        to: &mut To<'_, '_>,
    ) -> Line {
        let same_line = indent.is_none();
        match (bracket, c) {
            (_, ' ' | '\t') => Line::Bracket {
                bracket,
                indent: indent.map(|column| indented(column, c)),
            },
            ('{', '"' | '}' | '/') | ('[', '{') => self.begin_json(bracket, c, to),
            ('[', '"') if !self.started || self.inner_json => self.begin_json(bracket, c, to),
            ('[', _) if same_line && self.inner.is_none() => self.tag(bracket.to_string(), c, to),
            _ => match indent {
                None => Line::Prose,
                // The bracket was a line of its own.
                Some(indent) => {
                    to.step(Step::Prose);
                    (self.started, self.spoken) = (true, true);
                    self.first(c, indent, to)
                }
            },
        }
    }

    fn begin_json(&mut self, bracket: char, c: char, to: &mut To<'_, '_>) -> Line {
        let (first, titled) = (!self.spoken, to.seen.title);
        let out: Out<'_> = &mut |step| to.step(step);
        self.json.begin(bracket, first, titled, out);
        if self.json.feed(c.encode_utf8(&mut [0; 4]), out).is_some() {
            self.end_json();
            return mem::replace(&mut self.line, Line::Prose);
        }
        Line::Rest
    }

    fn end_line(&mut self, to: &mut To<'_, '_>) {
        let mut is_fence = false;
        match mem::take(&mut self.line) {
            Line::Indent(_) => return,
            Line::Bracket { bracket, .. } if self.inner.is_none() || self.inner_json => {
                self.line = Line::Bracket {
                    bracket,
                    indent: Some(0),
                };
                return;
            }
            Line::Rest => {}
            Line::Title(title) => self.end_title(*title, to),
            Line::First(raw) => {
                let mut title = Title::new(first_marker(&raw));
                title.feed(&raw, to);
                self.end_title(title, to);
            }
            Line::Box { marker, held } => {
                let mut title = Title::new(marker);
                if !is_box(&held) {
                    title.feed(&held, to);
                }
                self.end_title(title, to);
            }
            Line::Label { held, .. } => {
                if !self.label(&held, true, to) {
                    self.prose(&held);
                    self.end_prose(to);
                }
            }
            Line::Fence {
                fence,
                indent,
                info,
                valid,
                ..
            } => {
                is_fence = valid && fence.len >= 3;
                if is_fence {
                    self.end_fence(fence, indent, &info, to.seen.nothing());
                }
                to.step(Step::Prose);
            }
            _ => self.end_prose(to),
        }
        self.started = true;
        self.spoken |= !is_fence;
    }

    fn end_prose(&mut self, to: &mut To<'_, '_>) {
        to.step(Step::Prose);
        if self.tail.end() && self.watches() {
            self.end_thought(to);
        }
    }

    fn end_title(&mut self, title: Title, to: &mut To<'_, '_>) {
        let marker = title.marker;
        if title.end(to) {
            // A heading ends the series of labelled lines.
            match marker {
                Marker::Heading(level) => self.level = level.into(),
                Marker::Part => self.level = 1,
                Marker::Title | Marker::Item(_) | Marker::Lesson => return,
            }
            self.labels.clear();
        }
    }

    /// A line that is a fence has ended: it closes the innermost one it can, or opens one.
    fn end_fence(&mut self, fence: Fence, indent: u32, info: &str, nothing_shown: bool) {
        let closes =
            |open: Fence| open.mark == fence.mark && fence.len >= open.len && info.is_empty();
        match (self.inner, self.outer) {
            (Some(inner), _) => {
                if closes(inner) {
                    (self.inner, self.inner_json) = (None, false);
                }
            }
            (None, Some(outer)) if closes(outer) => {
                self.outer = None;
                self.left = self.outer_marked.then_some(outer);
            }
            // What seemed to close the fence marked `markdown` has opened one inside it: this is its end.
            (None, None) if self.left.is_some_and(closes) => self.outer = self.left.take(),
            (None, None)
                if indent <= INDENT_MAX
                    && (names(info, MARKDOWN) || (info.is_empty() && nothing_shown)) =>
            {
                (self.outer, self.left) = (Some(fence), None);
                self.outer_marked = names(info, MARKDOWN);
            }
            _ => (self.inner, self.inner_json) = (Some(fence), names(info, JSON)),
        }
    }
}

fn line_end(text: &str) -> usize {
    memchr::memchr2(b'\n', b'\r', text.as_bytes()).unwrap_or(text.len())
}

/// The column behind a blank.
fn indented(column: u32, blank: char) -> u32 {
    match blank {
        '\t' => (column / TAB).saturating_add(1).saturating_mul(TAB),
        _ => column.saturating_add(1),
    }
}

fn item(indent: u32) -> Line {
    Line::Box {
        marker: Marker::Item(indent),
        held: String::new(),
    }
}

/// What a first heading begins with.
fn first_label(raw: &str, ended: bool) -> Found {
    let raw = raw.trim_start_matches([' ', '\t']);
    let text = raw.strip_prefix("**").unwrap_or(raw);
    match raw {
        "" | "*" if !ended => Found::More,
        _ => labels::begins(text, ended, true),
    }
}

/// What a first heading is that has ended: a module, if it is a label.
pub(super) fn first_marker(raw: &str) -> Marker {
    match first_label(raw.trim_end_matches([' ', '\t']), true) {
        Found::Label(_) => Marker::Part,
        _ => Marker::Heading(1),
    }
}

/// Whether the bold of a held line ends in this character or the one before, right behind what may
/// be a label and its number.
fn bold_label_may_end(held: &str) -> bool {
    let inside = held.strip_prefix("**").unwrap_or(held);
    let inside = inside.strip_suffix("**").or(inside.strip_suffix('*'));
    inside.is_some_and(|inside| {
        !inside.contains('*') && labels::begins(inside, true, true) != Found::No
    })
}

fn is_box(held: &str) -> bool {
    matches!(held, "[ ]" | "[x]" | "[X]")
}

/// The beginning of an item goes on: a box, or its title.
fn in_box(marker: Marker, mut held: String, c: char, to: &mut To<'_, '_>) -> Line {
    let blank = c == ' ' || c == '\t';
    if held.is_empty() && blank {
        return Line::Box { marker, held };
    }
    if blank && is_box(&held) {
        let mut title = Title::new(marker);
        title.checked = Some(held != "[ ]");
        return Line::Title(Box::new(title));
    }
    held.push(c);
    match &*held {
        "[" | "[ " | "[x" | "[X" | "[ ]" | "[x]" | "[X]" => Line::Box { marker, held },
        _ => Title::begun(marker, &held, to),
    }
}

/// A title goes on; with its first text its node opens.
fn grow(marker: Marker, checked: Option<bool>, open: &mut bool, text: &str, to: &mut To<'_, '_>) {
    if !mem::replace(open, true) {
        to.step(Step::Open(marker));
        if let Some(checked) = checked {
            to.step(Step::Check(checked));
        }
    }
    to.step(Step::Grow(text));
}

const MARKDOWN: &[&str] = &["markdown", "md"];
const JSON: &[&str] = &["json", "jsonc", "json5", "jsonl", "ndjson"];

/// Whether a fence's text names one of these as its language.
fn names(info: &str, languages: &[&str]) -> bool {
    let end = info.bytes().position(|byte| b" \t{,".contains(&byte));
    let language = &info[..end.unwrap_or(info.len())];
    languages
        .iter()
        .any(|own| language.eq_ignore_ascii_case(own))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    /// One line a node: its marker and title, `~` if it never settled; `.` for prose.
    fn picture(pieces: &[&str], finish: bool) -> Vec<String> {
        let mut seen: Vec<String> = Vec::new();
        let mut grammar = Grammar::default();
        let mut out = |step: Step<'_>| match step {
            Step::Open(Marker::Heading(level)) => seen.push(format!("h{level} ~")),
            Step::Open(Marker::Item(column)) => seen.push(format!("i{column} ~")),
            Step::Open(marker) => seen.push(format!("{marker:?} ~")),
            Step::Check(checked) => seen.last_mut().unwrap().push_str(match checked {
                true => "(x) ",
                false => "( ) ",
            }),
            Step::Forget => seen.push("forget".into()),
            Step::Grow(text) => seen.last_mut().unwrap().push_str(text),
            Step::Settle { .. } => {
                *seen.last_mut().unwrap() = seen.last().unwrap().replacen('~', "", 1)
            }
            Step::Prose => seen.push(".".into()),
        };
        for piece in pieces {
            grammar.feed(piece, &mut out);
        }
        if finish {
            grammar.finish(&mut out);
        }
        seen
    }

    fn any_cut(text: &str) -> Vec<String> {
        let whole = picture(&[text], true);
        let mut chars: Vec<&str> = text.split("").collect();
        chars.retain(|c| !c.is_empty());
        assert_eq!(picture(&chars, true), whole, "{text:?} char by char");
        for at in (0..text.len()).filter(|&at| text.is_char_boundary(at)) {
            assert_eq!(
                picture(&[&text[..at], &text[at..]], true),
                whole,
                "{text:?} cut at {at}"
            );
        }
        whole
    }

    #[test]
    fn headings_and_items() {
        let text = "# C\n## M #\n### S\n- a\n  * b\n\t+ c\n1. d\n 23) e\n• f\n";
        assert_eq!(
            any_cut(text),
            [
                "h1 C", "h2 M", "h3 S", "i0 a", "i2 b", "i4 c", "i0 d", "i1 e", "i0 f"
            ]
        );
    }

    #[test]
    fn line_ends_of_every_kind() {
        assert_eq!(
            any_cut("## a\r\n- b\r- c\n\n\r\n- d"),
            ["h2 a", "i0 b", "i0 c", "i0 d"]
        );
    }

    #[test]
    fn what_only_looks_like_a_node() {
        for line in [
            "#no",
            "####### seven",
            "-no",
            "*no*",
            "**bold** text",
            "1.no",
            "1234567890. ten digits",
            "12",
            "---",
            "***",
            "* * *",
            "- - -",
            "-",
            "- ",
            "-  -",
            "##",
            "## ",
            "## ##",
            "* **",
            "___",
            "> - quote",
            "| - | a |",
            "<li>- x",
            "plain",
            "    # code",
            "–",
        ] {
            assert_eq!(any_cut(line), ["."], "{line:?}");
        }
    }

    #[test]
    fn what_looks_like_a_rule_but_is_a_title() {
        assert_eq!(any_cut("* **bold**"), ["i0 bold"]);
        assert_eq!(any_cut("- -5 degrees"), ["i0 -5 degrees"]);
        assert_eq!(any_cut("* * x"), ["i0 * x"]);
        assert_eq!(any_cut("+ ---"), ["i0 ---"]);
    }

    #[test]
    fn code_is_not_read_but_markdown_in_a_fence_is() {
        assert_eq!(
            any_cut("a\n```js\n- no\n## no\n```\n- yes"),
            [".", ".", ".", ".", ".", "i0 yes"]
        );
        assert_eq!(
            any_cut("```markdown\n- yes\n```js\n- no\n```\n- yes\n```\n- yes"),
            [".", "i0 yes", ".", ".", ".", "i0 yes", ".", "i0 yes"]
        );
        assert_eq!(
            any_cut("\n```\n- yes\n```\n```\n- no"),
            [".", "i0 yes", ".", ".", "."]
        );
        assert_eq!(
            any_cut("~~~ MD x\n- yes\n```\n- no\n~~~\n- no\n````\n~~~\n- yes"),
            [".", "i0 yes", ".", ".", ".", ".", ".", ".", "i0 yes"]
        );
        assert_eq!(
            any_cut("a\n````py\n```\n- no\n`````\n- yes"),
            [".", ".", ".", ".", ".", "i0 yes"]
        );
        assert_eq!(any_cut("a\n```x``` y\n- yes"), [".", ".", "i0 yes"]);
        assert_eq!(any_cut("a\n``\n- yes"), [".", ".", "i0 yes"]);
    }

    #[test]
    fn a_bare_fence_is_read_while_nothing_is_shown() {
        assert_eq!(
            any_cut("a\n```\n- yes\n```\n```\n- no\n```"),
            [".", ".", "i0 yes", ".", ".", ".", "."]
        );
    }

    #[test]
    fn hashes_need_no_blank_but_for_one() {
        assert_eq!(
            any_cut("##成本\n###\u{a0}x\n##*a* b\n######y\n#no\n#######\n##"),
            ["h2 成本", "h3 x", "h2 a b", "h6 y", ".", ".", "."]
        );
    }

    #[test]
    fn bullets_and_boxes() {
        assert_eq!(
            any_cut("‣ a\n▪ [ ] b\n- [x] c\n1. [X] d\n- [i] e\n- [ ]\n- [x]f\n* [\n○g"),
            [
                "i0 a", "i0 ( ) b", "i0 (x) c", "i0 (x) d", "i0 [i] e", ".", "i0 [x]f", "i0 [", "."
            ]
        );
    }

    #[test]
    fn labelled_lines_are_headings_or_lessons() {
        assert_eq!(
            any_cut(
                "Phase 1: a\nWeek 1: b\nLesson 1: c:\nWeek 2: d\nPhase 2: e\n## f\n**Part 1**\n1장 g"
            ),
            [
                "h2 Phase 1: a",
                "h3 Week 1: b",
                "Lesson Lesson 1: c",
                "h3 Week 2: d",
                "h2 Phase 2: e",
                "h2 f",
                "h3 Part 1",
                "h4 1장 g"
            ]
        );
        assert_eq!(
            any_cut("# **Module 1: a**\n# Week 2\n# Modular\n"),
            ["Part Module 1: a", "h1 Week 2", "h1 Modular"]
        );
        assert_eq!(
            any_cut("# Module 1 of\n# Week 2"),
            ["h1 Module 1 of", "h1 Week 2"]
        );
    }

    #[test]
    fn thoughts_and_comments_are_hidden() {
        assert_eq!(any_cut("<think>\n- a\n</think># b"), ["h1 b"]);
        assert_eq!(any_cut("- a\n<think>\n- b"), ["i0 a", ".", "i0 b"]);
        assert_eq!(
            any_cut("<|channel|>analysis<|message|>- a\n<|channel|>final<|message|>- b"),
            ["i0 b"]
        );
        assert_eq!(any_cut("x\n<!-- a\n- b\n--> c\n- d"), [".", ".", "i0 d"]);
        assert_eq!(
            any_cut("- a\nso.</think>\n</think>\n- b\nx</think>\n- c"),
            ["i0 a", ".", ".", "forget", "i0 b", ".", "i0 c"]
        );
    }

    #[test]
    fn json_stands_among_lines() {
        assert_eq!(
            any_cut(
                "{\n\n \"title\": \"T\", \"modules\": [\"a\"]} x\n- no\n{\"title\":\"U\",\"modules\":[\"a\",\"b\"]}"
            ),
            ["Title T", "h2 a", ".", "h2 b"]
        );
        assert_eq!(
            any_cut("x\n```json\n{\"name\": \"T\", \"modules\": [{\"title\": \"a\"\n```\n- no"),
            [".", ".", "Title T", "h2 a", ".", "."]
        );
        assert_eq!(any_cut("{\n\n## a\n[\n - b"), [".", "h2 a", ".", "i1 b"]);
        assert_eq!(any_cut("## a\n{\"modules\": [\"b\"]}"), ["h2 a", "."]);
    }

    #[test]
    fn a_title_opens_when_something_of_it_is_sure() {
        assert!(picture(&["## **Bo"], false).is_empty());
        assert_eq!(picture(&["## **Bo", "ld**: x"], false), ["h2 ~Bold: x"]);
        assert_eq!(picture(&["## Und", "erst"], false), ["h2 ~Underst"]);
    }

    #[test]
    fn a_break_shows_what_is_held_and_settles_nothing() {
        let mut seen = Vec::new();
        let mut grammar = Grammar::default();
        grammar.feed("- *args", &mut |_| unreachable!("held"));
        grammar.break_off(&mut |step| seen.push(format!("{step:?}")));
        assert_eq!(seen, ["Open(Item(0))", "Grow(\"*args\")"]);
    }

    #[test]
    fn nodes_that_come_whole_end_the_line_before_and_ignore_fences() {
        let mut seen = Vec::new();
        let mut grammar = Grammar::default();
        let mut out = |step: Step<'_>| seen.push(format!("{step:?}"));
        grammar.feed("a\n```js\n- x", &mut out);
        grammar.node(Marker::Item(0), "two\nlines **b**\n", &mut out);
        let node = seen
            .iter()
            .position(|step| step.starts_with("Open"))
            .unwrap();
        assert_eq!(seen[..node], ["Prose", "Prose", "Prose"], "{seen:?}");
        assert_eq!(
            seen[node..].join(" "),
            concat!(
                r#"Open(Item(0)) Grow("two") Grow(" ") Grow("lines") Grow(" ") Grow("b") "#,
                "Settle { cut: false }"
            )
        );
    }
}
