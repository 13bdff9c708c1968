//! What a server renders: the frame, without a stream, and with nothing that only a browser has.
#![cfg(all(not(target_arch = "wasm32"), feature = "ssr"))]
#![allow(clippy::unwrap_used)]

use leptos::prelude::*;
use live_outline::view::options::HeadingLevel;
use live_outline::{LiveOutline, OutlineView, StreamOptions, ViewOptions, use_live_outline};

#[test]
fn the_frame_is_rendered_and_no_request_is_made() {
    let owner = Owner::new();
    let html = owner.with(|| {
        let view = ViewOptions {
            heading_level: HeadingLevel::new(3),
            ..ViewOptions::default()
        };
        view! { <LiveOutline src="/api/outline" view=view/> }.to_html()
    });
    for part in [
        "part=\"base\"",
        "part=\"title\"",
        "part=\"status\"",
        "part=\"toolbar\"",
        "part=\"modules\"",
        "<h3",
        "Ready",
    ] {
        assert!(html.contains(part), "{part} is missing: {html}");
    }
    assert!(!html.contains("<script"), "{html}");
}

#[test]
fn the_hook_and_its_actions_do_nothing_on_a_server() {
    let owner = Owner::new();
    owner.with(|| {
        let live = use_live_outline("/api/outline", StreamOptions::default());
        live.push("## A\n");
        live.retry();
        live.stop();
        assert_eq!(live.state.get_untracked().name(), "idle");
        assert!(live.outline.children().is_empty());
        assert_eq!(live.to_markdown(), "");
        let html = view! { <OutlineView live=live/> }.to_html();
        assert!(html.contains("part=\"modules\""), "{html}");
    });
}
