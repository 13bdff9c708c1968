//! A backend in Rust that writes the stream with the crate's core alone:
//! `cargo run --example backend --no-default-features`
//!
//! It prints both paths for one course: progress updates (hybrid), then model tokens (direct).

use std::io::{self, Write};

use live_outline::read::event::ProgressKind::{Lesson, Module};
use live_outline::writer::Writer;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut out = io::stdout().lock();

    let mut hybrid = Writer::default();
    out.write_all(hybrid.start("hybrid", Some(1)).as_bytes())?;
    for (kind, title) in [
        (Module, "Understanding Pricing Strategies"),
        (Lesson, "Introduction to Pricing Strategies"),
        (Lesson, "Cost-Plus Pricing"),
    ] {
        out.write_all(hybrid.progress(kind, title)?.as_bytes())?;
        out.flush()?; // each line leaves at once: a buffered stream is no live preview
    }
    out.write_all(hybrid.done()?.as_bytes())?;

    let mut direct = Writer::default();
    for token in [
        "## Under",
        "standing",
        " Pricing Strategies\n-",
        " Cost-Plus",
        " Pricing\n",
    ] {
        out.write_all(direct.token(token)?.as_bytes())?;
        out.flush()?;
    }
    out.write_all(direct.done()?.as_bytes())?;
    Ok(())
}
