//! The sizes of one layer's work.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// Time steps T, batch B, input size I, hidden size H of a layer's work; written `T,B,I,H`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(from = "[usize; 4]", into = "[usize; 4]")]
pub struct Shape {
    /// T.
    pub steps: usize,
    /// B.
    pub batch: usize,
    /// I.
    pub input: usize,
    /// H.
    pub hidden: usize,
}

impl Shape {
    /// The small and the medium language model of Zaremba et al. (2014), a larger batch, and two
    /// sequences of characters, one of them long.
    pub const DEFAULT: [Self; 5] = [
        Self::new(35, 20, 200, 200),
        Self::new(35, 20, 650, 650),
        Self::new(35, 64, 256, 256),
        Self::new(128, 32, 128, 128),
        Self::new(400, 32, 128, 128),
    ];

    /// A shape from its sizes.
    pub const fn new(steps: usize, batch: usize, input: usize, hidden: usize) -> Self {
        Self { steps, batch, input, hidden }
    }

    /// Tokens, T·B.
    pub const fn tokens(self) -> usize {
        self.steps * self.batch
    }
}

impl fmt::Display for Shape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{},{},{},{}", self.steps, self.batch, self.input, self.hidden)
    }
}

impl FromStr for Shape {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let problem = || format!("`{text}` is no shape: write T,B,I,H, four whole numbers above 0");
        let sizes: Vec<usize> = text
            .split(',')
            .map(|size| size.trim().parse().ok().filter(|size| *size > 0))
            .collect::<Option<_>>()
            .ok_or_else(problem)?;
        <[usize; 4]>::try_from(sizes).map(Self::from).map_err(|_| problem())
    }
}

impl From<[usize; 4]> for Shape {
    fn from([steps, batch, input, hidden]: [usize; 4]) -> Self {
        Self::new(steps, batch, input, hidden)
    }
}

impl From<Shape> for [usize; 4] {
    fn from(shape: Shape) -> Self {
        [shape.steps, shape.batch, shape.input, shape.hidden]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shapes_are_read_as_they_are_written() {
        for shape in Shape::DEFAULT {
            assert_eq!(shape.to_string().parse(), Ok(shape));
        }
        assert_eq!("1, 2,3 ,4".parse(), Ok(Shape::new(1, 2, 3, 4)));
    }

    #[test]
    fn what_is_no_shape_is_refused_with_what_was_written() {
        for text in ["", "35,20,200", "35,20,200,200,1", "35,0,200,200", "35,-1,200,200", "a,b,c,d"]
        {
            let problem = text.parse::<Shape>().unwrap_err();
            assert!(problem.contains(text) && problem.contains("T,B,I,H"), "{problem}");
        }
    }
}
