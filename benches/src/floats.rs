//! Floating point: mandelbrot, nbody.

/// How many points of a grid belong to Mandelbrot's set.
pub fn mandelbrot(size: i32) -> i32 {
    let scale = 2.0 / f64::from(size);
    let mut count = 0;
    for row in 1..=size {
        for column in 1..=size {
            if is_inside(
                f64::from(column) * scale - 1.5,
                f64::from(row) * scale - 1.0,
            ) {
                count += 1;
            }
        }
    }
    count
}

fn is_inside(re: f64, im: f64) -> bool {
    let (mut x, mut y, mut xx, mut yy) = (0.0, 0.0, 0.0, 0.0);
    for _ in 0..50 {
        y = x * y + x * y + im;
        x = xx - yy + re;
        xx = x * x;
        yy = y * y;
        if xx + yy > 4.0 {
            return false;
        }
    }
    true
}

struct Planet {
    place: [f64; 3],
    speed: [f64; 3],
    mass: f64,
}

/// Places, speeds and masses: sun, Jupiter, Saturn, Uranus, Neptune.
const PLANETS: [([f64; 3], [f64; 3], f64); 5] = [
    ([0.0, 0.0, 0.0], [0.0, 0.0, 0.0], 1e9),
    (
        [484143144.0, -116032004.0, -10362204.0],
        [166007664.0, 769901118.0, -6904601.0],
        954791.0,
    ),
    (
        [834336672.0, 412479856.0, -40352342.0],
        [-276742511.0, 499852801.0, 2304173.0],
        285885.0,
    ),
    (
        [1289436956.0, -1511115140.0, -22330758.0],
        [296460138.0, 237847174.0, -2965896.0],
        43662.0,
    ),
    (
        [1537969711.0, -2591931461.0, 179258773.0],
        [268067772.0, 162824170.0, -9515923.0],
        51514.0,
    ),
];

/// The energy of the planets after so many steps, in units of 10 to the -9.
pub fn nbody(steps: i32) -> i32 {
    let mut bodies: Vec<Planet> = PLANETS.iter().map(planet).collect();
    stop_drift(&mut bodies);
    for _ in 0..steps {
        advance(&mut bodies, 0.01);
    }
    (energy(&bodies) * 1e9) as i32
}

fn planet((place, speed, mass): &([f64; 3], [f64; 3], f64)) -> Planet {
    let pi = 314159265.0 / 1e8;
    Planet {
        place: place.map(|x| x / 1e8),
        speed: speed.map(|v| v / 1e9 * 365.0 / 100.0),
        mass: mass / 1e9 * 4.0 * pi * pi,
    }
}

fn stop_drift(bodies: &mut [Planet]) {
    let mut momentum = [0.0; 3];
    for body in bodies.iter() {
        for (sum, speed) in momentum.iter_mut().zip(body.speed) {
            *sum += speed * body.mass;
        }
    }
    let mass = bodies[0].mass;
    bodies[0].speed = momentum.map(|p| 0.0 - p / mass);
}

fn difference(a: &Planet, b: &Planet) -> [f64; 3] {
    [
        a.place[0] - b.place[0],
        a.place[1] - b.place[1],
        a.place[2] - b.place[2],
    ]
}

fn square(d: [f64; 3]) -> f64 {
    d[0] * d[0] + d[1] * d[1] + d[2] * d[2]
}

fn advance(bodies: &mut [Planet], time: f64) {
    for i in 0..bodies.len() {
        let (front, back) = bodies.split_at_mut(i + 1);
        let one = &mut front[i];
        for other in back {
            let d = difference(one, other);
            let square = square(d);
            let force = time / (square * square.sqrt());
            other.accelerate(d, one.mass * force);
            one.accelerate(d, 0.0 - other.mass * force);
        }
    }
    for body in bodies {
        for (place, speed) in body.place.iter_mut().zip(body.speed) {
            *place += speed * time;
        }
    }
}

impl Planet {
    fn accelerate(&mut self, d: [f64; 3], factor: f64) {
        for (speed, d) in self.speed.iter_mut().zip(d) {
            *speed += d * factor;
        }
    }
}

fn energy(bodies: &[Planet]) -> f64 {
    let mut sum = 0.0;
    for (i, body) in bodies.iter().enumerate() {
        sum += square(body.speed) * body.mass / 2.0;
        for other in &bodies[i + 1..] {
            sum -= body.mass * other.mass / square(difference(body, other)).sqrt();
        }
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_results() {
        assert_eq!(mandelbrot(10), 44);
        assert_eq!(nbody(20), -169_307_431);
    }
}
