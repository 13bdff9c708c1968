//! What the reader of a stream is doing, and what went wrong, in words for pages and for people. Never does any of it.

use crate::core::reader::End;

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

/// What went wrong: for the page's code, and in a sentence for people that says what to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// What kind.
    pub code: Code,
    /// What happened and what to do.
    pub message: String,
    /// Whether trying again may help.
    pub retryable: bool,
}

impl Failure {
    /// The server answered with a status that is no success.
    pub fn http(status: u16) -> Failure {
        let (what, retryable) = match status {
            401 | 403 => (
                "The server does not let this page read the outline; sign in, then try again",
                true,
            ),
            404 | 410 => (
                "There is no outline at this address; check the address",
                false,
            ),
            408 | 425 | 429 | 500..=599 => (
                "The server could not send the outline; try again in a moment",
                true,
            ),
            _ => ("The server refused to send the outline", false),
        };
        Failure {
            code: Code::Http,
            message: format!("{what} (HTTP {status})."),
            retryable,
        }
    }

    /// No answer came at all.
    pub fn no_answer() -> Failure {
        let message = "No answer came. Either there is no connection, or the server does not allow this page to \
                       read it (CORS); check both, then try again.";
        Failure {
            code: Code::CorsOrOffline,
            message: message.to_owned(),
            retryable: true,
        }
    }

    /// A page value that cannot be used.
    pub fn unsupported(message: &str) -> Failure {
        Failure {
            code: Code::Unsupported,
            message: message.to_owned(),
            retryable: false,
        }
    }
}

/// The state a stream's end leads to, and what went wrong, if it did.
pub fn conclude(end: &End) -> (State, Option<Failure>) {
    match end {
        End::Done => (State::Done, None),
        End::Ended => (State::Ended, None),
        End::Incomplete => {
            let message = "The connection was cut before the outline was complete; what came is kept. Try again.";
            (
                State::Incomplete,
                Some(Failure {
                    code: Code::Network,
                    message: message.into(),
                    retryable: true,
                }),
            )
        }
        End::Failed { message, retryable } => {
            let said = if message.is_empty() {
                "it did not say why"
            } else {
                message
            };
            let advice = if *retryable {
                " Try again in a moment."
            } else {
                ""
            };
            let message = format!(
                "The producer of the outline failed: {}.{advice}",
                said.trim_end_matches('.')
            );
            (
                State::Error,
                Some(Failure {
                    code: Code::Producer,
                    message,
                    retryable: *retryable,
                }),
            )
        }
        End::NotAStream => {
            let message = "A web page came instead of an outline stream; check the address and whether you are signed in.";
            (
                State::Error,
                Some(Failure {
                    code: Code::NotAStream,
                    message: message.into(),
                    retryable: false,
                }),
            )
        }
    }
}
