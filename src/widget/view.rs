//! A preview on the page: rows in a frame, and what people do there. Never changes the outline.
//!
//! The frame is a script (`frame.js`): elements, words and focus are the page's, and each call from here
//! to there is code on both sides. What it needs to know crosses once for each change of the [`Status`].

use wasm_bindgen::prelude::*;
use web_sys::{Element, ShadowRoot};

use crate::widget::plain::outline_of;
use crate::widget::preview::{Preview, Status};
use crate::widget::rows::{Expanded, Rows};
use crate::widget::status::Options;
use crate::widget::strings::Strings;

#[wasm_bindgen(module = "/src/widget/style.js")]
extern "C" {
    fn sheet() -> JsValue;
}

#[wasm_bindgen(module = "/src/widget/frame.js")]
extern "C" {
    #[derive(Clone)]
    pub(super) type Frame;

    #[wasm_bindgen(constructor)]
    fn new(
        root: &ShadowRoot,
        level: u8,
        sheet: JsValue,
        act: &Closure<dyn Fn(String, JsValue) -> JsValue>,
    ) -> Frame;

    #[wasm_bindgen(method, getter)]
    fn title(this: &Frame) -> Element;

    #[wasm_bindgen(method, getter)]
    fn modules(this: &Frame) -> Element;

    #[wasm_bindgen(method, getter)]
    pub(super) fn following(this: &Frame) -> bool;

    #[wasm_bindgen(method)]
    #[allow(clippy::too_many_arguments)]
    fn setup(
        this: &Frame,
        strings: &Strings,
        label: &str,
        controls: &str,
        follow: &str,
        announce: &str,
        open: bool,
        content_lang: &str,
    );

    #[wasm_bindgen(method)]
    #[allow(clippy::too_many_arguments)]
    fn paint(
        this: &Frame,
        state: &str,
        titled: bool,
        modules: u32,
        planned: f64,
        lessons: u32,
        seconds: u32,
        reason: &str,
        detail: &str,
        retryable: bool,
    );

    #[wasm_bindgen(method, js_name = copyText)]
    pub(super) fn copy_text(this: &Frame, text: &str) -> js_sys::Promise;

    #[wasm_bindgen(method)]
    pub(super) fn save(this: &Frame, format: &str);

    #[wasm_bindgen(method, js_name = scrollToLatest)]
    pub(super) fn scroll_to_latest(this: &Frame);

    #[wasm_bindgen(method, js_name = setOpen)]
    pub(super) fn set_open(this: &Frame, open: bool);

    #[wasm_bindgen(method)]
    fn remove(this: &Frame);
}

/// A mounted preview; dropping it stops reading and leaves nothing behind.
#[must_use = "dropping it takes the preview off the page"]
pub struct Mounted {
    preview: Preview,
    pub(super) frame: Frame,
    _act: Closure<dyn Fn(String, JsValue) -> JsValue>,
}

impl Drop for Mounted {
    fn drop(&mut self) {
        self.preview.leave();
        self.frame.remove();
    }
}

/// Shows a preview in a shadow root.
pub fn mount(root: &ShadowRoot, preview: &Preview) -> Mounted {
    let (level, expanded) =
        preview.with_options(|options| (options.heading_level, options.expanded));
    let level = match level {
        0 => 2,
        level => level.min(6),
    };
    let acts = preview.downgrade();
    let act = Closure::new(move |what: String, with: JsValue| match acts.upgrade() {
        Some(preview) => act(&preview, &what, with),
        None => JsValue::UNDEFINED,
    });
    let frame = Frame::new(root, level, sheet(), &act);
    preview.set_rows(Rows::new(frame.modules(), frame.title(), level, expanded));
    let framed = frame.clone();
    preview.on_options(move |options| set_up(&framed, options));
    let painted = frame.clone();
    preview.set_painter(move |status| paint(&painted, status));
    Mounted {
        preview: preview.clone(),
        frame,
        _act: act,
    }
}

fn set_up(frame: &Frame, options: &Options) {
    frame.setup(
        &options.strings,
        &options.label,
        &options.controls,
        if options.follow { "auto" } else { "off" },
        &options.announce,
        options.expanded == Expanded::All,
        &options.content_lang,
    );
}

fn paint(frame: &Frame, status: &Status) {
    let failure = status.failure.as_ref();
    frame.paint(
        status.state.name(),
        status.titled,
        status.counts.modules as u32,
        status.planned.map_or(-1.0, |planned| planned as f64),
        status.counts.lessons as u32,
        (status.elapsed_ms / 1000.0) as u32,
        failure.map_or("", |failure| failure.reason),
        failure.map_or("", |failure| &failure.detail),
        failure.is_some_and(|failure| failure.retryable),
    );
}

/// Does what a person asks for.
fn act(preview: &Preview, what: &str, with: JsValue) -> JsValue {
    match what {
        "stop" => preview.stop(),
        "pause" => preview.pause(),
        "resume" => preview.resume(),
        "retry" => preview.retry(),
        "expand" => preview.expand_all(with.is_truthy()),
        "follow" => preview.tell_follow(with.is_truthy()),
        "toggle" => preview.toggle(with.unchecked_ref()),
        "newest" => return preview.newest_module().into(),
        "json" => return outline_of(preview),
        _ => return preview.to_markdown().into(),
    }
    JsValue::UNDEFINED
}
