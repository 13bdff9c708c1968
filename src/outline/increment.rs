//! Deltas, repeated or not → only what is new. Never guesses by similarity: the only evidence is
//! that each delta begins with all of the one before it.
//!
//! A producer may send all text so far in every delta ("cumulative"), or only what is new. Unless
//! it says which, the deltas tell: the first that does not begin with the whole one before it
//! settles "incremental" for good; one that does, and goes on, settles "cumulative" if the one
//! before it had at least [`EVIDENCE_CHARS`] characters or a whole line. Between the two the delta
//! in doubt is held, so nothing shown has to be taken back.
//!
//! Ambiguous by nature, and read as incremental unless `mode` says otherwise: a stream of one
//! delta; deltas that repeat a short one (`"\n"`, `"\n"`); an end before the evidence. Read as
//! cumulative though it might not be: a second delta that begins with the whole first one, as `"##
//! A\n"` and then a new module `"## A\n- B\n"`.

use std::borrow::Cow;
use std::hash::Hasher as _;
use std::mem;

use crate::read::event::Mode;
use crate::read::json::{Half, Text};

/// How long a delta without a line end must be for the next one's repeating it to mean something,
/// in characters.
pub const EVIDENCE_CHARS: usize = 16;
/// How many deltas that only repeat the one before are held at most; the next one settles
/// "incremental". (Deltas that go on are at most [`EVIDENCE_CHARS`] until there is evidence.)
pub const HELD_REPEATS_MAX: usize = 8;
/// How many deltas a stream has at least before one that equals their sum is taken for a final
/// repeat.
const REPEAT_DELTAS_MIN: u64 = 3;

/// What a delta adds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum New<'a> {
    /// Nothing, or nothing that is sure yet.
    Nothing,
    /// More text.
    More(Cow<'a, str>),
    /// A text that does not begin with what was shown: the whole outline, to be reconciled.
    Whole(Cow<'a, str>),
}

/// Finds what is new in each delta of one stream.
#[derive(Clone, Debug, Default)]
pub struct Increment {
    mode: Mode,
    state: State,
    /// The first half of a character whose second half may begin the next delta.
    carry: Half,
    sum: Sum,
}

#[derive(Clone, Debug, Default)]
enum State {
    /// No delta with more than blanks in it yet.
    #[default]
    First,
    /// All deltas so far are a chain; `first` has been shown.
    Undecided {
        first: String,
        last: String,
        held: String,
        repeats: usize,
    },
    /// Each delta is new. One that equals all text before it is held, in case it is a final repeat.
    Incremental { repeat: String },
    /// Each delta is all text so far; `whole` has been shown.
    Cumulative { whole: String },
}

impl Increment {
    /// Starts over: the next delta is the first of a text. An explicit `mode` ends all guessing.
    pub fn start(&mut self, mode: Mode) {
        *self = Increment {
            mode,
            ..Increment::default()
        };
    }

    /// From here on each delta is only what is new: after a whole node, or a snapshot with this
    /// text. Explicitly cumulative deltas go on repeating it.
    pub fn go_on(&mut self, snapshot: Option<&str>) {
        let state = match (self.mode, snapshot) {
            (Mode::Cumulative, Some(text)) => State::Cumulative {
                whole: text.to_owned(),
            },
            (Mode::Cumulative, None) => State::First,
            _ => State::incremental(),
        };
        *self = Increment {
            mode: self.mode,
            state,
            ..Increment::default()
        };
    }

    /// Takes the next delta.
    pub fn feed<'a>(&mut self, delta: &'a Text) -> New<'a> {
        match (self.mode, mem::take(&mut self.state)) {
            (Mode::Incremental, _) => New::more(self.join(delta)),
            (Mode::Cumulative, State::Cumulative { whole }) => self.cumulative(whole, &delta.body),
            (Mode::Cumulative, _) => self.cumulative(String::new(), &delta.body),
            (Mode::Auto, State::First) => self.first(delta),
            (
                Mode::Auto,
                State::Undecided {
                    first,
                    last,
                    held,
                    repeats,
                },
            ) => self.undecided(first, last, held, repeats, delta),
            (Mode::Auto, State::Incremental { repeat }) => self.incremental(repeat, delta),
            (Mode::Auto, State::Cumulative { whole }) => self.cumulative(whole, &delta.body),
        }
    }

    /// The text has ended; what is still in doubt is new text, except a final repeat.
    pub fn finish(&mut self) -> New<'static> {
        let mut rest = match mem::replace(&mut self.state, State::incremental()) {
            State::Undecided { held, .. } => held,
            cumulative @ State::Cumulative { .. } => {
                self.state = cumulative;
                return New::Nothing;
            }
            _ => String::new(),
        };
        rest.extend(self.carry.end());
        New::more(rest.into())
    }

    fn first<'a>(&mut self, delta: &'a Text) -> New<'a> {
        if !delta.body.trim_end().is_empty() {
            let first = delta.body.clone();
            self.state = State::Undecided {
                last: first.clone(),
                first,
                held: String::new(),
                repeats: 0,
            };
        }
        let text = self.join(delta);
        self.sum.add(&text);
        New::more(text)
    }

    fn undecided<'a>(
        &mut self,
        first: String,
        last: String,
        mut held: String,
        repeats: usize,
        delta: &'a Text,
    ) -> New<'a> {
        let body = &*delta.body;
        let before = last.trim_end();
        let repeats = repeats + usize::from(body.trim_end().len() <= before.len());
        if body.starts_with(before) && repeats <= HELD_REPEATS_MAX {
            let grown = body.trim_end().len() > first.trim_end().len();
            let evident = before.len() < last.trim_end_matches([' ', '\t']).len()
                || before.contains('\n')
                || before.chars().nth(EVIDENCE_CHARS - 1).is_some();
            if grown && evident {
                return self.cumulative(first, body);
            }
            held.push_str(&self.join(delta));
            self.state = State::Undecided {
                first,
                last: body.to_owned(),
                held,
                repeats,
            };
            return New::Nothing;
        }
        self.state = State::incremental();
        if held.is_empty() {
            let text = self.join(delta);
            self.sum.add(&text);
            return New::more(text);
        }
        held.push_str(&self.join(delta));
        self.sum.add(&held);
        New::more(held.into())
    }

    fn incremental<'a>(&mut self, mut repeat: String, delta: &'a Text) -> New<'a> {
        let text = self.join(delta);
        if repeat.is_empty() {
            self.state = State::incremental();
            if self.sum.is(&text) {
                self.state = State::Incremental {
                    repeat: text.into_owned(),
                };
                return New::Nothing;
            }
            self.sum.add(&text);
            return New::more(text);
        }
        self.state = State::incremental();
        repeat.push_str(&text);
        self.sum.add(&repeat);
        New::more(repeat.into())
    }

    fn cumulative<'a>(&mut self, whole: String, body: &'a str) -> New<'a> {
        self.carry = Half::default();
        let new = if let Some(more) = body.strip_prefix(&*whole) {
            New::more(more.into())
        } else if whole.starts_with(body.trim_end()) {
            // An older state sent again.
            self.state = State::Cumulative { whole };
            return New::Nothing;
        } else if self.mode == Mode::Cumulative || is_rewritten(&whole, body) {
            New::Whole(body.into())
        } else {
            // The producer has changed its ways: from here on it sends only what is new.
            self.state = State::incremental();
            return New::more(body.into());
        };
        self.state = State::Cumulative {
            whole: body.to_owned(),
        };
        new
    }

    /// The characters of a delta, its first one completed by the half that the delta before it
    /// ended with.
    fn join<'a>(&mut self, delta: &'a Text) -> Cow<'a, str> {
        if delta.is_empty() {
            return Cow::Borrowed("");
        }
        let joined = self.carry.join(delta.lead);
        self.carry.begin(delta.trail);
        let Some(joined) = joined else {
            return Cow::Borrowed(&*delta.body);
        };
        let mut text = String::from(joined);
        text.push_str(&delta.body);
        Cow::Owned(text)
    }
}

impl State {
    fn incremental() -> State {
        State::Incremental {
            repeat: String::new(),
        }
    }
}

impl<'a> New<'a> {
    fn more(text: Cow<'a, str>) -> New<'a> {
        if text.is_empty() {
            New::Nothing
        } else {
            New::More(text)
        }
    }
}

/// Whether `new` is another version of the text `old`: it has all its headings in order, or its
/// first line.
fn is_rewritten(old: &str, new: &str) -> bool {
    let lines = |text: &str| -> Vec<String> {
        text.lines()
            .map(|line| line.trim_ascii_start().trim_end().to_owned())
            .collect()
    };
    let headings = |text: &str| -> Vec<String> {
        let mut lines = lines(text);
        lines.retain(|line| line.starts_with('#'));
        lines
    };
    let shown = headings(old);
    if shown.is_empty() {
        return lines(old).first() == lines(new).first();
    }
    // The last heading may have been cut.
    let (last, whole) = shown
        .split_last()
        .map_or(("", &[][..]), |(last, whole)| (&**last, whole));
    let mut there = headings(new).into_iter();
    whole
        .iter()
        .all(|heading| there.any(|other| other == *heading))
        && there.any(|other| other.starts_with(last))
}

/// Length and hash of all text so far, without the blanks at its two ends.
#[derive(Clone, Debug, Default)]
struct Sum {
    deltas: u64,
    bytes: usize,
    hash: Fnv,
    /// The same with the blanks at the end.
    all_bytes: usize,
    all_hash: Fnv,
}

impl Sum {
    fn add(&mut self, text: &str) {
        let text = match self.all_bytes {
            0 => text.trim_start(),
            _ => text,
        };
        let kept = text.trim_end().len();
        if kept > 0 {
            self.all_hash.write(&text.as_bytes()[..kept]);
            self.hash = self.all_hash.clone();
            self.bytes = self.all_bytes + kept;
        }
        self.all_hash.write(&text.as_bytes()[kept..]);
        self.all_bytes += text.len();
        self.deltas += 1;
    }

    /// Whether `text` is all that has been added, so that it looks like a final repeat.
    fn is(&self, text: &str) -> bool {
        let text = text.trim();
        if text.len() != self.bytes
            || self.deltas + 1 < REPEAT_DELTAS_MIN
            || text.chars().count() < EVIDENCE_CHARS
        {
            return false;
        }
        let mut hash = Fnv::default();
        hash.write(text.as_bytes());
        hash.finish() == self.hash.finish()
    }
}

/// FNV-1a, 64 bits. Length and hash together only have to tell a repeat from other text, not
/// withstand an attack: whoever could forge one could as well not send it.
#[derive(Clone, Debug)]
struct Fnv(u64);

impl Default for Fnv {
    fn default() -> Self {
        Fnv(0xcbf2_9ce4_8422_2325)
    }
}

impl std::hash::Hasher for Fnv {
    fn write(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            self.0 = (self.0 ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }

    fn finish(&self) -> u64 {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is shown after each delta, and at the end; `!` before a text that was reconciled.
    fn shown(mode: Mode, deltas: &[&str]) -> Vec<String> {
        let mut increment = Increment::default();
        increment.start(mode);
        let mut text = String::new();
        let mut states = Vec::new();
        let mut apply = |new: New<'_>| {
            match new {
                New::Nothing => {}
                New::More(more) => text.push_str(&more),
                New::Whole(whole) => text = format!("!{whole}"),
            }
            states.push(text.clone());
        };
        for delta in deltas {
            apply(increment.feed(&Text::from(*delta)));
        }
        apply(increment.finish());
        states
    }

    fn auto(deltas: &[&str]) -> Vec<String> {
        shown(Mode::Auto, deltas)
    }

    #[test]
    fn incremental_deltas_pass_at_once() {
        assert_eq!(
            auto(&["## A", "\n- b", "\n"]),
            ["## A", "## A\n- b", "## A\n- b\n", "## A\n- b\n"]
        );
    }

    #[test]
    fn whole_lines_are_enough_evidence() {
        let states = auto(&["## A\n", "## A\n- 1\n", "## A\n- 1\n- 2\n"]);
        assert_eq!(
            states,
            [
                "## A\n",
                "## A\n- 1\n",
                "## A\n- 1\n- 2\n",
                "## A\n- 1\n- 2\n"
            ]
        );
    }

    #[test]
    fn cumulative_tokens_are_held_until_there_is_evidence() {
        let whole = "## Understanding Pricing Strategies";
        let deltas: Vec<&str> = (2..=whole.len()).map(|n| &whole[..n]).collect();
        let states = auto(&deltas);
        assert_eq!(states.last().map(String::as_str), Some(whole));
        assert!(
            states.iter().all(|state| whole.starts_with(&**state)),
            "{states:?}"
        );
    }

    #[test]
    fn a_broken_chain_gives_back_what_was_held() {
        assert_eq!(
            auto(&["-", "- -", "x"]).last().map(String::as_str),
            Some("-- -x")
        );
        assert_eq!(
            auto(&["a\n", "a\n", "b\n"])[1..],
            ["a\n", "a\na\nb\n", "a\na\nb\n"]
        );
        assert_eq!(auto(&["A", "AB"]).last().map(String::as_str), Some("AAB"));
        assert_eq!(
            auto(&["\n", "\n", "## A"]).last().map(String::as_str),
            Some("\n\n## A")
        );
    }

    #[test]
    fn what_is_held_is_bounded() {
        let states = auto(&["x"; 40]);
        assert_eq!(states.last().map(String::len), Some(40));
        assert_eq!(states[HELD_REPEATS_MAX + 2].len(), HELD_REPEATS_MAX + 3);
    }

    #[test]
    fn an_older_state_sent_again_changes_nothing() {
        let states = auto(&[
            "## A\n",
            "## A\n- 1\n- 2\n",
            "## A\n- 1\n",
            "## A\n- 1\n- 2\n- 3\n",
        ]);
        assert_eq!(states[2], states[1]);
        assert_eq!(states[3], "## A\n- 1\n- 2\n- 3\n");
    }

    #[test]
    fn a_rewritten_text_is_reconciled_and_other_text_is_added() {
        let deltas = ["## A\n", "## A\n- 1\n", "## A\n- one\n- 2\n"];
        assert_eq!(auto(&deltas)[2], "!## A\n- one\n- 2\n");
        let deltas = ["## A\n", "## A\n- 1\n", "- 2\n", "- 3\n"];
        assert_eq!(auto(&deltas)[3], "## A\n- 1\n- 2\n- 3\n");
    }

    #[test]
    fn a_tail_trimmed_or_not_is_still_a_chain() {
        let states = auto(&[
            "## Pricing\n",
            "## Pricing Strategies\n",
            "## Pricing Strategies\n- 1\n",
        ]);
        assert_eq!(states[1], "!## Pricing Strategies\n");
        assert_eq!(states[2], "!## Pricing Strategies\n- 1\n");
    }

    #[test]
    fn a_final_repeat_is_dropped_and_only_a_final_one() {
        let whole = "## Pricing\n- Cost\n- Value";
        let deltas = ["## Pricing\n", "- Cost\n", "- Value\n", whole];
        assert_eq!(auto(&deltas)[4], "## Pricing\n- Cost\n- Value\n");
        let deltas = ["## Pricing\n", "- Cost\n", "- Value", whole, "\n- x"];
        assert_eq!(auto(&deltas)[5], format!("{whole}{whole}\n- x"));
    }

    #[test]
    fn an_explicit_mode_ends_all_guessing() {
        let deltas = ["## A\n", "## A\n- 1\n"];
        assert_eq!(shown(Mode::Incremental, &deltas)[1], "## A\n## A\n- 1\n");
        assert_eq!(shown(Mode::Cumulative, &["- a", "- b"])[1], "!- b");
        assert_eq!(shown(Mode::Cumulative, &["A", "AB"])[1], "AB");
    }

    #[test]
    fn halves_of_a_character_are_joined_across_deltas() {
        let half = |lead, body: &str, trail| Text {
            lead,
            body: body.into(),
            trail,
        };
        let mut increment = Increment::default();
        let mut text = String::new();
        for delta in [
            half(None, "a", Some(0xD83D)),
            half(Some(0xDE00), "b", None),
            half(Some(0xDE00), "c", Some(0xD83D)),
        ] {
            if let New::More(more) = increment.feed(&delta) {
                text.push_str(&more);
            }
        }
        if let New::More(more) = increment.finish() {
            text.push_str(&more);
        }
        assert_eq!(text, "a😀b\u{fffd}c\u{fffd}");
    }
}
