//! Bytes in any cut → records, whatever carries them: lines, server-sent events, JSON values, bare
//! text. Never knows what a record means.
//!
//! Sources: NDJSON 1.0; WHATWG HTML 9.2 (server-sent events), with two differences, both found in
//! recorded streams: an event pending at the end of the body is dispatched, and a bare JSON value
//! between events is a record of its own; RFC 7464 (JSON text sequences).

use std::mem;

use crate::core::lines::{LINE_BYTES_MAX, LineEnd, Lines, TooLong};

/// One record, before anybody has looked into it.
#[derive(Clone, Copy, Debug)]
pub struct Frame<'a> {
    /// The one-based line it ended on; of bare text, the one it began on.
    pub number: u64,
    /// The name of a server-sent event; empty for anything else.
    pub event: &'a str,
    /// What it carries.
    pub data: Data<'a>,
}

/// What a record carries.
#[derive(Clone, Copy, Debug)]
pub enum Data<'a> {
    /// Bytes that should be JSON.
    Json(&'a [u8]),
    /// A piece of bare text.
    Text(&'a str),
    /// A record longer than [`LINE_BYTES_MAX`], dropped.
    TooLong,
}

impl Data<'_> {
    /// What it says; nothing of one that was dropped.
    pub fn bytes(&self) -> &[u8] {
        match self {
            Data::Json(bytes) => bytes,
            Data::Text(text) => text.as_bytes(),
            Data::TooLong => b"",
        }
    }
}

/// How records are told apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Framing {
    /// One record a line.
    Lines,
    /// Server-sent events.
    Sse,
    /// JSON values, in an array or one after the other, over any number of lines.
    Values,
    /// One long text.
    Text,
    /// An HTML or XML page: a wrong address or a login page, no stream.
    Page,
}

impl Framing {
    fn or_if_text(self, otherwise: Framing) -> Framing {
        if self == Framing::Text {
            otherwise
        } else {
            self
        }
    }
}

/// Splits a byte stream into records.
#[derive(Debug)]
pub enum Framer {
    /// The framing is not known yet.
    Sniffing {
        /// The first bytes.
        first: Vec<u8>,
        /// The framing where they tell none.
        otherwise: Framing,
    },
    /// See [`Framing::Lines`].
    Lines(Lines),
    /// See [`Framing::Sse`].
    Sse(Sse),
    /// See [`Framing::Values`].
    Values(Values),
    /// See [`Framing::Text`].
    Text(Text),
    /// See [`Framing::Page`].
    Page,
}

/// As many first bytes as are looked at to know the framing; more blanks than that are bare text.
const SNIFF_BYTES_MAX: usize = 4096;

/// The byte order mark in UTF-8.
const BOM: &[u8] = b"\xef\xbb\xbf";

impl Default for Framer {
    fn default() -> Self {
        Framer::sniffing(Framing::Text)
    }
}

impl Framer {
    /// A splitter that looks at the first bytes, and takes them for `otherwise` if they look like
    /// bare text.
    pub fn sniffing(otherwise: Framing) -> Self {
        Framer::Sniffing {
            first: Vec::new(),
            otherwise,
        }
    }

    /// A splitter for a framing that is known.
    pub fn new(framing: Framing) -> Self {
        match framing {
            Framing::Lines => Framer::Lines(Lines::new(LineEnd::Lf)),
            Framing::Sse => Framer::Sse(Sse::default()),
            Framing::Values => Framer::Values(Values::default()),
            Framing::Text => Framer::Text(Text::default()),
            Framing::Page => Framer::Page,
        }
    }

    /// The framing, once it is known.
    pub fn framing(&self) -> Option<Framing> {
        match self {
            Framer::Sniffing { .. } => None,
            Framer::Lines(_) => Some(Framing::Lines),
            Framer::Sse(_) => Some(Framing::Sse),
            Framer::Values(_) => Some(Framing::Values),
            Framer::Text(_) => Some(Framing::Text),
            Framer::Page => Some(Framing::Page),
        }
    }

    /// Hands each record that ends in `chunk` to `each`; of bare text, what there is.
    pub fn feed(&mut self, chunk: &[u8], mut each: impl FnMut(Frame<'_>)) {
        if let Framer::Sniffing { first, otherwise } = self {
            first.extend_from_slice(chunk);
            // However much has come at once, no more than this is looked at.
            let is_long = first.len() >= SNIFF_BYTES_MAX;
            let told = sniff(&first[..first.len().min(SNIFF_BYTES_MAX)])
                .or(is_long.then_some(Framing::Text));
            let Some(framing) = told.map(|told| told.or_if_text(*otherwise)) else {
                return;
            };
            let first = mem::take(first);
            *self = Framer::new(framing);
            self.feed_known(&first, &mut each);
        } else {
            self.feed_known(chunk, &mut each);
        }
    }

    /// The stream has ended: hands out what was pending.
    pub fn finish(&mut self, mut each: impl FnMut(Frame<'_>)) {
        if let Framer::Sniffing { first, otherwise } = self {
            let first = mem::take(first);
            let told = sniff(&[&first[..], b"\n"].concat()).unwrap_or(Framing::Text);
            *self = Framer::new(told.or_if_text(*otherwise));
            self.feed_known(&first, &mut each);
        }
        match self {
            Framer::Lines(lines) => lines.finish(|number, line| json_line(number, line, &mut each)),
            Framer::Sse(sse) => sse.finish(&mut each),
            Framer::Text(text) => text.finish(&mut each),
            Framer::Sniffing { .. } | Framer::Values(_) | Framer::Page => {}
        }
    }

    /// Whether a record has begun and not ended.
    pub fn is_mid_record(&self) -> bool {
        match self {
            Framer::Sniffing { first, .. } => !first.trim_ascii().is_empty(),
            Framer::Lines(lines) => lines.is_mid_line(),
            Framer::Sse(sse) => {
                sse.lines.is_mid_line() || !sse.data.is_empty() || sse.bare.depth > 0
            }
            Framer::Values(values) => values.depth > 0 || values.in_array,
            Framer::Text(_) | Framer::Page => false,
        }
    }

    /// Bytes of the record that has begun and not ended; `None` where they are not counted.
    pub fn open_bytes(&self) -> Option<usize> {
        match self {
            Framer::Sniffing { first, .. } => Some(first.len()),
            Framer::Lines(lines) => lines.open_bytes(),
            Framer::Text(text) => Some(text.cut.len()),
            Framer::Sse(_) | Framer::Values(_) | Framer::Page => {
                (!self.is_mid_record()).then_some(0)
            }
        }
    }

    /// Lines so far.
    pub fn lines(&self) -> u64 {
        match self {
            Framer::Lines(lines) => lines.ended(),
            Framer::Sse(sse) => sse.lines.ended(),
            Framer::Values(values) => values.lines,
            Framer::Text(text) => text.lines,
            Framer::Sniffing { .. } | Framer::Page => 0,
        }
    }

    /// Forgets the record that has not ended: the next bytes begin a record, after so many lines.
    pub fn restart(&mut self, after: u64, at_start: bool) {
        match self {
            Framer::Sniffing { first, .. } => first.clear(),
            Framer::Lines(lines) => lines.restart(after),
            Framer::Sse(sse) => {
                *sse = Sse::default();
                sse.lines.restart(after);
            }
            Framer::Values(values) => {
                *values = Values {
                    lines: after,
                    ..Values::default()
                }
            }
            Framer::Text(text) => {
                *text = Text {
                    started: !at_start,
                    lines: after,
                    ..Text::default()
                }
            }
            Framer::Page => {}
        }
    }

    fn feed_known(&mut self, chunk: &[u8], each: &mut dyn FnMut(Frame<'_>)) {
        match self {
            Framer::Lines(lines) => {
                lines.feed(chunk, |number, line| json_line(number, line, each));
            }
            Framer::Sse(sse) => sse.feed(chunk, each),
            Framer::Values(values) => values.feed(chunk, each),
            Framer::Text(text) => text.feed(chunk, each),
            Framer::Sniffing { .. } | Framer::Page => {}
        }
    }
}

/// A line is a record, unless it is blank.
fn json_line(number: u64, line: Result<&[u8], TooLong>, each: &mut dyn FnMut(Frame<'_>)) {
    if line.is_ok_and(|line| line.trim_ascii().is_empty()) {
        return;
    }
    each(Frame {
        number,
        event: "",
        data: line.map_or(Data::TooLong, Data::Json),
    });
}

/// The framing that the first bytes of a stream tell; `None` while they could still be several.
fn sniff(first: &[u8]) -> Option<Framing> {
    if BOM.starts_with(first) {
        return None;
    }
    let text = first.strip_prefix(BOM).unwrap_or(first).trim_ascii_start();
    match text.first()? {
        b'{' | b'"' => return Some(Framing::Lines),
        0x1E => return Some(Framing::Values),
        b'[' => {
            return match text[1..].trim_ascii_start().first()? {
                b'{' | b']' => Some(Framing::Values),
                _ => Some(Framing::Text),
            };
        }
        b':' => return Some(Framing::Sse),
        _ => {}
    }
    // The rest is told by how a line begins; what is still the beginning of several is not decided.
    let lower = text[..text.len().min(10)].to_ascii_lowercase();
    let starts = |name: &str| {
        let name = name.as_bytes();
        if lower.starts_with(name) {
            Some(true)
        } else {
            (!name.starts_with(&lower)).then_some(false)
        }
    };
    for (name, framing) in [
        ("data:", Framing::Sse),
        ("event:", Framing::Sse),
        ("id:", Framing::Sse),
        ("retry:", Framing::Sse),
        ("<!doctype", Framing::Page),
        ("<html", Framing::Page),
        ("<?xml", Framing::Page),
    ] {
        if starts(name)? {
            return Some(framing);
        }
    }
    // Vercel's older lines: a code, a colon, JSON.
    if matches!(text[0], b'0'..=b'9' | b'a'..=b'k') {
        return match (text.get(1)?, text.get(2)) {
            (b':', None) => None,
            (b':', Some(b'"' | b'{' | b'[')) => Some(Framing::Lines),
            _ => Some(Framing::Text),
        };
    }
    Some(Framing::Text)
}

/// Server-sent events → one record an event.
#[derive(Debug)]
pub struct Sse {
    lines: Lines,
    event: String,
    data: Vec<u8>,
    /// The event has a `data` field, maybe an empty one.
    has_data: bool,
    overflowing: bool,
    /// A bare JSON value between events.
    bare: Values,
}

impl Default for Sse {
    fn default() -> Self {
        Sse {
            lines: Lines::new(LineEnd::Any),
            event: String::new(),
            data: Vec::new(),
            has_data: false,
            overflowing: false,
            bare: Values::default(),
        }
    }
}

impl Sse {
    fn feed(&mut self, chunk: &[u8], each: &mut dyn FnMut(Frame<'_>)) {
        let mut lines = mem::take(&mut self.lines);
        lines.feed(chunk, |number, line| self.line(number, line, each));
        self.lines = lines;
    }

    fn finish(&mut self, each: &mut dyn FnMut(Frame<'_>)) {
        let mut lines = mem::take(&mut self.lines);
        let mut last = 0;
        lines.finish(|number, line| {
            last = number;
            self.line(number, line, each);
        });
        self.dispatch(last, each);
        self.lines = lines;
    }

    fn line(&mut self, number: u64, line: Result<&[u8], TooLong>, each: &mut dyn FnMut(Frame<'_>)) {
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
        match name {
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
    }
}

/// JSON objects, in an array or one after the other → one record an object.
#[derive(Debug, Default)]
pub struct Values {
    value: Vec<u8>,
    /// Brackets open inside the value; 0 between values.
    depth: usize,
    in_string: bool,
    escaped: bool,
    overflowing: bool,
    /// The values stand in an array that has not ended.
    in_array: bool,
    /// Line ends passed.
    lines: u64,
}

impl Values {
    fn feed(&mut self, chunk: &[u8], each: &mut dyn FnMut(Frame<'_>)) {
        for &byte in chunk {
            self.lines += u64::from(byte == b'\n');
            if byte == 0x1E {
                // A record separator is no part of any JSON text: what came before it was cut.
                if self.depth > 0 {
                    self.end(each);
                }
                continue;
            }
            if self.depth == 0 && byte != b'{' {
                match byte {
                    b'[' => self.in_array = true,
                    b']' => self.in_array = false,
                    _ => {}
                }
                continue;
            }
            if self.value.len() < LINE_BYTES_MAX {
                self.value.push(byte)
            } else {
                self.overflowing = true
            }
            match byte {
                _ if self.escaped => self.escaped = false,
                b'\\' if self.in_string => self.escaped = true,
                b'"' => self.in_string = !self.in_string,
                b'{' | b'[' if !self.in_string => self.depth += 1,
                b'}' | b']' if !self.in_string => {
                    self.depth -= 1;
                    if self.depth == 0 {
                        self.end(each);
                    }
                }
                _ => {}
            }
        }
    }

    fn end(&mut self, each: &mut dyn FnMut(Frame<'_>)) {
        let data = if self.overflowing {
            Data::TooLong
        } else {
            Data::Json(&self.value)
        };
        each(Frame {
            number: self.lines + 1,
            event: "",
            data,
        });
        *self = Values {
            in_array: self.in_array,
            lines: self.lines,
            ..Values::default()
        };
    }
}

/// Bare text, decoded as a `TextDecoder` decodes a stream.
#[derive(Debug, Default)]
pub struct Text {
    /// The first bytes of a character whose rest has not come.
    cut: Vec<u8>,
    /// The byte order mark has been looked for.
    started: bool,
    lines: u64,
}

impl Text {
    fn feed(&mut self, chunk: &[u8], each: &mut dyn FnMut(Frame<'_>)) {
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

    fn finish(&mut self, each: &mut dyn FnMut(Frame<'_>)) {
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

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn split(chunks: &[&[u8]]) -> (Option<Framing>, Vec<String>) {
        let mut seen: Vec<String> = Vec::new();
        let mut text = String::new();
        let mut framer = Framer::default();
        let mut each = |frame: Frame<'_>| match frame.data {
            Data::Json(data) => {
                seen.push(format!(
                    "{} {} {}",
                    frame.number,
                    frame.event,
                    String::from_utf8_lossy(data)
                ));
            }
            Data::Text(piece) => text.push_str(piece),
            Data::TooLong => seen.push(format!("{} too long", frame.number)),
        };
        for chunk in chunks {
            framer.feed(chunk, &mut each);
        }
        framer.finish(&mut each);
        if !text.is_empty() {
            seen.push(text);
        }
        (framer.framing(), seen)
    }

    fn any_cut(bytes: &[u8]) -> (Framing, Vec<String>) {
        let (framing, whole) = split(&[bytes]);
        let single: Vec<&[u8]> = bytes.chunks(1).collect();
        assert_eq!(split(&single), (framing, whole.clone()), "byte by byte");
        for at in 0..bytes.len() {
            assert_eq!(
                split(&[&bytes[..at], &bytes[at..]]),
                (framing, whole.clone()),
                "cut at {at}"
            );
        }
        (framing.unwrap(), whole)
    }

    #[test]
    fn the_first_bytes_tell_the_framing() {
        for (text, framing) in [
            ("{\"a\":1}", Framing::Lines),
            ("\u{feff} \n{}", Framing::Lines),
            ("0:\"x\"", Framing::Lines),
            ("f:{\"a\":1}", Framing::Lines),
            ("[{\"a\":1}]", Framing::Values),
            ("[\n ]", Framing::Values),
            ("\u{1e}{}\n", Framing::Values),
            ("data: x", Framing::Sse),
            (": hi\n", Framing::Sse),
            ("event:x\n", Framing::Sse),
            ("# T\n", Framing::Text),
            ("data is", Framing::Text),
            ("[link](x)", Framing::Text),
            ("", Framing::Text),
            ("da", Framing::Text),
            ("a: b", Framing::Text),
            ("1. x", Framing::Text),
            ("<!DOCTYPE html>", Framing::Page),
            ("<details>", Framing::Text),
            ("eventually", Framing::Text),
            ("Internal Server Error", Framing::Text),
        ] {
            assert_eq!(any_cut(text.as_bytes()).0, framing, "{text:?}");
        }
    }

    #[test]
    fn server_sent_events() {
        let (_, seen) = any_cut(b": hi\r\nevent: a\r\ndata: {\r\ndata: }\r\n\r\nid: 1\ndata:x\rdata\r\revent: done\n\ndata:  y");
        assert_eq!(seen, ["5 a {\n}", "9  x\n", "11 done ", "12   y"]);
    }

    #[test]
    fn server_sent_events_as_browsers_read_them() {
        for (stream, events) in [
            // The mark of the stream is no part of the first field's name.
            ("\u{feff}data: a\n\n", &["2  a"][..]),
            // A field without a colon has an empty value; several `data` are lines of one.
            ("data\ndata\n\n", &["3  \n"]),
            // Only one blank after the colon is dropped.
            ("data:  a\ndata:b\n\n", &["3   a\nb"]),
            // Comments, unknown fields, ids and times say nothing.
            (": c\nid: 1\0\nretry: 5\nother: x\n\n", &[]),
            // An event of its name alone carries nothing, and its name does not last.
            ("event: x\n\ndata: a\n\n", &["2 x ", "4  a"]),
            // A name is matched whole, and as it is written.
            ("Data: a\n data: b\ndatas: c\n\n", &[]),
        ] {
            let (framing, seen) = any_cut(
                format!(":\n{stream}")
                    .replacen(":\n\u{feff}", "\u{feff}", 1)
                    .as_bytes(),
            );
            let first = u64::from(!stream.starts_with('\u{feff}'));
            let shifted: Vec<String> = events
                .iter()
                .map(|event| {
                    let (number, rest) = event.split_once(' ').unwrap();
                    format!("{} {rest}", number.parse::<u64>().unwrap() + first)
                })
                .collect();
            assert_eq!((framing, seen), (Framing::Sse, shifted), "{stream:?}");
        }
    }

    #[test]
    fn a_bare_value_between_events_is_a_record() {
        let (_, seen) =
            any_cut(b"data: 1\n\n{\n  \"error\": {\n    \"code\": 499\n\n  }\n}\ndata: 2\n\n");
        assert_eq!(seen[1], "8  {\n  \"error\": {\n    \"code\": 499\n\n  }\n}");
        assert_eq!(seen[2], "10  2");
    }

    #[test]
    fn a_bare_value_without_its_end_does_not_swallow_the_next_event() {
        let (_, seen) = any_cut(b"data: 1\n\n{\"a\":\ndata: 2\n\n");
        assert_eq!(seen[1], "4  {\"a\":\n");
        assert_eq!(seen[2], "5  2");
    }

    #[test]
    fn an_end_inside_a_value_or_an_array_is_inside_a_record() {
        for (text, is_mid) in [
            ("data: 1\n\n{\n  \"error\": {\n", true),
            ("data: 1\n\n{\n}\n", false),
            ("data: 1\n\n", false),
            ("[{}\n,", true),
            ("[{}]\n", false),
            ("[]", false),
            ("\x1e{}\n\x1e{}\n", false),
        ] {
            let mut framer = Framer::default();
            framer.feed(text.as_bytes(), |_| {});
            framer.finish(|_| {});
            assert_eq!(framer.is_mid_record(), is_mid, "{text:?}");
        }
    }

    #[test]
    fn a_named_format_is_never_bare_text() {
        for (text, framing) in [
            ("## Notes\ndata: 1\n\n", Framing::Sse),
            ("{}\n", Framing::Lines),
            ("[{}]", Framing::Values),
            ("<html>", Framing::Page),
            ("", Framing::Sse),
        ] {
            let mut framer = Framer::sniffing(Framing::Sse);
            framer.feed(text.as_bytes(), |_| {});
            framer.finish(|_| {});
            assert_eq!(framer.framing(), Some(framing), "{text:?}");
        }
    }

    #[test]
    fn values_in_arrays_and_sequences() {
        let (_, seen) = any_cut(b"[{\n\"a\":\"}\\\"]\"},\n{\"b\":[{}]}\n]");
        assert_eq!(seen, ["2  {\n\"a\":\"}\\\"]\"}", "3  {\"b\":[{}]}"]);
        let (_, seen) = any_cut(b"\x1e{\"a\":1}\n\x1e{\"b\":\x1e{\"c\":3}\n");
        assert_eq!(seen, ["1  {\"a\":1}", "2  {\"b\":", "2  {\"c\":3}"]);
    }

    #[test]
    fn bare_text_is_decoded_as_a_browser_does() {
        assert_eq!(any_cut("\u{feff}# é😀\n".as_bytes()).1, ["# é😀\n"]);
        assert_eq!(
            any_cut(b"a\xf0\x9f\x98b\xffc\xe2\x82").1,
            ["a\u{fffd}b\u{fffd}c\u{fffd}"]
        );
    }

    #[test]
    fn too_long_records_are_dropped_and_the_next_is_read() {
        let long = "x".repeat(LINE_BYTES_MAX);
        for (text, last) in [
            (format!("data: {long}\ndata: y\n\ndata: z\n\n"), "5  z"),
            (format!("[{{\"a\":\"{long}\"}},{{}}]"), "1  {}"),
            (format!("{{\"a\":\"{long}\"}}\n{{}}"), "2  {}"),
        ] {
            let (_, seen) = split(&[text.as_bytes()]);
            assert!(
                seen[0].ends_with("too long"),
                "{}",
                &seen[0][..20.min(seen[0].len())]
            );
            assert_eq!(seen[1], last);
        }
    }
}
