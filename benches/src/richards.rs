//! The core of a small operating system, simulated (after Martin Richards' program).
//!
//! What a task does is a trait object, as it is a polymorphic send in the image. Packets are
//! moved from chain to chain in boxes.

type Chain = Option<Box<Packet>>;

struct Packet {
    link: Chain,
    owner: usize,
    is_work: bool,
    position: usize,
    letters: Vec<i32>,
}

impl Packet {
    fn new(link: Chain, owner: Option<usize>) -> Box<Packet> {
        Box::new(Packet {
            link,
            owner: owner.unwrap_or(0),
            is_work: owner.is_none(),
            position: 0,
            letters: vec![0; 4],
        })
    }
}

fn append(mut packet: Box<Packet>, chain: &mut Chain) {
    packet.link = None;
    let mut end = chain;
    while let Some(next) = end {
        end = &mut next.link;
    }
    *end = Some(packet);
}

fn packets(count: i32, device: Option<usize>) -> Chain {
    (0..count).fold(None, |chain, _| Some(Packet::new(chain, device)))
}

/// What a task does when it has its turn; answers the number of the task to go on with.
trait Behaviour {
    fn process(&mut self, system: &mut System, packet: Chain) -> Option<usize>;
}

struct Task {
    priority: i32,
    input: Chain,
    next: Option<usize>,
    pending: bool,
    waiting: bool,
    held: bool,
}

struct System {
    tasks: Vec<Task>,
    current: usize,
    queued: i32,
    held: i32,
}

impl System {
    fn wait(&mut self) -> Option<usize> {
        self.tasks[self.current].waiting = true;
        Some(self.current)
    }

    fn queue(&mut self, mut packet: Box<Packet>) -> Option<usize> {
        let owner = packet.owner;
        self.queued += 1;
        packet.link = None;
        packet.owner = self.current;
        let priority = self.tasks[self.current].priority;
        let task = &mut self.tasks[owner];
        if task.input.is_none() {
            task.input = Some(packet);
            task.pending = true;
            if task.priority > priority {
                return Some(owner);
            }
        } else {
            append(packet, &mut task.input);
        }
        Some(self.current)
    }

    fn release(&mut self, number: usize) -> Option<usize> {
        let priority = self.tasks[self.current].priority;
        let task = &mut self.tasks[number];
        task.held = false;
        Some(if task.priority > priority {
            number
        } else {
            self.current
        })
    }

    fn hold_current(&mut self) -> Option<usize> {
        self.held += 1;
        let task = &mut self.tasks[self.current];
        task.held = true;
        task.next
    }
}

struct Idle {
    rounds: i32,
    control: i32,
}

impl Behaviour for Idle {
    fn process(&mut self, system: &mut System, _: Chain) -> Option<usize> {
        self.rounds -= 1;
        if self.rounds == 0 {
            return system.hold_current();
        }
        if self.control % 2 == 0 {
            self.control /= 2;
            return system.release(4);
        }
        self.control = self.control / 2 + 32768;
        for bit in [16384, 4096, 8] {
            if self.control / bit % 2 == 0 {
                self.control += bit;
            } else {
                self.control -= bit;
            }
        }
        system.release(5)
    }
}

struct Worker {
    handler: usize,
    letter: i32,
}

impl Behaviour for Worker {
    fn process(&mut self, system: &mut System, packet: Chain) -> Option<usize> {
        let Some(mut packet) = packet else {
            return system.wait();
        };
        self.handler = if self.handler == 2 { 3 } else { 2 };
        packet.owner = self.handler;
        packet.position = 0;
        for i in 0..4 {
            self.letter = if self.letter == 26 {
                1
            } else {
                self.letter + 1
            };
            packet.letters[i] = 64 + self.letter;
        }
        system.queue(packet)
    }
}

#[derive(Default)]
struct Handler {
    work: Chain,
    devices: Chain,
}

impl Behaviour for Handler {
    fn process(&mut self, system: &mut System, packet: Chain) -> Option<usize> {
        if let Some(packet) = packet {
            let chain = if packet.is_work {
                &mut self.work
            } else {
                &mut self.devices
            };
            append(packet, chain);
        }
        let Some(mut work) = self.work.take() else {
            return system.wait();
        };
        if work.position > 3 {
            self.work = work.link.take();
            return system.queue(work);
        }
        let Some(mut device) = self.devices.take() else {
            self.work = Some(work);
            return system.wait();
        };
        self.devices = device.link.take();
        device.position = work.letters[work.position] as usize;
        work.position += 1;
        self.work = Some(work);
        system.queue(device)
    }
}

#[derive(Default)]
struct Device {
    busy: Chain,
}

impl Behaviour for Device {
    fn process(&mut self, system: &mut System, packet: Chain) -> Option<usize> {
        if packet.is_some() {
            self.busy = packet;
            return system.hold_current();
        }
        match self.busy.take() {
            None => system.wait(),
            Some(done) => system.queue(done),
        }
    }
}

/// Runs the idle task so many times. A thousand times the packets queued, plus the times a
/// task was held, each modulo a thousand.
pub fn richards(size: i32) -> i32 {
    let kinds: Vec<(Box<dyn Behaviour>, i32, Chain, bool)> = vec![
        (
            Box::new(Idle {
                rounds: size,
                control: 1,
            }),
            0,
            None,
            false,
        ),
        (
            Box::new(Worker {
                handler: 2,
                letter: 0,
            }),
            1000,
            packets(2, None),
            true,
        ),
        (
            Box::new(Handler::default()),
            2000,
            packets(3, Some(4)),
            true,
        ),
        (
            Box::new(Handler::default()),
            3000,
            packets(3, Some(5)),
            true,
        ),
        (Box::new(Device::default()), 4000, None, true),
        (Box::new(Device::default()), 5000, None, true),
    ];
    let mut system = System {
        tasks: Vec::new(),
        current: 0,
        queued: 0,
        held: 0,
    };
    let mut behaviours = Vec::new();
    for (behaviour, priority, input, waiting) in kinds {
        let next = system.tasks.len().checked_sub(1);
        behaviours.push(behaviour);
        system.tasks.push(Task {
            priority,
            pending: input.is_some(),
            input,
            next,
            waiting,
            held: false,
        });
    }
    run(&mut system, &mut behaviours);
    system.queued % 1000 * 1000 + system.held % 1000
}

fn run(system: &mut System, behaviours: &mut [Box<dyn Behaviour>]) {
    let mut next = Some(system.tasks.len() - 1);
    while let Some(current) = next {
        system.current = current;
        let task = &mut system.tasks[current];
        if task.held || task.waiting && !task.pending {
            next = task.next;
            continue;
        }
        let mut packet = None;
        if task.pending && task.waiting {
            packet = task.input.take();
            task.input = packet.as_mut().and_then(|p| p.link.take());
            task.waiting = false;
            task.pending = task.input.is_some();
        }
        next = behaviours[current].process(system, packet);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_results() {
        assert_eq!(richards(1000), 322_928);
        assert_eq!(richards(10_000), 246_297);
    }
}
