//! [`LiveOutline`]: the whole of it, frame and outline. Never reads or shows anything itself.

use std::sync::Arc;

use leptos::component::Props;
use leptos::prelude::*;
use web_sys::Element;

use crate::live::hook::{Live, LiveEvent, StreamOptions, use_live_outline};
use crate::live::store::Node;
use crate::outline::tree::Kind;
use crate::state::{Failure, State};
use crate::view::announcer::Announcer;
use crate::view::bind::{Bound, attribute, bound};
use crate::view::context::{Frame, ViewEvent};
use crate::view::header::Header;
use crate::view::latest::LatestButton;
use crate::view::messages::{Empty, ErrorMessage, Loading};
use crate::view::options::ViewOptions;
use crate::view::outline::{
    OwnRowViews, dress, leave_with_owner, mirrored, outline_body, own_row_props,
};

/// What [`LiveOutline`] takes. Each is a prop of its name; all but `src` or `live` can be left out.
pub struct LiveOutlineProps {
    src: Option<Signal<String>>,
    options: Signal<StreamOptions>,
    view: Signal<ViewOptions>,
    live: Option<Live>,
    bare: bool,
    own: OwnRowViews,
    listeners: Vec<Listener>,
    view_listeners: Vec<ViewListener>,
}

type Listener = Arc<dyn Fn(&LiveEvent) + Send + Sync>;
type ViewListener = Arc<dyn Fn(&ViewEvent) + Send + Sync>;

/// What `on_done` is told.
#[derive(Clone, Debug)]
pub struct Done {
    /// The stream said that the outline is complete.
    pub complete: bool,
}

own_row_props!(LiveOutlineProps);

impl Props for LiveOutlineProps {
    type Builder = LiveOutlineProps;

    fn builder() -> LiveOutlineProps {
        LiveOutlineProps {
            src: None,
            options: Signal::stored(StreamOptions::default()),
            view: Signal::stored(ViewOptions::default()),
            live: None,
            bare: false,
            own: OwnRowViews::default(),
            listeners: Vec::new(),
            view_listeners: Vec::new(),
        }
    }
}

impl LiveOutlineProps {
    /// The address of the stream; another one drops what is there and starts; empty reads nothing.
    pub fn src(mut self, src: impl Into<Signal<String>>) -> Self {
        self.src = Some(src.into());
        self
    }

    /// How the stream is asked for and read; what is changed counts from the next start on.
    pub fn options(mut self, options: impl Into<Signal<StreamOptions>>) -> Self {
        self.options = options.into();
        self
    }

    /// How it is shown.
    pub fn view(mut self, view: impl Into<Signal<ViewOptions>>) -> Self {
        self.view = view.into();
        self
    }

    /// A live outline that the app has already; `src` and `options` are then its own matter.
    pub fn live(mut self, live: Live) -> Self {
        self.live = Some(live);
        self
    }

    /// Without the style sheet.
    pub fn bare(mut self, bare: bool) -> Self {
        self.bare = bare;
        self
    }

    /// Called with everything that happens to the stream.
    pub fn on_event(mut self, listener: impl Fn(&LiveEvent) + Send + Sync + 'static) -> Self {
        self.listeners.push(Arc::new(listener));
        self
    }

    /// Called when the stream has ended, complete or not.
    pub fn on_done(self, listener: impl Fn(Done) + Send + Sync + 'static) -> Self {
        self.on_event(move |event| {
            if let LiveEvent::Done { complete } = event {
                listener(Done {
                    complete: *complete,
                });
            }
        })
    }

    /// Called with each node whose title is whole.
    pub fn on_settled(self, listener: impl Fn(Node) + Send + Sync + 'static) -> Self {
        self.on_event(move |event| {
            if let LiveEvent::Settled { node, .. } = event {
                listener(node.clone());
            }
        })
    }

    /// Called with what went wrong.
    pub fn on_error(self, listener: impl Fn(Failure) + Send + Sync + 'static) -> Self {
        self.on_event(move |event| {
            if let LiveEvent::Error(failure) = event {
                listener(failure.clone());
            }
        })
    }

    /// Called with each new state.
    pub fn on_state(self, listener: impl Fn(State) + Send + Sync + 'static) -> Self {
        self.on_event(move |event| {
            if let LiveEvent::StateChange { state, .. } = event {
                listener(*state);
            }
        })
    }

    /// Called with what a reader does: opens a module, leaves the newest.
    pub fn on_view(mut self, listener: impl Fn(&ViewEvent) + Send + Sync + 'static) -> Self {
        self.view_listeners.push(Arc::new(listener));
        self
    }

    /// Ends the list of props.
    pub fn build(self) -> Self {
        self
    }
}

/// A live outline with everything around it: title, status line, buttons, messages.
///
/// ```
/// use leptos::prelude::*;
/// use live_outline::LiveOutline;
///
/// #[component]
/// fn App() -> impl IntoView {
///     view! { <LiveOutline src="/api/outline" on_done=|done| leptos::logging::log!("{}", done.complete)/> }
/// }
/// ```
#[allow(non_snake_case)]
pub fn LiveOutline(props: LiveOutlineProps) -> impl IntoView {
    let LiveOutlineProps {
        src,
        options,
        view,
        live,
        bare,
        own,
        listeners,
        view_listeners,
    } = props;
    let live = live
        .unwrap_or_else(|| use_live_outline(src.unwrap_or_else(|| String::new().into()), options));
    for listener in listeners {
        live.on_event(move |event| listener(event));
    }
    let frame = Frame::new(live, mirrored(view), false);
    if !cfg!(feature = "ssr") {
        for listener in view_listeners {
            frame.on_event(move |event| listener(event));
        }
    }
    leave_with_owner(&frame);
    frame_view(frame, bare, own)
}

/// The frame: for the component and for the custom element.
pub(crate) fn frame_view(frame: Frame, bare: bool, own: OwnRowViews) -> impl IntoView {
    provide_context(frame.clone());
    let slot = frame.has_slots;
    let attributes = base_attributes(&frame);
    let body = outline_body(frame.clone(), own);
    let dress = move |base: Element| dress(&frame, base, bare);
    view! {
        <section class="live-outline" part="base" tabindex="-1" use:bound=attributes use:dress>
            {slot.then(|| view! { <slot name={"header"}></slot> })}
            <Header/>
            <Announcer/>
            <Empty/>
            <Loading/>
            {body}
            <LatestButton/>
            <ErrorMessage/>
            {slot.then(|| view! { <slot name={"footer"}></slot> })}
        </section>
    }
}

fn base_attributes(frame: &Frame) -> [Bound; 3] {
    let (state, titled, labelled) = (frame.clone(), frame.clone(), frame.clone());
    let title_id = format!("{}title", frame.prefix);
    [
        attribute("data-state", move || Some(state.state().name().to_owned())),
        attribute("aria-labelledby", move || {
            (!titled.live.title.is_empty()).then(|| title_id.clone())
        }),
        attribute("aria-label", move || {
            let label = labelled.options.with(|options| options.label.clone());
            (labelled.live.title.is_empty() && !label.is_empty()).then_some(label)
        }),
    ]
}
