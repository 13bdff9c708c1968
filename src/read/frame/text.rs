//! Bare text, decoded as a `TextDecoder` decodes a stream, and the records found in it. Never
//! changes a character of it.
//!
//! Servers write a log line or a notice before the first record. As long as nobody has seen anything
//! of the text, a line that is a record makes it, and all that follows, records.

use std::mem;

use super::{BOM, Data, Frame, Framing, sniff};
use crate::read::json::Json;
use crate::read::lines::LINE_BYTES_MAX;

/// As much of the lines that name an event is held until the line with its data comes, in bytes.
const FIELDS_BYTES_MAX: usize = 4096;

/// See [`Framing::Text`].
#[derive(Debug, Default)]
pub struct Text {
    /// The first bytes of a character whose rest has not come.
    pub(super) cut: Vec<u8>,
    /// The byte order mark has been looked for.
    started: bool,
    pub(super) lines: u64,
    watch: Option<Watch>,
}

/// Looks for a record.
#[derive(Debug, Default)]
struct Watch {
    /// A line that may be one, as far as it has come.
    line: Vec<u8>,
    /// Whole lines before it that name an event.
    fields: Vec<u8>,
    /// The line that is passing is none.
    is_text: bool,
}

/// What has been found in a text: how its records are told apart, and its bytes from there.
pub(super) type Found = (Framing, Vec<u8>);

impl Text {
    /// Text from its beginning or from somewhere in it, after so many lines.
    pub(super) fn after(lines: u64, at_start: bool, watches: bool) -> Self {
        Text {
            started: !at_start,
            lines,
            watch: watches.then(Watch::default),
            ..Text::default()
        }
    }

    /// Returns true if it looks for records.
    pub(super) fn is_watching(&self) -> bool {
        self.watch.is_some()
    }

    /// Bytes that have not been handed out.
    pub(super) fn open_bytes(&self) -> usize {
        let held = self.watch.as_ref();
        self.cut.len() + held.map_or(0, |watch| watch.line.len() + watch.fields.len())
    }

    /// What has been held is text.
    pub(super) fn stop_watching(&mut self, each: &mut dyn FnMut(Frame<'_>)) {
        if let Some(watch) = self.watch.take() {
            self.decode(&watch.fields, each);
            self.decode(&watch.line, each);
        }
    }

    pub(super) fn feed(&mut self, chunk: &[u8], each: &mut dyn FnMut(Frame<'_>)) -> Option<Found> {
        let Some(mut watch) = self.watch.take() else {
            self.decode(chunk, each);
            return None;
        };
        let mut rest = chunk;
        while !rest.is_empty() {
            let end = memchr::memchr(b'\n', rest).map_or(rest.len(), |at| at + 1);
            let (piece, after) = rest.split_at(end);
            rest = after;
            let is_whole = piece.ends_with(b"\n");
            if watch.is_text {
                self.decode(piece, each);
                watch.is_text = !is_whole;
                continue;
            }
            watch.line.extend_from_slice(piece);
            match watch.look(is_whole) {
                Look::Wait => {}
                Look::Found(framing) => {
                    let mut found = watch.fields;
                    found.append(&mut watch.line);
                    found.extend_from_slice(rest);
                    return Some((framing, found));
                }
                Look::Text => {
                    self.decode(&mem::take(&mut watch.fields), each);
                    self.decode(&mem::take(&mut watch.line), each);
                    watch.is_text = !is_whole;
                }
            }
        }
        self.watch = Some(watch);
        None
    }

    /// The body has ended: a last line may be a record, too.
    pub(super) fn end_line(&mut self, each: &mut dyn FnMut(Frame<'_>)) -> Option<Found> {
        let watch = self.watch.as_mut()?;
        if !watch.line.is_empty()
            && let Look::Found(framing) = watch.look(true)
        {
            let mut found = mem::take(&mut watch.fields);
            found.append(&mut watch.line);
            return Some((framing, found));
        }
        self.stop_watching(each);
        self.watch = Some(Watch {
            is_text: true,
            ..Watch::default()
        });
        None
    }

    fn decode(&mut self, chunk: &[u8], each: &mut dyn FnMut(Frame<'_>)) {
        if chunk.is_empty() {
            return;
        }
        self.cut.extend_from_slice(chunk);
        let bytes = mem::take(&mut self.cut);
        let mut rest = &bytes[..];
        if !self.started {
            if rest.len() < BOM.len() && BOM.starts_with(rest) {
                self.cut = bytes;
                return;
            }
            self.started = true;
            rest = rest.strip_prefix(BOM).unwrap_or(rest);
        }
        while !rest.is_empty() {
            let (valid, after) = match std::str::from_utf8(rest) {
                Ok(text) => (text.len(), 0),
                Err(error) => (error.valid_up_to(), error.error_len().unwrap_or(usize::MAX)),
            };
            self.hand_out(&String::from_utf8_lossy(&rest[..valid]), each);
            rest = &rest[valid..];
            match after {
                0 => {}
                usize::MAX => {
                    self.cut = rest.to_vec();
                    return;
                }
                invalid => {
                    self.hand_out("\u{fffd}", each);
                    rest = &rest[invalid..];
                }
            }
        }
    }

    pub(super) fn finish(&mut self, each: &mut dyn FnMut(Frame<'_>)) {
        self.stop_watching(each);
        let cut = mem::take(&mut self.cut);
        self.hand_out(&String::from_utf8_lossy(&cut), each);
    }

    fn hand_out(&mut self, text: &str, each: &mut dyn FnMut(Frame<'_>)) {
        if !text.is_empty() {
            each(Frame {
                number: self.lines + 1,
                event: "",
                data: Data::Text(text),
            });
            self.lines += text.bytes().filter(|&byte| byte == b'\n').count() as u64;
        }
    }
}

/// What a line turns out to be.
enum Look {
    /// Nobody can say yet.
    Wait,
    /// Text.
    Text,
    /// A record.
    Found(Framing),
}

impl Watch {
    fn look(&mut self, is_whole: bool) -> Look {
        let may_be = sniff::may_be_record(&self.line);
        if may_be == Some(false) || (is_whole && may_be.is_none()) {
            return Look::Text;
        }
        if !is_whole {
            let is_long = self.line.len() > LINE_BYTES_MAX;
            return if is_long { Look::Text } else { Look::Wait };
        }
        if self.line.trim_ascii_start().starts_with(b"{") {
            return match is_record(&self.line) {
                true => Look::Found(Framing::Lines),
                false => Look::Text,
            };
        }
        if let Some(data) = self.line.strip_prefix(b"data:") {
            let data = data.trim_ascii();
            return match data == b"[DONE]" || is_object(data) {
                true => Look::Found(Framing::Sse),
                false => Look::Text,
            };
        }
        // A line that names an event: its data comes next.
        if self.fields.len() + self.line.len() > FIELDS_BYTES_MAX {
            return Look::Text;
        }
        self.fields.append(&mut self.line);
        Look::Wait
    }
}

fn is_object(bytes: &[u8]) -> bool {
    let text = std::str::from_utf8(bytes).unwrap_or_default();
    Json::parse(text).is_ok_and(Json::is_object)
}

/// Returns true if a line is one of ours, or one of a dialect that comes a line at a time.
fn is_record(line: &[u8]) -> bool {
    let text = String::from_utf8_lossy(line);
    let Ok(json) = Json::parse(&text) else {
        return false;
    };
    let [kind, choices, candidates, done] = json.fields(["type", "choices", "candidates", "done"]);
    let is_list = |json: Option<Json<'_>>| json.is_some_and(|it| it.raw().starts_with('['));
    match kind.and_then(Json::str) {
        Some(kind) => TYPES.contains(&&*kind),
        None => {
            is_list(choices)
                || is_list(candidates)
                || done.is_some_and(|done| matches!(done.raw(), "true" | "false"))
        }
    }
}

/// The types of our lines.
const TYPES: [&str; 10] = [
    "delta", "snapshot", "module", "lesson", "reset", "start", "status", "ping", "error", "done",
];
