//! The rooms in a row, as one `feed(bytes)`: frames → dialect → event → increment → grammar →
//! outline. Never fetches, sleeps or reads a clock, and never shows anything.

use crate::core::dialect::{Decoder, Format};
use crate::core::event::{Event, Mode, ProgressKind, Reason, Start};
use crate::core::frame::{Data, Frame, Framer, Framing};
use crate::core::grammar::{Grammar, Marker, Step};
use crate::core::increment::{Increment, New};
use crate::core::json::Text;
use crate::core::lines::LINE_BYTES_MAX;
use crate::core::outline::{Change, Outline};

/// How a stream is to be read.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// The dialect, by the name of the `format` attribute; empty is `auto`.
    pub format: String,
    /// Whether deltas repeat what came before.
    pub mode: Mode,
    /// A clean end of the body is the end of the outline, for producers that send no `done`.
    pub done_at_end: bool,
}

/// What the reader tells besides changes of the outline.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Note {
    /// A line was skipped.
    Skipped {
        /// Which one, from 1.
        line: u64,
        /// Why.
        reason: Reason,
    },
    /// The stream has said how many modules are planned.
    Planned(u64),
}

/// What a reader hands out, in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Output {
    /// The outline is different.
    Change(Change),
    /// Anything else.
    Note(Note),
}

/// How the stream has ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum End {
    /// It said so: the outline is complete.
    Done,
    /// The body ended cleanly, but nothing said that the outline is complete.
    Ended,
    /// The body broke off, in the middle of a record or by an error.
    Incomplete,
    /// The producer said that it failed.
    Failed {
        /// In its words.
        message: String,
        /// Whether trying again may help.
        retryable: bool,
    },
    /// What came is a web page, not a stream.
    NotAStream,
}

/// Counts of what has been read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stats {
    /// Bytes.
    pub bytes: u64,
    /// Records: lines, or events, or values; blank lines do not count.
    pub lines: u64,
    /// Records that could not be read.
    pub skipped: u64,
    /// Records that were read but say nothing we know, or came after the end, or had come before.
    pub ignored: u64,
    /// Lines of the text that are no node.
    pub prose: u64,
}

/// Reads one stream into one outline.
///
/// ```
/// use live_outline::core::reader::{End, Options, Reader};
/// let mut reader = Reader::new(&Options::default());
/// reader.feed(b"{\"type\":\"delta\",\"text\":\"## Pricing\\n- Cost\"}\n");
/// reader.feed(b"{\"type\":\"delta\",\"text\":\"-plus\\n\"}\n{\"type\":\"done\"}\n");
/// assert_eq!(reader.end(), Some(&End::Done));
/// assert_eq!(reader.outline().to_markdown(), "## Pricing\n- Cost-plus\n");
/// ```
#[derive(Debug)]
pub struct Reader {
    framer: Framer,
    records: Records,
}

/// Everything behind the framer.
#[derive(Debug)]
struct Records {
    decoder: Decoder,
    increment: Increment,
    grammar: Grammar,
    outline: Outline,
    mode: Mode,
    done_at_end: bool,
    run: Option<String>,
    /// The `seq` of the last line that was taken.
    last_seq: Option<u64>,
    /// Lines refused since the last one with a `seq`: each may have had one that could not be read.
    refused: u64,
    /// Lines are missing, so that no end of the body can be the end of the outline.
    gapped: bool,
    end: Option<End>,
    stats: Stats,
    outputs: Vec<Output>,
    /// Kept to be used again for each record.
    events: Vec<Event>,
}

impl Reader {
    /// A reader of a stream that has not begun.
    pub fn new(options: &Options) -> Self {
        let mut increment = Increment::default();
        increment.start(options.mode);
        Reader {
            framer: Format::framer(&options.format),
            records: Records {
                decoder: Decoder::new(Format::named(&options.format).unwrap_or_default()),
                increment,
                grammar: Grammar::default(),
                outline: Outline::default(),
                mode: options.mode,
                done_at_end: options.done_at_end,
                run: None,
                last_seq: None,
                refused: 0,
                gapped: false,
                end: None,
                stats: Stats::default(),
                outputs: Vec::new(),
                events: Vec::new(),
            },
        }
    }

    /// Reads the next bytes. Any split of the same bytes gives the same outline.
    pub fn feed(&mut self, bytes: &[u8]) {
        let Reader { framer, records } = self;
        records.stats.bytes += bytes.len() as u64;
        framer.feed(bytes, |frame| records.read(&frame));
        if framer.framing() == Some(Framing::Page) && records.end.is_none() {
            records.end = Some(End::NotAStream);
        }
    }

    /// Takes an event that did not come as bytes.
    pub fn take(&mut self, event: Event) {
        self.records.stats.lines += 1;
        self.records.apply(event);
    }

    /// Takes one record that did not come as bytes: the same as its line in a body.
    pub fn take_line(&mut self, json: &str) {
        let number = self.records.stats.lines + 1;
        let data = match json.len() {
            0..=LINE_BYTES_MAX => Data::Json(json.as_bytes()),
            _ => Data::TooLong,
        };
        self.records.read(&Frame {
            number,
            event: "",
            data,
        });
    }

    /// The body has ended, cleanly or by an error. Changes nothing if the stream had ended by
    /// itself before.
    pub fn finish(&mut self, clean: bool) {
        let Reader { framer, records } = self;
        let mut torn = false;
        framer.finish(|frame| torn |= records.is_torn(&frame));
        torn |= framer.is_mid_record();
        if framer.framing() == Some(Framing::Page) && records.end.is_none() {
            records.end = Some(End::NotAStream);
        }
        if clean && !torn && !records.gapped {
            records.end_body();
        }
        records.finish(
            match (clean && !torn && !records.gapped, records.done_at_end) {
                (false, _) => End::Incomplete,
                (true, false) => End::Ended,
                (true, true) => End::Done,
            },
        );
    }

    /// How the stream has ended, if it has.
    pub fn end(&self) -> Option<&End> {
        self.records.end.as_ref()
    }

    /// What there is to tell since this was last called, in order.
    pub fn take_outputs(&mut self) -> Vec<Output> {
        self.records.collect_changes();
        std::mem::take(&mut self.records.outputs)
    }

    /// The outline as it stands.
    pub fn outline(&self) -> &Outline {
        &self.records.outline
    }

    /// What has been read.
    pub fn stats(&self) -> Stats {
        self.records.stats
    }

    /// The dialect of the stream, once it is known.
    pub fn dialect(&self) -> Option<&'static str> {
        match self.framer.framing() {
            Some(Framing::Text) => Some("text"),
            _ => self.records.decoder.dialect(),
        }
    }

    /// The `seq` of the last line that was taken.
    pub fn last_seq(&self) -> Option<u64> {
        self.records.last_seq
    }
}

impl Records {
    fn read(&mut self, frame: &Frame<'_>) {
        if let Data::Text(text) = frame.data {
            // Bare text has no deltas, only cuts: nothing in them tells a repeat.
            return match self.end {
                None => Self::take_new(
                    &mut self.grammar,
                    &mut self.outline,
                    &mut self.stats,
                    New::More(text.into()),
                ),
                Some(_) => self.stats.ignored += 1,
            };
        }
        self.stats.lines += 1;
        let mut events = std::mem::take(&mut self.events);
        match self.decoder.read(frame, &mut events) {
            Ok(seq) if !self.is_next(seq, frame.number) => self.stats.ignored += 1,
            Ok(_) => events.drain(..).for_each(|event| self.apply(event)),
            Err(_) if self.end.is_some() => self.stats.ignored += 1,
            Err(reason) => {
                self.refused += 1;
                self.skip(frame.number, reason);
            }
        }
        events.clear();
        self.events = events;
    }

    /// Reads a record that the end of the body has ended. Answers whether it was torn, so that it
    /// could not be read: that is the cut's fault, not the record's.
    fn is_torn(&mut self, frame: &Frame<'_>) -> bool {
        self.read(frame);
        self.refused = 0;
        let torn = matches!(
            self.outputs.last(),
            Some(Output::Note(Note::Skipped { line, reason: Reason::NotJson(_) })) if *line == frame.number
        );
        if torn {
            self.outputs.pop();
            self.stats.skipped -= 1;
        }
        torn
    }

    /// Takes what the clean end of the body means in the dialect.
    fn end_body(&mut self) {
        let mut events = std::mem::take(&mut self.events);
        self.decoder.finish(&mut events);
        events.drain(..).for_each(|event| self.apply(event));
        self.events = events;
    }

    fn skip(&mut self, line: u64, reason: Reason) {
        self.stats.skipped += 1;
        self.collect_changes();
        self.outputs
            .push(Output::Note(Note::Skipped { line, reason }));
    }

    /// Whether a line with this `seq` is the next one of the log; one that is not is dropped. Lines
    /// that were refused are not missing: sent again they would be no better.
    fn is_next(&mut self, seq: Option<u64>, line: u64) -> bool {
        let Some(seq) = seq else { return true };
        let expected = self.last_seq.map_or(0, |last| last.saturating_add(1));
        let refused = std::mem::take(&mut self.refused);
        let is_next = (expected..=expected.saturating_add(refused)).contains(&seq);
        if is_next {
            self.last_seq = Some(seq);
        } else if seq > expected && self.end.is_none() {
            self.gapped = true;
            self.skip(line, Reason::Gap { expected, got: seq });
        }
        is_next
    }

    fn apply(&mut self, event: Event) {
        if self.end.is_some() {
            self.stats.ignored += 1;
            return;
        }
        match event {
            Event::Delta(text) => {
                let new = self.increment.feed(&text);
                Self::take_new(&mut self.grammar, &mut self.outline, &mut self.stats, new);
            }
            Event::Progress { kind, title, id } => self.progress(kind, title, id),
            Event::Snapshot(text) => {
                let text = text.into_string();
                self.increment.go_on(Some(&text));
                self.grammar = self.outline.replace(&text);
            }
            Event::Reset => self.reset(),
            Event::Start(start) => self.start(start),
            Event::Ping => {}
            Event::Error { message, retryable } => self.finish(End::Failed { message, retryable }),
            Event::Done => self.finish(End::Done),
            Event::Unknown => self.stats.ignored += 1,
        }
    }

    fn take_new(grammar: &mut Grammar, outline: &mut Outline, stats: &mut Stats, new: New<'_>) {
        match new {
            New::Nothing => {}
            New::More(text) => grammar.feed(&text, &mut |step| take_step(outline, stats, step)),
            New::Whole(text) => *grammar = outline.replace(&text),
        }
    }

    fn progress(&mut self, kind: ProgressKind, title: Text, id: Option<String>) {
        self.settle_doubt();
        self.increment.go_on(None);
        let title = title.into_string();
        if let Some(node) = id.as_deref().and_then(|id| self.outline.named(id)) {
            let line = title.replace(['\n', '\r'], " ");
            let shown = crate::core::inline::shown(&line, kind == ProgressKind::Module);
            if !shown.is_empty() {
                self.outline.rename(node, &shown);
            }
            return;
        }
        let marker = match kind {
            ProgressKind::Module => Marker::Heading(2),
            ProgressKind::Lesson => Marker::Item(0),
        };
        let Records {
            grammar,
            outline,
            stats,
            ..
        } = self;
        // What is held of the line before may open a node of its own.
        grammar.finish(&mut |step| take_step(outline, stats, step));
        let before = outline.len();
        grammar.node(marker, &title, &mut |step| take_step(outline, stats, step));
        if let Some(id) = id.filter(|_| self.outline.len() > before) {
            self.outline.name_last(id);
        }
    }

    /// Takes what the increment still doubts as new text.
    fn settle_doubt(&mut self) {
        let new = self.increment.finish();
        Self::take_new(&mut self.grammar, &mut self.outline, &mut self.stats, new);
    }

    fn start(&mut self, start: Start) {
        if start.run.is_some() && start.run != self.run {
            if self.run.is_some() || !self.outline.is_empty() {
                self.reset();
            }
            self.run = start.run;
        }
        if let Some(mode) = start.mode.filter(|_| self.mode == Mode::Auto) {
            self.increment.start(mode);
        }
        if let Some(modules) = start.modules {
            self.collect_changes();
            self.outputs.push(Output::Note(Note::Planned(modules)));
        }
    }

    fn reset(&mut self) {
        self.increment.start(self.mode);
        self.grammar = Grammar::default();
        self.outline.clear();
    }

    /// Ends the stream, unless it has ended. What was held is shown; only `done` settles it.
    fn finish(&mut self, end: End) {
        if self.end.is_none() {
            self.settle_doubt();
            let Records {
                grammar,
                outline,
                stats,
                ..
            } = self;
            if end == End::Done {
                grammar.finish(&mut |step| take_step(outline, stats, step));
            } else {
                grammar.break_off(&mut |step| take_step(outline, stats, step));
            }
        }
        self.end.get_or_insert(end);
    }

    /// Moves what the outline has changed among the outputs, before a note that comes after it.
    fn collect_changes(&mut self) {
        self.outputs
            .extend(self.outline.take_changes().into_iter().map(Output::Change));
    }
}

fn take_step(outline: &mut Outline, stats: &mut Stats, step: Step<'_>) {
    if step == Step::Prose {
        stats.prose += 1;
    }
    outline.apply(step);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(lines: &[&str], clean: bool) -> Reader {
        let mut reader = Reader::new(&Options {
            done_at_end: true,
            ..Options::default()
        });
        lines
            .iter()
            .for_each(|line| reader.feed(format!("{line}\n").as_bytes()));
        reader.finish(clean);
        reader
    }

    #[test]
    fn a_gap_is_never_the_end_of_the_outline() {
        let lines = [
            r#"{"type":"delta","text":"- a\n","seq":0}"#,
            r#"{"type":"delta","text":"- c\n","seq":2}"#,
            r#"{"type":"done","seq":3}"#,
        ];
        assert_eq!(read(&lines, true).end(), Some(&End::Incomplete));
    }

    #[test]
    fn a_title_that_breaks_off_is_shown_and_stays_open() {
        for last in [r#"{"type":"pi"#, r#"{"type":"error","message":"x"}"#] {
            let reader = read(&[r#"{"type":"delta","text":"- **Pricing"}"#, last], false);
            let node = reader.outline().walk().next().map(|(_, node)| node.clone());
            let node = node.expect("the node that broke off");
            assert_eq!((&*node.title, node.settled), ("**Pricing", false));
        }
    }

    #[test]
    fn a_record_that_comes_as_an_object_is_read_as_its_line() {
        let lines = [
            r#"{"type":"delta","seq":0}"#,
            r#"{"type":"delta","text":"- x\n","seq":1}"#,
            r#"{"type":"done","seq":2}"#,
        ];
        let mut reader = Reader::new(&Options::default());
        lines.iter().for_each(|line| reader.take_line(line));
        assert_eq!(reader.end(), read(&lines, true).end());
        assert_eq!(reader.outline().len(), 1);
        let long = format!(
            r#"{{"type":"delta","text":"{}"}}"#,
            "x".repeat(LINE_BYTES_MAX)
        );
        let mut reader = Reader::new(&Options::default());
        reader.take_line(&long);
        assert_eq!(reader.stats().skipped, 1);
    }
}
