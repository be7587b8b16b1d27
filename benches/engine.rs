//! How many requests a second the IAM engine answers, on one core: `cargo bench --bench engine`.
//!
//! With `ECRLINT_SHARED` set to the folder that holds `cases/requests.jsonl`, those are the requests; without it the
//! repository's own few, and the bench says so. Three ways: policies compiled once and reused (the library), each line
//! read, compiled and answered (the library), and the same as a process (`ecrlint simulate --requests`), with its peak
//! memory for a short and a long stream where the system tells it (Linux).

use ecrlint::cli::simulate::case::{Case, Line};
use std::fs;
use std::hint::black_box;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

const BINARY: &str = env!("CARGO_BIN_EXE_ecrlint");

/// How long each way is measured.
const TIME: Duration = Duration::from_secs(3);

fn main() {
    let own = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/simulate/requests.jsonl");
    let path = match std::env::var_os("ECRLINT_SHARED") {
        Some(shared) => PathBuf::from(shared).join("cases/requests.jsonl"),
        None => {
            println!("ECRLINT_SHARED is not set: only the repository's own requests are measured");
            own
        }
    };
    let text =
        fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let lines: Vec<&str> = text.lines().collect();
    println!(
        "{} requests, {} bytes a line on average",
        lines.len(),
        text.len() / lines.len().max(1)
    );

    let cases: Vec<Case> = lines
        .iter()
        .map(|line| {
            Line::read(line.as_bytes())
                .case
                .unwrap_or_else(|error| panic!("{error}"))
        })
        .collect();
    measure("compiled policies reused", cases.len(), || {
        for case in &cases {
            black_box(case.decide());
        }
    });
    measure("read, compiled, answered", lines.len(), || {
        for line in &lines {
            black_box(Line::read(line.as_bytes()).answer());
        }
    });
    process(&lines);
}

/// Repeats a round of `size` requests for a while; prints the rate of the median round.
fn measure(name: &str, size: usize, round: impl Fn()) {
    round();
    let mut times = Vec::new();
    let until = Instant::now() + TIME;
    while times.len() < 5 || Instant::now() < until {
        let start = Instant::now();
        round();
        times.push(start.elapsed());
    }
    times.sort();
    let median = times.get(times.len() / 2).copied().unwrap_or_default();
    println!(
        "{name:<32} {:>9.0} requests/s  {:>7.2} µs each",
        size as f64 / median.as_secs_f64(),
        median.as_secs_f64() * 1e6 / size as f64
    );
}

/// The command over a stream that repeats the lines.
fn process(lines: &[&str]) {
    let folder = tempfile::tempdir().expect("a folder");
    for total in [2_000, 100_000] {
        let path = folder.path().join(format!("{total}.jsonl"));
        let mut out = BufWriter::new(fs::File::create(&path).expect("a file"));
        for line in lines.iter().cycle().take(total) {
            writeln!(out, "{line}").expect("a line");
        }
        out.into_inner()
            .expect("a file")
            .sync_all()
            .expect("a file");
        for threads in ["1", "2"] {
            let start = Instant::now();
            let mut child = Command::new(BINARY)
                .args(["simulate", "--threads", threads, "--requests"])
                .arg(&path)
                .stdout(Stdio::null())
                .spawn()
                .expect("ecrlint runs");
            let status = format!("/proc/{}/status", child.id());
            let mut peak = 0;
            let mut nap = Duration::from_micros(200);
            while child.try_wait().is_ok_and(|ended| ended.is_none()) {
                peak = peak.max(high_water(&status));
                std::thread::sleep(nap);
                nap = (nap * 2).min(Duration::from_millis(2));
            }
            let seconds = start.elapsed().as_secs_f64();
            println!(
                "{:<32} {:>9.0} requests/s  {:>7.1} MB at most",
                format!("process, {total} lines, {threads} thread(s)"),
                total as f64 / seconds,
                peak as f64 / 1e3
            );
        }
    }
}

/// The high-water mark of a process's resident memory in kilobytes; 0 where the system does not tell.
fn high_water(status: &str) -> u64 {
    fs::read_to_string(status)
        .ok()
        .and_then(|text| {
            let line = text.lines().find(|line| line.starts_with("VmHWM:"))?;
            line.split_whitespace().nth(1)?.parse().ok()
        })
        .unwrap_or(0)
}
