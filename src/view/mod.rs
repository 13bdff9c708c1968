//! Leptos components that show a live outline. Never change the outline, and know no dialect.
//!
//! A frame (title, status line, buttons, messages) around an outline of rows; one component a file.
//! Whatever shows a value follows it at once (`bind.rs`), so that an event never precedes what it tells of.

pub(crate) mod bind;

mod title;

pub mod words;

pub mod options;

pub mod context;

mod list;

mod shapes;

mod rows;

pub mod outline;

pub(crate) mod follow;

pub(crate) mod actions;

pub(crate) mod plain;

mod header;

mod status_line;

mod toolbar;

mod messages;

mod announcer;

mod latest;

pub mod style;

pub mod component;
