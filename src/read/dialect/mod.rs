//! Records of any dialect → events. One table says which dialects there are; each is one small
//! file. No dialect keeps text or knows the outline: it takes text from its delta events only and
//! turns its own end and error into ours.
//!
//! To add one: write `dialect/name.rs` with a `pub const DIALECT`, and add a line to [`DIALECTS`].

use std::borrow::Cow;

use crate::read::event::{Event, Line, Reason};
use crate::read::frame::{Data, Frame, Framer, Framing};
use crate::read::json::{self, Json, Text};

mod ag_ui;
mod ai_sdk;
mod anthropic;
mod bedrock;
mod cohere;
mod failure;
mod gemini;
mod langserve;
mod mistral;
mod ollama;
mod openai_chat;
mod openai_responses;
mod replicate;
pub mod said;
mod stop;

use said::{Channel, Memory, Said, Source};

/// One foreign dialect.
#[derive(Debug)]
pub struct Dialect {
    /// The value of the `format` attribute.
    pub name: &'static str,
    /// Returns true if this record can only be this dialect's. Asked of each record until one is known.
    pub is: fn(&Record<'_>) -> bool,
    /// What a record says. A record of a known type that carries no text and no end says nothing;
    /// known fields of a wrong shape are as good as absent.
    pub read: fn(&Record<'_>, &mut Said<'_>) -> Result<(), Reason>,
}

/// All foreign dialects, in the order in which they are asked whether a record is theirs.
pub static DIALECTS: &[&Dialect] = &[
    &replicate::DIALECT,
    &langserve::DIALECT,
    &bedrock::DIALECT,
    &anthropic::DIALECT,
    &openai_responses::DIALECT,
    &ai_sdk::DIALECT,
    &ag_ui::DIALECT,
    &cohere::DIALECT,
    &gemini::DIALECT,
    &ollama::DIALECT,
    &openai_chat::DIALECT,
    &mistral::DIALECT,
];

/// A record that has been looked into as far as its JSON is valid.
#[derive(Clone, Copy, Debug)]
pub struct Record<'a> {
    /// The name of a server-sent event; empty for anything else.
    pub event: &'a str,
    /// What it carries, as text.
    pub data: &'a str,
    /// What it carries, as JSON.
    pub json: Result<Json<'a>, json::Error>,
}

impl<'a> Record<'a> {
    /// The record as a JSON object.
    pub fn object(&self) -> Result<Json<'a>, Reason> {
        let json = self.json.map_err(Reason::NotJson)?;
        if json.is_object() {
            Ok(json)
        } else {
            Err(Reason::NotAnObject)
        }
    }

    /// The field `key` of the record, as JSON.
    pub fn get(&self, key: &str) -> Option<Json<'a>> {
        self.json.ok()?.get(key)
    }

    /// The string field `key` of the record; empty where there is none.
    pub fn str(&self, key: &str) -> Cow<'a, str> {
        self.get(key).and_then(Json::str).unwrap_or_default()
    }

    /// Returns true if this is the sentinel that some producers send after their last record.
    pub fn is_sentinel(&self) -> bool {
        self.data.trim_ascii() == "[DONE]"
    }
}

/// The string at a path of keys, or the number as it is written, if there is one.
fn text_at(json: Json<'_>, path: &[&str]) -> Option<Text> {
    json.at(path).and_then(Json::text_or_number)
}

/// Says the text of a message's content: a string, or a list of parts of which some are text.
/// Returns true if there is any.
fn say_content(source: Source, channel: Channel, content: Json<'_>, said: &mut Said<'_>) -> bool {
    let mut has_text = false;
    let mut say = |text: Text, said: &mut Said<'_>| {
        has_text |= !text.is_empty();
        said.say(source, channel, text);
    };
    if let Some(text) = content.text_or_number() {
        say(text, said);
    }
    for part in content.items() {
        let kind = part.get("type").and_then(Json::str).unwrap_or_default();
        match (&*kind, part.text()) {
            (_, Some(text)) => say(text, said),
            ("text" | "output_text" | "", _) => {
                say(text_at(part, &["text"]).unwrap_or_default(), said);
            }
            ("refusal", _) => {
                said.refused(&part.get("refusal").and_then(Json::str).unwrap_or_default())
            }
            ("thinking" | "reasoning" | "redacted_thinking", _) => said.thought(),
            (kind, _) if kind.contains("tool") || kind.contains("call") => said.called(),
            _ => {}
        }
    }
    has_text
}

/// Returns true if a field has something in it: a text, or a list that is not empty.
fn has_some(field: Option<Json<'_>>) -> bool {
    field.is_some_and(|field| {
        field.str().is_some_and(|text| !text.is_empty())
            || field.items().next().is_some()
            || field.entries().next().is_some()
    })
}

/// The field, unless it is `null`.
fn present<'a>(json: Json<'a>, key: &str) -> Option<Json<'a>> {
    json.get(key).filter(|value| !value.is_null())
}

/// The whole number at `key`, 0 where there is none.
fn index(json: Json<'_>, key: &str) -> u64 {
    json.get(key).and_then(Json::integer).unwrap_or(0)
}

/// What the `format` attribute asks for.
#[derive(Clone, Copy, Debug, Default)]
pub enum Format {
    /// Told by the first bytes and records.
    #[default]
    Auto,
    /// Our own lines, in any framing.
    Own,
    /// Bare Markdown.
    Text,
    /// A foreign dialect, in any framing.
    Foreign(&'static Dialect),
}

impl Format {
    /// The format of this name.
    pub fn named(name: &str) -> Option<Format> {
        match name {
            "" | "auto" => Some(Format::Auto),
            "ndjson" | "sse" | "json-seq" => Some(Format::Own),
            "text" => Some(Format::Text),
            _ => DIALECTS
                .iter()
                .find(|dialect| dialect.name == name)
                .map(|dialect| Format::Foreign(dialect)),
        }
    }

    /// The names there are.
    pub fn names() -> impl Iterator<Item = &'static str> {
        let own = ["auto", "ndjson", "sse", "json-seq", "text"];
        own.into_iter()
            .chain(DIALECTS.iter().map(|dialect| dialect.name))
    }

    /// A splitter for the format of this name. Only a stream of no named format can be bare text:
    /// in any other, words before the first record are a fault and no outline.
    pub fn framer(name: &str) -> Framer {
        match name {
            "text" => Framer::new(Framing::Text),
            "sse" => Framer::new(Framing::Sse),
            "json-seq" => Framer::new(Framing::Values),
            "ndjson" | "ollama" => Framer::sniffing(Framing::Lines),
            _ if Format::named(name).is_some_and(|it| matches!(it, Format::Foreign(_))) => {
                Framer::sniffing(Framing::Sse)
            }
            _ => Framer::default(),
        }
    }
}

/// Reads the records of one stream.
#[derive(Debug, Default)]
pub struct Decoder {
    format: Format,
    memory: Memory,
}

impl Decoder {
    /// A decoder for a format; [`Format::Auto`] becomes another one with the first record that
    /// tells.
    pub fn new(format: Format) -> Self {
        Decoder {
            format,
            memory: Memory::default(),
        }
    }

    /// A decoder for the same format that remembers nothing.
    pub fn like(&self) -> Self {
        Decoder::new(self.format)
    }

    /// The name of the dialect, once it is known.
    pub fn dialect(&self) -> Option<&'static str> {
        match self.format {
            Format::Auto => None,
            Format::Own => Some("live-outline"),
            Format::Text => Some("text"),
            Format::Foreign(dialect) => Some(dialect.name),
        }
    }

    /// Appends what a record says to `events`; returns its `seq`, if it is one of our lines and has
    /// one.
    pub fn read(
        &mut self,
        frame: &Frame<'_>,
        events: &mut Vec<Event>,
    ) -> Result<Option<u64>, Reason> {
        let data = match frame.data {
            Data::TooLong => return Err(Reason::TooLong),
            Data::Text(text) => text.into(),
            // Checking is much faster than replacing what is invalid, which is next to never there.
            Data::Json(data) => std::str::from_utf8(data)
                .map_or_else(|_| String::from_utf8_lossy(data), Cow::Borrowed),
        };
        let record = Record {
            event: frame.event,
            data: &data,
            json: Json::parse(&data),
        };
        let read = self.read_record(&record, events);
        // An event without data is a sign of life at most, and so is a last `[DONE]` where the
        // dialect has an end of its own.
        let is_silent = data.trim_end().is_empty()
            || (matches!(self.format, Format::Foreign(_)) && record.is_sentinel());
        match read {
            Err(Reason::NotJson(_)) if is_silent => Ok(None),
            read => read,
        }
    }

    /// What came instead of text, for an answer that has ended without any.
    pub fn nothing_but(&self) -> Option<String> {
        match self.format {
            Format::Foreign(_) => self.memory.nothing_but(),
            _ => None,
        }
    }

    /// The body has ended cleanly: appends what that means in a dialect without a last record.
    pub fn finish(&mut self, events: &mut Vec<Event>) {
        if let Format::Foreign(_) = self.format {
            Said::new(&mut self.memory, events).body_end();
        }
    }

    fn read_record(
        &mut self,
        record: &Record<'_>,
        events: &mut Vec<Event>,
    ) -> Result<Option<u64>, Reason> {
        let own = match self.format {
            Format::Foreign(_) => None,
            _ => Some(record.json.map_err(Reason::NotJson).and_then(Line::read)),
        };
        if let (Format::Auto, Some(own)) = (self.format, &own) {
            self.format = tell(record, own);
        }
        let is_ours = match own.as_ref().and_then(|own| own.as_ref().ok()) {
            None => false,
            // An error of ours whose words stand where others have theirs.
            Some(line) => match &line.event {
                Event::Error { message, .. } => !message.is_empty(),
                event => *event != Event::Unknown,
            },
        };
        let failure = match is_ours {
            true => None,
            false => failure::of_record(record),
        };
        if let Format::Foreign(dialect) = self.format {
            let mut said = Said::new(&mut self.memory, events);
            let Some(failure) = failure else {
                return (dialect.read)(record, &mut said).map(|()| None);
            };
            // What it says besides comes first; how it ends is known.
            said.expect_failure(failure);
            let read = (dialect.read)(record, &mut said);
            said.end_record();
            return read.map(|()| None).or(Ok(None));
        }
        if let Some(failure) = failure {
            events.push(failure);
            return Ok(None);
        }
        let Some(own) = own else { return Ok(None) };
        let line = own?;
        events.push(line.event);
        Ok(line.seq)
    }
}

/// The format that a record tells, which reads as `own` as one of our lines. What can only be ours
/// comes first: no field that somebody adds to our lines makes them another dialect's.
fn tell(record: &Record<'_>, own: &Result<Line, Reason>) -> Format {
    let event = own.as_ref().ok().map(|line| &line.event);
    let is_ours = match event {
        Some(Event::Error { message, .. }) => !message.is_empty(),
        // Other dialects have types of these names.
        Some(Event::Unknown | Event::Start(_) | Event::Ping) | None => false,
        Some(_) => true,
    };
    if is_ours {
        return Format::Own;
    }
    match DIALECTS.iter().find(|dialect| (dialect.is)(record)) {
        Some(dialect) => Format::Foreign(dialect),
        None if matches!(event, Some(Event::Error { .. })) => Format::Own,
        None => Format::Auto,
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// Events on one line: deltas as they are, everything else in brackets.
    pub(crate) fn line(events: &[Event]) -> String {
        let mut line = String::new();
        for event in events {
            line += &match event.clone() {
                Event::Delta(text) => text.into_string(),
                Event::Snapshot(text) => format!("[snapshot {}]", text.into_string()),
                Event::Reset => "[reset]".to_owned(),
                Event::Done => "[done]".to_owned(),
                Event::Unknown => "[unknown]".to_owned(),
                Event::Ping => "[ping]".to_owned(),
                Event::Empty(came) => format!("[empty: {came}]"),
                Event::Start(start) => format!("[start {}]", start.run.unwrap_or_default()),
                Event::Error { message, retryable } => {
                    let again = if retryable { "again" } else { "final" };
                    format!("[error, {again}: {message}]")
                }
                other => format!("[{other:?}]"),
            };
        }
        line
    }

    /// Reads records, each `data` or `event|data`, as [`Format::Auto`] would; returns the dialect,
    /// and what was said up to the end of the body. A skipped record is `[skipped]`.
    pub(crate) fn told(records: &[&str]) -> (Option<&'static str>, String) {
        let mut decoder = Decoder::default();
        let mut said = String::new();
        let mut events = Vec::new();
        for record in records {
            let (event, data) = match record.split_once('|') {
                Some((event, data)) if event.bytes().all(|b| b.is_ascii_lowercase()) => {
                    (event, data)
                }
                _ => ("", *record),
            };
            let frame = Frame {
                number: 1,
                event,
                data: Data::Json(data.as_bytes()),
            };
            let read = decoder.read(&frame, &mut events);
            said += &line(&events);
            events.clear();
            if read.is_err() {
                said += "[skipped]";
            }
        }
        decoder.finish(&mut events);
        said += &line(&events);
        (decoder.dialect(), said)
    }

    /// Asserts what records of one dialect say.
    pub(crate) fn assert_said(dialect: &str, cases: &[(&[&str], &str)]) {
        for (records, expected) in cases {
            let (name, said) = told(records);
            assert_eq!(said, *expected, "{records:?}");
            assert_eq!(name, Some(dialect), "{records:?}");
        }
    }

    /// What a limit of the model's output says.
    pub(crate) const TOO_LONG: &str = "[error, again: The model reached its output limit. Raise it \
        or ask for a shorter outline.]";
    /// What a filter or a refusal without words says.
    pub(crate) const REFUSED: &str = "[error, final: The model declined, or its provider's filter \
        stopped it. Change the request and try again.]";

    #[test]
    fn our_own_lines_are_nobody_elses() {
        for own in [
            r#"{"type":"delta","text":"x","choices":[{"delta":{"content":"y"}}]}"#,
            r#"{"type":"snapshot","text":"x","model":"m","done":false}"#,
            r#"{"type":"module","title":"x","candidates":[]}"#,
            r#"{"type":"done","model":"m","done":true}"#,
            r#"{"type":"reset"}"#,
            r#"{"type":"error","message":"x","error":{"message":"y"},"errorText":"z"}"#,
            r#"{"type":"error"}"#,
            "data|{\"type\":\"delta\",\"text\":\"x\"}",
            "output|{\"type\":\"delta\",\"text\":\"x\"}",
        ] {
            assert_eq!(told(&[own]).0, Some("live-outline"), "{own}");
        }
    }

    #[test]
    fn what_can_be_anybodys_decides_nothing() {
        for (records, dialect) in [
            (&[r#"{"type":"start"}"#][..], None),
            (&[r#"{"type":"start","run":"a","modules":8}"#], None),
            (&[r#"{"type":"ping"}"#, "", "nonsense", "[DONE]"], None),
            (
                &[r#"{"type":"start"}"#, r#"{"type":"delta","text":""}"#],
                Some("live-outline"),
            ),
            (
                &[r#"{"type":"start"}"#, r#"{"type":"start-step"}"#],
                Some("ai-sdk"),
            ),
            (
                &[r#"{"type":"ping"}"#, r#"{"type":"message_start"}"#],
                Some("anthropic"),
            ),
        ] {
            assert_eq!(told(records).0, dialect, "{records:?}");
        }
    }

    #[test]
    fn an_event_without_data_is_no_fault() {
        assert_eq!(told(&["ping|", r#"{"type":"done"}"#, "end|"]).1, "[done]");
    }

    #[test]
    fn every_dialect_has_a_name_and_ignores_the_others_records() {
        for dialect in DIALECTS {
            assert!(Format::named(dialect.name).is_some(), "{}", dialect.name);
            for data in [
                "",
                "null",
                "[]",
                "{}",
                "7",
                "\"x\"",
                "{\"type\":7}",
                "{",
                "[DONE]",
            ] {
                let record = Record {
                    event: "",
                    data,
                    json: Json::parse(data),
                };
                assert!(!(dialect.is)(&record), "{} takes {data:?}", dialect.name);
            }
        }
    }

    #[test]
    fn wrong_shapes_are_ignored_and_bad_json_is_skipped() {
        let keys = [
            "type",
            "choices",
            "candidates",
            "message",
            "response",
            "delta",
            "error",
            "done",
            "model",
            "event_type",
            "finish_reason",
            "content",
            "text",
            "item",
            "promptFeedback",
        ];
        for dialect in DIALECTS {
            let mut decoder = Decoder::new(Format::Foreign(dialect));
            let mut events = Vec::new();
            let mut read = |data: &str| {
                decoder.read(
                    &Frame {
                        number: 1,
                        event: "",
                        data: Data::Json(data.as_bytes()),
                    },
                    &mut events,
                )
            };
            for key in keys {
                for value in [
                    "7",
                    "[[]]",
                    "[7]",
                    "{\"a\":[]}",
                    "[{\"delta\":7}]",
                    "\"\"",
                    "true",
                ] {
                    let _ = read(&format!("{{\"{key}\":{value}}}"));
                }
            }
            // In these two, an event's name tells what it is.
            if !["langserve", "replicate", "bedrock"].contains(&dialect.name) {
                assert!(
                    matches!(read("{\"a\":"), Err(Reason::NotJson(_))),
                    "{}",
                    dialect.name
                );
            }
            assert!(
                !events.iter().any(|event| matches!(event, Event::Done)),
                "{}: {}",
                dialect.name,
                line(&events)
            );
        }
    }
}
