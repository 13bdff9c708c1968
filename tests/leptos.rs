//! What a Leptos app does with the library, in a real browser: the three uses of the contract, callbacks, options as
//! signals, own rows, and that nothing is left. Run by `make test-browser`.
#![cfg(target_arch = "wasm32")]
#![allow(clippy::unwrap_used, clippy::panic)]

use std::sync::{Arc, Mutex};

use gloo_timers::future::sleep;
use js_sys::Function;
use leptos::mount::{UnmountHandle, mount_to};
use leptos::prelude::*;
use leptos::tachys::view::any_view::AnyViewState;
use live_outline::state::State;
use live_outline::view::options::{Expanded, HeadingLevel};
use live_outline::{
    Live, LiveEvent, LiveOutline, Node, OutlineView, StreamOptions, ViewOptions, use_live_outline,
};
use wasm_bindgen::JsCast;
use wasm_bindgen_test::*;
use web_sys::{Element, HtmlElement};

wasm_bindgen_test_configure!(run_in_browser);

const COURSE: &str = "{\"type\":\"delta\",\"text\":\"# Course\\n## A\\n- 1\\n- 2\\n## B\\n- 3\\n\"}\n{\"type\":\"done\"}\n";

/// An app on the page; it goes with its guard.
struct App {
    host: HtmlElement,
    mounted: Option<UnmountHandle<AnyViewState>>,
}

impl App {
    fn of(view: impl FnOnce() -> AnyView + 'static) -> App {
        let host: HtmlElement = document()
            .create_element("div")
            .expect("an element")
            .unchecked_into();
        let body = document().body().expect("a body");
        body.append_child(&host).expect("a place");
        let mounted = Some(mount_to(host.clone(), view));
        App { host, mounted }
    }

    fn all(&self, selector: &str) -> Vec<Element> {
        let found = self.host.query_selector_all(selector).expect("a selector");
        (0..found.length())
            .filter_map(|i| found.get(i))
            .map(JsCast::unchecked_into)
            .collect()
    }

    fn texts(&self, selector: &str) -> Vec<String> {
        let all = self.all(selector);
        all.iter().filter_map(|it| it.text_content()).collect()
    }

    /// Waits until a selector finds this many elements.
    async fn until(&self, selector: &str, many: usize) {
        for _ in 0..200 {
            if self.all(selector).len() == many {
                return;
            }
            tick().await;
        }
        panic!(
            "{many} of {selector} never came: {}",
            self.host.inner_html()
        );
    }
}

impl Drop for App {
    fn drop(&mut self) {
        self.mounted.take();
        self.host.remove();
    }
}

async fn tick() {
    sleep(std::time::Duration::from_millis(10)).await;
}

/// An address that answers with a stream.
fn address_of(body: &str) -> String {
    let make = Function::new_with_args(
        "body",
        "return URL.createObjectURL(new Blob([body], { type: 'application/x-ndjson' }))",
    );
    let address = make.call1(&wasm_bindgen::JsValue::NULL, &body.into());
    address
        .ok()
        .and_then(|it| it.as_string())
        .expect("an address")
}

#[component]
fn Whole(src: String, told: Arc<Mutex<Vec<String>>>) -> impl IntoView {
    let (done, settled, state) = (told.clone(), told.clone(), told);
    view! {
        <LiveOutline
            src=src
            on_done=move |it| done.lock().unwrap().push(format!("done {}", it.complete))
            on_settled=move |node| settled.lock().unwrap().push(node.title().get_untracked())
            on_state=move |it| state.lock().unwrap().push(it.name().to_owned())
        />
    }
}

#[wasm_bindgen_test]
async fn the_whole_component_shows_a_stream_and_tells_of_it() {
    let told = Arc::new(Mutex::new(Vec::new()));
    let heard = told.clone();
    let app = App::of(move || view! { <Whole src=address_of(COURSE) told=heard/> }.into_any());
    app.until("[part=base][data-state=done]", 1).await;
    assert_eq!(app.texts("[part=title]"), ["Course"]);
    assert_eq!(app.texts("[part=module-title]"), ["A", "B"]);
    assert_eq!(app.texts("[part=lesson-title]"), ["1", "2", "3"]);
    assert_eq!(
        *told.lock().unwrap(),
        [
            "connecting",
            "streaming",
            "A",
            "1",
            "2",
            "B",
            "3",
            "done",
            "done true"
        ]
    );
}

#[component]
fn OwnRows(src: String, live_of: Arc<Mutex<Option<Live>>>) -> impl IntoView {
    let live = use_live_outline(src, StreamOptions::default());
    *live_of.lock().unwrap() = Some(live.clone());
    view! {
        <p class="line">{move || live.counts.get().lessons} " lessons, " {move || live.state.get().name()}</p>
        <OutlineView live=live.clone() lesson=|node: Node| view! { <a href=format!("/l/{}", node.key())>{node.title()}</a> }/>
        <button on:click=move |_| live.stop()>"Stop"</button>
    }
}

#[wasm_bindgen_test]
async fn an_app_shows_lessons_in_its_own_way() {
    let live = Arc::new(Mutex::new(None));
    let given = live.clone();
    let app = App::of(move || view! { <OwnRows src=String::new() live_of=given/> }.into_any());
    let live: Live = live.lock().unwrap().clone().expect("a live outline");
    live.push("# C\n## A\n- on");
    assert_eq!(app.texts("li[part=lesson][data-key] > a"), ["on"]);
    let link = app.all("li > a")[0].clone();
    let text = link.first_child().expect("a text");
    live.push("e\n- two\n");
    assert_eq!(app.texts("li > a"), ["one", "two"]);
    assert_eq!(app.all("li > a")[0], link, "made again");
    assert_eq!(
        link.first_child().as_ref(),
        Some(&text),
        "its text was replaced"
    );
    assert_eq!(link.get_attribute("href").as_deref(), Some("/l/2"));
    app.all("button")
        .iter()
        .filter(|it| it.text_content().as_deref() == Some("Stop"))
        .for_each(|it| {
            it.unchecked_ref::<HtmlElement>().click();
        });
    assert_eq!(live.state.get_untracked(), State::Stopped);
    tick().await;
    assert_eq!(app.texts(".line"), ["2 lessons, stopped"]);
}

#[component]
fn Headless(src: String) -> impl IntoView {
    let live = use_live_outline(src, StreamOptions::default());
    view! {
        <For each=move || live.outline.children() key=|module| module.key() let(module)>
            <h3>{module.title()}</h3>
            <For each=move || module.children() key=|node| node.key() let(node)>
                <li>{node.title()} {move || node.is_settled().then_some("✓")}</li>
            </For>
        </For>
    }
}

#[wasm_bindgen_test]
async fn an_app_needs_no_view_of_ours() {
    let app = App::of(|| view! { <Headless src=address_of(COURSE)/> }.into_any());
    app.until("li", 3).await;
    tick().await;
    assert_eq!(app.texts("h3"), ["A", "B"]);
    assert_eq!(app.texts("li"), ["1✓", "2✓", "3✓"]);
}

#[wasm_bindgen_test]
async fn src_and_options_may_be_signals() {
    let src = RwSignal::new(address_of(COURSE));
    let view = RwSignal::new(ViewOptions {
        heading_level: HeadingLevel::new(1),
        ..ViewOptions::default()
    });
    let app = App::of(move || view! { <LiveOutline src=src view=view/> }.into_any());
    app.until("[part=base][data-state=done]", 1).await;
    assert_eq!(app.all("h1[part=title]").len(), 1);
    view.update(|view| view.expanded = Expanded::None);
    src.set(address_of("## Other\n- lesson\n"));
    app.until("[part=base][data-state=ended]", 1).await;
    assert_eq!(app.texts("[part=module-title]"), ["Other"]);
    let toggle = app.all("[part=module-toggle]");
    assert_eq!(
        toggle[0].get_attribute("aria-expanded").as_deref(),
        Some("false")
    );
}

#[wasm_bindgen_test]
async fn two_views_of_one_outline_show_the_same() {
    let owner = Owner::new();
    let live = owner.with(|| Live::new(StreamOptions::default()));
    live.push("## Early\n");
    let (first, second) = (live.clone(), live.clone());
    let app = App::of(move || {
        view! { <LiveOutline live=first/> <OutlineView live=second bare=true/> }.into_any()
    });
    live.push("- late\n");
    assert_eq!(app.texts("[part=module-title]"), ["Early", "Early"]);
    assert_eq!(app.texts("[part=lesson-title]"), ["late", "late"]);
    let ids: std::collections::HashSet<String> = app.all("[id]").iter().map(|it| it.id()).collect();
    assert_eq!(ids.len(), app.all("[id]").len(), "an id is there twice");
    owner.cleanup();
}

#[wasm_bindgen_test]
async fn nothing_is_left_when_it_goes() {
    let told = Arc::new(Mutex::new(0));
    let heard = told.clone();
    let live = Arc::new(Mutex::new(None));
    let given = live.clone();
    let mut app = App::of(move || {
        let live = use_live_outline(String::new(), StreamOptions::default());
        live.on_event(move |event| {
            if let LiveEvent::Settled { .. } = event {
                *heard.lock().unwrap() += 1;
            }
        });
        *given.lock().unwrap() = Some(live.clone());
        view! { <LiveOutline live=live/> }.into_any()
    });
    let live: Live = live.lock().unwrap().take().expect("a live outline");
    live.push("## A\n");
    assert_eq!(*told.lock().unwrap(), 1);
    app.mounted.take();
    assert_eq!(app.host.inner_html(), "");
    live.push("- more\n");
    tick().await;
    assert_eq!(app.host.inner_html(), "");
    assert_eq!(*told.lock().unwrap(), 1, "a listener outlived its owner");
}
