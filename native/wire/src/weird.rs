//! The closed set of named oddities; malformed traffic is data, not an error (after Zeek's weirds).

macro_rules! weirds {
    ($($variant:ident = $name:literal),+ $(,)?) => {
        /// One named oddity of the traffic, `layer.snake_case`.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[repr(u8)]
        pub enum Weird { $(#[doc = $name] $variant),+ }

        impl Weird {
            /// Every weird, in the order of the bits of a [`WeirdSet`].
            pub const ALL: &'static [Weird] = &[$(Weird::$variant),+];

            /// The published name, as `http1.obs_fold`.
            pub const fn name(self) -> &'static str {
                match self { $(Weird::$variant => $name),+ }
            }
        }
    };
}

weirds! {
    TcpMidstream = "tcp.midstream",
    TcpOneWay = "tcp.one_way",
    TcpGap = "tcp.gap",
    TcpOverlapConflict = "tcp.overlap_conflict",
    TcpSynData = "tcp.syn_data",
    TcpDataAfterRst = "tcp.data_after_rst",
    TcpEvicted = "tcp.evicted",
    Http1VersionMissing = "http1.version_missing",
    Http1VersionOdd = "http1.version_odd",
    Http1MethodUnknown = "http1.method_unknown",
    Http1StatusOdd = "http1.status_odd",
    Http1BareLf = "http1.bare_lf",
    Http1BareCr = "http1.bare_cr",
    Http1ObsFold = "http1.obs_fold",
    Http1SpaceBeforeColon = "http1.space_before_colon",
    Http1NoColon = "http1.no_colon",
    Http1NulByte = "http1.nul_byte",
    Http1HostMissing = "http1.host_missing",
    Http1HostAmbiguous = "http1.host_ambiguous",
    Http1ClInvalid = "http1.cl_invalid",
    Http1ClDuplicate = "http1.cl_duplicate",
    Http1ClConflict = "http1.cl_conflict",
    Http1ClAndTe = "http1.cl_and_te",
    Http1TeUnknown = "http1.te_unknown",
    Http1TeIn10 = "http1.te_in_1_0",
    Http1ChunkBadSize = "http1.chunk_bad_size",
    Http1ChunkOverflow = "http1.chunk_overflow",
    Http1ChunkMissingCrlf = "http1.chunk_missing_crlf",
    Http1BodyToClose = "http1.body_to_close",
    Http1BodyCut = "http1.body_cut",
    Http1BodyGap = "http1.body_gap",
    Http1EarlyResponse = "http1.early_response",
    Http1ResponseUnpaired = "http1.response_unpaired",
    Http1RequestUnpaired = "http1.request_unpaired",
    Http1PairingUnsure = "http1.pairing_unsure",
    Http1HeaderLimit = "http1.header_limit",
    Http1Garbage = "http1.garbage",
    Http1LeadingSpace = "http1.leading_space",
    Http1SpaceInTarget = "http1.space_in_target",
    Http1HeadCut = "http1.head_cut",
    Http1NameInvalid = "http1.name_invalid",
    H2Midstream = "h2.midstream",
    H2FrameInvalid = "h2.frame_invalid",
    H2FrameTooLong = "h2.frame_too_long",
    H2HpackUnknown = "h2.hpack_unknown",
    H2HpackError = "h2.hpack_error",
    H2HeaderLimit = "h2.header_limit",
    H2ContinuationFlood = "h2.continuation_flood",
    H2StreamReuse = "h2.stream_reuse",
    H2ClMismatch = "h2.cl_mismatch",
    H2Reset = "h2.reset",
    H2GoAwayOpen = "h2.goaway_open_streams",
    H2HostConflict = "h2.host_conflict",
    H2RequestUnpaired = "h2.request_unpaired",
    H2ResponseUnpaired = "h2.response_unpaired",
    GrpcPrefixLost = "grpc.prefix_split_lost",
    GrpcStatusMissing = "grpc.status_missing",
    GrpcDescriptorMismatch = "grpc.descriptor_mismatch",
    WsAcceptMismatch = "ws.accept_mismatch",
    WsMaskMissing = "ws.mask_missing",
    WsMaskByServer = "ws.mask_by_server",
    WsFrameInvalid = "ws.frame_invalid",
    WsCloseOversize = "ws.close_oversize",
    WsDeflateDesync = "ws.deflate_desync",
    WsLost = "ws.lost",
    CodingUnknown = "coding.unknown",
    CodingMislabelled = "coding.mislabelled",
    CodingTruncated = "coding.truncated",
    CodingBomb = "coding.bomb",
    CodingLayers = "coding.layers",
    CodingTrailingMember = "coding.trailing_member",
    TlsSslv2Hello = "tls.sslv2_hello",
    TlsHelloIncomplete = "tls.hello_incomplete",
    TlsGarbage = "tls.garbage",
    TlsGap = "tls.gap",
    TlsNoKeys = "tls.no_keys",
    TlsSuiteUnsupported = "tls.suite_unsupported",
    TlsDecryptFailed = "tls.decrypt_failed",
    TlsResync = "tls.resync",
    TlsGivenUp = "tls.given_up",
    TlsHeldLimit = "tls.held_limit",
    DigestTruncated = "digest.truncated",
    DigestInvalid = "digest.invalid",
    DigestLimit = "digest.limit",
}

/// A set of weirds as bits; union is commutative, so order never shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct WeirdSet(u128);

impl WeirdSet {
    /// Adds one weird.
    pub fn insert(&mut self, weird: Weird) {
        self.0 |= 1 << weird as u8;
    }

    /// Adds all of `other`.
    pub fn extend(&mut self, other: WeirdSet) {
        self.0 |= other.0;
    }

    /// Whether `weird` is in the set.
    pub fn contains(self, weird: Weird) -> bool {
        self.0 >> weird as u8 & 1 == 1
    }

    /// Whether nothing odd was seen.
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The members, in the order of [`Weird::ALL`].
    pub fn iter(self) -> impl Iterator<Item = Weird> {
        let mut left = self.0;
        std::iter::from_fn(move || {
            // Mostly there is none, which one look tells.
            let weird = Weird::ALL.get(left.trailing_zeros() as usize)?;
            left &= left - 1;
            Some(*weird)
        })
    }
}
