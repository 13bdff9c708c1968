//! Bytes → outline, and outline → lines. Knows no browser, no Leptos, no clock and no network: it
//! runs anywhere.
//!
//! The modules stand in the order in which a byte passes them; each may name only those before it.

pub mod small;

pub mod lines;

pub mod frame;

pub mod json;

pub mod event;

pub mod dialect;

pub mod increment;

pub mod inline;

pub mod grammar;

pub mod outline;

mod snapshot;

mod export;

pub mod replay;

pub mod reader;

pub mod state;

pub mod session;

pub mod writer;
