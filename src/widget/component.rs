//! The preview as a component of a Leptos app. Never shows anything itself: it gives a preview a
//! place of its own.

use leptos::prelude::*;
use send_wrapper::SendWrapper;
use wasm_bindgen::JsValue;
use web_sys::{Element, ShadowRootInit, ShadowRootMode};

use crate::widget::preview::{Options, Preview};
use crate::widget::transport::Source;
use crate::widget::view::mount;

/// A live outline, in a shadow root of its own as the custom element has one.
///
/// Reads `src` when it appears and whenever `src` changes; follows `options`. To push deltas instead, or to hear what
/// happens, give it a [`Preview`] of yours.
///
/// ```no_run
/// use leptos::prelude::*;
/// use live_outline::LiveOutline;
///
/// #[component]
/// fn App() -> impl IntoView {
///     view! { <LiveOutline src="/api/outline.ndjson"/> }
/// }
/// ```
#[component]
pub fn LiveOutline(
    /// The address of the stream; empty reads nothing.
    #[prop(into, optional)]
    src: Signal<String>,
    /// Cookies go to other origins, too.
    #[prop(optional)]
    with_credentials: bool,
    /// How the stream is read and shown, as the attributes of the element. Those of reading count from
    /// the next start on; the heading level is that of the first.
    #[prop(optional, into)]
    options: Option<Signal<Options, LocalStorage>>,
    /// The preview to show, to push to it or to listen to it.
    #[prop(optional)]
    preview: Option<Preview>,
) -> impl IntoView {
    let first = || options.map_or_else(Options::default, |options| options.get_untracked());
    let preview = preview.unwrap_or_else(|| Preview::new(first()));
    if let Some(options) = options {
        let preview = preview.clone();
        Effect::new(move |_| preview.set_options(options.get()));
    }
    let reads = preview.clone();
    Effect::new(move |_| {
        let url = src.get();
        if !url.is_empty() {
            // Listeners of the preview may read signals; this must not follow them.
            untrack(|| {
                reads.start(Source::Url {
                    url,
                    init: JsValue::UNDEFINED,
                    with_credentials,
                })
            });
        }
    });
    let preview = SendWrapper::new(preview);
    view! { <div class=HOST use:put_in=preview></div> }
}

/// The class of the element that holds the shadow root, for the app's own styles.
const HOST: &str = "live-outline";

/// Gives the preview a shadow root in `host`; it goes with the view that holds it.
fn put_in(host: Element, preview: SendWrapper<Preview>) {
    if let Ok(root) = host.attach_shadow(&ShadowRootInit::new(ShadowRootMode::Open)) {
        let mounted = SendWrapper::new(mount(&root, &preview));
        on_cleanup(move || drop(mounted));
    }
}
