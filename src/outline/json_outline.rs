//! JSON in any cut → "a node opens", "its title grows", "it settles". Never reads anything twice,
//! never keeps what it skips, and never builds a value.
//!
//! Nodes are told in the order of the outline. One whose title is not whole holds back those behind
//! it; the one in front is told while its string is still open.

use std::collections::{HashSet, VecDeque};
use std::mem;

use crate::outline::json_keys::{self, KEY_BYTES_MAX, Meaning, Word};
use crate::outline::step::{Marker, Out, Step};
use crate::outline::title::{Inline, TITLE_BYTES_MAX};

/// How deep brackets are told apart; deeper ones are counted alone.
pub const DEPTH_MAX: usize = 64;
/// The most nodes that wait for a title above them.
pub const WAITING_MAX: usize = 4096;
/// The most bytes of titles that wait.
pub const WAITING_BYTES_MAX: usize = 256 * 1024;

/// Columns from a lesson to one below it.
const NESTED: u32 = 2;
/// What is no title by itself.
const BLANKS: [char; 2] = [' ', '\t'];
/// The deepest heading.
const LEVEL_MAX: u8 = 6;

/// Reads JSON values as one outline.
#[derive(Clone, Debug, Default)]
pub struct JsonOutline {
    lex: Lex,
    /// A word without quotes: a key, a number, or nothing.
    word: String,
    /// A blank has ended it.
    word_over: bool,
    /// Backticks or tildes at the start of a line: three end the value, being a fence.
    fence: (char, u8),
    /// The objects and arrays that are open.
    stack: Vec<Frame>,
    /// How many are open beyond those.
    over: usize,
    /// The key of the member that is being read, in the innermost object, as written.
    key: String,
    meaning: Meaning,
    /// Its colon has come.
    colon: bool,
    capture: Capture,
    /// The first half of a character of two escapes.
    high: Option<u16>,
    /// What the object says it is, as far as its string has come.
    kind: String,
    /// The title that is shown while its string is open.
    live: Option<Live>,
    value: Value,
    /// Nodes that are not told yet, in the order of the outline.
    queue: VecDeque<Entry>,
    /// The number of the first of them.
    first: usize,
    /// Bytes of their titles.
    waiting: usize,
    /// Where the last node of each depth stands.
    path: Vec<Place>,
    /// What stands at the course's own level, by hashes of its titles.
    titles: HashSet<u64>,
    /// A value has given nodes.
    had_nodes: bool,
}

/// Where in the text reading stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Lex {
    #[default]
    Between,
    Slash,
    LineComment,
    Comment {
        star: bool,
    },
    Text,
    Backslash,
    /// `\u`: how many digits have come, and what they say.
    Unicode(u8, u16),
}

/// What becomes of the string that is open.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Capture {
    #[default]
    Skip,
    Key,
    /// The title of the course.
    Course,
    /// The title of a node.
    Strong(usize),
    /// The title of a node if there is no better one; smaller is better.
    Weak(usize, u8),
    /// What the object says it is.
    Kind,
}

/// An object or array that is open.
#[derive(Clone, Copy, Debug)]
struct Frame {
    is_object: bool,
    what: What,
    /// The depth of nodes in it.
    depth: usize,
    /// How many nodes there were before it, if it is a list of the course's own.
    list: Option<usize>,
}

#[derive(Clone, Copy, Debug)]
enum What {
    Skip,
    /// The course, and whether it is the value itself.
    Course(bool),
    List {
        word: Option<Word>,
        strings: bool,
        /// Its objects may say what they are.
        flat: bool,
        group: bool,
    },
    Map(Word),
    Node {
        entry: usize,
        word: Option<Word>,
        flat: bool,
    },
}

/// A node that is not told yet.
#[derive(Clone, Debug)]
struct Entry {
    depth: usize,
    is: Is,
    title: String,
    weak: Option<(u8, String)>,
    state: State,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Is {
    Group,
    Lesson,
    /// It says itself that it is one, wherever it stands.
    Module,
    Section,
    Single,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Open,
    Titled,
    /// Titled, but the text broke off in it.
    Broken,
    Dropped,
}

/// Where a node stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    /// It is told, but stands for its parent.
    Course,
    Group(u8),
    Lesson(u32),
    /// It stands already, so what is below it is left out.
    LeftOut,
}

/// What is remembered of one value.
#[derive(Clone, Debug, Default)]
struct Value {
    /// Something was shown or said before it: its title waits for its first node.
    holds_title: bool,
    /// The course title stands, or has come in this value.
    titled: bool,
    /// It has come in this value.
    entitled: bool,
    /// The title that waits.
    title: Option<String>,
    /// The list of the course's own has come.
    counted: bool,
    /// It consists of members such as `week_1`.
    numbered: bool,
    /// Nodes with a title.
    nodes: usize,
    /// Nodes or a title were told.
    told: bool,
    /// Nodes were told.
    told_nodes: bool,
    /// An earlier value gave nodes: what stands already is left out.
    is_later: bool,
}

#[derive(Clone, Debug)]
struct Live {
    marker: Marker,
    title: Inline,
    open: bool,
    hash: u64,
}

impl Live {
    fn new(marker: Marker) -> Self {
        Live {
            marker,
            title: Inline::new(false),
            open: false,
            hash: HASH_START,
        }
    }

    fn feed(&mut self, text: &str, held: &mut Option<String>, out: Out<'_>) {
        let Live {
            marker,
            title,
            open,
            hash,
        } = self;
        title.feed(text, &mut |part| {
            shown(*marker, open, hash, part, held, out)
        });
    }

    /// The title has ended. Gives the hash of what is shown of it, if anything is.
    fn end(self, settles: bool, held: &mut Option<String>, out: Out<'_>) -> Option<u64> {
        let Live {
            marker,
            title,
            mut open,
            mut hash,
        } = self;
        let cut = title.is_cut();
        title.finish(&mut |part| shown(marker, &mut open, &mut hash, part, held, out));
        if open && settles {
            out(Step::Settle { cut });
        }
        open.then_some(hash)
    }
}

/// A part of a title is sure; with the first one its node opens, after the course title that waits
/// for it.
fn shown(
    marker: Marker,
    open: &mut bool,
    hash: &mut u64,
    text: &str,
    held: &mut Option<String>,
    out: Out<'_>,
) {
    if !mem::replace(open, true) {
        if let Some(title) = held.take() {
            let mut live = Live::new(Marker::Title);
            live.feed(&title, &mut None, out);
            live.end(true, &mut None, out);
        }
        out(Step::Open(marker));
    }
    *hash = hashed(*hash, text);
    out(Step::Grow(text));
}

const HASH_START: u64 = 0xCBF2_9CE4_8422_2325;

/// FNV-1a: what comes in pieces has the same hash as the whole.
fn hashed(hash: u64, text: &str) -> u64 {
    text.bytes().fold(hash, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01B3)
    })
}

// Characters.
impl JsonOutline {
    /// A value begins: its bracket has been read. `first`: nothing stands before it. `titled`: the
    /// course title stands.
    pub fn begin(&mut self, bracket: char, first: bool, titled: bool, out: Out<'_>) {
        self.value = Value {
            holds_title: !first || self.had_nodes,
            titled,
            is_later: self.had_nodes,
            ..Value::default()
        };
        (self.lex, self.fence) = (Lex::Between, (' ', 0));
        self.open(bracket, out);
    }

    /// Whether a value has given nodes: everything else is prose then.
    pub fn had_nodes(&self) -> bool {
        self.had_nodes || self.value.told_nodes
    }

    /// The mark of the fence that has ended the last value.
    pub fn take_fence(&mut self) -> Option<char> {
        let (mark, len) = mem::replace(&mut self.fence, (' ', 0));
        (len == 3).then_some(mark)
    }

    /// Whether a value is open.
    pub fn is_open(&self) -> bool {
        !self.stack.is_empty()
    }

    /// Reads on. Gives what follows the value, once it has ended.
    pub fn feed<'a>(&mut self, text: &'a str, out: Out<'_>) -> Option<&'a str> {
        let mut rest = text;
        while let Some(c) = rest.chars().next() {
            if self.lex == Lex::Text {
                let end = memchr::memchr2(b'"', b'\\', rest.as_bytes()).unwrap_or(rest.len());
                if end > 0 {
                    self.text(&rest[..end], out);
                    rest = &rest[end..];
                    continue;
                }
            }
            rest = &rest[c.len_utf8()..];
            match self.lex {
                Lex::Text if c == '"' => self.end_string(out),
                Lex::Text => self.lex = Lex::Backslash,
                Lex::Backslash => self.escape(c, out),
                Lex::Unicode(digits, code) => self.unicode(c, digits, code, out),
                Lex::LineComment => {
                    if c == '\n' || c == '\r' {
                        self.lex = Lex::Between;
                        self.between(c, out);
                    }
                }
                Lex::Comment { star } => {
                    self.lex = match c {
                        '/' if star => Lex::Between,
                        _ => Lex::Comment { star: c == '*' },
                    };
                }
                Lex::Slash if c == '/' => self.lex = Lex::LineComment,
                Lex::Slash if c == '*' => self.lex = Lex::Comment { star: false },
                Lex::Slash | Lex::Between => {
                    self.lex = Lex::Between;
                    self.between(c, out);
                    if self.fence.1 == 3 {
                        let (mark, _) = self.fence;
                        self.finish(true, out);
                        self.fence = (mark, 3);
                    }
                }
            }
            if self.stack.is_empty() {
                return Some(rest);
            }
        }
        None
    }

    /// A character outside strings and comments.
    fn between(&mut self, c: char, out: Out<'_>) {
        self.fence = match c {
            '\n' | '\r' => ('\n', 0),
            ' ' | '\t' if self.fence.0 == '\n' => self.fence,
            '`' | '~' if self.fence.0 == '\n' => (c, 1),
            '`' | '~' if self.fence.0 == c && self.fence.1 > 0 => (c, self.fence.1 + 1),
            _ => (' ', 0),
        };
        match c {
            ' ' | '\t' | '\n' | '\r' | '\u{a0}' | '\u{feff}' => {
                self.word_over = true;
                if self.colon || !self.is_object() {
                    self.end_word();
                }
            }
            '"' => {
                self.end_word();
                self.begin_string(out);
            }
            '{' | '[' => {
                self.end_word();
                self.open(c, out);
            }
            '}' | ']' => {
                self.end_word();
                self.close(c == '}', out);
            }
            ':' if self.is_object() && !self.colon => {
                if !self.word.is_empty() {
                    self.key = mem::take(&mut self.word);
                    self.take_key();
                }
                self.colon = true;
            }
            ',' => {
                self.end_word();
                self.end_member();
            }
            '/' => self.lex = Lex::Slash,
            _ => {
                if mem::take(&mut self.word_over) {
                    self.word.clear();
                }
                if self.word.len() <= KEY_BYTES_MAX {
                    self.word.push(c);
                }
            }
        }
    }

    fn escape(&mut self, c: char, out: Out<'_>) {
        self.lex = Lex::Text;
        match c {
            'u' => self.lex = Lex::Unicode(0, 0),
            'n' | 'r' => self.text(" ", out),
            't' => self.text("\t", out),
            'b' => self.text("\u{8}", out),
            'f' => self.text("\u{c}", out),
            _ => self.text(c.encode_utf8(&mut [0; 4]), out),
        }
    }

    fn unicode(&mut self, c: char, digits: u8, code: u16, out: Out<'_>) {
        let Some(digit) = c.to_digit(16) else {
            // No escape after all: what follows is text, the end of the string too.
            self.lex = Lex::Text;
            self.text("\u{fffd}", out);
            match c {
                '"' => self.end_string(out),
                '\\' => self.lex = Lex::Backslash,
                _ => self.text(c.encode_utf8(&mut [0; 4]), out),
            }
            return;
        };
        let code = (code << 4) | digit as u16;
        if digits < 3 {
            self.lex = Lex::Unicode(digits + 1, code);
            return;
        }
        self.lex = Lex::Text;
        self.unit(code, out);
    }
}

// Strings.
impl JsonOutline {
    /// A code unit of UTF-16 has been escaped.
    fn unit(&mut self, code: u16, out: Out<'_>) {
        match (self.high.take(), code) {
            (Some(high), 0xDC00..=0xDFFF) => {
                let low = u32::from(code) - 0xDC00;
                let code = 0x1_0000 + ((u32::from(high) - 0xD800) << 10) + low;
                let c = char::from_u32(code).unwrap_or('\u{fffd}');
                self.text(c.encode_utf8(&mut [0; 4]), out);
            }
            (before, 0xD800..=0xDBFF) => {
                if before.is_some() {
                    self.text("\u{fffd}", out);
                }
                self.high = Some(code);
            }
            (before, _) => {
                if before.is_some() {
                    self.text("\u{fffd}", out);
                }
                // A title is one line.
                let c = match code {
                    0xA | 0xD => ' ',
                    _ => char::from_u32(u32::from(code)).unwrap_or('\u{fffd}'),
                };
                self.text(c.encode_utf8(&mut [0; 4]), out);
            }
        }
    }

    /// The open string goes on.
    fn text(&mut self, text: &str, out: Out<'_>) {
        if self.capture == Capture::Skip {
            self.high = None;
            return;
        }
        if self.high.take().is_some() {
            self.text("\u{fffd}", out);
        }
        for (at, line) in text.split(['\n', '\r']).enumerate() {
            if at > 0 {
                self.piece(" ", out);
            }
            if !line.is_empty() {
                self.piece(line, out);
            }
        }
    }

    fn piece(&mut self, text: &str, out: Out<'_>) {
        let first = self.first;
        match self.capture {
            Capture::Skip => {}
            Capture::Key => append(&mut self.key, text, KEY_BYTES_MAX),
            Capture::Kind => append(&mut self.kind, text, KEY_BYTES_MAX),
            Capture::Course | Capture::Strong(_) if self.live.is_some() => {
                self.live_text(text, out);
            }
            Capture::Course => {
                if let Some(title) = &mut self.value.title {
                    append(title, text, TITLE_BYTES_MAX);
                }
            }
            Capture::Strong(entry) => {
                if let Some(entry) = entry
                    .checked_sub(first)
                    .and_then(|at| self.queue.get_mut(at))
                {
                    let before = entry.title.len();
                    append(&mut entry.title, text, TITLE_BYTES_MAX);
                    self.waiting += entry.title.len() - before;
                }
            }
            Capture::Weak(entry, _) => {
                if let Some(entry) = entry
                    .checked_sub(first)
                    .and_then(|at| self.queue.get_mut(at))
                    && let Some((_, title)) = &mut entry.weak
                {
                    let before = title.len();
                    append(title, text, TITLE_BYTES_MAX);
                    self.waiting += title.len() - before;
                }
            }
        }
    }

    fn live_text(&mut self, text: &str, out: Out<'_>) {
        let Some(live) = &mut self.live else { return };
        live.feed(text, &mut self.value.title, out);
        if live.open {
            self.value.told = true;
            self.value.told_nodes |= live.marker != Marker::Title;
        }
    }

    fn begin_string(&mut self, out: Out<'_>) {
        self.lex = Lex::Text;
        self.high = None;
        self.capture = self.what_string();
        match self.capture {
            Capture::Key => self.key.clear(),
            Capture::Kind => self.kind.clear(),
            Capture::Course => {
                let waits = self.value.holds_title && !self.value.told_nodes;
                match waits {
                    true => self.value.title = Some(String::new()),
                    false => self.live = Some(Live::new(Marker::Title)),
                }
            }
            Capture::Strong(entry) => self.show_live(entry, out),
            Capture::Weak(..) | Capture::Skip => {}
        }
    }

    /// What the string that begins is for.
    fn what_string(&mut self) -> Capture {
        let Some(&frame) = self.stack.last() else {
            return Capture::Skip;
        };
        if self.over > 0 {
            return Capture::Skip;
        }
        let is_member = frame.is_object && self.colon;
        match frame.what {
            What::Skip => Capture::Skip,
            _ if frame.is_object && !self.colon => Capture::Key,
            What::List {
                strings: true,
                group,
                ..
            } => Capture::Strong(self.enter(frame.depth, group)),
            What::List { .. } => Capture::Skip,
            What::Map(word) => {
                if self.meaning.has_number {
                    return Capture::Strong(self.enter(frame.depth, word.group));
                }
                self.enter_key(frame.depth, word.group);
                Capture::Skip
            }
            What::Course(top) if is_member => self.course_string(frame, top),
            What::Node { entry, word, flat } if is_member => self.node_string(entry, word, flat),
            _ => Capture::Skip,
        }
    }

    /// A string member of the course.
    fn course_string(&mut self, frame: Frame, top: bool) -> Capture {
        if self.meaning.title {
            if let Some(word) = self.meaning.level.filter(|_| top && self.is_fresh()) {
                return Capture::Strong(self.become_node(word));
            }
            self.value.entitled = true;
            if mem::replace(&mut self.value.titled, true) {
                return Capture::Skip;
            }
            return Capture::Course;
        }
        if self.meaning.kind && top {
            return Capture::Kind;
        }
        match self.meaning.numbered.map(|word| word.group) {
            Some(group) if self.takes_numbered() => Capture::Strong(self.enter(frame.depth, group)),
            _ => Capture::Skip,
        }
    }

    /// A string member of a node.
    fn node_string(&mut self, entry: usize, word: Option<Word>, flat: bool) -> Capture {
        if !self.is_untitled(entry) {
            return Capture::Skip;
        }
        if self.meaning.title {
            return Capture::Strong(entry);
        }
        let is_own = |key: Option<Word>| {
            key.is_some_and(|key| word.is_none_or(|word| word.word == key.word))
        };
        let rank = match &self.meaning {
            meaning if meaning.weak => 1,
            meaning if is_own(meaning.own) && word.is_some() => 2,
            meaning if flat && meaning.kind => return Capture::Kind,
            _ => return Capture::Skip,
        };
        match self.offer_weak(entry, rank, String::new()) {
            true => Capture::Weak(entry, rank),
            false => Capture::Skip,
        }
    }

    fn end_string(&mut self, out: Out<'_>) {
        if self.high.take().is_some() {
            self.text("\u{fffd}", out);
        }
        self.lex = Lex::Between;
        self.end_capture(true, out);
        match mem::take(&mut self.capture) {
            Capture::Key => self.take_key(),
            _ => self.end_member(),
        }
    }

    /// The open string has ended, or the text in it.
    fn end_capture(&mut self, whole: bool, out: Out<'_>) {
        match self.capture {
            Capture::Strong(entry) => self.end_title(entry, whole, out),
            Capture::Course => {
                if let Some(live) = self.live.take() {
                    let shown = live.end(whole, &mut None, out).is_some();
                    self.value.told |= shown;
                    self.value.titled = shown;
                }
            }
            Capture::Kind => self.take_kind(),
            Capture::Weak(entry, _) => {
                // Blanks are no title.
                let entry = self.entry(entry);
                if let Some(entry) = entry.filter(|entry| {
                    let weak = entry.weak.as_ref();
                    weak.is_some_and(|(_, title)| title.trim_matches(BLANKS).is_empty())
                }) {
                    entry.weak = None;
                }
            }
            Capture::Key | Capture::Skip => {}
        }
    }

    fn take_key(&mut self) {
        let reads = match self.stack.last().map(|frame| frame.what) {
            None | Some(What::Skip) => false,
            Some(_) => self.over == 0,
        };
        self.meaning = match reads {
            true => json_keys::meaning(&self.key),
            false => Meaning::default(),
        };
    }

    /// The object has said what it is.
    fn take_kind(&mut self) {
        let word = json_keys::kind(&self.kind);
        let Some(&frame) = self.stack.last() else {
            return;
        };
        match (frame.what, word) {
            (What::Course(true), Some(word)) if self.is_fresh() => {
                self.become_node(word);
            }
            (What::Course(true), None) => {
                let is_course = self.kind.trim().eq_ignore_ascii_case("course");
                self.value.holds_title &= !is_course;
            }
            (What::Node { entry, .. }, Some(word)) => {
                if let Some(entry) = self.entry(entry).filter(|entry| entry.state == State::Open) {
                    entry.is = said(word);
                }
            }
            _ => {}
        }
    }

    /// Whether the value has given neither a node nor a title.
    fn is_fresh(&self) -> bool {
        let Value {
            nodes, entitled, ..
        } = self.value;
        nodes == 0 && self.queue.is_empty() && !entitled
    }

    /// The value itself is one node.
    fn become_node(&mut self, word: Word) -> usize {
        let entry = self.enter(0, word.group);
        if let Some(entry) = self.entry(entry) {
            entry.is = said(word);
        }
        if let Some(frame) = self.stack.last_mut() {
            frame.what = What::Node {
                entry,
                word: Some(word),
                flat: false,
            };
            frame.depth = 1;
        }
        // It is no draft of the outline, but a part of it.
        self.value.is_later = false;
        entry
    }

    /// A word without quotes has ended.
    fn end_word(&mut self) {
        self.word_over = false;
        if !self.colon || self.word.is_empty() {
            if !self.is_object() {
                self.word.clear();
            }
            return;
        }
        let number = mem::take(&mut self.word);
        if let Some(&Frame {
            what: What::Node { entry, word, .. },
            ..
        }) = self.stack.last()
            && self.over == 0
            && let Some(of) = self.meaning.number_of
            && word.is_none_or(|word| word.word == of.word)
            && number.starts_with(|c: char| c.is_ascii_digit())
            && self.is_untitled(entry)
        {
            self.offer_weak(entry, 4, numbered(of.word, &number));
        }
        self.end_member();
    }

    fn end_member(&mut self) {
        self.colon = false;
        self.word.clear();
        self.word_over = false;
        self.meaning = Meaning::default();
    }

    fn is_object(&self) -> bool {
        self.over == 0 && self.stack.last().is_some_and(|frame| frame.is_object)
    }
}

// Objects and arrays.
impl JsonOutline {
    fn open(&mut self, bracket: char, out: Out<'_>) {
        if self.stack.len() == DEPTH_MAX {
            self.over += 1;
            return;
        }
        let is_object = bracket == '{';
        let frame = match self.stack.last().copied() {
            None if is_object => self.frame(true, What::Course(true), 0, false),
            None => {
                let list = What::List {
                    word: None,
                    strings: true,
                    flat: true,
                    group: true,
                };
                self.frame(false, list, 0, true)
            }
            Some(parent) if parent.is_object && !self.colon => {
                self.frame(is_object, What::Skip, 0, false)
            }
            Some(parent) => self.child(parent, is_object),
        };
        self.stack.push(frame);
        self.end_member();
        self.limit(out);
    }

    fn frame(&self, is_object: bool, what: What, depth: usize, list: bool) -> Frame {
        Frame {
            is_object,
            what,
            depth,
            list: list.then_some(self.value.nodes),
        }
    }

    /// What an object or array inside another one is.
    fn child(&mut self, parent: Frame, is_object: bool) -> Frame {
        let skip = self.frame(is_object, What::Skip, 0, false);
        let depth = parent.depth;
        match parent.what {
            What::Skip => skip,
            What::Course(_) => self.child_of_course(is_object).unwrap_or(skip),
            What::List {
                word, flat, group, ..
            } if is_object => {
                let entry = self.enter(depth, group);
                self.frame(true, What::Node { entry, word, flat }, depth + 1, false)
            }
            What::List { .. } => skip,
            What::Map(word) => self.member(is_object, depth, word),
            What::Node { .. } => match self.meaning.nodes {
                Some(word) => self.holder(is_object, depth, word, false).unwrap_or(skip),
                None => skip,
            },
        }
    }

    fn child_of_course(&mut self, is_object: bool) -> Option<Frame> {
        let meaning = mem::take(&mut self.meaning);
        if is_object && meaning.wrapper.is_some() {
            return Some(self.frame(true, What::Course(false), 0, false));
        }
        if let Some(word) = meaning.numbered {
            self.meaning = meaning;
            return self
                .takes_numbered()
                .then(|| self.member(is_object, 0, word));
        }
        if self.value.counted {
            return None;
        }
        if let Some(word) = meaning.nodes {
            // Elements under the words that name nothing else say themselves what they are.
            let flat = matches!(word.word, "item" | "node");
            let mut frame = self.holder(is_object, 0, word, true)?;
            if let What::List { flat: own, .. } = &mut frame.what {
                *own = flat;
            }
            return Some(frame);
        }
        let strings = meaning.wrapper?;
        let list = What::List {
            word: None,
            strings,
            flat: true,
            group: true,
        };
        Some(self.frame(false, list, 0, true))
    }

    /// What stands under a word for nodes.
    fn holder(
        &mut self,
        is_object: bool,
        depth: usize,
        word: Word,
        of_course: bool,
    ) -> Option<Frame> {
        if !is_object {
            let list = What::List {
                word: Some(word),
                strings: word.strings,
                flat: false,
                group: word.group,
            };
            return Some(self.frame(false, list, depth, of_course));
        }
        if word.plural {
            return Some(self.frame(true, What::Map(word), depth, of_course));
        }
        // In the singular it is the node itself.
        word.strings.then(|| {
            let entry = self.enter(depth, word.group);
            let node = What::Node {
                entry,
                word: Some(word),
                flat: false,
            };
            self.frame(true, node, depth + 1, of_course)
        })
    }

    /// A member of a map: its key is its title, if there is no better one.
    fn member(&mut self, is_object: bool, depth: usize, word: Word) -> Frame {
        if is_object {
            let entry = self.enter(depth, word.group);
            let key = self.key.clone();
            self.offer_weak(entry, 3, key);
            let node = What::Node {
                entry,
                word: Some(word),
                flat: false,
            };
            return self.frame(true, node, depth + 1, false);
        }
        self.enter_key(depth, word.group);
        let lessons = What::List {
            word: None,
            strings: true,
            flat: false,
            group: false,
        };
        self.frame(false, lessons, depth + 1, false)
    }

    /// Whether a member such as `week_1` is a node of the course.
    fn takes_numbered(&mut self) -> bool {
        if self.value.counted && !self.value.numbered {
            return false;
        }
        (self.value.counted, self.value.numbered) = (true, true);
        true
    }

    /// A closing bracket: everything up to its partner ends.
    fn close(&mut self, is_object: bool, out: Out<'_>) {
        self.end_member();
        if self.over > 0 {
            self.over -= 1;
            return;
        }
        let partner = self
            .stack
            .iter()
            .rposition(|frame| frame.is_object == is_object);
        let Some(partner) = partner else { return };
        while self.stack.len() > partner {
            self.pop(out);
        }
        if self.stack.is_empty() {
            self.end_value(out);
        }
    }

    /// The innermost object or array has ended.
    fn pop(&mut self, out: Out<'_>) {
        let Some(frame) = self.stack.pop() else {
            return;
        };
        if let What::Node { entry, word, .. } = frame.what {
            self.end_node(entry, word);
        }
        if let Some(before) = frame.list {
            self.value.counted |= self.value.nodes > before;
        }
        self.tell(out);
    }

    fn end_value(&mut self, out: Out<'_>) {
        self.tell(out);
        self.had_nodes |= self.value.nodes > 0;
        if !self.value.told {
            out(Step::Prose);
        }
        self.path.clear();
    }

    /// No more text follows: what waits is shown as it stands. `whole`: the open title is, too.
    pub fn finish(&mut self, whole: bool, out: Out<'_>) {
        if self.stack.is_empty() {
            return;
        }
        if matches!(self.lex, Lex::Text | Lex::Backslash | Lex::Unicode(..)) {
            self.high = None;
            self.end_capture(whole, out);
            self.capture = Capture::Skip;
        }
        self.over = 0;
        while !self.stack.is_empty() {
            self.pop(out);
        }
        self.end_value(out);
        (self.lex, self.fence) = (Lex::Between, (' ', 0));
        self.end_member();
    }
}

// Nodes.
impl JsonOutline {
    /// A node begins; what it is called is not known yet.
    fn enter(&mut self, depth: usize, group: bool) -> usize {
        self.queue.push_back(Entry {
            depth,
            is: if group { Is::Group } else { Is::Lesson },
            title: String::new(),
            weak: None,
            state: State::Open,
        });
        self.first + self.queue.len() - 1
    }

    /// A node whose title is its key.
    fn enter_key(&mut self, depth: usize, group: bool) {
        let entry = self.enter(depth, group);
        let key = mem::take(&mut self.key);
        let titled = !key.trim_matches(BLANKS).is_empty();
        self.value.nodes += usize::from(titled);
        self.waiting += key.len();
        if let Some(entry) = self.entry(entry) {
            entry.state = if titled {
                State::Titled
            } else {
                State::Dropped
            };
            entry.title = key;
        }
    }

    fn entry(&mut self, entry: usize) -> Option<&mut Entry> {
        self.queue.get_mut(entry.checked_sub(self.first)?)
    }

    fn is_untitled(&mut self, entry: usize) -> bool {
        self.entry(entry)
            .is_some_and(|entry| entry.state == State::Open)
    }

    /// A title for a node that may have none. Returns true if it is the best so far.
    fn offer_weak(&mut self, entry: usize, rank: u8, title: String) -> bool {
        let len = title.len();
        let Some(entry) = self.entry(entry) else {
            return false;
        };
        if entry.weak.as_ref().is_some_and(|&(best, _)| best <= rank) {
            return false;
        }
        let before = entry.weak.replace((rank, title));
        self.waiting -= before.map_or(0, |(_, title)| title.len()).min(self.waiting);
        self.waiting += len;
        true
    }

    /// A node's string for a title has begun: shows it as it comes, if nothing stands before it
    /// that waits.
    fn show_live(&mut self, entry: usize, out: Out<'_>) {
        self.tell(out);
        let Some(front) = self.queue.front().filter(|_| entry == self.first) else {
            return;
        };
        let place = self.place(front);
        let waits = place == Place::LeftOut || (self.value.is_later && front.depth == 0);
        if let Some(marker) = marker(place).filter(|_| !waits) {
            self.live = Some(Live::new(marker));
        }
    }

    /// The string of a title has ended.
    fn end_title(&mut self, entry: usize, whole: bool, out: Out<'_>) {
        if let Some(live) = self.live.take() {
            let hash = live.end(whole, &mut self.value.title, out);
            if let Some(hash) = hash
                && let Some(front) = self.queue.pop_front()
            {
                (self.value.told, self.value.told_nodes) = (true, true);
                self.value.nodes += 1;
                self.leave(&front);
                let place = self.place(&front);
                self.stands(front.depth, place, Some(hash));
            }
        } else if let Some(entry) = self.entry(entry)
            && !entry.title.trim_matches(BLANKS).is_empty()
        {
            entry.state = if whole { State::Titled } else { State::Broken };
            self.value.nodes += 1;
        }
        let of_member = !matches!(
            self.stack.last().map(|frame| frame.what),
            Some(What::Node { .. })
        );
        if of_member
            && let Some(entry) = self.entry(entry).filter(|entry| entry.state == State::Open)
        {
            // A string is a node of its own: no other title comes.
            entry.state = State::Dropped;
        }
        self.tell(out);
    }

    /// An object that is a node has ended.
    fn end_node(&mut self, entry: usize, word: Option<Word>) {
        let Some(entry) = self.entry(entry).filter(|entry| entry.state == State::Open) else {
            return;
        };
        decide(entry, word);
        self.value.nodes += usize::from(entry.state == State::Titled);
    }

    /// Tells all nodes that nothing before them holds back.
    fn tell(&mut self, out: Out<'_>) {
        if self.live.is_some() {
            return;
        }
        while let Some(front) = self.queue.front() {
            if front.state == State::Open {
                return;
            }
            let Some(front) = self.queue.pop_front() else {
                return;
            };
            self.leave(&front);
            let place = match front.state {
                State::Dropped => None,
                _ => Some(self.place(&front)),
            };
            match place.map(|place| (place, marker(place))) {
                Some((place, Some(marker))) => {
                    let unique = self.value.is_later && front.depth == 0;
                    if unique && self.titles.contains(&hash_of(&front.title)) {
                        self.stands(front.depth, Place::LeftOut, None);
                        continue;
                    }
                    let mut live = Live::new(marker);
                    live.feed(&front.title, &mut self.value.title, out);
                    let settles = front.state == State::Titled;
                    let hash = live.end(settles, &mut self.value.title, out);
                    self.value.told |= hash.is_some();
                    self.value.told_nodes |= hash.is_some();
                    let place = match hash {
                        Some(_) => place,
                        None => self.above(front.depth),
                    };
                    self.stands(front.depth, place, hash);
                }
                Some((place, None)) => self.stands(front.depth, place, None),
                None => {
                    let above = self.above(front.depth);
                    self.stands(front.depth, above, None);
                }
            }
        }
    }

    /// A node no longer waits.
    fn leave(&mut self, entry: &Entry) {
        self.first += 1;
        let weak = entry.weak.as_ref().map_or(0, |(_, title)| title.len());
        let bytes = entry.title.len() + weak;
        self.waiting = self.waiting.saturating_sub(bytes);
    }

    /// The last node of a depth stands here.
    fn stands(&mut self, depth: usize, place: Place, hash: Option<u64>) {
        self.path.truncate(depth);
        self.path.push(place);
        if let Some(hash) = hash.filter(|_| depth == 0) {
            self.titles.insert(hash);
        }
    }

    /// Where the node above one of this depth stands.
    fn above(&self, depth: usize) -> Place {
        match depth.checked_sub(1) {
            None => Place::Course,
            Some(above) => self.path.get(above).copied().unwrap_or(Place::Course),
        }
    }

    fn place(&self, entry: &Entry) -> Place {
        match (self.above(entry.depth), entry.is) {
            (Place::LeftOut, _) => Place::LeftOut,
            (_, Is::Module) => Place::Group(2),
            (_, Is::Section) => Place::Group(3),
            (_, Is::Single) => Place::Lesson(0),
            (Place::Lesson(column), _) => Place::Lesson(column + NESTED),
            (Place::Course, Is::Group) => Place::Group(2),
            (Place::Group(level), Is::Group) => Place::Group((level + 1).min(LEVEL_MAX)),
            (_, Is::Lesson) => Place::Lesson(0),
        }
    }

    /// Too much waits: titles are made from what there is.
    fn limit(&mut self, out: Out<'_>) {
        if self.queue.len() <= WAITING_MAX && self.waiting <= WAITING_BYTES_MAX {
            return;
        }
        let mut nodes = 0;
        for entry in self
            .queue
            .iter_mut()
            .filter(|entry| entry.state == State::Open)
        {
            decide(entry, None);
            nodes += usize::from(entry.state == State::Titled);
        }
        self.value.nodes += nodes;
        self.tell(out);
    }
}

/// An object says that it is one of these.
fn said(word: Word) -> Is {
    match (word.group, word.word) {
        (false, _) => Is::Single,
        (true, "section" | "subsection") => Is::Section,
        (true, _) => Is::Module,
    }
}

/// A node without a title of its own takes the next best one, or is left out.
fn decide(entry: &mut Entry, word: Option<Word>) {
    entry.state = State::Dropped;
    if let Some((_, title)) = entry.weak.take() {
        let only_digits = title.bytes().all(|byte| byte.is_ascii_digit());
        entry.title = match word {
            Some(word) if only_digits && word.group => numbered(word.word, &title),
            _ => title,
        };
        entry.state = State::Titled;
    }
}

/// `Week 2`.
fn numbered(word: &str, number: &str) -> String {
    let (first, rest) = word.split_at(1);
    [&first.to_ascii_uppercase(), rest, " ", number].concat()
}

fn marker(place: Place) -> Option<Marker> {
    match place {
        Place::Course | Place::LeftOut => None,
        Place::Group(level) => Some(Marker::Heading(level)),
        Place::Lesson(column) => Some(Marker::Item(column)),
    }
}

fn hash_of(title: &str) -> u64 {
    let mut live = Live::new(Marker::Title);
    live.feed(title, &mut None, &mut |_| {});
    live.end(true, &mut None, &mut |_| {}).unwrap_or_default()
}

/// Takes up more of a text, up to a little over the limit, so that it is seen to be over it.
fn append(text: &mut String, more: &str, max: usize) {
    let room = (max + 4).saturating_sub(text.len()).min(more.len());
    let end = (0..=room).rev().find(|&at| more.is_char_boundary(at));
    text.push_str(&more[..end.unwrap_or(0)]);
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use crate::outline::markdown::Grammar;
    use crate::outline::tree::Tree;

    /// The outline of a text that comes char by char: a letter for each kind, and its depth.
    fn read(text: &str) -> String {
        let (mut tree, mut grammar) = (Tree::default(), Grammar::default());
        for c in text.chars() {
            grammar.feed(c.encode_utf8(&mut [0; 4]), &mut |step| tree.apply(step));
        }
        grammar.finish(&mut |step| tree.apply(step));
        tree.verify().unwrap();
        let mut parts = vec![tree.title().to_owned()];
        for (_, node) in tree.walk() {
            let kind = &node.kind.name()[..1];
            parts.push(format!("{kind}{} {}", node.depth, node.title));
        }
        parts.join(" | ")
    }

    #[test]
    fn lists_and_maps_of_every_kind() {
        for (text, outline) in [
            (
                r#"[{"title":"a","topics":["x"]},{"name":"b"}]"#,
                " | m1 a | l2 x | m1 b",
            ),
            (
                r#"{"chapters":{"One":{"lessons":["x"]},"Two":["y"],"Three":"about"}}"#,
                " | m1 One | l2 x | m1 Two | l2 y | m1 Three",
            ),
            (
                r#"{"Week 1":"a","week_2":["x"],"Day 3":{"title":"c"}}"#,
                " | m1 a | m1 week_2 | l2 x | m1 c",
            ),
            (
                r#"{"weeks":[{"week":"Week 1: Clay"},{"week":"2"},{"week_number":3}]}"#,
                " | m1 Week 1: Clay | m1 Week 2 | m1 Week 3",
            ),
            (
                r#"{"title":"T","modules":[{"title":"a","sections":[{"title":"b","lessons":["x"]}]}]}"#,
                "T | m1 a | s2 b | l3 x",
            ),
            (
                r#"{"lessons":["x",{"title":"y","steps":[{"title":"z"}]}]}"#,
                " | l1 x | l1 y | l2 z",
            ),
            (
                r#"{"modules":[{"lessons":["x"]},{"title":" ","name":"b"}]}"#,
                " | l1 x | m1 b",
            ),
            (
                r#"{"data":{"course":{"title":"T","outline":["a","b"]}}}"#,
                "T | m1 a | m1 b",
            ),
            (r#"{"skills":["a"],"tags":["b"],"steps":["c"]}"#, ""),
            (
                r#"{"outline":[{"type":"module","title":"a"},{"type":"lesson","title":"x"}]}"#,
                " | m1 a | l2 x",
            ),
        ] {
            assert_eq!(read(text), outline, "{text}");
        }
    }

    #[test]
    fn one_list_counts_at_the_courses_own_level() {
        let text =
            r#"{"toc":["no"],"table_of_contents":[{"title":"a"}],"modules":[{"title":"no"}]}"#;
        assert_eq!(read(text), " | m1 a");
        assert_eq!(
            read(r#"{"chapters":[],"topics":["a"],"lessons":["no"]}"#),
            " | l1 a"
        );
    }

    #[test]
    fn objects_that_say_what_they_are_stand_flat() {
        let text = concat!(
            "{\"type\":\"course\",\"title\":\"T\"}\n{\"type\":\"module\",\"title\":\"a\"}\n",
            "{\"lesson_title\":\"x\"}\n{\"module_title\":\"a\",\"lessons\":[\"y\"]}\n- no\n"
        );
        assert_eq!(read(text), "T | m1 a | l2 x | m1 a | l2 y");
    }

    #[test]
    fn a_later_value_adds_what_does_not_stand() {
        let text = concat!(
            "{\"name\":\"T\",\"chapters\":[{\"name\":\"a\",\"lessons\":[\"x\"]}]}\n",
            "{\"name\":\"U\",\"chapters\":[{\"name\":\"a\",\"lessons\":[\"no\"]},{\"lessons\":[\"y\"],\"name\":\"b\"}]}"
        );
        assert_eq!(read(text), "T | m1 a | l2 x | m1 b | l2 y");
    }

    #[test]
    fn what_is_broken_is_read_as_far_as_it_goes() {
        for (text, outline) in [
            (
                r#"{"title":"T","modules":[{"title":"a","lessons":["x"}],"title":"no"}"#,
                "T | m1 a | l2 x",
            ),
            (r#"{"modules":[{"lessons":["x","y"#, " | l1 x | l1 y"),
            (
                r#"{"modules":[{"topic":"a","lessons":["x"#,
                " | m1 a | l2 x",
            ),
            (
                r#"{"title":"a\u12","modules":["b\ud83d"]}"#,
                "a\u{fffd} | m1 b\u{fffd}",
            ),
            ("{\"modules\":[\"a\nb\"]}", " | m1 a b"),
            (
                r#"{"modules" : [ "a" "b", ... , true, 3 ] /* x" */ }"#,
                " | m1 a | m1 b",
            ),
        ] {
            assert_eq!(read(text), outline, "{text}");
        }
    }

    #[test]
    fn limits_are_kept() {
        let deep = format!("{{\"modules\":{}\"x\"", "[{\"sections\":".repeat(200));
        assert_eq!(read(&deep), "");
        let many = "{\"title\":\"x\"},".repeat(super::WAITING_MAX + 10);
        let text = format!(
            "{{\"modules\":[{{\"label\":\"w\",\"lessons\":[{many}],\"title\":\"late\"}}]}}"
        );
        let outline = read(&text);
        assert!(outline.starts_with(" | m1 w | l2 x"), "{}", &outline[..40]);
        assert!(!outline.contains("late"));
        let long = "x".repeat(3 * super::TITLE_BYTES_MAX);
        let outline = read(&format!("{{\"{long}\":1,\"modules\":[\"{long}\"]}}"));
        assert_eq!(outline.len(), " | m1 ".len() + super::TITLE_BYTES_MAX);
    }
}
