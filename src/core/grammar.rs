//! Markdown text in any cut → "a node opens", "its title grows", "it settles". Holds back what is
//! undecided; never emits anything it may have to take back, and never knows where in the outline a
//! node will stand.

use std::mem;

use crate::core::inline::{Inline, TITLE_BYTES_MAX};

/// Columns a tab advances to a multiple of.
const TAB: u32 = 4;
/// The most digits of an ordered list marker (CommonMark 5.2).
const DIGITS_MAX: usize = 9;
/// The most columns a heading or a fence marked `markdown` may be indented (CommonMark 4.2).
const INDENT_MAX: u32 = 3;
/// As much of the text after a fence as is needed to know its language, in bytes.
const INFO_BYTES_MAX: usize = 16;

/// What opens a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Marker {
    /// `#` to `######`: its level, 1 to 6.
    Heading(u8),
    /// A list item: the column of its marker, from 0.
    Item(u32),
}

/// One step of reading an outline.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step<'a> {
    /// A node opens; its title follows.
    Open(Marker),
    /// The open node's title goes on.
    Grow(&'a str),
    /// The open node's line has ended. `cut`: its title was longer than
    /// [`TITLE_BYTES_MAX`] and is not shown whole.
    Settle {
        /// The rest of the title is not shown.
        cut: bool,
    },
    /// A line that is no node has ended: prose, a table row, a rule, HTML, a line of code.
    Prose,
}

/// Where steps go. Not generic: one copy of the reading code serves all callers.
pub type Out<'a> = &'a mut dyn FnMut(Step<'_>);

/// Reads Markdown as an outline.
#[derive(Clone, Debug, Default)]
pub struct Grammar {
    line: Line,
    /// The fence around what is read, marked `markdown`, or bare at the start of the stream.
    outer: Option<Fence>,
    /// The fence of a code block, in which nothing is read.
    inner: Option<Fence>,
    /// A line with something in it has ended.
    started: bool,
}

/// A fence: its character and how many of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Fence {
    mark: char,
    len: u32,
}

/// Where in a line reading stands.
#[derive(Clone, Debug)]
enum Line {
    /// Only blanks so far, up to this column.
    Indent(u32),
    /// `#`s, which a blank makes a heading.
    Hashes(u8),
    /// Digits at this column, which `. ` or `) ` make a list item.
    Digits { indent: u32, len: usize },
    /// A list marker at this column, which a blank completes.
    Marker { indent: u32, mark: char },
    /// A marker `-` or `*` and then only more of the same and blanks: a rule, or the start of a
    /// title.
    Rule {
        indent: u32,
        mark: char,
        title: String,
    },
    /// A title, not yet open because nothing of it is decided; or open.
    Title {
        marker: Marker,
        title: Inline,
        open: bool,
    },
    /// A run of backticks or tildes, and what follows it.
    Fence {
        fence: Fence,
        indent: u32,
        info: String,
        closing: bool,
        valid: bool,
    },
    /// Anything else, to its end.
    Prose,
}

impl Default for Line {
    fn default() -> Self {
        Line::Indent(0)
    }
}

impl Grammar {
    /// Reads the next piece of text; the steps it decides go to `out`, in order.
    pub fn feed(&mut self, text: &str, out: Out<'_>) {
        let mut rest = text;
        while let Some(next) = rest.chars().next() {
            if next == '\n' || next == '\r' {
                self.end_line(out);
                rest = &rest[1..];
                continue;
            }
            // Titles and prose go in runs, everything else char by char.
            match &mut self.line {
                Line::Title {
                    marker,
                    title,
                    open,
                } => {
                    let end = memchr::memchr2(b'\n', b'\r', rest.as_bytes()).unwrap_or(rest.len());
                    title.feed(&rest[..end], &mut |text| grow(*marker, open, text, out));
                    rest = &rest[end..];
                }
                Line::Prose => {
                    rest = &rest
                        [memchr::memchr2(b'\n', b'\r', rest.as_bytes()).unwrap_or(rest.len())..];
                }
                _ => {
                    self.step(next, out);
                    rest = &rest[next.len_utf8()..];
                }
            }
        }
    }

    /// A node with a whole title that does not come as text: as if its line stood here, outside any
    /// fence.
    pub fn node(&mut self, marker: Marker, title: &str, out: Out<'_>) {
        self.end_open_line(out);
        let mut inline = Inline::new(matches!(marker, Marker::Heading(_)));
        let mut open = false;
        for part in title.split(['\n', '\r']) {
            inline.feed(part, &mut |text| grow(marker, &mut open, text, out));
            inline.feed(" ", &mut |text| grow(marker, &mut open, text, out));
        }
        end_title(marker, inline, open, out);
    }

    /// The text is complete: the last line ends.
    pub fn finish(&mut self, out: Out<'_>) {
        self.end_open_line(out);
    }

    /// The text has broken off: what is held of the last title is shown, but the title does not
    /// settle.
    pub fn break_off(&mut self, out: Out<'_>) {
        if let Line::Title {
            marker,
            title,
            mut open,
        } = mem::replace(&mut self.line, Line::Prose)
        {
            title.finish(&mut |text| grow(marker, &mut open, text, out));
        }
    }

    /// The node of the title that is being written stands already.
    pub fn set_open(&mut self) {
        if let Line::Title { open, .. } = &mut self.line {
            *open = true;
        }
    }

    fn end_open_line(&mut self, out: Out<'_>) {
        if !matches!(self.line, Line::Indent(_)) {
            self.end_line(out);
        }
        self.line = Line::default();
    }

    /// One character of a line that is neither title nor prose yet.
    fn step(&mut self, c: char, out: Out<'_>) {
        let blank = c == ' ' || c == '\t';
        let next = match mem::replace(&mut self.line, Line::Prose) {
            Line::Indent(column) if c == ' ' => Line::Indent(column.saturating_add(1)),
            Line::Indent(column) if c == '\t' => {
                Line::Indent((column / TAB).saturating_add(1).saturating_mul(TAB))
            }
            Line::Indent(indent) => self.first(c, indent),
            Line::Hashes(level) if c == '#' && level < 6 => Line::Hashes(level + 1),
            Line::Hashes(level) if blank => title(Marker::Heading(level)),
            Line::Digits { indent, len } if c.is_ascii_digit() && len < DIGITS_MAX => {
                Line::Digits {
                    indent,
                    len: len + 1,
                }
            }
            Line::Digits { indent, .. } if c == '.' || c == ')' => Line::Marker { indent, mark: c },
            Line::Marker {
                indent,
                mark: mark @ ('-' | '*'),
            } if blank => Line::Rule {
                indent,
                mark,
                title: String::new(),
            },
            Line::Marker { indent, .. } if blank => title(Marker::Item(indent)),
            Line::Rule {
                indent,
                mark,
                title,
            } if blank || c == mark => {
                // What is over the limit could not be shown anyway.
                let mut title = title;
                if title.len() < TITLE_BYTES_MAX && !(title.is_empty() && blank) {
                    title.push(c);
                }
                Line::Rule {
                    indent,
                    mark,
                    title,
                }
            }
            Line::Rule {
                indent,
                title: held,
                ..
            } => {
                let marker = Marker::Item(indent);
                let (mut title, mut open) = (Inline::new(false), false);
                for text in [&*held, c.encode_utf8(&mut [0; 4])] {
                    title.feed(text, &mut |text| grow(marker, &mut open, text, out));
                }
                Line::Title {
                    marker,
                    title,
                    open,
                }
            }
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
            _ => Line::Prose,
        };
        self.line = next;
    }

    /// The first character of a line that is no blank.
    fn first(&self, c: char, indent: u32) -> Line {
        if c == '`' || c == '~' {
            return Line::Fence {
                fence: Fence { mark: c, len: 1 },
                indent,
                info: String::new(),
                closing: true,
                valid: true,
            };
        }
        if self.inner.is_some() {
            return Line::Prose;
        }
        match c {
            '#' if indent <= INDENT_MAX => Line::Hashes(1),
            '0'..='9' => Line::Digits { indent, len: 1 },
            '-' | '*' | '+' | '•' => Line::Marker { indent, mark: c },
            _ => Line::Prose,
        }
    }

    fn end_line(&mut self, out: Out<'_>) {
        match mem::take(&mut self.line) {
            Line::Indent(_) => return,
            Line::Title {
                marker,
                title,
                open,
            } => end_title(marker, title, open, out),
            Line::Fence {
                fence,
                indent,
                info,
                valid,
                ..
            } => {
                if valid && fence.len >= 3 {
                    self.end_fence(fence, indent, &info);
                }
                out(Step::Prose);
            }
            _ => out(Step::Prose),
        }
        self.started = true;
    }

    /// A line that is a fence has ended: it closes the innermost one it can, or opens one.
    fn end_fence(&mut self, fence: Fence, indent: u32, info: &str) {
        let closes =
            |open: Fence| open.mark == fence.mark && fence.len >= open.len && info.is_empty();
        match (self.inner, self.outer) {
            (Some(inner), _) => {
                if closes(inner) {
                    self.inner = None;
                }
            }
            (None, Some(outer)) if closes(outer) => self.outer = None,
            (None, None)
                if indent <= INDENT_MAX
                    && (is_markdown(info) || (info.is_empty() && !self.started)) =>
            {
                self.outer = Some(fence);
            }
            _ => self.inner = Some(fence),
        }
    }
}

fn title(marker: Marker) -> Line {
    Line::Title {
        marker,
        title: Inline::new(matches!(marker, Marker::Heading(_))),
        open: false,
    }
}

/// A title goes on; with its first text its node opens.
fn grow(marker: Marker, open: &mut bool, text: &str, out: Out<'_>) {
    if !mem::replace(open, true) {
        out(Step::Open(marker));
    }
    out(Step::Grow(text));
}

/// A title's line has ended. One without any text is no node.
fn end_title(marker: Marker, title: Inline, mut open: bool, out: Out<'_>) {
    let cut = title.is_cut();
    title.finish(&mut |text| grow(marker, &mut open, text, out));
    out(if open {
        Step::Settle { cut }
    } else {
        Step::Prose
    });
}

/// Whether a fence's text names Markdown as its language.
fn is_markdown(info: &str) -> bool {
    let end = info.bytes().position(|byte| b" \t{,".contains(&byte));
    let language = &info[..end.unwrap_or(info.len())];
    language.eq_ignore_ascii_case("markdown") || language.eq_ignore_ascii_case("md")
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
            any_cut("a\n```\n- no\n## no\n```\n- yes"),
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
        grammar.feed("a\n```\n- x", &mut out);
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
