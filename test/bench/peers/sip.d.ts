/** The part of npm `sip` 0.0.6 that its server here uses; the package has no types of its own. */
declare module 'sip' {
  export interface SipMessage {
    method: string
    headers: { to: { uri: string }; from: { uri: string }; contact?: unknown }
  }
  export interface StartOptions {
    port: number
    address: string
    hostname: string
    tcp: boolean
  }
  const sip: {
    start(options: StartOptions, onRequest: (request: SipMessage) => void): void
    send(message: SipMessage): void
    makeResponse(request: SipMessage, status: number, reason: string): SipMessage
    parseUri(uri: string): { user: string }
  }
  export default sip
}

declare module 'sip/digest.js' {
  import type { SipMessage } from 'sip'
  export interface DigestSession {
    realm: string
  }
  const digest: {
    challenge(session: DigestSession, response: SipMessage): SipMessage
    authenticateRequest(
      session: DigestSession,
      request: SipMessage,
      credentials: { user: string; password: string },
    ): boolean
  }
  export default digest
}
