# The packed program with its native engine, on Debian, as a user without privileges:
#   docker build -t tapistry . && docker run --rm -v "$PWD:/data:ro" tapistry scan /data/traffic.pcap
# and as a daemon, on the interfaces of the host, as that same user with one capability:
#   docker run --network host --cap-drop ALL --cap-add NET_RAW -v tapistry:/data tapistry run --interface eth1 --data-dir /data

FROM rust:1.95-slim-bookworm AS rust

FROM node:24.21-bookworm-slim AS build
RUN apt-get update \
 && apt-get install -y --no-install-recommends ca-certificates gcc libc6-dev \
 && rm -rf /var/lib/apt/lists/*
COPY --from=rust /usr/local/cargo /usr/local/cargo
COPY --from=rust /usr/local/rustup /usr/local/rustup
ENV CARGO_HOME=/usr/local/cargo RUSTUP_HOME=/usr/local/rustup PATH=/usr/local/cargo/bin:$PATH
WORKDIR /build
COPY . .
RUN npm ci && npm pack --ignore-scripts --pack-destination /tmp

FROM node:24.21-bookworm-slim AS install
WORKDIR /opt/app
COPY --from=build /tmp/tapistry-*.tgz /tmp/
RUN echo '{"name":"app","private":true}' > package.json \
 && npm install --omit=dev --no-audit --no-fund /tmp/tapistry-*.tgz \
 && rm -rf node_modules/tapistry/native

FROM node:24.21-bookworm-slim
ENV NODE_ENV=production
# The capability is permitted and no more: with `ep` nothing would start where the container lacks it.
RUN apt-get update \
 && apt-get install -y --no-install-recommends libcap2-bin libpcap0.8 \
 && rm -rf /var/lib/apt/lists/* \
 && setcap cap_net_raw+p /usr/local/bin/node
COPY --from=install /opt/app /opt/app
RUN ln -s /opt/app/node_modules/.bin/tapistry /usr/local/bin/tapistry \
 && install -d -o node -g node /data
USER node
WORKDIR /data
# Of the daemon: a scan is over before it is looked at.
HEALTHCHECK --start-period=20s CMD ["node", "-e", "fetch('http://127.0.0.1:7411/healthz').then((a) => process.exit(a.ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["tapistry"]
CMD ["--help"]
