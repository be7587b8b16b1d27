//! The program: runs the command line, and owns up when ecrlint itself is at fault.

#![deny(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::todo,
    clippy::unimplemented,
    clippy::unreachable,
    clippy::dbg_macro,
    clippy::allow_attributes,
    clippy::allow_attributes_without_reason
)]

use std::io::Write;
use std::panic;
use std::process::ExitCode;

fn main() -> ExitCode {
    panic::set_hook(Box::new(|fault| {
        // If standard error is gone, nobody can be told.
        let _ = writeln!(
            std::io::stderr(),
            "\nerror: ecrlint has a fault and had to stop; nothing that it printed can be relied on.\n\
             Please report it at https://github.com/ecrlint/ecrlint/issues with the file that causes it and this text:\n\
             ecrlint {}: {fault}",
            env!("CARGO_PKG_VERSION"),
        );
    }));
    let code = panic::catch_unwind(|| ecrlint::cli::run(std::env::args_os()));
    ExitCode::from(code.unwrap_or(ecrlint::cli::FAULT))
}
