//! The promise, in a real browser: what is shown is never rendered again. Run by `make test-browser`.
#![cfg(target_arch = "wasm32")]

use std::cell::RefCell;
use std::rc::Rc;

use js_sys::Array;
use leptos::prelude::*;
use live_outline::outline::tree::{Kind, Tree};
use live_outline::read::event::Event;
use live_outline::state::State;
use live_outline::{Live, LiveEvent, LiveOutline, StreamOptions};
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use wasm_bindgen_test::*;
use web_sys::{
    Element, HtmlElement, MutationObserver, MutationObserverInit, MutationRecord, Node, ShadowRoot,
    ShadowRootInit, ShadowRootMode, Text,
};

wasm_bindgen_test_configure!(run_in_browser);

/// A live outline on the page, in a shadow root of its own.
struct Page {
    host: Element,
    root: ShadowRoot,
    owner: Owner,
    live: Live,
    mounted: Option<Box<dyn std::any::Any>>,
}

impl Page {
    fn new() -> Page {
        let host = document().create_element("div").expect("an element");
        document()
            .body()
            .expect("a body")
            .append_child(&host)
            .expect("a place");
        let root = host
            .attach_shadow(&ShadowRootInit::new(ShadowRootMode::Open))
            .expect("a root");
        let owner = Owner::new();
        let live = owner.with(|| {
            Live::new(StreamOptions {
                mode: live_outline::read::event::Mode::Incremental,
                ..StreamOptions::default()
            })
        });
        let mut page = Page {
            host,
            root,
            owner,
            live,
            mounted: None,
        };
        page.mount();
        page
    }

    fn mount(&mut self) {
        let live = self.live.clone();
        let mounted = leptos::mount::mount_to(self.root.clone().unchecked_into(), move || {
            view! { <LiveOutline live=live/> }
        });
        self.mounted = Some(Box::new(mounted));
    }

    fn delta(&self, text: &str) {
        self.live.push_event(Event::Delta(text.into()));
    }

    fn one(&self, selector: &str) -> Element {
        self.root
            .query_selector(selector)
            .expect("a selector")
            .expect(selector)
    }

    fn all(&self, selector: &str) -> Vec<Element> {
        let found = self.root.query_selector_all(selector).expect("a selector");
        (0..found.length())
            .filter_map(|i| found.get(i))
            .map(|node| node.unchecked_into())
            .collect()
    }

    fn title_text(&self, selector: &str) -> Text {
        self.one(selector)
            .first_child()
            .expect("a text")
            .unchecked_into()
    }

    fn titles(&self, selector: &str) -> Vec<String> {
        self.all(selector)
            .iter()
            .filter_map(|element| element.text_content())
            .collect()
    }
}

impl Drop for Page {
    fn drop(&mut self) {
        self.mounted.take();
        self.owner.cleanup();
        self.host.remove();
    }
}

/// What a `MutationObserver` has seen.
#[derive(Debug, Default)]
struct Seen {
    records: u32,
    added: u32,
    /// Rows that were added.
    rows: u32,
    removed: u32,
    /// Texts that were changed, each once in a row.
    texts: Vec<Node>,
}

struct Watch {
    observer: MutationObserver,
    _callback: Closure<dyn FnMut(Array)>,
    seen: Rc<RefCell<Seen>>,
}

impl Watch {
    fn new(node: &Node) -> Watch {
        let seen = Rc::new(RefCell::new(Seen::default()));
        let sink = seen.clone();
        let callback = Closure::<dyn FnMut(Array)>::new(move |records: Array| {
            sink.borrow_mut().take(&records)
        });
        let observer =
            MutationObserver::new(callback.as_ref().unchecked_ref()).expect("an observer");
        let init = MutationObserverInit::new();
        init.set_child_list(true);
        init.set_subtree(true);
        init.set_character_data(true);
        init.set_attributes(true);
        observer
            .observe_with_options(node, &init)
            .expect("something to observe");
        Watch {
            observer,
            _callback: callback,
            seen,
        }
    }

    /// What was seen since this was last called.
    fn look(&self) -> Seen {
        self.seen.borrow_mut().take(&self.observer.take_records());
        self.seen.take()
    }
}

impl Seen {
    fn take(&mut self, records: &Array) {
        for record in records.iter() {
            let record: MutationRecord = record.unchecked_into();
            self.records += 1;
            let added = record.added_nodes();
            self.added += added.length();
            let nodes = (0..added.length()).filter_map(|i| added.get(i));
            self.rows += nodes.filter(|node| node.node_name() == "LI").count() as u32;
            self.removed += record.removed_nodes().length();
            if record.type_() == "characterData"
                && let Some(text) = record.target()
                && self.texts.last() != Some(&text)
            {
                self.texts.push(text);
            }
        }
    }
}

/// `modules` × `lessons`, in pieces of one to six characters.
fn pieces(modules: usize, lessons: usize) -> Vec<String> {
    let mut text = String::from("# A course\n");
    for module in 0..modules {
        text += &format!("## Module number {module}\n");
        for lesson in 0..lessons {
            text += &format!("- Lesson {lesson} of module {module}, 課\n");
        }
    }
    let chars: Vec<char> = text.chars().collect();
    let mut pieces = Vec::new();
    let mut at = 0;
    while at < chars.len() {
        let end = (at + 1 + pieces.len() * 7 % 6).min(chars.len());
        pieces.push(chars[at..end].iter().collect());
        at = end;
    }
    pieces
}

#[wasm_bindgen_test]
fn four_updates_give_four_states() {
    let page = Page::new();
    let updates = [
        "## Understanding Pricing Strategies\n",
        "- Introduction to Pricing Strategies\n",
        "- Cost-Plus Pricing\n",
        "- Value-Based Pricing\n",
    ];
    let lessons: Vec<String> = updates[1..]
        .iter()
        .map(|line| line.trim_start_matches("- ").trim_end().to_owned())
        .collect();
    for (n, update) in updates.iter().enumerate() {
        page.delta(update);
        assert_eq!(
            page.titles("[part=module-title]"),
            ["Understanding Pricing Strategies"]
        );
        assert_eq!(page.titles("[part=lesson-title]"), lessons[..n]);
    }
}

#[wasm_bindgen_test]
async fn nothing_shown_is_rendered_again() {
    let page = Page::new();
    let watch = Watch::new(&page.one("[part=body]"));
    let mut first_elements = Vec::new();
    let mut records = (0, 0);
    let mut built = 0;
    for (n, piece) in pieces(200, 10).iter().enumerate() {
        page.delta(piece);
        let seen = watch.look();
        assert_eq!(seen.removed, 0, "delta {n} removed something");
        built += seen.rows;
        assert!(seen.records <= 4, "delta {n} took {} records", seen.records);
        assert!(
            seen.texts.len() <= 2,
            "delta {n} changed {} texts",
            seen.texts.len()
        );
        // Only the title that is open may change; every other text is settled.
        for text in &seen.texts {
            let item: Element = text
                .parent_element()
                .and_then(|span| span.closest("li").ok().flatten())
                .expect("a row");
            let last = page.root.query_selector_all("li").expect("rows");
            let newest: Vec<Node> = (last.length().saturating_sub(2)..last.length())
                .filter_map(|i| last.get(i))
                .collect();
            assert!(
                newest.iter().any(|row| row == item.unchecked_ref::<Node>()),
                "a settled title changed"
            );
        }
        records = (records.0 + seen.records, records.1 + 1);
        if n == 300 {
            first_elements = page.all("li");
        }
    }
    page.live.push_event(Event::Done);
    assert_eq!(watch.look().removed, 0, "the end removed something");
    let nodes = page
        .live
        .with_reader(|reader| reader.outline().len())
        .expect("a stream");
    assert_eq!(nodes, 200 * 11);
    assert_eq!(page.all("li").len(), nodes);
    assert_eq!(built, nodes as u32, "each row is built once");
    assert!(
        page.all("li")
            .iter()
            .zip(&first_elements)
            .all(|(now, then)| now == then),
        "elements were recreated"
    );
    assert_eq!(page.all("[data-unsettled]").len(), 0);
    assert!(
        records.0 <= 2 * records.1,
        "{} records for {} deltas",
        records.0,
        records.1
    );
}

#[wasm_bindgen_test]
async fn the_same_watch_sees_an_unkeyed_list_render_again() {
    // The control: the same outline in a list whose keys do not last, so that every change makes
    // all rows anew.
    let host: HtmlElement = document()
        .create_element("div")
        .expect("an element")
        .unchecked_into();
    document()
        .body()
        .expect("a body")
        .append_child(&host)
        .expect("a place");
    let titles = ArcRwSignal::new(Vec::<(usize, String)>::new());
    let shown = titles.clone();
    let mounted = leptos::mount::mount_to(host.clone(), move || {
        let shown = shown.clone();
        view! {
            <For each=move || shown.get() key=|row| row.clone() let((_, title))>
                <li>{title}</li>
            </For>
        }
    });
    let watch = Watch::new(&host);
    let mut outline = Tree::default();
    let mut grammar = live_outline::outline::markdown::Grammar::default();
    for (change, piece) in pieces(3, 3).iter().enumerate() {
        grammar.feed(piece, &mut |step| outline.apply(step));
        let titled = outline.walk().map(|(_, node)| (change, node.title.clone()));
        titles.set(titled.collect());
        leptos::task::tick().await;
    }
    let removed = watch.look().removed;
    assert!(removed > 100, "the watch saw only {removed} removals");
    drop(mounted);
    host.remove();
}

#[wasm_bindgen_test]
fn a_growing_title_is_one_text_node_and_keeps_the_selection() {
    let page = Page::new();
    page.delta("## Finished title\n- Und");
    let (finished, growing) = (
        page.title_text("[part=module-title]"),
        page.title_text("[part=lesson-title]"),
    );
    for (text, from, to) in [(&finished, 0, 8), (&growing, 1, 3)] {
        let selection = window().get_selection().expect("a selection").expect("one");
        selection
            .set_base_and_extent(text, from, text, to)
            .expect("to be selected");
        page.delta("erst");
        assert_eq!(
            selection.anchor_node().as_ref(),
            Some(text.unchecked_ref::<Node>())
        );
        assert_eq!(
            (selection.anchor_offset(), selection.focus_offset()),
            (from, to)
        );
    }
    page.delta("anding\n- Next");
    assert_eq!(growing.data(), "Understerstanding");
    assert_eq!(page.title_text("[part=lesson-title]"), growing);
    assert_eq!(page.one("[part=lesson-title]").child_nodes().length(), 1);
    let selection = window().get_selection().expect("a selection").expect("one");
    assert_eq!(
        (selection.anchor_offset(), selection.focus_offset()),
        (1, 3),
        "kept when the title settles"
    );
}

#[wasm_bindgen_test]
fn focus_and_open_state_survive_deltas_and_the_end() {
    let page = Page::new();
    page.delta("## A\n- 1\n## B\n- 2\n");
    let toggle: HtmlElement = page.one("[part=module-toggle]").unchecked_into();
    toggle.focus().expect("focus");
    toggle.click();
    assert_eq!(
        toggle.get_attribute("aria-expanded").as_deref(),
        Some("false")
    );
    for piece in pieces(5, 5) {
        page.delta(&piece);
    }
    page.live.push_event(Event::Done);
    assert_eq!(
        page.root.active_element().as_ref(),
        Some(toggle.unchecked_ref::<Element>())
    );
    assert_eq!(
        toggle.get_attribute("aria-expanded").as_deref(),
        Some("false")
    );
    assert!(
        page.one("[part=module] > [part=lessons]")
            .has_attribute("hidden")
    );
    toggle.click();
    assert!(
        !page
            .one("[part=module] > [part=lessons]")
            .has_attribute("hidden")
    );
}

#[wasm_bindgen_test]
fn the_rows_are_the_outline_whatever_a_snapshot_does() {
    let page = Page::new();
    let long: String = (0..300).map(|i| format!("## M{i}\n- L{i}\n")).collect();
    let mut moved: Vec<usize> = (0..300).rev().filter(|i| i % 7 != 0).collect();
    moved.rotate_left(90);
    let shuffled: String = moved
        .iter()
        .map(|i| format!("## M{i}\n- L{i}\n- new {i}\n"))
        .collect();
    let front: String = (1000..1400).map(|i| format!("## M{i}\n")).collect();
    for text in [
        long.clone(),
        shuffled.clone(),
        front.clone() + &shuffled,
        long,
        "- only\n".to_owned(),
        shuffled + &front,
    ] {
        let kept: Vec<(String, Element)> = page
            .all("li[part=module]")
            .into_iter()
            .map(|li| (li.get_attribute("data-key").unwrap_or_default(), li))
            .collect();
        page.live.push_event(Event::Snapshot((&*text).into()));
        page.live.flush();
        let (keys, titles): (Vec<String>, Vec<String>) = page
            .live
            .with_reader(|reader| {
                reader
                    .outline()
                    .walk()
                    .filter(|(_, node)| node.kind == Kind::Module)
                    .map(|(_, node)| (node.key.0.to_string(), node.title.clone()))
                    .unzip()
            })
            .expect("a stream");
        assert!(
            page.titles("[part=module-title]") == titles,
            "the order is wrong"
        );
        let pages = page.all("[part=modules] > [part=page]");
        assert!(
            pages
                .iter()
                .all(|page| page.child_element_count() <= 2 * 64)
        );
        assert!(page.all("[part=modules] > li").len() <= 2 * 64);
        let items = page.all("li[part=module]");
        let numbers = page.all("[part=module-heading]");
        let numbers = numbers
            .iter()
            .map(|heading| heading.get_attribute("data-number"));
        assert!(
            numbers
                .enumerate()
                .all(|(i, number)| number == Some((i + 1).to_string()))
        );
        assert_eq!(
            items
                .iter()
                .filter_map(|li| li.get_attribute("data-key"))
                .collect::<Vec<_>>(),
            keys
        );
        for (key, element) in kept {
            if let Some(at) = keys.iter().position(|other| *other == key) {
                assert_eq!(items[at], element, "node {key} was recreated");
            }
        }
    }
}

#[wasm_bindgen_test]
fn pages_hold_at_most_64_rows() {
    let page = Page::new();
    page.delta(&(0..200).map(|i| format!("## M{i}\n")).collect::<String>());
    page.live.flush();
    let pages = page.all("[part=modules] > [part=page]");
    let rows: Vec<u32> = pages.iter().map(Element::child_element_count).collect();
    assert_eq!(rows, [64, 64, 8]);
    assert_eq!(page.all("[part=modules] > li").len(), 64);
}

#[wasm_bindgen_test]
fn a_long_list_is_a_few_books_of_32_pages() {
    let page = Page::new();
    let list =
        |titles: &[String]| -> String { titles.iter().map(|it| format!("## {it}\n")).collect() };
    let mut titles: Vec<String> = (0..64 * 80).map(|i| format!("M{i}")).collect();
    page.live
        .push_event(Event::Snapshot((&*list(&titles)).into()));
    page.live.flush();
    let count = |selector: &str| page.all(selector).len();
    assert_eq!(count("[part=modules] > [part=page]"), 32);
    let books = page.all("[part=modules] > [part=book]");
    let pages: Vec<u32> = books.iter().map(Element::child_element_count).collect();
    assert_eq!(pages, [32, 15]);
    // Rows come, go and grow inside books and behind them.
    titles.remove(64 * 40);
    titles.insert(64 * 50, "new".into());
    titles.push("last".into());
    page.live
        .push_event(Event::Snapshot((&*list(&titles)).into()));
    page.delta("## more\n");
    titles.push("more".into());
    page.live.flush();
    assert_eq!(page.titles("[part=module-title]"), titles);
    assert_eq!(page.all("li").len(), titles.len());
}

#[wasm_bindgen_test]
fn a_page_is_full_at_64_rows_with_those_below() {
    let page = Page::new();
    let module = format!("## M\n{}", "- L\n".repeat(9));
    page.delta(&module.repeat(40));
    page.live.flush();
    let pages = page.all("[part=modules] > [part=page]");
    let rows: Vec<u32> = pages.iter().map(Element::child_element_count).collect();
    assert_eq!(rows, [7, 7, 7, 7, 5]);
}

#[wasm_bindgen_test]
fn a_place_that_comes_later_shows_what_was_read() {
    let mut page = Page::new();
    page.delta("# C\n## A\n- 1\n  - 2\n## B\n- 3");
    // Each view has ids of its own, but for their number they are the same.
    let html = |page: &Page| {
        let html = page.one("[part=modules]").outer_html();
        let parts = html.split("live-outline-").enumerate();
        let cut = |(n, part): (usize, &str)| match n {
            0 => part.to_owned(),
            _ => part
                .trim_start_matches(|c: char| c.is_ascii_digit())
                .to_owned(),
        };
        parts.map(cut).collect::<String>()
    };
    let before = html(&page);
    page.mounted.take();
    page.mount();
    assert_eq!(html(&page), before);
    page.delta("4\n- 5\n");
    assert_eq!(page.titles("[part=lesson-title]"), ["1", "2", "34", "5"]);
}

#[wasm_bindgen_test]
fn the_page_may_do_anything_when_it_is_told() {
    let page = Page::new();
    let told = page.live.clone();
    let depth = std::cell::Cell::new(0u32);
    page.live.on_event(move |notice| {
        if depth.replace(depth.get() + 1) < 40 {
            match notice {
                LiveEvent::Settled { .. } => {
                    told.push(b"{\"type\":\"delta\",\"text\":\"- pushed\\n\"}\n")
                }
                LiveEvent::StateChange {
                    state: State::Stopped,
                    ..
                } => told.reset(),
                LiveEvent::StateChange {
                    state: State::Idle, ..
                } => told.push_event(Event::Delta("## anew\n".into())),
                _ => {}
            }
            told.with_reader(|reader| reader.outline().to_markdown());
            depth.set(depth.get().saturating_sub(1));
        }
    });
    page.live
        .push(b"{\"type\":\"delta\",\"text\":\"## A\\n\"}\n");
    page.live.stop();
    assert_eq!(
        page.live.state.get_untracked(),
        State::Streaming,
        "started anew by its own listener"
    );
    assert!(
        page.titles("[part=module-title]")
            .contains(&"anew".to_owned())
    );
}

#[wasm_bindgen_test]
async fn dropping_it_leaves_nothing() {
    let mut page = Page::new();
    page.delta("## A\n- 1\n");
    page.mounted.take();
    assert_eq!(page.root.child_nodes().length(), 0);
    page.delta("- 2\n");
    leptos::task::tick().await;
    assert_eq!(page.root.child_nodes().length(), 0);
}
