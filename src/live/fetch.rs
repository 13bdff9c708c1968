//! A request or a stream of the page → an answer and chunks of bytes. The only network code; never
//! understands a byte, never asks twice.

use std::cell::RefCell;

use gloo_net::http::{Headers, Response};
use js_sys::{Date, Object, Promise, Reflect, Uint8Array};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::{
    AbortController, AbortSignal, ReadableStream, ReadableStreamDefaultReader,
    ReadableStreamReadResult, Request, Url,
};

use crate::session::{Answer, Ask};
use crate::state::Failure;

#[wasm_bindgen(module = "/src/live/platform.js")]
extern "C" {
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
    /// A body that the page already has.
    Stream(ReadableStream),
}

impl Source {
    /// Returns true if asking again asks for the same and starts nothing: a `GET`.
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
pub(crate) struct Connection {
    abort: AbortController,
    reader: RefCell<Option<ReadableStreamDefaultReader>>,
}

/// Why there is no stream.
#[derive(Debug)]
pub(crate) enum NoStream {
    /// Nothing can be asked, or what came cannot be read: what is wrong with it.
    Failed(Failure),
    /// The connection broke off, or never was.
    Cut,
}

fn unsupported(reason: &'static str) -> NoStream {
    NoStream::Failed(Failure::unsupported(reason, String::new()))
}

impl Connection {
    /// Nothing is asked yet.
    pub(crate) fn new() -> Result<Self, JsValue> {
        Ok(Connection {
            abort: AbortController::new()?,
            reader: RefCell::new(None),
        })
    }

    /// Asks, and waits for the answer.
    pub(crate) async fn open(&self, source: &Source, ask: &Ask) -> Result<Answer, NoStream> {
        let (answer, body) = match source {
            Source::Stream(stream) => {
                let answer = Answer {
                    status: 200,
                    ..Answer::default()
                };
                (answer, Some(stream.clone()))
            }
            Source::Url {
                url,
                init,
                with_credentials,
            } => {
                let request = self.request(url, init, *with_credentials, ask)?;
                let response = if init.is_object() {
                    gloo_net::http::Request::from(request).send().await
                } else {
                    let shared = JsFuture::from(share(&request, &self.abort.signal())).await;
                    let shared = shared.map_err(|_| NoStream::Cut)?;
                    Ok(Response::from(shared.unchecked_into::<web_sys::Response>()))
                };
                let response = response.map_err(|_| NoStream::Cut)?;
                (read_head(&response), response.body())
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
    pub(crate) async fn next(&self) -> Result<Option<Vec<u8>>, NoStream> {
        let Some(reader) = self.reader.borrow().clone() else {
            return Ok(None);
        };
        let result = JsFuture::from(reader.read())
            .await
            .map_err(|_| NoStream::Cut)?;
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
    pub(crate) fn close(&self) {
        self.abort.abort();
        if let Some(reader) = self.reader.take() {
            // The answer says only that it was cancelled.
            spawn_local(async move {
                let _ = JsFuture::from(reader.cancel()).await;
            });
        }
    }

    fn request(
        &self,
        url: &str,
        init: &JsValue,
        with_credentials: bool,
        ask: &Ask,
    ) -> Result<Request, NoStream> {
        let own = Object::new();
        if init.is_object() {
            Object::assign(&own, init.unchecked_ref());
        }
        let set = |name: &str, value: &JsValue| {
            let _ = Reflect::set(&own, &name.into(), value);
        };
        if with_credentials {
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
                NoStream::Failed(Failure::unsupported("request", why))
            })?;
        if let Some((from, etag)) = &ask.range {
            let headers = Headers::from_raw(request.headers());
            headers.set("Range", &format!("bytes={from}-"));
            headers.set("If-Range", etag);
        }
        Ok(request)
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.close();
    }
}

/// An address with the place to go on from; `live`: the server may wait for more.
fn address(url: &str, offset: &str, live: bool) -> Result<String, JsValue> {
    let base = leptos::prelude::document().base_uri()?;
    let url = Url::new_with_base(url, base.as_deref().unwrap_or_default())?;
    url.search_params().set("offset", offset);
    if live {
        url.search_params().set("live", "long-poll");
    }
    Ok(url.href())
}

/// What the session wants to know of an answer.
fn read_head(response: &Response) -> Answer {
    let get = |name| response.headers().get(name);
    let is = |name, value| get(name).as_deref() == Some(value);
    let status = response.status();
    let has_ranges = status == 206 || is("accept-ranges", "bytes");
    Answer {
        status,
        next_offset: get("stream-next-offset").filter(|offset| !offset.is_empty()),
        closed: is("stream-closed", "true"),
        // A weak tag does not promise the same bytes.
        etag: get("etag").filter(|tag| has_ranges && !tag.is_empty() && !tag.starts_with("W/")),
        range_from: get("content-range").and_then(|range| {
            let from = range.strip_prefix("bytes ")?.split('-').next()?;
            from.parse().ok()
        }),
        retry_after_ms: get("retry-after").and_then(|wish| {
            let wait = match wish.parse::<u32>() {
                Ok(seconds) => f64::from(seconds) * 1000.0,
                Err(_) => Date::parse(&wish) - Date::now(),
            };
            wait.is_finite().then_some(wait)
        }),
    }
}
