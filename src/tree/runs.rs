//! Builds the way back from decoded text to the file.
//!
//! Every reader walks the source of a string from left to right and says what it did with each piece; the runs come
//! out in the one form that [`Text`](super::Text) reads.

/// Runs in the making.
#[derive(Debug)]
pub(super) struct RunMap {
    runs: Vec<(u32, u32)>,
    decoded: u32,
    file: u32,
    /// Whether the next copied byte continues the last run.
    open: bool,
}

impl RunMap {
    /// Nothing decoded yet; the source starts at byte `file`.
    pub(super) fn new(file: u32) -> Self {
        RunMap {
            runs: Vec::new(),
            decoded: 0,
            file,
            open: false,
        }
    }

    /// How many bytes have been decoded.
    pub(super) fn decoded(&self) -> usize {
        self.decoded as usize
    }

    /// `len` bytes stand in the file as decoded.
    pub(super) fn copy(&mut self, len: usize) {
        if len == 0 {
            return;
        }
        if !self.open {
            self.mark();
            self.open = true;
        }
        self.decoded = self.decoded.saturating_add(clamp(len));
        self.file = self.file.saturating_add(clamp(len));
    }

    /// `written` bytes of the file decode to `decoded` bytes of something else.
    pub(super) fn replace(&mut self, written: usize, decoded: usize) {
        if decoded == 0 {
            self.skip(written);
            return;
        }
        self.mark();
        self.open = false;
        self.decoded = self.decoded.saturating_add(clamp(decoded));
        self.file = self.file.saturating_add(clamp(written));
    }

    /// `written` bytes of the file stand for nothing.
    pub(super) fn skip(&mut self, written: usize) {
        if written == 0 {
            return;
        }
        // Two runs at one decoded offset: the first says where the text before ends, the second where the text after
        // starts.
        if self.decoded > 0 {
            self.mark();
        }
        self.open = false;
        self.file = self.file.saturating_add(clamp(written));
    }

    fn mark(&mut self) {
        let run = (self.decoded, self.file);
        let same = self
            .runs
            .iter()
            .rev()
            .take_while(|(decoded, _)| *decoded == run.0)
            .count();
        match self.runs.last_mut() {
            Some(last) if *last == run => {}
            Some(last) if same > 1 => *last = run,
            _ => self.runs.push(run),
        }
    }

    /// The runs. Where the text ends in something that was not copied, a last empty run says where that ended.
    pub(super) fn finish(mut self) -> Vec<(u32, u32)> {
        let ended = self
            .runs
            .last()
            .is_some_and(|(decoded, _)| *decoded == self.decoded);
        if self.runs.is_empty() || !(self.open || ended) {
            self.mark();
        }
        self.runs
    }
}

fn clamp(len: usize) -> u32 {
    u32::try_from(len).unwrap_or(u32::MAX)
}
