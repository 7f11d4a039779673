//! The limit: a hyper server that does nothing but answer, and for writes append and flush.

use anyhow::{Context as _, Result};
use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper::{Method, Request, Response, body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use std::{
    convert::Infallible,
    fs::{File, OpenOptions},
    io::Write as _,
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError, mpsc},
};
use tokio::{net::TcpListener, sync::oneshot};

/// What the bare server is told on its command line.
pub(crate) struct Options {
    address: String,
    /// The file that bodies of POST are appended to.
    log: PathBuf,
}

impl Options {
    /// The options, when the first argument asks for the bare server.
    pub(crate) fn parse(mut arguments: impl Iterator<Item = String>) -> Result<Option<Self>> {
        if arguments.next().as_deref() != Some("bare") {
            return Ok(None);
        }
        let mut next = || arguments.next().context("kvd-bench bare ADDRESS LOG");
        Ok(Some(Self { address: next()?, log: next()?.into() }))
    }
}

/// A body to append, and whom to tell when it is on disk.
type Append = (Bytes, oneshot::Sender<()>);

struct Bare {
    /// What every request is answered with: the body of the last PUT.
    body: Mutex<Bytes>,
    appends: mpsc::Sender<Append>,
}

pub(crate) async fn serve(options: Options) -> Result<()> {
    let log = OpenOptions::new().create(true).append(true).open(&options.log)?;
    let (appends, waiting) = mpsc::channel();
    std::thread::spawn(move || flush_together(log, &waiting));
    let bare = Arc::new(Bare { body: Mutex::default(), appends });
    let listener = TcpListener::bind(&options.address).await?;
    loop {
        let (stream, _) = listener.accept().await?;
        stream.set_nodelay(true)?;
        let bare = bare.clone();
        let service = service_fn(move |request| {
            let bare = bare.clone();
            async move { Ok::<_, Infallible>(bare.answer(request).await) }
        });
        tokio::spawn(
            http1::Builder::new().pipeline_flush(true).serve_connection(TokioIo::new(stream), service),
        );
    }
}

impl Bare {
    async fn answer(&self, request: Request<Incoming>) -> Response<Full<Bytes>> {
        let method = request.method().clone();
        if method != Method::GET {
            let sent = request.into_body().collect().await.map(|sent| sent.to_bytes()).unwrap_or_default();
            if method == Method::PUT {
                *self.body.lock().unwrap_or_else(PoisonError::into_inner) = sent;
            } else {
                let (done, on_disk) = oneshot::channel();
                // The thread ends only with the process.
                _ = self.appends.send((sent, done));
                _ = on_disk.await;
            }
        }
        let body = self.body.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let mut response = Response::new(Full::new(body));
        let headers = response.headers_mut();
        headers.insert("cache-control", hyper::header::HeaderValue::from_static("no-store"));
        headers.insert("content-type", hyper::header::HeaderValue::from_static("application/json"));
        response
    }
}

/// Takes all bodies that wait, writes them at once, flushes once, and tells everybody.
fn flush_together(mut log: File, waiting: &mpsc::Receiver<Append>) {
    while let Ok(first) = waiting.recv() {
        let group: Vec<Append> = std::iter::once(first).chain(waiting.try_iter()).collect();
        let bytes: Vec<u8> = group.iter().flat_map(|(body, _)| body.iter().copied()).collect();
        if log.write_all(&bytes).and_then(|()| log.sync_data()).is_err() {
            return;
        }
        for (_, done) in group {
            _ = done.send(());
        }
    }
}
