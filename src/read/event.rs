//! The closed list of what a sender can say, and how our own lines say it. Never knows which
//! dialect was spoken.

use std::fmt;

use crate::read::json::{self, Json, Text};

/// The longest `id` of a node that is remembered, in bytes; a longer one is treated as absent.
pub const ID_BYTES_MAX: usize = 256;

/// One thing a sender says, in whatever dialect.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// A stream begins.
    Start(Start),
    /// The next piece of Markdown.
    Delta(Text),
    /// A whole module or lesson, by a progress update.
    Progress {
        /// Module or lesson.
        kind: ProgressKind,
        /// Its title, on one line.
        title: Text,
        /// The sender's name for it: one seen before renames that node.
        id: Option<String>,
    },
    /// The whole outline so far, as Markdown.
    Snapshot(Text),
    /// Drop everything shown.
    Reset,
    /// Nothing new, but the sender is alive.
    Ping,
    /// The producer failed.
    Error {
        /// What the producer said, for people.
        message: String,
        /// True if trying again may help.
        retryable: bool,
    },
    /// The outline is complete.
    Done,
    /// The answer has ended, and has no text: what came instead, for people.
    Empty(String),
    /// A type this version does not know, or a record of a dialect that carries no text.
    Unknown,
}

/// What a `start` line may announce.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Start {
    /// The name of the model run; a new one drops what the run before it wrote.
    pub run: Option<String>,
    /// Says if deltas repeat what came before.
    pub mode: Option<Mode>,
    /// How many modules are planned.
    pub modules: Option<u64>,
}

/// Says if a delta carries only what is new.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mode {
    /// Decided from the deltas themselves.
    #[default]
    Auto,
    /// Each delta is only what is new.
    Incremental,
    /// Each delta is all text so far.
    Cumulative,
}

/// What a progress update tells of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProgressKind {
    /// Same effect as the text `## …\n`.
    Module,
    /// Same effect as the text `- …\n`.
    Lesson,
}

/// Why a line was skipped. Its `Display` is the sentence a developer reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// Longer than [`LINE_BYTES_MAX`](super::lines::LINE_BYTES_MAX).
    TooLong,
    /// Not JSON.
    NotJson(json::Error),
    /// JSON, but not an object.
    NotAnObject,
    /// The field is missing or not a string.
    NeedsString(&'static str),
    /// The line's `seq` is past the next one: lines are missing before it.
    Gap {
        /// The `seq` that should have come.
        expected: u64,
        /// The `seq` that came.
        got: u64,
    },
}

impl Reason {
    /// The sentence a developer reads. Put together by hand: the standard library's formatting is
    /// 1 KB of the WebAssembly, and nothing else in it needs any.
    pub fn text(&self) -> String {
        match self {
            Reason::TooLong => "longer than 1 MiB; send shorter lines".to_owned(),
            Reason::NotJson(json::Error { at, expected }) => [
                "not JSON: expected ",
                expected,
                " at byte ",
                &(*at + 1).to_string(),
            ]
            .concat(),
            Reason::NotAnObject => "not a JSON object; send one object a line".to_owned(),
            Reason::NeedsString(field) => {
                ["field \"", field, "\" is missing or not a string"].concat()
            }
            Reason::Gap { expected, got } => [
                "seq ",
                &got.to_string(),
                " came where ",
                &expected.to_string(),
                " was due; lines are missing",
            ]
            .concat(),
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text())
    }
}

/// One of our own lines, decoded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// What it says.
    pub event: Event,
    /// Its place in the log, counted from 0, the same on every replay.
    pub seq: Option<u64>,
}

impl Line {
    /// Reads one of our own lines (CONTRACT: the wire). Unknown types and fields are no error.
    pub fn read(json: Json<'_>) -> Result<Line, Reason> {
        if !json.is_object() {
            return Err(Reason::NotAnObject);
        }
        // What nearly every line has is looked up at once.
        let [kind, text, title, seq] = json.fields(["type", "text", "title", "seq"]);
        let kind = kind
            .and_then(Json::str)
            .ok_or(Reason::NeedsString("type"))?;
        let progress = |kind| {
            Ok(Event::Progress {
                kind,
                title: needed(title, "title")?,
                id: json.get("id").and_then(id),
            })
        };
        let event = match &*kind {
            "delta" => Event::Delta(needed(text, "text")?),
            "snapshot" => Event::Snapshot(needed(text, "text")?),
            "module" => progress(ProgressKind::Module)?,
            "lesson" => progress(ProgressKind::Lesson)?,
            "reset" => Event::Reset,
            "start" => Event::Start(Start {
                run: json.get("run").and_then(id),
                mode: json
                    .get("mode")
                    .and_then(Json::str)
                    .and_then(|mode| Mode::named(&mode)),
                modules: json.get("modules").and_then(Json::integer),
            }),
            "ping" => Event::Ping,
            "error" => Event::Error {
                message: json
                    .get("message")
                    .and_then(Json::str)
                    .unwrap_or_default()
                    .into_owned(),
                retryable: json.get("retryable").is_some_and(Json::is_true),
            },
            "done" => Event::Done,
            _ => Event::Unknown,
        };
        let seq = if event == Event::Ping {
            None
        } else {
            seq.and_then(Json::integer)
        };
        Ok(Line { event, seq })
    }
}

impl Mode {
    /// The mode of this name, as attributes and `start` lines spell it.
    pub fn named(name: &str) -> Option<Mode> {
        match name {
            "auto" => Some(Mode::Auto),
            "incremental" => Some(Mode::Incremental),
            "cumulative" => Some(Mode::Cumulative),
            _ => None,
        }
    }
}

/// A string field that has to be there; `null` counts as the empty string.
fn needed(value: Option<Json<'_>>, field: &'static str) -> Result<Text, Reason> {
    let value = value.ok_or(Reason::NeedsString(field))?;
    if value.is_null() {
        Ok(Text::default())
    } else {
        value.text_or_number().ok_or(Reason::NeedsString(field))
    }
}

/// A name a sender gave: a string, or a number as it stands.
fn id(value: Json<'_>) -> Option<String> {
    let id = match value.str() {
        Some(text) => text.into_owned(),
        None if value.integer().is_some() => value.raw().to_owned(),
        None => return None,
    };
    (id.len() <= ID_BYTES_MAX).then_some(id)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn read(line: &str) -> Result<Line, Reason> {
        Line::read(Json::parse(line).unwrap())
    }

    #[test]
    fn every_type_of_the_wire() {
        let cases = [
            (r#"{"type":"delta","text":"a"}"#, Event::Delta("a".into())),
            (
                r#"{"type":"delta","text":null}"#,
                Event::Delta(Text::default()),
            ),
            (
                r#"{"type":"snapshot","text":"b"}"#,
                Event::Snapshot("b".into()),
            ),
            (
                r#"{"type":"module","title":"M","id":7}"#,
                Event::Progress {
                    kind: ProgressKind::Module,
                    title: "M".into(),
                    id: Some("7".into()),
                },
            ),
            (
                r#"{"type":"lesson","title":"L"}"#,
                Event::Progress {
                    kind: ProgressKind::Lesson,
                    title: "L".into(),
                    id: None,
                },
            ),
            (r#"{"type":"reset"}"#, Event::Reset),
            (
                r#"{"type":"start","run":"r","mode":"cumulative","modules":8}"#,
                Event::Start(Start {
                    run: Some("r".into()),
                    mode: Some(Mode::Cumulative),
                    modules: Some(8),
                }),
            ),
            (r#"{"type":"ping"}"#, Event::Ping),
            (
                r#"{"type":"error","message":"m","retryable":true}"#,
                Event::Error {
                    message: "m".into(),
                    retryable: true,
                },
            ),
            (
                r#"{"type":"error"}"#,
                Event::Error {
                    message: String::new(),
                    retryable: false,
                },
            ),
            (r#"{"type":"done","chars":5}"#, Event::Done),
            (r#"{"type":"telemetry","text":5}"#, Event::Unknown),
        ];
        for (line, event) in cases {
            assert_eq!(read(line).unwrap().event, event, "{line}");
        }
    }

    #[test]
    fn wrong_shapes_name_the_field() {
        assert_eq!(read("[1]"), Err(Reason::NotAnObject));
        assert_eq!(read("null"), Err(Reason::NotAnObject));
        assert_eq!(read(r#"{"text":"x"}"#), Err(Reason::NeedsString("type")));
        assert_eq!(read(r#"{"type":3}"#), Err(Reason::NeedsString("type")));
        assert_eq!(
            read(r#"{"type":"delta"}"#),
            Err(Reason::NeedsString("text"))
        );
        assert_eq!(
            read(r#"{"type":"delta","text":{}}"#),
            Err(Reason::NeedsString("text"))
        );
        assert_eq!(
            read(r#"{"type":"lesson","text":"x"}"#),
            Err(Reason::NeedsString("title"))
        );
    }

    #[test]
    fn a_ping_has_no_seq() {
        assert_eq!(read(r#"{"type":"ping","seq":3}"#).unwrap().seq, None);
        assert_eq!(read(r#"{"type":"done","seq":3}"#).unwrap().seq, Some(3));
        assert_eq!(read(r#"{"type":"done","seq":"3"}"#).unwrap().seq, None);
    }

    #[test]
    fn reasons_say_where_and_what_to_do() {
        let error = Json::parse("{oops}").unwrap_err();
        assert_eq!(
            Reason::NotJson(error).to_string(),
            "not JSON: expected a key in double quotes at byte 2"
        );
        assert!(Reason::TooLong.to_string().contains("1 MiB"));
    }
}
