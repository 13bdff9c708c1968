//! The outline itself: one effect takes each batch of changes and gives it to the rows. Never a button, never a word
//! of its own.

use std::sync::Arc;

use leptos::component::Props;
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::{Element, Event, HtmlElement};

use crate::live::hook::Live;
use crate::live::store::Node;
use crate::outline::tree::Kind;
use crate::view::bind::{attribute, bound, follow};
use crate::view::context::{Frame, ViewEvent};
use crate::view::follow::Follower;
use crate::view::options::ViewOptions;
use crate::view::rows::{OwnRow, OwnRows, Rows};
use crate::view::style::adopt;

/// What [`OutlineView`] takes. Each is a prop of its name.
pub struct OutlineViewProps {
    live: Option<Live>,
    options: Signal<ViewOptions>,
    own: OwnRowViews,
    bare: bool,
}

/// Views of nodes that an app has given.
#[derive(Clone, Default)]
pub(crate) struct OwnRowViews {
    module: Option<RowView>,
    section: Option<RowView>,
    lesson: Option<RowView>,
}

type RowView = Arc<dyn Fn(Node) -> AnyView + Send + Sync>;

impl OwnRowViews {
    /// Shows all nodes of a kind by `view`.
    pub fn set<V: IntoView + 'static>(
        &mut self,
        kind: Kind,
        view: impl Fn(Node) -> V + Send + Sync + 'static,
    ) {
        let view: Option<RowView> = Some(Arc::new(move |node| view(node).into_any()));
        match kind {
            Kind::Module | Kind::Course => self.module = view,
            Kind::Section => self.section = view,
            Kind::Lesson => self.lesson = view,
        }
    }

    fn rows(&self) -> OwnRows {
        let row = |view: &Option<RowView>| {
            let view = view.clone()?;
            let row: OwnRow = std::rc::Rc::new(move |node| view(node));
            Some(row)
        };
        OwnRows {
            module: row(&self.module),
            section: row(&self.section),
            lesson: row(&self.lesson),
        }
    }
}

/// The props by which an app shows nodes itself: the same for the outline alone and for the whole.
macro_rules! own_row_props {
    ($props:ident) => {
        impl $props {
            /// Shows each module by this view, in its list item; what stands under it follows.
            pub fn module<V: IntoView + 'static>(
                mut self,
                view: impl Fn(Node) -> V + Send + Sync + 'static,
            ) -> Self {
                self.own.set(Kind::Module, view);
                self
            }

            /// Shows each section by this view.
            pub fn section<V: IntoView + 'static>(
                mut self,
                view: impl Fn(Node) -> V + Send + Sync + 'static,
            ) -> Self {
                self.own.set(Kind::Section, view);
                self
            }

            /// Shows each lesson by this view.
            pub fn lesson<V: IntoView + 'static>(
                mut self,
                view: impl Fn(Node) -> V + Send + Sync + 'static,
            ) -> Self {
                self.own.set(Kind::Lesson, view);
                self
            }
        }
    };
}
pub(crate) use own_row_props;

own_row_props!(OutlineViewProps);

impl Props for OutlineViewProps {
    type Builder = OutlineViewProps;

    fn builder() -> OutlineViewProps {
        OutlineViewProps {
            live: None,
            options: Signal::stored(ViewOptions::default()),
            own: OwnRowViews::default(),
            bare: false,
        }
    }
}

impl OutlineViewProps {
    /// The outline to show.
    pub fn live(mut self, live: Live) -> Self {
        self.live = Some(live);
        self
    }

    /// How it is shown: the heading level, which modules are open, the language.
    pub fn options(mut self, options: impl Into<Signal<ViewOptions>>) -> Self {
        self.options = options.into();
        self
    }

    /// Without the style sheet.
    pub fn bare(mut self, bare: bool) -> Self {
        self.bare = bare;
        self
    }

    /// Ends the list of props.
    pub fn build(self) -> Self {
        self
    }
}

/// The rows of a live outline, without anything around them: each built once for its key.
///
/// ```
/// use leptos::prelude::*;
/// use live_outline::{Node, OutlineView, StreamOptions, use_live_outline};
///
/// #[component]
/// fn Course() -> impl IntoView {
///     let live = use_live_outline("/api/outline", StreamOptions::default());
///     view! {
///         <OutlineView live=live lesson=|node: Node| view! { <a href=format!("/l/{}", node.key())>{node.title()}</a> }/>
///     }
/// }
/// ```
#[allow(non_snake_case)]
pub fn OutlineView(props: OutlineViewProps) -> impl IntoView {
    let live = props
        .live
        .unwrap_or_else(|| Live::new(crate::live::hook::StreamOptions::default()));
    let options = mirrored(props.options);
    let frame = Frame::new(live, options, false);
    leave_with_owner(&frame);
    let bare = props.bare;
    let body = outline_body(frame.clone(), props.own);
    let dress = move |base: Element| dress(&frame, base, bare);
    view! {
        <div class="live-outline" part="base" use:dress>
            {body}
        </div>
    }
}

/// A signal of one's own that follows another.
pub(crate) fn mirrored(options: Signal<ViewOptions>) -> ArcRwSignal<ViewOptions> {
    let own = ArcRwSignal::new(options.get_untracked());
    let set = own.clone();
    Effect::new(move |_| {
        let now = options.get();
        if set.with_untracked(|own| *own != now) {
            set.set(now);
        }
    });
    own
}

pub(crate) fn leave_with_owner(frame: &Frame) {
    if !cfg!(feature = "ssr") {
        let frame = frame.clone();
        on_cleanup(move || frame.leave());
    }
}

/// Makes an element the outermost of a frame.
pub(crate) fn dress(frame: &Frame, base: Element, bare: bool) {
    if !bare {
        // Where it stands, and so whose sheet it takes, is known when all of it is mounted.
        let node: web_sys::Node = base.clone().into();
        match frame.has_slots {
            true => {}
            false => queue_microtask(move || adopt(&node)),
        }
    }
    frame.page().base.replace(Some(base));
}

/// The list of the outline, in the element that scrolls.
pub(crate) fn outline_body(frame: Frame, own: OwnRowViews) -> impl IntoView {
    let lang = frame.options.clone();
    let attributes = [attribute("lang", move || {
        lang.with(|it| it.content_lang.clone())
    })];
    let (scrolls, fills, clicked) = (frame.clone(), frame.clone(), frame);
    // An element is made before those in it: the list finds the one around it.
    let keep = move |body: Element| {
        scrolls.page().body.replace(Some(body.unchecked_into()));
    };
    let fill = move |modules: Element| {
        let body = fills.page().body.borrow().clone();
        if let Some(body) = body {
            fill(&fills, body, modules, own.rows());
        }
    };
    view! {
        <div part="body" use:keep use:bound=attributes on:click=move |event| click(&clicked, &event.into())>
            <ol part="modules" role="list" use:fill>{""}</ol>
        </div>
    }
}

/// Fills the list with what there is, and goes on with what comes.
fn fill(frame: &Frame, body: HtmlElement, modules: Element, own: OwnRows) {
    let Some(owner) = Owner::current() else {
        return;
    };
    let outline = frame.live.outline.clone();
    let (level, expanded) =
        (frame.options).with_untracked(|options| (options.heading_level.get(), options.expanded));
    let mut rows = Rows::new(
        modules.clone(),
        outline.clone(),
        level,
        frame.prefix.clone(),
        expanded,
        own,
        // Not held: it holds what shows the rows, and goes first.
        owner.downgrade(),
    );
    outline
        .as_changes()
        .iter()
        .for_each(|change| rows.apply(change));
    let page = frame.page();
    page.rows.replace(Some(rows));
    page.follower
        .replace(Follower::new(frame.clone(), body, &modules));

    let feed = outline.feed();
    let grows = frame.clone();
    follow(move || {
        let batches = feed.take();
        untrack(|| {
            if let Some(rows) = grows.page().rows.borrow_mut().as_mut() {
                rows.busy = grows.live.signals.busy.get_untracked();
                let changes = batches.iter().flat_map(|batch| batch.iter());
                changes.for_each(|change| rows.apply(change));
                if !rows.busy {
                    rows.renumber();
                }
            }
        });
    });
    let rests = frame.clone();
    follow(move || {
        if !rests.live.signals.busy.get()
            && let Some(rows) = rests.page().rows.borrow_mut().as_mut()
        {
            rows.busy = false;
            rows.renumber();
        }
    });
    let shows = frame.clone();
    follow(move || {
        // What is held back is shown before anybody hears that it is over.
        let state = shows.live.signals.state.get();
        if (!state.is_live() || state == crate::state::State::Paused)
            && let Some(rows) = shows.page().rows.borrow().as_ref()
        {
            rows.show_held();
        }
    });
    let opens = frame.clone();
    follow(move || {
        let expanded = opens.options.with(|options| options.expanded);
        if let Some(rows) = opens.page().rows.borrow_mut().as_mut() {
            rows.set_expanded(expanded);
        }
    });
    let resets = frame.clone();
    follow(move || {
        // Without a module, the button for all of them says what is done with those that come.
        if resets.live.signals.counts.get().modules == 0 {
            let expanded = resets.options.with(|options| options.expanded);
            let open = expanded == crate::view::options::Expanded::All;
            if resets.all_open.get_untracked() != open {
                resets.all_open.set(open);
            }
        }
    });
}

/// A click on a module's heading opens or closes it.
fn click(frame: &Frame, event: &Event) {
    let Some(target) = event.target().and_then(|it| it.dyn_into::<Element>().ok()) else {
        return;
    };
    let heading = target.closest("[part=module-heading]").ok().flatten();
    let Some(heading) = heading else { return };
    let is_toggle = heading.first_element_child().as_ref() == Some(&target);
    // A click that ends a selection is none on the heading.
    let selection = window().get_selection().ok().flatten();
    let selects = selection.is_some_and(|selection| !selection.is_collapsed());
    if selects && !is_toggle {
        return;
    }
    let item = heading.parent_element();
    let Some(key) = item.and_then(|item| item.get_attribute("data-key")) else {
        return;
    };
    let toggled = (frame.page().rows.borrow_mut().as_mut()).and_then(|rows| rows.toggle(&key));
    if let Some((node, expanded)) = toggled {
        frame.notify(&ViewEvent::Toggle { node, expanded });
    }
}
