//! How fast the core reads: `cargo bench --no-default-features --bench throughput`.
//!
//! 50 MB of our own lines, cut into chunks as a network does. The best of several rounds counts:
//! what makes a round slower is not the core.

use std::time::{Duration, Instant};

use live_outline::read::event::Mode;
use live_outline::reader::{End, Options, Reader};

/// Bytes of each stream.
const STREAM_BYTES: usize = 50_000_000;
/// Bytes of a chunk, as a browser hands them out.
const CHUNK_BYTES: usize = 64 * 1024;
const ROUNDS: usize = 5;
/// Lessons after which an outline is dropped, so that none reaches the limit of nodes.
const LESSONS_MAX: usize = 100_000;

fn main() {
    // Cargo's own flags are of no interest here; a word selects the streams that have it.
    let only = std::env::args().skip(1).find(|arg| !arg.starts_with('-'));
    let streams: [(&str, Make); 5] = [
        ("tokens, 1-6 characters a delta", || stream(tokens)),
        ("lines, one a delta", || stream(lines)),
        ("paragraphs, 40 lines a delta", || stream(paragraphs)),
        ("progress events, one a lesson", progress),
        ("bare text", bare_text),
    ];
    println!(
        "{:32} {:>9} {:>9} {:>9}",
        "", "MB/s", "ns/record", "lessons"
    );
    for (name, make) in streams {
        if only.as_ref().is_none_or(|only| name.contains(&**only)) {
            let stream = make();
            let best = (0..ROUNDS).map(|_| read(&stream)).min();
            let seconds = best.unwrap_or_default().as_secs_f64();
            println!(
                "{name:32} {:9.1} {:9.1} {:9}",
                stream.bytes.len() as f64 / 1e6 / seconds,
                seconds * 1e9 / stream.records.max(1) as f64,
                stream.lessons
            );
        }
    }
}

/// Reads a stream once, taking what there is to tell after each chunk.
fn read(stream: &Stream) -> Duration {
    let mut reader = Reader::new(&Options {
        mode: Mode::Incremental,
        ..Options::default()
    });
    let mut outputs = 0;
    let begin = Instant::now();
    for chunk in stream.bytes.chunks(CHUNK_BYTES) {
        reader.feed(chunk);
        outputs += reader.take_outputs().len();
    }
    reader.finish(true);
    let took = begin.elapsed();
    assert!(matches!(reader.end(), Some(End::Done | End::Ended)));
    assert_eq!(reader.stats().skipped, 0);
    assert!(outputs > stream.lessons);
    took
}

/// Bytes to read, and what is in them.
struct Stream {
    bytes: Vec<u8>,
    records: usize,
    lessons: usize,
}

/// Makes a stream, when its turn has come.
type Make = fn() -> Stream;

/// Hands out the deltas that the text so far is cut into, and takes them from it.
type Cut = fn(&mut Random, &mut String, &mut dyn FnMut(&str));

/// Numbers that look random and are the same on every run.
struct Random(u64);

impl Random {
    fn below(&mut self, n: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % n as u64) as usize
    }
}

const WORDS: &[&str] = &[
    "pricing",
    "strategy",
    "of",
    "the",
    "and",
    "`Vec<T>`",
    "**value**",
    "customer",
    "snake_case",
    "a",
    "introduction",
    "to",
    "competition",
    "naïve",
    "市場",
    "how",
    "models",
    "2*3",
    "write",
];

/// One line of an outline, and whether it is a lesson.
fn line(random: &mut Random, n: usize) -> (String, bool) {
    let words: Vec<&str> = (0..3 + random.below(5))
        .map(|_| WORDS[random.below(WORDS.len())])
        .collect();
    let (marker, is_lesson) = match n % 8 {
        0 => ("## ", false),
        4 => ("  - ", true),
        _ => ("- ", true),
    };
    (format!("{marker}{}\n", words.join(" ")), is_lesson)
}

/// Lines of ours that carry an outline, cut into deltas.
fn stream(cut: Cut) -> Stream {
    let mut random = Random(0x5EED);
    let (mut bytes, mut records, mut lessons) = (Vec::new(), 0, 0);
    let mut text = String::new();
    for n in 0.. {
        if bytes.len() >= STREAM_BYTES {
            break;
        }
        let (line, is_lesson) = line(&mut random, n);
        text.push_str(&line);
        lessons += usize::from(is_lesson);
        cut(&mut random, &mut text, &mut |delta| {
            records += 1;
            bytes.extend_from_slice(b"{\"type\":\"delta\",\"text\":\"");
            bytes.extend_from_slice(delta.replace('\n', "\\n").as_bytes());
            bytes.extend_from_slice(b"\"}\n");
        });
        if n > 0 && n % LESSONS_MAX == 0 {
            bytes.extend_from_slice(b"{\"type\":\"reset\"}\n");
        }
    }
    bytes.extend_from_slice(b"{\"type\":\"done\"}\n");
    Stream {
        bytes,
        records,
        lessons,
    }
}

/// As a model writes.
fn tokens(random: &mut Random, text: &mut String, delta: &mut dyn FnMut(&str)) {
    while !text.is_empty() {
        let n = 1 + random.below(6);
        let end = text.char_indices().nth(n).map_or(text.len(), |(at, _)| at);
        delta(&text[..end]);
        text.drain(..end);
    }
}

/// As a backend that collects lines.
fn lines(_: &mut Random, text: &mut String, delta: &mut dyn FnMut(&str)) {
    delta(text);
    text.clear();
}

/// As a backend that sends rarely.
fn paragraphs(random: &mut Random, text: &mut String, delta: &mut dyn FnMut(&str)) {
    if text.lines().count() >= 40 {
        lines(random, text, delta);
    }
}

fn progress() -> Stream {
    let mut random = Random(0x5EED);
    let (mut bytes, mut lessons) = (Vec::new(), 0);
    while bytes.len() < STREAM_BYTES {
        let (line, _) = line(&mut random, 1);
        let title = line.trim_start_matches("- ").trim_end();
        lessons += 1;
        let record = format!("{{\"type\":\"lesson\",\"title\":\"{title}\",\"id\":{lessons}}}\n");
        bytes.extend_from_slice(record.as_bytes());
        if lessons % LESSONS_MAX == 0 {
            bytes.extend_from_slice(b"{\"type\":\"reset\"}\n");
        }
    }
    bytes.extend_from_slice(b"{\"type\":\"done\"}\n");
    Stream {
        bytes,
        records: lessons,
        lessons,
    }
}

/// No lines of ours, only Markdown: what the grammar and the outline cost alone. Prose keeps it
/// below the limit of nodes.
fn bare_text() -> Stream {
    let mut random = Random(0x5EED);
    let (mut bytes, mut lessons) = (Vec::new(), 0);
    for n in 0.. {
        if bytes.len() >= STREAM_BYTES {
            break;
        }
        let (line, is_lesson) = line(&mut random, n);
        let is_node = n % 16 < 2;
        lessons += usize::from(is_lesson && is_node);
        let text = if is_node {
            &line
        } else {
            line.trim_start_matches([' ', '-', '#'])
        };
        bytes.extend_from_slice(text.as_bytes());
    }
    Stream {
        records: bytes.len() / 100,
        bytes,
        lessons,
    }
}
