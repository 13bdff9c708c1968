//! The recordings the playground ships: read whole, byte by byte and at random cuts, each gives the
//! one outline that its course is.
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used)]

use std::fs;
use std::path::Path;

use live_outline::reader::{End, Options, Reader};

/// Name, modules, sections, lessons, skipped lines, end.
const RECORDINGS: &[(&str, [usize; 4], End)] = &[
    ("pricing", [1, 0, 3, 0], End::Done),
    ("rust-course", [12, 4, 99, 0], End::Done),
    ("arabic", [5, 0, 20, 0], End::Done),
    ("world", [5, 0, 21, 0], End::Done),
    ("progress", [6, 0, 28, 0], End::Done),
    ("cumulative", [4, 0, 14, 0], End::Done),
    ("technical", [4, 0, 16, 0], End::Done),
    ("openai-chat.sse", [4, 0, 11, 0], End::Done),
    ("bad-lines", [3, 0, 8, 5], End::Done),
    ("breaks-off", [3, 0, 8, 0], End::Incomplete),
];

fn recording(name: &str) -> Vec<u8> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("www/streams");
    let file = match name.contains('.') {
        true => name.to_owned(),
        false => format!("{name}.ndjson"),
    };
    fs::read(folder.join(file)).unwrap()
}

fn read<'a>(pieces: impl Iterator<Item = &'a [u8]>) -> Reader {
    let mut reader = Reader::new(&Options::default());
    pieces.for_each(|piece| reader.feed(piece));
    reader.finish(true);
    reader.outline().verify().unwrap();
    reader
}

#[test]
fn every_recording_is_listed() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("www/streams");
    assert_eq!(fs::read_dir(folder).unwrap().count(), RECORDINGS.len());
}

#[test]
fn every_recording_is_the_course_it_should_be() {
    for (name, [modules, sections, lessons, skipped], end) in RECORDINGS {
        let bytes = recording(name);
        let reader = read([&bytes[..]].into_iter());
        let counts = reader.outline().counts();
        let seen = [
            counts.modules,
            counts.sections,
            counts.lessons,
            reader.stats().skipped as usize,
        ];
        assert_eq!(seen, [*modules, *sections, *lessons, *skipped], "{name}");
        assert_eq!(reader.end(), Some(end), "{name}");
    }
}

#[test]
fn cuts_do_not_matter() {
    for (name, ..) in RECORDINGS {
        let bytes = recording(name);
        let whole = read([&bytes[..]].into_iter());
        let same = |other: Reader, how: &str| {
            assert_eq!(
                other.outline().to_json(),
                whole.outline().to_json(),
                "{name}, {how}"
            );
            assert_eq!(
                (other.stats(), other.end()),
                (whole.stats(), whole.end()),
                "{name}, {how}"
            );
        };
        same(read(bytes.chunks(1)), "byte by byte");
        // A small generator of its own, so that a failure can be repeated.
        let mut state = 0x9E37_79B9_u32;
        for round in 0..100 {
            let mut cuts = Vec::new();
            let mut at = 0;
            while at < bytes.len() {
                state ^= state << 13;
                state ^= state >> 17;
                state ^= state << 5;
                let end = (at + 1 + state as usize % 200).min(bytes.len());
                cuts.push(&bytes[at..end]);
                at = end;
            }
            same(read(cuts.into_iter()), &format!("round {round}"));
        }
    }
}

#[test]
fn four_updates_give_four_states() {
    let mut reader = Reader::new(&Options::default());
    let mut states = Vec::new();
    for line in recording("pricing").split_inclusive(|&byte| byte == b'\n') {
        reader.feed(line);
        states.push(reader.outline().to_markdown());
    }
    let whole = "## Understanding Pricing Strategies\n- Introduction to Pricing Strategies\n\
                 - Cost-Plus Pricing\n- Value-Based Pricing\n";
    let lines = |n: usize| whole.split_inclusive('\n').take(n).collect::<String>();
    assert_eq!(states, [lines(1), lines(2), lines(3), lines(4), lines(4)]);
}
