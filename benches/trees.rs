//! How fast ecrlint lints whole trees, as a process: `cargo bench`.
//!
//! With `ECRLINT_SHARED` set to the folder that holds `bench/gen_corpus.py`, the trees `small` (4 files), `repo` (1,000)
//! and `mono` (20,000) are generated; without it only the bundled examples are measured, and the bench says so. For each
//! tree and thread count it prints the median wall time of several runs, files and megabytes a second, and the peak
//! memory of the process where the system tells it (Linux).

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

const BINARY: &str = env!("CARGO_BIN_EXE_ecrlint");

fn main() {
    let manifest = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    println!(
        "{:<10} {:>7} {:>8} {:>7} {:>9} {:>9} {:>8} {:>9}",
        "tree", "files", "MB", "threads", "median", "files/s", "MB/s", "peak MB"
    );
    measure("start", &manifest.join("examples"), &["--version"]);
    measure("examples", &manifest.join("examples"), &[]);
    let Ok(shared) = std::env::var("ECRLINT_SHARED") else {
        println!("ECRLINT_SHARED is not set: the generated trees are left out");
        return;
    };
    let trees = manifest.join("target/bench-trees");
    if !trees.join("mono.tsv").is_file() {
        let status = Command::new("python3")
            .arg(Path::new(&shared).join("bench/gen_corpus.py"))
            .arg(&trees)
            .stdout(Stdio::null())
            .status();
        assert!(
            status.is_ok_and(|status| status.success()),
            "the generator failed"
        );
    }
    for name in ["small", "repo", "mono"] {
        measure(name, &trees.join(name), &["--threads", "1"]);
        measure(name, &trees.join(name), &["--threads", "2"]);
    }
}

fn measure(name: &str, tree: &Path, args: &[&str]) {
    let (files, bytes) = weigh(tree);
    let mut times = Vec::new();
    let mut peak = 0;
    run(tree, args);
    let until = Instant::now() + Duration::from_secs(10);
    while times.len() < 5 || (times.len() < 30 && Instant::now() < until) {
        let (time, memory) = run(tree, args);
        times.push(time);
        peak = peak.max(memory);
    }
    times.sort();
    let median = times.get(times.len() / 2).copied().unwrap_or_default();
    let seconds = median.as_secs_f64().max(1e-9);
    let threads = args
        .iter()
        .skip_while(|arg| **arg != "--threads")
        .nth(1)
        .unwrap_or(&"auto");
    println!(
        "{name:<10} {files:>7} {:>8.2} {threads:>7} {:>6.1} ms {:>9.0} {:>8.1} {:>9.1}",
        bytes as f64 / 1e6,
        seconds * 1e3,
        files as f64 / seconds,
        bytes as f64 / 1e6 / seconds,
        peak as f64 / 1e3,
    );
}

/// Wall time of one run, and its peak memory in kilobytes (0 where the system does not tell).
fn run(tree: &Path, args: &[&str]) -> (Duration, u64) {
    let mut command = Command::new(BINARY);
    if !args.contains(&"--version") {
        command.args(["check", "--format", "compact", "--no-config"]);
    }
    command
        .args(args)
        .current_dir(tree)
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    let start = Instant::now();
    let Ok(mut child) = command.spawn() else {
        eprintln!("{BINARY} does not start");
        std::process::exit(1);
    };
    let status = PathBuf::from(format!("/proc/{}/status", child.id()));
    let mut peak = 0;
    let mut nap = Duration::from_micros(200);
    while child.try_wait().is_ok_and(|ended| ended.is_none()) {
        peak = peak.max(high_water(&status));
        std::thread::sleep(nap);
        nap = (nap * 2).min(Duration::from_millis(2));
    }
    (start.elapsed(), peak)
}

/// The high-water mark of a process's resident memory in kilobytes.
fn high_water(status: &Path) -> u64 {
    fs::read_to_string(status)
        .ok()
        .and_then(|text| {
            let line = text.lines().find(|line| line.starts_with("VmHWM:"))?;
            line.split_whitespace().nth(1)?.parse().ok()
        })
        .unwrap_or(0)
}

/// Files below a folder and their bytes.
fn weigh(tree: &Path) -> (usize, u64) {
    walkdir::WalkDir::new(tree)
        .into_iter()
        .filter_map(Result::ok)
        .filter(|entry| entry.file_type().is_file())
        .filter_map(|entry| entry.metadata().ok())
        .fold((0, 0), |(files, bytes), file| {
            (files + 1, bytes + file.len())
        })
}
