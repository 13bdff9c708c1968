//! The words the widget says: `strings.js` and tables like it. Never the outline's own text.

use wasm_bindgen::prelude::*;

use crate::core::outline::Limit;
use crate::core::state::Failure;
use crate::widget::status::Status;

#[wasm_bindgen(module = "/src/widget/strings.js")]
extern "C" {
    /// A table of words in one language.
    #[derive(Clone, Debug)]
    pub type Strings;

    /// The table in English.
    pub fn english() -> Strings;

    /// A word or a sentence by its name, with what it names.
    pub fn say(table: &Strings, name: &str, detail: &str) -> String;

    #[wasm_bindgen(js_name = failure)]
    fn explain(table: &Strings, reason: &str, detail: &str, retryable: bool) -> String;

    #[wasm_bindgen(js_name = progress)]
    fn count(table: &Strings, modules: u32, planned: f64, lessons: u32, seconds: u32) -> String;
}

impl Default for Strings {
    fn default() -> Self {
        english()
    }
}

/// "3 of 8 modules · 17 lessons · 0:42"
pub fn progress(table: &Strings, status: &Status) -> String {
    count(
        table,
        status.counts.modules as u32,
        status.planned.map_or(-1.0, |planned| planned as f64),
        status.counts.lessons as u32,
        (status.elapsed_ms / 1000.0) as u32,
    )
}

/// What went wrong and what to do.
pub fn failure(table: &Strings, failure: &Failure) -> String {
    explain(table, failure.reason, &failure.detail, failure.retryable)
}

/// What is wrong, in the box for it; empty if nothing is.
pub fn message(table: &Strings, status: &Status) -> String {
    match (&status.failure, status.limit) {
        (Some(it), _) => failure(table, it),
        (None, Some(Limit::Nodes)) => say(table, "limit-nodes", ""),
        (None, Some(Limit::Depth)) => say(table, "limit-depth", ""),
        (None, None) => String::new(),
    }
}
