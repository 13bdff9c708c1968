//! What is said in place of an outline, or beside it: an error, that nothing came, that something will. Never a
//! row.

use leptos::prelude::*;

use crate::state::State;
use crate::view::bind::{attribute, bound, hidden, text};
use crate::view::context::{Frame, use_frame};
use crate::view::words::Word;

/// What went wrong and what to do. Below the outline: what comes up above it would move what is being read.
#[component]
pub(crate) fn ErrorMessage() -> impl IntoView {
    let frame = use_frame();
    let slot = frame.has_slots;
    let (shown, lang) = (frame.clone(), frame.clone());
    let attributes = [
        hidden(move || shown.live.signals.error.with(Option::is_none)),
        attribute("lang", move || lang.lang()),
    ];
    let message = text(move || {
        let error = frame.live.signals.error.get();
        error.map_or_else(String::new, |error| {
            frame.words(|words| words.failure(&error))
        })
    });
    let message = view! { <p part="error-message">{message}</p> };
    view! {
        <div part="error" use:bound=attributes>
            {in_slot(slot, "error", message.into_any())}
        </div>
    }
}

/// That nothing came.
#[component]
pub(crate) fn Empty() -> impl IntoView {
    let frame = use_frame();
    let slot = frame.has_slots;
    let (shown, lang) = (frame.clone(), frame.clone());
    let attributes = [
        hidden(move || {
            let is_over = matches!(shown.state(), State::Done | State::Ended | State::Stopped);
            has_anything(&shown) || !is_over
        }),
        attribute("lang", move || lang.lang()),
    ];
    let sentence = text(move || frame.word(Word::Empty));
    view! {
        <div part="empty" use:bound=attributes>
            {in_slot(slot, "empty", sentence.into_any())}
        </div>
    }
}

/// That something will come: ghost rows until the first one.
#[component]
pub(crate) fn Loading() -> impl IntoView {
    let frame = use_frame();
    let slot = frame.has_slots;
    let attributes = [hidden(move || {
        has_anything(&frame) || !frame.state().is_live()
    })];
    let ghosts: Vec<_> = (0..3)
        .map(|_| view! { <div part={"skeleton"}></div> })
        .collect();
    view! {
        <div part="loading" aria-hidden="true" use:bound=attributes>
            {in_slot(slot, "loading", ghosts.into_any())}
        </div>
    }
}

fn has_anything(frame: &Frame) -> bool {
    frame.has_some() || !frame.live.title.is_empty()
}

/// The page's own content of that name, or else ours.
fn in_slot(has_slots: bool, name: &'static str, ours: AnyView) -> AnyView {
    match has_slots {
        true => view! { <slot name=name>{ours}</slot> }.into_any(),
        false => ours,
    }
}
