//! Any bytes as an export request of OTLP, of either signal in either form: records or named reasons, and the same again.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tapistry_logs::otlp::{Form, Signal, read};
use tapistry_logs::{Rejection, Scratch};

fn told(signal: Signal, form: Form, body: &[u8], scratch: &mut Scratch) -> Result<Vec<String>, Rejection> {
    let mut out = Vec::new();
    read(signal, form, body, scratch, &mut |parsed, service, scratch| {
        out.push(format!("{service:?} {parsed:?}"));
        if let Ok(record) = parsed {
            assert!(!record.method.is_empty() && !record.path.is_empty());
            scratch.recycle(record);
        }
    })?;
    Ok(out)
}

fuzz_target!(|input: &[u8]| {
    let Some((&how, body)) = input.split_first() else { return };
    let signal = if how & 1 == 0 { Signal::Traces } else { Signal::Logs };
    let form = if how & 2 == 0 { Form::Protobuf } else { Form::Json };
    let mut scratch = Scratch::default();
    let first = told(signal, form, body, &mut scratch);
    assert_eq!(told(signal, form, body, &mut scratch), first);
});
