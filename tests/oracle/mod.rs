//! The slow and plain side of the laws: reads a whole text at once, line by line, looking ahead and
//! back as far as it likes. It knows the rules of the outline and nothing of streams.

// Each test binary uses a part of this.
#![allow(dead_code)]

pub mod check;
pub mod mirror;

use live_outline::outline::title::TITLE_BYTES_MAX;
use live_outline::outline::tree::{DEPTH_MAX, Kind, Tree};

const BLANKS: [char; 2] = [' ', '\t'];

/// A line that opens a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Opener {
    /// A heading of this level.
    Heading(usize),
    /// A list item whose marker stands at this column.
    Item(usize),
}

/// A node as the oracle reads it.
#[derive(Clone, Debug)]
pub struct Read {
    pub opener: Opener,
    pub title: String,
    pub cut: bool,
}

/// The nodes of a text in order, and how many of its lines are prose.
pub fn nodes(text: &str) -> (Vec<Read>, usize) {
    let mut nodes = Vec::new();
    let mut prose = 0;
    let mut fences = Fences::default();
    for line in text.split(['\n', '\r']) {
        let rest = line.trim_start_matches(BLANKS);
        if rest.is_empty() {
            continue;
        }
        let indent = columns(&line[..line.len() - rest.len()]);
        match fences
            .reads(rest, indent, nodes.is_empty())
            .then(|| node(rest, indent))
            .flatten()
        {
            Some(node) => nodes.push(node),
            None => prose += 1,
        }
    }
    (nodes, prose)
}

/// The columns that blanks take, a tab going on to the next multiple of four.
fn columns(blanks: &str) -> usize {
    blanks.chars().fold(0, |column, c| {
        if c == '\t' {
            column / 4 * 4 + 4
        } else {
            column + 1
        }
    })
}

/// The fences that are open: mark and length.
#[derive(Default)]
struct Fences {
    transparent: Option<(char, usize)>,
    code: Option<(char, usize)>,
}

impl Fences {
    /// Whether this line may open a node: it is no fence and stands in no code.
    fn reads(&mut self, rest: &str, indent: usize, nothing_shown: bool) -> bool {
        let mark = rest.chars().next().unwrap_or_default();
        if mark != '`' && mark != '~' {
            return self.code.is_none();
        }
        let info = rest.trim_start_matches(mark);
        let len = rest.len() - info.len();
        if len < 3 || (mark == '`' && info.contains('`')) {
            return false;
        }
        let info = info.trim_start_matches(BLANKS);
        let closes = |open: Option<(char, usize)>| {
            open.is_some_and(|(own, least)| own == mark && len >= least && info.is_empty())
        };
        let language = info.split([' ', '\t', '{', ',']).next().unwrap_or_default();
        let language = language.to_ascii_lowercase();
        let markdown = language == "markdown" || language == "md";
        if self.code.is_some() {
            if closes(self.code) {
                self.code = None;
            }
        } else if closes(self.transparent) {
            self.transparent = None;
        } else if self.transparent.is_none()
            && indent <= 3
            && (markdown || (info.is_empty() && nothing_shown))
        {
            self.transparent = Some((mark, len));
        } else {
            self.code = Some((mark, len));
        }
        false
    }
}

/// The node that a line opens, without its indentation.
fn node(rest: &str, indent: usize) -> Option<Read> {
    let hashes = rest.len() - rest.trim_start_matches('#').len();
    if (2..=6).contains(&hashes) && indent <= 3 {
        // These need no blank.
        let raw = &rest[hashes..];
        let raw = raw.strip_prefix([' ', '\t', '\u{a0}']).unwrap_or(raw);
        let (title, cut) = title(raw, true);
        let opener = Opener::Heading(hashes);
        return (!title.is_empty()).then_some(Read { opener, title, cut });
    }
    let (marker, raw) = rest.split_at(rest.find(BLANKS)?);
    // The blank after the marker belongs to it.
    let raw = &raw[1..];
    let digits = marker.trim_end_matches(['.', ')']);
    let opener = if marker == "#" && indent <= 3 {
        Opener::Heading(1)
    } else if ["-", "*", "+", "•"].contains(&marker)
        || (marker.len() == digits.len() + 1
            && (1..=9).contains(&digits.len())
            && digits.chars().all(|c| c.is_ascii_digit()))
    {
        Opener::Item(indent)
    } else {
        return None;
    };
    let mut raw = raw;
    if marker != "#" {
        raw = raw.trim_start_matches(BLANKS);
    }
    if let "-" | "*" = marker {
        let only_marks = raw
            .chars()
            .all(|c| BLANKS.contains(&c) || marker.contains(c));
        if only_marks {
            return None;
        }
    }
    let (title, cut) = title(raw, matches!(opener, Opener::Heading(_)));
    (!title.is_empty()).then_some(Read { opener, title, cut })
}

/// The text shown for a raw title, and whether it was too long.
pub fn title(raw: &str, heading: bool) -> (String, bool) {
    let mut end = raw.len().min(TITLE_BYTES_MAX);
    while !raw.is_char_boundary(end) {
        end -= 1;
    }
    let (mut kept, over) = raw.split_at(end);
    // What follows decides whether the last `#`s close, even if it is not shown.
    if heading && !over.starts_with(|c: char| !BLANKS.contains(&c) && c != '#') {
        let trimmed = kept.trim_end_matches(BLANKS);
        let before = trimmed.trim_end_matches('#');
        if before.is_empty() || before.ends_with(BLANKS) {
            kept = before;
        }
    }
    (
        inline(kept).trim_matches(BLANKS).to_owned(),
        !over.is_empty(),
    )
}

/// What is left of a title without its markup.
fn inline(raw: &str) -> String {
    let raw: Vec<char> = raw.chars().collect();
    let mut dropped = vec![false; raw.len()];
    // Runs of stars: where, how long, may open, may close.
    let mut stars: Vec<(usize, usize, bool, bool)> = Vec::new();
    // Where a `[` stands, whether a `!` makes it an image, and whether it may begin a link.
    let mut brackets: Vec<(usize, bool, bool)> = Vec::new();
    let mut at = 0;
    while at < raw.len() {
        let len = run(&raw, at);
        match raw[at] {
            '\\' => {
                dropped[at] = raw.get(at + 1).is_some_and(char::is_ascii_punctuation);
                at += 1 + usize::from(dropped[at]);
            }
            '`' => match closing_backticks(&raw, at + len, len) {
                Some(close) => {
                    dropped[at..at + len].fill(true);
                    dropped[close..close + len].fill(true);
                    at = close + len;
                }
                None => at += len,
            },
            '[' => {
                let before = at.checked_sub(1).map(|before| raw[before]);
                let image =
                    before == Some('!') && (at < 2 || !dropped[at - 2] || raw[at - 2] != '\\');
                let may = image || !before.is_some_and(is_letter);
                brackets.push((at, image, may));
                at += 1;
            }
            ']' => {
                let opener = brackets.pop().filter(|&(_, _, may)| may);
                let end = address(&raw[at + 1..]).map(|len| at + 1 + len);
                if let (Some(end), Some((opener, image, _))) = (end, opener) {
                    dropped[opener - usize::from(image)..=opener].fill(true);
                    dropped[at..end].fill(true);
                    at = end;
                } else {
                    at += 1;
                }
            }
            '*' => {
                let before = at.checked_sub(1).map(|before| raw[before]);
                let after = raw.get(at + len).copied();
                let inside = |c: Option<char>| c.is_some_and(|c| !c.is_whitespace());
                stars.push((
                    at,
                    len,
                    len <= 3 && inside(after) && !before.is_some_and(is_word),
                    len <= 3 && inside(before) && !after.is_some_and(is_word),
                ));
                at += len;
            }
            _ => at += 1,
        }
    }
    let mut waiting: Vec<(usize, usize)> = Vec::new();
    for (at, len, opens, closes) in stars {
        if closes && let Some(partner) = waiting.iter().rposition(|opener| opener.1 == len) {
            dropped[at..at + len].fill(true);
            dropped[waiting[partner].0..waiting[partner].0 + len].fill(true);
            waiting.truncate(partner);
        } else if opens {
            waiting.push((at, len));
        }
    }
    let shown = raw.iter().zip(dropped).filter(|(_, dropped)| !dropped);
    shown.map(|(c, _)| c).collect()
}

/// The length of the address in parentheses that the text begins with, if it is one.
fn address(raw: &[char]) -> Option<usize> {
    if raw.first() != Some(&'(') {
        return None;
    }
    let blank = |c: &char| BLANKS.contains(c);
    let mut at = 1 + raw[1..].iter().take_while(|c| blank(c)).count();
    let from = at;
    let mut open = 0;
    while let Some(&c) = raw.get(at).filter(|c| !blank(c)) {
        match c {
            '(' => open += 1,
            ')' if open == 0 => break,
            ')' => open -= 1,
            _ => {}
        }
        at += 1;
    }
    let address = &raw[from..at];
    let behind = raw[at..].iter().take_while(|c| blank(c)).count();
    at += behind;
    if let Some(quote) = raw.get(at).filter(|c| behind > 0 && "\"'".contains(**c)) {
        at += 1 + raw[at + 1..].iter().position(|c| c == quote)? + 1;
        at += raw[at..].iter().take_while(|c| blank(c)).count();
    }
    // With a parenthesis open, blanks make it none.
    let ends = raw.get(at) == Some(&')') && (open == 0 || behind == 0);
    let is_address = address.is_empty() || address.iter().any(|c| "./#:".contains(*c));
    (ends && is_address).then_some(at + 1)
}

fn is_letter(c: char) -> bool {
    c.is_alphanumeric() || (is_word(c) && c != '_')
}

/// How many characters from `at` on are the same.
fn run(raw: &[char], at: usize) -> usize {
    raw[at..].iter().take_while(|&&c| c == raw[at]).count()
}

/// The next run of exactly `len` backticks.
fn closing_backticks(raw: &[char], mut at: usize, len: usize) -> Option<usize> {
    while at < raw.len() {
        let here = run(raw, at);
        if raw[at] == '`' && here == len {
            return Some(at);
        }
        at += here;
    }
    None
}

fn is_word(c: char) -> bool {
    let is_mark = ('\u{300}'..='\u{36F}').contains(&c);
    c == '_' || is_mark || (c < '\u{2E80}' && c.is_alphanumeric())
}

/// One line a node, with all that can be told from the text alone; the course first.
pub fn picture(text: &str) -> String {
    let (nodes, _) = nodes(text);
    let mut course: Option<&Read> = None;
    let mut below = String::new();
    // Of the nodes below the course: opener, depth, place of the parent in this list.
    let mut tree: Vec<(Opener, u32, Option<usize>)> = Vec::new();
    // Where the headings count from: after the course title.
    let mut from = 0;
    let mut modules = 0;
    for node in &nodes {
        if node.opener == Opener::Heading(1) && modules == 0 && course.is_none() {
            course = Some(node);
            from = tree.len();
            continue;
        }
        let heading = |level: usize| {
            (from..tree.len()).rev().find(|&i| match tree[i].0 {
                Opener::Heading(above) => above < level,
                Opener::Item(_) => false,
            })
        };
        let (kind, mut parent) = match node.opener {
            Opener::Heading(level @ (1 | 2)) => match heading(level) {
                None => (Kind::Module, None),
                part => (Kind::Section, part),
            },
            Opener::Heading(level) => (Kind::Section, heading(level)),
            Opener::Item(column) => (
                Kind::Lesson,
                item_above(&tree[from..], column)
                    .map(|i| i + from)
                    .or_else(|| heading(usize::MAX)),
            ),
        };
        modules += usize::from(kind == Kind::Module);
        while let Some(at) = parent.filter(|&at| tree[at].1 >= DEPTH_MAX) {
            parent = tree[at].2;
        }
        let depth = parent.map_or(0, |at| tree[at].1) + 1;
        tree.push((node.opener, depth, parent));
        below.push_str(&line(kind, &node.title, node.cut, depth));
    }
    let (title, cut) = course.map_or(("", false), |course| (&course.title, course.cut));
    line(Kind::Course, title, cut, 0) + &below
}

/// The item that one at `column` is indented below: every item between them is, too.
fn item_above(before: &[(Opener, u32, Option<usize>)], column: usize) -> Option<usize> {
    let mut least = column;
    for (i, (opener, ..)) in before.iter().enumerate().rev() {
        let Opener::Item(above) = *opener else {
            return None;
        };
        if above + 2 <= least {
            return Some(i);
        }
        least = least.min(above);
    }
    None
}

/// The outline in the words of [`picture`].
pub fn picture_of(outline: &Tree) -> String {
    let root = outline.root();
    let mut text = line(Kind::Course, &root.title, root.cut, 0);
    for (_, node) in outline.walk() {
        text.push_str(&line(node.kind, &node.title, node.cut, node.depth));
    }
    text
}

/// The outline with keys, places and what is settled.
pub fn full_picture_of(outline: &Tree) -> String {
    let root = outline.root();
    let mut text = mirror::line(0, 0, Kind::Course, &root.title, root.settled, root.cut, 0);
    for (at, node) in outline.walk() {
        text.push_str(&mirror::line(
            at.as_usize(),
            node.key.0,
            node.kind,
            &node.title,
            node.settled,
            node.cut,
            node.depth,
        ));
    }
    text
}

fn line(kind: Kind, title: &str, cut: bool, depth: u32) -> String {
    let cut = if cut { " (cut)" } else { "" };
    format!("{depth} {} {title:?}{cut}\n", kind.name())
}
