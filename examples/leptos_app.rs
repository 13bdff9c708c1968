//! A live outline in a Leptos app: the whole component, rows of the app's own, and no view of ours at all.
//! `cargo build --example leptos_app --features csr --target wasm32-unknown-unknown`

use leptos::prelude::*;
use live_outline::view::options::{Announce, Follow};
use live_outline::{LiveOutline, Node, OutlineView, StreamOptions, ViewOptions, use_live_outline};

/// Everything: frame, words, styles.
#[component]
fn Whole() -> impl IntoView {
    let (src, set_src) = signal(String::from("/outline.ndjson"));
    let (calm, set_calm) = signal(false);
    // Whatever the options follow, the view follows.
    let view = Signal::derive(move || match calm.get() {
        true => ViewOptions {
            announce: Announce::Off,
            follow: Follow::Off,
            ..ViewOptions::default()
        },
        false => ViewOptions::default(),
    });
    view! {
        <LiveOutline src view on_done=|done| leptos::logging::log!("complete: {}", done.complete)/>
        <button on:click=move |_| set_calm.set(true)>"Neither follow nor speak"</button>
        <button on:click=move |_| set_src.set("/other.ndjson".into())>"Read another one"</button>
    }
}

/// Our list, the app's rows.
#[component]
fn OwnRows() -> impl IntoView {
    let live = use_live_outline("/outline.ndjson", StreamOptions::default());
    view! {
        <p>{move || live.counts.get().lessons} " lessons, " {move || live.state.get().name()}</p>
        <OutlineView
            live=live.clone()
            lesson=|node: Node| view! { <a href=format!("/l/{}", node.key())>{node.title()}</a> }
        />
        <button on:click=move |_| live.stop()>"Stop"</button>
    }
}

/// No view of ours.
#[component]
fn Headless() -> impl IntoView {
    let live = use_live_outline("/outline.ndjson", StreamOptions::default());
    view! {
        <For each=move || live.outline.children() key=|module| module.key() let(module)>
            <h3>{module.title()}</h3>
            <For each=move || module.children() key=|node| node.key() let(node)>
                <li>{node.title()} {move || node.is_settled().then_some("✓")}</li>
            </For>
        </For>
    }
}

fn main() {
    leptos::mount::mount_to_body(|| view! { <Whole/> <OwnRows/> <Headless/> });
}
