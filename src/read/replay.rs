//! What has been read of a stream, so that a body that repeats it can be told: by number where
//! records have one, by an equal beginning where they have none. Never asks for a body and never
//! looks into a record.
//!
//! Records are counted, and not bytes: a live body has signs of life between the records that its
//! replay lacks.

/// A place in a stream, between two records.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Mark {
    /// Bytes before it, as the body that was read had them.
    pub bytes: u64,
    /// Lines before it.
    pub lines: u64,
    /// Records before it.
    records: u64,
    /// What those records say, in 64 bits.
    hash: u64,
}

/// Where in the stream a body begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ResumeAt {
    /// At its beginning.
    Start,
    /// At a place that was read.
    Mark(Mark),
    /// Behind the last record that has a number.
    Last,
}

/// What a record of a repeating body is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Known {
    /// One that was read before.
    Yes,
    /// A new one.
    No,
    /// Not what was read before: it is another stream.
    Differs,
}

/// What has been read so far, and what a body repeats of it.
#[derive(Debug, Default)]
pub struct Replay {
    read: Mark,
    /// The hash after 1, 2, 4, 8 … records: a stream that differs is told soon, and not only when
    /// all of it has come again.
    hashes: Vec<u64>,
    /// Records without a number since the last one with one.
    unnumbered: u64,
    body: Body,
}

/// What the body that is read repeats.
#[derive(Debug, Default)]
enum Body {
    /// Nothing, or nothing any more.
    #[default]
    New,
    /// Nothing: it is another stream, whatever it says.
    Other,
    /// Records without numbers, up to here.
    Counted(Mark),
    /// Records with numbers.
    Numbered {
        /// The last known one has come.
        passed: bool,
        /// So many after that, without a number, are known, too.
        unnumbered: u64,
    },
}

impl Replay {
    /// How many records have been read.
    pub fn records(&self) -> u64 {
        self.read.records
    }

    /// The place that has been reached, after so many bytes and lines.
    pub fn mark(&self, bytes: u64, lines: u64) -> Mark {
        Mark {
            bytes,
            lines,
            ..self.read
        }
    }

    /// Returns true if the body still repeats what was read before.
    pub fn is_on(&self) -> bool {
        !matches!(self.body, Body::New)
    }

    /// Returns true if what it repeats is told by its beginning only.
    pub fn is_counted(&self) -> bool {
        matches!(self.body, Body::Counted(_) | Body::Other)
    }

    /// The next body begins another stream.
    pub fn begin_other(&mut self) {
        if self.read.records > 0 {
            self.body = Body::Other;
        }
    }

    /// Another body begins, of a stream whose records have numbers or have none.
    pub fn begin(&mut self, from: ResumeAt, numbered: bool) {
        let at = match from {
            ResumeAt::Start | ResumeAt::Last => Mark::default(),
            ResumeAt::Mark(mark) => mark,
        };
        self.body = match from {
            ResumeAt::Mark(mark) if mark.records == self.read.records => Body::New,
            _ if self.read.records == 0 => Body::New,
            _ if numbered => Body::Numbered {
                passed: from == ResumeAt::Last,
                unnumbered: self.unnumbered,
            },
            _ => Body::Counted(at),
        };
    }

    /// A record: `text` is what it says, `seq` its number and `last` that of the last one read.
    /// One that is new counts as read.
    pub fn take(&mut self, text: &[u8], seq: Option<u64>, last: Option<u64>) -> Known {
        match &mut self.body {
            Body::New => {}
            Body::Other => return Known::Differs,
            Body::Counted(at) => {
                at.hash = hash(at.hash, text);
                at.records += 1;
                let (at, is_power) = (*at, at.records.is_power_of_two());
                let expected = match at.records {
                    n if n == self.read.records => Some(self.read.hash),
                    n if is_power => self.hashes.get(n.ilog2() as usize).copied(),
                    _ => None,
                };
                if expected.is_some_and(|expected| expected != at.hash) {
                    return Known::Differs;
                }
                if at.records == self.read.records {
                    self.body = Body::New;
                }
                return Known::Yes;
            }
            Body::Numbered { passed, unnumbered } => match seq {
                Some(seq) if last.is_some_and(|last| seq <= last) => {
                    *passed = Some(seq) == last;
                    return Known::Yes;
                }
                None if !*passed => return Known::Yes,
                None if *unnumbered > 0 => {
                    *unnumbered -= 1;
                    return Known::Yes;
                }
                _ => self.body = Body::New,
            },
        }
        self.unnumbered = if seq.is_some() {
            0
        } else {
            self.unnumbered + 1
        };
        self.count(text);
        Known::No
    }

    /// A piece of a stream that has no records: each byte counts as one. Returns how many of its
    /// bytes were read before, or nothing if it is another stream.
    pub fn take_text(&mut self, text: &str) -> Option<usize> {
        let mut known = 0;
        for byte in text.as_bytes().chunks(1) {
            match self.take(byte, None, None) {
                Known::Yes => known += 1,
                Known::No => {}
                Known::Differs => return None,
            }
        }
        Some(known)
    }

    fn count(&mut self, text: &[u8]) {
        self.read.records += 1;
        self.read.hash = hash(self.read.hash, text);
        if self.read.records.is_power_of_two() {
            self.hashes.push(self.read.hash);
        }
    }
}

/// Goes on with a hash, eight bytes a step and one for the length, so that where a piece ends counts,
/// too. It guards against mistakes, and not against people: both bodies come from the same server.
fn hash(before: u64, text: &[u8]) -> u64 {
    let step = |hash: u64, word: u64| {
        // The golden ratio in 64 bits: odd, and without a pattern.
        let hash = (hash ^ word).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        hash ^ (hash >> 32)
    };
    let hash = text.chunks(8).fold(before, |hash, chunk| {
        let mut word = [0; 8];
        word[..chunk.len()].copy_from_slice(chunk);
        step(hash, u64::from_le_bytes(word))
    });
    step(hash, text.len() as u64 + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(records: &[&str]) -> Replay {
        let mut replay = Replay::default();
        for record in records {
            assert_eq!(replay.take(record.as_bytes(), None, None), Known::No);
        }
        replay
    }

    fn take(replay: &mut Replay, record: &str) -> Known {
        replay.take(record.as_bytes(), None, None)
    }

    #[test]
    fn a_whole_log_again_is_known_to_where_reading_was() {
        let mut replay = read(&["a", "b", "c"]);
        replay.begin(ResumeAt::Start, false);
        assert_eq!(
            ["a", "b", "c", "d"].map(|it| take(&mut replay, it)),
            [Known::Yes, Known::Yes, Known::Yes, Known::No]
        );
        assert_eq!(replay.records(), 4);
    }

    #[test]
    fn a_body_from_a_mark_is_known_from_there() {
        let mut replay = read(&["a", "b"]);
        let mark = replay.mark(2, 2);
        assert_eq!(take(&mut replay, "c"), Known::No);
        replay.begin(ResumeAt::Mark(mark), false);
        assert_eq!(
            ["c", "d"].map(|it| take(&mut replay, it)),
            [Known::Yes, Known::No]
        );
        replay.begin(ResumeAt::Mark(replay.mark(4, 4)), false);
        assert_eq!(take(&mut replay, "e"), Known::No);
    }

    #[test]
    fn another_stream_is_told_at_the_next_power_of_two() {
        let mut replay = read(&["a", "b", "c", "d", "e", "f", "g", "h", "i"]);
        replay.begin(ResumeAt::Start, false);
        assert_eq!(
            ["a", "b", "x", "d"].map(|it| take(&mut replay, it)),
            [Known::Yes, Known::Yes, Known::Yes, Known::Differs]
        );
    }

    #[test]
    fn where_a_record_ends_counts() {
        let mut replay = read(&["ab", "c"]);
        replay.begin(ResumeAt::Start, false);
        assert_eq!(take(&mut replay, "a"), Known::Differs);
    }

    #[test]
    fn numbers_decide_where_there_are_some() {
        let mut replay = Replay::default();
        for (text, seq, last) in [
            ("s", None, None),
            ("a", Some(0), None),
            ("u", None, Some(0)),
        ] {
            assert_eq!(replay.take(text.as_bytes(), seq, last), Known::No);
        }
        replay.begin(ResumeAt::Start, true);
        let again = [("other", None), ("a", Some(0)), ("u", None), ("v", None)];
        assert_eq!(
            again.map(|(text, seq)| replay.take(text.as_bytes(), seq, Some(0))),
            [Known::Yes, Known::Yes, Known::Yes, Known::No]
        );
        replay.begin(ResumeAt::Last, true);
        assert_eq!(replay.take(b"u", None, Some(0)), Known::Yes);
        assert_eq!(replay.take(b"v", None, Some(0)), Known::Yes);
        assert_eq!(replay.take(b"b", Some(1), Some(0)), Known::No);
    }

    #[test]
    fn text_is_known_by_its_bytes() {
        let mut replay = Replay::default();
        assert_eq!(replay.take_text("## A"), Some(0));
        replay.begin(ResumeAt::Start, false);
        assert_eq!(replay.take_text("## "), Some(3));
        assert_eq!(replay.take_text("Alpha"), Some(1));
        replay.begin(ResumeAt::Start, false);
        assert_eq!(replay.take_text("# B"), None);
    }
}
