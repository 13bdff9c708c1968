//! What has to hold for any bytes whatever. The property tests call these with streams they made
//! up, a fuzzer with bytes it found.

use std::collections::BTreeSet;

use live_outline::outline::markdown::Grammar;
use live_outline::outline::title;
use live_outline::outline::tree::{Change, ROOT, Tree};
use live_outline::read::event::Mode;
use live_outline::read::frame::{Data, Frame, Framer, Framing};
use live_outline::read::json::Json;
use live_outline::reader::{End, Options, Output, Reader, Stats};

use super::mirror::Mirror;

/// Everything that can be seen of a stream that has been read.
#[derive(Debug, PartialEq)]
pub struct Seen {
    /// The outline with keys and places.
    pub outline: String,
    /// All outputs in order, growth that follows growth joined.
    pub outputs: Vec<Output>,
    pub stats: Stats,
    pub end: Option<End>,
}

/// Options of a format and mode.
pub fn options(format: &str, mode: Mode) -> Options {
    Options {
        format: format.to_owned(),
        mode,
        done_at_end: false,
    }
}

/// Reads the chunks, taking what there is to tell after each, and holds a mirror against it.
pub fn read<'a>(options: &Options, chunks: impl IntoIterator<Item = &'a [u8]>) -> Seen {
    let mut reader = Reader::new(options);
    let mut mirror = Mirror::default();
    let mut outputs = Vec::new();
    for chunk in chunks {
        reader.feed(chunk);
        take(&mut reader, &mut mirror, &mut outputs);
    }
    reader.finish(true);
    take(&mut reader, &mut mirror, &mut outputs);
    let outline = checked(&reader, &mirror);
    Seen {
        outline,
        outputs: joined(outputs),
        stats: reader.stats(),
        end: reader.end().cloned(),
    }
}

/// Applies what the reader tells to the mirror.
pub fn take(reader: &mut Reader, mirror: &mut Mirror, outputs: &mut Vec<Output>) {
    for output in reader.take_outputs() {
        if let Output::Change(change) = &output {
            mirror.apply(change);
        }
        outputs.push(output);
    }
}

/// The outline in full, once it keeps its rules and its mirror is equal.
pub fn checked(reader: &Reader, mirror: &Mirror) -> String {
    verified(reader.outline());
    let outline = super::full_picture_of(reader.outline());
    assert_eq!(mirror.picture(), outline, "a view shows something else");
    outline
}

/// Fails if the outline breaks one of its rules.
pub fn verified(outline: &Tree) {
    if let Err(broken) = outline.verify() {
        panic!("{broken}\n{}", super::full_picture_of(outline));
    }
}

/// The outputs as they would be had nobody taken them in between.
pub fn joined(outputs: Vec<Output>) -> Vec<Output> {
    let mut joined: Vec<Output> = Vec::new();
    for output in outputs {
        if let Output::Change(Change::Grew { node: at, text }) = &output
            && let Some(Output::Change(
                Change::Opened {
                    node,
                    title: so_far,
                    ..
                }
                | Change::Grew { node, text: so_far },
            )) = joined.last_mut()
            && at == node
        {
            so_far.push_str(text);
        } else {
            if output == Output::Change(Change::Cleared) {
                // Nobody need be shown what is gone by then.
                joined.retain(|output| matches!(output, Output::Note(_)));
            }
            joined.push(output);
        }
    }
    joined
}

/// A stream of any bytes: cuts do not matter, views keep up, nothing panics.
pub fn stream(options: &Options, bytes: &[u8], cuts: &[usize]) -> Seen {
    let whole = read(options, [bytes]);
    assert_eq!(read(options, bytes.chunks(1)), whole, "byte by byte");
    let mut chunks = Vec::new();
    let mut rest = bytes;
    for &cut in cuts {
        let (chunk, after) = rest.split_at(cut.min(rest.len()));
        chunks.push(chunk);
        rest = after;
    }
    chunks.push(rest);
    assert_eq!(read(options, chunks), whole, "cut into {cuts:?}");
    whole
}

/// Any text: the outline does not depend on cuts, takes nothing back, is what the oracle reads, and
/// comes out as Markdown that reads back.
pub fn markdown(text: &str) {
    let (outline, prose) = outline_of([text]);
    let picture = super::picture_of(&outline);
    assert_eq!(
        picture,
        super::picture(text),
        "the oracle reads {text:?} otherwise"
    );
    assert_eq!(prose, super::nodes(text).1, "lines of prose in {text:?}");
    let chars = text
        .char_indices()
        .map(|(at, c)| &text[at..at + c.len_utf8()]);
    let (by_char, _) = outline_of(chars);
    assert_eq!(
        super::full_picture_of(&by_char),
        super::full_picture_of(&outline)
    );
    never_retracts(text);
    reads_back(&outline);
}

/// Any text in any shape: the outline does not depend on cuts, keeps its rules, takes nothing back
/// unless a thought has ended that nothing opened, and comes out as Markdown that reads back.
pub fn any_text(text: &str, cuts: &[usize]) {
    let (outline, prose) = outline_of([text]);
    let picture = super::full_picture_of(&outline);
    let chars = text
        .char_indices()
        .map(|(at, c)| &text[at..at + c.len_utf8()]);
    let (by_char, prose_by_char) = outline_of(chars);
    assert_eq!(super::full_picture_of(&by_char), picture, "char by char");
    assert_eq!(prose_by_char, prose, "prose char by char");
    let mut pieces = Vec::new();
    let mut rest = text;
    for &cut in cuts {
        let mut cut = cut.min(rest.len());
        while !rest.is_char_boundary(cut) {
            cut += 1;
        }
        let (piece, after) = rest.split_at(cut);
        pieces.push(piece);
        rest = after;
    }
    pieces.push(rest);
    let (cut, _) = outline_of(pieces);
    assert_eq!(super::full_picture_of(&cut), picture, "cut into {cuts:?}");
    let closer = ["</think>", "[/THINK]"];
    if !closer.iter().any(|closer| text.contains(closer)) {
        never_retracts(text);
    }
    reads_back(&outline);
    let mut snapshot = Tree::default();
    let mut grammar = snapshot.replace(text);
    grammar.finish(&mut |step| snapshot.apply(step));
    assert_eq!(super::picture_of(&snapshot), super::picture_of(&outline));
    // What breaks off shows what there is, and goes on as if it had not.
    for at in cuts.iter().take(2) {
        let mut at = (*at).min(text.len());
        while !text.is_char_boundary(at) {
            at += 1;
        }
        let (mut broken, mut grammar) = (Tree::default(), Grammar::default());
        grammar.feed(&text[..at], &mut |step| broken.apply(step));
        let standing = broken.standing();
        let before = super::picture_of(&broken);
        let mut end = grammar.clone();
        end.break_off(&mut |step| broken.apply(step));
        verified(&broken);
        if !closer.iter().any(|closer| text.contains(closer)) {
            broken.back_to(&standing);
            assert_eq!(super::picture_of(&broken), before, "what broke off at {at}");
        }
    }
}

/// The outline of a text that comes in pieces, and how many of its lines are prose.
pub fn outline_of<'a>(pieces: impl IntoIterator<Item = &'a str>) -> (Tree, usize) {
    use live_outline::outline::markdown::Step;
    let mut outline = Tree::default();
    let mut grammar = Grammar::default();
    let mut prose = 0;
    let mut take = |step: Step<'_>| {
        prose += usize::from(step == Step::Prose);
        outline.apply(step);
    };
    for piece in pieces {
        grammar.feed(piece, &mut take);
    }
    grammar.finish(&mut take);
    verified(&outline);
    (outline, prose)
}

/// What is shown after any prefix is a prefix of what is shown at the end.
pub fn never_retracts(text: &str) {
    let mut outline = Tree::default();
    let mut grammar = Grammar::default();
    let mut shown = Shown::default();
    for (at, c) in text.char_indices() {
        grammar.feed(&text[at..at + c.len_utf8()], &mut |step| {
            outline.apply(step)
        });
        // Only a change can take something back.
        if !outline.take_changes().is_empty() {
            shown.goes_on_as(&outline);
        }
    }
    grammar.finish(&mut |step| outline.apply(step));
    shown.goes_on_as(&outline);
}

/// What a reader has seen of an outline: its title, and the titles below in their order.
#[derive(Default)]
pub struct Shown {
    title: String,
    below: String,
}

impl Shown {
    /// Fails if the outline does not show all of what has been seen.
    pub fn goes_on_as(&mut self, outline: &Tree) {
        let titles: Vec<&str> = outline.walk().map(|(_, node)| &*node.title).collect();
        let now = Shown {
            title: outline.title().to_owned(),
            below: titles.join("\n"),
        };
        assert!(
            now.title.starts_with(&self.title) && now.below.starts_with(&self.below),
            "shown {:?} {:?}, and then {:?} {:?}",
            self.title,
            self.below,
            now.title,
            now.below
        );
        *self = now;
    }
}

/// The outline comes out as Markdown that reads back as the same outline.
///
/// Except where a title is so long that with its escapes it is over the limit.
pub fn reads_back(outline: &Tree) {
    let escaped = |title: &str| title::escaped(title, true).len();
    let mut nodes = outline.walk().chain([(ROOT, outline.root())]);
    if nodes.any(|(_, node)| escaped(&node.title) > title::TITLE_BYTES_MAX) {
        return;
    }
    let markdown = outline.to_markdown();
    let (again, _) = outline_of([&*markdown]);
    let whole = |outline: &Tree| super::picture_of(outline).replace(" (cut)", "");
    assert_eq!(whole(&again), whole(outline), "through {markdown:?}");
}

/// Any text: what `serde_json` takes is taken, and the other way round but for what a browser takes
/// and `serde_json` does not.
pub fn json(text: &str) {
    let ours = Json::parse(text);
    let theirs: Result<serde_json::Value, _> = serde_json::from_str(text);
    match (ours, theirs) {
        (Ok(ours), Ok(theirs)) => same_value(ours, &theirs),
        (Ok(_), Err(error)) => {
            let known = [
                "surrogate",
                "hex escape",
                "recursion limit",
                "number out of range",
            ];
            let said = error.to_string();
            assert!(
                known.iter().any(|known| said.contains(known)),
                "{said}: {text:?}"
            );
        }
        (Err(error), Ok(_)) => panic!("{error:?}: {text:?}"),
        (Err(error), Err(_)) => assert!(error.at <= text.len(), "{error:?}: {text:?}"),
    }
}

/// What can be asked of a value is what `serde_json` says it is.
fn same_value(ours: Json<'_>, theirs: &serde_json::Value) {
    assert_eq!(ours.is_object(), theirs.is_object());
    assert_eq!(ours.is_null(), theirs.is_null());
    assert_eq!(ours.is_true(), theirs.as_bool() == Some(true));
    assert_eq!(ours.str().as_deref(), theirs.as_str());
    assert_eq!(
        ours.text().map(|text| text.into_string()).as_deref(),
        theirs.as_str()
    );
    if let Some(integer) = theirs.as_u64() {
        assert_eq!(
            ours.integer().unwrap_or_default(),
            integer,
            "{}",
            ours.raw()
        );
    }
    let none = Vec::new();
    let items = theirs.as_array().unwrap_or(&none);
    assert_eq!(ours.items().count(), items.len(), "{}", ours.raw());
    for (ours, theirs) in ours.items().zip(items) {
        same_value(ours, theirs);
    }
    if let Some(members) = theirs.as_object() {
        for (key, theirs) in members {
            same_value(ours.get(key).expect("the member is there"), theirs);
        }
        let names: BTreeSet<String> = ours
            .entries()
            .filter_map(|(key, _)| Some(key.str()?.into_owned()))
            .collect();
        assert_eq!(names.len(), members.len(), "{}", ours.raw());
    } else {
        assert_eq!(ours.entries().count(), 0);
    }
}

/// Any bytes in any framing, told or found out: cuts do not matter.
pub fn frames(bytes: &[u8], cuts: &[usize]) {
    for framing in [
        None,
        Some(Framing::Lines),
        Some(Framing::Sse),
        Some(Framing::Values),
        Some(Framing::Text),
    ] {
        let whole = split(framing, [bytes]);
        assert_eq!(
            split(framing, bytes.chunks(1)),
            whole,
            "byte by byte: {bytes:?}"
        );
        let mut chunks = Vec::new();
        let mut rest = bytes;
        for &cut in cuts {
            let (chunk, after) = rest.split_at(cut.min(rest.len()));
            chunks.push(chunk);
            rest = after;
        }
        chunks.push(rest);
        assert_eq!(
            split(framing, chunks),
            whole,
            "cut into {cuts:?}: {bytes:?}"
        );
        if framing == Some(Framing::Text) {
            let text = String::from_utf8_lossy(bytes);
            assert_eq!(
                whole.1.concat(),
                text.strip_prefix('\u{feff}').unwrap_or(&text)
            );
        }
    }
}

/// What was found out, the records, and whether the last one was torn.
type Split = (Option<Framing>, Vec<String>, bool);

fn split<'a>(framing: Option<Framing>, chunks: impl IntoIterator<Item = &'a [u8]>) -> Split {
    let mut framer = framing.map_or_else(Framer::default, Framer::new);
    let mut records = Vec::new();
    let mut text = String::new();
    let mut each = |frame: Frame<'_>| match frame.data {
        Data::Json(data) => {
            records.push(format!("{} {:?} {data:?}", frame.number, frame.event));
        }
        Data::Text(piece) => text.push_str(piece),
        Data::TooLong => records.push(format!("{} too long", frame.number)),
    };
    for chunk in chunks {
        framer.feed(chunk, &mut each);
    }
    let torn = framer.is_mid_record();
    framer.finish(&mut each);
    if !text.is_empty() {
        records.push(text);
    }
    (framer.framing(), records, torn)
}
