//! What rows are copied from: each kind of row is made by `view!` once, filled in and cloned for each node, at half
//! the cost of making it piece by piece. Never knows where a row stands.

use leptos::html::{Custom, HtmlElement, custom};
use leptos::prelude::*;
use leptos::tachys::view::{Mountable, Render};
use wasm_bindgen::JsCast;
use web_sys::{Element, Text};

use crate::outline::tree::{Key, Kind};

/// One kind of row. Its parts, to be filled in before it is cloned.
#[derive(Debug)]
struct Shape {
    item: Element,
    /// The text of the title; none where the app shows the node itself.
    text: Option<Text>,
}

/// All that rows, and what stands around them, are cloned from.
#[derive(Debug)]
pub(crate) struct Shapes {
    module: Shape,
    section: Shape,
    lesson: Shape,
    /// An empty list below a row.
    lessons: Element,
    /// An empty page.
    pub page: Element,
    /// An empty book.
    pub book: Element,
    /// Before ids, so that two outlines in one document have different ones.
    prefix: String,
}

impl Shapes {
    /// Rows below a course title of `level`. `own` says for which kinds the app shows the node itself.
    pub fn new(level: u8, prefix: String, own: impl Fn(Kind) -> bool) -> Shapes {
        let shape = |kind, view: fn(u8) -> AnyView, level| {
            let made = match own(kind) {
                true => empty_row(kind),
                false => view(level),
            };
            let item = element(made);
            if let Some(toggle) = toggle_of(kind, &item) {
                // Where there are no children, Leptos leaves a comment.
                toggle.set_text_content(None);
            }
            let text = title_of(kind, &item).and_then(|title| title.first_child());
            let text = text.map(JsCast::unchecked_into);
            Shape { item, text }
        };
        Shapes {
            module: shape(Kind::Module, module, level + 1),
            section: shape(Kind::Section, section, level + 2),
            lesson: shape(Kind::Lesson, lesson, 0),
            // Lists without markers are no lists for some screen readers unless they say so.
            lessons: wrapper(view! { <ol part={"lessons"} role="list"></ol> }),
            page: wrapper(view! { <div part={"page"} role="presentation"></div> }),
            book: wrapper(view! { <div part={"book"} role="presentation"></div> }),
            prefix,
        }
    }

    /// A row for a node.
    pub fn row(&self, kind: Kind, key: Key, title: &str) -> Element {
        let Shape { item, text } = match kind {
            Kind::Module | Kind::Course => &self.module,
            Kind::Section => &self.section,
            Kind::Lesson => &self.lesson,
        };
        set(item, "data-key", &key.to_string());
        if let Some(text) = text {
            text.set_data(title);
        }
        if kind != Kind::Lesson
            && let Some(title) = title_of(kind, item)
        {
            // The heading and its button are named by the title alone.
            let id = format!("{}t{key}", self.prefix);
            title.set_id(&id);
            if let Some(heading) = title.parent_element() {
                set(&heading, "aria-labelledby", &id);
            }
            if let Some(toggle) = toggle_of(kind, item) {
                set(&toggle, "aria-labelledby", &id);
            }
        }
        copy(item)
    }

    /// An empty list for the rows below a row.
    pub fn list(&self) -> Element {
        copy(&self.lessons)
    }
}

fn module(level: u8) -> AnyView {
    let title = view! {
        <button part={"module-toggle"} type="button" aria-expanded="true"></button>
        <span part={"module-title"} dir="auto">{""}</span>
    };
    let heading = heading(level, "module-heading", title.into_any());
    view! { <li part={"module"} data-unsettled="">{heading}</li> }.into_any()
}

fn section(level: u8) -> AnyView {
    let title = view! { <span part={"section-title"} dir="auto">{""}</span> };
    let heading = heading(level, "section-heading", title.into_any());
    view! { <li part={"section"} data-unsettled="">{heading}</li> }.into_any()
}

fn lesson(_: u8) -> AnyView {
    view! { <li part={"lesson"} data-unsettled=""><span part={"lesson-title"} dir="auto">{""}</span></li> }
        .into_any()
}

/// A row whose node the app shows.
fn empty_row(kind: Kind) -> AnyView {
    view! { <li part=kind.name() data-unsettled=""></li> }.into_any()
}

/// A heading of a level that only the page knows. There are none below the sixth: a deeper one says its level itself.
fn heading(level: u8, part: &'static str, title: AnyView) -> AnyView {
    let deeper = (level > 6).then(|| level.to_string());
    heading_of(level)
        .attr("part", part)
        .attr("aria-level", deeper)
        .child(title)
        .into_any()
}

/// An empty heading of a level.
pub(crate) fn heading_of(level: u8) -> HtmlElement<Custom<&'static str>, (), ()> {
    custom(match level {
        0 | 1 => "h1",
        2 => "h2",
        3 => "h3",
        4 => "h4",
        5 => "h5",
        _ => "h6",
    })
}

/// The element of a view of one element.
fn element(view: impl IntoView) -> Element {
    let made = view.into_view().build().elements().into_iter().next();
    made.unwrap_or_else(|| {
        document()
            .body()
            .map(Into::into)
            .unwrap_or_else(empty_element)
    })
}

/// The same, without the comment that Leptos leaves where there are no children.
fn wrapper(view: impl IntoView) -> Element {
    let made = element(view);
    made.set_text_content(None);
    made
}

fn empty_element() -> Element {
    leptos::tachys::renderer::Rndr::create_element("div", None)
}

/// The element of a row that holds its title; none where the app shows the node itself.
pub(crate) fn title_of(kind: Kind, item: &Element) -> Option<Element> {
    let first = item.first_element_child()?;
    match kind {
        Kind::Lesson => Some(first).filter(|it| is_part(it, "lesson-title")),
        _ => first
            .last_element_child()
            .filter(|it| it.has_attribute("dir")),
    }
}

/// The one text of a row's title.
pub(crate) fn text_of(kind: Kind, item: &Element) -> Option<Text> {
    Some(title_of(kind, item)?.first_child()?.unchecked_into())
}

/// The button of a module.
pub(crate) fn toggle_of(kind: Kind, item: &Element) -> Option<Element> {
    let heading = item
        .first_element_child()
        .filter(|_| kind == Kind::Module)?;
    let toggle = heading.first_element_child()?;
    is_part(&toggle, "module-toggle").then_some(toggle)
}

fn is_part(element: &Element, part: &str) -> bool {
    element.get_attribute("part").as_deref() == Some(part)
}

/// A deep copy.
pub(crate) fn copy(shape: &Element) -> Element {
    let node = shape.clone_node_with_deep(true);
    node.map_or_else(|_| shape.clone(), JsCast::unchecked_into)
}

pub(crate) fn set(element: &Element, name: &str, value: &str) {
    let _ = element.set_attribute(name, value);
}

pub(crate) fn toggle(element: &Element, name: &str, on: bool) {
    let _ = element.toggle_attribute_with_force(name, on);
}
