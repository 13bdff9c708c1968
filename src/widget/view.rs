//! What a person sees around the rows: title, status line, buttons, messages. Never changes the
//! outline.
//!
//! No part of a view here may be without anything dynamic: Leptos makes such parts through
//! `innerHTML`, which pages that ask for Trusted Types forbid. Their texts come from
//! `strings`, which are values.

use js_sys::Array;
use leptos::prelude::*;
use send_wrapper::SendWrapper;
use wasm_bindgen::JsCast;
use web_sys::{CssStyleSheet, Element, MouseEvent, ShadowRoot};

use crate::core::outline::{Counts, Limit};
use crate::core::session::State;
use crate::widget::preview::{Options, Preview, Status};
use crate::widget::rows::Rows;
use crate::widget::strings;

thread_local! {
    /// One sheet for all previews of the page.
    static STYLE: Option<CssStyleSheet> = {
        let sheet = CssStyleSheet::new().ok();
        if let Some(sheet) = &sheet {
            let _ = sheet.replace_sync(include_str!("style.css"));
        }
        sheet
    };
}

/// A mounted preview; dropping it stops reading and leaves nothing behind.
#[must_use = "dropping it takes the preview off the page"]
pub struct Mounted {
    preview: Preview,
    view: Option<Box<dyn std::any::Any>>,
}

impl Drop for Mounted {
    fn drop(&mut self) {
        self.preview.leave();
        self.view.take();
    }
}

/// Shows a preview in a shadow root.
pub fn mount(root: &ShadowRoot, preview: &Preview) -> Mounted {
    STYLE.with(|style| {
        if let Some(style) = style {
            root.set_adopted_style_sheets(&Array::of1(style));
        }
    });
    let shown = preview.clone();
    let view = leptos::mount::mount_to(root.clone().unchecked_into(), move || {
        Frame(FrameProps { preview: shown })
    });
    Mounted {
        preview: preview.clone(),
        view: Some(Box::new(view)),
    }
}

/// The id of the course title, in the shadow root.
const TITLE_ID: &str = "title";

/// Everything of a preview.
///
/// What changes is a signal of one of three types: each type more would bring its own copy of the
/// code that follows a signal.
#[component]
fn Frame(preview: Preview) -> impl IntoView {
    let status: ReadSignal<Status> = preview.status().into();
    let text = move |tell: fn(&Status) -> String| Signal::derive(move || status.with(tell));
    let unless = move |useful: fn(&Status) -> bool| Signal::derive(move || !status.with(useful));
    let Options {
        heading_level,
        label,
        expanded,
        ..
    } = preview.options();
    let label = Signal::derive(move || {
        status.with(|status| (!status.titled && !label.is_empty()).then(|| label.clone()))
    });
    let labelledby =
        Signal::derive(move || status.with(|status| status.titled.then(|| TITLE_ID.to_owned())));
    let level = if heading_level == 0 {
        2
    } else {
        heading_level.min(6)
    };

    // What the rows write into is made beforehand and put in its place as its parent is built.
    let title = element(&format!("h{level}"), "title");
    let _ = title.set_attribute("id", TITLE_ID);
    let _ = title.set_attribute("dir", "auto");
    let _ = title.set_attribute("hidden", "");
    let modules = element("ol", "modules");
    let _ = modules.set_attribute("role", "list");
    preview.set_rows(Rows::new(modules.clone(), title.clone(), level, expanded));
    let (title, modules) = (SendWrapper::new(title), SendWrapper::new(modules));

    view! {
        <section part="base" data-state=text(|status| status.state.name().to_owned())
            aria-label=label aria-labelledby=labelledby on:click=move |event| click(&preview, &event)>
            <slot name=strings::SLOT_HEADER></slot>
            <header part="header" use:place=title>
                <div part="bar">
                    <p part="status">
                        <span part="status-text">{text(|status| strings::state(status.state).to_owned())}</span>
                        <span part="status-counts">{text(progress)}</span>
                    </p>
                    <div part="toolbar" role="group" aria-label=strings::CONTROLS>
                        <button part="button stop-button" type="button" hidden=unless(can_stop)>{strings::STOP}</button>
                        <button part="button retry-button" type="button" hidden=unless(can_retry)>{strings::RETRY}</button>
                        <slot name=strings::SLOT_ACTIONS></slot>
                    </div>
                </div>
            </header>
            <p role="status" part="announcer">{text(|status| strings::announcement(status.state).to_owned())}</p>
            <div part="error" hidden=unless(|status| !message(status).is_empty())>
                <slot name=strings::SLOT_ERROR><p part="error-message">{text(message)}</p></slot>
            </div>
            <div part="empty" hidden=unless(is_empty)>
                <slot name=strings::SLOT_EMPTY>{strings::EMPTY}</slot>
            </div>
            <div part="loading" aria-hidden="true" hidden=unless(is_loading)>
                <slot name=strings::SLOT_LOADING>
                    {[strings::SKELETON; 3].map(|part| view! { <div part=part></div> })}
                </slot>
            </div>
            <div part="body" use:place=modules></div>
            <slot name=strings::SLOT_FOOTER></slot>
        </section>
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

fn message(status: &Status) -> String {
    match (&status.failure, status.limit) {
        (Some(failure), _) => failure.message.clone(),
        (None, Some(Limit::Nodes)) => strings::LIMIT_NODES.to_owned(),
        (None, Some(Limit::Depth)) => strings::LIMIT_DEPTH.to_owned(),
        (None, None) => String::new(),
    }
}

/// Puts an element into the one that is being built.
fn place(parent: Element, child: SendWrapper<Element>) {
    let _ = parent.append_child(&child);
}

fn element(tag: &str, part: &str) -> Element {
    let element = leptos::tachys::renderer::Rndr::create_element(tag, None);
    let _ = element.set_attribute("part", part);
    element
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

/// "3 of 8 modules · 17 lessons · 0:42"
fn progress(progress: &Status) -> String {
    let Counts {
        modules, lessons, ..
    } = progress.counts;
    let mut parts = Vec::new();
    if let Some(planned) = progress
        .planned
        .filter(|planned| *planned >= modules as u64)
    {
        parts.push(format!(
            "{modules} of {}",
            strings::count(planned as usize, "module")
        ));
    } else if modules > 0 {
        parts.push(strings::count(modules, "module"));
    }
    if lessons > 0 {
        parts.push(strings::count(lessons, "lesson"));
    }
    let seconds = (progress.elapsed_ms / 1000.0) as u64;
    if seconds > 0 {
        parts.push(format!("{}:{:02}", seconds / 60, seconds % 60));
    }
    parts.join(" · ")
}
