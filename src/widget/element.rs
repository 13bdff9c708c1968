//! What the custom element calls: options in, outline out. Never contains logic of its own; see
//! `www/embed.js` for the other half.

use serde::ser::{Serialize, SerializeMap, Serializer};
use wasm_bindgen::prelude::*;
use web_sys::{ReadableStream, ShadowRoot};

use crate::core::reader;
use crate::core::session::Reconnect;
use crate::core::small::decimal;
use crate::core::state::Failure;
use crate::widget::plain::{outline_of, to_page};
use crate::widget::preview::{Notice, Options, Preview};
use crate::widget::rows::Expanded;
use crate::widget::strings::{self, Strings};
use crate::widget::transport::Source;
use crate::widget::view::{Mounted, mount};

#[wasm_bindgen]
extern "C" {
    /// The element, as far as it is told what happens. Plain values cross, so that a long outline
    /// costs no objects here.
    pub type Host;

    /// A module or lesson is whole.
    #[wasm_bindgen(method)]
    fn settled(this: &Host, kind: &str, key: &str, title: &str, index: u32);

    /// The state is another one.
    #[wasm_bindgen(method)]
    fn state(this: &Host, state: &str, previous: &str);

    /// Anything else, with what the element cannot ask for. Answers whether the page lets it be.
    #[wasm_bindgen(method)]
    fn happened(this: &Host, name: &str, first: &JsValue, second: &JsValue) -> bool;
}

/// `error`, as a page sees it.
struct PageError<'a>(&'a Failure, String);

impl Serialize for PageError<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("code", self.0.code.name())?;
        map.serialize_entry("message", &*self.1)?;
        map.serialize_entry("retryable", &self.0.retryable)?;
        map.end()
    }
}

/// One `<live-outline>` at work. `free()` ends it and leaves nothing behind.
#[wasm_bindgen]
pub struct Widget {
    preview: Preview,
    mounted: Mounted,
}

#[wasm_bindgen]
impl Widget {
    /// Shows a preview in `root` and tells `host` what happens.
    #[wasm_bindgen(constructor)]
    pub fn new(
        root: &ShadowRoot,
        attributes: &str,
        strings: Option<Strings>,
        host: Host,
    ) -> Widget {
        let preview = Preview::new(options(attributes, strings));
        let told = preview.clone();
        let weak = told.downgrade();
        preview.on_notice(move |notice| {
            weak.upgrade()
                .is_none_or(|preview| tell(&host, &preview, notice))
        });
        let mounted = mount(root, &preview);
        Widget { preview, mounted }
    }

    /// Takes over changed attributes; those of reading count from the next start on.
    #[wasm_bindgen(js_name = setAttributes)]
    pub fn set_attributes(&self, attributes: &str, strings: Option<Strings>) {
        self.preview.set_options(options(attributes, strings));
    }

    /// Reads an address.
    pub fn start(&self, url: String, init: JsValue, with_credentials: bool) {
        self.preview.start(Source::Url {
            url,
            init,
            with_credentials,
        });
    }

    /// Reads a body the page already has.
    #[wasm_bindgen(js_name = startStream)]
    pub fn start_stream(&self, stream: ReadableStream) {
        self.preview.start(Source::Stream(stream));
    }

    /// Takes the next bytes.
    #[wasm_bindgen(js_name = pushBytes)]
    pub fn push_bytes(&self, bytes: Vec<u8>) {
        self.preview.push(bytes);
    }

    /// Takes the next text.
    #[wasm_bindgen(js_name = pushText)]
    pub fn push_text(&self, text: String) {
        self.preview.push(text);
    }

    /// Takes one line that the page has as an object.
    #[wasm_bindgen(js_name = pushLine)]
    pub fn push_line(&self, json: String) {
        self.preview.take_line(json);
    }

    /// No more is pushed.
    pub fn end(&self) {
        self.preview.end();
    }

    /// It failed, by the page's account.
    pub fn fail(&self, message: String, retryable: bool) {
        self.preview.fail(Failure::host(message, retryable));
    }

    /// The answer the page has is an error.
    #[wasm_bindgen(js_name = failHttp)]
    pub fn fail_http(&self, status: u16) {
        self.preview.reset();
        self.preview.fail(Failure::http(status));
    }

    /// Stops reading; what is shown stays.
    pub fn stop(&self) {
        self.preview.stop();
    }

    /// Reads again.
    pub fn retry(&self) {
        self.preview.retry();
    }

    /// Drops everything.
    pub fn reset(&self) {
        self.preview.reset();
    }

    /// Opens or closes all modules.
    #[wasm_bindgen(js_name = expandAll)]
    pub fn expand_all(&self, expanded: bool) {
        self.preview.expand_all(expanded);
        self.mounted.frame.set_open(expanded);
    }

    /// Does what one of the buttons does, or another thing of that kind.
    pub fn act(&self, what: &str) {
        match what {
            "pause" => self.preview.pause(),
            "resume" => self.preview.resume(),
            "latest" => self.mounted.frame.scroll_to_latest(),
            format => self.mounted.frame.save(format),
        }
    }

    /// Puts the outline on the clipboard.
    pub fn copy(&self) -> js_sys::Promise {
        (self.mounted.frame).copy_text(&self.preview.to_markdown())
    }

    /// The newest is being kept in sight.
    #[wasm_bindgen(getter)]
    pub fn following(&self) -> bool {
        self.mounted.frame.following()
    }

    /// The outline as a plain object.
    #[wasm_bindgen(getter)]
    pub fn outline(&self) -> JsValue {
        outline_of(&self.preview)
    }

    /// Counts.
    #[wasm_bindgen(getter)]
    pub fn stats(&self) -> JsValue {
        stats(&self.preview)
    }

    /// What went wrong, or `null`.
    #[wasm_bindgen(getter)]
    pub fn error(&self) -> JsValue {
        let failure = self.preview.failure();
        failure.map_or(JsValue::NULL, |failure| page_error(&self.preview, &failure))
    }

    /// The outline as Markdown.
    #[wasm_bindgen(js_name = toMarkdown)]
    pub fn to_markdown(&self) -> String {
        self.preview.to_markdown()
    }
}

/// The element's attributes, in the order in which `embed.js` writes them, with a NUL between them, which
/// no attribute holds. A deserializer for them would be 28 KB of code, most of it for numbers in error
/// messages, and a getter for each 0.5 KB.
fn options(attributes: &str, strings: Option<Strings>) -> Options {
    let mut attributes = attributes.split('\0');
    let mut next = || attributes.next().unwrap_or_default();
    Options {
        reader: reader::Options {
            format: next().to_owned(),
            mode: Options::mode(next()),
            done_at_end: next() == "body",
        },
        expanded: match next() {
            "latest" => Expanded::Latest,
            "none" => Expanded::None,
            _ => Expanded::All,
        },
        reconnect: match next() {
            "always" => Reconnect::Always,
            "never" => Reconnect::Never,
            _ => Reconnect::Auto,
        },
        follow: next() != "off",
        label: next().to_owned(),
        controls: next().to_owned(),
        announce: next().to_owned(),
        content_lang: next().to_owned(),
        heading_level: next().parse::<u32>().unwrap_or_default() as u8,
        stall_ms: f64::from(next().parse::<u32>().unwrap_or_default()),
        strings: strings.unwrap_or_default(),
    }
}

fn tell(host: &Host, preview: &Preview, notice: &Notice) -> bool {
    const NONE: JsValue = JsValue::UNDEFINED;
    let happened = |name, first: JsValue, second: JsValue| host.happened(name, &first, &second);
    match notice {
        Notice::Start => happened("start", NONE, NONE),
        Notice::Settled { node, index, .. } => {
            // Taken out first: the page's listener may push, and then nothing may be borrowed.
            let told = preview.with_node(*node, |node| {
                (
                    node.kind.name(),
                    decimal(node.key.0.into()),
                    node.title.clone(),
                )
            });
            if let Some((kind, key, title)) = told {
                host.settled(kind, &key, &title, *index as u32);
            }
            true
        }
        Notice::Follow(following) => happened("follow-change", (*following).into(), NONE),
        Notice::Progress => happened("progress", NONE, NONE),
        Notice::StateChange { state, previous } => {
            host.state(state.name(), previous.name());
            true
        }
        Notice::Done { complete } => happened("done", (*complete).into(), NONE),
        Notice::Stopped => happened("stop", NONE, NONE),
        Notice::Retry => happened("retry", NONE, NONE),
        Notice::Error(failure) => happened("error", page_error(preview, failure), NONE),
        Notice::Skipped { line, reason } => happened("skip", (*line as f64).into(), reason.into()),
        Notice::Toggle { node, expanded } => {
            let key = preview.with_node(*node, |node| decimal(node.key.0.into()));
            happened("toggle", key.unwrap_or_default().into(), (*expanded).into())
        }
    }
}

/// `stats`, as a page sees it.
fn stats(preview: &Preview) -> JsValue {
    let (read, counts) = preview.with_reader(|reader| (reader.stats(), reader.outline().counts()));
    let stats: [(&str, f64); 10] = [
        ("modules", counts.modules as f64),
        ("lessons", counts.lessons as f64),
        ("lines", read.lines as f64),
        ("skipped", read.skipped as f64),
        ("ignored", read.ignored as f64),
        ("prose", read.prose as f64),
        ("bytes", read.bytes as f64),
        ("elapsedMs", preview.elapsed_ms()),
        ("reconnects", preview.reconnects() as f64),
        ("rowsBuilt", preview.rows_built() as f64),
    ];
    to_page(&Map(&stats))
}

/// Numbers by name.
struct Map<'a>(&'a [(&'a str, f64)]);

impl Serialize for Map<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().copied())
    }
}

fn page_error(preview: &Preview, failure: &Failure) -> JsValue {
    let words = preview.with_options(|options| strings::failure(&options.strings, failure));
    to_page(&PageError(failure, words))
}
