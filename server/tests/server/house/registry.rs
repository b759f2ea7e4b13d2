use std::process::Output;

use crate::cli::{server, text};
use crate::fixture::{MAC, start};

use super::{House, until};

fn refused(output: Output) -> (Option<i32>, String) {
    let said = text(output.stderr);
    assert!(said.starts_with("clouddata-server: ") && said.lines().count() == 1, "{said}");
    assert!(output.stdout.is_empty());
    (output.status.code(), said)
}

#[test]
fn what_is_registered_outlives_the_server_and_is_listed() {
    let folder = tempfile::tempdir().unwrap();
    drop(start(&folder));
    let tell = |arguments: &[&str]| {
        let output = server(folder.path(), arguments);
        assert!(output.status.success(), "{}", text(output.stderr));
        text(output.stdout)
    };
    assert_eq!(tell(&["site", "list"]), "");
    let added = tell(&["site", "add", "north", "--public", "--motes", "5", "--streams", "none"]);
    assert!(added.starts_with("added north  number ") && added.ends_with("  public  motes 5\n"));
    tell(&["site", "add", "south"]);
    let changed = tell(&["site", "limit", "north", "--private", "--streams", "2"]);
    assert!(changed.ends_with("  private  motes 5  streams 2\n"), "{changed}");
    assert_eq!(tell(&["site", "list"]).lines().count(), 2);
    let token = tell(&["token", "add", "north", "attic"]);
    assert_eq!(token.trim().len(), 43);
    let listed = tell(&["token", "list", "north"]);
    assert!(listed.starts_with("attic  write  since 20"), "{listed}");
    assert!(!listed.contains(token.trim()));
    let file = std::fs::read(folder.path().join("sites.db")).unwrap();
    let holds = |secret: &[u8]| file.windows(secret.len()).any(|window| window == secret);
    assert!(!holds(token.trim().as_bytes()), "the token itself is nowhere kept");
    let running = start(&folder);
    let request = crate::fixture::client().post(crate::fixture::url(&running, "/oap"));
    let request = request.header("authorization", format!("Bearer {}", token.trim()));
    let request = request.content_type("application/json");
    let body = format!(r#"{{"mac": "{MAC}", "temperature": 1}}"#);
    assert_eq!(request.send(body).unwrap().status(), 204);
}

#[test]
fn a_copy_of_the_registry_is_one() {
    let house = House::start(&[]);
    let [write, ..] = house.site("north", &[]);
    let restored = tempfile::tempdir().unwrap();
    let copy = restored.path().join("sites.db");
    house.tell(&["site", "backup", copy.to_str().unwrap()]);
    let again = server(house.folder(), &["site", "backup", copy.to_str().unwrap()]);
    assert!(refused(again).1.contains("exists already"));
    let running = start(&restored);
    let request = crate::fixture::client().post(crate::fixture::url(&running, "/oap"));
    let request = request.header("authorization", format!("Bearer {write}"));
    let body = format!(r#"{{"mac": "{MAC}", "temperature": 1}}"#);
    assert_eq!(request.content_type("application/json").send(body).unwrap().status(), 204);
}

#[test]
fn what_cannot_be_done_names_the_reason_and_the_remedy() {
    let folder = tempfile::tempdir().unwrap();
    let run = |arguments: &[&str]| refused(server(folder.path(), arguments));
    let (code, said) = run(&["site", "list"]);
    assert!(code == Some(66) && said.contains("sites.db") && said.contains("--data-dir"), "{said}");
    drop(start(&folder));
    assert!(server(folder.path(), &["site", "add", "north"]).status.success());
    assert!(server(folder.path(), &["token", "add", "north", "attic"]).status.success());
    for (arguments, code, reason) in [
        (&["site", "add", "north"][..], 73, "there is a site north already"),
        (&["site", "add", "default"], 64, "default site"),
        (&["site", "remove", "west"], 66, "there is no site west"),
        (&["site", "limit", "west", "--motes", "5"], 66, "there is no site west"),
        (&["token", "add", "west", "attic"], 66, "there is no site west"),
        (&["token", "add", "north", "attic"], 73, "there is a token attic"),
        (&["token", "revoke", "north", "cellar"], 66, "there is no token cellar"),
        (&["site", "add", "south", "--store", "influx1"], 78, "embedded store"),
    ] {
        let (found, said) = run(arguments);
        assert_eq!(found, Some(code), "{arguments:?}: {said}");
        assert!(said.contains(reason), "{said}");
    }
    for arguments in [
        &["site", "add", "North"][..],
        &["site", "add", "a/b"],
        &["site", "limit", "north", "--motes", "0"],
        &["token", "add", "north", "cellar", "--scope", "all"],
    ] {
        assert_eq!(server(folder.path(), arguments).status.code(), Some(64), "{arguments:?}");
    }
}

#[test]
fn a_server_does_not_start_without_knowing_its_sites() {
    let folder = tempfile::tempdir().unwrap();
    drop(start(&folder));
    std::fs::write(folder.path().join("sites.db"), "no database ".repeat(100)).unwrap();
    let (code, said) = refused(server(folder.path(), &["--listen", "127.0.0.1:0"]));
    assert!(code == Some(74) && said.contains("sites.db"), "{code:?} {said}");
    assert!(!folder.path().join("sites.db.damaged").exists());
}

#[test]
fn influx_stores_have_no_sites() {
    let folder = tempfile::tempdir().unwrap();
    drop(start(&folder));
    assert!(server(folder.path(), &["site", "add", "north"]).status.success());
    let arguments =
        ["--listen", "127.0.0.1:0", "--store", "influx1", "--influx-url", "http://127.0.0.1:9"];
    let (code, said) = refused(server(folder.path(), &arguments));
    assert!(code == Some(78) && said.contains("embedded store"), "{code:?} {said}");
}

#[test]
fn a_registry_that_is_pulled_away_changes_nothing_for_those_who_are_known() {
    let house = House::start(&[]);
    let [write, ..] = house.site("north", &[]);
    for suffix in ["", "-wal", "-shm"] {
        std::fs::remove_file(house.folder().join(format!("sites.db{suffix}"))).unwrap();
    }
    let made_anew = house.folder().join("sites.db");
    until(|| made_anew.exists());
    assert_eq!(house.post("/oap", &write, MAC, 1.0), 204);
    let later = house.token("north", "later", "write");
    until(|| house.post("/oap", &later, MAC, 1.0) == 204);
    assert_eq!(house.post("/oap", &write, MAC, 1.0), 204);
}
