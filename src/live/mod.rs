//! The outline as signals, and the stream that fills it. Needs Leptos' signals only; never touches the DOM.

pub mod store;

pub(crate) mod clock;

pub mod fetch;

pub mod stream;

pub mod hook;
