//! The rooms in a row, as one `feed(bytes)`: frames → dialect → event → increment → grammar →
//! outline. Never fetches, sleeps or reads a clock, and never shows anything.

use std::mem;

use crate::outline::increment::{Increment, New};
use crate::outline::markdown::{Grammar, Marker, Step};
use crate::outline::tree::{Change, NodeIdx, Standing, Tree};
use crate::read::dialect::{Decoder, Format};
use crate::read::event::{Event, Mode, ProgressKind, Reason, Start};
use crate::read::frame::{Data, Frame, Framer, Framing};
use crate::read::json::Text;
use crate::read::lines::LINE_BYTES_MAX;
use crate::read::replay::{Known, Mark, Replay, ResumeAt};

/// How much of a body that repeats what was read is kept, in bytes, until it is sure that it is the
/// same stream.
pub const REPEAT_BYTES_MAX: usize = 8 * 1024 * 1024;

/// How a stream is to be read.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// The dialect, by the name of the `format` attribute; empty is `auto`.
    pub format: String,
    /// Says if deltas repeat what came before.
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
    /// The answer has ended, and has no text.
    Empty {
        /// What came instead, for people.
        came: String,
    },
    /// The body broke off, in the middle of a record or by an error.
    Incomplete,
    /// The producer said that it failed.
    Failed {
        /// In its words.
        message: String,
        /// True if trying again may help.
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
/// use live_outline::reader::{End, Options, Reader};
/// let mut reader = Reader::new(&Options::default());
/// reader.feed(b"{\"type\":\"delta\",\"text\":\"## Pricing\\n- Cost\"}\n");
/// reader.feed(b"{\"type\":\"delta\",\"text\":\"-plus\\n\"}\n{\"type\":\"done\"}\n");
/// assert_eq!(reader.end(), Some(&End::Done));
/// assert_eq!(reader.outline().to_markdown(), "## Pricing\n- Cost-plus\n");
/// ```
#[derive(Debug)]
pub struct Reader {
    format: String,
    framer: Framer,
    records: Records,
    /// Where the body began, and how many bytes of the stream were before what comes next.
    from: ResumeAt,
    bytes: u64,
    /// The last place between two records.
    mark: Mark,
    /// The body has ended.
    over: bool,
    /// The next body is that of another stream.
    other: bool,
    /// The body so far, while only its beginning tells whether it is the same stream.
    repeated: Vec<u8>,
}

/// How the last line stood before it broke off.
#[derive(Debug)]
struct Broken {
    increment: Increment,
    grammar: Grammar,
    open: Option<NodeIdx>,
    /// Bytes of its title.
    title: usize,
    standing: Standing,
}

/// Everything behind the framer.
#[derive(Debug)]
struct Records {
    format: Format,
    decoder: Decoder,
    /// For records that are known: the dialect's memory must not hear them twice.
    again: Decoder,
    replay: Replay,
    /// What the body repeats is not what was read before.
    differs: bool,
    /// No record has come since reading went on in the middle of the stream.
    resumed: bool,
    /// The first record then was none.
    torn: bool,
    increment: Increment,
    grammar: Grammar,
    outline: Tree,
    /// How the last line stood before it broke off.
    broken: Option<Broken>,
    mode: Mode,
    done_at_end: bool,
    run: Option<String>,
    /// The `seq` of the last line that was taken.
    last_seq: Option<u64>,
    /// Lines refused since the last one with a `seq`: each may have had one that could not be read.
    refused: u64,
    /// Records are missing before this line, so that no end of the body can be the end of the
    /// outline.
    gap: Option<(u64, Reason)>,
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
        let format = Format::named(&options.format).unwrap_or_default();
        Reader {
            format: options.format.clone(),
            framer: Format::framer(&options.format),
            from: ResumeAt::Start,
            bytes: 0,
            mark: Mark::default(),
            over: false,
            other: false,
            repeated: Vec::new(),
            records: Records {
                format,
                decoder: Decoder::new(format),
                again: Decoder::new(format),
                replay: Replay::default(),
                differs: false,
                resumed: false,
                torn: false,
                broken: None,
                increment,
                grammar: Grammar::default(),
                outline: Tree::default(),
                mode: options.mode,
                done_at_end: options.done_at_end,
                run: None,
                last_seq: None,
                refused: 0,
                gap: None,
                end: None,
                stats: Stats::default(),
                outputs: Vec::new(),
                events: Vec::new(),
            },
        }
    }

    /// Reads the next bytes. Any split of the same bytes gives the same outline.
    pub fn feed(&mut self, bytes: &[u8]) {
        self.records.stats.bytes += bytes.len() as u64;
        if !self.records.replay.is_counted() {
            self.repeated = Vec::new();
        } else if self.repeated.len() <= REPEAT_BYTES_MAX {
            self.repeated.extend_from_slice(bytes);
        }
        self.read(bytes);
        while mem::take(&mut self.records.differs) {
            self.read_other();
        }
    }

    fn read(&mut self, bytes: &[u8]) {
        let Reader {
            framer, records, ..
        } = self;
        self.bytes += bytes.len() as u64;
        let first = framer.tell(bytes);
        let mut bytes = first.as_deref().unwrap_or(bytes);
        // A line at a time, as long as it matters if something is shown when the next one begins.
        while !bytes.is_empty() && framer.is_watching() {
            let end = memchr::memchr(b'\n', bytes).map_or(bytes.len(), |at| at + 1);
            framer.feed(&bytes[..end], |frame| records.read(&frame));
            if records.has_shown() {
                framer.stop_watching(|frame| records.read(&frame));
            }
            bytes = &bytes[end..];
        }
        if framer.framing().is_some() {
            framer.feed(bytes, |frame| records.read(&frame));
        }
        self.note_page();
        if let Some(open) = self.framer.open_bytes() {
            self.set_mark(open);
        }
    }

    fn set_mark(&mut self, open: usize) {
        let replay = &self.records.replay;
        if !replay.is_on() {
            self.mark = replay.mark(self.bytes - open as u64, self.framer.lines());
        }
    }

    fn note_page(&mut self) {
        if self.framer.framing() == Some(Framing::Page) && self.records.end.is_none() {
            self.records.end = Some(End::NotAStream);
        }
    }

    /// The body does not repeat what was read before: a server that was asked for the rest may have
    /// sent everything; if that is not it, it is another stream.
    fn read_other(&mut self) {
        let body = mem::take(&mut self.repeated);
        if body.len() > REPEAT_BYTES_MAX {
            return self.records.finish(End::Incomplete);
        }
        if self.from == ResumeAt::Start {
            self.records.start_over();
            (self.bytes, self.mark) = (0, Mark::default());
            self.framer.restart(0, true);
        } else {
            self.go_on(ResumeAt::Start);
            self.repeated.clone_from(&body);
        }
        self.read(&body);
    }

    /// Another body of the same stream begins; what it repeats is dropped, and the record that has
    /// not ended is forgotten. A body that turns out to be of another stream replaces the outline.
    pub fn go_on(&mut self, from: ResumeAt) {
        let mark = match from {
            ResumeAt::Start => Mark::default(),
            ResumeAt::Mark(mark) => mark,
            ResumeAt::Last => self.mark,
        };
        (self.from, self.over) = (from, false);
        self.bytes = mark.bytes;
        self.repeated = Vec::new();
        self.framer
            .restart(mark.lines, mark.bytes == 0 && from != ResumeAt::Last);
        let records = &mut self.records;
        records.replay.begin(from, records.last_seq.is_some());
        if mem::take(&mut self.other) {
            records.replay.begin_other();
        }
        records.again = records.decoder.like();
        if records.replay.records() == 0 {
            // What told the framing may have been the half of a word.
            self.framer = Format::framer(&self.format);
        }
        records.resumed = from != ResumeAt::Start;
        (records.torn, records.gap, records.refused) = (false, None, 0);
    }

    /// Undoes [`Reader::close`], so that reading can go on where it broke off. Returns true
    /// if it can. A stream that has come to its own end cannot: what comes next is another one, and
    /// replaces it.
    pub fn reopen(&mut self) -> bool {
        let goes_on = self.records.end.is_none() || self.records.reopen();
        if !goes_on {
            self.records.end = None;
            self.other = true;
        }
        goes_on
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

    /// The body has ended, cleanly or by an error, and there is no other. Changes nothing if the
    /// stream had ended by itself before.
    pub fn finish(&mut self, clean: bool) {
        let whole = self.end_body(clean);
        self.close(whole);
    }

    /// The body has ended, cleanly or by an error; another one may follow. Returns true if it is
    /// whole: it did not break off, and nothing is missing in it.
    pub fn end_body(&mut self, clean: bool) -> bool {
        let Reader {
            framer, records, ..
        } = self;
        // What has begun and comes to nothing comes again.
        let mut lost = framer.is_mid_record();
        if clean && framer.is_watching() {
            framer.end_line(|frame| records.read(&frame));
        }
        let torn = match framer.framing() {
            // What there is of a character, or of what tells the framing, waits for the rest.
            None => framer.is_mid_record(),
            Some(Framing::Text) => framer.open_bytes() != Some(0),
            // A last record that lacks only its end counts.
            Some(_) => {
                let mut torn = false;
                records.resumed = false;
                framer.finish(|frame| {
                    torn |= records.is_torn(&frame);
                    lost = false;
                });
                torn || framer.is_mid_record()
            }
        };
        self.note_page();
        // What was forgotten the first time is not read the second time.
        if !mem::replace(&mut self.over, true) && !torn && !lost {
            self.set_mark(0);
        }
        let records = &mut self.records;
        let whole = clean && !torn && records.gap.is_none() && !records.replay.is_on();
        if whole {
            records.end_body();
        }
        whole
    }

    /// No other body follows: ends the stream, unless it has ended by itself.
    pub fn close(&mut self, whole: bool) {
        let Reader {
            framer, records, ..
        } = self;
        framer.finish(|frame| records.read(&frame));
        if let Some((line, reason)) = records.gap {
            records.skip(line, reason);
        }
        let nothing_but = records.decoder.nothing_but();
        records.finish(match (whole, nothing_but) {
            (false, _) => End::Incomplete,
            (true, Some(came)) => End::Empty { came },
            (true, None) if records.done_at_end => End::Done,
            (true, None) => End::Ended,
        });
    }

    /// How the stream has ended, if it has.
    pub fn end(&self) -> Option<&End> {
        self.records.end.as_ref()
    }

    /// What there is to tell since this was last called, in order.
    pub fn take_outputs(&mut self) -> Vec<Output> {
        self.records.collect_changes();
        mem::take(&mut self.records.outputs)
    }

    /// The outline as it stands.
    pub fn outline(&self) -> &Tree {
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

    /// Returns true if a clean end of the body is the end of the outline.
    pub fn is_done_at_end(&self) -> bool {
        self.records.done_at_end
    }

    /// How many records have been taken, of whatever bodies: each once.
    pub fn records(&self) -> u64 {
        self.records.replay.records()
    }

    /// The last place between two records.
    pub fn mark(&self) -> Mark {
        self.mark
    }

    /// Returns true if records are missing, or the first one of a body that went on was only the rest of
    /// one: what follows cannot be read before the stream is read from its beginning.
    pub fn is_broken(&self) -> bool {
        self.records.torn || self.records.gap.is_some()
    }
}

impl Records {
    /// Returns true if somebody may have seen something of the text that passes.
    fn has_shown(&self) -> bool {
        !self.outline.is_empty() && !self.replay.is_on()
    }

    fn read(&mut self, frame: &Frame<'_>) {
        if self.differs {
            return;
        }
        if let Data::Text(text) = frame.data {
            return self.read_text(text);
        }
        let repeats = self.replay.is_on();
        self.stats.lines += u64::from(!repeats);
        let mut events = mem::take(&mut self.events);
        let decoder = match self.replay.is_counted() {
            true => &mut self.again,
            false => &mut self.decoder,
        };
        let resumed = mem::take(&mut self.resumed);
        let read = decoder.read(frame, &mut events);
        // A replay lacks the signs of life.
        let known = match read {
            Ok(_) if matches!(events[..], [Event::Ping]) => Known::No,
            _ => {
                let seq = read.as_ref().ok().copied().flatten();
                self.replay.take(frame.data.bytes(), seq, self.last_seq)
            }
        };
        match read {
            _ if known == Known::Yes => {}
            _ if known == Known::Differs => self.differs = true,
            Ok(seq) if !self.is_next(seq, frame.number) => self.stats.ignored += 1,
            Ok(_) => events.drain(..).for_each(|event| self.apply(event)),
            Err(_) if self.end.is_some() => self.stats.ignored += 1,
            Err(Reason::NotJson(_)) if resumed => self.torn = true,
            Err(reason) => {
                self.refused += 1;
                self.skip(frame.number, reason);
            }
        }
        events.clear();
        self.events = events;
    }

    /// Bare text has no deltas, only cuts: nothing in them tells a repeat.
    fn read_text(&mut self, text: &str) {
        let Some(known) = self.replay.take_text(text) else {
            self.differs = true;
            return;
        };
        match self.end {
            None => Self::take_new(
                &mut self.grammar,
                &mut self.outline,
                &mut self.stats,
                New::More(text[known..].into()),
            ),
            Some(_) => self.stats.ignored += 1,
        }
    }

    /// Reads a record that the end of the body has ended. Returns true if it was torn, so that it
    /// could not be read: that is the cut's fault, not the record's.
    fn is_torn(&mut self, frame: &Frame<'_>) -> bool {
        self.refused = 0;
        // A record that says nothing is the beginning of one that does.
        let is_silent =
            !matches!(frame.data, Data::TooLong) && frame.data.bytes().trim_ascii().is_empty();
        let torn = is_silent
            || matches!(
                self.decoder.like().read(frame, &mut Vec::new()),
                Err(Reason::NotJson(_))
            );
        if !torn {
            self.read(frame);
        }
        torn
    }

    /// Takes what the clean end of the body means in the dialect.
    fn end_body(&mut self) {
        let mut events = mem::take(&mut self.events);
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

    /// Returns true if a line with this `seq` is the next one of the log; one that is not is dropped. Lines
    /// that were refused are not missing: sent again they would be no better.
    fn is_next(&mut self, seq: Option<u64>, line: u64) -> bool {
        let Some(seq) = seq else { return true };
        let expected = self.last_seq.map_or(0, |last| last.saturating_add(1));
        let refused = mem::take(&mut self.refused);
        let is_next = (expected..=expected.saturating_add(refused)).contains(&seq);
        if is_next {
            self.last_seq = Some(seq);
        } else if seq > expected && self.end.is_none() {
            self.gap
                .get_or_insert((line, Reason::Gap { expected, got: seq }));
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
            Event::Empty(came) => self.finish(End::Empty { came }),
            Event::Unknown => self.stats.ignored += 1,
        }
    }

    fn take_new(grammar: &mut Grammar, outline: &mut Tree, stats: &mut Stats, new: New<'_>) {
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
            let shown = crate::outline::title::shown(&line, kind == ProgressKind::Module);
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

    /// Takes what the increment still doubts as new text. Returns true if there was any.
    fn settle_doubt(&mut self) -> bool {
        let new = self.increment.finish();
        let doubted = new != New::Nothing;
        Self::take_new(&mut self.grammar, &mut self.outline, &mut self.stats, new);
        doubted
    }

    /// Everything as before the first record; keys go on from where they were.
    fn start_over(&mut self) {
        self.reset();
        self.decoder = Decoder::new(self.format);
        self.replay = Replay::default();
        (self.run, self.last_seq, self.gap) = (None, None, None);
        self.stats = Stats {
            bytes: self.stats.bytes,
            ..Stats::default()
        };
    }

    fn reopen(&mut self) -> bool {
        let goes_on = matches!(self.end, Some(End::Incomplete | End::Ended));
        let Some(broken) = self.broken.take().filter(|_| goes_on) else {
            return false;
        };
        (self.increment, self.grammar) = (broken.increment, broken.grammar);
        self.end = None;
        if !self.grammar.holds_title() {
            // What was shown of the rest was more than the end of one title.
            self.outline.back_to(&broken.standing);
            return true;
        }
        // The title as it was before what was held of it was shown.
        if let Some(open) = self.outline.open() {
            let title = self.outline.node(open).map(|node| node.title.clone());
            let shown = broken.open.map_or(0, |_| broken.title);
            let title = title.unwrap_or_default();
            self.outline.rename(open, title.get(..shown).unwrap_or(""));
            self.grammar.set_open();
        }
        true
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
            let increment = self.increment.clone();
            let doubted = self.settle_doubt();
            let Records {
                grammar,
                outline,
                stats,
                ..
            } = self;
            self.broken = (end != End::Done && !doubted).then(|| Broken {
                increment,
                grammar: grammar.clone(),
                standing: outline.standing(),
                open: outline.open(),
                title: outline
                    .open()
                    .and_then(|at| outline.node(at))
                    .map_or(0, |node| node.title.len()),
            });
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

fn take_step(outline: &mut Tree, stats: &mut Stats, step: Step<'_>) {
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
