//! Elements from tables: which part stands in which. Never takes markup, so that pages which ask
//! for Trusted Types can hold it, and never knows what a part is for.

use leptos::prelude::document;
use wasm_bindgen::JsCast;
use web_sys::{Element, Node};

use crate::core::small::decimal;

/// One line of a table: how deep it stands, its tag, its name. A tag `h` is a heading of the level
/// given; the name of a `slot` is that of the slot, of any other the name for styles.
pub type Part = (usize, &'static str, &'static str);

/// What a table has made, in its order.
#[derive(Debug)]
pub struct Parts(Vec<(&'static str, Element)>);

impl Parts {
    /// Makes all parts of a table, the first around the others.
    pub fn new(table: &[Part], level: u8) -> Parts {
        let mut above: Vec<Element> = Vec::new();
        let made = table.iter().filter_map(|&(depth, tag, name)| {
            let made = match tag {
                "h" => heading(level),
                tag => element(tag),
            };
            set(&made, if tag == "slot" { "name" } else { "part" }, name);
            match tag {
                "button" => set(&made, "type", "button"),
                // Lists without markers are no lists for some screen readers unless they say so.
                "ol" => set(&made, "role", "list"),
                _ => {}
            }
            above.truncate(depth);
            if let Some(parent) = above.last() {
                append(parent, &made);
            }
            above.push(made.clone());
            (tag != "slot").then_some((name, made))
        });
        Parts(made.collect())
    }

    /// The first part of that name, or the first of all if there is none. Slots have no names here.
    pub fn get(&self, name: &str) -> Element {
        let found = self.0.iter().find(|(part, _)| *part == name);
        match found.or(self.0.first()) {
            Some((_, element)) => element.clone(),
            None => element("div"),
        }
    }
}

/// There are no headings below the sixth level: a deeper one says its level itself.
fn heading(level: u8) -> Element {
    let tag = match level {
        0 | 1 => "h1",
        2 => "h2",
        3 => "h3",
        4 => "h4",
        5 => "h5",
        _ => "h6",
    };
    let heading = element(tag);
    if level > 6 {
        set(&heading, "aria-level", &decimal(level.into()));
    }
    heading
}

fn element(tag: &str) -> Element {
    leptos::tachys::renderer::Rndr::create_element(tag, None)
}

/// A deep copy: half the cost of making it piece by piece.
pub fn copy(shape: &Element) -> Element {
    let node = shape.clone_node_with_deep(true);
    node.ok()
        .and_then(|node| node.dyn_into().ok())
        .unwrap_or_else(|| shape.clone())
}

/// Adds a node at the end of another.
pub fn append(parent: &Node, child: &Node) {
    let _ = parent.append_child(child);
}

/// Adds an empty text.
pub fn text(parent: &Node) -> web_sys::Text {
    let text = document().create_text_node("");
    append(parent, &text);
    text
}

/// Sets an attribute.
pub fn set(element: &Element, name: &str, value: &str) {
    let _ = element.set_attribute(name, value);
}

/// Sets an attribute without a value, or takes it away.
pub fn toggle(element: &Element, name: &str, on: bool) {
    let _ = element.toggle_attribute_with_force(name, on);
}
