//! The cheap test before any parse.
