//! The preview in a Leptos app: a page that reads a stream, and one that pushes its own lines.
//! `cargo build --example leptos_app --target wasm32-unknown-unknown`

use leptos::prelude::*;
use live_outline::LiveOutline;
use live_outline::core::event::Event;
use live_outline::widget::preview::{Options, Preview};

#[component]
fn App() -> impl IntoView {
    let (src, set_src) = signal(String::from("/outline.ndjson"));
    let (calm, set_calm) = signal(false);
    // Whatever the options follow, the preview follows.
    let options = Signal::derive_local(move || Options {
        announce: if calm.get() { "off" } else { "modules" }.into(),
        follow: !calm.get(),
        ..Options::default()
    });
    let own = Preview::new(Options {
        heading_level: 3,
        ..Options::default()
    });
    let pushed = own.clone();
    let status = own.status();
    view! {
        <LiveOutline src options/>
        <button on:click=move |_| set_calm.set(true)>"Neither follow nor speak"</button>
        <button on:click=move |_| set_src.set("/other.ndjson".into())>"Read another one"</button>

        <LiveOutline preview=own/>
        <button on:click=move |_| pushed.take(Event::Delta("## Pushed\n".into()))>"Push a module"</button>
        <p>"State: " {move || status.get().state.name()}</p>
    }
}

fn main() {
    leptos::mount::mount_to_body(App);
}
