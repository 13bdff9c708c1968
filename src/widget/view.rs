//! What a person sees around the rows: title, status line, buttons, messages. Never changes the
//! outline.
//!
//! Everything is made once, by calls that never take markup, so that pages which ask for Trusted
//! Types can hold it; then whatever changes of the [`Status`] is written. A view macro and signals
//! would do the same with a copy of their code for each type of part: 18 KB of brotli more.

use std::cell::RefCell;

use js_sys::Array;
use leptos::prelude::window;
use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::*;
use web_sys::{CssStyleSheet, Element, MouseEvent, ShadowRoot, Text};

use crate::core::outline::Counts;
use crate::core::state::State;
use crate::widget::parts::{Part, Parts, append, set, text, toggle};
use crate::widget::preview::{Options, Preview, Status};
use crate::widget::rows::Rows;
use crate::widget::strings::{self, Strings, say};

#[wasm_bindgen(module = "/src/widget/style.js")]
extern "C" {
    fn sheet() -> Option<CssStyleSheet>;
}

/// The frame; what changes in it is found by its name.
const FRAME: [Part; 26] = [
    (0, "section", "base"),
    (1, "slot", "header"),
    (1, "header", "header"),
    (2, "h", "title"),
    (2, "div", "bar"),
    (3, "p", "status"),
    (4, "span", "status-text"),
    (4, "span", "status-counts"),
    (3, "div", "toolbar"),
    (4, "button", "button stop-button"),
    (4, "button", "button retry-button"),
    (4, "slot", "actions"),
    (1, "p", "announcer"),
    (1, "div", "error"),
    (2, "slot", "error"),
    (3, "p", "error-message"),
    (1, "div", "empty"),
    (2, "slot", "empty"),
    (1, "div", "loading"),
    (2, "slot", "loading"),
    (3, "div", "skeleton"),
    (3, "div", "skeleton"),
    (3, "div", "skeleton"),
    (1, "div", "body"),
    (2, "ol", "modules"),
    (1, "slot", "footer"),
];

/// A mounted preview; dropping it stops reading and leaves nothing behind.
#[must_use = "dropping it takes the preview off the page"]
pub struct Mounted {
    preview: Preview,
    base: Element,
    _click: Closure<dyn Fn(MouseEvent)>,
}

impl Drop for Mounted {
    fn drop(&mut self) {
        self.preview.leave();
        self.base.remove();
    }
}

/// Shows a preview in a shadow root.
pub fn mount(root: &ShadowRoot, preview: &Preview) -> Mounted {
    if let Some(sheet) = sheet() {
        root.set_adopted_style_sheets(&Array::of1(&sheet));
    }
    let frame = Frame::new(preview);
    let base = frame.base.clone();
    append(root, &base);
    let clicked = preview.clone();
    let click = Closure::new(move |event: MouseEvent| click(&clicked, &event));
    let _ = base.add_event_listener_with_callback("click", click.as_ref().unchecked_ref());
    preview.set_painter(move |status| frame.paint(status));
    Mounted {
        preview: preview.clone(),
        base,
        _click: click,
    }
}

/// The id of the course title, in the shadow root.
const TITLE_ID: &str = "title";

/// Everything of a preview around its rows.
struct Frame {
    base: Element,
    strings: Strings,
    label: String,
    state: Line,
    progress: Line,
    stop: Element,
    retry: Element,
    announcer: Line,
    error: Element,
    message: Line,
    empty: Element,
    loading: Element,
}

/// A text that is written again only when it is another one.
struct Line {
    text: Text,
    written: RefCell<String>,
}

impl Line {
    fn new(parent: &Element) -> Line {
        Line {
            text: text(parent),
            written: RefCell::default(),
        }
    }

    fn write(&self, text: &str) {
        if *self.written.borrow() != text {
            self.text.set_data(text);
            self.written.replace(text.to_owned());
        }
    }
}

impl Frame {
    fn new(preview: &Preview) -> Frame {
        let Options {
            heading_level,
            label,
            expanded,
            strings,
            ..
        } = preview.options();
        let level = match heading_level {
            0 => 2,
            level => level.min(6),
        };
        let parts = Parts::new(&FRAME, level);
        let base = parts.get("base");
        let title = parts.get("title");
        let (stop, retry) = (
            parts.get("button stop-button"),
            parts.get("button retry-button"),
        );
        let (toolbar, announcer) = (parts.get("toolbar"), parts.get("announcer"));
        for (element, name, value) in [
            (&title, "id", TITLE_ID),
            (&title, "dir", "auto"),
            (&title, "hidden", ""),
            (&toolbar, "role", "group"),
            (&toolbar, "aria-label", &say(&strings, "controls", "")),
            (&announcer, "role", "status"),
            (&parts.get("loading"), "aria-hidden", "true"),
        ] {
            set(element, name, value);
        }
        let empty = parts.get("empty");
        for (element, text) in [
            (Some(&stop), "stop"),
            (Some(&retry), "retry"),
            // Its slot: a page may put something else there.
            (empty.first_element_child().as_ref(), "empty"),
        ] {
            if let Some(element) = element {
                element.set_text_content(Some(&say(&strings, text, "")));
            }
        }
        preview.set_rows(Rows::new(parts.get("modules"), title, level, expanded));
        Frame {
            base,
            strings,
            label,
            state: Line::new(&parts.get("status-text")),
            progress: Line::new(&parts.get("status-counts")),
            stop,
            retry,
            announcer: Line::new(&announcer),
            error: parts.get("error"),
            message: Line::new(&parts.get("error-message")),
            empty,
            loading: parts.get("loading"),
        }
    }

    /// Writes what has changed.
    fn paint(&self, status: &Status) {
        let Status { state, titled, .. } = *status;
        let label = (!titled && !self.label.is_empty()).then_some(&*self.label);
        for (name, value) in [
            ("data-state", Some(state.name())),
            ("aria-labelledby", titled.then_some(TITLE_ID)),
            ("aria-label", label),
        ] {
            match value {
                None => drop(self.base.remove_attribute(name)),
                Some(value) if self.base.get_attribute(name).as_deref() == Some(value) => {}
                Some(value) => set(&self.base, name, value),
            }
        }
        let message = strings::message(&self.strings, status);
        let said = match state {
            State::Stopped | State::Ended | State::Incomplete | State::Done | State::Error => {
                say(&self.strings, &["said-", state.name()].concat(), "")
            }
            _ => String::new(),
        };
        for (element, shown) in [
            (&self.stop, can_stop(status)),
            (&self.retry, can_retry(status)),
            (&self.error, !message.is_empty()),
            (&self.empty, is_empty(status)),
            (&self.loading, is_loading(status)),
        ] {
            toggle(element, "hidden", !shown);
        }
        self.message.write(&message);
        self.state.write(&say(&self.strings, state.name(), ""));
        self.progress
            .write(&strings::progress(&self.strings, status));
        self.announcer.write(&said);
    }
}

fn can_stop(status: &Status) -> bool {
    status.state.is_live()
}

fn can_retry(status: &Status) -> bool {
    matches!(
        status.state,
        State::Error | State::Incomplete | State::Ended | State::Stopped
    ) && status
        .failure
        .as_ref()
        .is_none_or(|failure| failure.retryable)
}

fn is_loading(status: &Status) -> bool {
    status.state.is_live() && status.counts == Counts::default()
}

fn is_empty(status: &Status) -> bool {
    matches!(status.state, State::Done | State::Ended | State::Stopped)
        && status.counts == Counts::default()
}

/// The one listener: does what was clicked. A module's heading opens and closes it, unless the
/// click ended a selection.
fn click(preview: &Preview, event: &MouseEvent) {
    let Some(target) = event
        .target()
        .and_then(|target| target.dyn_into::<Element>().ok())
    else {
        return;
    };
    let part = target.get_attribute("part").unwrap_or_default();
    match &*part {
        "button stop-button" => preview.stop(),
        "button retry-button" => preview.retry(),
        "module-toggle" => preview.toggle(&target),
        _ => {
            let heading = target.closest("[part=module-heading]").ok().flatten();
            let toggle = heading.and_then(|heading| heading.first_element_child());
            if let Some(toggle) = toggle.filter(|_| !is_selecting()) {
                preview.toggle(&toggle);
            }
        }
    }
}

fn is_selecting() -> bool {
    let selection = window().get_selection().ok().flatten();
    selection.is_some_and(|selection| !selection.is_collapsed())
}
