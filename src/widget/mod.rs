//! The outline in a browser: a Leptos component and what the custom element calls. May use the
//! core, never the reverse.

pub mod clock;

pub mod transport;

mod pages;

mod parts;

mod rows;

mod strings;

pub mod status;

pub mod preview;

mod feed;

mod reading;

mod plain;

pub mod view;

pub mod component;

mod element;
