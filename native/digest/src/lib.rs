//! Bodies to shapes, values to classes, tokens to facts. Raw values end here.
