//! Lines → records: one a line as a rule, but several objects may share a line, and one may go on
//! over several. Never reads what they say.
//!
//! A line that is no beginning of an object is a record by itself, good or bad; so is the first of
//! several lines that together come to nothing.

use std::mem;

use super::{Data, Frame};
use crate::read::json::Checker;
use crate::read::lines::{LINE_BYTES_MAX, Lines, TooLong};

/// See [`Framing::Lines`](super::Framing::Lines).
#[derive(Debug, Default)]
pub struct Ndjson {
    pub(super) lines: Lines,
    /// An object that has begun in lines before, and not ended.
    begun: Begun,
}

#[derive(Debug, Default)]
struct Begun {
    checker: Checker,
    text: Vec<u8>,
    /// The number of each of its lines, and where it begins.
    lines: Vec<(u64, usize)>,
}

impl Ndjson {
    /// A splitter that has passed so many lines.
    pub(super) fn after(lines: u64) -> Self {
        let mut ndjson = Ndjson::default();
        ndjson.lines.restart(lines);
        ndjson
    }

    pub(super) fn feed(&mut self, chunk: &[u8], each: &mut dyn FnMut(Frame<'_>)) {
        let Ndjson { lines, begun } = self;
        lines.feed(chunk, |number, line| begun.line(number, line, each));
    }

    pub(super) fn finish(&mut self, each: &mut dyn FnMut(Frame<'_>)) {
        let Ndjson { lines, begun } = self;
        lines.finish(|number, line| begun.line(number, line, each));
        begun.give_up(each);
    }

    pub(super) fn is_mid_record(&self) -> bool {
        self.lines.is_mid_line() || !self.begun.lines.is_empty()
    }

    /// Bytes of the record that has not ended; nobody counts them over several lines.
    pub(super) fn open_bytes(&self) -> Option<usize> {
        let is_one = self.begun.lines.is_empty();
        self.lines.open_bytes().filter(|_| is_one)
    }
}

impl Begun {
    fn line(&mut self, number: u64, line: Result<&[u8], TooLong>, each: &mut dyn FnMut(Frame<'_>)) {
        let Ok(line) = line else {
            self.give_up(each);
            return record(number, Data::TooLong, each);
        };
        if self.lines.is_empty() {
            return match is_plain(line) {
                true => record(number, Data::Json(line), each),
                false => self.objects(number, line, each),
            };
        }
        if line.trim_ascii().is_empty() {
            return;
        }
        match self.checker.feed(line) {
            Ok(Some(end)) => {
                self.keep(number, &line[..end]);
                let mut whole = mem::take(self);
                whole.text.pop();
                record(number, Data::Json(&whole.text), each);
                self.objects(number, &line[end..], each);
            }
            Ok(None) if self.text.len() + line.len() < LINE_BYTES_MAX => self.keep(number, line),
            _ => {
                // What has begun was none. This line may be a record all the same.
                self.give_up(each);
                self.line(number, Ok(line), each);
            }
        }
    }

    fn keep(&mut self, number: u64, line: &[u8]) {
        self.lines.push((number, self.text.len()));
        self.text.extend_from_slice(line);
        self.text.push(b'\n');
    }

    /// The objects on a line; the last one may go on.
    fn objects(&mut self, number: u64, line: &[u8], each: &mut dyn FnMut(Frame<'_>)) {
        let mut ends = Vec::new();
        let mut at = 0;
        loop {
            let rest = &line[at..];
            if rest.trim_ascii_start().is_empty() {
                break;
            }
            if !rest.trim_ascii_start().starts_with(b"{") {
                // Objects with something else behind them are none.
                ends = vec![line.len()];
                break;
            }
            let mut checker = Checker::default();
            match checker.feed(rest) {
                Ok(Some(end)) => at += end,
                Ok(None) => {
                    self.checker = checker;
                    self.keep(number, rest);
                    break;
                }
                Err(_) => at = line.len(),
            }
            ends.push(at);
        }
        let mut from = 0;
        for end in ends {
            record(number, Data::Json(&line[from..end]), each);
            from = end;
        }
    }

    /// The object that has begun has no end: its first line is bad, and of those after it what is
    /// whole counts.
    fn give_up(&mut self, each: &mut dyn FnMut(Frame<'_>)) {
        let Begun { text, lines, .. } = mem::take(self);
        for (at, &(number, from)) in lines.iter().enumerate() {
            let end = lines.get(at + 1).map_or(text.len(), |next| next.1);
            let line = &text[from..end];
            let is_whole = || {
                let end = Checker::default().feed(line);
                matches!(end, Ok(Some(end)) if line[end..].trim_ascii().is_empty())
            };
            if at == 0 || (line.trim_ascii_start().starts_with(b"{") && is_whole()) {
                record(number, Data::Json(line), each);
            }
        }
    }
}

/// Returns true if a line is one record as far as can be seen without looking into strings.
fn is_plain(line: &[u8]) -> bool {
    if !line.trim_ascii_start().starts_with(b"{") {
        return true;
    }
    line.trim_ascii_end().ends_with(b"}")
        && memchr::memchr_iter(b'}', line).all(|at| {
            let next = line[at + 1..].trim_ascii_start().first();
            next != Some(&b'{')
        })
}

/// Hands out a record, unless it is blank.
fn record(number: u64, data: Data<'_>, each: &mut dyn FnMut(Frame<'_>)) {
    if matches!(data, Data::Json(line) if line.trim_ascii_start().is_empty()) {
        return;
    }
    each(Frame {
        number,
        event: "",
        data,
    });
}
