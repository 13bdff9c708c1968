//! Bytes in any cut → records, whatever carries them: lines, server-sent events, JSON values, AWS
//! event streams, bare text. Never knows what a record means.
//!
//! Each way to tell records apart is one file.

use std::mem;

pub(crate) mod event_stream;
mod ndjson;
mod sniff;
mod sse;
mod text;
mod values;

use event_stream::EventStream;
use ndjson::Ndjson;
use sse::Sse;
use text::Text;
use values::Values;

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
    /// A record longer than [`LINE_BYTES_MAX`](crate::read::lines::LINE_BYTES_MAX), dropped.
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
    /// AWS event streams.
    EventStream,
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
pub struct Framer {
    splitter: Splitter,
    /// The framing where the first bytes tell none.
    otherwise: Framing,
    /// The records were found in a text that came before them.
    is_found: bool,
}

#[derive(Debug)]
enum Splitter {
    /// The framing is not known yet.
    Sniffing(Sniffing),
    Lines(Ndjson),
    Sse(Sse),
    Values(Values),
    EventStream(EventStream),
    Text(Text),
    Page,
}

/// The first bytes, without most of the blanks before them.
#[derive(Debug, Default)]
struct Sniffing {
    first: Vec<u8>,
    /// Bytes and lines that are not kept.
    dropped: usize,
    lines: u64,
}

/// As many blanks before the first record are kept: servers send them as signs of life, without end.
const BLANKS_KEPT_MAX: usize = 256;

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
        Framer {
            splitter: Splitter::Sniffing(Sniffing::default()),
            otherwise,
            is_found: false,
        }
    }

    /// A splitter for a framing that is known.
    pub fn new(framing: Framing) -> Self {
        Framer {
            splitter: Splitter::new(framing, 0, true, false),
            otherwise: framing,
            is_found: false,
        }
    }

    /// The framing, once it is known.
    pub fn framing(&self) -> Option<Framing> {
        Some(match &self.splitter {
            Splitter::Sniffing(_) => return None,
            Splitter::Lines(_) => Framing::Lines,
            Splitter::Sse(_) => Framing::Sse,
            Splitter::Values(_) => Framing::Values,
            Splitter::EventStream(_) => Framing::EventStream,
            Splitter::Text(_) => Framing::Text,
            Splitter::Page => Framing::Page,
        })
    }

    /// Hands each record that ends in `chunk` to `each`; of bare text, what there is.
    pub fn feed(&mut self, chunk: &[u8], mut each: impl FnMut(Frame<'_>)) {
        match self.tell(chunk) {
            None => self.feed_known(chunk, &mut each),
            Some(first) => self.feed_known(&first, &mut each),
        }
    }

    /// If the framing is not known yet: takes the next bytes, and gives all bytes so far once they
    /// have told it. They have to be fed then, at once or a line at a time.
    pub fn tell(&mut self, chunk: &[u8]) -> Option<Vec<u8>> {
        let Splitter::Sniffing(sniffing) = &mut self.splitter else {
            return None;
        };
        sniffing.first.extend_from_slice(chunk);
        Some(match sniffing.framing() {
            Some(framing) => self.settle(framing),
            None => Vec::new(),
        })
    }

    /// The stream has ended: hands out what was pending.
    pub fn finish(&mut self, mut each: impl FnMut(Frame<'_>)) {
        self.end_line(&mut each);
        match &mut self.splitter {
            Splitter::Lines(lines) => lines.finish(&mut each),
            Splitter::Sse(sse) => sse.finish(&mut each),
            Splitter::Text(text) => text.finish(&mut each),
            Splitter::Sniffing(_)
            | Splitter::Values(_)
            | Splitter::EventStream(_)
            | Splitter::Page => {}
        }
    }

    /// The body has ended: what the last line of a text is, or the first bytes are, is decided.
    pub fn end_line(&mut self, mut each: impl FnMut(Frame<'_>)) {
        if let Splitter::Sniffing(sniffing) = &self.splitter {
            let framing = sniff::sniff_end(&sniffing.first);
            let first = self.settle(framing);
            self.feed_known(&first, &mut each);
        }
        if let Splitter::Text(text) = &mut self.splitter
            && let Some(found) = text.end_line(&mut each)
        {
            self.take_found(found, &mut each);
        }
    }

    /// Returns true if a record that is found in the text makes the rest of it records.
    pub fn is_watching(&self) -> bool {
        matches!(&self.splitter, Splitter::Text(text) if text.is_watching())
    }

    /// Somebody has seen the text: it stays text, whatever comes.
    pub fn stop_watching(&mut self, mut each: impl FnMut(Frame<'_>)) {
        if let Splitter::Text(text) = &mut self.splitter {
            text.stop_watching(&mut each);
        }
    }

    /// Returns true if a record has begun and not ended.
    pub fn is_mid_record(&self) -> bool {
        match &self.splitter {
            Splitter::Sniffing(sniffing) => !sniffing.first.trim_ascii().is_empty(),
            Splitter::Lines(lines) => lines.is_mid_record(),
            Splitter::Sse(sse) => {
                sse.lines.is_mid_line() || !sse.data.is_empty() || sse.bare.depth > 0
            }
            Splitter::Values(values) => values.depth > 0 || values.in_array,
            Splitter::EventStream(stream) => stream.is_mid_record(),
            Splitter::Text(_) | Splitter::Page => false,
        }
    }

    /// Bytes of the record that has begun and not ended; `None` where they are not counted.
    pub fn open_bytes(&self) -> Option<usize> {
        match &self.splitter {
            Splitter::Sniffing(sniffing) => Some(sniffing.first.len() + sniffing.dropped),
            Splitter::Lines(lines) => lines.open_bytes(),
            Splitter::Text(text) => Some(text.open_bytes()),
            Splitter::Sse(_) | Splitter::Values(_) | Splitter::EventStream(_) | Splitter::Page => {
                (!self.is_mid_record()).then_some(0)
            }
        }
    }

    /// Lines so far; messages where there are no lines.
    pub fn lines(&self) -> u64 {
        match &self.splitter {
            Splitter::Lines(lines) => lines.lines.ended(),
            Splitter::Sse(sse) => sse.lines.ended(),
            Splitter::Values(values) => values.lines,
            Splitter::EventStream(stream) => stream.messages,
            Splitter::Text(text) => text.lines,
            Splitter::Sniffing(_) | Splitter::Page => 0,
        }
    }

    /// Forgets the record that has not ended: the next bytes begin a record, after so many lines.
    pub fn restart(&mut self, after: u64, at_start: bool) {
        let watches = self.is_watching();
        self.splitter = match self.framing() {
            // The text before the records comes again.
            Some(_) if self.is_found && at_start => Splitter::Sniffing(Sniffing::default()),
            Some(framing) => Splitter::new(framing, after, at_start, watches),
            None => Splitter::Sniffing(Sniffing::default()),
        };
    }

    /// The framing is known: gives the bytes that told it.
    fn settle(&mut self, framing: Framing) -> Vec<u8> {
        let Splitter::Sniffing(sniffing) = &mut self.splitter else {
            return Vec::new();
        };
        let Sniffing {
            first,
            dropped,
            lines,
        } = mem::take(sniffing);
        let watches = self.otherwise == Framing::Text;
        let framing = framing.or_if_text(self.otherwise);
        self.splitter = Splitter::new(framing, lines, dropped == 0, watches);
        first
    }

    fn take_found(&mut self, (framing, rest): text::Found, each: &mut dyn FnMut(Frame<'_>)) {
        self.splitter = Splitter::new(framing, self.lines(), false, false);
        self.is_found = true;
        self.feed_known(&rest, each);
    }

    fn feed_known(&mut self, chunk: &[u8], each: &mut dyn FnMut(Frame<'_>)) {
        match &mut self.splitter {
            Splitter::Lines(lines) => lines.feed(chunk, each),
            Splitter::Sse(sse) => sse.feed(chunk, each),
            Splitter::Values(values) => values.feed(chunk, each),
            Splitter::EventStream(stream) => stream.feed(chunk, each),
            Splitter::Text(text) => {
                if let Some(found) = text.feed(chunk, each) {
                    self.take_found(found, each);
                }
            }
            Splitter::Sniffing(_) | Splitter::Page => {}
        }
    }
}

impl Splitter {
    /// A splitter of this framing, after so many lines.
    fn new(framing: Framing, after: u64, at_start: bool, watches: bool) -> Self {
        match framing {
            Framing::Lines => Splitter::Lines(Ndjson::after(after)),
            Framing::Sse => Splitter::Sse(Sse::after(after)),
            Framing::Values => Splitter::Values(Values::after(after)),
            Framing::EventStream => Splitter::EventStream(EventStream::after(after)),
            Framing::Text => Splitter::Text(Text::after(after, at_start, watches)),
            Framing::Page => Splitter::Page,
        }
    }
}

impl Sniffing {
    /// The framing, if the bytes so far tell it.
    fn framing(&mut self) -> Option<Framing> {
        let mark = if self.dropped == 0 && self.first.starts_with(BOM) {
            BOM.len()
        } else {
            0
        };
        let blanks = self.first[mark..]
            .iter()
            .take_while(|byte| byte.is_ascii_whitespace())
            .count();
        if blanks > BLANKS_KEPT_MAX {
            let drop = mark + blanks - BLANKS_KEPT_MAX;
            let lines = self.first[..drop].iter().filter(|byte| **byte == b'\n');
            self.lines += lines.count() as u64;
            self.first.drain(..drop);
            self.dropped += drop;
        }
        // However much has come at once, no more than this is looked at.
        let most = blanks.min(BLANKS_KEPT_MAX) + BOM.len() + sniff::SNIFF_BYTES_MAX;
        let first = &self.first[..self.first.len().min(most)];
        sniff::sniff(first).or_else(|| (first.len() == most).then(|| sniff::sniff_end(first)))
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::read::lines::LINE_BYTES_MAX;

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
            ("\"Pricing\" is a course\n", Framing::Text),
            ("{name} says\n", Framing::Text),
            ("{{x}}", Framing::Text),
            ("{\"modules\":[]}", Framing::Text),
            ("{ \"Course Title\": \"x\"}", Framing::Text),
            ("{\n  \"audience\": \"all\"}", Framing::Text),
            ("{\n  \"choices\": []}", Framing::Lines),
            ("[{\"title\":\"x\"}]", Framing::Text),
            ("[{\n  \"candidates\": []}]", Framing::Values),
            ("[ ] a box", Framing::Text),
            ("[ ]", Framing::Values),
            (": a colon\n## A", Framing::Text),
            (": a sign of life\n\n: b\ndata: x", Framing::Sse),
            ("Data: 1\n", Framing::Text),
            ("error: it broke\n", Framing::Text),
            ("error: {}\n", Framing::Sse),
            ("\0\0\0\0\0\0\0\0\0\0\0\0", Framing::Text),
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
    fn events_without_a_blank_line_between_them() {
        let (_, seen) = any_cut(b"data: {\"a\":1}\ndata: {\"b\":\ndata: 2}\ndata: [DONE]\n");
        assert_eq!(seen, ["1  {\"a\":1}", "3  {\"b\":\n2}", "4  [DONE]"]);
        let (_, seen) = any_cut(b"event: a\ndata: {}\nevent: b\ndata: {}\n\n");
        assert_eq!(seen, ["2 a {}", "5 b {}"]);
        let (_, seen) = any_cut(b"data: {}\nerror: it broke\ndata: x\n\n");
        assert_eq!(seen, ["1  {}", "2 error it broke", "4  x"]);
    }

    #[test]
    fn several_objects_a_line_and_one_over_several_lines() {
        for (text, records) in [
            (
                "{\"a\":1}{\"a\":2} {\"a\":3}\n",
                &["1  {\"a\":1}", "1  {\"a\":2}", "1   {\"a\":3}"][..],
            ),
            ("{\"a\":\"}{\"}\n", &["1  {\"a\":\"}{\"}"]),
            (
                "{\"a\":1}\n{\n\"b\":\n\n2\n}\n{\"c\":3}",
                &["1  {\"a\":1}", "6  {\n\"b\":\n2\n}", "7  {\"c\":3}"],
            ),
            (
                "{\"a\":1}{\n\"b\":2}{\"c\":3}\n",
                &["1  {\"a\":1}", "2  {\n\"b\":2}", "2  {\"c\":3}"],
            ),
            // A line that is torn is bad, and the next one is read.
            (
                "{\"type\":\"ping\"\n{\"a\":1}\n",
                &["1  {\"type\":\"ping\"\n", "2  {\"a\":1}"],
            ),
            (
                "{\"a\":\n{\"b\":1}\n{\"c\":1}\n",
                &["1  {\"a\":\n", "2  {\"b\":1}\n", "3  {\"c\":1}"],
            ),
            ("{\"a\":1}{\"b\n{}\n", &["1  {\"a\":1}", "1  {\"b", "2  {}"]),
            // Objects with something else behind them are one bad line.
            ("{\"a\":1}}\n{}\n", &["1  {\"a\":1}}", "2  {}"]),
        ] {
            let (framing, seen) = any_cut(format!("{{}}\n{text}").as_bytes());
            let seen: Vec<String> = seen[1..]
                .iter()
                .map(|record| {
                    let (number, rest) = record.split_once(' ').unwrap();
                    format!("{} {rest}", number.parse::<u64>().unwrap() - 1)
                })
                .collect();
            assert_eq!(
                (framing, &*seen),
                (
                    Framing::Lines,
                    &*records
                        .iter()
                        .map(|it| (*it).to_owned())
                        .collect::<Vec<_>>()
                ),
                "{text:?}"
            );
        }
    }

    #[test]
    fn records_are_found_in_text_that_nobody_has_seen() {
        for (text, framing, last) in [
            (
                "INFO: x\n{\"type\":\"done\"}\n",
                Framing::Lines,
                "2  {\"type\":\"done\"}",
            ),
            (
                "lta\"}\n\n{\"type\":\"done\"}",
                Framing::Lines,
                "3  {\"type\":\"done\"}",
            ),
            ("x\nevent: a\ndata: {}\n\n", Framing::Sse, "4 a {}"),
            (
                "x\ndata is\n{\"type\":\"course\"}\n",
                Framing::Text,
                "x\ndata is\n{\"type\":\"course\"}\n",
            ),
            ("x\nevent: a\nb\n", Framing::Text, "x\nevent: a\nb\n"),
        ] {
            let (told, seen) = any_cut(text.as_bytes());
            let seen = seen.iter().find(|it| **it == last);
            assert_eq!((told, seen.is_some()), (framing, true), "{text:?}");
        }
    }

    #[test]
    fn blanks_without_end_are_not_kept() {
        let mut framer = Framer::default();
        for _ in 0..1000 {
            framer.feed(&[b'\n'; 1000], |_| {});
        }
        let mut seen = Vec::new();
        framer.feed(b"{\"type\":\"done\"}\n", |frame| seen.push(frame.number));
        assert_eq!(
            (framer.framing(), &*seen),
            (Some(Framing::Lines), &[1_000_001][..])
        );
    }

    #[test]
    fn values_in_arrays_and_sequences() {
        let (_, seen) = any_cut(b"[{\n\"id\":\"}\\\"]\"},\n{\"b\":[{}]}\n]");
        assert_eq!(seen, ["2  {\n\"id\":\"}\\\"]\"}", "3  {\"b\":[{}]}"]);
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
