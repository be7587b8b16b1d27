//! Shell scripts as commands.
