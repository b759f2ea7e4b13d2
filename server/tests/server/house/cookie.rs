use crate::fixture::MAC;

use super::House;

#[test]
fn a_link_becomes_a_cookie_that_is_good_for_looking_alone() {
    let house = House::start(&[]);
    let [write, read, admin] = house.site("north", &[]);
    assert_eq!(house.post("/oap", &write, MAC, 1.0), 204);
    let link = house.get(&format!("/s/north/?token={read}"), None);
    assert_eq!(link.status, 303, "{}", link.text);
    assert_eq!(
        (&link.headers["location"], &link.headers["cache-control"]),
        (&"./".parse().unwrap(), &"no-store".parse().unwrap())
    );
    let cookie = link.headers["set-cookie"].to_str().unwrap().to_owned();
    assert!(
        cookie.contains("Path=/s/north/;") && cookie.contains("HttpOnly; SameSite=Lax"),
        "{cookie}"
    );
    assert!(!cookie.contains("Secure"), "{cookie}");
    let pair = cookie.split(';').next().unwrap().to_owned();
    let get = |path: &str| house.ask("GET", path, &[("cookie", &pair)], None);
    let page = get("/s/north/");
    assert!(page.status == 200 && page.text.contains("<!doctype html>"));
    assert!(get("/s/north/api/v1/motes").text.contains(MAC));
    assert_eq!(get("/s/north/api/v1/motes").headers["cache-control"], "no-store");
    assert!(get("/s/north/").headers["vary"].to_str().is_ok());
    assert_eq!(get("/api/v1/motes").text, "[]", "the default site has no cookie");
    // An admin's link lets a browser look as well, and no more.
    let pair = format!("clouddata-site={admin}");
    let label = |headers: &[(&str, &str)]| {
        let path = format!("/s/north/api/v1/motes/{MAC}");
        house.ask("PUT", &path, headers, Some(r#"{"label": "attic"}"#)).status
    };
    assert_eq!(label(&[("cookie", &pair)]), 403);
    assert_eq!(label(&[("cookie", &pair), ("authorization", &format!("Bearer {admin}"))]), 204);
    let tokens = house.ask("GET", "/s/north/api/v1/tokens", &[("cookie", &pair)], None);
    assert_eq!(tokens.status, 403);
}

#[test]
fn a_cookie_is_for_https_alone_where_it_came_that_way() {
    let house = House::start(&[]);
    let [_, read, _] = house.site("north", &[]);
    let headers = [("x-forwarded-proto", "https")];
    let link = house.ask("GET", &format!("/s/north/?token={read}"), &headers, None);
    assert!(link.headers["set-cookie"].to_str().unwrap().ends_with("; Secure"));
}

#[test]
fn a_link_that_is_none_is_no_way_in() {
    let house = House::start(&[]);
    let [write, read, _] = house.site("north", &[]);
    let [_, other, _] = house.site("south", &[]);
    for (path, status) in [
        (format!("/s/north/?token={write}"), 403),
        (format!("/s/north/?token={other}"), 401),
        ("/s/north/?token=".to_owned(), 401),
        (format!("/s/north/api/v1/motes?token={read}"), 401),
    ] {
        let answer = house.get(&path, None);
        assert_eq!(answer.status, status, "{path}");
        assert!(!answer.headers.contains_key("set-cookie"), "{path}");
    }
    // Without its last slash the address is made whole, whether there is such a site or not.
    for name in ["north", "west"] {
        let answer = house.get(&format!("/s/{name}?token=x"), None);
        assert_eq!(
            (answer.status, answer.headers["location"].to_str().unwrap()),
            (308, &*format!("{name}/?token=x"))
        );
    }
}
