//! Where the reader is in an outline that scrolls: the newest stays in sight while the reader is there. Never scrolls the
//! page, and never takes a reader away from what they read.

use std::cell::Cell;
use std::rc::Rc;

use js_sys::{Function, Reflect};
use leptos::leptos_dom::helpers::request_animation_frame;
use leptos::prelude::*;
use send_wrapper::SendWrapper;
use wasm_bindgen::prelude::*;
use web_sys::{
    AddEventListenerOptions, Element, HtmlElement, ResizeObserver, Selection, WheelEvent,
};

use crate::live::clock::now_ms;
use crate::view::bind::follow;
use crate::view::context::{Frame, ViewEvent};
use crate::view::options::Follow;
use crate::view::words::Word;

/// This near to its end, in pixels, a reader is at the end.
const END_PX: i32 = 24;
/// How much longer than it is live the newest is followed, in milliseconds: what came last gets its size in the frames
/// after.
const AFTER_MS: f64 = 1000.0;

/// Keeps the newest of one outline in sight. Dropping it lets go of the page.
pub(crate) struct Follower(Rc<Inner>);

/// The name of an event, and what hears it.
type Listener = (&'static str, Closure<dyn FnMut(web_sys::Event)>);

struct Inner {
    frame: Frame,
    body: HtmlElement,
    following: Cell<bool>,
    /// As its size last changed: to ask for it in between makes the browser lay out at once.
    scrolls: Cell<bool>,
    until_ms: Cell<f64>,
    observer: ResizeObserver,
    _resized: Closure<dyn FnMut()>,
    listeners: Vec<Listener>,
}

impl Drop for Inner {
    fn drop(&mut self) {
        self.observer.disconnect();
        for (name, listener) in &self.listeners {
            let listener = listener.as_ref().unchecked_ref();
            let _ = self
                .body
                .remove_event_listener_with_callback(name, listener);
        }
    }
}

impl Follower {
    /// Follows in `body`, which scrolls, what grows in `modules`.
    pub fn new(frame: Frame, body: HtmlElement, modules: &Element) -> Option<Follower> {
        let made = Rc::new_cyclic(|weak: &std::rc::Weak<Inner>| {
            let resized = weak.clone();
            let resized = Closure::new(move || {
                if let Some(it) = resized.upgrade() {
                    it.resized();
                }
            });
            let observer = ResizeObserver::new(resized.as_ref().unchecked_ref());
            let on = |name: &'static str, act: fn(&Rc<Inner>, &web_sys::Event)| {
                let weak = weak.clone();
                let listener = Closure::new(move |event: web_sys::Event| {
                    if let Some(it) = weak.upgrade() {
                        act(&it, &event);
                    }
                });
                let options = AddEventListenerOptions::new();
                options.set_passive(true);
                let function: &Function = listener.as_ref().unchecked_ref();
                let _ = body.add_event_listener_with_callback_and_add_event_listener_options(
                    name, function, &options,
                );
                (name, listener)
            };
            // Whoever moves, selects or goes inside by hand reads on alone.
            let listeners = vec![
                on("scroll", |it, _| it.scrolled()),
                on("wheel", |it, event| it.wheeled(event)),
                on("touchmove", |it, _| it.leave_soon()),
                on("keydown", |it, _| it.leave_soon()),
                on("pointerup", |it, _| it.leave_soon()),
                on("focusin", |it, _| it.leave_soon()),
            ];
            Inner {
                frame,
                body,
                following: Cell::new(true),
                scrolls: Cell::new(false),
                until_ms: Cell::new(0.0),
                observer: observer.unwrap_or_else(|error| error.unchecked_into()),
                _resized: resized,
                listeners,
            }
        });
        made.observer.observe(&made.body);
        made.observer.observe(modules);
        let grows = Rc::downgrade(&made);
        let grows = SendWrapper::new(grows);
        follow(move || {
            if let Some(it) = grows.upgrade() {
                it.frame.live.signals.state.track();
                it.grown();
            }
        });
        Some(Follower(made))
    }

    /// Returns true if the newest is being kept in sight.
    #[cfg(feature = "element")]
    pub fn is_following(&self) -> bool {
        self.0.is_following()
    }
}

/// Goes to the newest, and stays there. Does nothing to the page around it.
pub(crate) fn scroll_to_latest(frame: &Frame) {
    let follower = frame.page().follower.borrow();
    let it = follower.as_ref().map(|follower| follower.0.clone());
    drop(follower);
    if let Some(it) = it {
        it.body.set_scroll_top(it.body.scroll_height());
        it.set_following(true);
    }
}

impl Inner {
    fn wanted(&self) -> bool {
        (self.frame.options).with_untracked(|options| options.follow == Follow::Auto)
    }

    fn is_following(&self) -> bool {
        self.wanted() && self.following.get() && self.scrolls.get()
    }

    fn is_at_end(&self) -> bool {
        let body = &self.body;
        body.scroll_height() - body.scroll_top() - body.client_height() < END_PX
    }

    /// Returns true if something inside is focused or selected.
    fn is_held(&self) -> bool {
        let root: JsValue = self.body.get_root_node().into();
        let call = |of: &JsValue, name: &str| {
            let function: Function = Reflect::get(of, &name.into()).ok()?.dyn_into().ok()?;
            function.call0(of).ok()
        };
        // Only Chromium's shadow roots know their own selection.
        let selection = call(&root, "getSelection").or_else(|| call(&document(), "getSelection"));
        let selection = selection.and_then(|it| it.dyn_into::<Selection>().ok());
        let is_selected = selection.is_some_and(|selection| {
            !selection.is_collapsed() && self.body.contains(selection.anchor_node().as_ref())
        });
        let focused = Reflect::get(&root, &"activeElement".into()).ok();
        let focused = focused.and_then(|it| it.dyn_into::<Element>().ok());
        is_selected || focused.is_some_and(|it| self.body.contains(Some(&it)))
    }

    fn resized(&self) {
        let scrolls = self.body.scroll_height() > self.body.client_height() + 1;
        self.scrolls.set(scrolls);
        self.grown();
    }

    /// After each layout in which the outline has grown, and whenever the state is another one.
    fn grown(&self) {
        let scrolls = self.scrolls.get();
        let live = self.frame.live.signals.state.get_untracked().is_live();
        if live {
            self.until_ms.set(now_ms() + AFTER_MS);
        }
        if self.is_following() && now_ms() < self.until_ms.get() {
            self.body.set_scroll_top(self.body.scroll_height());
        }
        let set = |name: &str, value: Option<&str>| {
            let now = self.body.get_attribute(name);
            if now.as_deref() != value {
                let _ = match value {
                    Some(value) => self.body.set_attribute(name, value),
                    None => self.body.remove_attribute(name),
                };
            }
        };
        set("tabindex", scrolls.then_some("0"));
        set("role", scrolls.then_some("region"));
        let label = scrolls.then(|| self.label());
        set("aria-label", label.as_deref());
        let wants = scrolls && self.wanted() && !self.following.get() && live;
        if self.frame.wants_latest.get_untracked() != wants {
            self.frame.wants_latest.set(wants);
        }
    }

    fn label(&self) -> String {
        let title = self.frame.live.title.get_untracked();
        self.frame.options.with_untracked(|options| {
            let own = (!options.label.is_empty()).then(|| options.label.clone());
            let title = (!title.is_empty()).then_some(title);
            title
                .or(own)
                .unwrap_or_else(|| options.words.get(Word::Outline).to_owned())
        })
    }

    fn scrolled(&self) {
        let end = self.is_at_end();
        // At the end, the browser's own anchor would follow what is added, whatever the reader wants.
        let anchor = if end { "none" } else { "" };
        let _ = self.body.style().set_property("overflow-anchor", anchor);
        if end && !self.is_held() {
            self.set_following(true);
        }
    }

    fn wheeled(self: &Rc<Self>, event: &web_sys::Event) {
        self.leave_soon();
        let up = event
            .dyn_ref::<WheelEvent>()
            .is_some_and(|it| it.delta_y() < 0.0);
        if up {
            self.set_following(!self.scrolls.get());
        }
    }

    fn leave_soon(self: &Rc<Self>) {
        let weak = Rc::downgrade(self);
        request_animation_frame(move || {
            if let Some(it) = weak.upgrade() {
                it.set_following(it.is_at_end() && !it.is_held());
            }
        });
    }

    fn set_following(&self, following: bool) {
        if self.wanted() && self.following.replace(following) != following {
            self.frame.notify(&ViewEvent::Follow(following));
            self.grown();
        }
    }
}
