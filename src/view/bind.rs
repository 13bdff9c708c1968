//! Values that are on the page at once when they change: a text, attributes. Never markup.
//!
//! Leptos' own reactive texts and attributes follow in a microtask: then `push()` would return before anything is
//! shown, an event would precede what it tells of, and a frame's budget would not see the work of showing.

use std::rc::Rc;

use leptos::prelude::*;
use leptos::reactive::effect::ImmediateEffect;
use leptos::tachys::html::attribute::any_attribute::AnyAttribute;
use leptos::tachys::hydration::Cursor;
use leptos::tachys::no_attrs;
use leptos::tachys::renderer::{Rndr, types};
use leptos::tachys::view::{Mountable, Position, PositionState, Render, RenderHtml};
use send_wrapper::SendWrapper;
use web_sys::Element;

/// Runs `effect` now and at once whenever what it reads changes, until the owner goes.
pub(crate) fn follow(effect: impl Fn() + 'static) {
    follow_boxed(Box::new(effect));
}

/// Not generic: one copy of an effect's code serves all of them.
fn follow_boxed(effect: Box<dyn Fn()>) {
    let effect = SendWrapper::new(effect);
    ImmediateEffect::new_scoped(move || (*effect)());
}

/// A text that follows what `read` reads: one text node, to which only what is new is appended, so that a
/// reader's selection in it lasts.
pub struct LiveText(Box<dyn Fn() -> String + Send + Sync>);

pub(crate) fn text(read: impl Fn() -> String + Send + Sync + 'static) -> LiveText {
    LiveText(Box::new(read))
}

no_attrs!(LiveText);

/// A text on the page, and what keeps it up to date.
pub struct LiveTextState {
    node: types::Text,
    _effect: Option<ImmediateEffect>,
}

impl LiveTextState {
    fn new(node: types::Text, shown: String, read: Box<dyn Fn() -> String + Send + Sync>) -> Self {
        let text = SendWrapper::new(node.clone());
        let mut shown = shown;
        let effect = ImmediateEffect::new_mut(move || {
            let now = read();
            match now.strip_prefix(&*shown) {
                Some("") => return,
                Some(more) => {
                    let _ = text.append_data(more);
                }
                None => text.set_data(&now),
            }
            shown = now;
        });
        LiveTextState {
            node,
            _effect: Some(effect),
        }
    }
}

impl Render for LiveText {
    type State = LiveTextState;

    fn build(self) -> LiveTextState {
        LiveTextState::new(Rndr::create_text_node(""), String::new(), self.0)
    }

    fn rebuild(self, state: &mut LiveTextState) {
        let shown = state.node.data();
        *state = LiveTextState::new(state.node.clone(), shown, self.0);
    }
}

impl RenderHtml for LiveText {
    type AsyncOutput = Self;
    type Owned = Self;

    const MIN_LENGTH: usize = 0;

    fn dry_resolve(&mut self) {}

    async fn resolve(self) -> Self {
        self
    }

    fn to_html_with_buf(
        self,
        buf: &mut String,
        position: &mut Position,
        escape: bool,
        mark_branches: bool,
        extra_attrs: Vec<AnyAttribute>,
    ) {
        let text = untrack(|| (self.0)());
        text.to_html_with_buf(buf, position, escape, mark_branches, extra_attrs);
    }

    fn hydrate<const FROM_SERVER: bool>(
        self,
        cursor: &Cursor,
        position: &PositionState,
    ) -> LiveTextState {
        let found = <String as RenderHtml>::hydrate::<true>(String::new(), cursor, position);
        drop(found);
        let node: types::Text = wasm_bindgen::JsCast::unchecked_into(cursor.current());
        // A server writes a blank where there is no text yet.
        let shown = match node.data() {
            blank if blank == " " => {
                node.set_data("");
                String::new()
            }
            shown => shown,
        };
        LiveTextState::new(node, shown, self.0)
    }

    fn into_owned(self) -> Self {
        self
    }
}

impl Mountable for LiveTextState {
    fn unmount(&mut self) {
        self.node.unmount();
    }

    fn mount(&mut self, parent: &types::Element, marker: Option<&types::Node>) {
        Rndr::insert_node(parent, &self.node, marker);
    }

    fn insert_before_this(&self, child: &mut dyn Mountable) -> bool {
        self.node.insert_before_this(child)
    }

    fn elements(&self) -> Vec<types::Element> {
        Vec::new()
    }
}

/// An attribute that follows what is read; `None` takes it away.
#[derive(Clone)]
pub(crate) struct Bound {
    name: &'static str,
    read: Rc<dyn Fn() -> Option<String>>,
}

/// An attribute that follows what is read; `None` takes it away.
pub(crate) fn attribute(name: &'static str, read: impl Fn() -> Option<String> + 'static) -> Bound {
    Bound {
        name,
        read: Rc::new(read),
    }
}

/// `hidden`, while `read` returns true.
pub(crate) fn hidden(read: impl Fn() -> bool + 'static) -> Bound {
    attribute("hidden", move || read().then(String::new))
}

/// A directive: keeps attributes up to date (`use:bound=[hidden(…), attribute(…)]`).
pub(crate) fn bound<const N: usize>(element: Element, attributes: [Bound; N]) {
    for Bound { name, read } in attributes {
        let element = element.clone();
        follow(move || {
            let now = read();
            if element.get_attribute(name) != now {
                let _ = match now {
                    Some(value) => element.set_attribute(name, &value),
                    None => element.remove_attribute(name),
                };
            }
        });
    }
}
