//! What screen readers are told: each new module, at most one sentence in five seconds, and how it ends. Never
//! seen, and never each lesson.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::Duration;

use leptos::leptos_dom::helpers::{TimeoutHandle, set_timeout_with_handle};
use leptos::prelude::*;
use web_sys::Element;

use crate::live::clock::now_ms;
use crate::outline::tree::Counts;
use crate::state::State;
use crate::view::bind::{attribute, bound, follow};
use crate::view::context::{Frame, use_frame};
use crate::view::options::Announce;
use crate::view::toolbar::is_over;
use crate::view::words::Word;

/// The least time between two sentences, in milliseconds: who listens wants to read, too.
const PAUSE_MS: f64 = 5000.0;

#[component]
pub(crate) fn Announcer() -> impl IntoView {
    let frame = use_frame();
    let lang = frame.clone();
    let attributes = [attribute("lang", move || lang.lang())];
    let speak = move |element: Element| {
        let speaker = Rc::new(Speaker::new(frame.clone(), element));
        let silenced = send_wrapper::SendWrapper::new(speaker.clone());
        on_cleanup(move || silenced.silence());
        let said = speaker.clone();
        follow(move || {
            if let Some((_, word)) = said.frame.sentence.get() {
                said.say_now(said.frame.words(|words| words.get(word).to_owned()));
            }
        });
        follow(move || speaker.clone().look());
    };
    view! { <p part="announcer" role="status" use:speak use:bound=attributes></p> }
}

struct Speaker {
    frame: Frame,
    element: Element,
    state: Cell<State>,
    /// Modules told of so far.
    modules: Cell<usize>,
    spoke_ms: Cell<f64>,
    timer: Cell<Option<TimeoutHandle>>,
    /// What waits to be said; none: the newest module by then.
    waiting: RefCell<Option<String>>,
}

impl Speaker {
    fn new(frame: Frame, element: Element) -> Speaker {
        Speaker {
            frame,
            element,
            state: Cell::new(State::Idle),
            modules: Cell::new(0),
            spoke_ms: Cell::new(-PAUSE_MS),
            timer: Cell::new(None),
            waiting: RefCell::new(None),
        }
    }

    /// Says what is new, if there is something to say.
    fn look(self: Rc<Self>) {
        let signals = &self.frame.live.signals;
        let (state, counts) = (signals.state.get(), signals.counts.get());
        let announce = self.frame.options.with(|options| options.announce);
        let before = self.state.replace(state);
        if counts.modules < self.modules.get() {
            self.modules.set(0);
        }
        if announce == Announce::Off {
            return;
        }
        if state != before && is_over(state) {
            self.say_now(self.ending(state, counts));
        } else if state != before && state == State::Reconnecting {
            let word = untrack(|| self.frame.word(Word::Reconnecting));
            self.say(Some(word));
        } else if state.is_live()
            && announce == Announce::Modules
            && counts.modules > self.modules.get()
        {
            self.say(None);
        }
    }

    fn ending(&self, state: State, counts: Counts) -> String {
        self.frame.options.with_untracked(|options| {
            let words = &options.words;
            let ended = Word::announcing(state).map(|word| words.get(word).to_owned());
            let counts = words.progress(counts, None, 0);
            let parts = ended
                .into_iter()
                .chain((!counts.is_empty()).then_some(counts));
            parts.collect::<Vec<_>>().join(". ")
        })
    }

    /// Says a sentence, or without one what is new by the time it may be said.
    fn say(self: Rc<Self>, sentence: Option<String>) {
        self.silence();
        let wait = self.spoke_ms.get() + PAUSE_MS - now_ms();
        if wait <= 0.0 {
            return self.speak(sentence);
        }
        self.waiting.replace(sentence);
        let wait = Duration::from_millis(wait.ceil() as u64);
        let speaker = Rc::downgrade(&self);
        let speak = move || {
            if let Some(speaker) = speaker.upgrade() {
                let sentence = speaker.waiting.take();
                speaker.speak(sentence);
            }
        };
        self.timer.set(set_timeout_with_handle(speak, wait).ok());
    }

    fn say_now(&self, sentence: String) {
        self.silence();
        self.speak(Some(sentence));
    }

    fn speak(&self, sentence: Option<String>) {
        let signals = &self.frame.live.signals;
        self.spoke_ms.set(now_ms());
        self.modules.set(signals.counts.get_untracked().modules);
        let newest = || {
            let title = signals.newest.get_untracked();
            (self.frame.options).with_untracked(|it| it.words.say(Word::SaidModule, &title))
        };
        let sentence = sentence.unwrap_or_else(newest);
        if self.element.text_content().as_deref() != Some(&*sentence) {
            self.element.set_text_content(Some(&sentence));
        }
    }

    fn silence(&self) {
        if let Some(timer) = self.timer.take() {
            timer.clear();
        }
    }
}
