//! The words the widget says: `strings.js` and tables like it. Never the outline's own text.

use wasm_bindgen::prelude::*;

use crate::core::state::Failure;

#[wasm_bindgen(module = "/src/widget/strings.js")]
extern "C" {
    /// A table of words in one language.
    #[derive(Clone, Debug)]
    pub type Strings;

    /// The table in English.
    pub fn english() -> Strings;

    #[wasm_bindgen(js_name = failure)]
    fn explain(table: &Strings, reason: &str, detail: &str, retryable: bool) -> String;
}

impl Default for Strings {
    fn default() -> Self {
        english()
    }
}

/// What went wrong and what to do.
pub fn failure(table: &Strings, failure: &Failure) -> String {
    explain(table, failure.reason, &failure.detail, failure.retryable)
}
