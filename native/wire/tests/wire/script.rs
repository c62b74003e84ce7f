//! Runs packets written in a short notation through decoder and reassembler.
//!
//! A packet is `[@SECONDS] [xCOUNT] SIDE FLAGS SEQUENCE ACKNOWLEDGEMENT [PAYLOAD] [+MISSING]`, as `c S 100 0` or `s A 301 105 hello`.
//! Side `c` is 10.0.0.1:4000, `s` is 10.0.0.2:80. Packets are a millisecond apart unless `@` says when.

use tapistry_wire::{DecodeOptions, Outcome, PacketDecoder, Reassembler, ReassemblyLimits, SharedBudget, TcpCounters};

use crate::frame;
use crate::recorder::{Record, Recorder};

/// What a script led to.
pub struct Outcomes {
    pub record: Record,
    pub counters: TcpCounters,
}

/// Plays packets with the bounds of the product.
pub fn play(packets: &[&str]) -> Outcomes {
    play_within(packets, ReassemblyLimits::default())
}

/// Plays packets with other bounds.
pub fn play_within(packets: &[&str], limits: ReassemblyLimits) -> Outcomes {
    let mut session = Session::new(limits);
    let mut time_ns = 0;
    for packet in packets {
        time_ns = session.play(packet, time_ns);
    }
    session.finish()
}

/// A decoder and a reassembler that record.
pub struct Session {
    pub decoder: PacketDecoder,
    reassembler: Reassembler<Recorder>,
    budget: SharedBudget,
    record: Record,
    packets: u64,
    latest_ns: i64,
}

impl Session {
    /// Scripts say the same packet again to mean a retransmission, so copies are not dropped.
    pub fn new(limits: ReassemblyLimits) -> Self {
        Session::with(DecodeOptions { drop_duplicates: false, ..DecodeOptions::default() }, limits)
    }

    pub fn with(options: DecodeOptions, limits: ReassemblyLimits) -> Self {
        let budget = SharedBudget::default();
        Session {
            decoder: PacketDecoder::new(options),
            reassembler: Reassembler::new(limits, budget.clone()),
            budget,
            record: Record::default(),
            packets: 0,
            latest_ns: i64::MIN,
        }
    }

    /// One captured record.
    pub fn capture(&mut self, link_type: u32, data: &[u8], original_length: u32, time_ns: i64) {
        self.latest_ns = self.latest_ns.max(time_ns);
        if let Outcome::Segment(segment) = self.decoder.decode(link_type, data, original_length, time_ns) {
            self.reassembler.segment(&mut self.record, &segment, time_ns, self.packets, 0);
        }
        self.packets += 1;
    }

    /// Ends the input and checks every identity.
    pub fn finish(mut self) -> Outcomes {
        self.decoder.finish();
        self.reassembler.finish(&mut self.record, self.latest_ns);
        let (packets, counters) = (self.decoder.counters(), *self.reassembler.counters());
        assert_eq!(packets.read, packets.outcomes(), "each packet has one outcome: {packets:?}");
        assert_eq!(
            counters.payload_bytes,
            counters.delivered_bytes + counters.retransmitted_bytes + counters.shed_bytes,
            "each payload byte is counted once: {counters:?}"
        );
        assert_eq!((self.budget.bytes(), self.budget.flows()), (0, 0), "all memory is given back");
        let delivered: usize = self.record.flows.values().flat_map(|told| &told.streams).map(Vec::len).sum();
        assert_eq!(delivered as u64, counters.delivered_bytes);
        Outcomes { record: self.record, counters }
    }

    fn play(&mut self, packet: &str, mut time_ns: i64) -> i64 {
        let mut words = packet.split_whitespace().peekable();
        if let Some(at) = words.next_if(|word| word.starts_with('@')) {
            time_ns = at[1..].parse::<i64>().unwrap() * 1_000_000_000;
        }
        let count = words.next_if(|word| word.starts_with('x')).map_or(1, |word| word[1..].parse().unwrap());
        let client = words.next().unwrap() == "c";
        let flags = words.next().unwrap().chars().fold(0, |flags, flag| {
            flags
                | match flag {
                    'F' => 0x01,
                    'S' => 0x02,
                    'R' => 0x04,
                    'A' => 0x10,
                    'U' => 0x20,
                    _ => 0,
                }
        });
        let (sequence, acknowledgement) = (words.next().unwrap().parse().unwrap(), words.next().unwrap().parse().unwrap());
        let payload = words.next_if(|word| !word.starts_with('+')).unwrap_or("");
        let missing: u32 = words.next().map_or(0, |word| word[1..].parse().unwrap());
        let (hosts, ports) = if client { ([1, 2], [4000, 80]) } else { ([2, 1], [80, 4000]) };
        let whole = [payload.as_bytes(), &vec![0; missing as usize]].concat();
        let packet = frame::ethernet(0x0800, &frame::ipv4_between(hosts, 6, 1, 0, &frame::tcp(ports, flags, sequence, acknowledgement, &whole)));
        for _ in 0..count {
            self.capture(1, &packet[..packet.len() - missing as usize], packet.len() as u32, time_ns);
            time_ns += 1_000_000;
        }
        time_ns
    }
}
