//! Several captures as one.

mod written;

use std::fs;
use std::path::PathBuf;

use tapistry_capture::{End, Merged, Resume, Source, prefix_digest};
use written::{Sent, gzip, pcap, pcapng, sent, zstd};

/// A folder that is gone after the test.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("tapistry-merge-{name}-{}", std::process::id()));
        fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    fn write(&self, name: &str, bytes: &[u8]) -> PathBuf {
        let path = self.0.join(name);
        fs::write(&path, bytes).unwrap();
        path
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn sources(paths: &[PathBuf]) -> Vec<Source> {
    paths.iter().map(|path| Source::File { path: path.clone(), resume: None }).collect()
}

fn read(merged: &mut Merged) -> Vec<(i64, Vec<u8>)> {
    let mut out = Vec::new();
    while let Some((_, packet)) = merged.next() {
        out.push((packet.time_ns, packet.data.to_vec()));
    }
    out
}

fn numbered(count: u32) -> Vec<Sent> {
    (0..count).map(|number| sent(i64::from(number / 2) * 1_000, &number.to_be_bytes().repeat(1 + number as usize % 40))).collect()
}

#[test]
fn order_of_arguments_changes_nothing() {
    let folder = Folder::new("order");
    let all = numbered(3_000);
    let part = |of: usize| -> Vec<Sent> { all.iter().enumerate().filter(|(at, _)| at % 3 == of).map(|(_, packet)| packet.clone()).collect() };
    let mut paths = vec![
        folder.write("c", &pcap(0xa1b2_c3d4, false, &part(0))),
        folder.write("b", &gzip(&pcapng(true, &part(1)))),
        folder.write("a", &zstd(&pcap(0xa1b2_3c4d, true, &part(2)))),
    ];
    let first = read(&mut Merged::new(sources(&paths), false));
    assert_eq!(first.len(), all.len());
    assert!(first.is_sorted_by_key(|(time, _)| *time));
    for _ in 0..3 {
        paths.rotate_left(1);
        assert_eq!(read(&mut Merged::new(sources(&paths), true)), first);
    }
    // Names change nothing either.
    fs::rename(&paths[0], folder.0.join("zz")).unwrap();
    paths[0] = folder.0.join("zz");
    assert_eq!(read(&mut Merged::new(sources(&paths), false)), first);
}

#[test]
fn more_files_than_may_be_open() {
    let folder = Folder::new("many");
    let all = numbered(3_200);
    let mut paths = Vec::new();
    for file in 0..320 {
        // The first half interleaves, the second half follows in time.
        let own: Vec<Sent> = (0..10).map(|at| if file < 160 { all[at * 160 + file].clone() } else { all[file * 10 + at].clone() }).collect();
        let bytes = pcap(0xa1b2_c3d4, false, &own);
        paths.push(folder.write(&format!("{file}"), &if file % 10 == 0 { zstd(&bytes) } else { bytes }));
    }
    let mut merged = Merged::new(sources(&paths), true);
    let got = read(&mut merged);
    let mut expected: Vec<i64> = all.iter().map(|packet| packet.time_ns).collect();
    expected.sort();
    assert_eq!(got.iter().map(|(time, _)| *time).collect::<Vec<_>>(), expected);
    for (report, path) in merged.reports().iter().zip(&paths) {
        assert_eq!((report.counters.packets, report.end, &report.problem), (10, End::Whole, &None));
        assert_eq!(report.digest, prefix_digest(path, report.position).unwrap());
    }
}

#[test]
fn one_bad_input_never_stops_the_others() {
    let folder = Folder::new("bad");
    let good = pcap(0xa1b2_c3d4, false, &numbered(10));
    let mut broken = good.clone();
    broken.extend([0xff; 16]);
    let paths = [
        folder.write("good", &good),
        folder.write("empty", b""),
        folder.0.join("absent"),
        folder.write("text", b"hello\n"),
        folder.write("cut", &good[..good.len() - 1]),
        folder.write("broken", &broken),
        folder.0.clone(),
        folder.write("header", &good[..24]),
    ];
    let mut merged = Merged::new(sources(&paths), false);
    assert_eq!(read(&mut merged).len(), 29 + 1);
    let reports = merged.reports();
    assert_eq!((reports[5].counters.malformed_packets, reports[5].malformed_at), (1, Some(good.len() as u64)));
    let packets: Vec<u64> = reports.iter().map(|report| report.counters.packets).collect();
    assert_eq!(packets, [10, 0, 0, 0, 9, 10, 0, 0]);
    let has_problem: Vec<bool> = reports.iter().map(|report| report.problem.is_some()).collect();
    assert_eq!(has_problem, [false, true, true, true, false, true, true, false]);
    assert!(matches!(reports[4].end, End::Cut { .. }));
}

#[test]
fn a_grown_file_goes_on_from_there() {
    let folder = Folder::new("grown");
    let all = numbered(100);
    for write in
        [|packets: &[Sent]| pcap(0xa1b2_c3d4, false, packets), |packets: &[Sent]| pcapng(false, packets), |packets: &[Sent]| gzip(&pcapng(true, packets))]
    {
        let path = folder.write("file", &write(&all[..60]));
        let mut merged = Merged::new(sources(std::slice::from_ref(&path)), true);
        assert_eq!(read(&mut merged).len(), 60);
        let report = merged.reports().remove(0);
        let resume = Some(Resume { position: report.position, digest: report.digest.unwrap() });

        let mut same = Merged::new(vec![Source::File { path: path.clone(), resume }], true);
        assert_eq!(read(&mut same).len(), 0);
        assert_eq!((same.reports()[0].digest, same.reports()[0].resumed), (report.digest, true));

        fs::write(&path, write(&all)).unwrap();
        let mut grown = Merged::new(vec![Source::File { path: path.clone(), resume }], true);
        assert_eq!(read(&mut grown).len(), 40);
        assert_eq!(grown.reports()[0].counters.packets, 40);

        fs::write(&path, write(&all[1..])).unwrap();
        let mut other = Merged::new(vec![Source::File { path: path.clone(), resume }], true);
        assert_eq!(read(&mut other).len(), 99);
        assert!(!other.reports()[0].resumed);
    }
}

#[cfg(unix)]
#[test]
fn a_pipe_is_read_once() {
    let folder = Folder::new("pipe");
    let path = folder.0.join("pipe");
    assert!(std::process::Command::new("mkfifo").arg(&path).status().unwrap().success());
    let all = numbered(1_000);
    let (bytes, writer_path) = (pcap(0xa1b2_c3d4, false, &all), path.clone());
    let writer = std::thread::spawn(move || fs::write(writer_path, bytes));
    let resume = Some(Resume { position: 24, digest: [0; 32] });
    let mut merged = Merged::new(vec![Source::File { path, resume }], true);
    assert_eq!(read(&mut merged).len(), 1_000);
    writer.join().unwrap().unwrap();
}
