//! The other end of the wire: progress updates or model tokens → lines that carry only what is new.
//! Never sends what was sent before, and never two versions of one outline side by side.
//!
//! A backend has one of two sources. On the *hybrid* path it learns of each module and lesson by a
//! progress update; on the *direct* path it passes on the tokens of the model. A [`Writer`] takes
//! the first source it is given and refuses the other until the next [`Writer::start`], so a
//! raw-text fallback cannot repeat what the updates have said.

use std::fmt::Write as _;

use crate::outline::export::write_json_string;
use crate::outline::title;
use crate::read::event::ProgressKind;

/// Where a run's text comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// Progress updates: the hybrid path.
    Progress,
    /// Model tokens: the direct path.
    Tokens,
}

/// What was refused, and why nothing was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refused {
    /// The run already has the other source.
    OtherSource(Source),
    /// The run has ended; start another one.
    Ended,
}

impl std::fmt::Display for Refused {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Refused::OtherSource(Source::Progress) => {
                "this run is written from progress updates; tokens are not sent beside them"
            }
            Refused::OtherSource(Source::Tokens) => {
                "this run is written from tokens; progress updates are not sent beside them"
            }
            Refused::Ended => "this run has ended; start another one",
        })
    }
}

impl std::error::Error for Refused {}

/// Writes the lines of one stream. Each call gives the lines to send now, each ended by `\n`; an
/// empty string means that there is nothing new.
///
/// ```
/// use live_outline::read::event::ProgressKind::{Lesson, Module};
/// use live_outline::writer::Writer;
/// let mut writer = Writer::default();
/// assert_eq!(
///     writer.progress(Module, "Pricing")?,
///     "{\"seq\":0,\"type\":\"delta\",\"text\":\"## Pricing\\n\"}\n"
/// );
/// assert_eq!(
///     writer.progress(Lesson, "Cost-Plus Pricing")?,
///     "{\"seq\":1,\"type\":\"delta\",\"text\":\"- Cost-Plus Pricing\\n\"}\n"
/// );
/// assert_eq!(writer.progress(Lesson, "Cost-Plus Pricing")?, "", "an update sent twice is no news");
/// assert_eq!(writer.done()?, "{\"seq\":2,\"type\":\"done\"}\n");
/// # Ok::<(), live_outline::writer::Refused>(())
/// ```
#[derive(Debug, Default)]
pub struct Writer {
    seq: u64,
    source: Option<Source>,
    ended: bool,
    /// The progress update before, as a line of the outline: sent again, it says nothing new.
    last: String,
}

impl Writer {
    /// Announces a model run; one that is not the stream's first drops what the runs before it
    /// wrote.
    pub fn start(&mut self, run: &str, modules: Option<u64>) -> String {
        *self = Writer {
            seq: self.seq,
            ..Writer::default()
        };
        self.line("start", |json| {
            json.push_str(",\"mode\":\"incremental\",\"run\":");
            write_json_string(json, run);
            if let Some(modules) = modules {
                let _ = write!(json, ",\"modules\":{modules}");
            }
        })
    }

    /// The hybrid path: a module or lesson is known. Its title becomes one line that reads back as
    /// exactly that title.
    pub fn progress(&mut self, kind: ProgressKind, title: &str) -> Result<String, Refused> {
        self.take(Source::Progress)?;
        let heading = kind == ProgressKind::Module;
        let title = title.split(['\n', '\r']).collect::<Vec<_>>().join(" ");
        let title = title::escaped(title.trim_matches([' ', '\t']), heading);
        // A title of dashes alone would make a rule of its line.
        let marker = match (heading, title.trim_matches(['-', ' ', '\t']).is_empty()) {
            (true, _) => "##",
            (false, false) => "-",
            (false, true) => "+",
        };
        let text = format!("{marker} {title}\n");
        if title.is_empty() || text == self.last {
            return Ok(String::new());
        }
        let line = self.delta(&text);
        self.last = text;
        Ok(line)
    }

    /// The direct path: the next piece of the model's text, as it comes.
    pub fn token(&mut self, text: &str) -> Result<String, Refused> {
        self.take(Source::Tokens)?;
        Ok(if text.is_empty() {
            String::new()
        } else {
            self.delta(text)
        })
    }

    /// The model call is tried again from the beginning: readers drop what was sent.
    pub fn reset(&mut self) -> String {
        *self = Writer {
            seq: self.seq,
            ..Writer::default()
        };
        self.line("reset", |_| {})
    }

    /// Nothing new, but alive: to be sent every 15 s without other lines.
    pub fn ping(&self) -> &'static str {
        "{\"type\":\"ping\"}\n"
    }

    /// The producer has failed; what was sent stays on screen.
    pub fn error(&mut self, message: &str, retryable: bool) -> Result<String, Refused> {
        self.end()?;
        Ok(self.line("error", |json| {
            json.push_str(",\"message\":");
            write_json_string(json, message);
            let _ = write!(json, ",\"retryable\":{retryable}");
        }))
    }

    /// The outline is complete.
    pub fn done(&mut self) -> Result<String, Refused> {
        self.end()?;
        Ok(self.line("done", |_| {}))
    }

    fn take(&mut self, source: Source) -> Result<(), Refused> {
        if self.ended {
            return Err(Refused::Ended);
        }
        match self.source.replace(source) {
            Some(first) if first != source => {
                self.source = Some(first);
                Err(Refused::OtherSource(first))
            }
            _ => Ok(()),
        }
    }

    fn end(&mut self) -> Result<(), Refused> {
        if std::mem::replace(&mut self.ended, true) {
            Err(Refused::Ended)
        } else {
            Ok(())
        }
    }

    fn delta(&mut self, text: &str) -> String {
        self.line("delta", |json| {
            json.push_str(",\"text\":");
            write_json_string(json, text);
        })
    }

    fn line(&mut self, kind: &str, fields: impl FnOnce(&mut String)) -> String {
        let mut json = format!("{{\"seq\":{},\"type\":\"{kind}\"", self.seq);
        self.seq += 1;
        fields(&mut json);
        json.push_str("}\n");
        json
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::read::event::ProgressKind::{Lesson, Module};
    use crate::reader::{End, Options, Reader};

    fn read(lines: &str) -> Reader {
        let mut reader = Reader::new(&Options::default());
        reader.feed(lines.as_bytes());
        reader
    }

    const COURSE: &[(ProgressKind, &str)] = &[
        (Module, "Understanding Pricing Strategies"),
        (Lesson, "Introduction to Pricing Strategies"),
        (Lesson, "Cost-Plus Pricing"),
        (Module, "Learn C #"),
        (Lesson, "*args, **kwargs** and `code`"),
        (Lesson, "---"),
        (Lesson, "\\# two\nlines\r\n"),
        (Module, "# hash"),
    ];

    #[test]
    fn titles_read_back_as_they_were_given() {
        let mut writer = Writer::default();
        let lines: String = COURSE
            .iter()
            .map(|&(kind, title)| writer.progress(kind, title).unwrap())
            .collect();
        let reader = read(&lines);
        let titles: Vec<&str> = reader
            .outline()
            .walk()
            .map(|(_, node)| &*node.title)
            .collect();
        let given: Vec<String> = COURSE
            .iter()
            .map(|(_, title)| title.replace("\r\n", "").replace('\n', " "))
            .collect();
        assert_eq!(titles, given);
    }

    #[test]
    fn both_paths_give_the_same_outline() {
        let mut hybrid = Writer::default();
        let mut lines: String = COURSE
            .iter()
            .map(|&(kind, title)| hybrid.progress(kind, title).unwrap())
            .collect();
        lines += &hybrid.done().unwrap();
        let by_progress = read(&lines);
        let markdown = by_progress.outline().to_markdown();
        let mut direct = Writer::default();
        let chars: Vec<String> = markdown.chars().map(String::from).collect();
        let mut lines: String = chars
            .chunks(3)
            .map(|token| direct.token(&token.concat()).unwrap())
            .collect();
        lines += &direct.done().unwrap();
        let by_token = read(&lines);
        assert_eq!(
            by_token.outline().to_json(),
            by_progress.outline().to_json()
        );
        assert_eq!(
            (by_token.end(), by_progress.end()),
            (Some(&End::Done), Some(&End::Done))
        );
    }

    #[test]
    fn the_raw_fallback_is_refused_beside_progress_updates() {
        let mut writer = Writer::default();
        writer.progress(Module, "A").unwrap();
        assert_eq!(
            writer.token("## A\n"),
            Err(Refused::OtherSource(Source::Progress))
        );
        assert!(writer.start("second", None).contains("\"run\":\"second\""));
        writer.token("## A\n").unwrap();
        assert_eq!(
            writer.progress(Module, "A"),
            Err(Refused::OtherSource(Source::Tokens))
        );
    }

    #[test]
    fn nothing_is_written_after_the_end() {
        let mut writer = Writer::default();
        writer.done().unwrap();
        assert_eq!(writer.token("x"), Err(Refused::Ended));
        assert_eq!(writer.error("x", true), Err(Refused::Ended));
    }

    #[test]
    fn lines_are_numbered_and_safe_for_every_line_reader() {
        let mut writer = Writer::default();
        let lines = [
            writer.start("r\"1", Some(8)),
            writer.token("a\u{2028}b\u{85}\n").unwrap(),
            writer.reset(),
            writer.error("no", true).unwrap(),
        ];
        for (seq, line) in lines.iter().enumerate() {
            let value: serde_json::Value = serde_json::from_str(line).unwrap();
            assert_eq!(value["seq"], seq);
            assert_eq!(
                line.trim_end()
                    .chars()
                    .filter(|c| c.is_control() || *c == '\u{2028}')
                    .count(),
                0
            );
        }
    }
}
