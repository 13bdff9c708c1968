//! [`use_live_outline`]: a stream as signals and actions, in an app's own hands. Never shows anything.

use std::sync::Arc;
use std::time::Duration;

use leptos::prelude::*;
use send_wrapper::SendWrapper;
use serde::Serialize;
use wasm_bindgen::JsValue;

use crate::live::fetch::Source;
use crate::live::store::{Node, Outline, Title};
use crate::live::stream::{Signals, Stream};
use crate::outline::tree::Counts;
use crate::read::event::{Event, Mode};
use crate::reader::{self, Reader};
use crate::session::{self, Reconnect};
use crate::state::{Failure, State};

/// How a stream is asked for and read.
#[derive(Clone, Debug, PartialEq)]
pub struct StreamOptions {
    /// The dialect: `auto`, or one of [`Format::names`](crate::read::dialect::Format::names). An unknown one is read as `auto`.
    pub format: String,
    /// Whether deltas repeat what came before.
    pub mode: Mode,
    /// What a clean end of the body without a `done` line means.
    pub end: End,
    /// When it is requested again without anyone asking for it.
    pub reconnect: Reconnect,
    /// How long without data until the state is [`State::Stalled`]; `None`: never. 20 seconds.
    pub stall_timeout: Option<Duration>,
    /// Cookies go to other origins, too.
    pub with_credentials: bool,
    /// What is sent with the request: a prompt by `POST`, say. `None` is a plain `GET`.
    pub request: Option<RequestOptions>,
}

/// What a clean end of the body without a `done` line means.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum End {
    /// The outline may not be complete: [`State::Ended`].
    #[default]
    Auto,
    /// The outline is complete, because this producer sends no `done` line.
    Body,
}

/// A request that is more than a `GET`. It is sent once: only a `GET` is ever repeated by itself.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct RequestOptions {
    /// `POST`, `PUT` …
    pub method: String,
    /// Names and values.
    pub headers: Vec<(String, String)>,
    /// The body.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub body: Option<String>,
}

impl Default for StreamOptions {
    fn default() -> Self {
        StreamOptions {
            format: "auto".to_owned(),
            mode: Mode::default(),
            end: End::default(),
            reconnect: Reconnect::default(),
            stall_timeout: Some(Duration::from_secs(20)),
            with_credentials: false,
            request: None,
        }
    }
}

impl StreamOptions {
    pub(crate) fn reader(&self) -> reader::Options {
        reader::Options {
            format: self.format.clone(),
            mode: self.mode,
            done_at_end: self.end == End::Body,
        }
    }

    pub(crate) fn session(&self, repeatable: bool) -> session::Options {
        let stall_ms = (self.stall_timeout).map_or(0.0, |timeout| timeout.as_secs_f64() * 1000.0);
        session::Options {
            reconnect: self.reconnect,
            repeatable,
            stall_ms,
        }
    }

    fn source(&self, url: String) -> Source {
        let request = self.request.as_ref();
        Source::Url {
            url,
            init: request.map_or(JsValue::UNDEFINED, |request| {
                serde_wasm_bindgen::to_value(request).unwrap_or_default()
            }),
            with_credentials: self.with_credentials,
        }
    }
}

/// Something that has happened to a stream. What it tells of is shown already.
#[derive(Clone, Debug)]
pub enum LiveEvent {
    /// A stream begins.
    Start,
    /// The title of a module, section or lesson is whole.
    Settled {
        /// Whose.
        node: Node,
        /// Its zero-based place among its siblings.
        index: usize,
    },
    /// Counts have changed; at most ten a second.
    Progress,
    /// The state is another one.
    StateChange {
        /// The state now.
        state: State,
        /// The state before.
        previous: State,
    },
    /// The stream has ended.
    Done {
        /// It said that the outline is complete.
        complete: bool,
    },
    /// Stopped by the user or by `stop()`.
    Stopped,
    /// Somebody asks to read it again.
    Retry,
    /// It failed.
    Error(Failure),
    /// A line was skipped.
    Skipped {
        /// Which one, from 1.
        line: u64,
        /// Why, in a sentence.
        reason: String,
    },
}

/// A live outline: what a stream has brought as signals, and what can be done with it. Clones are the same one.
///
/// On a server there is no stream: the outline stays empty, and the actions do nothing.
#[derive(Clone)]
pub struct Live {
    /// The outline: signals of nodes.
    pub outline: Outline,
    /// What the stream is doing.
    pub state: ReadSignal<State>,
    /// How many nodes there are; brought up to date four times a second.
    pub counts: ReadSignal<Counts>,
    /// The course title.
    pub title: Title,
    /// How many modules are planned, if the stream has said so.
    pub planned: ReadSignal<Option<u64>>,
    /// From the start to now, or to the end, in milliseconds; brought up to date four times a second.
    pub elapsed_ms: ReadSignal<f64>,
    /// What went wrong.
    pub error: ReadSignal<Option<Failure>>,
    /// The title of the module that settled last.
    pub newest: ReadSignal<String>,
    pub(crate) signals: Signals,
    /// The stream; none on a server.
    stream: Option<Arc<SendWrapper<Stream>>>,
}

impl Live {
    /// A live outline that reads nothing yet: for what is pushed, or started by hand. It ends with the owner in
    /// which it is made.
    pub fn new(options: StreamOptions) -> Live {
        let signals = Signals::default();
        let stream = (!cfg!(feature = "ssr"))
            .then(|| Arc::new(SendWrapper::new(Stream::new(options, signals.clone()))));
        let ends = stream.clone();
        on_cleanup(move || {
            if let Some(stream) = ends {
                stream.leave();
            }
        });
        Live {
            outline: signals.outline.clone(),
            state: signals.state.read_only().into(),
            counts: signals.counts.read_only().into(),
            title: signals.outline.title(),
            planned: signals.planned.read_only().into(),
            elapsed_ms: signals.elapsed_ms.read_only().into(),
            error: signals.error.read_only().into(),
            newest: signals.newest.read_only().into(),
            signals,
            stream,
        }
    }

    /// Drops what is there and reads an address, or a body that the page already has.
    pub fn start(&self, source: Source) {
        self.act(|stream| stream.start(source));
    }

    /// Stops reading; what has come stays. Does nothing when nothing is read.
    pub fn stop(&self) {
        self.act(Stream::stop);
    }

    /// Shows nothing more until [`Live::resume`]; reading goes on.
    pub fn pause(&self) {
        self.act(Stream::pause);
    }

    /// Shows what has come meanwhile, and what comes.
    pub fn resume(&self) {
        self.act(Stream::resume);
    }

    /// Reads the source of the last start again, from where reading broke off, if that can be. What is there
    /// stays until there is more, or another stream instead.
    pub fn retry(&self) {
        self.act(Stream::retry);
    }

    /// Drops everything, to the state before the first start.
    pub fn reset(&self) {
        self.act(Stream::reset);
    }

    /// Takes the next bytes or text of a stream, which go on from the ones before.
    pub fn push(&self, bytes: impl Into<Vec<u8>>) {
        self.act(|stream| stream.push(bytes.into()));
    }

    /// Takes one line of the stream; one that cannot be read is skipped, as in a body.
    pub fn push_line(&self, json: impl Into<String>) {
        self.act(|stream| stream.push_line(json.into()));
    }

    /// Takes one event that needs no line.
    pub fn push_event(&self, event: Event) {
        self.act(|stream| stream.push_event(event));
    }

    /// No more is pushed: a clean end, unless the last line has not ended.
    pub fn end(&self) {
        self.act(Stream::end);
    }

    /// It failed, by the app's account. What is there stays.
    pub fn fail(&self, failure: Failure) {
        self.act(|stream| stream.fail(failure));
    }

    /// Reads and shows all that was pushed now, however long it takes.
    pub fn flush(&self) {
        self.act(Stream::flush);
    }

    /// Takes other options; those of reading count from the next start on.
    pub fn set_options(&self, options: StreamOptions) {
        self.act(|stream| stream.set_options(options));
    }

    /// Calls `listener` with everything that happens from now on.
    pub fn on_event(&self, listener: impl Fn(&LiveEvent) + 'static) {
        self.act(|stream| stream.listen(listener));
    }

    /// Asks `allows` before each retry; where it says `false`, the stream is not read again.
    pub fn before_retry(&self, allows: impl Fn() -> bool + 'static) {
        self.act(|stream| stream.before_retry(allows));
    }

    /// The outline as Markdown, with all that has come.
    pub fn to_markdown(&self) -> String {
        self.read_all();
        self.with_reader(|reader| reader.outline().to_markdown())
            .unwrap_or_default()
    }

    /// How many requests have followed the first by themselves.
    pub fn reconnects(&self) -> u64 {
        self.act(Stream::reconnects).unwrap_or(0)
    }

    /// Reads all that has come, at once: whoever asks for the outline gets what was pushed before, though it may not
    /// be shown yet.
    pub(crate) fn read_all(&self) {
        self.act(Stream::read_all);
    }

    /// Looks at what has been read so far. `None` on a server.
    pub fn with_reader<T>(&self, look: impl FnOnce(&Reader) -> T) -> Option<T> {
        self.act(|stream| stream.with_reader(look))
    }

    /// From the start to now, or to the end, in milliseconds, exactly.
    #[cfg(feature = "element")]
    pub(crate) fn exact_elapsed_ms(&self) -> f64 {
        self.act(Stream::elapsed_ms).unwrap_or(0.0)
    }

    fn act<T>(&self, act: impl FnOnce(&Stream) -> T) -> Option<T> {
        self.stream.as_ref().map(|stream| act(stream))
    }
}

/// Reads the stream at `src` into a keyed outline of signals.
///
/// `src` and `options` may be values or signals: another `src` drops what is there and starts; an empty one reads
/// nothing. When the owner goes, the request is closed and nothing is left. On a server no request is made.
pub fn use_live_outline(
    src: impl Into<Signal<String>>,
    options: impl Into<Signal<StreamOptions>>,
) -> Live {
    let (src, options) = (src.into(), options.into());
    let live = Live::new(options.get_untracked());
    let fitted = live.clone();
    Effect::new(move |_| fitted.set_options(options.get()));
    let started = live.clone();
    Effect::new(move |_| {
        let url = src.get();
        if !url.is_empty() {
            // Listeners may read signals; this must not follow them.
            untrack(|| started.start(options.get_untracked().source(url)));
        }
    });
    live
}
