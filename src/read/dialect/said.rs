//! What the records of one stream have said, as far as later ones depend on it: which channel
//! passes, why the model stopped, what a step can take back. Never knows a dialect's fields.

use std::mem;

use super::failure;
use super::stop::Stop;
use crate::read::event::Event;
use crate::read::json::{Half, Json, Text};

/// How much text of channels that have to wait is kept, in bytes; more is an error.
pub const WAITING_BYTES_MAX: usize = 1024 * 1024;
/// How many channels may wait; more is an error.
pub const WAITING_CHANNELS_MAX: usize = 64;
/// How much text is kept so that a step can be taken back, in bytes; a step that is taken back
/// after more is an error.
pub const KEPT_BYTES_MAX: usize = 1024 * 1024;
/// Which of the texts that a stream carries side by side.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Channel {
    /// The message or item it belongs to: one of another message begins a new line.
    message: u64,
    /// Which part of that: parts follow each other as pieces of one text.
    part: u64,
}

impl Channel {
    /// A numbered part of the only message.
    pub const fn part(part: u64) -> Channel {
        Channel { message: 0, part }
    }

    /// A numbered part of a numbered item.
    pub const fn item(message: u64, part: u64) -> Channel {
        Channel { message, part }
    }

    /// The part a sender gave a name.
    pub fn part_named(name: &str) -> Channel {
        Channel::part(hash(name))
    }

    /// The message a sender gave a name.
    pub fn message_named(name: &str) -> Channel {
        Channel::item(hash(name), 0)
    }
}

/// A name's FNV-1a hash, so that no delta costs an allocation. Two names with one hash would only mix
/// two texts of the same sender.
fn hash(name: &str) -> u64 {
    name.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

/// Where a text stands that others repeat. The first of these that has text gives the text of the
/// stream; deltas always do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// A delta.
    Delta,
    /// The message beside the deltas, or instead of them.
    Message,
    /// The event that closes a text.
    TextEnd,
    /// The event that closes a part.
    PartEnd,
    /// The event that closes an item.
    ItemEnd,
    /// The whole answer.
    Answer,
}

/// How far the current message has come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Progress {
    /// Text may come.
    #[default]
    Running,
    /// The model has said why it stopped, and that nothing is missing.
    Stopped,
    /// It said so, and then said more: in this stream that says nothing.
    Doubtful,
    /// See [`Stop::Waits`].
    Waiting,
    /// See [`Stop::Unknown`].
    Unsure,
    /// The end has been told, or a failure, which no end that follows makes whole.
    Over,
}

/// What is remembered of one stream.
#[derive(Debug, Default)]
pub struct Memory {
    /// The channel whose text passes.
    open: Option<Channel>,
    /// Text of other channels, in the order of their first delta, kept until the open one ends.
    waiting: Vec<Waiting>,
    waiting_bytes: usize,
    progress: Progress,
    /// A message has begun.
    begun: bool,
    /// The text that has begun last, where pieces do not say whose they are.
    current: Channel,
    /// What gives the text.
    source: Option<Source>,
    /// The message whose text has passed last.
    message: Option<u64>,
    /// Something has come that divides the text before it from the text after it.
    divided: bool,
    /// Text has passed, and its last line has not ended.
    line_open: bool,
    /// More than blanks has passed.
    has_text: bool,
    came: Came,
    /// What has passed, for dialects that can take a step back.
    kept: Option<Kept>,
}

/// What has come besides text.
#[derive(Clone, Copy, Debug, Default)]
struct Came {
    thoughts: bool,
    calls: bool,
    others: bool,
}

#[derive(Debug)]
struct Waiting {
    channel: Channel,
    texts: Vec<Text>,
    ended: bool,
}

#[derive(Debug, Default)]
struct Kept {
    text: String,
    /// The first half of a character whose second half may come.
    half: Half,
    /// Bytes of `text` that stood before the step.
    before: usize,
    overflowing: bool,
}

impl Memory {
    /// What came instead, if no text has.
    pub fn nothing_but(&self) -> Option<String> {
        if self.has_text {
            return None;
        }
        let Came {
            thoughts,
            calls,
            others,
        } = self.came;
        let kinds: Vec<&str> = [
            (thoughts, "thoughts"),
            (calls, "tool calls"),
            (others, "records that carry none"),
        ]
        .into_iter()
        .filter_map(|(came, kind)| came.then_some(kind))
        .collect();
        Some(if kinds.is_empty() {
            "The answer has no text.".to_owned()
        } else {
            ["The answer has no text, only ", &kinds.join(" and "), "."].concat()
        })
    }
}

/// Where a dialect puts what a record says.
#[derive(Debug)]
pub struct Said<'a> {
    memory: &'a mut Memory,
    events: &'a mut Vec<Event>,
    /// The record carries this error: no end that it names, and no other words for it, count.
    failure: Option<Event>,
}

impl<'a> Said<'a> {
    /// Puts what is said into `events`.
    pub fn new(memory: &'a mut Memory, events: &'a mut Vec<Event>) -> Self {
        Said {
            memory,
            events,
            failure: None,
        }
    }

    /// The record that is read now carries an error.
    pub fn expect_failure(&mut self, failure: Event) {
        self.failure = Some(failure);
    }

    /// The record has been read: says the error it carries.
    pub fn end_record(&mut self) {
        if let Some(failure) = self.failure.take() {
            self.fail(failure);
        }
    }

    /// The next piece of text of a channel. The channel that speaks first passes; others wait until
    /// it has ended.
    pub fn delta(&mut self, channel: Channel, text: Text) {
        self.say(Source::Delta, channel, text);
    }

    /// Text that others may repeat, or that repeats others: passes if it stands where the text of
    /// this stream stands.
    pub fn say(&mut self, source: Source, channel: Channel, text: Text) {
        if text.is_empty() {
            return;
        }
        if source == Source::Delta {
            self.memory.source = Some(source);
        } else if *self.memory.source.get_or_insert(source) != source {
            return;
        }
        self.memory.progress = match self.memory.progress {
            Progress::Running | Progress::Waiting | Progress::Unsure => Progress::Running,
            Progress::Stopped | Progress::Doubtful => Progress::Doubtful,
            Progress::Over => Progress::Over,
        };
        match self.memory.open {
            Some(open) if open != channel => self.wait(channel, text),
            _ => {
                self.memory.open = Some(channel);
                self.pass(channel, text);
            }
        }
    }

    /// The next texts that do not say whose they are belong to this channel; the one before has
    /// ended.
    pub fn begin_text(&mut self, channel: Channel) {
        let before = mem::replace(&mut self.memory.current, channel);
        if before != channel {
            self.end_channel(before);
        }
    }

    /// The next piece of the text that has begun last.
    pub fn delta_of_text(&mut self, text: Text) {
        self.delta(self.memory.current, text);
    }

    /// A failure that has a name of its own: some names mean that trying again does not help.
    pub fn exception(&mut self, failure: Event, name: &str) {
        self.fail(failure::named(failure, name));
    }

    /// Something has come that divides the text before it from the text after it: a step, say.
    pub fn divide(&mut self) {
        self.memory.divided = true;
    }

    /// The model calls a tool, or a tool has answered.
    pub fn called(&mut self) {
        self.memory.came.calls = true;
        self.divide();
    }

    /// The model thinks.
    pub fn thought(&mut self) {
        self.memory.came.thoughts = true;
    }

    /// Returns true if the message has named a reason to stop.
    pub fn has_stopped(&self) -> bool {
        !matches!(self.memory.progress, Progress::Running | Progress::Doubtful)
    }

    /// A channel has ended: the next one that waits passes.
    pub fn end_channel(&mut self, channel: Channel) {
        if self.memory.open != Some(channel) {
            let waiting = &mut self.memory.waiting;
            if let Some(waiting) = waiting.iter_mut().find(|it| it.channel == channel) {
                waiting.ended = true;
            }
            return;
        }
        self.memory.open = None;
        while self.memory.open.is_none() && !self.memory.waiting.is_empty() {
            let next = self.memory.waiting.remove(0);
            for text in next.texts {
                self.memory.waiting_bytes -= cost(&text);
                self.pass(next.channel, text);
            }
            self.memory.open = (!next.ended).then_some(next.channel);
        }
    }

    /// A message begins. If there is one that has not ended, the producer is trying again.
    pub fn begin(&mut self) {
        self.divide();
        let again = mem::replace(&mut self.memory.begun, true);
        match self.memory.progress {
            Progress::Running | Progress::Doubtful if again => self.reset(),
            Progress::Over => {}
            _ => self.memory.progress = Progress::Running,
        }
    }

    /// The model has stopped, and text of the same message may still come. That nothing is missing
    /// counts at the end of the message ([`done`](Self::done)) or of the body.
    pub fn stopped(&mut self, reason: &str) {
        self.stop(Stop::named(reason), reason);
    }

    /// The model waits for a tool or a person, whatever reason it names.
    pub fn waits(&mut self) {
        self.stop(Stop::Waits, "");
    }

    /// The model has said all.
    pub fn complete(&mut self) {
        self.stop(Stop::Complete, "");
    }

    fn stop(&mut self, stop: Stop, reason: &str) {
        if self.failure.is_some() || self.memory.progress == Progress::Over {
            return;
        }
        match stop {
            // Some gateways say it with every piece, and some when a tool has been called, too.
            Stop::Complete => {
                if let Progress::Running | Progress::Unsure = self.memory.progress {
                    self.memory.progress = Progress::Stopped;
                }
            }
            Stop::Waits => {
                self.memory.came.calls = true;
                self.memory.progress = Progress::Waiting;
            }
            Stop::Limit => self.error(
                "The model reached its output limit. Raise it or ask for a shorter outline.",
                true,
            ),
            Stop::Filter => self.refused(""),
            Stop::Failure => {
                let words = [
                    "The provider ended the answer early (",
                    reason,
                    "). Try again.",
                ];
                self.error(&words.concat(), true);
            }
            Stop::Unknown if reason.is_empty() => {}
            Stop::Unknown => self.memory.progress = Progress::Unsure,
        }
    }

    /// The message has ended. That is the end of the outline, unless the model failed or waits.
    pub fn done(&mut self) {
        self.flush();
        if self.failure.is_none()
            && !matches!(
                self.memory.progress,
                Progress::Waiting | Progress::Unsure | Progress::Over
            )
        {
            self.over();
        }
    }

    /// The body has ended cleanly, in a dialect that has no other end than the model's reason.
    pub fn body_end(&mut self) {
        self.flush();
        if self.memory.progress == Progress::Stopped {
            self.over();
        }
    }

    /// Nothing is missing; whether there is anything is another question.
    fn over(&mut self) {
        self.memory.progress = Progress::Over;
        let nothing_but = self.memory.nothing_but();
        self.events
            .push(nothing_but.map_or(Event::Done, Event::Empty));
    }

    /// The model or its provider failed.
    pub fn error(&mut self, message: &str, retryable: bool) {
        self.fail(failure::of_words(message, retryable));
    }

    fn fail(&mut self, failure: Event) {
        self.memory.progress = Progress::Over;
        let failure = self.failure.take().unwrap_or(failure);
        self.events.push(failure);
    }

    /// The model declined, or a filter stopped it; `words` is what it said, if anything.
    pub fn refused(&mut self, words: &str) {
        if words.trim_end().is_empty() {
            self.error(
                "The model declined, or its provider's filter stopped it. \
                 Change the request and try again.",
                false,
            );
        } else {
            self.error(words, false);
        }
    }

    /// A provider's own error: a text, or an object with a message and a code.
    pub fn failed(&mut self, error: Json<'_>) {
        self.fail(failure::of_json(error, error));
    }

    /// Everything said so far no longer counts.
    pub fn reset(&mut self) {
        *self.memory = Memory {
            begun: true,
            kept: self.memory.kept.take().map(|_| Kept::default()),
            ..Memory::default()
        };
        self.events.push(Event::Reset);
    }

    /// Anything else.
    pub fn event(&mut self, event: Event) {
        self.events.push(event);
    }

    /// A record whose type is not known.
    pub fn unknown(&mut self) {
        self.memory.came.others = true;
        self.events.push(Event::Unknown);
    }

    /// From here on what passes is kept, so that a step can be taken back.
    pub fn keep(&mut self) {
        self.memory.kept.get_or_insert_default();
    }

    /// A step begins: what stands before it stays, whatever becomes of the step.
    pub fn begin_step(&mut self) {
        if let Some(kept) = &mut self.memory.kept {
            kept.before = kept.text.len();
        }
        self.divide();
    }

    /// Everything said since the step began no longer counts.
    pub fn drop_step(&mut self) {
        self.memory.open = None;
        self.memory.waiting.clear();
        self.memory.waiting_bytes = 0;
        if self.memory.progress != Progress::Over {
            self.memory.progress = Progress::Running;
        }
        let Some(kept) = &mut self.memory.kept else {
            return;
        };
        kept.half = Half::default();
        self.memory.source = None;
        if kept.overflowing {
            return self.error(
                "The producer began a step again after more text than can be taken back. \
                 Start over.",
                true,
            );
        }
        if kept.text.len() > kept.before {
            kept.text.truncate(kept.before);
            self.memory.has_text = !kept.text.trim_ascii().is_empty();
            self.memory.divided = true;
            self.memory.line_open = !kept.text.is_empty() && !kept.text.ends_with('\n');
            self.events.push(if kept.text.is_empty() {
                Event::Reset
            } else {
                Event::Snapshot(Text::from(&*kept.text))
            });
        }
    }

    /// Lets through all that waits.
    fn flush(&mut self) {
        while let Some(open) = self.memory.open {
            self.end_channel(open);
        }
    }

    fn pass(&mut self, channel: Channel, mut text: Text) {
        let memory = &mut *self.memory;
        let before = memory.message.replace(channel.message);
        let is_other = before.is_some_and(|before| before != channel.message);
        let divided = mem::take(&mut memory.divided) || is_other;
        if divided && memory.line_open && !text.body.starts_with('\n') {
            match text.lead {
                None => text.body.insert(0, '\n'),
                Some(_) => self.events.push(Event::Delta("\n".into())),
            }
        }
        memory.line_open = text.trail.is_some() || !text.body.ends_with('\n');
        memory.has_text = memory.has_text
            || text.lead.or(text.trail).is_some()
            || !text.body.trim_ascii().is_empty();
        if let Some(kept) = &mut memory.kept {
            kept.add(&text);
        }
        self.events.push(Event::Delta(text));
    }

    fn wait(&mut self, channel: Channel, text: Text) {
        let memory = &mut *self.memory;
        let at = memory.waiting.iter().position(|it| it.channel == channel);
        let is_full = memory.waiting_bytes + cost(&text) > WAITING_BYTES_MAX
            || (at.is_none() && memory.waiting.len() == WAITING_CHANNELS_MAX);
        if is_full {
            return self.error(
                "The producer sends too many texts side by side. Ask for one answer at a time.",
                false,
            );
        }
        memory.waiting_bytes += cost(&text);
        match at {
            Some(at) => memory.waiting[at].texts.push(text),
            None => memory.waiting.push(Waiting {
                channel,
                texts: vec![text],
                ended: false,
            }),
        }
    }
}

impl Kept {
    fn add(&mut self, text: &Text) {
        if self.overflowing || self.text.len() + text.body.len() > KEPT_BYTES_MAX {
            self.overflowing = true;
            self.text = String::new();
            return;
        }
        self.text.extend(self.half.join(text.lead));
        self.text.push_str(&text.body);
        self.half.begin(text.trail);
    }
}

/// What keeping a text costs, in bytes.
fn cost(text: &Text) -> usize {
    text.body.len() + mem::size_of::<Text>()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is said, with deltas as they are and everything else in brackets.
    fn told(say: impl FnOnce(&mut Said<'_>)) -> String {
        let mut memory = Memory::default();
        let mut events = Vec::new();
        say(&mut Said::new(&mut memory, &mut events));
        assert!(memory.waiting_bytes <= WAITING_BYTES_MAX);
        super::super::tests::line(&events)
    }

    const A: Channel = Channel::part(1);
    const B: Channel = Channel::part(2);
    const C: Channel = Channel::part(3);

    #[test]
    fn channels_do_not_mix() {
        let text = told(|said| {
            said.delta(A, "1".into());
            said.delta(B, "x".into());
            said.delta(A, "2".into());
            said.end_channel(B);
            said.delta(C, "y".into());
            said.end_channel(A);
            said.delta(C, "z".into());
            said.delta(B, "w".into());
            said.done();
        });
        assert_eq!(text, "12xyzw[done]");
    }

    #[test]
    fn what_waits_is_bounded() {
        let text = told(|said| {
            said.delta(A, "1".into());
            for _ in 0..20 {
                said.delta(B, (&*"x".repeat(WAITING_BYTES_MAX / 10)).into());
            }
        });
        assert!(text.contains("[error, final: The producer sends too many texts"));
        let text = told(|said| {
            for channel in 0..=WAITING_CHANNELS_MAX as u64 + 1 {
                said.delta(Channel::part(channel), "x".into());
            }
        });
        assert!(text.starts_with("x[error, final: The producer sends too many texts"));
    }

    #[test]
    fn that_nothing_is_missing_counts_when_nothing_follows() {
        for (texts, at_body_end, at_message_end) in [
            (&["a", "stop"][..], "a[done]", "a[done]"),
            (&["a", "stop", "b"], "ab", "ab[done]"),
            (&["a", "stop", "b", "stop"], "ab", "ab[done]"),
            (&["a"], "a", "a[done]"),
            (&["a", "tool_use"], "a", "a"),
            (&["a", "tool_use", "b", "stop"], "ab[done]", "ab[done]"),
            (&["a", "whatever"], "a", "a"),
            (&["a", "whatever", "stop"], "a[done]", "a[done]"),
            (&[], "", "[empty: The answer has no text.]"),
            (
                &["stop"],
                "[empty: The answer has no text.]",
                "[empty: The answer has no text.]",
            ),
        ] {
            let say = |said: &mut Said<'_>| {
                for &text in texts {
                    if text.len() == 1 {
                        said.delta(A, text.into());
                    } else {
                        said.stopped(text);
                    }
                }
            };
            let ended = told(|said| {
                say(said);
                said.body_end();
            });
            assert_eq!(ended, at_body_end, "{texts:?}");
            let done = told(|said| {
                say(said);
                said.done();
            });
            assert_eq!(done, at_message_end, "{texts:?}");
        }
    }

    #[test]
    fn a_message_that_begins_before_the_last_has_ended_replaces_it() {
        let text = told(|said| {
            said.begin();
            said.delta(A, "a".into());
            said.delta(B, "x".into());
            said.begin();
            said.delta(B, "b".into());
            said.waits();
            said.done();
            said.begin();
            said.delta(A, "c".into());
            said.complete();
            said.done();
        });
        assert_eq!(text, "a[reset]b\nc[done]");
    }

    #[test]
    fn a_step_is_taken_back_to_what_stood_before() {
        let half = |lead, body: &str, trail| Text {
            lead,
            body: body.into(),
            trail,
        };
        let text = told(|said| {
            said.keep();
            said.begin_step();
            said.drop_step();
            said.delta(A, "a".into());
            said.drop_step();
            said.delta(A, half(None, "b", Some(0xD83D)));
            said.delta(A, half(Some(0xDE00), "", None));
            said.begin_step();
            said.delta(A, "c".into());
            said.delta(B, "x".into());
            said.drop_step();
            said.delta(B, "d".into());
            said.done();
        });
        assert_eq!(text, "a[reset]b\u{fffd}\u{fffd}\nc[snapshot b😀]\nd[done]");
    }

    #[test]
    fn a_step_that_is_too_long_to_be_taken_back_is_an_error() {
        let long = "x".repeat(KEPT_BYTES_MAX);
        let text = told(|said| {
            said.keep();
            said.begin_step();
            said.delta(A, (&*long).into());
            said.delta(A, "y".into());
            said.drop_step();
        });
        assert!(text.contains("y[error, again: The producer began a step again"));
    }
}
