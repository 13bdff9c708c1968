//! The rows of one outline: applies changes to elements, each of which is built once. Never looks in the DOM for a
//! row, never compares lists, never makes markup from text.
//!
//! Why not a `<For>` of components: it compares all keys of its list on every append, and 110 000 rows took eight
//! times the memory and twice the processor time. The grammar knows exactly what is new, so nothing has to be
//! compared: a change names its node, and the node's row is at hand.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use leptos::leptos_dom::helpers::{TimeoutHandle, set_timeout_with_handle};
use leptos::prelude::*;
use leptos::reactive::owner::WeakOwner;
use leptos::tachys::view::any_view::AnyViewState;
use leptos::tachys::view::{Mountable, Render};
use web_sys::{Element, Text};

use crate::live::store::{Node, Outline};
use crate::outline::tree::{Change, Key, Kind, NodeIdx, ROOT};
use crate::view::list::{List, Page};
use crate::view::options::Expanded;
use crate::view::shapes::{Shapes, set, text_of, toggle, toggle_of};

/// How long new pages may be held back. Where a list is scrolled to its end, each row that is shown for a frame is
/// laid out and painted: 110 000 rows took 13 to 28 s then, against 2 s elsewhere in it.
const HOLD: Duration = Duration::from_millis(100);

/// Shows a node in an app's own way.
pub(crate) type OwnRow = Rc<dyn Fn(Node) -> AnyView>;

/// The rows that an app shows itself, by kind.
#[derive(Clone, Default)]
pub(crate) struct OwnRows {
    pub module: Option<OwnRow>,
    pub section: Option<OwnRow>,
    pub lesson: Option<OwnRow>,
}

impl OwnRows {
    fn of(&self, kind: Kind) -> Option<&OwnRow> {
        match kind {
            Kind::Module => self.module.as_ref(),
            Kind::Section => self.section.as_ref(),
            Kind::Lesson => self.lesson.as_ref(),
            Kind::Course => None,
        }
    }
}

/// The rows of one outline.
pub(crate) struct Rows {
    outline: Outline,
    shapes: Shapes,
    own: OwnRows,
    /// What the views of own rows belong to.
    owner: WeakOwner,
    top: List,
    /// By the place of the node in the reader's tree.
    rows: Vec<Option<Row>>,
    modules: u32,
    /// Rows have come or gone elsewhere than at the end, so numbers may be wrong.
    renumber: bool,
    expanded: Expanded,
    last_module: Option<NodeIdx>,
    /// The row that was built last.
    newest: Option<NodeIdx>,
    built: u64,
    held: Rc<RefCell<Held>>,
    /// New pages are held back for a moment.
    pub busy: bool,
}

/// One node on screen.
struct Row {
    /// Its element; none for a settled lesson that is not the newest row, which is found in its page by its place.
    /// So are texts of settled titles: 200 000 references less for the garbage collector to look through, which did
    /// it in one go of 63 to 74 ms.
    item: Option<Element>,
    /// The one text of its title, while it grows.
    text: Option<Text>,
    key: Key,
    kind: Kind,
    parent: NodeIdx,
    settled: bool,
    /// The number of a module.
    number: u32,
    /// Where it stands.
    page: Option<Rc<Page>>,
    /// Made with the first row under it.
    list: Option<Box<List>>,
    /// The reader has opened or closed it: it stays as it is.
    touched: bool,
    /// The app's own view of it.
    own: Option<Box<OwnView>>,
}

struct OwnView {
    owner: Owner,
    state: AnyViewState,
}

impl Drop for OwnView {
    fn drop(&mut self) {
        self.state.unmount();
        self.owner.cleanup();
    }
}

/// New pages that are kept out of sight until the next lump of them is shown.
#[derive(Default)]
struct Held {
    pages: Vec<Element>,
    timer: Option<TimeoutHandle>,
}

impl Held {
    fn show(&mut self) {
        if let Some(timer) = self.timer.take() {
            timer.clear();
        }
        self.pages
            .drain(..)
            .for_each(|page| toggle(&page, "hidden", false));
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        if let Some(timer) = self.timer.take() {
            timer.clear();
        }
    }
}

impl Rows {
    /// Rows below `top`, an `<ol>`, for a course title of `level`.
    pub fn new(
        top: Element,
        outline: Outline,
        level: u8,
        prefix: String,
        expanded: Expanded,
        own: OwnRows,
        owner: WeakOwner,
    ) -> Self {
        Rows {
            outline,
            shapes: Shapes::new(level, prefix, |kind| own.of(kind).is_some()),
            own,
            owner,
            top: List::new(top, 0),
            rows: Vec::new(),
            modules: 0,
            renumber: false,
            expanded,
            last_module: None,
            newest: None,
            built: 0,
            held: Rc::default(),
            busy: false,
        }
    }

    /// Opens other modules than before when they come.
    pub fn set_expanded(&mut self, expanded: Expanded) {
        self.expanded = expanded;
    }

    /// How many rows have been built so far: one for each node that was ever opened.
    #[cfg(feature = "element")]
    pub fn built(&self) -> u64 {
        self.built
    }

    /// Shows one change. An append costs the same at any size of the outline.
    pub fn apply(&mut self, change: &Change) {
        match change {
            Change::Opened {
                node,
                parent,
                after,
                key,
                kind,
                title,
            } => {
                self.open(*node, *parent, *after, *key, *kind, title);
            }
            Change::Grew { node, text } => {
                // What is selected in the text stays selected; replacing it would lose that.
                if let Some(shown) = self.text(*node) {
                    let _ = shown.append_data(text);
                }
            }
            Change::Renamed { node, title } => {
                if let Some(shown) = self.text(*node) {
                    shown.set_data(title);
                }
            }
            Change::Settled { node, cut, .. } => {
                if let Some(item) = self.item(*node) {
                    toggle(&item, "data-unsettled", false);
                    if *cut {
                        set(&item, "data-cut", "");
                    }
                }
                if let Some(row) = self.row_mut(*node) {
                    (row.text, row.settled) = (None, true);
                }
            }
            Change::Reopened { node } => {
                if let Some(item) = self.item(*node) {
                    set(&item, "data-unsettled", "");
                    toggle(&item, "data-cut", false);
                }
                if let Some(row) = self.row_mut(*node) {
                    row.settled = false;
                }
            }
            Change::Moved { node, after } => self.put(*node, *after),
            Change::Removed { node } => self.remove(*node),
            Change::Cleared => self.clear(),
            // Says how much is shown, and changes nothing of it.
            Change::Limited(_) => {}
        }
    }

    /// Puts right the numbers that a row elsewhere than at the end has made wrong.
    pub fn renumber(&mut self) {
        if !std::mem::take(&mut self.renumber) {
            return;
        }
        let mut number = 0;
        for node in self.top.rows() {
            let Some(row) = self.row_mut(node).filter(|row| row.kind == Kind::Module) else {
                continue;
            };
            number += 1;
            row.set_number(number);
        }
    }

    /// Shows what is held back.
    pub fn show_held(&self) {
        self.held.borrow_mut().show();
    }

    /// Opens or closes the module whose row has a key; gives the node and whether it is open now.
    pub fn toggle(&mut self, key: &str) -> Option<(Node, bool)> {
        let at = self.place(key.parse().ok()?)?;
        let row = self.row_mut(at)?;
        let expanded = !row.is_expanded();
        row.touched = true;
        row.set_expanded(expanded);
        Some((self.outline.at(at)?, expanded))
    }

    /// Opens or closes all modules.
    pub fn expand_all(&mut self, expanded: bool) {
        self.rows
            .iter()
            .flatten()
            .for_each(|row| row.set_expanded(expanded));
    }

    /// The node whose row has a key. Keys are given in order, and so are places, until one is taken again after a
    /// removal: then all rows are looked through.
    fn place(&self, key: u32) -> Option<NodeIdx> {
        let is_it = |row: &Option<Row>| row.as_ref().is_some_and(|row| row.key.0 == key);
        let first = self.rows.iter().position(Option::is_some)?;
        let guess = self.rows[first]
            .as_ref()
            .and_then(|row| Some(first + key.checked_sub(row.key.0)? as usize));
        guess
            .filter(|&at| self.rows.get(at).is_some_and(is_it))
            .or_else(|| self.rows.iter().position(is_it))
            .map(NodeIdx::from_usize)
    }

    fn row(&self, node: NodeIdx) -> Option<&Row> {
        self.rows.get(node.as_usize())?.as_ref()
    }

    fn row_mut(&mut self, node: NodeIdx) -> Option<&mut Row> {
        self.rows.get_mut(node.as_usize())?.as_mut()
    }

    /// The element of a node.
    fn item(&self, node: NodeIdx) -> Option<Element> {
        let row = self.row(node)?;
        (row.item.clone()).or_else(|| row.page.as_ref()?.item(node))
    }

    /// The text of a node's title; none where the app shows it, or for the course.
    fn text(&mut self, node: NodeIdx) -> Option<Text> {
        let row = self.row(node).filter(|row| row.own.is_none())?;
        let text = match &row.text {
            Some(text) => text.clone(),
            None => text_of(row.kind, &self.item(node)?)?,
        };
        let row = self.row_mut(node)?;
        row.text = (!row.settled).then(|| text.clone());
        Some(text)
    }

    fn open(
        &mut self,
        node: NodeIdx,
        parent: NodeIdx,
        after: Option<NodeIdx>,
        key: Key,
        kind: Kind,
        title: &str,
    ) {
        let item = self.shapes.row(kind, key, title);
        let mut row = Row {
            own: self.own_view(node, kind, &item),
            item: Some(item),
            text: None,
            key,
            kind,
            parent,
            settled: false,
            number: 0,
            page: None,
            list: None,
            touched: false,
        };
        self.built += 1;
        if kind == Kind::Module {
            self.modules += 1;
            row.set_number(self.modules);
            let latest = self.last_module.replace(node);
            if self.expanded != Expanded::All {
                let before = latest.and_then(|at| self.row(at));
                if let Some(before) = before.filter(|before| !before.touched) {
                    before.set_expanded(false);
                }
                row.set_expanded(self.expanded == Expanded::Latest);
            }
        }
        if self.rows.len() <= node.as_usize() {
            self.rows.resize_with(node.as_usize() + 1, || None);
        }
        self.rows[node.as_usize()] = Some(row);
        self.put(node, after);
        let before = self.newest.replace(node);
        let before = before.and_then(|before| self.row_mut(before));
        if let Some(row) = before.filter(|row| row.kind == Kind::Lesson && row.settled) {
            row.item = None;
        }
    }

    fn own_view(&self, node: NodeIdx, kind: Kind, item: &Element) -> Option<Box<OwnView>> {
        let own = self.own.of(kind)?;
        let node = self.outline.at(node)?;
        let owner = self.owner.upgrade()?.with(Owner::new);
        let mut state = owner.with(|| untrack(|| own(node).build()));
        state.mount(item, None);
        Some(Box::new(OwnView { owner, state }))
    }

    /// Puts a row into its parent's list, after a sibling.
    fn put(&mut self, node: NodeIdx, after: Option<NodeIdx>) {
        let (Some(row), Some(item)) = (self.row(node), self.item(node)) else {
            return;
        };
        let (parent, moves_from) = (row.parent, row.page.clone());
        if let Some(page) = &moves_from {
            // First its place, so that the element is not looked for where it no longer is.
            if let Some(list) = self.list_of(parent) {
                list.take_out(node, page);
            }
        }
        if parent != ROOT && self.row(parent).is_some_and(|row| row.list.is_none()) {
            self.add_list(parent);
        }
        let before = after.and_then(|after| Some((after, self.row(after)?.page.clone()?)));
        let (built, busy, held) = (self.built, self.busy, self.held.clone());
        let Rows {
            shapes, rows, top, ..
        } = self;
        let list = match parent {
            ROOT => top,
            parent => match rows.get_mut(parent.as_usize()) {
                Some(Some(Row {
                    list: Some(list), ..
                })) => list,
                _ => return,
            },
        };
        let at_end = list.ends_with(after);
        let (page, split) = if at_end {
            let mut hold = |page: &Element| {
                if busy {
                    hold(&held, page);
                }
            };
            (list.push(node, &item, shapes, built, &mut hold), None)
        } else {
            list.insert(node, &item, before, shapes)
        };
        for node in split.iter().flat_map(|split| &split.rows) {
            if let (Some(Some(row)), Some(split)) = (rows.get_mut(node.as_usize()), &split) {
                row.page = Some(split.page.clone());
            }
        }
        let moved = split.filter(|split| split.rows.contains(&node));
        if let Some(row) = self.row_mut(node) {
            row.page = Some(moved.map_or(page, |split| split.page));
        }
        self.renumber |= parent == ROOT && (!at_end || moves_from.is_some());
    }

    /// Makes the list of a node that gets its first row.
    fn add_list(&mut self, parent: NodeIdx) {
        let (list, built) = (self.shapes.list(), self.built);
        if let Some(item) = self.item(parent) {
            crate::view::list::append(&item, &list);
        }
        if let Some(row) = self.row_mut(parent) {
            let list = List::new(list, built);
            list.show(row.is_expanded());
            row.list = Some(Box::new(list));
        }
    }

    fn remove(&mut self, node: NodeIdx) {
        let item = self.item(node);
        let Some(row) = self.rows.get_mut(node.as_usize()).and_then(Option::take) else {
            return;
        };
        if let Some(item) = item {
            item.remove();
        }
        self.modules -= u32::from(row.kind == Kind::Module);
        self.renumber |= row.parent == ROOT;
        if let (Some(page), Some(list)) = (&row.page, self.list_of(row.parent)) {
            list.take_out(node, page);
        }
        // What stood under it goes with it.
        let mut gone: Vec<NodeIdx> = row.list.iter().flat_map(|list| list.rows()).collect();
        while let Some(node) = gone.pop() {
            if let Some(row) = self.rows.get_mut(node.as_usize()).and_then(Option::take) {
                gone.extend(row.list.iter().flat_map(|list| list.rows()));
            }
        }
    }

    /// The list below a node, if it has one.
    fn list_of(&mut self, parent: NodeIdx) -> Option<&mut List> {
        match parent {
            ROOT => Some(&mut self.top),
            parent => self.row_mut(parent)?.list.as_deref_mut(),
        }
    }

    fn clear(&mut self) {
        self.held.borrow_mut().show();
        self.rows.clear();
        self.top.clear(self.built);
        self.modules = 0;
        self.renumber = false;
        (self.last_module, self.newest) = (None, None);
    }
}

fn hold(held: &Rc<RefCell<Held>>, page: &Element) {
    toggle(page, "hidden", true);
    let mut held_now = held.borrow_mut();
    held_now.pages.push(page.clone());
    if held_now.timer.is_none() {
        let held = Rc::downgrade(held);
        let show = move || {
            if let Some(held) = held.upgrade() {
                let mut held = held.borrow_mut();
                held.timer = None;
                held.show();
            }
        };
        held_now.timer = set_timeout_with_handle(show, HOLD).ok();
    }
}

impl Row {
    fn toggle(&self) -> Option<Element> {
        toggle_of(self.kind, self.item.as_ref()?)
    }

    fn is_expanded(&self) -> bool {
        let expanded = self
            .toggle()
            .and_then(|it| it.get_attribute("aria-expanded"));
        expanded.as_deref() != Some("false")
    }

    fn set_expanded(&self, expanded: bool) {
        if let Some(toggle) = self.toggle() {
            set(
                &toggle,
                "aria-expanded",
                if expanded { "true" } else { "false" },
            );
            if let Some(list) = &self.list {
                list.show(expanded);
            }
        }
    }

    /// Writes a module's number for the style sheet. Counters of CSS would do it, but each new row makes the browser
    /// count all rows again: 29 ms a module at 5 000 modules, against 1 ms.
    fn set_number(&mut self, number: u32) {
        if self.number != number {
            self.number = number;
            let heading = self.item.as_ref().and_then(Element::first_element_child);
            if let Some(heading) = heading.filter(|_| self.own.is_none()) {
                set(&heading, "data-number", &number.to_string());
            }
        }
    }
}
