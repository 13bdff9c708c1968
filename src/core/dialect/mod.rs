//! Records of any dialect → events. One table says which dialects there are; each is one small
//! file. No dialect keeps text or knows the outline: it takes text from its delta events only and
//! turns its own end and error into ours.
//!
//! To add one: write `dialect/name.rs` with a `pub const DIALECT`, and add a line to [`DIALECTS`].

use crate::core::event::{Event, Line, Reason};
use crate::core::frame::{Data, Frame, Framing};
use crate::core::json::{Json, Text};

/// One foreign dialect.
#[derive(Debug)]
pub struct Dialect {
    /// The value of the `format` attribute.
    pub name: &'static str,
    /// Whether this record can only be this dialect's. Asked of each record until one is known.
    pub is: fn(&Record<'_>) -> bool,
    /// What a record says.
    pub read: fn(&Record<'_>, &mut Said<'_>),
}

/// All foreign dialects, in the order in which they are asked whether a record is theirs.
pub static DIALECTS: &[&Dialect] = &[];

/// A record that has been looked into as far as its JSON is valid.
#[derive(Clone, Copy, Debug)]
pub struct Record<'a> {
    /// The name of a server-sent event; empty for anything else.
    pub event: &'a str,
    /// What it carries, as text.
    pub data: &'a str,
    /// What it carries, as JSON; `None` where it is none.
    pub json: Option<Json<'a>>,
}

impl<'a> Record<'a> {
    /// The field `key` of the record, as JSON.
    pub fn get(&self, key: &str) -> Option<Json<'a>> {
        self.json?.get(key)
    }

    /// Whether the field `key` is the string `text`.
    pub fn has(&self, key: &str, text: &str) -> bool {
        self.get(key).is_some_and(|value| value.is(text))
    }
}

/// How much text of channels that have to wait is kept, in bytes; what goes over is dropped.
pub const WAITING_BYTES_MAX: usize = 1024 * 1024;

/// What the records of one stream have said, by channel: a stream may interleave several answers or
/// parts, which must not be mixed.
#[derive(Debug, Default)]
pub struct Channels {
    /// The channel whose text passes.
    open: Option<String>,
    /// Text of other channels, in the order of their first delta, kept until the open one ends.
    waiting: Vec<(String, Vec<Text>, bool)>,
    waiting_bytes: usize,
}

/// Where a dialect puts what a record says.
#[derive(Debug)]
pub struct Said<'a> {
    channels: &'a mut Channels,
    events: &'a mut Vec<Event>,
}

impl Said<'_> {
    /// The next piece of text of a channel. The channel that speaks first passes; others wait until
    /// it has ended.
    pub fn delta(&mut self, channel: &str, text: Text) {
        match &self.channels.open {
            Some(open) if open != channel => self.wait(channel, Some(text), false),
            _ => {
                self.channels.open = Some(channel.to_owned());
                self.events.push(Event::Delta(text));
            }
        }
    }

    /// A channel has ended: the next one that waits passes.
    pub fn end_channel(&mut self, channel: &str) {
        if self.channels.open.as_deref() != Some(channel) {
            return self.wait(channel, None, true);
        }
        self.channels.open = None;
        while self.channels.open.is_none() && !self.channels.waiting.is_empty() {
            let (name, texts, ended) = self.channels.waiting.remove(0);
            for text in texts {
                self.channels.waiting_bytes -= text.body.len();
                self.events.push(Event::Delta(text));
            }
            self.channels.open = (!ended).then_some(name);
        }
    }

    /// Anything else than a delta. What waits is let through before an end.
    pub fn event(&mut self, event: Event) {
        match event {
            Event::Done => {
                while let Some(open) = self.channels.open.clone() {
                    self.end_channel(&open);
                }
            }
            Event::Reset => *self.channels = Channels::default(),
            _ => {}
        }
        self.events.push(event);
    }

    /// The model or its provider failed.
    pub fn error(&mut self, message: &str, retryable: bool) {
        self.event(Event::Error {
            message: message.to_owned(),
            retryable,
        });
    }

    fn wait(&mut self, channel: &str, text: Option<Text>, ended: bool) {
        let waiting = &mut self.channels.waiting;
        let at = match waiting.iter().position(|(name, ..)| name == channel) {
            Some(at) => at,
            None if text.is_none() => return,
            None => {
                waiting.push((channel.to_owned(), Vec::new(), false));
                waiting.len() - 1
            }
        };
        waiting[at].2 |= ended;
        if let Some(text) = text
            && self.channels.waiting_bytes + text.body.len() <= WAITING_BYTES_MAX
        {
            self.channels.waiting_bytes += text.body.len();
            waiting[at].1.push(text);
        }
    }
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

    /// The framing that the name alone settles.
    pub fn framing(name: &str) -> Option<Framing> {
        match name {
            "text" => Some(Framing::Text),
            "sse" => Some(Framing::Sse),
            "json-seq" => Some(Framing::Values),
            _ => None,
        }
    }
}

/// Reads the records of one stream.
#[derive(Debug, Default)]
pub struct Decoder {
    format: Format,
    channels: Channels,
}

impl Decoder {
    /// A decoder for a format; [`Format::Auto`] becomes another one with the first record that
    /// tells.
    pub fn new(format: Format) -> Self {
        Decoder {
            format,
            channels: Channels::default(),
        }
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

    /// Appends what a record says to `events`; answers its `seq`, if it is one of our lines and has
    /// one.
    pub fn read(
        &mut self,
        frame: &Frame<'_>,
        events: &mut Vec<Event>,
    ) -> Result<Option<u64>, Reason> {
        let data = match frame.data {
            Data::TooLong => return Err(Reason::TooLong),
            Data::Text(text) => text.into(),
            Data::Json(data) => String::from_utf8_lossy(data),
        };
        let json = Json::parse(&data);
        let record = Record {
            event: frame.event,
            data: &data,
            json: json.ok(),
        };
        if let Format::Auto = self.format
            && let Some(dialect) = DIALECTS.iter().find(|dialect| (dialect.is)(&record))
        {
            self.format = Format::Foreign(dialect);
        }
        if let Format::Foreign(dialect) = self.format {
            (dialect.read)(
                &record,
                &mut Said {
                    channels: &mut self.channels,
                    events,
                },
            );
            return Ok(None);
        }
        let line = Line::read(json.map_err(Reason::NotJson)?)?;
        // A `start` or an unknown type can be many dialects' first record.
        if !matches!(line.event, Event::Unknown | Event::Start(_) | Event::Ping) {
            self.format = Format::Own;
        }
        events.push(line.event);
        Ok(line.seq)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn channels_do_not_mix() {
        let mut channels = Channels::default();
        let mut events = Vec::new();
        let mut said = Said {
            channels: &mut channels,
            events: &mut events,
        };
        said.delta("a", "1".into());
        said.delta("b", "x".into());
        said.delta("a", "2".into());
        said.end_channel("b");
        said.delta("c", "y".into());
        said.end_channel("a");
        said.delta("c", "z".into());
        said.event(Event::Done);
        let text: String = events
            .into_iter()
            .map(|event| {
                if let Event::Delta(text) = event {
                    text.into_string()
                } else {
                    "!".into()
                }
            })
            .collect();
        assert_eq!(text, "12xyz!");
    }

    #[test]
    fn what_waits_is_bounded() {
        let mut channels = Channels::default();
        let mut events = Vec::new();
        let mut said = Said {
            channels: &mut channels,
            events: &mut events,
        };
        said.delta("a", "1".into());
        for _ in 0..100 {
            said.delta("b", (&*"x".repeat(WAITING_BYTES_MAX / 10)).into());
        }
        assert!(channels.waiting_bytes <= WAITING_BYTES_MAX);
    }
}
