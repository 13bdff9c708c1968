//! The session against a model of a server that cuts, stalls, refuses and lies: whatever happens, it
//! never ends with a wrong `done`, never loops for ever and never asks faster than it may.
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used)]

use std::cell::Cell;

use live_outline::reader::{self, End, Reader};
use live_outline::session::{
    Answer, Ask, BACKOFF_MS, BACKOFF_MS_MAX, Next, Options, Reconnect, Session, TRIES_MAX,
};
use live_outline::state::{Code, State};
use proptest::prelude::*;

/// What a server offers to a reader that comes back.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Kind {
    /// `Range` and `ETag`.
    Ranges,
    /// `Stream-Next-Offset`, whole lines.
    Tokens,
    /// The same, but a body may end, and a token point, in the middle of a line.
    TornTokens,
    /// `seq` in its lines, and `?offset=` in lines.
    Lines,
    /// `seq` in its lines; the whole log each time.
    Numbered,
    /// The whole log each time; the page says that it may be read again.
    Whole,
    /// The same as bare text.
    Text,
    /// A model that writes for each request.
    Generator,
}

const REPLAYABLE: [Kind; 7] = [
    Kind::Ranges,
    Kind::Tokens,
    Kind::TornTokens,
    Kind::Lines,
    Kind::Numbered,
    Kind::Whole,
    Kind::Text,
];

/// What goes wrong with one request.
#[derive(Clone, Debug)]
enum Fault {
    /// The body ends after so many thousandths of what is left, by an error or as if it were whole.
    Cut { after: u64, clean: bool },
    /// It stops there, and nothing more comes.
    Stall { after: u64 },
    /// A status, and how long to wait in milliseconds.
    Status(u16, Option<f64>),
    /// No answer.
    Nothing,
    /// The file has another tag now, with the same in it.
    OtherTag,
    /// The request's wish is ignored.
    Ignored,
}

fn fault() -> impl Strategy<Value = Fault> {
    prop_oneof![
        6 => (0..1000_u64, any::<bool>()).prop_map(|(after, clean)| Fault::Cut { after, clean }),
        1 => (0..1000_u64).prop_map(|after| Fault::Stall { after }),
        1 => (prop_oneof![Just(500), Just(503), Just(429), Just(408)], proptest::option::of(0.0..5e4))
            .prop_map(|(status, wait)| Fault::Status(status, wait)),
        1 => Just(Fault::Nothing),
        1 => Just(Fault::OtherTag),
        1 => Just(Fault::Ignored),
    ]
}

/// A log, and how it is served.
#[derive(Clone, Debug)]
struct Server {
    kind: Kind,
    log: Vec<u8>,
    /// Bytes before each line.
    starts: Vec<usize>,
    tag: u32,
}

impl Server {
    fn new(kind: Kind, titles: &[String]) -> Server {
        let mut log = Vec::new();
        let mut starts = vec![0];
        for (at, title) in titles.iter().enumerate() {
            let marker = if at % 4 == 0 { "## " } else { "- " };
            let title = serde_json::to_string(&format!("{marker}{title}\n")).unwrap();
            let line = match kind {
                Kind::Text => format!("{marker}{}\n", titles[at]),
                Kind::Lines | Kind::Numbered => {
                    format!("{{\"seq\":{at},\"type\":\"delta\",\"text\":{title}}}\n")
                }
                _ => format!("{{\"type\":\"delta\",\"text\":{title}}}\n"),
            };
            log.extend_from_slice(line.as_bytes());
            starts.push(log.len());
        }
        match kind {
            Kind::Text => {}
            Kind::Lines | Kind::Numbered => {
                log.extend_from_slice(
                    format!("{{\"seq\":{},\"type\":\"done\"}}\n", titles.len()).as_bytes(),
                );
            }
            _ => log.extend_from_slice(b"{\"type\":\"done\"}\n"),
        }
        starts.push(log.len());
        Server {
            kind,
            log,
            starts,
            tag: 0,
        }
    }

    fn answer(&self, ask: &Ask, ignore: bool) -> (Answer, usize) {
        let mut answer = Answer {
            status: 200,
            ..Answer::default()
        };
        let mut from = 0;
        match self.kind {
            Kind::Ranges => {
                let tag = format!("\"{}\"", self.tag);
                if let Some((at, asked)) = ask.range.as_ref().filter(|_| !ignore)
                    && *asked == tag
                {
                    if *at as usize >= self.log.len() {
                        answer.status = 416;
                        return (answer, 0);
                    }
                    from = *at as usize;
                    answer.status = 206;
                    answer.range_from = Some(*at);
                }
                answer.etag = Some(tag);
            }
            Kind::Tokens | Kind::TornTokens => {
                // Who gives out places knows them: without numbers, nothing else could be told.
                if let Some(offset) = &ask.offset {
                    match offset.strip_prefix("at-").and_then(|it| it.parse().ok()) {
                        Some(at) => from = at,
                        None => answer.status = 400,
                    }
                }
            }
            Kind::Lines => {
                if let Some(offset) = ask.offset.as_ref().filter(|_| !ignore) {
                    from = self.starts[offset.parse::<usize>().unwrap()];
                }
            }
            Kind::Numbered | Kind::Whole | Kind::Text | Kind::Generator => {}
        }
        (answer, from)
    }
}

/// How a run went.
#[derive(Debug)]
struct Run {
    state: State,
    code: Option<Code>,
    asks: usize,
    markdown: String,
}

/// Reads a log to the end that the session comes to.
fn run(server: &mut Server, options: Options, faults: &[Fault], random: u64, pieces: usize) -> Run {
    let reading = reader::Options {
        done_at_end: server.kind == Kind::Text,
        ..reader::Options::default()
    };
    let mut session = Session::new(options, &reading);
    let mut now = 1000.0;
    let mut asks = 0;
    let mut seed = random;
    let drawn = Cell::new(0.0); // the last random number
    let mut jitter = || {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        drawn.set((seed >> 33) as f64 / (1_u64 << 31) as f64);
        drawn.get()
    };
    let mut idle = 0; // requests since the last that brought a record
    let mut next = session.start(now);
    let (state, failure) = loop {
        next = match next {
            Next::Over(state, failure) => break (state, failure),
            Next::Read => unreachable!("a body is read below"),
            Next::Wait { until_ms } => {
                assert!(until_ms >= now);
                now = until_ms;
                session.wake(now)
            }
            Next::Ask(ask) => {
                asks += 1;
                idle += 1;
                assert!(asks < 400, "it asks for ever");
                let records = session.reader().records();
                let fault = faults.get(asks - 1);
                let next = serve(
                    server,
                    &mut session,
                    &ask,
                    fault,
                    &mut now,
                    pieces,
                    &mut jitter,
                );
                if session.reader().records() > records {
                    idle = 0;
                }
                assert!(idle <= TRIES_MAX + 1, "{idle} requests brought nothing");
                if let Next::Wait { until_ms } = next {
                    let wish = matches!(fault, Some(Fault::Status(_, Some(_))));
                    assert!(wish || until_ms - now <= BACKOFF_MS_MAX);
                    let most = BACKOFF_MS * f64::from(1_u32 << idle.saturating_sub(1).min(10));
                    let least = most.min(BACKOFF_MS_MAX) * drawn.get() * 0.999;
                    assert!(wish || until_ms - now >= least, "{until_ms} {now} {idle}");
                }
                assert!(!matches!(next, Next::Ask(_)), "it asks without a wait");
                next
            }
        };
    };
    Run {
        state,
        code: failure.map(|failure| failure.code),
        asks,
        markdown: session.reader().outline().to_markdown(),
    }
}

/// One request and its body.
fn serve(
    server: &mut Server,
    session: &mut Session,
    ask: &Ask,
    fault: Option<&Fault>,
    now: &mut f64,
    pieces: usize,
    jitter: &mut dyn FnMut() -> f64,
) -> Next {
    *now += 20.0;
    match fault {
        Some(Fault::Nothing) => return session.refused(*now, jitter()),
        Some(Fault::Status(status, wait)) => {
            let answer = Answer {
                status: *status,
                retry_after_ms: *wait,
                ..Answer::default()
            };
            return session.answered(&answer, *now, jitter());
        }
        Some(Fault::OtherTag) => server.tag += 1,
        _ => {}
    }
    let (mut answer, from) = server.answer(ask, matches!(fault, Some(Fault::Ignored)));
    let body = &server.log[from..];
    let (to, clean, stalls) = match fault {
        Some(Fault::Cut { after, clean }) => (body.len() * *after as usize / 1000, *clean, false),
        Some(Fault::Stall { after }) => (body.len() * *after as usize / 1000, false, true),
        _ => (body.len(), true, false),
    };
    let mut to = to;
    let end = from + to;
    if server.kind == Kind::Tokens && clean {
        // Whole lines are appended, so a clean end is at the end of one.
        to = server
            .starts
            .iter()
            .rev()
            .find(|&&it| it <= end)
            .unwrap()
            .max(&from)
            - from;
    }
    if matches!(server.kind, Kind::Tokens | Kind::TornTokens) {
        answer.next_offset = Some(format!("at-{}", from + to));
        answer.closed = from + to == server.log.len();
    }
    if server.kind == Kind::Text && clean && to < body.len() {
        // Nothing can tell that bare text has ended too early, if the server says that it has not.
        return session.refused(*now, jitter());
    }
    match session.answered(&answer, *now, jitter()) {
        Next::Read => {}
        next => return next,
    }
    for piece in body[..to].chunks(pieces) {
        *now += 0.01;
        session.feed(piece, *now);
        match session.check(*now, jitter()) {
            Next::Read => {}
            next => return next,
        }
    }
    if stalls {
        for _ in 0..1000 {
            *now += 250.0;
            if let Some(next) = session.tick(*now, jitter()) {
                return next;
            }
            assert_eq!(
                session.state() == State::Stalled,
                session.state() != State::Streaming
            );
        }
    }
    *now += 1.0;
    session.ended(clean, *now, jitter())
}

fn options(kind: Kind) -> Options {
    Options {
        reconnect: match kind {
            Kind::Whole | Kind::Text => Reconnect::Always,
            _ => Reconnect::Auto,
        },
        repeatable: true,
        stall_ms: 20_000.0,
    }
}

fn titles() -> impl Strategy<Value = Vec<String>> {
    proptest::collection::vec("[a-z]{1,8}( [a-zéß🎓]{1,6}){0,2}", 1..40)
}

fn expected(titles: &[String]) -> String {
    let mut session = Session::new(Options::default(), &reader::Options::default());
    let server = Server::new(Kind::Generator, titles);
    session.reader_mut().feed(&server.log);
    assert_eq!(session.reader().end(), Some(&End::Done));
    session.reader().outline().to_markdown()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn it_is_never_done_with_a_wrong_outline(
        titles in titles(),
        faults in proptest::collection::vec(fault(), 0..30),
        kind in proptest::sample::select(&REPLAYABLE[..]),
        random in any::<u64>(),
        pieces in 1..200_usize,
    ) {
        let mut server = Server::new(kind, &titles);
        let run = run(&mut server, options(kind), &faults, random, pieces);
        if run.state == State::Done {
            prop_assert_eq!(run.markdown, expected(&titles));
        } else {
            prop_assert!(matches!(run.state, State::Incomplete | State::Error | State::Ended), "{:?}", run.state);
            prop_assert!(run.code.is_some() || run.state == State::Ended);
        }
    }

    #[test]
    fn it_comes_to_the_end_when_each_fault_is_followed_by_something_new(
        titles in titles(),
        faults in proptest::collection::vec((0..1000_u64, any::<bool>()), 0..5),
        kind in proptest::sample::select(&REPLAYABLE[..]),
        random in any::<u64>(),
        pieces in 1..200_usize,
    ) {
        let faults: Vec<_> = faults.into_iter().map(|(after, clean)| Fault::Cut { after, clean }).collect();
        let mut server = Server::new(kind, &titles);
        // A log that is cut before its first line has not shown that it can be replayed.
        let options = Options { reconnect: Reconnect::Always, ..options(kind) };
        let run = run(&mut server, options, &faults, random, pieces);
        prop_assert_eq!(run.state, State::Done, "{:?}", run);
        prop_assert_eq!(run.markdown, expected(&titles));
    }

    #[test]
    fn a_model_is_never_run_twice_by_itself(
        titles in titles(),
        faults in proptest::collection::vec(fault(), 1..3),
        random in any::<u64>(),
    ) {
        let mut server = Server::new(Kind::Generator, &titles);
        let run = run(&mut server, options(Kind::Generator), &faults, random, 7);
        prop_assert_eq!(run.asks, 1);
        prop_assert!(run.state != State::Done || run.markdown == expected(&titles));
    }

    #[test]
    fn what_is_not_repeatable_is_never_repeated(
        titles in titles(),
        faults in proptest::collection::vec(fault(), 1..3),
        kind in proptest::sample::select(&REPLAYABLE[..]),
        random in any::<u64>(),
    ) {
        for options in [
            Options { repeatable: false, reconnect: Reconnect::Always, ..options(kind) },
            Options { reconnect: Reconnect::Never, ..options(kind) },
        ] {
            let run = run(&mut Server::new(kind, &titles), options, &faults, random, 7);
            prop_assert_eq!(run.asks, 1);
        }
    }

    #[test]
    fn a_retry_goes_on_where_reading_was_given_up(
        titles in titles(),
        after in 0..1000_usize,
        replay in any::<bool>(),
    ) {
        let server = Server::new(if replay { Kind::Numbered } else { Kind::Generator }, &titles);
        let mut session = Session::new(
            Options { repeatable: true, reconnect: Reconnect::Never, stall_ms: 0.0 },
            &reader::Options::default(),
        );
        session.start(0.0);
        let ok = Answer { status: 200, ..Answer::default() };
        session.answered(&ok, 1.0, 0.5);
        session.feed(&server.log[..server.log.len() * after / 1000], 2.0);
        let over = session.ended(false, 3.0, 0.5);
        prop_assert!(matches!(over, Next::Over(State::Incomplete | State::Error | State::Done, _)), "{:?}", over);
        if session.state() != State::Done {
            prop_assert!(matches!(session.retry(4.0), Next::Ask(_)));
            session.answered(&ok, 5.0, 0.5);
            session.feed(&server.log, 6.0);
        }
        prop_assert_eq!(session.check(7.0, 0.5), Next::Over(State::Done, None));
        prop_assert_eq!(session.reader().outline().to_markdown(), expected(&titles));
    }
}

fn titles_of(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

#[test]
fn another_run_replaces_the_draft_and_doubles_nothing() {
    let first = Server::new(Kind::Whole, &titles_of(&["a", "b", "c"]));
    let second = Server::new(Kind::Whole, &titles_of(&["a", "x", "y", "z"]));
    let mut session = Session::new(options(Kind::Whole), &reader::Options::default());
    session.start(0.0);
    let ok = Answer {
        status: 200,
        ..Answer::default()
    };
    session.answered(&ok, 1.0, 0.5);
    session.feed(&first.log[..first.starts[3] + 5], 2.0);
    assert!(matches!(session.ended(false, 3.0, 0.5), Next::Wait { .. }));
    session.wake(300.0);
    session.answered(&ok, 310.0, 0.5);
    session.feed(&second.log, 320.0);
    assert_eq!(session.check(320.0, 0.5), Next::Over(State::Done, None));
    let titles = titles_of(&["a", "x", "y", "z"]);
    assert_eq!(session.reader().outline().to_markdown(), expected(&titles));
}

#[test]
fn it_gives_up_after_eight_requests_that_brought_nothing() {
    let mut server = Server::new(Kind::Ranges, &titles_of(&["a", "b"]));
    let mut faults = vec![Fault::Cut {
        after: 600,
        clean: false,
    }];
    faults.resize(100, Fault::Nothing);
    let run = run(&mut server, options(Kind::Ranges), &faults, 1, 50);
    assert_eq!(
        (run.state, run.code),
        (State::Incomplete, Some(Code::CorsOrOffline))
    );
    assert_eq!(run.asks, 1 + TRIES_MAX as usize);
}

#[test]
fn a_stream_that_always_stalls_is_given_up_as_stalled() {
    let mut server = Server::new(Kind::Numbered, &titles_of(&["a", "b"]));
    let faults = vec![Fault::Stall { after: 500 }; 100];
    let run = run(&mut server, options(Kind::Numbered), &faults, 1, 50);
    assert_eq!(
        (run.state, run.code),
        (State::Incomplete, Some(Code::Stalled))
    );
}

#[test]
fn the_server_says_how_long_to_wait() {
    let mut session = Session::new(
        Options {
            reconnect: Reconnect::Always,
            ..options(Kind::Whole)
        },
        &reader::Options::default(),
    );
    session.start(0.0);
    let busy = Answer {
        status: 503,
        retry_after_ms: Some(7_000.0),
        ..Answer::default()
    };
    assert_eq!(
        session.answered(&busy, 100.0, 0.9),
        Next::Wait { until_ms: 7_100.0 }
    );
}

#[test]
fn a_page_that_was_frozen_gives_its_connection_three_seconds() {
    let mut session = Session::new(options(Kind::Numbered), &reader::Options::default());
    session.start(0.0);
    let ok = Answer {
        status: 200,
        ..Answer::default()
    };
    session.answered(&ok, 10.0, 0.5);
    session.feed(
        b"{\"type\":\"delta\",\"text\":\"## A\\n\",\"seq\":0}\n",
        20.0,
    );
    assert_eq!(session.tick(250.0, 0.5), None);
    assert_eq!(session.tick(900_000.0, 0.5), None);
    assert_eq!(session.tick(902_900.0, 0.5), None);
    assert!(matches!(
        session.tick(903_100.0, 0.5),
        Some(Next::Wait { .. })
    ));
}

#[test]
fn what_a_server_refuses_for_good_is_not_asked_again() {
    for status in [404, 410, 401, 403] {
        let mut server = Server::new(Kind::Ranges, &titles_of(&["a", "b"]));
        let cut = Fault::Cut {
            after: 600,
            clean: false,
        };
        let faults = [cut, Fault::Status(status, None)];
        let run = run(&mut server, options(Kind::Ranges), &faults, 1, 50);
        assert_eq!(
            (run.state, run.code, run.asks),
            (State::Incomplete, Some(Code::Http), 2)
        );
    }
}

#[test]
fn a_retry_after_the_end_is_another_stream_and_keeps_the_draft_until_it_comes() {
    let first = Server::new(Kind::Ranges, &titles_of(&["a", "b"]));
    let second = Server::new(Kind::Ranges, &titles_of(&["a", "b", "c"]));
    let mut session = Session::new(options(Kind::Ranges), &reader::Options::default());
    session.start(0.0);
    let ok = first.answer(&Ask::default(), false).0;
    session.answered(&ok, 1.0, 0.5);
    session.feed(&first.log, 2.0);
    assert_eq!(session.check(2.0, 0.5), Next::Over(State::Done, None));
    let whole = Ask {
        fresh: true,
        ..Ask::default()
    };
    assert_eq!(session.retry(3.0), Next::Ask(whole));
    session.answered(&ok, 4.0, 0.5);
    assert_eq!(session.reader().outline().counts().lessons, 1);
    session.feed(&second.log[..10], 5.0);
    assert_eq!(session.reader().outline().counts().lessons, 1);
    session.feed(&second.log[10..], 6.0);
    assert_eq!(session.check(6.0, 0.5), Next::Over(State::Done, None));
    assert_eq!(session.reader().outline().counts().lessons, 2);
}

/// The recordings that the project ships.
fn recordings() -> Vec<(String, Vec<u8>)> {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("www/streams");
    let files = std::fs::read_dir(folder).unwrap();
    files
        .map(|file| file.unwrap().path())
        .map(|path| (path.display().to_string(), std::fs::read(path).unwrap()))
        .collect()
}

#[test]
fn a_file_that_is_cut_or_stopped_at_any_byte_goes_on_there() {
    for (name, log) in recordings() {
        let mut whole = Reader::new(&reader::Options::default());
        whole.feed(&log);
        whole.finish(true);
        let step = (log.len() / 800).max(1);
        for cut in (0..log.len()).step_by(step) {
            for way in 0..4 {
                let mut session = Session::new(
                    Options {
                        repeatable: true,
                        ..Options::default()
                    },
                    &reader::Options::default(),
                );
                session.start(0.0);
                let answer = |status, range_from| Answer {
                    status,
                    range_from,
                    etag: Some("\"a\"".to_owned()),
                    ..Answer::default()
                };
                session.answered(&answer(200, None), 1.0, 0.5);
                for piece in log[..cut].chunks(61) {
                    session.feed(piece, 2.0);
                    assert_eq!(session.check(2.0, 0.5), Next::Read);
                }
                let next = match way {
                    0 => session.ended(false, 3.0, 0.5),
                    1 => session.ended(true, 3.0, 0.5),
                    2 => match session.ended(false, 3.0, 0.5) {
                        Next::Wait { until_ms } => {
                            session.stop();
                            Next::Wait { until_ms }
                        }
                        next => next,
                    },
                    _ => {
                        session.stop();
                        Next::Wait { until_ms: 3.0 }
                    }
                };
                let mut next = match (next, way) {
                    (Next::Wait { .. }, 2 | 3) => session.retry(4.0),
                    (next, _) => next,
                };
                for _ in 0..9 {
                    next = match next {
                        Next::Over(..) => break,
                        Next::Wait { .. } => session.wake(4.0),
                        Next::Read => session.ended(true, 7.0, 0.5),
                        Next::Ask(ask) => {
                            let from = ask.range.map_or(0, |(from, _)| from);
                            let status = if from == 0 { 200 } else { 206 };
                            session.answered(&answer(status, Some(from)), 5.0, 0.5);
                            let mut next = Next::Read;
                            for piece in log[from as usize..].chunks(61) {
                                session.feed(piece, 6.0);
                                next = session.check(6.0, 0.5);
                                if next != Next::Read {
                                    break;
                                }
                            }
                            next
                        }
                    };
                }
                session.reader_mut().finish(true);
                assert_eq!(
                    session.reader().outline().to_markdown(),
                    whole.outline().to_markdown(),
                    "{name} {cut} {way}"
                );
            }
        }
    }
}
