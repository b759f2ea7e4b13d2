use core::time::Duration;
use std::sync::Arc;
use std::time::Instant;

use super::recall::recall;
use crate::app::App;

/// Between two looks at the clock.
const INTERVAL: Duration = Duration::from_secs(1);

/// Between two looks at what other servers have stored in the same engine, at least.
const ASK_INTERVAL: Duration = Duration::from_secs(5);

/// Between two looks for motes of which nothing is kept any more.
const FORGET_INTERVAL: Duration = Duration::from_secs(60);

/// Finds out how the motes are doing, and watches them until the app stops.
pub(crate) async fn watch(app: Arc<App>) {
    let mut stopped = app.stopped();
    tokio::select! {
        _ = stopped.wait_for(|&stopped| stopped) => return,
        () = recall(&app.states, &app.store) => {}
    }
    let mut ticks = tokio::time::interval(INTERVAL);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let mut asked = Instant::now();
    let mut forgotten = Instant::now();
    loop {
        tokio::select! {
            _ = stopped.wait_for(|&stopped| stopped) => return,
            _ = ticks.tick() => {}
        }
        if app.store.is_shared() && asked.elapsed() >= ASK_INTERVAL && app.states.would_change() {
            asked = Instant::now();
            // Another server may have heard what this one has not. If the store does not answer,
            // nothing was stored either.
            if let Ok(latest) = app.store.latest().await {
                app.states.recall_latest(&latest);
            }
        }
        app.states.look();
        if forgotten.elapsed() >= FORGET_INTERVAL {
            forgotten = Instant::now();
            app.states.forget(app.retention);
        }
    }
}
