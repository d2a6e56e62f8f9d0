//! Styles, scripts and icons: built by Vite into `web/dist`, embedded into the binary (a debug build reads the folder).
//!
//! Every file's name carries a hash of its content, so browsers keep it for a year; Brotli versions are made at build
//! time. Without a built front end the panel still works, as plain HTML.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use axum::body::Body;
use axum::extract::Path;
use axum::http::header::{
    ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE, ETAG, IF_NONE_MATCH, VARY, X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderMap, HeaderName, StatusCode};
use axum::response::{IntoResponse, Response};
use rust_embed::{EmbeddedFile, RustEmbed};

#[derive(RustEmbed)]
#[folder = "../../web/dist"]
#[allow_missing = true]
struct Files;

/// Where the templates find what the front end's build made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Urls {
    /// The style sheet.
    pub style: String,
    /// The script that runs before the first paint: it says that scripts run, and whether the side bar is folded.
    pub boot: String,
    /// The script of all else.
    pub app: String,
    /// The icon sprite.
    pub icons: String,
    /// The icon of the browser's tab.
    pub favicon: String,
}

/// The addresses of the assets, from the build's manifest.
pub fn urls() -> &'static Urls {
    static URLS: OnceLock<Urls> = OnceLock::new();
    URLS.get_or_init(|| {
        let manifest = Files::get("manifest.json");
        Urls::from_manifest(manifest.as_ref().map_or(&b""[..], |file| &file.data))
    })
}

impl Urls {
    fn from_manifest(json: &[u8]) -> Self {
        let names: BTreeMap<String, String> = serde_json::from_slice(json).unwrap_or_default();
        let url = |name: &str| format!("/assets/{}", names.get(name).map_or(name, String::as_str));
        Self {
            style: url("app.css"),
            boot: url("boot.js"),
            app: url("app.js"),
            icons: url("icons.svg"),
            favicon: url("favicon.svg"),
        }
    }
}

/// `GET /assets/{*path}`: one file, as Brotli where the browser takes it; 304 where it has it already, 404 where there
/// is none.
pub async fn serve(Path(path): Path<String>, headers: HeaderMap) -> Response {
    let hidden = path.ends_with(".br") || path == "manifest.json";
    let Some(plain) = Files::get(&path).filter(|_| !hidden) else { return StatusCode::NOT_FOUND.into_response() };
    let packed = if accepts_brotli(&headers) { Files::get(&format!("{path}.br")) } else { None };
    respond(&path, packed.as_ref().unwrap_or(&plain), packed.is_some(), &headers)
}

fn respond(path: &str, file: &EmbeddedFile, packed: bool, headers: &HeaderMap) -> Response {
    let tag = etag(file);
    let cache = if is_hashed(path) { "public, max-age=31536000, immutable" } else { "public, max-age=300" };
    let kind = mime_guess::from_path(path).first_or_octet_stream();
    let kind = if kind.type_() == "text" { format!("{kind}; charset=utf-8") } else { kind.to_string() };
    let mut answer: Vec<(HeaderName, String)> = vec![
        (CONTENT_TYPE, kind),
        (CACHE_CONTROL, cache.to_owned()),
        (VARY, "accept-encoding".to_owned()),
        (X_CONTENT_TYPE_OPTIONS, "nosniff".to_owned()),
        (ETAG, tag.clone()),
    ];
    if packed {
        answer.push((CONTENT_ENCODING, "br".to_owned()));
    }
    let known = headers.get(IF_NONE_MATCH).and_then(|seen| seen.to_str().ok());
    let (status, body) = match known {
        Some(seen) if seen.split(',').any(|one| one.trim().trim_start_matches("W/") == tag) => {
            (StatusCode::NOT_MODIFIED, Body::empty())
        }
        _ => (StatusCode::OK, Body::from(file.data.clone().into_owned())),
    };
    let mut response = (status, body).into_response();
    for (name, value) in answer {
        if let Ok(value) = value.parse() {
            response.headers_mut().insert(name, value);
        }
    }
    response
}

fn etag(file: &EmbeddedFile) -> String {
    let hash = file.metadata.sha256_hash();
    let hex: String = hash.iter().take(12).map(|byte| format!("{byte:02x}")).collect();
    format!("\"{hex}\"")
}

/// Whether the name carries a hash, as in `app-B1x9aQz0.js`: eight characters after the last hyphen.
fn is_hashed(path: &str) -> bool {
    let stem = path.rsplit('/').next().unwrap_or(path).split('.').next().unwrap_or_default();
    stem.rfind('-').is_some_and(|_| stem.len() > 9 && stem.as_bytes()[stem.len() - 9] == b'-')
}

fn accepts_brotli(headers: &HeaderMap) -> bool {
    let accepted = headers.get(ACCEPT_ENCODING).and_then(|value| value.to_str().ok()).unwrap_or_default();
    accepted.split(',').any(|one| {
        let mut parts = one.split(';').map(str::trim);
        parts.next().is_some_and(|name| name.eq_ignore_ascii_case("br")) && !parts.any(|q| q == "q=0" || q == "q=0.0")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(name: HeaderName, value: &str) -> HeaderMap {
        HeaderMap::from_iter([(name, value.parse().unwrap())])
    }

    fn file() -> EmbeddedFile {
        EmbeddedFile {
            data: b"body{}".as_slice().into(),
            metadata: rust_embed::Metadata::__rust_embed_new([7; 32], None, None),
        }
    }

    #[test]
    fn hashed_names_are_kept_for_ever_and_others_are_not() {
        assert!(is_hashed("app-B1x9aQz0.js"));
        assert!(is_hashed("chunk/charts-a-_4b-c9.js"), "the hash may hold a hyphen");
        assert!(!is_hashed("app.js") && !is_hashed("favicon.svg"));
        let kept = respond("app-B1x9aQz0.css", &file(), false, &HeaderMap::new());
        assert_eq!(kept.headers()[CACHE_CONTROL], "public, max-age=31536000, immutable");
        assert_eq!(kept.headers()[CONTENT_TYPE], "text/css; charset=utf-8");
        assert_eq!(
            respond("app.css", &file(), false, &HeaderMap::new()).headers()[CACHE_CONTROL],
            "public, max-age=300"
        );
    }

    #[test]
    fn a_browser_that_has_the_file_is_told_so() {
        let first = respond("app.css", &file(), false, &HeaderMap::new());
        assert_eq!(first.status(), StatusCode::OK);
        let tag = first.headers()[ETAG].to_str().unwrap().to_owned();
        let again = respond("app.css", &file(), false, &headers(IF_NONE_MATCH, &format!("\"other\", W/{tag}")));
        assert_eq!(again.status(), StatusCode::NOT_MODIFIED);
        assert_eq!(again.headers()[ETAG], *tag);
    }

    #[test]
    fn brotli_goes_only_to_who_takes_it() {
        assert!(accepts_brotli(&headers(ACCEPT_ENCODING, "gzip, deflate, br;q=0.8, zstd")));
        assert!(!accepts_brotli(&headers(ACCEPT_ENCODING, "gzip, br;q=0")));
        assert!(!accepts_brotli(&headers(ACCEPT_ENCODING, "gzip, brx")));
        assert!(!accepts_brotli(&HeaderMap::new()));
    }

    #[tokio::test]
    async fn what_is_not_an_asset_is_not_found() {
        for path in ["../Cargo.toml", "manifest.json", "app.css.br", "nothing-here"] {
            assert_eq!(serve(Path(path.to_owned()), HeaderMap::new()).await.status(), StatusCode::NOT_FOUND, "{path}");
        }
    }

    #[test]
    fn without_a_built_front_end_the_plain_names_stand() {
        assert_eq!(Urls::from_manifest(b"").app, "/assets/app.js");
        let urls = Urls::from_manifest(br#"{"app.js": "app-B1x9aQz0.js"}"#);
        assert_eq!((urls.app.as_str(), urls.style.as_str()), ("/assets/app-B1x9aQz0.js", "/assets/app.css"));
    }
}
