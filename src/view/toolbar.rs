//! The buttons. Each is there while it is of use; one that goes hands the focus on, so that nobody falls out of
//! the page. The one for all modules is the last, so that no other comes to lie where it was. Never does anything itself: it asks the live outline, or the frame's actions.

use js_sys::Reflect;
use leptos::prelude::*;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Element, FocusOptions, HtmlElement};

use crate::state::State;
use crate::view::actions;
use crate::view::bind::{attribute, bound, follow, text};
use crate::view::context::{Frame, use_frame};
use crate::view::options::Control;
use crate::view::words::Word;

#[component]
pub(crate) fn Toolbar() -> impl IntoView {
    let frame = use_frame();
    let (named, spoken, slot) = (frame.clone(), frame.clone(), frame.has_slots);
    let attributes = [
        attribute("aria-label", move || Some(named.word(Word::Controls))),
        attribute("lang", move || spoken.lang()),
    ];
    view! {
        <div part="toolbar" role="group" use:bound=attributes>
            <Tool
                part="button stop-button"
                control=Control::Stop
                word=|_: &Frame| Word::Stop
                useful=|frame: &Frame| frame.state().is_live()
                press=|frame: &Frame| frame.live.stop()
            />
            <Tool
                part="button pause-button"
                control=Control::Pause
                word=|frame: &Frame| match frame.state() {
                    State::Paused => Word::Resume,
                    _ => Word::Pause,
                }
                useful=|frame: &Frame| frame.state().is_live() && frame.state() != State::Connecting
                press=|frame: &Frame| match frame.live.signals.state.get_untracked() {
                    State::Paused => frame.live.resume(),
                    _ => frame.live.pause(),
                }
            />
            <Tool
                part="button retry-button"
                control=Control::Retry
                word=|_: &Frame| Word::Retry
                useful=|frame: &Frame| {
                    let helps = frame.live.signals.error.with(|it| it.as_ref().is_none_or(|it| it.retryable));
                    is_over(frame.state()) && frame.state() != State::Done && helps
                }
                press=|frame: &Frame| frame.live.retry()
            />
            <Tool
                part="button copy-button"
                control=Control::Copy
                word=|frame: &Frame| if frame.copied.get() { Word::Copied } else { Word::Copy }
                useful=|frame: &Frame| is_over(frame.state()) && frame.has_some()
                press=|frame: &Frame| actions::copy_by_button(frame)
            />
            <Tool
                part="button download-button"
                control=Control::Download
                word=|_: &Frame| Word::Download
                useful=|frame: &Frame| is_over(frame.state()) && frame.has_some()
                press=|frame: &Frame| actions::save(frame, actions::FileFormat::Markdown)
            />
            <Tool
                part="button expand-button"
                control=Control::Expand
                word=|frame: &Frame| if frame.all_open.get() { Word::Collapse } else { Word::Expand }
                useful=|frame: &Frame| { frame.live.signals.counts.get().modules > 1 }
                press=|frame: &Frame| frame.expand_all(!frame.all_open.get_untracked())
            />
            {slot.then(|| view! { <slot name={"actions"}></slot> })}
        </div>
    }
}

pub(crate) fn is_over(state: State) -> bool {
    !state.is_live() && state != State::Idle
}

/// One button: what stands on it, while of what use it is, and what it does.
#[component]
fn Tool(
    part: &'static str,
    control: Control,
    word: fn(&Frame) -> Word,
    useful: fn(&Frame) -> bool,
    press: fn(&Frame),
) -> impl IntoView {
    let frame = use_frame();
    let (said, shown) = (frame.clone(), frame.clone());
    let label = text(move || said.word(word(&said)));
    let show = move |button: Element| {
        let shown = shown.clone();
        follow(move || {
            let hidden = !(shown.has(control) && useful(&shown));
            let has_focus = hidden && has_focus(&button);
            if button.has_attribute("hidden") != hidden {
                let _ = button.toggle_attribute_with_force("hidden", hidden);
            }
            if has_focus {
                hand_on_focus(button.clone(), shown.clone());
            }
        });
    };
    view! {
        <button part=part type="button" use:show on:click=move |_| press(&frame)>
            {label}
        </button>
    }
}

fn has_focus(element: &Element) -> bool {
    let root = element.get_root_node();
    let focused = Reflect::get(&root, &"activeElement".into());
    focused.is_ok_and(|focused| &focused == AsRef::<JsValue>::as_ref(element))
}

/// Focus goes to the first button that is there when all have changed, or else to the frame.
fn hand_on_focus(button: Element, frame: Frame) {
    queue_microtask(move || {
        let toolbar = button.parent_element();
        let next = toolbar.and_then(|it| it.query_selector("button:not([hidden])").ok()?);
        let base = || frame.page().base.borrow().clone();
        if let Some(element) = next
            .or_else(base)
            .and_then(|it| it.dyn_into::<HtmlElement>().ok())
        {
            focus_without_scrolling(&element);
        }
    });
}

fn focus_without_scrolling(element: &HtmlElement) {
    let options = FocusOptions::new();
    options.set_prevent_scroll(true);
    let _ = element.focus_with_options(&options);
}
