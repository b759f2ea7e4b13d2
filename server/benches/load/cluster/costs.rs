//! What readings cost the machines.

use super::machines::Machines;

/// Kinds of machines, in the order that is printed.
const KINDS: [&str; 4] = ["servers", "nginx", "log", "history"];

/// What was used until some moment.
pub(crate) struct Costs {
    cpu: [f64; 4],
    network: [u64; 2],
}

impl Costs {
    /// Until now.
    pub(crate) fn of(machines: &Machines) -> Self {
        Self { cpu: machines.each(|process| process.cpu()), network: machines.network() }
    }

    /// Prints what has been used since, of what is the same for each reading, and the most memory that was in use at any
    /// time.
    pub(crate) fn print(&self, machines: &Machines, readings: u64) {
        let now = Self::of(machines);
        let mut sum = 0.0;
        print!("CPU s per 10 000 readings:");
        for (name, (before, after)) in KINDS.iter().zip(self.cpu.iter().zip(now.cpu)) {
            let cost = (after - before) / readings as f64 * 10_000.0;
            sum += cost;
            print!(" {name} {cost:.3},");
        }
        println!(" sum {sum:.3}");
        print!("at most, MiB:");
        let memory = machines.each(|process| process.peak_memory());
        for (name, most) in KINDS.iter().zip(memory) {
            print!(" {name} {most:.0},");
        }
        println!(" sum {:.0}", memory.iter().sum::<f64>());
        let each =
            |index: usize| (now.network[index] - self.network[index]) as f64 / readings as f64;
        println!(
            "octets a reading on the network: {:.0} between gateways, nginx, servers and history, {:.0} to, from and \
             between nats-servers",
            each(0),
            each(1)
        );
    }
}
