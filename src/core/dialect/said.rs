//! What the records of one stream have said, as far as later ones depend on it: which channel
//! passes, why the model stopped, what a step can take back. Never knows a dialect's fields.

use std::mem;

use crate::core::event::Event;
use crate::core::json::{self, Json, Text};

/// How much text of channels that have to wait is kept, in bytes; more is an error.
pub const WAITING_BYTES_MAX: usize = 1024 * 1024;
/// How many channels may wait; more is an error.
pub const WAITING_CHANNELS_MAX: usize = 64;
/// How much text is kept so that a step can be taken back, in bytes; a step that is taken back
/// after more is an error.
pub const KEPT_BYTES_MAX: usize = 1024 * 1024;
/// As much of a provider's message is passed on, in bytes.
pub const MESSAGE_BYTES_MAX: usize = 1024;

/// The name of one of several texts that a stream carries side by side.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Channel(pub u64);

impl Channel {
    /// The channel a sender gave a name: its FNV-1a hash, so that no delta costs an allocation. Two
    /// names with one hash would only mix two texts of the same sender.
    pub fn named(name: &str) -> Channel {
        Channel(name.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        }))
    }
}

/// Why a model stopped, in the words of all providers together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stop {
    /// It has said all.
    Complete,
    /// It waits for a tool or a person: its text may go on in another message of this stream.
    Waits,
    /// It has reached a limit of its output.
    Length,
    /// A filter has stopped it, or it has refused.
    Filtered,
    /// It, or its provider, failed.
    Failed,
    /// A reason not known here.
    Unknown,
}

impl Stop {
    /// The reason a provider names.
    pub fn named(reason: &str) -> Stop {
        let reason = reason.to_ascii_lowercase().replace('-', "_");
        let named = |(stop, names): &(Stop, &[&str])| names.contains(&&*reason).then_some(*stop);
        STOPS.iter().find_map(named).unwrap_or(Stop::Unknown)
    }
}

/// What the providers' reasons mean, in lower case.
const STOPS: [(Stop, &[&str]); 5] = [
    (
        Stop::Complete,
        &["stop", "end_turn", "stop_sequence", "complete", "completed"],
    ),
    (
        Stop::Waits,
        &[
            "tool_calls",
            "tool_call",
            "tool_use",
            "function_call",
            "pause_turn",
            "interrupt",
        ],
    ),
    (
        Stop::Length,
        &[
            "length",
            "max_tokens",
            "max_output_tokens",
            "model_length",
            "model_context_window_exceeded",
            "error_limit",
        ],
    ),
    (
        Stop::Filtered,
        &[
            "content_filter",
            "refusal",
            "safety",
            "recitation",
            "blocklist",
            "prohibited_content",
            "spii",
            "image_safety",
            "error_toxic",
        ],
    ),
    (
        Stop::Failed,
        &["error", "timeout", "canceled", "cancelled", "user_cancel"],
    ),
];

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
    /// What has passed, for dialects that can take a step back.
    kept: Option<Kept>,
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
    half: Option<u16>,
    /// Bytes of `text` that stood before the step.
    before: usize,
    overflowing: bool,
}

/// Where a dialect puts what a record says.
#[derive(Debug)]
pub struct Said<'a> {
    memory: &'a mut Memory,
    events: &'a mut Vec<Event>,
}

impl<'a> Said<'a> {
    /// Puts what is said into `events`.
    pub fn new(memory: &'a mut Memory, events: &'a mut Vec<Event>) -> Self {
        Said { memory, events }
    }

    /// The next piece of text of a channel. The channel that speaks first passes; others wait until
    /// it has ended.
    pub fn delta(&mut self, channel: Channel, text: Text) {
        if text.is_empty() {
            return;
        }
        self.memory.progress = match self.memory.progress {
            Progress::Running | Progress::Waiting => Progress::Running,
            Progress::Stopped | Progress::Doubtful => Progress::Doubtful,
            Progress::Over => Progress::Over,
        };
        match self.memory.open {
            Some(open) if open != channel => self.wait(channel, text),
            _ => {
                self.memory.open = Some(channel);
                self.pass(text);
            }
        }
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
                self.pass(text);
            }
            self.memory.open = (!next.ended).then_some(next.channel);
        }
    }

    /// A message begins. If there is one that has not ended, the producer is trying again.
    pub fn begin(&mut self) {
        let again = mem::replace(&mut self.memory.begun, true);
        match self.memory.progress {
            Progress::Running | Progress::Doubtful if again => self.reset(),
            Progress::Over => {}
            _ => self.memory.progress = Progress::Running,
        }
    }

    /// The model has stopped, and text of the same message may still come. That nothing is missing
    /// counts at the end of the message ([`done`](Self::done)) or of the body.
    pub fn stopped(&mut self, stop: Stop) {
        match stop {
            // Some gateways say it with every piece, and some when a tool has been called, too.
            Stop::Complete if self.memory.progress == Progress::Running => {
                self.memory.progress = Progress::Stopped;
            }
            Stop::Waits if self.memory.progress != Progress::Over => {
                self.memory.progress = Progress::Waiting;
            }
            Stop::Length => self.error(
                "The model reached its output limit. Raise it or ask for a shorter outline.",
                true,
            ),
            Stop::Filtered => self.refused(""),
            Stop::Failed => self.error("", true),
            Stop::Complete | Stop::Waits | Stop::Unknown => {}
        }
    }

    /// The message has ended. That is the end of the outline, unless the model failed or waits.
    pub fn done(&mut self) {
        self.flush();
        if !matches!(self.memory.progress, Progress::Waiting | Progress::Over) {
            self.memory.progress = Progress::Over;
            self.events.push(Event::Done);
        }
    }

    /// The body has ended cleanly, in a dialect that has no other end than the model's reason.
    pub fn body_end(&mut self) {
        self.flush();
        if self.memory.progress == Progress::Stopped {
            self.events.push(Event::Done);
        }
    }

    /// The model or its provider failed.
    pub fn error(&mut self, message: &str, retryable: bool) {
        let message = if message.trim_end().is_empty() {
            "The provider did not say why; see the backend's log."
        } else {
            let mut end = message.len().min(MESSAGE_BYTES_MAX);
            while !message.is_char_boundary(end) {
                end -= 1;
            }
            &message[..end]
        };
        self.memory.progress = Progress::Over;
        self.events.push(Event::Error {
            message: message.to_owned(),
            retryable,
        });
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

    /// A provider's own error: a text, or an object with a message and a code. Whether trying again
    /// may help is told by the code, by any of the names it goes by.
    pub fn failed(&mut self, error: Json<'_>) {
        let message = ["message", "detail"]
            .iter()
            .find_map(|key| error.get(key)?.str())
            .or(error.str())
            .unwrap_or_default();
        let permanent = ["code", "status_code", "type", "status"]
            .iter()
            .filter_map(|key| error.get(key))
            .any(is_permanent);
        self.error(&message, !permanent);
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
        kept.half = None;
        if kept.overflowing {
            return self.error(
                "The producer began a step again after more text than can be taken back. \
                 Start over.",
                true,
            );
        }
        if kept.text.len() > kept.before {
            kept.text.truncate(kept.before);
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

    fn pass(&mut self, text: Text) {
        if let Some(kept) = &mut self.memory.kept {
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
        match (self.half.take(), text.lead) {
            (None, None) => {}
            (Some(high), Some(low)) => self.text.push(json::join(high, low)),
            _ => self.text.push(char::REPLACEMENT_CHARACTER),
        }
        self.text.push_str(&text.body);
        self.half = text.trail;
    }
}

/// What keeping a text costs, in bytes.
fn cost(text: &Text) -> usize {
    text.body.len() + mem::size_of::<Text>()
}

/// Whether an error of this code, a number or a name, comes again as long as nothing is changed.
fn is_permanent(code: Json<'_>) -> bool {
    if let Some(code) = code.integer() {
        return matches!(code, 400..500) && !matches!(code, 408 | 409 | 425 | 429 | 499);
    }
    let name = code.str().unwrap_or_default().to_ascii_lowercase();
    [
        "invalid",
        "quota",
        "billing",
        "auth",
        "permission",
        "not_found",
        "too_large",
        "unsupported",
        "policy",
    ]
    .iter()
    // Not `contains`: its search for long texts is 2 KB of code.
    .any(|part| {
        name.as_bytes()
            .windows(part.len())
            .any(|it| it == part.as_bytes())
    })
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

    const A: Channel = Channel(1);
    const B: Channel = Channel(2);
    const C: Channel = Channel(3);

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
                said.delta(Channel(channel), "x".into());
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
            (&["a", "whatever"], "a", "a[done]"),
        ] {
            let say = |said: &mut Said<'_>| {
                for &text in texts {
                    if text.len() == 1 {
                        said.delta(A, text.into());
                    } else {
                        said.stopped(Stop::named(text));
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
    fn reasons_to_stop_in_any_spelling() {
        for (reason, stop) in [
            ("STOP", Stop::Complete),
            ("stop-sequence", Stop::Complete),
            ("tool-calls", Stop::Waits),
            ("MAX_TOKENS", Stop::Length),
            ("content-filter", Stop::Filtered),
            ("ERROR", Stop::Failed),
            ("", Stop::Unknown),
            ("eos", Stop::Unknown),
        ] {
            assert_eq!(Stop::named(reason), stop, "{reason}");
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
            said.stopped(Stop::Waits);
            said.done();
            said.begin();
            said.delta(A, "c".into());
            said.stopped(Stop::Complete);
            said.done();
        });
        assert_eq!(text, "a[reset]bc[done]");
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
        assert_eq!(text, "a[reset]b\u{fffd}\u{fffd}c[snapshot b😀]d[done]");
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

    #[test]
    fn provider_errors() {
        for (error, expected) in [
            (r#""gone""#, "[error, again: gone]"),
            (r#"{"code":429,"message":"slow"}"#, "[error, again: slow]"),
            (r#"{"code":503,"message":"busy"}"#, "[error, again: busy]"),
            (r#"{"code":401,"message":"key"}"#, "[error, final: key]"),
            (r#"{"status_code":500,"detail":"x"}"#, "[error, again: x]"),
            (
                r#"{"type":"overloaded_error","message":"busy"}"#,
                "[error, again: busy]",
            ),
            (
                r#"{"type":"invalid_request_error","message":"bad"}"#,
                "[error, final: bad]",
            ),
            (
                r#"{"code":"insufficient_quota","message":"paid?"}"#,
                "[error, final: paid?]",
            ),
            (
                "{}",
                "[error, again: The provider did not say why; see the backend's log.]",
            ),
        ] {
            let text = told(|said| match Json::parse(error) {
                Ok(error) => said.failed(error),
                Err(_) => said.unknown(),
            });
            assert_eq!(text, expected, "{error}");
        }
        let long = "é".repeat(MESSAGE_BYTES_MAX);
        let text = told(|said| said.error(&long, true));
        assert_eq!(
            text.chars().filter(|c| *c == 'é').count(),
            MESSAGE_BYTES_MAX / 2
        );
    }
}
