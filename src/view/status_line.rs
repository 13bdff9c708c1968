//! The visible line that says what the stream is doing and how much there is. Never announced: see
//! [`Announcer`](super::announcer::Announcer).

use leptos::prelude::*;

use crate::view::bind::{attribute, bound, hidden, text};
use crate::view::context::use_frame;
use crate::view::options::Control;
use crate::view::words::Word;

#[component]
pub(crate) fn StatusLine() -> impl IntoView {
    let frame = use_frame();
    let (counted, shown, lang) = (frame.clone(), frame.clone(), frame.clone());
    let attributes = [
        hidden(move || !shown.has(Control::Status)),
        attribute("lang", move || lang.lang()),
    ];
    let state = text(move || frame.word(Word::of(frame.state())));
    let counts = text(move || {
        let signals = &counted.live.signals;
        let (counts, planned) = (signals.counts.get(), signals.planned.get());
        let seconds = (signals.elapsed_ms.get() / 1000.0) as u32;
        counted.words(|words| words.progress(counts, planned, seconds))
    });
    view! {
        <p part="status" use:bound=attributes>
            <span part="status-text">{state}</span>
            <span part="status-counts">{counts}</span>
        </p>
    }
}
