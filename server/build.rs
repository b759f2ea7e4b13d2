//! Compresses the page's files, and lists them, each at a URL named after the content of all, as
//! `assets.rs` in `OUT_DIR`.

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

    // One hash for all of them: they import each other by relative path.
    let mut files = Vec::new();
    add_folder(&mut files, Path::new("page"));
    files.sort();
    let contents: Vec<&[u8]> = files.iter().map(|(_, bytes)| bytes.as_slice()).collect();
    let base = format!("/assets/{}", hash(&contents));
    let mut index = None;
    for (name, bytes) in &files {
        if name == "index.html" {
            let html = str::from_utf8(bytes).expect("index.html is UTF-8");
            index = Some(html.replace("{{modules}}", &preloads(&files)).replace("{{base}}", &base));
        } else {
            add(&mut list, &out, &format!("{base}/{name}"), bytes);
        }
    }
    add(&mut list, &out, "/", index.expect("page/index.html").as_bytes());
    list.push(']');
    fs::write(out.join("assets.rs"), list).expect("OUT_DIR can be written");
}

/// The files of the page's folder and of those in it, by their paths from there.
fn add_folder(files: &mut Vec<(String, Vec<u8>)>, folder: &Path) {
    for entry in fs::read_dir(folder).expect("a folder of the page") {
        let path = entry.expect("an entry of the page's folder").path();
        if path.is_dir() {
            add_folder(files, &path);
        } else {
            let name = path.strip_prefix("page").expect("a path within page/");
            let name = name.to_str().expect("a file name in UTF-8").to_owned();
            files.push((name, fs::read(&path).expect("a readable file")));
        }
    }
}

/// Links that fetch the modules at once, instead of one after the other as they import each other;
/// but those of views that are not seen at first.
fn preloads(files: &[(String, Vec<u8>)]) -> String {
    let modules = files.iter().map(|(name, _)| name);
    let later = |name: &str| name.starts_with("network/") || name.starts_with("mote/");
    let modules = modules.filter(|name| name.ends_with(".js") && !name.ends_with("worker.js"));
    let modules = modules.filter(|name| !later(name));
    let links =
        modules.map(|name| format!("<link rel=\"modulepreload\" href=\"{{{{base}}}}/{name}\">"));
    links.collect::<Vec<_>>().join("\n  ")
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
