use std::sync::Arc;

use tokio::runtime::Handle;

use crate::app::App;
use crate::gateways;
use crate::incoming::Announcement;
use crate::state::News;
use crate::store::{Heard, Written};

/// Tells those who listen here what any server has stored, if the store is one that is followed.
pub(crate) fn follow(app: &Arc<App>, runtime: &Handle) {
    let Some(mut heard) = app.store.heard() else { return };
    let app = Arc::clone(app);
    runtime.spawn(async move {
        let mut stopped = app.stopped();
        loop {
            tokio::select! {
                _ = stopped.wait_for(|&stopped| stopped) => return,
                news = heard.recv() => match news {
                    Some(news) => announce(&app, news),
                    None => return,
                },
            }
        }
    });
}

fn announce(app: &App, heard: Heard) {
    match heard {
        Heard::Records { client, records, is_ours } => {
            let count = records.len();
            if !is_ours {
                app.usage.sent_elsewhere(count);
            }
            Announcement::of(records).tell(app, &client, count, &Written::default());
        }
        Heard::Status { client, json } => {
            if let Err(reason) = gateways::hear(app, &client, &json) {
                tracing::debug!(reason, "what a gateway has told another server is not understood");
            }
        }
        Heard::Label(label) => app.states.tell(News::Label(label.mac, label.text.into())),
    }
}
