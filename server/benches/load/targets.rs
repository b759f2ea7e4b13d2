/// What is aimed at, and what was found.
#[derive(Default)]
pub(crate) struct Targets(Vec<Target>);

struct Target {
    what: &'static str,
    aim: String,
    found: f64,
    met: bool,
}

impl Targets {
    pub(crate) fn at_least(&mut self, what: &'static str, aim: f64, found: f64) {
        self.0.push(Target { what, aim: format!("≥ {aim}"), found, met: found >= aim });
    }

    pub(crate) fn at_most(&mut self, what: &'static str, aim: f64, found: f64) {
        self.0.push(Target { what, aim: format!("≤ {aim}"), found, met: found <= aim });
    }

    pub(crate) fn print(&self) {
        println!("\n## What is aimed at\n");
        println!("| what | aim | found | |");
        println!("|---|---|---|---|");
        for Target { what, aim, found, met } in &self.0 {
            let verdict = if *met { "met" } else { "MISSED" };
            println!("| {what} | {aim} | {found:.2} | {verdict} |");
        }
    }
}
