//! Reading one stream over as many requests as it takes: what to ask, when, and when to stop. Bytes,
//! answers and time come in as arguments, requests and waits go out. Never opens a connection,
//! never sleeps and never reads a clock.
//!
//! Source of the rules: the read side of the Durable Streams protocol; RFC 9110, ranges and
//! `Retry-After`; full jitter as by M. Brooker, "Exponential Backoff And Jitter", 2015.

use crate::read::replay::{Mark, ResumeAt};
use crate::reader::{self, End, Reader};
use crate::state::{Code, Failure, State, conclude, is_passing};

/// The wait before the first request after one that brought something, in milliseconds, at most; it
/// doubles with each request that brings nothing.
pub const BACKOFF_MS: f64 = 250.0;
/// The longest wait that is not the server's wish, in milliseconds.
pub const BACKOFF_MS_MAX: f64 = 10_000.0;
/// The longest wait a server can ask for, in milliseconds.
pub const RETRY_AFTER_MS_MAX: f64 = 3_600_000.0;
/// How many requests in a row may bring nothing new.
pub const TRIES_MAX: u32 = 8;
/// How many times in a row the whole stream is read again for what is missing.
pub const REWINDS_MAX: u32 = 5;
/// How much older data may be than when it counts as stalled, before a stream that can be replayed
/// is asked for anew.
const STALLS_BEFORE_CUT: f64 = 2.0;
/// A clean end that comes this long after its request, in milliseconds, or later, is that of a
/// server which waits for more.
const POLL_MS: f64 = 1_000.0;
/// Two looks at the clock that lie further apart than this, in milliseconds: the page was frozen.
const FROZEN_MS: f64 = 5_000.0;
/// How long a connection gets to show that it has survived that, in milliseconds.
const THAW_MS: f64 = 3_000.0;

/// When a stream is requested again without anyone asking for it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Reconnect {
    /// When it has shown that it can be replayed.
    #[default]
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// How a session behaves.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// When it asks again.
    pub reconnect: Reconnect,
    /// Asking again asks for the same, and starts nothing: it is a `GET`.
    pub repeatable: bool,
    /// How old data is when it counts as stalled, in milliseconds; 0 is never.
    pub stall_ms: f64,
}

/// What to ask for, besides the address.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ask {
    /// For the query: `offset`.
    pub offset: Option<String>,
    /// The offset is the server's own, so that it may wait for more: `live=long-poll`.
    pub live: bool,
    /// Not from a cache: it may have kept an answer that was cut as a whole one.
    pub fresh: bool,
    /// For the headers: the first byte of `Range`, and `If-Range`.
    pub range: Option<(u64, String)>,
}

/// An answer, before its body.
#[derive(Clone, Debug, Default)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// `Stream-Next-Offset`.
    pub next_offset: Option<String>,
    /// `Stream-Closed: true`.
    pub closed: bool,
    /// The strong `ETag` of an answer whose `Accept-Ranges` is `bytes`.
    pub etag: Option<String>,
    /// Where the part begins that `Content-Range` says.
    pub range_from: Option<u64>,
    /// `Retry-After`, in milliseconds.
    pub retry_after_ms: Option<f64>,
}

/// What to do next.
#[derive(Clone, Debug, PartialEq)]
pub enum Next {
    /// Close what is open, and send this request.
    Ask(Ask),
    /// Read the body, or go on reading it.
    Read,
    /// Close what is open, and call [`Session::wake`] then.
    Wait {
        /// In milliseconds of the same clock.
        until_ms: f64,
    },
    /// Close what is open: it is over.
    Over(State, Option<Failure>),
}

/// One stream, from its first request to its end.
#[derive(Debug)]
pub struct Session {
    options: Options,
    reader: Reader,
    state: State,
    /// The place that the server's own name of it means.
    token: Option<(String, Mark)>,
    /// The name of what comes after this body.
    next_offset: Option<String>,
    closed: bool,
    /// Something of this body has come.
    fed: bool,
    /// Ranges of what has this tag can be asked for.
    etag: Option<String>,
    /// The server names places itself: others would be unknown to it.
    names_places: bool,
    /// It has shown that it can be replayed.
    replayable: bool,
    /// Where a body begins if the server did as it was asked.
    asked: ResumeAt,
    /// The stream is read from its beginning, whatever is known of its places.
    rewind: bool,
    rewinds: u32,
    /// Requests in a row that brought nothing new.
    tries: u32,
    /// How many records there were when that was counted.
    records: u64,
    reconnects: u64,
    /// It has been asked for before.
    again: bool,
    /// Why the last request came to nothing.
    failure: Failure,
    asked_ms: f64,
    data_ms: f64,
    /// When the clock was last looked at.
    seen_ms: f64,
}

impl Session {
    /// A session that has asked for nothing.
    pub fn new(options: Options, reader: &reader::Options) -> Session {
        Session {
            options,
            reader: Reader::new(reader),
            state: State::Idle,
            token: None,
            next_offset: None,
            closed: false,
            fed: false,
            etag: None,
            names_places: false,
            replayable: false,
            asked: ResumeAt::Start,
            rewind: false,
            rewinds: 0,
            tries: 0,
            records: 0,
            reconnects: 0,
            again: false,
            failure: Failure::new(Code::Network, "cut", true),
            asked_ms: 0.0,
            data_ms: 0.0,
            seen_ms: 0.0,
        }
    }

    /// What has been read.
    pub fn reader(&self) -> &Reader {
        &self.reader
    }

    /// For what comes otherwise than as an answer.
    pub fn reader_mut(&mut self) -> &mut Reader {
        &mut self.reader
    }

    /// What it is doing.
    pub fn state(&self) -> State {
        self.state
    }

    /// How many requests have followed by themselves.
    pub fn reconnects(&self) -> u64 {
        self.reconnects
    }

    /// The first request.
    pub fn start(&mut self, now_ms: f64) -> Next {
        self.state = State::Connecting;
        self.ask(now_ms)
    }

    /// Asks again because a person, or the page, wants it: from where reading broke off, if that
    /// can be.
    pub fn retry(&mut self, now_ms: f64) -> Next {
        if !self.reader.reopen() {
            (self.token, self.etag, self.rewind) = (None, None, true);
        }
        (self.tries, self.rewinds) = (0, 0);
        self.state = State::Connecting;
        self.ask(now_ms)
    }

    fn ask(&mut self, now_ms: f64) -> Next {
        (self.asked_ms, self.data_ms, self.seen_ms) = (now_ms, now_ms, now_ms);
        (self.asked, self.closed, self.next_offset) = (ResumeAt::Start, false, None);
        self.fed = false;
        let mut ask = Ask {
            fresh: std::mem::replace(&mut self.again, true),
            ..Ask::default()
        };
        if self.options.repeatable && !self.rewind {
            let mark = self.reader.mark();
            if let Some((token, mark)) = &self.token {
                (ask.offset, ask.live) = (Some(token.clone()), true);
                self.asked = ResumeAt::Mark(*mark);
            } else if let Some(etag) = &self.etag {
                ask.range = Some((mark.bytes, etag.clone()));
                self.asked = ResumeAt::Mark(mark);
            } else if let Some(last) = self.reader.last_seq().filter(|_| !self.names_places) {
                ask.offset = Some(last.saturating_add(1).to_string());
                self.asked = ResumeAt::Last;
            }
        }
        self.rewind = false;
        Next::Ask(ask)
    }

    /// An answer has come; its body is not read yet. `random` is a number from 0 to 1.
    pub fn answered(&mut self, answer: &Answer, now_ms: f64, random: f64) -> Next {
        self.data_ms = now_ms;
        let in_range = matches!(self.asked, ResumeAt::Mark(_)) && self.token.is_none();
        match answer.status {
            206 if !in_range || !self.is_range(answer) => {
                self.etag = None;
                self.rewind(now_ms, random)
            }
            200..=299 => {
                if in_range && answer.status != 206 {
                    // The whole of it, perhaps of another version.
                    self.asked = ResumeAt::Start;
                }
                if self.asked == ResumeAt::Start {
                    self.etag.clone_from(&answer.etag);
                }
                self.closed = answer.closed;
                self.next_offset.clone_from(&answer.next_offset);
                self.names_places |= self.next_offset.is_some();
                self.replayable |= self.etag.is_some() || self.next_offset.is_some();
                self.reader.go_on(self.asked);
                self.state = State::Streaming;
                Next::Read
            }
            // There is nothing behind what is known, at least not yet.
            416 if in_range => self.wait(None, now_ms, random),
            // The server does not know the place.
            400 if self.asked != ResumeAt::Start && !in_range => {
                self.names_places = true;
                self.failure = Failure::http(400);
                self.rewind(now_ms, random)
            }
            status => {
                let failure = Failure::http(status);
                if is_passing(status) && self.may_ask() {
                    self.failure = failure;
                    self.wait(answer.retry_after_ms, now_ms, random)
                } else {
                    self.give_up(failure)
                }
            }
        }
    }

    fn is_range(&self, answer: &Answer) -> bool {
        let from = self.reader.mark().bytes;
        answer.range_from.is_none_or(|it| it == from)
    }

    /// The request has failed without an answer.
    pub fn refused(&mut self, now_ms: f64, random: f64) -> Next {
        let failure = Failure::no_answer();
        if self.may_ask() {
            if matches!(self.asked, ResumeAt::Mark(_)) && self.token.is_none() && self.tries > 2 {
                // Another origin may refuse the headers of a range, and nothing says so.
                self.etag = None;
            }
            self.failure = failure;
            self.wait(None, now_ms, random)
        } else {
            self.give_up(failure)
        }
    }

    /// Bytes of the body have come.
    pub fn feed(&mut self, bytes: &[u8], now_ms: f64) {
        self.data_ms = now_ms;
        self.fed |= !bytes.is_empty();
        if self.state.is_live() {
            self.state = State::Streaming;
        }
        self.reader.feed(bytes);
    }

    /// What follows from what has been fed: call it after each [`Session::feed`].
    pub fn check(&mut self, now_ms: f64, random: f64) -> Next {
        if let Some(end) = self.reader.end() {
            return self.over(conclude(&end.clone()));
        }
        if self.reader.is_broken() && self.may_ask() && self.rewinds < REWINDS_MAX {
            return self.rewind(now_ms, random);
        }
        Next::Read
    }

    /// The body has ended.
    pub fn ended(&mut self, clean: bool, now_ms: f64, random: f64) -> Next {
        let whole = self.reader.end_body(clean);
        if let Some(end) = self.reader.end() {
            return self.over(conclude(&end.clone()));
        }
        // An answer that was cut in its head looks like one with an empty body.
        if whole
            && self.fed
            && let Some(next) = self.next_offset.take()
        {
            self.token = Some((next, self.reader.mark()));
        }
        if self.reader.is_done_at_end() && whole || !self.may_ask() {
            return self.close(whole);
        }
        self.failure = Failure::new(Code::Network, "cut", true);
        if whole && now_ms - self.asked_ms >= POLL_MS {
            // The server has waited for more before it ended: it is there.
            self.tries = 0;
        }
        if whole && self.closed {
            // Something is missing in the middle: the server has no more.
            return self.rewind(now_ms, random);
        }
        self.wait(None, now_ms, random)
    }

    /// The wait is over.
    pub fn wake(&mut self, now_ms: f64) -> Next {
        self.reconnects += 1;
        self.ask(now_ms)
    }

    /// Time has passed: call it four times a second while something is asked for or read.
    pub fn tick(&mut self, now_ms: f64, random: f64) -> Option<Next> {
        let stall_ms = self.options.stall_ms;
        if now_ms - self.seen_ms > FROZEN_MS {
            let thawed_ms = now_ms - stall_ms * STALLS_BEFORE_CUT + THAW_MS;
            self.data_ms = self.data_ms.max(thawed_ms).min(now_ms);
        }
        self.seen_ms = now_ms;
        let age = now_ms - self.data_ms;
        if stall_ms <= 0.0 || !self.is_open() || age < stall_ms {
            return None;
        }
        self.state = State::Stalled;
        if age < stall_ms * STALLS_BEFORE_CUT || !self.may_ask() {
            return None;
        }
        // It breaks off here: what has not ended comes again.
        self.reader.end_body(false);
        self.failure = Failure::new(Code::Stalled, "silent", true);
        Some(self.check_or_wait(now_ms, random))
    }

    fn check_or_wait(&mut self, now_ms: f64, random: f64) -> Next {
        match self.reader.end() {
            Some(end) => self.over(conclude(&end.clone())),
            None => self.wait(None, now_ms, random),
        }
    }

    /// It is stopped: nothing more is read.
    pub fn stop(&mut self) {
        self.reader.finish(false);
        self.state = State::Stopped;
    }

    /// Whether a request is under way or a body is read.
    fn is_open(&self) -> bool {
        matches!(
            self.state,
            State::Connecting | State::Streaming | State::Stalled
        )
    }

    /// Whether a request may follow by itself: a model must not run twice.
    fn may_ask(&self) -> bool {
        self.options.repeatable
            && match self.options.reconnect {
                Reconnect::Auto => self.replayable || self.reader.last_seq().is_some(),
                Reconnect::Always => true,
                Reconnect::Never => false,
            }
    }

    /// Reads all of it again, for what is missing.
    fn rewind(&mut self, now_ms: f64, random: f64) -> Next {
        (self.rewind, self.token) = (true, None);
        self.rewinds += 1;
        if self.rewinds > REWINDS_MAX && self.records == self.reader.records() {
            return self.give_up(self.failure.clone());
        }
        self.wait(None, now_ms, random)
    }

    fn wait(&mut self, wish_ms: Option<f64>, now_ms: f64, random: f64) -> Next {
        let records = self.reader.records();
        if records > self.records {
            (self.records, self.tries, self.rewinds) = (records, 0, u32::from(self.rewind));
        }
        if self.tries >= TRIES_MAX {
            return self.give_up(self.failure.clone());
        }
        let most = (BACKOFF_MS * f64::from(1_u32 << self.tries)).min(BACKOFF_MS_MAX);
        self.tries += 1;
        self.state = State::Reconnecting;
        let wish_ms = wish_ms.map(|wish| wish.clamp(0.0, RETRY_AFTER_MS_MAX));
        Next::Wait {
            until_ms: now_ms + wish_ms.unwrap_or(random * most),
        }
    }

    fn close(&mut self, whole: bool) -> Next {
        self.reader.close(whole);
        let end = self.reader.end().cloned().unwrap_or(End::Incomplete);
        self.over(conclude(&end))
    }

    /// Ends with what there is. Where nothing was read, there is nothing incomplete.
    fn give_up(&mut self, failure: Failure) -> Next {
        self.reader.close(false);
        let state = match self.reader.records() {
            0 => State::Error,
            _ => State::Incomplete,
        };
        self.over((state, Some(failure)))
    }

    fn over(&mut self, (state, failure): (State, Option<Failure>)) -> Next {
        self.state = state;
        Next::Over(state, failure)
    }
}
