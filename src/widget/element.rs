//! What the custom element calls: options in, outline out. Never contains logic of its own; see
//! `www/embed.js` for the other half.

use leptos::prelude::GetUntracked;
use serde::Serialize;
use wasm_bindgen::prelude::*;
use web_sys::{ReadableStream, ShadowRoot};

use crate::core::outline::{Node, NodeIdx, Outline};
use crate::core::reader;
use crate::core::session::{Code, Failure};
use crate::widget::preview::{Notice, Options, Preview};
use crate::widget::rows::Expanded;
use crate::widget::transport::Source;
use crate::widget::view::{Mounted, mount};

#[wasm_bindgen]
extern "C" {
    /// The element's attributes. Read one by one: a deserializer for them would be 28 KB of code,
    /// most of it for numbers in error messages.
    pub type Attributes;

    #[wasm_bindgen(method, getter)]
    fn format(this: &Attributes) -> String;

    #[wasm_bindgen(method, getter)]
    fn mode(this: &Attributes) -> String;

    #[wasm_bindgen(method, getter)]
    fn end(this: &Attributes) -> String;

    #[wasm_bindgen(method, getter, js_name = headingLevel)]
    fn heading_level(this: &Attributes) -> u8;

    #[wasm_bindgen(method, getter)]
    fn label(this: &Attributes) -> String;

    #[wasm_bindgen(method, getter)]
    fn expanded(this: &Attributes) -> String;

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
    reconnects: u32,
    rows_built: u64,
}

/// `error`, as a page sees it.
#[derive(Serialize)]
struct PageError<'a> {
    code: &'static str,
    message: &'a str,
    retryable: bool,
}

/// A node of `outline`, as a page sees it.
#[derive(Serialize)]
struct PageNode<'a> {
    key: String,
    kind: &'static str,
    title: &'a str,
    settled: bool,
    children: Vec<PageNode<'a>>,
}

/// `outline`, as a page sees it.
#[derive(Serialize)]
struct PageOutline<'a> {
    title: &'a str,
    settled: bool,
    children: Vec<PageNode<'a>>,
}

/// One `<live-outline>` at work. `free()` ends it and leaves nothing behind.
#[wasm_bindgen]
pub struct Widget {
    preview: Preview,
    /// Held for its drop.
    _mounted: Mounted,
}

#[wasm_bindgen]
impl Widget {
    /// Shows a preview in `root` and tells `host` what happens.
    #[wasm_bindgen(constructor)]
    pub fn new(root: &ShadowRoot, attributes: &Attributes, host: Host) -> Widget {
        let preview = Preview::new(options(attributes));
        let told = preview.clone();
        let weak = told.downgrade();
        preview.on_notice(move |notice| {
            weak.upgrade()
                .is_none_or(|preview| tell(&host, &preview, notice))
        });
        let mounted = mount(root, &preview);
        Widget {
            preview,
            _mounted: mounted,
        }
    }

    /// Takes over changed attributes; those of reading count from the next start on.
    #[wasm_bindgen(js_name = setAttributes)]
    pub fn set_attributes(&self, attributes: &Attributes) {
        self.preview.set_options(options(attributes));
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
    pub fn push_bytes(&self, bytes: &[u8]) {
        self.preview.push(bytes);
    }

    /// Takes the next text.
    #[wasm_bindgen(js_name = pushText)]
    pub fn push_text(&self, text: &str) {
        self.preview.push(text.as_bytes());
    }

    /// Takes one line that the page has as an object.
    #[wasm_bindgen(js_name = pushLine)]
    pub fn push_line(&self, json: &str) {
        self.preview.take_line(json);
    }

    /// No more is pushed.
    pub fn end(&self) {
        self.preview.end();
    }

    /// It failed, by the page's account.
    pub fn fail(&self, message: String, retryable: bool) {
        self.preview.fail(Failure {
            code: Code::Producer,
            message,
            retryable,
        });
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
    }

    /// The outline as a plain object.
    #[wasm_bindgen(getter)]
    pub fn outline(&self) -> JsValue {
        self.preview.with_reader(|reader| {
            let outline = reader.outline();
            let root = outline.root();
            to_page(&PageOutline {
                title: &root.title,
                settled: root.settled,
                children: children(outline, root),
            })
        })
    }

    /// Counts.
    #[wasm_bindgen(getter)]
    pub fn stats(&self) -> JsValue {
        stats(&self.preview)
    }

    /// What went wrong, or `null`.
    #[wasm_bindgen(getter)]
    pub fn error(&self) -> JsValue {
        let failure = self.preview.status().get_untracked().failure;
        failure.map_or(JsValue::NULL, |failure| page_error(&failure))
    }

    /// The outline as Markdown.
    #[wasm_bindgen(js_name = toMarkdown)]
    pub fn to_markdown(&self) -> String {
        self.preview
            .with_reader(|reader| reader.outline().to_markdown())
    }
}

fn options(attributes: &Attributes) -> Options {
    Options {
        reader: reader::Options {
            mode: Options::mode(&attributes.mode()),
            done_at_end: attributes.end() == "body",
            format: attributes.format(),
        },
        heading_level: attributes.heading_level(),
        label: attributes.label(),
        expanded: match &*attributes.expanded() {
            "latest" => Expanded::Latest,
            "none" => Expanded::None,
            _ => Expanded::All,
        },
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
                (node.kind.name(), node.key.0.to_string(), node.title.clone())
            });
            if let Some((kind, key, title)) = told {
                host.settled(kind, &key, &title, *index as u32);
            }
            true
        }
        Notice::Progress => happened("progress", NONE, NONE),
        Notice::StateChange { state, previous } => {
            host.state(state.name(), previous.name());
            true
        }
        Notice::Done { complete } => happened("done", (*complete).into(), NONE),
        Notice::Stopped => happened("stop", NONE, NONE),
        Notice::Retry => happened("retry", NONE, NONE),
        Notice::Error(failure) => happened("error", page_error(failure), NONE),
        Notice::Skipped { line, reason } => happened("skip", (*line as f64).into(), reason.into()),
        Notice::Toggle { node, expanded } => {
            let key = preview.with_node(*node, |node| node.key.0.to_string());
            happened("toggle", key.unwrap_or_default().into(), (*expanded).into())
        }
    }
}

fn children<'a>(outline: &'a Outline, parent: &'a Node) -> Vec<PageNode<'a>> {
    let node = |at: &NodeIdx| {
        let node = outline.node(*at)?;
        Some(PageNode {
            key: node.key.0.to_string(),
            kind: node.kind.name(),
            title: &node.title,
            settled: node.settled,
            children: children(outline, node),
        })
    };
    parent.children.iter().filter_map(node).collect()
}

fn stats(preview: &Preview) -> JsValue {
    let (read, counts) = preview.with_reader(|reader| (reader.stats(), reader.outline().counts()));
    to_page(&Stats {
        modules: counts.modules,
        lessons: counts.lessons,
        lines: read.lines,
        skipped: read.skipped,
        ignored: read.ignored,
        prose: read.prose,
        bytes: read.bytes,
        elapsed_ms: preview.elapsed_ms(),
        reconnects: 0,
        rows_built: preview.rows_built(),
    })
}

fn page_error(failure: &Failure) -> JsValue {
    let Failure {
        code,
        message,
        retryable,
    } = failure;
    to_page(&PageError {
        code: code.name(),
        message,
        retryable: *retryable,
    })
}

fn to_page(value: &impl Serialize) -> JsValue {
    serde_wasm_bindgen::to_value(value).unwrap_or(JsValue::NULL)
}
