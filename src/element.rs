//! The custom element's half in Rust: attributes in by name, outline, stats and errors out as plain objects. Never
//! contains logic of its own; see `www/embed.js` for the other half.

use std::time::Duration;

use leptos::mount::{UnmountHandle, mount_to};
use leptos::prelude::*;
use leptos::tachys::view::any_view::AnyViewState;
use send_wrapper::SendWrapper;
use serde::Serialize;
use wasm_bindgen::prelude::*;
use web_sys::{ReadableStream, ShadowRoot};

use crate::live::fetch::Source;
use crate::live::hook::{End, Live, LiveEvent, StreamOptions};
use crate::live::store::Node;
use crate::read::dialect::Format;
use crate::read::event::Mode;
use crate::session::Reconnect;
use crate::state::Failure;
use crate::view::actions::{self, FileFormat};
use crate::view::component::frame_view;
use crate::view::context::{Frame, ViewEvent};
use crate::view::follow::scroll_to_latest;
use crate::view::options::{
    Announce, Control, Controls, Expanded, Follow, HeadingLevel, ViewOptions,
};
use crate::view::outline::OwnRowViews;
use crate::view::plain::{outline_of, to_page};
use crate::view::words::Words;

#[wasm_bindgen]
extern "C" {
    /// The element, as far as it is told what happens. Plain values cross, so that a long outline costs no objects
    /// here.
    pub type Host;

    /// The title of a node is whole.
    #[wasm_bindgen(method)]
    fn settled(this: &Host, kind: &str, key: &str, title: &str, index: u32);

    /// The state is another one.
    #[wasm_bindgen(method)]
    fn state(this: &Host, state: &str, previous: &str);

    /// Anything else, with what the element cannot ask for. Returns true if the page lets it be.
    #[wasm_bindgen(method)]
    fn happened(this: &Host, name: &str, first: &JsValue, second: &JsValue) -> bool;
}

#[wasm_bindgen]
extern "C" {
    /// The element's attributes, by the names of their properties; empty is as without it.
    pub type Attributes;

    #[wasm_bindgen(method, getter)]
    fn format(this: &Attributes) -> String;
    #[wasm_bindgen(method, getter)]
    fn mode(this: &Attributes) -> String;
    #[wasm_bindgen(method, getter)]
    fn end(this: &Attributes) -> String;
    #[wasm_bindgen(method, getter)]
    fn reconnect(this: &Attributes) -> String;
    /// In seconds; 0: never.
    #[wasm_bindgen(method, getter, js_name = stallTimeout)]
    fn stall_timeout(this: &Attributes) -> f64;
    #[wasm_bindgen(method, getter)]
    fn expanded(this: &Attributes) -> String;
    #[wasm_bindgen(method, getter)]
    fn follow(this: &Attributes) -> String;
    #[wasm_bindgen(method, getter)]
    fn announce(this: &Attributes) -> String;
    #[wasm_bindgen(method, getter)]
    fn controls(this: &Attributes) -> String;
    #[wasm_bindgen(method, getter)]
    fn label(this: &Attributes) -> String;
    #[wasm_bindgen(method, getter, js_name = contentLang)]
    fn content_lang(this: &Attributes) -> String;
    #[wasm_bindgen(method, getter, js_name = headingLevel)]
    fn heading_level(this: &Attributes) -> f64;
}

fn stream_options(attributes: &Attributes) -> StreamOptions {
    let format = attributes.format();
    if Format::named(&format).is_none() {
        let known: Vec<&str> = Format::names().collect();
        unknown("format", &format, &known);
    }
    let timeout = Duration::try_from_secs_f64(attributes.stall_timeout()).unwrap_or_default();
    let modes = [
        ("auto", Mode::Auto),
        ("incremental", Mode::Incremental),
        ("cumulative", Mode::Cumulative),
    ];
    let reconnects = [
        ("auto", Reconnect::Auto),
        ("always", Reconnect::Always),
        ("never", Reconnect::Never),
    ];
    StreamOptions {
        format,
        mode: modes[one_of("mode", &attributes.mode(), &modes.map(|it| it.0))].1,
        end: [End::Auto, End::Body][one_of("end", &attributes.end(), &["auto", "body"])],
        reconnect: reconnects[one_of(
            "reconnect",
            &attributes.reconnect(),
            &reconnects.map(|it| it.0),
        )]
        .1,
        stall_timeout: (!timeout.is_zero()).then_some(timeout),
        ..StreamOptions::default()
    }
}

fn view_options(attributes: &Attributes, words: &JsValue) -> ViewOptions {
    let expanded = [Expanded::All, Expanded::Latest, Expanded::None];
    let announce = [Announce::Modules, Announce::Milestones, Announce::Off];
    let content_lang = attributes.content_lang();
    ViewOptions {
        heading_level: HeadingLevel::new(attributes.heading_level() as u8),
        label: attributes.label(),
        expanded: expanded[one_of(
            "expanded",
            &attributes.expanded(),
            &["all", "latest", "none"],
        )],
        controls: controls(&attributes.controls()),
        follow: [Follow::Auto, Follow::Off]
            [one_of("follow", &attributes.follow(), &["auto", "off"])],
        announce: announce[one_of(
            "announce",
            &attributes.announce(),
            &["modules", "milestones", "off"],
        )],
        content_lang: (!content_lang.is_empty()).then_some(content_lang),
        words: Words::from_table(words),
    }
}

fn controls(names: &str) -> Controls {
    let mut names = names.split_ascii_whitespace().peekable();
    if names.peek().is_none() {
        return Controls::ALL;
    }
    let named = |name: &str| {
        let found = Control::ALL.iter().find(|(known, _)| *known == name);
        if found.is_none() && name != "none" {
            let known = Control::ALL.iter().map(|(name, _)| *name);
            unknown("controls", name, &known.chain(["none"]).collect::<Vec<_>>());
        }
        found.map(|(_, control)| *control)
    };
    Controls::of(names.filter_map(named))
}

/// Which of the known values of an attribute this is; the first one where there is none. One that is not known is as good
/// as none.
fn one_of(attribute: &str, value: &str, known: &[&str]) -> usize {
    let found = known.iter().position(|name| *name == value);
    if found.is_none() && !value.is_empty() {
        unknown(attribute, value, known);
    }
    found.unwrap_or(0)
}

fn unknown(attribute: &str, value: &str, known: &[&str]) {
    let known = known.join(", ");
    let warning =
        format!("<live-outline>: {attribute}=\"{value}\" is not known; it takes one of: {known}.");
    leptos::logging::warn!("{warning}");
}

/// One `<live-outline>` at work. `free()` ends it and leaves nothing behind.
#[wasm_bindgen]
pub struct Widget {
    live: Live,
    frame: Frame,
    mounted: Option<UnmountHandle<AnyViewState>>,
    owner: Owner,
}

impl Drop for Widget {
    fn drop(&mut self) {
        self.mounted.take();
        self.owner.cleanup();
    }
}

#[wasm_bindgen]
impl Widget {
    /// Shows a live outline in `root` and tells `host` what happens.
    #[wasm_bindgen(constructor)]
    pub fn new(root: &ShadowRoot, attributes: &Attributes, words: &JsValue, host: Host) -> Widget {
        let owner = Owner::new();
        owner.with(|| {
            let live = Live::new(stream_options(attributes));
            let view = ArcRwSignal::new(view_options(attributes, words));
            let frame = Frame::new(live.clone(), view, true);
            tell(&live, &frame, host);
            crate::view::style::adopt(root);
            let shown = frame.clone();
            // A shadow root takes children as an element does; that it is none matters to nobody here.
            let mounted = mount_to(root.clone().unchecked_into(), move || {
                frame_view(shown, true, OwnRowViews::default()).into_any()
            });
            let leaves = SendWrapper::new(frame.clone());
            on_cleanup(move || leaves.leave());
            Widget {
                live,
                frame,
                mounted: Some(mounted),
                owner: owner.clone(),
            }
        })
    }

    /// Takes over changed attributes; those of reading count from the next start on.
    #[wasm_bindgen(js_name = setAttributes)]
    pub fn set_attributes(&self, attributes: &Attributes, words: &JsValue) {
        self.live.set_options(stream_options(attributes));
        let view = view_options(attributes, words);
        if self.frame.options.with_untracked(|now| *now != view) {
            self.frame.options.set(view);
        }
    }

    /// Reads an address.
    pub fn start(&self, url: String, init: JsValue, with_credentials: bool) {
        self.live.start(Source::Url {
            url,
            init,
            with_credentials,
        });
    }

    /// Reads a body that the page already has.
    #[wasm_bindgen(js_name = startStream)]
    pub fn start_stream(&self, stream: ReadableStream) {
        self.live.start(Source::Stream(stream));
    }

    /// Takes the next bytes.
    #[wasm_bindgen(js_name = pushBytes)]
    pub fn push_bytes(&self, bytes: Vec<u8>) {
        self.live.push(bytes);
    }

    /// Takes the next text.
    #[wasm_bindgen(js_name = pushText)]
    pub fn push_text(&self, text: String) {
        self.live.push(text);
    }

    /// Takes one line that the page has as an object.
    #[wasm_bindgen(js_name = pushLine)]
    pub fn push_line(&self, json: String) {
        self.live.push_line(json);
    }

    /// No more is pushed.
    pub fn end(&self) {
        self.live.end();
    }

    /// It failed, by the page's account.
    pub fn fail(&self, message: String, retryable: bool) {
        self.live.fail(Failure::host(message, retryable));
    }

    /// The answer that the page has is an error.
    #[wasm_bindgen(js_name = failHttp)]
    pub fn fail_http(&self, status: u16) {
        self.live.reset();
        self.live.fail(Failure::http(status));
    }

    /// Stops reading; what is shown stays.
    pub fn stop(&self) {
        self.live.stop();
    }

    /// Reads again.
    pub fn retry(&self) {
        self.live.retry();
    }

    /// Drops everything.
    pub fn reset(&self) {
        self.live.reset();
    }

    /// Shows nothing more until it is resumed.
    pub fn pause(&self) {
        self.live.pause();
    }

    /// Shows what has come meanwhile, and what comes.
    pub fn resume(&self) {
        self.live.resume();
    }

    /// Opens or closes all modules.
    #[wasm_bindgen(js_name = expandAll)]
    pub fn expand_all(&self, expanded: bool) {
        self.frame.expand_all(expanded);
    }

    /// Goes to the newest, and stays there.
    #[wasm_bindgen(js_name = scrollToLatest)]
    pub fn scroll_to_latest(&self) {
        scroll_to_latest(&self.frame);
    }

    /// Hands out a file: `json`, or Markdown.
    pub fn download(&self, format: &str) {
        let format = match format {
            "json" => FileFormat::Json,
            _ => FileFormat::Markdown,
        };
        actions::save(&self.frame, format);
    }

    /// Puts the outline on the clipboard.
    pub fn copy(&self) -> js_sys::Promise {
        wasm_bindgen_futures::future_to_promise(actions::copy(self.frame.clone()))
    }

    /// The newest is being kept in sight.
    #[wasm_bindgen(getter)]
    pub fn following(&self) -> bool {
        let follower = self.frame.page().follower.borrow();
        follower.as_ref().is_some_and(|it| it.is_following())
    }

    /// The outline as a plain object.
    #[wasm_bindgen(getter)]
    pub fn outline(&self) -> JsValue {
        outline_of(&self.live)
    }

    /// Counts.
    #[wasm_bindgen(getter)]
    pub fn stats(&self) -> JsValue {
        to_page(&Stats::of(&self.live, &self.frame))
    }

    /// What went wrong, or `null`.
    #[wasm_bindgen(getter)]
    pub fn error(&self) -> JsValue {
        let failure = self.live.signals.error.get_untracked();
        failure.map_or(JsValue::NULL, |failure| page_error(&self.frame, &failure))
    }

    /// The outline as Markdown.
    #[wasm_bindgen(js_name = toMarkdown)]
    pub fn to_markdown(&self) -> String {
        self.live.to_markdown()
    }
}

/// Tells the element what happens.
fn tell(live: &Live, frame: &Frame, host: Host) {
    const NONE: JsValue = JsValue::UNDEFINED;
    let host = std::rc::Rc::new(host);
    let asked = host.clone();
    live.before_retry(move || asked.happened("retry", &NONE, &NONE));
    let (told, page) = (host.clone(), frame.clone());
    live.on_event(move |event| {
        let happened = |name, first: JsValue, second: JsValue| told.happened(name, &first, &second);
        match event {
            LiveEvent::Start => happened("start", NONE, NONE),
            LiveEvent::Settled { node, index } => {
                let (kind, title) = (node.kind().name(), node.title().get_untracked());
                told.settled(kind, &node.key().to_string(), &title, *index as u32);
                true
            }
            LiveEvent::Progress => happened("progress", NONE, NONE),
            LiveEvent::StateChange { state, previous } => {
                told.state(state.name(), previous.name());
                true
            }
            LiveEvent::Done { complete } => happened("done", (*complete).into(), NONE),
            LiveEvent::Stopped => happened("stop", NONE, NONE),
            // Asked before: see above.
            LiveEvent::Retry => true,
            LiveEvent::Error(failure) => happened("error", page_error(&page, failure), NONE),
            LiveEvent::Skipped { line, reason } => {
                happened("skip", (*line as f64).into(), reason.into())
            }
        };
    });
    frame.on_event(move |event| {
        match event {
            ViewEvent::Toggle { node, expanded } => {
                let key = key_of(node);
                host.happened("toggle", &key, &(*expanded).into());
            }
            ViewEvent::Follow(following) => {
                host.happened("follow-change", &(*following).into(), &NONE);
            }
        };
    });
}

fn key_of(node: &Node) -> JsValue {
    node.key().to_string().into()
}

/// `stats`, as a page sees it.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Stats {
    modules: usize,
    lessons: usize,
    lines: u64,
    skipped: u64,
    ignored: u64,
    prose: u64,
    bytes: u64,
    elapsed_ms: f64,
    reconnects: u64,
    rows_built: u64,
}

impl Stats {
    fn of(live: &Live, frame: &Frame) -> Stats {
        let read = live.with_reader(|reader| (reader.stats(), reader.outline().counts()));
        let (read, counts) = read.unwrap_or_default();
        let rows = frame.page().rows.borrow();
        Stats {
            modules: counts.modules,
            lessons: counts.lessons,
            lines: read.lines,
            skipped: read.skipped,
            ignored: read.ignored,
            prose: read.prose,
            bytes: read.bytes,
            elapsed_ms: live.exact_elapsed_ms(),
            reconnects: live.reconnects(),
            rows_built: rows.as_ref().map_or(0, |rows| rows.built()),
        }
    }
}

/// `error`, as a page sees it.
#[derive(Serialize)]
struct PageError {
    code: &'static str,
    message: String,
    retryable: bool,
}

fn page_error(frame: &Frame, failure: &Failure) -> JsValue {
    let message = frame
        .options
        .with_untracked(|options| options.words.failure(failure));
    to_page(&PageError {
        code: failure.code.name(),
        message,
        retryable: failure.retryable,
    })
}
