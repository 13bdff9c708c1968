//! The page's clock, and the browser's turns. Never knows what the time is used for.

use js_sys::Promise;
use leptos::prelude::window;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::Performance;

#[wasm_bindgen(module = "/src/live/platform.js")]
extern "C" {
    #[wasm_bindgen(js_name = nextTask)]
    fn next_task() -> Promise;
}

/// How long rows are added before the browser gets its turn, in milliseconds.
const TURN_MS: f64 = 6.0;

/// When a turn that begins now ends.
pub(crate) fn turn_end_ms() -> f64 {
    now_ms() + TURN_MS
}

/// Yields to the browser.
pub(crate) async fn yield_to_browser() {
    let _ = JsFuture::from(next_task()).await;
}

thread_local! {
    /// Asking the window for it each time costs more than reading it.
    static CLOCK: Option<Performance> = window().performance();
}

/// Milliseconds since the page began.
pub(crate) fn now_ms() -> f64 {
    CLOCK.with(|clock| {
        clock
            .as_ref()
            .map_or_else(js_sys::Date::now, Performance::now)
    })
}
