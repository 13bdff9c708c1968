//! `fetch` and streams of the page → an answer and chunks of bytes. The only network code; never
//! understands a byte, never asks twice.

use std::cell::RefCell;

use gloo_net::http::Response;
use js_sys::{Array, Object, Promise, Reflect, Uint8Array};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::{
    AbortController, AbortSignal, ReadableStream, ReadableStreamDefaultReader,
    ReadableStreamReadResult, Request,
};

use crate::core::session::{Answer, Ask};
use crate::core::small::decimal;
use crate::core::state::Failure;

#[wasm_bindgen(module = "/src/widget/page.js")]
extern "C" {
    fn head(response: &web_sys::Response) -> Array;

    #[wasm_bindgen(catch)]
    fn address(url: &str, offset: &str, live: bool) -> Result<String, JsValue>;

    fn share(request: &Request, mine: &AbortSignal) -> Promise;
}

/// Where a stream comes from.
#[derive(Clone, Debug)]
pub enum Source {
    /// An address to ask.
    Url {
        /// Relative to the page.
        url: String,
        /// The page's own `RequestInit`, or `undefined`.
        init: JsValue,
        /// Cookies go to other origins, too.
        with_credentials: bool,
    },
    /// A body the page already has.
    Stream(ReadableStream),
}

impl Source {
    /// Whether asking again asks for the same and starts nothing.
    pub fn is_repeatable(&self) -> bool {
        let Source::Url { init, .. } = self else {
            return false;
        };
        let method = Reflect::get(init, &"method".into()).ok();
        let method = method.and_then(|method| method.as_string());
        method.is_none_or(|method| method.eq_ignore_ascii_case("get"))
    }
}

/// One request and its body. Closing it, or dropping it, closes the connection.
#[derive(Debug)]
pub struct Connection {
    abort: AbortController,
    reader: RefCell<Option<ReadableStreamDefaultReader>>,
}

/// Why there is no stream.
#[derive(Debug)]
pub enum Stop {
    /// Nothing can be asked, or what came cannot be read: what is wrong with it.
    Failed(Failure),
    /// The connection broke off, or never was.
    Cut,
}

fn unsupported(reason: &'static str) -> Stop {
    Stop::Failed(Failure::unsupported(reason, String::new()))
}

impl Connection {
    /// Nothing is asked yet.
    pub fn new() -> Result<Self, JsValue> {
        Ok(Connection {
            abort: AbortController::new()?,
            reader: RefCell::new(None),
        })
    }

    /// Asks, and waits for the answer.
    pub async fn open(&self, source: &Source, ask: &Ask) -> Result<Answer, Stop> {
        let (answer, body) = match source {
            Source::Stream(stream) => {
                let answer = Answer {
                    status: 200,
                    ..Answer::default()
                };
                (answer, Some(stream.clone()))
            }
            Source::Url { url, init, .. } => {
                let request = self.request(source, url, ask)?;
                let answer = if init.is_object() {
                    leptos::prelude::window().fetch_with_request(&request)
                } else {
                    share(&request, &self.abort.signal())
                };
                // Not gloo's own `send`: what it makes of errors, which say nothing, is code.
                let response = JsFuture::from(answer).await.map_err(|_| Stop::Cut)?;
                let response: web_sys::Response = response.unchecked_into();
                let head = head(&response);
                let response = Response::from(response);
                (read_head(&response, &head), response.body())
            }
        };
        // What is no stream is not read, and an answer without a body has ended.
        if let Some(body) = body.filter(|_| (200..300).contains(&answer.status)) {
            let reader =
                ReadableStreamDefaultReader::new(&body).map_err(|_| unsupported("locked"))?;
            self.reader.replace(Some(reader));
        }
        Ok(answer)
    }

    /// The next chunk; `None` when the body has ended cleanly.
    pub async fn next(&self) -> Result<Option<Vec<u8>>, Stop> {
        let Some(reader) = self.reader.borrow().clone() else {
            return Ok(None);
        };
        let result = JsFuture::from(reader.read()).await.map_err(|_| Stop::Cut)?;
        let result: ReadableStreamReadResult = result.unchecked_into();
        if result.get_done().unwrap_or(true) {
            return Ok(None);
        }
        let bytes: Uint8Array = result
            .get_value()
            .dyn_into()
            .map_err(|_| unsupported("bytes"))?;
        Ok(Some(bytes.to_vec()))
    }

    /// Ends the request and the body; waiting for either ends with an error.
    pub fn close(&self) {
        self.abort.abort();
        if let Some(reader) = self.reader.take() {
            // The answer says only that it was cancelled.
            spawn_local(async move {
                let _ = JsFuture::from(reader.cancel()).await;
            });
        }
    }

    fn request(&self, source: &Source, url: &str, ask: &Ask) -> Result<Request, Stop> {
        let Source::Url {
            init,
            with_credentials,
            ..
        } = source
        else {
            return Err(Stop::Cut);
        };
        let own = Object::new();
        if init.is_object() {
            Object::assign(&own, init.unchecked_ref());
        }
        let set = |name: &str, value: &JsValue| {
            let _ = Reflect::set(&own, &name.into(), value);
        };
        if *with_credentials {
            set("credentials", &"include".into());
        }
        if ask.fresh {
            set("cache", &"no-store".into());
        }
        set("signal", &self.abort.signal());
        let url = match &ask.offset {
            None => Ok(url.to_owned()),
            Some(offset) => address(url, offset, ask.live),
        };
        let request = url
            .and_then(|url| Request::new_with_str_and_init(&url, own.unchecked_ref()))
            .map_err(|error| {
                // A page's own object may throw anything.
                let why = error.dyn_ref::<js_sys::Error>();
                let why = why.map_or_else(String::new, |error| error.message().into());
                Stop::Failed(Failure::unsupported("request", why))
            })?;
        if let Some((from, etag)) = &ask.range {
            let headers = request.headers();
            let _ = headers.set("Range", &["bytes=", &decimal(*from), "-"].concat());
            let _ = headers.set("If-Range", etag);
        }
        Ok(request)
    }
}

impl From<JsValue> for Stop {
    fn from(_: JsValue) -> Self {
        Stop::Cut
    }
}

/// What the session wants to know of an answer.
fn read_head(response: &Response, head: &Array) -> Answer {
    let text = |at| head.get(at).as_string().filter(|text| !text.is_empty());
    let number = |at| head.get(at).as_f64().filter(|number| number.is_finite());
    Answer {
        status: response.status(),
        next_offset: text(0),
        closed: head.get(1).is_truthy(),
        etag: text(2),
        range_from: number(3).map(|from| from as u64),
        retry_after_ms: number(4),
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.close();
    }
}
