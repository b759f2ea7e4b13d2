//! What holds of the sites of one server holds of many: the same tests, where one server is written to
//! and another one is asked.

#[path = "../../server/house/asking.rs"]
mod asking;
#[path = "../../server/house/cookie.rs"]
mod cookie;
#[path = "../../server/house/isolation.rs"]
mod isolation;
#[path = "../../server/house/tokens.rs"]
mod tokens;

use core::cell::Cell;

use serde_json::json;

use crate::site::{Site, mac, now, reading};
use asking::{Answer, ask, follow, until};

/// Two servers at work, to which sites and tokens are added.
pub(super) struct House {
    site: Site,
    /// Tokens of a site by which is seen how far the servers are: to write, and for all else.
    marker: [String; 2],
    marked: Cell<u32>,
}

impl House {
    pub(super) fn start(options: &[&str]) -> Self {
        let site = Site::start(2, options);
        site.tell(&["site", "add", "marker"]);
        let token = |scope| site.tell(&["token", "add", "marker", scope, "--scope", scope]);
        let marker = [token("write"), token("admin")];
        let house = Self { site, marker, marked: Cell::default() };
        house.until_told();
        house
    }

    /// What the program prints that is told to do this; all servers go by it.
    pub(super) fn tell(&self, arguments: &[&str]) -> String {
        let said = self.site.tell(arguments);
        self.until_told();
        said
    }

    /// Each server goes by what was changed: a token that was made after that is good there.
    fn until_told(&self) {
        let name = format!("marker-{}", self.mark());
        let token = self.site.tell(&["token", "add", "default", &name, "--scope", "read"]);
        let bearer = format!("Bearer {token}");
        for server in self.servers() {
            let url = format!("{server}/api/v1/usage");
            until(|| ask("GET", &url, &[("authorization", &bearer)], None).status == 200);
        }
    }

    fn mark(&self) -> u32 {
        self.marked.set(self.marked.get() + 1);
        self.marked.get()
    }

    /// Every server that is asked.
    fn servers(&self) -> Vec<String> {
        (0..self.site.servers.len()).map(|server| self.site.url(server)).collect()
    }

    /// The one that is asked by such a request.
    fn server_for(&self, method: &str) -> String {
        self.site.url(usize::from(method == "GET"))
    }

    /// Returns when what was written is to be seen: what was written after it, to another site, is.
    fn settle(&self) {
        let mark = self.mark().to_string();
        let [write, admin] = self.marker.each_ref().map(|token| format!("Bearer {token}"));
        let [to, from] = ["POST", "GET"].map(|method| self.server_for(method));
        let send = |method: &str, path: &str, bearer: &str, body: &str| {
            let headers = [("authorization", bearer)];
            ask(method, &format!("{to}/s/marker/api/v1/{path}"), &headers, Some(body)).status == 204
        };
        let measured = reading(1, 20.0, now());
        until(|| send("POST", "oap", &write, &measured.to_string()));
        let label = json!({ "label": mark }).to_string();
        until(|| send("PUT", &format!("motes/{}", mac(1)), &admin, &label));
        let seen = format!("{from}/s/marker/api/v1/motes");
        let time = measured["timestamp"].as_str().unwrap();
        until(|| {
            let motes = ask("GET", &seen, &[("authorization", &admin)], None).text;
            motes.contains(&format!("\"label\":\"{mark}\"")) && motes.contains(time)
        });
    }
}
