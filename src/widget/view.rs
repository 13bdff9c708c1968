//! What a person sees around the rows: title, status line, buttons, messages. Never changes the outline.
//!
//! No part of a view here may be without anything dynamic: Leptos makes such parts through `innerHTML`, which pages that
//! ask for Trusted Types forbid. Their texts come from [`strings`](super::strings), which are values.

use js_sys::Array;
use leptos::prelude::*;
use send_wrapper::SendWrapper;
use wasm_bindgen::JsCast;
use web_sys::{CssStyleSheet, Element, MouseEvent, ShadowRoot};

use crate::core::outline::{Counts, Limit};
use crate::core::session::{Failure, State};
use crate::widget::preview::{Preview, Progress};
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
        self.preview.stop();
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
#[component]
fn Frame(preview: Preview) -> impl IntoView {
    // The view may use signals that die with it; the preview's own outlive it.
    let state: ReadSignal<State> = preview.state().into();
    let progress: ReadSignal<Progress> = preview.progress().into();
    let failure: ReadSignal<Option<Failure>> = preview.failure().into();
    let limit: ReadSignal<Option<Limit>> = preview.limit().into();
    let options = preview.options();
    let level = if options.heading_level == 0 {
        2
    } else {
        options.heading_level.min(6)
    };
    let has_rows =
        Memo::new(move |_| progress.with(|progress| progress.counts != Counts::default()));
    let titled = Memo::new(move |_| progress.with(|progress| progress.titled));
    let name = options.label.clone();
    let label = move || (!titled.get() && !name.is_empty()).then(|| name.clone());
    let labelledby = move || titled.get().then_some(TITLE_ID);
    let base_state = move || state.get().name();
    let status_text = move || strings::state(state.get());
    let counts = move || progress.with(progress_text);
    let stop_hidden = move || !state.get().is_live();
    let retry_hidden = move || {
        let over = matches!(
            state.get(),
            State::Error | State::Incomplete | State::Ended | State::Stopped
        );
        !over || failure.with(|failure| failure.as_ref().is_some_and(|failure| !failure.retryable))
    };
    let announcement = move || strings::announcement(state.get());
    let message = move || match (failure.get(), limit.get()) {
        (Some(failure), _) => failure.message,
        (None, Some(Limit::Nodes)) => strings::LIMIT_NODES.to_owned(),
        (None, Some(Limit::Depth)) => strings::LIMIT_DEPTH.to_owned(),
        (None, None) => String::new(),
    };
    let error_text = message;
    let loading_hidden = move || !state.get().is_live() || has_rows.get();
    let empty_hidden = move || {
        let over = matches!(state.get(), State::Done | State::Ended | State::Stopped);
        !over || has_rows.get()
    };
    let (stop, retry, toggles) = (preview.clone(), preview.clone(), preview.clone());

    // What the rows write into is made beforehand and put in its place as its parent is built.
    let title = element(&format!("h{level}"), "title");
    let _ = title.set_attribute("id", TITLE_ID);
    let _ = title.set_attribute("dir", "auto");
    let _ = title.set_attribute("hidden", "");
    let modules = element("ol", "modules");
    let _ = modules.set_attribute("role", "list");
    preview.set_rows(Rows::new(
        modules.clone(),
        title.clone(),
        level,
        options.expanded,
    ));
    let (title, modules) = (SendWrapper::new(title), SendWrapper::new(modules));

    view! {
        <section part="base" data-state=base_state aria-label=label aria-labelledby=labelledby>
            <slot name=strings::SLOT_HEADER></slot>
            <header part="header" use:place=title>
                <div part="bar">
                    <p part="status">
                        <span part="status-text">{status_text}</span>
                        <span part="status-counts">{counts}</span>
                    </p>
                    <div part="toolbar" role="group" aria-label=strings::CONTROLS>
                        <button part="button stop-button" type="button" hidden=stop_hidden
                            on:click=move |_| stop.stop()>{strings::STOP}</button>
                        <button part="button retry-button" type="button" hidden=retry_hidden
                            on:click=move |_| retry.retry()>{strings::RETRY}</button>
                        <slot name=strings::SLOT_ACTIONS></slot>
                    </div>
                </div>
            </header>
            <p role="status" part="announcer">{announcement}</p>
            <div part="error" hidden=move || message().is_empty()>
                <slot name=strings::SLOT_ERROR><p part="error-message">{error_text}</p></slot>
            </div>
            <div part="empty" hidden=empty_hidden>
                <slot name=strings::SLOT_EMPTY>{strings::EMPTY}</slot>
            </div>
            <div part="loading" aria-hidden="true" hidden=loading_hidden>
                <slot name=strings::SLOT_LOADING>
                    {[strings::SKELETON; 3].map(|part| view! { <div part=part></div> })}
                </slot>
            </div>
            <div part="body" use:place=modules on:click=move |event| toggle_at(&toggles, &event)></div>
            <slot name=strings::SLOT_FOOTER></slot>
        </section>
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

/// One listener for all modules: opens or closes the one whose heading was clicked, unless the click ended a selection.
fn toggle_at(preview: &Preview, event: &MouseEvent) {
    let Some(target) = event
        .target()
        .and_then(|target| target.dyn_into::<Element>().ok())
    else {
        return;
    };
    let heading = target.closest("[part=module-heading]").ok().flatten();
    let Some(button) = heading.and_then(|heading| heading.first_element_child()) else {
        return;
    };
    let selecting = window()
        .get_selection()
        .ok()
        .flatten()
        .is_some_and(|selection| !selection.is_collapsed());
    if target == button || !selecting {
        preview.toggle(&button);
    }
}

/// "3 of 8 modules · 17 lessons · 0:42"
fn progress_text(progress: &Progress) -> String {
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
