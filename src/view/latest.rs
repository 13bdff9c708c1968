//! The button that goes back to the newest. Never scrolls the page.

use leptos::prelude::*;

use crate::view::bind::{attribute, bound, text};
use crate::view::context::use_frame;
use crate::view::follow::scroll_to_latest;
use crate::view::words::Word;

#[component]
pub(crate) fn LatestButton() -> impl IntoView {
    let frame = use_frame();
    let (label, lang, hide) = (frame.clone(), frame.clone(), frame.clone());
    let attributes = [
        attribute("lang", move || lang.lang()),
        crate::view::bind::hidden(move || !hide.wants_latest.get()),
    ];
    let label = text(move || label.word(Word::Latest));
    view! {
        <button
            part="button latest-button"
            type="button"
            use:bound=attributes
            on:click=move |_| scroll_to_latest(&frame)
        >{label}</button>
    }
}
