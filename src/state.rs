//! What the reader of a stream is doing, and what went wrong. Never does any of it, and never puts
//! it into words: people read it in their own language.

use crate::reader::End;

/// What the preview is doing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum State {
    /// Nothing has been asked for.
    #[default]
    Idle,
    /// Asked, no answer yet.
    Connecting,
    /// Reading.
    Streaming,
    /// No data for a while.
    Stalled,
    /// The connection was cut and is being made again.
    Reconnecting,
    /// Reading goes on, showing does not.
    Paused,
    /// The reader of the page has stopped it.
    Stopped,
    /// The body ended cleanly without saying that the outline is complete.
    Ended,
    /// The body broke off.
    Incomplete,
    /// The outline is complete.
    Done,
    /// It failed; see the [`Failure`].
    Error,
}

impl State {
    /// The name in `data-state`, `state` and events.
    pub fn name(self) -> &'static str {
        match self {
            State::Idle => "idle",
            State::Connecting => "connecting",
            State::Streaming => "streaming",
            State::Stalled => "stalled",
            State::Reconnecting => "reconnecting",
            State::Paused => "paused",
            State::Stopped => "stopped",
            State::Ended => "ended",
            State::Incomplete => "incomplete",
            State::Done => "done",
            State::Error => "error",
        }
    }

    /// Whether more may come by itself.
    pub fn is_live(self) -> bool {
        matches!(
            self,
            State::Connecting
                | State::Streaming
                | State::Stalled
                | State::Reconnecting
                | State::Paused
        )
    }
}

/// The closed list of what can go wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Code {
    /// The connection was lost.
    Network,
    /// The server answered with an error.
    Http,
    /// No answer came: offline, or another origin that does not allow this page to read it.
    CorsOrOffline,
    /// What came is no stream.
    NotAStream,
    /// A limit was reached.
    Limit,
    /// The producer said that it failed.
    Producer,
    /// No data for too long.
    Stalled,
    /// The browser, or a value from the page, does not fit.
    Unsupported,
    /// The WebAssembly could not run.
    Wasm,
}

impl Code {
    /// The name in `error.code`.
    pub fn name(self) -> &'static str {
        match self {
            Code::Network => "network",
            Code::Http => "http",
            Code::CorsOrOffline => "cors-or-offline",
            Code::NotAStream => "not-a-stream",
            Code::Limit => "limit",
            Code::Producer => "producer",
            Code::Stalled => "stalled",
            Code::Unsupported => "unsupported",
            Code::Wasm => "wasm",
        }
    }
}

/// What went wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// What kind, for the page's code.
    pub code: Code,
    /// What exactly, by the name of the sentence that says so and what to do.
    pub reason: &'static str,
    /// What the sentence names: a status, the producer's own words.
    pub detail: String,
    /// Whether trying again may help.
    pub retryable: bool,
}

impl Failure {
    /// A failure by the name of its sentence, without details.
    pub fn new(code: Code, reason: &'static str, retryable: bool) -> Failure {
        Failure {
            code,
            reason,
            detail: String::new(),
            retryable,
        }
    }

    /// The server answered with a status that is no success.
    pub fn http(status: u16) -> Failure {
        let (reason, retryable) = match status {
            401 | 403 => ("http-denied", true),
            404 | 410 => ("http-missing", false),
            _ if is_passing(status) => ("http-busy", true),
            _ => ("http-refused", false),
        };
        Failure {
            detail: status.to_string(),
            ..Failure::new(Code::Http, reason, retryable)
        }
    }

    /// No answer came at all.
    pub fn no_answer() -> Failure {
        Failure::new(Code::CorsOrOffline, "no-answer", true)
    }

    /// A value of the page, or the browser, that cannot be used.
    pub fn unsupported(reason: &'static str, detail: String) -> Failure {
        Failure {
            detail,
            ..Failure::new(Code::Unsupported, reason, false)
        }
    }

    /// The page says that it failed, in its own words.
    pub fn host(message: String, retryable: bool) -> Failure {
        Failure {
            reason: "host",
            ..Failure::producer(message, retryable)
        }
    }

    /// The producer failed, in its own words.
    pub fn producer(message: String, retryable: bool) -> Failure {
        Failure {
            detail: message,
            ..Failure::new(Code::Producer, "producer", retryable)
        }
    }
}

/// Whether a status says that the same request may succeed later.
pub fn is_passing(status: u16) -> bool {
    matches!(status, 408 | 425 | 429 | 500..=599)
}

/// The state a stream's end leads to, and what went wrong, if it did.
pub fn conclude(end: &End) -> (State, Option<Failure>) {
    match end {
        End::Done => (State::Done, None),
        End::Ended => (State::Ended, None),
        End::Empty { came } => (State::Ended, Some(Failure::producer(came.clone(), true))),
        End::Incomplete => (
            State::Incomplete,
            Some(Failure::new(Code::Network, "cut", true)),
        ),
        End::Failed { message, retryable } => (
            State::Error,
            Some(Failure::producer(message.clone(), *retryable)),
        ),
        End::NotAStream => (
            State::Error,
            Some(Failure::new(Code::NotAStream, "page", false)),
        ),
    }
}
