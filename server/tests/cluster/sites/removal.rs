use serde_json::json;

use super::client::{Answer, add, ask, deliver, get, json_of, label};
use crate::site::{Site, now, reading, until};

#[test]
fn nothing_of_a_removed_site_stays_and_what_others_have_does() {
    let site = Site::start(2, &[]);
    let (north, south) = (add(&site, "north", &[]), add(&site, "south", &[]));
    let reading = reading(1, 21.5, now());
    for tokens in [&north, &south] {
        deliver(&site.url(0), &tokens.write, &reading);
    }
    ask("POST", &format!("{}/api/v1/oap", site.url(0)), None, Some(&reading));
    until("the history has both", || (site.series_of_sites()?.lines().count() == 2).then_some(()));
    until("it can be labelled", || {
        (label(&site.url(0), &north.admin, 1, "attic") == 204).then_some(())
    });
    site.tell(&["site", "remove", "north"]);
    for server in 0..2 {
        let url = format!("{}/api/v1/oap", site.url(server));
        until("its tokens are refused", || {
            let Answer { status, .. } = ask("POST", &url, Some(&north.write), Some(&reading));
            (status == 401).then_some(())
        });
    }
    until("the history has the other alone", || {
        (site.series_of_sites()?.lines().count() == 1).then_some(())
    });
    // Another of the same name begins with nothing.
    let again = add(&site, "north", &[]);
    for server in 0..2 {
        let url = site.url(server);
        for path in ["readings", "motes"] {
            let path = format!("{url}/s/north/api/v1/{path}");
            assert_eq!(get(&path, &again.read).text.trim(), "[]");
        }
        let theirs = format!("{url}/api/v1/readings");
        until("the other has what it had", || {
            (json_of(&theirs, &south.read) == json!([reading])).then_some(())
        });
        until("the default one too", || {
            let all = ask("GET", &theirs, None, None).text;
            (serde_json::from_str::<serde_json::Value>(&all).ok()? == json!([reading]))
                .then_some(())
        });
    }
}
