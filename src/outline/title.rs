//! The raw text of one title, in any cut → the text to show. Holds back what is undecided; never
//! emits anything it may have to take back, and never reads more markup than `**bold**`,
//! `*emphasis*`, `` `code` ``, `[links](#to)` and `\` escapes.
//!
//! The rules, in terms of a whole title:
//! * A run of one to three `*` opens if no word character stands before it and no blank after it;
//!   it closes the nearest opener of the same length if no blank stands before it and no word
//!   character after it. What finds no partner is text. So `2*3*4`, `*args` and `5 * 3` stay as
//!   they are.
//! * A run of backticks is closed by the next run of the same length; between them everything is
//!   text.
//! * `[text](address)` and `![text](address)` are their text, if no letter or digit stands before
//!   the `[` and the address looks like one: it is empty, or has one of `. / # :` and no blanks,
//!   but for those before a title in quotes.
//! * `\` before ASCII punctuation outside code is dropped, and what follows it is text.
//! * Blanks at both ends are dropped, and of a heading the closing `#`s that follow a blank.

use std::mem;

/// The longest title that is read, in bytes of its raw text; what goes over is not shown.
pub const TITLE_BYTES_MAX: usize = 4096;

/// Where what is decided goes. Not generic: one copy of the reading code serves all callers.
pub type Show<'a> = &'a mut dyn FnMut(&str);

/// Reads one title. Give it to [`Inline::feed`] piece by piece, then [`Inline::finish`] it.
///
/// ```
/// use live_outline::outline::title::Inline;
/// let mut shown = String::new();
/// let mut title = Inline::new(true);
/// for piece in ["Learn *", "now*", ": `Vec<", "T>` ##"] {
///     title.feed(piece, &mut |text| shown.push_str(text));
/// }
/// title.finish(&mut |text| shown.push_str(text));
/// assert_eq!(shown, "Learn now: Vec<T>");
/// ```
#[derive(Clone, Debug, Default)]
pub struct Inline {
    /// A heading: closing `#`s are dropped.
    heading: bool,
    /// Raw bytes read so far.
    bytes: usize,
    /// The title has reached [`TITLE_BYTES_MAX`]; the rest of it is dropped.
    full: bool,
    /// Raw blanks and closing `#`s that are dropped if nothing follows them.
    tail: String,
    /// `tail` has blanks after its `#`s, so that a further `#` starts a new run.
    tail_closed: bool,
    marks: Marks,
}

impl Inline {
    /// A reader for a title of a heading, or of a list item.
    pub fn new(heading: bool) -> Self {
        Inline {
            heading,
            ..Inline::default()
        }
    }

    /// Reads the next piece of the title; what is decided by now goes to `show`.
    pub fn feed(&mut self, piece: &str, show: Show<'_>) {
        let mut rest = piece;
        while !rest.is_empty() && !self.full {
            // `## a # b`: nothing in front of a `#` is dropped, and no more than that is known.
            let hash = self.heading.then(|| memchr::memchr(b'#', rest.as_bytes()));
            let end = hash.flatten().unwrap_or(rest.len());
            let kept = rest[..end].trim_end_matches([' ', '\t']).len();
            let len = if kept > 0 { kept } else { end.max(1) };
            let len = self.room_for(rest, len);
            let (part, after) = rest.split_at(len);
            rest = after;
            self.bytes += len;
            if kept > 0 {
                self.release_tail(show);
                self.marks.feed(part, show);
            } else {
                self.hold(part, show);
            }
        }
    }

    /// Whether the title was longer than [`TITLE_BYTES_MAX`].
    pub fn is_cut(&self) -> bool {
        self.full
    }

    /// The title has ended: what was undecided is decided, and goes to `show`.
    pub fn finish(self, show: Show<'_>) {
        self.marks.finish(show);
    }

    /// As many bytes of `rest`, up to `len`, as the limit leaves room for; over it, the title is
    /// full.
    fn room_for(&mut self, rest: &str, len: usize) -> usize {
        let room = TITLE_BYTES_MAX - self.bytes;
        if len <= room {
            return len;
        }
        self.full = true;
        (0..=room)
            .rev()
            .find(|&at| rest.is_char_boundary(at))
            .unwrap_or(0)
    }

    /// Blanks or a `#`: keeps them back if they may belong to the dropped end of the title.
    fn hold(&mut self, part: &str, show: Show<'_>) {
        if part != "#" {
            self.tail_closed |= self.tail.ends_with('#');
            self.tail.push_str(part);
            return;
        }
        let starts = self.tail.is_empty() && self.bytes == part.len();
        if self.heading && !self.tail_closed && (starts || !self.tail.is_empty()) {
            self.tail.push('#');
        } else if self.heading && self.tail_closed {
            // `## a ## #`: only the last run closes, so the one before it is text.
            let blanks = self.tail.trim_end_matches([' ', '\t']).len();
            let run = self.tail.split_off(blanks);
            self.release_tail(show);
            self.tail = run;
            self.tail.push('#');
        } else {
            self.release_tail(show);
            self.marks.feed(part, show);
        }
    }

    fn release_tail(&mut self, show: Show<'_>) {
        self.tail_closed = false;
        if !self.tail.is_empty() {
            let tail = mem::take(&mut self.tail);
            self.marks.feed(&tail, show);
            self.tail = tail;
            self.tail.clear();
        }
    }
}

/// Reads the markers. Everything from the first marker that waits for its partner on is held.
#[derive(Clone, Debug, Default)]
struct Marks {
    /// Raw text from the first undecided marker on.
    held: String,
    /// Markers and backslashes in `held`, in order.
    spans: Vec<Span>,
    /// Places in `spans` of the `*` runs that wait for a partner.
    open: Vec<usize>,
    /// How many of `open` have one, two, three stars.
    open_of: [usize; 3],
    /// The backtick run that waits for its partner, as a place in `spans`.
    code: Option<usize>,
    /// The `[`s that wait for their `]`: their places in `spans`, where they may begin a link.
    brackets: Vec<Option<usize>>,
    /// How many of them may.
    links: usize,
    /// The address that is being read.
    link: Option<Link>,
    /// A `!` right before a `[`.
    image: bool,
    /// The run of `*` or backticks, or the `\`, `!` or `]`, that the next character decides.
    run: Option<Run>,
    /// The character before the run, or else the last one read; `None` at the start.
    before: Option<char>,
    /// Shown blanks that are dropped if nothing follows them.
    blanks: String,
    /// Something has been shown.
    shown: bool,
}

#[derive(Clone, Debug)]
struct Run {
    mark: char,
    len: usize,
}

/// A part of the held text that is dropped from what is shown if it turns out to be markup.
#[derive(Clone, Debug)]
struct Span {
    at: usize,
    len: usize,
    markup: bool,
}

/// A `[text](`, and where in its address reading stands.
#[derive(Clone, Debug)]
struct Link {
    /// The place in `spans` of its `[`.
    opener: usize,
    /// Where its `]` stands in the held text.
    closer: usize,
    part: Part,
    /// Parentheses that are open in the address.
    open: u32,
    /// It has one of the signs of an address.
    signed: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    Begin,
    Address,
    Blank,
    Quoted(char),
    Quote,
}

impl Link {
    /// Reads a character of the address. Returns true if it is a link, once that is sure.
    fn step(&mut self, c: char) -> Option<bool> {
        let blank = c == ' ' || c == '\t';
        self.part = match (self.part, c) {
            (Part::Quoted(quote), _) if c != quote => return None,
            (Part::Quoted(_), _) => Part::Quote,
            (Part::Begin, ')') => return Some(true),
            (_, ')') if self.open == 0 => return Some(self.signed),
            (Part::Begin, _) if blank => Part::Begin,
            (Part::Address | Part::Blank, _) if blank => Part::Blank,
            (Part::Quote, _) if blank => Part::Quote,
            (Part::Blank, '"' | '\'') => Part::Quoted(c),
            (Part::Blank | Part::Quote, _) => return Some(false),
            (Part::Begin | Part::Address, _) => {
                self.signed |= matches!(c, '.' | '/' | '#' | ':');
                self.open += u32::from(c == '(');
                self.open -= u32::from(c == ')');
                Part::Address
            }
        };
        None
    }
}

impl Marks {
    fn feed(&mut self, text: &str, show: Show<'_>) {
        let mut rest = text;
        while let Some(next) = rest.chars().next() {
            if let Some(link) = &mut self.link {
                self.held.push(next);
                rest = &rest[next.len_utf8()..];
                match link.step(next) {
                    None => {}
                    Some(true) => self.end_link(show),
                    Some(false) => self.refuse_link(show),
                }
                continue;
            }
            if let Some(run) = &mut self.run {
                if run.mark == next && !matches!(next, '\\' | ']') {
                    run.len += 1;
                    rest = &rest[1..];
                    continue;
                }
                if self.end_run(Some(next)) {
                    // An escaped character is plain text, whatever it is.
                    self.plain(&rest[..next.len_utf8()], show);
                    rest = &rest[next.len_utf8()..];
                }
                if self.link.is_some() {
                    rest = &rest[1..];
                    self.held.push('(');
                } else if !self.image {
                    self.show_decided(show);
                }
                continue;
            }
            let special = |b: u8| {
                b == b'`' || (self.code.is_none() && matches!(b, b'*' | b'\\' | b'[' | b']' | b'!'))
            };
            match rest.bytes().position(special).unwrap_or(rest.len()) {
                0 if next == '[' => {
                    self.open_bracket();
                    rest = &rest[1..];
                    self.show_decided(show);
                }
                0 => {
                    self.run = Some(Run { mark: next, len: 1 });
                    rest = &rest[1..];
                }
                len => {
                    self.plain(&rest[..len], show);
                    rest = &rest[len..];
                }
            }
        }
    }

    fn finish(mut self, show: Show<'_>) {
        loop {
            self.end_run(None);
            if self.link.is_some() {
                self.refuse_link(show);
                continue;
            }
            let Some(code) = self.code.take() else { break };
            // Nothing closes these backticks: they are text, and what follows them is read again.
            // Each round ends runs of one more length for good, so there are few of them.
            let inside = self.spans[code].at + self.spans[code].len;
            self.spans.truncate(code);
            let again = self.held.split_off(inside);
            self.before = Some('`');
            self.feed(&again, show);
        }
        self.open.clear();
        self.links = 0;
        self.show_decided(show);
    }

    /// A `[`, which may begin a link if it does not stand at the end of a word.
    fn open_bracket(&mut self) {
        let image = mem::take(&mut self.image);
        let may = image || !self.before.is_some_and(is_letter);
        let at = self.held.len() - usize::from(image);
        self.held.push('[');
        self.brackets.push(may.then_some(self.spans.len()));
        self.before = Some('[');
        if may {
            self.links += 1;
            self.spans.push(Span {
                at,
                len: self.held.len() - at,
                markup: false,
            });
        }
    }

    /// The address has ended: what stood in the brackets is text, all else of the link is not.
    fn end_link(&mut self, show: Show<'_>) {
        let Some(link) = self.link.take() else { return };
        self.spans[link.opener].markup = true;
        self.spans.push(Span {
            at: link.closer,
            len: self.held.len() - link.closer,
            markup: true,
        });
        self.before = Some(')');
        self.show_decided(show);
    }

    /// What was taken for an address is none: it is read again.
    fn refuse_link(&mut self, show: Show<'_>) {
        let Some(link) = self.link.take() else { return };
        let again = self.held.split_off(link.closer + 1);
        self.before = Some(']');
        self.show_decided(show);
        self.feed(&again, show);
    }

    /// Text that is no marker.
    fn plain(&mut self, text: &str, show: Show<'_>) {
        if self.held.is_empty() {
            self.emit(text, show);
        } else {
            self.held.push_str(text);
        }
        self.before = text.chars().next_back().or(self.before);
    }

    /// Decides what the pending run is, now that the character after it is known (`None`: the title
    /// has ended). Returns true if it was a backslash that escapes `next`.
    fn end_run(&mut self, next: Option<char>) -> bool {
        let Some(Run { mark, len }) = self.run.take() else {
            return false;
        };
        let at = self.held.len();
        self.held.extend(std::iter::repeat_n(mark, len));
        let before = self.before.replace(mark);
        match mark {
            '\\' => {
                let escapes = next.is_some_and(|c| c.is_ascii_punctuation());
                self.spans.push(Span {
                    at,
                    len,
                    markup: escapes,
                });
                return escapes;
            }
            '`' => match self.code {
                None => {
                    self.code = Some(self.spans.len());
                    self.spans.push(Span {
                        at,
                        len,
                        markup: false,
                    });
                }
                Some(opener) if self.spans[opener].len == len => {
                    self.spans[opener].markup = true;
                    self.spans.push(Span {
                        at,
                        len,
                        markup: true,
                    });
                    self.code = None;
                }
                Some(_) => {}
            },
            '!' => self.image = next == Some('['),
            ']' => {
                if let Some(opener) = self.brackets.pop().flatten() {
                    self.links -= 1;
                    self.link = (next == Some('(')).then_some(Link {
                        opener,
                        closer: at,
                        part: Part::Begin,
                        open: 0,
                        signed: false,
                    });
                }
            }
            _ if len <= 3 => {
                let opens =
                    next.is_some_and(|c| !c.is_whitespace()) && !before.is_some_and(is_word);
                let closes =
                    before.is_some_and(|c| !c.is_whitespace()) && !next.is_some_and(is_word);
                if closes && self.open_of[len - 1] > 0 {
                    self.close(at, len);
                } else if opens {
                    self.open.push(self.spans.len());
                    self.open_of[len - 1] += 1;
                    self.spans.push(Span {
                        at,
                        len,
                        markup: false,
                    });
                }
            }
            _ => {}
        }
        false
    }

    /// Joins a closing run of `*` with the nearest opener of its length; openers in between stay
    /// text.
    fn close(&mut self, at: usize, len: usize) {
        while let Some(opener) = self.open.pop() {
            let opener = &mut self.spans[opener];
            self.open_of[opener.len - 1] -= 1;
            if opener.len == len {
                opener.markup = true;
                break;
            }
        }
        self.spans.push(Span {
            at,
            len,
            markup: true,
        });
    }

    /// Shows what is held if nothing in it is undecided any more.
    fn show_decided(&mut self, show: Show<'_>) {
        let links = self.links > 0 || self.link.is_some();
        if links || !self.open.is_empty() || self.code.is_some() || self.run.is_some() {
            return;
        }
        self.brackets.clear();
        let held = mem::take(&mut self.held);
        let mut from = 0;
        for Span { at, len, markup } in mem::take(&mut self.spans) {
            if markup {
                self.emit(&held[from..at], show);
                from = at + len;
            }
        }
        self.emit(&held[from..], show);
        self.open_of = [0; 3];
    }

    /// The last step to the reader's eye: blanks at both ends are left out.
    fn emit(&mut self, text: &str, show: Show<'_>) {
        let text = if self.shown {
            text
        } else {
            text.trim_start_matches([' ', '\t'])
        };
        let kept = text.trim_end_matches([' ', '\t']);
        if !kept.is_empty() {
            if !self.blanks.is_empty() {
                show(&self.blanks);
                self.blanks.clear();
            }
            show(kept);
            self.shown = true;
        }
        self.blanks.push_str(&text[kept.len()..]);
    }
}

/// A letter or digit, of any script.
fn is_letter(c: char) -> bool {
    // Of the East Asian scripts all but their punctuation and signs.
    let east = matches!(u32::from(c), 0x3041..=0xD7FF | 0xF900..=0xFAFF | 0x2_0000..=0x3_FFFF);
    east || (c != '_' && is_word(c))
}

/// A letter, mark or digit, or `_`, of a script that sets blanks between words. East Asian scripts
/// do not, so that a marker between two of their characters is never "inside a word".
fn is_word(c: char) -> bool {
    match u16::try_from(u32::from(c)) {
        Ok(code @ 0..0x80) => code == u16::from(b'_') || c.is_ascii_alphanumeric(),
        Ok(code @ 0x80..0x2E80) => !SIGNS.iter().any(|&(from, to)| (from..=to).contains(&code)),
        _ => false,
    }
}

/// Punctuation, symbols, blanks and controls between ASCII and the East Asian scripts, first and last of each
/// run, without those of scripts that are hardly written any more. The standard library's tables of
/// letters would do, but they are 3 KB, and do not know marks.
///
/// Source: Unicode 14.0, general categories P, S and Z, and the marks of direction (Cf).
#[rustfmt::skip]
const SIGNS: [(u16, u16); 73] = [
    (0x80, 0xA9), (0xAB, 0xB1), (0xB4, 0xB4), (0xB6, 0xB8), (0xBB, 0xBB), (0xBF, 0xBF),
    (0xD7, 0xD7), (0xF7, 0xF7), (0x2C2, 0x2C5), (0x2D2, 0x2DF), (0x2E5, 0x2EB), (0x2ED, 0x2ED),
    (0x2EF, 0x2FF), (0x375, 0x375), (0x37E, 0x37E), (0x384, 0x385), (0x387, 0x387),
    (0x3F6, 0x3F6), (0x482, 0x482), (0x55A, 0x55F), (0x589, 0x58F), (0x5BE, 0x5BE),
    (0x5C0, 0x5C0), (0x5C3, 0x5C3), (0x5C6, 0x5C6), (0x5F3, 0x5F4), (0x606, 0x60F),
    (0x61B, 0x61F), (0x66A, 0x66D), (0x6D4, 0x6D4), (0x6DE, 0x6DE), (0x6E9, 0x6E9),
    (0x6FD, 0x6FE), (0x964, 0x965), (0x970, 0x970), (0xE3F, 0xE3F), (0xE4F, 0xE4F),
    (0xE5A, 0xE5B), (0x104A, 0x104F), (0x10FB, 0x10FB), (0x1360, 0x1368), (0x1680, 0x1680),
    (0x17D4, 0x17D6), (0x17D8, 0x17DB), (0x1FFD, 0x200B), (0x200E, 0x206F), (0x207A, 0x207E),
    (0x208A, 0x208E), (0x20A0, 0x20C0), (0x2100, 0x2101), (0x2103, 0x2106), (0x2108, 0x2109),
    (0x2114, 0x2114), (0x2116, 0x2118), (0x211E, 0x2123), (0x2125, 0x2125), (0x2127, 0x2127),
    (0x2129, 0x2129), (0x212E, 0x212E), (0x213A, 0x213B), (0x2140, 0x2144), (0x214A, 0x214D),
    (0x214F, 0x214F), (0x218A, 0x244A), (0x249C, 0x24E9), (0x2500, 0x2775), (0x2794, 0x2BFF),
    (0x2CE5, 0x2CEA), (0x2CF9, 0x2CFC), (0x2CFE, 0x2CFF), (0x2D70, 0x2D70), (0x2E00, 0x2E2E),
    (0x2E30, 0x2E5D),
];

/// The text shown for a whole raw title.
pub fn shown(raw: &str, heading: bool) -> String {
    let mut text = String::new();
    let mut inline = Inline::new(heading);
    inline.feed(raw, &mut |part| text.push_str(part));
    inline.finish(&mut |part| text.push_str(part));
    text
}

/// A raw title that is read as exactly `title`; the title itself where that is so already.
pub fn escaped(title: &str, heading: bool) -> String {
    if shown(title, heading) == title {
        return title.to_owned();
    }
    let mut raw = String::with_capacity(title.len() + 8);
    for c in title.chars() {
        if matches!(c, '\\' | '*' | '_' | '`' | '#' | '[') {
            raw.push('\\');
        }
        raw.push(c);
    }
    raw
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn words_are_what_the_standard_library_calls_letters_and_digits() {
        // Circled and bracketed letters are symbols, and some scripts are not looked at.
        let is_odd = |c: char| matches!(c, '\u{249C}'..='\u{24E9}' | '\u{2E2F}');
        for c in ('\u{80}'..'\u{2E80}').filter(|&c| c.is_alphanumeric() && !is_odd(c)) {
            assert!(is_word(c), "{c} {:x}", u32::from(c));
        }
        for c in "—–…“”„«»‹›‘’¡¿·•†‡§¶©®™°±×÷€£¥₹→⇒≤≥≠∞√∑✓★،؛؟۔।״־\u{a0}\u{2009}\u{200f}".chars()
        {
            assert!(!is_word(c), "{c} {:x}", u32::from(c));
        }
        assert!(SIGNS.windows(2).all(|pair| pair[0].1 < pair[1].0));
    }

    /// Whole, and after every prefix: what is shown must be a prefix of what is shown in the end.
    fn read(raw: &str, heading: bool) -> String {
        let whole = shown(raw, heading);
        let mut text = String::new();
        let mut inline = Inline::new(heading);
        let mut buffer = [0; 4];
        for c in raw.chars() {
            inline.feed(c.encode_utf8(&mut buffer), &mut |part| text.push_str(part));
            assert!(
                whole.starts_with(&text),
                "{raw:?}: {text:?} is taken back, the end is {whole:?}"
            );
        }
        inline.finish(&mut |part| text.push_str(part));
        assert_eq!(text, whole, "{raw:?} char by char");
        whole
    }

    #[test]
    fn technical_titles_stay_as_they_are() {
        for title in [
            "Vec<T> and Option<T>",
            "snake_case",
            "__init__",
            "2*3*4",
            "[i]",
            "AT&T &amp; R&D",
            "*args",
            "*args and **kwargs",
            "f(*args, **kwargs)",
            "<script>alert(1)</script>",
            "5 * 3 * 2",
            "a ** b",
            "C#",
            "C:\\path\\to",
            "****",
            "a `b",
            "`` a ` b",
            "{% raw %}",
            "~strike~",
            "__bold__",
            "_em_",
            "* star",
            "**open *mixed",
            "x**2 + y**2",
            "#hash",
        ] {
            assert_eq!(read(title, false), title);
        }
    }

    #[test]
    fn the_markers_that_are_read() {
        for (raw, text) in [
            ("**bold**", "bold"),
            ("*em*", "em"),
            ("`code`", "code"),
            ("***both***", "both"),
            ("``a ` b``", "a ` b"),
            ("**Title**: more", "Title: more"),
            ("a **b *c* d** e", "a b c d e"),
            ("*a **b** c*", "a b c"),
            ("(*x*)", "(x)"),
            ("**a*b**", "a*b"),
            ("`**x**` and **y**", "**x** and y"),
            ("`Vec`s and `Box`es", "Vecs and Boxes"),
            ("**open `code` x", "**open code x"),
            ("使用**变量**和`map`函数", "使用变量和map函数"),
            ("**변수**는", "변수는"),
            ("**مرحبا**،", "مرحبا،"),
            ("`a` `b", "a `b"),
            ("``a `b` c", "``a b c"),
            ("*a* *b*", "a b"),
            ("**a** **b", "a **b"),
            ("*a `*` b*", "a * b"),
            ("`a\\`", "a\\"),
            ("  x  ", "x"),
            ("` x `", "x"),
        ] {
            assert_eq!(read(raw, false), text, "{raw:?}");
        }
    }

    #[test]
    fn escapes() {
        for (raw, text) in [
            ("\\*a\\*", "*a*"),
            ("\\\\", "\\"),
            ("a\\_b", "a_b"),
            ("\\`x\\`", "`x`"),
            ("\\#", "#"),
            ("\\a", "\\a"),
            ("1\\. a \\- b\\!", "1. a - b!"),
            ("x\\", "x\\"),
            ("**a\\** b**", "a** b"),
            ("**a \\* b**", "a * b"),
        ] {
            assert_eq!(read(raw, false), text, "{raw:?}");
        }
    }

    #[test]
    fn links_are_their_text() {
        for (raw, text) in [
            ("[Frames](#frames)", "Frames"),
            ("![Rods](img/rods.png) x", "Rods x"),
            ("[K](https://e.org/k \"how\") and", "K and"),
            ("[K](https://e.org/k_(x)) and", "K and"),
            ("[**b** `c`](./x)", "b c"),
            ("**[b](./x)**: y", "b: y"),
            ("[a]()", "a"),
            ("[[a](./x)](./y)", "a"),
            ("!![a](./x)", "!a"),
            ("a[i](x)", "a[i](x)"),
            ("f[T](arg.x)", "f[T](arg.x)"),
            ("[Optional](2 hours)", "[Optional](2 hours)"),
            ("[1](note)", "[1](note)"),
            ("[a](./x *b* y)", "[a](./x b y)"),
            ("[a](./x", "[a](./x"),
            ("[a](./x [b](./y", "[a](./x [b](./y"),
            ("[a](x [b](./y) c", "[a](x b c"),
            ("[open *x*", "[open x"),
            ("[i] comes before [j]", "[i] comes before [j]"),
            ("Wow! [x]", "Wow! [x]"),
            ("Wow!", "Wow!"),
            ("\\[a](./x)", "[a](./x)"),
            ("\\![a](./x)", "!a"),
            ("`[a](./x)`", "[a](./x)"),
            ("[a `](./x)` b", "[a ](./x) b"),
            ("看[a](./x)", "看[a](./x)"),
        ] {
            assert_eq!(read(raw, false), text, "{raw:?}");
            assert_eq!(read(&escaped(text, true), true), text, "{raw:?}");
        }
    }

    #[test]
    fn closing_hashes_of_headings() {
        for (raw, text) in [
            ("A ##", "A"),
            ("A ## ", "A"),
            ("A #b", "A #b"),
            ("A ## b ##", "A ## b"),
            ("A ## #", "A ##"),
            ("C#", "C#"),
            ("C# #", "C#"),
            ("#", ""),
            ("# a", "# a"),
            ("A \\#", "A #"),
            ("A \\##", "A ##"),
            ("`a #`", "a #"),
        ] {
            assert_eq!(read(raw, true), text, "{raw:?}");
        }
        assert_eq!(read("A ##", false), "A ##");
    }

    #[test]
    fn an_over_long_title_is_cut_at_a_character() {
        let raw = "é".repeat(TITLE_BYTES_MAX);
        assert_eq!(read(&raw, false), "é".repeat(TITLE_BYTES_MAX / 2));
        let held = format!("x*{}", "y".repeat(3 * TITLE_BYTES_MAX));
        assert_eq!(shown(&held, false).len(), TITLE_BYTES_MAX);
        let undecided = format!("*{} *", "y".repeat(3 * TITLE_BYTES_MAX));
        assert_eq!(shown(&undecided, false).len(), TITLE_BYTES_MAX);
    }

    #[test]
    fn escaped_titles_read_back() {
        for title in [
            "a*b*", "*a*", "**x**", "`c`", "a #", "# a", "\\*", "plain", "a\\b", "C#", "`a", "***",
            "x ` ` y",
        ] {
            for heading in [false, true] {
                assert_eq!(shown(&escaped(title, heading), heading), title);
            }
        }
    }
}
