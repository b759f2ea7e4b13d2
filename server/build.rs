//! Compresses the page's files and plotly.js, and lists them, each at a URL named after its
//! content, as `assets.rs` in `OUT_DIR`.

use core::hash::{Hash, Hasher};
use std::collections::hash_map::DefaultHasher;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use flate2::{Compression, GzBuilder};

fn main() {
    println!("cargo::rerun-if-changed=page");
    println!("cargo::rerun-if-changed=build.rs");
    let out = PathBuf::from(std::env::var_os("OUT_DIR").expect("cargo sets OUT_DIR"));
    let mut list = String::from("[\n");

    let plotly = plotly_js();
    let plotly_url = format!("/assets/{}/plotly.js", hash(&[plotly.as_bytes()]));
    add(&mut list, &out, &plotly_url, plotly.as_bytes());

    // One hash for all of our own files: they import each other by relative path.
    let files = page_files();
    let contents: Vec<&[u8]> = files.iter().map(|(_, bytes)| bytes.as_slice()).collect();
    let base = format!("/assets/{}", hash(&contents));
    let mut index = None;
    for (name, bytes) in &files {
        if name == "index.html" {
            let html = str::from_utf8(bytes).expect("index.html is UTF-8");
            let html = html.replace("{{plotly}}", &plotly_url).replace("{{base}}", &base);
            index = Some(html);
        } else {
            add(&mut list, &out, &format!("{base}/{name}"), bytes);
        }
    }
    add(&mut list, &out, "/", index.expect("page/index.html").as_bytes());
    list.push(']');
    fs::write(out.join("assets.rs"), list).expect("OUT_DIR can be written");
}

/// plotly.js as the crate carries it: the first of its two script elements; the second is
/// MathJax, which the page has no use for.
fn plotly_js() -> String {
    let html = plotly::Plot::offline_js_sources();
    let start = html.find('>').expect("a script element") + 1;
    let end = html.find("</script>").expect("a closed script element");
    let script = html[start..end].trim();
    assert!(script.contains("plotly.js v"), "the plotly crate's first script is not plotly.js");
    script.to_owned()
}

fn page_files() -> Vec<(String, Vec<u8>)> {
    let mut files = Vec::new();
    for entry in fs::read_dir("page").expect("page/") {
        let path = entry.expect("an entry of page/").path();
        let name = path.file_name().expect("a file name").to_string_lossy();
        files.push((name.into_owned(), fs::read(&path).expect("a readable file")));
    }
    files.sort();
    files
}

fn add(list: &mut String, out: &Path, url: &str, content: &[u8]) {
    let hash = hash(&[content]);
    let media_type = match url.rsplit('.').next() {
        Some("js") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("svg") => "image/svg+xml",
        _ => "text/html; charset=utf-8",
    };
    let file = out.join(format!("{hash}.gz"));
    let mut gzip = GzBuilder::new().mtime(0).write(Vec::new(), Compression::best());
    gzip.write_all(content).expect("memory can be written");
    fs::write(&file, gzip.finish().expect("memory can be written")).expect("OUT_DIR is writable");
    *list += &format!(
        "    Asset {{ url: {url:?}, media_type: {media_type:?}, etag: \"\\\"{hash}\\\"\", gzip: include_bytes!({file:?}) }},\n"
    );
}

fn hash(parts: &[&[u8]]) -> String {
    let mut hasher = DefaultHasher::new();
    for part in parts {
        part.hash(&mut hasher);
    }
    format!("{:016x}", hasher.finish())
}
