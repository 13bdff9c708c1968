//! The head of the frame: course title, status line, buttons. Never a row.

use leptos::prelude::*;
use leptos::tachys::html::directive::DirectiveAttribute;

use crate::live::store::Title;
use crate::view::bind::{attribute, bound, hidden};
use crate::view::context::{Frame, use_frame};
use crate::view::shapes::heading_of;
use crate::view::status_line::StatusLine;
use crate::view::toolbar::Toolbar;

#[component]
pub(crate) fn Header() -> impl IntoView {
    view! {
        <header part="header">
            <CourseTitle/>
            <div part="bar">
                <StatusLine/>
                <Toolbar/>
            </div>
        </header>
    }
}

/// The course title: a heading of the level that the page asks for, which cannot change.
#[component]
fn CourseTitle() -> impl IntoView {
    let frame = use_frame();
    let level = frame
        .options
        .with_untracked(|options| options.heading_level.get());
    let title = frame.live.title.clone();
    let shown = title_attributes(&frame);
    let id = format!("{}title", frame.prefix);
    heading_of(level)
        .attr("part", "title")
        .attr("id", id)
        .attr("dir", "auto")
        .directive(bound, shown)
        .child(title)
}

fn title_attributes(frame: &Frame) -> [crate::view::bind::Bound; 4] {
    let title: Title = frame.live.title.clone();
    let course = frame.live.outline.root();
    let (open, cut, options) = (course.clone(), course, frame.options.clone());
    let (empty, has) = (title.clone(), title);
    [
        hidden(move || empty.is_empty()),
        attribute("data-unsettled", move || {
            (!has.is_empty() && !open.is_settled()).then(String::new)
        }),
        attribute("data-cut", move || cut.is_cut().then(String::new)),
        attribute("lang", move || options.with(|it| it.content_lang.clone())),
    ]
}
