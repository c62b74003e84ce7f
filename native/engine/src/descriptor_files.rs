//! Sets of descriptors out of files.

use std::fs::File;
use std::io::Read;
use tapistry_digest::descriptors::Descriptors;

/// Larger files are refused: those of whole companies are a tenth of it.
const BYTES_MAX: u64 = 64 << 20;

const MAKE: &str = "make it with protoc --include_imports --descriptor_set_out=FILE, or buf build -o FILE.binpb";

/// Reads all of them; what is wrong with one is told with its name and what to do.
pub fn read_descriptor_files(paths: &[String]) -> Result<Descriptors, String> {
    let sets = paths.iter().map(|path| read(path)).collect::<Result<Vec<_>, _>>()?;
    Descriptors::of(&sets).map_err(|(at, problem)| format!("{}: {problem}: {MAKE}", paths[at]))
}

fn read(path: &str) -> Result<Vec<u8>, String> {
    let mut bytes = Vec::new();
    let read = File::open(path).and_then(|file| file.take(BYTES_MAX + 1).read_to_end(&mut bytes));
    match read {
        Err(error) => Err(format!("{path}: cannot be read: {error}")),
        Ok(_) if bytes.len() as u64 > BYTES_MAX => Err(format!("{path}: is larger than {} MiB: {MAKE} of fewer files", BYTES_MAX >> 20)),
        Ok(_) => Ok(bytes),
    }
}
