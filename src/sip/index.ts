/** `gb28181/sip`: bytes to SIP messages and back, digest, SDP. Pure: no socket, no clock, no state of its own. */
export { checkRequest, type Refusal, type ServerProfile } from './core.ts'
export {
  type AnswerParts,
  answerChallenge,
  type Challenge,
  type ChallengeParts,
  Credentials,
  chooseChallenge,
  type DigestAlgorithm,
  type DigestSecret,
  digestAlgorithm,
  parseChallenge,
  parseCredentials,
  passwordHash,
  printChallenge,
  type Verification,
  type VerifyParts,
  verifyCredentials,
} from './digest.ts'
export { type FramerOptions, type FramerOutput, StreamFramer } from './framing.ts'
export {
  type CSeq,
  magicCookie,
  maxExpires,
  NameAddr,
  parseCSeq,
  parseNameAddr,
  parseVia,
  printCSeq,
  printNameAddr,
  Via,
} from './headers.ts'
export { datagramLimits, type SipLimits, streamLimits } from './limits.ts'
export { type HeaderField, SipMessage, SipRequest, SipResponse, type Wire } from './message.ts'
export { createNonceSigner, type NonceContext, type NonceSigner, type NonceVerdict } from './nonce.ts'
export { type Param, Params, parseParams } from './params.ts'
export { type ParseNote, type ParseOptions, type ParseResult, parseMessage } from './parse.ts'
export {
  printMessage,
  printRequest,
  printResponse,
  type ReplyParts,
  type RequestParts,
  type ResponseParts,
  reasonPhrase,
  responseTo,
  responseToRejection,
  type Source,
  statelessTag,
} from './print.ts'
export { type Answerable, type Rejection, type RejectionCode, rejectionStatus } from './rejection.ts'
export * from './sdp.ts'
export * from './sdp-gb.ts'
export { detached, sanitize, toWire } from './text.ts'
export {
  type HostPort,
  parseHostPort,
  parseUri,
  printHostPort,
  printUri,
  type SipUri,
  sameUser,
  schemeOf,
  type UriParts,
  userOf,
} from './uri.ts'
