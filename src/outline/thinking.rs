//! Thoughts that a model writes into its text: `<think> … </think>` and its kin. Never shows a word
//! of a thought, and never takes for a tag what stands in the middle of a line.

/// What opens a thought and what closes it. Compared without case.
const TAGS: &[(&str, &str)] = &[
    ("<think>", "</think>"),
    ("<thinking>", "</thinking>"),
    ("<thought>", "</thought>"),
    ("<reasoning>", "</reasoning>"),
    ("<mm:think>", "</mm:think>"),
    ("<seed:think>", "</seed:think>"),
    ("<|begin_of_thought|>", "<|end_of_thought|>"),
    ("◁think▷", "◁/think▷"),
    ("[think]", "[/think]"),
    ("<|channel|>analysis", FINAL),
    ("<|channel|>commentary", FINAL),
    ("<|start|>assistant<|channel|>analysis", FINAL),
    ("<|start|>assistant<|channel|>commentary", FINAL),
    ("<|channel>thought", "<channel|>"),
];
/// What the answer begins with where thoughts have channels of their own.
const FINAL: &str = "<|channel|>final<|message|>";
/// The same, behind what tells who speaks.
const SPOKEN_FINAL: &str = "<|start|>assistant<|channel|>final<|message|>";
/// Closing tags that stand for themselves where a template has opened the thought.
const CLOSERS: &[&str] = &[
    "</think>",
    "</thinking>",
    "</thought>",
    "</reasoning>",
    "◁/think▷",
    "[/think]",
];
/// As much of the end of a line as tells whether it is a closing tag, in bytes.
const TAIL_BYTES: usize = 32;

/// What a line begins with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tag {
    /// No tag, whatever follows.
    No,
    /// What follows decides.
    More,
    /// A thought begins, up to this.
    Opens(&'static str),
    /// A thought has ended that nothing opened.
    Closes,
    /// A mark that says nothing.
    Dropped,
    /// A comment begins.
    Comment,
}

/// What the beginning of a line is. `open`: nothing is shown yet, so that a thought may begin.
pub fn tag(text: &str, open: bool) -> Tag {
    let mut more = false;
    let mut is = |tag: &str| {
        more |= is_beginning(tag, text);
        tag.len() == text.len() && tag.eq_ignore_ascii_case(text)
    };
    if is("<!--") {
        return Tag::Comment;
    }
    if CLOSERS.iter().any(|tag| is(tag)) {
        return Tag::Closes;
    }
    if open {
        if is(FINAL) || is(SPOKEN_FINAL) {
            return Tag::Dropped;
        }
        if let Some((_, closer)) = TAGS.iter().find(|(tag, _)| is(tag)) {
            return Tag::Opens(closer);
        }
    }
    if more { Tag::More } else { Tag::No }
}

fn is_beginning(tag: &str, text: &str) -> bool {
    let start = tag.as_bytes().get(..text.len());
    start.is_some_and(|start| start.eq_ignore_ascii_case(text.as_bytes()))
}

/// Something hidden, up to what closes it.
#[derive(Clone, Debug)]
pub struct Hidden {
    closer: &'static str,
    /// How much of it the text ends with so far, in bytes.
    seen: usize,
}

impl Hidden {
    /// A text is hidden from here on.
    pub fn new(closer: &'static str) -> Self {
        Hidden { closer, seen: 0 }
    }

    /// Reads on. Gives what follows the end, once it is there.
    pub fn feed<'a>(&mut self, text: &'a str) -> Option<&'a str> {
        let closer = self.closer.as_bytes();
        for (at, byte) in text.bytes().enumerate() {
            while self.seen > 0 && !closer[self.seen].eq_ignore_ascii_case(&byte) {
                // The longest end of what was seen that is a beginning, too.
                let seen = &closer[..self.seen];
                let shorter = (1..self.seen)
                    .rev()
                    .find(|&len| seen[self.seen - len..] == closer[..len]);
                self.seen = shorter.unwrap_or(0);
            }
            self.seen += usize::from(closer[self.seen].eq_ignore_ascii_case(&byte));
            if self.seen == closer.len() {
                // A tag ends with an ASCII character, or with the last byte of another one.
                return text.get(at + 1..);
            }
        }
        None
    }
}

/// The end of a line that is being read.
#[derive(Clone, Debug, Default)]
pub struct Tail(String);

impl Tail {
    /// The line goes on.
    pub fn feed(&mut self, text: &str) {
        let mut from = text.len().saturating_sub(TAIL_BYTES);
        while !text.is_char_boundary(from) {
            from += 1;
        }
        self.0.push_str(&text[from..]);
        let mut from = self.0.len().saturating_sub(TAIL_BYTES);
        while !self.0.is_char_boundary(from) {
            from += 1;
        }
        self.0.drain(..from);
    }

    /// The line has ended: whether with a closing tag.
    pub fn end(&mut self) -> bool {
        let line = self.0.trim_end_matches([' ', '\t']).as_bytes();
        let closes = CLOSERS.iter().any(|tag| {
            let from = line.len().checked_sub(tag.len());
            from.is_some_and(|from| line[from..].eq_ignore_ascii_case(tag.as_bytes()))
        });
        self.0.clear();
        closes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags() {
        assert_eq!(tag("<Think>", true), Tag::Opens("</think>"));
        assert_eq!(tag("<think", true), Tag::More);
        assert_eq!(tag("<think>", false), Tag::No);
        assert_eq!(tag("</think>", false), Tag::Closes);
        assert_eq!(tag("<thinker", true), Tag::No);
        assert_eq!(tag("<|channel|>analysis", true), Tag::Opens(FINAL));
        assert_eq!(tag(SPOKEN_FINAL, true), Tag::Dropped);
        assert_eq!(tag("<!--", false), Tag::Comment);
    }

    #[test]
    fn what_is_hidden_ends_in_any_cut() {
        let text = "a </thin <</think> b";
        for at in 0..text.len() - 2 {
            let mut hidden = Hidden::new("</think>");
            let rest = match hidden.feed(&text[..at]) {
                Some(_) => Some(" b"),
                None => hidden.feed(&text[at..]),
            };
            assert_eq!(rest, Some(" b"), "{at}");
        }
    }

    #[test]
    fn a_tail_knows_how_its_line_ends() {
        let mut tail = Tail::default();
        "x".repeat(100).split("").for_each(|c| tail.feed(c));
        tail.feed("◁/thi");
        tail.feed("nk▷ ");
        assert!(tail.end());
        assert!(!tail.end());
    }
}
