//! The page's clock, and the browser's turns. Never knows what the time is used for.

use std::cell::Cell;

use js_sys::Promise;
use leptos::prelude::window;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::Performance;

#[wasm_bindgen(module = "/src/widget/page.js")]
extern "C" {
    #[wasm_bindgen(js_name = nextTask)]
    fn next_task() -> Promise;
}

/// How long rows are added before the browser gets its turn, in milliseconds, at most and at least.
const TURN_MS: f64 = 6.0;
const TURN_MS_MIN: f64 = 1.0;
/// How long the browser may take between two turns, in milliseconds, before they become shorter:
/// what it lays out and paints in one go comes from one turn, and more than 50 ms are felt.
const GAP_MS: f64 = 16.0;

/// How long a turn is: as long as the browser can follow.
#[derive(Debug)]
pub struct Turn(Cell<f64>);

impl Default for Turn {
    fn default() -> Self {
        Turn(Cell::new(TURN_MS))
    }
}

impl Turn {
    /// When a turn that begins now ends.
    pub fn end_ms(&self) -> f64 {
        now_ms() + self.0.get()
    }

    /// Lets the browser have its turn, and fits the next one to how long that took. Not every gap
    /// has a frame in it, so turns grow slower than they shrink.
    pub async fn pass(&self) {
        let left = now_ms();
        let _ = JsFuture::from(next_task()).await;
        let factor = if now_ms() - left > GAP_MS { 0.7 } else { 1.03 };
        self.0
            .set((self.0.get() * factor).clamp(TURN_MS_MIN, TURN_MS));
    }
}

thread_local! {
    /// Asking the window for it each time costs more than reading it.
    static CLOCK: Option<Performance> = window().performance();
}

/// Milliseconds since the page began.
pub fn now_ms() -> f64 {
    CLOCK.with(|clock| {
        clock
            .as_ref()
            .map_or_else(js_sys::Date::now, Performance::now)
    })
}
