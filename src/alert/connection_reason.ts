import { systemCode, systemReason } from '../base/errors.ts'

/** Why a connection failed, in words for people; nothing of the address is in it. */
export function connectionReason(thrown: unknown): string {
  const code = systemCode(thrown)
  return code === null ? 'the connection failed' : (connectionWords[code] ?? systemReason(thrown))
}

const connectionWords: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing listens there',
  ECONNRESET: 'the connection was ended before an answer came',
  EPIPE: 'the connection was ended before an answer came',
  ENOTFOUND: 'there is no such name',
  EAI_AGAIN: 'names cannot be looked up at the moment',
  ETIMEDOUT: 'it cannot be reached',
  EHOSTUNREACH: 'it cannot be reached',
  ENETUNREACH: 'it cannot be reached',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'its certificate is not trusted',
  SELF_SIGNED_CERT_IN_CHAIN: 'its certificate is not trusted',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'its certificate is not trusted',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'its certificate is not trusted',
  CERT_HAS_EXPIRED: 'its certificate has expired',
  ERR_TLS_CERT_ALTNAME_INVALID: 'its certificate is that of another name',
}
