import { Type, type TObject, type TProperties, type TSchema } from 'typebox'

const tap = {
  ignoreVlan: Type.Optional(
    Type.Boolean({ default: false, description: 'VLANs and virtual networks do not tell connections apart: for a tap that tags one direction only.' }),
  ),
  keepDuplicates: Type.Optional(Type.Boolean({ default: false, description: 'Do not look for copies of packets: for a tap that makes none.' })),
}

/** One entry of `sources`: which keys it knows depends on its `type`. */
export const sourceOptions: TSchema = Type.Unsafe({
  type: 'object',
  required: ['type'],
  discriminator: { propertyName: 'type' },
  oneOf: [
    source('interface', {
      name: Type.String({ minLength: 1, description: 'Network interface to listen on.' }),
      filter: Type.Optional(Type.String({ description: 'Packet filter in tcpdump syntax.' })),
      ...tap,
      workers: workers(),
    }),
    source('pcap', {
      path: path('Capture file, folder or glob.'),
      follow: Type.Optional(Type.Boolean({ default: false, description: 'Wait for more at the end of the file.' })),
      filter: Type.Optional(Type.String({ description: 'Packet filter in tcpdump syntax.' })),
      ...tap,
    }),
    source('log', {
      path: path('Access log, folder or glob; .gz, .zst and .har files are read once each.'),
      format: Type.Optional(Type.String({ default: 'auto', description: 'Name of the line format, or the log_format of the server.' })),
      host: Type.Optional(Type.String({ minLength: 1, description: 'The service, for lines that name none.' })),
      follow: Type.Optional(Type.Boolean({ default: true, description: 'Wait for more at the end of the file.' })),
      readFrom: Type.Optional(
        Type.Enum(['beginning', 'end'], {
          default: 'beginning',
          description: 'Where a file begins that was there and never read; one that comes to a watched folder begins at its beginning.',
        }),
      ),
    }),
    source('syslog', {
      listen: Type.String({
        minLength: 1,
        description: 'IP address and port to receive on. Whoever reaches it can send: other machines do where it is not of loopback.',
      }),
      protocol: Type.Optional(Type.Enum(['udp', 'tcp', 'tls'], { description: 'UDP and TCP where absent.' })),
      format: Type.Optional(Type.String({ default: 'auto', description: 'Name of the line format, or the log_format of the server; told by each message.' })),
      host: Type.Optional(Type.String({ minLength: 1, description: 'The service, for lines that name none.' })),
      tls: Type.Optional(
        Type.Object(
          {
            certFile: path('Certificate, PEM.'),
            keyFile: path('Its key, PEM.'),
            caFile: Type.Optional(path('Authority of the certificates that senders have to show, PEM; none is asked for where absent.')),
          },
          { additionalProperties: false, description: 'Of protocol tls.' },
        ),
      ),
    }),
    source('http', {}),
    source('kafka', {
      brokers: Type.Array(Type.String({ minLength: 1, pattern: String.raw`^\S+:\d{1,5}$`, examples: ['127.0.0.1:9092', 'kafka.example.com:9092'] }), {
        minItems: 1,
        description: 'Addresses and ports of some brokers; the others are learned.',
      }),
      topics: Type.Array(Type.String({ minLength: 1, pattern: String.raw`^[\w.-]+$`, examples: ['gateway', 'logs.nginx'] }), {
        minItems: 1,
        description: 'Topics to read, by name.',
      }),
      group: Type.Optional(
        Type.String({
          default: 'tapistry',
          minLength: 1,
          pattern: String.raw`^\S+$`,
          examples: ['tapistry'],
          description: 'Consumer group; each data folder and each source needs its own.',
        }),
      ),
      format: Type.Optional(
        Type.String({ default: 'exchanges', description: 'What records hold: exchanges, auto, the name of a line format, or the log_format of the server.' }),
      ),
      host: Type.Optional(Type.String({ minLength: 1, description: 'The service, for lines that name none.' })),
      readFrom: Type.Optional(Type.Enum(['beginning', 'end'], { default: 'beginning', description: 'Where a partition begins that was never read.' })),
      sasl: Type.Optional(
        Type.Object(
          {
            mechanism: Type.Enum(['plain', 'scram-sha-256', 'scram-sha-512'], { description: 'How the password is shown.' }),
            username: Type.String({ minLength: 1, description: 'Who logs in.' }),
            password: Type.Optional(Type.String({ 'x-secret': true, 'description': 'Of the user.' })),
            passwordFile: Type.Optional(Type.String({ minLength: 1, description: 'A file that holds password.' })),
          },
          { additionalProperties: false, description: 'How to log in; without tls a password can be read on the way.' },
        ),
      ),
      tls: Type.Optional(tls()),
    }),
  ],
})

function source(type: string, properties: TProperties): TObject {
  return Type.Object({ type: Type.Literal(type, { description: 'What kind of source it is.' }), ...properties }, { additionalProperties: false })
}

function path(description: string): TSchema {
  return Type.String({ minLength: 1, description })
}

function workers(): TSchema {
  return Type.Optional(Type.Integer({ minimum: 1, maximum: 64, description: 'Threads that read it.' }))
}

/** `true`, or an object where more is to be said. */
function tls(): TSchema {
  return Type.Unsafe({
    type: ['boolean', 'object'],
    properties: {
      caFile: path('Certificates of authorities that are trusted, PEM; those of the system where absent.'),
      certFile: path('Certificate to show to the brokers, PEM.'),
      keyFile: path('Its private key, PEM.'),
      rejectUnauthorized: Type.Boolean({ default: true, description: 'Refuse brokers whose certificate is not trusted.' }),
    },
    additionalProperties: false,
    description: 'Speak TLS with the brokers: true, or which files to use.',
  })
}
