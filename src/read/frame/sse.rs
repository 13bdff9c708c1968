//! Server-sent events → one record an event. Never reads what an event carries.
//!
//! Source: WHATWG HTML 9.2 (server-sent events), with two differences, both found in recorded
//! streams: an event pending at the end of the body is dispatched, and a bare JSON value between
//! events is a record of its own.

use std::mem;

use super::values::Values;
use super::{Data, Frame};
use crate::read::json::Checker;
use crate::read::lines::{LINE_BYTES_MAX, LineEnd, Lines, TooLong};

/// See [`Framing::Sse`](super::Framing::Sse).
#[derive(Debug)]
pub struct Sse {
    pub(super) lines: Lines,
    event: String,
    pub(super) data: Vec<u8>,
    /// The event has a `data` field, maybe an empty one.
    has_data: bool,
    overflowing: bool,
    /// More `data` cannot make it a record of its own any more.
    goes_on: bool,
    /// A bare JSON value between events.
    pub(super) bare: Values,
}

impl Default for Sse {
    fn default() -> Self {
        Sse {
            lines: Lines::new(LineEnd::Any),
            event: String::new(),
            data: Vec::new(),
            has_data: false,
            overflowing: false,
            goes_on: false,
            bare: Values::default(),
        }
    }
}

impl Sse {
    /// A splitter that has passed so many lines.
    pub(super) fn after(lines: u64) -> Self {
        let mut sse = Sse::default();
        sse.lines.restart(lines);
        sse
    }

    pub(super) fn feed(&mut self, chunk: &[u8], each: &mut dyn FnMut(Frame<'_>)) {
        let mut lines = mem::take(&mut self.lines);
        lines.feed(chunk, |number, line| self.line(number, line, each));
        self.lines = lines;
    }

    pub(super) fn finish(&mut self, each: &mut dyn FnMut(Frame<'_>)) {
        let mut lines = mem::take(&mut self.lines);
        let mut last = 0;
        lines.finish(|number, line| {
            last = number;
            self.line(number, line, each);
        });
        self.dispatch(last.max(lines.ended()), each);
        self.lines = lines;
    }

    pub(super) fn line(
        &mut self,
        number: u64,
        line: Result<&[u8], TooLong>,
        each: &mut dyn FnMut(Frame<'_>),
    ) {
        let Ok(line) = line else {
            self.overflowing = true;
            return;
        };
        if line.is_empty() && self.bare.depth == 0 {
            return self.dispatch(number, each);
        }
        // No line of a JSON value begins with a field's name: one that does was preceded by a value
        // that lacks its end.
        if self.bare.depth > 0
            && [&b"data:"[..], b"event:"]
                .iter()
                .any(|it| line.starts_with(it))
        {
            self.bare.end(each);
        }
        if self.bare.depth > 0 || (!self.has_data && line.starts_with(b"{")) {
            self.bare.lines = number - 1;
            self.bare.feed(line, each);
            return self.bare.feed(b"\n", each);
        }
        let colon = memchr::memchr(b':', line).unwrap_or(line.len());
        let (name, value) = line.split_at(colon);
        let value = value.strip_prefix(b":").unwrap_or(value);
        let value = value.strip_prefix(b" ").unwrap_or(value);
        // Some producers leave out the blank line between two events.
        match name {
            b"data" if begins_record(value) && self.is_record() => self.dispatch(number - 1, each),
            b"event" if !self.event.is_empty() && self.is_record() => {
                self.dispatch(number - 1, each);
            }
            _ => {}
        }
        match name {
            b"error" if !value.trim_ascii().is_empty() => {
                self.dispatch(number - 1, each);
                each(Frame {
                    number,
                    event: "error",
                    data: Data::Json(value),
                });
            }
            b"data" if self.data.len() + value.len() >= LINE_BYTES_MAX => self.overflowing = true,
            b"data" => {
                if mem::replace(&mut self.has_data, true) {
                    self.data.push(b'\n');
                }
                self.data.extend_from_slice(value);
            }
            b"event" => self.event = String::from_utf8_lossy(value).into_owned(),
            _ => {}
        }
    }

    fn dispatch(&mut self, number: u64, each: &mut dyn FnMut(Frame<'_>)) {
        if self.has_data || self.overflowing || !self.event.is_empty() {
            let data = if self.overflowing {
                Data::TooLong
            } else {
                Data::Json(&self.data)
            };
            each(Frame {
                number,
                event: &self.event,
                data,
            });
        }
        self.event.clear();
        self.data.clear();
        self.has_data = false;
        self.overflowing = false;
        self.goes_on = false;
    }

    /// Returns true if the data so far is a record by itself. Asked once where it is none, so that no
    /// data is looked at again and again.
    fn is_record(&mut self) -> bool {
        if !self.has_data || self.overflowing || self.goes_on {
            return false;
        }
        let data = self.data.trim_ascii();
        let is_object = || {
            let end = Checker::default().feed(data);
            matches!(end, Ok(Some(end)) if end == data.len())
        };
        let is_record = data == b"[DONE]" || (data.starts_with(b"{") && is_object());
        self.goes_on = !is_record;
        is_record
    }
}

/// Returns true if a value of a `data` field begins a record, and does not go on with one.
fn begins_record(value: &[u8]) -> bool {
    let value = value.trim_ascii_start();
    value.starts_with(b"{") || value.starts_with(b"[DONE]")
}
